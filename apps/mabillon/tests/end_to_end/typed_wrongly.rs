//! Wrong usage: exit code 2, and words that say what is right.

use crate::case_read::items;
use crate::command::{examine, run};
use crate::dir::Dir;
use crate::letters::letter;

#[test]
fn wrong_usage_ends_with_2() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    for (args, said) in [
        (&["frobnicate"][..], "unrecognized subcommand"),
        (&["examine", "leak"], "--case <DIR>"),
        (&["examine", "--case", "case"], "<EXHIBIT>"),
        (
            &["examine", "leak", "--case", "case", "--jobs", "0"],
            "--jobs",
        ),
        (
            &["examine", "leak", "--case", "case", "--format", "xml"],
            "possible values: text, json",
        ),
        (
            &["export", "case", "--format", "xlsx"],
            "possible values: jsonl, csv, parquet",
        ),
        (
            &["explain", "date/nothing"],
            "`mabillon tests` lists them all",
        ),
        (
            &["explain", "dkim-verification"],
            "did you mean signature/dkim-verification?",
        ),
    ] {
        let ran = run(&dir, args).ended(2);
        assert!(ran.err.contains(said), "{args:?} says\n{}", ran.err);
        assert_eq!(ran.out, "");
    }
    assert!(!dir.path("case").exists(), "nothing is written");
}

#[test]
fn an_item_is_named_well_or_the_command_says_how() {
    let dir = Dir::new();
    for n in 0..40 {
        dir.write(&format!("leak/{n}.eml"), letter(n));
    }
    examine(&dir, &["leak"]).ended(0);
    let missing = run(&dir, &["show", "case", "0123456789abcdef0123"]).ended(2);
    assert!(
        missing.err.contains("no item whose SHA-256 begins with"),
        "{}",
        missing.err
    );
    let wrong = run(&dir, &["show", "case", "letter"]).ended(2);
    assert!(
        wrong
            .err
            .contains("give the SHA-256 of an item, or its first digits")
    );
    // Forty ids share sixteen first digits.
    let items = items(&dir);
    let first = |n: usize| items[n]["item"].as_str().unwrap()[..1].to_owned();
    let shared = (1..40)
        .find(|&n| first(n) == first(n - 1))
        .map(first)
        .unwrap();
    let several = run(&dir, &["show", "case", &shared]).ended(2);
    assert!(several.err.contains("give more digits"), "{}", several.err);
}

#[test]
fn a_query_that_cannot_be_read_says_what_can_be_asked() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    examine(&dir, &["leak"]).ended(0);
    for query in ["opinion:true", "date:yesterday", "(printers", "kind:"] {
        let ran = run(&dir, &["search", "case", query]).ended(2);
        assert!(!ran.err.is_empty() && ran.out.is_empty(), "{query}");
    }
}

#[test]
fn a_folder_without_a_case_is_told() {
    let dir = Dir::new();
    dir.write("photos/1.txt", "not a case");
    for args in [
        &["show", "photos", "00"][..],
        &["search", "photos", "x"],
        &["export", "photos", "--format", "csv"],
        &["verify", "photos"],
        &["report", "photos"],
    ] {
        let ran = run(&dir, args).ended(1);
        assert!(
            ran.err.contains("no Mabillon case"),
            "{args:?} says\n{}",
            ran.err
        );
    }
    assert_eq!(dir.files_beside("case").len(), 1);
}

#[test]
fn bad_lines_of_keys_and_decoys_are_named() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    dir.write(
        "keys.tsv",
        "# ours\n\ns1._domainkey.northquay.example v=DKIM1\n",
    );
    let ran = examine(&dir, &["leak", "--keys", "keys.tsv"]).ended(2);
    assert!(
        ran.err.contains("keys.tsv") && ran.err.contains("line 3"),
        "{}",
        ran.err
    );
    dir.write("decoys.txt", "# ours\nno\n");
    let ran = examine(&dir, &["leak", "--decoys", "decoys.txt"]).ended(2);
    assert!(ran.err.contains("line 2 of the decoy file"), "{}", ran.err);
    let ran = examine(&dir, &["leak", "--keys", "nowhere.tsv"]).ended(1);
    assert!(
        ran.err.contains("failed to read nowhere.tsv"),
        "{}",
        ran.err
    );
    assert!(!dir.path("case").exists(), "nothing is written");
}
