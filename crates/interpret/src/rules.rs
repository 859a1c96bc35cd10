//! The rules of the six classes. The first that fits decides.

use std::sync::Arc;

use mabillon_case::{Basis, Class, Effect, Evidence, Finding, Opinion, verbal_scale};

use crate::combine::{TOTAL_SHOWN_MAX, groups, total};
use crate::{Weights, WeightsError};

/// A group with this weight or less is enough to question an item.
const GROUP_QUESTIONS: f64 = -2.5;
/// A total of this or less questions an item.
const TOTAL_QUESTIONS: f64 = -1.5;
/// A group with this weight or less keeps an item from being corroborated.
const GROUP_DISTURBS: f64 = -1.0;
/// A group with this weight or less keeps an item from being consistent: nothing may speak against it.
const GROUP_SPEAKS_AGAINST: f64 = -0.5;
/// Independent agreement of at least this weight corroborates.
const CORROBORATES_MIN: f64 = 2.0;
/// Groups that must have spoken before an item is called consistent.
const CONSISTENT_GROUPS_MIN: usize = 3;
/// The total it needs for that.
const CONSISTENT_TOTAL_MIN: f64 = 0.5;
/// What a proof or a demonstration is exported as (log10): the bound of the scale, not a measured ratio.
const DEMONSTRATED: f64 = 6.0;
/// Findings about keys and signatures: only these can speak against a proof by signature.
const SIGNATURE_GROUP: &str = "DKIM";

/// What an opinion is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A message, document, picture or other file.
    Item,
    /// A mailbox or archive: its contents are judged one by one, itself not.
    Container,
    /// Something that could not be examined.
    NotExamined,
}

/// Turns findings into opinions.
#[derive(Debug, Clone)]
pub struct Interpreter {
    weights: Weights,
}

impl Interpreter {
    /// With the built-in weights.
    ///
    /// # Errors
    /// The built-in table is broken; a test keeps that from happening.
    pub fn built_in() -> Result<Self, WeightsError> {
        Ok(Self {
            weights: Weights::built_in()?,
        })
    }

    /// With other weights.
    pub const fn with(weights: Weights) -> Self {
        Self { weights }
    }

    /// The weights in use.
    pub const fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The opinion that these findings of one item add up to. Their order does not matter.
    pub fn opinion<'a>(
        &self,
        findings: impl IntoIterator<Item = &'a Arc<Finding>>,
        subject: Subject,
    ) -> Opinion {
        let evidence: Vec<Evidence> = findings
            .into_iter()
            .map(|finding| self.weights.weigh(finding))
            .collect();
        let groups = groups(&self.weights, &evidence);
        let sum = total(&self.weights, &groups);
        let scales = Scales {
            evidence: &evidence,
            groups: &groups,
            total: sum,
        };
        let decided = match subject {
            Subject::Item => scales.decide(),
            Subject::Container => Decision::nothing("Its contents are judged one by one."),
            Subject::NotExamined => Decision::nothing("It could not be examined."),
        };
        let log10_lr = decided
            .proof
            // An empty sum is negative zero, which is written differently.
            .unwrap_or_else(|| sum.clamp(-TOTAL_SHOWN_MAX, TOTAL_SHOWN_MAX) + 0.0);
        Opinion {
            class: decided.class,
            basis: decided.basis,
            log10_lr,
            words: words(&decided, log10_lr),
            because: decided.because,
            evidence,
            groups,
        }
    }
}

fn words(decided: &Decision, log10_lr: f64) -> String {
    match decided.basis {
        Basis::Signature => "proved by signature".to_owned(),
        Basis::Demonstrated => "demonstrated".to_owned(),
        _ => {
            let (words, range) = verbal_scale(log10_lr);
            format!("{words} (findings {range} as probable)")
        }
    }
}

/// What a rule decided.
struct Decision {
    class: Class,
    basis: Basis,
    /// The exported value, where a proof or demonstration takes the place of a sum.
    proof: Option<f64>,
    because: String,
}

impl Decision {
    fn new(class: Class, basis: Basis, because: impl Into<String>) -> Self {
        Self {
            class,
            basis,
            proof: None,
            because: because.into(),
        }
    }

    fn nothing(because: &str) -> Self {
        Self::new(Class::Unresolved, Basis::None, because)
    }

    fn proved(self, log10_lr: f64) -> Self {
        Self {
            proof: Some(log10_lr),
            ..self
        }
    }
}

/// The evidence on one item, summed up.
struct Scales<'a> {
    evidence: &'a [Evidence],
    groups: &'a [(String, f64)],
    total: f64,
}

impl Scales<'_> {
    fn decide(&self) -> Decision {
        self.contradicted()
            .or_else(|| self.authenticated())
            .or_else(|| self.corroborated())
            .or_else(|| self.questioned())
            .or_else(|| self.consistent())
            .unwrap_or_else(|| self.unresolved())
    }

    fn with_effect(&self, effect: Effect) -> Option<&Evidence> {
        self.evidence.iter().find(|row| row.effect == effect)
    }

    fn contradicted(&self) -> Option<Decision> {
        let row = self.with_effect(Effect::Contradicts)?;
        Some(
            Decision::new(
                Class::Contradicted,
                Basis::Demonstrated,
                row.finding.says.clone(),
            )
            .proved(-DEMONSTRATED),
        )
    }

    /// A proof stands unless a finding about keys and signatures themselves speaks against it: clocks and shapes
    /// inside signed bytes were so when they were signed.
    fn authenticated(&self) -> Option<Decision> {
        let row = self.with_effect(Effect::Authenticates)?;
        if self
            .group(SIGNATURE_GROUP)
            .is_some_and(|value| value <= GROUP_QUESTIONS)
        {
            return Some(Decision::new(
                Class::Questioned,
                Basis::Inferred,
                "A signature verifies, but findings about its key speak against it: the key may have been misused.",
            ));
        }
        Some(
            Decision::new(
                Class::Authenticated,
                Basis::Signature,
                row.finding.says.clone(),
            )
            .proved(DEMONSTRATED),
        )
    }

    fn corroborated(&self) -> Option<Decision> {
        let row = self.with_effect(Effect::Corroborates)?;
        let agrees = row.log10_lr >= CORROBORATES_MIN && !self.any_group_at_most(GROUP_DISTURBS);
        agrees.then(|| {
            Decision::new(
                Class::Corroborated,
                Basis::Corroboration,
                row.finding.says.clone(),
            )
        })
    }

    fn questioned(&self) -> Option<Decision> {
        let doubted = self.total <= TOTAL_QUESTIONS || self.any_group_at_most(GROUP_QUESTIONS);
        doubted.then(|| Decision::new(Class::Questioned, Basis::Inferred, self.heaviest_doubt()))
    }

    fn consistent(&self) -> Option<Decision> {
        let fits = self.groups.len() >= CONSISTENT_GROUPS_MIN
            && self.total >= CONSISTENT_TOTAL_MIN
            && !self.any_group_at_most(GROUP_SPEAKS_AGAINST);
        fits.then(|| {
            let because = format!(
                "{} independent groups of tests apply and nothing speaks against it.",
                self.groups.len()
            );
            Decision::new(Class::Consistent, Basis::Inferred, because)
        })
    }

    fn unresolved(&self) -> Decision {
        let because = if self.groups.is_empty() {
            "No test has anything to say about it.".to_owned()
        } else {
            "What was found is too little to say more.".to_owned()
        };
        let basis = if self.groups.is_empty() {
            Basis::None
        } else {
            Basis::Inferred
        };
        Decision::new(Class::Unresolved, basis, because)
    }

    fn group(&self, name: &str) -> Option<f64> {
        self.groups
            .iter()
            .find(|(group, _)| group == name)
            .map(|(_, value)| *value)
    }

    fn any_group_at_most(&self, bound: f64) -> bool {
        self.groups.iter().any(|(_, value)| *value <= bound)
    }

    fn heaviest_doubt(&self) -> String {
        self.evidence
            .iter()
            .min_by(|a, b| a.log10_lr.total_cmp(&b.log10_lr))
            .map(|row| row.finding.says.clone())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
