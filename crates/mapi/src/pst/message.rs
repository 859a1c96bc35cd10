//! Messages of a store: properties, recipients, attachments, messages in messages.

use std::collections::BTreeMap;

use super::file::{File, Node};
use super::heap::Heap;
use crate::limits::{ATTACHMENTS_MAX, EMBEDDED_DEPTH_MAX, MESSAGE_BYTES_MAX, RECIPIENTS_MAX};
use crate::message::{Attachment, Content, MapiMessage};
use crate::property::{Properties, Value, tag};

const RECIPIENT_TABLE: u32 = 0x692;
const ATTACHMENT_TABLE: u32 = 0x671;
const TYPE_ATTACHMENT: u32 = 0x05;
/// `afEmbeddedMessage` (MS-OXCMSG 2.2.2.9).
const METHOD_EMBEDDED: u32 = 5;

const RECIPIENT_COLUMNS: &[u16] = &[
    tag::RECIPIENT_TYPE,
    tag::DISPLAY_NAME,
    tag::ADDRESS_TYPE,
    tag::EMAIL_ADDRESS,
    tag::SMTP_ADDRESS,
];

/// Reads a message. `depth` counts the messages around it.
pub(super) fn read(file: &mut File<'_>, node: &Node, depth: u32) -> Result<MapiMessage, String> {
    let heap = Heap::open(file, node).map_err(str::to_owned)?;
    let mut message = MapiMessage::default();
    let read = heap.properties(file, &mut |what| message.lose(what));
    message.properties = read.map_err(str::to_owned)?.0;
    let page = message.properties.code_page();
    recipients(file, &heap, &mut message, page);
    attachments(file, &heap, &mut message, page, depth);
    Ok(message)
}

fn recipients(file: &mut File<'_>, heap: &Heap, message: &mut MapiMessage, page: u32) {
    let Some(node) = heap.subnodes.get(&RECIPIENT_TABLE) else {
        return;
    };
    let rows = Heap::open(file, node)
        .and_then(|table| table.rows(file, RECIPIENT_COLUMNS, RECIPIENTS_MAX + 1));
    match rows {
        Ok(rows) => {
            message.note_recipients(rows.len());
            let rows = rows.into_iter().take(RECIPIENTS_MAX);
            message.recipients = rows.map(|(_, row)| row).collect();
            for recipient in &mut message.recipients {
                recipient.inherit_code_page(page);
            }
        }
        Err(reason) => message.lose(format!("the table of recipients cannot be read: {reason}")),
    }
}

fn attachments(file: &mut File<'_>, heap: &Heap, message: &mut MapiMessage, page: u32, depth: u32) {
    // Those that the table lists and those that are there: a damaged table loses none.
    let mut ids: BTreeMap<u32, Option<Node>> = heap
        .subnodes
        .iter()
        .filter(|(id, _)| *id & 0x1f == TYPE_ATTACHMENT)
        .map(|(id, node)| (*id, Some(*node)))
        .collect();
    if let Some(node) = heap.subnodes.get(&ATTACHMENT_TABLE) {
        match Heap::open(file, node).and_then(|table| table.rows(file, &[], ATTACHMENTS_MAX)) {
            Ok(rows) => {
                for (id, _) in rows {
                    ids.entry(id).or_insert(None);
                }
            }
            Err(reason) => {
                message.lose(format!("the table of attachments cannot be read: {reason}"));
            }
        }
    }
    if ids.len() > ATTACHMENTS_MAX {
        message.lose(format!(
            "only the first {ATTACHMENTS_MAX} of {} attachments are read",
            ids.len()
        ));
    }
    for node in ids.into_values().take(ATTACHMENTS_MAX) {
        let attachment = match node {
            Some(node) => attachment(file, &node, depth, page, message),
            None => missing(Properties::default(), "its node is missing"),
        };
        message.attachments.push(attachment);
    }
}

fn missing(properties: Properties, reason: &str) -> Attachment {
    Attachment {
        properties,
        content: Content::Missing(reason.to_owned()),
    }
}

fn attachment(
    file: &mut File<'_>,
    node: &Node,
    depth: u32,
    page: u32,
    message: &mut MapiMessage,
) -> Attachment {
    let heap = match Heap::open(file, node) {
        Ok(heap) => heap,
        Err(reason) => return missing(Properties::default(), reason),
    };
    let read = heap.properties(file, &mut |what| {
        message.lose(format!("attachment: {what}"));
    });
    let (mut properties, objects) = match read {
        Ok(read) => read,
        Err(reason) => return missing(Properties::default(), reason),
    };
    properties.inherit_code_page(page);
    let content = content(file, &heap, &mut properties, &objects, depth);
    Attachment {
        properties,
        content,
    }
}

fn content(
    file: &mut File<'_>,
    heap: &Heap,
    properties: &mut Properties,
    objects: &BTreeMap<u16, u32>,
    depth: u32,
) -> Content {
    if let Some(Value::Bytes(bytes)) = properties.take(tag::ATTACH_DATA) {
        return Content::Bytes(bytes);
    }
    let Some(object) = objects.get(&tag::ATTACH_DATA) else {
        return Content::Missing("the store holds a link or nothing in its place".to_owned());
    };
    let Some(node) = heap.subnodes.get(object).copied() else {
        return Content::Missing("its node is missing".to_owned());
    };
    if properties.number(tag::ATTACH_METHOD) != Some(METHOD_EMBEDDED) {
        let data = file.kept_data(node.data, MESSAGE_BYTES_MAX);
        return data.map_or_else(|reason| Content::Missing(reason.to_owned()), Content::Bytes);
    }
    if depth >= EMBEDDED_DEPTH_MAX {
        return Content::Missing(format!(
            "it lies in {EMBEDDED_DEPTH_MAX} messages: deeper ones are not read"
        ));
    }
    match read(file, &node, depth + 1) {
        Ok(message) => Content::Message(Box::new(message)),
        Err(reason) => Content::Missing(reason),
    }
}
