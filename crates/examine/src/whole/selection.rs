//! Who gets proved: the share of messages that signatures prove, by class of mail, size, language and month.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mabillon_case::{Facts, MessageFacts, ProvedShare, Selection};

use super::time_of;
use crate::World;

/// Classes of mail, in the order shown.
const CLASSES: [&str; 4] = [
    "Never transported: sent copies and drafts",
    "Delivered, bulk: offers to unsubscribe or calls itself bulk",
    "Delivered through a mailing list or a gateway that rewrites",
    "Delivered, without such a mark: mostly person to person",
];
/// Sizes, in the order shown, each with the bytes that it does not reach.
const SIZES: [(&str, u64); 4] = [
    ("Below 10 kB", 10_000),
    ("10 to 100 kB", 100_000),
    ("100 kB to 1 MB", 1_000_000),
    ("1 MB and more", u64::MAX),
];
/// Months that are counted: a century. What is dated outside the times that a message can have is not.
const MONTHS_MAX: usize = 1_200;

/// What is proved of the messages of the collection.
pub(super) fn describe(facts: &[Facts], world: &World) -> Selection {
    let mut counting = Counting::default();
    for row in facts.iter().filter(|row| row.in_collection()) {
        if let Some(message) = &row.message {
            counting.count(row, message, world);
        }
    }
    counting.finish()
}

#[derive(Default)]
struct Counting<'a> {
    classes: [Share; CLASSES.len()],
    sizes: [Share; SIZES.len()],
    languages: BTreeMap<&'a str, Share>,
    months: BTreeMap<Option<(i16, i8)>, Share>,
}

impl<'a> Counting<'a> {
    fn count(&mut self, row: &'a Facts, message: &MessageFacts, world: &World) {
        let this = Share {
            messages: 1,
            signed: u64::from(!row.signatures.is_empty()),
            proved: u64::from(row.is_proved()),
        };
        let size = SIZES.iter().position(|(_, end)| row.size_bytes < *end);
        let month = time_of(row, world).map(|time| {
            let day = time.civil().date();
            (day.year(), day.month())
        });
        let of_class = self.classes.get_mut(class(message));
        let of_size = size.and_then(|size| self.sizes.get_mut(size));
        let of_language = self.languages.entry(&row.text.language).or_default();
        for share in of_class.into_iter().chain(of_size).chain([of_language]) {
            share.add(this);
        }
        if self.months.len() < MONTHS_MAX || self.months.contains_key(&month) {
            self.months.entry(month).or_default().add(this);
        }
    }

    fn finish(self) -> Selection {
        let classes = CLASSES.iter().zip(self.classes);
        let sizes = SIZES.iter().zip(self.sizes);
        let mut languages: Vec<ProvedShare> = self
            .languages
            .into_iter()
            .map(|(name, share)| share.named(name))
            .collect();
        languages.sort_by_key(|share| Reverse(share.n_messages));
        let month_name = |month: Option<(i16, i8)>| {
            month.map_or_else(String::new, |(year, month)| format!("{year:04}-{month:02}"))
        };
        Selection {
            classes: classes.map(|(name, share)| share.named(name)).collect(),
            sizes: sizes.map(|((name, _), share)| share.named(name)).collect(),
            languages,
            months: self
                .months
                .into_iter()
                .map(|(month, share)| share.named(&month_name(month)))
                .collect(),
        }
    }
}

/// The number of its class of mail.
fn class(message: &MessageFacts) -> usize {
    match message {
        MessageFacts { n_hops: 0, .. } => 0,
        MessageFacts { is_bulk: true, .. } => 1,
        MessageFacts {
            is_rewritten: true, ..
        } => 2,
        _ => 3,
    }
}

/// Messages counted.
#[derive(Clone, Copy, Default)]
struct Share {
    messages: u64,
    signed: u64,
    proved: u64,
}

impl Share {
    fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.signed += other.signed;
        self.proved += other.proved;
    }

    fn named(self, name: &str) -> ProvedShare {
        ProvedShare {
            name: name.to_owned(),
            n_messages: self.messages,
            n_signed: self.signed,
            n_proved: self.proved,
        }
    }
}
