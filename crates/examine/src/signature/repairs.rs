//! Repairs: known harmless damage of exports, relays and gateways, undone one kind at a time, by name.
//!
//! Each keeps every word; none removes or adds text a reader sees. Tried only where a signature does not verify as it
//! stands, in the order given here, alone and then together, and accepted only if the signature (or, for the body,
//! its hash) then fits. Line ends are no repair of this list: every line end counts as CR LF while canonicalising,
//! and `line-ends` is named where that made a difference. Line ends after the last line need none either: both
//! canonicalisations ignore them. Not attempted: re-encoding of parts (base64 or quoted-printable at other widths).
//! What removes text stands in `added_text`, but for the tag of a subject, which is the last in the list of the header.

use mabillon_case::SignatureKind;
use memchr::memmem;

use super::added_text::{SUBJECT_TAG, subject_tag};
use super::canonical_header::{Field, value_start};
use super::limits::{REPAIR_TRIES_MAX, REPAIRS_TOGETHER_MAX};
use super::parse::Canonicalization;
use super::tags::{is_white, trim};

/// The name of reading bare line feeds as CR LF.
pub(crate) const LINE_ENDS: &str = "line-ends";

/// A repair of the body: the repaired body, or nothing where there is nothing to repair.
pub(crate) type BodyRepair = (&'static str, fn(&[u8]) -> Option<Vec<u8>>);

/// The repairs of the body, in order.
pub(crate) const BODY_REPAIRS: &[BodyRepair] = &[
    ("doubled-carriage-returns", single_carriage_returns),
    ("mbox-from-quoting", unquote_from_once),
    ("mboxrd-from-quoting", unquote_from),
    ("repeated-mbox-from-quoting", unquote_from_repeatedly),
    ("dot-stuffing", unstuff_dots),
    ("empty-first-line", drop_empty_first_line),
    ("spaces-at-line-ends", drop_spaces_at_line_ends),
    ("signature-separator", restore_signature_separator),
];

/// `\r\r\n` from a program that translated line ends twice.
fn single_carriage_returns(bytes: &[u8]) -> Option<Vec<u8>> {
    replaced(bytes, b"\r\r\n", b"\r\n")
}

/// `>From ` at the start of a line, from mboxo: what was `From ` before.
fn unquote_from_once(body: &[u8]) -> Option<Vec<u8>> {
    unquote(body, |n_marks| usize::from(n_marks != 1) * n_marks)
}

/// `>>From ` as well, from mboxrd: one mark fewer everywhere.
fn unquote_from(body: &[u8]) -> Option<Vec<u8>> {
    memmem::find(body, b">>From ")?;
    unquote(body, |n_marks| n_marks.saturating_sub(1))
}

/// `>>From ` from two mailboxes one after the other: no mark is left.
fn unquote_from_repeatedly(body: &[u8]) -> Option<Vec<u8>> {
    memmem::find(body, b">>From ")?;
    unquote(body, |_| 0)
}

/// Leaves before each `From ` at the start of a line as many marks as `n_left` says, given those that stand there.
fn unquote(body: &[u8], n_left: impl Fn(usize) -> usize) -> Option<Vec<u8>> {
    memmem::find(body, b">From ")?;
    let changed = lines(body, |line| {
        let n_marks = line.iter().take_while(|&&byte| byte == b'>').count();
        let rest = line.get(n_marks..).unwrap_or_default();
        if rest.starts_with(b"From ") {
            [b">".repeat(n_left(n_marks)).as_slice(), rest].concat()
        } else {
            line.to_vec()
        }
    });
    (changed.len() != body.len()).then_some(changed)
}

/// `..` at the start of a line, left over from transport (RFC 5321, section 4.5.2).
fn unstuff_dots(body: &[u8]) -> Option<Vec<u8>> {
    if !body.starts_with(b"..") {
        memmem::find(body, b"\n..")?;
    }
    Some(lines(body, |line| match line.strip_prefix(b".") {
        Some(rest) if rest.starts_with(b".") => rest.to_vec(),
        _ => line.to_vec(),
    }))
}

/// The line `-- ` before a signature (RFC 3676, section 4.3) that lost its space.
fn restore_signature_separator(body: &[u8]) -> Option<Vec<u8>> {
    memmem::find(body, b"\n--\r\n").or_else(|| memmem::find(body, b"\n--\n"))?;
    Some(lines(body, |line| match line {
        b"--\r\n" => b"-- \r\n".to_vec(),
        b"--\n" => b"-- \n".to_vec(),
        _ => line.to_vec(),
    }))
}

/// An empty line that an exporter put between header and body.
fn drop_empty_first_line(body: &[u8]) -> Option<Vec<u8>> {
    let rest = body
        .strip_prefix(b"\r\n")
        .or_else(|| body.strip_prefix(b"\n"))?;
    Some(rest.to_vec())
}

/// White space that was added at line ends, but for that of a signature separator; `relaxed` ignores it anyway.
fn drop_spaces_at_line_ends(body: &[u8]) -> Option<Vec<u8>> {
    let changed = lines(body, |line| {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        if content == b"-- " {
            return line.to_vec();
        }
        let end = line.get(content.len()..).unwrap_or_default();
        let kept = content
            .iter()
            .rposition(|byte| !matches!(byte, b' ' | b'\t'))
            .map_or(0, |last| last + 1);
        [content.get(..kept).unwrap_or_default(), end].concat()
    });
    (changed.len() != body.len()).then_some(changed)
}

fn lines(bytes: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        out.extend(change(line));
    }
    out
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let mut found = memmem::find_iter(bytes, from).peekable();
    found.peek()?;
    let mut out = Vec::with_capacity(bytes.len());
    let mut start = 0;
    for at in found {
        out.extend_from_slice(bytes.get(start..at).unwrap_or_default());
        out.extend_from_slice(to);
        start = at + from.len();
    }
    out.extend_from_slice(bytes.get(start..).unwrap_or_default());
    Some(out)
}

/// A repair of the signed header fields, applied to every field it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// The tag of a list or gateway taken out of the subject: text is removed.
    SubjectTag,
}

const ADDRESS_FIELDS: [&str; 5] = ["from", "to", "cc", "reply-to", "sender"];
const PARAMETERS_MAX: usize = 4;

impl HeaderRepair {
    /// All repairs of header fields for a signature of this kind, in order. Folds do not count under `relaxed`. Text is
    /// taken away for DKIM alone: other kinds say which way a message went, text added on that way included.
    pub(crate) fn all(kind: SignatureKind, canonicalization: Canonicalization) -> Vec<Self> {
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
        if kind == SignatureKind::Dkim {
            all.push(Self::SubjectTag);
        }
        all
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CarriageReturns => "doubled-carriage-returns",
            Self::ParameterQuotes(_) => "content-type-quotes",
            Self::NamesUnquoted(_) | Self::NamesQuoted(_) => "display-name-quotes",
            Self::FoldsAsTab | Self::FoldsAsSpace | Self::Unfolded => "header-folds",
            Self::SubjectTag => SUBJECT_TAG,
        }
    }

    /// The repaired field, or nothing where it does not concern the field.
    pub(crate) fn undo(self, field: &Field<'_>) -> Option<Vec<u8>> {
        let concerns = |only: Option<&str>| match only {
            Some(only) => field.name == only.as_bytes(),
            None => ADDRESS_FIELDS
                .iter()
                .any(|name| field.name == name.as_bytes()),
        };
        match self {
            Self::CarriageReturns => header_carriage_returns(&field.bytes),
            Self::ParameterQuotes(index) if field.name == b"content-type" => {
                toggle_parameter(&field.bytes, index)
            }
            Self::NamesUnquoted(only) if concerns(only) => change_names(&field.bytes, unquoted),
            Self::NamesQuoted(only) if concerns(only) => change_names(&field.bytes, quoted),
            Self::FoldsAsTab => change_folds(&field.bytes, b"\n\t"),
            Self::FoldsAsSpace => change_folds(&field.bytes, b"\n "),
            Self::Unfolded => unfolded(&field.bytes),
            Self::SubjectTag if field.name == b"subject" => {
                let tag = subject_tag(&field.bytes)?;
                Some(spliced(&field.bytes, &tag, b""))
            }
            _ => None,
        }
    }
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

/// Choices of `n` repairs: each alone, then in pairs, then in threes, at most [`REPAIR_TRIES_MAX`].
pub(crate) fn choices(n: usize) -> impl Iterator<Item = Vec<usize>> {
    (1..=REPAIRS_TOGETHER_MAX)
        .flat_map(move |size| of_size(n, size))
        .take(REPAIR_TRIES_MAX)
}

fn of_size(n: usize, size: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut next: Option<Vec<usize>> = (size <= n).then(|| (0..size).collect());
    std::iter::from_fn(move || {
        let current = next.take()?;
        let movable = (0..size)
            .rev()
            .find(|&at| current.get(at).is_some_and(|&value| value < n - size + at));
        next = movable.and_then(|at| {
            let value = current.get(at)? + 1;
            let kept = current.iter().copied().take(at);
            Some(
                kept.chain((0..size - at).map(|step| value + step))
                    .collect(),
            )
        });
        Some(current)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn repair(name: &str, body: &str) -> Option<String> {
        let (_, undo) = BODY_REPAIRS
            .iter()
            .find(|(repair, _)| *repair == name)
            .unwrap();
        undo(body.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn bodies_are_repaired_or_left_alone() {
        for (name, damaged, whole) in [
            ("doubled-carriage-returns", "a\r\r\nb\r\r\n", "a\r\nb\r\n"),
            (
                "mbox-from-quoting",
                "a\n>From here\n>>From there\n",
                "a\nFrom here\n>>From there\n",
            ),
            (
                "mboxrd-from-quoting",
                "a\n>From here\n>>From there\n",
                "a\nFrom here\n>From there\n",
            ),
            (
                "repeated-mbox-from-quoting",
                "a\n>From here\n>>From there\n",
                "a\nFrom here\nFrom there\n",
            ),
            ("dot-stuffing", "..a\n..\n.b\n", ".a\n.\n.b\n"),
            ("signature-separator", "a\n--\nJo\n", "a\n-- \nJo\n"),
            ("empty-first-line", "\r\na\r\n", "a\r\n"),
            ("spaces-at-line-ends", "a \r\n \t\r\nb", "a\r\n\r\nb"),
        ] {
            assert_eq!(repair(name, damaged).as_deref(), Some(whole), "{name}");
            assert_eq!(repair(name, "plain\r\ntext\r\n"), None, "{name}");
        }
    }

    #[test]
    fn header_fields_are_repaired() {
        let field = |text: &str| Field {
            name: text
                .split(':')
                .next()
                .unwrap()
                .to_ascii_lowercase()
                .into_bytes(),
            bytes: Cow::Owned(text.as_bytes().to_vec()),
        };
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
        ] {
            let undone = repair
                .undo(&field(damaged))
                .map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(undone.as_deref(), Some(whole));
        }
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
    fn choices_are_in_order_and_bounded() {
        let found: Vec<Vec<usize>> = choices(3).collect();
        assert_eq!(
            found,
            [
                vec![0],
                vec![1],
                vec![2],
                vec![0, 1],
                vec![0, 2],
                vec![1, 2],
                vec![0, 1, 2]
            ]
        );
        assert_eq!(choices(0).count(), 0);
        assert_eq!(choices(50).count(), REPAIR_TRIES_MAX);
    }

    proptest::proptest! {
        #[test]
        fn repairs_never_panic(bytes in proptest::collection::vec(proptest::sample::select(b"\"\\,;=<>()From To:\r\n\t .-x".to_vec()), 0..120)) {
            for (_, undo) in BODY_REPAIRS {
                let _ = undo(&bytes);
            }
            for name in ["from", "content-type"] {
                let field = Field { name: name.into(), bytes: Cow::Borrowed(&bytes) };
                for repair in HeaderRepair::all(SignatureKind::Dkim, Canonicalization::Simple) {
                    let _ = repair.undo(&field);
                }
            }
        }
    }
}
