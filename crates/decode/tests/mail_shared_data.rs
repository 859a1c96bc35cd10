//! Real and malformed messages from elsewhere, and what other readers made of them.
//!
//! The data lie beside the project and are no part of it: where they are missing the tests print that they skip.
//! The tables they print (`--nocapture`) show how far two readings agree. Classes of differences, looked at one by one:
//!
//! - Both open attached messages. Their parts are items of their own here; the outlines are cut there, which fails
//!   where `mail-parser` lists an attached message of odd shape on the level above.
//! - A part of `multipart/digest` without a type is a message here (RFC 2046, section 5.1.5); `mime4j` prints a text.
//! - A boundary line must be the boundary alone here, as in mail programs; others accept text behind it, and then find
//!   `a` in a line `--ab`. Such lines give a warning. A space at the end of a boundary never counts here.
//! - A boundary longer than the limit is not obeyed here, with a warning; `mime4j` has a higher limit.
//! - A field name with bytes outside ASCII is a field here; `mime4j` drops the line.
//! - Parts whose header has no empty line, or whose multipart is never closed: readers differ in where they end.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use mabillon_case::Message;
use mabillon_decode::{DecodedMessage, message};

/// The folder of shared data, or `None` with a printed reason.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is missing", path.display());
    None
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> DecodedMessage {
    message(Bytes::from(fs::read(path).unwrap()), None)
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension == wanted)
}

#[test]
fn every_file_is_read_without_panic() {
    for folder in [
        "mail-parser",
        "mime4j",
        "spamassassin",
        "fuzz",
        "mail-auth",
        "dkimpy",
    ] {
        let Some(path) = shared(folder) else {
            continue;
        };
        let (mut n_files, mut n_parts, mut n_attached, mut n_warned) = (0, 0, 0, 0);
        for path in files(&path) {
            let decoded = read(&path);
            let message = &decoded.message;
            let tiles: usize = message.fields().iter().map(|field| field.whole.len()).sum();
            assert_eq!(tiles, message.header.len(), "{}", path.display());
            n_files += 1;
            n_parts += message.parts.len();
            n_attached += decoded.attached.len();
            n_warned += usize::from(!decoded.warnings.is_empty());
        }
        println!(
            "{folder:14} {n_files:5} files {n_parts:6} parts {n_attached:5} attached {n_warned:5} files with warnings"
        );
        assert!(n_files > 0);
    }
}

#[test]
fn real_mail_has_sender_date_hops_and_text() {
    let Some(path) = shared("spamassassin") else {
        return;
    };
    let (mut n, mut from, mut date, mut weekday, mut hops, mut dated_hops, mut text) =
        (0, 0, 0, 0, 0, 0, 0);
    for path in files(&path)
        .iter()
        .filter(|path| has_extension(path, "txt"))
    {
        let decoded = read(path);
        let message = &decoded.message;
        n += 1;
        from += usize::from(
            message
                .from
                .iter()
                .any(|address| !address.domain().is_empty()),
        );
        date += usize::from(message.date.is_some());
        weekday += usize::from(message.date_weekday.is_some());
        hops += message.hops.len();
        dated_hops += message.hops.iter().filter(|hop| hop.date.is_some()).count();
        text += usize::from(
            !message.text.own.trim().is_empty()
                || !message.text.quotations.is_empty()
                || !decoded.attached.is_empty(),
        );
        if message.date.is_none() {
            println!("no date read: {}", path.display());
        }
    }
    println!(
        "{n} messages: From {from}, Date {date}, weekday {weekday}, hops {hops} of which dated {dated_hops}, text {text}"
    );
    assert!(
        from * 100 >= n * 99
            && date * 100 >= n * 98
            && dated_hops * 100 >= hops * 99
            && text * 100 >= n * 99
    );
}

/// What another reader made of a message.
#[derive(Debug, PartialEq)]
struct Outline {
    field_names: Vec<String>,
    media_types: Vec<String>,
}

/// Our outline; attached messages are not opened by us, so theirs are cut at the same place.
fn outline(message: &Message) -> Outline {
    let named = message
        .fields()
        .iter()
        .filter(|field| !field.name.is_empty());
    let name = |field: &mabillon_case::HeaderField| {
        String::from_utf8_lossy(field.name.of(&message.raw)).to_lowercase()
    };
    Outline {
        field_names: named.map(name).collect(),
        media_types: message
            .parts
            .iter()
            .map(|part| part.media_type.clone())
            .collect(),
    }
}

/// The outline in the XML of mime4j: tags stand alone on their lines, fields hold their text after a line end.
fn outline_of_xml(xml: &str) -> Outline {
    let (mut depth_of_message, mut n_headers) = (0_usize, 0);
    let mut outline = Outline {
        field_names: Vec::new(),
        media_types: Vec::new(),
    };
    let mut parts: Vec<Option<String>> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let Some(end) = rest[at..].find('>') else {
            break;
        };
        let tag = &rest[at + 1..at + end];
        rest = &rest[at + end + 1..];
        match tag {
            "message" => depth_of_message += 1,
            "/message" => depth_of_message -= 1,
            "header" if depth_of_message == 1 => {
                n_headers += 1;
                parts.push(None);
            }
            "field" if depth_of_message == 1 => {
                let text = rest.split("</field>").next().unwrap_or_default();
                let (name, value) = text.split_once(':').unwrap_or((text, ""));
                let name = name.trim().to_lowercase();
                if name == "content-type"
                    && let Some(part @ None) = parts.last_mut()
                {
                    let value = value.split([';', '(']).next().unwrap_or_default();
                    *part = Some(value.split_whitespace().collect::<String>().to_lowercase());
                }
                if n_headers == 1 {
                    outline.field_names.push(name);
                }
            }
            _ => {}
        }
    }
    let media_type = |part: Option<String>| {
        part.filter(|p| p.contains('/'))
            .unwrap_or_else(|| "text/plain".into())
    };
    outline.media_types = parts.into_iter().map(media_type).collect();
    outline
}

#[test]
fn trees_agree_with_mime4j() {
    let Some(path) = shared("mime4j") else {
        return;
    };
    let (mut n, mut names, mut trees) = (0, 0, 0);
    for path in files(&path)
        .iter()
        .filter(|path| has_extension(path, "msg"))
    {
        let Ok(xml) = fs::read(path.with_extension("xml")) else {
            continue;
        };
        let theirs = outline_of_xml(&String::from_utf8_lossy(&xml));
        let ours = outline(&read(path).message);
        n += 1;
        names += usize::from(ours.field_names == theirs.field_names);
        trees += usize::from(ours.media_types == theirs.media_types);
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if ours.field_names != theirs.field_names {
            println!(
                "names {name}\n  ours   {:?}\n  theirs {:?}",
                ours.field_names, theirs.field_names
            );
        }
        if ours.media_types != theirs.media_types {
            println!(
                "tree  {name}\n  ours   {:?}\n  theirs {:?}",
                ours.media_types, theirs.media_types
            );
        }
    }
    println!("mime4j: {n} messages; field names agree in {names}, trees in {trees}");
    assert!(n > 0 && names * 100 >= n * 90 && trees * 100 >= n * 80);
}

/// Values of a key that stands alone on lines of indented JSON, with the indentation of each.
fn json_values<'a>(json: &'a str, key: &str) -> Vec<(usize, &'a str)> {
    let wanted = format!("\"{key}\": ");
    let line_value = |line: &'a str| {
        let value = line.trim_start().strip_prefix(&wanted)?;
        Some((
            line.len() - line.trim_start().len(),
            value.trim_end_matches(','),
        ))
    };
    json.lines().filter_map(line_value).collect()
}

/// How many of the messages agree.
#[derive(Debug, Default)]
struct Agreement {
    n: usize,
    n_parts: usize,
    bodies: usize,
    fields: usize,
}

/// Compares the places in a message with those in the JSON of mail-parser.
fn compare_places(name: &str, bytes: Vec<u8>, json: &str, agreement: &mut Agreement) {
    let decoded = message(Bytes::from(bytes), None);
    let parts = &decoded.message.parts;
    // Parts of attached messages are indented deeper than those of the message itself.
    let outermost = |key: &str| -> Vec<usize> {
        let values = json_values(json, key);
        let indent = values.iter().map(|(indent, _)| *indent).min();
        let outer = values.iter().filter(|(i, _)| Some(*i) == indent);
        outer.filter_map(|(_, value)| value.parse().ok()).collect()
    };
    let (theirs, their_fields) = (outermost("offset_body"), outermost("offset_field"));
    let ours: Vec<usize> = parts.iter().map(|part| part.body.start).collect();
    let fields = parts.iter().flat_map(|part| &part.header);
    let our_fields: Vec<usize> = fields
        .filter(|f| !f.name.is_empty())
        .map(|f| f.whole.start)
        .collect();
    agreement.n += 1;
    agreement.n_parts += usize::from(theirs.len() == ours.len());
    agreement.bodies += usize::from(theirs == ours);
    agreement.fields += usize::from(their_fields == our_fields);
    if theirs != ours {
        println!("bodies {name}\n  ours   {ours:?}\n  theirs {theirs:?}");
    } else if their_fields != our_fields {
        println!("fields {name}\n  ours   {our_fields:?}\n  theirs {their_fields:?}");
    }
}

#[test]
fn places_agree_with_mail_parser() {
    let Some(path) = shared("mail-parser") else {
        return;
    };
    let mut agreement = Agreement::default();
    for path in files(&path)
        .iter()
        .filter(|path| has_extension(path, "eml"))
    {
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
        let name = format!(
            "{}/{}",
            folder.to_string_lossy(),
            path.file_name().unwrap_or_default().to_string_lossy()
        );
        let lf: Vec<u8> = fs::read(path)
            .unwrap()
            .into_iter()
            .filter(|&b| b != b'\r')
            .collect();
        if let Ok(json) = fs::read_to_string(path.with_extension("json")) {
            compare_places(&name, lf.clone(), &json, &mut agreement);
        }
        if let Ok(json) = fs::read_to_string(path.with_extension("crlf.json")) {
            let crlf = lf
                .split(|&b| b == b'\n')
                .collect::<Vec<_>>()
                .join(&b"\r\n"[..]);
            compare_places(&format!("{name} with CRLF"), crlf, &json, &mut agreement);
        }
    }
    println!("mail-parser: {agreement:?}");
    assert!(agreement.n > 0 && agreement.n_parts * 100 >= agreement.n * 80);
}
