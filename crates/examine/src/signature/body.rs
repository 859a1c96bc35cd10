//! Body hashes of one message: each computed once, repairs tried where it does not match.

use std::borrow::Cow;

use mabillon_case::{BodyHash, Message};
use mabillon_hash::Beside;

use super::canonical_body::{BodyDigest, HashAlgorithm, hash_body, hash_body_beside};
use super::limits::{
    BODY_READINGS_MAX, REPAIR_OCTETS_MAX, SALVAGE_BODIES, SALVAGE_OCTETS, SALVAGE_OCTETS_MAX,
};
use super::parse::{Canonicalization, Terms};
use super::repairs::{BODY_REPAIRS, BodyRepair, LINE_ENDS, choices};
use super::salvage::{Salvaged, Ways, salvage};
use super::verify::Repairs;

/// What came of one body hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BodyCheck {
    pub(crate) result: BodyHash,
    pub(crate) repairs: Vec<&'static str>,
    /// Octets behind `l=`.
    pub(crate) unsigned_tail_octets: Option<u64>,
    /// What was given up because of its cost.
    pub(crate) given_up: Option<&'static str>,
}

impl BodyCheck {
    /// Of a signature that states no hash of the body.
    pub(crate) const NOT_COMPUTED: Self = Self {
        result: BodyHash::NotComputed,
        repairs: Vec::new(),
        unsigned_tail_octets: None,
        given_up: None,
    };
}

type Reading = (Canonicalization, HashAlgorithm, Option<u64>);

/// The body of one message and what was computed of it.
pub(crate) struct Body<'a> {
    bytes: &'a [u8],
    repairs: Repairs,
    digests: Vec<(Reading, BodyDigest)>,
    checks: Vec<(Reading, Vec<u8>, BodyCheck)>,
    possible_repairs: Option<Vec<&'static BodyRepair>>,
    salvaged: Vec<Sought>,
    repair_octets_left: u64,
    salvage_octets_left: u64,
}

/// A body that was looked for, and what was found.
struct Sought {
    reading: Reading,
    hash: Vec<u8>,
    ways: Ways,
    found: Option<Salvaged>,
}

/// Octets that may be hashed to salvage a body of this length.
const fn salvage_octets(n_bytes: u64) -> u64 {
    let of_bodies = SALVAGE_BODIES * (n_bytes + 1);
    if of_bodies > SALVAGE_OCTETS_MAX {
        SALVAGE_OCTETS_MAX
    } else if of_bodies > SALVAGE_OCTETS {
        of_bodies
    } else {
        SALVAGE_OCTETS
    }
}

impl<'a> Body<'a> {
    pub(crate) const fn new(bytes: &'a [u8], repairs: Repairs) -> Self {
        Self {
            bytes,
            repairs,
            digests: Vec::new(),
            checks: Vec::new(),
            possible_repairs: None,
            salvaged: Vec::new(),
            repair_octets_left: REPAIR_OCTETS_MAX,
            salvage_octets_left: salvage_octets(bytes.len() as u64),
        }
    }

    /// Compares the body with `bh=`.
    ///
    /// What waits in `beside` is hashed beside the body.
    pub(crate) fn check(&mut self, terms: &Terms, beside: &mut Beside<'_>) -> BodyCheck {
        let reading = (terms.body, terms.algorithm.hash(), terms.length);
        let known = self
            .checks
            .iter()
            .find(|(of, hash, _)| *of == reading && *hash == terms.body_hash);
        if let Some((_, _, check)) = known {
            return check.clone();
        }
        let Some(digest) = self.digest(reading, beside) else {
            return BodyCheck {
                given_up: Some(
                    "the hash of the body was not computed: too many different ways of hashing are asked for",
                ),
                ..BodyCheck::NOT_COMPUTED
            };
        };
        let check = if digest.hash == terms.body_hash {
            matching(&digest, terms.length, Vec::new())
        } else {
            self.repaired(reading, &terms.body_hash)
                .unwrap_or_else(|| BodyCheck {
                    result: BodyHash::Mismatch,
                    repairs: Vec::new(),
                    unsigned_tail_octets: tail(&digest, terms.length),
                    given_up: (self.repair_octets_left == 0)
                        .then_some("repairs of the body were given up because of its size"),
                })
        };
        self.checks
            .push((reading, terms.body_hash.clone(), check.clone()));
        check
    }

    /// The body that was signed, put together anew; to be asked where no repair makes it fit and where the signature over
    /// the header verifies.
    pub(crate) fn salvaged(
        &mut self,
        message: &Message,
        terms: &Terms,
        ways: Ways,
    ) -> Option<Salvaged> {
        let reading = (terms.body, terms.algorithm.hash(), terms.length);
        let known = self.salvaged.iter().find(|known| {
            (known.reading, &known.ways, &known.hash) == (reading, &ways, &terms.body_hash)
        });
        if let Some(known) = known {
            return known.found.clone();
        }
        let found = salvage(message, terms, &ways, &mut self.salvage_octets_left);
        self.salvaged.push(Sought {
            reading,
            hash: terms.body_hash.clone(),
            ways,
            found: found.clone(),
        });
        found
    }

    fn digest(&mut self, reading: Reading, beside: &mut Beside<'_>) -> Option<BodyDigest> {
        if let Some((_, digest)) = self.digests.iter().find(|(of, _)| *of == reading) {
            return Some(digest.clone());
        }
        if self.digests.len() >= BODY_READINGS_MAX {
            return None;
        }
        let digest = hash_body_beside(self.bytes, reading.0, reading.1, reading.2, beside);
        self.digests.push((reading, digest.clone()));
        Some(digest)
    }

    fn repaired(&mut self, reading: Reading, expected: &[u8]) -> Option<BodyCheck> {
        if self.repairs == Repairs::NotTried {
            return None;
        }
        let body = self.bytes;
        let possible = self.possible_repairs.get_or_insert_with(|| {
            BODY_REPAIRS
                .iter()
                .filter(|(_, undo)| undo(body).is_some())
                .collect()
        });
        for choice in choices(possible.len()) {
            let cost = self.bytes.len() as u64 + 1;
            if cost > self.repair_octets_left {
                self.repair_octets_left = 0;
                return None;
            }
            self.repair_octets_left -= cost;
            let repairs: Vec<&BodyRepair> = choice
                .iter()
                .filter_map(|&index| possible.get(index).copied())
                .collect();
            let Some(body) = apply(self.bytes, &repairs) else {
                continue;
            };
            let digest = hash_body(&body, reading.0, reading.1, reading.2);
            if digest.hash == expected {
                let names = repairs.iter().map(|(name, _)| *name).collect();
                return Some(matching(&digest, reading.2, names));
            }
        }
        None
    }
}

/// The body after all repairs; `None` where one of them finds nothing to do.
fn apply<'a>(body: &'a [u8], repairs: &[&BodyRepair]) -> Option<Cow<'a, [u8]>> {
    repairs
        .iter()
        .try_fold(Cow::Borrowed(body), |body, (_, undo)| {
            undo(&body).map(Cow::Owned)
        })
}

/// What is to be said of a body that fits after these repairs.
pub(crate) fn matching(
    digest: &BodyDigest,
    length: Option<u64>,
    mut repairs: Vec<&'static str>,
) -> BodyCheck {
    if digest.has_bare_line_feed {
        repairs.insert(0, LINE_ENDS);
    }
    BodyCheck {
        result: BodyHash::Match,
        repairs,
        unsigned_tail_octets: tail(digest, length),
        given_up: None,
    }
}

fn tail(digest: &BodyDigest, length: Option<u64>) -> Option<u64> {
    length.map(|length| digest.n_octets.saturating_sub(length))
}
