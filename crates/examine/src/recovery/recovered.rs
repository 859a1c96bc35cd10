//! A recovered key and its anchor.

use std::fmt;

use mabillon_case::{FoundKey, KeySource, Stamp};

use super::sighting::Sighting;
use crate::signature::{KeyArchive, KeyRow, organisation};

/// A public key that was recovered from signatures made with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveredKey {
    /// `selector._domainkey.domain`, lower case.
    pub name: String,
    /// The modulus, most significant octet first.
    pub modulus: Vec<u8>,
    /// The public exponent.
    pub exponent: u32,
    /// Bits of the modulus.
    pub bits: u32,
    /// The signatures that verify under it.
    pub verified: Vec<Sighting>,
    /// Number of signatures of the selector that were tried with it.
    pub n_signatures: usize,
}

/// What binds a recovered key to its owner.
///
/// Without one the key proves only that the same hand signed all these messages. Who has the whole collection in his
/// hands can take the genuine signatures of a selector out, sign all its messages anew with a key of his own, and put
/// his inventions among them: their number, the mailboxes they lie in and the months they span, quotations of them in
/// proved mail, and whatever else lies in the collection and is not signed by others, then fit as well as before. So
/// none of that anchors a key. What does lies outside of his reach: a key that others kept, an original that he never
/// held, a seal that he cannot make.
///
/// One way stays open to him: to mail a message signed with his own key to somebody who later hands over that mailbox as
/// originals, where the server that received it checked no signatures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anchor {
    /// A key from outside the collection is the same, under this name: one of the same organisation, or any of the
    /// archive.
    KnownKey(String),
    /// It verifies one of the originals handed over to compare with. No server recorded of any of them that it failed,
    /// and no other key of the selector verifies originals too.
    Reference,
    /// A server whose key is in the archive sealed (ARC) that this very signature passed when it came in, and signed the
    /// message as it was then.
    Sealed(String),
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KnownKey(name) => write!(f, "the same key is known from elsewhere, as {name}"),
            Self::Reference => f.write_str("it verifies one of the originals"),
            Self::Sealed(by) => write!(
                f,
                "{by} sealed that a signature which it verifies passed on arrival"
            ),
        }
    }
}

impl RecoveredKey {
    /// The key record that published it, as far as it can be known (RFC 6376, section 3.6.1).
    pub fn txt(&self) -> String {
        let der = crate::signature::rsa_der(&self.modulus, self.exponent);
        format!(
            "v=DKIM1; k=rsa; p={}",
            base64_simd::STANDARD.encode_to_string(der)
        )
    }

    /// Its anchor, the strongest there is; `None` where nothing binds it to its owner. `found` are all keys that were
    /// found under this name.
    pub fn anchor(&self, known: &KeyArchive, found: &[Self]) -> Option<Anchor> {
        self.known_as(known)
            .map(Anchor::KnownKey)
            .or_else(|| self.is_of_originals(found).then_some(Anchor::Reference))
            .or_else(|| self.sealer(known).map(Anchor::Sealed))
    }

    /// The name under which the same key is known from outside the collection.
    fn known_as(&self, known: &KeyArchive) -> Option<String> {
        let der = crate::signature::rsa_der(&self.modulus, self.exponent);
        let same = known.rows().iter().filter(|row| {
            row.origin != KeySource::Recovered
                && row.is_anchored()
                && row.broken.is_empty()
                && (is_independent(row) || self.is_of_organisation(row))
                && row.key().is_some_and(|key| key.material() == der)
        });
        same.map(|row| row.name.clone()).min()
    }

    fn is_of_originals(&self, found: &[Self]) -> bool {
        let is_original = |key: &Self| key.verified.iter().any(|one| one.in_reference);
        let mut others = found.iter().filter(|other| other.modulus != self.modulus);
        is_original(self)
            && !self.verified.iter().any(|one| one.recorded_failed)
            && !others.any(is_original)
    }

    fn sealer(&self, known: &KeyArchive) -> Option<String> {
        let sealers = self
            .verified
            .iter()
            .filter_map(|one| one.sealed_by.as_ref());
        let is_known = |by: &&String| {
            let mut rows = known.rows().iter();
            rows.any(|row| is_independent(row) && row.domain() == by.as_str())
        };
        sealers.filter(is_known).min().cloned()
    }

    /// Whether a key is of the organisation whose name this one has: who owns a domain may well publish a key there,
    /// and sign with it under another name.
    fn is_of_organisation(&self, row: &KeyRow) -> bool {
        let domain = self.name.split_once("._domainkey.").map(|(_, name)| name);
        domain.is_some_and(|domain| organisation(domain) == organisation(row.domain()))
    }

    /// The times of the first and the last message that it verifies, as they say themselves.
    pub fn used(&self) -> Option<(Stamp, Stamp)> {
        let times = || {
            self.verified
                .iter()
                .filter_map(|sighting| sighting.signed_at)
        };
        let first = times().min_by_key(|time| time.unix_micros)?;
        let last = times().max_by_key(|time| time.unix_micros)?;
        Some((first, last))
    }
}

/// Whether a row speaks for more than its own name: it comes from the archive, and nobody but its owner has the private
/// key. That of an invented sender can be made again by anybody.
fn is_independent(row: &KeyRow) -> bool {
    row.origin == KeySource::Archive && !row.is_invented()
}

/// The row of a keys file for a recovered key, whose source says how it was recovered and what anchors it.
pub fn key_row(name: &str, found: &FoundKey) -> KeyRow {
    let start = if found.anchor.is_empty() {
        format!(
            "{}no more than the collection itself speaks for it",
            KeyRow::NOT_ANCHORED
        )
    } else {
        format!("{}{}", KeyRow::ANCHORED, found.anchor)
    };
    let source = format!(
        "{start}; recovered from its signatures by a common divisor, exponent {}; it verifies {} of them",
        found.exponent, found.n_verified
    );
    KeyRow {
        first_seen: found.used.map(|(first, _)| first),
        last_seen: found.used.map(|(_, last)| last),
        ..KeyRow::new(name, &found.txt, &source, KeySource::Recovered)
    }
}
