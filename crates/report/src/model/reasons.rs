//! What was not done, by reason, with examples; and warnings by code.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mabillon_case::Warning;

use crate::limits::{MAX_EXAMPLES, MAX_REASONS, MAX_TEXT_CHARS};
use crate::printable::clip;

/// Reasons, the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reasons {
    /// Number of items.
    pub n_items: u64,
    /// One row for each reason.
    pub rows: Vec<ReasonRow>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonRow {
    /// The reason, in plain words.
    pub reason: String,
    /// Number of items.
    pub n_items: u64,
    /// Their size in bytes.
    pub size_bytes: u64,
    /// Places of the first few.
    pub examples: Vec<String>,
}

/// Warnings of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarningRow {
    /// The code.
    pub code: String,
    /// How often it was given.
    pub n: u64,
    /// What the first one says.
    pub says: String,
    /// Where the first one was given.
    pub example: String,
}

/// The reason under which reasons beyond the limit are counted.
const OTHER_REASONS: &str = "other reasons (each is in the JSONL export)";

/// Reasons while the rows stream by.
#[derive(Debug, Default)]
pub(super) struct ReasonTally {
    n_items: u64,
    rows: BTreeMap<String, ReasonRow>,
}

impl ReasonTally {
    pub(super) fn count(&mut self, reason: &str, size_bytes: u64, place: &str) {
        self.n_items += 1;
        let reason = clip(reason, MAX_TEXT_CHARS);
        let is_known = self.rows.contains_key(&*reason) || self.rows.len() < MAX_REASONS;
        let name = if is_known { &*reason } else { OTHER_REASONS };
        let row = self
            .rows
            .entry(name.to_owned())
            .or_insert_with(|| ReasonRow {
                reason: name.to_owned(),
                n_items: 0,
                size_bytes: 0,
                examples: Vec::new(),
            });
        row.n_items += 1;
        row.size_bytes = row.size_bytes.saturating_add(size_bytes);
        if row.examples.len() < MAX_EXAMPLES && !place.is_empty() {
            row.examples.push(clip(place, MAX_TEXT_CHARS).into_owned());
        }
    }

    pub(super) fn finish(self) -> Reasons {
        let mut rows: Vec<ReasonRow> = self.rows.into_values().collect();
        rows.sort_by_key(|row| Reverse(row.n_items));
        Reasons {
            n_items: self.n_items,
            rows,
        }
    }
}

/// Warnings while the rows stream by.
#[derive(Debug, Default)]
pub(super) struct WarningTally {
    rows: BTreeMap<String, WarningRow>,
}

impl WarningTally {
    pub(super) fn count(&mut self, warning: &Warning, place: &str) {
        if let Some(row) = self.rows.get_mut(&*warning.code) {
            row.n += 1;
        } else if self.rows.len() < MAX_REASONS {
            let row = WarningRow {
                code: warning.code.to_string(),
                n: 1,
                says: clip(&warning.says, MAX_TEXT_CHARS).into_owned(),
                example: clip(place, MAX_TEXT_CHARS).into_owned(),
            };
            self.rows.insert(warning.code.to_string(), row);
        }
    }

    pub(super) fn finish(self) -> Vec<WarningRow> {
        let mut rows: Vec<WarningRow> = self.rows.into_values().collect();
        rows.sort_by_key(|row| Reverse(row.n));
        rows
    }
}
