//! The trees of `mail-parser`: its messages as JSON, with the place of every field and body.

use std::fs;

use mabillon_case::{HeaderField, Message};
use serde_json::Value;

use super::ours::{Shape, lines};
use super::{Comparison, Explained, Lines, files, name_of, shared};

const WHOLE_LINE: &str = "a boundary line is the boundary and nothing else (RFC 2046, section 5.1.1, as mail programs read it); \
     that reader finds the boundary `a` in a line `--ab`";
const OUTER_ENDS_INNER: &str = "the boundary of the outer multipart ends an inner one that was not closed (RFC 2046, \
     section 5.1.2), and a part of the outer begins; that reader goes on in the inner one";
const FIRST_COUNTS: &str =
    "of two fields Content-Type the first counts, as in mail programs; that reader takes the last";

const EXPLAINED: &[Explained] = &[
    (
        "malformed/000.eml",
        "a boundary line ends a part also within its header, and the part counts; that reader drops it",
    ),
    ("malformed/001.eml", WHOLE_LINE),
    (
        "malformed/002.eml",
        "a multipart without boundary line is a multipart without parts here, and a text there; its text is read in both",
    ),
    ("malformed/004.eml", WHOLE_LINE),
    (
        "malformed/007.eml",
        "a boundary line of its own ends a header that has no empty line; that reader reads on in the header",
    ),
    ("malformed/008.eml", OUTER_ENDS_INNER),
    ("malformed/009.eml", OUTER_ENDS_INNER),
    ("malformed/011.eml", OUTER_ENDS_INNER),
    ("malformed/012.eml", OUTER_ENDS_INNER),
    ("malformed/016.eml", OUTER_ENDS_INNER),
    (
        "malformed/019.eml",
        "a part that begins with a line that is no field has no header, and that line is its text; that reader drops it",
    ),
    ("malformed/020.eml", FIRST_COUNTS),
    ("malformed/021.eml", FIRST_COUNTS),
    (
        "malformed/022.eml",
        "what is declared to be a message is one, whatever it holds; that reader gives it as a file",
    ),
    (
        "thirdparty/015.eml",
        "the headers of the attached messages have lost their folds: a name with spaces is no field here, and a multipart \
         without boundary line is one without parts; that reader has fields `thu, 12 feb 2026 12`",
    ),
];

/// A part with the places of its fields and of its body.
struct WithPlaces;

impl Shape for WithPlaces {
    fn line(&self, message: &Message, kind: &str, body: usize, fields: &[&HeaderField]) -> String {
        let fields = fields.iter().map(|field| {
            let name = String::from_utf8_lossy(field.name.of(&message.raw)).into_owned();
            (name, field.whole.start)
        });
        line(kind, body, fields)
    }
}

fn line(kind: &str, body: usize, fields: impl Iterator<Item = (String, usize)>) -> String {
    let fields: Vec<String> = fields
        .map(|(name, at)| format!("{}@{at}", name.trim().to_lowercase().replace('-', "_")))
        .collect();
    format!("{kind}@{body}: {}", fields.join(" "))
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// The name of a field: one of those that the reader knows, or any other.
fn field_name(name: &Value) -> String {
    let known = name.as_str().or_else(|| name["other"].as_str());
    known.unwrap().to_owned()
}

/// Writes the lines of a message; places count from its own first byte.
fn write(message: &Value, depth: usize, lines: &mut Lines) {
    let parts = message["parts"].as_array().unwrap();
    let start = number(&parts[0]["offset_header"]);
    write_part(parts, 0, start, depth, lines);
}

fn write_part(parts: &[Value], index: usize, start: usize, depth: usize, lines: &mut Lines) {
    let part = &parts[index];
    let fields = part["headers"].as_array().unwrap().iter();
    let fields = fields.map(|field| {
        let at = number(&field["offset_field"]);
        (field_name(&field["name"]), at.saturating_sub(start))
    });
    let body = &part["body"];
    let kind = if body["Multipart"].is_array() {
        "multipart"
    } else if body["Message"].is_object() {
        "message"
    } else {
        "leaf"
    };
    let body_at = number(&part["offset_body"]).saturating_sub(start);
    lines.push(format!(
        "{}{}",
        "  ".repeat(depth),
        line(kind, body_at, fields)
    ));
    for child in body["Multipart"].as_array().into_iter().flatten() {
        write_part(parts, number(child), start, depth + 1, lines);
    }
    if body["Message"].is_object() {
        write(&body["Message"], depth + 1, lines);
    }
}

fn compare(comparison: &mut Comparison, name: &str, bytes: Vec<u8>, json: &str) {
    let mut theirs = Vec::new();
    write(&serde_json::from_str(json).unwrap(), 0, &mut theirs);
    comparison.compare(name, &lines(bytes, &WithPlaces), &theirs);
}

#[test]
fn trees_and_places_are_those_of_mail_parser() {
    let Some(folder) = shared("mail-parser") else {
        return;
    };
    let mut comparison = Comparison::new(EXPLAINED);
    for path in files(&folder, "eml") {
        let name = name_of(&path);
        let mut lf = fs::read(&path).unwrap();
        lf.retain(|&byte| byte != b'\r');
        if let Ok(json) = fs::read_to_string(path.with_extension("json")) {
            compare(&mut comparison, &name, lf.clone(), &json);
        }
        if let Ok(json) = fs::read_to_string(path.with_extension("crlf.json")) {
            let crlf = lf
                .split(|&byte| byte == b'\n')
                .collect::<Vec<_>>()
                .join(&b"\r\n"[..]);
            compare(&mut comparison, &format!("{name} with CRLF"), crlf, &json);
        }
    }
    comparison.finish("mail-parser");
}
