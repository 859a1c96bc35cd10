//! Splits a header into its fields with exact places (RFC 5322, section 2.2 and 4.5).
//!
//! Nothing is dropped: a line that is no field becomes a field without a name, so that the fields, laid end to end,
//! are the header.

use mabillon_case::{HeaderField, Span};
use memchr::{memchr, memmem};

use super::limits::{FIELDS_MAX, HEADER_BYTES_MAX};
use super::lines::LineEnd;
use super::warnings::Warnings;

/// How many lines after a line that is no field are looked at before it is taken for the start of the body.
const LOOK_AHEAD_LINES: usize = 8;

/// A header with its place and the place where the body starts.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) fields: Vec<HeaderField>,
    pub(super) span: Span,
    pub(super) body_start: usize,
}

/// Where a header is to be read, and what else ends it.
pub(super) struct Reading<'a> {
    /// The exact bytes of the message.
    pub(super) raw: &'a [u8],
    /// Offset of the first byte of the header.
    pub(super) start: usize,
    /// The line end of the message.
    pub(super) line_end: LineEnd,
    /// Says of a line that starts with `--` whether it is a boundary of an enclosing multipart.
    pub(super) is_boundary: &'a dyn Fn(&[u8]) -> bool,
}

/// What a line that starts a field, or should, turns out to be.
enum Line {
    Empty,
    Field { name_end: usize, colon: usize },
    Junk,
    Boundary,
}

impl Reading<'_> {
    /// Reads the fields up to the empty line, a boundary, the first line of a body without empty line, or the end.
    pub(super) fn header(&self, warnings: &mut Warnings) -> Header {
        let mut header = Header::default();
        let mut at = self.start;
        while at < self.raw.len() {
            if header.fields.len() >= FIELDS_MAX || at - self.start >= HEADER_BYTES_MAX {
                return self.rest_unsplit(header, at, warnings);
            }
            let next = self.line_end.next_line(self.raw, at, self.raw.len());
            let line = self.line(at, next);
            match line {
                Line::Empty => return self.finish(header, at, next),
                Line::Boundary => {
                    warnings.add("header-cut-by-boundary", || {
                        format!("a boundary at byte {at} ends a header that has no empty line")
                    });
                    return self.finish(header, at, at);
                }
                Line::Junk if !self.is_separator_line(at) => {
                    let is_dashed = self
                        .raw
                        .get(at..)
                        .is_some_and(|line| line.starts_with(b"--"));
                    if is_dashed || !self.header_goes_on(next, &header.fields) {
                        warnings.add("missing-empty-line", || {
                            format!(
                                "no empty line between header and body, which starts at byte {at}"
                            )
                        });
                        return self.finish(header, at, at);
                    }
                    warnings.add("header-line-without-name", || {
                        format!("the header line at byte {at} is no field")
                    });
                }
                Line::Junk | Line::Field { .. } => {}
            }
            let end = self.end_of_field(next);
            header.fields.push(self.field(&line, at, end));
            at = end;
        }
        self.finish(header, at, at)
    }

    fn finish(&self, mut header: Header, end: usize, body_start: usize) -> Header {
        header.span = Span::new(self.start, end);
        header.body_start = body_start;
        header
    }

    /// The rest of a header that is beyond a limit, up to the empty line, as one nameless field.
    fn rest_unsplit(&self, mut header: Header, at: usize, warnings: &mut Warnings) -> Header {
        let rest = self.raw.get(at..).unwrap_or_default();
        let end_byte = self.line_end.byte();
        let plain = memmem::find(rest, &[end_byte, end_byte]).map(|found| (found + 1, 1));
        let before_plain = plain.map_or(rest.len(), |(found, _)| found);
        let searched = rest.get(..before_plain).unwrap_or_default();
        let with_return =
            memmem::find(searched, &[end_byte, b'\r', end_byte]).map(|found| (found + 1, 2));
        let (length, line) = match rest.first() {
            Some(&first) if first == end_byte => (0, 1),
            _ => with_return.or(plain).unwrap_or((rest.len(), 0)),
        };
        let end = at + length;
        warnings.add("header-limit", || {
            let n_fields = header.fields.len();
            format!("the header is split up to byte {at} ({n_fields} fields); {length} bytes of it are left whole")
        });
        if length > 0 {
            header.fields.push(self.field(&Line::Junk, at, end));
        }
        self.finish(header, end, (end + line).min(self.raw.len()))
    }

    /// End of the field whose first line ends at `next`: folded lines belong to it.
    fn end_of_field(&self, mut next: usize) -> usize {
        while matches!(self.raw.get(next), Some(b' ' | b'\t')) {
            next = self.line_end.next_line(self.raw, next, self.raw.len());
        }
        next
    }

    fn field(&self, line: &Line, start: usize, end: usize) -> HeaderField {
        let content_end = self.line_end.content_end(self.raw, start, end);
        let (name_end, value_start) = match *line {
            Line::Field { name_end, colon } => (name_end, colon + 1),
            _ => (start, start),
        };
        HeaderField {
            name: Span::new(start, name_end),
            value: Span::new(value_start, content_end.max(value_start)),
            whole: Span::new(start, end),
        }
    }

    fn line(&self, start: usize, next: usize) -> Line {
        let line = self.raw.get(start..next).unwrap_or_default();
        let content_end = self.line_end.content_end(self.raw, start, next);
        if content_end == start {
            return Line::Empty;
        }
        if line.starts_with(b"--") && (self.is_boundary)(line) {
            return Line::Boundary;
        }
        let Some(colon) = memchr(b':', line) else {
            return Line::Junk;
        };
        let before = line.get(..colon).unwrap_or_default();
        let name = before.trim_ascii_end();
        if name.is_empty() || name.iter().any(|&b| b <= b' ' || b == 0x7f) {
            return Line::Junk;
        }
        Line::Field {
            name_end: start + name.len(),
            colon: start + colon,
        }
    }

    /// Whether the first line is the separator line of an mbox, which is no field and no sign of damage.
    fn is_separator_line(&self, start: usize) -> bool {
        let line = self.raw.get(start..).unwrap_or_default();
        start == self.start && (line.starts_with(b"From ") || line.starts_with(b">From "))
    }

    /// Whether a field, or the empty line, comes soon after a line that is no field.
    fn header_goes_on(&self, mut at: usize, before: &[HeaderField]) -> bool {
        for n_line in 0..LOOK_AHEAD_LINES {
            if at >= self.raw.len() {
                return false;
            }
            let next = self.line_end.next_line(self.raw, at, self.raw.len());
            match self.line(at, next) {
                Line::Empty => return n_line == 0 && !before.is_empty(),
                Line::Boundary => return false,
                Line::Field { name_end, .. } => {
                    if is_likely_name(self.raw.get(at..name_end).unwrap_or_default()) {
                        return true;
                    }
                }
                Line::Junk => {}
            }
            at = next;
        }
        false
    }
}

/// Whether a word before a colon is more likely a field name than prose: it holds a hyphen or is well known.
fn is_likely_name(name: &[u8]) -> bool {
    const KNOWN: [&[u8]; 12] = [
        b"from",
        b"to",
        b"cc",
        b"bcc",
        b"date",
        b"subject",
        b"received",
        b"sender",
        b"references",
        b"organization",
        b"precedence",
        b"status",
    ];
    let has_hyphen = memchr(b'-', name).is_some_and(|at| at > 0 && at + 1 < name.len());
    has_hyphen || KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
}
