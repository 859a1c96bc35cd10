//! What the user hands over besides the collection: originals, decoys, keys.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::case_read::{has_finding, items, with_subject};
use crate::command::{examine, run};
use crate::dir::Dir;
use crate::letters::{letter, letter_carrying, letter_saying, text};

#[test]
fn originals_settle_what_is_identical_altered_or_absent() {
    let dir = Dir::new();
    for n in 1..=3 {
        dir.write(&format!("originals/{n}.eml"), letter(n));
    }
    dir.write("leak/1.eml", letter(1));
    let forged = text(2).replace("4002", "40,020");
    assert_ne!(forged, text(2));
    dir.write("leak/2.eml", letter_saying(2, "Letter 2", &forged));
    dir.write("leak/9.eml", letter(9));
    let ran = examine(&dir, &["leak", "--reference", "originals"]).ended(0);
    assert!(ran.out.contains("3 messages"), "{}", ran.out);
    let items = items(&dir);
    assert_eq!(items.len(), 3, "originals are compared with, not reported");

    let identical = with_subject(&items, "Letter 1");
    assert_eq!(identical["opinion"], "corroborated");
    assert!(has_finding(identical, "identical-to-original"));
    let altered = with_subject(&items, "Letter 2");
    assert_eq!(altered["opinion"], "contradicted");
    assert_eq!(altered["basis"], "demonstrated");
    assert!(has_finding(altered, "differs-from-original"));
    let absent = with_subject(&items, "Letter 9");
    assert!(has_finding(absent, "absent-from-originals"));
    assert_ne!(absent["opinion"], "contradicted");

    let shown = run(&dir, &["show", "case", altered["item"].as_str().unwrap()]).ended(0);
    assert!(
        shown.out.contains("40,020") && shown.out.contains("4002"),
        "{}",
        shown.out
    );
    let report = String::from_utf8(dir.read("case/report.html")).unwrap();
    assert!(report.contains("40,020"), "the difference is in the report");
    assert!(ran.out.contains("CONTRADICTED"), "{}", ran.out);
}

#[test]
fn decoys_are_named_by_hash_and_by_marker() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    dir.write(
        "leak/2.eml",
        letter_saying(2, "Letter 2", "Wire it to CANARY-7731 today."),
    );
    dir.write("leak/3.eml", letter(3));
    examine(&dir, &["leak"]).ended(0);
    let before = items(&dir);
    let id = with_subject(&before, "Letter 1")["item"].as_str().unwrap();
    dir.write(
        "decoys.txt",
        format!("# planted in March\n{id}\nCANARY-7731\n"),
    );
    let args = [
        "examine",
        "leak",
        "--case",
        "with",
        "--decoys",
        "decoys.txt",
    ];
    run(&dir, &args).ended(0);
    let items = crate::case_read::items_of(&dir, "with");
    assert!(has_finding(
        with_subject(&items, "Letter 1"),
        "registered-decoy"
    ));
    assert!(has_finding(
        with_subject(&items, "Letter 2"),
        "holds-decoy-marker"
    ));
    let other = with_subject(&items, "Letter 3");
    assert!(!has_finding(other, "registered-decoy") && !has_finding(other, "holds-decoy-marker"));
}

#[test]
fn published_texts_are_compared_and_a_bad_list_is_named() {
    let dir = Dir::new();
    let article = "The port authority said that the new crane will cost eleven million and be paid \
        by the region in three parts until June.";
    dir.write("leak/1.eml", letter_saying(1, "Letter 1", article));
    dir.write("leak/2.eml", letter(2));
    dir.write("public/article.html", format!("<p>{article}</p>"));
    let examine_with = |case: &str| {
        let args = ["examine", "leak", "--case", case, "--published", "public"];
        run(&dir, &args)
    };
    dir.write("public/sources.tsv", "article.html\tthe Gazette\tsoon\n");
    let said = examine_with("bad").ended(2).err;
    assert!(
        said.contains("line 1: a file, a source and a day"),
        "{said}"
    );
    let list = "# the cutting\narticle.html\tthe Gazette\t2019-04-20\toutside\n";
    dir.write("public/sources.tsv", list);
    examine_with("with").ended(0);
    let items = crate::case_read::items_of(&dir, "with");
    let code = "passage-of-outsider-published-after";
    assert!(has_finding(with_subject(&items, "Letter 1"), code));
    assert!(!has_finding(with_subject(&items, "Letter 2"), code));
    let record = dir.read("with/case.toml");
    let record = String::from_utf8_lossy(&record);
    assert!(record.contains("published article.html="), "{record}");
}

#[test]
fn an_attachment_is_called_by_its_name() {
    let dir = Dir::new();
    let content = b"Wire the rest of it to the account below before noon.";
    let carrying = letter_carrying(1, "text/plain", "terms <of> payment.txt", content);
    dir.write("leak/1.eml", carrying);
    dir.write("decoys.txt", "Wire the rest of it\n");
    let args = [
        "examine",
        "leak",
        "--case",
        "case",
        "--decoys",
        "decoys.txt",
    ];
    run(&dir, &args).ended(0);
    let items = items(&dir);
    let carried = items
        .iter()
        .find(|item| item["kind"] == "document")
        .unwrap();
    assert!(has_finding(carried, "holds-decoy-marker"), "{carried}");
    assert_eq!(carried["opinion"], "questioned");
    let report = String::from_utf8(dir.read("case/report.html")).unwrap();
    assert!(report.contains("<h3>terms &lt;of&gt; payment.txt</h3>"));
    assert!(!report.contains("<h3>part "));
}

/// A signed letter of the fixtures and the row of its key.
fn signed(name: &str) -> (Vec<u8>, Vec<u8>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../crates/examine/src/tests_of/signature/dkim_verification");
    let read = |ending: &str| fs::read(folder.join(format!("{name}.{ending}"))).unwrap();
    (read("eml"), read("world"))
}

#[test]
fn a_key_that_the_user_trusts_authenticates() {
    let dir = Dir::new();
    let (genuine, key) = signed("archived_key");
    let (altered, _) = signed("altered_body");
    dir.write("leak/genuine.eml", &genuine);
    dir.write("leak/altered.eml", &altered);
    dir.write("keys.tsv", key);
    examine(&dir, &["leak", "--keys", "keys.tsv"]).ended(0);
    let items = items(&dir);
    let of = |path: &str| crate::case_read::at_path(&items, path);
    let proved = of("genuine.eml");
    assert_eq!(proved["opinion"], "authenticated");
    assert_eq!(proved["basis"], "signature");
    assert_eq!(
        signature_of(proved),
        [
            "dkim",
            "northquay.example",
            "s2048",
            "pass",
            "match",
            "supplied",
            "all"
        ]
    );
    assert_eq!(proved["signatures"][0]["key_bits"], 2048);
    assert_eq!(proved["signatures"][0]["anchored"], true);
    let failed = of("altered.eml");
    assert_ne!(failed["opinion"], "authenticated");
    assert_ne!(failed["opinion"], "corroborated");
    assert_eq!(signature_of(failed)[3..5], ["fail", "mismatch"]);
}

fn signature_of(item: &Value) -> Vec<&str> {
    let signature = &item["signatures"][0];
    [
        "kind",
        "by",
        "selector",
        "result",
        "body_hash",
        "key_source",
        "covers",
    ]
    .iter()
    .map(|field| signature[field].as_str().unwrap())
    .collect()
}

#[test]
fn without_its_key_a_signature_proves_nothing() {
    let dir = Dir::new();
    dir.write("leak/genuine.eml", signed("archived_key").0);
    examine(&dir, &["leak"]).ended(0);
    let items = items(&dir);
    assert_eq!(items[0]["signatures"][0]["result"], "no-key");
    assert_eq!(items[0]["signatures"][0]["key_source"], Value::Null);
    assert_ne!(items[0]["opinion"], "authenticated");
}
