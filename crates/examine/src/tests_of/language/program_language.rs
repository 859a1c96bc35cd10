//! In which language did the program run that saved a document last?

use std::collections::BTreeMap;

use mabillon_case::{Facts, Finding, ItemId};

use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

/// Documents with a known language that a collection must hold before one of them can be unusual.
const DOCUMENTS_MIN: usize = 10;
/// The share of one language that makes it the usual one.
const USUAL_SHARE_MIN: f64 = 0.6;
/// A language that more documents than this share use is not unusual.
const UNUSUAL_SHARE_MAX: f64 = 0.2;

declare_test! {
    /// The program that saved a document last ran in a language usual for the collection.
    ///
    /// ## What it examines
    /// Words that Office programs write into a document in their own language, apart from anything the author typed:
    /// the headings of the document properties ("Worksheets", "Feuilles de calcul") and the default names of sheets.
    /// Each language is counted over all documents of the collection.
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
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for member in group.members {
        *counts
            .entry(language(member.facts).unwrap_or_default())
            .or_default() += 1;
    }
    let n_all: u32 = counts.values().sum();
    let share = |language: &str| {
        f64::from(counts.get(language).copied().unwrap_or(0)) / f64::from(n_all.max(1))
    };
    let Some((usual, n_usual)) = counts.iter().max_by_key(|(language, n)| (**n, **language)) else {
        return Vec::new();
    };
    if share(usual) < USUAL_SHARE_MIN {
        return Vec::new();
    }
    group
        .members
        .iter()
        .filter_map(|member| {
            let own = language(member.facts)?;
            let saved = format!("It was last saved by a program whose language was \"{own}\"");
            let finding = if own == *usual {
                let says = format!("{saved}, as {n_usual} of {n_all} documents of the collection that show one.");
                Finding::new("usual-language", says)
            } else if share(own) <= UNUSUAL_SHARE_MAX {
                let says = format!("{saved}; {n_usual} of {n_all} documents of the collection that show one have \"{usual}\".");
                Finding::new("unusual-language", says)
            } else {
                return None;
            };
            Some((member.facts.item, finding))
        })
        .collect()
}
