//! Archives, compressed files, and what hostile ones do.

use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use mabillon_acquire::{Event, Leaf, Limits, expand, form_of};
use mabillon_case::{ContainerKind, Form, ItemId, Origin, Place};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::collect::{Told, mbox, message, settings, take_file, take_file_within};
use crate::made_discs::{Names, image};

pub(crate) fn zip_of(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer
            .start_file(
                *name,
                SimpleFileOptions::default().compression_method(method),
            )
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzip_of(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One tar entry: header, content, padding.
fn tar_entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut entry = header.to_vec();
    entry.extend_from_slice(content);
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

pub(crate) fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive: Vec<u8> = members
        .iter()
        .flat_map(|(name, content)| tar_entry(name, b'0', content))
        .collect();
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn account(told: &Told, kind: ContainerKind) -> (u64, u64) {
    let account = told
        .accounts
        .iter()
        .find(|account| account.kind == kind)
        .unwrap();
    (account.n_decoded, account.n_failed)
}

#[test]
fn a_mailbox_in_a_zip_has_its_places() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let (mailbox, text) = (mbox(3), message(9));
        let bytes = zip_of(
            &[
                ("mail/lang.mbox", mailbox.as_bytes()),
                ("mail/9.eml", text.as_bytes()),
            ],
            method,
        );
        let told = take_file("dump.zip", &bytes);
        let expected = [
            "mail/lang.mbox!message 1",
            "mail/lang.mbox!message 2",
            "mail/lang.mbox!message 3",
            "mail/9.eml",
        ];
        assert_eq!(told.paths(), expected);
        let second = &told.leaves[1];
        assert_eq!(&*second.place.exhibit, "dump.zip");
        assert_eq!(second.bytes, message(2));
        assert_eq!(
            usize::try_from(second.place.offset).unwrap(),
            mailbox.find(&message(2)).unwrap()
        );
        assert_eq!(second.place.parent, Some(ItemId::of(mailbox.as_bytes())));
        assert_eq!(second.place.mailbox.as_deref(), Some("mail/lang.mbox"));
        assert_eq!(told.leaves[3].place.mailbox.as_deref(), Some("mail"));
        assert_eq!(told.leaves[3].place.parent, Some(ItemId::of(&bytes)));
    }
}

#[test]
fn compressed_files_of_each_kind_are_opened() {
    let text = message(1);
    let xz = [
        &b"\xfd7zXZ\x00\x00\x01\x69\x22\xde\x36"[..], // an empty xz stream: header, index, footer
        b"\x00\x00\x00\x00\x1c\xdf\x44\x21\x90\x42\x99\x0d\x00\x00\x00\x00\x01YZ",
    ]
    .concat();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text.as_bytes()).unwrap();
    let files = [
        ("1.eml.gz", gzip_of(text.as_bytes())),
        ("1.eml.bz2", bzip2.finish().unwrap()),
        ("1.eml.zst", zstd::encode_all(text.as_bytes(), 1).unwrap()),
    ];
    for (name, bytes) in files {
        let told = take_file(name, &bytes);
        assert_eq!(told.paths(), ["1.eml"], "{name}");
        assert_eq!(told.leaves[0].bytes, text);
        let members = [bytes.clone(), bytes].concat();
        let told = take_file(name, &members);
        assert_eq!(
            told.leaves[0].bytes,
            text.repeat(2),
            "all members of {name}"
        );
    }
    assert_eq!(form_of(&xz), Form::Xz);
    take_file("empty.xz", &xz);
}

#[test]
fn bytes_after_a_gzip_file_are_accounted_for() {
    let mut bytes = gzip_of(message(1).as_bytes());
    let n = bytes.len() as u64;
    bytes.extend_from_slice(&[0; 100]);
    let told = take_file("1.eml.gz", &bytes);
    assert_eq!(told.leaves.len(), 1);
    assert_eq!(told.accounts[0].bytes_decoded, n);
    assert_eq!(
        told.accounts[0].bytes_ignored,
        [("bytes after the compressed data".to_owned(), 100)]
    );
    let told = take_file("cut.gz", &bytes[..40]);
    assert!(told.leaves.is_empty());
    assert!(
        told.reason("cut")
            .starts_with("the compressed data cannot be read to its end")
    );
}

#[test]
fn a_large_mailbox_is_streamed_through_compression_and_tar() {
    let mailbox = mbox(90_000);
    let tar = tar_of(&[
        ("box/large.mbox", mailbox.as_bytes()),
        ("box/1.eml", message(1).as_bytes()),
    ]);
    let told = take_file("dump.tar.gz", &gzip_of(&tar));
    assert_eq!(told.leaves.len(), 90_001);
    assert_eq!(
        told.leaves[0].place.path,
        "dump.tar!box/large.mbox!message 1"
    );
    assert_eq!(told.leaves[90_000].place.path, "dump.tar!box/1.eml");
    assert_eq!(
        told.containers["dump.tar!box/large.mbox"],
        mailbox.len() as u64
    );
    let told = take_file(
        "dump.zip",
        &zip_of(
            &[("large.mbox", mailbox.as_bytes())],
            CompressionMethod::Deflated,
        ),
    );
    assert_eq!(told.leaves.len(), 90_000);
    assert_eq!(told.leaves[77_776].bytes, message(77_777));
}

#[test]
fn a_cut_zip_is_read_by_its_local_headers() {
    let texts: Vec<String> = (0..20).map(message).collect();
    let names: Vec<String> = (0..20).map(|n| format!("{n:02}.eml")).collect();
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&texts)
        .map(|(n, t)| (n.as_str(), t.as_bytes()))
        .collect();
    let bytes = zip_of(&members, CompressionMethod::Deflated);
    let told = take_file("cut.zip", &bytes[..bytes.len() / 2]);
    assert!(told.leaves.len() > 5 && told.leaves.len() < 20);
    assert!(
        told.leaves
            .iter()
            .zip(&texts)
            .all(|(leaf, text)| leaf.bytes == text.as_bytes())
    );
    assert_eq!(
        told.reason(""),
        "the archive is cut off or damaged: its directory is missing"
    );
    for cut in 0..bytes.len() {
        take_file("cut.zip", &bytes[..cut]);
    }
}

#[test]
fn a_cut_zip_with_sizes_after_the_data_is_read_too() {
    let mut writer = ZipWriter::new_stream(Vec::new());
    for n in 0..5 {
        writer
            .start_file(format!("{n}.eml"), SimpleFileOptions::default())
            .unwrap();
        writer.write_all(message(n).as_bytes()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(take_file("whole.zip", &bytes).leaves.len(), 5);
    let start = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    let told = take_file("cut.zip", &bytes[..start]);
    assert_eq!(told.leaves.len(), 5);
    assert_eq!(account(&told, ContainerKind::Zip), (5, 1));
}

#[test]
fn a_zip_that_lies_about_its_sizes_is_not_believed() {
    let text = message(1).repeat(40);
    let bytes = zip_of(&[("1.eml", text.as_bytes())], CompressionMethod::Deflated);
    let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    for (claimed, reason) in [(10_u32, "more bytes"), (1 << 30, "fewer bytes")] {
        let mut lying = bytes.clone();
        lying[directory + 24..directory + 28].copy_from_slice(&claimed.to_le_bytes());
        let told = take_file("lying.zip", &lying);
        assert!(told.leaves.is_empty());
        assert!(told.reason("1.eml").contains(reason), "{:?}", told.not_read);
    }
    let mut changed = bytes.clone();
    changed[directory + 16] ^= 1;
    assert!(
        take_file("changed.zip", &changed)
            .reason("1.eml")
            .contains("checksum")
    );
}

#[test]
fn encrypted_and_unknown_members_are_not_read() {
    let bytes = zip_of(
        &[("1.eml", message(1).as_bytes())],
        CompressionMethod::Stored,
    );
    let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    let mut encrypted = bytes.clone();
    encrypted[directory + 8] |= 1;
    assert_eq!(take_file("x.zip", &encrypted).reason("1.eml"), "encrypted");
    let mut unknown = bytes;
    unknown[directory + 10] = 97;
    assert_eq!(
        take_file("x.zip", &unknown).reason("1.eml"),
        "unsupported method 97 (WavPack)"
    );
}

#[test]
fn overlapping_members_are_read_once() {
    let bytes = zip_of(
        &[
            ("1.eml", message(1).as_bytes()),
            ("2.eml", message(2).as_bytes()),
        ],
        CompressionMethod::Stored,
    );
    let first = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    let second = first + 46 + memchr::memmem::find(&bytes[first + 46..], b"PK\x01\x02").unwrap();
    let mut overlapping = bytes;
    overlapping[second + 42..second + 46].fill(0);
    let told = take_file("x.zip", &overlapping);
    // What its own header shows lies beside the first one, and is taken for itself.
    assert_eq!(told.paths(), ["1.eml", "2.eml"]);
    assert_eq!(&*told.leaves[1].bytes, message(2).as_bytes());
    assert_eq!(
        told.reason("2.eml"),
        "it overlaps another entry of the archive"
    );
}

#[test]
fn bombs_are_stopped() {
    let zeros = vec![0_u8; 100 << 20];
    let told = take_file("bomb.gz", &gzip_of(&zeros));
    assert!(
        told.reason("bomb")
            .ends_with("it expands to more than 250 times its size")
    );
    let told = take_file(
        "bomb.zip",
        &zip_of(&[("zeros", &zeros)], CompressionMethod::Deflated),
    );
    assert!(told.reason("zeros").contains("250 times"));
    let few = Limits {
        expanded_free_bytes: 1 << 20,
        expanded_ratio_max: 2,
        ..Limits::default()
    };
    let told = take_file_within(
        "bomb.zip",
        &zip_of(&[("zeros", &zeros[..9 << 20])], CompressionMethod::Deflated),
        few,
    );
    assert!(
        told.reason("zeros")
            .contains("the containers of this file expand")
    );
    let small = Limits {
        item_bytes_max: 9 << 20,
        ..Limits::default()
    };
    let told = take_file_within("large", &zeros[..10 << 20], small);
    assert!(
        told.reason("")
            .starts_with("it is larger than one item may be")
    );
}

#[test]
fn names_are_labels() {
    let members: [(&str, &[u8]); 3] = [
        ("../../etc/passwd", b"text"),
        ("/absolute", b"text"),
        ("a\x1b[2J\u{202e}b", b"text"),
    ];
    let told = take_file("names.zip", &zip_of(&members, CompressionMethod::Stored));
    assert_eq!(
        told.paths(),
        ["../../etc/passwd", "/absolute", "a\u{fffd}[2J\u{fffd}b"]
    );
}

#[test]
fn links_and_devices_in_tar_are_not_read() {
    let mut bytes = tar_entry("mail/", b'5', b"");
    bytes.extend(tar_entry("link", b'2', b""));
    bytes.extend(tar_entry("hard", b'1', b""));
    bytes.extend(tar_entry("device", b'3', b""));
    let long_name = format!("{}.eml", "long/".repeat(40));
    bytes.extend(tar_entry(
        "././@LongLink",
        b'L',
        format!("{long_name}\0").as_bytes(),
    ));
    bytes.extend(tar_entry("cut", b'0', message(1).as_bytes()));
    bytes.extend(tar_entry("pax", b'x', "24 path=mail/Пример\n".as_bytes()));
    bytes.extend(tar_entry("cut", b'0', message(2).as_bytes()));
    bytes.resize(bytes.len() + 1024, 0);
    let told = take_file("x.tar", &bytes);
    assert_eq!(told.paths(), [long_name.as_str(), "mail/Пример"]);
    assert_eq!(told.reason("link"), "symbolic link, not followed");
    assert_eq!(told.reason("hard"), "hard link, not followed");
    assert_eq!(told.reason("device"), "device");
}

#[test]
fn a_cut_tar_gives_what_is_there() {
    let texts: Vec<String> = (0..4).map(message).collect();
    let members: Vec<(&str, &[u8])> = texts
        .iter()
        .map(|text| ("x.eml", text.as_bytes()))
        .collect();
    let bytes = tar_of(&members);
    for cut in (513..bytes.len()).step_by(37) {
        let told = take_file("cut.tar", &bytes[..cut]);
        let n_whole = cut.saturating_sub(512 + message(0).len()) / 1024
            + usize::from(cut >= 512 + message(0).len());
        assert_eq!(told.leaves.len(), n_whole.min(4), "{cut}");
    }
}

#[test]
fn nesting_ends_at_its_limit() {
    let mut bytes = message(1).into_bytes();
    for n in 0..20 {
        bytes = if n % 2 == 0 {
            gzip_of(&bytes)
        } else {
            zip_of(&[("inner", &bytes)], CompressionMethod::Deflated)
        };
    }
    let told = take_file("deep", &bytes);
    assert!(told.leaves.is_empty());
    assert_eq!(told.not_read.len(), 1);
    assert_eq!(
        told.not_read[0].1,
        "it lies in 16 containers: deeper ones are not opened"
    );
    let more = Limits {
        nesting_max: 30,
        ..Limits::default()
    };
    assert_eq!(take_file_within("deep", &bytes, more).leaves[0].depth, 20);
}

#[test]
fn entries_end_at_their_limit() {
    let names: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), &b"x"[..]))
        .collect();
    let few = Limits {
        entries_max: 100,
        ..Limits::default()
    };
    for bytes in [
        zip_of(&members, CompressionMethod::Stored),
        tar_of(&members),
    ] {
        let told = take_file_within("many", &bytes, few.clone());
        assert_eq!(told.leaves.len(), 100);
        assert_eq!(
            told.reason(""),
            "it holds more than 100 entries: the rest is not read"
        );
    }
}

#[test]
fn a_zip_larger_than_memory_is_spooled() {
    let noise: Vec<u8> = (0..12_u32 << 20)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    let inner = zip_of(
        &[("noise", &noise), ("1.eml", message(1).as_bytes())],
        CompressionMethod::Stored,
    );
    let outer = zip_of(&[("inner.zip", &inner)], CompressionMethod::Stored);
    let little = Limits {
        memory_bytes_max: 9 << 20,
        ..Limits::default()
    };
    let told = take_file_within("outer.zip", &outer, little);
    assert_eq!(told.paths(), ["inner.zip!noise", "inner.zip!1.eml"]);
    assert_eq!(told.containers["inner.zip"], inner.len() as u64);
}

#[test]
fn office_packages_are_leaves() {
    let ooxml = zip_of(
        &[("_rels/.rels", b"x"), ("[Content_Types].xml", b"x")],
        CompressionMethod::Deflated,
    );
    let media_type = &b"application/vnd.oasis.opendocument.text-and-something-more-for-length"[..];
    let odf = zip_of(
        &[("mimetype", media_type), ("content.xml", b"x")],
        CompressionMethod::Stored,
    );
    assert_eq!((form_of(&ooxml), form_of(&odf)), (Form::Ooxml, Form::Odf));
    let archive = zip_of(
        &[("a.docx", &ooxml), ("b.odt", &odf)],
        CompressionMethod::Stored,
    );
    let told = take_file("x.zip", &archive);
    assert_eq!(
        told.leaves.iter().map(|leaf| leaf.form).collect::<Vec<_>>(),
        [Form::Ooxml, Form::Odf]
    );
}

#[test]
fn attachments_are_expanded_alike() {
    let bytes = zip_of(
        &[
            ("1.eml", message(1).as_bytes()),
            ("box", mbox(2).as_bytes()),
        ],
        CompressionMethod::Deflated,
    );
    let leaf = Leaf {
        place: Place {
            origin: Origin::Collection,
            exhibit: "dump".into(),
            path: "lang.mbox!message 3!part 2".into(),
            offset: 100,
            length: 200,
            parent: None,
            mailbox: None,
            entry: None,
            stored: None,
        },
        form: Form::Zip,
        separator: None,
        depth: 2,
        item: None,
        bytes: bytes.clone().into(),
    };
    let mut told = Told::default();
    let mut receive = |event: Event| -> ControlFlow<()> { told.keep(event) };
    expand(
        &leaf,
        ItemId::of(&bytes),
        &settings(Limits::default()),
        &mut receive,
    );
    told.check_accounts(0);
    let expected = ["1.eml", "box!message 1", "box!message 2"]
        .map(|step| format!("lang.mbox!message 3!part 2!{step}"));
    assert_eq!(told.paths(), expected);
    assert_eq!(told.leaves[0].place.parent, Some(ItemId::of(&bytes)));
    assert_eq!(
        (
            told.leaves[0].depth,
            told.leaves[0].place.mailbox.as_deref()
        ),
        (3, None)
    );
    assert_eq!(told.progress, 0);
}

#[test]
fn what_is_no_item_in_an_archive_is_counted_once() {
    let index = b"// <!-- <mdb:mork:z v=\"1.4\"/> -->\n< <(a=c)> >\n";
    let letter = message(1);
    let members: [(&str, &[u8]); 2] = [("Inbox.msf", index), ("1.eml", letter.as_bytes())];
    let disc = image(&members, Names::Joliet);
    for (name, archive) in [("mail.tar", tar_of(&members)), ("mail.iso", disc)] {
        // The accounts are checked against the size.
        let told = take_file(name, &archive);
        assert_eq!(told.paths(), ["1.eml"]);
        let account = told.accounts.iter().find(|account| account.path.is_empty());
        let ignored = &account.unwrap().bytes_ignored;
        let n_index = ignored.iter().find(|(why, _)| why.contains("Thunderbird"));
        assert_eq!(n_index.unwrap().1, index.len() as u64, "{ignored:?}");
    }
}
