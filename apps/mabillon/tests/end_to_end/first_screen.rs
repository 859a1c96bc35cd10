//! The first screen of the report leads to the one message that was forged, and the search to those who asked for
//! credentials.

use std::collections::BTreeSet;

use mabillon_corpus::{Answer, Class, Extent, Forgers, KeySizes, PHISHING, Plan, Scale, make};
use serde_json::Value;

use crate::case_read::items_of;
use crate::command::run;
use crate::dir::Dir;

/// Messages of the collection; one of them is forged, in one of its copies.
const MESSAGES: u64 = 1_500;

fn collection(dir: &Dir) -> Vec<Answer> {
    let summary = make(&Plan {
        seed: 4_711,
        extent: Extent::Messages(MESSAGES),
        out: dir.path("leak"),
        forgers: Forgers::Named(vec!["altered-copy".to_owned()]),
        forged_per_thousand: 1,
        scale: Scale::Small,
        key_sizes: KeySizes::Short,
        phishing: true,
        ..Plan::default()
    })
    .unwrap();
    assert_eq!(summary.n_forged, 1, "one forged message among many");
    let answers = String::from_utf8(dir.read("leak.answers.jsonl")).unwrap();
    answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn one_forged_message_is_on_the_first_screen_and_phishing_moves_no_opinion() {
    let dir = Dir::new();
    let answers = collection(&dir);
    let args = [
        "examine",
        "leak",
        "--case",
        "case",
        "--keys",
        "leak.keys.tsv",
    ];
    run(&dir, &args).ended(0);
    let forged: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.class != Class::Genuine)
        .collect();
    let [forged] = forged.as_slice() else {
        panic!("one message is forged: {forged:?}");
    };
    let report = String::from_utf8(dir.read("case/report.html")).unwrap();
    let (_, first) = report
        .split_once("Look here first")
        .expect("there is something to look at");
    let (first, _) = first.split_once("</div>").unwrap();
    assert!(first.contains(&format!("#item-{}", forged.item)), "{first}");
    phishing_is_told(&dir, &answers);
}

/// What was sent to obtain credentials is found by the search and told in `collection.json`, and no opinion rests on it.
fn phishing_is_told(dir: &Dir, answers: &[Answer]) {
    let lures: BTreeSet<&str> = answers
        .iter()
        .filter(|answer| answer.circumstance == PHISHING)
        .map(|answer| answer.item.as_str())
        .collect();
    let whole: Value = serde_json::from_slice(&dir.read("case/collection.json")).unwrap();
    let told: BTreeSet<&str> = whole["phishing"]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["item"].as_str().unwrap())
        .collect();
    assert_eq!(told, lures, "every lure and nothing else");
    let campaigns = whole["phishing"]["campaigns"].as_array().unwrap();
    assert_eq!(campaigns.len(), 3, "{campaigns:?}");
    let found = run(dir, &["search", "case", "phishing:yes"]).ended(0).out;
    for lure in &lures {
        assert!(found.contains(lure.get(..8).unwrap()), "{lure} in {found}");
    }
    let report = String::from_utf8(dir.read("case/report.html")).unwrap();
    assert!(report.contains("id=\"phishing\""));
    // Lures were sent as they stand: they are told, and not doubted for it.
    for item in items_of(dir, "case") {
        if lures.contains(item["item"].as_str().unwrap()) {
            let opinion = item["opinion"].as_str().unwrap();
            assert!(!matches!(opinion, "questioned" | "contradicted"), "{item}");
        }
    }
}
