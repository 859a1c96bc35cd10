//! Signatures that others made, with the results they expect.

use std::path::{Path, PathBuf};

use mabillon_case::SignatureResult::{Fail, Malformed, NoKey, Pass};
use mabillon_case::{
    Address, BodyHash, Coverage, HeaderField, KeySource, Message, Part, Signature, SignatureResult,
    Span,
};

use super::{KeyArchive, KeyRow, verify};

fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(folder);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

/// A second, simple reader: divides the header at line ends that no white space follows.
pub(crate) fn message(bytes: &[u8]) -> Message {
    let mut fields: Vec<HeaderField> = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let end = start + line.len();
        if line.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return assembled(
                bytes,
                fields,
                Span::new(0, start),
                Span::new(end, bytes.len()),
            );
        }
        match (
            line.starts_with(b" ") || line.starts_with(b"\t"),
            fields.last_mut(),
        ) {
            (true, Some(field)) => {
                field.whole.end = end;
                field.value.end = end;
            }
            _ => fields.push(field_at(line, start)),
        }
        start = end;
    }
    assembled(bytes, fields, Span::new(0, start), Span::new(start, start))
}

fn field_at(line: &[u8], start: usize) -> HeaderField {
    let colon = memchr::memchr(b':', line).unwrap_or(0);
    let n_name = line[..colon].trim_ascii_end().len();
    HeaderField {
        name: Span::new(start, start + n_name),
        value: Span::new(start + colon + 1, start + line.len()),
        whole: Span::new(start, start + line.len()),
    }
}

fn assembled(bytes: &[u8], header: Vec<HeaderField>, head: Span, body: Span) -> Message {
    let mut message = Message {
        raw: bytes.to_vec().into(),
        parts: vec![Part {
            header,
            body,
            media_type: "text/plain".to_owned(),
            ..Part::default()
        }],
        header: head,
        body,
        ..Message::default()
    };
    let froms: Vec<String> = message
        .fields_named("From")
        .map(|field| message.unfold(field.value))
        .collect();
    message.from = froms
        .iter()
        .map(|value| {
            let address = value
                .rsplit('<')
                .next()
                .unwrap_or_default()
                .trim_end_matches('>');
            Address {
                address: address.to_owned(),
                ..Address::default()
            }
        })
        .collect();
    message
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let plain: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|&byte| byte != b'\r')
        .collect();
    plain
        .split(|&byte| byte == b'\n')
        .collect::<Vec<_>>()
        .join(&b"\r\n"[..])
}

/// What the engine says of a message, the same whether the second reader or that of the product divided it.
fn verified(bytes: &[u8], keys: &KeyArchive) -> Vec<Signature> {
    let signatures = verify(&message(bytes), keys);
    let product = mabillon_decode::message(bytes.to_vec().into(), None).message;
    assert_eq!(verify(&product, keys), signatures);
    signatures
}

fn results(signatures: &[Signature]) -> Vec<SignatureResult> {
    signatures
        .iter()
        .map(|signature| signature.result)
        .collect()
}

/// The files start with key records, one on a line, and an empty line.
fn keys_and_message(text: &[u8]) -> (KeyArchive, Vec<u8>) {
    let at = memchr::memmem::find(text, b"\n\n").unwrap();
    let mut keys = KeyArchive::default();
    for line in String::from_utf8_lossy(&text[..at]).lines() {
        let (name, record) = line.split_once(' ').unwrap();
        keys.add(KeyRow::new(name, record, "the vector", KeySource::Supplied));
    }
    (keys, text[at + 2..].to_vec())
}

/// Six messages: RFC 8463, appendix A (Ed25519 and RSA), a bare PKCS#1 key, lists, newsletters. All verify; `x=` of the
/// fifth has passed long ago, which is reported and not obeyed.
#[test]
fn messages_with_their_keys_pass() {
    let Some(folder) = data("mail-auth/resources/dkim") else {
        return;
    };
    let mut n_signatures = 0;
    for number in 1..=6 {
        let text = std::fs::read(folder.join(format!("{number:03}.txt"))).unwrap();
        let (keys, bytes) = keys_and_message(&text);
        for (bytes, repairs) in [(with_crlf(&bytes), vec![]), (bytes, vec!["line-ends"])] {
            for signature in verified(&bytes, &keys) {
                n_signatures += 1;
                assert_eq!(signature.result, Pass, "{number}: {signature:?}");
                assert_eq!(signature.repairs, repairs, "{number}");
                assert_eq!(signature.expires_at.is_some(), number == 5, "{number}");
                assert!(signature.anchored);
            }
        }
    }
    assert_eq!(n_signatures, 16);
}

#[test]
fn every_change_of_a_signed_byte_is_seen() {
    let Some(folder) = data("mail-auth/resources/dkim") else {
        return;
    };
    let (keys, bytes) = keys_and_message(&std::fs::read(folder.join("001.txt")).unwrap());
    let text = String::from_utf8(bytes).unwrap();
    for (was, is, body_hash) in [
        ("dinner ready", "dinner steady", BodyHash::Match),
        ("lost the game", "won the game", BodyHash::Mismatch),
        ("Suzie Q", "Suzie R", BodyHash::Match),
        ("t=1528637909", "t=1528637908", BodyHash::Match),
    ] {
        let changed = text.replace(was, is);
        assert_ne!(changed, text);
        for signature in verified(changed.as_bytes(), &keys) {
            assert_eq!(signature.result, Fail);
            assert_eq!(signature.body_hash, body_hash, "{was}");
            assert_eq!(
                signature.header_verified,
                Some(body_hash == BodyHash::Mismatch),
                "{was}"
            );
        }
    }
}

fn record(folder: &Path, name: &str, file: &str) -> KeyRow {
    let txt = std::fs::read_to_string(folder.join(file)).unwrap();
    KeyRow::new(name, txt.trim(), "the vector", KeySource::Supplied)
}

/// Expected results by name of dkimpy's own tests.
#[test]
fn the_messages_of_dkimpy() {
    let Some(folder) = data("dkimpy/dkim/tests/data") else {
        return;
    };
    let mut keys = KeyArchive::built_in();
    keys.add(record(
        &folder,
        "test._domainkey.football.example.com",
        "test.txt",
    ));
    keys.add(KeyRow::new(
        "brisbane._domainkey.football.example.com",
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "RFC 8463",
        KeySource::Supplied,
    ));
    keys.add(record(&folder, "sed._domainkey.test.ex", "eximtest.dns"));
    keys.add(record(
        &folder,
        "test._domainkey.legitimate.com(.attacker.com",
        "test.txt",
    ));
    for (file, expected, why) in [
        ("rfc6376.signed.msg", vec![Pass, Pass], ""),
        ("rfc6376.signed.rsa.msg", vec![Pass], ""),
        // Its tags were changed after signing, to test `x=` without `t=`: a failure either way.
        ("rfc6376.signed.no_t.msg", vec![Fail], ""),
        (
            "test2.message",
            vec![Pass],
            "by a real key of the built-in archive",
        ),
        ("ed25519test2.msg", vec![Pass], ""),
        ("test.message.baddomain", vec![Malformed], ""),
        (
            "message.mbox",
            vec![NoKey],
            "the key is not among the data; the body hash fits",
        ),
        ("test.message", vec![], "not signed"),
        ("test_nofrom.message", vec![], "not signed"),
    ] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let signatures = verified(&bytes, &keys);
        println!("{file}: {:?} {why}", results(&signatures));
        assert_eq!(results(&signatures), expected, "{file}: {signatures:#?}");
    }
    let mbox = std::fs::read(folder.join("message.mbox")).unwrap();
    assert_eq!(verified(&mbox, &keys)[0].body_hash, BodyHash::Match);
}

/// Key records of dkimpy's tests: which are keys, and of how many bits.
#[test]
fn the_key_records_of_dkimpy() {
    let Some(folder) = data("dkimpy/dkim/tests/data") else {
        return;
    };
    for (file, bits) in [
        ("test.txt", Some(1024)),
        ("test2.txt", Some(1024)),
        ("1024_testkey_wo_markers.pub.txt", Some(1024)),
        ("1024_testkey_wo_markers.pub.rsa.txt", Some(1024)),
        ("2048_testkey_wo_markers.pub.txt", Some(2048)),
        ("2048_testkey_wo_markers.pub.rsa.txt", Some(2048)),
        ("2048_testkey_PKCS8.key.pub.txt", Some(2048)),
        ("ed25519test.dns", Some(256)),
        ("badk.txt", None),
        ("badversion.txt", None),
        ("test_tlsrpt.txt", None),
    ] {
        let row = record(&folder, "s._domainkey.d.example", file);
        assert_eq!(
            row.key().map(super::PublicKey::bits),
            bits,
            "{file}: {:?}",
            row.state
        );
    }
}

#[test]
fn scope_of_an_appended_tail_and_of_a_second_from() {
    let Some(folder) = data("mail-auth/resources/dkim") else {
        return;
    };
    let (keys, bytes) = keys_and_message(&std::fs::read(folder.join("001.txt")).unwrap());
    let text = String::from_utf8(bytes).unwrap();
    let signature = |text: &str| verified(text.as_bytes(), &keys).remove(0);
    let whole = signature(&text);
    assert_eq!(
        (whole.covers, whole.unsigned_fields.len()),
        (Coverage::All, 0)
    );
    assert!(whole.proves_all());
    // h= names From twice: a second From breaks the signature.
    let second = signature(&text.replace(
        "From: Joe",
        "From: Eve <eve@football.example.com>\nFrom: Joe",
    ));
    assert_eq!(second.result, Fail);
    // Cc is not in h=: anybody can add it, and everybody sees it.
    let copied = signature(&text.replace("To: Suzie", "Cc: Eve <eve@evil.example>\nTo: Suzie"));
    assert_eq!((copied.result, copied.covers), (Pass, Coverage::Part));
    assert_eq!(copied.unsigned_fields, ["Cc"]);
    assert!(copied.proves() && !copied.proves_all());
}

proptest::proptest! {
    #[test]
    fn any_message_is_verified_without_panic(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        tags in "[ -~\r\n\t]{0,120}",
    ) {
        let mut text = format!("DKIM-Signature: v=1; a=rsa-sha256; d=gmail.com; s=20120113; h=from:to; bh=AA==; b=AA==;{tags}\r\nFrom: a@gmail.com\r\n").into_bytes();
        text.extend(bytes);
        let signatures = verify(&message(&text), &KeyArchive::built_in());
        proptest::prop_assert!(signatures.iter().all(|signature| signature.result != Pass));
    }
}
