//! Does the zone of the date fit the other messages of its sender?

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use mabillon_case::{Facts, Finding, ItemId, Stamp};

use super::sender_key;
use crate::baseline::{Habit, Observation, TAUGHT_MIN, habits};
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// The offset from UTC in the date is one that its sender uses at that time of year.
    ///
    /// ## What it examines
    /// The offset of `Date` (`+0200`) against those of all messages of the same address, proved messages first; no day
    /// of one mailbox teaches more than three times.
    /// Where nearly all offsets are those of one place with summer time, they are also compared with its rules: in
    /// Paris, `+0200` is written from the last Sunday of March on. Days around the change are let go.
    /// ## Why it matters
    /// A message made by a tool on another machine carries that machine's zone. Who moves a date over the change of
    /// summer time, and leaves the offset, writes a winter offset on a summer date.
    /// An offset tells of a machine's setting, never of a person's country.
    /// ## Innocent explanations
    /// Travel; a telephone or web mail that writes `+0000`; a machine set to the wrong zone or without summer time.
    /// A single message from a journey looks just like an exception. A person in London in July writes the offset of
    /// Paris in winter.
    /// ## References
    /// - RFC 5322, section 3.3; the time zone database of IANA
    pub(crate) static SENDER_TIME_ZONE = {
        id: "collection/sender-time-zone",
        findings: &["offset-usual", "offset-alone", "offset-not-of-season"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it has no sender, or no date with an offset",
            needs_text: false,
            members_min: TAUGHT_MIN,
            examine: sender_time_zone,
        }),
    }
}

/// Places whose rules of summer time differ, one for each rule.
const PLACES: [&str; 12] = [
    "Europe/London",
    "Europe/Paris",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Halifax",
    "Asia/Jerusalem",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Santiago",
];
/// Of a hundred offsets, as many must be those of the place.
const OF_PLACE_PERCENT_MIN: usize = 95;
/// Messages of each season that must bear the place out.
const OF_SEASON_MIN: usize = 10;
/// Messages that break the season's rule, at most: where there are more, the rule is not kept.
const BREAKS_MAX: usize = 3;
/// A machine may learn of the change late, and travellers of both sides of it, in microseconds: two days.
const AROUND_CHANGE_MICROS: i64 = 2 * 86_400 * 1_000_000;

fn keys(facts: &Facts) -> Vec<Key> {
    let has_offset = date_of(facts).is_some();
    sender_key(facts, "zone")
        .filter(|_| has_offset)
        .into_iter()
        .collect()
}

fn date_of(facts: &Facts) -> Option<(Stamp, i16)> {
    let date = facts.message.as_ref()?.date?;
    Some((date, date.offset_minutes?))
}

fn sender_time_zone(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let dated: Vec<(&Facts, Stamp, i16)> = group
        .members
        .iter()
        .filter(|member| member.facts.in_collection())
        .filter_map(|member| {
            let (date, offset) = date_of(member.facts)?;
            Some((member.facts, date, offset))
        })
        .collect();
    let out_of_season = out_of_season(&dated);
    let observed = dated
        .iter()
        .map(|(facts, date, offset)| Observation {
            facts,
            seconds: date.unix_seconds(),
            value: shown(*offset),
        })
        .collect();
    let by_season = |item: &ItemId| out_of_season.iter().any(|(broken, _)| broken == item);
    habits(observed)
        .into_iter()
        .filter(|(item, _)| !by_season(item))
        .map(|(item, habit)| (item, of_habit(&habit)))
        .chain(out_of_season.iter().cloned())
        .collect()
}

fn of_habit(habit: &Habit) -> Finding {
    match habit {
        Habit::Usual { n_same, taught } => Finding::new(
            "offset-usual",
            format!(
                "Of {} of its sender, {n_same} have the offset of its date.",
                taught.in_words()
            ),
        ),
        Habit::Alone {
            n_same,
            usual,
            taught,
        } => Finding::new(
            "offset-alone",
            format!(
                "{} of {} of its sender have the offset of its date; most have {usual}. The machine that wrote it was set to another zone than the sender's.",
                if *n_same == 0 {
                    "None".to_owned()
                } else {
                    n_same.to_string()
                },
                taught.in_words()
            ),
        ),
    }
}

/// `+02:00`
fn shown(offset_minutes: i16) -> String {
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let minutes = offset_minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The rules built into the program, so that no machine's own zone files change a finding.
static ZONES: LazyLock<Vec<(&str, TimeZone)>> = LazyLock::new(|| {
    let zones = TimeZoneDatabase::bundled();
    PLACES
        .into_iter()
        .filter_map(|place| Some((place, zones.get(place).ok()?)))
        .collect()
});

fn offset_at(zone: &TimeZone, unix_micros: i64) -> Option<i16> {
    let instant = Timestamp::from_microsecond(unix_micros).ok()?;
    i16::try_from(zone.to_offset(instant).seconds() / 60).ok()
}

/// Messages with the offset of the other season of the one place whose rules all others keep.
fn out_of_season(dated: &[(&Facts, Stamp, i16)]) -> Vec<(ItemId, Finding)> {
    // Telephones and web mail write UTC; it is no one's place.
    let local: Vec<&(&Facts, Stamp, i16)> =
        dated.iter().filter(|(.., offset)| *offset != 0).collect();
    let n_min = local.len() * OF_PLACE_PERCENT_MIN / 100;
    let best = ZONES
        .iter()
        .map(|(place, zone)| {
            let keeps =
                |one: &&&(&Facts, Stamp, i16)| offset_at(zone, one.1.unix_micros) == Some(one.2);
            (place, zone, local.iter().filter(keeps).count())
        })
        .max_by_key(|(.., n)| *n);
    let Some((place, zone, n_kept)) = best else {
        return Vec::new();
    };
    if n_kept < n_min || n_kept < TAUGHT_MIN || !has_both_seasons(zone, &local) {
        return Vec::new();
    }
    let broken: Vec<_> = local
        .iter()
        .filter(|(_, date, offset)| is_of_other_season(zone, *date, *offset))
        .collect();
    if broken.len() > BREAKS_MAX {
        return Vec::new();
    }
    broken
        .into_iter()
        .filter(|(facts, ..)| !facts.is_proved())
        .map(|(facts, date, offset)| {
            let says = format!(
                "Its date {} has the offset {}. {n_kept} of {} messages of its sender that write a local offset keep the summer time of {place}, under which that date has {}.",
                date.civil().date(),
                shown(*offset),
                local.len(),
                offset_at(zone, date.unix_micros).map(shown).unwrap_or_default(),
            );
            (facts.item, Finding::new("offset-not-of-season", says))
        })
        .collect()
}

fn has_both_seasons(zone: &TimeZone, local: &[&(&Facts, Stamp, i16)]) -> bool {
    let mut offsets: Vec<i16> = local
        .iter()
        .filter(|(_, date, offset)| offset_at(zone, date.unix_micros) == Some(*offset))
        .map(|(.., offset)| *offset)
        .collect();
    offsets.sort_unstable();
    let mut seasons = offsets.chunk_by(|a, b| a == b);
    let n_seasons = seasons.clone().count();
    n_seasons == 2 && seasons.all(|season| season.len() >= OF_SEASON_MIN)
}

/// Whether the offset is the place's, but of another time of the year.
fn is_of_other_season(zone: &TimeZone, date: Stamp, offset: i16) -> bool {
    let at = |micros: i64| offset_at(zone, date.unix_micros.saturating_add(micros));
    let quarter = 91 * 86_400 * 1_000_000;
    at(-AROUND_CHANGE_MICROS) != Some(offset)
        && at(0) != Some(offset)
        && at(AROUND_CHANGE_MICROS) != Some(offset)
        && (1..=3).any(|quarters| at(quarters * quarter) == Some(offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_time_of_paris_begins_at_the_end_of_march() {
        let zone = &ZONES[1].1;
        let date = |month, day, offset| {
            Stamp::from_civil((2017, month, day), (12, 0, 0), Some(offset)).unwrap()
        };
        assert!(is_of_other_season(zone, date(4, 20, 60), 60));
        assert!(is_of_other_season(zone, date(1, 20, 120), 120));
        assert!(!is_of_other_season(zone, date(3, 27, 60), 60), "a day late");
        assert!(
            !is_of_other_season(zone, date(4, 20, 180), 180),
            "another zone"
        );
        assert!(!is_of_other_season(zone, date(7, 1, 120), 120));
    }

    #[test]
    fn all_places_are_in_the_database() {
        assert_eq!(ZONES.len(), PLACES.len());
    }
}
