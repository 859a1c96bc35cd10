//! The parts of a message in which something may have been added or encoded anew: the outermost multipart and its texts.

use std::ops::Range;

use mabillon_case::{Disposition, HeaderField, Message, Part, Span, TransferEncoding};
use memchr::memchr_iter;

use super::transfer::{from_base64, from_quoted_printable, with_crlf};
use super::variant::Removal;
use super::{WRAPPED_BY_LIST, html, text};
use crate::signature::tags::trim;

/// Parts of the outermost multipart that are looked at.
const CHILDREN_MAX: usize = 100;
/// Parts at the start of the outermost multipart, one of which may be the message around which a list put it.
const WRAPPED_PARTS_MAX: usize = 2;

/// A text of the message.
pub(super) struct Leaf {
    pub(super) is_html: bool,
    pub(super) encoding: TransferEncoding,
    /// Where its content stands in the body.
    pub(super) content: Range<usize>,
    /// Where its header fields stand in the body, and the fields; those of the message itself stand in none.
    pub(super) header: Option<(Range<usize>, Vec<Vec<u8>>)>,
    /// The content without its transfer encoding, lines ended by CR LF.
    pub(super) text: Vec<u8>,
}

impl Leaf {
    /// The ways to take added text away from a content of this kind.
    pub(super) fn removals(&self, content: &[u8]) -> Vec<Removal> {
        if self.is_html {
            html::removals(content)
        } else {
            text::removals(content)
        }
    }

    /// Octets of this text without their transfer encoding.
    pub(super) fn decoded(&self, octets: &[u8]) -> Vec<u8> {
        match self.encoding {
            TransferEncoding::QuotedPrintable => from_quoted_printable(octets),
            _ => octets.to_vec(),
        }
    }

    /// The letters and figures of a text, without tags.
    pub(super) fn words(&self, text: &[u8]) -> Vec<u8> {
        let mut in_tag = false;
        let shown = text.iter().filter(|&&byte| {
            let is_shown = !in_tag && byte != b'<';
            in_tag = self.is_html && (byte == b'<' || in_tag && byte != b'>');
            is_shown && byte.is_ascii_alphanumeric()
        });
        shown.map(u8::to_ascii_lowercase).collect()
    }
}

/// Where `Content-Transfer-Encoding` stood in the header of a part before it was written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Where it stands now.
    Here,
    /// Behind `Content-Type`.
    BehindType,
    First,
    Last,
    /// It was not there.
    Nowhere,
}

/// The first plain text and the first HTML of the message that are shown.
pub(super) fn leaves(message: &Message) -> Vec<Leaf> {
    let of_type = |media_type: &str| {
        let is_it = |part: &&Part| {
            part.media_type == media_type
                && part.disposition != Disposition::Attachment
                && part.encoding != TransferEncoding::Uuencode
        };
        message.parts.iter().find(is_it)
    };
    let parts = [of_type("text/plain"), of_type("text/html")];
    let leaves = parts.into_iter().flatten();
    leaves.filter_map(|part| leaf(message, part)).collect()
}

fn leaf(message: &Message, part: &Part) -> Option<Leaf> {
    let content = in_body(message, part.body)?;
    let bytes = part.body.of(&message.raw);
    let text = match part.encoding {
        TransferEncoding::Base64 => from_base64(bytes)?,
        TransferEncoding::QuotedPrintable => from_quoted_printable(bytes),
        _ => with_crlf(bytes),
    };
    Some(Leaf {
        is_html: part.media_type == "text/html",
        encoding: part.encoding,
        content,
        header: part.parent.and_then(|_| header(message, &part.header)),
        text,
    })
}

/// Contents of attachments in base64, as they stand in the body.
pub(super) fn attachments(message: &Message) -> Vec<Range<usize>> {
    let parts = message.parts.iter().filter(|part| {
        part.encoding == TransferEncoding::Base64
            && !part.is_multipart()
            && !part.media_type.starts_with("text/")
    });
    parts
        .filter_map(|part| in_body(message, part.body))
        .collect()
}

fn in_body(message: &Message, span: Span) -> Option<Range<usize>> {
    let start = span.start.checked_sub(message.body.start)?;
    let end = span.end.checked_sub(message.body.start)?;
    (start <= end && end <= message.body.len()).then_some(start..end)
}

fn header(message: &Message, fields: &[HeaderField]) -> Option<(Range<usize>, Vec<Vec<u8>>)> {
    let whole = Span::new(fields.first()?.whole.start, fields.last()?.whole.end);
    let fields = fields
        .iter()
        .map(|field| field.whole.of(&message.raw).to_vec());
    Some((in_body(message, whole)?, fields.collect()))
}

/// The header of a part with another `Content-Transfer-Encoding`, at one of the places where it may have stood.
pub(super) fn with_encoding(fields: &[Vec<u8>], word: &str, place: Place) -> Vec<u8> {
    let is_named = |field: &[u8], name: &[u8]| {
        let written = field.split(|&byte| byte == b':').next().unwrap_or_default();
        trim(written).eq_ignore_ascii_case(name)
    };
    let encoding = |field: &Vec<u8>| is_named(field, b"content-transfer-encoding");
    let here = fields.iter().position(encoding);
    let mut kept: Vec<&[u8]> = fields
        .iter()
        .filter(|field| !encoding(field))
        .map(Vec::as_slice)
        .collect();
    let behind_type = kept
        .iter()
        .position(|field| is_named(field, b"content-type"));
    let behind_type = behind_type.map_or(kept.len(), |at| at + 1);
    let line_end = match kept.first() {
        Some(field) if !field.ends_with(b"\r\n") && field.ends_with(b"\n") => "\n",
        _ => "\r\n",
    };
    let line = format!("Content-Transfer-Encoding: {word}{line_end}");
    let at = match place {
        Place::Here => Some(here.unwrap_or(behind_type)),
        Place::BehindType => Some(behind_type),
        Place::First => Some(0),
        Place::Last => Some(kept.len()),
        Place::Nowhere => None,
    };
    if let Some(at) = at {
        kept.insert(at.min(kept.len()), line.as_bytes());
    }
    kept.concat()
}

/// What a list may have added around the message: a part at the end or at the start of the outermost multipart, or the
/// multipart itself.
pub(super) fn additions(message: &Message) -> Vec<Removal> {
    let delimiters = delimiters(message);
    let [first, second, .., last] = delimiters.as_slice() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // There has to be another part, or nothing is left.
    if let [.., before, _] = delimiters.as_slice()
        && delimiters.len() > 2
    {
        found.push(added_part(*before..*last));
        found.push(added_part(*first..*second));
    }
    let children = message.parts.iter().filter(|part| part.parent == Some(0));
    let contents = children.filter_map(|part| in_body(message, part.body));
    let end = message.body.len();
    found.extend(contents.take(WRAPPED_PARTS_MAX).map(|content| Removal {
        name: WRAPPED_BY_LIST,
        ranges: vec![0..content.start, content.end..end],
    }));
    found.retain(|removal| removal.ranges.iter().all(|range| !range.is_empty()));
    found
}

fn added_part(range: Range<usize>) -> Removal {
    Removal {
        name: "added-part",
        ranges: std::iter::once(range).collect(),
    }
}

/// Where the delimiter lines of the outermost multipart start in the body.
pub(super) fn delimiters(message: &Message) -> Vec<usize> {
    let boundary = message
        .parts
        .first()
        .and_then(|part| part.boundary.as_deref());
    let Some(boundary) = boundary else {
        return Vec::new();
    };
    let body = message.body.of(&message.raw);
    let starts = std::iter::once(0).chain(memchr_iter(b'\n', body).map(|at| at + 1));
    let is_delimiter = |&start: &usize| {
        let rest = body.get(start..).and_then(|rest| rest.strip_prefix(b"--"));
        let rest = rest.and_then(|rest| rest.strip_prefix(boundary.as_bytes()));
        rest.is_some_and(|rest| {
            let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
            matches!(line.trim_ascii_end(), b"" | b"--")
        })
    };
    starts.filter(is_delimiter).take(CHILDREN_MAX).collect()
}
