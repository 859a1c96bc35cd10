//! Exports of decisions: an act, and so a line of the custody log.

mod report;

use std::fmt::Write as _;

use mabillon_case::ItemId;
use mabillon_keep::review::Review;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::acts::shown;
use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::redact::{Names, mask};

pub(crate) use report::key;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    what: String,
}

/// `POST /api/exports`
pub(crate) fn export(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let export: Export = call.json()?;
    let is_masked = call
        .visitor
        .session
        .as_ref()
        .is_some_and(|session| session.redacted);
    let names = is_masked.then(|| desk.names()).transpose()?;
    let rows = rows(desk, names.as_deref());
    let (bytes, media_type, name, signed_by) = match export.what.as_str() {
        "decisions-jsonl" => (
            lines(&rows).into_bytes(),
            "application/x-ndjson",
            "decisions.jsonl",
            None,
        ),
        "decisions-csv" => (
            table(&rows).into_bytes(),
            "text/csv; charset=utf-8",
            "decisions.csv",
            None,
        ),
        "report" => {
            let (zip, fingerprint) = report::report(desk, call, &rows, names.as_deref())?;
            (zip, "application/zip", "report.zip", Some(fingerprint))
        }
        other => {
            return Err(Refusal::new(
                400,
                "bad-json",
                format!("{other:?} cannot be exported"),
            ));
        }
    };
    let digest = ItemId::of(&bytes);
    let masked = if is_masked { ", masked" } else { "" };
    let signed = signed_by.map_or_else(String::new, |key| format!(", signed by the key {key}"));
    desk.acts.note(
        call.visitor.name(),
        "decisions exported",
        format!("{name}{masked}, SHA-256 {digest}{signed}"),
    )?;
    Ok(Reply::bytes(media_type, bytes).with(
        "content-disposition",
        format!("attachment; filename=\"{name}\""),
    ))
}

/// What was decided, an object for each item.
fn rows(desk: &Desk, names: Option<&Names>) -> Vec<Value> {
    desk.acts.with(|reviews| {
        let rows = reviews.iter().map(|(item, review)| row(desk, item, review));
        rows.map(|mut row| {
            if let Some(names) = names {
                mask(&mut row, names);
            }
            row
        })
        .collect()
    })
}

/// One JSON object a line.
fn lines(rows: &[Value]) -> String {
    rows.iter().fold(String::new(), |mut out, row| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{row}");
        out
    })
}

fn row(desk: &Desk, item: &ItemId, review: &Review) -> Value {
    let mut row = shown(item, review);
    let class = desk
        .table
        .index(item)
        .and_then(|index| desk.table.class.get(index as usize))
        .copied();
    let class = class.and_then(|class| {
        mabillon_case::Class::ALL
            .get(usize::from(class))
            .map(|class| class.word())
    });
    if let Some(row) = row.as_object_mut() {
        row.insert("opinion".to_owned(), json!(class));
    }
    row
}

const COLUMNS: [&str; 9] = [
    "item",
    "opinion",
    "decision",
    "decided_by",
    "decided_at",
    "tags",
    "assigned",
    "notes",
    "version",
];

/// RFC 4180; a cell that a spreadsheet would run is quoted with an apostrophe.
fn table(rows: &[Value]) -> String {
    let mut out = COLUMNS.join(",") + "\r\n";
    for row in rows {
        let cells = COLUMNS.map(|column| cell(&text_of(row.get(column).unwrap_or(&Value::Null))));
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text_of).collect::<Vec<_>>().join("; "),
        Value::Object(note) => format!(
            "{}: {}",
            text_of(note.get("by").unwrap_or(&Value::Null)),
            text_of(note.get("text").unwrap_or(&Value::Null))
        ),
        other => other.to_string(),
    }
}

fn cell(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if runs {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    format!("\"{}\"", text.replace('"', "\"\""))
}
