//! Were unrelated documents saved all at once?

use mabillon_case::{CollectionRecord, Facts, Finding, Outcome, SaveBurst};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Documents of unrelated origin were last saved within the same few minutes.
    ///
    /// ## What it examines
    /// The times of the last save that documents state, against each other: five or more within ten minutes,
    /// made over at least three days, and each at least a day before.
    /// ## Why it matters
    /// Someone who opens and saves a pile of stolen documents leaves one burst of save times, whatever their ages.
    /// In the leak of the French campaign in 2017, spreadsheets up to ten years old had all been saved within four
    /// minutes. Such a file was handled after it was taken; whether its content was changed, this does not tell.
    /// ## Innocent explanations
    /// A migration, a converter, a document management system or a script of the owner that saved many files at once.
    /// ## References
    /// - Published analyses of the spreadsheets in the 2017 leak, which describe the burst of 27 March 2017
    pub(crate) static SAVE_BURST = {
        id: "collection/save-burst",
        findings: &["saved-in-a-burst", "saved-in-a-burst-by-another-hand"],
        run: Run::InCollection(save_burst),
    }
}

fn save_burst(facts: &Facts, record: &CollectionRecord, _world: &World) -> Outcome {
    let saved = facts
        .document
        .as_ref()
        .and_then(|document| document.modified);
    let Some(saved) = saved else {
        return Outcome::NotApplicable("it states no time of its last save");
    };
    // Bursts are in order of time and do not overlap.
    let after = record.bursts.partition_point(|burst| burst.first <= saved);
    let burst = after.checked_sub(1).and_then(|at| record.bursts.get(at));
    match burst.filter(|burst| burst.documents.binary_search(&facts.item).is_ok()) {
        Some(burst) => Outcome::one(describe(burst)),
        None => Outcome::NotApplicable(
            "no four other documents of different age were saved within the same ten minutes",
        ),
    }
}

fn describe(burst: &SaveBurst) -> Finding {
    let seconds = burst.last.unix_seconds() - burst.first.unix_seconds();
    let says = format!(
        "It is one of {} documents of different age that were all last saved within {} minutes, from {} on.",
        burst.documents.len(),
        seconds.div_euclid(60) + 1,
        burst.first,
    );
    match burst.savers.first().filter(|_| burst.by_another_hand) {
        Some(saver) => Finding::new(
            "saved-in-a-burst-by-another-hand",
            format!(
                "{says} All name \"{}\", who is author of none of them, as the one who saved them.",
                saver.name
            ),
        ),
        None => Finding::new("saved-in-a-burst", says),
    }
}
