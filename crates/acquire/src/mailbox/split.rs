//! Splits an mbox of any size into messages, one window at a time.

use std::io::{self, Read};
use std::ops::ControlFlow;

use bytes::{Bytes, BytesMut};
use mabillon_case::ItemId;

use super::hashed::WindowHasher;
use super::mbox::{
    JUDGE_BYTES, Next, Scanner, Window, message_end, n_leading_line_ends, separator_text,
};
use crate::limits::HEADER_BYTES_MAX;
use crate::spot::Taken;

/// Bytes beyond the largest item after which a message that has not ended is surely larger: separator lines and a
/// header that is searched for `Content-Length`.
const UNDECIDED_BYTES: u64 = (HEADER_BYTES_MAX + 2 * JUDGE_BYTES) as u64;

/// Bytes of the windows kept to be used again once nobody holds a message in them.
const SPARE_BYTES_MAX: usize = 32 << 20;

/// Windows that a window may be as large as and still be used again: two, where one message reaches into the next.
const REUSED_WINDOWS_MAX: usize = 2;

/// Bytes that a window grows by at most: a large message is copied a few times, and little memory lies idle behind it.
const WINDOW_GROWTH_BYTES_MAX: usize = 16 << 20;

/// Something found in a mailbox, or needed to find it.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Memory is taken for a window, larger than most.
    Window {
        /// Its bytes.
        n_bytes: u64,
    },
    /// A message.
    Message {
        /// The separator line, for display.
        separator: String,
        /// Its exact bytes.
        bytes: Bytes,
        /// Where it begins in the mailbox.
        offset: u64,
        /// Its identity, where it was hashed.
        item: Option<ItemId>,
    },
    /// A message that is not given.
    Lost {
        /// Where it begins in the mailbox.
        offset: u64,
        /// Number of its bytes.
        length: u64,
        /// Why it is not given.
        loss: Loss,
    },
}

impl Piece {
    /// Whether it is given, and the number of its bytes.
    pub(crate) fn taken(&self) -> (Taken, u64) {
        match self {
            Self::Window { .. } => (Taken::Read, 0),
            Self::Message { bytes, .. } => (Taken::Read, bytes.len() as u64),
            Self::Lost { length, .. } => (Taken::Failed, *length),
        }
    }
}

/// Why a message is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It is larger than one item may be.
    TooLarge,
    /// Reading failed in the middle of it.
    CutOff,
}

/// Where pieces go.
pub(crate) type Sink<'a> = dyn FnMut(Piece) -> ControlFlow<()> + 'a;

/// The end of a mailbox.
#[derive(Debug)]
pub(crate) struct SplitEnd {
    /// Number of bytes of the mailbox.
    pub(crate) n_bytes: u64,
    /// Why reading ended, if not at the end of the mailbox.
    pub(crate) error: Option<io::Error>,
}

/// How to split.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SplitLimits {
    /// Bytes of one window.
    pub(crate) window_bytes: usize,
    /// Bytes of the largest message that is given.
    pub(crate) item_bytes_max: u64,
}

/// Splits a mailbox that lies in memory. Messages are slices of it.
pub(crate) fn split_bytes(
    mailbox: &Bytes,
    item_bytes_max: u64,
    sink: &mut Sink<'_>,
) -> ControlFlow<(), SplitEnd> {
    let mut splitter = Splitter::new(item_bytes_max);
    splitter.window(mailbox, Window::Last, sink)?;
    ControlFlow::Continue(SplitEnd {
        n_bytes: mailbox.len() as u64,
        error: None,
    })
}

/// Splits a mailbox of any length. Messages are slices of the windows it is read into, and told once they are hashed.
pub(crate) fn split_stream(
    reader: &mut dyn Read,
    limits: SplitLimits,
    windows: &mut Windows,
    hasher: &mut WindowHasher,
    sink: &mut Sink<'_>,
) -> ControlFlow<(), SplitEnd> {
    let mut splitter = Splitter::new(limits.item_bytes_max);
    let mut rest = Bytes::new();
    let mut n_bytes = 0;
    loop {
        let size = window_size(rest.len(), limits.window_bytes);
        if size > limits.window_bytes {
            // What waits to be hashed holds memory too.
            hasher.give_rest(sink)?;
            let n_bytes = size as u64;
            sink(Piece::Window { n_bytes })?;
        }
        let read = windows.read(reader, &rest, size, limits.window_bytes);
        n_bytes += (read.window.len() - rest.len()) as u64;
        let mut pieces = Vec::new();
        let mut gather = |piece| {
            pieces.push(piece);
            ControlFlow::Continue(())
        };
        let n_done = splitter.window(&read.window, read.state, &mut gather)?;
        if read.error.is_some() {
            splitter.lose_rest(n_bytes, &mut gather)?;
        }
        let is_end = read.error.is_some() || read.state == Window::Last;
        let n_hashed = if is_end { read.window.len() } else { n_done };
        hasher.add(read.window.slice(..n_hashed), pieces, sink)?;
        if is_end {
            hasher.give_rest(sink)?;
            return ControlFlow::Continue(SplitEnd {
                n_bytes,
                error: read.error,
            });
        }
        rest = read.window.slice(n_done..);
    }
}

struct Splitter {
    scanner: Scanner,
    item_bytes_max: u64,
    /// Bytes of the mailbox before the window.
    offset: u64,
    is_started: bool,
    /// Where a message begins that is too large to be kept.
    oversized_from: Option<u64>,
}

impl Splitter {
    fn new(item_bytes_max: u64) -> Self {
        Self {
            scanner: Scanner::new(item_bytes_max),
            item_bytes_max,
            offset: 0,
            is_started: false,
            oversized_from: None,
        }
    }

    /// Takes all messages that end in the window; gives the number of its bytes that are done with.
    fn window(
        &mut self,
        window: &Bytes,
        state: Window,
        sink: &mut Sink<'_>,
    ) -> ControlFlow<(), usize> {
        let mut at = 0;
        if !self.is_started {
            at = n_leading_line_ends(window);
            self.is_started = at < window.len();
        }
        loop {
            if self.oversized_from.is_some() {
                at = self.skip(window, at, state, sink)?;
            }
            if self.oversized_from.is_some() || at >= window.len() {
                break;
            }
            let Some(found) = self.scanner.next_message(window, at, state) else {
                if (window.len() - at) as u64 <= self.item_bytes_max + UNDECIDED_BYTES {
                    break;
                }
                at += separator_bytes(window, at);
                self.oversized_from = Some(self.offset + at as u64);
                continue;
            };
            let offset = self.offset + found.message.start as u64;
            let length = found.message.len() as u64;
            sink(if length > self.item_bytes_max {
                Piece::Lost {
                    offset,
                    length,
                    loss: Loss::TooLarge,
                }
            } else {
                let separator = separator_text(window, &found.separator);
                Piece::Message {
                    separator,
                    bytes: window.slice(found.message),
                    offset,
                    item: None,
                }
            })?;
            at = found.next;
        }
        self.offset += at as u64;
        ControlFlow::Continue(at)
    }

    /// Goes on in a message that is too large, to its end if that is in the window.
    fn skip(
        &mut self,
        window: &Bytes,
        at: usize,
        state: Window,
        sink: &mut Sink<'_>,
    ) -> ControlFlow<(), usize> {
        let Some(from) = self.oversized_from else {
            return ControlFlow::Continue(at);
        };
        // One byte on, so that the start of the window is not taken for the start of a message.
        let search = (at + 1).min(window.len());
        let next = match self.scanner.next_separator(window, search, 1, state) {
            Next::At(next) => next,
            Next::NotBefore(_) if state == Window::Last => window.len(),
            // A few bytes stay, so that the empty line before a separator is seen.
            Next::NotBefore(place) => {
                return ControlFlow::Continue(place.saturating_sub(4).max(at));
            }
        };
        let end = self.offset + message_end(window, 1, next) as u64;
        self.oversized_from = None;
        sink(Piece::Lost {
            offset: from,
            length: end.saturating_sub(from),
            loss: Loss::TooLarge,
        })?;
        ControlFlow::Continue(next)
    }

    /// What is left when reading fails: a message without its end.
    fn lose_rest(&self, n_bytes: u64, sink: &mut Sink<'_>) -> ControlFlow<()> {
        let offset = self.oversized_from.unwrap_or(self.offset);
        if n_bytes > offset {
            sink(Piece::Lost {
                offset,
                length: n_bytes - offset,
                loss: Loss::CutOff,
            })?;
        }
        ControlFlow::Continue(())
    }
}

/// Bytes of the separator line at `at`, with its line end.
fn separator_bytes(window: &[u8], at: usize) -> usize {
    let text = window.get(at..).unwrap_or_default();
    memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1)
}

/// Bytes of the window that follows one of which so many are left.
fn window_size(n_left: usize, window_bytes: usize) -> usize {
    // Twice as much, so that a large message is copied a bounded number of times.
    let growth = n_left.min(WINDOW_GROWTH_BYTES_MAX);
    // Mostly that is one window, which is used again.
    (n_left + growth)
        .next_multiple_of(window_bytes)
        .max(window_bytes)
}

/// The windows that mailboxes are read into. Fresh memory costs more than reading from the page cache, so windows that
/// nobody holds any longer are used again, for the next mailbox too.
#[derive(Default)]
pub(crate) struct Windows {
    spare: Vec<Bytes>,
}

struct ReadWindow {
    window: Bytes,
    state: Window,
    error: Option<io::Error>,
}

impl Windows {
    /// A window that begins with `rest` and goes on with what is read.
    fn read(
        &mut self,
        reader: &mut dyn Read,
        rest: &Bytes,
        size: usize,
        window_bytes: usize,
    ) -> ReadWindow {
        let mut buffer = self.take(size);
        if let Some(start) = buffer.get_mut(..rest.len()) {
            start.copy_from_slice(rest);
        }
        let mut n_filled = rest.len();
        let mut state = Window::Open;
        let mut error = None;
        while let Some(free) = buffer.get_mut(n_filled..).filter(|free| !free.is_empty()) {
            match reader.read(free) {
                Ok(0) => {
                    state = Window::Last;
                    break;
                }
                Ok(n) => n_filled += n,
                Err(failure) if failure.kind() == io::ErrorKind::Interrupted => {}
                Err(failure) => {
                    error = Some(failure);
                    break;
                }
            }
        }
        let whole = buffer.freeze();
        let window = whole.slice(..n_filled);
        // Larger windows are rare and their memory is better given back.
        if size <= REUSED_WINDOWS_MAX * window_bytes {
            self.keep(whole);
        }
        ReadWindow {
            window,
            state,
            error,
        }
    }

    fn take(&mut self, size: usize) -> BytesMut {
        let free = self
            .spare
            .iter()
            .position(|spare| spare.len() == size && spare.is_unique());
        free.and_then(|index| self.spare.swap_remove(index).try_into_mut().ok())
            .unwrap_or_else(|| BytesMut::zeroed(size))
    }

    fn keep(&mut self, window: Bytes) {
        self.spare.push(window);
        let mut n_bytes: usize = self.spare.iter().map(Bytes::len).sum();
        while n_bytes > SPARE_BYTES_MAX {
            n_bytes -= self.spare.remove(0).len();
        }
    }
}
