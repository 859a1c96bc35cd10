//! Office documents, RTF, plain text, HTML and pictures.

use std::io::{Cursor, Write as _};

use super::{Family, READ, noise, numbered};
use crate::packed::zip_of;

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "a_billion_laughs.docx",
        bytes: billion_laughs,
        says: READ,
    },
    Family {
        name: "an_entity_of_a_file.docx",
        bytes: external_entity,
        says: READ,
    },
    Family {
        name: "elements_in_elements.docx",
        bytes: deep_document,
        says: READ,
    },
    Family {
        name: "zeros.docx",
        bytes: document_of_zeros,
        says: "expands beyond 64 MiB",
    },
    Family {
        name: "parts_without_end.docx",
        bytes: many_parts,
        says: "more than 20000 entries",
    },
    Family {
        name: "attributes_without_end.docx",
        bytes: many_attributes,
        says: READ,
    },
    Family {
        name: "names_that_reach_outside.docx",
        bytes: document_outside,
        says: READ,
    },
    Family {
        name: "strings_without_end.xlsx",
        bytes: many_strings,
        says: "more than 2000000 strings",
    },
    Family {
        name: "cells_at_the_end_of_the_world.xlsx",
        bytes: far_cells,
        says: READ,
    },
    Family {
        name: "spaces_without_end.odt",
        bytes: repeated_spaces,
        says: READ,
    },
    Family {
        name: "cells_repeated.ods",
        bytes: repeated_cells,
        says: READ,
    },
    Family {
        name: "groups_in_groups.rtf",
        bytes: rtf_depth,
        says: "deeper than 256",
    },
    Family {
        name: "numbers_that_lie.rtf",
        bytes: rtf_numbers,
        says: READ,
    },
    Family {
        name: "fonts_without_end.rtf",
        bytes: rtf_fonts,
        says: READ,
    },
    Family {
        name: "objects_in_objects.rtf",
        bytes: rtf_objects,
        says: "deeper than 256",
    },
    Family {
        name: "a_chain_of_itself.doc",
        bytes: ole_chain,
        says: "no readable summary information",
    },
    Family {
        name: "a_directory_of_itself.doc",
        bytes: ole_directory,
        says: "no readable summary information",
    },
    Family {
        name: "a_table_that_lies.doc",
        bytes: ole_lying_table,
        says: "no readable summary information",
    },
    Family {
        name: "properties_that_lie.doc",
        bytes: ole_properties,
        says: "encrypted",
    },
    Family {
        name: "records_without_end.xls",
        bytes: ole_records,
        says: "no readable summary information",
    },
    Family {
        name: "exif_counts_that_lie.jpg",
        bytes: exif_counts,
        says: "Already visited IFD",
    },
    Family {
        name: "exif_of_itself.tif",
        bytes: exif_loop,
        says: "Already visited IFD",
    },
    Family {
        name: "segments_without_end.jpg",
        bytes: jpeg_segments,
        says: "Truncated TIFF header",
    },
    Family {
        name: "chunks_that_lie.png",
        bytes: png_chunks,
        says: "Truncated TIFF header",
    },
    Family {
        name: "boxes_in_boxes.heic",
        bytes: heif_boxes,
        says: "Broken HEIF file",
    },
    Family {
        name: "text_of_70_megabytes.txt",
        bytes: large_text,
        says: "larger than 64 MiB; only its beginning",
    },
    Family {
        name: "tables_in_tables.html",
        bytes: html_tables,
        says: READ,
    },
    Family {
        name: "one_endless_word.txt",
        bytes: endless_word,
        says: READ,
    },
    Family {
        name: "marks_that_reverse.txt",
        bytes: odd_characters,
        says: READ,
    },
];

const TYPES: &[u8] = br#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;

const SHEET_TYPES: &[u8] = br#"<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;

fn docx(document: &str) -> Vec<u8> {
    zip_of(&[
        ("[Content_Types].xml", TYPES),
        ("word/document.xml", document.as_bytes()),
    ])
}

fn xlsx(strings: &str, sheet: &str) -> Vec<u8> {
    zip_of(&[
        ("[Content_Types].xml", SHEET_TYPES),
        ("xl/workbook.xml", b"<workbook/>"),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn billion_laughs() -> Vec<u8> {
    let mut entities = "<!ENTITY a0 \"ha\">".to_owned();
    for n in 1..30 {
        let ten = format!("&a{};", n - 1).repeat(10);
        entities = format!("{entities}<!ENTITY a{n} \"{ten}\">");
    }
    docx(&format!(
        "<!DOCTYPE d [{entities}]><w:document><w:p><w:t>&a29;</w:t></w:p></w:document>"
    ))
}

fn external_entity() -> Vec<u8> {
    docx(
        "<!DOCTYPE d [<!ENTITY f SYSTEM \"file:///etc/passwd\"><!ENTITY h SYSTEM \"http://127.0.0.1:9/\"><!ENTITY % p SYSTEM \"http://127.0.0.1:9/\"> %p;]>\
         <w:document><w:p><w:t>&f;&h;</w:t></w:p></w:document>",
    )
}

fn deep_document() -> Vec<u8> {
    docx(&format!(
        "<w:document>{}deep",
        "<w:p><w:r><w:t>".repeat(700_000)
    ))
}

fn document_of_zeros() -> Vec<u8> {
    let spaces = vec![b' '; 80 << 20];
    zip_of(&[
        ("[Content_Types].xml", TYPES),
        ("word/document.xml", &spaces),
        ("docProps/core.xml", &spaces[..60 << 20]),
        ("docProps/app.xml", &spaces[..60 << 20]),
    ])
}

fn many_parts() -> Vec<u8> {
    let names: Vec<String> = (0..30_000)
        .map(|n| format!("word/footnotes{n}.xml"))
        .collect();
    let mut members: Vec<(&str, &[u8])> = vec![("[Content_Types].xml", TYPES)];
    members.extend(
        names
            .iter()
            .map(|name| (name.as_str(), &b"<w:p><w:t>x</w:t></w:p>"[..])),
    );
    zip_of(&members)
}

fn many_attributes() -> Vec<u8> {
    let attributes = numbered(400_000, |n| format!(" w:a{n}=\"&lt;\""));
    docx(&format!(
        "<w:document><w:p{attributes}><w:t>x</w:t></w:p></w:document>"
    ))
}

fn document_outside() -> Vec<u8> {
    zip_of(&[
        ("[Content_Types].xml", br#"<Types><Override PartName="/../../../../etc/passwd" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#),
        ("../../../../tmp/mabillon-outside.xml", b"<w:document/>"),
        ("_rels/.rels", br#"<Relationships><Relationship Target="http://127.0.0.1:9/t.dotm" TargetMode="External"/></Relationships>"#),
    ])
}

fn many_strings() -> Vec<u8> {
    xlsx(
        &format!("<sst>{}</sst>", "<si><t/></si>".repeat(2_500_000)),
        "<worksheet/>",
    )
}

fn far_cells() -> Vec<u8> {
    let cells = numbered(200_000, |n| {
        format!("<c r=\"XFD{}\" t=\"s\"><v>{n}9999999999</v></c>", u32::MAX)
    });
    xlsx(
        "<sst><si><t>x</t></si></sst>",
        &format!(
            "<worksheet><sheetData><row r=\"99999999999\">{cells}</row></sheetData></worksheet>"
        ),
    )
}

fn odf(media_type: &str, content: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("mimetype", stored).unwrap();
    writer.write_all(media_type.as_bytes()).unwrap();
    writer
        .start_file("content.xml", zip::write::SimpleFileOptions::default())
        .unwrap();
    writer.write_all(content.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

fn repeated_spaces() -> Vec<u8> {
    let spaces =
        "<text:s text:c=\"4294967295\"/><text:s text:c=\"18446744073709551615\"/>".repeat(20_000);
    odf(
        "application/vnd.oasis.opendocument.text",
        &format!(
            "<office:document-content><office:body><office:text><text:p>a{spaces}b</text:p></office:text></office:body></office:document-content>"
        ),
    )
}

fn repeated_cells() -> Vec<u8> {
    let cells = "<table:table-row table:number-rows-repeated=\"4294967295\"><table:table-cell table:number-columns-repeated=\"4294967295\"><text:p>x</text:p></table:table-cell></table:table-row>".repeat(10_000);
    odf(
        "application/vnd.oasis.opendocument.spreadsheet",
        &format!(
            "<office:document-content><office:body><office:spreadsheet><table:table>{cells}</table:table></office:spreadsheet></office:body></office:document-content>"
        ),
    )
}

fn rtf_depth() -> Vec<u8> {
    ("{\\rtf1 ".to_owned() + &"{\\b ".repeat(2_000_000) + "deep").into_bytes()
}

fn rtf_numbers() -> Vec<u8> {
    let mut rtf = b"{\\rtf1\\ansi\\ansicpg99999999999\\uc2147483647 ".to_vec();
    for _ in 0..20_000 {
        rtf.extend(b"\\u-32768 \\u99999999999999999999? \\'zz\\'e9 \\bin4294967295 \\bin-5 x");
    }
    rtf.push(b'}');
    rtf
}

fn rtf_fonts() -> Vec<u8> {
    let fonts = numbered(300_000, |n| {
        format!("{{\\f{n}\\fcharset{} F{n};}}", n % 300)
    });
    format!("{{\\rtf1 {{\\fonttbl{fonts}}} \\f299999 x}}").into_bytes()
}

fn rtf_objects() -> Vec<u8> {
    let object = "{\\object\\objemb{\\*\\objdata 0105000002000000".repeat(200);
    (format!("{{\\rtf1 {object}") + &"d0cf11e0a1b11ae1".repeat(500_000) + &"}".repeat(401))
        .into_bytes()
}

/// A compound file (MS-CFB) whose tables are made of these numbers: header, one sector of table, directory, content.
fn compound(table: impl Fn(u32) -> u32, directory: &[[u32; 4]]) -> Vec<u8> {
    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.resize(24, 0);
    for half in [0x3e_u16, 3, 0xfffe, 9, 6] {
        header.extend(half.to_le_bytes());
    }
    header.resize(40, 0);
    // Sectors of the directory, of the table; first of the directory; limit of small streams; first of their table.
    for whole in [0, 1, 1, 0, 4_096, 0xffff_fffe, 0, 0xffff_fffe, 0, 0] {
        header.extend(u32::to_le_bytes(whole));
    }
    header.resize(512, 0xff);
    let mut file = header;
    file.extend((0..128).flat_map(|n| table(n).to_le_bytes()));
    for (n, [left, right, child, start]) in directory.iter().enumerate() {
        let name = match n {
            0 => "Root Entry".to_owned(),
            1 => "WordDocument".to_owned(),
            _ => format!("S{n}"),
        };
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let name_bytes = u16::try_from(entry.len() + 2).unwrap();
        entry.resize(64, 0);
        entry.extend(name_bytes.to_le_bytes());
        entry.extend([if n == 0 { 5 } else { 2 }, 1]);
        for link in [*left, *right, *child] {
            entry.extend(link.to_le_bytes());
        }
        entry.resize(116, 0);
        entry.extend(start.to_le_bytes());
        entry.extend(u64::to_le_bytes(1 << 31));
        file.extend(entry);
    }
    file.resize(512 * 130, 0);
    file
}

const FREE: u32 = 0xffff_ffff;
const END: u32 = 0xffff_fffe;

/// The content of the stream is a ring of two sectors.
fn ole_chain() -> Vec<u8> {
    let table = |n| match n {
        0 => 0xffff_fffd,
        1 => END,
        n => n ^ 1,
    };
    compound(table, &[[FREE, FREE, 1, END], [FREE, FREE, FREE, 2]])
}

/// The directory is a ring of sectors, and its entries are one another's children.
fn ole_directory() -> Vec<u8> {
    let table = |n| match n {
        0 => 0xffff_fffd,
        1 => 1,
        n => n + 1,
    };
    compound(
        table,
        &[[0, 0, 0, END], [1, 0, 1, 2], [3, 1, 2, 2], [2, 3, 0, 2]],
    )
}

/// The table of sectors is said to have four thousand million sectors, and to go on in itself.
fn ole_lying_table() -> Vec<u8> {
    let mut file = compound(|n| n + 1, &[[FREE, FREE, 1, END], [FREE, FREE, FREE, 2]]);
    file[44..48].copy_from_slice(&u32::MAX.to_le_bytes());
    file[68..72].copy_from_slice(&0_u32.to_le_bytes());
    file[72..76].copy_from_slice(&u32::MAX.to_le_bytes());
    file
}

/// A property set whose counts and offsets lie, in a sound compound file.
fn ole_properties() -> Vec<u8> {
    let mut set = vec![0xfe, 0xff, 0, 0];
    set.resize(24, 0);
    set.extend(u32::to_le_bytes(1));
    set.resize(44, 0);
    for whole in [48_u32, u32::MAX, u32::MAX] {
        set.extend(whole.to_le_bytes());
    }
    for n in 0..50_000_u32 {
        set.extend(n.to_le_bytes());
        set.extend(u32::to_le_bytes(8));
    }
    sound_compound(&[
        ("WordDocument", &noise(5_000)),
        ("\u{5}SummaryInformation", &set),
    ])
}

fn ole_records() -> Vec<u8> {
    let mut book = vec![9, 8, 8, 0, 0, 6, 5, 0, 0, 0, 0, 0];
    // Records of shared strings that claim thousands of millions of strings, each longer than the file.
    book.extend([
        0xfc, 0, 8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ]);
    book.extend([0x3c, 0, 3, 0, 0xff, 0xff, 0x0f].repeat(300_000));
    book.extend([0, 0, 0, 0].repeat(300_000));
    sound_compound(&[("Workbook", &book)])
}

fn sound_compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (name, content) in streams {
        let mut stream = file.create_stream(format!("/{name}")).unwrap();
        stream.write_all(content).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// A directory of a TIFF file, little-endian, with this link to the next.
fn tiff(entries: &[(u16, u16, u32, u32)], next: u32) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend(next.to_le_bytes());
    file
}

fn in_jpeg(exif: &[u8]) -> Vec<u8> {
    let length = u16::try_from(exif.len() + 8).unwrap();
    [
        &b"\xff\xd8\xff\xe1"[..],
        &length.to_be_bytes(),
        b"Exif\0\0",
        exif,
        b"\xff\xd9",
    ]
    .concat()
}

fn exif_counts() -> Vec<u8> {
    let entries: Vec<(u16, u16, u32, u32)> = (0..3_000)
        .map(|n: u16| (0x10e + n, 1 + n % 12, u32::MAX - u32::from(n), 8))
        .collect();
    in_jpeg(&tiff(&entries, 8))
}

fn exif_loop() -> Vec<u8> {
    // Both pointers to other directories, and the next one, are this directory.
    tiff(
        &[
            (0x8769, 4, 1, 8),
            (0x8825, 4, 1, 8),
            (0x14a, 4, u32::MAX, 8),
        ],
        8,
    )
}

fn jpeg_segments() -> Vec<u8> {
    let mut file = b"\xff\xd8".to_vec();
    file.extend(b"\xff\xe1\0\x08Exif\0\0".repeat(300_000));
    file.extend(b"\xff\xe1\0\0\xff\xe1\0\x01".repeat(100_000));
    file
}

fn png_chunks() -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(b"\0\0\0\0eXIf\0\0\0\0".repeat(200_000));
    file.extend(b"\xff\xff\xff\xffeXIf\0\0\0\0".repeat(100_000));
    file
}

fn heif_boxes() -> Vec<u8> {
    let mut file = b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".to_vec();
    // A box of no size reaches to the end; one of size 1 has its size in 64 bits.
    file.extend(b"\0\0\0\x01meta\xff\xff\xff\xff\xff\xff\xff\xff".repeat(10));
    file.extend(b"\0\0\0\x08meta".repeat(200_000));
    file.extend(b"\0\0\0\0iinf\0\0\0\0\xff\xff".repeat(100_000));
    file
}

fn large_text() -> Vec<u8> {
    "The rent of the hall is four thousand a week.\n"
        .repeat((70 << 20) / 46)
        .into_bytes()
}

fn html_tables() -> Vec<u8> {
    ("<!DOCTYPE html><html><body>".to_owned() + &"<table><tr><td>".repeat(400_000) + "deep")
        .into_bytes()
}

fn endless_word() -> Vec<u8> {
    "a".repeat(12 << 20).into_bytes()
}

fn odd_characters() -> Vec<u8> {
    "\u{202e}\u{2066}e\u{301}\u{300}\u{316}\u{feff}\u{e0041}\u{fff9}\u{1f468}\u{200d}"
        .repeat(100_000)
        .into_bytes()
}
