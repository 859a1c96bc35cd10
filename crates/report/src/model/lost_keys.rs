//! Keys that were lost, and what the search for them came to.

use std::cmp::Reverse;

use mabillon_case::KeySearch;

use crate::limits::{MAX_KEY_ROWS, MAX_NAME_CHARS, MAX_TEXT_CHARS};
use crate::lost_keys::outcome_of;
use crate::printable::clip;

/// All lost keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LostKeySummary {
    /// Selectors with two signatures or more and no key.
    pub n_selectors: u64,
    /// Of these, the ones for which a key was recovered.
    pub n_recovered: u64,
    /// Of these, the ones with a key that is anchored.
    pub n_anchored: u64,
    /// Of all, the ones that were not tried to the end: more work could still find their key.
    pub n_unfinished: u64,
    /// The rows shown: those with most signatures first.
    pub rows: Vec<LostKeyRow>,
    /// Selectors left out of the rows.
    pub n_left_out: u64,
}

/// One selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostKeyRow {
    /// `selector._domainkey.domain`.
    pub name: String,
    /// Different signatures under this name.
    pub n_signatures: u64,
    /// Bits of the longest of them.
    pub bits: u32,
    /// What the search came to, in plain words.
    pub outcome: String,
}

impl LostKeySummary {
    pub(super) fn of(searches: &[KeySearch]) -> Self {
        let count = |test: fn(&KeySearch) -> bool| {
            let matching = searches.iter().filter(|search| test(search));
            matching.count() as u64
        };
        let mut sorted: Vec<&KeySearch> = searches.iter().collect();
        sorted.sort_by_key(|search| (Reverse(search.n_signatures), &search.name));
        let rows: Vec<LostKeyRow> = sorted
            .iter()
            .take(MAX_KEY_ROWS)
            .map(|one| row(one))
            .collect();
        Self {
            n_selectors: searches.len() as u64,
            n_recovered: count(|one| !one.keys.is_empty()),
            n_anchored: count(|one| one.keys.iter().any(|key| !key.anchor.is_empty())),
            n_unfinished: count(KeySearch::is_unfinished),
            n_left_out: (searches.len() - rows.len()) as u64,
            rows,
        }
    }
}

fn row(search: &KeySearch) -> LostKeyRow {
    LostKeyRow {
        name: clip(&search.name, MAX_NAME_CHARS).into_owned(),
        n_signatures: search.n_signatures,
        bits: search.bits,
        outcome: clip(&outcome_of(search), MAX_TEXT_CHARS).into_owned(),
    }
}
