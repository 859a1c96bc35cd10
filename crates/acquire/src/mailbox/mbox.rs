//! Where the messages of an mbox lie (RFC 4155, and the dialects mboxo, mboxrd, mboxcl and mboxcl2).
//!
//! A `From ` line separates messages if it stands at the start or after an empty line and ends like a date or is
//! followed by a field of a message. Nothing is unescaped: a message is its exact bytes. The separator line and the
//! empty line before the next one belong to the mailbox. `Content-Length` (mboxcl, mboxcl2) is believed only where it
//! lands exactly on the next separator or on the end of the file.

use std::ops::Range;

use memchr::{memchr, memmem};

use crate::form::header::{field_name, is_mail_field};
use crate::limits::{
    CONTENT_LENGTH_MAX, HEADER_BYTES_MAX, SEPARATOR_LINE_BYTES_MAX, WHOLE_BYTES_MAX,
};
use crate::printable::printable;

/// Bytes after a separator line that decide whether a field follows.
const NEXT_LINE_BYTES: usize = 128;

/// Bytes from the start of a separator that always suffice to judge it.
pub(crate) const JUDGE_BYTES: usize = SEPARATOR_LINE_BYTES_MAX + NEXT_LINE_BYTES;

const MONTHS_AND_DAYS: &[&[u8]] = &[
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
    b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun",
];

/// One message found in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The separator line without its line end.
    pub(crate) separator: Range<usize>,
    /// The message.
    pub(crate) message: Range<usize>,
    /// Where the next separator, or the end, is.
    pub(crate) next: usize,
}

/// Whether the window holds all that is left of the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// More bytes follow.
    Open,
    /// The mailbox ends with the window.
    Last,
}

/// What is known at some place.
enum Judged<T> {
    Known(T),
    /// The window ends too early to tell.
    Unknown,
}

/// Where a search ended.
pub(crate) enum Next {
    /// The next separator begins here.
    At(usize),
    /// There is none before this place, and it cannot be told what follows.
    NotBefore(usize),
}

/// Finds messages.
pub(crate) struct Scanner {
    finder: memmem::Finder<'static>,
    content_length_max: usize,
}

impl Scanner {
    /// A scanner that believes no `Content-Length` above the largest item.
    pub(crate) fn new(item_bytes_max: u64) -> Self {
        let item_bytes_max = usize::try_from(item_bytes_max).unwrap_or(usize::MAX);
        Self {
            finder: memmem::Finder::new(b"\nFrom "),
            content_length_max: item_bytes_max.min(CONTENT_LENGTH_MAX),
        }
    }

    /// The first message of a file that is at hand whole and begins with a separator.
    pub(crate) fn first_message(&self, file: &[u8]) -> Option<Found> {
        self.next_message(file, n_leading_line_ends(file), Window::Last)
    }

    /// The message whose separator begins at `start`; `None` if the window must grow first.
    pub(crate) fn next_message(&self, window: &[u8], start: usize, state: Window) -> Option<Found> {
        let line_end = match line_end(window, start, state) {
            Judged::Known(end) => end.unwrap_or(window.len()),
            Judged::Unknown => return None,
        };
        let body = (line_end + 1).min(window.len());
        let separator = start..start + without_line_end(window.get(start..line_end)?).len();
        match self.by_content_length(window, body, state) {
            Judged::Unknown => return None,
            Judged::Known(Some((end, next))) => {
                return Some(Found {
                    separator,
                    message: body..end,
                    next,
                });
            }
            Judged::Known(None) => {}
        }
        let next = match self.next_separator(window, body, body, state) {
            Next::At(next) => next,
            Next::NotBefore(_) if state == Window::Last => window.len(),
            Next::NotBefore(_) => return None,
        };
        let message = body..message_end(window, body, next);
        Some(Found {
            separator,
            message,
            next,
        })
    }

    /// The next separator from `from` on, in a message whose first byte is at `body`.
    pub(crate) fn next_separator(
        &self,
        window: &[u8],
        from: usize,
        body: usize,
        state: Window,
    ) -> Next {
        let is_line_start = body
            .checked_sub(1)
            .is_none_or(|before| window.get(before) == Some(&b'\n'));
        if from == body && is_line_start {
            match judge_separator(window, body, body, state) {
                Judged::Known(true) => return Next::At(body),
                Judged::Known(false) => {}
                Judged::Unknown => return Next::NotBefore(body),
            }
        }
        let text = window.get(from..).unwrap_or_default();
        for found in self.finder.find_iter(text) {
            let at = from + found + 1;
            match judge_separator(window, at, body, state) {
                Judged::Known(true) => return Next::At(at),
                Judged::Known(false) => {}
                Judged::Unknown => return Next::NotBefore(from + found),
            }
        }
        Next::NotBefore(window.len().saturating_sub(b"\nFrom ".len()).max(from))
    }

    /// The end of the message and the next separator, if `Content-Length` says so and is right.
    fn by_content_length(
        &self,
        window: &[u8],
        body: usize,
        state: Window,
    ) -> Judged<Option<(usize, usize)>> {
        let target = match content_end(window, body, state) {
            Judged::Known(Some((header_end, length))) if length <= self.content_length_max => {
                header_end + length
            }
            Judged::Known(_) => return Judged::Known(None),
            Judged::Unknown => return Judged::Unknown,
        };
        if state == Window::Open && window.len() < target + 2 + JUDGE_BYTES {
            return Judged::Unknown;
        }
        let Some(rest) = window.get(target..) else {
            return Judged::Known(None);
        };
        let line_end = if rest.starts_with(b"\r\n") {
            2
        } else {
            usize::from(rest.starts_with(b"\n"))
        };
        let next = target + line_end;
        let is_line_start = next.checked_sub(1).and_then(|at| window.get(at)) == Some(&b'\n');
        let lands = next == window.len() || (is_line_start && is_marked(window, next));
        if !lands {
            return Judged::Known(None);
        }
        // Where it lands on the separator itself, the empty line before was counted in.
        let end = if line_end == 0 {
            message_end(window, body, target)
        } else {
            target
        };
        Judged::Known(Some((end, next)))
    }
}

/// Whether a file begins with a separator line and something like a message after it.
pub(crate) fn starts_like_mbox(file: &[u8]) -> bool {
    let start = n_leading_line_ends(file);
    let Some(text) = file.get(start..).filter(|text| text.starts_with(b"From ")) else {
        return false;
    };
    let look = text
        .get(..text.len().min(2 * SEPARATOR_LINE_BYTES_MAX))
        .unwrap_or_default();
    let end = memchr(b'\n', look);
    let line = look.get(..end.unwrap_or(look.len())).unwrap_or_default();
    let next = end.and_then(|end| look.get(end + 1..)).unwrap_or_default();
    let next = without_line_end(
        next.get(..memchr(b'\n', next).unwrap_or(next.len()))
            .unwrap_or_default(),
    );
    let is_followed = next.is_empty() || field_name(next).is_some() || next.starts_with(b">From ");
    line.len() <= SEPARATOR_LINE_BYTES_MAX
        && ((ends_like_date(line) && is_followed) || (has_one_word(line) && is_mail_field(next)))
}

/// Whether a file that begins like an mbox holds one message only.
pub(crate) fn has_one_message(file: &[u8]) -> bool {
    Scanner::new(WHOLE_BYTES_MAX)
        .first_message(file)
        .is_some_and(|found| found.next >= file.len())
}

/// Number of line ends before the first separator.
pub(crate) fn n_leading_line_ends(file: &[u8]) -> usize {
    file.iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count()
}

/// A separator line for display.
pub(crate) fn separator_text(window: &[u8], separator: &Range<usize>) -> String {
    printable(window.get(separator.clone()).unwrap_or_default())
}

/// Where the message ends whose first byte is at `body` and whose next separator is at `next`: before the empty line.
pub(crate) fn message_end(window: &[u8], body: usize, next: usize) -> usize {
    // With the line end of the separator line, so that a message of nothing but the empty line is seen.
    let text = window.get(body.saturating_sub(1)..next).unwrap_or_default();
    let n_empty = if text.ends_with(b"\n\r\n") {
        2
    } else {
        usize::from(text.ends_with(b"\n\n"))
    };
    next.saturating_sub(n_empty).max(body)
}

/// Whether the text at `at`, which is the start of a line, is a separator line.
fn judge_separator(window: &[u8], at: usize, body: usize, state: Window) -> Judged<bool> {
    let text = window.get(at..).unwrap_or_default();
    let is_from = text.starts_with(b"From ");
    if !is_from {
        let may_become = state == Window::Open && b"From ".starts_with(text);
        return if may_become {
            Judged::Unknown
        } else {
            Judged::Known(false)
        };
    }
    if state == Window::Open && text.len() < JUDGE_BYTES {
        return Judged::Unknown;
    }
    let before = window.get(body.saturating_sub(1)..at).unwrap_or_default();
    let is_after_empty = before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n");
    let (has_date, has_word, has_field) = marks(window, at);
    Judged::Known(if is_after_empty {
        has_date || (has_word && has_field)
    } else {
        has_date && has_field
    })
}

/// Whether there is a `From ` line with any mark of a separator.
fn is_marked(window: &[u8], at: usize) -> bool {
    let is_from = window
        .get(at..)
        .is_some_and(|text| text.starts_with(b"From "));
    let (has_date, _, has_field) = marks(window, at);
    is_from && (has_date || has_field)
}

/// Of a line: does it end like a date, has it one word after `From`, does a field of a message follow?
fn marks(window: &[u8], at: usize) -> (bool, bool, bool) {
    let text = window.get(at..).unwrap_or_default();
    let look = text
        .get(..text.len().min(SEPARATOR_LINE_BYTES_MAX))
        .unwrap_or_default();
    let end = memchr(b'\n', look);
    if end.is_none() && text.len() > look.len() {
        return (false, false, false);
    }
    let end = end.unwrap_or(look.len());
    let line = look.get(..end).unwrap_or_default();
    let next = text.get(end + 1..).unwrap_or_default();
    let next = next
        .get(..next.len().min(NEXT_LINE_BYTES - 1))
        .unwrap_or_default();
    let next = next
        .get(..memchr(b'\n', next).unwrap_or(next.len()))
        .unwrap_or_default();
    (
        ends_like_date(line),
        has_one_word(line),
        is_mail_field(next),
    )
}

/// Whether a `From ` line ends like a date: a month or day by name, a time, and a year; or an ISO date.
fn ends_like_date(line: &[u8]) -> bool {
    let (mut has_name, mut has_time, mut has_year) = (false, false, false);
    for word in line.split(u8::is_ascii_whitespace).skip(1) {
        let name = word.strip_suffix(b",").unwrap_or(word);
        has_name |= MONTHS_AND_DAYS.contains(&name);
        has_time |= is_time(word);
        has_year |= matches!(word, [b'1', b'9', a, b] | [b'2', b'0', a, b] if a.is_ascii_digit() && b.is_ascii_digit());
        if is_iso_date(word) {
            return true;
        }
    }
    has_name && has_time && has_year
}

/// `10:00` or `10:00:00`.
fn is_time(word: &[u8]) -> bool {
    let digits = |at: usize| {
        word.get(at..at + 2)
            .is_some_and(|two| two.iter().all(u8::is_ascii_digit))
    };
    matches!(word.len(), 5 | 8) && digits(0) && word.get(2) == Some(&b':') && digits(3)
}

/// `2017-05-01`, alone or before `T`.
fn is_iso_date(word: &[u8]) -> bool {
    let Some(date) = word.get(..10) else {
        return false;
    };
    let is_date = date.iter().enumerate().all(|(at, byte)| {
        if matches!(at, 4 | 7) {
            *byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    });
    is_date && matches!(word.get(10), None | Some(b'T'))
}

/// Whether only a sender follows `From`.
fn has_one_word(line: &[u8]) -> bool {
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .skip(1)
        .filter(|word| !word.is_empty());
    words.next().is_some_and(|word| !word.ends_with(b":")) && words.next().is_none()
}

/// The end of the line that begins at `start`: of its line feed, or `None` if it is the last and has none.
fn line_end(window: &[u8], start: usize, state: Window) -> Judged<Option<usize>> {
    let text = window.get(start..).unwrap_or_default();
    match memchr(b'\n', text) {
        Some(end) => Judged::Known(Some(start + end)),
        None if state == Window::Last => Judged::Known(None),
        None => Judged::Unknown,
    }
}

/// Where the header of the message that begins at `body` ends, and its `Content-Length`.
fn content_end(window: &[u8], body: usize, state: Window) -> Judged<Option<(usize, usize)>> {
    let all = window.get(body..).unwrap_or_default();
    let look = all
        .get(..all.len().min(HEADER_BYTES_MAX))
        .unwrap_or_default();
    let mut at = 0;
    let mut length = None;
    while let Some(end) = memchr(b'\n', look.get(at..).unwrap_or_default()) {
        let line = without_line_end(look.get(at..at + end).unwrap_or_default());
        at += end + 1;
        if line.is_empty() {
            return Judged::Known(length.map(|length| (body + at, length)));
        }
        // The next message, where this one has no end of its header: else many such headers were searched to the limit.
        if line.starts_with(b"From ") {
            return Judged::Known(None);
        }
        if matches!(line.first(), Some(b'C' | b'c')) {
            length = content_length(line).or(length);
        }
    }
    if state == Window::Open && all.len() < HEADER_BYTES_MAX {
        Judged::Unknown
    } else {
        Judged::Known(None)
    }
}

fn content_length(line: &[u8]) -> Option<usize> {
    let name = field_name(line).filter(|name| name.eq_ignore_ascii_case(b"content-length"))?;
    let value = line
        .get(name.len()..)?
        .trim_ascii_start()
        .strip_prefix(b":")?;
    std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
