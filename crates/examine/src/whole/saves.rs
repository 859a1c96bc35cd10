//! Documents of unrelated origin saved all at once, and documents saved after the last mailbox ends.

use std::collections::BTreeMap;

use mabillon_case::{Facts, ItemId, SaveBurst, SavedAfterEnd, Stamp};

use super::counts::Counts;
use crate::World;

/// Length of a burst, in seconds.
const BURST_SECONDS: i64 = 600;
/// Documents in a burst at least.
const BURST_DOCUMENTS_MIN: usize = 5;
/// The documents of a burst were made over at least this time, in seconds: three days.
const ORIGINS_APART_SECONDS_MIN: i64 = 3 * 86_400;
/// And each at least this time before the burst, in seconds: one day.
const ORIGINS_BEFORE_SECONDS_MIN: i64 = 86_400;
/// A time without a zone may be off by the widest offset in use, and clocks by minutes, in seconds.
const UNKNOWN_ZONE_SECONDS: i64 = 15 * 3_600;
/// Documents saved after the end that are listed.
const AFTER_MAX: usize = 500;
/// Names kept of one kind.
const NAMES_MAX: usize = 12;

/// A document of the collection with the time of its last save.
struct Saved<'f> {
    at: Stamp,
    facts: &'f Facts,
}

impl Saved<'_> {
    /// When it was made, if that was at least a day before it was saved: one session of work is no burst.
    fn made_before(&self) -> Option<i64> {
        let made = self.facts.document.as_ref()?.created?.unix_seconds();
        (self.at.unix_seconds() - made >= ORIGINS_BEFORE_SECONDS_MIN).then_some(made)
    }
}

/// The documents of the collection that state a last save, in order of it.
fn saved(facts: &[Facts]) -> Vec<Saved<'_>> {
    let mut saved: Vec<Saved<'_>> = facts
        .iter()
        .filter(|row| row.in_collection())
        .filter_map(|facts| {
            let at = facts.document.as_ref()?.modified?;
            Some(Saved { at, facts })
        })
        .collect();
    saved.sort_by_key(|one| (one.at, one.facts.item));
    saved
}

/// All bursts, in order of time; no document is in two.
pub(super) fn bursts(facts: &[Facts]) -> Vec<SaveBurst> {
    let saved = saved(facts);
    let older: Vec<(i64, i64)> = saved
        .iter()
        .filter_map(|one| Some((one.at.unix_seconds(), one.made_before()?)))
        .collect();
    let mut bursts = Vec::new();
    let mut window = Window::default();
    let (mut start, mut next) = (0, 0);
    while let Some(&(at, made)) = older.get(next) {
        window.add(made);
        next += 1;
        while let Some(&(_, made)) = older
            .get(start)
            .filter(|(first, _)| at - first > BURST_SECONDS)
        {
            window.remove(made);
            start += 1;
        }
        if window.is_of_different_origin()
            && let Some(&(first, _)) = older.get(start)
        {
            bursts.extend(burst(&saved, first));
            next = older.partition_point(|(at, _)| *at <= first + BURST_SECONDS);
            start = next;
            window = Window::default();
        }
    }
    bursts
}

/// When the documents in a stretch of time were made.
#[derive(Default)]
struct Window {
    made: BTreeMap<i64, usize>,
    n: usize,
}

impl Window {
    fn add(&mut self, made: i64) {
        *self.made.entry(made).or_default() += 1;
        self.n += 1;
    }

    fn remove(&mut self, made: i64) {
        if let Some(n) = self.made.get_mut(&made) {
            *n -= 1;
            self.n -= 1;
            if *n == 0 {
                self.made.remove(&made);
            }
        }
    }

    fn is_of_different_origin(&self) -> bool {
        let span = self.made.keys().next().zip(self.made.keys().next_back());
        self.n >= BURST_DOCUMENTS_MIN
            && span.is_some_and(|(first, last)| last - first >= ORIGINS_APART_SECONDS_MIN)
    }
}

/// The burst that begins at `first`: every document saved within its length, whatever its age.
fn burst(saved: &[Saved<'_>], first: i64) -> Option<SaveBurst> {
    let from = saved.partition_point(|one| one.at.unix_seconds() < first);
    let to = saved.partition_point(|one| one.at.unix_seconds() <= first + BURST_SECONDS);
    let run = saved.get(from..to)?;
    let made: Vec<i64> = run.iter().filter_map(Saved::made_before).collect();
    let documents = run.iter().filter_map(|one| one.facts.document.as_ref());
    let saver = documents.clone().next()?.last_modified_by.clone();
    let by_one_saver = documents
        .clone()
        .all(|document| document.last_modified_by == saver);
    let names_no_author = documents.clone().all(|document| document.author != saver);
    let (mut savers, mut programs, mut languages) =
        (Counts::default(), Counts::default(), Counts::default());
    for document in documents {
        savers.add(&document.last_modified_by);
        programs.add(&document.application);
        languages.add(&document.ui_language);
    }
    let mut items: Vec<ItemId> = run.iter().map(|one| one.facts.item).collect();
    items.sort_unstable();
    Some(SaveBurst {
        first: run.first()?.at,
        last: run.last()?.at,
        documents: items,
        oldest: Stamp::from_seconds(*made.iter().min()?)?,
        youngest: Stamp::from_seconds(*made.iter().max()?)?,
        savers: savers.into_list(NAMES_MAX),
        programs: programs.into_list(NAMES_MAX),
        languages: languages.into_list(NAMES_MAX),
        by_another_hand: by_one_saver && !saver.is_empty() && names_no_author,
    })
}

/// Whether a last save at `saved` is after `end`, whatever its zone, and not after the examination.
pub(crate) fn is_after(end: Stamp, saved: Stamp, world: &World) -> bool {
    saved.unix_seconds() > end.unix_seconds() + UNKNOWN_ZONE_SECONDS
        && saved.unix_seconds() <= world.now.unix_seconds()
}

/// The documents saved after `end`.
pub(super) fn saved_after(end: Stamp, facts: &[Facts], world: &World) -> SavedAfterEnd {
    let (mut savers, mut languages) = (Counts::default(), Counts::default());
    let mut told = SavedAfterEnd::default();
    for one in saved(facts)
        .iter()
        .filter(|one| is_after(end, one.at, world))
    {
        told.n_documents += 1;
        if told.documents.len() < AFTER_MAX {
            told.documents.push((one.at, one.facts.item));
        }
        if let Some(document) = &one.facts.document {
            savers.add(&document.last_modified_by);
            languages.add(&document.ui_language);
        }
    }
    told.savers = savers.into_list(NAMES_MAX);
    told.languages = languages.into_list(NAMES_MAX);
    told
}
