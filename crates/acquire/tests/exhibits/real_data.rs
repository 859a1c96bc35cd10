//! Collections of real mail, documents and damaged archives, where they are at hand.

use std::path::PathBuf;
use std::time::Instant;

use mabillon_acquire::Limits;
use mabillon_case::Form;

use crate::collect::{Told, take};

/// Takes in one collection; `None` where it is missing.
fn take_collection(name: &str) -> Option<Told> {
    let path =
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(name);
    if !path.is_dir() {
        println!("skips {name}: there is no folder {}", path.display());
        return None;
    }
    let start = Instant::now();
    let told = take(&path.canonicalize().unwrap(), Limits::default());
    println!(
        "{name}: {} leaves, {} not read, {:?}",
        told.leaves.len(),
        told.not_read.len(),
        start.elapsed()
    );
    for (path, reason) in &told.not_read {
        println!("  {path}: {reason}");
    }
    Some(told)
}

#[test]
fn all_mail_of_spamassassin_is_messages() {
    let Some(told) = take_collection("spamassassin") else {
        return;
    };
    let others: Vec<&str> = told
        .leaves
        .iter()
        .filter(|leaf| leaf.form != Form::Message)
        .map(|leaf| leaf.place.path.as_str())
        .collect();
    println!("no messages: {others:?}");
    assert!(others.len() <= 13);
    assert!(
        told.leaves
            .iter()
            .filter(|leaf| leaf.separator.is_some())
            .count()
            > 2500
    );
    assert!(told.not_read.is_empty());
}

#[test]
fn other_collections_are_taken_without_panic_and_their_accounts_add_up() {
    for name in ["mime4j", "mail-parser", "poi", "fuzz"] {
        if let Some(told) = take_collection(name) {
            let n = |form: fn(&Form) -> bool| {
                told.leaves.iter().filter(|leaf| form(&leaf.form)).count()
            };
            println!(
                "  {} messages, {} Office, {} text",
                n(|form| *form == Form::Message),
                n(|form| matches!(form, Form::Ooxml | Form::Ole2)),
                n(|form| matches!(form, Form::Text | Form::Html))
            );
            for leaf in told.leaves.iter().filter(|leaf| leaf.form != Form::Message) {
                if leaf.place.path.contains(".eml") {
                    let start = &leaf.bytes[..leaf.bytes.len().min(100)];
                    println!(
                        "  no message: {}: {}",
                        leaf.place.path,
                        start.escape_ascii()
                    );
                }
            }
        }
    }
}
