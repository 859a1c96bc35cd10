//! What a reader is shown of a message, held against what was signed.

use std::borrow::Cow;

use mabillon_case::{Message, Part};
use memchr::{memchr, memmem};

/// What was signed: a MIME entity or a text, and the part it is.
pub(super) struct Entity<'e> {
    /// Index of the part in the message.
    pub(super) part: usize,
    /// The part that holds nothing but the signature, if it is another.
    pub(super) signature: Option<usize>,
    /// Number of the signed part; empty for the whole body.
    pub(super) number: &'e str,
    /// The signed entity with its header; nothing for a text without one.
    pub(super) bytes: Cow<'e, [u8]>,
    /// What is shown beside a signed text in the same part.
    pub(super) around: &'e str,
}

/// What came of the comparison.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) outside: Vec<String>,
    pub(super) fields_differing: Vec<String>,
    pub(super) other_sender: String,
    /// Visible fields that the signature says nothing of, or not what is shown.
    uncovered: Vec<&'static str>,
}

/// The fields that every reader shows.
const VISIBLE: [&str; 5] = ["From", "To", "Cc", "Date", "Subject"];
/// What is shown outside that is listed.
const OUTSIDE_MAX: usize = 10;
/// Octets of the signed header that are read.
const HEADER_OCTETS_MAX: usize = 256 * 1024;

impl Shown {
    pub(super) fn of(message: &Message, entity: &Entity<'_>) -> Self {
        let mut shown = Self {
            outside: outside(message, entity),
            ..Self::default()
        };
        let mut signed = fields(&entity.bytes);
        let is_message = value_of(&signed, "content-type")
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("message/"));
        if is_message {
            // The message inside has the fields that were signed (RFC 8551, section 3.1).
            signed = fields(body_of(&entity.bytes));
            shown.other_sender = other_sender(message, &signed);
        }
        for name in VISIBLE {
            let mut instances = message.fields_named(name);
            let Some(field) = instances.next() else {
                continue;
            };
            let here = collapsed(&message.unfold(field.value));
            let inside = value_of(&signed, &name.to_ascii_lowercase()).map(collapsed);
            let is_one = instances.next().is_none();
            match inside {
                Some(inside) if is_one && inside == here => {}
                Some(inside) if is_comparable(&inside) && is_comparable(&here) => {
                    shown.fields_differing.push(name.to_owned());
                    shown.uncovered.push(name);
                }
                _ => shown.uncovered.push(name),
            }
        }
        if !shown.other_sender.is_empty() {
            // It is another message, not this one with its fields changed.
            shown.fields_differing.clear();
        }
        shown
    }

    /// The visible fields that are not covered. The sender is, where certificate or key name them, unless the signature
    /// itself states another one.
    pub(super) fn unsigned_fields(&self, is_aligned: bool) -> Vec<String> {
        let is_vouched = |name: &str| {
            name == "From"
                && is_aligned
                && !self
                    .fields_differing
                    .iter()
                    .any(|differing| differing == "From")
        };
        let uncovered = self.uncovered.iter().filter(|name| !is_vouched(name));
        uncovered.map(|name| (*name).to_owned()).collect()
    }
}

/// What a reader is shown outside of the signed part.
fn outside(message: &Message, entity: &Entity<'_>) -> Vec<String> {
    let mut found = Vec::new();
    if !entity.around.is_empty() {
        found.push(format!("text around it: \"{}\"", entity.around));
    }
    let leaves = message.parts.iter().enumerate().filter(|(index, part)| {
        let is_leaf = !part.is_multipart()
            || !message
                .parts
                .iter()
                .skip(index + 1)
                .take(1)
                .any(|next| next.parent == Some(*index));
        is_leaf && entity.signature != Some(*index) && !is_within(message, *index, entity.part)
    });
    found.extend(leaves.map(|(_, part)| words(part)).take(OUTSIDE_MAX));
    found
}

fn words(part: &Part) -> String {
    let number = if part.number.is_empty() {
        "the body"
    } else {
        &part.number
    };
    match &part.file_name {
        Some(name) => format!("part {number} ({}, \"{name}\")", part.media_type),
        None => format!("part {number} ({})", part.media_type),
    }
}

/// Whether a part is `outer` or lies in it.
fn is_within(message: &Message, mut index: usize, outer: usize) -> bool {
    loop {
        if index == outer {
            return true;
        }
        match message.parts.get(index).and_then(|part| part.parent) {
            Some(parent) if parent < index => index = parent,
            _ => return false,
        }
    }
}

/// The fields of a header, names in lower case, values unfolded.
fn fields(entity: &[u8]) -> Vec<(String, String)> {
    let header = entity
        .get(..entity.len().min(HEADER_OCTETS_MAX))
        .unwrap_or_default();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let line = rest.get(..end).unwrap_or_default().trim_ascii_end();
        rest = rest.get(end..).unwrap_or_default();
        if line.is_empty() {
            break;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if let Some((_, value)) = found.last_mut() {
                value.push_str(&String::from_utf8_lossy(line));
            }
        } else if let Some(colon) = memchr(b':', line) {
            let (name, value) = line.split_at_checked(colon).unwrap_or_default();
            let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
            found.push((
                name,
                String::from_utf8_lossy(value.get(1..).unwrap_or_default())
                    .trim_start()
                    .to_owned(),
            ));
        }
    }
    found
}

fn body_of(entity: &[u8]) -> &[u8] {
    let crlf = memmem::find(entity, b"\r\n\r\n").map(|at| at + 4);
    let start = crlf.or_else(|| memmem::find(entity, b"\n\n").map(|at| at + 2));
    start
        .and_then(|start| entity.get(start..))
        .unwrap_or_default()
}

/// The value of the only field of this name.
fn value_of<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let mut values = fields.iter().filter(|(known, _)| known == name);
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value)
}

fn collapsed(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two values may be compared as they are written: programs encode other characters in different ways.
fn is_comparable(value: &str) -> bool {
    value.is_ascii() && !value.contains("=?")
}

/// The sender of the signed message, where it is not the one that is shown.
fn other_sender(message: &Message, signed: &[(String, String)]) -> String {
    let Some(inside) = value_of(signed, "from") else {
        return String::new();
    };
    let lower = inside.to_lowercase();
    let is_here = message
        .from
        .iter()
        .any(|from| !from.address.is_empty() && lower.contains(&from.address.to_lowercase()));
    if is_here {
        String::new()
    } else {
        collapsed(inside)
    }
}
