//! All lost selectors of a collection, within one budget of work.
//!
//! In rounds: each selector is tried once before any is tried again, those whose keys would prove most come first, and
//! what a round may cost is known before it begins. So the result depends on the collection and the budget, and neither
//! on the speed of the machine nor on the number of threads.

use mabillon_case::{FoundKey, KeySearch, SearchEnd};

use super::limits::{
    KNOWN_KEYS_MAX, UNASKED_MEMORY_MIB, UNASKED_SECONDS, UNASKED_WORTH_MIN, WORK_PER_SECOND,
};
use super::recover::{Attempt, Found, SelectorSearch};
use super::recovered::RecoveredKey;
use super::sighting::Candidate;
use crate::signature::{KeyArchive, KeyRow, PublicKey};

/// What a search may cost, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Units of [`Attempt::work`].
    work: u64,
    /// Messages whose origin a key may prove: see [`Candidate::is_worth`].
    worth_min: usize,
    /// Of one attempt: see [`Attempt::memory_mib`].
    memory_mib: u64,
}

impl Allowance {
    /// Every selector is tried to the end.
    pub const UNBOUNDED: Self = Self {
        work: u64::MAX,
        worth_min: 0,
        memory_mib: u64::MAX,
    };

    /// The work that one core of an ordinary processor does in so many seconds, for any selector.
    pub const fn seconds(seconds: u64) -> Self {
        Self {
            work: seconds.saturating_mul(WORK_PER_SECOND),
            ..Self::UNBOUNDED
        }
    }

    /// What a search may cost that nobody asked for: it is made only where it proves much.
    pub const fn unasked() -> Self {
        Self {
            worth_min: UNASKED_WORTH_MIN,
            memory_mib: UNASKED_MEMORY_MIB,
            ..Self::seconds(UNASKED_SECONDS)
        }
    }
}

/// The search for all lost keys.
#[derive(Debug)]
pub struct Search<'c> {
    selectors: Vec<SelectorSearch<'c>>,
    allowance: Allowance,
    /// Units of work that are left.
    left: u64,
    is_cancelled: bool,
}

/// One attempt of a round.
#[derive(Debug, Clone)]
pub struct Step {
    selector: usize,
    /// What is to be tried.
    pub attempt: Attempt,
}

impl<'c> Search<'c> {
    /// Begins a search. Keys that are known already are tried at once: senders of different domains share them where
    /// they use the same service.
    pub fn new(candidates: &'c [Candidate], allowance: Allowance, known: &KeyArchive) -> Self {
        let mut search = Self {
            selectors: candidates.iter().map(SelectorSearch::new).collect(),
            allowance,
            left: allowance.work,
            is_cancelled: false,
        };
        let known = known.rows().iter().filter_map(KeyRow::key);
        let known: Vec<Found> = known.filter_map(found_of).take(KNOWN_KEYS_MAX).collect();
        search.share(&known);
        search
    }

    /// The attempts of the next round, which do not depend on one another; none where the search has ended.
    pub fn round(&mut self) -> Vec<Step> {
        if self.is_cancelled {
            return Vec::new();
        }
        let mut steps = Vec::new();
        for (selector, search) in self.selectors.iter().enumerate() {
            let is_worth_it = search.candidate.is_worth(self.allowance.worth_min);
            let Some(attempt) = search.next().filter(|_| is_worth_it) else {
                continue;
            };
            if attempt.memory_mib() > self.allowance.memory_mib {
                continue;
            }
            // What does not fit is left out, and cheaper ones behind it may still fit.
            if let Some(left) = self.left.checked_sub(attempt.work()) {
                self.left = left;
                steps.push(Step { selector, attempt });
            }
        }
        steps
    }

    /// Takes note of what came of a round: one result for each of its steps, in order.
    pub fn take(&mut self, results: &[(Step, Option<Found>)]) {
        let mut n_keys = Vec::new();
        for (step, found) in results {
            if let Some(search) = self.selectors.get_mut(step.selector) {
                n_keys.push((step.selector, search.keys.len()));
                search.take(found.as_ref());
            }
        }
        let new: Vec<Found> = n_keys
            .into_iter()
            .filter_map(|(selector, before)| self.selectors.get(selector)?.keys.get(before))
            .map(|key| Found {
                modulus: key.modulus.clone(),
                exponent: key.exponent,
            })
            .collect();
        self.share(&new);
    }

    /// Ends the search here; [`Self::finish`] says so.
    pub fn cancel(&mut self) {
        self.is_cancelled = true;
    }

    fn share(&mut self, known: &[Found]) {
        for search in &mut self.selectors {
            for key in known {
                search.try_known(key);
            }
        }
    }

    /// What was found, and of each selector how far the search came; in the order of the candidates.
    pub fn finish(self, known: &KeyArchive) -> Vec<KeySearch> {
        let (is_cancelled, allowance) = (self.is_cancelled, self.allowance);
        self.selectors
            .into_iter()
            .map(|search| KeySearch {
                name: search.candidate.name.clone(),
                n_signatures: search.candidate.sightings.len() as u64,
                bits: bits(search.candidate),
                n_pairs: search.n_long,
                end: match search.next() {
                    None => SearchEnd::Complete,
                    Some(_) if is_cancelled => SearchEnd::Cancelled,
                    Some(_) if allowance.work == 0 => SearchEnd::LeftOut,
                    Some(_) if !search.candidate.is_worth(allowance.worth_min) => SearchEnd::TooFew,
                    Some(next) if next.memory_mib() > allowance.memory_mib => SearchEnd::TooLarge,
                    Some(_) if search.n_long == 0 && search.keys.is_empty() => SearchEnd::NotTried,
                    Some(_) => SearchEnd::OutOfBudget,
                },
                keys: search
                    .keys
                    .iter()
                    .map(|key| found_key(key, known, &search.keys))
                    .collect(),
            })
            .collect()
    }
}

fn bits(candidate: &Candidate) -> u32 {
    let lengths = candidate.sightings.iter().map(|one| one.value.len());
    let n_octets = lengths.max().unwrap_or_default();
    u32::try_from(8 * n_octets).unwrap_or(u32::MAX)
}

fn found_of(key: &PublicKey) -> Option<Found> {
    let exponent = key.exponent()?;
    Some(Found {
        modulus: key.modulus()?.to_vec(),
        exponent,
    })
}

pub(super) fn found_key(
    key: &RecoveredKey,
    known: &KeyArchive,
    found: &[RecoveredKey],
) -> FoundKey {
    FoundKey {
        txt: key.txt(),
        bits: key.bits,
        exponent: key.exponent,
        n_verified: key.verified.len() as u64,
        used: key.used(),
        anchor: key
            .anchor(known, found)
            .map(|anchor| anchor.to_string())
            .unwrap_or_default(),
    }
}
