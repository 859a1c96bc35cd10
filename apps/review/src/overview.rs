//! The overview, and the pages of the tests.

use std::collections::BTreeMap;

use mabillon_case::{Class, Origin};
use mabillon_examine::TESTS;
use mabillon_report::words::{class_meaning, headline, holders_words, items_words};
use mabillon_report::{ClassCounts, ItemsRow};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::list::{buckets, put, unit};
use crate::table::{Interned, KINDS, NO_CLASS, NO_DATE, NO_MONTH, Table, is};

/// Mailboxes, senders and domains shown.
const ROWS_MAX: usize = 50;

type Classes = [u64; Class::ALL.len()];

fn classes_json(counts: &Classes) -> Value {
    Class::ALL
        .iter()
        .zip(counts)
        .map(|(class, n)| (class.word().to_owned(), json!(n)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn add(counts: &mut Classes, class: usize) {
    if let Some(count) = counts.get_mut(class) {
        *count += 1;
    }
}

/// `GET /api/overview`
#[expect(clippy::too_many_lines, reason = "one answer, field by field")]
#[expect(clippy::unnecessary_wraps, reason = "the type of every route")]
pub(crate) fn overview(desk: &Desk, _: &Call<'_>) -> Result<Reply, Refusal> {
    let table = &desk.table;
    let mut opinions = Classes::default();
    let mut months: BTreeMap<i32, Classes> = BTreeMap::new();
    let (mut undated, mut outside) = (0u64, 0u64);
    let mut items = ItemsRow::default();
    let mut kinds = vec![(0u64, 0u64, 0u64); KINDS.len()];
    let mut mailboxes = vec![Classes::default(); table.mailboxes.texts.len()];
    let mut senders = vec![Classes::default(); table.addresses.texts.len()];
    let mut domains = vec![Classes::default(); table.domains.texts.len()];
    for index in (0..table.len()).filter(|index| is(&table.is_listed, *index)) {
        items.n_holders += u64::from(table.is_container(index));
        match table.examined.get(index) {
            Some(0) => items.n_examined += 1,
            Some(1) => items.n_partial += 1,
            _ => items.n_not_examined += 1,
        }
        if let Some((items, places, bytes)) = table
            .kind
            .get(index)
            .and_then(|kind| kinds.get_mut(usize::from(*kind)))
        {
            *items += 1;
            *places += u64::from(table.n_places.get(index).copied().unwrap_or_default());
            *bytes += table.size.get(index).copied().unwrap_or_default();
        }
        let class = table.class.get(index).copied().unwrap_or(NO_CLASS);
        if class == NO_CLASS || table.examined.get(index) == Some(&2) {
            continue;
        }
        let class = usize::from(class);
        add(&mut opinions, class);
        let date = table.date.get(index).copied().unwrap_or(NO_DATE);
        match table.month.get(index).copied().unwrap_or(NO_MONTH) {
            NO_MONTH if date == NO_DATE => undated += 1,
            NO_MONTH => outside += 1,
            month => add(months.entry(i32::from(month)).or_default(), class),
        }
        let of = |rows: &mut Vec<Classes>, number: u32| {
            if let Some(counts) = rows.get_mut(number as usize) {
                add(counts, class);
            }
        };
        table
            .mailbox
            .of(index)
            .iter()
            .for_each(|mailbox| of(&mut mailboxes, *mailbox));
        of(
            &mut senders,
            table.sender.get(index).copied().unwrap_or(u32::MAX),
        );
        of(
            &mut domains,
            table.domain.get(index).copied().unwrap_or(u32::MAX),
        );
    }
    let bars = buckets(&months);
    let bars_json: Vec<Value> = bars
        .iter()
        .map(|bar| {
            let mut sum = Classes::default();
            for (_, counts) in months.range(bar.first..bar.after) {
                sum.iter_mut()
                    .zip(counts)
                    .for_each(|(sum, count)| *sum += count);
            }
            let mut row = bar.json();
            put(&mut row, "opinions", classes_json(&sum));
            row
        })
        .collect();
    let n_items = items.n_items() - items.n_holders;
    Ok(Reply::json(json!({
        "headline": headline(&ClassCounts::from(opinions)),
        "accounting": accounting(&items),
        "summary": "An opinion says how far the findings support that an item is as its purported author left it; never that what it says is true.",
        "items": n_items,
        "opinions": classes_json(&opinions),
        "meanings": Class::ALL.map(|class| json!({"opinion": class.word(), "means": class_meaning(class)})),
        "kinds": KINDS.iter().zip(&kinds).filter(|(_, counts)| counts.0 > 0)
            .map(|(kind, (items, places, bytes))| json!({"kind": kind, "items": items, "places": places, "size_bytes": bytes})).collect::<Vec<_>>(),
        "timeline": {"unit": unit(&bars), "buckets": bars_json, "undated": undated, "outside": outside},
        "mailboxes": fullest(&table.mailboxes, &mailboxes),
        "senders": fullest(&table.addresses, &senders),
        "sender_domains": fullest(&table.domains, &domains),
        "keys": keys(table),
        "not_examined": reasons(&table.not_examined),
        "partial": reasons(&table.partial),
        "progress": progress(desk, n_items),
        "examination": examination(desk),
    })))
}

fn fullest(names: &Interned, counts: &[Classes]) -> Vec<Value> {
    let mut rows: Vec<(&str, u64, &Classes)> = names
        .texts
        .iter()
        .zip(counts)
        .map(|(name, counts)| (&**name, counts.iter().sum(), counts))
        .collect();
    rows.retain(|(_, n, _)| *n > 0);
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    rows.truncate(ROWS_MAX);
    rows.into_iter().map(|(name, n, counts)| json!({"value": name, "items": n, "opinions": classes_json(counts)})).collect()
}

fn keys(table: &Table) -> Vec<Value> {
    let mut rows: Vec<_> = table.keys.iter().collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse((count.proved, count.verified, count.no_key)));
    rows.truncate(4 * ROWS_MAX);
    rows.into_iter()
        .map(|((kind, by, selector), count)| {
            json!({"kind": kind, "by": by, "selector": selector, "key_source": count.source, "key_bits": count.bits,
                "anchored": count.anchored, "proved": count.proved, "verified": count.verified, "failed": count.failed, "no_key": count.no_key})
        })
        .collect()
}

fn reasons(reasons: &BTreeMap<String, u64>) -> Vec<Value> {
    let mut rows: Vec<_> = reasons.iter().collect();
    rows.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    rows.truncate(4 * ROWS_MAX);
    rows.into_iter()
        .map(|(reason, items)| json!({"reason": reason, "items": items}))
        .collect()
}

/// What became of all items, and why not all of them have an opinion.
fn accounting(items: &ItemsRow) -> String {
    let words = items_words(items);
    match holders_words(items) {
        holders if holders.is_empty() => words,
        holders => format!("{words} {holders} and have no opinion of their own."),
    }
}

fn progress(desk: &Desk, n_items: u64) -> Value {
    let table = &desk.table;
    let touched = desk.touched();
    let doubted =
        |index: usize| matches!(table.class.get(index), Some(4 | 5)) && is(&table.is_listed, index);
    let n_doubted = (0..table.len()).filter(|index| doubted(*index)).count();
    let mut by_word: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_reviewer: BTreeMap<&str, u64> = BTreeMap::new();
    let mut assigned: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let (mut decided, mut doubted_decided) = (0u64, 0u64);
    for (index, review) in touched.iter() {
        if let Some(decision) = review.decision {
            decided += 1;
            doubted_decided += u64::from(doubted(*index as usize));
            *by_word.entry(decision.word()).or_default() += 1;
            *by_reviewer
                .entry(review.decided_by.as_deref().unwrap_or_default())
                .or_default() += 1;
        }
        if let Some(name) = &review.assigned {
            let counts = assigned.entry(name).or_default();
            counts.0 += 1;
            counts.1 += u64::from(review.decision.is_none());
        }
    }
    let of = |word: &str| by_word.get(word).copied().unwrap_or_default();
    json!({
        "items": n_items, "decided": decided, "use": of("use"), "do_not_use": of("do-not-use"), "needs_work": of("needs-work"),
        "undecided": n_items.saturating_sub(decided), "questioned_or_contradicted": n_doubted, "of_these_decided": doubted_decided,
        "by_reviewer": by_reviewer.iter().map(|(name, n)| json!({"name": name, "decided": n})).collect::<Vec<_>>(),
        "assigned": assigned.iter().map(|(name, (n, undecided))| json!({"name": name, "items": n, "undecided": undecided})).collect::<Vec<_>>(),
    })
}

fn examination(desk: &Desk) -> Value {
    let record = &desk.examination;
    let exhibits = record.exhibits.iter().map(|exhibit| {
        json!({"number": exhibit.number, "name": exhibit.name, "sha256": exhibit.digest.to_string(), "files": exhibit.n_files,
            "size_bytes": exhibit.size_bytes, "origin": if exhibit.origin == Origin::Reference { "reference" } else { "collection" }})
    });
    json!({"version": record.version, "started": record.started, "ended": record.ended, "exhibits": exhibits.collect::<Vec<_>>(),
        "options": record.options, "sources": record.sources})
}

/// The text below a heading of a test's documentation.
pub(crate) fn section<'d>(documentation: &'d str, heading: &str) -> String {
    let lines = documentation.lines().map(str::trim);
    let below = lines
        .skip_while(|line: &&'d str| line.strip_prefix("## ") != Some(heading))
        .skip(1);
    below
        .take_while(|line| !line.starts_with("## "))
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

/// `GET /api/tests`
#[expect(clippy::unnecessary_wraps, reason = "the type of every route")]
pub(crate) fn tests(_: &Desk, _: &Call<'_>) -> Result<Reply, Refusal> {
    let tests: Vec<Value> = TESTS
        .iter()
        .map(|test| {
            let references = section(test.documentation, "References");
            let references: Vec<&str> = references.lines().map(|line| line.trim_start_matches("- ").trim()).filter(|line| !line.is_empty()).collect();
            json!({"test": test.id, "shelf": test.shelf(), "summary": test.summary(),
                "examines": section(test.documentation, "What it examines"), "matters": section(test.documentation, "Why it matters"),
                "innocent": section(test.documentation, "Innocent explanations"), "references": references, "codes": test.findings})
        })
        .collect();
    Ok(Reply::json(json!({"tests": tests})))
}
