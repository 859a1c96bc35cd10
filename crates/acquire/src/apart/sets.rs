//! Which of the files that were set aside belong together, and what of their archive is missing.

use std::collections::{HashMap, HashSet};

use mabillon_case::Form;

use super::Apart;
use crate::archive::{cab_links, n_files_of_zip};
use crate::parts::{Links, MISSING_MAX, PARTS_MAX, Scheme, path_beside, taken_apart};

/// An archive in several files.
pub(super) struct Joined {
    /// The files with their numbers, in order.
    pub(super) parts: Vec<(u32, Apart)>,
    /// Which of them stands for the archive.
    pub(super) own: usize,
    /// Paths of files that belong to it and are not there, the first of them.
    pub(super) missing: Vec<String>,
    /// How many more are not there.
    pub(super) n_more_missing: usize,
    pub(super) form: Form,
}

/// The archives among files of one set, and the files that belong to none.
pub(super) fn joined(scheme: Scheme, files: Vec<Apart>) -> (Vec<Joined>, Vec<Apart>) {
    match scheme {
        Scheme::Volumes => (vec![volumes(files)], Vec::new()),
        Scheme::Cut => cut(files),
        Scheme::Zip => match split_zip(files) {
            Ok(joined) => (vec![joined], Vec::new()),
            Err(files) => (Vec::new(), files),
        },
        Scheme::Cabinets => cabinets(files),
    }
}

/// The files with their numbers, sorted; one without a number comes last.
fn numbered(files: Vec<Apart>) -> Vec<(u32, Apart)> {
    let number = |apart: &Apart| apart.membership.number.unwrap_or(u32::MAX);
    let mut numbered: Vec<(u32, Apart)> = files
        .into_iter()
        .map(|apart| (number(&apart), apart))
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    numbered
}

fn unnumbered(parts: Vec<(u32, Apart)>) -> Vec<Apart> {
    parts.into_iter().map(|(_, apart)| apart).collect()
}

/// Volumes tell by themselves what is missing.
fn volumes(files: Vec<Apart>) -> Joined {
    Joined {
        parts: numbered(files),
        own: 0,
        missing: Vec::new(),
        n_more_missing: 0,
        form: Form::Rar,
    }
}

/// What was cut anywhere: only the first part tells what it is.
fn cut(files: Vec<Apart>) -> (Vec<Joined>, Vec<Apart>) {
    let mut parts = numbered(files);
    let mut last = 0;
    let mut is_next = |number: &u32| {
        let gap = number.saturating_sub(last + 1);
        let is_near = usize::try_from(gap).is_ok_and(|gap| gap <= MISSING_MAX);
        last = *number;
        is_near
    };
    let n_together = parts
        .iter()
        .map(|(number, _)| number)
        .take_while(|number| is_next(number));
    let n_together = n_together.count();
    let rest = unnumbered(parts.split_off(n_together));
    let first = parts.first().filter(|(number, _)| *number == 1);
    let Some(form) = first
        .filter(|_| n_together > 1)
        .map(|(_, first)| first.form)
    else {
        let alone = unnumbered(parts).into_iter().chain(rest);
        return (Vec::new(), alone.collect());
    };
    let (missing, n_more_missing) = missing(&parts, Scheme::Cut, last_number(&parts));
    let joined = Joined {
        parts,
        own: 0,
        missing,
        n_more_missing,
        form,
    };
    (vec![joined], rest)
}

/// A zip archive that begins with `.z01` and ends with `.zip` (APPNOTE.TXT, section 8.3), or the files of none.
fn split_zip(files: Vec<Apart>) -> Result<Joined, Vec<Apart>> {
    let mut parts = numbered(files);
    let end = parts.pop_if(|(number, _)| *number == u32::MAX);
    let last_known = last_number(&parts);
    let Some((_, end)) = end else {
        let begins = parts
            .first()
            .is_some_and(|(number, first)| *number == 1 && first.store.starts_with(b"PK\x07\x08"));
        if !begins {
            return Err(unnumbered(parts));
        }
        let (mut missing, n_more_missing) = missing(&parts, Scheme::Zip, last_known);
        let first = parts.first().map(|(_, first)| first.spot.path.as_str());
        missing.extend(first.and_then(|first| path_beside(first, Scheme::Zip, None)));
        return Ok(Joined {
            parts,
            own: 0,
            missing,
            n_more_missing,
            form: Form::Zip,
        });
    };
    // One that begins as an archive does and lies alone is read by itself, whatever its end says.
    let n_files = n_files_of_zip(&end.store).unwrap_or_default();
    if parts.is_empty() && end.store.starts_with(b"PK\x03\x04") {
        return Err(vec![end]);
    }
    let number = n_files.min(PARTS_MAX).max(last_known + 1);
    parts.push((u32::try_from(number).unwrap_or(u32::MAX), end));
    let (missing, n_more_missing) = missing(&parts, Scheme::Zip, number);
    Ok(Joined {
        own: parts.len() - 1,
        parts,
        missing,
        n_more_missing,
        form: Form::Zip,
    })
}

fn last_number(parts: &[(u32, Apart)]) -> usize {
    let last = parts.last().map_or(0, |(number, _)| *number);
    usize::try_from(last).unwrap_or(usize::MAX)
}

/// Paths of files up to this number that are not among these, and how many there are beyond those named.
fn missing(parts: &[(u32, Apart)], scheme: Scheme, last: usize) -> (Vec<String>, usize) {
    let Some((_, known)) = parts.first() else {
        return (Vec::new(), 0);
    };
    let is_there = |number: &usize| {
        let number = u32::try_from(*number).unwrap_or(u32::MAX);
        parts
            .binary_search_by_key(&number, |(number, _)| *number)
            .is_ok()
    };
    let mut missing = (1..=last.min(PARTS_MAX)).filter(|number| !is_there(number));
    let named = missing.by_ref().take(MISSING_MAX);
    let named = named.filter_map(|number| path_beside(&known.spot.path, scheme, Some(number)));
    (named.collect(), missing.count())
}

/// Cabinets of one folder, each put behind the one that names it and that it names.
fn cabinets(files: Vec<Apart>) -> (Vec<Joined>, Vec<Apart>) {
    let chains = chains(&files);
    let (mut sets, mut alone) = (Vec::new(), Vec::new());
    let mut told: HashSet<String> = HashSet::new();
    let mut files: Vec<Option<Apart>> = files.into_iter().map(Some).collect();
    for chain in chains {
        let members = chain.members.iter();
        let members = members.filter_map(|cabinet| files.get_mut(*cabinet)?.take());
        let parts: Vec<(u32, Apart)> = (1..).zip(members).collect();
        let Some((_, first)) = parts.first() else {
            continue;
        };
        if parts.len() == 1 && chain.gone.is_empty() {
            alone.extend(unnumbered(parts));
            continue;
        }
        let (folder, _) = taken_apart(&first.spot.path);
        let missing = chain.gone.iter().map(|name| format!("{folder}{name}"));
        sets.push(Joined {
            missing: missing.filter(|path| told.insert(path.clone())).collect(),
            parts,
            own: 0,
            n_more_missing: 0,
            form: Form::Cabinet,
        });
    }
    (sets, alone)
}

/// Cabinets that go on one in the next.
struct Chain {
    members: Vec<usize>,
    /// Names of the one before and the one behind them, where they are not there.
    gone: Vec<String>,
}

fn chains(files: &[Apart]) -> Vec<Chain> {
    let name = |apart: &Apart| taken_apart(&apart.spot.path).1.to_lowercase();
    let by_name: HashMap<String, usize> = files.iter().map(name).zip(0..).collect();
    let links: Vec<Option<Links>> = files.iter().map(|apart| cab_links(&apart.store)).collect();
    let at = |name: &Option<String>| by_name.get(&name.as_ref()?.to_lowercase()).copied();
    let links_of = |cabinet: usize| links.get(cabinet).and_then(Option::as_ref);
    // Numbers that do not run on are those of another set, or of one that leads in a circle.
    let next = |cabinet: usize| {
        let own = links_of(cabinet)?;
        let next = at(&own.next)?;
        let after = links_of(next)?;
        let is_next = own.index.checked_add(1) == Some(after.index);
        (is_next && at(&after.previous) == Some(cabinet)).then_some(next)
    };
    let is_behind = |cabinet: usize| {
        let previous = links_of(cabinet).and_then(|links| at(&links.previous));
        previous.is_some_and(|previous| next(previous) == Some(cabinet))
    };
    let chain_from = |start: usize| {
        let members: Vec<usize> =
            std::iter::successors(Some(start), |cabinet| next(*cabinet)).collect();
        let before = links_of(start).map(|links| &links.previous);
        let last = members.last().and_then(|last| links_of(*last));
        let behind = last.map(|links| &links.next);
        let wanted = before.into_iter().chain(behind);
        let gone = wanted.filter(|name| at(name).is_none()).flatten();
        Chain {
            gone: gone.cloned().collect(),
            members,
        }
    };
    let starts = (0..files.len()).filter(|cabinet| !is_behind(*cabinet));
    starts.map(chain_from).collect()
}
