//! Counts of opinions, alone and by name.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mabillon_case::Class;

use crate::limits::{MAX_NAME_CHARS, MAX_RANKING_ROWS, MAX_TALLY_NAMES};
use crate::printable::clip;

/// How many items got which class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassCounts([u64; Class::ALL.len()]);

impl From<[u64; Class::ALL.len()]> for ClassCounts {
    /// Items of each class, in the order of [`Class::ALL`].
    fn from(counts: [u64; Class::ALL.len()]) -> Self {
        Self(counts)
    }
}

impl ClassCounts {
    /// Items of this class.
    pub fn of(&self, class: Class) -> u64 {
        self.0.get(class as usize).copied().unwrap_or_default()
    }

    /// Items of all classes.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Each class with its count, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Class, u64)> + '_ {
        Class::ALL.into_iter().map(|class| (class, self.of(class)))
    }

    pub(super) fn count(&mut self, class: Class) {
        if let Some(count) = self.0.get_mut(class as usize) {
            *count += 1;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

/// Opinions by name: the names with most items first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ranking {
    /// The rows shown.
    pub rows: Vec<TallyRow>,
    /// Names left out.
    pub n_left_out: u64,
    /// Their counts together.
    pub left_out: ClassCounts,
}

/// One name of a ranking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TallyRow {
    /// The name, as it stands in the items.
    pub name: String,
    /// The counts.
    pub counts: ClassCounts,
}

/// Counts by name while the rows stream by.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: BTreeMap<String, ClassCounts>,
    /// Counts of names beyond the limit; how many names these were is not known.
    beyond: ClassCounts,
}

impl Tally {
    pub(super) fn count(&mut self, name: &str, class: Class) {
        let name = clip(name, MAX_NAME_CHARS);
        if let Some(counts) = self.counts.get_mut(&*name) {
            counts.count(class);
        } else if self.counts.len() < MAX_TALLY_NAMES {
            self.counts
                .entry(name.into_owned())
                .or_default()
                .count(class);
        } else {
            self.beyond.count(class);
        }
    }

    pub(super) fn finish(self) -> Ranking {
        let mut rows: Vec<TallyRow> = self
            .counts
            .into_iter()
            .map(|(name, counts)| TallyRow { name, counts })
            .collect();
        // The sort is stable and the map in order of name: equal counts stay in that order.
        rows.sort_by_key(|row| Reverse(row.counts.total()));
        let rest = rows.split_off(rows.len().min(MAX_RANKING_ROWS));
        let mut left_out = self.beyond;
        for row in &rest {
            left_out.add(&row.counts);
        }
        Ranking {
            rows,
            n_left_out: rest.len() as u64 + u64::from(self.beyond.total() > 0),
            left_out,
        }
    }
}
