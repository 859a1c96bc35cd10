//! Tests of one item against the collection as a whole, run in the group pass.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mabillon_case::{CollectionRecord, Facts, Finding, NotRun, Outcome};

use crate::item::{named, not_run_row};
use crate::{Run, TESTS, Test, World};

/// What came of these tests on some items.
#[derive(Debug, Default)]
pub(crate) struct InCollection {
    /// The findings, in order of the items and then of the tests, each with the place of its item among them.
    pub(crate) findings: Vec<(usize, Finding)>,
    /// For each item and each test, in order, why it gave no finding; `None` where it gave one.
    pub(crate) reasons: Vec<Option<Reason>>,
}

/// Why a test gave no finding.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reason {
    /// It does not apply.
    NotApplicable(&'static str),
    /// It stopped with an internal error.
    Failed,
}

/// The tests, in the order of [`TESTS`].
pub(crate) fn tests() -> impl Iterator<Item = &'static Test> + Clone {
    TESTS
        .iter()
        .copied()
        .filter(|test| matches!(test.run, Run::InCollection(_)))
}

/// Runs them on these items.
pub(crate) fn examine(facts: &[Facts], record: &CollectionRecord, world: &World) -> InCollection {
    let mut done = InCollection::default();
    for (place, row) in facts.iter().enumerate() {
        for test in tests() {
            let reason = match outcome(test, row, record, world) {
                Outcome::Observed(findings) => {
                    done.findings
                        .extend(findings.into_iter().map(|finding| (place, finding)));
                    None
                }
                Outcome::NotApplicable(reason) => Some(Reason::NotApplicable(reason)),
                Outcome::Failed(_) => Some(Reason::Failed),
            };
            done.reasons.push(reason);
        }
    }
    done
}

fn outcome(test: &Test, row: &Facts, record: &CollectionRecord, world: &World) -> Outcome {
    let Run::InCollection(run) = test.run else {
        return Outcome::NotApplicable("it is of another pass");
    };
    if !row.in_collection() {
        return Outcome::NotApplicable("it is one of the originals");
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| run(row, record, world)))
        .unwrap_or_else(|_| Outcome::Failed("the test stopped with an internal error".into()));
    named(test, outcome)
}

/// The row of a test that gave no finding.
pub(crate) fn not_run(test: &Test, reason: Reason) -> NotRun {
    match reason {
        Reason::NotApplicable(reason) => not_run_row(test, Cow::Borrowed(reason), false),
        Reason::Failed => not_run_row(
            test,
            Cow::Borrowed("the test stopped with an internal error"),
            true,
        ),
    }
}
