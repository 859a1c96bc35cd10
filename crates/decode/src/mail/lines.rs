//! Where lines end: LF, CRLF, or, in messages that hold no LF at all, bare CR.

use memchr::memchr;

/// How far is looked for an LF before a message counts as one whose lines end with bare CR.
const LINE_END_SEARCH_BYTES: usize = 1 << 20;

/// The byte that ends the lines of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineEnd(u8);

impl LineEnd {
    /// The line end of these bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let start = bytes
            .get(..bytes.len().min(LINE_END_SEARCH_BYTES))
            .unwrap_or_default();
        if memchr(b'\n', start).is_none() && memchr(b'\r', start).is_some() {
            Self(b'\r')
        } else {
            Self(b'\n')
        }
    }

    /// The byte itself.
    pub(super) const fn byte(self) -> u8 {
        self.0
    }

    /// Offset of the first byte after the line that starts at `start`; `end` where it is the last one.
    pub(super) fn next_line(self, bytes: &[u8], start: usize, end: usize) -> usize {
        let rest = bytes.get(start..end).unwrap_or_default();
        memchr(self.0, rest).map_or(end, |at| start + at + 1)
    }

    /// End of the line's content, for a line that starts at `start` and whose line end closes at `next`.
    pub(super) fn content_end(self, bytes: &[u8], start: usize, next: usize) -> usize {
        let line = bytes.get(start..next).unwrap_or_default();
        let Some(line) = line.strip_suffix(&[self.0]) else {
            return next;
        };
        let n_returns = line.iter().rev().take_while(|&&b| b == b'\r').count();
        start + line.len() - n_returns
    }

    /// Offset where the text before `line_start` ends once the single line end before `line_start` is taken away.
    pub(super) fn before(self, bytes: &[u8], line_start: usize) -> usize {
        let head = bytes.get(..line_start).unwrap_or_default();
        let Some(head) = head.strip_suffix(&[self.0]) else {
            return line_start;
        };
        head.strip_suffix(b"\r").unwrap_or(head).len()
    }
}
