//! What the entries of archives tell of whoever packed them: clocks, systems, programs.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use mabillon_case::{
    ArchiveRecord, ContainerKind, EntryFacts, FactRows, Facts, Origin, Place, Stamp,
};

use super::counts::Counts;

/// Items that are looked at at once.
const STRETCH_ITEMS: usize = 1_024;
/// Archives that are described.
const ARCHIVES_MAX: usize = 2_000;
/// Names of one kind that are kept of one archive.
const NAMES_MAX: usize = 12;
/// A time before 1990 was never set, in seconds since the epoch.
const UNSET_SECONDS: i64 = 631_152_000;
/// Wall clocks lie on multiples of this, in minutes; times are written in steps of two seconds.
const OFFSET_STEP_MINUTES: i64 = 15;
/// The furthest that a wall clock can be from UTC, in minutes.
const OFFSET_MINUTES_MAX: i64 = 14 * 60;
const HOUR_SECONDS: i64 = 3_600;

/// All archives in order of exhibit and path, and how many more there are.
pub(super) fn describe(rows: &FactRows) -> (Vec<ArchiveRecord>, u64) {
    let mut tallies: BTreeMap<(Arc<str>, String), Tally> = BTreeMap::new();
    for stretch in rows.stretches(STRETCH_ITEMS) {
        for row in rows.between(stretch) {
            for (place, entry) in entries(&row) {
                let (archive, name) = place.path.rsplit_once('!').unwrap_or(("", &place.path));
                let tally = tallies
                    .entry((Arc::clone(&place.exhibit), archive.to_owned()))
                    .or_insert_with(|| Tally::of(entry.archive));
                tally.add(entry, name);
            }
        }
    }
    let n_left_out = tallies.len().saturating_sub(ARCHIVES_MAX) as u64;
    let archives = tallies
        .into_iter()
        .take(ARCHIVES_MAX)
        .map(|((exhibit, path), tally)| tally.finish(&exhibit, path))
        // A single compressed file tells nothing but its time, if that.
        .filter(|row| row.kind != ContainerKind::Compressed || row.utc.is_some())
        .collect();
    (archives, n_left_out)
}

fn entries(row: &Facts) -> impl Iterator<Item = (&Place, &EntryFacts)> {
    row.places
        .iter()
        .filter(|place| place.origin == Origin::Collection)
        .filter_map(|place| Some((place, place.entry.as_deref()?)))
}

/// What the entries of one archive say.
struct Tally {
    kind: ContainerKind,
    /// Numbers of the entries: the same one may be listed for several items, and counts once.
    numbers: HashSet<u64>,
    n_encrypted: u64,
    hosts: Counts,
    packers: Counts,
    owners: Counts,
    leftovers: Counts,
    offsets: BTreeMap<i16, u64>,
    utc: Vec<Stamp>,
    wall: Vec<Stamp>,
}

impl Tally {
    fn of(kind: ContainerKind) -> Self {
        Self {
            kind,
            numbers: HashSet::new(),
            n_encrypted: 0,
            hosts: Counts::default(),
            packers: Counts::default(),
            owners: Counts::default(),
            leftovers: Counts::default(),
            offsets: BTreeMap::new(),
            utc: Vec::new(),
            wall: Vec::new(),
        }
    }

    fn add(&mut self, entry: &EntryFacts, name: &str) {
        if !self.numbers.insert(entry.number) {
            return;
        }
        self.n_encrypted += u64::from(entry.encrypted);
        self.hosts.add(&entry.host);
        self.packers.add(&packer(entry));
        self.owners.add(&owner(entry));
        self.leftovers.add(leftover(name));
        self.utc.extend(modified(entry, true));
        self.wall.extend(modified(entry, false));
        if let Some(minutes) = offset(entry) {
            *self.offsets.entry(minutes).or_default() += 1;
        }
    }

    fn finish(mut self, exhibit: &str, path: String) -> ArchiveRecord {
        let (utc, wall) = (&mut self.utc, &mut self.wall);
        utc.sort_unstable();
        wall.sort_unstable();
        let mut offsets: Vec<(i16, u64)> = self.offsets.into_iter().collect();
        offsets.sort_by_key(|(minutes, n)| (std::cmp::Reverse(*n), *minutes));
        ArchiveRecord {
            exhibit: exhibit.to_owned(),
            path,
            kind: self.kind,
            n_entries: self.numbers.len() as u64,
            n_encrypted: self.n_encrypted,
            hours_utc: hours(utc),
            busiest_hour: busiest_hour(if utc.is_empty() { wall } else { utc }),
            utc: ends(utc),
            wall: ends(wall),
            offsets,
            hosts: self.hosts.into_list(NAMES_MAX),
            packers: self.packers.into_list(NAMES_MAX),
            owners: self.owners.into_list(NAMES_MAX),
            leftovers: self.leftovers.into_list(NAMES_MAX),
        }
    }
}

fn modified(entry: &EntryFacts, is_utc: bool) -> Option<Stamp> {
    let time = if is_utc {
        entry.modified_utc()
    } else {
        entry.modified_local()
    };
    time.filter(|time| time.unix_seconds() >= UNSET_SECONDS)
}

fn ends(times: &[Stamp]) -> Option<(Stamp, Stamp)> {
    Some((*times.first()?, *times.last()?))
}

/// How far the wall clock of the packer was ahead of UTC, where the entry carries its last change by both.
fn offset(entry: &EntryFacts) -> Option<i16> {
    let seconds = modified(entry, false)?.unix_seconds() - modified(entry, true)?.unix_seconds();
    // MS-DOS times are cut, or rounded up, to even seconds.
    let step = OFFSET_STEP_MINUTES * 60;
    let steps = (seconds + step / 2).div_euclid(step);
    let is_near = (seconds - steps * step).abs() <= 2;
    let minutes = steps * OFFSET_STEP_MINUTES;
    (is_near && minutes.abs() <= OFFSET_MINUTES_MAX).then(|| i16::try_from(minutes).ok())?
}

fn packer(entry: &EntryFacts) -> String {
    let version = entry.made_by.map(|version| format!("version {version}, "));
    format!("{}{}", version.unwrap_or_default(), entry.method)
}

fn owner(entry: &EntryFacts) -> String {
    match (&*entry.owner, entry.uid) {
        ("", None) => String::new(),
        ("", Some(uid)) => format!("user {uid}"),
        (name, None) => name.to_owned(),
        (name, Some(uid)) => format!("{name} (user {uid})"),
    }
}

/// A file that a system or its file manager leaves in folders; empty for any other.
fn leftover(path: &str) -> &'static str {
    let mut steps = path.split(['/', '\\']);
    if steps.clone().any(|step| step == "__MACOSX") {
        return "__MACOSX";
    }
    let name = steps.next_back().unwrap_or_default();
    ["Thumbs.db", "desktop.ini", ".DS_Store", ".directory"]
        .into_iter()
        .find(|known| name.eq_ignore_ascii_case(known))
        .unwrap_or_default()
}

/// Entries by hour of the day in UTC.
fn hours(utc: &[Stamp]) -> Vec<u64> {
    if utc.is_empty() {
        return Vec::new();
    }
    let mut hours = vec![0; 24];
    for time in utc {
        let hour = time.unix_seconds().rem_euclid(24 * HOUR_SECONDS) / HOUR_SECONDS;
        if let Some(n) = usize::try_from(hour)
            .ok()
            .and_then(|hour| hours.get_mut(hour))
        {
            *n += 1;
        }
    }
    hours
}

/// The hour that holds most of the times, which are in order: its first time, and how many it holds.
fn busiest_hour(times: &[Stamp]) -> Option<(Stamp, u64)> {
    let mut best: Option<(Stamp, u64)> = None;
    let mut end = 0;
    for (start, first) in times.iter().enumerate() {
        while times
            .get(end)
            .is_some_and(|time| time.unix_seconds() - first.unix_seconds() < HOUR_SECONDS)
        {
            end += 1;
        }
        let n = (end - start) as u64;
        if best.is_none_or(|(_, most)| n > most) {
            best = Some((*first, n));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use mabillon_case::{EntryAct, EntryClock, EntryTime};

    use super::*;

    fn entry(wall: i64, utc: i64) -> EntryFacts {
        let time = |clock, seconds| EntryTime {
            act: EntryAct::Modified,
            clock,
            stamp: Stamp::from_seconds(seconds).unwrap(),
        };
        EntryFacts {
            times: vec![time(EntryClock::Dos, wall), time(EntryClock::ZipUnix, utc)],
            ..EntryFacts::new(ContainerKind::Zip, 0)
        }
    }

    #[test]
    fn the_wall_clock_of_the_packer() {
        assert_eq!(
            offset(&entry(1_493_000_000 + 7_200, 1_493_000_001)),
            Some(120)
        );
        assert_eq!(
            offset(&entry(1_493_000_000 - 12_600, 1_493_000_000)),
            Some(-210)
        );
        // A time that somebody set is no offset.
        assert_eq!(offset(&entry(1_493_000_000 + 400, 1_493_000_000)), None);
    }

    #[test]
    fn the_busiest_hour() {
        let times: Vec<Stamp> = [0, 10, 4_000, 4_100, 4_200, 90_000]
            .into_iter()
            .map(|seconds| Stamp::from_seconds(seconds).unwrap())
            .collect();
        let (first, n) = busiest_hour(&times).unwrap();
        assert_eq!((first.unix_seconds(), n), (4_000, 3));
    }
}
