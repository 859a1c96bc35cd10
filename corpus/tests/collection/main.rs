//! Collections are what their plans say: the same each time, labelled item by item, signed by the keys they come
//! with, their clocks in agreement.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::format_collect,
    reason = "a test may stop at the first surprise"
)]

mod clocks;
mod documents;
mod reading;
mod signatures;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mabillon_corpus::{
    Answer, Class, Damage, Extent, Forgers, ItemKind, KeySizes, Layout, Plan, Scale, Summary, make,
};

/// A small plan, quick enough for every day.
fn plan(out: PathBuf) -> Plan {
    Plan {
        seed: 11,
        extent: Extent::Messages(160),
        out,
        forgers: Forgers::All,
        forged_per_thousand: 120,
        scale: Scale::Small,
        key_sizes: KeySizes::Short,
        ..Plan::default()
    }
}

fn answers(summary: &Summary) -> BTreeMap<String, Answer> {
    let text = std::fs::read_to_string(&summary.answers).unwrap();
    text.lines()
        .map(|line| serde_json::from_str::<Answer>(line).unwrap())
        .map(|answer| (answer.item.clone(), answer))
        .collect()
}

/// All files below a folder with their bytes.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_path_buf();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let trees: Vec<_> = ["a", "b"]
        .map(|name| {
            let out = folder.path().join(name).join("collection");
            std::fs::create_dir_all(out.parent().unwrap()).unwrap();
            let mixed = Plan {
                layout: Layout::Mixed,
                damage: Damage::All,
                ..plan(out)
            };
            make(&mixed).unwrap();
            tree(&folder.path().join(name))
        })
        .into();
    assert!(trees[0].len() > 20);
    assert!(trees[0] == trees[1], "two runs of one plan differ");
}

#[test]
fn every_item_has_an_answer_and_every_answer_an_item() {
    for (layout, damage) in [
        (Layout::Mixed, Damage::All),
        (Layout::Mbox, Damage::From),
        (Layout::Maildir, Damage::Lf),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("collection");
        let summary = make(&Plan {
            layout,
            damage,
            ..plan(out.clone())
        })
        .unwrap();
        let items = reading::items(&out);
        let mut answers = answers(&summary);
        for item in &items {
            assert!(
                answers.contains_key(&item.hash),
                "no answer for {} ({layout:?})",
                item.place
            );
        }
        for item in &items {
            answers.remove(&item.hash);
        }
        // The plain reader does not look for messages inside messages.
        answers.retain(|_, answer| answer.circumstance != "enclosed in another");
        assert!(
            answers.is_empty(),
            "answers without items: {:?}",
            answers.values().next()
        );
    }
}

#[test]
fn every_forger_is_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("collection");
    let summary = make(&Plan {
        extent: Extent::Messages(500),
        forged_per_thousand: 160,
        ..plan(out)
    })
    .unwrap();
    for (name, n_forgeries) in &summary.forgeries {
        assert!(*n_forgeries > 0, "{name} found nothing to do");
    }
    let answers = answers(&summary);
    let handled = answers
        .values()
        .filter(|answer| answer.class == Class::Handled)
        .count();
    assert!(handled >= 4, "a burst of saves has at least four documents");
    for answer in answers.values() {
        assert_eq!(
            answer.forger.is_none(),
            answer.class == Class::Genuine,
            "{answer:?}"
        );
        assert_eq!(
            answer.what.is_empty(),
            answer.class == Class::Genuine,
            "{answer:?}"
        );
    }
}

#[test]
fn nothing_is_forged_without_forgers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("collection");
    let summary = make(&Plan {
        forgers: Forgers::None,
        ..plan(out)
    })
    .unwrap();
    assert_eq!(summary.n_forged, 0);
    assert!(
        answers(&summary)
            .values()
            .all(|answer| answer.class == Class::Genuine)
    );
}

#[test]
fn signatures_verify_where_they_should_and_fail_where_they_must() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("collection");
    let summary = make(&Plan {
        layout: Layout::Eml,
        ..plan(out.clone())
    })
    .unwrap();
    let (answers, keys) = (answers(&summary), signatures::keys(&summary.keys));
    let (mut n_verified, mut n_failed) = (0, 0);
    for item in reading::items(&out)
        .iter()
        .filter(|item| item.kind == ItemKind::Message)
    {
        let answer = &answers[&item.hash];
        let results = signatures::verify(&item.bytes, &keys);
        let through_list = matches!(
            answer.circumstance.as_str(),
            "through a list" | "with a gateway's warning"
        ) || reading::header(&item.bytes, "X-BeenThere").is_some();
        if answer.class == Class::Genuine && !through_list {
            assert!(results.iter().all(|result| *result), "{}", item.place);
            n_verified += results.len();
        } else if through_list
            || matches!(
                answer.forger.as_deref(),
                Some("own-key" | "date-edit" | "clone-and-edit")
            )
        {
            assert!(
                results.iter().all(|result| !result),
                "{} {answer:?}",
                item.place
            );
            n_failed += results.len();
        } else if matches!(
            answer.forger.as_deref(),
            Some("second-from" | "appended-after-length")
        ) {
            assert!(
                results.iter().any(|result| *result),
                "{} {answer:?}",
                item.place
            );
        }
    }
    assert!(
        n_verified > 20 && n_failed > 2,
        "{n_verified} verified, {n_failed} failed"
    );
}

#[test]
fn hidden_clocks_of_genuine_mail_agree_with_its_dates() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("collection");
    make(&Plan {
        layout: Layout::Eml,
        forgers: Forgers::None,
        ..plan(out.clone())
    })
    .unwrap();
    let mut n_clocks = BTreeMap::<&str, u32>::new();
    for item in reading::items(&out)
        .iter()
        .filter(|item| item.kind == ItemKind::Message)
    {
        for clock in clocks::read(&item.bytes) {
            *n_clocks.entry(clock.name).or_default() += 1;
            assert!(clock.agrees(), "{}: {clock:?}", item.place);
        }
    }
    for name in [
        "gmail-boundary",
        "google-relay-id",
        "google-server-id",
        "outlook-message-id",
        "outlook-boundary",
        "thread-index",
        "exim-id",
        "postfix-long-id",
        "sendmail-id",
        "arrival-time",
    ] {
        assert!(
            n_clocks.contains_key(name),
            "no {name} in the collection: {n_clocks:?}"
        );
    }
}

#[test]
fn the_sample_of_the_repository_has_its_answers() {
    let samples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../samples"));
    let text = std::fs::read_to_string(samples.join("onwards.answers.jsonl")).unwrap();
    let mut answers: BTreeMap<String, Answer> = text
        .lines()
        .map(|line| serde_json::from_str::<Answer>(line).unwrap())
        .map(|answer| (answer.item.clone(), answer))
        .collect();
    let keys = signatures::keys(&samples.join("onwards.keys.tsv"));
    for item in reading::items(&samples.join("onwards")) {
        let answer = answers.remove(&item.hash);
        let is_eml = item.place.starts_with("vasseur/") && item.kind == ItemKind::Message;
        let is_plain = reading::header(&item.bytes, "X-BeenThere").is_none();
        if is_eml && is_plain && answer.is_some_and(|answer| answer.class == Class::Genuine) {
            let results = signatures::verify(&item.bytes, &keys);
            assert!(results.iter().all(|result| *result), "{}", item.place);
        }
    }
    assert!(
        answers.is_empty(),
        "answers without items: {:?}",
        answers.values().next()
    );
}
