//! Were unrelated documents saved all at once?

use mabillon_case::{DocumentFacts, Facts, Finding, ItemId};

use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

/// Length of a burst, in seconds.
const BURST_SECONDS: i64 = 600;
/// Documents in a burst at least.
const BURST_DOCUMENTS_MIN: usize = 5;
/// The documents of a burst were made over at least this time, in seconds: three days.
const ORIGINS_APART_SECONDS_MIN: i64 = 3 * 86_400;
/// And each at least this time before the burst, in seconds: one day.
const ORIGINS_BEFORE_SECONDS_MIN: i64 = 86_400;

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
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it states no time of its last save",
            needs_text: false,
            members_min: BURST_DOCUMENTS_MIN,
            examine: save_burst,
        }),
    }
}

/// Two overlapping rasters of windows twice as long as a burst, so that no burst falls between two windows.
fn keys(facts: &Facts) -> Vec<Key> {
    let Some(saved) = saved_seconds(facts) else {
        return Vec::new();
    };
    let raster = 2 * BURST_SECONDS;
    [
        ("even", saved.div_euclid(raster)),
        ("odd", (saved + BURST_SECONDS).div_euclid(raster)),
    ]
    .into_iter()
    .map(|(name, window)| Key::of(&[b"burst", name.as_bytes(), &window.to_le_bytes()]))
    .collect()
}

fn document(facts: &Facts) -> Option<&DocumentFacts> {
    facts.document.as_ref().filter(|_| facts.in_collection())
}

fn saved_seconds(facts: &Facts) -> Option<i64> {
    facts
        .document
        .as_ref()?
        .modified
        .map(mabillon_case::Stamp::unix_seconds)
}

fn save_burst(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let members = group.members;
    let mut saved: Vec<(i64, &Facts)> = members
        .iter()
        .filter_map(|member| {
            document(member.facts).and(Some((saved_seconds(member.facts)?, member.facts)))
        })
        .collect();
    saved.sort_by_key(|(seconds, facts)| (*seconds, facts.item));
    let Some(burst) = longest_burst(&saved) else {
        return Vec::new();
    };
    let finding = describe(burst);
    burst
        .iter()
        .map(|(_, facts)| (facts.item, finding.clone()))
        .collect()
}

/// The largest run of documents saved within [`BURST_SECONDS`], if it is a burst.
fn longest_burst<'a, 'f>(saved: &'a [(i64, &'f Facts)]) -> Option<&'a [(i64, &'f Facts)]> {
    let mut best: &[(i64, &Facts)] = &[];
    let mut start = 0;
    for end in 0..saved.len() {
        while seconds(saved, end) - seconds(saved, start) > BURST_SECONDS {
            start += 1;
        }
        let run = saved.get(start..=end).unwrap_or_default();
        if run.len() > best.len() {
            best = run;
        }
    }
    (best.len() >= BURST_DOCUMENTS_MIN && origins_apart(best)).then_some(best)
}

fn seconds(saved: &[(i64, &Facts)], index: usize) -> i64 {
    saved.get(index).map_or(0, |(seconds, _)| *seconds)
}

/// Whether the documents were made on different days before: one session of work is no burst.
fn origins_apart(burst: &[(i64, &Facts)]) -> bool {
    let made: Vec<i64> = burst
        .iter()
        .filter_map(|(saved, facts)| {
            Some((saved, facts.document.as_ref()?.created?.unix_seconds()))
        })
        .filter(|(saved, made)| *saved - made >= ORIGINS_BEFORE_SECONDS_MIN)
        .map(|(_, made)| made)
        .collect();
    let (Some(first), Some(last)) = (made.iter().min(), made.iter().max()) else {
        return false;
    };
    made.len() >= BURST_DOCUMENTS_MIN && last - first >= ORIGINS_APART_SECONDS_MIN
}

fn describe(burst: &[(i64, &Facts)]) -> Finding {
    let documents: Vec<&DocumentFacts> = burst
        .iter()
        .filter_map(|(_, facts)| facts.document.as_ref())
        .collect();
    let (first, last) = (burst.first(), burst.last());
    let minutes = match (first, last) {
        (Some((first, _)), Some((last, _))) => (last - first).div_euclid(60) + 1,
        _ => 0,
    };
    let when = documents.first().and_then(|document| document.modified);
    let says = format!(
        "It is one of {} documents of different age that were all last saved within {minutes} minutes, from {} on.",
        burst.len(),
        when.map(|when| when.to_string()).unwrap_or_default(),
    );
    let saver = documents
        .first()
        .map_or("", |document| document.last_modified_by.as_str());
    let one_saver = !saver.is_empty()
        && documents
            .iter()
            .all(|document| document.last_modified_by == saver);
    let author_of_none = documents.iter().all(|document| document.author != saver);
    if one_saver && author_of_none {
        let says = format!(
            "{says} All name \"{saver}\", who is author of none of them, as the one who saved them."
        );
        Finding::new("saved-in-a-burst-by-another-hand", says)
    } else {
        Finding::new("saved-in-a-burst", says)
    }
}
