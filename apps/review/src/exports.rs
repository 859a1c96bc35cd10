//! Exports of decisions: an act, and so a line of the custody log.

use mabillon_case::ItemId;
use mabillon_keep::review::Review;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::acts::shown;
use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::redact::mask;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    what: String,
}

/// `POST /api/exports`
#[expect(clippy::too_many_lines, reason = "one answer, format by format")]
pub(crate) fn export(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let export: Export = call.json()?;
    let is_masked = call
        .visitor
        .session
        .as_ref()
        .is_some_and(|session| session.redacted);
    let rows: Vec<Value> = desk.acts.with(|reviews| {
        let rows = reviews.iter().map(|(item, review)| row(desk, item, review));
        rows.map(|mut row| {
            if is_masked {
                mask(&mut row, &desk.names);
            }
            row
        })
        .collect()
    });
    let (text, media_type, name) = match export.what.as_str() {
        "decisions-jsonl" => (
            rows.iter()
                .flat_map(|row| {
                    [
                        row.to_string(),
                        "
"
                        .to_owned(),
                    ]
                })
                .collect::<String>(),
            "application/x-ndjson",
            "decisions.jsonl",
        ),
        "decisions-csv" => (table(&rows), "text/csv; charset=utf-8", "decisions.csv"),
        "report" => {
            let says = "this version cannot write the signed report yet; export the decisions as JSONL or CSV";
            return Err(Refusal::new(422, "too-much", says));
        }
        other => {
            return Err(Refusal::new(
                400,
                "bad-json",
                format!("{other:?} cannot be exported"),
            ));
        }
    };
    let digest = ItemId::of(text.as_bytes());
    let masked = if is_masked { ", masked" } else { "" };
    desk.acts.note(
        call.visitor.name(),
        "decisions exported",
        format!("{name}{masked}, SHA-256 {digest}"),
    )?;
    Ok(Reply::bytes(media_type, text).with(
        "content-disposition",
        format!("attachment; filename=\"{name}\""),
    ))
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
