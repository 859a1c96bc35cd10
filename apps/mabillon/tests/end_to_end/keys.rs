//! Lost keys: recovered from a case, listed, and used by the next examination.

use std::collections::BTreeMap;
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
    assert!(
        said.contains("512 bits, verifies 5 signatures, not anchored"),
        "{said}"
    );
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
fn a_lost_key_is_recovered_within_an_examination() {
    let dir = Dir::new();
    dir.write("leak/ida.mbox", LETTERS);
    let args = [
        "examine",
        "leak",
        "--case",
        "case",
        "--recover-seconds",
        "1",
    ];
    let said = run(&dir, &args).ended(0).err;
    assert!(
        said.contains("Lost keys: 1 of 1 selector recovered"),
        "{said}"
    );
    assert!(said.contains("Examining 6 messages again"), "{said}");
    let listed = run(&dir, &["keys", "list", "case"]).ended(0).out;
    let expected = format!("{NAME}  512 bits, recovered, not anchored, 5 of 6");
    assert!(listed.contains(&expected), "{listed}");
    run(&dir, &["verify", "case"]).ended(0);
    let items = items_of(&dir, "case");
    assert!(!format!("{items:?}").contains("authenticated"), "{items:?}");
    let again = run(&dir, &args).ended(0).err;
    assert!(again.contains("complete already"), "{again}");
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

/// Six letters under one key of 1024 bits and exponent 3, the subject of the last one altered; one more that the
/// recipient kept; five that a forger signed with a key of his own under the same selector, and one that he had mailed
/// to the recipient.
const OWNER: &str = include_str!("strong_key/owner.mbox");
const ORIGINAL: &str = include_str!("strong_key/original.mbox");
const FORGER: &str = include_str!("strong_key/forger.mbox");
const MAILED: &str = include_str!("strong_key/mailed.mbox");

/// Subjects of the letters of each opinion, after an examination that recovers keys.
fn opinions(leak: &[&str], originals: &[&str]) -> (BTreeMap<String, Vec<String>>, String) {
    let dir = Dir::new();
    dir.write("leak/ida.mbox", leak.concat());
    let mut args = vec![
        "examine",
        "leak",
        "--case",
        "case",
        "--recover-seconds",
        "1",
    ];
    if !originals.is_empty() {
        dir.write("kept/jon.mbox", originals.concat());
        args.extend(["--reference", "kept"]);
    }
    run(&dir, &args).ended(0);
    run(&dir, &["verify", "case"]).ended(0);
    let mut opinions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for item in items_of(&dir, "case") {
        if let Some(subject) = item["message"]["subject"].as_str() {
            let opinion = item["opinion"].as_str().unwrap().to_owned();
            opinions
                .entry(opinion)
                .or_default()
                .push(subject.to_owned());
        }
    }
    for subjects in opinions.values_mut() {
        subjects.sort();
    }
    let listed = run(&dir, &["keys", "list", "case"]).ended(0).out;
    (opinions, listed)
}

#[test]
fn an_original_anchors_the_key_of_its_sender_and_no_other() {
    let (opinions, listed) = opinions(&[OWNER, FORGER], &[ORIGINAL]);
    let expected: Vec<String> = (0..5).map(|number| format!("Letter {number}")).collect();
    assert_eq!(opinions["authenticated"], expected, "{opinions:?}");
    let mut doubted: Vec<String> = (0..5).map(|number| format!("Invention {number}")).collect();
    doubted.push("Letter 5, altered".to_owned());
    assert_eq!(opinions["questioned"], doubted, "{opinions:?}");
    assert!(
        listed.contains("1024 bits, recovered, anchored, 6 of 7"),
        "{listed}"
    );
    assert!(
        listed.contains("1024 bits, recovered, not anchored, 5 of "),
        "{listed}"
    );
}

#[test]
fn without_an_original_nothing_is_anchored() {
    for leak in [&[OWNER][..], &[FORGER], &[OWNER, FORGER]] {
        let (opinions, listed) = opinions(leak, &[]);
        assert!(!opinions.contains_key("authenticated"), "{opinions:?}");
        assert!(listed.contains("recovered, not anchored, "), "{listed}");
        assert!(!listed.contains(", anchored"), "{listed}");
    }
}

#[test]
fn a_forger_who_mailed_the_recipient_spoils_the_anchor_and_gains_none() {
    let (opinions, listed) = opinions(&[OWNER, FORGER], &[ORIGINAL, MAILED]);
    assert!(!opinions.contains_key("authenticated"), "{opinions:?}");
    assert!(!listed.contains(", anchored"), "{listed}");
}
