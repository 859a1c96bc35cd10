//! Lost keys: recovered from a case, listed, and used by the next examination.

use std::fs;

use crate::case_read::items_of;
use crate::command::{examine, run};
use crate::dir::Dir;

/// Six letters signed by an invented key of 512 bits and exponent 3; the subject of the last was altered afterwards.
const LETTERS: &str = include_str!("lost_key.mbox");
const NAME: &str = "gone._domainkey.northquay.example";

fn case() -> Dir {
    let dir = Dir::new();
    dir.write("leak/ida.mbox", LETTERS);
    examine(&dir, &["leak"]).ended(0);
    dir
}

#[test]
fn a_lost_key_is_recovered_and_verifies_in_the_next_examination() {
    let dir = case();
    let listed = run(&dir, &["keys", "list", "case"]).ended(0).out;
    assert!(
        listed.contains(&format!("{NAME}  no key, 0 of 6")),
        "{listed}"
    );
    // Exponent 3 is tried first and takes no time. The last letter stays behind alone: no pair is left to try.
    let said = run(&dir, &["keys", "recover", "case"]).ended(0).err;
    assert!(said.contains("512 bits, 5 verify, not anchored"), "{said}");
    run(&dir, &["verify", "case"]).ended(0);
    let again = run(&dir, &["keys", "recover", "case"]).ended(0).err;
    assert!(again.contains("0 selectors"), "{again}");
    let more = ["examine", "leak", "--case", "second", "--keys", "case"];
    run(&dir, &more).ended(0);
    let listed = run(&dir, &["keys", "list", "second"]).ended(0).out;
    let expected = format!("{NAME}  512 bits, recovered, not anchored, 5 of 6");
    assert!(listed.contains(&expected), "{listed}");
    // Letters that fit each other alone are not authenticated by that.
    let items = items_of(&dir, "second");
    assert!(items.len() >= 6);
    assert!(!format!("{items:?}").contains("authenticated"), "{items:?}");
}

#[test]
fn keys_that_the_user_trusts_are_added() {
    let dir = case();
    run(&dir, &["keys", "recover", "case"]).ended(0);
    let row = fs::read_to_string(dir.path("case/keys-recovered.tsv")).unwrap();
    let columns: Vec<&str> = row.split('\t').collect();
    dir.write("mine.tsv", format!("{}\t{}\n", columns[0], columns[1]));
    run(&dir, &["keys", "add", "case", "mine.tsv"]).ended(0);
    run(&dir, &["verify", "case"]).ended(0);
    let more = ["examine", "leak", "--case", "second", "--keys", "case"];
    run(&dir, &more).ended(0);
    let listed = run(&dir, &["keys", "list", "second"]).ended(0).out;
    let expected = format!("{NAME}  512 bits, supplied, anchored, 5 of 6");
    assert!(listed.contains(&expected), "{listed}");
}

#[test]
fn what_is_no_keys_file_is_refused() {
    let dir = case();
    dir.write("bad.tsv", "no key\n");
    run(&dir, &["keys", "add", "case", "bad.tsv"]).ended(2);
    run(&dir, &["keys", "recover", "leak"]).ended(1);
    // A case without keys has none to give.
    let more = ["examine", "leak", "--case", "second", "--keys", "case"];
    run(&dir, &more).ended(2);
}
