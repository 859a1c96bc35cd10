//! The main job: exhibits in, a summary, a report and exports out; then the commands that look at the case.

use std::collections::BTreeMap;

use bytes::Bytes;
use parquet::file::reader::FileReader as _;
use parquet::file::serialized_reader::SerializedFileReader;

use crate::case_read::{at_path, items, jsonl, kinds, paths};
use crate::command::{examine, run};
use crate::dir::Dir;
use crate::letters::{letter, letter_carrying, mbox};
use crate::packed::{gzip_of, tar_of, zip_of};

/// The keys of one object of the export, in order.
const KEYS: [&str; 15] = [
    "item",
    "kind",
    "media_type",
    "size_bytes",
    "places",
    "message",
    "document",
    "opinion",
    "log10_lr",
    "basis",
    "signatures",
    "findings",
    "not_run",
    "warnings",
    "not_examined",
];

/// An mbox of three, a folder of two with an attached text, and a zip with one of its own and one known already.
fn collection(dir: &Dir) {
    dir.write("leak/brandt.mbox", mbox(&[letter(1), letter(2), letter(3)]));
    dir.write("leak/vale/4.eml", letter(4));
    let carrying = letter_carrying(5, "text/plain", "note.txt", b"The printers are paid.");
    dir.write("leak/vale/5.eml", carrying);
    let (known, own) = (letter(4), letter(6));
    let members: [(&str, &[u8]); 2] = [("a/4.eml", known.as_bytes()), ("a/6.eml", own.as_bytes())];
    dir.write("leak/more.zip", zip_of(&members));
}

#[test]
fn a_small_collection_from_exhibits_to_report() {
    let dir = Dir::new();
    collection(&dir);
    let ran = examine(&dir, &["leak"]).ended(0);
    for said in [
        "examined leak",
        "Of 7 items",
        "6 messages",
        "1 document",
        "1 mailbox file",
        "1 archive",
        "REPORT  case/report.html",
    ] {
        assert!(ran.out.contains(said), "{said} is missing in\n{}", ran.out);
    }
    assert_eq!(ran.err, "");

    let items = items(&dir);
    let expected = BTreeMap::from([
        ("archive", 1),
        ("document", 1),
        ("mailbox", 1),
        ("message", 6),
    ]);
    assert_eq!(kinds(&items), expected);
    assert_eq!(
        paths(&items),
        [
            "brandt.mbox",
            "brandt.mbox!message 1",
            "brandt.mbox!message 2",
            "brandt.mbox!message 3",
            "more.zip",
            "more.zip!a/4.eml",
            "more.zip!a/6.eml",
            "vale/4.eml",
            "vale/5.eml",
            "vale/5.eml!part 2",
        ]
    );
    // A place leads to the exact bytes.
    let mailbox = dir.read("leak/brandt.mbox");
    let second = &at_path(&items, "brandt.mbox!message 2")["places"][0];
    let number = |name: &str| usize::try_from(second[name].as_u64().unwrap()).unwrap();
    let (start, length) = (number("offset"), number("length"));
    assert_eq!(&mailbox[start..start + length], letter(2).as_bytes());
}

#[test]
fn the_report_loads_nothing_and_runs_nothing() {
    let dir = Dir::new();
    collection(&dir);
    examine(&dir, &["leak"]).ended(0);
    let report = String::from_utf8(dir.read("case/report.html")).unwrap();
    assert!(report.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"));
    let lower = report.to_ascii_lowercase();
    for active in [
        "<script",
        "javascript:",
        "onload=",
        "src=\"http",
        "<iframe",
        "<link",
    ] {
        assert!(!lower.contains(active), "the report has {active}");
    }
}

#[test]
fn each_object_of_the_export_has_its_keys_in_order() {
    let dir = Dir::new();
    collection(&dir);
    examine(&dir, &["leak"]).ended(0);
    let text = jsonl(&dir, "case");
    assert_eq!(text.lines().count(), 9);
    for line in text.lines() {
        assert_eq!(outer_keys(line), KEYS);
    }
    let ids: Vec<&str> = text.lines().map(|line| &line[9..73]).collect();
    assert!(ids.is_sorted(), "{ids:?}");
}

/// The keys of the outermost object of a line of JSON.
fn outer_keys(line: &str) -> Vec<&str> {
    let (mut keys, mut depth, mut start) = (Vec::new(), 0, None);
    let mut is_escaped = false;
    for (at, byte) in line.bytes().enumerate() {
        match (start, byte) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), b'\\') => is_escaped = true,
            (Some(from), b'"') => {
                start = None;
                if depth == 1 && line[at + 1..].starts_with(':') {
                    keys.push(&line[from..at]);
                }
            }
            (None, b'"') => start = Some(at + 1),
            (None, b'{' | b'[') => depth += 1,
            (None, b'}' | b']') => depth -= 1,
            _ => {}
        }
    }
    keys
}

#[test]
fn tables_have_one_row_for_each_item() {
    let dir = Dir::new();
    collection(&dir);
    examine(&dir, &["leak"]).ended(0);
    let csv = run(&dir, &["export", "case", "--format", "csv"]).ended(0);
    let lines: Vec<&str> = csv.out.lines().collect();
    assert_eq!(lines.len(), 1 + 9);
    assert!(lines[0].starts_with("item,kind,media_type,size_bytes,"));
    let args = [
        "export",
        "case",
        "--format",
        "parquet",
        "--output",
        "items.parquet",
    ];
    let ran = run(&dir, &args).ended(0);
    assert_eq!(ran.out, "");
    let parquet = dir.read("items.parquet");
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
    let reader = SerializedFileReader::new(Bytes::from(parquet)).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), 9);
}

#[test]
fn the_commands_that_look_at_a_case() {
    let dir = Dir::new();
    collection(&dir);
    examine(&dir, &["leak"]).ended(0);
    let items = items(&dir);
    let id = at_path(&items, "vale/4.eml")["item"].as_str().unwrap();
    for digits in [id, &id[..12], &id[..12].to_ascii_uppercase()] {
        let shown = run(&dir, &["show", "case", digits]).ended(0).out;
        for said in [
            "Letter 4",
            id,
            "OPINION",
            "leak!vale/4.eml",
            "leak!more.zip!a/4.eml",
        ] {
            assert!(shown.contains(said), "{said} is missing in\n{shown}");
        }
    }
    for (query, n) in [
        ("printers", 6),
        ("\"evening number 3\"", 1),
        ("from:ida", 6),
        ("subject:\"Letter 6\"", 1),
        ("has:attachment", 1),
        ("kind:document", 1),
        ("date:2017-03-14 -printers", 1),
        ("zebra", 0),
    ] {
        let found = run(&dir, &["search", "case", query]).ended(0).out;
        let named = items.iter().filter(|item| {
            let id = item["item"].as_str().unwrap();
            found.contains(&id[..12])
        });
        assert_eq!(named.count(), n, "{query} gives\n{found}");
        let noun = if n == 1 { "item" } else { "items" };
        assert!(found.starts_with(&format!("{n} {noun}\n")), "{found}");
    }
    let few = run(&dir, &["search", "case", "printers", "--limit", "2"]).ended(0);
    assert!(
        few.out.starts_with("6 items; the best 2 are shown\n"),
        "{}",
        few.out
    );
    run(&dir, &["verify", "case"]).ended(0);
    run(&dir, &["report", "case"]).ended(0);
    run(&dir, &["report", "case", "--output", "again.html"]).ended(0);
    assert_eq!(dir.read("again.html"), dir.read("case/report.html"));
    run(&dir, &["verify", "case"]).ended(0);
}

#[test]
fn every_test_is_listed_and_explained() {
    let dir = Dir::new();
    let listed = run(&dir, &["tests"]).ended(0).out;
    let ids: Vec<&str> = listed
        .lines()
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert!(ids.len() > 30, "{listed}");
    assert!(listed.contains(&format!("{} tests.", ids.len())));
    for id in [ids[0], "signature/dkim-verification", ids[ids.len() - 1]] {
        let page = run(&dir, &["explain", id]).ended(0).out;
        assert!(page.starts_with(&format!("# {id}\n")), "{page}");
        for heading in [
            "## What it examines",
            "## Innocent explanations",
            "## Findings and their weights",
        ] {
            assert!(page.contains(heading), "{page}");
        }
    }
}

#[test]
fn containers_in_containers_keep_every_letter() {
    let dir = Dir::new();
    let mailbox = mbox(&(1..=20).map(letter).collect::<Vec<_>>());
    let inner = zip_of(&[("in/brandt.mbox", mailbox.as_bytes())]);
    let tar = tar_of(&[
        (b"a/inner.zip", &inner),
        (b"a/21.eml", letter(21).as_bytes()),
    ]);
    let zip = zip_of(&[("22.eml", letter(22).as_bytes())]);
    dir.write("leak/dump.tar.gz", gzip_of(&tar));
    dir.write(
        "leak/23.eml",
        letter_carrying(23, "application/zip", "22.zip", &zip),
    );
    examine(&dir, &["leak"]).ended(0);
    let items = items(&dir);
    // Archives: the gzip, the tar, the zip in it, the zip attached.
    let expected = BTreeMap::from([("archive", 4), ("mailbox", 1), ("message", 23)]);
    assert_eq!(kinds(&items), expected);
    at_path(
        &items,
        "dump.tar.gz!dump.tar!a/inner.zip!in/brandt.mbox!message 20",
    );
    at_path(&items, "23.eml!part 2!22.eml");
}

#[test]
fn the_summary_can_be_read_by_programs() {
    let dir = Dir::new();
    collection(&dir);
    let ran = examine(&dir, &["leak", "--format", "json"]).ended(0);
    let summary: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(summary.is_object());
}

/// What Apple Mail took out of a message and keeps beside it is shown with that message.
#[test]
fn an_attachment_kept_beside_its_message_names_it() {
    let dir = Dir::new();
    let letter = "From: ann@mill.example\nTo: bob@mill.example\nSubject: bread\nDate: Mon, 1 May 2017 10:00:00 +0200\n\
                  Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\n\
                  Content-Type: text/plain; name=bread.txt\nX-Apple-Content-Length: 28\n\n--b--\n";
    let list = "<?xml version=\"1.0\"?><plist><dict></dict></plist>";
    dir.write(
        "leak/Messages/12.partial.emlx",
        format!("{}\n{letter}{list}", letter.len()),
    );
    dir.write(
        "leak/Attachments/12/2/bread.txt",
        "flour, water, salt and time\n",
    );
    examine(&dir, &["leak"]);
    let items = items(&dir);
    let kept = at_path(&items, "Attachments/12/2/bread.txt");
    let expected = serde_json::json!({
        "store": "emlx-part", "message": "Messages/12.partial.emlx", "part": "2",
    });
    assert_eq!(kept["places"][0]["stored"], expected);
    let beside = "beside the message Messages/12.partial.emlx, as its part 2";
    let findings = kept["findings"].as_array().unwrap();
    let says = |finding: &serde_json::Value| finding["says"].as_str().unwrap().contains(beside);
    assert!(findings.iter().any(says), "{findings:?}");
    let shown = run(&dir, &["show", "case", kept["item"].as_str().unwrap()]);
    let shown = shown
        .ended(0)
        .out
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let place = "bread.txt, kept beside Messages/12.partial.emlx as its part 2";
    assert!(shown.contains(place), "{shown}");
    let message = at_path(&items, "Messages/12.partial.emlx");
    let found = run(&dir, &["search", "case", "has:attachment"])
        .ended(0)
        .out;
    assert!(
        found.contains(&message["item"].as_str().unwrap()[..8]),
        "{found}"
    );
}
