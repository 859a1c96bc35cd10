//! The text that had to be taken away before a signature fitted, as it is shown.

use mabillon_case::{Message, RemovedText, Span};

use super::limits::REMOVED_CHARS_SHOWN_MAX;
use super::repairs::{HeaderRepair, SUBJECT_TAG, subject_tags};
use super::salvage::{Salvaged, WRAPPED_BY_LIST};

/// What was taken away of the header and of the body, in that order.
pub(super) fn removed(
    message: &Message,
    repairs: &[HeaderRepair],
    salvaged: Option<&Salvaged>,
) -> Vec<RemovedText> {
    let in_header = repairs.iter().flat_map(|repair| of_header(message, repair));
    let start = message.body.start;
    let in_body = salvaged.map_or(&[][..], |found| &found.removed);
    let in_body = in_body.iter().map(|one| {
        let span = Span::new(start + one.range.start, start + one.range.end);
        text(one.name, span, &one.text)
    });
    in_header.chain(in_body).collect()
}

/// The words of the header that are not covered after a repair.
fn of_header(message: &Message, repair: &HeaderRepair) -> Vec<RemovedText> {
    let field = |name| {
        message
            .fields_named(name)
            .next_back()
            .map(|field| field.whole)
    };
    let (name, spans) = match repair {
        HeaderRepair::SubjectTags(n) => {
            let whole = field("Subject").unwrap_or_default();
            let tags = subject_tags(whole.of(&message.raw), *n).unwrap_or_default();
            let place = |tag: &std::ops::Range<usize>| {
                Span::new(whole.start + tag.start, whole.start + tag.end)
            };
            (SUBJECT_TAG, tags.iter().map(place).collect())
        }
        HeaderRepair::Unwrapped(_) => {
            let fields: Vec<Span> = field("Content-Type").into_iter().collect();
            (WRAPPED_BY_LIST, fields)
        }
        _ => return Vec::new(),
    };
    spans
        .into_iter()
        .map(|span| text(name, span, span.of(&message.raw)))
        .collect()
}

fn text(repair: &str, span: Span, text: &[u8]) -> RemovedText {
    let text = String::from_utf8_lossy(text);
    RemovedText {
        repair: repair.to_owned(),
        span,
        text: text.chars().take(REMOVED_CHARS_SHOWN_MAX).collect(),
    }
}
