//! Outlook stores, message files and TNEF.

use std::io::{Cursor, Write as _};

use super::{Family, READ};
use crate::letters::letter_carrying;

pub(crate) const FAMILIES: &[Family] = &[
    Family {
        name: "a_tree_of_itself.pst",
        bytes: pst_tree_ring,
        says: "its table of nodes are damaged",
    },
    Family {
        name: "blocks_of_themselves.pst",
        bytes: pst_block_ring,
        says: "a block of references is damaged",
    },
    Family {
        name: "a_header_alone.pst",
        bytes: pst_header,
        says: "its table of nodes cannot be read",
    },
    Family {
        name: "attributes_without_end.eml",
        bytes: tnef_flood,
        says: "only the first 10000 attachments",
    },
    Family {
        name: "lengths_that_lie.dat",
        bytes: tnef_lies,
        says: "in the middle of an attribute",
    },
    Family {
        name: "compressed_text_that_lies.dat",
        bytes: tnef_rtf,
        says: READ,
    },
    Family {
        name: "messages_in_messages.dat",
        bytes: tnef_depth,
        says: "it lies in 8 messages",
    },
    Family {
        name: "one_attachment_in_all_messages.olm",
        bytes: olm_attachments,
        says: "the containers of this file expand to more than",
    },
    Family {
        name: "messages_without_end.olm",
        bytes: olm_messages,
        says: "only the first 10000 messages of one file are read",
    },
    Family {
        name: "messages_in_messages.msg",
        bytes: msg_depth,
        says: "it lies in 8 messages",
    },
    Family {
        name: "recipients_without_end.msg",
        bytes: msg_recipients,
        says: "a link or nothing in its place",
    },
    Family {
        name: "properties_that_lie.msg",
        bytes: msg_lies,
        says: READ,
    },
];

/// A Unicode store (MS-PST 2.2.2.6) whose two trees begin at bytes 1024 and 1536.
fn store(pages: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"!BDN\0\0\0\0SM".to_vec();
    file.extend(23_u16.to_le_bytes());
    file.resize(224, 0);
    file.extend(1_024_u64.to_le_bytes());
    file.resize(240, 0);
    file.extend(1_536_u64.to_le_bytes());
    file.resize(1_024, 0);
    for page in pages {
        file.extend(page);
    }
    file.resize(64 << 10, 0);
    file
}

/// A page of a tree: entries of 24 or 32 bytes, of this type and level.
fn page(entries: &[[u64; 4]], n_words: usize, kind: u8, level: u8) -> Vec<u8> {
    let mut page = Vec::new();
    for entry in entries {
        page.extend(entry[..n_words].iter().flat_map(|word| word.to_le_bytes()));
    }
    page.resize(488, 0);
    page.extend([
        u8::try_from(entries.len()).unwrap(),
        20,
        u8::try_from(n_words * 8).unwrap(),
        level,
    ]);
    page.resize(496, 0);
    page.extend([kind, kind]);
    page.resize(512, 0);
    page
}

/// Branches that lead back to the page they stand on.
fn pst_tree_ring() -> Vec<u8> {
    let ring = |at| {
        [
            [0, 1, at, 0],
            [0x21, 1, at, 0],
            [0x122, 1, at, 0],
            [u64::MAX, 1, at, 0],
        ]
    };
    store(&[
        page(&ring(1_024), 3, 0x81, 3),
        page(&ring(1_536), 3, 0x80, 3),
    ])
}

/// Nodes whose data are a tree of blocks that has itself for leaves.
fn pst_block_ring() -> Vec<u8> {
    let nodes: Vec<[u64; 4]> = [0x21, 0x61, 0x122, 0x12d, 0x12e, 0x12f, 0x0020_0024]
        .map(|id| [id, 2, 2, 0x122])
        .to_vec();
    let block = [[2, 2_048, 0x0002_1fe8, 0]];
    let mut tree = vec![1, 2];
    tree.extend(1_000_u16.to_le_bytes());
    tree.extend(u32::MAX.to_le_bytes());
    for _ in 0..1_000 {
        tree.extend(2_u64.to_le_bytes());
    }
    tree.resize(8_192, 0);
    store(&[page(&nodes, 4, 0x81, 0), page(&block, 3, 0x80, 0), tree])
}

fn pst_header() -> Vec<u8> {
    let mut file = store(&[]);
    file.truncate(1_024);
    file.resize(20 << 10, 0xff);
    file
}

/// One attribute of TNEF (MS-OXTNEF 2.1.3).
fn attribute(level: u8, id: u32, value: &[u8]) -> Vec<u8> {
    let sum = value
        .iter()
        .fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let length = u32::try_from(value.len()).unwrap().to_le_bytes();
    [
        &[level][..],
        &id.to_le_bytes(),
        &length,
        value,
        &sum.to_le_bytes(),
    ]
    .concat()
}

fn tnef(attributes: &[Vec<u8>]) -> Vec<u8> {
    let head = [&0x223e_9f78_u32.to_le_bytes()[..], &[1, 0]].concat();
    let class = attribute(1, 0x0007_8008, b"IPM.Note\0");
    [head, class, attributes.concat()].concat()
}

fn tnef_flood() -> Vec<u8> {
    let start = attribute(2, 0x0006_9002, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let title = attribute(2, 0x0001_8010, b"../../outside.eml\0");
    let flood = tnef(
        &[start, title]
            .concat()
            .repeat(60_000)
            .chunks(1 << 20)
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>(),
    );
    letter_carrying(5, "application/ms-tnef", "winmail.dat", &flood)
}

fn tnef_lies() -> Vec<u8> {
    let mut properties = u32::MAX.to_le_bytes().to_vec();
    for _ in 0..2_000 {
        // A binary property of four thousand million values.
        properties.extend([
            0x02, 0x11, 0x09, 0x10, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff,
        ]);
    }
    let mut bytes = tnef(&[
        attribute(1, 0x0006_9003, &properties),
        attribute(1, 0x0006_9004, &properties),
    ]);
    bytes.extend([1, 3, 0x90, 6, 0, 0xff, 0xff, 0xff, 0xff]);
    bytes
}

/// Compressed RTF (MS-OXRTFCP) that claims four thousand million bytes and is all references.
fn tnef_rtf() -> Vec<u8> {
    let mut text = Vec::new();
    for whole in [0x7fff_0000_u32, u32::MAX, 0x7546_5a4c, 0] {
        text.extend(whole.to_le_bytes());
    }
    text.extend(
        [
            0xff, 0x0f, 0xff, 0x1f, 0xff, 0x2f, 0xff, 0x3f, 0xff, 0x4f, 0xff, 0x5f, 0xff, 0x6f,
            0xff, 0x7f, 0xff,
        ]
        .repeat(400_000),
    );
    let mut properties = 1_u32.to_le_bytes().to_vec();
    properties.extend([0x02, 0x01, 0x09, 0x10, 1, 0, 0, 0]);
    properties.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    properties.extend(&text);
    tnef(&[attribute(1, 0x0006_9003, &properties)])
}

fn tnef_depth() -> Vec<u8> {
    const MESSAGE: [u8; 16] = [7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
    let mut inner = tnef(&[]);
    for _ in 0..200 {
        let mut properties = 1_u32.to_le_bytes().to_vec();
        properties.extend([0x0d, 0x00, 0x01, 0x37, 1, 0, 0, 0]);
        properties.extend(u32::try_from(inner.len() + 16).unwrap().to_le_bytes());
        properties.extend(MESSAGE);
        properties.extend(&inner);
        properties.resize(properties.len().next_multiple_of(4), 0);
        let start = attribute(2, 0x0006_9002, &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        inner = tnef(&[start, attribute(2, 0x0006_9005, &properties)]);
    }
    inner
}

/// A message file (MS-OXMSG): folders, and streams with their contents.
fn msg(write: impl FnOnce(&mut cfb::CompoundFile<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let class: Vec<u8> = "IPM.Note"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    put(&mut file, "/__substg1.0_001A001F", &class);
    put(&mut file, "/__properties_version1.0", &[0; 32]);
    write(&mut file);
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn put(file: &mut cfb::CompoundFile<Cursor<Vec<u8>>>, path: &str, content: &[u8]) {
    let mut stream = file.create_stream(path).unwrap();
    stream.write_all(content).unwrap();
}

fn msg_depth() -> Vec<u8> {
    msg(|file| {
        let mut path = String::new();
        for _ in 0..60 {
            path += "/__attach_version1.0_#00000000";
            file.create_storage(&path).unwrap();
            // Property 0x3705, the method: an embedded message.
            let method = [3, 0, 5, 0x37, 6, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
            put(
                file,
                &format!("{path}/__properties_version1.0"),
                &[&[0; 8][..], &method].concat(),
            );
            path += "/__substg1.0_3701000D";
            file.create_storage(&path).unwrap();
            put(file, &format!("{path}/__properties_version1.0"), &[0; 24]);
        }
    })
}

fn msg_recipients() -> Vec<u8> {
    msg(|file| {
        for n in 0..3_000 {
            for kind in ["recip", "attach"] {
                let path = format!("/__{kind}_version1.0_#{n:08X}");
                file.create_storage(&path).unwrap();
                put(
                    file,
                    &format!("{path}/__properties_version1.0"),
                    &[0xff; 8 + 16 * 4],
                );
            }
        }
    })
}

fn msg_lies() -> Vec<u8> {
    msg(|file| {
        put(file, "/__substg1.0_1000001F", &super::noise(1 << 20));
        put(file, "/__substg1.0_10130102", &b"<a x=\"".repeat(200_000));
        // Values of many values, whose lengths lie.
        put(file, "/__substg1.0_8000101F", &[0xff; 4_000]);
        put(file, "/__substg1.0_10090102", &[0xff; 4_000]);
    })
}

/// An archive of Outlook for Mac with one file of messages and one attachment.
fn olm(emails: &str, attachment: &[u8]) -> Vec<u8> {
    let xml = format!("<emails>{emails}</emails>");
    crate::packed::zip_of(&[
        ("a/com.microsoft.__Messages/1.xml", xml.as_bytes()),
        ("a/com.microsoft.__Attachments/1", attachment),
    ])
}

fn olm_attachments() -> Vec<u8> {
    let email = "<email><OPFMessageCopyAttachmentList><messageAttachment OPFAttachmentName=\"a\" \
                 OPFAttachmentURL=\"a/com.microsoft.__Attachments/1\"/></OPFMessageCopyAttachmentList></email>";
    olm(&email.repeat(2_000), &super::noise(1 << 20))
}

fn olm_messages() -> Vec<u8> {
    olm(&"<email>".repeat(40_000), b"")
}
