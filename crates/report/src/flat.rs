//! The flat row of the tabular exports: one line per item, the same columns in CSV and Parquet.

use crate::ItemRow;
use crate::jsonl::{stated_opinion, time};
use crate::words::{kind_word, result_word, signature_kind_word};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Text from an item or of our own; empty where it does not apply.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A weight, rounded to two decimals.
    Weight(f64),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    Whole,
    Weight,
}

/// The columns, in order.
pub(crate) const COLUMNS: [(&str, Holds); 35] = [
    ("item", Holds::Text),
    ("kind", Holds::Text),
    ("media_type", Holds::Text),
    ("size_bytes", Holds::Whole),
    ("n_places", Holds::Whole),
    ("exhibit", Holds::Text),
    ("path", Holds::Text),
    ("offset", Holds::Whole),
    ("length", Holds::Whole),
    ("opinion", Holds::Text),
    ("basis", Holds::Text),
    ("log10_lr", Holds::Weight),
    ("words", Holds::Text),
    ("because", Holds::Text),
    ("message_id", Holds::Text),
    ("date", Holds::Text),
    ("from", Holds::Text),
    ("to", Holds::Text),
    ("cc", Holds::Text),
    ("subject", Holds::Text),
    ("title", Holds::Text),
    ("author", Holds::Text),
    ("last_modified_by", Holds::Text),
    ("created", Holds::Text),
    ("modified", Holds::Text),
    ("application", Holds::Text),
    ("n_signatures", Holds::Whole),
    ("signatures", Holds::Text),
    ("n_findings", Holds::Whole),
    ("findings_against", Holds::Text),
    ("findings_for", Holds::Text),
    ("n_not_run", Holds::Whole),
    ("warnings", Holds::Text),
    ("partial", Holds::Text),
    ("not_examined", Holds::Text),
];

/// The cells of one item, in the order of [`COLUMNS`]. Place, offset and length are those of its first place.
pub(crate) fn cells(item: &ItemRow<'_>) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(COLUMNS.len());
    place_cells(item, &mut cells);
    opinion_cells(item, &mut cells);
    message_cells(item, &mut cells);
    document_cells(item, &mut cells);
    finding_cells(item, &mut cells);
    cells
}

fn place_cells(item: &ItemRow<'_>, cells: &mut Vec<Cell>) {
    let facts = item.facts;
    let place = item.places().next();
    cells.extend([
        Cell::Text(facts.item.to_string()),
        text(kind_word(facts.kind)),
        text(&facts.media_type),
        whole(facts.size_bytes),
        whole(item.places().count() as u64),
        text(place.map_or("", |place| &place.exhibit)),
        text(place.map_or("", |place| &place.path)),
        whole(place.map_or(0, |place| place.offset)),
        whole(place.map_or(0, |place| place.length)),
    ]);
}

fn opinion_cells(item: &ItemRow<'_>, cells: &mut Vec<Cell>) {
    let (class, log10_lr, basis) = stated_opinion(item);
    cells.extend([
        text(class.word()),
        text(basis.word()),
        Cell::Weight(log10_lr),
        text(&item.opinion.words),
        text(&item.opinion.because),
    ]);
}

fn message_cells(item: &ItemRow<'_>, cells: &mut Vec<Cell>) {
    let message = item.facts.message.clone().unwrap_or_default();
    cells.extend([
        Cell::Text(message.message_id),
        Cell::Text(time(message.date).unwrap_or_default()),
        Cell::Text(message.from),
        Cell::Text(message.to.join("; ")),
        Cell::Text(message.cc.join("; ")),
        Cell::Text(message.subject),
    ]);
}

fn document_cells(item: &ItemRow<'_>, cells: &mut Vec<Cell>) {
    let document = item.facts.document.clone().unwrap_or_default();
    cells.extend([
        Cell::Text(document.title),
        Cell::Text(document.author),
        Cell::Text(document.last_modified_by),
        Cell::Text(time(document.created).unwrap_or_default()),
        Cell::Text(time(document.modified).unwrap_or_default()),
        Cell::Text(document.application),
    ]);
}

fn finding_cells(item: &ItemRow<'_>, cells: &mut Vec<Cell>) {
    let signatures: Vec<String> = item
        .facts
        .signatures
        .iter()
        .map(|signature| {
            format!(
                "{}:{}/{}={}",
                signature_kind_word(signature.kind),
                signature.by,
                signature.selector,
                result_word(signature.result)
            )
        })
        .collect();
    let weighed = item.weighed();
    let named = |keep: fn(f64) -> bool| {
        let names: Vec<String> = weighed
            .iter()
            .filter(|weighed| keep(weighed.log10_lr))
            .map(|weighed| format!("{}:{}", weighed.finding.test, weighed.finding.code))
            .collect();
        Cell::Text(names.join("; "))
    };
    let warnings: Vec<&str> = item.warnings.iter().map(|warning| &*warning.code).collect();
    cells.extend([
        whole(signatures.len() as u64),
        Cell::Text(signatures.join("; ")),
        whole(weighed.len() as u64),
        named(|log10_lr| log10_lr < 0.0),
        named(|log10_lr| log10_lr > 0.0),
        whole(item.not_run.len() as u64),
        Cell::Text(warnings.join("; ")),
        text(item.partial.unwrap_or_default()),
        text(item.not_examined.unwrap_or_default()),
    ]);
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn whole(n: u64) -> Cell {
    Cell::Whole(i64::try_from(n).unwrap_or(i64::MAX))
}
