//! What a reader sees of a message: which parts are its body, and their words.

mod armor;
mod flowed;
pub(crate) mod html;
mod markup;
pub(super) mod page;
mod phrases;
mod quotation;
mod style;

use std::borrow::Cow;

use mabillon_case::{Armored, Page, Part, Text, TransferEncoding};

use super::limits::{TEXT_BYTES_MAX, TEXT_ENCODED_BYTES_MAX};
use super::warnings::Warnings;
use super::{attached, charset, transfer};

/// The leaves of a message, sorted by what becomes of them.
#[derive(Debug, Default)]
pub(super) struct Roles {
    /// Inline text shown first, in order.
    body: Vec<usize>,
    /// HTML beside plain text in a multipart/alternative.
    alternative: Vec<usize>,
    /// Everything else: items of their own.
    pub(super) attached: Vec<usize>,
}

/// Sorts the leaves. `unopened` are multiparts without parts, in any order.
pub(super) fn roles(parts: &[Part], unopened: &[usize]) -> Roles {
    let around = alternatives_around(parts);
    let mut with_plain = vec![false; parts.len()];
    for (index, part) in parts.iter().enumerate() {
        if is_plain(part)
            && attached::is_body_text(part)
            && let Some(alternative) = around.get(index).copied().flatten()
            && let Some(has_plain) = with_plain.get_mut(alternative)
        {
            *has_plain = true;
        }
    }
    let mut unopened = unopened.to_vec();
    unopened.sort_unstable();
    let mut roles = Roles::default();
    for (index, part) in parts.iter().enumerate() {
        let has_plain = around
            .get(index)
            .copied()
            .flatten()
            .and_then(|alternative| with_plain.get(alternative))
            .is_some_and(|has_plain| *has_plain);
        let list = match part {
            _ if part.is_multipart() => match unopened.binary_search(&index) {
                Ok(_) if part.depth >= super::limits::DEPTH_MAX => &mut roles.attached,
                Ok(_) => &mut roles.body,
                Err(_) => continue,
            },
            _ if !attached::is_body_text(part) => &mut roles.attached,
            _ if is_plain(part) || !has_plain => &mut roles.body,
            _ if part.media_type == "text/html" => &mut roles.alternative,
            _ => &mut roles.attached,
        };
        list.push(index);
    }
    roles
}

fn is_plain(part: &Part) -> bool {
    part.media_type == "text/plain"
}

/// For each part the outermost multipart/alternative around it. Parents come before children.
fn alternatives_around(parts: &[Part]) -> Vec<Option<usize>> {
    let mut around: Vec<Option<usize>> = Vec::with_capacity(parts.len());
    for part in parts {
        let of_parent = part.parent.and_then(|parent| {
            let own = parts
                .get(parent)
                .filter(|p| p.media_type == "multipart/alternative")
                .map(|_| parent);
            around.get(parent).copied().flatten().or(own)
        });
        around.push(of_parent);
    }
    around
}

/// The words of the body, quotations apart, the OpenPGP blocks in it, and what its HTML holds beside the words.
pub(super) fn text(
    raw: &[u8],
    parts: &[Part],
    roles: &Roles,
    warnings: &mut Warnings,
) -> (Text, Vec<Armored>, Page) {
    let mut page = Page::default();
    let lines = lines_of(raw, parts, &roles.body, &mut page, warnings);
    let mut text = quotation::split(&lines, warnings);
    if !roles.alternative.is_empty() {
        let lines = lines_of(raw, parts, &roles.alternative, &mut page, warnings);
        let own = quotation::split(&lines, &mut Warnings::default()).own;
        text.html_alternative = Some(own);
    }
    let armored = if armor::is_in(&lines) {
        armor::armored(raw, parts, &roles.body)
    } else {
        Vec::new()
    };
    (text, armored, page)
}

/// The text of these parts one after the other, lines ended by `\n`, quotations marked by `>`, up to the limit.
fn lines_of(
    raw: &[u8],
    parts: &[Part],
    indices: &[usize],
    page: &mut Page,
    warnings: &mut Warnings,
) -> String {
    let mut out = String::new();
    for part in indices.iter().filter_map(|&index| parts.get(index)) {
        if out.len() >= TEXT_BYTES_MAX {
            warnings.add("text-limit", || {
                format!(
                    "the text of part {:?} is beyond the limit of {TEXT_BYTES_MAX} bytes",
                    part.number
                )
            });
            break;
        }
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        append_part(raw, part, &mut out, page, warnings);
    }
    out
}

/// The first body of a message that is HTML, as it was written; `None` where it has none.
pub(super) fn html_source(raw: &[u8], parts: &[Part]) -> Option<String> {
    let mut bodies = parts.iter().filter(|part| !part.is_multipart());
    let part =
        bodies.find(|part| part.media_type == "text/html" && attached::is_body_text(part))?;
    let warnings = &mut Warnings::default();
    let (decoded, _) = decoded(raw, part, warnings);
    Some(charset::decode(&decoded, part.charset.as_deref(), warnings).into_owned())
}

/// The bytes of a part, up to the limit, without their transfer encoding, and whether they are cut.
fn decoded<'a>(raw: &'a [u8], part: &Part, warnings: &mut Warnings) -> (Cow<'a, [u8]>, bool) {
    let encoded = part.body.of(raw);
    let read = encoded
        .get(..encoded.len().min(TEXT_ENCODED_BYTES_MAX))
        .unwrap_or_default();
    let decoded = match part.encoding {
        TransferEncoding::Identity => Cow::Borrowed(read),
        TransferEncoding::Base64 => Cow::Owned(transfer::base64(read, warnings)),
        TransferEncoding::QuotedPrintable => Cow::Owned(transfer::quoted_printable(read, warnings)),
        TransferEncoding::Uuencode => Cow::Owned(transfer::uuencode(read, warnings).bytes),
    };
    (decoded, read.len() < encoded.len())
}

fn append_part(
    raw: &[u8],
    part: &Part,
    out: &mut String,
    page: &mut Page,
    warnings: &mut Warnings,
) {
    let (decoded, is_cut) = decoded(raw, part, warnings);
    if let Some(name) = transfer::undecoded_inside_text(&decoded) {
        warnings.add("inline-encoding-not-decoded", || {
            format!(
                "part {:?} seems to hold {name} data inside its text, which are left as text",
                part.number
            )
        });
    }
    if part.media_type == "text/rtf" {
        let rtf = crate::office::rtf::decode(&bytes::Bytes::copy_from_slice(&decoded));
        append_plain(&rtf.document.text.own, part, room_in(out), out);
        return;
    }
    let text = charset::decode(&decoded, part.charset.as_deref(), warnings);
    if part.media_type == "text/html" {
        page::read(&text, page);
    }
    let room = room_in(out);
    let whole = if part.media_type == "text/html" || part.media_type == "text/enriched" {
        html::append_text(&text, room, out)
    } else {
        append_plain(&text, part, room, out)
    };
    if is_cut || !whole {
        warnings.add("text-limit", || {
            format!(
                "only the start of the text of part {:?} is read",
                part.number
            )
        });
    }
}

fn room_in(out: &str) -> usize {
    TEXT_BYTES_MAX.saturating_sub(out.len())
}

fn append_plain(text: &str, part: &Part, room: usize, out: &mut String) -> bool {
    let (text, whole) = cut(text, room);
    let parameter = |name: &str| {
        let found = part.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.to_ascii_lowercase())
    };
    if parameter("format").as_deref() == Some("flowed") {
        let spaces = match parameter("delsp").as_deref() {
            Some("yes") => flowed::SoftBreak::DeletesSpace,
            _ => flowed::SoftBreak::KeepsSpace,
        };
        flowed::append(text, spaces, out);
    } else {
        append_lines(text, out);
    }
    whole
}

/// Appends text with its line ends, LF, CRLF or CR, made `\n`.
fn append_lines(text: &str, out: &mut String) {
    let mut rest = text;
    out.reserve(text.len());
    while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
        let (line, after) = rest.split_at_checked(at).unwrap_or_default();
        out.push_str(line);
        out.push('\n');
        let after = after.get(1..).unwrap_or_default();
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    out.push_str(rest);
}

/// The start of the text that fits into `room` bytes, and whether that is all.
fn cut(text: &str, room: usize) -> (&str, bool) {
    if text.len() <= room {
        return (text, true);
    }
    let end = text.floor_char_boundary(room);
    (text.get(..end).unwrap_or_default(), false)
}
