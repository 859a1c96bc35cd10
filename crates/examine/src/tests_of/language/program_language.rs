//! In which language did the program run that saved a document last?

use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::{Facts, Finding, ItemId};

use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

/// Documents with a known language that a collection must hold before one of them can be unusual.
const DOCUMENTS_MIN: usize = 8;
/// People who saved them last, at least: one person's habit is no custom.
const SAVERS_MIN: usize = 3;
/// The share of savers with one language that makes it the usual one.
const USUAL_SHARE_MIN: f64 = 0.6;
/// A language that a larger share of savers use is not unusual.
const UNUSUAL_SHARE_MAX: f64 = 0.34;

declare_test! {
    /// The program that saved a document last ran in a language usual for the collection.
    ///
    /// ## What it examines
    /// Words that Office programs write into a document in their own language, apart from anything the author typed:
    /// the headings of the document properties ("Worksheets", "Feuilles de calcul") and the default names of sheets.
    /// Each language is counted by the people who saved documents of the collection last, each person once.
    /// ## Why it matters
    /// Opening and saving a document in a program of another language rewrites these words.
    /// In the leak of the French campaign in 2017, spreadsheets had last been saved by an Excel set to Russian.
    /// It shows that a file was handled by such a program; not who did it, and not that its content was changed.
    /// ## Innocent explanations
    /// Staff and partners who work in other languages; files that came from abroad; programs that imitate Office;
    /// traces laid on purpose.
    /// ## References
    /// - ISO/IEC 29500-1, section 22.2 (`HeadingPairs`, `TitlesOfParts`)
    pub(crate) static PROGRAM_LANGUAGE = {
        id: "language/program-language",
        findings: &["usual-language", "unusual-language"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it shows no language of the program that saved it",
            needs_text: false,
            members_min: DOCUMENTS_MIN,
            examine: program_language,
        }),
    }
}

fn language(facts: &Facts) -> Option<&str> {
    let language = &facts.document.as_ref()?.ui_language;
    (facts.in_collection() && !language.is_empty()).then_some(language)
}

/// All documents whose language is known form one group; places are known only in the group pass.
fn keys(facts: &Facts) -> Vec<Key> {
    language(facts)
        .map(|_| Key::of(&[b"program language"]))
        .into_iter()
        .collect()
}

fn program_language(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let customs = Customs::of(group);
    let Some(usual) = customs.usual() else {
        return Vec::new();
    };
    group
        .members
        .iter()
        .filter_map(|member| {
            let own = language(member.facts)?;
            let saved = format!("It was last saved by a program whose language was \"{own}\"");
            let (n_usual, n_all) = (customs.n_savers(usual), customs.n_all);
            let finding = if own == usual {
                let says = format!("{saved}, as those of {n_usual} of {n_all} people who saved documents of the collection.");
                Finding::new("usual-language", says)
            } else if customs.share(own) <= UNUSUAL_SHARE_MAX {
                let says = format!("{saved}; the programs of {n_usual} of {n_all} people who saved documents of the collection have \"{usual}\".");
                Finding::new("unusual-language", says)
            } else {
                return None;
            };
            Some((member.facts.item, finding))
        })
        .collect()
}

/// Who saves in which language. Each saver counts once, so that one hand cannot make a custom by saving much.
struct Customs<'a> {
    /// Number of savers by language.
    n_savers: BTreeMap<&'a str, usize>,
    n_all: usize,
}

impl<'a> Customs<'a> {
    fn of(group: &Group<'a>) -> Self {
        let savers: BTreeSet<(&str, &str)> = group
            .members
            .iter()
            .filter_map(|member| {
                let saver = member.facts.document.as_ref()?.last_modified_by.as_str();
                Some((language(member.facts)?, saver))
            })
            .collect();
        let mut n_savers = BTreeMap::new();
        for (language, _) in &savers {
            *n_savers.entry(*language).or_default() += 1;
        }
        Self {
            n_savers,
            n_all: savers.len(),
        }
    }

    fn n_savers(&self, of: &str) -> usize {
        self.n_savers.get(of).copied().unwrap_or(0)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of people are far below 2^52"
    )]
    fn share(&self, language: &str) -> f64 {
        self.n_savers(language) as f64 / self.n_all.max(1) as f64
    }

    fn usual(&self) -> Option<&'a str> {
        let (usual, _) = self
            .n_savers
            .iter()
            .max_by_key(|(_, n_savers)| **n_savers)?;
        (self.n_all >= SAVERS_MIN && self.share(usual) >= USUAL_SHARE_MIN).then_some(*usual)
    }
}
