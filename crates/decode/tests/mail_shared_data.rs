//! Real and malformed messages from elsewhere.
//!
//! The data lie beside the project and are no part of it: where they are missing the tests print that they skip.
//! The tables they print (`--nocapture`) show how much is read. How the trees compare with those of other readers is in `trees/`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use mabillon_decode::{DecodedMessage, message};

/// The folder of shared data, or `None` with a printed reason.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is missing", path.display());
    None
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> DecodedMessage {
    message(Bytes::from(fs::read(path).unwrap()), None)
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension == wanted)
}

#[test]
fn every_file_is_read_without_panic() {
    for folder in [
        "mail-parser",
        "mime4j",
        "spamassassin",
        "fuzz",
        "mail-auth",
        "dkimpy",
    ] {
        let Some(path) = shared(folder) else {
            continue;
        };
        let (mut n_files, mut n_parts, mut n_attached, mut n_warned) = (0, 0, 0, 0);
        for path in files(&path) {
            let decoded = read(&path);
            let message = &decoded.message;
            let tiles: usize = message.fields().iter().map(|field| field.whole.len()).sum();
            assert_eq!(tiles, message.header.len(), "{}", path.display());
            n_files += 1;
            n_parts += message.parts.len();
            n_attached += decoded.attached.len();
            n_warned += usize::from(!decoded.warnings.is_empty());
        }
        println!(
            "{folder:14} {n_files:5} files {n_parts:6} parts {n_attached:5} attached {n_warned:5} files with warnings"
        );
        assert!(n_files > 0);
    }
}

#[test]
fn real_mail_has_sender_date_hops_and_text() {
    let Some(path) = shared("spamassassin") else {
        return;
    };
    let (mut n, mut from, mut date, mut weekday, mut hops, mut dated_hops, mut text) =
        (0, 0, 0, 0, 0, 0, 0);
    for path in files(&path)
        .iter()
        .filter(|path| has_extension(path, "txt"))
    {
        let decoded = read(path);
        let message = &decoded.message;
        n += 1;
        from += usize::from(
            message
                .from
                .iter()
                .any(|address| !address.domain().is_empty()),
        );
        date += usize::from(message.date.is_some());
        weekday += usize::from(message.date_weekday.is_some());
        hops += message.hops.len();
        dated_hops += message.hops.iter().filter(|hop| hop.date.is_some()).count();
        text += usize::from(
            !message.text.own.trim().is_empty()
                || !message.text.quotations.is_empty()
                || !decoded.attached.is_empty(),
        );
        if message.date.is_none() {
            println!("no date read: {}", path.display());
        }
    }
    println!(
        "{n} messages: From {from}, Date {date}, weekday {weekday}, hops {hops} of which dated {dated_hops}, text {text}"
    );
    assert!(
        from * 100 >= n * 99
            && date * 100 >= n * 98
            && dated_hops * 100 >= hops * 99
            && text * 100 >= n * 99
    );
}
