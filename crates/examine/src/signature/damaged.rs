//! Signed messages that were damaged on their way, and messages that were altered: what is salvaged and what is not.
//!
//! The messages are signed by an independent second implementation, the example program `dkim_sign`.

use mabillon_case::{BodyHash, Coverage, KeySource, Signature, SignatureResult};
use mabillon_hash::Beside;

use super::vectors::message;
use super::{KeyArchive, Repairs, verify, verify_beside};
use signer::{PrivateKey, sign};

#[path = "../../examples/dkim_sign/signer.rs"]
pub(crate) mod signer;

const PUBLIC: &str = include_str!("../../examples/dkim_sign/keys/public.tsv");
pub(crate) const LETTER: &str = "From: Ida Brandt <ida@northquay.example>\r\n\
    To: \"Jon Vale\" <jon@northquay.example>,\r\n\t\"Ole Ruud\" <ole@northquay.example>\r\n\
    Date: Tue, 14 Mar 2017 09:12:44 +0100\r\n\
    Message-ID: <a1@northquay.example>\r\n\
    Subject: Halls for\r\n the  spring tour\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=\"utf-8\"; format=flowed\r\n\
    \r\n\
    Jon,\r\n\r\nFrom Monday on the hall is ours.\r\n.hidden\r\n\r\n-- \r\nIda  Brandt\r\n";
const NAMES: &str = "from:to:date:message-id:subject:content-type";

pub(crate) fn pem(name: &str) -> PrivateKey {
    let text = match name {
        "s512" => include_str!("../../examples/dkim_sign/keys/s512.pem"),
        "s768" => include_str!("../../examples/dkim_sign/keys/s768.pem"),
        "s1024" => include_str!("../../examples/dkim_sign/keys/s1024.pem"),
        "s2048" => include_str!("../../examples/dkim_sign/keys/s2048.pem"),
        _ => include_str!("../../examples/dkim_sign/keys/ed.pem"),
    };
    PrivateKey::from_pem(text).unwrap()
}

pub(crate) fn keys() -> KeyArchive {
    let mut keys = KeyArchive::default();
    keys.add_file(PUBLIC, KeySource::Archive).unwrap();
    keys
}

pub(crate) fn signed(selector: &str, more: &str, letter: &str) -> String {
    let tags = format!("v=1; d=northquay.example; s={selector}; h={NAMES}; {more}");
    sign(&pem(selector), &tags, letter).unwrap()
}

fn verified(text: &str) -> Signature {
    verify(&message(text.as_bytes()), &keys()).remove(0)
}

/// Of a message to which no repair is tried.
pub(crate) fn as_it_stands(text: &str) -> Signature {
    let (message, keys) = (message(text.as_bytes()), keys());
    let verified = verify_beside(&message, &keys, Repairs::NotTried, Beside::default());
    verified.signatures.into_iter().next().unwrap()
}

#[test]
fn every_algorithm_and_canonicalization_verifies() {
    for (selector, algorithm, bits, proves) in [
        ("s512", "rsa-sha1", 512, false),
        ("s512", "rsa-sha256", 512, false),
        ("s768", "rsa-sha1", 768, false),
        ("s1024", "rsa-sha1", 1024, true),
        ("s1024", "rsa-sha256", 1024, true),
        ("s2048", "rsa-sha256", 2048, true),
        ("ed", "ed25519-sha256", 256, true),
    ] {
        for canonicalization in [
            "simple/simple",
            "simple/relaxed",
            "relaxed/simple",
            "relaxed/relaxed",
            "relaxed",
        ] {
            let more = format!("a={algorithm}; c={canonicalization}");
            let found = verified(&signed(selector, &more, LETTER));
            assert_eq!(
                found.result,
                SignatureResult::Pass,
                "{selector} {more}: {found:?}"
            );
            assert_eq!(
                (found.key_bits, found.proves_all()),
                (Some(bits), proves),
                "{more}"
            );
            assert_eq!(found.repairs, Vec::<String>::new(), "{more}");
        }
    }
}

/// What the damage is called, the damage, and the repairs that undo it under `simple` and under `relaxed`.
type Damage = (
    &'static str,
    fn(&str) -> String,
    &'static [&'static str],
    &'static [&'static str],
);

const DAMAGES: &[Damage] = &[
    (
        "line ends",
        |text| text.replace("\r\n", "\n"),
        &["line-ends"],
        &["line-ends"],
    ),
    (
        "doubled line ends",
        |text| text.replace("\r\n", "\r\r\n"),
        &["doubled-carriage-returns"],
        &["doubled-carriage-returns"],
    ),
    (
        "mboxo",
        |text| text.replace("\nFrom M", "\n>From M"),
        &["mbox-from-quoting"],
        &["mbox-from-quoting"],
    ),
    (
        "dots",
        |text| text.replace("\n.hid", "\n..hid"),
        &["dot-stuffing"],
        &["dot-stuffing"],
    ),
    (
        "separator",
        |text| text.replace("-- \r\n", "--\r\n"),
        &["signature-separator"],
        &[],
    ),
    (
        "empty line on top",
        |text| text.replace("\r\n\r\nJon", "\r\n\r\n\r\nJon"),
        &["empty-first-line"],
        &["empty-first-line"],
    ),
    (
        "more empty lines",
        |text| format!("{text}\r\n\r\n"),
        &[],
        &[],
    ),
    (
        "no last line end",
        |text| text.trim_end().to_owned(),
        &[],
        &[],
    ),
    (
        "spaces",
        |text| text.replace("Jon,\r\n\r", "Jon, \t\r\n\r"),
        &["spaces-at-line-ends"],
        &[],
    ),
    (
        "spaces and separator",
        |text| {
            text.replace("Jon,\r\n\r", "Jon, \t\r\n\r")
                .replace("-- \r\n", "--\r\n")
        },
        &["spaces-at-line-ends", "signature-separator"],
        &[],
    ),
    (
        "charset",
        |text| text.replace("\"utf-8\"", "utf-8"),
        &["content-type-quotes"],
        &["content-type-quotes"],
    ),
    (
        "display name",
        |text| {
            text.replace("\"Jon Vale\"", "Jon Vale")
                .replace("\"Ole Ruud\"", "Ole Ruud")
        },
        &["display-name-quotes"],
        &["display-name-quotes"],
    ),
    (
        "another display name",
        |text| text.replace("Ida Brandt <", "\"Ida Brandt\" <"),
        &["display-name-quotes"],
        &["display-name-quotes"],
    ),
    (
        "unfolded",
        |text| text.replace("for\r\n the", "for the"),
        &[],
        &[],
    ),
    (
        "several",
        |text| {
            text.replace("\"utf-8\"", "utf-8")
                .replace("\"Jon Vale\"", "Jon Vale")
                .replace("\"Ole Ruud\"", "Ole Ruud")
                .replace("\nFrom M", "\n>From M")
                .replace("\r\n", "\n")
        },
        &[
            "line-ends",
            "content-type-quotes",
            "display-name-quotes",
            "mbox-from-quoting",
        ],
        &[
            "line-ends",
            "content-type-quotes",
            "display-name-quotes",
            "mbox-from-quoting",
        ],
    ),
];

#[test]
fn harmless_damage_is_undone_by_name() {
    for (what, damage, simple, relaxed) in DAMAGES {
        for (canonicalization, expected) in
            [("simple/simple", simple), ("relaxed/relaxed", relaxed)]
        {
            let more = format!("a=rsa-sha256; c={canonicalization}");
            let damaged = damage(&signed("s1024", &more, LETTER));
            let found = verified(&damaged);
            // A fold that was taken out cannot be put back where it was, and counts only under simple.
            let lost = *what == "unfolded" && canonicalization == "simple/simple";
            let result = if lost {
                SignatureResult::Fail
            } else {
                SignatureResult::Pass
            };
            assert_eq!(found.result, result, "{what} {canonicalization}: {found:?}");
            assert_eq!(found.repairs, **expected, "{what} {canonicalization}");
            // As it stands, only line ends are read as others.
            let strictly = as_it_stands(&damaged);
            let is_harmless = expected.iter().all(|repair| *repair == "line-ends");
            let passes = !lost && is_harmless;
            assert_eq!(
                strictly.result == SignatureResult::Pass,
                passes,
                "{what} {canonicalization}: {strictly:?}"
            );
            if passes {
                assert_eq!(strictly, found, "{what} {canonicalization}");
            }
        }
    }
}

/// An exporter that starts every folded line alike can be undone where the signer did so too.
#[test]
fn folds_are_put_back() {
    let letter = LETTER.replace("for\r\n the", "for\r\n\tthe");
    let text =
        signed("s1024", "a=rsa-sha256; c=simple/simple", &letter).replace("\r\n\t ", "\r\n\t");
    let exported = text.replace("\r\n\t", "\r\n  ");
    let found = verified(&exported);
    assert_eq!(found.result, SignatureResult::Pass, "{found:?}");
    assert_eq!(found.repairs, ["header-folds"]);
}

#[test]
fn altered_words_are_never_salvaged() {
    for (was, is) in [
        ("hall is ours", "hall is theirs"),
        ("Jon,\r\n", ""),
        ("Ida  Brandt", "Ida  Brand"),
        ("Halls for", "Hall for"),
        ("09:12:44", "09:12:45"),
        ("jon@", "john@"),
        ("Ida Brandt <", "Ina Brandt <"),
    ] {
        for canonicalization in ["simple/simple", "relaxed/relaxed"] {
            let more = format!("a=rsa-sha256; c={canonicalization}");
            let text = signed("s1024", &more, LETTER).replace(was, is);
            let found = verified(&text);
            assert_eq!(found.result, SignatureResult::Fail, "{was}");
            assert_eq!(found.repairs, Vec::<String>::new());
            let in_body = found.body_hash == BodyHash::Mismatch;
            assert_eq!(found.header_verified, Some(in_body), "{was}");
        }
    }
}

#[test]
fn what_lies_behind_the_length_is_unsigned() {
    let text = signed("s1024", "a=rsa-sha256; c=relaxed/relaxed; l=20", LETTER);
    let found = verified(&text);
    assert_eq!(
        (found.result, found.covers),
        (SignatureResult::Pass, Coverage::Part)
    );
    assert!(found.unsigned_tail_octets.is_some_and(|octets| octets > 20));
    let none = verified(&signed(
        "s1024",
        "a=rsa-sha256; c=relaxed/relaxed; l=0",
        LETTER,
    ));
    assert_eq!(
        (none.result, none.covers),
        (SignatureResult::Pass, Coverage::Part)
    );
    let whole = LETTER
        .split_once("\r\n\r\n")
        .unwrap()
        .1
        .replace("  ", " ")
        .replace(" \r\n", "\r\n")
        .len();
    let exact = signed(
        "s1024",
        &format!("a=rsa-sha256; c=relaxed/relaxed; l={whole}"),
        LETTER,
    );
    assert_eq!(verified(&exact).unsigned_tail_octets, Some(0));
    assert_eq!(verified(&exact).covers, Coverage::All);
    let appended = verified(&format!("{exact}and the money too\r\n"));
    assert_eq!(
        (appended.result, appended.covers),
        (SignatureResult::Pass, Coverage::Part)
    );
    assert_eq!(appended.unsigned_tail_octets, Some(19));
}

#[test]
fn an_unsigned_second_field_is_part() {
    let text = signed("s1024", "a=rsa-sha256; c=relaxed/relaxed", LETTER);
    for added in [
        "From: Eve <eve@northquay.example>",
        "Subject: Other halls",
        "Content-Type: text/html",
    ] {
        let found = verified(&format!("{added}\r\n{text}"));
        assert_eq!(
            (found.result, found.covers),
            (SignatureResult::Pass, Coverage::Part),
            "{added}"
        );
    }
    let harmless = verified(&format!("Reply-To: office@northquay.example\r\n{text}"));
    assert_eq!(
        (harmless.covers, harmless.unsigned_fields),
        (
            Coverage::All,
            vec!["Reply-To".to_owned(), "MIME-Version".to_owned()]
        )
    );
}

/// What is hostile by number is kept, with a reason, in bounded time.
#[test]
fn floods_are_bounded() {
    let text = signed("s1024", "a=rsa-sha256; c=relaxed/relaxed", LETTER);
    let end = text.find("From:").unwrap();
    let flood = format!("{}{text}", text[..end].repeat(5000));
    let found = verify(&message(flood.as_bytes()), &keys());
    assert_eq!(found.len(), 20);
    assert!(
        found
            .iter()
            .all(|found| found.result == SignatureResult::Pass)
    );
    let flood = message(flood.as_bytes());
    let keys_now = keys();
    let left_out = verify_beside(&flood, &keys_now, Repairs::Tried, Beside::default()).left_out;
    assert_eq!(
        left_out,
        ["4981 further DKIM signatures are not examined: of one message the first 20 are"]
    );

    let names = "to:".repeat(20_000) + NAMES;
    let tags =
        format!("v=1; d=northquay.example; s=s1024; h={names}; a=rsa-sha256; c=relaxed/relaxed");
    let fields = "To: Jon Vale <jon@northquay.example>\r\n".repeat(50_000);
    let field = sign(&pem("s1024"), &tags, LETTER).unwrap();
    let found = verified(&format!("{fields}{field}"));
    assert_eq!(found.result, SignatureResult::Fail);

    let lengths: String = (1..=12)
        .map(|length| {
            let more = format!("a=rsa-sha256; c=relaxed/relaxed; l={length}");
            let text = signed("s1024", &more, LETTER);
            text[..text.find("From:").unwrap()].to_owned()
        })
        .collect();
    let found = verify(&message(format!("{lengths}{LETTER}").as_bytes()), &keys());
    let n_computed = found
        .iter()
        .filter(|found| found.body_hash == BodyHash::Match)
        .count();
    assert_eq!(n_computed, 8);
    assert!(
        found[11]
            .reason
            .starts_with("the hash of the body was not computed"),
        "{}",
        found[11].reason
    );
}

#[test]
fn a_key_of_another_signer_and_no_key() {
    let mut forged = KeyArchive::default();
    let row = PUBLIC
        .lines()
        .find(|line| line.starts_with("s1024"))
        .unwrap();
    forged
        .add_file(&row.replace("s1024._", "s2048._"), KeySource::Archive)
        .unwrap();
    let text = signed("s2048", "a=rsa-sha256; c=relaxed/relaxed; x=1", LETTER);
    let found = verify(&message(text.as_bytes()), &forged).remove(0);
    assert_eq!(
        (found.result, found.header_verified),
        (SignatureResult::Fail, Some(false))
    );
    assert_eq!(found.body_hash, BodyHash::Match);
    // With the right key as a second row of the same name it passes.
    forged.add_file(PUBLIC, KeySource::Supplied).unwrap();
    let found = verify(&message(text.as_bytes()), &forged).remove(0);
    assert_eq!(
        (found.result, found.key_source),
        (SignatureResult::Pass, Some(KeySource::Supplied))
    );
    assert!(found.expires_at.is_some());
    let found = verify(&message(text.as_bytes()), &KeyArchive::default()).remove(0);
    assert_eq!(
        (found.result, found.body_hash),
        (SignatureResult::NoKey, BodyHash::Match)
    );
    assert_eq!(found.reason, "no key is known for this selector");
}
