//! The boundary of a multipart that an exporter replaced by one of its own.

use mabillon_case::{Message, SignatureKind};
use memchr::memmem;

use super::header::HeaderRepair;
use crate::signature::canonical_header::{Field, value_start};
use crate::signature::parse::Terms;

/// The name of putting a boundary back.
pub(crate) const BOUNDARY: &str = "boundary";

/// Letters and figures of a Message-ID that Exchange takes over into its boundaries.
const OF_MESSAGE_ID_MAX: usize = 55;
/// The numbers with which Exchange begins the boundaries of the outermost multipart, each of its kind.
const NUMBERS_MAX: u32 = 10;

/// What the boundary of the outermost multipart may have been, where another value of the message determines it, and
/// where it is not there. Exchange makes it of a number and of the letters and figures of the Message-ID:
/// `_000_DM6PR12MB277821CD762FCC79DB3B4B6AF0780DM6PR12MB2778namp_`. None that stands in the body: it would divide the
/// message otherwise than it is shown.
pub(crate) fn boundaries(message: &Message) -> Vec<String> {
    let is_multipart = message
        .parts
        .first()
        .is_some_and(|part| part.boundary.is_some());
    let Some(id) = message.message_id.as_deref().filter(|_| is_multipart) else {
        return Vec::new();
    };
    let id: String = id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(OF_MESSAGE_ID_MAX)
        .collect();
    let body = message.body.of(&message.raw);
    let possible = (0..NUMBERS_MAX).map(|number| format!("_{number:03}_{id}_"));
    possible
        .filter(|one| !id.is_empty() && memmem::find(body, one.as_bytes()).is_none())
        .collect()
}

/// The boundaries with which the body is to be tried, given the repairs under which the header fits: the one that the
/// signed `Content-Type` had, and all where it is not signed.
pub(crate) fn boundaries_beside(
    message: &Message,
    kind: SignatureKind,
    terms: &Terms,
    repairs: &[HeaderRepair],
) -> Vec<String> {
    let of_header = repairs.iter().find_map(|repair| match repair {
        HeaderRepair::Boundary(boundary) => Some(vec![boundary.clone()]),
        _ => None,
    });
    let is_signed = terms
        .signed_names
        .iter()
        .any(|name| name == b"content-type");
    of_header.unwrap_or_else(|| {
        if is_signed || kind != SignatureKind::Dkim {
            Vec::new()
        } else {
            boundaries(message)
        }
    })
}

/// The field with this boundary in place of its own.
pub(super) fn with_boundary(field: &Field<'_>, boundary: &str) -> Option<Vec<u8>> {
    let start = value_start(&field.bytes);
    let value = field.bytes.get(start..)?.to_ascii_lowercase();
    let at = start + memmem::find(&value, b"boundary=")? + b"boundary=".len();
    let (before, after) = field.bytes.split_at_checked(at)?;
    let is_quoted = after.starts_with(b"\"");
    let after = after.get(usize::from(is_quoted)..)?;
    let is_end = |byte: &u8| {
        if is_quoted {
            *byte == b'"'
        } else {
            matches!(byte, b';' | b' ' | b'\t' | b'\r' | b'\n')
        }
    };
    let end = after.iter().position(is_end).unwrap_or(after.len());
    let after = after.get(end..)?;
    let quote: &[u8] = if is_quoted { b"\"" } else { b"" };
    Some([before, quote, boundary.as_bytes(), after].concat())
}
