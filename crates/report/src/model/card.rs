//! Cards: the contradicted and the questioned items, each with the evidence a reader needs.

use std::collections::BTreeMap;

use mabillon_case::{Basis, Change, Difference, Effect, ItemId, Kind, Place, Span};

use crate::ItemRow;
use crate::item_row::{Weighed, place_with_message};
use crate::limits::{
    MAX_CARD_FINDINGS, MAX_CARD_PLACES, MAX_CARDS, MAX_DIFFERENCE_RUNS, MAX_TEXT_CHARS,
};
use crate::printable::clip;
use crate::words::{round2, signed_by};

/// Items of one class, worst first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cards {
    /// Number of items of the class.
    pub n_items: u64,
    /// The worst of them.
    pub shown: Vec<Card>,
}

impl Cards {
    /// Items without a card.
    pub fn n_left_out(&self) -> u64 {
        self.n_items.saturating_sub(self.shown.len() as u64)
    }
}

/// One item with its evidence, shortened for reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The item.
    pub item: ItemId,
    /// What it is.
    pub kind: Kind,
    /// Subject, title or file name.
    pub title: String,
    /// The message that carries it, where `title` is no name but only that of a part. Who can read the case puts the
    /// name of the attachment in its place.
    pub carried_by: Option<ItemId>,
    /// What else a reader knows it by, as name and value: From, To, Date, Author.
    pub labels: Vec<(&'static str, String)>,
    /// What the opinion rests on.
    pub basis: Basis,
    /// Combined log10 likelihood ratio.
    pub log10_lr: f64,
    /// Words on the verbal scale with the numbers.
    pub words: String,
    /// One plain sentence: why this class.
    pub because: String,
    /// Findings that count most against it first, then those for it.
    pub findings: Vec<CardFinding>,
    /// Findings left out.
    pub n_findings_left_out: u64,
    /// Places it lies in.
    pub places: Vec<CardPlace>,
    /// Places left out.
    pub n_places_left_out: u64,
    /// What came of each signature, in plain words.
    pub signatures: Vec<String>,
    /// What part was not examined, if any.
    pub partial: Option<String>,
}

/// One finding on a card.
#[derive(Debug, Clone, PartialEq)]
pub struct CardFinding {
    /// Id of the test.
    pub test: String,
    /// Code of the finding.
    pub code: String,
    /// What was seen, in plain words.
    pub says: String,
    /// Dependence group.
    pub group: String,
    /// Its weight.
    pub log10_lr: f64,
    /// What it does beyond its weight.
    pub effect: Effect,
    /// Where in the item it was seen.
    pub at: Option<Span>,
    /// The item it was compared with.
    pub compared_with: Option<ItemId>,
    /// The difference.
    pub difference: Option<Difference>,
}

/// One place on a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardPlace {
    /// `dump.zip!mail/lang.mbox!message 123`.
    pub place: String,
    /// Offset of the first stored byte in the nearest enclosing file.
    pub offset: u64,
    /// Number of stored bytes.
    pub length: u64,
}

/// Cards while the rows stream by: only the worst are kept.
#[derive(Debug, Default)]
pub(super) struct CardTally {
    n_items: u64,
    cards: BTreeMap<(Basis, i64, ItemId), Card>,
}

impl CardTally {
    pub(super) fn count(&mut self, item: &ItemRow<'_>) {
        self.n_items += 1;
        let rank = rank(item);
        if self.cards.len() >= MAX_CARDS {
            if self
                .cards
                .keys()
                .next_back()
                .is_some_and(|last| *last <= rank)
            {
                return;
            }
            self.cards.pop_last();
        }
        self.cards.insert(rank, card(item));
    }

    pub(super) fn finish(self) -> Cards {
        Cards {
            n_items: self.n_items,
            shown: self.cards.into_values().collect(),
        }
    }
}

/// Demonstrated before inferred, then the heavier evidence first; the item's hash decides between equals.
fn rank(item: &ItemRow<'_>) -> (Basis, i64, ItemId) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "round2 keeps the value within ±99"
    )]
    let hundredths = (round2(item.opinion.log10_lr) * 100.0).round() as i64;
    (item.opinion.basis, hundredths, item.facts.item)
}

fn card(item: &ItemRow<'_>) -> Card {
    let opinion = item.opinion;
    let mut weighed = item.weighed();
    let n_weighed = weighed.len();
    weighed.sort_by(|a, b| {
        order(a)
            .0
            .cmp(&order(b).0)
            .then(order(a).1.total_cmp(&order(b).1))
    });
    weighed.truncate(MAX_CARD_FINDINGS);
    let n_places = item.places().count();
    Card {
        item: item.facts.item,
        kind: item.facts.kind,
        title: text(item.title()),
        carried_by: item.nameless_part_of(),
        labels: labels(item),
        basis: opinion.basis,
        log10_lr: round2(opinion.log10_lr),
        words: text(&opinion.words),
        because: text(&opinion.because),
        findings: weighed.iter().map(card_finding).collect(),
        n_findings_left_out: n_weighed.saturating_sub(MAX_CARD_FINDINGS) as u64,
        places: item
            .places()
            .take(MAX_CARD_PLACES)
            .map(card_place)
            .collect(),
        n_places_left_out: n_places.saturating_sub(MAX_CARD_PLACES) as u64,
        signatures: item
            .facts
            .signatures
            .iter()
            .take(MAX_CARD_PLACES)
            .map(signed_by)
            .collect(),
        partial: item.partial.map(text),
    }
}

/// What decides comes first, then the rest by weight, what speaks against it before what speaks for it.
fn order(weighed: &Weighed<'_>) -> (bool, f64) {
    (weighed.effect != Effect::Contradicts, weighed.log10_lr)
}

fn labels(item: &ItemRow<'_>) -> Vec<(&'static str, String)> {
    let mut labels = Vec::new();
    if let Some(message) = &item.facts.message {
        let from = if message.from_name.is_empty() {
            message.from.clone()
        } else {
            format!("{} <{}>", message.from_name, message.from)
        };
        labels.push(("From", text(&from)));
        labels.push(("To", text(&message.to.join(", "))));
    }
    if let Some(document) = &item.facts.document {
        labels.push(("Author", text(&document.author)));
        labels.push(("Last saved by", text(&document.last_modified_by)));
        labels.push(("Program", text(&document.application)));
    }
    if let Some(time) = item.stated_time() {
        labels.push(("Date", time.to_string()));
    }
    labels.retain(|(_, value)| !value.is_empty());
    labels
}

fn card_finding(weighed: &Weighed<'_>) -> CardFinding {
    let finding = weighed.finding;
    CardFinding {
        test: finding.test.to_string(),
        code: finding.code.to_string(),
        says: text(&finding.says),
        group: weighed.group.to_owned(),
        log10_lr: round2(weighed.log10_lr),
        effect: weighed.effect,
        at: finding.at,
        compared_with: finding.compared_with,
        difference: finding.difference.as_ref().map(shorten),
    }
}

fn card_place(place: &Place) -> CardPlace {
    CardPlace {
        place: text(&place_with_message(place)),
        offset: place.offset,
        length: place.length,
    }
}

/// The difference with long runs cut and too many runs left out, both visibly.
pub(crate) fn shorten(difference: &Difference) -> Difference {
    let mut changes: Vec<Change> = difference
        .changes
        .iter()
        .take(MAX_DIFFERENCE_RUNS)
        .map(|change| match change {
            Change::Same(words) => Change::Same(text(words)),
            Change::OnlyHere(words) => Change::OnlyHere(text(words)),
            Change::OnlyThere(words) => Change::OnlyThere(text(words)),
            Change::Skipped(n) => Change::Skipped(*n),
        })
        .collect();
    if difference.changes.len() > MAX_DIFFERENCE_RUNS {
        changes.push(Change::Same("… (more differences follow)".to_owned()));
    }
    Difference {
        of: text(&difference.of),
        changes,
    }
}

fn text(text: &str) -> String {
    clip(text, MAX_TEXT_CHARS).into_owned()
}
