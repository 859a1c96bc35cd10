//! Which items a list holds: every filter and the search, over the columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use mabillon_case::Class;
use mabillon_keep::review::{Review, Reviews};
use mabillon_keep::{Query as Search, Rows, SearchError, evaluate};

use super::timeline::micros;
use crate::desk::Desk;
use crate::http::{Query, Refusal};
use crate::table::{EXAMINED, Interned, KINDS, NO_DATE, SIGNATURES, Searcher, Table, is};

/// What a list is filtered by, in the order of bits.
pub(super) const FACETS: [&str; 15] = [
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
pub(crate) type Touched = BTreeMap<u32, Review>;

/// Items by how many filters they fail.
pub(super) struct Sieve<'t> {
    pub(super) table: &'t Table,
    pub(super) touched: Arc<Touched>,
    /// A bit for each facet whose filter the item fails; all bits where it is not listed or the query does not fit.
    pub(super) fails: Vec<u16>,
    /// What the search found, where its words fit some better than others.
    pub(super) found: Option<Arc<Rows>>,
    pub(super) wanted: BTreeSet<String>,
}

const OUT: u16 = u16::MAX;

pub(super) fn bad(says: impl Into<String>) -> Refusal {
    Refusal::new(400, "bad-request", says)
}

impl<'t> Sieve<'t> {
    pub(super) fn of(desk: &'t Desk, query: &Query) -> Result<Self, Refusal> {
        let table = &desk.table;
        let touched = desk.touched();
        let mut sieve = Self {
            table,
            touched,
            fails: Vec::new(),
            found: None,
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
        let found = desk.found.of(text.to_owned(), || {
            let searcher = Searcher {
                table: self.table,
                words: desk.words.as_ref(),
            };
            let found = evaluate(&query, &searcher).map_err(|error| match error {
                SearchError::Keep(error) => Refusal::internal(&error),
                other => Refusal::new(400, "bad-query", other.to_string()),
            })?;
            Ok::<_, Refusal>(Arc::new(found))
        })?;
        for (index, fails) in (0..).zip(&mut self.fails) {
            if !found.contains(self.table.row(index)) {
                *fails = OUT;
            }
        }
        self.found = found.has_scores().then_some(found);
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

    pub(super) fn fits(&self, index: u32) -> bool {
        self.fails.get(index as usize) == Some(&0)
    }
}

/// What a facet about the review holds of one item.
pub(super) fn review_values<'r>(name: &str, review: Option<&'r Review>) -> Vec<&'r str> {
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

/// Items of the review by their index.
pub(crate) fn touched(table: &Table, reviews: &Reviews) -> Touched {
    reviews
        .iter()
        .filter_map(|(item, review)| Some((table.index(item)?, review.clone())))
        .collect()
}
