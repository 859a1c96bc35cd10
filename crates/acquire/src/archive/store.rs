//! Where the bytes of a container lie that is read from several places: memory or a file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Bytes that can be read from any place, by any number of readers.
#[derive(Clone)]
pub(crate) struct Store {
    n_bytes: u64,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Memory(Bytes),
    /// The file, and where it is positioned.
    File(Arc<Mutex<(File, u64)>>),
}

impl Store {
    pub(crate) fn of_bytes(bytes: Bytes) -> Self {
        Self {
            n_bytes: bytes.len() as u64,
            content: Content::Memory(bytes),
        }
    }

    /// A file of this size.
    pub(crate) fn of_file(file: File, n_bytes: u64) -> Self {
        // A place where no file is makes the first reader seek.
        Self {
            n_bytes,
            content: Content::File(Arc::new(Mutex::new((file, u64::MAX)))),
        }
    }

    /// The first bytes.
    pub(crate) fn prefix(&self, n_bytes: u64) -> Self {
        Self {
            n_bytes: n_bytes.min(self.n_bytes),
            ..self.clone()
        }
    }

    /// Number of bytes.
    pub(crate) fn len(&self) -> u64 {
        self.n_bytes
    }

    /// A reader at the start.
    pub(crate) fn reader(&self) -> StoreReader {
        StoreReader {
            store: self.clone(),
            position: 0,
        }
    }

    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.n_bytes.saturating_sub(position);
        let n = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let buffer = buffer.get_mut(..n).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        match &self.content {
            Content::Memory(bytes) => {
                let at = usize::try_from(position).unwrap_or(usize::MAX);
                let from = bytes.get(at..).unwrap_or_default();
                let n = buffer.len().min(from.len());
                if let (Some(to), Some(from)) = (buffer.get_mut(..n), from.get(..n)) {
                    to.copy_from_slice(from);
                }
                Ok(n)
            }
            Content::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                if file.1 != position {
                    file.1 = u64::MAX;
                    file.0.seek(SeekFrom::Start(position))?;
                    file.1 = position;
                }
                let n = file.0.read(buffer).inspect_err(|_| file.1 = u64::MAX)?;
                file.1 = file.1.wrapping_add(n as u64);
                Ok(n)
            }
        }
    }
}

/// A reader of a [`Store`].
pub(crate) struct StoreReader {
    store: Store,
    position: u64,
}

impl Read for StoreReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.store.read_at(self.position, buffer)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for StoreReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.store.len().checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn memory_and_file_read_alike_from_any_place() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"onefiletwo").unwrap();
        let stores = [
            Store::of_bytes(Bytes::from_static(b"onefiletwo")),
            Store::of_file(file, 10),
        ];
        for store in stores {
            assert_eq!(store.len(), 10);
            for start in 0..12_u64 {
                let from = usize::try_from(start.min(10)).unwrap();
                let mut reader = store.reader();
                reader.seek(SeekFrom::Start(start)).unwrap();
                let mut text = String::new();
                reader.read_to_string(&mut text).unwrap();
                assert_eq!(text, "onefiletwo"[from..]);
                let mut text = String::new();
                let mut reader = store.prefix(start).reader();
                reader.read_to_string(&mut text).unwrap();
                assert_eq!(text, "onefiletwo"[..from]);
            }
        }
    }
}
