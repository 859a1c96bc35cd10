//! The signed report: what was decided, as a page to read and as files for programs, the custody log, and a signature
//! over all of it by the key of the case.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use mabillon_case::ItemId;
use mabillon_keep::Case;
use mabillon_report::{SigningKey, signed_report};
use serde_json::{Value, json};

use super::{lines, table};
use crate::as_sent::push_text;
use crate::desk::Desk;
use crate::http::{Call, Refusal};
use crate::redact::{Names, mask};

/// The file of the secret key in the case folder.
const KEY_FILE: &str = "review-key.p8";
/// Items of the page; the files hold all.
const PAGE_ITEMS_MAX: usize = 20_000;

/// The key of a case, where it has one.
///
/// # Errors
/// Where the file cannot be read, or is no key.
pub(crate) fn key(case: &Path) -> anyhow::Result<Option<SigningKey>> {
    let path = case.join(KEY_FILE);
    let said = || format!("failed to read the key {}", path.display());
    if !path.exists() {
        return Ok(None);
    }
    let pkcs8 = fs::read(&path).with_context(said)?;
    SigningKey::read(&pkcs8).with_context(said).map(Some)
}

/// The key of the case; the first report makes it, and the custody log says so.
fn key_of(desk: &Desk, call: &Call<'_>) -> Result<SigningKey, Refusal> {
    let internal = |error: anyhow::Error| Refusal::internal(&format!("{error:#}"));
    // Two first reports at once must not make two keys.
    let _one = desk.signing.lock();
    if let Some(key) = key(&desk.settings.case).map_err(internal)? {
        return Ok(key);
    }
    let made = SigningKey::generate().and_then(|pkcs8| Some((SigningKey::read(&pkcs8)?, pkcs8)));
    let (key, pkcs8) = made.ok_or_else(|| Refusal::internal(&"no key could be made"))?;
    write_secret(&desk.settings.case.join(KEY_FILE), &pkcs8).map_err(internal)?;
    let detail = format!("Ed25519, SHA-256 of the public key {}", key.fingerprint());
    desk.acts
        .note(call.visitor.name(), "review key made", detail)?;
    Ok(key)
}

fn write_secret(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let said = || format!("failed to write {}", path.display());
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(said)?;
    file.write_all(bytes).with_context(said)?;
    file.sync_all().with_context(said)
}

/// The zip, and the fingerprint of the key that signed it.
pub(super) fn report(
    desk: &Desk,
    call: &Call<'_>,
    rows: &[Value],
    names: Option<&Names>,
) -> Result<(Vec<u8>, String), Refusal> {
    let key = key_of(desk, call)?;
    let log = desk.with_case(|case| Ok(case.custody()?))?;
    let log: Vec<Value> = log
        .iter()
        .map(|line| {
            let mut row = json!({"seq": line.seq, "at": line.time, "by": line.who, "act": line.act, "detail": line.detail,
                "previous": ItemId(line.previous).to_string(), "hash": ItemId(line.hash).to_string()});
            if let Some(names) = names {
                // What a line says is text of reviewers: its hash still tells that it stands in the log.
                mask(&mut row, names);
            }
            row
        })
        .collect();
    let fingerprint = key.fingerprint();
    let files = vec![
        (
            "README.txt".to_owned(),
            readme(desk, &fingerprint, names.is_some()).into_bytes(),
        ),
        ("custody.jsonl".to_owned(), lines(&log).into_bytes()),
        ("decisions.csv".to_owned(), table(rows).into_bytes()),
        (
            "decisions.html".to_owned(),
            page(desk, rows, names)?.into_bytes(),
        ),
        ("decisions.jsonl".to_owned(), lines(rows).into_bytes()),
    ];
    let zip = signed_report(files, &key);
    let too_large = || {
        Refusal::new(
            422,
            "too-much",
            "the report is too large for a plain zip: export the decisions as JSONL",
        )
    };
    Ok((zip.ok_or_else(too_large)?, fingerprint))
}

fn readme(desk: &Desk, fingerprint: &str, is_masked: bool) -> String {
    let case = desk.described();
    let text = |name: &str| {
        case.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let masked = if is_masked {
        "\nAddresses, numbers and names are masked in all files. Names are known by senders, recipients, greetings, signatures and\n\
        the heads of quotations: one that stands in running text alone may be left.\n"
    } else {
        ""
    };
    format!(
        "What reviewers decided in the case \"{}\"\n\
        {}, seal of the case {}\n\
        {masked}\n\
        decisions.html   to read and to print\n\
        decisions.csv    for a spreadsheet\n\
        decisions.jsonl  for programs\n\
        custody.jsonl    the custody log as it stood: who did what, when; each line with the hash of the one before\n\
        hashes.txt       SHA-256 of the files above\n\
        hashes.txt.sig   Ed25519 signature over hashes.txt\n\
        key.pem          the public key; its SHA-256 fingerprint is\n\
        {fingerprint}\n\n\
        What the signature shows: these files were put together by a program that holds the key of this case, and were not\n\
        changed since. What it does not show: whose key it is. Compare the fingerprint with the line \"review key made\" of\n\
        the custody log of the case, or with what was noted down. Nor does it say that a decision is right.\n\n\
        To check it:\n\
        \x20 mabillon verify report.zip\n\
        or, unpacked, without that program:\n\
        \x20 sha256sum --check hashes.txt\n\
        \x20 openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in hashes.txt -sigfile hashes.txt.sig\n",
        text("name"),
        desk.settings.program,
        text("seal"),
    )
}

/// A page without a script that says what was decided, item by item.
fn page(desk: &Desk, rows: &[Value], names: Option<&Names>) -> Result<String, Refusal> {
    let mut body = String::new();
    desk.with_case(|case| {
        for row in rows.iter().take(PAGE_ITEMS_MAX) {
            body.push_str("<tr>");
            for cell in cells(desk, case, row, names)? {
                body.push_str("<td>");
                push_text(&cell, &mut body);
            }
            body.push('\n');
        }
        Ok(())
    })?;
    let mut more = String::new();
    if rows.len() > PAGE_ITEMS_MAX {
        let _ = write!(
            more,
            "<p>{} more stand in decisions.jsonl.",
            rows.len() - PAGE_ITEMS_MAX
        );
    }
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>\
        <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\
        <title>Decisions</title><style>body{{font:14px/1.4 Georgia,serif;margin:2rem}}table{{border-collapse:collapse;width:100%}}\
        th,td{{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere}}\
        td:last-child{{font:11px monospace}}</style>\n<h1>Decisions on {} items</h1>\n<table><thead><tr>\
        <th>Item<th>Opinion<th>Decision<th>By, when<th>Tags<th>Notes<th>SHA-256<tbody>\n{body}</table>{more}\n",
        rows.len()
    ))
}

/// What the page says of one item, in the order of its columns.
fn cells(
    desk: &Desk,
    case: &Case,
    row: &Value,
    names: Option<&Names>,
) -> Result<[String; 7], Refusal> {
    let text = |row: &Value, name: &str| {
        let value = row.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let all = |name: &str| {
        row.get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let item = text(row, "item");
    let index = item.parse().ok().and_then(|item| desk.table.index(&item));
    let brief = index
        .map(|index| case.brief(desk.table.row(index)))
        .transpose()?;
    let mut about = json!(brief.map(|brief| brief.about).unwrap_or_default());
    if let Some(names) = names {
        mask(&mut about, names);
    }
    let notes: Vec<String> = all("notes")
        .map(|note| format!("{}: {}", text(note, "by"), text(note, "text")))
        .collect();
    let tags: Vec<&str> = all("tags").filter_map(Value::as_str).collect();
    Ok([
        about.as_str().unwrap_or_default().to_owned(),
        text(row, "opinion"),
        text(row, "decision"),
        format!("{} {}", text(row, "decided_by"), text(row, "decided_at")),
        tags.join(", "),
        notes.join("\n"),
        item,
    ])
}
