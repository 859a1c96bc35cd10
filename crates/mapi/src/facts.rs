//! What a store says of a message, for the tests.

use std::fmt::Write as _;

use mabillon_case::{HeaderFacts, MapiFacts};

use crate::limits::IDENTIFIER_BYTES_MAX;
use crate::message::MapiMessage;
use crate::property::tag;

/// Bytes of the value of `Date` that are kept.
const DATE_BYTES_MAX: usize = 100;

/// The facts of a message. Where it lies in its store (`node`, `block`, `is_recovered`) is left to the caller.
pub fn facts_of(message: &MapiMessage) -> MapiFacts {
    let properties = &message.properties;
    let text = |ids: &[u16]| short(&properties.first_text(ids).unwrap_or_default());
    let hex = |id| hex_of(properties.bytes(id).unwrap_or_default());
    let headers = crate::assemble::transport_headers(properties);
    let bodies = [
        (tag::BODY, "text"),
        (tag::HTML, "html"),
        (tag::RTF_COMPRESSED, "rtf"),
    ];
    MapiFacts {
        node: 0,
        block: 0,
        is_recovered: false,
        n_bad_checksums: message.n_bad_checksums,
        message_class: text(&[tag::MESSAGE_CLASS]),
        message_flags: properties.number(tag::MESSAGE_FLAGS),
        submitted: properties.time(tag::CLIENT_SUBMIT_TIME),
        delivered: properties.time(tag::MESSAGE_DELIVERY_TIME),
        created: properties.time(tag::CREATION_TIME),
        modified: properties.time(tag::LAST_MODIFICATION_TIME),
        last_verb: properties.number(tag::LAST_VERB_EXECUTED),
        last_verb_time: properties.time(tag::LAST_VERB_EXECUTION_TIME),
        conversation_index: hex(tag::CONVERSATION_INDEX),
        message_id: bare_id(&text(&[tag::INTERNET_MESSAGE_ID])),
        sender_smtp: text(&[
            tag::SENT_REPRESENTING_SMTP_ADDRESS,
            tag::SENDER_SMTP_ADDRESS,
        ]),
        sender_address: text(&[
            tag::SENDER_EMAIL_ADDRESS,
            tag::SENT_REPRESENTING_EMAIL_ADDRESS,
        ]),
        sender_entry_id: hex(tag::SENDER_ENTRY_ID),
        search_key: hex(tag::SEARCH_KEY),
        subject: text(&[tag::SUBJECT, tag::NORMALIZED_SUBJECT]),
        has_transport_headers: headers.is_some(),
        headers: header_facts(&headers.unwrap_or_default()),
        bodies: bodies
            .iter()
            .filter(|(id, _)| properties.has(*id))
            .map(|(_, name)| (*name).to_owned())
            .collect(),
    }
}

/// A text of bounded length, without control characters.
fn short(text: &str) -> String {
    let end = text.floor_char_boundary(IDENTIFIER_BYTES_MAX);
    let clean = text.get(..end).unwrap_or_default();
    clean.chars().filter(|c| !c.is_control()).collect()
}

fn hex_of(bytes: &[u8]) -> String {
    let kept = bytes.get(..bytes.len().min(IDENTIFIER_BYTES_MAX / 2));
    kept.unwrap_or_default()
        .iter()
        .fold(String::new(), |mut out, byte| {
            // Writing to a string does not fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// An identifier without its angle brackets.
fn bare_id(id: &str) -> String {
    let id = id.trim();
    id.strip_prefix('<')
        .and_then(|id| id.strip_suffix('>'))
        .unwrap_or(id)
        .to_owned()
}

fn header_facts(headers: &[u8]) -> HeaderFacts {
    let value = |name: &str| {
        let fields = crate::assemble::fields(headers);
        let found = fields
            .into_iter()
            .find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))?;
        let value = String::from_utf8_lossy(found.value);
        Some(short(value.replace(['\r', '\n'], "").trim()))
    };
    let mut date = value("Date").unwrap_or_default();
    date.truncate(date.floor_char_boundary(DATE_BYTES_MAX));
    HeaderFacts {
        message_id: bare_id(&value("Message-ID").unwrap_or_default()),
        date,
    }
}
