//! The repairs of the signed header fields.

use std::ops::Range;

use mabillon_case::{Message, SignatureKind};
use memchr::{memchr, memmem};

use super::body::{replaced, single_carriage_returns};
use super::boundary::{BOUNDARY, boundaries, with_boundary};
use super::restored::{Restored, in_place_of_wrapper, restored};
use crate::signature::canonical_header::{Field, value_start};
use crate::signature::parse::Canonicalization;
use crate::signature::salvage::{TRANSFER_ENCODING, TRANSFER_ENCODINGS, WRAPPED_BY_LIST};
use crate::signature::tags::{is_white, trim};

/// The name of taking away the tags of lists and gateways from the subject.
pub(crate) const SUBJECT_TAG: &str = "subject-tag";

/// A repair of the signed header fields, applied to every field it concerns. A signed field that the message does not
/// have is one without bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeaderRepair {
    CarriageReturns,
    /// Quotation marks around one parameter of `Content-Type`, by its index, put on or taken off.
    ParameterQuotes(usize),
    /// Quotation marks around display names taken off, in one field or in all.
    NamesUnquoted(Option<&'static str>),
    /// Quotation marks put around display names, in one field or in all.
    NamesQuoted(Option<&'static str>),
    /// The white space that starts a folded line, as one tab.
    FoldsAsTab,
    /// The same as one space.
    FoldsAsSpace,
    /// Folds undone.
    Unfolded,
    /// A field that was dropped, written again.
    Restored(Restored),
    /// The boundary that an exporter replaced, in `Content-Type`.
    Boundary(String),
    /// `Content-Transfer-Encoding` as it was before the body was encoded anew.
    TransferEncoding(&'static str),
    /// So many tags of lists or gateways taken out of the subject: text is removed.
    SubjectTags(usize),
    /// `Content-Type` and `Content-Transfer-Encoding` as they stand in a part of the multipart that a list put around
    /// the message: what a reader sees around that part is not covered.
    Unwrapped(Vec<Restored>),
}

const ADDRESS_FIELDS: [&str; 5] = ["from", "to", "cc", "reply-to", "sender"];
const PARAMETERS_MAX: usize = 4;
const SUBJECT_TAGS_MAX: usize = 3;

/// The repairs that change one of these fields of a message, in order. Folds do not count under `relaxed`. Text is taken
/// away for DKIM alone: other kinds say which way a message went, text added on that way included.
pub(crate) fn repairs_of(
    message: &Message,
    kind: SignatureKind,
    canonicalization: Canonicalization,
    fields: &[Field<'_>],
) -> Vec<HeaderRepair> {
    let mut all = HeaderRepair::without_context(canonicalization);
    all.extend(
        restored(message, fields)
            .into_iter()
            .map(HeaderRepair::Restored),
    );
    all.extend(TRANSFER_ENCODINGS.map(HeaderRepair::TransferEncoding));
    all.extend(boundaries(message).into_iter().map(HeaderRepair::Boundary));
    if kind == SignatureKind::Dkim {
        all.extend((1..=SUBJECT_TAGS_MAX).map(HeaderRepair::SubjectTags));
        all.extend(
            in_place_of_wrapper(message)
                .into_iter()
                .map(HeaderRepair::Unwrapped),
        );
    }
    all.retain(|repair| fields.iter().any(|field| repair.undo(field).is_some()));
    all
}

impl HeaderRepair {
    /// The repairs that need nothing but the field.
    fn without_context(canonicalization: Canonicalization) -> Vec<Self> {
        let mut all = vec![Self::CarriageReturns];
        all.extend((0..PARAMETERS_MAX).map(Self::ParameterQuotes));
        all.extend([Self::NamesUnquoted(None), Self::NamesQuoted(None)]);
        for field in ADDRESS_FIELDS {
            all.extend([
                Self::NamesUnquoted(Some(field)),
                Self::NamesQuoted(Some(field)),
            ]);
        }
        if canonicalization == Canonicalization::Simple {
            all.extend([Self::FoldsAsTab, Self::FoldsAsSpace, Self::Unfolded]);
        }
        all
    }

    /// Its name.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::CarriageReturns => "doubled-carriage-returns",
            Self::ParameterQuotes(_) => "content-type-quotes",
            Self::NamesUnquoted(_) | Self::NamesQuoted(_) => "display-name-quotes",
            Self::FoldsAsTab | Self::FoldsAsSpace | Self::Unfolded => "header-folds",
            Self::Restored(_) => "dropped-field",
            Self::Boundary(_) => BOUNDARY,
            Self::TransferEncoding(_) => TRANSFER_ENCODING,
            Self::SubjectTags(_) => SUBJECT_TAG,
            Self::Unwrapped(_) => WRAPPED_BY_LIST,
        }
    }

    /// Whether the two cannot both be what happened.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        let moves_encoding =
            |repair: &Self| matches!(repair, Self::TransferEncoding(_) | Self::Unwrapped(_));
        match (self, other) {
            (Self::Restored(one), Self::Restored(other)) => one.name == other.name,
            (Self::SubjectTags(_), Self::SubjectTags(_))
            | (Self::Boundary(_), Self::Boundary(_) | Self::Unwrapped(_)) => true,
            _ => moves_encoding(self) && moves_encoding(other),
        }
    }

    /// The repaired field, or nothing where it does not concern the field.
    pub(crate) fn undo(&self, field: &Field<'_>) -> Option<Vec<u8>> {
        let concerns = |only: Option<&str>| match only {
            Some(only) => field.name == only.as_bytes(),
            None => ADDRESS_FIELDS
                .iter()
                .any(|name| field.name == name.as_bytes()),
        };
        match self {
            Self::CarriageReturns => header_carriage_returns(&field.bytes),
            Self::ParameterQuotes(index) if field.name == b"content-type" => {
                toggle_parameter(&field.bytes, *index)
            }
            Self::NamesUnquoted(only) if concerns(*only) => change_names(&field.bytes, unquoted),
            Self::NamesQuoted(only) if concerns(*only) => change_names(&field.bytes, quoted),
            Self::FoldsAsTab => change_folds(&field.bytes, b"\n\t"),
            Self::FoldsAsSpace => change_folds(&field.bytes, b"\n "),
            Self::Unfolded => unfolded(&field.bytes),
            Self::Restored(restored) => restored.undo(field),
            Self::Boundary(boundary) if field.name == b"content-type" => {
                with_boundary(field, boundary)
            }
            Self::TransferEncoding(word) if field.name == b"content-transfer-encoding" => {
                with_value(field, word)
            }
            Self::SubjectTags(n) if field.name == b"subject" => {
                let tags = subject_tags(&field.bytes, *n)?;
                let bytes = field.bytes.to_vec();
                Some(
                    tags.iter()
                        .rev()
                        .fold(bytes, |bytes, tag| spliced(&bytes, tag, b"")),
                )
            }
            Self::Unwrapped(fields) => {
                let own = fields
                    .iter()
                    .find(|own| own.name.as_bytes() == field.name)?;
                (own.line != *field.bytes).then(|| own.line.clone())
            }
            _ => None,
        }
    }
}

/// The field with another value; nothing where it has this one or is not there.
fn with_value(field: &Field<'_>, value: &str) -> Option<Vec<u8>> {
    let (name, old) = field.bytes.split_at(value_start(&field.bytes));
    let is_other = !field.bytes.is_empty() && !trim(old).eq_ignore_ascii_case(value.as_bytes());
    is_other.then(|| [name, b" ", value.as_bytes()].concat())
}

/// Where the first `n` tags stand that lists and gateways wrote into a subject, each with the white space behind it: at
/// the start of the value, behind `Re:` and the like, or behind another tag. `field` is the whole field.
pub(crate) fn subject_tags(field: &[u8], n: usize) -> Option<Vec<Range<usize>>> {
    let mut at = memchr(b':', field)? + 1;
    let mut tags: Vec<Range<usize>> = Vec::new();
    while tags.len() < n {
        at += count_white(field, at);
        let rest = field.get(at..)?;
        if let Some(length) = tag_length(rest) {
            let end = at + length;
            let end = end + count_white(field, end);
            tags.push(at..end);
            at = end;
        } else {
            let colon = memchr(b':', rest).filter(|&colon| (2..=4).contains(&colon))?;
            at += colon + 1;
        }
    }
    Some(tags)
}

/// Octets of a subject's tag.
const TAG_OCTETS_MAX: usize = 80;

/// The length of the tag that this begins with: words in brackets or between asterisks (`[list]`, `{Spam?}`,
/// `***SPAM***`), or a word in capitals before a colon (`EXTERNAL:`).
fn tag_length(text: &[u8]) -> Option<usize> {
    let look = text.get(..text.len().min(TAG_OCTETS_MAX))?;
    let close = match look.first()? {
        b'[' => memchr(b']', look)?,
        b'{' => memchr(b'}', look)?,
        b'(' => memchr(b')', look)?,
        b'*' => {
            let n_open = look.iter().take_while(|&&byte| byte == b'*').count();
            let words = look.get(n_open..)?;
            let close = n_open + memchr(b'*', words)?;
            let n_close = look
                .get(close..)?
                .iter()
                .take_while(|&&byte| byte == b'*')
                .count();
            close + n_close - 1
        }
        byte if byte.is_ascii_uppercase() => {
            let colon = memchr(b':', look)?;
            let is_word = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b' ' | b'-');
            let is_tag = colon > 2 && look.get(..colon)?.iter().all(is_word);
            is_tag.then_some(colon)?
        }
        _ => return None,
    };
    Some(close + 1)
}

fn count_white(field: &[u8], from: usize) -> usize {
    let rest = field.get(from..).unwrap_or_default();
    rest.iter().take_while(|&&byte| is_white(byte)).count()
}

/// A field's last line end is not part of it, so its second carriage return stands alone at the end.
fn header_carriage_returns(bytes: &[u8]) -> Option<Vec<u8>> {
    let inner = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let changed = single_carriage_returns(inner).unwrap_or_else(|| inner.to_vec());
    (changed.len() != bytes.len()).then_some(changed)
}

fn toggle_parameter(bytes: &[u8], index: usize) -> Option<Vec<u8>> {
    let range = parameter_values(bytes).into_iter().nth(index)?;
    let value = bytes.get(range.clone())?;
    let changed = match value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
    {
        Some(inner) if !inner.is_empty() && inner.iter().all(|&byte| is_token(byte)) => {
            inner.to_vec()
        }
        None if value.iter().all(|&byte| is_token(byte)) => [b"\"", value, b"\""].concat(),
        _ => return None,
    };
    Some(spliced(bytes, &range, &changed))
}

/// Where the values of the parameters stand: after `=`, up to `;`, without white space around.
fn parameter_values(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut is_quoted, mut in_parameters) = (None, false, false);
    for (at, &byte) in bytes.iter().chain(b";").enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'=' if in_parameters && start.is_none() => start = Some(at + 1),
            b';' => {
                if let Some(start) = start.take() {
                    ranges.push(trimmed(bytes, start..at));
                }
                in_parameters = true;
            }
            _ => {}
        }
    }
    ranges.retain(|range| !range.is_empty());
    ranges
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&byte)
}

fn change_names(bytes: &[u8], change: fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    for range in display_names(bytes).into_iter().rev() {
        if let Some(changed) = bytes.get(range.clone()).and_then(change) {
            out = spliced(&out, &range, &changed);
        }
    }
    (out != bytes).then_some(out)
}

fn unquoted(name: &[u8]) -> Option<Vec<u8>> {
    let inner = name.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    (!inner.is_empty() && !inner.contains(&b'"') && !inner.contains(&b'\\')).then(|| inner.to_vec())
}

fn quoted(name: &[u8]) -> Option<Vec<u8>> {
    let is_plain = !name.is_empty()
        && !name.contains(&b'"')
        && !name.contains(&b'\\')
        && memmem::find(name, b"=?").is_none();
    is_plain.then(|| [b"\"", name, b"\""].concat())
}

/// Where the display names of an address list stand: what is before each `<`.
fn display_names(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut names = Vec::new();
    let mut start = value_start(bytes);
    let (mut is_quoted, mut is_escaped, mut n_comments) = (false, false, 0_u32);
    for (at, &byte) in bytes.iter().enumerate().skip(start) {
        if std::mem::take(&mut is_escaped) {
            continue;
        }
        match byte {
            b'\\' => is_escaped = is_quoted || n_comments > 0,
            b'"' if n_comments == 0 => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'(' => n_comments += 1,
            b')' => n_comments = n_comments.saturating_sub(1),
            _ if n_comments > 0 => {}
            b'<' => names.push(trimmed(bytes, start..at)),
            b',' => start = at + 1,
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn trimmed(bytes: &[u8], range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let slice = bytes.get(range.clone()).unwrap_or_default();
    let lead = slice.iter().take_while(|&&byte| is_white(byte)).count();
    let start = range.start + lead;
    start..start + trim(slice).len()
}

fn spliced(bytes: &[u8], range: &std::ops::Range<usize>, with: &[u8]) -> Vec<u8> {
    let before = bytes.get(..range.start).unwrap_or_default();
    let after = bytes.get(range.end..).unwrap_or_default();
    [before, with, after].concat()
}

fn change_folds(bytes: &[u8], start: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'\n', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let line = rest.get(at + 1..).unwrap_or_default();
        let n_white = line
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        out.extend_from_slice(start);
        rest = line.get(n_white..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    (out != bytes).then_some(out)
}

fn unfolded(bytes: &[u8]) -> Option<Vec<u8>> {
    let out = replaced(bytes, b"\r\n", b"");
    let out = out.as_deref().unwrap_or(bytes);
    let out = replaced(out, b"\n", b"").unwrap_or_else(|| out.to_vec());
    (out != bytes).then_some(out)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn field(text: &str) -> Field<'static> {
        let (name, _) = text.split_once(':').unwrap();
        Field {
            name: name.to_ascii_lowercase().into_bytes(),
            bytes: Cow::Owned(text.as_bytes().to_vec()),
        }
    }

    #[test]
    fn header_fields_are_repaired() {
        for (repair, damaged, whole) in [
            (
                HeaderRepair::ParameterQuotes(0),
                "Content-Type: text/plain; charset=\"utf-8\"; x=y",
                "Content-Type: text/plain; charset=utf-8; x=y",
            ),
            (
                HeaderRepair::ParameterQuotes(1),
                "Content-Type: text/plain; charset=\"utf-8\"; x=y",
                "Content-Type: text/plain; charset=\"utf-8\"; x=\"y\"",
            ),
            (
                HeaderRepair::NamesQuoted(None),
                "To: A B <a@x>, \"C; D\" <c@x>, e@x",
                "To: \"A B\" <a@x>, \"C; D\" <c@x>, e@x",
            ),
            (
                HeaderRepair::NamesUnquoted(None),
                "From: \"A B\" <a@x>",
                "From: A B <a@x>",
            ),
            (
                HeaderRepair::FoldsAsTab,
                "To: a@x,\r\n  b@x",
                "To: a@x,\r\n\tb@x",
            ),
            (HeaderRepair::Unfolded, "To: a@x,\n b@x", "To: a@x, b@x"),
            (
                HeaderRepair::TransferEncoding("8bit"),
                "Content-Transfer-Encoding: base64",
                "Content-Transfer-Encoding: 8bit",
            ),
            (
                HeaderRepair::Boundary("_000_A1x_".to_owned()),
                "Content-Type: multipart/mixed;\r\n boundary=\"b;1\"; x=y",
                "Content-Type: multipart/mixed;\r\n boundary=\"_000_A1x_\"; x=y",
            ),
            (
                HeaderRepair::SubjectTags(2),
                "Subject: [EXT] Re: [harbour] Halls",
                "Subject: Re: Halls",
            ),
        ] {
            let undone = repair
                .undo(&field(damaged))
                .map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(undone.as_deref(), Some(whole));
        }
    }

    #[test]
    fn other_fields_are_left_alone() {
        assert_eq!(
            HeaderRepair::NamesQuoted(None).undo(&field("Subject: A <b>")),
            None
        );
        assert_eq!(
            HeaderRepair::NamesQuoted(Some("to")).undo(&field("From: A <b>")),
            None
        );
    }

    #[test]
    fn tags_of_subjects_are_found() {
        for (field, n, tags) in [
            ("Subject: [harbour] Halls", 1, Some(vec!["[harbour] "])),
            ("Subject: Re: [EXT] Halls", 1, Some(vec!["[EXT] "])),
            (
                "Subject: [EXT] [harbour] Halls",
                2,
                Some(vec!["[EXT] ", "[harbour] "]),
            ),
            (
                "Subject: [EXT] Re: [harbour] Halls",
                2,
                Some(vec!["[EXT] ", "[harbour] "]),
            ),
            ("Subject: ***SPAM*** Halls", 1, Some(vec!["***SPAM*** "])),
            ("Subject: EXTERNAL: Halls", 1, Some(vec!["EXTERNAL: "])),
            ("Subject: [harbour] Halls", 2, None),
            ("Subject: Halls [2]", 1, None),
            ("Subject: Halls: [2]", 1, None),
            ("Subject: [Halls", 1, None),
        ] {
            let found = subject_tags(field.as_bytes(), n);
            let found = found.map(|ranges| {
                ranges
                    .into_iter()
                    .map(|range| &field[range])
                    .collect::<Vec<_>>()
            });
            assert_eq!(found, tags, "{field}");
        }
    }

    proptest::proptest! {
        #[test]
        fn repairs_never_panic(bytes in proptest::collection::vec(proptest::sample::select(b"\"\\,;=<>()[]*{}From To:\r\n\t .-x".to_vec()), 0..120)) {
            for name in ["from", "content-type", "subject", "content-transfer-encoding"] {
                let field = Field { name: name.into(), bytes: Cow::Borrowed(&bytes) };
                let all = HeaderRepair::without_context(Canonicalization::Simple);
                let more = [HeaderRepair::SubjectTags(2), HeaderRepair::TransferEncoding("8bit")];
                for repair in all.into_iter().chain(more) {
                    let _ = repair.undo(&field);
                }
            }
        }
    }
}
