//! Signed fields that an exporter dropped and whose value the rest of the message determines.

use std::borrow::Cow;
use std::collections::BTreeSet;

use mabillon_case::{HeaderField, Message};
use memchr::memmem;

use crate::signature::canonical_header::Field;
use crate::signature::salvage::TRANSFER_ENCODINGS;
use crate::signature::tags::{is_white, tag_list};

/// A field as it may have stood, without its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Restored {
    /// The name, lower case.
    pub(crate) name: Cow<'static, str>,
    /// Name, colon and value.
    pub(crate) line: Vec<u8>,
}

/// Links of a message that may be the one by which to leave a list: the last ones, where such links stand.
const LINKS_MAX: usize = 8;
/// Copies of fields in one signature that are read.
const COPIES_MAX: usize = 50;

impl Restored {
    fn new(name: &'static str, written: &str, value: &str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            line: format!("{written}: {value}").into_bytes(),
        }
    }

    /// The field, where it is this one and not there.
    pub(super) fn undo(&self, field: &Field<'_>) -> Option<Vec<u8>> {
        let is_dropped = field.bytes.is_empty() && field.name == self.name.as_bytes();
        is_dropped.then(|| self.line.clone())
    }
}

/// What the signed fields without bytes may have been: those that have few possible values, the link by which to leave a
/// list (RFC 2369, section 3.2) from the links of the text, and copies that the signature itself carries (`z=`, RFC 6376,
/// section 3.5). `fields` are the signed ones, the signature last.
pub(super) fn restored(message: &Message, fields: &[Field<'_>]) -> Vec<Restored> {
    let lacks = |name: &str| {
        fields
            .iter()
            .any(|field| field.bytes.is_empty() && field.name == name.as_bytes())
    };
    let mut found = Vec::new();
    if lacks("mime-version") {
        found.extend(
            ["MIME-Version", "Mime-Version"]
                .map(|written| Restored::new("mime-version", written, "1.0")),
        );
    }
    if lacks("content-transfer-encoding") {
        found.extend(TRANSFER_ENCODINGS.map(|word| {
            Restored::new(
                "content-transfer-encoding",
                "Content-Transfer-Encoding",
                word,
            )
        }));
    }
    if lacks("list-unsubscribe-post") {
        // RFC 8058, section 3.1: the only value.
        let (name, value) = ("list-unsubscribe-post", "List-Unsubscribe=One-Click");
        found.push(Restored::new(name, "List-Unsubscribe-Post", value));
    }
    if lacks("list-unsubscribe") {
        let links = last_links(message).into_iter().map(|link| {
            Restored::new("list-unsubscribe", "List-Unsubscribe", &format!("<{link}>"))
        });
        found.extend(links);
    }
    let copies = fields.last().map(copies).unwrap_or_default();
    found.extend(copies.into_iter().filter(|copy| lacks(&copy.name)));
    found
}

/// The last links of the HTML and of the text, each once, the last first.
fn last_links(message: &Message) -> Vec<String> {
    let of_page = message.page.links.iter().rev();
    let texts = [
        Some(&message.text.own),
        message.text.html_alternative.as_ref(),
    ];
    let of_text = texts.into_iter().flatten().flat_map(|text| {
        let words = text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'));
        words
            .rev()
            .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
    });
    let all = of_page.map(|link| link.leads_to.as_str()).take(LINKS_MAX);
    let mut seen = BTreeSet::new();
    all.chain(of_text.take(LINKS_MAX))
        .filter(|link| !link.is_empty() && seen.insert(*link))
        .take(LINKS_MAX)
        .map(str::to_owned)
        .collect()
}

/// The copies of fields that a signature carries in `z=`.
fn copies(signature: &Field<'_>) -> Vec<Restored> {
    let start = crate::signature::canonical_header::value_start(&signature.bytes);
    let list = tag_list(signature.bytes.get(start..).unwrap_or_default());
    let copies = list.get("z").unwrap_or_default();
    let copies = copies.split(|&byte| byte == b'|').take(COPIES_MAX);
    copies
        .filter_map(|copy| {
            let line = plain(copy);
            let name_end = memmem::find(&line, b":")?;
            let name = String::from_utf8(line.get(..name_end)?.to_ascii_lowercase()).ok()?;
            let name = Cow::Owned(name.trim().to_owned());
            Some(Restored { name, line })
        })
        .collect()
}

/// Text in the quoted-printable of DKIM (RFC 6376, section 2.11): white space does not count.
fn plain(copy: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(copy.len());
    let mut rest = copy;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if is_white(byte) {
            continue;
        }
        let pair = after.get(..2).filter(|_| byte == b'=');
        let code = pair
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                out.push(code);
                rest = after.get(2..).unwrap_or_default();
            }
            None => out.push(byte),
        }
    }
    out
}

/// Parts of the outermost multipart that may be the message itself, with their own `Content-` fields: a list that puts
/// a multipart around a message moves these into the part (Mailman, `Decorate`).
pub(super) fn in_place_of_wrapper(message: &Message) -> Vec<Vec<Restored>> {
    const PARTS_MAX: usize = 2;
    const MOVED: [&str; 2] = ["content-type", "content-transfer-encoding"];
    let is_wrapped = message
        .parts
        .first()
        .is_some_and(mabillon_case::Part::is_multipart);
    let children = message
        .parts
        .iter()
        .filter(|part| is_wrapped && part.parent == Some(0));
    let moved_of = |fields: &[HeaderField]| -> Vec<Restored> {
        let moved = MOVED.into_iter().map(|name| {
            let field = fields.iter().find(|field| {
                field
                    .name
                    .of(&message.raw)
                    .eq_ignore_ascii_case(name.as_bytes())
            });
            let whole = field.map_or(&[][..], |field| field.whole.of(&message.raw));
            let line = whole.strip_suffix(b"\n").unwrap_or(whole);
            Restored {
                name: Cow::Borrowed(name),
                line: line.strip_suffix(b"\r").unwrap_or(line).to_vec(),
            }
        });
        moved.collect()
    };
    children
        .take(PARTS_MAX)
        .map(|part| moved_of(&part.header))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_fields_are_read() {
        let signature = Field {
            name: b"dkim-signature".to_vec(),
            bytes: Cow::Borrowed(
                b"DKIM-Signature: v=1; z=From:Ida=20<ida@x.example>|\r\n Subject:=20Halls=7C=3B; b=",
            ),
        };
        let lines: Vec<_> = copies(&signature)
            .into_iter()
            .map(|copy| {
                (
                    copy.name.into_owned(),
                    String::from_utf8(copy.line).unwrap(),
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                ("from".to_owned(), "From:Ida <ida@x.example>".to_owned()),
                ("subject".to_owned(), "Subject: Halls|;".to_owned()),
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn copies_never_panic(bytes in proptest::collection::vec(proptest::sample::select(b"z=:|A3;\r\n \xe9".to_vec()), 0..80)) {
            let bytes = [b"X: z=", bytes.as_slice()].concat();
            let _ = copies(&Field { name: b"x".to_vec(), bytes: Cow::Owned(bytes) });
        }
    }
}
