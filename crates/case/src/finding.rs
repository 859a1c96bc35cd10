//! What tests give: outcomes, findings and, about our own reading, warnings.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{ItemId, Span};

/// One observation of one test on one item. It has no weight: weighing is the work of `interpret`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the test: `date/outlook-boundary-local-time`.
    pub test: Cow<'static, str>,
    /// Code of the finding, one of those the test declares: `offset-agrees`.
    pub code: Cow<'static, str>,
    /// One or two plain sentences: what was seen, with the values, before what it may mean.
    pub says: String,
    /// Where in the exact bytes of the item it was seen.
    pub at: Option<Span>,
    /// The other item it was compared with, if any.
    pub compared_with: Option<ItemId>,
    /// How the two differ, where they do.
    pub difference: Option<Difference>,
}

impl Finding {
    /// A finding without a place; add one with [`Finding::at`].
    pub fn new(code: &'static str, says: impl Into<String>) -> Self {
        Self {
            test: Cow::Borrowed(""),
            code: Cow::Borrowed(code),
            says: says.into(),
            at: None,
            compared_with: None,
            difference: None,
        }
    }

    /// The same finding, seen at `span`.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.at = Some(span);
        self
    }

    /// The same finding, made by comparison with `other`.
    #[must_use]
    pub fn compared_with(mut self, other: ItemId) -> Self {
        self.compared_with = Some(other);
        self
    }

    /// The same finding with the difference shown.
    #[must_use]
    pub fn differing(mut self, difference: Difference) -> Self {
        self.difference = Some(difference);
        self
    }
}

/// The difference between this item and another, word by word, shortened to what changed and its surroundings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Difference {
    /// What is compared: "text", "Subject", "attachment budget.xlsx".
    pub of: String,
    /// Runs of words in reading order.
    pub changes: Vec<Change>,
}

/// One run of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// In both.
    Same(String),
    /// Only in this item.
    OnlyHere(String),
    /// Only in the other item.
    OnlyThere(String),
    /// Words that are alike in both and left out for brevity; their number.
    Skipped(u32),
}

/// What came of one test on one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The test has nothing to examine here, for this reason. Not the same as "found nothing".
    NotApplicable(&'static str),
    /// What was seen; agreement is a finding too.
    Observed(Vec<Finding>),
    /// The test itself failed (it panicked, or a bound was reached), for this reason.
    Failed(String),
}

impl Outcome {
    /// One observation.
    pub fn one(finding: Finding) -> Self {
        Self::Observed(vec![finding])
    }
}

/// A test that gave no finding on an item, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotRun {
    /// Id of the test.
    pub test: Cow<'static, str>,
    /// The reason.
    pub reason: Cow<'static, str>,
    /// Whether the test failed, rather than not applying.
    pub failed: bool,
}

/// Something about our own reading of an item, never about the item: a limit reached, a charset unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Kebab-case code: `part-limit`.
    pub code: Cow<'static, str>,
    /// Plain words.
    pub says: String,
}

impl Warning {
    /// A warning.
    pub fn new(code: &'static str, says: impl Into<String>) -> Self {
        Self {
            code: Cow::Borrowed(code),
            says: says.into(),
        }
    }
}
