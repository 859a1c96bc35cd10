//! Counts what goes into and comes out of a decoder, and stops bombs.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use crate::Limits;

/// Bytes read ahead of a decoder.
const BUFFER_BYTES: usize = 64 << 10;

/// The input of a decoder: buffered, and counted as it is consumed and not as it is read ahead.
pub(super) struct CountedInput<R> {
    inner: BufReader<R>,
    n_consumed: Rc<Cell<u64>>,
}

impl<R: Read> CountedInput<R> {
    pub(super) fn new(inner: R, n_consumed: Rc<Cell<u64>>) -> Self {
        Self {
            inner: BufReader::with_capacity(BUFFER_BYTES, inner),
            n_consumed,
        }
    }
}

impl<R: Read> BufRead for CountedInput<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.n_consumed.set(self.n_consumed.get() + n as u64);
        self.inner.consume(n);
    }
}

impl<R: Read> Read for CountedInput<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_consumed.set(self.n_consumed.get() + n as u64);
        Ok(n)
    }
}

/// The output of a decoder, refused where it grows beyond all proportion.
pub(super) struct MeteredOutput<R> {
    pub(super) inner: R,
    pub(super) n_out: u64,
    /// Compressed bytes consumed so far.
    pub(super) n_consumed: Rc<Cell<u64>>,
    /// Bytes that the containers of the whole file may still expand to.
    pub(super) expandable: Rc<Cell<u64>>,
    pub(super) limits: Limits,
}

impl<R: Read> Read for MeteredOutput<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_out += n as u64;
        let limits = &self.limits;
        let by_ratio = self
            .n_consumed
            .get()
            .saturating_mul(limits.stream_ratio_max);
        if self.n_out > limits.stream_free_bytes.saturating_add(by_ratio) {
            return Err(io::Error::other(expands_by_ratio(limits)));
        }
        match self.expandable.get().checked_sub(n as u64) {
            Some(left) => self.expandable.set(left),
            None => {
                return Err(io::Error::other(expands_beyond_file(limits)));
            }
        }
        Ok(n)
    }
}

/// Why a stream is not read on that grows beyond all proportion.
pub(super) fn expands_by_ratio(limits: &Limits) -> String {
    format!(
        "it expands to more than {} times its size",
        limits.stream_ratio_max
    )
}

/// Why nothing more of a file is unpacked.
pub(super) fn expands_beyond_file(limits: &Limits) -> String {
    format!(
        "the containers of this file expand to more than {} bytes and {} times its size",
        limits.expanded_free_bytes, limits.expanded_ratio_max
    )
}
