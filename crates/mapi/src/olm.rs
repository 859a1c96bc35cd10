//! Messages of Outlook for Mac: in its archives (OLM, a zip package) each is an element `email` of an XML file. The format
//! is published nowhere; element names are those that Outlook for Mac 2011 to 16 writes.
//!
//! What the XML says becomes the properties that Outlook has for the same, so that one set of rules puts the message
//! together. Times carry no zone and are taken as UTC.

use mabillon_case::{OlmFacts, Stamp};
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::limits::{ATTACHMENTS_MAX, IDENTIFIER_BYTES_MAX, OLM_MESSAGES_MAX, RECIPIENTS_MAX};
use crate::message::{Attachment, Content, MapiMessage};
use crate::property::{Properties, Value, tag};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OlmMessage {
    /// Its properties. What its attachments hold is missing until whoever has the package puts it there.
    pub message: MapiMessage,
    /// What the archive says of it.
    pub facts: OlmFacts,
    /// Where in the package each attachment lies, in the order of the message's attachments; empty where it is not said.
    pub attachment_paths: Vec<String>,
}

/// The messages of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OlmFile {
    /// Each message.
    pub messages: Vec<OlmMessage>,
    /// What of the file could not be read, in plain words.
    pub lost: Option<String>,
}

/// Reads the messages of an XML file of an archive of Outlook for Mac; none where it is no such file.
pub fn read_olm(xml: &str) -> OlmFile {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut reading = Reading::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => reading.open(&start),
            Ok(Event::Empty(start)) => {
                reading.open(&start);
                reading.close(start.local_name().into_inner());
            }
            Ok(Event::End(end)) => reading.close(end.local_name().into_inner()),
            Ok(Event::Text(text)) => reading.text.push_str(&text.xml10_content()),
            Ok(Event::CData(text)) => reading.text.push_str(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => reading.text.extend(character(&reference)),
            Ok(Event::Eof) => break,
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Err(_) => {
                reading.file.lost = Some("the XML of the message is damaged".to_owned());
                break;
            }
        }
    }
    reading.finish()
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    let named = resolve_xml_entity(reference).and_then(|named| named.chars().next());
    named.or_else(|| reference.resolve_char_ref().ok().flatten())
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|found| found.key.local_name().into_inner() == name)
        .map(
            |found| match found.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.into_owned(),
                Err(_) => found.value.clone().into_owned(),
            },
        )
}

/// A list of addresses, by the element that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    From,
    Sender,
    /// The type of recipient (MS-OXPROPS `PidTagRecipientType`).
    Recipients(u64),
}

impl List {
    fn of(element: &str) -> Option<Self> {
        Some(match element {
            "OPFMessageCopyFromAddresses" => Self::From,
            "OPFMessageCopySenderAddress" => Self::Sender,
            "OPFMessageCopyToAddresses" => Self::Recipients(1),
            "OPFMessageCopyCCAddresses" => Self::Recipients(2),
            "OPFMessageCopyBCCAddresses" => Self::Recipients(3),
            _ => return None,
        })
    }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    file: OlmFile,
    current: Option<OlmMessage>,
    list: Option<List>,
    /// Address and name of the person that is being read.
    person: (String, String),
    text: String,
}

impl Reading {
    fn open(&mut self, element: &BytesStart<'_>) {
        self.text.clear();
        let name = element.local_name().into_inner().to_owned();
        match &*name {
            "email" => self.begin(),
            "emailAddress" => {
                let text = |name| attribute(element, name).unwrap_or_default();
                self.person = (
                    text("OPFContactEmailAddressAddress"),
                    text("OPFContactEmailAddressName"),
                );
            }
            "messageAttachment" => self.attachment(element),
            name => self.list = List::of(name).or(self.list),
        }
    }

    fn begin(&mut self) {
        self.end();
        if self.file.messages.len() < OLM_MESSAGES_MAX {
            self.current = Some(OlmMessage::default());
        } else {
            self.file.lost = Some(format!(
                "only the first {OLM_MESSAGES_MAX} messages of one file are read"
            ));
        }
    }

    fn end(&mut self) {
        self.file.messages.extend(self.current.take());
        self.list = None;
    }

    fn finish(mut self) -> OlmFile {
        self.end();
        self.file
    }

    fn attachment(&mut self, element: &BytesStart<'_>) {
        let Some(current) = &mut self.current else {
            return;
        };
        if current.message.attachments.len() >= ATTACHMENTS_MAX {
            let what = format!("only the first {ATTACHMENTS_MAX} attachments are read");
            return current.message.lose(what);
        }
        let mut properties = Properties::default();
        for (id, name) in [
            (tag::ATTACH_LONG_FILENAME, "OPFAttachmentName"),
            (tag::ATTACH_MIME_TAG, "OPFAttachmentContentType"),
            (tag::ATTACH_CONTENT_ID, "OPFAttachmentContentID"),
        ] {
            if let Some(value) = attribute(element, name).filter(|value| !value.is_empty()) {
                properties.insert(id, Value::Text(value));
            }
        }
        current.message.attachments.push(Attachment {
            properties,
            content: Content::Missing("the archive does not hold it".to_owned()),
        });
        let path = attribute(element, "OPFAttachmentURL").unwrap_or_default();
        current.attachment_paths.push(path);
    }

    fn close(&mut self, element: &str) {
        let text = std::mem::take(&mut self.text);
        match element {
            "email" => self.end(),
            "emailAddress" => self.person(),
            "OPFContactEmailAddressAddress" => text.trim().clone_into(&mut self.person.0),
            "OPFContactEmailAddressName" => text.trim().clone_into(&mut self.person.1),
            element if List::of(element).is_some() => self.list = None,
            element => {
                if let Some(current) = &mut self.current {
                    current.value(element, text);
                }
            }
        }
    }

    /// Adds the person that was read to the list that is open.
    fn person(&mut self) {
        let (address, name) = std::mem::take(&mut self.person);
        let (Some(current), Some(list)) = (&mut self.current, self.list) else {
            return;
        };
        let message = &mut current.message;
        let (name_id, address_id) = match list {
            List::From => (
                tag::SENT_REPRESENTING_NAME,
                tag::SENT_REPRESENTING_SMTP_ADDRESS,
            ),
            List::Sender => (tag::SENDER_NAME, tag::SENDER_SMTP_ADDRESS),
            List::Recipients(_) => (tag::DISPLAY_NAME, tag::SMTP_ADDRESS),
        };
        let add = |properties: &mut Properties| {
            for (id, text) in [(name_id, name), (address_id, address)] {
                if !text.is_empty() && !properties.has(id) {
                    properties.insert(id, Value::Text(text));
                }
            }
        };
        let List::Recipients(kind) = list else {
            return add(&mut message.properties);
        };
        message.note_recipients(message.recipients.len() + 1);
        if message.recipients.len() < RECIPIENTS_MAX {
            let mut row = Properties::default();
            row.insert(tag::RECIPIENT_TYPE, Value::Number(kind));
            add(&mut row);
            message.recipients.push(row);
        }
    }
}

impl OlmMessage {
    /// Takes the text of one element.
    fn value(&mut self, element: &str, text: String) {
        let properties = &mut self.message.properties;
        match element {
            "OPFMessageCopySubject" => put(properties, tag::SUBJECT, text.trim()),
            "OPFMessageCopyMessageID" => {
                let id = text.trim();
                put(properties, tag::INTERNET_MESSAGE_ID, &in_brackets(id));
                let bare = id.trim_start_matches('<').trim_end_matches('>');
                let end = bare.floor_char_boundary(IDENTIFIER_BYTES_MAX);
                let bare = bare.get(..end).unwrap_or_default();
                bare.clone_into(&mut self.facts.message_id);
            }
            "OPFMessageCopyInReplyTo" => {
                put(properties, tag::IN_REPLY_TO_ID, &in_brackets(text.trim()));
            }
            "OPFMessageCopyReferences" => put(properties, tag::INTERNET_REFERENCES, text.trim()),
            "OPFMessageCopyHTMLBody" => put(properties, tag::HTML, &text),
            "OPFMessageCopyBody" if is_html(&text) && !properties.has(tag::HTML) => {
                properties.insert(tag::HTML, Value::Text(text));
            }
            "OPFMessageCopyBody" => put(properties, tag::BODY, &text),
            "OPFMessageCopySentTime" => {
                self.facts.sent = time(&text);
                put_time(properties, tag::CLIENT_SUBMIT_TIME, self.facts.sent);
            }
            "OPFMessageCopyReceivedTime" => {
                self.facts.received = time(&text);
                put_time(properties, tag::MESSAGE_DELIVERY_TIME, self.facts.received);
            }
            "OPFMessageCopyModDate" => self.facts.modified = time(&text),
            _ => {}
        }
    }
}

fn put(properties: &mut Properties, id: u16, text: &str) {
    if !text.trim().is_empty() {
        properties.insert(id, Value::Text(text.to_owned()));
    }
}

/// An identifier as a header has it.
fn in_brackets(id: &str) -> String {
    if id.is_empty() || id.starts_with('<') {
        id.to_owned()
    } else {
        format!("<{id}>")
    }
}

/// Whether a body is HTML: Outlook for Mac writes either form into one element.
fn is_html(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(200).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with('<')
        && ["<html", "<!doctype", "<head", "<body", "<div", "<meta"]
            .iter()
            .any(|tag| start.contains(tag))
}

/// `2017-05-05T11:20:44`, without a zone or with `Z`.
fn time(text: &str) -> Option<Stamp> {
    let text = text.trim().trim_end_matches('Z');
    let time: jiff::civil::DateTime = text.parse().ok()?;
    Stamp::from_civil(
        (time.year(), time.month(), time.day()),
        (time.hour(), time.minute(), time.second()),
        None,
    )
}

fn put_time(properties: &mut Properties, id: u16, time: Option<Stamp>) {
    /// From 1601 to 1970.
    const MICROSECONDS_BEFORE: i64 = 11_644_473_600_000_000;
    let filetime = time
        .and_then(|time| {
            time.unix_micros
                .checked_add(MICROSECONDS_BEFORE)?
                .checked_mul(10)
        })
        .and_then(|filetime| u64::try_from(filetime).ok());
    if let Some(filetime) = filetime {
        properties.insert(id, Value::Time(filetime));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, assemble};

    const EMAILS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<emails elementCount="1"><email xml:space="preserve">
<OPFMessageCopyBody xml:space="preserve">&lt;html&gt;&lt;body&gt;Flour &amp;amp; water&lt;/body&gt;&lt;/html&gt;</OPFMessageCopyBody>
<OPFMessageCopyFromAddresses><emailAddress OPFContactEmailAddressAddress="ann@mill.example" OPFContactEmailAddressName="Ann, Miller" OPFContactEmailAddressType="0"/></OPFMessageCopyFromAddresses>
<OPFMessageCopyToAddresses><emailAddress OPFContactEmailAddressAddress="bob@mill.example"/><emailAddress><OPFContactEmailAddressAddress>cid@mill.example</OPFContactEmailAddressAddress></emailAddress></OPFMessageCopyToAddresses>
<OPFMessageCopyMessageID>1@mill.example</OPFMessageCopyMessageID>
<OPFMessageCopySentTime>2017-05-05T11:20:44</OPFMessageCopySentTime>
<OPFMessageCopySubject>Flour&#13;&#10;Bcc: x@y</OPFMessageCopySubject>
<OPFMessageCopyAttachmentList><messageAttachment OPFAttachmentName="bread.pdf" OPFAttachmentContentType="application/pdf" OPFAttachmentURL="Accounts/a/com.microsoft.__Attachments/1.pdf"/></OPFMessageCopyAttachmentList>
</email></emails>"#;

    #[test]
    fn a_message_becomes_properties() {
        let mut file = read_olm(EMAILS);
        assert_eq!((file.messages.len(), &file.lost), (1, &None));
        let found = file.messages.remove(0);
        assert_eq!(
            found.attachment_paths,
            ["Accounts/a/com.microsoft.__Attachments/1.pdf"]
        );
        assert_eq!(found.facts.message_id, "1@mill.example");
        assert_eq!(
            found.facts.sent.unwrap().to_string(),
            "2017-05-05T11:20:44Z"
        );
        let text = String::from_utf8(assemble(found.message, Source::Olm).bytes).unwrap();
        for line in [
            "X-Mabillon-Assembled: rules=1; from=olm; header=properties\r\n",
            "X-Mabillon-Lost: an attachment cannot be read: the archive does not hold it\r\n",
            "From: \"Ann, Miller\" <ann@mill.example>\r\n",
            "To: <bob@mill.example>, <cid@mill.example>\r\n",
            "Subject: Flour  Bcc: x@y\r\n",
            "Date: Fri, 5 May 2017 11:20:44 +0000\r\n",
            "Message-ID: <1@mill.example>\r\n",
            "<html><body>Flour &amp; water</body></html>",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }

    #[test]
    fn what_is_no_message_gives_none() {
        assert_eq!(read_olm("<contacts><contact/></contacts>").messages, []);
        assert_eq!(read_olm("no XML").messages, []);
        let cut = read_olm(&EMAILS[..EMAILS.len() - 200]);
        assert_eq!(cut.messages.len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "(<email>|</email>|<OPFMessageCopySubject>|<emailAddress a=\"|<messageAttachment OPFAttachmentURL=\"x\"/>|&amp;|&#|\"|>|text|<!\\[CDATA\\[){0,40}") {
            read_olm(&text);
        }
    }
}
