//! What a message carries that becomes an item of its own, with its transfer encoding undone.

use bytes::Bytes;
use mabillon_case::{Attached, Disposition, Layer, Part, Span, TransferEncoding};

use super::transfer;
use super::warnings::Warnings;

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

fn inside(span: Span, length: usize) -> Span {
    let end = span.end.min(length);
    Span::new(span.start.min(end), end)
}
