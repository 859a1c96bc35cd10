//! Message identifiers: `Message-ID`, `In-Reply-To`, `References` (RFC 5322, sections 3.6.4 and 4.5.4).

use mabillon_case::Span;
use memchr::memchr;

use super::limits::{FIELD_BYTES_MAX, IDENTIFIERS_MAX};
use super::warnings::Warnings;

/// The identifiers in a field value, without angle brackets, with their places.
///
/// Where nothing stands in angle brackets, words that hold an `@` count: some writers forget the brackets.
pub(super) fn identifiers(raw: &[u8], span: Span, warnings: &mut Warnings) -> Vec<(String, Span)> {
    let end = span.end.min(span.start.saturating_add(FIELD_BYTES_MAX));
    let mut found = bracketed(raw, Span::new(span.start, end));
    if found.is_empty() {
        found = bare(raw, Span::new(span.start, end));
    }
    if found.len() > IDENTIFIERS_MAX || end < span.end {
        warnings.add("identifier-limit", || {
            format!(
                "only the first {IDENTIFIERS_MAX} identifiers of the field at byte {} are read",
                span.start
            )
        });
        found.truncate(IDENTIFIERS_MAX);
    }
    found
}

/// The identifier of a message: the first in brackets, else the whole value without white space around it.
pub(super) fn message_id(raw: &[u8], span: Span) -> (String, Span) {
    let end = span.end.min(span.start.saturating_add(FIELD_BYTES_MAX));
    let span = Span::new(span.start, end);
    let value = span.of(raw);
    let open = memchr(b'<', value).map(|at| at + 1);
    let inner_start = open.unwrap_or_default();
    let inner = value.get(inner_start..).unwrap_or_default();
    let length = open
        .and_then(|_| memchr(b'>', inner))
        .unwrap_or(inner.len());
    let inner = trim(
        raw,
        Span::new(span.start + inner_start, span.start + inner_start + length),
    );
    (text(inner.of(raw)), inner)
}

fn bracketed(raw: &[u8], span: Span) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let mut at = span.start;
    while found.len() <= IDENTIFIERS_MAX {
        let rest = Span::new(at, span.end).of(raw);
        let Some(open) = memchr(b'<', rest) else {
            break;
        };
        let start = at + open + 1;
        let inner = Span::new(start, span.end).of(raw);
        let Some(length) = memchr(b'>', inner) else {
            break;
        };
        let id = trim(raw, Span::new(start, start + length));
        if !id.is_empty() {
            found.push((text(id.of(raw)), id));
        }
        at = start + length + 1;
    }
    found
}

fn bare(raw: &[u8], span: Span) -> Vec<(String, Span)> {
    let value = span.of(raw);
    let words = value.split(u8::is_ascii_whitespace);
    let mut at = span.start;
    let mut found = Vec::new();
    for word in words {
        let word_span = Span::new(at, at + word.len());
        at += word.len() + 1;
        if memchr(b'@', word).is_some() && found.len() <= IDENTIFIERS_MAX {
            found.push((text(word), word_span));
        }
    }
    found
}

/// The span without white space at its ends.
pub(super) fn trim(raw: &[u8], span: Span) -> Span {
    let bytes = span.of(raw);
    let start = span.start + (bytes.len() - bytes.trim_ascii_start().len());
    let end = span.end.min(span.start + bytes.trim_ascii_end().len());
    Span::new(
        start.min(end.max(span.start)),
        end.max(start.min(end.max(span.start))),
    )
}

/// An identifier as text, without the white space of folds.
fn text(bytes: &[u8]) -> String {
    let kept: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let span = Span::new(0, text.len());
        let found = identifiers(text.as_bytes(), span, &mut Warnings::default());
        found.into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn identifiers_in_their_shapes() {
        assert_eq!(
            read(" <a@x.example>\r\n <b@x.example>"),
            ["a@x.example", "b@x.example"]
        );
        assert_eq!(
            read("Your letter of Monday <a@x.example> (sic)"),
            ["a@x.example"]
        );
        assert_eq!(read("a@x.example b"), ["a@x.example"]);
        assert_eq!(read("<unclosed@x.example"), ["<unclosed@x.example"]);
        assert_eq!(read("<>"), Vec::<String>::new());
        assert_eq!(
            message_id(b" <a@x.example> (c)", Span::new(0, 18)),
            ("a@x.example".into(), Span::new(2, 13))
        );
        assert_eq!(
            message_id(b" bare ", Span::new(0, 6)),
            ("bare".into(), Span::new(1, 5))
        );
        assert_eq!(message_id(b"   ", Span::new(0, 3)).0, "");
    }
}
