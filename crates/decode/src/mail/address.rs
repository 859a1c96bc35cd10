//! Address lists (RFC 5322, sections 3.4 and 4.4), read leniently and with places.

use mabillon_case::{Address, Span};
use memchr::memchr;

use super::encoded_word;
use super::identifiers::trim;
use super::limits::{ADDRESSES_MAX, FIELD_BYTES_MAX};
use super::parameters::comment_length;
use super::warnings::Warnings;

/// What an address list is made of.
#[derive(Clone, Copy)]
enum Token {
    Word(Span),
    Quoted(Span),
    Comment(Span),
    Angle(Span),
    Separator,
    GroupStart,
}

/// The tokens of the address being read.
#[derive(Default)]
struct Pending {
    words: Vec<(Span, bool)>,
    comment: Option<Span>,
    angle: Option<Span>,
    whole: Option<Span>,
}

/// Reads the addresses of a field value; names of groups are not kept, their members are.
pub(super) fn addresses(raw: &[u8], span: Span, warnings: &mut Warnings) -> Vec<Address> {
    let end = span.end.min(span.start.saturating_add(FIELD_BYTES_MAX));
    let mut scanner = Scanner {
        raw,
        at: span.start,
        end,
        no_more_quotes: false,
        no_more_angles: false,
    };
    let mut found = Vec::new();
    let mut pending = Pending::default();
    let mut is_cut = end < span.end;
    while let Some((token, token_span)) = scanner.token() {
        if matches!(token, Token::Separator) {
            found.extend(std::mem::take(&mut pending).address(raw, warnings));
            if found.len() >= ADDRESSES_MAX {
                is_cut |= !scanner.rest().trim_ascii().is_empty();
                break;
            }
        } else {
            pending.add(token, token_span);
        }
    }
    if found.len() < ADDRESSES_MAX {
        found.extend(pending.address(raw, warnings));
    }
    if is_cut {
        warnings.add("address-limit", || {
            format!(
                "only {} addresses of the field at byte {} are read",
                found.len(),
                span.start
            )
        });
    }
    found
}

struct Scanner<'a> {
    raw: &'a [u8],
    at: usize,
    end: usize,
    /// Nothing closes a quote from here on: quotes are ordinary characters. Keeps a flood of them linear.
    no_more_quotes: bool,
    no_more_angles: bool,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a [u8] {
        self.raw.get(self.at..self.end).unwrap_or_default()
    }

    fn token(&mut self) -> Option<(Token, Span)> {
        loop {
            let start = self.at;
            let (token, length) = match self.rest().first()? {
                b' ' | b'\t' | b'\r' | b'\n' | 0 => {
                    self.at += 1;
                    continue;
                }
                b',' | b';' => (Token::Separator, 1),
                b':' => (Token::GroupStart, 1),
                b'(' => {
                    let length = comment_length(self.rest());
                    let inner_end = start + length.saturating_sub(1).max(1);
                    (Token::Comment(Span::new(start + 1, inner_end)), length)
                }
                b'<' if !self.no_more_angles => match self.angle() {
                    Some(token) => token,
                    None => continue,
                },
                b'"' if !self.no_more_quotes => match self.quoted() {
                    Some(token) => token,
                    None => continue,
                },
                _ => {
                    let length = self.word();
                    (Token::Word(Span::new(start, start + length)), length)
                }
            };
            self.at += length;
            return Some((token, Span::new(start, start + length)));
        }
    }

    fn quoted(&mut self) -> Option<(Token, usize)> {
        let body = self.rest().get(1..)?;
        let Some(length) = quoted_length(body) else {
            self.no_more_quotes = true;
            self.at += 1;
            return None;
        };
        // `"john doe"@example.org` is one word, quotes included.
        let after = self.rest().get(length + 2..).unwrap_or_default();
        if after.first() == Some(&b'@') {
            let domain = word_length(after);
            let total = length + 2 + domain;
            return Some((Token::Word(Span::new(self.at, self.at + total)), total));
        }
        let inner = Span::new(self.at + 1, self.at + 1 + length);
        Some((Token::Quoted(inner), length + 2))
    }

    fn angle(&mut self) -> Option<(Token, usize)> {
        let body = self.rest().get(1..)?;
        let mut length = memchr(b'>', body);
        // A `>` inside a quoted local part does not close.
        if body.first() == Some(&b'"')
            && let Some(quoted) = quoted_length(body.get(1..).unwrap_or_default())
        {
            let after = body.get(quoted + 2..).unwrap_or_default();
            length = memchr(b'>', after).map(|at| at + quoted + 2);
        }
        let Some(length) = length else {
            self.no_more_angles = true;
            self.at += 1;
            return None;
        };
        let inner = Span::new(self.at + 1, self.at + 1 + length);
        Some((Token::Angle(inner), length + 2))
    }

    fn word(&self) -> usize {
        let rest = self.rest();
        encoded_word::length(rest).unwrap_or_else(|| word_length(rest).max(1))
    }
}

/// Length of a run without separators; a domain literal in square brackets may hold colons.
fn word_length(bytes: &[u8]) -> usize {
    let mut in_literal = false;
    let ends = |&b: &u8| {
        match b {
            b'[' => in_literal = true,
            b']' => in_literal = false,
            _ => {}
        }
        match b {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b'<' | b'>' | b'(' | b'"' => true,
            b':' => !in_literal,
            _ => false,
        }
    };
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

/// Length of what stands before the closing quote.
fn quoted_length(body: &[u8]) -> Option<usize> {
    let mut escaped = false;
    body.iter().position(|&byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

impl Pending {
    fn add(&mut self, token: Token, span: Span) {
        let start = self.whole.map_or(span.start, |whole| whole.start);
        self.whole = Some(Span::new(start, span.end));
        match token {
            Token::Word(span) => self.words.push((span, false)),
            Token::Quoted(span) => self.words.push((span, true)),
            Token::Comment(span) => self.comment = self.comment.or(Some(span)),
            Token::Angle(span) => self.angle = self.angle.or(Some(span)),
            // What stood before is the name of a group.
            Token::GroupStart => *self = Self::default(),
            Token::Separator => {}
        }
    }

    fn address(self, raw: &[u8], warnings: &mut Warnings) -> Option<Address> {
        let span = self.whole?;
        let mut name_words = self.words;
        let address = match self.angle {
            Some(angle) => angle_address(trim(raw, angle).of(raw)),
            None => bare_address(raw, &mut name_words),
        };
        let mut name = name_of(raw, &name_words, warnings);
        if let (true, Some(comment)) = (name.is_empty(), self.comment) {
            name = unescape(&encoded_word::decode(comment.of(raw), warnings));
        }
        if name.is_empty() && address.is_empty() {
            return None;
        }
        Some(Address {
            name,
            address: lower_domain(&address),
            span,
        })
    }
}

/// The addr-spec in angle brackets, without the route of RFC 822 (`@a,@b:user@host`) and without white space.
fn angle_address(inner: &[u8]) -> String {
    let without_route = match inner {
        [b'@', ..] => {
            memchr(b':', inner).map_or(inner, |at| inner.get(at + 1..).unwrap_or_default())
        }
        _ => inner,
    };
    let is_quoted = without_route.first() == Some(&b'"');
    let kept = without_route.iter().copied().filter(|b| {
        if is_quoted {
            !matches!(b, b'\r' | b'\n')
        } else {
            !b.is_ascii_whitespace()
        }
    });
    let kept: Vec<u8> = kept.collect();
    let text = String::from_utf8_lossy(&kept).into_owned();
    match text.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => {
            text.get(7..).unwrap_or_default().to_owned()
        }
        _ => text,
    }
}

/// The address among words without angle brackets; it is taken out of `words`, which then hold the name.
fn bare_address(raw: &[u8], words: &mut Vec<(Span, bool)>) -> String {
    let has_at = |(span, _): &(Span, bool)| memchr(b'@', span.of(raw)).is_some();
    let lossy = |span: Span| String::from_utf8_lossy(span.of(raw)).into_owned();
    let Some(at) = words.iter().position(has_at) else {
        // A local name alone (`root`), else words that are only a name.
        return match words.as_slice() {
            [(word, false)] if encoded_word::length(word.of(raw)).is_none() => {
                let word = *word;
                words.clear();
                lossy(word)
            }
            _ => String::new(),
        };
    };
    // `john . doe @ example . org`: neighbours belong to the address where an `@` or a dot reaches over the gap.
    let ends_open = |span: Span| matches!(span.of(raw).last(), Some(b'@' | b'.'));
    let starts_open = |span: Span| matches!(span.of(raw).first(), Some(b'@' | b'.'));
    let joined = |pair: &[(Span, bool)]| match pair {
        [(left, _), (right, _)] => ends_open(*left) || starts_open(*right),
        _ => false,
    };
    let (mut first, mut last) = (at, at);
    while first > 0 && words.get(first - 1..=first).is_some_and(joined) {
        first -= 1;
    }
    while words.get(last..last + 2).is_some_and(joined) {
        last += 1;
    }
    words
        .drain(first..=last)
        .map(|(span, _)| lossy(span))
        .collect()
}

fn name_of(raw: &[u8], words: &[(Span, bool)], warnings: &mut Warnings) -> String {
    let mut name = Vec::new();
    for (span, is_quoted) in words {
        if !name.is_empty() {
            name.push(b' ');
        }
        let bytes = span.of(raw);
        if *is_quoted {
            name.extend_from_slice(unescape(&String::from_utf8_lossy(bytes)).as_bytes());
        } else {
            name.extend_from_slice(bytes);
        }
    }
    encoded_word::decode(&name, warnings)
}

/// Takes away the backslashes of quoted pairs.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    out
}

fn lower_domain(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<(String, String)> {
        let span = Span::new(0, text.len());
        let found = addresses(text, span, &mut Warnings::default());
        for address in &found {
            assert!(address.span.end <= text.len());
        }
        found.into_iter().map(|a| (a.name, a.address)).collect()
    }

    /// A field value, and the names and addresses in it.
    type List<'a> = (&'a str, &'a [(&'a str, &'a str)]);

    const LISTS: [List<'_>; 21] = [
        ("ada@x.example", &[("", "ada@x.example")]),
        ("Ada Lang <ada@X.Example>", &[("Ada Lang", "ada@x.example")]),
        (
            "\"Lang, Ada\" <ada@x.example>, bo@x.example",
            &[("Lang, Ada", "ada@x.example"), ("", "bo@x.example")],
        ),
        ("ada@x.example (Ada Lang)", &[("Ada Lang", "ada@x.example")]),
        (
            "=?utf-8?q?Lang,_Ad=C3=A9?= <ada@x.example>",
            &[("Lang, Ad\u{e9}", "ada@x.example")],
        ),
        (
            "\"=?utf-8?q?Ad=C3=A9?=\" <ada@x.example>",
            &[("Ad\u{e9}", "ada@x.example")],
        ),
        (
            "Friends: ada@x.example, Bo <bo@x.example>;",
            &[("", "ada@x.example"), ("Bo", "bo@x.example")],
        ),
        ("undisclosed-recipients:;", &[]),
        (
            "Ada <@a.example,@b.example:ada@x.example>",
            &[("Ada", "ada@x.example")],
        ),
        ("\"ada lang\"@x.example", &[("", "\"ada lang\"@x.example")]),
        ("<\"a>b\"@x.example>", &[("", "\"a>b\"@x.example")]),
        ("ada . lang @ x . example", &[("", "ada.lang@x.example")]),
        ("Ada Lang ada@x.example", &[("Ada Lang", "ada@x.example")]),
        ("root", &[("", "root")]),
        (
            "Ada \"the\\\" first\" Lang <ada@x.example>",
            &[("Ada the\" first Lang", "ada@x.example")],
        ),
        ("\"Ada <ada@x.example>", &[("Ada", "ada@x.example")]),
        ("Ada <ada@x.example", &[("Ada", "ada@x.example")]),
        ("ada@[IPv6:2001:db8::1]", &[("", "ada@[ipv6:2001:db8::1]")]),
        ("<>", &[]),
        (", ,", &[]),
        (
            "Ada <ada@x.example>; Bo <bo@x.example>",
            &[("Ada", "ada@x.example"), ("Bo", "bo@x.example")],
        ),
    ];

    #[test]
    fn addresses_as_people_and_programs_write_them() {
        for (text, expected) in LISTS {
            let read = read(text.as_bytes());
            let found: Vec<_> = read.iter().map(|(n, a)| (&**n, &**a)).collect();
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(
            read(b"Ad\xe9 <ada@x.example>"),
            [("Ad\u{e9}".to_owned(), "ada@x.example".to_owned())]
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text: Vec<u8>) {
            read(&text);
        }

        #[test]
        fn nothing_panics_on_special_characters(text in "[a<>@,;:\"\\\\() \\[\\]=?.]{0,80}") {
            read(text.as_bytes());
        }
    }
}
