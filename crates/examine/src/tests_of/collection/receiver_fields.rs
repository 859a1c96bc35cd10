//! Does a message carry the fields that its mailbox's server adds to every other?

use std::collections::BTreeMap;

use mabillon_case::{Facts, Finding, ItemId};

use super::delivered_seconds;
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// A received message carries the header fields that the server of its mailbox adds to all others of the time.
    ///
    /// ## What it examines
    /// The names of the fields above the lowest `Received`, of all received messages of one mailbox, month by month with
    /// the months before and after: names that at least 98 of 100 messages carry, of at least a hundred, of which no
    /// sender counts more than ten times a month.
    /// ## Why it matters
    /// A server writes the same fields into everything it delivers (`Delivered-To`, `Return-Path`, `X-Received`). A message
    /// put into the mailbox file by hand, or brought in from elsewhere, lacks what its neighbours have.
    /// ## Innocent explanations
    /// Mail moved in from another account or an old archive, drafts, invitations and notes that never went through the
    /// server; mail delivered within the server. An export that drops fields drops them from all.
    /// ## References
    /// - RFC 5321, section 4.4 (trace fields); RFC 8601, section 5 (fields added at delivery)
    pub(crate) static RECEIVER_FIELDS = {
        id: "collection/receiver-fields",
        findings: &["fields-of-receiver", "field-of-receiver-missing"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it lies in no mailbox, or passed no relay",
            needs_text: false,
            members_min: MESSAGES_MIN,
            examine: receiver_fields,
        }),
    }
}

/// Messages that must have taught what a server adds.
const MESSAGES_MIN: usize = 100;
/// Of this many messages one may lack a field that the server is said to add.
const LACKS_ONE_IN: usize = 50;
/// Messages of one sender and month that teach.
const PER_SENDER_MAX: usize = 10;
/// Seconds of a month of thirty days.
const MONTH_SECONDS: i64 = 30 * 86_400;
/// Missing fields that are named.
const NAMED_MAX: usize = 4;

fn keys(facts: &Facts) -> Vec<Key> {
    let is_received = facts
        .message
        .as_ref()
        .is_some_and(|message| message.n_hops > 0 && !message.relay_fields.is_empty());
    if !is_received {
        return Vec::new();
    }
    facts
        .mailboxes()
        .into_iter()
        .map(|(exhibit, mailbox)| {
            Key::of(&[b"receiver fields", exhibit.as_bytes(), mailbox.as_bytes()])
        })
        .collect()
}

/// What the messages of one month carry.
#[derive(Default)]
struct Month<'a> {
    n: usize,
    with: BTreeMap<String, usize>,
    of_sender: BTreeMap<&'a str, usize>,
}

fn names(facts: &Facts) -> impl Iterator<Item = String> {
    facts
        .message
        .iter()
        .flat_map(|message| message.relay_fields.split(' '))
        .map(str::to_ascii_lowercase)
}

fn receiver_fields(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let received: Vec<(i64, &Facts)> = group
        .members
        .iter()
        .filter_map(|member| {
            let seconds = delivered_seconds(member.facts)?;
            Some((seconds.div_euclid(MONTH_SECONDS), member.facts))
        })
        .collect();
    let months = learn(&received);
    let expected: BTreeMap<i64, (usize, Vec<String>)> = months
        .keys()
        .map(|month| (*month, expected_in(&months, *month)))
        .collect();
    received
        .iter()
        .filter(|(_, facts)| !facts.is_proved())
        .filter_map(|(month, facts)| {
            let (n_taught, expected) = expected.get(month)?;
            Some((facts.item, finding(facts, *n_taught, expected)?))
        })
        .collect()
}

fn learn<'a>(received: &[(i64, &'a Facts)]) -> BTreeMap<i64, Month<'a>> {
    let mut months: BTreeMap<i64, Month<'a>> = BTreeMap::new();
    for (month, facts) in received {
        let month = months.entry(*month).or_default();
        let from = facts
            .message
            .as_ref()
            .map_or("", |message| message.from.as_str());
        let of_sender = month.of_sender.entry(from).or_insert(0);
        *of_sender += 1;
        if *of_sender > PER_SENDER_MAX {
            continue;
        }
        month.n += 1;
        for name in names(facts) {
            *month.with.entry(name).or_insert(0) += 1;
        }
    }
    months
}

/// Names that nearly all messages of this month and its neighbours carry, and of how many that was learnt; none where
/// too few teach.
fn expected_in(months: &BTreeMap<i64, Month<'_>>, month: i64) -> (usize, Vec<String>) {
    let mut with: BTreeMap<&str, usize> = BTreeMap::new();
    let mut n = 0;
    for (_, near) in months.range(month - 1..=month + 1) {
        n += near.n;
        for (name, count) in &near.with {
            *with.entry(name).or_insert(0) += count;
        }
    }
    if n < MESSAGES_MIN {
        return (n, Vec::new());
    }
    let expected = with
        .into_iter()
        .filter(|(name, count)| *name != "received" && (n - count) * LACKS_ONE_IN <= n)
        .map(|(name, _)| name.to_owned())
        .collect();
    (n, expected)
}

fn finding(facts: &Facts, n_taught: usize, expected: &[String]) -> Option<Finding> {
    if expected.is_empty() {
        return None;
    }
    let own: Vec<String> = names(facts).collect();
    let missing: Vec<&str> = expected
        .iter()
        .filter(|name| !own.contains(name))
        .map(String::as_str)
        .take(NAMED_MAX)
        .collect();
    if missing.is_empty() {
        let says = format!(
            "It carries all {} header fields that the server of this mailbox adds to nearly all messages of the time, as learnt from {n_taught} of them.",
            expected.len()
        );
        return Some(Finding::new("fields-of-receiver", says));
    }
    let says = format!(
        "It lacks what the server of this mailbox adds to nearly all messages of the time, as learnt from {n_taught} of them: {}.",
        missing.join(", ")
    );
    Some(Finding::new("field-of-receiver-missing", says))
}
