//! Documents made here are read as they were made; hostile ones cost bounded time; nothing panics.

use std::time::{Duration, Instant};

use bytes::Bytes;
use mabillon_case::{DocumentFormat, Form, Passwords, Stamp};
use mabillon_decode::{DecodedDocument, ui_language};
use proptest::prelude::*;

/// Decodes without passwords.
fn document(bytes: &Bytes, form: Form) -> DecodedDocument {
    mabillon_decode::document(bytes, form, &Passwords::default())
}

#[cfg(test)]
mod encrypted;
#[cfg(test)]
mod make;

fn shown(stamp: Option<Stamp>) -> String {
    stamp.map_or_else(|| "none".to_owned(), |stamp| stamp.to_string())
}

fn codes(decoded: &DecodedDocument) -> Vec<&str> {
    decoded
        .warnings
        .iter()
        .map(|warning| &*warning.code)
        .collect()
}

#[test]
fn a_word_document() {
    let decoded = document(&make::docx(), Form::Ooxml);
    assert_eq!(codes(&decoded), [""; 0]);
    assert_eq!(decoded.partial, None);
    let document = decoded.document;
    assert_eq!(document.format, DocumentFormat::Ooxml);
    assert_eq!(
        document.media_type,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    );
    assert_eq!(document.title, "Plan <A>");
    assert_eq!(document.author, "Ana Example");
    assert_eq!(document.last_modified_by, "Bo Example");
    assert_eq!(document.company, "Example & Co");
    assert_eq!(document.template, "Normal.dotm");
    assert_eq!(document.application, "Microsoft Office Word");
    assert_eq!(document.application_version, "15.0000");
    assert_eq!(shown(document.created), "2016-05-05T10:11:12+00:00");
    assert_eq!(shown(document.modified), "2017-03-27T13:49:11+00:00");
    assert_eq!(shown(document.last_printed), "2017-03-01T08:00:00+00:00");
    assert_eq!(
        (document.revision, document.editing_minutes),
        (Some(4), Some(63))
    );
    assert_eq!(document.heading_pairs, ["Titre"]);
    assert_eq!(document.part_names, ["Plan"]);
    assert_eq!(ui_language(&document), "fr");
    assert_eq!(document.languages, ["en-GB", "fr-FR"]);
    assert_eq!(
        document.text.own,
        "Budget révis&\t1 200 €\nkept\nnext\nbox\nHead"
    );
    let zip = document.zip.unwrap();
    assert_eq!(zip.entries.len(), 6);
    assert_eq!(zip.entries[1].name, "word/document.xml");
    assert!(zip.entries.iter().all(|entry| entry.modified.is_none()));
}

#[test]
fn a_workbook_without_content_types() {
    let decoded = document(&make::xlsx(), Form::Ooxml);
    assert_eq!(codes(&decoded), ["content-types-missing"]);
    let document = decoded.document;
    assert_eq!(document.text.own, "Rent\t42736.5\nPaper\t99\nlast");
    assert_eq!(document.part_names, ["Feuil1"]);
    assert_eq!(ui_language(&document), "ru");
    let zip = document.zip.unwrap();
    assert_eq!(shown(zip.entries[0].modified), "2017-03-27T15:49:00Z");
}

#[test]
fn an_open_document_text() {
    let decoded = document(&make::odt(), Form::Odf);
    assert_eq!(codes(&decoded), [""; 0]);
    let document = decoded.document;
    assert_eq!(
        document.media_type,
        "application/vnd.oasis.opendocument.text"
    );
    assert_eq!(document.author, "Ana Example");
    assert_eq!(document.last_modified_by, "Bo Example");
    assert_eq!(document.application, "LibreOffice/5.3.1.2$Windows_x86");
    assert_eq!(document.template, "Letter");
    assert_eq!(shown(document.created), "2017-02-01T09:00:00.500Z");
    assert_eq!(
        (document.revision, document.editing_minutes),
        (Some(7), Some(125))
    );
    assert_eq!(document.languages, ["fr-FR"]);
    assert_eq!(document.text.own, "Head\none  two\tthree\nfour");
}

#[test]
fn a_binary_word_document() {
    let decoded = document(&make::doc(), Form::Ole2);
    assert_eq!(codes(&decoded), [""; 0]);
    let document = decoded.document;
    assert_eq!(document.media_type, "application/msword");
    assert_eq!(document.title, "План");
    assert_eq!(document.author, "Ana Example");
    assert_eq!(document.last_modified_by, "Бо");
    assert_eq!(document.company, "Example & Co");
    assert_eq!(document.application, "Microsoft Office Word");
    assert_eq!(
        (document.revision, document.editing_minutes),
        (Some(12), Some(63))
    );
    assert_eq!(document.last_printed, None);
    assert_eq!(shown(document.created), "2018-03-23T16:06:30.218Z");
    assert_eq!(document.heading_pairs, ["Название", "Chapters"]);
    assert_eq!(ui_language(&document), "ru");
    assert_eq!(document.languages, ["cp1251"]);
    assert_eq!(document.text.own, "Loyer été\n1\tЖук");
}

#[test]
fn binary_workbooks_and_presentations() {
    let decoded = document(&make::xls(), Form::Ole2).document;
    assert_eq!(decoded.media_type, "application/vnd.ms-excel");
    assert_eq!(decoded.text.own, "Rent\t12.34\n42736.5\tЖук\nok");
    let decoded = document(&make::ppt(), Form::Ole2).document;
    assert_eq!(decoded.media_type, "application/vnd.ms-powerpoint");
    assert_eq!(decoded.text.own, "café\ntwo\nЖ");
}

#[test]
fn compound_files_that_are_not_read_say_so() {
    let message = make::compound(&[("__properties_version1.0", b"x")]);
    let decoded = document(&message, Form::Ole2);
    assert_eq!(decoded.document.media_type, "application/vnd.ms-outlook");
    assert_eq!(
        decoded.partial.as_deref(),
        Some("Outlook .msg messages are not read by this version")
    );
    let old = make::compound(&[("Book", b"x")]);
    assert_eq!(
        codes(&document(&old, Form::Ole2)),
        ["text-not-read", "properties-missing"]
    );
    let locked = [0x2f, 0, 2, 0, 1, 0];
    let locked = make::compound(&[("Workbook", &locked)]);
    assert!(document(&locked, Form::Ole2).partial.is_some());
    let encrypted = make::compound(&[("EncryptedPackage", b"x")]);
    let reason = document(&encrypted, Form::Ole2).not_examined;
    assert_eq!(reason.as_deref(), Some("encrypted: it does not say how"));
}

#[test]
fn a_pdf_with_information_and_xmp() {
    let bytes = Bytes::from(make::pdf(&make::pdf_objects(), make::PDF_TRAILER));
    let decoded = document(&bytes, Form::Pdf);
    assert_eq!(codes(&decoded), ["text-without-unicode"]);
    let document = decoded.document;
    assert_eq!(document.title, "Plan");
    assert_eq!(document.author, "Ж");
    assert_eq!(document.creator_tool, "Writer");
    assert_eq!(document.application, "Example PDF 1.0");
    assert_eq!(document.languages, ["fr-FR"]);
    assert_eq!(shown(document.created), "2017-03-27T15:49:11+02:00");
    assert_eq!(document.text.own, "Café total 42\nАfiЖу\nafter\nform");
    let pdf = document.pdf.unwrap();
    assert_eq!(pdf.n_eof, 1);
    assert_eq!(pdf.id, Some(("0a0b".to_owned(), "0c0d".to_owned())));
    assert!(pdf.has_xmp);
    assert_eq!(pdf.xmp_created, pdf.info_created);
    assert_eq!(pdf.xmp_modified, pdf.info_modified);
    assert_eq!(pdf.xmp_producer, "Example PDF 1.0");
}

#[test]
fn a_pdf_whose_table_is_gone_or_wrong_is_read_by_its_objects() {
    let whole = make::pdf(&make::pdf_objects(), make::PDF_TRAILER);
    let expected = document(&Bytes::from(whole.clone()), Form::Pdf)
        .document
        .text;
    let text = String::from_utf8_lossy(&whole);
    let table = text.find("xref\n0 ").unwrap();
    let end = whole.len() - (text.len() - table);
    let without = Bytes::copy_from_slice(&whole[..end]);
    assert_eq!(document(&without, Form::Pdf).document.text, expected);
    let shifted = [b"%PDF-1.4\n% another line\n", &whole[9..]].concat();
    assert_eq!(
        document(&Bytes::from(shifted), Form::Pdf).document.text,
        expected
    );
}

#[test]
fn the_newest_section_of_a_pdf_counts_and_what_no_section_names_does_not() {
    let first = make::pdf(&make::pdf_objects(), make::PDF_TRAILER);
    let stray = b"8 0 obj<</Title(Stray)>>endobj\n";
    let mut whole = [&first[..], stray].concat();
    let info = whole.len();
    whole.extend(b"8 0 obj<</Title(Second)/ModDate(D:2018)>>endobj\n");
    let text = String::from_utf8_lossy(&first);
    let previous = text.rsplit('\n').nth(2).unwrap_or_default().to_owned();
    let table = whole.len();
    let update = format!(
        "xref\n8 1\n{info:010} 00000 n \ntrailer\n<</Root 1 0 R/Info 8 0 R/Prev {previous}>>\nstartxref\n{table}\n%%EOF\n{}",
        "8 0 obj<</Title(Stray)>>endobj\n"
    );
    whole.extend(update.as_bytes());
    let decoded = document(&Bytes::from(whole), Form::Pdf).document;
    assert_eq!(decoded.title, "Second");
    assert_eq!(shown(decoded.modified), "2018-01-01T00:00:00Z");
    assert!(decoded.text.own.starts_with("Café total 42"));
    assert_eq!(decoded.pdf.map(|pdf| pdf.n_eof), Some(2));
}

/// LZW, ASCII 85, hex and run lengths, alone and one after the other.
#[test]
fn filters_are_undone() {
    for (filters, stored) in [
        ("/AHx", &b"4254 2F46 3120 3954 6628 6869 2954 6A>"[..]),
        ("/RL", b"\x0cBT/F1 9Tf(hi)\xff\x20\x01Tj\x80"),
        // "BT/F1 9Tf(hi)Tj" in codes of nine bits, after a clear code.
        ("/LZW", &lzw(b"BT/F1 9Tf(hi)Tj")),
        ("[/AHx/RL]", b"0E42542F463120395466286869 29546A80>"),
        ("/A85", b"6<#U-0d&JUAgh>,.9($~>"),
    ] {
        let content = [
            format!("<</Filter{filters}/Length {}>>stream\n", stored.len()).as_bytes(),
            stored,
            b"\nendstream",
        ]
        .concat();
        let objects = vec![
            b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
            b"<</Kids[3 0 R]>>".to_vec(),
            b"<</Contents 4 0 R/Resources<</Font<</F1<</Subtype/Type1>>>>>>>>".to_vec(),
            content,
        ];
        let decoded = document(&Bytes::from(make::pdf(&objects, "")), Form::Pdf);
        assert_eq!(decoded.document.text.own, "hi", "{filters}");
    }
}

/// Nine-bit codes without compression.
fn lzw(bytes: &[u8]) -> Vec<u8> {
    let codes = [256]
        .into_iter()
        .chain(bytes.iter().map(|&byte| u16::from(byte)))
        .chain([257]);
    let bits: Vec<bool> = codes
        .flat_map(|code| (0..9).rev().map(move |bit| code >> bit & 1 == 1))
        .collect();
    let pack = |eight: &[bool]| {
        eight
            .iter()
            .enumerate()
            .fold(0, |byte, (at, &bit)| byte | u8::from(bit) << (7 - at))
    };
    bits.chunks(8).map(pack).collect()
}

#[test]
fn an_encrypted_pdf_says_so() {
    let bytes = make::pdf(
        &make::pdf_objects(),
        "/Info 8 0 R/Encrypt<</Filter/Standard>>",
    );
    let decoded = document(&Bytes::from(bytes), Form::Pdf);
    let reason = "encrypted: its method of encryption is not read";
    assert_eq!(decoded.not_examined.as_deref(), Some(reason));
    assert_eq!(decoded.document.text.own, "");
}

#[test]
fn rich_text() {
    let decoded = document(&Bytes::from_static(make::RTF), Form::Rtf);
    assert_eq!(codes(&decoded), [""; 0]);
    let document = decoded.document;
    assert_eq!(document.title, "Plan");
    assert_eq!(document.author, "Ана");
    assert_eq!(document.last_modified_by, "Bo");
    assert_eq!(document.company, "Example");
    assert_eq!(document.application, "Writer 1.0");
    assert_eq!(shown(document.created), "2017-03-27T15:49:00Z");
    assert_eq!(shown(document.modified), "2017-03-28T01:02:03Z");
    assert_eq!(
        (document.revision, document.editing_minutes),
        (Some(3), Some(5))
    );
    assert_eq!(document.languages, ["cp1251", "ru-RU"]);
    assert_eq!(document.text.own, "Жук café\nnext\t—Жx€end");
}

#[test]
fn a_picture() {
    let decoded = document(&make::jpeg(), Form::Image("image/jpeg"));
    assert_eq!(codes(&decoded), [""; 0]);
    let document = decoded.document;
    assert_eq!(document.camera, "Examplon EX-1");
    assert_eq!(document.application, "Ver.1.0");
    assert_eq!(shown(document.created), "2017-03-27T15:49:11+02:00");
    assert_eq!(shown(document.modified), "2017-03-28T10:00:00Z");
}

#[test]
fn plain_text_and_html() {
    for (bytes, text) in [
        (&b"caf\xc3\xa9\r\nnext"[..], "café\nnext"),
        (b"caf\xe9", "café"),
        (b"\xff\xfec\x00a\x00", "ca"),
    ] {
        let decoded = document(&Bytes::copy_from_slice(bytes), Form::Text);
        assert_eq!(decoded.document.text.own, text);
    }
    let page = Bytes::from_static(b"<title>t</title><p>one<p>two &amp; three<script>no</script>");
    let text = document(&page, Form::Html).document.text.own;
    assert!(text.contains("one") && text.contains("two & three") && !text.contains("no"));
    assert_eq!(codes(&document(&page, Form::Other)), ["format-not-read"]);
}

/// Far more than any of these takes unoptimised on a busy machine, far less than without limits.
const HOSTILE: Duration = Duration::from_mins(1);

fn in_time(name: &str, bytes: Vec<u8>, form: Form) -> DecodedDocument {
    let start = Instant::now();
    let decoded = document(&Bytes::from(bytes), form);
    let time = start.elapsed();
    assert!(time < HOSTILE, "{name} took {time:?}");
    decoded
}

#[test]
fn a_part_that_expands_without_end_is_cut_off() {
    let zeros = vec![b' '; 200 << 20];
    let bytes = make::zip(
        &[("word/document.xml", &zeros), ("docProps/core.xml", &zeros)],
        make::NO_TIME,
    );
    let decoded = in_time("zip bomb", bytes.to_vec(), Form::Ooxml);
    assert!(decoded.partial.unwrap().contains("expands beyond"));
    let pdf = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Kids[3 0 R]>>".to_vec(),
        b"<</Contents 4 0 R>>".to_vec(),
        make::stream("", &zeros),
    ];
    let decoded = in_time("stream bomb", make::pdf(&pdf, ""), Form::Pdf);
    assert!(decoded.partial.is_some());
}

#[test]
fn nesting_without_end_is_no_recursion() {
    let part = "<a>".repeat(2_000_000);
    let bytes = make::zip(&[("word/document.xml", part.as_bytes())], make::NO_TIME);
    in_time("nested elements", bytes.to_vec(), Form::Ooxml);
    in_time("nested groups", b"{".repeat(2_000_000), Form::Rtf);
    let nested = [b"1 0 obj".to_vec(), b"[".repeat(2_000_000)].concat();
    in_time("nested arrays", nested, Form::Pdf);
    let numbered = |object: &str| {
        let objects = (1..100_000).map(|number| format!("{number} 0 obj{object}"));
        objects.collect::<String>().into_bytes()
    };
    in_time("unclosed strings", numbered("("), Form::Pdf);
    in_time("unclosed streams", numbered("<<>>stream\n"), Form::Pdf);
    in_time("unclosed arrays", numbered("["), Form::Pdf);
}

#[test]
fn forms_that_draw_each_other_end() {
    const N_FORMS: usize = 9;
    let names: Vec<String> = (0..N_FORMS)
        .map(|form| format!("/F{form} {} 0 R", 5 + form))
        .collect();
    let names = names.concat();
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Kids[3 0 R]>>".to_vec(),
        format!("<</Contents 4 0 R/Resources<</XObject<<{names}>>>>>>").into_bytes(),
        make::stream("", b"/F0 Do"),
    ];
    // Each draws the next a hundred times; the last draws the first.
    for form in 0..N_FORMS {
        let draws = format!("/F{} Do ", (form + 1) % N_FORMS).repeat(100);
        objects.push(make::stream("/Subtype/Form", draws.as_bytes()));
    }
    let decoded = in_time("forms", make::pdf(&objects, ""), Form::Pdf);
    assert!(decoded.partial.is_some());
}

/// Object stream k says how many objects it holds in an object that lies in object stream k + 1.
#[test]
fn object_streams_that_need_each_other_are_no_recursion() {
    const N_STREAMS: u32 = 20_000;
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut table = vec![0; 6];
    for number in 1..=N_STREAMS {
        table.push(1);
        table.extend(u32::try_from(out.len()).unwrap().to_be_bytes());
        table.push(0);
        let next = N_STREAMS + number + 1;
        let object = format!(
            "{number} 0 obj\n<</Type/ObjStm/N {next} 0 R/First 9/Length 4>>stream\n1 0 \nendstream\nendobj\n"
        );
        out.extend(object.as_bytes());
    }
    for number in 1..=N_STREAMS {
        table.push(2);
        table.extend(number.to_be_bytes());
        table.push(0);
    }
    let at = out.len();
    let (root, size) = (N_STREAMS + 1, table.len() / 6);
    let head = format!(
        "99999 0 obj\n<</Type/XRef/Root {root} 0 R/W[1 4 1]/Size {size}/Length {}>>stream\n",
        table.len()
    );
    out.extend(head.as_bytes());
    out.extend(table);
    out.extend(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF").as_bytes());
    in_time("object streams", out, Form::Pdf);
}

#[test]
fn chains_of_a_compound_file_that_lead_to_themselves_end() {
    let whole = make::doc();
    for at in (512..whole.len() - 4).step_by(4) {
        // Every number of the file in turn leads to the first sectors.
        for target in [0_u32, 1] {
            let mut bytes = whole.to_vec();
            bytes[at..at + 4].copy_from_slice(&target.to_le_bytes());
            document(&Bytes::from(bytes), Form::Ole2);
        }
    }
}

fn samples() -> Vec<(Form, Bytes)> {
    vec![
        (Form::Ooxml, make::docx()),
        (Form::Ooxml, make::xlsx()),
        (Form::Odf, make::odt()),
        (Form::Ole2, make::doc()),
        (Form::Ole2, make::xls()),
        (Form::Ole2, make::ppt()),
        (
            Form::Pdf,
            Bytes::from(make::pdf(&make::pdf_objects(), make::PDF_TRAILER)),
        ),
        (Form::Rtf, Bytes::from_static(make::RTF)),
        (Form::Image("image/jpeg"), make::jpeg()),
        (
            Form::Html,
            Bytes::from_static(b"<p>a&amp;<blockquote><td>x</table>"),
        ),
    ]
}

#[test]
fn truncated_documents_are_read_without_panic() {
    for (form, whole) in samples() {
        let step = (whole.len() / 600).max(1);
        for end in (0..whole.len()).step_by(step) {
            document(&whole.slice(..end), form);
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_document() {
    for (form, bytes) in samples() {
        assert_eq!(document(&bytes, form), document(&bytes, form));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..600), which in 0_usize..10) {
        let (form, whole) = samples().swap_remove(which);
        document(&Bytes::from(tail.clone()), form);
        let head = whole.slice(..whole.len().min(64));
        document(&Bytes::from([&head[..], &tail].concat()), form);
    }

    #[test]
    fn damaged_documents_never_panic(
        which in 0_usize..10,
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let (form, whole) = samples().swap_remove(which);
        let mut bytes = whole.to_vec();
        for (index, byte) in places {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        document(&Bytes::from(bytes), form);
    }

    #[test]
    fn pdf_syntax_in_any_order_never_panics(
        words in proptest::collection::vec(prop::sample::select(vec![
            "1 0 obj", "2 0 obj", "<<", ">>", "[", "]", "(", ")", "<41", ">", "/Kids", "/Pages", "/Root", "1 0 R",
            "2 0 R", "stream\n", "endstream", "endobj", "xref\n0 2\n", "trailer", "startxref", "0", "9", "/Type/Catalog",
            "/Type/ObjStm/N 9/First 3", "/Contents", "BT", "/F1 9 Tf", "Tj", "TJ", "%%EOF", "/Filter/LZWDecode",
            "/Filter/ASCII85Decode", "/W[1 1 1]/Index[0 99]", "/Length 5", "/DecodeParms<</Predictor 12/Columns 4>>",
        ]), 0..60)
    ) {
        let bytes = [b"%PDF-1.4\n", words.join(" ").as_bytes()].concat();
        document(&Bytes::from(bytes), Form::Pdf);
    }
}
