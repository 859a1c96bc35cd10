//! The fields of signatures and of recorded results, in a message that has all kinds of them.
#![no_main]

use bytes::Bytes;
use mabillon_examine::recovery::{candidates, sightings};
use mabillon_examine::signature::{signed_bytes, verify};
use mabillon_fuzz::WORLD;

const NAMES: [&str; 6] = [
    "DKIM-Signature",
    "DomainKey-Signature",
    "ARC-Seal",
    "ARC-Message-Signature",
    "ARC-Authentication-Results",
    "Authentication-Results",
];

libfuzzer_sys::fuzz_target!(|values: Vec<(u8, Vec<u8>)>| {
    let mut text = Vec::new();
    for (name, value) in values.iter().take(40) {
        text.extend(NAMES[usize::from(*name) % NAMES.len()].as_bytes());
        text.extend(b": ");
        // A line end starts a continuation line, so that the value stays in its field.
        for &octet in value {
            text.push(octet);
            if octet == b'\n' {
                text.push(b' ');
            }
        }
        text.extend(b"\r\n");
    }
    text.extend(b"From: Ida <ida@northquay.example>\r\nSubject: x\r\n\r\nA body.\r\n");
    let decoded = mabillon_decode::message(Bytes::from(text), None);
    let signatures = verify(&decoded.message, &WORLD.keys);
    let signed = signed_bytes(&decoded.message, &WORLD.keys);
    assert!(signed.len() <= signatures.len());
    let item = mabillon_case::ItemId::of(&decoded.message.raw);
    let examined = mabillon_examine::examine_message(item, &decoded.message, &[], &WORLD);
    let _ = candidates(sightings(&examined.facts));
});
