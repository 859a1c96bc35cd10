//! Lost keys: searched for with several threads, and used.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crossbeam_channel::unbounded;
use mabillon_case::{Facts, KeySearch};
use mabillon_examine::recovery::{
    Allowance, Attempt, Candidate, Found, Search, Step, candidates, key_row, sightings,
};
use mabillon_examine::signature::{KeyArchive, KeyRow, PublicKey};
use mabillon_keep::{Case, KeyAttempts};
use mabillon_report::words::counted;

use crate::progress_bar::steps_bar;

/// Threads that search at most.
const THREADS_MAX: usize = 4;
/// Memory that attempts may take at once within `examine`, in MiB: one key of 2048 bits, or two of 1024. An attempt that
/// takes more is made alone.
pub(crate) const MEMORY_AT_ONCE_MIB: u64 = 410;

/// How a search is run.
pub(crate) struct Terms<'a> {
    pub(crate) allowance: Allowance,
    pub(crate) n_threads: usize,
    /// Memory that attempts may take at once, in MiB.
    pub(crate) memory_mib: u64,
    /// Asked many times a second.
    pub(crate) is_cancelled: &'a (dyn Fn() -> bool + Sync),
    /// What came of attempts in an earlier run.
    pub(crate) recalled: &'a KeyAttempts,
}

/// Keeps what came of an attempt, for a run that goes on.
pub(crate) type Remember<'a> = dyn FnMut(&Attempt, Option<&Found>) -> anyhow::Result<()> + 'a;

/// The selectors of a collection that have lost their key, with two signatures or more.
pub(crate) fn lost(facts: &[Facts]) -> Vec<Candidate> {
    let mut lost = candidates(facts.iter().flat_map(sightings));
    // What would break the lines of a keys file is no name that the DNS ever had.
    lost.retain(|candidate| !candidate.name.chars().any(char::is_control));
    lost
}

/// Searches, round by round.
pub(crate) fn search(
    lost: &[Candidate],
    known: &KeyArchive,
    terms: &Terms<'_>,
    remember: &mut Remember<'_>,
) -> anyhow::Result<Vec<KeySearch>> {
    let mut search = Search::new(lost, terms.allowance, known);
    loop {
        let round = search.round();
        if round.is_empty() {
            break;
        }
        let Some(results) = run_round(&round, terms, remember)? else {
            search.cancel();
            break;
        };
        search.take(&results);
    }
    Ok(search.finish(known))
}

/// A step, and the key that it found.
type Done = (Step, Option<Found>);

/// What came of the steps of a round, in their order; `None` where it was cancelled.
fn run_round(
    round: &[Step],
    terms: &Terms<'_>,
    remember: &mut Remember<'_>,
) -> anyhow::Result<Option<Vec<Done>>> {
    let mut done: BTreeMap<usize, Option<Found>> = BTreeMap::new();
    let (steps_in, steps_out) = unbounded();
    for (index, step) in round.iter().enumerate() {
        let attempt = (step.attempt.name.clone(), step.attempt.number);
        if let Some(stored) = terms.recalled.get(&attempt) {
            done.insert(index, stored.as_deref().and_then(Found::from_octets));
        } else {
            let _ = steps_in.send((index, &step.attempt));
        }
    }
    drop(steps_in);
    let work = round.iter().map(|step| step.attempt.work()).sum();
    let bar = steps_bar(work, "recovering lost keys");
    let (results_in, results_out) = unbounded();
    let n_threads = n_threads(round, terms);
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            let (steps, results, bar) = (steps_out.clone(), results_in.clone(), bar.clone());
            scope.spawn(move || {
                let is_cancelled = || {
                    bar.tick();
                    (terms.is_cancelled)()
                };
                for (index, attempt) in steps {
                    if (terms.is_cancelled)() {
                        return;
                    }
                    // Whatever else stops an attempt is a reason of its own to find nothing.
                    let found = attempt.run(&is_cancelled).ok().flatten();
                    let _ = results.send((index, found, (terms.is_cancelled)()));
                }
            });
        }
        drop(results_in);
        for (index, found, was_cancelled) in results_out {
            let Some(step) = round.get(index) else {
                continue;
            };
            bar.inc(step.attempt.work());
            if found.is_some() || !was_cancelled {
                remember(&step.attempt, found.as_ref())?;
                done.insert(index, found);
            }
        }
        anyhow::Ok(())
    })?;
    bar.finish_and_clear();
    let is_whole = done.len() == round.len();
    let results = round.iter().cloned().zip(done.into_values()).collect();
    Ok(is_whole.then_some(results))
}

/// As many threads as there is memory for, if each makes the largest attempt of the round.
fn n_threads(round: &[Step], terms: &Terms<'_>) -> usize {
    let largest = round.iter().map(|step| step.attempt.memory_mib()).max();
    let n_fitting = terms.memory_mib / largest.unwrap_or_default().max(1);
    let n_fitting = usize::try_from(n_fitting).unwrap_or(usize::MAX);
    terms.n_threads.min(n_fitting).clamp(1, THREADS_MAX)
}

/// Searches for the lost keys of a case that is being examined, or goes on with the search of an earlier run.
pub(crate) fn search_in_case(
    case: &mut Case,
    facts: &[Facts],
    known: &KeyArchive,
    allowance: Allowance,
    n_threads: usize,
) -> anyhow::Result<Vec<KeySearch>> {
    if !case.has_searched_keys()? {
        let recalled = case.key_attempts()?;
        let terms = Terms {
            allowance,
            n_threads,
            memory_mib: MEMORY_AT_ONCE_MIB,
            is_cancelled: &|| false,
            recalled: &recalled,
        };
        let lost = lost(facts);
        let mut remember = |attempt: &Attempt, found: Option<&Found>| {
            let found = found.map(Found::octets);
            case.store_key_attempt(&attempt.name, attempt.number, found.as_deref())?;
            Ok(())
        };
        let searches = search(&lost, known, &terms, &mut remember)?;
        case.finish_key_search(&searches)?;
    }
    Ok(case.key_searches()?)
}

/// The rows of all keys that were found.
pub(crate) fn found_rows(searches: &[KeySearch]) -> Vec<KeyRow> {
    searches
        .iter()
        .flat_map(|search| search.keys.iter().map(|key| key_row(&search.name, key)))
        .collect()
}

/// Makes known what was learnt of keys: those that were found, and those whose private half lies in the collection.
/// Gives the names of all keys for which something is different now.
pub(crate) fn learn(
    keys: &mut KeyArchive,
    searches: &[KeySearch],
    facts: &[Facts],
) -> BTreeSet<String> {
    let found = found_rows(searches);
    let mut names: BTreeSet<String> = found.iter().map(|row| row.name.clone()).collect();
    for row in found {
        keys.add(row);
    }
    let private = private_keys(facts);
    let before: Vec<String> = keys.rows().iter().map(|row| row.broken.clone()).collect();
    keys.find_broken(&private);
    let rows = keys.rows().iter().zip(before);
    names.extend(
        rows.filter(|(row, before)| row.broken != *before)
            .map(|(row, _)| row.name.clone()),
    );
    names
}

/// Where private keys lie, in plain words, by the name of their public half.
fn private_keys(facts: &[Facts]) -> BTreeMap<String, String> {
    let mut private = BTreeMap::new();
    for facts in facts {
        for id in &facts.private_keys {
            private.entry(id.clone()).or_insert_with(|| {
                let item: String = facts.item.to_string().chars().take(8).collect();
                format!("the open, in item {item}")
            });
        }
    }
    private
}

/// The items with a signature under one of these names.
pub(crate) fn signed_under<'f>(
    names: &'f BTreeSet<String>,
    facts: &'f [Facts],
) -> impl Iterator<Item = &'f Facts> {
    facts.iter().filter(|facts| {
        facts.signatures.iter().any(|signature| {
            let name = format!("{}._domainkey.{}", signature.selector, signature.by);
            names.contains(&name.to_lowercase())
        })
    })
}

/// What came of the search, in one line for the user; empty where nothing was lost.
pub(crate) fn told(searches: &[KeySearch]) -> String {
    if searches.is_empty() {
        return String::new();
    }
    let n_found = searches.iter().filter(|one| !one.keys.is_empty()).count();
    let n_left = searches.iter().filter(|one| one.is_unfinished()).count();
    let mut told = format!(
        "Lost keys: {} of {} recovered",
        n_found,
        counted(searches.len() as u64, "selector", "selectors")
    );
    if n_left > 0 {
        let _ = write!(
            told,
            "; {n_left} not tried to the end, for the reasons that the report names (see --recover-seconds)"
        );
    }
    told.push('.');
    told
}

/// Bits of the key in a row.
pub(crate) fn bits(row: &KeyRow) -> u32 {
    row.key().map_or(0, PublicKey::bits)
}
