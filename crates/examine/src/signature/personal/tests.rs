//! Nothing that is changed in a signed message passes for what was signed, whatever is changed.

use bytes::Bytes;
use mabillon_case::{Signature, SignatureResult};
use mabillon_signed::Roots;

use super::personal;

const SMIME: &[u8] =
    include_bytes!("../../tests_of/signature/smime_signature/innocent_protected_fields.eml");
const OPAQUE: &[u8] =
    include_bytes!("../../tests_of/signature/smime_signature/innocent_opaque.eml");
const OPENPGP: &[u8] =
    include_bytes!("../../tests_of/signature/openpgp_signature/innocent_protected_fields.eml");
const CLEAR: &[u8] =
    include_bytes!("../../tests_of/signature/openpgp_signature/innocent_in_the_clear.eml");

fn roots() -> Roots {
    let mut roots = Roots::default();
    for file in [
        &include_bytes!("../../../tests/people/root.pem")[..],
        include_bytes!("../../../tests/people/anna.asc"),
    ] {
        roots.add_file(file).unwrap();
    }
    roots
}

fn signatures(bytes: &[u8]) -> (Vec<Signature>, String) {
    let decoded = mabillon_decode::message(Bytes::copy_from_slice(bytes), None);
    let (found, _) = personal(&decoded.message, &decoded.attached, &roots());
    (found, decoded.message.text.own)
}

fn passes(bytes: &[u8]) -> bool {
    signatures(bytes)
        .0
        .iter()
        .any(|signature| signature.result == SignatureResult::Pass)
}

#[test]
fn every_changed_byte_of_signed_content_is_seen() {
    for (message, from, to) in [
        (SMIME, "The hall is ours", "Anna\r\n"),
        (OPENPGP, "The hall is ours", "Anna\r\n"),
        (CLEAR, "The hall is ours", "Anna\r\n"),
    ] {
        assert!(passes(message));
        let text = String::from_utf8_lossy(message);
        let start = text.find(from).unwrap();
        let end = start + text[start..].find(to).unwrap() + 4;
        for at in start..end {
            // Line ends are repaired by name, and no more than those.
            if message[at].is_ascii_whitespace() {
                continue;
            }
            let mut changed = message.to_vec();
            changed[at] ^= 1;
            assert!(!passes(&changed), "byte {at}");
        }
    }
}

#[test]
fn every_changed_byte_of_an_opaque_signature_is_seen_or_changes_nothing() {
    let (whole, text) = signatures(OPAQUE);
    assert_eq!(whole[0].result, SignatureResult::Pass);
    assert!(text.contains("4,200"));
    let body = OPAQUE
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    for at in (body..OPAQUE.len()).step_by(7) {
        let mut changed = OPAQUE.to_vec();
        changed[at] ^= 2;
        let (found, changed_text) = signatures(&changed);
        for signature in found
            .iter()
            .filter(|signature| signature.result == SignatureResult::Pass)
        {
            assert_eq!(changed_text, text, "byte {at}: {signature:?}");
        }
    }
}

#[test]
fn what_proves_is_over_the_fields_that_are_shown() {
    let (whole, _) = signatures(SMIME);
    assert!(whole[0].proves_all(), "{whole:?}");
    for (was, is) in [
        ("Subject: The lease\r\nDate", "Subject: The sale\r\nDate"),
        (
            "From: Anna Ried <anna@northquay.example>\r\nTo",
            "From: Eve Holm <eve@northquay.example>\r\nTo",
        ),
        (
            "To: Jon Maar <jon@harbour.example>\r\nSubject",
            "To: Press <press@harbour.example>\r\nSubject",
        ),
        ("MIME-Version", "Cc: press@harbour.example\r\nMIME-Version"),
        (
            "MIME-Version",
            "From: eve@northquay.example\r\nMIME-Version",
        ),
    ] {
        let text = String::from_utf8(SMIME.to_vec()).unwrap();
        let changed = text.replacen(was, is, 1);
        assert_ne!(changed, text);
        let (found, _) = signatures(changed.as_bytes());
        assert_eq!(found[0].result, SignatureResult::Pass);
        assert!(!found[0].proves_all(), "{is}: {found:?}");
    }
}

proptest::proptest! {
    #[test]
    fn damage_never_panics_and_never_proves_another_text(at in 0_usize..4000, byte: u8, n_cut in 0_usize..3000) {
        for message in [SMIME, OPENPGP, CLEAR, OPAQUE] {
            let (_, text) = signatures(message);
            let mut changed = message.to_vec();
            let at = at % changed.len();
            changed[at] = byte;
            changed.truncate(message.len() - n_cut.min(message.len()) / 7);
            let (found, changed_text) = signatures(&changed);
            if found.iter().any(Signature::proves_all) {
                proptest::prop_assert_eq!(changed_text.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
            }
        }
    }
}
