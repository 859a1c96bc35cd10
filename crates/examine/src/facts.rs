//! Facts: what one item leaves behind for the group pass.

use mabillon_case::{
    Attached, AttachmentFact, Document, DocumentFacts, Facts, ItemId, Kind, Message, MessageFacts,
    Signature, Text, TextFacts,
};

use crate::clock::gmail_internal_id;
use crate::clock::thread_index;
use crate::header_shape::{
    client_network, era_token, field_names, is_bulk, is_draft, line_ends, store_fields,
};
use crate::lure;
use crate::made_anew;
use crate::rewriter::rewriter;
use crate::signature::private_key_ids;
use crate::sketch::text_facts;

/// Recipients kept of one address list: enough to compare copies, and bounded.
const RECIPIENTS_MAX: usize = 200;
/// References kept of one message.
const REFERENCES_MAX: usize = 200;

/// The facts of an item of which only the kind and the size in bytes are known.
pub fn bare(item: ItemId, kind: Kind, media_type: &str, size_bytes: u64) -> Facts {
    Facts {
        item,
        kind,
        media_type: media_type.to_owned(),
        size_bytes,
        places: Vec::new(),
        message: None,
        document: None,
        signatures: Vec::new(),
        private_keys: Vec::new(),
        text: TextFacts::default(),
    }
}

/// The facts of a message.
pub(crate) fn of_message(
    item: ItemId,
    message: &Message,
    attachments: Vec<AttachmentFact>,
    signatures: Vec<Signature>,
) -> Facts {
    Facts {
        message: Some(Box::new(message_facts(message, attachments))),
        signatures,
        private_keys: private_keys(&message.text),
        text: text_facts(&message.text),
        ..bare(
            item,
            Kind::Message,
            "message/rfc822",
            message.raw.len() as u64,
        )
    }
}

/// The facts of what a message carries, once the bytes of each are hashed.
pub(crate) fn attachment_fact(
    message: &Message,
    attached: &Attached,
    item: ItemId,
) -> AttachmentFact {
    let part = message.parts.get(attached.part);
    AttachmentFact {
        item,
        file_name: part
            .and_then(|part| part.file_name.clone())
            .unwrap_or_default(),
        media_type: part.map(|part| part.media_type.clone()).unwrap_or_default(),
        size_bytes: attached.bytes.len() as u64,
    }
}

/// The private keys whose text stands in what the author wrote, or in what is quoted.
fn private_keys(text: &Text) -> Vec<String> {
    let quoted = text.quotations.iter().map(|quotation| &quotation.text);
    let mut ids: Vec<String> = std::iter::once(&text.own)
        .chain(quoted)
        .flat_map(|text| private_key_ids(text))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn message_facts(message: &Message, attachments: Vec<AttachmentFact>) -> MessageFacts {
    let from = message.from.first();
    let parent = message
        .in_reply_to
        .last()
        .or_else(|| message.references.last());
    let references = message.references.iter().take(REFERENCES_MAX);
    MessageFacts {
        message_id: message.message_id.clone().unwrap_or_default(),
        date: message.date,
        from: from
            .map(|address| address.address.clone())
            .unwrap_or_default(),
        from_name: from.map(|address| address.name.clone()).unwrap_or_default(),
        to: recipients(&message.to),
        cc: recipients(&message.cc),
        subject: message.subject.clone().unwrap_or_default(),
        in_reply_to: parent.cloned().unwrap_or_default(),
        references: references.cloned().collect(),
        delivered: message.hops.first().and_then(|hop| hop.date),
        first_received: message.hops.last().and_then(|hop| hop.date),
        n_hops: u32::try_from(message.hops.len()).unwrap_or(u32::MAX),
        mailer: mailer(message),
        boundary: message
            .parts
            .first()
            .and_then(|part| part.boundary.clone())
            .unwrap_or_default(),
        is_rewritten: rewriter(message).is_some(),
        is_assembled: message.assembled.is_some(),
        attachments,
        n_quotations: u32::try_from(message.text.quotations.len()).unwrap_or(u32::MAX),
        ..traces(message)
    }
}

/// What programs, relays and stores left in the header; the rest is empty.
fn traces(message: &Message) -> MessageFacts {
    let (relay_fields, sender_fields) = field_names(message);
    let client = message.hops.last();
    let index = thread_index::of_message(message);
    let n_replies = index.as_ref().map_or(0, |index| index.n_replies);
    MessageFacts {
        sender_fields,
        relay_fields,
        client_name: client.and_then(|hop| hop.from.clone()).unwrap_or_default(),
        client_network: client
            .and_then(|hop| hop.from_ip)
            .map(client_network)
            .unwrap_or_default(),
        era_token: era_token(message),
        is_bulk: is_bulk(message),
        is_draft: is_draft(message),
        thread_root: index.as_ref().and_then(|index| index.root),
        n_thread_answers: u32::try_from(n_replies).unwrap_or(u32::MAX),
        thread_guid: index.map(|index| index.guid_hex()).unwrap_or_default(),
        gmail_thread: message
            .value("X-GM-THRID")
            .and_then(|value| gmail_internal_id::decode(&value)),
        labels: message.labels.clone(),
        mozilla_status: message.mozilla_status,
        store_fields: store_fields(message),
        line_ends: line_ends(message),
        relay_ids: made_anew::relay_ids(message),
        thread_index: made_anew::thread_index(message),
        lure: lure::facts(message),
        ..MessageFacts::default()
    }
}

/// The program that the message names; empty where it names none.
fn mailer(message: &Message) -> String {
    message
        .value("X-Mailer")
        .or_else(|| message.value("User-Agent"))
        .unwrap_or_default()
}

fn recipients(addresses: &[mabillon_case::Address]) -> Vec<String> {
    addresses
        .iter()
        .take(RECIPIENTS_MAX)
        .map(|address| address.address.clone())
        .collect()
}

/// The facts of a document or picture.
pub(crate) fn of_document(
    item: ItemId,
    kind: Kind,
    size_bytes: usize,
    document: &Document,
    ui_language: &str,
) -> Facts {
    let permanent_id = document
        .pdf
        .as_ref()
        .and_then(|pdf| pdf.id.as_ref())
        .map(|(permanent, _)| permanent.clone())
        .unwrap_or_default();
    Facts {
        document: Some(Box::new(DocumentFacts {
            title: document.title.clone(),
            author: document.author.clone(),
            last_modified_by: document.last_modified_by.clone(),
            created: document.created,
            modified: document.modified,
            application: document.application.clone(),
            application_version: document.application_version.clone(),
            company: document.company.clone(),
            ui_language: ui_language.to_owned(),
            permanent_id,
        })),
        private_keys: private_keys(&document.text),
        text: text_facts(&document.text),
        ..bare(item, kind, &document.media_type, size_bytes as u64)
    }
}

/// The words of a text in one string, for tests that compare what was written.
pub(crate) fn own_text(text: Option<&Text>) -> &str {
    text.map_or("", |text| text.own.as_str())
}
