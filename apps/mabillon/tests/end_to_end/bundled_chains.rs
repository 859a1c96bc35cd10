//! Bundles of messages with ARC, `DomainKeys` and Google's own signature: the script redoes what the program says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::bundle::{HARMS, bundle, script, unpacked};
use crate::case_read::{at_path, items};
use crate::command::{examine, run};
use crate::dir::Dir;

/// Letters signed with real keys, each with what the world holds: the fixtures of the forensic tests.
const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../crates/examine/src/tests_of/signature"
);

/// Repairs that the script does not redo for these kinds: they need the rest of the message.
const NOT_REDONE: [&str; 3] = ["dropped-field", "transfer-encoding", "multipart-boundary"];

/// Names and texts of the letters of some tests; their keys go to `keys.tsv`.
fn letters(dir: &Dir, tests: &[&str]) -> Vec<(String, String)> {
    let (mut keys, mut letters) = (BTreeSet::new(), Vec::new());
    for test in tests {
        for entry in fs::read_dir(Path::new(FIXTURES).join(test)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let is = |extension: &str| path.extension().is_some_and(|own| own == extension);
            if is("world") {
                keys.extend(text.lines().map(str::to_owned));
            } else if is("eml") {
                letters.push((format!("{test}.{name}"), text));
            }
        }
    }
    letters.sort();
    dir.write("keys.tsv", keys.into_iter().collect::<Vec<_>>().join("\n"));
    letters
}

/// Examines `leak` with the keys.
fn examine_with_keys(dir: &Dir) {
    examine(dir, &["leak", "--no-index", "--keys", "keys.tsv"]);
}

fn id_of(dir: &Dir, path: &str) -> String {
    at_path(&items(dir), path)["item"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The lines of the script on one item that tell what came of a signature.
fn said_of<'a>(out: &'a str, id: &str) -> Vec<(&'a str, &'a str)> {
    let item = out.split(&format!("\n{}\n", &id[..16])).nth(1).unwrap();
    let lines = item.lines().take_while(|line| line.starts_with("  "));
    let told = lines.filter(|line| !line.starts_with("   "));
    told.filter_map(|line| line.trim().split_once(": "))
        .filter(|(what, _)| what.contains("Signature ") || what.contains("-Seal "))
        .collect()
}

/// What the script calls the signatures of an item, in its order, each with the signature as exported.
fn named(item: &Value) -> Vec<(String, &Value)> {
    let mut named = Vec::new();
    for (kind, field) in [
        ("dkim", "DKIM-Signature"),
        ("x-google-dkim", "X-Google-DKIM-Signature"),
        ("domainkey", "DomainKey-Signature"),
        ("arc", "ARC"),
    ] {
        let of_kind = item["signatures"].as_array().unwrap().iter();
        let of_kind = of_kind.filter(|signature| signature["kind"] == kind);
        named.extend(
            of_kind
                .zip(1..)
                .map(|(one, n)| (format!("{field} {n}"), one)),
        );
    }
    named
}

#[test]
fn the_script_and_the_program_agree_on_chains_domain_keys_and_googles_own() {
    let dir = Dir::new();
    let letters = letters(&dir, &["arc_chain", "domainkeys", "x_google_dkim"]);
    for (name, text) in &letters {
        dir.write(&format!("leak/{name}"), text);
        for (harm, harmed) in HARMS {
            dir.write(&format!("leak/{harm}.{name}"), harmed(text));
        }
    }
    examine_with_keys(&dir);
    let items = items(&dir);
    let ids: Vec<&str> = items
        .iter()
        .map(|item| item["item"].as_str().unwrap())
        .collect();
    bundle(&dir, "all.zip", &ids).ended(0);
    let Some(ran) = script(&dir, &unpacked(&dir.read("all.zip")), "all") else {
        return;
    };
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for item in &items {
        let said = said_of(&ran.out, item["item"].as_str().unwrap());
        let named = named(item);
        assert_eq!(said.len(), named.len(), "{said:?}\n{named:?}");
        for ((_, verdict), (name, signature)) in said.into_iter().zip(named) {
            let place = item["places"][0]["path"].as_str().unwrap();
            let expected = expected(&name, signature);
            // The program does not undo damage in the fields that a seal covers; the script does.
            if place.starts_with("doubled.arc") && expected == "does not verify" {
                continue;
            }
            assert!(
                verdict.starts_with(expected),
                "{place} {name}: {verdict}\n{signature}"
            );
            let (kind, _) = name.split_once(' ').unwrap();
            *counts.entry((kind.to_owned(), expected)).or_default() += 1;
        }
    }
    println!("{counts:?}");
    for kind in ["ARC", "DomainKey-Signature", "X-Google-DKIM-Signature"] {
        for verdict in ["verifies", "does not verify"] {
            let n = counts.get(&(kind.to_owned(), verdict)).copied();
            assert!(n.is_some_and(|n| n > 3), "{kind} {verdict}: {n:?}");
        }
    }
}

/// How the script's verdict begins where it agrees with the program.
fn expected(name: &str, signature: &Value) -> &'static str {
    let repairs = signature["repairs"].as_array().unwrap();
    let is_redone = name.starts_with("DKIM-Signature")
        || !repairs
            .iter()
            .any(|one| NOT_REDONE.contains(&one.as_str().unwrap()));
    match signature["result"].as_str().unwrap() {
        "pass" if is_redone => "verifies",
        "no-key" => "not checked",
        _ => "does not verify",
    }
}

/// One change of a message, and what the script says of each signature afterwards.
type Change<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// The script's verdicts on a letter as it is, all good, and after each change, with the object named.
fn every_change_is_named(test: &str, letter: &str, signatures: &[&str], changes: &[Change<'_>]) {
    let dir = Dir::new();
    let letters = letters(&dir, &[test]);
    let (_, text) = letters
        .iter()
        .find(|(name, _)| *name == format!("{test}.{letter}.eml"))
        .unwrap();
    dir.write("leak/letter.eml", text);
    examine_with_keys(&dir);
    let id = id_of(&dir, "letter.eml");
    bundle(&dir, "proof.zip", &[&id]).ended(0);
    run(&dir, &["verify", "proof.zip"]).ended(0);
    let files = unpacked(&dir.read("proof.zip"));
    let readme = String::from_utf8_lossy(&files["mabillon-proof/README.md"]);
    for told in ["`ARC-Seal` over the sets", "DomainKeys (RFC 4870)"] {
        assert!(readme.contains(told), "{told}\n{readme}");
    }
    let Some(ran) = script(&dir, &files, "whole") else {
        return;
    };
    let ran = ran.ended(0);
    for signature in signatures {
        assert!(
            said_of(&ran.out, &id).contains(&(signature, "verifies")),
            "{signature}\n{}",
            ran.out
        );
    }
    let item = format!("mabillon-proof/data/{}/item.eml", &id[..16]);
    for (was, is, expected) in changes {
        let changed = text.replacen(was, is, 1);
        assert_ne!(changed, *text, "{was}");
        let mut files = files.clone();
        files.insert(item.clone(), changed.into_bytes());
        let ran = script(&dir, &files, "changed").unwrap().ended(1);
        for (signature, verdict) in *expected {
            let is_said =
                |(what, said): &(&str, &str)| what == signature && said.starts_with(verdict);
            assert!(
                said_of(&ran.out, &id).iter().any(is_said),
                "{was} -> {is}: {signature} {verdict}\n{}",
                ran.out
            );
        }
        assert!(
            ran.out
                .contains("item.eml: is not what manifest-sha256.txt says")
        );
    }
}

#[test]
fn every_changed_object_of_a_chain_is_named() {
    let broken = "does not verify: the signed header fields";
    every_change_is_named(
        "arc_chain",
        "innocent_two_servers",
        &["ARC-Message-Signature i=2", "ARC-Seal i=1", "ARC-Seal i=2"],
        &[
            (
                "the hall in",
                "the mall in",
                &[
                    ("ARC-Message-Signature i=2", "does not verify: the body"),
                    ("ARC-Seal i=1", "verifies"),
                    ("ARC-Seal i=2", "verifies"),
                ],
            ),
            (
                "Subject: ",
                "Subject: No ",
                &[
                    ("ARC-Message-Signature i=2", broken),
                    ("ARC-Seal i=2", "verifies"),
                ],
            ),
            (
                "ARC-Authentication-Results: i=1;",
                "ARC-Authentication-Results: i=1; (x)",
                &[
                    ("ARC-Message-Signature i=2", "verifies"),
                    ("ARC-Seal i=1", broken),
                    ("ARC-Seal i=2", broken),
                ],
            ),
            (
                "ARC-Authentication-Results: i=2;",
                "ARC-Authentication-Results: i=2; (x)",
                &[("ARC-Seal i=1", "verifies"), ("ARC-Seal i=2", broken)],
            ),
            (
                "ARC-Authentication-Results: i=1;",
                "X-Results: i=1;",
                &[(
                    "ARC-Seal i=1",
                    "does not verify: the ARC-Authentication-Results of i=1 is missing",
                )],
            ),
        ],
    );
}

#[test]
fn every_changed_object_under_domain_keys_is_named() {
    let name = "DomainKey-Signature 1";
    let broken: &[(&str, &str)] = &[(name, "does not verify: header and body")];
    every_change_is_named(
        "domainkeys",
        "simple_over_all_fields",
        &[name],
        &[
            ("the hall in", "the mall in", broken),
            ("Subject: ", "Subject: No ", broken),
            ("rent is 4,200", "rent is  4,200", broken),
            ("To: Jon", "Cc: eve@evil.example\nTo: Jon", broken),
        ],
    );
}

#[test]
fn a_private_bundle_of_a_chain_holds_no_body_and_its_seals_verify() {
    let dir = Dir::new();
    let letters = letters(&dir, &["arc_chain", "domainkeys"]);
    let of = |wanted: &str| {
        letters
            .iter()
            .find(|(name, _)| name.contains(wanted))
            .unwrap()
    };
    let (_, chain) = of("innocent_two_servers");
    dir.write("leak/chain.eml", chain);
    dir.write("leak/domain_key.eml", &of("simple_over_all").1);
    examine_with_keys(&dir);
    let (id, other) = (id_of(&dir, "chain.eml"), id_of(&dir, "domain_key.eml"));
    bundle(&dir, "proof.zip", &["--private", &id, &other]).ended(0);
    let files = unpacked(&dir.read("proof.zip"));
    let (_, body) = chain
        .replace("\r\n", "\n")
        .split_once("\n\n")
        .map(|(head, body)| (head.to_owned(), body.to_owned()))
        .unwrap();
    let words = body.lines().find(|line| line.len() > 24).unwrap();
    for (name, content) in &files {
        assert!(!String::from_utf8_lossy(content).contains(words), "{name}");
    }
    let Some(ran) = script(&dir, &files, "private") else {
        return;
    };
    let ran = ran.ended(0);
    let seen = "verifies, as far as it can be seen here: the signed header fields";
    for told in [
        ("ARC-Seal i=1", "verifies"),
        ("ARC-Seal i=2", "verifies"),
        ("ARC-Message-Signature i=2", seen),
    ] {
        assert!(
            said_of(&ran.out, &id).contains(&told),
            "{told:?}\n{}",
            ran.out
        );
    }
    // Without its body, and without any field, nothing of it can be checked.
    assert!(
        ran.out.contains(&format!(
            "\n{}\n  signatures: nothing to check",
            &other[..16]
        )),
        "{}",
        ran.out
    );
}
