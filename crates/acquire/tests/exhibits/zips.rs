//! Zip archives as other programs write them: methods, passwords, entries that the directory does not list.
//!
//! The archives in `tests/data/zip` hold one invented letter each; they were written by 7-Zip and by Info-ZIP.

use mabillon_acquire::{Limits, Passwords};
use zip::CompressionMethod::{Deflated, Stored};

use crate::archives::zip_of;
use crate::collect::{Told, message, take_file, take_file_with};

const LETTER: &[u8] =
    b"From: ann@mill.example\nTo: bob@mill.example\nMessage-ID: <7@mill.example>\n\
    Subject: flour 7\n\nbody 7 body 7 body 7 body 7 body 7 body 7\n";

/// The password of the encrypted ones.
const PASSWORD: &str = "pass-7731";

const ENCRYPTED: &[(&str, &[u8])] = &[
    ("7-Zip AES-128", include_bytes!("../data/zip/aes128.zip")),
    ("7-Zip AES-256", include_bytes!("../data/zip/aes256.zip")),
    (
        "7-Zip traditional",
        include_bytes!("../data/zip/zipcrypto.zip"),
    ),
    (
        "Info-ZIP traditional",
        include_bytes!("../data/zip/infozip.zip"),
    ),
];

fn with_passwords(bytes: &[u8], passwords: &[&str]) -> Told {
    let passwords = Passwords::parse(passwords.join("\n").as_bytes()).unwrap();
    take_file_with("x.zip", bytes, Limits::default(), passwords)
}

#[test]
fn methods_of_other_programs_are_read() {
    for (name, bytes) in [
        ("LZMA", &include_bytes!("../data/zip/lzma.zip")[..]),
        ("PPMd", include_bytes!("../data/zip/ppmd.zip")),
        ("bzip2", include_bytes!("../data/zip/bzip2.zip")),
        ("deflate64", include_bytes!("../data/zip/deflate64.zip")),
    ] {
        let told = take_file("x.zip", bytes);
        assert_eq!(told.paths(), ["letter.eml"], "{name}: {:?}", told.not_read);
        assert_eq!(&*told.leaves[0].bytes, LETTER, "{name}");
        let entry = told.leaves[0].place.entry.as_ref().unwrap();
        assert_eq!(entry.method, name);
    }
}

#[test]
fn damaged_and_cut_methods_never_panic() {
    for bytes in [
        &include_bytes!("../data/zip/lzma.zip")[..],
        include_bytes!("../data/zip/ppmd.zip"),
        include_bytes!("../data/zip/aes256.zip"),
        include_bytes!("../data/zip/zipcrypto.zip"),
    ] {
        for at in 30..bytes.len() {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 0x55;
            with_passwords(&damaged, &[PASSWORD]);
            with_passwords(&bytes[..at], &[PASSWORD]);
        }
    }
}

#[test]
fn a_method_without_a_reader_is_named() {
    let mut bytes = zip_of(&[("a.txt", b"text")], Stored);
    let record = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    for (method, reason) in [
        (6, "unsupported method 6 (Implode)"),
        (250, "unsupported method 250"),
    ] {
        bytes[record + 10] = method;
        assert_eq!(take_file("x.zip", &bytes).reason("a.txt"), reason);
    }
}

#[test]
fn the_right_password_among_others_opens_an_entry() {
    let mut many: Vec<String> = (0..700).map(|n| format!("wrong {n}")).collect();
    many.push(PASSWORD.to_owned());
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (name, bytes) in ENCRYPTED {
        let told = with_passwords(bytes, &many);
        assert_eq!(told.paths(), ["letter.eml"], "{name}: {:?}", told.not_read);
        assert_eq!(&*told.leaves[0].bytes, LETTER, "{name}");
        assert!(told.leaves[0].place.entry.as_ref().unwrap().encrypted);
        assert_eq!(told.not_read, []);
    }
}

#[test]
fn without_the_password_an_entry_is_encrypted() {
    for (name, bytes) in ENCRYPTED {
        let told = take_file("x.zip", bytes);
        assert_eq!(told.reason("letter.eml"), "encrypted", "{name}");
        let told = with_passwords(bytes, &["summer", "winter"]);
        let reason = "encrypted: none of the given passwords fits";
        assert_eq!(told.reason("letter.eml"), reason, "{name}");
        assert!(told.leaves.is_empty());
    }
}

#[test]
fn an_entry_changed_after_it_was_encrypted_is_told() {
    let mut bytes = include_bytes!("../data/zip/aes256.zip").to_vec();
    // The last byte of the authentication code stands before the directory.
    let record = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    bytes[record - 1] ^= 1;
    let told = with_passwords(&bytes, &[PASSWORD]);
    let reason = "it cannot be read to its end: its authentication code does not match";
    assert_eq!(told.reason("letter.eml"), reason);
}

#[test]
fn an_entry_that_the_directory_does_not_list_is_taken_too() {
    let hidden = zip_of(&[("hidden.eml", message(1).as_bytes())], Deflated);
    let directory = memchr::memmem::find(&hidden, b"PK\x01\x02").unwrap();
    let shown = zip_of(&[("shown.eml", message(2).as_bytes())], Deflated);
    let told = take_file("x.zip", &[&hidden[..directory], &shown].concat());
    assert_eq!(told.paths(), ["hidden.eml", "shown.eml"]);
    let listed: Vec<Option<u64>> = told
        .leaves
        .iter()
        .map(|leaf| leaf.place.entry.as_ref().unwrap().listed)
        .collect();
    assert_eq!(listed, [None, Some(0)]);
    assert_eq!(told.accounts[0].n_expected, 2);
}

#[test]
fn a_directory_that_points_elsewhere_loses_nothing() {
    let two = [("1.eml", message(1)), ("2.eml", message(2))];
    let two = two.each_ref().map(|(name, text)| (*name, text.as_bytes()));
    let mut bytes = zip_of(&two, Deflated);
    let records: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect();
    for record in records {
        bytes[record + 42] ^= 3;
    }
    let told = take_file("x.zip", &bytes);
    assert_eq!(told.paths(), ["1.eml", "2.eml"], "{:?}", told.not_read);
    assert_eq!(told.reason("1.eml"), "its local header is missing");
    assert_eq!(told.not_read.len(), 2, "each wrong record is told");
}

#[test]
fn an_archive_behind_a_program_is_opened() {
    let archive = zip_of(&[("1.eml", message(1).as_bytes())], Deflated);
    for n_bytes in [500, 9 << 20] {
        let mut program = b"MZ\x90\x00".to_vec();
        program.resize(n_bytes, 0xcc);
        let told = take_file("setup.exe", &[&program, &archive[..]].concat());
        assert_eq!(told.paths(), ["1.eml"], "{n_bytes}");
    }
    let told = take_file("plain.exe", b"MZ\x90\x00 no archive PK\x05\x06 here");
    assert_eq!(told.accounts.len(), 0);
    assert_eq!(told.leaves.len(), 1);
}
