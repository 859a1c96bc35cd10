//! What belongs together: copies, the thread, the same attachment elsewhere; and two items side by side.

use std::collections::{BTreeSet, HashMap};

use mabillon_case::{AttachmentFact, ItemId};
use mabillon_examine::whole_difference;
use mabillon_keep::{Case, ItemRow};
use mabillon_report::printable;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::item::{change, row};
use crate::list::{self, Touched, put};
use crate::table::hash;

/// The test that finds versions of one document.
const VERSIONS: &str = "collection/document-versions";
/// Rows of one list.
const ROWS_MAX: usize = 200;
/// Bytes of each text that are compared.
const COMPARED_BYTES_MAX: usize = 512 << 10;

/// `GET /api/items/{item}/related`
#[expect(clippy::too_many_lines, reason = "one answer, field by field")]
pub(crate) fn related(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let of = row(desk, call.first())?;
    let table = &desk.table;
    let touched = desk.touched();
    let own = table.index(&of.facts.item);
    let message = of.facts.message.as_ref();
    let same_id = message.and_then(|message| table.message_ids.get(&hash(&message.message_id)));
    let copies: Vec<(u32, &str)> = same_id
        .into_iter()
        .flatten()
        .filter(|index| Some(**index) != own)
        .map(|index| (*index, "same Message-ID"))
        .collect();
    let indices = |items: &[ItemId], why: &'static str| -> Vec<(u32, &str)> {
        items
            .iter()
            .filter_map(|item| Some((table.index(item)?, why)))
            .filter(|(index, _)| Some(*index) != own)
            .collect()
    };
    // What the test of versions compared are versions of one document; what others compared is named apart.
    let of_findings = |of_versions: bool| -> Vec<ItemId> {
        let findings = of.findings.iter();
        let wanted = findings.filter(|finding| (finding.test == VERSIONS) == of_versions);
        let items: BTreeSet<ItemId> = wanted.filter_map(|finding| finding.compared_with).collect();
        items.into_iter().collect()
    };
    let (compared, mut versions) = (of_findings(false), of_findings(true));
    versions.sort_by_key(|item| {
        table
            .index(item)
            .map(|index| table.date.get(index as usize).copied())
    });
    let carried: Vec<&AttachmentFact> = message
        .iter()
        .flat_map(|message| &message.attachments)
        .collect();
    let carries: Vec<ItemId> = carried.iter().map(|carried| carried.item).collect();
    let carriers = |item: &ItemId, why: &'static str| -> Vec<(u32, &'static str)> {
        let carriers = table.carried_by.get(item).into_iter().flatten();
        carriers
            .filter(|index| Some(**index) != own)
            .map(|index| (*index, why))
            .collect()
    };
    let answer = desk.with_case(|case| {
        let rows = |listed: &[(u32, &str)]| rows(desk, case, listed, &touched);
        let mut elsewhere = Vec::new();
        for one in carried.iter().take(ROWS_MAX) {
            let others = carriers(&one.item, "carries the same file");
            if !others.is_empty() {
                elsewhere.push(json!({"attachment": one.item.to_string(), "file_name": printable(&one.file_name), "items": rows(&others)?}));
            }
        }
        let thread = thread(desk, case, &of)?;
        let n_thread = thread.len();
        let mut thread_rows = Vec::new();
        for (index, depth) in thread.into_iter().take(ROWS_MAX) {
            for mut row in rows(&[(index, "same thread")])? {
                put(&mut row, "depth", json!(depth));
                put(&mut row, "is_self", json!(Some(index) == own));
                thread_rows.push(row);
            }
        }
        Ok(json!({
            "copies": rows(&copies)?, "thread": thread_rows, "carried_by": rows(&carriers(&of.facts.item, "carries this file"))?,
            "carries": rows(&indices(&carries, "is carried by this message"))?, "same_attachment": elsewhere,
            "compared_with": rows(&indices(&compared, "compared by a test"))?, "versions": rows(&indices(&versions, "a version of the same document"))?,
            "more": {"thread": n_thread.saturating_sub(ROWS_MAX), "copies": copies.len().saturating_sub(ROWS_MAX)},
        }))
    })?;
    Ok(Reply::json(answer))
}

fn rows(
    desk: &Desk,
    case: &Case,
    listed: &[(u32, &str)],
    touched: &Touched,
) -> Result<Vec<Value>, Refusal> {
    let row = |(index, why): &(u32, &str)| {
        let mut row = list::row(desk, case, *index, touched, &BTreeSet::new())?;
        put(&mut row, "why", json!(why));
        Ok(row)
    };
    listed.iter().take(ROWS_MAX).map(row).collect()
}

/// The messages of a thread with their depth, in order of date: up to the first message known, then all that answer.
#[expect(clippy::too_many_lines, reason = "one answer, field by field")]
fn thread(desk: &Desk, case: &Case, of: &ItemRow) -> Result<Vec<(u32, u32)>, Refusal> {
    let table = &desk.table;
    let Some(message) = &of.facts.message else {
        return Ok(Vec::new());
    };
    let Some(own) = table.index(&of.facts.item) else {
        return Ok(Vec::new());
    };
    let (mut first, mut parent) = (own, message.in_reply_to.clone());
    let mut seen = BTreeSet::from([own]);
    while seen.len() < ROWS_MAX && !parent.is_empty() {
        let Some(above) = table
            .message_ids
            .get(&hash(&parent))
            .and_then(|found| found.first())
        else {
            break;
        };
        if !seen.insert(*above) {
            break;
        }
        first = *above;
        let item = table.ids.get(*above as usize).copied();
        let row = item.map(|item| case.item(&item)).transpose()?.flatten();
        parent = row
            .and_then(|row| row.facts.message)
            .map(|message| message.in_reply_to)
            .unwrap_or_default();
    }
    let mut depths: HashMap<u32, u32> = HashMap::from([(first, 0)]);
    let mut pending = vec![first];
    while let Some(index) = pending.pop() {
        if depths.len() > 2 * ROWS_MAX {
            break;
        }
        let item = table.ids.get(index as usize).copied();
        let row = item.map(|item| case.item(&item)).transpose()?.flatten();
        let id = row
            .and_then(|row| row.facts.message)
            .map(|message| message.message_id)
            .unwrap_or_default();
        let depth = depths.get(&index).copied().unwrap_or_default() + 1;
        for answer in table
            .answers
            .get(&hash(&id))
            .into_iter()
            .flatten()
            .filter(|_| !id.is_empty())
        {
            if !depths.contains_key(answer) {
                depths.insert(*answer, depth);
                pending.push(*answer);
            }
        }
    }
    depths.entry(own).or_insert(0);
    if depths.len() < 2 {
        return Ok(Vec::new());
    }
    let mut thread: Vec<(u32, u32)> = depths.into_iter().collect();
    thread.sort_by_key(|(index, _)| (table.date.get(*index as usize).copied(), *index));
    Ok(thread)
}

/// `GET /api/compare`
pub(crate) fn compare(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let of = |name: &str| row(desk, call.query.one(name).unwrap_or_default());
    let (here, there) = (of("here")?, of("there")?);
    let touched = desk.touched();
    let (ids, texts) = ([here.facts.item, there.facts.item], |item: &ItemId| {
        desk.with_case(|case| Ok(case.text_of(item)?.unwrap_or_default()))
    });
    let (text_here, text_there) = (texts(&here.facts.item)?, texts(&there.facts.item)?);
    let listed: Vec<(u32, &str)> = ids
        .iter()
        .filter_map(|item| Some((desk.table.index(item)?, "")))
        .collect();
    let rows = desk.with_case(|case| rows(desk, case, &listed, &touched))?;
    let text = words(&text_here.own, &text_there.own);
    let html = words(
        text_here.html_alternative.as_deref().unwrap_or_default(),
        text_there.html_alternative.as_deref().unwrap_or_default(),
    );
    let quoted = |text: &mabillon_case::Text| {
        text.quotations
            .iter()
            .map(|quotation| quotation.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let quotations = words(&quoted(&text_here), &quoted(&text_there));
    let (fields, headers) = fields(desk, &here, &there);
    let same_text = [&text, &html, &quotations]
        .iter()
        .all(|part| part.get("same") == Some(&json!(true)));
    Ok(Reply::json(json!({
        "here": rows.first(), "there": rows.last(), "same_bytes": ids.first() == ids.last(), "same_text": same_text, "fields": fields,
        "text": text, "html": html, "quotations": quotations, "attachments": attachments(&here, &there), "properties": properties(&here, &there),
        "headers": headers,
    })))
}

/// Two texts word by word.
fn words(here: &str, there: &str) -> Value {
    let cut = |text: &str| text.floor_char_boundary(COMPARED_BYTES_MAX) < text.len();
    let short = |text: &str| {
        text.get(..text.floor_char_boundary(COMPARED_BYTES_MAX))
            .unwrap_or_default()
            .to_owned()
    };
    let changes = whole_difference(&short(here), &short(there));
    let same = changes
        .iter()
        .all(|change| matches!(change, mabillon_case::Change::Same(_)));
    json!({"changes": changes.iter().map(change).collect::<Vec<_>>(), "same": same, "cut": cut(here) || cut(there)})
}

/// The header fields of both, by name in the order of the first; from the facts where the bytes cannot be read.
#[expect(clippy::too_many_lines, reason = "one answer, field by field")]
fn fields(desk: &Desk, here: &ItemRow, there: &ItemRow) -> (Vec<Value>, &'static str) {
    let exact = |row: &ItemRow| -> Option<Vec<(String, String)>> {
        row.facts.message.as_ref()?;
        let bytes = crate::source::bytes(desk, row).ok()?;
        let message = crate::source::message(row, bytes);
        let fields = message.fields().iter();
        Some(
            fields
                .map(|field| {
                    (
                        String::from_utf8_lossy(field.name.of(&message.raw)).into_owned(),
                        message.unfold(field.value),
                    )
                })
                .collect(),
        )
    };
    let facts = |row: &ItemRow| -> Vec<(String, String)> {
        let Some(message) = &row.facts.message else {
            return Vec::new();
        };
        let date = message
            .date
            .map(|date| date.to_string())
            .unwrap_or_default();
        let pairs = [
            ("From", &message.from),
            ("To", &message.to.join(", ")),
            ("Cc", &message.cc.join(", ")),
            ("Subject", &message.subject),
            ("Date", &date),
            ("Message-ID", &message.message_id),
            ("In-Reply-To", &message.in_reply_to),
        ];
        pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect()
    };
    let (left, right, headers) = match (exact(here), exact(there)) {
        (Some(left), Some(right)) => (left, right, "exact"),
        _ => (facts(here), facts(there), "facts"),
    };
    let mut right: Vec<Option<(String, String)>> = right.into_iter().map(Some).collect();
    let mut rows = Vec::new();
    for (name, value) in left {
        let same_name = |other: &Option<(String, String)>| {
            other
                .as_ref()
                .is_some_and(|(other, _)| other.eq_ignore_ascii_case(&name))
        };
        let other = right
            .iter_mut()
            .find(|other| same_name(other))
            .and_then(Option::take)
            .map(|(_, value)| value);
        rows.push(field(&name, Some(&value), other.as_deref()));
    }
    rows.extend(
        right
            .into_iter()
            .flatten()
            .map(|(name, value)| field(&name, None, Some(&value))),
    );
    (rows, headers)
}

fn field(name: &str, here: Option<&str>, there: Option<&str>) -> Value {
    let changes = whole_difference(here.unwrap_or_default(), there.unwrap_or_default());
    json!({"name": printable(name), "here": here.map(|value| printable(value)), "there": there.map(|value| printable(value)), "same": here == there,
        "changes": changes.iter().map(change).collect::<Vec<_>>()})
}

fn attachments(here: &ItemRow, there: &ItemRow) -> Vec<Value> {
    let of = |row: &ItemRow| {
        row.facts
            .message
            .as_ref()
            .map(|message| message.attachments.clone())
            .unwrap_or_default()
    };
    let (left, mut right) = (of(here), of(there));
    let mut rows = Vec::new();
    for one in left {
        let place = right
            .iter()
            .position(|other| other.item == one.item)
            .or_else(|| {
                right
                    .iter()
                    .position(|other| other.file_name == one.file_name)
            });
        let other = place.map(|place| right.remove(place));
        let same = other.as_ref().is_some_and(|other| other.item == one.item);
        rows.push(json!({"file_name": printable(&one.file_name), "here": one.item.to_string(), "there": other.map(|other| other.item.to_string()), "same": same}));
    }
    rows.extend(right.iter().map(|other| json!({"file_name": printable(&other.file_name), "here": null, "there": other.item.to_string(), "same": false})));
    rows
}

fn properties(here: &ItemRow, there: &ItemRow) -> Vec<Value> {
    let of = |row: &ItemRow| -> Vec<(&'static str, String)> {
        let Some(document) = &row.facts.document else {
            return Vec::new();
        };
        let time = |stamp: Option<mabillon_case::Stamp>| {
            stamp.map(|stamp| stamp.to_string()).unwrap_or_default()
        };
        vec![
            ("title", document.title.clone()),
            ("author", document.author.clone()),
            ("last modified by", document.last_modified_by.clone()),
            ("created", time(document.created)),
            ("modified", time(document.modified)),
            ("application", document.application.clone()),
            ("application version", document.application_version.clone()),
            ("company", document.company.clone()),
        ]
    };
    let pairs = of(here).into_iter().zip(of(there));
    pairs.map(|((name, here), (_, there))| json!({"name": name, "here": printable(&here), "there": printable(&there), "same": here == there})).collect()
}
