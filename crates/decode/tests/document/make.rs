//! Small documents with invented content, made byte by byte.

use std::io::{Cursor, Write as _};

use bytes::Bytes;

/// A zip archive; each entry with its DOS date and time.
pub(crate) fn zip(entries: &[(&str, &[u8])], (date, time): (u16, u16)) -> Bytes {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in entries {
        let mut deflater =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflater.write_all(content).unwrap();
        let packed = deflater.finish().unwrap();
        let offset = u32::try_from(out.len()).unwrap();
        let mut common = Vec::new();
        for half in [20_u16, 0, 8, time, date] {
            common.extend(half.to_le_bytes());
        }
        for whole in [0, packed.len(), content.len()] {
            common.extend(u32::try_from(whole).unwrap().to_le_bytes());
        }
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = u32::try_from(out.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    Bytes::from(out)
}

/// The DOS date and time that Office writes for "none".
pub(crate) const NO_TIME: (u16, u16) = (0x0021, 0);

/// A Word document.
pub(crate) fn docx() -> Bytes {
    zip(
        &[
            ("[Content_Types].xml", br#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>"#),
            ("word/document.xml", r#"<w:document xmlns:w="w" xmlns:mc="mc"><w:body>
<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="9"/></w:tabs></w:pPr><w:r><w:rPr><w:lang w:val="fr-FR" w:eastAsia="zh-CN"/></w:rPr><w:t>Budget r&#233;vis&eacute;&amp;</w:t><w:tab/><w:t xml:space="preserve">1 200 €</w:t></w:r></w:p>
<w:p><w:del><w:r><w:delText>struck</w:delText></w:r></w:del><w:r><w:t>kept</w:t><w:br/><w:t>next</w:t></w:r></w:p>
<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Choice><mc:Fallback><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>
</w:body></w:document>"#.as_bytes()),
            ("word/header1.xml", b"<w:hdr><w:p><w:r><w:t>Head</w:t></w:r></w:p></w:hdr>"),
            ("word/settings.xml", br#"<w:settings><w:themeFontLang w:val="en-GB"/></w:settings>"#),
            ("docProps/core.xml", b"<cp:coreProperties><dc:title>Plan &lt;A&gt;</dc:title><dc:creator>Ana Example</dc:creator><cp:lastModifiedBy>Bo Example</cp:lastModifiedBy><cp:revision>4</cp:revision><cp:lastPrinted>2017-03-01T08:00:00Z</cp:lastPrinted><dcterms:created>2016-05-05T10:11:12Z</dcterms:created><dcterms:modified>2017-03-27T13:49:11Z</dcterms:modified></cp:coreProperties>"),
            ("docProps/app.xml", b"<Properties><Template>Normal.dotm</Template><TotalTime>63</TotalTime><Application>Microsoft Office Word</Application><AppVersion>15.0000</AppVersion><Company>Example &amp; Co</Company><HeadingPairs><vt:vector><vt:variant><vt:lpstr>Titre</vt:lpstr></vt:variant><vt:variant><vt:i4>1</vt:i4></vt:variant></vt:vector></HeadingPairs><TitlesOfParts><vt:vector><vt:lpstr>Plan</vt:lpstr></vt:vector></TitlesOfParts></Properties>"),
        ],
        NO_TIME,
    )
}

/// A workbook last saved by an Excel in Russian.
pub(crate) fn xlsx() -> Bytes {
    zip(
        &[
            ("xl/workbook.xml", r#"<workbook><sheets><sheet name="Feuil1" sheetId="1"/></sheets></workbook>"#.as_bytes()),
            ("xl/sharedStrings.xml", b"<sst><si><t>Rent</t></si><si><r><t>Pa</t></r><r><t>per</t></r><rPh><t>x</t></rPh></si></sst>"),
            ("xl/worksheets/sheet10.xml", br#"<worksheet><sheetData><row><c t="inlineStr"><is><t>last</t></is></c></row></sheetData></worksheet>"#),
            ("xl/worksheets/sheet2.xml", br#"<worksheet><sheetData><row r="1"><c t="s"><v>0</v></c><c><v>42736.5</v></c></row><row><c t="s"><v>1</v></c><c t="s"><v>99</v></c></row></sheetData></worksheet>"#),
            ("docProps/app.xml", "<Properties><HeadingPairs><vt:vector><vt:variant><vt:lpstr>Листы</vt:lpstr></vt:variant></vt:vector></HeadingPairs></Properties>".as_bytes()),
        ],
        (0x4a7b, 0x7e20),
    )
}

/// An OpenDocument text.
pub(crate) fn odt() -> Bytes {
    zip(
        &[
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("meta.xml", br#"<office:document-meta><office:meta><meta:generator>LibreOffice/5.3.1.2$Windows_x86</meta:generator><meta:initial-creator>Ana Example</meta:initial-creator><dc:creator>Bo Example</dc:creator><meta:creation-date>2017-02-01T09:00:00.5</meta:creation-date><dc:date>2017-02-03T09:00:00</dc:date><meta:editing-cycles>7</meta:editing-cycles><meta:editing-duration>PT2H5M9S</meta:editing-duration><meta:template xlink:title="Letter"/><dc:title>Lettre</dc:title></office:meta></office:document-meta>"#),
            ("styles.xml", br#"<office:styles><style:text-properties fo:language="fr" fo:country="FR"/></office:styles>"#),
            ("content.xml", br#"<office:document-content><office:body><text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:h>Head</text:h><text:p>one<text:s text:c="2"/>two<text:tab/>three<text:line-break/>four</text:p></office:body></office:document-content>"#),
        ],
        NO_TIME,
    )
}

/// One typed value of a property set.
pub(crate) enum Value {
    Page(u16),
    Text(&'static [u8]),
    Time(u64),
    Pairs(&'static [&'static [u8]]),
}

/// A property set stream (MS-OLEPS).
pub(crate) fn property_set(properties: &[(u32, Value)]) -> Vec<u8> {
    let mut values = Vec::new();
    let mut places = Vec::new();
    for (id, value) in properties {
        places.extend(id.to_le_bytes());
        let offset = 8 + 8 * properties.len() + values.len();
        places.extend(u32::try_from(offset).unwrap().to_le_bytes());
        match value {
            Value::Page(page) => {
                values.extend(2_u32.to_le_bytes());
                values.extend(u32::from(*page).to_le_bytes());
            }
            Value::Text(text) => {
                values.extend(0x1e_u32.to_le_bytes());
                push_string(&mut values, text);
                values.resize(values.len().next_multiple_of(4), 0);
            }
            Value::Time(time) => {
                values.extend(0x40_u32.to_le_bytes());
                values.extend(time.to_le_bytes());
            }
            Value::Pairs(words) => {
                values.extend(0x100c_u32.to_le_bytes());
                values.extend(u32::try_from(words.len() * 2).unwrap().to_le_bytes());
                for word in *words {
                    values.extend(0x1e_u32.to_le_bytes());
                    push_string(&mut values, word);
                    values.extend([3_u32, 1].map(u32::to_le_bytes).concat());
                }
            }
        }
    }
    let mut out = vec![0xfe, 0xff, 0, 0];
    out.resize(24, 0);
    out.extend(1_u32.to_le_bytes());
    out.resize(44, 0);
    out.extend(48_u32.to_le_bytes());
    out.extend(
        u32::try_from(8 + places.len() + values.len())
            .unwrap()
            .to_le_bytes(),
    );
    out.extend(u32::try_from(properties.len()).unwrap().to_le_bytes());
    out.extend(places);
    out.extend(values);
    out
}

fn push_string(out: &mut Vec<u8>, text: &[u8]) {
    out.extend(u32::try_from(text.len() + 1).unwrap().to_le_bytes());
    out.extend(text);
    out.push(0);
}

/// A compound file with these streams.
pub(crate) fn compound(streams: &[(&str, &[u8])]) -> Bytes {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (name, content) in streams {
        let mut stream = file.create_stream(format!("/{name}")).unwrap();
        stream.write_all(content).unwrap();
    }
    file.flush().unwrap();
    Bytes::from(file.into_inner().into_inner())
}

/// A binary Word document of two pieces: `Loyer` and a field in windows-1252, then `Жук` in UTF-16.
pub(crate) fn doc() -> Bytes {
    let first: &[u8] = b"Loyer \xe9t\xe9\r\x13 PAGE \x141\x15\x07";
    let second: Vec<u8> = "Жук\r".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut word = vec![0; 0x400];
    word[2..4].copy_from_slice(&0xc1_u16.to_le_bytes());
    word[10..12].copy_from_slice(&0x0200_u16.to_le_bytes());
    word.extend(first);
    let second_at = word.len();
    word.extend(&second);
    word.resize(5000, 0);
    let mut table = vec![2];
    table.extend(28_u32.to_le_bytes());
    let n_first = u32::try_from(first.len()).unwrap();
    for position in [0, n_first, n_first + 4] {
        table.extend(position.to_le_bytes());
    }
    for place in [0x4000_0800, u32::try_from(second_at).unwrap()] {
        table.extend([0, 0]);
        table.extend(place.to_le_bytes());
        table.extend([0, 0]);
    }
    word[0x1a6..0x1aa].copy_from_slice(&u32::try_from(table.len()).unwrap().to_le_bytes());
    let summary = property_set(&[
        (1, Value::Page(1251)),
        (2, Value::Text(b"\xcf\xeb\xe0\xed")),
        (4, Value::Text(b"Ana Example")),
        (8, Value::Text(b"\xc1\xee")),
        (9, Value::Text(b"12")),
        (10, Value::Time(63 * 600_000_000)),
        (11, Value::Time(0)),
        (12, Value::Time(0x01d3_c2c0_e7ca_4aa0)),
        (18, Value::Text(b"Microsoft Office Word")),
    ]);
    let more = property_set(&[
        (1, Value::Page(1251)),
        (15, Value::Text(b"Example & Co")),
        (
            12,
            Value::Pairs(&[b"\xcd\xe0\xe7\xe2\xe0\xed\xe8\xe5", b"Chapters"]),
        ),
    ]);
    compound(&[
        ("WordDocument", &word),
        ("1Table", &table),
        ("\u{5}SummaryInformation", &summary),
        ("\u{5}DocumentSummaryInformation", &more),
    ])
}

/// A PDF of these objects, numbered from 1, the first being the catalogue.
pub(crate) fn pdf(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", index + 1).as_bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let xref = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for place in places {
        out.extend(format!("{place:010} 00000 n \n").as_bytes());
    }
    let size = objects.len() + 1;
    out.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{xref}\n%%EOF\n")
            .as_bytes(),
    );
    out
}

/// A stream object, deflated.
pub(crate) fn stream(dict: &str, content: &[u8]) -> Vec<u8> {
    let mut deflater = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    deflater.write_all(content).unwrap();
    let packed = deflater.finish().unwrap();
    let head = format!(
        "<</Length {}/Filter/FlateDecode{dict}>>\nstream\n",
        packed.len()
    );
    [head.as_bytes(), &packed, b"\nendstream"].concat()
}

/// Objects of a PDF of one page with two fonts, document information and XMP.
pub(crate) fn pdf_objects() -> Vec<Vec<u8>> {
    let content = b"BT /F1 12 Tf 72 700 Td (Caf\\351 ) Tj [(to)-20(tal)-600(42)] TJ 0 -14 Td <00010002> Tj /F2 12 Tf <00010002> Tj ET BI /W 1 ID x\x00EI\xff EI BT /F1 9 Tf 1 0 0 1 72 600 Tm (after) Tj ET /Fm Do";
    let cmap =
        b"1 beginbfchar <0001> <0416> endbfchar 1 beginbfrange <0002> <0003> <0443> endbfrange";
    let xmp = br#"<x:xmpmeta><rdf:RDF><rdf:Description xmp:CreateDate="2017-03-27T15:49:11+02:00" pdf:Producer="Example PDF 1.0"><xmp:ModifyDate>2017-03-28T10:00:00+02:00</xmp:ModifyDate><dc:creator><rdf:Seq><rdf:li>Cy Example</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"#;
    vec![
        b"<</Type/Catalog/Pages 2 0 R/Metadata 9 0 R/Lang(fr-FR)>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 1/Resources<</Font<</F1 5 0 R/F2 6 0 R>>/XObject<</Fm 10 0 R>>>>>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>".to_vec(),
        stream("", content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</BaseEncoding/WinAnsiEncoding/Differences[1/afii10017/fi]>>>>".to_vec(),
        b"<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 7 0 R/DescendantFonts[<</DW 600/W[1[500 500]]>>]>>".to_vec(),
        stream("", cmap),
        "<</Title(Plan)/Author<FEFF0416>/Creator(Writer)/Producer(Example PDF 1.0)/CreationDate(D:20170327154911+02'00')/ModDate(D:20170328100000+02'00')>>".as_bytes().to_vec(),
        stream("/Type/Metadata/Subtype/XML", xmp),
        stream("/Type/XObject/Subtype/Form", b"q /Fm Do BT /F1 9 Tf 1 0 0 1 72 500 Tm (form) Tj ET Q"),
    ]
}

/// Trailer entries for [`pdf_objects`].
pub(crate) const PDF_TRAILER: &str = "/Info 8 0 R/ID[<0a0b><0C0D>]";

/// A JPEG that is nothing but its EXIF segment.
pub(crate) fn jpeg() -> Bytes {
    let field = |tag, text: &str| exif::Field {
        tag,
        ifd_num: exif::In::PRIMARY,
        value: exif::Value::Ascii(vec![text.as_bytes().to_vec()]),
    };
    let fields = [
        field(exif::Tag::Make, "Examplon"),
        field(exif::Tag::Model, "EX-1"),
        field(exif::Tag::Software, "Ver.1.0"),
        field(exif::Tag::DateTime, "2017:03:28 10:00:00"),
        field(exif::Tag::DateTimeOriginal, "2017:03:27 15:49:11"),
        field(exif::Tag::OffsetTimeOriginal, "+02:00"),
    ];
    let mut writer = exif::experimental::Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut data = Cursor::new(b"Exif\0\0".to_vec());
    let mut body = Cursor::new(Vec::new());
    writer.write(&mut body, false).unwrap();
    data.get_mut().extend(body.into_inner());
    let data = data.into_inner();
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    Bytes::from([&[0xff, 0xd8, 0xff, 0xe1][..], &length, &data, &[0xff, 0xd9]].concat())
}

/// An RTF document.
pub(crate) const RTF: &[u8] = br"{\rtf1\ansi\ansicpg1251\deff0\deflang1049{\fonttbl{\f0\fcharset204 Times;}{\f1\fcharset0 Arial;}}{\colortbl;\red0;}{\*\generator Writer 1.0;}{\info{\title Plan}{\author \'c0\'ed\'e0}{\operator Bo}{\creatim\yr2017\mo3\dy27\hr15\min49}{\revtim\yr2017\mo3\dy28\hr1\min2\sec3}{\edmins5}{\version3}{\*\company Example}}\f0 \'c6\'f3\'ea \f1 caf\'e9\par next\tab\u8212-\u1046?x{\*\hidden no}\uc2\u8364ab\bin3 }}{end}";

/// A binary workbook: a string that goes on in a second record, numbers in three forms, a formula with a text result.
pub(crate) fn xls() -> Bytes {
    let record = |kind: u16, bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), bytes].concat()
    };
    let cell = |row: u16, rest: &[u8]| [&row.to_le_bytes()[..], &[0; 4], rest].concat();
    let records = [
        record(0x0809, &[0, 6]),
        record(0x00fc, b"\x02\0\0\0\x02\0\0\0\x04\0\0Re"),
        record(0x003c, b"\x01n\0t\0\x03\0\x09\x01\0\x16\x04C\x04:\x04abcd"),
        record(0x000a, &[]),
        record(0x0809, &[0, 6]),
        record(0x00fd, &cell(0, &[0; 4])),
        record(0x027e, &cell(0, &((1234_u32 << 2) | 3).to_le_bytes())),
        record(0x0203, &cell(1, &42_736.5_f64.to_le_bytes())),
        record(0x00fd, &cell(1, &1_u32.to_le_bytes())),
        record(0x0006, &cell(2, b"\0\0\0\0\0\0\xff\xff")),
        record(0x0207, b"\x02\0\0ok"),
        record(0x000a, &[]),
    ];
    let mut stream = records.concat();
    stream.resize(5000, 0);
    compound(&[("Workbook", &stream)])
}

/// A binary presentation: one text in bytes and one in UTF-16, inside a container; a placeholder of a master.
pub(crate) fn ppt() -> Bytes {
    let record = |version: u16, kind: u16, bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).unwrap();
        [
            &version.to_le_bytes()[..],
            &kind.to_le_bytes(),
            &length.to_le_bytes(),
            bytes,
        ]
        .concat()
    };
    let slide = [
        record(0, 0x0fa8, b"caf\xe9\rtwo"),
        record(0, 0x0fa0, b"\x16\x04"),
    ]
    .concat();
    let master = record(15, 0x03f8, &record(0, 0x0fa8, b"Click to edit"));
    let stream = [master, record(15, 0x03ee, &slide)].concat();
    compound(&[("PowerPoint Document", &stream)])
}
