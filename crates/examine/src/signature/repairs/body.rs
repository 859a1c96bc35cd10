//! The repairs of the body.

use memchr::memmem;

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
pub(super) fn single_carriage_returns(bytes: &[u8]) -> Option<Vec<u8>> {
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

pub(super) fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
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

#[cfg(test)]
mod tests {
    use super::*;

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

    proptest::proptest! {
        #[test]
        fn repairs_never_panic(bytes in proptest::collection::vec(proptest::sample::select(b">From To:\r\n\t .-x".to_vec()), 0..120)) {
            for (_, undo) in BODY_REPAIRS {
                let _ = undo(&bytes);
            }
        }
    }
}
