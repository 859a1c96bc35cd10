//! Puts a message together from its properties: the same bytes from the same properties, always.
//!
//! The rules, number [`RULES`]:
//!
//! 1. The first field is [`ASSEMBLED_FIELD`], which says so; then one `X-Mabillon-Lost` for each thing that was lost.
//! 2. Where transport headers are stored, they stand verbatim, with their line ends made CRLF, except that fields of
//!    MIME that do not fit the body below get `X-Mabillon-Original-` before their name, and lines that are no field
//!    `X-Mabillon-Line: `. A multipart `Content-Type` fits: its boundary is used again.
//! 3. Where none are stored, fields are written from the properties.
//! 4. The body holds every stored form of the text (plain, RTF expanded, HTML) and the attachments in their order, as
//!    they are (`binary`); base64 only where one holds the boundary.
//!
//! Times, flags and numbers of the store are no part of it: they belong to the place.

use base64_simd::STANDARD;
use mabillon_case::{ASSEMBLED_FIELD, ItemId, LOST_FIELD, sha256};
use memchr::memmem;

use crate::limits::FIELD_BYTES_MAX;
use crate::message::{Attachment, Content, MapiMessage};
use crate::property::{Properties, Value, encoding_of, tag};
use crate::rtf::decompress_rtf;

/// Number of the rules. Other rules give other bytes and so other items.
const RULES: u32 = 1;

/// Bytes of a boundary (RFC 2046, section 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// A message put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What kept the properties of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// MAPI: PST, OST, MSG, TNEF.
    Mapi,
    /// XML of Outlook for Mac.
    Olm,
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::Mapi => "mapi",
            Self::Olm => "olm",
        }
    }
}

/// Puts a message together.
pub fn assemble(message: MapiMessage, source: Source) -> Assembled {
    Assembled {
        bytes: bytes_of(message, source),
    }
}

fn bytes_of(mut message: MapiMessage, store: Source) -> Vec<u8> {
    message.lose_missing_attachments();
    let transport = transport_headers(&message.properties);
    let mut header = Vec::new();
    let source = if transport.is_some() {
        "transport"
    } else {
        "properties"
    };
    field(
        &mut header,
        ASSEMBLED_FIELD,
        &format!("rules={RULES}; from={}; header={source}", store.name()),
    );
    for lost in &message.lost {
        field(&mut header, LOST_FIELD, lost);
    }
    let boundary = if let Some(transport) = &transport {
        write_transport(&mut header, transport)
    } else {
        write_fields(&mut header, &message);
        None
    };
    let mut bodies = bodies(&mut message.properties);
    let mut parts: Vec<Part> = message
        .attachments
        .into_iter()
        .filter_map(|attachment| attached(attachment, store))
        .collect();
    let is_single = boundary.is_none() && parts.is_empty() && bodies.len() == 1;
    if is_single && let Some(body) = bodies.pop() {
        header.extend_from_slice(&body.header);
        header.extend_from_slice(b"MIME-Version: 1.0\r\n\r\n");
        header.extend_from_slice(&body.content);
        return header;
    }
    let seed = sha256(&header);
    let is_alternative = boundary.as_ref().is_some_and(|own| own.is_alternative);
    if !(is_alternative && parts.is_empty()) && bodies.len() > 1 {
        bodies = vec![alternative(&seed, bodies)];
    }
    bodies.append(&mut parts);
    write_multipart(header, &seed, boundary, bodies)
}

/// Several forms of one text as one part.
fn alternative(seed: &[u8; 32], bodies: Vec<Part>) -> Part {
    let inner = fresh_boundary(seed, "a", &bodies);
    let mut content = Vec::new();
    write_parts(&mut content, &inner, bodies);
    let header = format!("Content-Type: multipart/alternative; boundary=\"{inner}\"\r\n");
    Part {
        header: header.into_bytes(),
        content,
    }
}

/// Ends the header and writes the parts, between the boundaries that it declares or else new ones.
fn write_multipart(
    mut header: Vec<u8>,
    seed: &[u8; 32],
    declared: Option<Declared>,
    parts: Vec<Part>,
) -> Vec<u8> {
    let boundary = if let Some(own) = declared {
        own.boundary
    } else {
        let boundary = fresh_boundary(seed, "m", &parts);
        let line = format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\r\n"
        );
        header.extend_from_slice(line.as_bytes());
        boundary
    };
    header.extend_from_slice(b"\r\n");
    write_parts(&mut header, &boundary, parts);
    header
}

/// A part of the body.
struct Part {
    /// Its fields, each with its line end.
    header: Vec<u8>,
    content: Vec<u8>,
}

/// A boundary that none of the parts holds.
fn fresh_boundary(seed: &[u8; 32], kind: &str, parts: &[Part]) -> String {
    let mut n = 0_u32;
    loop {
        let mut input = seed.to_vec();
        input.extend_from_slice(kind.as_bytes());
        input.extend_from_slice(&n.to_be_bytes());
        let digest = sha256(&input);
        let hex = ItemId(digest).to_string();
        let hex = hex.get(..24).unwrap_or_default();
        let boundary = format!("=_assembled_{hex}");
        let finder = memmem::Finder::new(boundary.as_bytes());
        // Whoever wrote the content cannot know the hash of the header for more than a few numbers.
        if n > 16
            || parts
                .iter()
                .all(|part| finder.find(&part.content).is_none())
        {
            return boundary;
        }
        n += 1;
    }
}

/// Writes parts between boundaries; one that holds the boundary goes as base64.
fn write_parts(out: &mut Vec<u8>, boundary: &str, parts: Vec<Part>) {
    let total: usize = parts
        .iter()
        .map(|part| part.content.len() + part.header.len() + 160)
        .sum();
    out.reserve(total);
    let finder = memmem::Finder::new(boundary.as_bytes());
    for part in parts {
        out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        out.extend_from_slice(&part.header);
        let is_multipart = part.header.starts_with(b"Content-Type: multipart/");
        if finder.find(&part.content).is_some() && !is_multipart {
            out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
            for line in part.content.chunks(57) {
                out.extend_from_slice(STANDARD.encode_to_string(line).as_bytes());
                out.extend_from_slice(b"\r\n");
            }
        } else {
            if !is_multipart {
                out.extend_from_slice(b"Content-Transfer-Encoding: binary\r\n");
            }
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(&part.content);
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}

/// Every stored form of the text; an empty one where there is none.
fn bodies(properties: &mut Properties) -> Vec<Part> {
    let mut parts = Vec::new();
    let text = properties.text(tag::BODY);
    let html = html(properties);
    let rtf = properties
        .bytes(tag::RTF_COMPRESSED)
        .and_then(decompress_rtf);
    if text.is_some() || (html.is_none() && rtf.is_none()) {
        parts.push(Part {
            header: b"Content-Type: text/plain; charset=utf-8\r\n".to_vec(),
            content: text.unwrap_or_default().into_bytes(),
        });
    }
    parts.extend(rtf.map(|content| Part {
        header: b"Content-Type: text/rtf\r\n".to_vec(),
        content,
    }));
    parts.extend(html);
    parts
}

fn html(properties: &mut Properties) -> Option<Part> {
    let page = properties.number(tag::INTERNET_CODEPAGE).unwrap_or(0);
    let (content, charset) = match properties.take(tag::HTML)? {
        Value::Text(text) => (text.into_bytes(), Some("utf-8".to_owned())),
        Value::Bytes(bytes) | Value::Text8(bytes) => {
            let encoding = encoding_of(page).map(|encoding| encoding.name().to_ascii_lowercase());
            (bytes, encoding)
        }
        _ => return None,
    };
    let charset = charset.map_or_else(String::new, |charset| format!("; charset={charset}"));
    Some(Part {
        header: format!("Content-Type: text/html{charset}\r\n").into_bytes(),
        content,
    })
}

/// An attachment as a part; `None` for one that is missing, which is told in the header.
fn attached(attachment: Attachment, store: Source) -> Option<Part> {
    let properties = attachment.properties;
    let mut header = Vec::new();
    let stated = properties.text(tag::ATTACH_MIME_TAG).unwrap_or_default();
    let (media_type, content) = match attachment.content {
        Content::Missing(_) => return None,
        Content::Message(message) => ("message/rfc822".to_owned(), bytes_of(*message, store)),
        Content::Bytes(bytes) => {
            let is_usable = is_media_type(&stated) && !stated.starts_with("multipart/");
            let usable = if is_usable {
                stated.as_str()
            } else {
                "application/octet-stream"
            };
            (usable.to_ascii_lowercase(), bytes)
        }
    };
    field(&mut header, "Content-Type", &media_type);
    if !stated.is_empty() && !stated.eq_ignore_ascii_case(&media_type) {
        field(&mut header, "X-Mabillon-Mime-Tag", &stated);
    }
    let name = properties.first_text(&[
        tag::ATTACH_LONG_FILENAME,
        tag::ATTACH_FILENAME,
        tag::DISPLAY_NAME,
    ]);
    let disposition = name.map_or_else(
        || "attachment".to_owned(),
        |name| format!("attachment; {}", file_name(&name)),
    );
    field(&mut header, "Content-Disposition", &disposition);
    if let Some(id) = properties
        .text(tag::ATTACH_CONTENT_ID)
        .filter(|id| !id.is_empty())
    {
        let id = id.trim_start_matches('<').trim_end_matches('>');
        field(&mut header, "Content-ID", &format!("<{id}>"));
    }
    Some(Part { header, content })
}

fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte))
    };
    text.len() < 100
        && text
            .split_once('/')
            .is_some_and(|(a, b)| is_token(a) && is_token(b))
}

/// The parameter of a file name (RFC 2183, RFC 2231).
fn file_name(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).take(255).collect();
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ';
    if name.chars().all(is_plain) {
        return format!("filename=\"{name}\"");
    }
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("filename*=UTF-8''{encoded}")
}

/// Writes a field as one line; control characters become spaces, so that a value never begins a line of its own.
fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    let end = value.floor_char_boundary(FIELD_BYTES_MAX);
    let value: String = value
        .get(..end)
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    out.extend_from_slice(format!("{name}: {}\r\n", value.trim()).as_bytes());
}

/// The transport headers as bytes, where any are stored.
pub(crate) fn transport_headers(properties: &Properties) -> Option<Vec<u8>> {
    let stored = match properties.bytes(tag::TRANSPORT_MESSAGE_HEADERS) {
        Some(bytes) => bytes.to_vec(),
        None => properties
            .text(tag::TRANSPORT_MESSAGE_HEADERS)?
            .into_bytes(),
    };
    let header = header_section(&stored);
    let has_field = fields(&header).iter().any(|field| !field.name.is_empty());
    has_field.then_some(header)
}

/// Outlook's title above the headers, which is no field.
const TITLE: &[u8] = b"Microsoft Mail Internet Headers";

/// The header section with CRLF: without Outlook's title line and what follows an empty line.
fn header_section(stored: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(stored.len() + 64);
    for line in stored.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if out.is_empty() && (line.is_empty() || line.starts_with(TITLE)) {
            continue;
        }
        if line.is_empty() {
            break;
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// A field of a header section; the name is empty for lines that are no field.
#[derive(Debug)]
pub(crate) struct RawField<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
    whole: &'a [u8],
}

/// The fields of a header section whose lines end with CRLF.
pub(crate) fn fields(header: &[u8]) -> Vec<RawField<'_>> {
    let mut found = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let mut end = line_end(rest, 0);
        while rest
            .get(end)
            .is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        {
            end = line_end(rest, end);
        }
        let (whole, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        rest = after;
        let colon = memchr::memchr(b':', whole);
        let name = colon
            .and_then(|colon| whole.get(..colon))
            .unwrap_or_default()
            .trim_ascii_end();
        let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
        let value = colon
            .and_then(|colon| whole.get(colon + 1..))
            .unwrap_or_default();
        found.push(RawField {
            name: if is_name { name } else { &[] },
            value: value.strip_suffix(b"\r\n").unwrap_or(value),
            whole,
        });
    }
    found
}

fn line_end(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(text.len(), |at| from + at + 1)
}

/// The multipart that the transport headers declare.
struct Declared {
    boundary: String,
    is_alternative: bool,
}

/// Writes the transport headers; gives the multipart that they declare, where it can be used.
fn write_transport(out: &mut Vec<u8>, header: &[u8]) -> Option<Declared> {
    let fields = fields(header);
    let types = || {
        fields
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(b"Content-Type"))
    };
    let declared = types()
        .next()
        .filter(|_| types().count() == 1)
        .and_then(|field| declared(field.value));
    for field in &fields {
        let name = field.name.to_ascii_lowercase();
        let fits = match name.as_slice() {
            b"content-type" | b"mime-version" => declared.is_some(),
            b"content-transfer-encoding" => {
                let value = field.value.trim_ascii().to_ascii_lowercase();
                declared.is_some() && matches!(value.as_slice(), b"7bit" | b"8bit" | b"binary")
            }
            b"content-disposition" => false,
            name => {
                name != ASSEMBLED_FIELD.to_ascii_lowercase().as_bytes()
                    && name != LOST_FIELD.to_ascii_lowercase().as_bytes()
            }
        };
        if field.name.is_empty() {
            out.extend_from_slice(b"X-Mabillon-Line: ");
        } else if !fits {
            out.extend_from_slice(b"X-Mabillon-Original-");
        }
        out.extend_from_slice(field.whole);
    }
    declared
}

/// The boundary of a multipart type, where it is one that can be written again.
fn declared(value: &[u8]) -> Option<Declared> {
    let value = String::from_utf8_lossy(value);
    let lower = value.to_ascii_lowercase();
    let media_type = lower.split(';').next().unwrap_or_default().trim();
    if !media_type.starts_with("multipart/") {
        return None;
    }
    let at = lower.find("boundary")? + "boundary".len();
    let rest = value
        .get(at..)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let boundary = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split([';', ' ', '\t', '\r', '\n']).next()?,
    };
    let is_usable =
        |c: u8| c.is_ascii_alphanumeric() || b"'()+_,-./:=? $#@*&%~{}[]<>|!".contains(&c);
    let fits = (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len())
        && boundary.bytes().all(is_usable)
        && !boundary.ends_with(' ');
    fits.then(|| Declared {
        boundary: boundary.to_owned(),
        is_alternative: media_type == "multipart/alternative",
    })
}

/// Writes fields from the properties.
fn write_fields(out: &mut Vec<u8>, message: &MapiMessage) {
    let properties = &message.properties;
    if let Some(from) = sender(properties) {
        field(out, "From", &from);
    }
    for (kind, name, shown) in [
        (1, "To", tag::DISPLAY_TO),
        (2, "Cc", tag::DISPLAY_CC),
        (3, "Bcc", tag::DISPLAY_BCC),
    ] {
        let list = recipients(message, kind, shown);
        if !list.is_empty() {
            field(out, name, &list);
        }
    }
    if let Some(subject) = properties.first_text(&[tag::SUBJECT, tag::NORMALIZED_SUBJECT]) {
        field(out, "Subject", subject_text(&subject));
    }
    let date = properties
        .time(tag::CLIENT_SUBMIT_TIME)
        .or_else(|| properties.time(tag::MESSAGE_DELIVERY_TIME));
    if let Some(date) = date.and_then(|stamp| rfc5322(stamp.unix_seconds())) {
        field(out, "Date", &date);
    }
    for (id, name) in [
        (tag::INTERNET_MESSAGE_ID, "Message-ID"),
        (tag::IN_REPLY_TO_ID, "In-Reply-To"),
        (tag::INTERNET_REFERENCES, "References"),
    ] {
        if let Some(value) = properties.first_text(&[id]) {
            field(out, name, &value);
        }
    }
    if let Some(index) = properties
        .bytes(tag::CONVERSATION_INDEX)
        .filter(|bytes| !bytes.is_empty())
    {
        field(out, "Thread-Index", &STANDARD.encode_to_string(index));
    }
}

/// A subject without the two characters that count its prefix (MS-PST 2.5.3.1.1.1).
fn subject_text(subject: &str) -> &str {
    match subject.strip_prefix('\u{1}') {
        Some(rest) => rest
            .char_indices()
            .nth(1)
            .and_then(|(at, _)| rest.get(at..))
            .unwrap_or(""),
        None => subject,
    }
}

fn sender(properties: &Properties) -> Option<String> {
    let name = properties.first_text(&[tag::SENT_REPRESENTING_NAME, tag::SENDER_NAME]);
    let stored = [
        (
            tag::SENT_REPRESENTING_ADDRESS_TYPE,
            tag::SENT_REPRESENTING_EMAIL_ADDRESS,
        ),
        (tag::SENDER_ADDRESS_TYPE, tag::SENDER_EMAIL_ADDRESS),
    ];
    let address = properties
        .first_text(&[
            tag::SENT_REPRESENTING_SMTP_ADDRESS,
            tag::SENDER_SMTP_ADDRESS,
        ])
        .or_else(|| {
            stored.iter().find_map(|(_, address)| {
                properties.text(*address).filter(|text| text.contains('@'))
            })
        });
    mailbox(name.as_deref(), address.as_deref())
}

fn recipients(message: &MapiMessage, kind: u32, shown: u16) -> String {
    let of_kind = message
        .recipients
        .iter()
        .filter(|row| row.number(tag::RECIPIENT_TYPE) == Some(kind));
    let listed: Vec<String> = of_kind
        .filter_map(|row| {
            let address = row
                .first_text(&[tag::SMTP_ADDRESS, tag::EMAIL_ADDRESS])
                .filter(|text| text.contains('@'));
            mailbox(row.text(tag::DISPLAY_NAME).as_deref(), address.as_deref())
        })
        .collect();
    if !listed.is_empty() || !message.recipients.is_empty() {
        return listed.join(", ");
    }
    let shown = message.properties.text(shown).unwrap_or_default();
    let names: Vec<String> = shown
        .split(';')
        .filter_map(|name| mailbox(Some(name), None))
        .collect();
    names.join(", ")
}

/// A mailbox (RFC 5322, section 3.4): a name, an address, or both. A name of an Exchange directory is no address.
fn mailbox(name: Option<&str>, address: Option<&str>) -> Option<String> {
    let quote = |name: &str| {
        let escaped = name.trim().replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    };
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    let address = address.map(|address| address.trim().trim_matches(['<', '>']));
    match (name, address) {
        (Some(name), Some(address)) if name.trim_matches('\'') == address => {
            Some(format!("<{address}>"))
        }
        (Some(name), Some(address)) => Some(format!("{} <{address}>", quote(name))),
        (None, Some(address)) => Some(format!("<{address}>")),
        (Some(name), None) if name.contains('@') && !name.contains(' ') => {
            Some(format!("<{name}>"))
        }
        (Some(name), None) => Some(quote(name)),
        (None, None) => None,
    }
}

/// A date in UTC as RFC 5322 writes it.
fn rfc5322(unix_seconds: i64) -> Option<String> {
    let time = jiff::Timestamp::from_second(unix_seconds).ok()?;
    jiff::fmt::rfc2822::to_string(&time.to_zoned(jiff::tz::TimeZone::UTC)).ok()
}
