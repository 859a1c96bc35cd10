//! Message files of Outlook (MS-OXMSG): a compound file with one stream for each property.

use mabillon_compound::{Compound, Storage};

use crate::budget::Budget;
use crate::limits::{ATTACHMENTS_MAX, EMBEDDED_DEPTH_MAX, MESSAGE_BYTES_MAX, RECIPIENTS_MAX};
use crate::little_endian::{u16_at, u32_at};
use crate::message::{Attachment, Content, MapiMessage, lose};
use crate::property::{Properties, Value, kind, tag};

const PROPERTIES: &str = "__properties_version1.0";
const EMBEDDED: &str = "__substg1.0_3701000D";
/// Bytes of one entry of a property stream.
const ENTRY_BYTES: usize = 16;

/// Whether this compound file holds a message of Outlook.
pub fn is_msg(bytes: &[u8]) -> bool {
    Compound::open(bytes).is_some_and(|file| file.has(PROPERTIES))
}

/// Reads a message file, paid from `budget`; `None` where it is none.
pub fn read_msg(bytes: &[u8], budget: &mut Budget) -> Option<MapiMessage> {
    let file = Compound::open(bytes).filter(|file| file.has(PROPERTIES))?;
    let mut reader = Reader {
        file: &file,
        budget,
    };
    Some(reader.message(Storage::ROOT, 0))
}

struct Reader<'a> {
    file: &'a Compound<'a>,
    budget: &'a mut Budget,
}

impl Reader<'_> {
    fn message(&mut self, storage: Storage, depth: u32) -> MapiMessage {
        let mut message = MapiMessage::default();
        // The header is longer at the top than in an embedded message (MS-OXMSG 2.4.1).
        let header_bytes = if depth == 0 { 32 } else { 24 };
        message.properties = self.properties(storage, header_bytes, &mut message.lost);
        let page = message.properties.code_page();
        let storages: Vec<(String, Storage)> = self
            .file
            .storages(storage)
            .map(|(name, storage)| (name.to_ascii_lowercase(), storage))
            .collect();
        let of = |prefix: &'static str| {
            storages
                .iter()
                .filter(move |(name, _)| name.starts_with(prefix))
                .map(|(_, storage)| *storage)
        };
        message.note_recipients(of("__recip_version1.0_").count());
        for recipient in of("__recip_version1.0_").take(RECIPIENTS_MAX) {
            let mut properties = self.properties(recipient, 8, &mut message.lost);
            properties.inherit_code_page(page);
            message.recipients.push(properties);
        }
        let n_attachments = of("__attach_version1.0_").count();
        if n_attachments > ATTACHMENTS_MAX {
            message.lose(format!(
                "only the first {ATTACHMENTS_MAX} of {n_attachments} attachments are read"
            ));
        }
        for attachment in of("__attach_version1.0_").take(ATTACHMENTS_MAX) {
            let mut properties = self.properties(attachment, 8, &mut message.lost);
            properties.inherit_code_page(page);
            let content = self.content(attachment, &mut properties, depth);
            message.attachments.push(Attachment {
                properties,
                content,
            });
        }
        message
    }

    fn content(&mut self, storage: Storage, properties: &mut Properties, depth: u32) -> Content {
        if let Some(Value::Bytes(bytes)) = properties.take(tag::ATTACH_DATA) {
            return Content::Bytes(bytes);
        }
        let Some(inner) = self.file.storage(storage, EMBEDDED) else {
            return Content::Missing("the file holds a link or nothing in its place".to_owned());
        };
        if self.file.stream_in(inner, PROPERTIES, 1).is_none() {
            return Content::Missing("an object of another program, which is not read".to_owned());
        }
        if depth >= EMBEDDED_DEPTH_MAX {
            return Content::Missing(format!(
                "it lies in {EMBEDDED_DEPTH_MAX} messages: deeper ones are not read"
            ));
        }
        Content::Message(Box::new(self.message(inner, depth + 1)))
    }

    /// The properties of a storage: fixed ones in the property stream, others in streams of their own.
    fn properties(
        &mut self,
        storage: Storage,
        header_bytes: usize,
        lost: &mut Vec<String>,
    ) -> Properties {
        let mut properties = Properties::default();
        let mut lose = |what: String| lose(lost, what);
        let table = self.read(storage, PROPERTIES).unwrap_or_else(|| {
            lose("a table of properties cannot be read".to_owned());
            Vec::new()
        });
        for entry in table
            .get(header_bytes..)
            .unwrap_or_default()
            .chunks_exact(ENTRY_BYTES)
        {
            let (Some(of), Some(id), Some(inline)) =
                (u16_at(entry, 0), u16_at(entry, 2), entry.get(8..16))
            else {
                continue;
            };
            let is_fixed = matches!(
                of,
                kind::INTEGER16 | kind::INTEGER32 | kind::BOOLEAN | kind::INTEGER64 | kind::TIME
            );
            let is_text = matches!(of, kind::STRING | kind::STRING8 | kind::BINARY);
            if id >= 0x8000 || !(is_fixed || is_text) {
                continue;
            }
            let value = if is_fixed {
                Some(inline.to_vec())
            } else {
                self.read(storage, &format!("__substg1.0_{id:04X}{of:04X}"))
            };
            match value {
                Some(bytes) => {
                    if let Some(value) = Value::of(of, bytes) {
                        properties.insert(id, value);
                    }
                }
                None if u32_at(inline, 0) == Some(0) => {}
                None => lose(format!(
                    "property 0x{id:04x} cannot be read: its stream is missing or too large"
                )),
            }
        }
        properties
    }

    fn read(&mut self, storage: Storage, name: &str) -> Option<Vec<u8>> {
        let max = self.budget.left().min(MESSAGE_BYTES_MAX);
        let limit = usize::try_from(max).unwrap_or(usize::MAX);
        let bytes = self.file.stream_in(storage, name, limit)?;
        // A search for a name costs something even where there is little behind it.
        self.budget.pay(bytes.len() as u64 + 64).then_some(bytes)
    }
}
