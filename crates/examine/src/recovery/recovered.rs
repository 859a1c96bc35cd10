//! A recovered key and its anchor.

use std::collections::BTreeSet;
use std::fmt;

use mabillon_case::{KeySource, Stamp};

use super::limits::{ANCHOR_DAYS_MIN, ANCHOR_MAILBOXES_MIN, ANCHOR_MESSAGES_MIN};
use super::sighting::Sighting;
use crate::signature::{KeyArchive, KeyRow};

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
/// Without one the key proves only that the same hand signed all these messages: who makes a key of his own and signs
/// a whole series with it leaves signatures that fit each other just as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anchor {
    /// A key from outside the collection is the same.
    KnownKey,
    /// It verifies one of the originals handed over to compare with.
    Reference,
    /// It verifies at least 20 messages from at least 2 mailboxes and 3 months.
    ///
    /// This is the weakest: whoever made up the whole collection could have made this up as well.
    Spread,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KnownKey => "the same key is known from elsewhere",
            Self::Reference => "it verifies one of the originals",
            Self::Spread => "it verifies many messages of several mailboxes and months",
        })
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

    /// Its anchor, the strongest there is; `None` where nothing binds it to its owner.
    pub fn anchor(&self, known: &KeyArchive) -> Option<Anchor> {
        let der = crate::signature::rsa_der(&self.modulus, self.exponent);
        let is_known = known.rows().iter().any(|row| {
            row.origin != KeySource::Recovered
                && row.is_anchored()
                && row.key().is_some_and(|key| key.material() == der)
        });
        if is_known {
            return Some(Anchor::KnownKey);
        }
        if self.verified.iter().any(|sighting| sighting.in_reference) {
            return Some(Anchor::Reference);
        }
        self.is_spread().then_some(Anchor::Spread)
    }

    fn is_spread(&self) -> bool {
        let mailboxes: BTreeSet<_> = self
            .verified
            .iter()
            .flat_map(|sighting| &sighting.mailboxes)
            .collect();
        let days = self.verified.iter().filter_map(Sighting::day);
        let n_days = match (days.clone().min(), days.max()) {
            (Some(first), Some(last)) => last - first,
            _ => 0,
        };
        self.verified.len() >= ANCHOR_MESSAGES_MIN
            && mailboxes.len() >= ANCHOR_MAILBOXES_MIN
            && n_days >= ANCHOR_DAYS_MIN
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

    /// The row of a keys file, whose source says how it was recovered, from how many signatures, and what anchors it.
    pub fn row(&self, known: &KeyArchive) -> KeyRow {
        let anchor = self.anchor(known);
        let start = match anchor {
            Some(anchor) => format!("{}{anchor}", KeyRow::ANCHORED),
            None => format!(
                "{}no more than the collection itself speaks for it",
                KeyRow::NOT_ANCHORED
            ),
        };
        let source = format!(
            "{start}; recovered by the common divisor of two signatures, exponent {}; {} of {} signatures verify",
            self.exponent,
            self.verified.len(),
            self.n_signatures
        );
        let used = self.used();
        KeyRow {
            first_seen: used.map(|(first, _)| first),
            last_seen: used.map(|(_, last)| last),
            ..KeyRow::new(&self.name, &self.txt(), &source, KeySource::Recovered)
        }
    }
}
