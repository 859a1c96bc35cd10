//! `verify` names whatever was changed in a complete case.

use std::fs;

use rusqlite::Connection;

use crate::case_read::{at_path, items};
use crate::command::{examine, run};
use crate::dir::Dir;
use crate::letters::{letter, mbox};

fn case() -> Dir {
    let dir = Dir::new();
    dir.write("leak/brandt.mbox", mbox(&[letter(1), letter(2), letter(3)]));
    examine(&dir, &["leak"]).ended(0);
    let said = run(&dir, &["verify", "case"]).ended(0).out;
    assert!(
        said.starts_with("The case is as it was sealed: no item, file or log line was changed.\n"),
        "{said}"
    );
    let seal = said
        .split_once("The seal is ")
        .unwrap()
        .1
        .get(..64)
        .unwrap();
    let manifest = dir.read("case/case.toml");
    assert!(String::from_utf8_lossy(&manifest).contains(seal), "{said}");
    dir
}

fn change(dir: &Dir, sql: &str) {
    let conn = Connection::open(dir.path("case/case.sqlite")).unwrap();
    assert!(conn.execute(sql, []).unwrap() > 0, "{sql}");
}

#[test]
fn a_flipped_byte_of_the_report_is_named() {
    let dir = case();
    let mut report = dir.read("case/report.html");
    let middle = report.len() / 2;
    report[middle] ^= 1;
    dir.write("case/report.html", report);
    let said = run(&dir, &["verify", "case"]).ended(1).out;
    assert!(said.contains("file report.html: was changed"), "{said}");
}

#[test]
fn a_deleted_item_is_named() {
    let dir = case();
    let items = items(&dir);
    let id = at_path(&items, "brandt.mbox!message 2")["item"]
        .as_str()
        .unwrap();
    change(
        &dir,
        &format!("DELETE FROM items WHERE hex(id) = upper('{id}')"),
    );
    let said = run(&dir, &["verify", "case"]).ended(1).out;
    assert!(said.contains(&format!("item {id}")), "{said}");
}

#[test]
fn a_changed_subject_opinion_or_log_line_is_named() {
    for (sql, named) in [
        (
            "UPDATE items SET subject = 'Another' WHERE subject = 'Letter 3'",
            "item ",
        ),
        (
            "UPDATE opinions SET class = 'contradicted' WHERE class = 'unresolved'",
            "item ",
        ),
        (
            "UPDATE places SET path = 'elsewhere' WHERE path LIKE '%message 1'",
            "item ",
        ),
        ("UPDATE custody SET who = 'nobody'", "of the custody log"),
        (
            "DELETE FROM custody WHERE seq = (SELECT max(seq) FROM custody)",
            "custody log",
        ),
    ] {
        let dir = case();
        change(&dir, sql);
        let said = run(&dir, &["verify", "case"]).ended(1).out;
        assert!(said.contains(named), "{sql} gives\n{said}");
    }
}

#[test]
fn a_removed_file_or_a_torn_database_is_named() {
    let dir = case();
    fs::remove_file(dir.path("case/report.html")).unwrap();
    let said = run(&dir, &["verify", "case"]).ended(1).out;
    assert!(said.contains("file report.html: was removed"), "{said}");

    let dir = case();
    let database = dir.read("case/case.sqlite");
    dir.write("case/case.sqlite", &database[..database.len() / 2]);
    let ran = run(&dir, &["verify", "case"]).ended(1);
    assert!(ran.out.contains("case.sqlite"), "{}{}", ran.out, ran.err);
}
