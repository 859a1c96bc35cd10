//! What a message carries that becomes an item of its own, with its transfer encoding undone.

use bytes::Bytes;
use mabillon_case::{Attached, Disposition, Layer, Part, Span, TransferEncoding};

use super::transfer;
use super::warnings::{TAKEN_OUT, Warnings};

/// Whether a leaf is shown as part of the body: text that is neither marked as attachment nor named.
///
/// A whole message that is text (part 0) is its own body even where its type carries a name.
pub(super) fn is_body_text(part: &Part) -> bool {
    part.media_type.starts_with("text/")
        && part.disposition != Disposition::Attachment
        && (part.file_name.is_none() || part.parent.is_none())
}

/// Decodes one leaf into an item of its own. Bytes that stand as they are, are shared, not copied.
pub(super) fn attach(
    raw: &Bytes,
    parts: &mut [Part],
    index: usize,
    warnings: &mut Warnings,
) -> Option<Attached> {
    let part = parts.get_mut(index)?;
    let body = inside(part.body, raw.len());
    let encoded = body.of(raw);
    if encoded.trim_ascii().is_empty() && is_taken_out(raw, part) {
        warnings.add(TAKEN_OUT, || {
            format!(
                "Apple Mail keeps part {} in a file beside the message, and left it empty here",
                part.number
            )
        });
    }
    let bytes = match part.encoding {
        TransferEncoding::Identity => raw.slice(body.start..body.end),
        TransferEncoding::Base64 => Bytes::from(transfer::base64(encoded, warnings)),
        TransferEncoding::QuotedPrintable => {
            Bytes::from(transfer::quoted_printable(encoded, warnings))
        }
        TransferEncoding::Uuencode => {
            let decoded = transfer::uuencode(encoded, warnings);
            part.file_name = part.file_name.take().or(decoded.name);
            Bytes::from(decoded.bytes)
        }
    };
    Some(Attached {
        part: index,
        bytes,
        layer: Layer::Content,
    })
}

/// Whether Apple Mail noted the length of what it took out of a part (`.partial.emlx`).
fn is_taken_out(raw: &[u8], part: &Part) -> bool {
    part.header.iter().any(|field| {
        let name = field.name.of(raw);
        name.eq_ignore_ascii_case(b"X-Apple-Content-Length")
    })
}

fn inside(span: Span, length: usize) -> Span {
    let end = span.end.min(length);
    Span::new(span.start.min(end), end)
}
