//! Tells tags from text in HTML as mail carries it.
//!
//! Only the names of tags matter to a reader of words, so attributes are jumped over instead of being read; that makes
//! this several times faster than a whole tokenizer. It reads tags, comments and raw text as the WHATWG standard does
//! (sections 13.2.5.6 to 13.2.5.56), which a test holds against `html5gum`. Names of characters are `html5gum`'s.

use std::borrow::Cow;

use html5gum::{Token, Tokenizer};
use memchr::{memchr, memchr3, memmem};

/// What starts with `<`.
pub(super) enum Markup<'a> {
    /// A start tag, by its name in lower case.
    Start(Name),
    /// An end tag.
    End(Name),
    /// A `<` that starts nothing.
    Text(&'a str),
    /// A comment, a declaration, or an element whose content is not shown.
    NotShown,
}

/// Elements whose content is neither markup nor shown.
const NOT_SHOWN: [&[u8]; 7] = [
    b"script",
    b"style",
    b"title",
    b"noframes",
    b"iframe",
    b"noembed",
    b"xmp",
];

/// The longest name of an element that matters.
const NAME_BYTES_MAX: usize = 12;

/// The longest name of a character, in bytes, with its `&` and `;`.
const CHARACTER_NAME_BYTES_MAX: usize = 40;

/// The name of an element in lower case; one that is too long to matter is empty.
#[derive(Clone, Copy)]
pub(super) struct Name {
    bytes: [u8; NAME_BYTES_MAX],
    length: usize,
}

impl Name {
    fn of(written: &[u8]) -> Self {
        let mut bytes = [0; NAME_BYTES_MAX];
        let mut length = 0;
        if let Some(room) = bytes.get_mut(..written.len()) {
            room.copy_from_slice(written);
            room.make_ascii_lowercase();
            length = written.len();
        }
        Self { bytes, length }
    }

    /// The name as bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Reads what starts at the `<` at the start of `page`, and its length; nothing of an empty page.
pub(super) fn markup(page: &str) -> (Markup<'_>, usize) {
    let bytes = page.as_bytes();
    match bytes {
        [b'<', b'a'..=b'z' | b'A'..=b'Z', ..] => start_tag(bytes),
        [b'<', b'/', b'a'..=b'z' | b'A'..=b'Z', ..] => {
            let name = name_at(bytes, 2);
            (
                Markup::End(Name::of(name)),
                tag_length(bytes, 2 + name.len()),
            )
        }
        [b'<', b'!', b'-', b'-', inner @ ..] => (Markup::NotShown, 4 + comment_length(inner)),
        [b'<', b'!' | b'?' | b'/', ..] => {
            let end = memchr(b'>', bytes).map_or(bytes.len(), |at| at + 1);
            (Markup::NotShown, end)
        }
        [] => (Markup::NotShown, 0),
        _ => (Markup::Text(page.get(..1).unwrap_or_default()), 1),
    }
}

fn start_tag(bytes: &[u8]) -> (Markup<'static>, usize) {
    let written = name_at(bytes, 1);
    let name = Name::of(written);
    let length = tag_length(bytes, 1 + written.len());
    if !NOT_SHOWN.contains(&name.as_bytes()) {
        return (Markup::Start(name), length);
    }
    let content = bytes.get(length..).unwrap_or_default();
    let n_hidden = raw_text_length(content, name.as_bytes());
    (Markup::NotShown, length + n_hidden)
}

fn name_at(bytes: &[u8], start: usize) -> &[u8] {
    let rest = bytes.get(start..).unwrap_or_default();
    let ends = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/' | b'>');
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    rest.get(..length).unwrap_or_default()
}

/// Length of a tag up to and with its `>`, which may also stand in the quoted value of an attribute.
fn tag_length(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(found) = memchr3(b'>', b'"', b'\'', rest) else {
            return bytes.len();
        };
        let before = rest.get(..found).unwrap_or_default().trim_ascii_end();
        at += found + 1;
        match rest.get(found) {
            Some(b'>') | None => return at,
            // A quote counts only where a value starts; elsewhere it is a character of a name.
            Some(quote) if before.last() == Some(&b'=') => {
                let value = bytes.get(at..).unwrap_or_default();
                at = memchr(*quote, value).map_or(bytes.len(), |end| at + end + 1);
            }
            Some(_) => {}
        }
    }
}

/// Length of a comment after its `<!--`; one that is not closed goes on to the end.
fn comment_length(inner: &[u8]) -> usize {
    match inner {
        [b'>', ..] => return 1,
        [b'-', b'>', ..] => return 2,
        _ => {}
    }
    let end = memmem::find(inner, b"-->").map(|at| at + 3);
    // `--!>` closes too.
    let head = inner.get(..end.unwrap_or(inner.len())).unwrap_or_default();
    let odd_end = memmem::find(head, b"--!>").map(|at| at + 4);
    odd_end.or(end).unwrap_or(inner.len())
}

/// Length of the content of an element that holds no markup, with its end tag.
fn raw_text_length(content: &[u8], name: &[u8]) -> usize {
    for at in memmem::find_iter(content, b"</") {
        let written = name_at(content, at + 2);
        if written.eq_ignore_ascii_case(name) {
            let rest = content.get(at..).unwrap_or_default();
            return at + tag_length(rest, 2 + written.len());
        }
    }
    content.len()
}

/// Text with the names and numbers of characters (`&eacute;`, `&#233;`) replaced by the characters.
pub(super) fn without_entities(text: &str) -> Cow<'_, str> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        let (before, from_name) = rest.split_at_checked(at).unwrap_or_default();
        out.push_str(before);
        let length = entity_length(from_name.as_bytes());
        let (name, after) = from_name.split_at_checked(length).unwrap_or_default();
        match name {
            "&nbsp;" => out.push('\u{a0}'),
            "&amp;" | "&" => out.push('&'),
            "&lt;" => out.push('<'),
            "&gt;" => out.push('>'),
            "&quot;" => out.push('"'),
            _ => push_entity(name, &mut out),
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity_length(bytes: &[u8]) -> usize {
    let inner = bytes.iter().skip(1).take(CHARACTER_NAME_BYTES_MAX);
    let n_letters = inner
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'#')
        .count();
    1 + n_letters + usize::from(bytes.get(1 + n_letters) == Some(&b';'))
}

/// Numbers beyond the range that windows-1252 confuses are read here, the rest by the whole tokenizer.
fn push_entity(name: &str, out: &mut String) {
    let number = name.strip_prefix("&#").and_then(|n| n.strip_suffix(';'));
    let plain = number
        .and_then(|number| number.parse().ok())
        .filter(|number| *number >= 0xa0)
        .and_then(char::from_u32);
    if let Some(plain) = plain {
        return out.push(plain);
    }
    for token in Tokenizer::new(name) {
        if let Ok(Token::String(value)) = token {
            out.push_str(&String::from_utf8_lossy(&value.value));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
    use proptest::prelude::*;

    use super::*;

    /// Tags and text by our reading.
    fn ours(page: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mut rest = page;
        while !rest.is_empty() {
            let at = rest.find('<').unwrap_or(rest.len());
            push_text(&mut out, &without_entities(&rest[..at]));
            let (markup, length) = markup(&rest[at..]);
            match markup {
                Markup::Start(name) => {
                    out.push(format!("<{}>", String::from_utf8_lossy(name.as_bytes())));
                }
                Markup::End(name) => {
                    out.push(format!("</{}>", String::from_utf8_lossy(name.as_bytes())));
                }
                Markup::Text(text) => push_text(&mut out, text),
                Markup::NotShown => {}
            }
            rest = &rest[at + length..];
        }
        out
    }

    fn push_text(out: &mut Vec<String>, text: &str) {
        match out.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if !last.starts_with('<') || last == "<" => last.push_str(text),
            _ => out.push(text.to_owned()),
        }
    }

    /// The same by the whole tokenizer.
    fn theirs(page: &str) -> Vec<String> {
        let mut out = Vec::new();
        let mut hidden: Option<String> = None;
        let mut emitter = CallbackEmitter::new(
            |event: CallbackEvent<'_>, _: html5gum::Span<()>| -> Option<Infallible> {
                match event {
                    CallbackEvent::OpenStartTag { name } if hidden.is_none() => {
                        let text = String::from_utf8_lossy(name).into_owned();
                        if NOT_SHOWN.contains(&name) {
                            hidden = Some(text);
                        } else {
                            out.push(format!("<{text}>"));
                        }
                    }
                    CallbackEvent::EndTag { name } => {
                        let text = String::from_utf8_lossy(name).into_owned();
                        if hidden.take_if(|hidden| *hidden == text).is_none() && hidden.is_none() {
                            out.push(format!("</{text}>"));
                        }
                    }
                    CallbackEvent::String { value } if hidden.is_none() => {
                        push_text(&mut out, &String::from_utf8_lossy(value));
                    }
                    _ => {}
                }
                None
            },
        );
        emitter.naively_switch_states(true);
        let Ok(()) = Tokenizer::new_with_emitter(page, emitter).finish();
        out
    }

    proptest! {
        #[test]
        fn tags_and_text_are_those_of_the_whole_tokenizer(page in "(<p>|</p>|<BR/>|<a b=\"x>y\" c='>'>|<a b=c\"d>|<td nowrap>|</div x>|<!--c-->|<!-- > -- -->|<!-->|<!DOCTYPE x>|<\\?xml\\?>|</ x>|<style>a>b</style>|<script>if(a<b)</script>|<title>&amp;</title>| < |&eacute;|&eacute|&nbsp;|&#233;|&#128;|&#x41;|&#0;|&unknown;|&|x y|é|\n|1<2|a&b){0,12}") {
            prop_assert_eq!(ours(&page), theirs(&page));
        }

        #[test]
        fn nothing_panics(page in "[<>/!\\-a\"'= &;#é]{0,60}") {
            ours(&page);
        }
    }
}
