//! One row of a list.

use std::collections::BTreeSet;

use mabillon_case::{Class, ItemId};
use mabillon_keep::review::Decision;
use mabillon_keep::{Case, snippet};
use mabillon_report::{place_text, printable};
use serde_json::{Value, json};

use super::Touched;
use crate::desk::Desk;
use crate::http::Refusal;
use crate::table::{KINDS, NO_CLASS, NO_DATE, SIGNATURES, is};

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
        "decision": review.and_then(|review| review.decision).map(Decision::word),
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
