//! The public conformance suite of ARC, and chains that others made: the state of every chain is the expected one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mabillon_case::{KeySource, SignatureKind, SignatureResult};

use super::vectors::message;
use super::{ChainValidation, KeyArchive, KeyRow, chain_validation, verify};

fn data(path: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

/// One case of the suite.
#[derive(Debug, Default)]
struct Case {
    name: String,
    message: String,
    cv: String,
}

/// One document of the suite: its cases and the keys they share.
#[derive(Debug, Default)]
struct Scenario {
    cases: Vec<Case>,
    /// Names and TXT records.
    records: Vec<(String, String)>,
}

/// Reads the small part of YAML that the suite is written in: cases at two spaces, their keys at four, block text at
/// six, key records under `txt-records:`.
fn scenarios(text: &str) -> Vec<Scenario> {
    let mut scenarios = vec![Scenario::default()];
    let (mut in_message, mut in_records) = (false, false);
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let scenario = scenarios.last_mut().unwrap();
        if line.trim_end() == "---" {
            scenarios.push(Scenario::default());
            (in_message, in_records) = (false, false);
        } else if in_message && (indent >= 6 || line.trim().is_empty()) {
            let case = scenario.cases.last_mut().unwrap();
            case.message.push_str(line.get(6..).unwrap_or_default());
            case.message.push_str("\r\n");
        } else if let Some((key, value)) = line.trim().split_once(':').filter(|_| indent <= 4) {
            in_message = indent == 4 && key == "message";
            in_records = (indent == 0 && key == "txt-records") || (in_records && indent == 2);
            match (indent, key) {
                (2, _) if in_records => scenario.records.push((key.to_owned(), String::new())),
                (2, _) => scenario.cases.push(Case {
                    name: key.to_owned(),
                    ..Case::default()
                }),
                (4, "cv") => value
                    .trim()
                    .trim_matches('"')
                    .clone_into(&mut scenario.cases.last_mut().unwrap().cv),
                _ => {}
            }
        } else if in_records && indent == 4 {
            scenario.records.last_mut().unwrap().1.push_str(line.trim());
        }
    }
    scenarios
}

/// What the suite leaves open and RFC 8617 does not: a chain whose last sealer found it broken fails.
fn expected(case: &Case) -> &str {
    match case.cv.as_str() {
        "" | "|" => "Fail",
        cv => cv,
    }
}

#[test]
fn every_chain_of_the_suite_has_the_expected_state() {
    let Some(path) = data("arc_test_suite/tests/arc-draft-validation-tests.yml") else {
        return;
    };
    let scenarios = scenarios(&std::fs::read_to_string(path).unwrap());
    let (mut n_cases, mut wrong) = (0, String::new());
    for scenario in &scenarios {
        let mut keys = KeyArchive::default();
        for (name, txt) in &scenario.records {
            keys.add(KeyRow::new(name, txt, "the suite", KeySource::Supplied));
        }
        for case in &scenario.cases {
            n_cases += 1;
            let message = message(case.message.as_bytes());
            let validation = chain_validation(&message, &verify(&message, &keys));
            let (state, reason) = match &validation {
                ChainValidation::None => ("None", ""),
                ChainValidation::Pass => ("Pass", ""),
                ChainValidation::Fail(reason) => ("Fail", reason.as_str()),
            };
            println!("{}: {state} {reason}", case.name);
            if state != expected(case) {
                let (name, expected) = (&case.name, expected(case));
                let _ = writeln!(wrong, "{name}: {state}, expected {expected}: {reason}");
            }
        }
    }
    println!("{n_cases} cases of {} scenarios", scenarios.len());
    assert!(n_cases >= 171, "only {n_cases} cases were read");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Two real chains with their keys, published with another verifier: both of them pass, and every signature with them.
#[test]
fn real_chains_pass() {
    let Some(folder) = data("mail-auth/resources/arc") else {
        return;
    };
    for file in ["001.txt", "002.txt"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let (records, mail) = text.split_once("\n\n").unwrap();
        let mut keys = KeyArchive::default();
        for line in records.lines() {
            let (name, record) = line.split_once(' ').unwrap();
            keys.add(KeyRow::new(name, record, "the vector", KeySource::Supplied));
        }
        let message = message(mail.replace("\r\n", "\n").replace('\n', "\r\n").as_bytes());
        let signatures = verify(&message, &keys);
        for signature in &signatures {
            println!(
                "{file}: {:?} {} {} {:?} {:?} {}",
                signature.kind,
                signature.by,
                signature.identity,
                signature.result,
                signature.body_hash,
                signature.reason
            );
        }
        assert_eq!(
            chain_validation(&message, &signatures),
            ChainValidation::Pass,
            "{file}"
        );
        let arc = signatures
            .iter()
            .filter(|signature| signature.kind == SignatureKind::Arc);
        assert!(
            arc.clone()
                .filter(|signature| super::arc::is_seal(signature))
                .all(|seal| seal.result == SignatureResult::Pass)
        );
        assert!(!arc.clone().any(mabillon_case::Signature::proves));
    }
}
