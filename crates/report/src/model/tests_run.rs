//! How often each test gave a finding, did not apply, or failed.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use mabillon_case::{Finding, NotRun};

use crate::limits::MAX_REASONS;

/// What came of one test over the whole collection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestRow {
    /// Its id.
    pub test: String,
    /// Items it gave a finding on.
    pub n_items: u64,
    /// Its findings by code, the most frequent first.
    pub codes: Vec<CodeRow>,
    /// Items it did not apply to.
    pub n_not_applicable: u64,
    /// Why it did not apply, the most frequent first.
    pub reasons: Vec<(String, u64)>,
    /// Items it failed on.
    pub n_failed: u64,
    /// How it failed the first time; empty where it never did.
    pub failure: String,
}

/// One finding code and how often it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRow {
    /// The code.
    pub code: String,
    /// Number of findings.
    pub n: u64,
}

#[derive(Debug, Default)]
struct Seen {
    n_items: u64,
    codes: BTreeMap<String, u64>,
    n_not_applicable: u64,
    reasons: BTreeMap<String, u64>,
    n_failed: u64,
    failure: String,
}

/// Tests while the rows stream by.
#[derive(Debug, Default)]
pub(super) struct TestTally {
    tests: BTreeMap<String, Seen>,
}

impl TestTally {
    pub(super) fn count(&mut self, findings: &[Arc<Finding>], not_run: &[Arc<NotRun>]) {
        let mut last = "";
        for finding in findings {
            self.with(&finding.test, |seen| {
                // Findings of one test stand together; a test counts once for an item.
                seen.n_items += u64::from(last != finding.test);
                add_one(&mut seen.codes, &finding.code);
            });
            last = &finding.test;
        }
        for not_run in not_run {
            self.with(&not_run.test, |seen| seen.not_run(not_run));
        }
    }

    /// The tests that ran in their order, then any others that gave findings.
    pub(super) fn finish(mut self, order: &[String]) -> Vec<TestRow> {
        let mut rows: Vec<TestRow> = order
            .iter()
            .map(|test| test_row(test.clone(), self.tests.remove(test).unwrap_or_default()))
            .collect();
        rows.extend(
            self.tests
                .into_iter()
                .map(|(test, seen)| test_row(test, seen)),
        );
        rows
    }

    /// Counts in the row of this test, without an allocation where the row is there: this runs for every test on
    /// every item.
    fn with(&mut self, test: &str, count: impl FnOnce(&mut Seen)) {
        if let Some(seen) = self.tests.get_mut(test) {
            count(seen);
        } else {
            count(self.tests.entry(test.to_owned()).or_default());
        }
    }
}

impl Seen {
    fn not_run(&mut self, not_run: &NotRun) {
        if !not_run.failed {
            self.n_not_applicable += 1;
            add_one(&mut self.reasons, &not_run.reason);
            return;
        }
        self.n_failed += 1;
        if self.failure.is_empty() {
            self.failure = not_run.reason.to_string();
        }
    }
}

fn add_one(counts: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else if counts.len() < MAX_REASONS {
        counts.insert(name.to_owned(), 1);
    }
}

fn test_row(test: String, seen: Seen) -> TestRow {
    let mut codes: Vec<CodeRow> = seen
        .codes
        .into_iter()
        .map(|(code, n)| CodeRow { code, n })
        .collect();
    codes.sort_by_key(|row| Reverse(row.n));
    let mut reasons: Vec<(String, u64)> = seen.reasons.into_iter().collect();
    reasons.sort_by_key(|(_, n)| Reverse(*n));
    TestRow {
        test,
        n_items: seen.n_items,
        codes,
        n_not_applicable: seen.n_not_applicable,
        reasons,
        n_failed: seen.n_failed,
        failure: seen.failure,
    }
}
