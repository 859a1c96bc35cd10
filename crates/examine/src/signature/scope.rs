//! How much of what a reader sees a signature covers.
//!
//! A signature covers all if
//! - the whole body is hashed: no `l=`, or `l=` reaches its end;
//! - `From`, `To`, `Cc`, `Date` and `Subject`, where present, are signed in every instance;
//! - no other visible field stands once signed and once more unsigned;
//! - the parts that are shown are those of the signed body. `Content-Type` is signed by few (Gmail does not), and
//!   whoever can change it freely can name another boundary, so that another part is shown. Where a multipart's
//!   `Content-Type` is unsigned, its boundary must therefore be the one that opens and closes the signed body.
//!
//! An unsigned `Content-Type` of a single part, and unsigned `Reply-To`, `Message-ID` and the like, are listed but
//! leave the coverage whole.

use std::collections::BTreeSet;

use mabillon_case::{Coverage, Message, Signature};
use memchr::memmem;

use super::canonical_header::Header;
use super::parse::signature_field;
use super::tags::trim;

/// Visible fields, in canonical case; the first five are what every reader shows.
const VISIBLE: [&str; 11] = [
    "From",
    "To",
    "Cc",
    "Date",
    "Subject",
    "Reply-To",
    "In-Reply-To",
    "References",
    "Message-ID",
    "Content-Type",
    "MIME-Version",
];
const N_SHOWN: usize = 5;
/// Names of `h=` that are looked for.
const SIGNED_NAMES_LOOKED_AT_MAX: usize = 200;
/// Absent fields that are named.
const ABSENT_FIELDS_MAX: usize = 10;

/// The coverage, and the visible fields that stand unsigned.
pub(crate) fn scope(
    message: &Message,
    header: &Header<'_>,
    selected: &[usize],
    unsigned_tail_octets: Option<u64>,
) -> (Coverage, Vec<String>) {
    let selected: BTreeSet<usize> = selected.iter().copied().collect();
    let mut unsigned_fields = Vec::new();
    let mut is_whole = unsigned_tail_octets.unwrap_or(0) == 0;
    for (position, name) in VISIBLE.into_iter().enumerate() {
        let instances = header.named(&name.to_ascii_lowercase());
        let n_signed = instances
            .iter()
            .filter(|index| selected.contains(index))
            .count();
        if n_signed == instances.len() {
            continue;
        }
        unsigned_fields.push(name.to_owned());
        let is_shown = position < N_SHOWN;
        let moves_parts = name == "Content-Type" && !parts_are_of_the_body(message);
        is_whole &= !(is_shown || n_signed > 0 || moves_parts);
    }
    (
        if is_whole {
            Coverage::All
        } else {
            Coverage::Part
        },
        unsigned_fields,
    )
}

/// Fields that `h=` names although the message has none, so that none can be added; they are seldom absent by damage.
const OVERSIGNED: [&str; 12] = [
    "bcc",
    "cc",
    "date",
    "from",
    "in-reply-to",
    "message-id",
    "references",
    "reply-to",
    "sender",
    "subject",
    "to",
    "resent-from",
];

/// Fields that a signature names and that the message does not have, lower case: perhaps dropped after signing.
pub(crate) fn absent_fields(message: &Message, signature: &Signature) -> Vec<String> {
    let field = message
        .fields_named("dkim-signature")
        .find(|field| field.whole == signature.span);
    let terms = field.map(|field| signature_field(field.value.of(&message.raw)).terms);
    let Some(Ok(terms)) = terms else {
        return Vec::new();
    };
    let names: BTreeSet<String> = terms
        .signed_names
        .iter()
        .take(SIGNED_NAMES_LOOKED_AT_MAX)
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .filter(|name| !OVERSIGNED.contains(&name.as_str()) && message.field(name).is_none())
        .take(ABSENT_FIELDS_MAX)
        .collect();
    names.into_iter().collect()
}

/// Whether the declared boundary is that of the first and the last delimiter line in the body.
pub(crate) fn parts_are_of_the_body(message: &Message) -> bool {
    let Some(part) = message.parts.first() else {
        return true;
    };
    if !part.is_multipart() {
        return true;
    }
    let Some(boundary) = &part.boundary else {
        return false;
    };
    let body = message.body.of(&message.raw);
    let first = if body.starts_with(b"--") {
        Some(0)
    } else {
        memmem::find(body, b"\n--").map(|at| at + 1)
    };
    let last = memmem::rfind(body, b"\n--").map(|at| at + 1);
    let (Some(first), Some(last)) = (first, last) else {
        return false;
    };
    line_at(body, first) == format!("--{boundary}").as_bytes()
        && line_at(body, last) == format!("--{boundary}--").as_bytes()
}

fn line_at(body: &[u8], start: usize) -> &[u8] {
    let rest = body.get(start..).unwrap_or_default();
    trim(rest.split(|&byte| byte == b'\n').next().unwrap_or_default())
}
