//! Is an address used under its names, within its time, and with answers that come back to it?

use std::collections::BTreeMap;

use mabillon_case::{Facts, Finding, ItemId, LureKind, MessageFacts};

use super::{sender_key, written};
use crate::baseline::{Habit, Observation, TAUGHT_MIN, habits, teaching};
use crate::signature::organisation;
use crate::test::declare_test;
use crate::tests_of::signature::printable;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// An address is used under the names, at the times and with the addresses for answers that it has elsewhere.
    ///
    /// ## What it examines
    /// The messages of one address, proved ones first, no day of one mailbox counting more than three times: the name
    /// that stands with it, the house that answers go to (`Reply-To`, where it is another than the sender's), and a
    /// message dated more than a year, and four times the longest pause, before the first or after the last of the others.
    /// And the messages under one name of a person: one from another house, where nearly all others come from one
    /// address. Bulk mail and mail through lists are left out. Names count as the same whatever the order, case and
    /// marks of their words.
    /// ## Why it matters
    /// Who writes a message in somebody's name from memory, or from a list of addresses, gets the form of the name wrong,
    /// takes an address that was not in use yet or any more, or needs the answers somewhere else.
    /// ## Innocent explanations
    /// A telephone or a new program writes the name in another form; people write from private addresses, come back
    /// after years, and ask for answers to a colleague; two people have one name. A first contact is no finding.
    /// ## References
    /// - RFC 5322, sections 3.4, 3.6.2 and 4.4
    pub(crate) static SENDER_IDENTITY = {
        id: "collection/sender-identity",
        findings: &[
            "name-alone",
            "answers-elsewhere-alone",
            "before-first-use",
            "after-last-use",
            "name-of-another-address",
        ],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it has no sender, is bulk mail, or passed a mailing list",
            needs_text: false,
            members_min: TAUGHT_MIN,
            examine: sender_identity,
        }),
    }
}

/// A message is before or after the use of an address where it lies at least so far from it, in seconds: a year.
const APART_SECONDS_MIN: i64 = 365 * 86_400;
/// And so many times the longest pause between the others.
const APART_PAUSES: i64 = 4;
/// Messages that lie so far out at one end, at most: more are a use of their own.
const OUTSIDE_MAX: usize = 2;
/// Date and delivery of such a message agree within so many seconds, where it was delivered: else a clock was wrong, which
/// other tests tell.
const CLOCK_SECONDS: i64 = 2 * 86_400;
/// Words of a name of a person, at least: one alone is a role or a first name.
const NAME_WORDS_MIN: usize = 2;
/// Words and letters of a name that are compared.
const NAME_WORDS_MAX: usize = 8;
/// Of this many messages under one name, one may come from other addresses than the usual one.
const OTHER_ADDRESS_ONE_IN: usize = 20;
/// Messages that the other address sent under the name, at most.
const OTHER_ADDRESS_MAX: usize = 2;

fn keys(facts: &Facts) -> Vec<Key> {
    let Some(message) = &facts.message else {
        return Vec::new();
    };
    if message.is_bulk || message.is_rewritten {
        return Vec::new();
    }
    sender_key(facts, "identity")
        .into_iter()
        .chain(person(message).map(|name| name_key(&name)))
        .collect()
}

fn name_key(name: &str) -> Key {
    Key::of(&[b"name", name.as_bytes()])
}

fn sender_identity(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let Some(first) = group.members.first().map(|member| member.facts) else {
        return Vec::new();
    };
    if sender_key(first, "identity") == Some(group.key) {
        return of_one_address(group);
    }
    let name = first.message.as_deref().and_then(person);
    name.map_or_else(Vec::new, |name| under_one_name(group, &name))
}

/// The words of a name in one form: lower case, without marks, in order.
fn words_of(name: &str) -> Vec<String> {
    let name = name.split('(').next().unwrap_or_default();
    let mut words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric() && c != '@')
        .filter(|word| !word.is_empty())
        .take(NAME_WORDS_MAX)
        .map(str::to_lowercase)
        .collect();
    words.sort_unstable();
    words
}

/// The name of a person that stands with the sender's address.
fn person(message: &MessageFacts) -> Option<String> {
    let words = words_of(&message.from_name);
    let is_name = words.len() >= NAME_WORDS_MIN
        && words
            .iter()
            .all(|word| word.chars().all(char::is_alphabetic));
    is_name.then(|| words.join(" "))
}

fn of_one_address(group: &Group<'_>) -> Vec<(ItemId, Finding)> {
    let mut findings = names(group);
    findings.extend(answers(group));
    findings.extend(outside_of_use(group));
    findings
}

/// The name beside the address; messages without one, or with the address in its place, are left out.
fn names(group: &Group<'_>) -> Vec<(ItemId, Finding)> {
    let observed: Vec<Observation<'_>> = written(group)
        .filter(|(_, message, _)| !message.from_name.is_empty() && !message.from_name.contains('@'))
        .map(|(facts, message, seconds)| Observation {
            facts,
            seconds,
            value: words_of(&message.from_name).join(" "),
        })
        .collect();
    alone(habits(observed))
        .map(|(item, usual, taught)| {
            let message = message_of(group, &item);
            let name = message.map_or("", |message| &*message.from_name);
            let says = format!(
                "The name beside the sender's address, \"{}\", is one that {taught} of the same address do not have, most of which have the name {}.",
                printable(name),
                printable(&usual),
            );
            (item, Finding::new("name-alone", says))
        })
        .collect()
}

/// Where answers go.
fn answers(group: &Group<'_>) -> Vec<(ItemId, Finding)> {
    let observed: Vec<Observation<'_>> = written(group)
        .map(|(facts, message, seconds)| Observation {
            facts,
            seconds,
            value: elsewhere(message).unwrap_or_default().to_owned(),
        })
        .collect();
    alone(habits(observed))
        .filter_map(|(item, _, taught)| {
            let says = format!(
                "Answers to it go to {}, outside of the sender's house, which those to {taught} of the same address do not.",
                printable(elsewhere(message_of(group, &item)?)?),
            );
            Some((item, Finding::new("answers-elsewhere-alone", says)))
        })
        .collect()
}

/// The address outside of the sender's house that answers go to.
fn elsewhere(message: &MessageFacts) -> Option<&str> {
    let mut signs = message.lure.signs.iter();
    let sign = signs.find(|sign| sign.kind == LureKind::AnswersElsewhere)?;
    Some(&sign.seen)
}

/// A member by its id, in the order of which they stand.
fn message_of<'a>(group: &Group<'a>, item: &ItemId) -> Option<&'a MessageFacts> {
    let place = group
        .members
        .binary_search_by_key(item, |member| member.facts.item)
        .ok()?;
    group.members.get(place)?.facts.message.as_deref()
}

/// Those that do what no other does: the item, what most do, and what was learnt from.
fn alone(habits: Vec<(ItemId, Habit)>) -> impl Iterator<Item = (ItemId, String, String)> {
    habits.into_iter().filter_map(|(item, habit)| match habit {
        Habit::Alone { usual, taught, .. } => Some((item, usual, taught.in_words())),
        Habit::Usual { .. } => None,
    })
}

/// Messages dated long before or after all others of the address.
fn outside_of_use(group: &Group<'_>) -> Vec<(ItemId, Finding)> {
    let mut observed: Vec<Observation<'_, ()>> = written(group)
        .map(|(facts, _, seconds)| Observation {
            facts,
            seconds,
            value: (),
        })
        .collect();
    observed.sort_by_key(|one| (one.seconds, one.facts.item));
    let Some((taught, by_proved)) = teaching(&observed) else {
        return Vec::new();
    };
    let kind = if by_proved { "proved" } else { "other" };
    let inner = inner(&taught);
    let (Some(first), Some(last)) = (inner.first(), inner.last()) else {
        return Vec::new();
    };
    let pause = inner
        .iter()
        .zip(inner.iter().skip(1))
        .map(|(a, b)| b.seconds - a.seconds)
        .max()
        .unwrap_or(0);
    let apart = APART_SECONDS_MIN.max(pause.saturating_mul(APART_PAUSES));
    let n_before = observed.partition_point(|one| one.seconds < first.seconds - apart);
    let n_until = observed.partition_point(|one| one.seconds <= last.seconds + apart);
    let (before, rest) = observed.split_at_checked(n_before).unwrap_or_default();
    let after = rest.get(n_until - n_before..).unwrap_or_default();
    let n = inner.len();
    [
        (before, "before-first-use", "before the first"),
        (after, "after-last-use", "after the last"),
    ]
    .into_iter()
    .filter(|(outside, ..)| outside.len() <= OUTSIDE_MAX)
    .flat_map(|(outside, code, where_to)| outside.iter().map(move |one| (one, code, where_to)))
    .filter(|(one, ..)| !one.facts.is_proved() && keeps_time(one.facts))
    .map(|(one, code, where_to)| {
        let edge = if code == "before-first-use" { first } else { last };
        let days = (one.seconds - edge.seconds).abs() / 86_400;
        let says = format!(
            "Its date lies {days} days {where_to} of {n} {kind} messages of the same address, which never pause for longer than {} days.",
            pause / 86_400
        );
        (one.facts.item, Finding::new(code, says))
    })
    .collect()
}

/// The messages that teach without the outermost at either end, which may be those in question.
fn inner<'o, 'f>(taught: &[&'o Observation<'f, ()>]) -> Vec<&'o Observation<'f, ()>> {
    let end = taught.len().saturating_sub(OUTSIDE_MAX);
    taught.get(OUTSIDE_MAX..end).unwrap_or_default().to_vec()
}

/// Whether date and delivery agree, where there was one.
fn keeps_time(facts: &Facts) -> bool {
    let Some(message) = &facts.message else {
        return false;
    };
    let seconds = |stamp: mabillon_case::Stamp| stamp.unix_seconds();
    match (message.date.map(seconds), message.delivered.map(seconds)) {
        (Some(date), Some(delivered)) => (date - delivered).abs() <= CLOCK_SECONDS,
        _ => true,
    }
}

/// Messages under the name of a person from another address than nearly all others.
fn under_one_name(group: &Group<'_>, name: &str) -> Vec<(ItemId, Finding)> {
    let mut observed: Vec<Observation<'_>> = written(group)
        .filter(|(_, message, _)| person(message).as_deref() == Some(name))
        .map(|(facts, message, seconds)| Observation {
            facts,
            seconds,
            value: message.from.to_lowercase(),
        })
        .collect();
    observed.sort_by_key(|one| (one.seconds, one.facts.item));
    let Some((taught, by_proved)) = teaching(&observed) else {
        return Vec::new();
    };
    let Some((usual, n_usual)) = most_frequent(taught.iter().copied()) else {
        return Vec::new();
    };
    let mut n_of: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &observed {
        *n_of.entry(&one.value).or_insert(0) += 1;
    }
    let n_other = taught.len() - n_usual;
    if n_other * OTHER_ADDRESS_ONE_IN > taught.len() {
        return Vec::new();
    }
    let kind = if by_proved { "proved" } else { "other" };
    observed
        .iter()
        .filter(|one| !one.facts.is_proved() && house(&one.value) != house(usual))
        .filter(|one| n_of.get(&*one.value).is_some_and(|n| *n <= OTHER_ADDRESS_MAX))
        .map(|one| {
            let says = format!(
                "It is sent in the name of {} from {}, while {n_usual} of {} {kind} messages in that name come from {}.",
                printable(name),
                printable(&one.value),
                taught.len(),
                printable(usual),
            );
            (one.facts.item, Finding::new("name-of-another-address", says))
        })
        .collect()
}

fn most_frequent<'o>(
    observed: impl Iterator<Item = &'o Observation<'o>>,
) -> Option<(&'o str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in observed {
        *counts.entry(&one.value).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(value, n)| (*n, std::cmp::Reverse(*value)))
}

fn house(address: &str) -> &str {
    organisation(address.rsplit_once('@').map_or("", |(_, domain)| domain))
}
