//! Signatures of people, and the roots that the user gives for them.

use std::path::Path;

use crate::case_read::{at_path, has_finding, items_of, reason_in_part};
use crate::command::{examine_into, run};
use crate::dir::Dir;

/// A leak of letters signed by S/MIME and OpenPGP, and what vouches for their signers.
fn leak(dir: &Dir) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/examine");
    for (name, from) in [
        ("whole.eml", "smime_signature/innocent_protected_fields.eml"),
        ("opaque.eml", "smime_signature/innocent_opaque.eml"),
        ("changed.eml", "smime_signature/changed_amount.eml"),
        ("secret.eml", "smime_signature/encrypted.eml"),
        ("clear.eml", "openpgp_signature/innocent_in_the_clear.eml"),
    ] {
        let path = tests.join("src/tests_of/signature").join(from);
        dir.write(&format!("leak/{name}"), std::fs::read(path).unwrap());
    }
    for name in ["root.pem", "anna.asc"] {
        let bytes = std::fs::read(tests.join("tests/people").join(name)).unwrap();
        dir.write(&format!("roots/{name}"), bytes);
    }
}

#[test]
fn who_is_vouched_for_depends_on_the_roots_that_are_given() {
    let dir = Dir::new();
    leak(&dir);
    examine_into(&dir, "with", &["leak", "--roots", "roots"]).ended(3);
    let with = items_of(&dir, "with");
    assert_eq!(at_path(&with, "whole.eml")["opinion"], "authenticated");
    assert!(has_finding(at_path(&with, "opaque.eml"), "passes-for-body"));
    assert!(has_finding(at_path(&with, "clear.eml"), "passes-for-body"));
    assert!(has_finding(
        at_path(&with, "changed.eml"),
        "content-changed"
    ));
    assert!(reason_in_part(at_path(&with, "secret.eml")).contains("encrypted"));

    examine_into(&dir, "without", &["leak"]).ended(3);
    let without = items_of(&dir, "without");
    for item in &without {
        assert_ne!(item["opinion"], "authenticated", "{item}");
    }
    assert!(has_finding(
        at_path(&without, "whole.eml"),
        "passes-without-trust"
    ));
    assert!(has_finding(at_path(&without, "clear.eml"), "no-key"));
}

#[test]
fn what_lies_in_an_opaque_signature_is_searched_and_bundled() {
    let dir = Dir::new();
    leak(&dir);
    examine_into(&dir, "case", &["leak", "--roots", "roots/root.pem"]).ended(3);
    let items = items_of(&dir, "case");
    let inside = at_path(&items, "opaque.eml!body!content");
    let found = run(&dir, &["search", "case", "\"We pay 4,200\" from:anna"]).ended(0);
    let outer = at_path(&items, "opaque.eml")["item"].as_str().unwrap();
    assert!(found.out.contains(&outer[..8]), "{}", found.out);
    let item = inside["item"].as_str().unwrap();
    run(&dir, &["bundle", "case", item, "--output", "proof.zip"]).ended(0);
    run(&dir, &["verify", "proof.zip"]).ended(0);
}

#[test]
fn roots_that_cannot_be_used_are_named() {
    let dir = Dir::new();
    leak(&dir);
    dir.write("roots.txt", "no certificate");
    let ran = examine_into(&dir, "case", &["leak", "--roots", "roots.txt"]).ended(2);
    assert!(ran.err.contains("roots.txt"), "{}", ran.err);
}
