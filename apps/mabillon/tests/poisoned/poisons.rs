use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::case_read::{items_of, jsonl, reason};
use crate::command::examine_into;
use crate::dir::Dir;
use crate::letters::{letter, letter_carrying};
use crate::packed::zip_of;

/// A poison, and a part of the reason that must be given for it: in a locked worker, and in one that is not.
const POISONS: &[(&str, &str, &str)] = &[
    ("panic", "internal error", "internal error"),
    ("abort", "ended by signal 6", "ended by signal 6"),
    ("exit", "exit code 7", "exit code 7"),
    ("stack", "ran out of stack", "ran out of stack"),
    ("loop", "of processor time", "of processor time"),
    ("terabyte", "MiB of memory", "MiB of memory"),
    ("memory", "MiB of memory", "MiB of memory"),
    ("flood", "an answer of more than", "an answer of more than"),
    ("crumbs", "an answer of more than", "an answer of more than"),
    ("garbage", "cannot be understood", "cannot be understood"),
    ("stop", "SIGSYS", "no answer within"),
    ("signal", "SIGSYS", "ended by signal 4"),
    ("sleep", "SIGSYS", "no answer within"),
];

/// What only a locked worker is kept from.
const FORBIDDEN: &[&str] = &["file", "write", "network", "program"];

const DOCUMENTS: u32 = 120;

/// Good documents and letters; every name sorts in among them.
fn write_good(dir: &Dir, leak: &str) {
    for n in 0..DOCUMENTS {
        let text =
            format!("{{\\rtf1\\ansi {{\\info{{\\author Ida}}}} The rent of hall {n}.\\par}}");
        dir.write(&format!("{leak}/{n:03}.rtf"), &text);
        dir.write(&format!("{leak}/{n:03}.eml"), letter(n));
        let note = format!("{{\\rtf1\\ansi An enclosed note, {n}.\\par}}");
        let carrying = letter_carrying(n, "application/rtf", "note.rtf", note.as_bytes());
        dir.write(&format!("{leak}/{n:03}c.eml"), carrying);
    }
}

fn poison(name: &str) -> String {
    format!("{{\\rtf1 poison:{name} }}")
}

/// The export, without the rows of these items.
fn without(export: &str, items: &BTreeSet<String>) -> Vec<String> {
    let is_kept = |line: &&str| {
        let row: Value = serde_json::from_str(line).unwrap();
        !items.contains(row["item"].as_str().unwrap())
    };
    export.lines().filter(is_kept).map(str::to_owned).collect()
}

/// Examines the good things with the poisons strewn among them; gives the reasons by poison.
fn examine_poisoned(isolation: &str, jobs: &str, poisons: &[&str]) -> BTreeMap<String, String> {
    let dir = Dir::new();
    write_good(&dir, "clean/leak");
    write_good(&dir, "poisoned/leak");
    for (n, name) in poisons.iter().enumerate() {
        // At places that look random, some alone and some carried by a letter.
        let place = (n * 37 + 11) % DOCUMENTS as usize;
        let (path, content) = if n % 3 == 2 {
            let letter = letter_carrying(
                1000 + u32::try_from(n).unwrap(),
                "application/rtf",
                name,
                poison(name).as_bytes(),
            );
            (format!("{place:03}{name}.eml"), letter)
        } else {
            (format!("{place:03}{name}.rtf"), poison(name).into_bytes())
        };
        dir.write(&format!("poisoned/leak/{path}"), content);
    }
    let given = ["--isolation", isolation, "--jobs", jobs];
    examine_into(&dir, "good", &[&["clean/leak"], &given[..]].concat()).ended(0);
    examine_into(&dir, "bad", &[&["poisoned/leak"], &given[..]].concat()).ended(3);

    let mut reasons = BTreeMap::new();
    let mut strewn = BTreeSet::new();
    for item in items_of(&dir, "bad") {
        let id = item["item"].as_str().unwrap().to_owned();
        let path = item["places"][0]["path"].as_str().unwrap().to_owned();
        if let Some(reason) = item["not_examined"].as_str() {
            let name = poisons
                .iter()
                .find(|name| path.contains(&format!("{name}.")));
            let name = name.unwrap_or_else(|| panic!("{path} was not examined: {reason}"));
            reasons.insert((*name).to_owned(), reason.to_owned());
            strewn.insert(id);
        } else if poisons
            .iter()
            .any(|name| path.contains(&format!("{name}.eml")))
        {
            strewn.insert(id);
        }
    }
    assert_eq!(reasons.len(), poisons.len(), "{reasons:?}");
    let clean = without(&jsonl(&dir, "good"), &BTreeSet::new());
    assert_eq!(clean.len(), 3 * DOCUMENTS as usize + DOCUMENTS as usize);
    assert!(
        without(&jsonl(&dir, "bad"), &strewn) == clean,
        "something beside the poisoned items has changed"
    );
    reasons
}

#[test]
#[cfg(target_os = "linux")]
fn a_poisoned_item_costs_itself_alone() {
    let poisons: Vec<&str> = POISONS
        .iter()
        .map(|(name, ..)| *name)
        .chain(FORBIDDEN.iter().copied())
        .collect();
    let one = examine_poisoned("locked", "1", &poisons);
    for (name, expected, _) in POISONS {
        assert!(one[*name].contains(expected), "{name}: {}", one[*name]);
    }
    for name in FORBIDDEN {
        assert!(one[*name].contains("SIGSYS"), "{name}: {}", one[*name]);
    }
    assert!(!std::path::Path::new("/tmp/mabillon-poison").exists());
    assert_eq!(
        examine_poisoned("locked", "3", &poisons),
        one,
        "another number of threads gives other reasons"
    );
}

/// The allocator may ask the system for more than a decoder does.
#[test]
#[cfg(target_os = "linux")]
fn memory_that_is_given_back_kills_no_worker() {
    let dir = Dir::new();
    dir.write("leak/1.rtf", poison("give-back"));
    dir.write("leak/2.rtf", poison("nothing"));
    examine_into(&dir, "case", &["leak", "--jobs", "1"]).ended(0);
}

#[test]
fn a_poisoned_item_costs_itself_alone_without_a_lock() {
    let poisons: Vec<&str> = POISONS.iter().map(|(name, ..)| *name).collect();
    let reasons = examine_poisoned("process", "2", &poisons);
    for (name, _, expected) in POISONS {
        assert!(
            reasons[*name].contains(expected),
            "{name}: {}",
            reasons[*name]
        );
    }
}

/// A member that kills whoever opens it costs itself: what stands before and behind it in the archive is examined, also
/// in an archive in the archive, and whether the archive is small, large or attached.
#[test]
fn a_poisoned_member_costs_itself_alone() {
    let dir = Dir::new();
    let letters: Vec<String> = (0..8).map(letter).collect();
    let inner = zip_of(&[
        ("4.eml", letters[4].as_bytes()),
        ("poison:abort", b"inner".as_slice()),
        ("5.eml", letters[5].as_bytes()),
    ]);
    let padding: Vec<u8> = (0..9_u32 << 18)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let outer = |padding: &[u8], first: usize| {
        zip_of(&[
            ("a.eml", letters[first].as_bytes()),
            ("poison:loop", b"one".as_slice()),
            ("b.eml", letters[first + 1].as_bytes()),
            ("inner.zip", &inner),
            ("padding", padding),
            ("poison:garbage", b"two"),
            ("c.eml", letters[6].as_bytes()),
        ])
    };
    dir.write("leak/small.zip", outer(b"short", 0));
    let large = outer(&padding, 2);
    assert!(
        large.len() > 8 << 20,
        "it would be read whole: {}",
        large.len()
    );
    dir.write("leak/large.zip", large);
    dir.write(
        "leak/carrying.eml",
        letter_carrying(9, "application/zip", "s.zip", &outer(b"short", 0)),
    );
    examine_into(&dir, "case", &["leak", "--jobs", "2"]).ended(3);
    let items = items_of(&dir, "case");
    let subjects: BTreeSet<&str> = items
        .iter()
        .filter_map(|item| item["message"]["subject"].as_str())
        .collect();
    for n in 0..7 {
        assert!(
            subjects.contains(format!("Letter {n}").as_str()),
            "letter {n} is lost: {subjects:?}"
        );
    }
    for archive in ["small.zip", "large.zip", "carrying.eml!part 2"] {
        let is_lost = |name: &str| reason(&items, &format!("{archive}!{name}")).to_owned();
        assert!(is_lost("poison:loop").contains("of processor time"));
        assert!(is_lost("poison:garbage").contains("cannot be understood"));
        assert!(is_lost("inner.zip!poison:abort").contains("signal 6"));
    }
    let not_examined = items
        .iter()
        .filter(|item| !item["not_examined"].is_null())
        .count();
    assert_eq!(not_examined, 9);
}
