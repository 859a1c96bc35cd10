//! ARC, `DomainKeys` and Google's own field, signed by the independent second implementation: what verifies, what is
//! caught, and that only what speaks for the origin proves it.

use mabillon_case::SignatureResult::{Fail, Pass};
use mabillon_case::{BodyHash, Coverage, Signature, SignatureKind, SignatureResult};

use super::damaged::signer::{seal, sign_as, sign_domain_key};
use super::damaged::{LETTER, keys, pem, signed};
use super::vectors::message;
use super::{ChainValidation, chain_validation, verify};

const RECORDED: &str = "mx.relay.example; dkim=pass header.d=northquay.example";

fn of_kind(text: &str, kind: SignatureKind) -> Vec<Signature> {
    let mut signatures = verify(&message(text.as_bytes()), &keys());
    signatures.retain(|signature| signature.kind == kind);
    signatures
}

fn state(text: &str) -> ChainValidation {
    let message = message(text.as_bytes());
    chain_validation(&message, &verify(&message, &keys()))
}

/// One more ARC set on top of a message.
fn with_set(instance: u32, cv: &str, letter: &str) -> String {
    let recorded = format!("ARC-Authentication-Results: i={instance}; {RECORDED}\r\n{letter}");
    let of = format!("i={instance}; a=rsa-sha256; d=northquay.example; s=s2048; t=1489479170");
    let tags = format!("{of}; c=relaxed/relaxed; h=from:to:date:subject:message-id:content-type");
    let signed = sign_as("ARC-Message-Signature", &pem("s2048"), &tags, &recorded).unwrap();
    seal(&pem("s2048"), &format!("{of}; cv={cv}"), &signed).unwrap()
}

#[test]
fn message_and_seal_of_every_set_are_judged_apart() {
    let two = with_set(2, "pass", &with_set(1, "none", LETTER));
    let signatures = of_kind(&two, SignatureKind::Arc);
    let identities: Vec<&str> = signatures
        .iter()
        .map(|signature| signature.identity.as_str())
        .collect();
    assert_eq!(
        identities,
        ["i=1; message", "i=1; seal", "i=2; message", "i=2; seal"]
    );
    for signature in &signatures {
        assert_eq!(signature.result, SignatureResult::Pass, "{signature:?}");
        assert!(!signature.proves() && !signature.aligned && signature.anchored);
    }
    assert_eq!(state(&two), ChainValidation::Pass);

    let edited = two.replace("the hall is ours", "the hall is theirs");
    let signatures = of_kind(&edited, SignatureKind::Arc);
    for signature in &signatures {
        let is_seal = signature.identity.ends_with("seal");
        let (result, body_hash) = if is_seal {
            (SignatureResult::Pass, BodyHash::NotComputed)
        } else {
            (SignatureResult::Fail, BodyHash::Mismatch)
        };
        assert_eq!(
            (signature.result, signature.body_hash),
            (result, body_hash),
            "{signature:?}"
        );
    }
    assert!(matches!(state(&edited), ChainValidation::Fail(_)));

    let recorded = two.replacen("dkim=pass", "dkim=fail", 1);
    let signatures = of_kind(&recorded, SignatureKind::Arc);
    let results: Vec<SignatureResult> = signatures
        .iter()
        .map(|signature| signature.result)
        .collect();
    assert_eq!(results, [Pass, Pass, Pass, Fail]);
}

#[test]
fn a_seal_over_a_broken_chain_covers_its_own_set() {
    let first = with_set(1, "none", LETTER).replace("i=1; mx.relay", "i=1; mx.other");
    let tags = "i=2; a=rsa-sha256; d=northquay.example; s=s2048; cv=fail";
    let second = with_set(2, "pass", &first);
    let (_, without_seal) = second.split_once("\r\nARC-Message-Signature").unwrap();
    let without_seal = format!("ARC-Message-Signature{without_seal}");
    let alone = without_seal
        .find("ARC-Seal: i=1")
        .map(|at| without_seal[..at].to_owned() + "\r\n")
        .unwrap();
    let sealed = seal(&pem("s2048"), tags, &alone).unwrap();
    let field = sealed.split_once("ARC-Message-Signature").unwrap().0;
    let signatures = of_kind(&format!("{field}{without_seal}"), SignatureKind::Arc);
    let results: Vec<_> = signatures
        .iter()
        .map(|signature| (signature.identity.as_str(), signature.result))
        .collect();
    assert_eq!(results[1], ("i=1; seal", SignatureResult::Fail));
    assert_eq!(results[3], ("i=2; seal", SignatureResult::Pass));
}

#[test]
fn domain_keys_verify_in_both_forms_and_see_every_change() {
    for c in ["simple", "nofws"] {
        for h in [
            "",
            "; h=from:to:date:message-id:subject:mime-version:content-type",
        ] {
            let tags = format!("a=rsa-sha1; q=dns; c={c}; d=northquay.example; s=s2048{h}");
            let text = sign_domain_key(&pem("s2048"), &tags, LETTER).unwrap();
            let above =
                format!("Received: by mx.example; Tue, 14 Mar 2017 09:12:50 +0100\r\n{text}");
            for (text, repairs) in [
                (above.clone(), 0),
                (above.clone() + "\r\n\r\n", 0),
                (above.replace("\r\n", "\n"), 1),
            ] {
                let [signature] = of_kind(&text, SignatureKind::DomainKeys)
                    .try_into()
                    .unwrap();
                assert_eq!(signature.result, SignatureResult::Pass, "{signature:?}");
                assert_eq!(signature.repairs.len(), repairs);
                assert!(signature.proves_all(), "{signature:?}");
            }
            for (was, is) in [
                ("hall is ours", "hall is mine"),
                ("Halls for", "Halls of"),
                ("\r\n\r\nJon", "\r\nCc: eve@evil.example\r\n\r\nJon"),
            ] {
                let changed = above.replace(was, is);
                assert_ne!(changed, above);
                let signature = of_kind(&changed, SignatureKind::DomainKeys).remove(0);
                let is_outside = is.contains("Cc") && !h.is_empty();
                let expected = if is_outside {
                    (SignatureResult::Pass, Coverage::Part)
                } else {
                    (SignatureResult::Fail, signature.covers)
                };
                assert_eq!((signature.result, signature.covers), expected, "{was}");
            }
        }
    }
}

#[test]
fn domain_keys_without_body_and_with_strange_tags() {
    let tags = "c=simple; d=northquay.example; s=s2048";
    let text = sign_domain_key(&pem("s2048"), tags, "From: a@northquay.example\r\n\r\n").unwrap();
    assert_eq!(
        of_kind(&text, SignatureKind::DomainKeys)[0].result,
        SignatureResult::Pass
    );
    for (was, is) in [
        ("c=simple", "c=relaxed"),
        ("c=simple", "a=rsa-sha256"),
        ("d=", "e="),
    ] {
        let signature = of_kind(&text.replace(was, is), SignatureKind::DomainKeys).remove(0);
        assert_eq!(signature.result, SignatureResult::Malformed, "{is}");
        assert!(!signature.reason.is_empty());
    }
}

#[test]
fn the_field_of_google_proves_the_way_and_not_the_origin() {
    let dkim = signed("s2048", "a=rsa-sha256; c=relaxed/relaxed", LETTER);
    let tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=northquay.example; s=s2048; h=from:to:date:subject:message-id:content-type";
    let text = sign_as("X-Google-DKIM-Signature", &pem("s2048"), tags, &dkim).unwrap();
    let [google] = of_kind(&text, SignatureKind::XGoogleDkim)
        .try_into()
        .unwrap();
    assert_eq!(google.result, SignatureResult::Pass, "{google:?}");
    assert!(google.anchored && !google.aligned && !google.proves());
    let first = verify(&message(text.as_bytes()), &keys()).remove(0);
    assert!(first.kind == SignatureKind::Dkim && first.proves_all());
}

proptest::proptest! {
    #[test]
    fn any_field_is_judged_without_panic(
        tags in "[ -~\r\n\t]{0,120}",
        instance in 0_u32..60,
        name in "ARC-Seal|ARC-Message-Signature|ARC-Authentication-Results|DomainKey-Signature|X-Google-DKIM-Signature",
    ) {
        let text = format!("{name}: i={instance}; a=rsa-sha256; cv=none; d=gmail.com; s=20120113; h=; bh=AA==; b=AA==;{tags}\r\nFrom: a@gmail.com\r\n\r\nx");
        let message = message(text.as_bytes());
        let signatures = verify(&message, &super::KeyArchive::built_in());
        proptest::prop_assert!(signatures.iter().all(|signature| signature.result != SignatureResult::Pass));
        let _ = chain_validation(&message, &signatures);
    }
}
