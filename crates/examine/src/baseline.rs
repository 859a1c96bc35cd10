//! What a sender, a program or a mailbox usually does, learnt from the collection itself.
//!
//! Proved messages come first: where there are enough of them, nothing else is learnt from. Where there are not, all
//! messages teach, but no day of one mailbox more than a few times, so that a pile of messages put in at once cannot
//! become the rule. A value is called alone only where new values are rare with this sender, which is estimated by the
//! share of values seen once or twice (Good 1953), and where the usual is seen before and after.

use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::{Facts, ItemId};

/// Messages that must have taught before anything is called usual.
pub(crate) const TAUGHT_MIN: usize = 30;
/// Days on which they were written, at least.
const DAYS_MIN: usize = 8;
/// Messages of one day and mailbox that teach at most.
const PER_DAY_MAX: usize = 3;
/// A value that occurs no more often is rare.
const RARE_MAX: usize = 3;
/// Where rare values make up more than one in this many messages, a rare value says nothing.
const RARE_SHARE_ONE_IN: usize = 50;
/// Usual messages that must lie before a lone value, and after it: what begins or ends with the collection is no
/// exception but perhaps a change.
const AROUND_MIN: usize = 5;
/// Seconds in a day.
const DAY_SECONDS: i64 = 86_400;

/// One message as it bears on a habit.
pub(crate) struct Observation<'a, V = String> {
    /// Its facts.
    pub(crate) facts: &'a Facts,
    /// When it says it was written, seconds since the epoch.
    pub(crate) seconds: i64,
    /// What it does.
    pub(crate) value: V,
}

/// How a message stands to what its sender usually does.
pub(crate) enum Habit {
    /// It does what others do.
    Usual {
        /// Messages that do the same, this one left out.
        n_same: usize,
        /// What was learnt from.
        taught: Taught,
    },
    /// It does what no other does, or hardly any.
    Alone {
        /// Messages that do the same, this one left out.
        n_same: usize,
        /// What most do.
        usual: String,
        /// What was learnt from.
        taught: Taught,
    },
}

/// What was learnt from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taught {
    /// Messages that taught.
    pub(crate) n: usize,
    /// Whether all of them are proved by signatures.
    pub(crate) by_proved: bool,
}

impl Taught {
    /// In words: "214 other messages", "31 proved messages".
    pub(crate) fn in_words(self) -> String {
        let kind = if self.by_proved { "proved" } else { "other" };
        format!("{} {kind} messages", self.n)
    }
}

/// The habit of one sender, and what each message that is not proved does against it.
pub(crate) fn habits(mut observed: Vec<Observation<'_>>) -> Vec<(ItemId, Habit)> {
    observed.sort_by_key(|one| (one.seconds, one.facts.item));
    let Some(learnt) = Learnt::of(&observed) else {
        return Vec::new();
    };
    observed
        .iter()
        .filter(|one| !one.facts.is_proved())
        .filter_map(|one| Some((one.facts.item, learnt.judge(one)?)))
        .collect()
}

/// The messages that teach, and whether all of them are proved; nothing where there are too few.
///
/// `observed` must be in order of time, so that the same ones are taken each time.
pub(crate) fn teaching<'o, 'a, V>(
    observed: &'o [Observation<'a, V>],
) -> Option<(Vec<&'o Observation<'a, V>>, bool)> {
    let proved = capped(observed.iter().filter(|one| one.facts.is_proved()));
    let by_proved = is_enough(&proved);
    let teaching = if by_proved {
        proved
    } else {
        capped(observed.iter())
    };
    is_enough(&teaching).then_some((teaching, by_proved))
}

/// What was learnt of one sender.
struct Learnt<'a> {
    /// How often each value was seen among those that teach.
    counts: BTreeMap<&'a str, usize>,
    /// The same over all messages.
    counts_all: BTreeMap<&'a str, usize>,
    taught: Taught,
    teaches: BTreeSet<ItemId>,
    usual: &'a str,
    /// Times of messages that teach and do what is not rare, in order.
    usual_seconds: Vec<i64>,
    /// Messages that do what is rare.
    n_rare: usize,
}

impl<'a> Learnt<'a> {
    fn of(observed: &'a [Observation<'a>]) -> Option<Self> {
        let (teaching, by_proved) = teaching(observed)?;
        let counts = count(teaching.iter().copied());
        let counts_all = count(observed.iter());
        let usual = counts
            .iter()
            .max_by_key(|(value, n)| (**n, std::cmp::Reverse(**value)))?
            .0;
        let is_rare = |value: &str| counts.get(value).is_none_or(|n| *n <= RARE_MAX);
        Some(Self {
            usual_seconds: teaching
                .iter()
                .filter(|one| !is_rare(&one.value))
                .map(|one| one.seconds)
                .collect(),
            n_rare: teaching.iter().filter(|one| is_rare(&one.value)).count(),
            taught: Taught {
                n: teaching.len(),
                by_proved,
            },
            teaches: teaching.iter().map(|one| one.facts.item).collect(),
            usual,
            counts,
            counts_all,
        })
    }

    fn judge(&self, one: &Observation<'_>) -> Option<Habit> {
        let is_own = usize::from(self.teaches.contains(&one.facts.item));
        let n_taught = self.counts.get(&*one.value).copied().unwrap_or(0) - is_own;
        let taught = Taught {
            n: self.taught.n - is_own,
            ..self.taught
        };
        if n_taught >= RARE_MAX {
            return Some(Habit::Usual {
                n_same: n_taught,
                taught,
            });
        }
        // Under many eyes a forger's own pile is seen even where it does not teach.
        let n_same = self.counts_all.get(&*one.value).copied().unwrap_or(1) - 1;
        let n_rare_others = self.n_rare - (n_taught + is_own).min(self.n_rare);
        let is_settled = n_rare_others * RARE_SHARE_ONE_IN <= taught.n;
        let n_before = self
            .usual_seconds
            .partition_point(|seconds| *seconds < one.seconds);
        let n_after = self.usual_seconds.len() - n_before;
        let is_inside = n_before >= AROUND_MIN && n_after >= AROUND_MIN;
        // A value that few teach and many do is an open question, not an exception.
        (n_same < RARE_MAX && is_settled && is_inside).then(|| Habit::Alone {
            n_same,
            usual: self.usual.to_owned(),
            taught,
        })
    }
}

fn count<'o>(observed: impl Iterator<Item = &'o Observation<'o>>) -> BTreeMap<&'o str, usize> {
    let mut counts = BTreeMap::new();
    for one in observed {
        *counts.entry(one.value.as_str()).or_insert(0) += 1;
    }
    counts
}

/// Those that teach: of one day and mailbox no more than [`PER_DAY_MAX`].
fn capped<'o, 'f: 'o, V: 'o>(
    observed: impl Iterator<Item = &'o Observation<'f, V>>,
) -> Vec<&'o Observation<'f, V>> {
    let mut of_day: BTreeMap<(&str, i64), usize> = BTreeMap::new();
    observed
        .filter(|one| {
            let mailbox = one
                .facts
                .places
                .first()
                .and_then(|place| place.mailbox.as_deref())
                .unwrap_or_default();
            let n = of_day
                .entry((mailbox, one.seconds.div_euclid(DAY_SECONDS)))
                .or_insert(0);
            *n += 1;
            *n <= PER_DAY_MAX
        })
        .collect()
}

fn is_enough<V>(teaching: &[&Observation<'_, V>]) -> bool {
    let days: BTreeSet<i64> = teaching
        .iter()
        .map(|one| one.seconds.div_euclid(DAY_SECONDS))
        .collect();
    teaching.len() >= TAUGHT_MIN && days.len() >= DAYS_MIN
}
