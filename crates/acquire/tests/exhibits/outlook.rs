//! Outlook stores and message files: real ones where they are at hand, damaged ones always.

use std::fs;
use std::path::PathBuf;

use mabillon_acquire::Limits;
use mabillon_case::{ASSEMBLED_FIELD, ContainerKind, StoreFacts};
use tempfile::TempDir;

use crate::collect::{Told, take, take_file};
use crate::made_stores::{Heap, ROOT_FOLDER, Store, folder, message};

fn shared(name: &str) -> Option<PathBuf> {
    let path =
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(name);
    if !path.exists() {
        println!("skips {name}: there is no {}", path.display());
        return None;
    }
    path.canonicalize().ok()
}

/// Messages of a store, each with its MAPI facts and its mark.
fn n_messages(told: &Told) -> usize {
    let messages = told.leaves.iter().filter(|leaf| {
        leaf.place
            .stored
            .as_deref()
            .and_then(StoreFacts::mapi)
            .is_some()
    });
    messages
        .inspect(|leaf| {
            assert!(leaf.bytes.starts_with(ASSEMBLED_FIELD.as_bytes()));
        })
        .count()
}

/// (store, messages). `readpst` (libpst 0.6.76) counts the same in the same folders, but for the item of `Freebusy Data`,
/// which lies outside the tree that it walks, and one distribution list each, which it passes over.
const STORES: &[(&str, usize)] = &[
    ("pst/outlook-pst-rs/crates/pst/examples/Empty.pst", 0),
    ("pst/java-libpst/src/test/resources/dist-list.pst", 4),
    ("pst/java-libpst/src/test/resources/passworded.pst", 3),
    ("pst/msgvault/internal/pst/testdata/32-bit.pst", 1),
    ("pst/msgvault/internal/pst/testdata/support.pst", 17),
    (
        "pst/mailbagit/data/outlook2019_MSO_16.0.10377.20023_64-bit.pst",
        2,
    ),
];

#[test]
fn real_stores_give_their_messages() {
    for (name, n) in STORES {
        let Some(path) = shared(name) else { continue };
        let told = take(&path, Limits::default());
        println!("{name}: {} messages", n_messages(&told));
        for leaf in &told.leaves {
            println!("  {} {}", leaf.place.path, leaf.bytes.len());
        }
        println!("  not read: {:?}", told.not_read);
        assert_eq!(n_messages(&told), *n, "{name}");
        assert!(told.not_read.is_empty(), "{:?}", told.not_read);
    }
}

#[test]
fn real_message_files_give_their_message() {
    for name in ["msg", "pst/mailbagit/data"] {
        let Some(path) = shared(name) else { continue };
        let told = take(&path, Limits::default());
        let files = told
            .accounts
            .iter()
            .filter(|account| account.kind == ContainerKind::MapiMessage);
        for account in files {
            assert_eq!(
                (account.n_expected, account.n_decoded),
                (1, 1),
                "{account:?}"
            );
        }
        println!(
            "{name}: {} messages, not read: {:?}",
            n_messages(&told),
            told.not_read
        );
    }
}

#[test]
fn a_store_that_does_not_open_says_why() {
    for (bytes, reason) in [
        (b"!BDN\0\0\0\0SM\x17\0".to_vec(), "header cannot be read"),
        (b"!BDN\0\0\0\0SM\x63\0".to_vec(), "format version 99"),
        (b"\x78\x9f\x3e\x22".to_vec(), "structure is damaged"),
    ] {
        let mut bytes = bytes;
        if bytes.starts_with(b"!BDN") {
            bytes.resize(400, 0);
        } else {
            bytes[0] = 0x78;
        }
        let told = take_file("box", &bytes);
        assert!(told.leaves.is_empty());
        if bytes.starts_with(b"!BDN") {
            assert!(told.reason("").contains(reason), "{:?}", told.not_read);
        }
    }
}

/// Every byte of a real store is damaged in turn, at some step: nothing panics, and the accounts add up.
#[test]
fn damaged_stores_are_read_as_far_as_they_go() {
    let Some(path) = shared(STORES[3].0) else {
        return;
    };
    let store = std::fs::read(path).unwrap();
    for at in (0..store.len()).step_by(97) {
        let mut damaged = store.clone();
        damaged[at] ^= 0xff;
        if damaged.starts_with(b"!BDN") {
            take_file("box.pst", &damaged);
        }
    }
}

#[test]
fn a_store_gives_its_folders_and_what_lies_in_them() {
    let mut store = Store::default();
    store.folder(ROOT_FOLDER, ROOT_FOLDER, "", &[]);
    store.folder(folder(1), ROOT_FOLDER, "Inbox", &[message(1), message(2)]);
    store.folder(folder(2), folder(1), "Mill", &[message(3)]);
    for (n, parent) in [(1, 1), (2, 1), (3, 2), (4, 2)] {
        store.message(message(n), folder(parent), &format!("flour {n}"), 0);
    }
    let store = store.bytes();
    let told = take_file("mail.pst", &store);
    assert!(told.not_read.is_empty(), "{:?}", told.not_read);
    let node = |n| message(n).to_string();
    let expected = [
        format!("Inbox!message {}", node(1)),
        format!("Inbox!message {}", node(2)),
        format!("Inbox/Mill!message {}", node(3)),
        // No table lists it.
        format!("Inbox/Mill!recovered message {}", node(4)),
    ];
    assert_eq!(told.paths(), expected);
    let text = String::from_utf8_lossy(&told.leaves[3].bytes);
    assert!(text.contains("Subject: flour 4\r\n") && text.contains("The text of flour 4."));

    // The same store, cut into three files.
    let folder = TempDir::new().unwrap();
    for (number, part) in (1..).zip(store.chunks(store.len() / 3 + 1)) {
        fs::write(folder.path().join(format!("mail.pst.{number:03}")), part).unwrap();
    }
    let told = take(folder.path(), Limits::default());
    assert!(told.not_read.is_empty(), "{:?}", told.not_read);
    assert_eq!(
        told.paths(),
        expected.map(|path| format!("mail.pst.001!{path}"))
    );
}

#[test]
fn messages_listed_that_are_not_there_are_told_up_to_a_limit() {
    let mut store = Store::default();
    let ids: Vec<u32> = (1..1_200).map(message).collect();
    store.folder(ROOT_FOLDER, ROOT_FOLDER, "", &[]);
    let table = store.data(Heap::of_table(&ids).blocks);
    for n in 1..91 {
        store.folder(folder(n), ROOT_FOLDER, "Lost", &[]);
        store.node(folder(n) & !0x1f | 0x0e, table, 0, 0);
    }
    let told = take_file("mail.pst", &store.bytes());
    let reason = told.reason("[damaged table 1]");
    assert_eq!(
        reason,
        "its tables list 87910 more messages that are not there or were listed before"
    );
    assert!(told.not_read.len() > 20_000);
}
