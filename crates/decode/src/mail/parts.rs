//! The MIME tree (RFC 2045, RFC 2046), built in one forward pass over the body.
//!
//! There is one search for lines that start with `--`, whatever the number of parts and levels: each such line is held
//! against the boundaries of the multiparts that are open at that point, the innermost first. So depth costs a bounded
//! factor on those lines alone, and nothing is searched twice. An attached message is a leaf: its parts are its own.

use mabillon_case::{Disposition, HeaderField, Part, Span, TransferEncoding};
use memchr::memmem::{Finder, find};

use super::header::{Header, Reading};
use super::limits::{BOUNDARY_BYTES_MAX, DEPTH_MAX, PARTS_MAX};
use super::lines::LineEnd;
use super::parameters::{Structured, structured};
use super::warnings::Warnings;

/// What the notices hold that programs write before the first boundary for readers of long ago.
const NOTICES: [&[u8]; 4] = [b"MIME", b"multi-part", b"multipart", b"Multipart"];

/// How far a notice is looked for, in bytes.
const NOTICE_BYTES_MAX: usize = 500;

/// The tree and the header of the message.
pub(super) struct Tree {
    pub(super) parts: Vec<Part>,
    pub(super) header: Span,
    pub(super) body: Span,
    /// Multiparts that are not opened, or have no parts: they are leaves and their bytes are kept as a whole.
    pub(super) unopened: Vec<usize>,
}

/// A part whose end has not been met yet. The open parts are a path from part 0 down.
struct Open {
    part: usize,
    /// The boundary of a multipart, until its closing line has been met.
    boundary: Option<Vec<u8>>,
    n_children: usize,
    /// Where the text after its closing line starts.
    epilogue: Option<usize>,
}

/// A boundary line.
struct Delimiter {
    /// Index into the open parts.
    level: usize,
    closes: bool,
    /// Where the line starts.
    line: usize,
    /// Where the next line starts.
    next: usize,
}

struct Walk<'a> {
    raw: &'a [u8],
    line_end: LineEnd,
    parts: Vec<Part>,
    open: Vec<Open>,
    unopened: Vec<usize>,
}

/// Reads the tree of a message.
pub(super) fn tree(raw: &[u8], warnings: &mut Warnings) -> Tree {
    let mut walk = Walk {
        raw,
        line_end: LineEnd::of(raw),
        parts: Vec::new(),
        open: Vec::new(),
        unopened: Vec::new(),
    };
    let header = walk.read_header(0, warnings);
    let (span, body) = (header.span, Span::new(header.body_start, raw.len()));
    walk.start_part(header, warnings);
    walk.run(body.start, warnings);
    Tree {
        parts: walk.parts,
        header: span,
        body,
        unopened: walk.unopened,
    }
}

impl Walk<'_> {
    fn read_header(&self, start: usize, warnings: &mut Warnings) -> Header {
        let reading = Reading {
            raw: self.raw,
            start,
            line_end: self.line_end,
            is_boundary: &|line| self.level_of(line).is_some(),
        };
        reading.header(warnings)
    }

    fn run(&mut self, body_start: usize, warnings: &mut Warnings) {
        let finder = Finder::new(match self.line_end.byte() {
            b'\r' => b"\r--",
            _ => b"\n--",
        });
        let mut at = body_start;
        while let Some(delimiter) = self.next_delimiter(&finder, at, warnings) {
            let content_end = self.line_end.before(self.raw, delimiter.line);
            self.close_below(delimiter.level, content_end, warnings);
            self.warn_of_preamble(content_end, warnings);
            at = delimiter.next;
            let opens_nothing = !delimiter.closes && at >= self.raw.len();
            if opens_nothing && !self.is_first_child_awaited() {
                // A boundary that ends the message opens no part; the multipart counts as not closed.
                break;
            }
            if delimiter.closes {
                if let Some(open) = self.open.last_mut() {
                    open.boundary = None;
                    open.epilogue = Some(delimiter.next);
                }
                continue;
            }
            if self.parts.len() >= PARTS_MAX {
                warnings.add("part-limit", || {
                    let length = self.raw.len() - delimiter.line;
                    format!(
                        "only {PARTS_MAX} parts are read; {length} bytes from byte {} on are not",
                        delimiter.line
                    )
                });
                self.close_below(0, content_end, &mut Warnings::default());
                return self.finish(&mut Warnings::default());
            }
            let header = self.read_header(at, warnings);
            at = header.body_start;
            self.start_part(header, warnings);
        }
        self.close_below(0, self.raw.len(), warnings);
        self.finish(warnings);
    }

    fn is_first_child_awaited(&self) -> bool {
        self.open.last().is_some_and(|open| open.n_children == 0)
    }

    /// Text before the first boundary is not shown by readers; only the customary notice goes without a warning.
    fn warn_of_preamble(&self, end: usize, warnings: &mut Warnings) {
        let part = self.open.last().and_then(|open| self.parts.get(open.part));
        let Some(part) = part.filter(|_| self.is_first_child_awaited()) else {
            return;
        };
        let preamble = self.raw.get(part.body.start..end).unwrap_or_default();
        let preamble = preamble.trim_ascii();
        let start = preamble.get(..preamble.len().min(NOTICE_BYTES_MAX));
        let is_notice = |words: &&[u8]| find(start.unwrap_or_default(), words).is_some();
        if preamble.is_empty() || NOTICES.iter().any(is_notice) {
            return;
        }
        warnings.add("preamble-not-shown", || {
            let (length, number) = (preamble.len(), &part.number);
            format!("{length} bytes of text stand before the first boundary of multipart {number:?}, which readers do not show")
        });
    }

    /// The next boundary line at or after `at`, which is the start of a line.
    fn next_delimiter(
        &self,
        finder: &Finder<'_>,
        mut at: usize,
        warnings: &mut Warnings,
    ) -> Option<Delimiter> {
        self.open.iter().find(|open| open.boundary.is_some())?;
        loop {
            let rest = self.raw.get(at..)?;
            if rest.starts_with(b"--") {
                let next = self.line_end.next_line(self.raw, at, self.raw.len());
                let line = self.raw.get(at..next)?;
                if let Some((level, closes)) = self.level_of(line) {
                    return Some(Delimiter {
                        level,
                        closes,
                        line: at,
                        next,
                    });
                }
                if self.begins_as_boundary(line) {
                    warnings.add("boundary-with-text", || {
                        format!("the line at byte {at} is a boundary with text behind it, which readers take differently; here it is text")
                    });
                }
            }
            at += finder.find(rest)? + 1;
        }
    }

    /// The open multipart this line is a boundary of, the innermost first, and whether the line closes it.
    fn level_of(&self, line: &[u8]) -> Option<(usize, bool)> {
        let text = line.strip_prefix(b"--")?;
        let boundary_of = |open: &Open| -> Option<bool> {
            let boundary = open.boundary.as_deref()?;
            let after = text.strip_prefix(boundary)?;
            if after.trim_ascii().is_empty() {
                return Some(false);
            }
            let after = after.strip_prefix(b"--")?;
            after.trim_ascii().is_empty().then_some(true)
        };
        let mut levels = self.open.iter().enumerate().rev();
        levels.find_map(|(level, open)| Some((level, boundary_of(open)?)))
    }

    /// Whether a line that is no boundary starts with one.
    fn begins_as_boundary(&self, line: &[u8]) -> bool {
        let text = line.get(2..).unwrap_or_default();
        let boundaries = self.open.iter().filter_map(|open| open.boundary.as_deref());
        boundaries
            .into_iter()
            .any(|boundary| text.starts_with(boundary))
    }

    /// Ends all open parts below `level` at `end`.
    fn close_below(&mut self, level: usize, end: usize, warnings: &mut Warnings) {
        while self.open.len() > level + 1 {
            self.close_last(end, warnings);
        }
    }

    fn finish(&mut self, warnings: &mut Warnings) {
        self.close_last(self.raw.len(), warnings);
    }

    fn close_last(&mut self, end: usize, warnings: &mut Warnings) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let Some(part) = self.parts.get_mut(open.part) else {
            return;
        };
        part.body.end = end.max(part.body.start);
        if !part.is_multipart() {
            return;
        }
        if open.n_children == 0 {
            self.unopened.push(open.part);
        }
        let (number, start) = (&part.number, part.body.start);
        let epilogue = open.epilogue.map_or(0, |from| {
            let text = self.raw.get(from..end).unwrap_or_default();
            text.trim_ascii().len()
        });
        if epilogue > 0 {
            warnings.add("epilogue-not-shown", || {
                format!("{epilogue} bytes of text follow the closing boundary of multipart {number:?}, which readers do not show")
            });
        }
        if open.boundary.is_some() && open.n_children == 0 {
            warnings.add("multipart-without-parts", || {
                format!("the boundary of multipart {number:?} at byte {start} does not occur: it is read as text")
            });
        } else if open.boundary.is_some() {
            warnings.add("multipart-not-closed", || {
                format!("multipart {number:?} at byte {start} has no closing boundary")
            });
        }
    }

    /// Adds a part below the innermost open part, which is the multipart whose boundary was met.
    fn start_part(&mut self, header: Header, warnings: &mut Warnings) {
        let index = self.parts.len();
        let mut part = Part {
            body: Span::new(header.body_start, self.raw.len()),
            ..Part::default()
        };
        if let Some(open) = self.open.last_mut() {
            open.n_children += 1;
            part.parent = Some(open.part);
            if let Some(parent) = self.parts.get(open.part) {
                part.depth = parent.depth + 1;
                part.number = match parent.number.as_str() {
                    "" => open.n_children.to_string(),
                    number => format!("{number}.{}", open.n_children),
                };
                if parent.media_type == "multipart/digest" {
                    "message/rfc822".clone_into(&mut part.media_type);
                }
            }
        }
        describe(self.raw, &header.fields, &mut part, warnings);
        part.header = header.fields;
        let boundary = self.boundary_to_obey(&part, warnings);
        self.parts.push(part);
        self.open.push(Open {
            part: index,
            boundary,
            n_children: 0,
            epilogue: None,
        });
    }

    /// The boundary of a multipart that is to be opened.
    fn boundary_to_obey(&self, part: &Part, warnings: &mut Warnings) -> Option<Vec<u8>> {
        if !part.is_multipart() {
            return None;
        }
        let number = &part.number;
        if part.depth >= DEPTH_MAX {
            warnings.add("depth-limit", || {
                format!("multipart {number:?} lies {DEPTH_MAX} levels deep and is kept whole")
            });
            return None;
        }
        // The bytes as written go before the decoded text; they differ where the parameter is quoted or extended.
        let boundary = part.boundary.as_deref().unwrap_or_default().as_bytes();
        let boundary = boundary.trim_ascii_end();
        if boundary.is_empty() || boundary.len() > BOUNDARY_BYTES_MAX {
            warnings.add("multipart-without-boundary", || {
                format!("multipart {number:?} states no usable boundary: it is read as text")
            });
            return None;
        }
        let is_reused = |open: &Open| open.boundary.as_deref() == Some(boundary);
        if self.open.iter().any(is_reused) {
            warnings.add("boundary-reused", || {
                format!("multipart {number:?} has the boundary of a multipart around it")
            });
        }
        Some(boundary.to_vec())
    }
}

/// Reads the fields that say what a part is. Of repeated fields the first counts.
fn describe(raw: &[u8], fields: &[HeaderField], part: &mut Part, warnings: &mut Warnings) {
    let (mut content_type, mut disposition, mut encoding) = (None, None, None);
    for field in fields {
        let name = field.name.of(raw);
        let slot = match name.len() {
            12 if name.eq_ignore_ascii_case(b"content-type") => &mut content_type,
            19 if name.eq_ignore_ascii_case(b"content-disposition") => &mut disposition,
            25 if name.eq_ignore_ascii_case(b"content-transfer-encoding") => &mut encoding,
            _ => continue,
        };
        if slot.is_some() {
            warnings.add("content-field-repeated", || {
                let name = String::from_utf8_lossy(name);
                format!(
                    "{name} is repeated at byte {}; the first counts",
                    field.whole.start
                )
            });
        } else {
            *slot = Some(field.value);
        }
    }
    if let Some(value) = encoding {
        part.encoding = transfer_encoding(value.of(raw), warnings);
    }
    let content_type = content_type
        .map(|value| structured(raw, value, warnings))
        .unwrap_or_default();
    let disposition = disposition
        .map(|value| structured(raw, value, warnings))
        .unwrap_or_default();
    set_content_type(raw, part, &content_type, warnings);
    set_disposition(part, &disposition);
    let name = disposition
        .parameter("filename")
        .or_else(|| content_type.parameter("name"));
    part.file_name = name
        .map(|name| name.value.clone())
        .filter(|name| !name.is_empty());
}

fn set_content_type(raw: &[u8], part: &mut Part, read: &Structured, warnings: &mut Warnings) {
    if read.value.contains('/') {
        part.media_type.clone_from(&read.value);
    } else {
        if !read.value.is_empty() {
            warnings.add("media-type-malformed", || {
                format!("{:?} is no media type: read as text/plain", read.value)
            });
        }
        if part.media_type.is_empty() {
            "text/plain".clone_into(&mut part.media_type);
        }
    }
    part.charset = read.parameter("charset").map(|p| p.value.clone());
    if let Some(boundary) = read.parameter("boundary") {
        part.boundary_span = boundary.span;
        part.boundary = Some(boundary_text(raw, &boundary.value, boundary.span));
    }
    part.parameters = read.pairs();
}

/// The boundary as written, unless quoting or RFC 2231 makes it another.
fn boundary_text(raw: &[u8], decoded: &str, span: Span) -> String {
    let written = span.of(raw);
    match std::str::from_utf8(written) {
        // An encoded word inside a boundary is not decoded: boundaries are compared as bytes.
        Ok(written) if written.starts_with("=?") => written.to_owned(),
        _ => decoded.to_owned(),
    }
}

fn set_disposition(part: &mut Part, read: &Structured) {
    part.disposition = match read.value.as_str() {
        "" => Disposition::None,
        "inline" => Disposition::Inline,
        _ => Disposition::Attachment,
    };
    part.disposition_parameters = read.pairs();
}

fn transfer_encoding(value: &[u8], warnings: &mut Warnings) -> TransferEncoding {
    let text = String::from_utf8_lossy(value).to_ascii_lowercase();
    let word = text
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';'))
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ';'))
        .next()
        .unwrap_or_default();
    match word {
        "base64" => TransferEncoding::Base64,
        "quoted-printable" => TransferEncoding::QuotedPrintable,
        "uuencode" | "x-uuencode" | "x-uue" | "uue" | "x-uu" => TransferEncoding::Uuencode,
        "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" => TransferEncoding::Identity,
        unknown => {
            warnings.add("transfer-encoding-unknown", || {
                format!(
                    "the transfer encoding {unknown:?} is unknown: the bytes are taken as they are"
                )
            });
            TransferEncoding::Identity
        }
    }
}
