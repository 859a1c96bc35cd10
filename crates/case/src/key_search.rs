//! What came of the search for a lost key.

use serde::{Deserialize, Serialize};

use crate::Stamp;

/// The search for the lost RSA key of one selector, from the signatures of the collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySearch {
    /// `selector._domainkey.domain`, lower case.
    pub name: String,
    /// Distinct signatures under this name.
    pub n_signatures: u64,
    /// Bits of the longest of them: the size of the key, up to 7 more.
    pub bits: u32,
    /// Pairs of signatures that were tried with the usual, long exponent.
    pub n_pairs: u64,
    /// How it ended.
    pub end: SearchEnd,
    /// The keys that were found. More than one: two hands signed under one name, or the key was changed.
    pub keys: Vec<FoundKey>,
}

/// How a search for a lost key ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SearchEnd {
    /// Every pair that was worth it was tried.
    Complete,
    /// Some pairs were tried, and the next ones would have cost more than was left to spend.
    OutOfBudget,
    /// Nothing was tried with the long exponent: others, which prove more, had spent what there was.
    NotTried,
    /// The user stopped it.
    Cancelled,
    /// Too few messages would be proved to be worth the work, which was not asked for.
    TooFew,
    /// Recovery was left out.
    LeftOut,
    /// It would take more memory than is allowed where nobody asked for it.
    TooLarge,
}

/// Octets of memory for each octet of the numbers that the recovery of a key computes with, at its peak: measured by
/// `cargo xtask recovery`.
const OCTETS_PER_OCTET: u64 = 25;

/// The most memory that the recovery of a key takes, in MiB: its numbers are powers of the signatures.
pub const fn recovery_mib(n_bits: u32, exponent: u32) -> u64 {
    let n_octets = n_bits as u64 / 8 * exponent as u64;
    n_octets * OCTETS_PER_OCTET / (1 << 20)
}

impl KeySearch {
    /// The most memory that its recovery takes with the usual exponent, in MiB.
    pub const fn memory_mib(&self) -> u64 {
        recovery_mib(self.bits, 65_537)
    }

    /// Whether more work could still find its key.
    pub fn is_unfinished(&self) -> bool {
        self.keys.is_empty() && self.end != SearchEnd::Complete
    }
}

/// One key that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundKey {
    /// The record that would publish it (RFC 6376, section 3.6.1).
    pub txt: String,
    /// Bits of its modulus.
    pub bits: u32,
    /// Its public exponent.
    pub exponent: u32,
    /// Signatures that it verifies as they stand.
    pub n_verified: u64,
    /// First and last time that messages verified by it state.
    pub used: Option<(Stamp, Stamp)>,
    /// What binds it to its owner, in plain words; empty where nothing does.
    pub anchor: String,
}
