//! Internet messages (RFC 5322, RFC 2045 to 2049): header, MIME tree, text, attachments.
//!
//! One reader, with exact places, that nothing makes recurse (but for a few layers of signed content) and nothing makes slower than its input is long.
//! Where mail is malformed it is read as mail readers read it, with a warning. An attached message is an item of its
//! own and is not looked into here.
//!
//! Does not read: yEnc and uuencode inside the text of a body, `message/partial` put together again, what is encrypted,
//! TNEF. All of them are handed on as attachments or left as text, with a warning for encodings inside text and for
//! what is encrypted. The content of a signed S/MIME object is read as the text of the message.

mod address;
mod attached;
mod charset;
mod date;
mod encoded_word;
mod header;
mod identifiers;
mod labels;
pub mod limits;
mod lines;
mod parameters;
mod parts;
mod received;
mod signed;
pub(crate) mod text;
mod transfer;
mod warnings;

use bytes::Bytes;
use mabillon_case::{
    ASSEMBLED_FIELD, Address, AskedFor, Assembled, Attached, HeaderField, HeaderSource, LOST_FIELD,
    Message, Page, Part, Span, Warning,
};
use memchr::memchr;

pub use date::parse_date;
use limits::{ADDRESSES_MAX, FIELD_BYTES_MAX, HOPS_MAX, IDENTIFIERS_MAX};
use warnings::{STORE_IN_PART, Warnings};

/// Attached pages of one message whose forms are read.
const ATTACHED_PAGES_MAX: usize = 4;

/// A message with what it carries and what was not read.
#[derive(Debug, Clone, Default)]
pub struct DecodedMessage {
    /// The message.
    pub message: Message,
    /// What it carries that becomes an item of its own, in the order of the parts.
    pub attached: Vec<Attached>,
    /// What was not read, or was read with a guess.
    pub warnings: Vec<Warning>,
    /// Why only a part was read, in plain words; `None` where no limit was reached.
    pub partial: Option<String>,
}

/// The source of the first HTML body of a message; `None` where it has none. Up to the limit of texts.
pub fn html_body(message: &Message) -> Option<String> {
    text::html_source(&message.raw, &message.parts)
}

/// Decodes a message from its exact bytes; `separator` is the mbox line that stood before it, if any.
///
/// Never fails and never panics. Time and memory are proportional to the length of `bytes`; the [`limits`] bound what
/// is read of each thing, and reaching one is a warning.
pub fn message(bytes: Bytes, separator: Option<String>) -> DecodedMessage {
    decoded(bytes, separator, Origin::OwnBytes, 0)
}

/// Decodes a message that came out of a store of MAPI properties. Where its first field says so, it was put together
/// from them and has no bytes of its own; anywhere else that field is one that anybody can write, and means nothing.
pub fn stored_message(bytes: Bytes) -> DecodedMessage {
    decoded(bytes, None, Origin::Store, 0)
}

/// Where the bytes of a message come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    OwnBytes,
    Store,
}

/// Decodes a message that lies under this many signed layers.
fn decoded(bytes: Bytes, separator: Option<String>, origin: Origin, layer: u32) -> DecodedMessage {
    let mut warnings = Warnings::default();
    let mut tree = parts::tree(&bytes, &mut warnings);
    let roles = text::roles(&tree.parts, &tree.unopened);
    let mut attached: Vec<Attached> = roles
        .attached
        .iter()
        .filter_map(|&part| attached::attach(&bytes, &mut tree.parts, part, &mut warnings))
        .collect();
    let (mut text, armored, mut page) = text::text(&bytes, &tree.parts, &roles, &mut warnings);
    page.attached_form = attached_form(&tree.parts, &attached);
    signed::warn_of_encryption(&tree.parts, &attached, &armored, &mut warnings);
    if let Some(opened) = signed::open(&tree.parts, &mut attached, layer, &mut warnings) {
        text = opened;
    }
    let mut message = Message {
        raw: bytes,
        parts: tree.parts,
        header: tree.header,
        body: tree.body,
        separator,
        text,
        armored,
        page,
        ..Message::default()
    };
    warn_of_odd_bytes(&message, &mut warnings);
    message.assembled = assembled(&message, origin, &mut warnings);
    let fields = Fields::of(&message);
    fields.read_into(&mut message, &mut warnings);
    DecodedMessage {
        message,
        attached,
        partial: warnings.partial(),
        warnings: warnings.finish(),
    }
}

/// What the forms of attached pages ask for.
fn attached_form(parts: &[Part], attached: &[Attached]) -> AskedFor {
    let pages = attached.iter().filter(|attached| {
        let part = parts.get(attached.part);
        part.is_some_and(|part| {
            let name = part.file_name.as_deref().unwrap_or_default();
            let name = name.to_ascii_lowercase();
            matches!(
                &*part.media_type,
                "text/html" | "application/xhtml+xml" | "image/svg+xml"
            ) || [".htm", ".html", ".shtml", ".xhtml", ".svg"]
                .iter()
                .any(|end| name.ends_with(end))
        })
    });
    let mut read = Page::default();
    for attached in pages.take(ATTACHED_PAGES_MAX) {
        text::page::read(&String::from_utf8_lossy(&attached.bytes), &mut read);
    }
    read.form
}

/// Whether a message from a store says in its first field that it was put together from properties.
fn assembled(message: &Message, origin: Origin, warnings: &mut Warnings) -> Option<Assembled> {
    let is_named = |field: &HeaderField, name: &str| {
        let written = field.name.of(&message.raw);
        written.eq_ignore_ascii_case(name.as_bytes())
    };
    let first = message
        .fields()
        .first()
        .filter(|field| is_named(field, ASSEMBLED_FIELD))?;
    if origin == Origin::OwnBytes {
        warnings.add("assembled-outside-store", || {
            "its first field says that it was put together from the properties of a store, and it lies in none: it is examined like any other message"
        });
        return None;
    }
    let header = if message.unfold(first.value).contains("header=transport") {
        HeaderSource::Transport
    } else {
        HeaderSource::Properties
    };
    warnings.add("not-original-bytes", || match header {
        HeaderSource::Transport => {
            "not original bytes: put together from the properties of a store; the header is the stored one, the body is not as it was sent"
        }
        HeaderSource::Properties => {
            "not original bytes: put together from the properties of a store, the header too"
        }
    });
    // Only fields right after the first are ours: the stored header follows.
    let lost = message.fields().iter().skip(1);
    for field in lost.take_while(|field| is_named(field, LOST_FIELD)) {
        warnings.add(STORE_IN_PART, || message.unfold(field.value));
    }
    Some(Assembled { header })
}

/// Bytes that readers treat differently are told of.
fn warn_of_odd_bytes(message: &Message, warnings: &mut Warnings) {
    let header = message.header.of(&message.raw);
    if memchr(0, header).is_some() {
        warnings.add("header-nul", || "the header holds NUL bytes");
    }
    let is_bare = |at: usize| !matches!(header.get(at + 1), Some(b'\n' | b'\r') | None);
    if memchr(b'\n', header).is_some() && memchr::memchr_iter(b'\r', header).any(is_bare) {
        warnings.add("header-bare-return", || {
            "the header holds carriage returns without line feed, which are not taken as line ends"
        });
    }
}

/// The values of the fields that are interpreted, found in one pass over the header.
#[derive(Default)]
struct Fields {
    message_id: Vec<Span>,
    in_reply_to: Vec<Span>,
    references: Vec<Span>,
    date: Vec<Span>,
    from: Vec<Span>,
    sender: Vec<Span>,
    reply_to: Vec<Span>,
    to: Vec<Span>,
    cc: Vec<Span>,
    subject: Vec<Span>,
    received: Vec<Span>,
    gmail_labels: Vec<Span>,
    mozilla_keys: Vec<Span>,
    mozilla_status: Vec<Span>,
    mozilla_status2: Vec<Span>,
}

impl Fields {
    fn of(message: &Message) -> Self {
        let mut fields = Self::default();
        for field in message.fields() {
            if let Some(list) = fields.list(message, field) {
                list.push(field.value);
            }
        }
        fields
    }

    fn list(&mut self, message: &Message, field: &HeaderField) -> Option<&mut Vec<Span>> {
        let name = field.name.of(&message.raw);
        // Telling by length first keeps the many other fields cheap.
        let (known, list): (&[u8], _) = match name.len() {
            2 if name.eq_ignore_ascii_case(b"to") => (b"to", &mut self.to),
            2 => (b"cc", &mut self.cc),
            4 if name.eq_ignore_ascii_case(b"date") => (b"date", &mut self.date),
            4 => (b"from", &mut self.from),
            6 => (b"sender", &mut self.sender),
            7 => (b"subject", &mut self.subject),
            8 if name.eq_ignore_ascii_case(b"received") => (b"received", &mut self.received),
            8 => (b"reply-to", &mut self.reply_to),
            10 if name.eq_ignore_ascii_case(b"message-id") => (b"message-id", &mut self.message_id),
            10 => (b"references", &mut self.references),
            11 => (b"in-reply-to", &mut self.in_reply_to),
            14 if name.eq_ignore_ascii_case(b"x-mozilla-keys") => {
                (b"x-mozilla-keys", &mut self.mozilla_keys)
            }
            14 => (b"x-gmail-labels", &mut self.gmail_labels),
            16 => (b"x-mozilla-status", &mut self.mozilla_status),
            17 => (b"x-mozilla-status2", &mut self.mozilla_status2),
            _ => return None,
        };
        known.eq_ignore_ascii_case(name).then_some(list)
    }

    fn read_into(&self, message: &mut Message, warnings: &mut Warnings) {
        let raw = message.raw.clone();
        if let Some(&span) = self.message_id.first() {
            let (id, span) = identifiers::message_id(&raw, span);
            message.message_id = (!id.is_empty()).then_some(id);
            message.message_id_span = span;
        }
        message.in_reply_to = identifiers_of(&raw, &self.in_reply_to, warnings);
        message.references = identifiers_of(&raw, &self.references, warnings);
        if let Some(&span) = self.date.first() {
            message.date_span = identifiers::trim(&raw, span);
            let read = parse_date(message.date_span.of(&raw));
            message.date = read.map(|(stamp, _)| stamp);
            message.date_weekday = read.and_then(|(_, weekday)| weekday);
        }
        message.from = addresses_of(&raw, &self.from, warnings);
        message.sender = addresses_of(&raw, &self.sender, warnings);
        message.reply_to = addresses_of(&raw, &self.reply_to, warnings);
        message.to = addresses_of(&raw, &self.to, warnings);
        message.cc = addresses_of(&raw, &self.cc, warnings);
        if let Some(&span) = self.subject.first() {
            message.subject = Some(subject(&raw, span, warnings));
        }
        message.labels = labels::of_gmail(&raw, &self.gmail_labels, warnings);
        let keys = labels::of_thunderbird(&raw, &self.mozilla_keys, warnings);
        message.labels.extend(keys);
        let value = |fields: &[Span]| fields.first().map(|span| span.of(&raw).to_vec());
        message.mozilla_status = labels::mozilla_status(
            value(&self.mozilla_status).as_deref(),
            value(&self.mozilla_status2).as_deref(),
        );
        if self.received.len() > HOPS_MAX {
            warnings.add("hop-limit", || {
                format!(
                    "only the first {HOPS_MAX} of {} Received fields are read",
                    self.received.len()
                )
            });
        }
        let received = self.received.iter().take(HOPS_MAX);
        message.hops = received.map(|&span| received::hop(&raw, span)).collect();
    }
}

fn subject(raw: &[u8], span: Span, warnings: &mut Warnings) -> String {
    let value = span.of(raw);
    if value.len() > FIELD_BYTES_MAX {
        warnings.add("field-limit", || {
            format!("only the first {FIELD_BYTES_MAX} bytes of Subject are read")
        });
    }
    let read = value.get(..value.len().min(FIELD_BYTES_MAX));
    encoded_word::decode(read.unwrap_or_default(), warnings)
}

fn addresses_of(raw: &[u8], spans: &[Span], warnings: &mut Warnings) -> Vec<Address> {
    let mut found = Vec::new();
    for &span in spans {
        found.extend(address::addresses(raw, span, warnings));
        if found.len() > ADDRESSES_MAX {
            warnings.add("address-limit", || {
                format!("only the first {ADDRESSES_MAX} addresses of repeated fields are read")
            });
            found.truncate(ADDRESSES_MAX);
            break;
        }
    }
    found
}

fn identifiers_of(raw: &[u8], spans: &[Span], warnings: &mut Warnings) -> Vec<String> {
    let mut found = Vec::new();
    for &span in spans {
        let ids = identifiers::identifiers(raw, span, warnings);
        found.extend(ids.into_iter().map(|(id, _)| id));
        if found.len() > IDENTIFIERS_MAX {
            warnings.add("identifier-limit", || {
                format!("only the first {IDENTIFIERS_MAX} identifiers of repeated fields are read")
            });
            found.truncate(IDENTIFIERS_MAX);
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKED: &[u8] =
        b"X-Mabillon-Assembled: header=transport\r\nFrom: a@mill.example\r\n\r\nGood day\r\n";

    #[test]
    fn only_what_comes_from_a_store_is_put_together() {
        let stored = stored_message(Bytes::from_static(MARKED));
        assert!(stored.message.assembled.is_some());
        assert!(has(&stored, "not-original-bytes"));
    }

    #[test]
    fn a_planted_field_spares_a_message_no_test() {
        let planted = message(Bytes::from_static(MARKED), None);
        assert!(planted.message.assembled.is_none());
        assert!(has(&planted, "assembled-outside-store"));
    }

    fn has(decoded: &DecodedMessage, code: &str) -> bool {
        decoded.warnings.iter().any(|warning| warning.code == code)
    }
}
