//! The same exhibits give the same bytes, whatever the number of threads, and the same opinions, however packed.

use std::collections::BTreeMap;

use crate::case_read::{items_of, jsonl};
use crate::command::{examine_into, run};
use crate::dir::Dir;
use crate::letters::{letter, letter_carrying, letter_saying, mbox, text};
use crate::packed::zip_of;

/// Letters in two mailboxes, some of them altered in one, with attachments shared between them.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for n in 0..60 {
        files.push((format!("brandt/{n}.eml"), letter(n).into_bytes()));
        let said = if n % 7 == 0 {
            text(n).replace("paid", "bribed")
        } else {
            text(n)
        };
        let copy = letter_saying(n, &format!("Letter {n}"), &said);
        files.push((format!("vale/{n}.eml"), copy.into_bytes()));
        let content = format!("Note number {}", n % 5);
        let carrying = letter_carrying(n, "text/plain", "note.txt", content.as_bytes());
        files.push((format!("vale/c{n}.eml"), carrying));
    }
    let letters: Vec<String> = (30..90).map(letter).collect();
    files.push(("press.mbox".to_owned(), mbox(&letters).into_bytes()));
    files
}

#[test]
fn one_thread_or_several_give_the_same_bytes() {
    let dir = Dir::new();
    for (name, content) in files() {
        dir.write(&format!("leak/{name}"), content);
    }
    let one = examine_into(&dir, "one", &["leak", "--jobs", "1"]).ended(0);
    let expected = jsonl(&dir, "one");
    assert!(expected.lines().count() > 150);
    for jobs in ["2", "7"] {
        let many = examine_into(&dir, jobs, &["leak", "--jobs", jobs]).ended(0);
        assert!(
            jsonl(&dir, jobs) == expected,
            "{jobs} threads give another export"
        );
        let whole = |case: &str| dir.read(&format!("{case}/collection.json"));
        assert!(
            whole(jobs) == whole("one"),
            "{jobs} threads tell another thing of the whole"
        );
        let summary = |text: &str, case: &str| text.replace(&format!("{case}/report.html"), "");
        assert_eq!(summary(&many.out, jobs), summary(&one.out, "one"));
    }
    let csv = |case: &str| run(&dir, &["export", case, "--format", "csv"]).ended(0).out;
    assert!(csv("one") == csv("7"));
}

#[test]
fn a_folder_and_a_zip_of_it_give_the_same_opinions() {
    let dir = Dir::new();
    let files = files();
    for (name, content) in &files {
        dir.write(&format!("leak/{name}"), content);
    }
    let members: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    dir.write("leak.zip", zip_of(&members));
    examine_into(&dir, "folder", &["leak"]).ended(0);
    examine_into(&dir, "zip", &["leak.zip"]).ended(0);
    let opinions = |case: &str| -> BTreeMap<String, (String, String)> {
        let items = items_of(&dir, case);
        let of_an_item = items.iter().filter(|item| item["kind"] != "archive");
        of_an_item
            .map(|item| {
                let findings = item["findings"].as_array().unwrap();
                let found: Vec<&str> = findings
                    .iter()
                    .map(|finding| finding["code"].as_str().unwrap())
                    .collect();
                let opinion = format!(
                    "{} {} {}",
                    item["opinion"],
                    item["log10_lr"],
                    found.join(" ")
                );
                let subject = item["message"]["subject"].to_string();
                (item["item"].to_string(), (opinion, subject))
            })
            .collect()
    };
    assert_eq!(opinions("folder"), opinions("zip"));
}
