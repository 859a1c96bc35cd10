//! Fields of the shape `value; name=value; ...` (RFC 2045, section 5.1; RFC 2183), with RFC 2231 continuations.

use std::borrow::Cow;

use mabillon_case::Span;

use super::charset;
use super::encoded_word;
use super::limits::{FIELD_BYTES_MAX, PARAMETERS_MAX};
use super::transfer::hex_digit;
use super::warnings::Warnings;

/// A field value with its parameters.
#[derive(Debug, Default)]
pub(super) struct Structured {
    /// What stands before the first semicolon, lower case, without white space and comments.
    pub(super) value: String,
    /// The parameters, in order of first appearance, continuations joined.
    pub(super) parameters: Vec<Parameter>,
}

/// One parameter, decoded.
#[derive(Debug)]
pub(super) struct Parameter {
    /// Lower case.
    pub(super) name: String,
    pub(super) value: String,
    /// Where the value stands, without quotes; of a continued parameter its first piece.
    pub(super) span: Span,
    /// Whether it was written in the extended form of RFC 2231, which goes before the plain one.
    extended: bool,
}

/// One `name=value` as it is written.
struct Piece {
    base: String,
    section: Option<u32>,
    extended: bool,
    value: Vec<u8>,
    span: Span,
}

impl Structured {
    /// The parameter of this name (lower case); the extended form goes first.
    pub(super) fn parameter(&self, name: &str) -> Option<&Parameter> {
        let mut named = self.parameters.iter().filter(|p| p.name == name);
        let first = named.clone().next();
        named.find(|p| p.extended).or(first)
    }

    /// Names and values alone.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let pair = |p: &Parameter| (p.name.clone(), p.value.clone());
        self.parameters.iter().map(pair).collect()
    }
}

/// Reads the value that stands at `span`.
pub(super) fn structured(raw: &[u8], span: Span, warnings: &mut Warnings) -> Structured {
    let end = span.end.min(span.start.saturating_add(FIELD_BYTES_MAX));
    let mut scanner = Scanner {
        raw,
        at: span.start,
        end,
    };
    let value = scanner.first_value();
    let mut pieces = Vec::new();
    while let Some(piece) = scanner.piece() {
        if pieces.len() >= PARAMETERS_MAX {
            warnings.add("parameter-limit", || {
                format!(
                    "only the first {PARAMETERS_MAX} parameters of the field at byte {} are read",
                    span.start
                )
            });
            break;
        }
        pieces.push(piece);
    }
    Structured {
        value,
        parameters: join(pieces, warnings),
    }
}

struct Scanner<'a> {
    raw: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a [u8] {
        self.raw.get(self.at..self.end).unwrap_or_default()
    }

    /// Skips white space, semicolons and comments.
    fn skip_between(&mut self) {
        while let Some(&byte) = self.rest().first() {
            match byte {
                b'(' => self.at += comment_length(self.rest()),
                b';' | b' ' | b'\t' | b'\r' | b'\n' | 0 => self.at += 1,
                _ => break,
            }
        }
    }

    fn first_value(&mut self) -> String {
        while matches!(
            self.rest().first(),
            Some(b' ' | b'\t' | b'\r' | b'\n' | b'"')
        ) {
            self.at += 1;
        }
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|&b| matches!(b, b';' | b'('))
            .unwrap_or(rest.len());
        let written = rest.get(..length).unwrap_or_default();
        // `text/plain charset=utf-8`: a forgotten semicolon. White space around the slash is tolerated.
        let forgotten = written.iter().position(|&b| b == b'=').and_then(|equals| {
            let before = written.get(..equals)?.trim_ascii_end();
            before.iter().rposition(u8::is_ascii_whitespace)
        });
        let length = forgotten.unwrap_or(length);
        self.at += length;
        let value = rest.get(..length).unwrap_or_default();
        let letters = value.iter().filter(|b| b.is_ascii_graphic() && **b != b'"');
        letters
            .map(|b| char::from(b.to_ascii_lowercase()))
            .collect()
    }

    fn piece(&mut self) -> Option<Piece> {
        loop {
            self.skip_between();
            let rest = self.rest();
            let name_length = rest
                .iter()
                .position(|&b| matches!(b, b'=' | b';' | b' ' | b'\t' | b'\r' | b'\n' | b'('))
                .unwrap_or(rest.len());
            let name = rest.get(..name_length)?;
            if rest.is_empty() {
                return None;
            }
            self.at += name_length;
            while matches!(self.rest().first(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
            // A word without a value is no parameter: go on behind it.
            if self.rest().first() != Some(&b'=') {
                self.at += usize::from(name_length == 0 && !self.rest().is_empty());
                continue;
            }
            self.at += 1;
            while matches!(self.rest().first(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            return Some(self.value_of(&name));
        }
    }

    fn value_of(&mut self, name: &str) -> Piece {
        let (base, section, extended) = split_name(name);
        let (value, span) = match self.rest().first() {
            Some(b'"') => self.quoted(),
            _ => self.unquoted(matches!(base, "filename" | "name") && !extended),
        };
        Piece {
            base: base.to_owned(),
            section,
            extended,
            value: value.into_owned(),
            span,
        }
    }

    /// A quoted string; without closing quote it ends at the first semicolon or line end, as readers take it.
    fn quoted(&mut self) -> (Cow<'a, [u8]>, Span) {
        let start = self.at + 1;
        let body = self.raw.get(start..self.end).unwrap_or_default();
        let mut out = Vec::new();
        let mut escaped = false;
        for (index, &byte) in body.iter().enumerate() {
            match byte {
                _ if escaped => {
                    out.push(byte);
                    escaped = false;
                }
                b'\\' => escaped = true,
                b'"' => {
                    self.at = start + index + 1;
                    return (Cow::Owned(out), Span::new(start, start + index));
                }
                b'\r' | b'\n' => {}
                _ => out.push(byte),
            }
        }
        let stop = body.iter().position(|&b| matches!(b, b';' | b'\r' | b'\n'));
        let length = stop.unwrap_or(body.len());
        let value = body.get(..length).unwrap_or_default().trim_ascii_end();
        self.at = start + length;
        (Cow::Borrowed(value), Span::new(start, start + value.len()))
    }

    /// A token. File names without quotes go on over spaces up to the next semicolon.
    fn unquoted(&mut self, over_spaces: bool) -> (Cow<'a, [u8]>, Span) {
        let rest = self.rest();
        let ends = |&b: &u8| match b {
            b';' | b'\r' | b'\n' => true,
            b' ' | b'\t' => !over_spaces,
            _ => false,
        };
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let value = rest.get(..length).unwrap_or_default().trim_ascii_end();
        let span = Span::new(self.at, self.at + value.len());
        self.at += length;
        (Cow::Borrowed(value), span)
    }
}

/// Length of a comment with those nested in it; of one that is not closed, the whole rest.
pub(super) fn comment_length(bytes: &[u8]) -> usize {
    let mut depth = 0_u32;
    let mut escaped = false;
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth = depth.saturating_add(1),
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

/// `filename*1*` is section 1, extended, of `filename` (RFC 2231, section 4.1).
fn split_name(name: &str) -> (&str, Option<u32>, bool) {
    let (name, extended) = match name.strip_suffix('*') {
        Some(name) => (name, true),
        None => (name, false),
    };
    match name.rsplit_once('*') {
        Some((base, number)) => match number.parse() {
            Ok(section) => (base, Some(section), extended),
            Err(_) => (name, None, extended),
        },
        None => (name, None, extended),
    }
}

/// Joins continuations and decodes the values.
fn join(pieces: Vec<Piece>, warnings: &mut Warnings) -> Vec<Parameter> {
    let mut joined: Vec<(Piece, Vec<Piece>)> = Vec::new();
    for piece in pieces {
        if piece.section.is_none() {
            joined.push((piece, Vec::new()));
            continue;
        }
        let known = joined
            .iter_mut()
            .find(|(first, _)| first.section.is_some() && first.base == piece.base);
        match known {
            Some((_, more)) => more.push(piece),
            None => joined.push((piece, Vec::new())),
        }
    }
    let decode = |(first, more)| decode_pieces(first, more, warnings);
    joined.into_iter().map(decode).collect()
}

fn decode_pieces(first: Piece, more: Vec<Piece>, warnings: &mut Warnings) -> Parameter {
    let (base, span) = (first.base.clone(), first.span);
    let is_continued = first.section.is_some();
    let mut pieces = vec![first];
    pieces.extend(more);
    pieces.sort_by_key(|piece| piece.section);
    let extended = pieces.iter().any(|piece| piece.extended) || is_continued;
    let mut label: Option<String> = None;
    let mut bytes = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let mut value = &*piece.value;
        if index == 0 && piece.extended {
            let mut parts = value.splitn(3, |&b| b == b'\'');
            if let (Some(charset), Some(_), Some(text)) = (parts.next(), parts.next(), parts.next())
            {
                label = Some(String::from_utf8_lossy(charset).into_owned());
                value = text;
            }
        }
        if piece.extended {
            percent_decode(value, &mut bytes);
        } else {
            bytes.extend_from_slice(value);
        }
    }
    let value = match label {
        Some(label) => charset::decode(&bytes, Some(&label), warnings).into_owned(),
        None => encoded_word::decode(&bytes, warnings),
    };
    Parameter {
        name: base,
        value,
        span,
        extended,
    }
}

fn percent_decode(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if let (b'%', [high, low, after @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Structured {
        let span = Span::new(0, text.len());
        structured(text.as_bytes(), span, &mut Warnings::default())
    }

    /// Field, its value, the name of a parameter and its value.
    const FIELDS: [(&str, &str, &str, &str); 12] = [
        (
            "text/plain; charset=utf-8",
            "text/plain",
            "charset",
            "utf-8",
        ),
        (
            " Text / HTML ;Charset=\"utf-8\"",
            "text/html",
            "charset",
            "utf-8",
        ),
        ("text/plain charset=utf-8", "text/plain", "charset", "utf-8"),
        (
            "multipart/mixed; boundary=\"a\\\"b\"",
            "multipart/mixed",
            "boundary",
            "a\"b",
        ),
        (
            "multipart/mixed (x; y=z); boundary==_b_=",
            "multipart/mixed",
            "boundary",
            "=_b_=",
        ),
        (
            "attachment; filename=My File.pdf; size=1",
            "attachment",
            "filename",
            "My File.pdf",
        ),
        (
            "attachment; filename=\"open; size=1",
            "attachment",
            "filename",
            "open",
        ),
        (
            "attachment; filename==?utf-8?q?=C3=A9.txt?=",
            "attachment",
            "filename",
            "\u{e9}.txt",
        ),
        (
            "attachment; filename=x; filename*=utf-8''%C3%A9.txt",
            "attachment",
            "filename",
            "\u{e9}.txt",
        ),
        (
            "attachment; filename*0*=iso-8859-1'fr'%E9t;\r\n filename*1=\"e.txt\"",
            "attachment",
            "filename",
            "\u{e9}te.txt",
        ),
        (
            "attachment; filename*1=\"b\"; filename*0=\"a\"",
            "attachment",
            "filename",
            "ab",
        ),
        ("a/b; ; x; =; y = z", "a/b", "y", "z"),
    ];

    #[test]
    fn parameters_as_writers_write_them() {
        for (text, value, name, expected) in FIELDS {
            let read = read(text);
            let found = read.parameter(name).map(|p| &*p.value);
            assert_eq!((&*read.value, found), (value, Some(expected)), "{text}");
        }
    }

    #[test]
    fn the_span_of_a_value_is_without_quotes() {
        let text = "multipart/mixed; boundary=\"=_x\"";
        let span = read(text).parameter("boundary").unwrap().span;
        assert_eq!(span.of(text.as_bytes()), b"=_x");
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text: Vec<u8>) {
            structured(&text, Span::new(0, text.len()), &mut Warnings::default());
        }
    }
}
