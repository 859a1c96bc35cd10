//! The columns of the facts, one after another.

use std::borrow::Cow;

use mabillon_case::{
    AttachmentFact, DocumentFacts, EntryFacts, Facts, ItemId, LineEnds, MessageFacts, Origin,
    Place, Stamp, StoreFacts,
};
use serde::Serialize;

use crate::record::kind_word;

/// One column: its name, and its value in a row.
pub(super) struct FactsColumn(pub(super) &'static str, pub(super) Value);

/// How a value is read from a row.
pub(super) enum Value {
    Text(for<'f> fn(&'f Facts) -> Option<Cow<'f, str>>),
    Number(fn(&Facts) -> Option<i64>),
    Time(fn(&Facts) -> Option<Stamp>),
    Offset(fn(&Facts) -> Option<Stamp>),
    Flag(fn(&Facts) -> Option<bool>),
}

use Value::{Flag, Number, Offset, Text, Time};

/// All columns, in order.
pub(super) const COLUMNS: &[FactsColumn] = &[
    FactsColumn("item", Text(|facts| Some(facts.item.to_string().into()))),
    FactsColumn("kind", Text(|facts| Some(kind_word(facts.kind).into()))),
    FactsColumn(
        "media_type",
        Text(|facts| Some((&*facts.media_type).into())),
    ),
    FactsColumn(
        "size_bytes",
        Number(|facts| Some(facts.size_bytes.cast_signed())),
    ),
    FactsColumn("in_collection", Flag(|facts| Some(facts.in_collection()))),
    FactsColumn("in_reference", Flag(|facts| Some(facts.in_reference()))),
    FactsColumn("is_proved", Flag(|facts| Some(facts.is_proved()))),
    FactsColumn(
        "places",
        Text(|facts| json(&facts.places.iter().map(PlaceJson::of).collect::<Vec<_>>())),
    ),
    FactsColumn("signatures", Text(|facts| json(&facts.signatures))),
    FactsColumn(
        "message_id",
        Text(|facts| of_message(facts, |m| &m.message_id)),
    ),
    FactsColumn("date", Time(|facts| facts.message.as_ref()?.date)),
    FactsColumn("date_offset", Offset(|facts| facts.message.as_ref()?.date)),
    FactsColumn("from", Text(|facts| of_message(facts, |m| &m.from))),
    FactsColumn(
        "from_name",
        Text(|facts| of_message(facts, |m| &m.from_name)),
    ),
    FactsColumn("to", Text(|facts| Some(lines(&facts.message.as_ref()?.to)))),
    FactsColumn("cc", Text(|facts| Some(lines(&facts.message.as_ref()?.cc)))),
    FactsColumn("subject", Text(|facts| of_message(facts, |m| &m.subject))),
    FactsColumn(
        "in_reply_to",
        Text(|facts| of_message(facts, |m| &m.in_reply_to)),
    ),
    FactsColumn(
        "references",
        Text(|facts| Some(lines(&facts.message.as_ref()?.references))),
    ),
    FactsColumn(
        "thread_guid",
        Text(|facts| of_message(facts, |m| &m.thread_guid)),
    ),
    FactsColumn("delivered", Time(|facts| facts.message.as_ref()?.delivered)),
    FactsColumn(
        "delivered_offset",
        Offset(|facts| facts.message.as_ref()?.delivered),
    ),
    FactsColumn(
        "first_received",
        Time(|facts| facts.message.as_ref()?.first_received),
    ),
    FactsColumn(
        "first_received_offset",
        Offset(|facts| facts.message.as_ref()?.first_received),
    ),
    FactsColumn(
        "n_hops",
        Number(|facts| Some(facts.message.as_ref()?.n_hops.into())),
    ),
    FactsColumn("mailer", Text(|facts| of_message(facts, |m| &m.mailer))),
    FactsColumn("boundary", Text(|facts| of_message(facts, |m| &m.boundary))),
    FactsColumn(
        "is_rewritten",
        Flag(|facts| Some(facts.message.as_ref()?.is_rewritten)),
    ),
    FactsColumn(
        "is_assembled",
        Flag(|facts| Some(facts.message.as_ref()?.is_assembled)),
    ),
    FactsColumn(
        "attachment_items",
        Text(|facts| attachments(facts, |a| a.item.to_string())),
    ),
    FactsColumn(
        "attachment_names",
        Text(|facts| attachments(facts, |a| a.file_name.clone())),
    ),
    FactsColumn(
        "attachment_types",
        Text(|facts| attachments(facts, |a| a.media_type.clone())),
    ),
    FactsColumn(
        "attachment_sizes",
        Text(|facts| attachments(facts, |a| a.size_bytes.to_string())),
    ),
    FactsColumn(
        "n_quotations",
        Number(|facts| Some(facts.message.as_ref()?.n_quotations.into())),
    ),
    FactsColumn(
        "sender_fields",
        Text(|facts| of_message(facts, |m| &m.sender_fields)),
    ),
    FactsColumn(
        "relay_fields",
        Text(|facts| of_message(facts, |m| &m.relay_fields)),
    ),
    FactsColumn(
        "client_name",
        Text(|facts| of_message(facts, |m| &m.client_name)),
    ),
    FactsColumn(
        "client_network",
        Text(|facts| of_message(facts, |m| &m.client_network)),
    ),
    FactsColumn(
        "era_token",
        Text(|facts| of_message(facts, |m| &m.era_token)),
    ),
    FactsColumn(
        "is_bulk",
        Flag(|facts| Some(facts.message.as_ref()?.is_bulk)),
    ),
    FactsColumn(
        "is_draft",
        Flag(|facts| Some(facts.message.as_ref()?.is_draft)),
    ),
    FactsColumn(
        "thread_root",
        Time(|facts| facts.message.as_ref()?.thread_root),
    ),
    FactsColumn(
        "n_thread_answers",
        Number(|facts| Some(facts.message.as_ref()?.n_thread_answers.into())),
    ),
    FactsColumn(
        "gmail_thread",
        Time(|facts| facts.message.as_ref()?.gmail_thread),
    ),
    FactsColumn(
        "labels",
        Text(|facts| Some(lines(&facts.message.as_ref()?.labels))),
    ),
    FactsColumn(
        "mozilla_status",
        Number(|facts| facts.message.as_ref()?.mozilla_status.map(i64::from)),
    ),
    FactsColumn(
        "store_fields",
        Text(|facts| of_message(facts, |m| &m.store_fields)),
    ),
    FactsColumn(
        "line_ends",
        Text(|facts| of_message(facts, |m| line_ends_word(m.line_ends))),
    ),
    FactsColumn("title", Text(|facts| of_document(facts, |d| &d.title))),
    FactsColumn("author", Text(|facts| of_document(facts, |d| &d.author))),
    FactsColumn(
        "last_modified_by",
        Text(|facts| of_document(facts, |d| &d.last_modified_by)),
    ),
    FactsColumn("created", Time(|facts| facts.document.as_ref()?.created)),
    FactsColumn(
        "created_offset",
        Offset(|facts| facts.document.as_ref()?.created),
    ),
    FactsColumn("modified", Time(|facts| facts.document.as_ref()?.modified)),
    FactsColumn(
        "modified_offset",
        Offset(|facts| facts.document.as_ref()?.modified),
    ),
    FactsColumn(
        "application",
        Text(|facts| of_document(facts, |d| &d.application)),
    ),
    FactsColumn(
        "application_version",
        Text(|facts| of_document(facts, |d| &d.application_version)),
    ),
    FactsColumn("company", Text(|facts| of_document(facts, |d| &d.company))),
    FactsColumn(
        "ui_language",
        Text(|facts| of_document(facts, |d| &d.ui_language)),
    ),
    FactsColumn(
        "permanent_id",
        Text(|facts| of_document(facts, |d| &d.permanent_id)),
    ),
    FactsColumn(
        "text_digest",
        Text(|facts| {
            (facts.text.digest != 0).then(|| format!("{:016x}", facts.text.digest).into())
        }),
    ),
    FactsColumn("n_words", Number(|facts| Some(facts.text.n_words.into()))),
    FactsColumn(
        "language",
        Text(|facts| (!facts.text.language.is_empty()).then(|| (&*facts.text.language).into())),
    ),
    FactsColumn("text_sketch", Text(|facts| Some(sketch(facts)))),
];

fn of_message(facts: &Facts, get: fn(&MessageFacts) -> &str) -> Option<Cow<'_, str>> {
    facts.message.as_ref().map(|message| get(message).into())
}

const fn line_ends_word(line_ends: LineEnds) -> &'static str {
    match line_ends {
        LineEnds::None => "",
        LineEnds::CrLf => "crlf",
        LineEnds::Lf => "lf",
        LineEnds::Mixed => "mixed",
    }
}

fn of_document(facts: &Facts, get: fn(&DocumentFacts) -> &str) -> Option<Cow<'_, str>> {
    facts.document.as_ref().map(|document| get(document).into())
}

/// Entries on lines of their own; a line break inside an entry becomes a space.
fn lines(entries: &[String]) -> Cow<'static, str> {
    let entries: Vec<String> = entries
        .iter()
        .map(|entry| entry.replace(['\r', '\n'], " "))
        .collect();
    entries.join("\n").into()
}

fn attachments(facts: &Facts, get: fn(&AttachmentFact) -> String) -> Option<Cow<'_, str>> {
    let entries: Vec<String> = facts
        .message
        .as_ref()?
        .attachments
        .iter()
        .map(get)
        .collect();
    Some(lines(&entries))
}

fn sketch(facts: &Facts) -> Cow<'static, str> {
    let numbers: Vec<String> = facts
        .text
        .sketch
        .iter()
        .map(|number| format!("{number:08x}"))
        .collect();
    numbers.join("\n").into()
}

fn json<T: Serialize>(value: &T) -> Option<Cow<'static, str>> {
    serde_json::to_string(value).ok().map(Cow::Owned)
}

/// A place as JSON.
#[derive(Serialize)]
struct PlaceJson<'p> {
    origin: &'static str,
    exhibit: &'p str,
    path: &'p str,
    offset: u64,
    length: u64,
    parent: Option<String>,
    mailbox: Option<&'p str>,
    entry: Option<&'p EntryFacts>,
    stored: Option<&'p StoreFacts>,
}

impl<'p> PlaceJson<'p> {
    fn of(place: &'p Place) -> Self {
        Self {
            origin: match place.origin {
                Origin::Collection => "collection",
                Origin::Reference => "reference",
            },
            exhibit: &place.exhibit,
            path: &place.path,
            offset: place.offset,
            length: place.length,
            parent: place.parent.as_ref().map(ItemId::to_string),
            mailbox: place.mailbox.as_deref(),
            entry: place.entry.as_deref(),
            stored: place.stored.as_deref(),
        }
    }
}
