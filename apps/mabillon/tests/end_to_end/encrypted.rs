//! Encrypted archives and the passwords for them.

use crate::case_read::{items, reason, with_subject};
use crate::command::{examine, examine_into, run};
use crate::dir::Dir;
use crate::letters::{letter, letter_carrying};
use crate::packed::sevenz_of;

const PASSWORD: &str = "correct-horse-7731";

/// A leak of a letter in an encrypted archive, and of a letter that carries such an archive.
fn leak(dir: &Dir) {
    let (one, three) = (letter(1), letter(3));
    dir.write(
        "leak/dump.7z",
        sevenz_of(&[("1.eml", one.as_bytes())], Some(PASSWORD)),
    );
    let attached = sevenz_of(&[("3.eml", three.as_bytes())], Some(PASSWORD));
    let carrying = letter_carrying(2, "application/x-7z-compressed", "more.7z", &attached);
    dir.write("leak/2.eml", carrying);
    dir.write("passwords.txt", format!("summer\r\n{PASSWORD}\r\n"));
}

#[test]
fn without_its_password_an_archive_is_told_as_encrypted() {
    let dir = Dir::new();
    leak(&dir);
    examine(&dir, &["leak"]).ended(3);
    let items = items(&dir);
    assert_eq!(reason(&items, "dump.7z!1.eml"), "encrypted");
    assert_eq!(reason(&items, "2.eml!part 2!3.eml"), "encrypted");
}

#[test]
fn passwords_open_archives_and_are_written_nowhere() {
    let dir = Dir::new();
    leak(&dir);
    let ran = examine(&dir, &["leak", "--passwords", "passwords.txt"]).ended(0);
    assert!(!ran.out.contains(PASSWORD) && !ran.err.contains(PASSWORD));
    let items = items(&dir);
    with_subject(&items, "Letter 1");
    with_subject(&items, "Letter 3");
    run(&dir, &["verify", "case"]).ended(0);
    let mut n_files = 0;
    let mut folders = vec![dir.root().join("case")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            n_files += 1;
            let bytes = std::fs::read(&path).unwrap();
            let is_there = memchr::memmem::find(&bytes, PASSWORD.as_bytes()).is_some();
            assert!(!is_there, "{} holds a password", path.display());
        }
    }
    assert!(n_files > 3);
    let log = rusqlite::Connection::open(dir.root().join("case/case.sqlite")).unwrap();
    let detail: String = log
        .query_row(
            "SELECT detail FROM custody WHERE act = 'passwords'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(detail, "2 given for encrypted contents");
}

#[test]
fn a_passwords_file_that_is_missing_is_named() {
    let dir = Dir::new();
    leak(&dir);
    let ran = examine_into(&dir, "case", &["leak", "--passwords", "nowhere.txt"]).ended(1);
    assert!(ran.err.contains("nowhere.txt"), "{}", ran.err);
}

/// Encrypted documents that qpdf and msoffcrypto-tool wrote.
const PDF: &[u8] = include_bytes!("../../../../crates/decode/tests/data/encrypted/aes_256.pdf");
const DOCX: &[u8] = include_bytes!("../../../../crates/decode/tests/data/encrypted/agile.docx");

#[test]
fn encrypted_documents_are_examined_with_their_password_and_told_without_it() {
    let dir = Dir::new();
    dir.write("leak/budget.pdf", PDF);
    dir.write("leak/budget.docx", DOCX);
    dir.write("passwords.txt", "summer\npass-7731\n");
    let ran = examine(&dir, &["leak"]).ended(3);
    assert!(ran.out.contains("0 in part, 2 not examined"), "{}", ran.out);
    for path in ["budget.pdf", "budget.docx"] {
        assert_eq!(reason(&items(&dir), path), "encrypted");
    }
    let dir = Dir::new();
    dir.write("leak/budget.pdf", PDF);
    dir.write("leak/budget.docx", DOCX);
    dir.write("passwords.txt", "summer\npass-7731\n");
    examine(&dir, &["leak", "--passwords", "passwords.txt"]).ended(0);
    let titles = items(&dir);
    let titles = titles
        .iter()
        .filter_map(|item| item["document"]["title"].as_str());
    assert_eq!(
        titles.filter(|title| *title == "Budget of spring").count(),
        2
    );
}
