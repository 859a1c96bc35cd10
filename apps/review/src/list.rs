//! The list: filters, counts, orders, pages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use mabillon_case::{Class, ItemId};
use mabillon_keep::review::Reviews;
use mabillon_keep::{Case, Query as Search, SearchError, evaluate, snippet};
use mabillon_report::{place_text, printable};
use serde_json::{Map, Value, json};

use crate::desk::Desk;
use crate::http::{Call, Query, Refusal, Reply};
use crate::table::{
    EXAMINED, Interned, KINDS, NO_CLASS, NO_DATE, NONE, SIGNATURES, Searcher, Table, is,
};

/// Values a facet holds.
const FACET_VALUES_MAX: usize = 50;
/// Rows of a page.
const PAGE_ROWS_MAX: u64 = 200;
const PAGE_ROWS: u64 = 50;

/// What a list is filtered by, in the order of bits.
const FACETS: [&str; 15] = [
    "opinion",
    "test",
    "kind",
    "mailbox",
    "sender",
    "sender_domain",
    "recipient",
    "signature",
    "attachment",
    "decision",
    "reviewer",
    "tag",
    "assigned",
    "examined",
    "date",
];

/// How items stand in the review, by index in the table: only those that somebody touched.
pub(crate) type Touched = BTreeMap<u32, mabillon_keep::review::Review>;

/// Items by how many filters they fail.
struct Sieve<'t> {
    table: &'t Table,
    touched: Touched,
    /// A bit for each facet whose filter the item fails; all bits where it is not listed or the query does not fit.
    fails: Vec<u16>,
    scores: HashMap<u32, f32>,
    wanted: BTreeSet<String>,
}

const OUT: u16 = u16::MAX;

fn bad(says: impl Into<String>) -> Refusal {
    Refusal::new(400, "bad-request", says)
}

impl<'t> Sieve<'t> {
    fn of(desk: &'t Desk, query: &Query) -> Result<Self, Refusal> {
        let table = &desk.table;
        let touched = desk.touched();
        let mut sieve = Self {
            table,
            touched,
            fails: Vec::new(),
            scores: HashMap::new(),
            wanted: BTreeSet::new(),
        };
        sieve.fails = table
            .is_listed
            .iter()
            .map(|is_listed| if *is_listed { 0 } else { OUT })
            .collect();
        if let Some(text) = query.one("q") {
            sieve.search(desk, text)?;
        }
        for (bit, name) in FACETS.iter().enumerate() {
            let wanted: Vec<&str> = query.all(name).collect();
            if *name != "date" && !wanted.is_empty() {
                sieve.keep(bit, name, &wanted)?;
            }
        }
        sieve.keep_dates(query)?;
        Ok(sieve)
    }

    fn search(&mut self, desk: &Desk, text: &str) -> Result<(), Refusal> {
        let query = Search::parse(text)
            .map_err(|error| Refusal::new(400, "bad-query", error.to_string()))?;
        self.wanted = query.wanted();
        let searcher = Searcher {
            table: self.table,
            words: desk.words.as_ref(),
        };
        let rows = evaluate(&query, &searcher).map_err(|error| match error {
            SearchError::Keep(error) => Refusal::internal(&error),
            other => Refusal::new(400, "bad-query", other.to_string()),
        })?;
        let mut fails = vec![OUT; self.fails.len()];
        for (row, score) in rows {
            let Some(index) = self.table.index_of_row(row) else {
                continue;
            };
            if let (Some(new), Some(old)) = (fails.get_mut(index), self.fails.get(index)) {
                *new = *old;
            }
            if score > 0.0 {
                self.scores
                    .insert(u32::try_from(index).unwrap_or(NONE), score);
            }
        }
        self.fails = fails;
        Ok(())
    }

    #[expect(clippy::too_many_lines, reason = "one answer, field by field")]
    fn keep(&mut self, bit: usize, name: &str, wanted: &[&str]) -> Result<(), Refusal> {
        let table = self.table;
        let word_set = |words: &[&str]| -> Vec<bool> {
            words.iter().map(|word| wanted.contains(word)).collect()
        };
        let interned = |interned: &Interned| -> Vec<bool> {
            let mut flags = vec![false; interned.texts.len()];
            for number in wanted.iter().filter_map(|text| interned.find(text)) {
                if let Some(flag) = flags.get_mut(number as usize) {
                    *flag = true;
                }
            }
            flags
        };
        let known = |words: &[&str]| match wanted.iter().find(|word| !words.contains(word)) {
            None => Ok(()),
            Some(word) => Err(bad(format!(
                "{name}: {word:?} is not one of {}",
                words.join(", ")
            ))),
        };
        let column = |values: &'t [u8], flags: Vec<bool>| -> Box<dyn Fn(usize) -> bool + 't> {
            Box::new(move |index| {
                values
                    .get(index)
                    .is_some_and(|value| is(&flags, usize::from(*value)))
            })
        };
        let numbered = |values: &'t [u32], flags: Vec<bool>| -> Box<dyn Fn(usize) -> bool + 't> {
            Box::new(move |index| {
                values
                    .get(index)
                    .is_some_and(|value| is(&flags, *value as usize))
            })
        };
        let fits: Box<dyn Fn(usize) -> bool + '_> = match name {
            "opinion" => {
                let words = Class::ALL.map(Class::word);
                known(&words)?;
                column(&table.class, word_set(&words))
            }
            "kind" => {
                known(&KINDS)?;
                column(&table.kind, word_set(&KINDS))
            }
            "signature" => {
                known(&SIGNATURES)?;
                column(&table.signature, word_set(&SIGNATURES))
            }
            "examined" => {
                known(&EXAMINED)?;
                column(&table.examined, word_set(&EXAMINED))
            }
            "sender" => numbered(&table.sender, interned(&table.addresses)),
            "sender_domain" => numbered(&table.domain, interned(&table.domains)),
            "mailbox" => {
                let flags = interned(&table.mailboxes);
                Box::new(move |index| {
                    table
                        .mailbox
                        .of(index)
                        .iter()
                        .any(|number| is(&flags, *number as usize))
                })
            }
            "recipient" => {
                let flags = interned(&table.addresses);
                Box::new(move |index| {
                    table
                        .to
                        .of(index)
                        .iter()
                        .chain(table.cc.of(index))
                        .any(|number| is(&flags, *number as usize))
                })
            }
            "test" => {
                let fits = |code: &str| {
                    wanted
                        .iter()
                        .any(|test| code == *test || code.split('#').next() == Some(test))
                };
                let flags: Vec<bool> = table.codes.texts.iter().map(|code| fits(code)).collect();
                Box::new(move |index| {
                    table
                        .findings
                        .of(index)
                        .iter()
                        .any(|number| is(&flags, *number as usize))
                })
            }
            "attachment" => {
                let mut known_words: Vec<&str> = vec!["none", "any"];
                known_words.extend(KINDS);
                known(&known_words)?;
                let bits = KINDS.iter().enumerate().fold(0u8, |bits, (kind, word)| {
                    bits | u8::from(wanted.contains(word)) << kind
                });
                let (none, any) = (wanted.contains(&"none"), wanted.contains(&"any"));
                Box::new(move |index| {
                    let carries = table.carries.get(index).copied().unwrap_or_default();
                    (none && carries == 0) || (any && carries != 0) || carries & bits != 0
                })
            }
            _ => {
                let touched = &self.touched;
                Box::new(move |index| {
                    let review = u32::try_from(index)
                        .ok()
                        .and_then(|index| touched.get(&index));
                    review_values(name, review)
                        .iter()
                        .any(|value| wanted.contains(value))
                })
            }
        };
        for (index, fails) in self.fails.iter_mut().enumerate() {
            if *fails != OUT && !fits(index) {
                *fails |= 1 << bit;
            }
        }
        Ok(())
    }

    fn keep_dates(&mut self, query: &Query) -> Result<(), Refusal> {
        let read = |name: &str| {
            let date = query.one(name).map(|text| {
                text.parse::<Date>()
                    .map_err(|_| bad(format!("{name} is no date such as 2017-04-01")))
            });
            date.transpose()
        };
        let (from, to) = (read("date_from")?, read("date_to")?);
        if from.is_none() && to.is_none() {
            return Ok(());
        }
        let first = from.map_or(i64::MIN, micros);
        let after = to.map_or(NO_DATE, |date| date.tomorrow().map_or(NO_DATE, micros));
        for (fails, date) in self.fails.iter_mut().zip(&self.table.date) {
            if *fails != OUT && !(first..after).contains(date) {
                *fails |= 1 << 14;
            }
        }
        Ok(())
    }

    fn fits(&self, index: u32) -> bool {
        self.fails.get(index as usize) == Some(&0)
    }

    /// All that fit, in the order asked for.
    fn sorted(&self, query: &Query) -> Result<Vec<u32>, Refusal> {
        let default = if self.scores.is_empty() {
            "date"
        } else {
            "score"
        };
        let asked = query.one("sort").unwrap_or(default);
        let (name, turned) = asked
            .strip_prefix('-')
            .map_or((asked, false), |name| (name, true));
        let table = self.table;
        let order = match name {
            "date" | "score" | "decided" => &table.by_date,
            "opinion" => &table.by_class,
            "weight" => &table.by_weight,
            "sender" => &table.by_sender,
            "subject" => &table.by_subject,
            "size" => &table.by_size,
            "place" => &table.by_place,
            other => {
                return Err(bad(format!(
                    "sort: {other:?} is not one of date, opinion, weight, sender, subject, size, place, decided, score"
                )));
            }
        };
        let mut sorted: Vec<u32> = order
            .iter()
            .copied()
            .filter(|index| self.fits(*index))
            .collect();
        if name == "score" {
            let score = |index: &u32| self.scores.get(index).copied().unwrap_or_default();
            sorted.sort_by(|a, b| score(b).total_cmp(&score(a)));
        }
        if name == "decided" {
            let seq = |index: &u32| {
                self.touched
                    .get(index)
                    .filter(|review| review.decision.is_some())
                    .map_or(0, |review| review.seq)
            };
            sorted.sort_by_key(|index| std::cmp::Reverse(seq(index)));
        }
        if turned {
            sorted.reverse();
        }
        Ok(sorted)
    }

    fn facets(&self) -> Value {
        let table = self.table;
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
        for (index, fails) in self.fails.iter().enumerate() {
            if *fails == 0 || fails.is_power_of_two() {
                counts.count(self, index, *fails);
            }
        }
        counts.json(table)
    }
}

/// What a facet about the review holds of one item.
fn review_values<'r>(
    name: &str,
    review: Option<&'r mabillon_keep::review::Review>,
) -> Vec<&'r str> {
    match name {
        "decision" => vec![
            review
                .and_then(|review| review.decision)
                .map_or("undecided", |decision| decision.word()),
        ],
        "reviewer" => review
            .and_then(|review| review.decided_by.as_deref())
            .into_iter()
            .collect(),
        "tag" => review
            .map(|review| review.tags.iter().map(String::as_str).collect())
            .unwrap_or_default(),
        _ => vec![
            review
                .and_then(|review| review.assigned.as_deref())
                .unwrap_or("nobody"),
        ],
    }
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

fn micros(date: Date) -> i64 {
    jiff::tz::Offset::UTC
        .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
        .map_or(0, jiff::Timestamp::as_microsecond)
}

/// The month of a date, counted from year 0; `None` where no mail was written then.
pub(crate) fn month(date: i64) -> Option<i32> {
    let stamp = jiff::Timestamp::from_microsecond(date).ok()?;
    let civil = jiff::tz::Offset::UTC.to_datetime(stamp);
    (1970..2100)
        .contains(&civil.year())
        .then(|| i32::from(civil.year()) * 12 + i32::from(civil.month()) - 1)
}

/// A bar of a timeline: months from the first to before the other.
pub(crate) struct Bucket {
    pub(crate) first: i32,
    pub(crate) after: i32,
}

impl Bucket {
    pub(crate) fn json(&self) -> Value {
        let day = |month: i32| {
            format!(
                "{:04}-{:02}-01",
                month.div_euclid(12),
                month.rem_euclid(12) + 1
            )
        };
        let label = match self.after - self.first {
            12.. => format!("{:04}", self.first.div_euclid(12)),
            _ => format!(
                "{:04}-{:02}",
                self.first.div_euclid(12),
                self.first.rem_euclid(12) + 1
            ),
        };
        json!({"start": day(self.first), "end": day(self.after), "label": label})
    }
}

/// Bars without gaps: of a month, a quarter or a year, so that there are 120 at most.
pub(crate) fn buckets<V>(months: &BTreeMap<i32, V>) -> Vec<Bucket> {
    let (Some(first), Some(last)) = (months.keys().next(), months.keys().next_back()) else {
        return Vec::new();
    };
    let width = [1, 3, 12]
        .into_iter()
        .find(|width| (last - first) / width < 120)
        .unwrap_or(12);
    let start = first.div_euclid(width) * width;
    let starts = (start..=*last).step_by(usize::try_from(width).unwrap_or(1));
    starts
        .map(|first| Bucket {
            first,
            after: first + width,
        })
        .collect()
}

pub(crate) fn unit(buckets: &[Bucket]) -> &'static str {
    match buckets
        .first()
        .map_or(1, |bucket| bucket.after - bucket.first)
    {
        1 => "month",
        3 => "quarter",
        _ => "year",
    }
}

/// `GET /api/items`
pub(crate) fn items(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let start = std::time::Instant::now();
    let query = &call.query;
    let limit = query
        .number("limit")?
        .unwrap_or(PAGE_ROWS)
        .clamp(1, PAGE_ROWS_MAX);
    let limit = usize::try_from(limit).unwrap_or(1);
    let sieve = Sieve::of(desk, query)?;
    let sorted = sieve.sorted(query)?;
    let at = first_row(desk, query, &sorted, limit)?;
    let page = sorted
        .get(at..(at + limit).min(sorted.len()))
        .unwrap_or_default();
    let rows = desk.with_case(|case| {
        page.iter()
            .map(|index| row(desk, case, *index, &sieve.touched, &sieve.wanted))
            .collect::<Result<Vec<_>, _>>()
    })?;
    let next = (at + limit < sorted.len()).then(|| (at + limit).to_string());
    let previous = (at > 0).then(|| at.saturating_sub(limit).to_string());
    let facets = if query.one("facets") == Some("1") {
        sieve.facets()
    } else {
        Value::Null
    };
    let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let all = desk
        .table
        .is_listed
        .iter()
        .filter(|is_listed| **is_listed)
        .count();
    Ok(Reply::json(json!({
        "total": sorted.len(), "all": all, "at": at, "next": next, "previous": previous, "items": rows, "facets": facets,
        "took_ms": took,
    })))
}

/// The row a page begins with.
fn first_row(desk: &Desk, query: &Query, sorted: &[u32], limit: usize) -> Result<usize, Refusal> {
    if let Some(cursor) = query.one("cursor") {
        return cursor
            .parse()
            .map_err(|_| Refusal::new(400, "bad-cursor", "the cursor is not one of this list"));
    }
    if let Some(item) = query.one("around") {
        let index = item
            .parse::<ItemId>()
            .ok()
            .and_then(|item| desk.table.index(&item));
        let position = index.and_then(|index| sorted.iter().position(|other| *other == index));
        return Ok(position.map_or(0, |position| position - position % limit));
    }
    let at = query.number("at")?.unwrap_or_default();
    Ok(usize::try_from(at).unwrap_or(usize::MAX).min(sorted.len()))
}

/// One row of the list.
#[expect(clippy::too_many_lines, reason = "one answer, field by field")]
pub(crate) fn row(
    desk: &Desk,
    case: &Case,
    index: u32,
    touched: &Touched,
    wanted: &BTreeSet<String>,
) -> Result<Value, Refusal> {
    let (table, at) = (&desk.table, index as usize);
    let item = table.ids.get(at).copied().unwrap_or(ItemId([0; 32]));
    let brief = case.brief(table.row(index))?;
    let byte = |values: &[u8]| values.get(at).map_or(0, |value| usize::from(*value));
    let class = Class::ALL.get(byte(&table.class)).map(|class| class.word());
    let date = table.date.get(at).copied().filter(|date| *date != NO_DATE);
    let passage = if wanted.is_empty() {
        None
    } else {
        case.text_of(&item)?.and_then(|text| snippet(&text, wanted))
    };
    let review = touched.get(&index);
    let by = if brief.sender.is_empty() {
        &brief.author
    } else {
        &brief.sender
    };
    let is_examined = table.examined.get(at) != Some(&2) && table.class.get(at) != Some(&NO_CLASS);
    Ok(json!({
        "item": item.to_string(),
        "kind": KINDS.get(byte(&table.kind)),
        "media_type": brief.media_type,
        "opinion": class.filter(|_| is_examined),
        "log10_lr": table.weight.get(at),
        "date": date.and_then(|date| jiff::Timestamp::from_microsecond(date).ok())
            .map(|stamp| jiff::tz::Offset::UTC.to_datetime(stamp).strftime("%Y-%m-%dT%H:%M:%S").to_string()),
        "by": printable(by),
        "to": brief.recipients.first().map(|to| printable(to)).unwrap_or_default(),
        "n_recipients": brief.recipients.len(),
        "about": printable(&brief.about),
        "size_bytes": table.size.get(at),
        "n_attachments": table.n_attachments.get(at),
        "signature": SIGNATURES.get(byte(&table.signature)),
        "not_examined": brief.not_examined,
        "partial": brief.partial,
        "because": brief.because,
        "place": brief.place.as_ref().map(|place| printable(&place_text(place)).into_owned()).unwrap_or_default(),
        "n_places": table.n_places.get(at),
        "is_reference": !is(&table.is_listed, at),
        "decision": review.and_then(|review| review.decision).map(mabillon_keep::review::Decision::word),
        "decided_by": review.and_then(|review| review.decided_by.clone()),
        "tags": review.map(|review| review.tags.clone()).unwrap_or_default(),
        "assigned": review.and_then(|review| review.assigned.clone()),
        "n_notes": review.map_or(0, |review| review.notes.len()),
        "version": review.map_or(0, |review| review.version),
        "snippet": passage.map(|passage| json!({
            "text": passage.text,
            "marks": passage.marks.iter().map(|mark| [utf16(&passage.text, mark.start), utf16(&passage.text, mark.end)]).collect::<Vec<_>>(),
            "quoted": passage.is_quoted,
        })),
    }))
}

/// The number of UTF-16 code units before a byte.
fn utf16(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or_default().encode_utf16().count()
}

/// Adds a field to an object.
pub(crate) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// Items of the review by their index.
pub(crate) fn touched(table: &Table, reviews: &Reviews) -> Touched {
    reviews
        .iter()
        .filter_map(|(item, review)| Some((table.index(item)?, review.clone())))
        .collect()
}
