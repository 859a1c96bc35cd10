//! How many items each value of each filter would leave.

use std::collections::BTreeMap;

use mabillon_case::Class;
use mabillon_keep::review::Review;
use serde_json::{Map, Value, json};

use super::filter::{Sieve, review_values};
use super::put;
use super::timeline::{buckets, unit};
use crate::table::{EXAMINED, Interned, KINDS, MONTHS_END, NO_MONTH, NONE, SIGNATURES, Table};

/// Values a facet holds.
const FACET_VALUES_MAX: usize = 50;

/// The counts of a list.
pub(super) fn facets(sieve: &Sieve<'_>) -> Value {
    let table = sieve.table;
    let mut counts = Counts {
        opinion: vec![0; 7],
        kind: vec![0; KINDS.len()],
        signature: vec![0; SIGNATURES.len()],
        examined: vec![0; EXAMINED.len()],
        attachment: vec![0; KINDS.len() + 2],
        code: vec![0; table.codes.texts.len()],
        mailbox: vec![0; table.mailboxes.texts.len()],
        sender: vec![0; table.addresses.texts.len()],
        domain: vec![0; table.domains.texts.len()],
        recipient: vec![0; table.addresses.texts.len()],
        review: Default::default(),
        untouched: [0; 4],
        months: vec![0; usize::from(MONTHS_END)],
    };
    for (index, fails) in sieve.fails.iter().enumerate() {
        if *fails == 0 || fails.is_power_of_two() {
            counts.count(sieve, index, *fails);
        }
    }
    counts.json(table)
}

struct Counts {
    opinion: Vec<u64>,
    kind: Vec<u64>,
    signature: Vec<u64>,
    examined: Vec<u64>,
    attachment: Vec<u64>,
    code: Vec<u64>,
    mailbox: Vec<u64>,
    sender: Vec<u64>,
    domain: Vec<u64>,
    recipient: Vec<u64>,
    review: [BTreeMap<String, u64>; 4],
    /// Items nobody has touched, for each facet about the review.
    untouched: [u64; 4],
    months: Vec<u64>,
}

/// The facets about the review, in the order of their bits.
const REVIEWED: [&str; 4] = ["decision", "reviewer", "tag", "assigned"];
/// The bit of the first of them.
const REVIEWED_BIT: usize = 9;

fn add(counts: &mut [u64], number: u32) {
    if let Some(count) = counts.get_mut(number as usize) {
        *count += 1;
    }
}

impl Counts {
    #[expect(clippy::too_many_lines, reason = "one answer, field by field")]
    fn count(&mut self, sieve: &Sieve<'_>, index: usize, fails: u16) {
        let table = sieve.table;
        // It counts in every facet but those whose filter is not the one it fails.
        let counts = |bit: usize| fails == 0 || fails == 1 << bit;
        let byte = |values: &[u8]| values.get(index).map_or(NONE, |value| u32::from(*value));
        let number = |values: &[u32]| values.get(index).copied().unwrap_or(NONE);
        if counts(0) {
            add(&mut self.opinion, byte(&table.class));
        }
        if counts(1) {
            table
                .findings
                .of(index)
                .iter()
                .for_each(|code| add(&mut self.code, *code));
        }
        if counts(2) {
            add(&mut self.kind, byte(&table.kind));
        }
        if counts(3) {
            table
                .mailbox
                .of(index)
                .iter()
                .for_each(|mailbox| add(&mut self.mailbox, *mailbox));
        }
        if counts(4) {
            add(&mut self.sender, number(&table.sender));
        }
        if counts(5) {
            add(&mut self.domain, number(&table.domain));
        }
        if counts(6) {
            let all = table.to.of(index).iter().chain(table.cc.of(index));
            all.for_each(|recipient| add(&mut self.recipient, *recipient));
        }
        if counts(7) {
            add(&mut self.signature, byte(&table.signature));
        }
        if counts(8) {
            let carries = table.carries.get(index).copied().unwrap_or_default();
            for kind in 0..8u32 {
                if carries & (1 << kind) != 0 {
                    add(&mut self.attachment, kind);
                }
            }
            let whole = 6 + u32::from(carries != 0);
            add(&mut self.attachment, whole);
        }
        let review = u32::try_from(index)
            .ok()
            .and_then(|index| sieve.touched.get(&index));
        for (n, name) in REVIEWED.into_iter().enumerate() {
            if counts(REVIEWED_BIT + n) {
                self.count_review(n, name, review);
            }
        }
        if counts(13) {
            add(&mut self.examined, byte(&table.examined));
        }
        if counts(14)
            && let Some(month) = table.month.get(index)
        {
            add(&mut self.months, u32::from(*month));
        }
    }

    fn count_review(&mut self, n: usize, name: &str, review: Option<&Review>) {
        let (Some(map), Some(untouched)) = (self.review.get_mut(n), self.untouched.get_mut(n))
        else {
            return;
        };
        if review.is_none() {
            *untouched += 1;
            return;
        }
        for value in review_values(name, review) {
            if let Some(count) = map.get_mut(value) {
                *count += 1;
            } else {
                map.insert(value.to_owned(), 1);
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one answer, field by field")]
    fn json(self, table: &Table) -> Value {
        let words = |words: &[&str], counts: &[u64]| {
            facet(words.iter().copied().zip(counts.iter().copied()))
        };
        let interned = |interned: &Interned, counts: &[u64]| {
            let texts = interned.texts.iter().map(|text| &**text);
            facet(texts.zip(counts.iter().copied()))
        };
        let mut attachments: Vec<&str> = KINDS.to_vec();
        attachments.extend(["none", "any"]);
        let mut facets = Map::new();
        let mut set = |name: &str, value: Value| facets.insert(name.to_owned(), value);
        set(
            "opinion",
            words(&Class::ALL.map(Class::word), &self.opinion),
        );
        set("test", interned(&table.codes, &self.code));
        set("kind", words(&KINDS, &self.kind));
        set("mailbox", interned(&table.mailboxes, &self.mailbox));
        set("sender", interned(&table.addresses, &self.sender));
        set("sender_domain", interned(&table.domains, &self.domain));
        set("recipient", interned(&table.addresses, &self.recipient));
        set("signature", words(&SIGNATURES, &self.signature));
        set("attachment", words(&attachments, &self.attachment));
        let reviewed = REVIEWED.into_iter().zip(self.review).zip(self.untouched);
        for ((name, mut map), untouched) in reviewed {
            for value in review_values(name, None) {
                *map.entry(value.to_owned()).or_default() += untouched;
            }
            let rows = map.iter().map(|(value, count)| (value.as_str(), *count));
            set(name, facet(rows));
        }
        set("examined", words(&EXAMINED, &self.examined));
        let months = (0..).zip(self.months);
        let months: BTreeMap<i32, u64> = months
            .filter(|(month, count)| *count > 0 && *month != i32::from(NO_MONTH))
            .collect();
        let buckets = buckets(&months);
        let rows: Vec<Value> = buckets
            .iter()
            .map(|bucket| {
                let n: u64 = months
                    .range(bucket.first..bucket.after)
                    .map(|(_, count)| count)
                    .sum();
                let mut row = bucket.json();
                put(&mut row, "items", json!(n));
                row
            })
            .collect();
        set("date", json!({"unit": unit(&buckets), "buckets": rows}));
        Value::Object(facets)
    }
}

/// The fullest values, and how many there are beyond.
fn facet<'v>(rows: impl Iterator<Item = (&'v str, u64)>) -> Value {
    let mut rows: Vec<(&str, u64)> = rows.filter(|(_, count)| *count > 0).collect();
    let more = rows.len().saturating_sub(FACET_VALUES_MAX);
    let order = |a: &(&str, u64), b: &(&str, u64)| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0));
    if more > 0 {
        rows.select_nth_unstable_by(FACET_VALUES_MAX, order);
        rows.truncate(FACET_VALUES_MAX);
    }
    rows.sort_unstable_by(order);
    let values: Vec<Value> = rows
        .into_iter()
        .map(|(value, items)| json!({"value": value, "items": items}))
        .collect();
    json!({"values": values, "more": more})
}
