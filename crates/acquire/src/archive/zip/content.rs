//! The content of an entry: decrypted, expanded and checked against what the directory says of it.

use std::cell::Cell;
use std::io::{self, Read, SeekFrom};
use std::rc::Rc;

use super::directory::Entry;
use super::local::Local;
use super::locked::{Decrypting, Key, Lock};
use super::{ReadSeek, methods};
use crate::Limits;
use crate::archive::meter::{CountedInput, MeteredOutput};

/// The content of an entry as it is stored.
#[derive(Clone)]
pub(super) struct Stored {
    offset: u64,
    n_bytes: u64,
    pub(super) method: u16,
    flags: u16,
    checksum: Option<u32>,
    size_bytes: Option<u64>,
    key: Option<Key>,
}

impl Stored {
    pub(super) fn of(entry: &Entry, local: &Local, n_bytes: u64) -> Self {
        Self {
            offset: local.data_offset,
            n_bytes,
            method: entry.method,
            flags: entry.flags | local.entry.flags,
            checksum: entry.checksum,
            size_bytes: entry.size_bytes,
            key: None,
        }
    }

    pub(super) fn locked_by(self, lock: Lock) -> Self {
        match lock {
            Lock::Traditional { .. } => self,
            Lock::Aes {
                method,
                has_checksum,
                ..
            } => Self {
                method,
                checksum: self.checksum.filter(|_| has_checksum),
                ..self
            },
        }
    }

    pub(super) fn with_key(self, key: Key) -> Self {
        Self {
            offset: self.offset + key.n_before,
            n_bytes: self.n_bytes.saturating_sub(key.n_before + key.n_after),
            key: Some(key),
            ..self
        }
    }

    pub(super) fn is_authentic(&self) -> bool {
        self.key.as_ref().is_none_or(|key| key.is_authentic)
    }

    /// The content, decrypted and expanded, within limits, and checked against what the directory says of it.
    pub(super) fn open(
        self,
        reader: &mut dyn ReadSeek,
        expandable: Rc<Cell<u64>>,
        limits: Limits,
    ) -> io::Result<impl Read> {
        let n_consumed = Rc::new(Cell::new(0));
        reader.seek(SeekFrom::Start(self.offset))?;
        let plain = Decrypting::new(reader.take(self.n_bytes), self.key);
        let input = CountedInput::new(plain, Rc::clone(&n_consumed));
        let output = MeteredOutput {
            inner: methods::decoder(input, self.method, self.flags, self.size_bytes)?,
            n_out: 0,
            n_consumed,
            expandable,
            limits,
        };
        Ok(Checked::new(output, self.size_bytes, self.checksum))
    }

    /// Whether it can be read to its end. Nothing is paid for that from what the file may expand to.
    pub(super) fn reads_whole(self, reader: &mut dyn ReadSeek, limits: &Limits) -> bool {
        let expandable = Rc::new(Cell::new(limits.expanded_free_bytes));
        let opened = self.open(reader, expandable, limits.clone());
        opened.is_ok_and(|mut content| io::copy(&mut content, &mut io::sink()).is_ok())
    }
}

/// A content checked against what the directory says of it.
struct Checked<R> {
    inner: R,
    size_bytes: Option<u64>,
    checksum: Option<u32>,
    sum: flate2::Crc,
    n_read: u64,
}

impl<R: Read> Checked<R> {
    fn new(inner: R, size_bytes: Option<u64>, checksum: Option<u32>) -> Self {
        Self {
            inner,
            size_bytes,
            checksum,
            sum: flate2::Crc::new(),
            n_read: 0,
        }
    }

    fn check_end(&self) -> io::Result<usize> {
        match (self.size_bytes, self.checksum) {
            (Some(size), _) if self.n_read < size => Err(io::Error::other(format!(
                "it holds fewer bytes than the archive says ({size})"
            ))),
            (_, Some(checksum)) if checksum != self.sum.sum() => {
                Err(io::Error::other("its checksum does not match"))
            }
            _ => Ok(0),
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let n = self.inner.read(buffer)?;
        if n == 0 {
            return self.check_end();
        }
        self.n_read += n as u64;
        match self.size_bytes {
            Some(size) if self.n_read > size => {
                return Err(io::Error::other(format!(
                    "it holds more bytes than the archive says ({size})"
                )));
            }
            _ => self.sum.update(buffer.get(..n).unwrap_or_default()),
        }
        Ok(n)
    }
}
