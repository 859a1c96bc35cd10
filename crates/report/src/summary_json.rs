//! The summary as JSON, for programs that start an examination: the counts of the terminal summary, on types of
//! their own.

use mabillon_case::Class;
use serde::Serialize;

use crate::collection_json::selection::{ShareObject, shares};
use crate::jsonl::escaped;
use crate::model::{Card, ClassCounts, KeyRow, LostKeyRow, Report};
use crate::words::{key_source_word, kind_word, signature_kind_word};

/// The summary as one JSON object, indented, with a line end.
pub fn summary_json(report: &Report) -> String {
    // No map with keys that are not strings and no failing writer: this cannot fail.
    let json = serde_json::to_string_pretty(&Summary::of(report)).unwrap_or_default();
    let lines: Vec<String> = json
        .lines()
        .map(|line| escaped(line).into_owned())
        .collect();
    lines.join("\n") + "\n"
}

#[derive(Serialize)]
struct Summary<'a> {
    version: &'a str,
    headline: &'a str,
    kinds: Vec<KindObject>,
    opinions: OpinionsObject,
    proved_items: u64,
    signed_items: u64,
    keys: Vec<KeyObject<'a>>,
    lost_keys: Vec<LostKeyObject<'a>>,
    contradicted: Vec<CardObject<'a>>,
    questioned: Vec<CardObject<'a>>,
    not_examined: Vec<ReasonObject<'a>>,
    items: ItemsObject,
    accounting: AccountingObject,
    report: Option<&'a str>,
    making: &'a [String],
    /// Messages by class of mail, with those proved: no share of one class says anything of another.
    proved_by_class: Vec<ShareObject<'a>>,
}

#[derive(Serialize)]
struct KindObject {
    kind: &'static str,
    items: u64,
    places: u64,
    size_bytes: u64,
}

#[derive(Serialize)]
struct OpinionsObject {
    authenticated: u64,
    corroborated: u64,
    consistent: u64,
    unresolved: u64,
    questioned: u64,
    contradicted: u64,
    not_examined: u64,
}

#[derive(Serialize)]
struct KeyObject<'a> {
    kind: &'static str,
    by: &'a str,
    selector: &'a str,
    key_source: Option<&'static str>,
    key_bits: Option<u32>,
    anchored: bool,
    proved: u64,
    verified: u64,
}

#[derive(Serialize)]
struct LostKeyObject<'a> {
    name: &'a str,
    signatures: u64,
    bits: u32,
    outcome: &'a str,
}

#[derive(Serialize)]
struct CardObject<'a> {
    item: String,
    title: &'a str,
    because: &'a str,
    basis: &'static str,
    log10_lr: f64,
    place: Option<&'a str>,
}

#[derive(Serialize)]
struct ReasonObject<'a> {
    reason: &'a str,
    items: u64,
}

#[derive(Serialize)]
struct ItemsObject {
    all: u64,
    holders: u64,
    examined: u64,
    partial: u64,
    not_examined: u64,
}

#[derive(Serialize)]
struct AccountingObject {
    complete: bool,
    mismatches: u64,
    containers: u64,
    entries_expected: u64,
    entries_decoded: u64,
    entries_failed: u64,
}

impl<'a> Summary<'a> {
    fn of(report: &'a Report) -> Self {
        let kinds = report.kinds.iter().map(|row| KindObject {
            kind: kind_word(row.kind),
            items: row.n_items,
            places: row.n_places,
            size_bytes: row.size_bytes,
        });
        let reasons = report.not_examined.rows.iter().map(|row| ReasonObject {
            reason: &row.reason,
            items: row.n_items,
        });
        let verifying = report
            .keys
            .rows
            .iter()
            .filter(|row| row.counts.verified > 0);
        Self {
            version: &report.examination.version,
            headline: &report.headline,
            kinds: kinds.collect(),
            opinions: OpinionsObject::of(&report.opinions, report.n_not_examined),
            proved_items: report.keys.n_proved_items,
            signed_items: report.keys.n_signed_items,
            keys: verifying.map(KeyObject::of).collect(),
            lost_keys: report
                .lost_keys
                .rows
                .iter()
                .map(LostKeyObject::of)
                .collect(),
            contradicted: report
                .contradicted
                .shown
                .iter()
                .map(CardObject::of)
                .collect(),
            questioned: report.questioned.shown.iter().map(CardObject::of).collect(),
            not_examined: reasons.collect(),
            items: ItemsObject {
                all: report.accounting.items.n_items(),
                holders: report.accounting.items.n_holders,
                examined: report.accounting.items.n_examined,
                partial: report.accounting.items.n_partial,
                not_examined: report.accounting.items.n_not_examined,
            },
            accounting: AccountingObject::of(report),
            report: report.report_path.as_deref(),
            making: &report.making.sentences,
            proved_by_class: shares(&report.making.record.selection.classes),
        }
    }
}

impl AccountingObject {
    fn of(report: &Report) -> Self {
        Self {
            complete: report.accounting.is_complete(),
            mismatches: report.accounting.n_mismatches,
            containers: report.accounting.n_containers(),
            entries_expected: report.accounting.n_expected(),
            entries_decoded: report.accounting.n_decoded(),
            entries_failed: report.accounting.n_failed(),
        }
    }
}

impl OpinionsObject {
    fn of(counts: &ClassCounts, not_examined: u64) -> Self {
        Self {
            authenticated: counts.of(Class::Authenticated),
            corroborated: counts.of(Class::Corroborated),
            consistent: counts.of(Class::Consistent),
            unresolved: counts.of(Class::Unresolved),
            questioned: counts.of(Class::Questioned),
            contradicted: counts.of(Class::Contradicted),
            not_examined,
        }
    }
}

impl<'a> KeyObject<'a> {
    fn of(row: &'a KeyRow) -> Self {
        Self {
            kind: signature_kind_word(row.kind),
            by: &row.by,
            selector: &row.selector,
            key_source: row.source.map(key_source_word),
            key_bits: row.bits,
            anchored: row.is_anchored,
            proved: row.counts.proved,
            verified: row.counts.verified,
        }
    }
}

impl<'a> LostKeyObject<'a> {
    fn of(row: &'a LostKeyRow) -> Self {
        Self {
            name: &row.name,
            signatures: row.n_signatures,
            bits: row.bits,
            outcome: &row.outcome,
        }
    }
}

impl<'a> CardObject<'a> {
    fn of(card: &'a Card) -> Self {
        Self {
            item: card.item.to_string(),
            title: &card.title,
            because: &card.because,
            basis: card.basis.word(),
            log10_lr: card.log10_lr,
            place: card.places.first().map(|place| place.place.as_str()),
        }
    }
}
