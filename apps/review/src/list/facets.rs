//! How many items each value of each filter would leave.

use std::collections::BTreeMap;

use mabillon_case::Class;
use serde_json::{Map, Value, json};

use super::filter::{FACETS, Sieve, review_values};
use super::put;
use super::timeline::{buckets, month, unit};
use crate::table::{EXAMINED, Interned, KINDS, NONE, SIGNATURES, Table};

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
        months: BTreeMap::new(),
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
    months: BTreeMap<i32, u64>,
}

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
        for (n, bit) in (9..13).enumerate() {
            if counts(bit)
                && let (Some(name), Some(map)) = (FACETS.get(bit), self.review.get_mut(n))
            {
                for value in review_values(name, review) {
                    if let Some(count) = map.get_mut(value) {
                        *count += 1;
                    } else {
                        map.insert(value.to_owned(), 1);
                    }
                }
            }
        }
        if counts(13) {
            add(&mut self.examined, byte(&table.examined));
        }
        if counts(14)
            && let Some(month) = table.date.get(index).and_then(|date| month(*date))
        {
            *self.months.entry(month).or_default() += 1;
        }
    }

    #[expect(clippy::too_many_lines, reason = "one answer, field by field")]
    fn json(self, table: &Table) -> Value {
        let words = |words: &[&str], counts: &[u64]| {
            let rows = words
                .iter()
                .zip(counts)
                .map(|(word, count)| ((*word).to_owned(), *count));
            facet(rows.collect())
        };
        let interned = |interned: &Interned, counts: &[u64]| {
            let rows = interned
                .texts
                .iter()
                .zip(counts)
                .map(|(text, count)| (text.to_string(), *count));
            facet(rows.collect())
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
        for (name, map) in ["decision", "reviewer", "tag", "assigned"]
            .into_iter()
            .zip(self.review)
        {
            set(name, facet(map.into_iter().collect()));
        }
        set("examined", words(&EXAMINED, &self.examined));
        let buckets = buckets(&self.months);
        let rows: Vec<Value> = buckets
            .iter()
            .map(|bucket| {
                let n: u64 = self
                    .months
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

fn facet(mut rows: Vec<(String, u64)>) -> Value {
    rows.retain(|(_, count)| *count > 0);
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let more = rows.len().saturating_sub(FACET_VALUES_MAX);
    rows.truncate(FACET_VALUES_MAX);
    let values: Vec<Value> = rows
        .into_iter()
        .map(|(value, items)| json!({"value": value, "items": items}))
        .collect();
    json!({"values": values, "more": more})
}
