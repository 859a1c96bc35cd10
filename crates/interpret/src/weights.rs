//! The table of weights.

use std::collections::BTreeMap;
use std::sync::Arc;

use mabillon_case::{Effect, Evidence, Finding};
use serde::Deserialize;

/// The weights that come with the program.
const BUILT_IN: &str = include_str!("../weights.toml");

/// Weights by test and code, and the dependence groups.
#[derive(Debug, Clone)]
pub struct Weights {
    /// By test and code.
    rows: BTreeMap<String, BTreeMap<String, Weight>>,
    groups: BTreeMap<String, Group>,
    fitted: Fitted,
}

/// What the measured weights were fitted on.
#[derive(Debug, Clone, Default, Deserialize)]
struct Fitted {
    seeds: Vec<u64>,
}

/// The weight of one finding code.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Weight {
    /// Id of the test.
    pub test: String,
    /// Code of the finding.
    pub code: String,
    /// Dependence group.
    pub group: Arc<str>,
    /// log10 of the likelihood ratio.
    pub log10_lr: f64,
    /// What it was by judgement, where a measurement took weight away.
    pub judgement: Option<f64>,
    /// How often it was found in genuine and in forged items of the corpus, where it was found there at all.
    pub counts: Option<String>,
    /// What it does beyond its weight.
    #[serde(default)]
    effect: EffectWord,
    /// Where the number comes from.
    pub obtained: String,
}

impl Weight {
    /// What it does beyond its weight.
    pub const fn effect(&self) -> Effect {
        match self.effect {
            EffectWord::Weighs => Effect::Weighs,
            EffectWord::Authenticates => Effect::Authenticates,
            EffectWord::Corroborates => Effect::Corroborates,
            EffectWord::Contradicts => Effect::Contradicts,
        }
    }

    /// Where the number comes from, with what was counted; a row that was not counted says so.
    pub fn source(&self) -> String {
        match (self.judgement, &self.counts) {
            (Some(judgement), Some(counts)) => format!(
                "measured: {counts} (corpus); before {judgement:+.1}, {}",
                self.obtained
            ),
            (_, Some(counts)) => format!("{}; counted: {counts} (corpus)", self.obtained),
            (_, None) => format!("{}; not counted", self.obtained),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EffectWord {
    #[default]
    Weighs,
    Authenticates,
    Corroborates,
    Contradicts,
}

/// A dependence group: findings that read the same clock, key or habit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Group {
    /// Name, as exported.
    pub name: String,
    /// What it is about, in plain words.
    pub says: String,
    /// The most it can say in either direction, log10.
    pub cap: f64,
    /// The most that agreement within it can say, log10, where that is less: who alters one thing leaves the rest as
    /// it was.
    pub cap_agreement: Option<f64>,
    /// The surface one edit breaks: groups of one surface are not independent.
    pub surface: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    fitted: Fitted,
    group: Vec<Group>,
    finding: Vec<Weight>,
}

/// Why a table of weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// It is no TOML, or a field is missing.
    #[error("the table of weights cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A row names a group that has no entry.
    #[error("the row of {test} {code} names the group {group}, which is not declared")]
    UnknownGroup {
        /// Id of the test.
        test: String,
        /// Code of the finding.
        code: String,
        /// The group.
        group: String,
    },
    /// Two rows for one code.
    #[error("there are two rows for {test} {code}")]
    Twice {
        /// Id of the test.
        test: String,
        /// Code of the finding.
        code: String,
    },
}

impl Weights {
    /// The weights that come with the program.
    ///
    /// # Errors
    /// The built-in table is broken; a test of this crate keeps that from happening.
    pub fn built_in() -> Result<Self, WeightsError> {
        Self::parse(BUILT_IN)
    }

    /// The text of the built-in table, for the record of what was used.
    pub const fn built_in_text() -> &'static str {
        BUILT_IN
    }

    /// Reads a table.
    ///
    /// # Errors
    /// It is no TOML, names an undeclared group, or holds two rows for one code.
    pub fn parse(table: &str) -> Result<Self, WeightsError> {
        let file: File = toml::from_str(table)?;
        let groups: BTreeMap<String, Group> = file
            .group
            .into_iter()
            .map(|group| (group.name.clone(), group))
            .collect();
        let mut rows: BTreeMap<String, BTreeMap<String, Weight>> = BTreeMap::new();
        for weight in file.finding {
            let (test, code) = (weight.test.clone(), weight.code.clone());
            if !groups.contains_key(&*weight.group) {
                return Err(WeightsError::UnknownGroup {
                    test,
                    code,
                    group: weight.group.to_string(),
                });
            }
            let of_test = rows.entry(test.clone()).or_default();
            if of_test.insert(code.clone(), weight).is_some() {
                return Err(WeightsError::Twice { test, code });
            }
        }
        Ok(Self {
            rows,
            groups,
            fitted: file.fitted,
        })
    }

    /// The weight of a finding code.
    pub fn of(&self, test: &str, code: &str) -> Option<&Weight> {
        self.rows.get(test)?.get(code)
    }

    /// Seeds of the collections that weights were fitted on; nothing may be judged on these.
    pub fn fitted_seeds(&self) -> &[u64] {
        &self.fitted.seeds
    }

    /// A dependence group by name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// All rows, in order of test and code.
    pub fn rows(&self) -> impl Iterator<Item = &Weight> {
        self.rows.values().flat_map(BTreeMap::values)
    }

    /// A finding with its weight. A code without a row weighs nothing.
    pub fn weigh(&self, finding: &Arc<Finding>) -> Evidence {
        let row = self.of(&finding.test, &finding.code);
        Evidence {
            finding: Arc::clone(finding),
            group: row.map(|row| Arc::clone(&row.group)).unwrap_or_default(),
            log10_lr: row.map_or(0.0, |row| row.log10_lr),
            effect: row.map_or(Effect::Weighs, Weight::effect),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Phishing is a dimension of its own: the messages are usually what was sent.
    #[test]
    fn phishing_never_moves_an_opinion() {
        let weights = Weights::built_in().unwrap();
        let rows: Vec<&Weight> = weights
            .rows()
            .filter(|row| row.test == "collection/credential-phishing" || &*row.group == "PHISH")
            .collect();
        assert_eq!(rows.len(), 3, "{rows:?}");
        for row in rows {
            assert!(
                row.log10_lr.abs() < f64::EPSILON && row.effect() == Effect::Weighs,
                "{row:?}"
            );
            assert_eq!(&*row.group, "PHISH", "{row:?}");
        }
        assert!(
            weights
                .group("PHISH")
                .is_some_and(|group| group.cap.abs() < f64::EPSILON)
        );
    }

    #[test]
    fn the_built_in_table_is_sound() {
        let weights = Weights::built_in().unwrap();
        for row in weights.rows() {
            let source = row.obtained.split(':').next();
            assert!(
                matches!(source, Some("measured" | "judgement")),
                "{} {}: obtained how?",
                row.test,
                row.code
            );
            assert!(row.log10_lr.abs() <= 6.0, "{} {}", row.test, row.code);
            match row.effect() {
                Effect::Authenticates | Effect::Corroborates => {
                    assert!(row.log10_lr >= 2.0, "{} {}", row.test, row.code);
                }
                Effect::Contradicts => assert!(row.log10_lr <= -3.0, "{} {}", row.test, row.code),
                Effect::Weighs => {}
            }
        }
    }
}
