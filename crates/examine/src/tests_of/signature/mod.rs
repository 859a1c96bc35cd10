//! Tests of the shelf `signature`: what is proved by cryptography, and by whose key.

pub(crate) mod arc_chain;
pub(crate) mod dkim_alignment;
pub(crate) mod dkim_body_hash;
pub(crate) mod dkim_key_provenance;
pub(crate) mod dkim_key_strength;
pub(crate) mod dkim_key_window;
pub(crate) mod dkim_repair;
pub(crate) mod dkim_scope;
pub(crate) mod dkim_times;
pub(crate) mod dkim_verification;
pub(crate) mod domainkeys;
pub(crate) mod header_reading;
pub(crate) mod openpgp_signature;
pub(crate) mod personal_scope;
pub(crate) mod personal_signer;
pub(crate) mod private_key;
pub(crate) mod smime_signature;
pub(crate) mod x_google_dkim;

use mabillon_case::{KeySource, RSA_BITS_PROOF_MIN, Signature, SignatureKind, SignatureResult};

use crate::World;
use crate::signature::KeyRow;

/// Signatures of one message that are spoken of.
const SIGNATURES_SHOWN_MAX: usize = 20;

/// Characters of foreign text that are quoted.
const TEXT_SHOWN_MAX: usize = 120;

/// The `DKIM-Signature` fields among the signatures.
fn dkim(signatures: &[Signature]) -> impl Iterator<Item = &Signature> {
    signatures
        .iter()
        .filter(|signature| signature.kind == SignatureKind::Dkim)
        .take(SIGNATURES_SHOWN_MAX)
}

/// Those that pass.
fn passing(signatures: &[Signature]) -> impl Iterator<Item = &Signature> {
    dkim(signatures).filter(|signature| signature.result == SignatureResult::Pass)
}

/// "The signature of example.org (selector s1)".
fn named(signature: &Signature) -> String {
    format!(
        "The signature of {} (selector {})",
        printable(&signature.by),
        printable(&signature.selector)
    )
}

/// Text from the message as a sentence can hold it.
pub(crate) fn printable(text: &str) -> String {
    if text.is_empty() {
        return "?".to_owned();
    }
    text.chars()
        .take(TEXT_SHOWN_MAX)
        .map(printable_character)
        .collect()
}

/// A character, or its code where it would not be seen or would turn the direction of the text.
fn printable_character(character: char) -> String {
    match character {
        '"' | '\'' | '\\' => character.to_string(),
        _ => character.escape_debug().to_string(),
    }
}

/// "2048-bit RSA key".
fn key_words(signature: &Signature) -> String {
    match signature.key_bits {
        _ if signature.algorithm.contains("ed25519") => "Ed25519 key".to_owned(),
        Some(bits) => format!("{bits}-bit RSA key"),
        None => "key".to_owned(),
    }
}

/// "a 2048-bit RSA key", "an Ed25519 key".
fn a_key(signature: &Signature) -> String {
    let words = key_words(signature);
    let article = if words.starts_with(['E', '8']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {words}")
}

/// Whether the key is long enough to prove something by itself.
fn is_strong(signature: &Signature) -> bool {
    signature.algorithm.contains("ed25519")
        || signature
            .key_bits
            .is_some_and(|bits| bits >= RSA_BITS_PROOF_MIN)
}

/// The rows of the key archive that a signature was verified with: same name, same origin, same key.
fn rows_of<'w>(signature: &Signature, world: &'w World) -> Vec<&'w KeyRow> {
    let mut rows = world.keys.rows_of(&signature.selector, &signature.by);
    rows.retain(|row| {
        Some(row.origin) == signature.key_source
            && row.key().is_some_and(|key| key.id() == signature.key_id)
    });
    rows
}

/// Where a key comes from, in words.
const fn source_words(source: KeySource) -> &'static str {
    match source {
        KeySource::Archive => "the built-in archive of historical keys",
        KeySource::Supplied => "a keys file of the user",
        KeySource::Recovered => "the signatures of the collection itself",
        KeySource::Embedded => "the signature itself",
    }
}
