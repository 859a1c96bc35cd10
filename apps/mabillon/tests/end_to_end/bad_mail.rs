//! Messages made to hurt: cut, nested, endless, or written to deceive the eye.

use crate::case_read::{at_path, items, jsonl, kinds, with_subject};
use crate::command::{examine, run};
use crate::dir::Dir;
use crate::letters::{letter, letter_carrying, letter_saying, mbox};
use crate::packed::zip_of;

#[test]
fn an_mbox_cut_in_the_middle_of_a_message_loses_nothing_else() {
    let whole = mbox(&[letter(1), letter(2), letter(3)]);
    let dir = Dir::new();
    dir.write("leak/body.mbox", &whole[..whole.len() - 40]);
    let second = mbox(&[letter(11), letter(12)]);
    let header = second.rfind("Subject: ").unwrap();
    dir.write("leak/header.mbox", &second[..header + 4]);
    dir.write("leak/good.eml", letter(99));
    examine(&dir, &["leak"]).ended(0);
    let items = items(&dir);
    assert_eq!(kinds(&items)["message"], 6);
    for n in [1, 2, 3, 11, 99] {
        with_subject(&items, &format!("Letter {n}"));
    }
    let cut = &at_path(&items, "header.mbox!message 2")["message"];
    assert_eq!(cut["message_id"], "letter.12@northquay.example");
    assert_eq!(cut["subject"], "");
}

#[test]
fn thirty_thousand_nested_messages_end_at_the_limit() {
    let wrapping = "From: ida@northquay.example\nSubject: Nested\nMIME-Version: 1.0\n\
                    Content-Type: message/rfc822\n\n";
    let dir = Dir::new();
    dir.write("leak/nested.eml", wrapping.repeat(30_000) + &letter(1));
    dir.write("leak/good.eml", letter(99));
    let ran = examine(&dir, &["leak"]).ended(3);
    assert!(ran.out.contains("levels deep"), "{}", ran.out);
    let items = items(&dir);
    with_subject(&items, "Letter 99");
    assert_eq!(kinds(&items)["not examined"], 1);
    let reasons = items
        .iter()
        .filter_map(|item| item["not_examined"].as_str());
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        ["nested more than 24 levels deep"]
    );
}

#[test]
fn multiparts_nested_without_end_are_bounded() {
    let mut nested = "From: ida@northquay.example\nSubject: Parts\nMIME-Version: 1.0\n".to_owned();
    for n in 0..30_000 {
        let part = format!("Content-Type: multipart/mixed; boundary=\"b{n}\"\n\n--b{n}\n");
        nested.push_str(&part);
    }
    let dir = Dir::new();
    dir.write("leak/nested.eml", nested);
    dir.write("leak/good.eml", letter(99));
    let ran = examine(&dir, &["leak"]);
    assert!(ran.code == 0 || ran.code == 3, "{}", ran.err);
    let items = items(&dir);
    with_subject(&items, "Letter 99");
    let warnings = &with_subject(&items, "Parts")["warnings"];
    assert!(!warnings.as_array().unwrap().is_empty());
}

#[test]
fn archives_in_messages_in_archives_cannot_multiply_without_end() {
    let mut message = letter(1).into_bytes();
    for n in 2..10 {
        let names: Vec<String> = (0..10).map(|copy| format!("{copy}.eml")).collect();
        let members: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), message.as_slice()))
            .collect();
        message = letter_carrying(n, "application/zip", "more.zip", &zip_of(&members));
    }
    let dir = Dir::new();
    dir.write("leak/hundred_million.eml", message);
    dir.write("leak/good.eml", letter(99));
    examine(&dir, &["leak"]).ended(3);
    let items = items(&dir);
    assert!(items.len() < 20_000, "{} items", items.len());
    with_subject(&items, "Letter 99");
    let too_far = "what is packed into this message expands too far";
    assert!(items.iter().any(|item| item["not_examined"] == too_far));
}

#[test]
fn a_header_of_fifty_megabytes_is_read_to_the_limit_and_says_so() {
    let dir = Dir::new();
    dir.write(
        "leak/long.eml",
        letter_saying(1, &"x".repeat(50 << 20), "Short."),
    );
    dir.write("leak/good.eml", letter(99));
    let ran = examine(&dir, &["leak"]).ended(3);
    assert!(ran.out.contains("1 in part"), "{}", ran.out);
    let items = items(&dir);
    with_subject(&items, "Letter 99");
    let long = at_path(&items, "long.eml");
    assert_eq!(long["message"]["message_id"], "letter.1@northquay.example");
    let warnings = long["warnings"].as_array().unwrap();
    let is_told = warnings
        .iter()
        .any(|warning| warning["code"].as_str().unwrap().ends_with("-limit"));
    assert!(is_told, "{warnings:?}");
}

/// What must never reach a terminal or a page as it is: escape, bell, and marks that turn or hide text.
const UNSAFE: [char; 7] = [
    '\u{1b}', '\u{7}', '\u{9b}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}',
];

#[test]
fn characters_that_deceive_are_never_printed_raw() {
    let hidden: String = UNSAFE.iter().collect();
    let subject = format!("Invoice {hidden}fdp.exe <script>alert(1)</script>");
    let dir = Dir::new();
    let text = format!("Pay {hidden} now, printers.");
    let letter = letter_saying(1, &subject, &text)
        .replace("Ida Brandt", &format!("\"Ida{hidden}\""))
        .replace("letter.1@", "letter.1\u{202e}@");
    dir.write("leak/1.eml", letter);
    let ran = examine(&dir, &["leak"]).ended(0);
    let line = jsonl(&dir, "case");
    let item: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        item["message"]["subject"], subject,
        "the export loses nothing"
    );
    let id = item["item"].as_str().unwrap();
    let command = |args: &[&str]| run(&dir, args).ended(0).out;
    let report = String::from_utf8(dir.read("case/report.html")).unwrap();
    for (face, shown) in [
        ("summary", ran.out),
        ("show", command(&["show", "case", id])),
        ("search", command(&["search", "case", "printers"])),
        ("jsonl", line),
        ("csv", command(&["export", "case", "--format", "csv"])),
        ("report", report.clone()),
    ] {
        for c in UNSAFE {
            assert!(!shown.contains(c), "{face} prints {c:?} raw:\n{shown}");
        }
    }
    assert!(!report.contains("<script"));
}

#[test]
fn three_hundred_junk_files_beside_a_letter_are_all_accounted_for() {
    let dir = Dir::new();
    let mut seed = 7_u32;
    for n in 0..300 {
        let mut junk = Vec::new();
        for _ in 0..n {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            junk.push((seed >> 24) as u8);
        }
        dir.write(&format!("leak/junk/{n}"), junk);
    }
    dir.write("leak/good.eml", letter(99));
    let ran = examine(&dir, &["leak"]);
    assert!(ran.code == 0 || ran.code == 3, "{}", ran.err);
    let items = items(&dir);
    assert_eq!(items.len(), 301);
    with_subject(&items, "Letter 99");
}
