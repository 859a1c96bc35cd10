//! TNEF (MS-OXTNEF): the `winmail.dat` that Outlook sends where it does not trust MIME.

use crate::budget::Budget;
use crate::limits::{ATTACHMENTS_MAX, EMBEDDED_DEPTH_MAX, RECIPIENTS_MAX};
use crate::little_endian::{u16_at, u32_at, usize_at};
use crate::message::{Attachment, Content, MapiMessage};
use crate::property::{Properties, Value, kind, tag};

const SIGNATURE: u32 = 0x223e_9f78;

/// Attributes (MS-OXTNEF 2.1.3.2): level in the low byte here, then the identifier.
mod attribute {
    pub(super) const MESSAGE_CLASS: u32 = 0x0007_8008;
    pub(super) const SUBJECT: u32 = 0x0001_8004;
    pub(super) const BODY: u32 = 0x0002_800c;
    pub(super) const DATE_SENT: u32 = 0x0003_8005;
    pub(super) const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
    pub(super) const RECIPIENTS: u32 = 0x0006_9004;
    pub(super) const ATTACHMENT_START: u32 = 0x0006_9002;
    pub(super) const ATTACHMENT_DATA: u32 = 0x0006_800f;
    pub(super) const ATTACHMENT_TITLE: u32 = 0x0001_8010;
    pub(super) const ATTACHMENT_PROPERTIES: u32 = 0x0006_9005;
    pub(super) const CODE_PAGE: u32 = 0x0006_9007;
}

/// `IID_IMessage`, which stands before a message in a property of type object.
const MESSAGE_INTERFACE: &[u8] = &[
    0x07, 0x03, 0x02, 0x00, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46,
];

/// Reads a TNEF stream, paid from `budget`; `None` where it is none.
pub fn read_tnef(bytes: &[u8], budget: &mut Budget) -> Option<MapiMessage> {
    read(bytes, budget, 0)
}

fn read(bytes: &[u8], budget: &mut Budget, depth: u32) -> Option<MapiMessage> {
    if u32_at(bytes, 0)? != SIGNATURE {
        return None;
    }
    let mut reader = Reader {
        message: MapiMessage::default(),
        budget,
        depth,
        page: 0,
    };
    let mut rest = bytes.get(6..)?;
    while !rest.is_empty() {
        let Some((level, id, value, sum, after)) = attribute_at(rest) else {
            reader
                .message
                .lose("the TNEF data end in the middle of an attribute");
            break;
        };
        if checksum(value) != sum {
            reader.message.lose(format!(
                "the checksum of TNEF attribute 0x{id:08x} does not fit its content"
            ));
        }
        if !reader.budget.pay(value.len() as u64 + 64) {
            reader.message.lose("the TNEF data expand too far");
            break;
        }
        reader.attribute(level, id, value);
        rest = after;
    }
    let page = reader.page;
    let mut message = reader.message;
    message.properties.inherit_code_page(page);
    let page = message.properties.code_page();
    for attachment in &mut message.attachments {
        attachment.properties.inherit_code_page(page);
    }
    for recipient in &mut message.recipients {
        recipient.inherit_code_page(page);
    }
    Some(message)
}

type AttributeAt<'a> = (u8, u32, &'a [u8], u16, &'a [u8]);

fn attribute_at(rest: &[u8]) -> Option<AttributeAt<'_>> {
    let (level, id, length) = (*rest.first()?, u32_at(rest, 1)?, usize_at(rest, 5)?);
    let value = rest.get(9..)?.get(..length)?;
    let after = rest.get(9 + length..)?;
    Some((level, id, value, u16_at(after, 0)?, after.get(2..)?))
}

/// The sum of the bytes (MS-OXTNEF 2.1.3.1).
fn checksum(value: &[u8]) -> u16 {
    value
        .iter()
        .fold(0, |sum: u16, byte| sum.wrapping_add(u16::from(*byte)))
}

struct Reader<'a> {
    message: MapiMessage,
    budget: &'a mut Budget,
    depth: u32,
    page: u32,
}

impl Reader<'_> {
    fn attribute(&mut self, level: u8, id: u32, value: &[u8]) {
        if level == 2 {
            self.of_attachment(id, value);
            return;
        }
        let properties = &mut self.message.properties;
        let text = || Value::of(kind::STRING8, value.to_vec());
        let mut add = |id: u16, value: Option<Value>| {
            if let (Some(value), false) = (value, properties.has(id)) {
                properties.insert(id, value);
            }
        };
        match id {
            attribute::SUBJECT => add(tag::SUBJECT, text()),
            attribute::BODY => add(tag::BODY, text()),
            attribute::MESSAGE_CLASS => add(tag::MESSAGE_CLASS, text()),
            attribute::DATE_SENT => add(tag::CLIENT_SUBMIT_TIME, date(value).map(Value::Time)),
            attribute::CODE_PAGE => self.page = u32_at(value, 0).unwrap_or(0),
            attribute::MESSAGE_PROPERTIES => {
                let mut cursor = Cursor { rest: value };
                let read = self.properties(&mut cursor);
                if let Some((read, _)) = read {
                    self.merge(read);
                }
            }
            attribute::RECIPIENTS => {
                let mut cursor = Cursor { rest: value };
                let n = cursor.number().unwrap_or(0);
                self.message.note_recipients(n);
                for _ in 0..n.min(RECIPIENTS_MAX) {
                    let Some((row, _)) = self.properties(&mut cursor) else {
                        break;
                    };
                    self.message.recipients.push(row);
                }
            }
            _ => {}
        }
    }

    /// Properties tell more than attributes do.
    fn merge(&mut self, read: Properties) {
        let old = std::mem::replace(&mut self.message.properties, read);
        for id in [
            tag::SUBJECT,
            tag::BODY,
            tag::MESSAGE_CLASS,
            tag::CLIENT_SUBMIT_TIME,
        ] {
            let mut old = old.clone();
            if let (false, Some(value)) = (self.message.properties.has(id), old.take(id)) {
                self.message.properties.insert(id, value);
            }
        }
    }

    fn of_attachment(&mut self, id: u32, value: &[u8]) {
        if id == attribute::ATTACHMENT_START {
            if self.message.attachments.len() >= ATTACHMENTS_MAX {
                self.message.lose(format!(
                    "only the first {ATTACHMENTS_MAX} attachments are read"
                ));
                return;
            }
            self.message.attachments.push(Attachment {
                properties: Properties::default(),
                content: Content::Missing("the TNEF data hold nothing in its place".to_owned()),
            });
            return;
        }
        let mut read = None;
        if id == attribute::ATTACHMENT_PROPERTIES {
            read = self.properties(&mut Cursor { rest: value });
        }
        let Some(attachment) = self.message.attachments.last_mut() else {
            return;
        };
        match id {
            attribute::ATTACHMENT_TITLE => {
                if let Some(title) = Value::of(kind::STRING8, value.to_vec()) {
                    attachment.properties.insert(tag::ATTACH_FILENAME, title);
                }
            }
            attribute::ATTACHMENT_DATA => attachment.content = Content::Bytes(value.to_vec()),
            attribute::ATTACHMENT_PROPERTIES => {
                let Some((mut properties, object)) = read else {
                    return;
                };
                if let Some(title) = attachment.properties.take(tag::ATTACH_FILENAME)
                    && !properties.has(tag::ATTACH_FILENAME)
                {
                    properties.insert(tag::ATTACH_FILENAME, title);
                }
                if let Some(Value::Bytes(bytes)) = properties.take(tag::ATTACH_DATA) {
                    attachment.content = Content::Bytes(bytes);
                }
                attachment.properties = properties;
                if let Some(object) = object {
                    attachment.content = object;
                }
            }
            _ => {}
        }
    }

    /// A list of properties (MS-OXTNEF 2.1.3.4), and the object of `PidTagAttachDataObject` if it is in the list.
    fn properties(&mut self, cursor: &mut Cursor<'_>) -> Option<(Properties, Option<Content>)> {
        let mut properties = Properties::default();
        let mut object = None;
        let n = cursor.number()?;
        for _ in 0..n {
            let Some((id, of, values)) = cursor.property() else {
                self.message.lose("a list of TNEF properties is damaged");
                break;
            };
            let Some(first) = values.into_iter().next() else {
                continue;
            };
            if !self.budget.pay(first.len() as u64 + 32) {
                self.message.lose("the TNEF data expand too far");
                break;
            }
            if of == kind::OBJECT && id == tag::ATTACH_DATA {
                object = Some(self.object(first));
            } else if let Some(value) = Value::of(of, first.to_vec()) {
                properties.insert(id, value);
            }
        }
        Some((properties, object))
    }

    fn object(&mut self, bytes: &[u8]) -> Content {
        let Some(inner) = bytes.strip_prefix(MESSAGE_INTERFACE) else {
            let content = bytes.get(16..).unwrap_or_default();
            return Content::Bytes(content.to_vec());
        };
        if self.depth >= EMBEDDED_DEPTH_MAX {
            return Content::Missing(format!(
                "it lies in {EMBEDDED_DEPTH_MAX} messages: deeper ones are not read"
            ));
        }
        match read(inner, self.budget, self.depth + 1) {
            Some(message) => Content::Message(Box::new(message)),
            None => Content::Missing("the message in it cannot be read".to_owned()),
        }
    }
}

/// Marks a type of several values (MS-OXCDATA 2.11.1).
const MULTIPLE: u16 = 0x1000;

/// Reads a list of properties.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        usize_at(self.take(4)?, 0)
    }

    /// Bytes of a length, padded to a multiple of four.
    fn padded(&mut self, n: usize) -> Option<&'a [u8]> {
        let value = self.take(n)?;
        self.take(n.next_multiple_of(4) - n)
            .or_else(|| self.take(self.rest.len()))?;
        Some(value)
    }

    /// One property: identifier, type, values.
    fn property(&mut self) -> Option<(u16, u16, Vec<&'a [u8]>)> {
        let head = self.take(4)?;
        let (of, id) = (u16_at(head, 0)?, u16_at(head, 2)?);
        if id >= 0x8000 {
            self.take(16)?;
            if self.number()? == 0 {
                self.take(4)?;
            } else {
                let n = self.number()?;
                self.padded(n)?;
            }
        }
        let single = of & !MULTIPLE;
        let fixed = match single {
            kind::INTEGER16 | kind::INTEGER32 | kind::BOOLEAN | 0x0004 | 0x000a | 0x0001 => Some(4),
            kind::INTEGER64 | kind::TIME | 0x0005 | 0x0006 | 0x0007 => Some(8),
            0x0048 => Some(16),
            _ => None,
        };
        let n = if fixed.is_none() || of & MULTIPLE != 0 {
            self.number()?
        } else {
            1
        };
        let mut values = Vec::new();
        for _ in 0..n {
            let value = if let Some(length) = fixed {
                self.take(length)?
            } else {
                let length = self.number()?;
                self.padded(length)?
            };
            // Only the first is asked for; the others are passed over.
            if values.is_empty() {
                values.push(value);
            }
        }
        Some((id, of, values))
    }
}

/// A date of seven 16-bit numbers, taken as UTC, as a FILETIME.
fn date(value: &[u8]) -> Option<u64> {
    let n = |index: usize| u16_at(value, index * 2).and_then(|n| i16::try_from(n).ok());
    let civil = jiff::civil::DateTime::new(
        n(0)?,
        i8::try_from(n(1)?).ok()?,
        i8::try_from(n(2)?).ok()?,
        i8::try_from(n(3)?).ok()?,
        i8::try_from(n(4)?).ok()?,
        i8::try_from(n(5)?).ok()?,
        0,
    );
    let seconds = civil
        .ok()?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_second();
    u64::try_from(seconds + 11_644_473_600)
        .ok()?
        .checked_mul(10_000_000)
}
