//! Tests of one item against the collection as a whole, run in the group pass.

use std::borrow::Cow;
use std::num::NonZeroU8;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mabillon_case::{CollectionRecord, Facts, Finding, NotRun, Outcome, Row};

use crate::item::{named, not_run_row};
use crate::{Run, TESTS, Test, World};

/// What came of these tests on some items.
#[derive(Debug, Default)]
pub(crate) struct InCollection {
    /// The findings, in order of the items and then of the tests, each with the place of its item among them.
    pub(crate) findings: Vec<(usize, Finding)>,
    /// Why the others gave none.
    pub(crate) tally: Tally,
}

/// Why a test gave no finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
pub(crate) fn examine(facts: &[Row<'_>], record: &CollectionRecord, world: &World) -> InCollection {
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
            done.tally.add(reason);
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

/// Why these tests gave no finding, of all items.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// For each item and each test, in order, the number of the reason in `said`; `None` where there was a finding.
    numbers: Vec<Option<NonZeroU8>>,
    /// Every reason once: they are few, and the items many.
    said: Vec<Reason>,
}

impl Tally {
    /// Adds what came of the next test.
    fn add(&mut self, reason: Option<Reason>) {
        let number = reason.map(|reason| self.number(reason));
        self.numbers.push(number);
    }

    /// Adds what came of the tests on the items that follow.
    pub(crate) fn append(&mut self, other: &Self) {
        let renumbered: Vec<NonZeroU8> = other.said.iter().map(|one| self.number(*one)).collect();
        let number = |number: &NonZeroU8| renumbered.get(usize::from(number.get()) - 1).copied();
        let numbers = other.numbers.iter();
        self.numbers
            .extend(numbers.map(|one| one.as_ref().and_then(number)));
    }

    /// The tests that gave no finding on the item at this place, with the reason.
    pub(crate) fn not_run(&self, index: usize) -> impl Iterator<Item = NotRun> {
        let n_tests = tests().count();
        let numbers = self.numbers.get(index * n_tests..).unwrap_or_default();
        tests().zip(numbers).filter_map(|(test, number)| {
            let number = usize::from(number.as_ref()?.get());
            Some(not_run(test, *self.said.get(number - 1)?))
        })
    }

    fn number(&mut self, reason: Reason) -> NonZeroU8 {
        let known = self.said.iter().position(|one| *one == reason);
        let place = known.unwrap_or_else(|| {
            self.said.push(reason);
            self.said.len() - 1
        });
        // There are as many reasons as the tests have words for, far fewer than 255.
        u8::try_from(place + 1)
            .ok()
            .and_then(NonZeroU8::new)
            .unwrap_or(NonZeroU8::MAX)
    }
}

/// The row of a test that gave no finding.
fn not_run(test: &Test, reason: Reason) -> NotRun {
    match reason {
        Reason::NotApplicable(reason) => not_run_row(test, Cow::Borrowed(reason), false),
        Reason::Failed => not_run_row(
            test,
            Cow::Borrowed("the test stopped with an internal error"),
            true,
        ),
    }
}
