//! A bundle of an invented item, and every way of changing it.

use bytes::Bytes;
use mabillon_case::{Basis, Class, ExaminationRecord, ItemId, Kind, SignatureResult};

use super::*;
use crate::tests::invented;

const RAW: &[u8] = b"From: Ida <ida@northquay.example>\nSubject: Halls\n\nThe hall is ours.\n";

fn bag_of(disclosure: Disclosure) -> Vec<u8> {
    let mut row = invented::item("halls", Kind::Message, Class::Unresolved, Basis::None, 0.0);
    row.facts.item = ItemId::of(RAW);
    let mut signature = invented::signature("northquay.example", "s1", SignatureResult::Pass);
    signature.span = Span::new(0, 34);
    row.facts.signatures = vec![signature];
    let examination = ExaminationRecord {
        version: "mabillon 0".to_owned(),
        exhibits: Vec::new(),
        options: Vec::new(),
        tests: Vec::new(),
        sources: Vec::new(),
        started: String::new(),
        ended: "2017-04-25T00:00:00Z".to_owned(),
    };
    let signed = ProofSignature {
        span: Span::new(0, 34),
        header: b"from:Ida <ida@northquay.example>\r\n".to_vec(),
        body: b"The hall is ours.\r\n".to_vec(),
        value: vec![1, 2, 3],
        fields: vec![Span::new(0, 34)],
        key: None,
    };
    let proof = Proof {
        items: vec![ProofItem {
            row: row.row(),
            bytes: Bytes::from_static(RAW),
            signed: vec![signed],
            others: Vec::new(),
        }],
        program: "mabillon 0",
        examination: &examination,
        content_digest: None,
        disclosure,
    };
    bundle(&proof).unwrap()
}

#[test]
fn a_bundle_is_the_same_each_time_and_checks() {
    for disclosure in [Disclosure::Whole, Disclosure::Private] {
        let made = bag_of(disclosure);
        assert_eq!(made, bag_of(disclosure));
        assert_eq!(check_bundle(&made), []);
    }
}

#[test]
fn a_private_bundle_holds_signed_fields_and_no_other_word() {
    let made = bag_of(Disclosure::Private);
    let holds = |text: &str| holds_bytes(&made, text.as_bytes());
    assert!(holds("From: Ida"));
    assert!(!holds("The hall is ours"));
    assert!(!holds("Subject: Halls"));
    assert!(holds_bytes(&bag_of(Disclosure::Whole), b"The hall is ours"));
}

fn holds_bytes(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[test]
fn every_flipped_bit_is_found() {
    let made = bag_of(Disclosure::Whole);
    for at in 0..made.len() {
        let mut flipped = made.clone();
        flipped[at] ^= 1 << (at % 8);
        assert_ne!(check_bundle(&flipped), [], "at {at}");
    }
}

#[test]
fn cut_and_random_bytes_never_panic() {
    let made = bag_of(Disclosure::Whole);
    for end in (0..made.len()).step_by(97) {
        assert_ne!(check_bundle(&made[..end]), []);
    }
    assert_ne!(check_bundle(b""), []);
}
