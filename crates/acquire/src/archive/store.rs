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
    File(Arc<Mutex<Opened>>),
    /// One behind another, in the order of their places.
    Parts(Arc<[Part]>),
}

/// A file and where it is positioned.
struct Opened {
    file: File,
    position: u64,
}

impl Opened {
    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position != at {
            // Where it is positioned is not known until seeking has worked.
            self.position = u64::MAX;
            self.file.seek(SeekFrom::Start(at))?;
            self.position = at;
        }
        let n = self
            .file
            .read(buffer)
            .inspect_err(|_| self.position = u64::MAX)?;
        self.position = self.position.wrapping_add(n as u64);
        Ok(n)
    }
}

/// One part of a container that lies in several.
struct Part {
    /// Its number among them, from 1.
    number: u32,
    /// Where it begins in the container.
    start: u64,
    n_bytes: u64,
    /// `None` where it is missing.
    store: Option<Store>,
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
        let opened = Opened {
            file,
            // A place where no file is makes the first reader seek.
            position: u64::MAX,
        };
        Self {
            n_bytes,
            content: Content::File(Arc::new(Mutex::new(opened))),
        }
    }

    /// Parts with their numbers, one behind another. One that is missing between them, or before the first, is taken to be
    /// as large as the first that is there: all but the last are, as a rule.
    pub(crate) fn of_parts(numbered: Vec<(u32, Self)>) -> Self {
        let n_missing = numbered.first().map_or(0, |(_, store)| store.n_bytes);
        let mut parts: Vec<Part> = Vec::new();
        let mut start: u64 = 0;
        let mut push = |number, n_bytes, store| {
            let part = Part {
                number,
                start,
                n_bytes,
                store,
            };
            start = start.saturating_add(n_bytes);
            parts.push(part);
        };
        let mut next = 1;
        for (number, store) in numbered {
            for missing in next..number {
                push(missing, n_missing, None);
            }
            push(number, store.n_bytes, Some(store));
            next = number.saturating_add(1);
        }
        Self {
            n_bytes: start,
            content: Content::Parts(parts.into()),
        }
    }

    /// Where its parts begin, those that are missing too: one for each number from 1.
    pub(crate) fn starts(&self) -> Vec<u64> {
        match &self.content {
            Content::Parts(parts) => parts.iter().map(|part| part.start).collect(),
            _ => vec![0],
        }
    }

    /// Each part that is there by itself, with its number.
    pub(crate) fn parts(&self) -> Vec<(u32, Self)> {
        match &self.content {
            Content::Parts(parts) => {
                let there = parts.iter();
                there
                    .filter_map(|part| Some((part.number, part.store.clone()?)))
                    .collect()
            }
            _ => vec![(1, self.clone())],
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

    /// Whether it begins with these bytes.
    pub(crate) fn starts_with(&self, mark: &[u8]) -> bool {
        let mut start = vec![0; mark.len()];
        self.reader().read_exact(&mut start).is_ok() && start == mark
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
            Content::File(opened) => {
                let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
                opened.read_at(position, buffer)
            }
            Content::Parts(parts) => read_in_parts(parts, position, buffer),
        }
    }
}

fn read_in_parts(parts: &[Part], position: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let after = parts.partition_point(|part| part.start <= position);
    let Some(part) = parts.get(after.saturating_sub(1)) else {
        return Ok(0);
    };
    let at = position.saturating_sub(part.start);
    match &part.store {
        Some(store) => store.read_at(at, buffer),
        None if at < part.n_bytes => Err(io::Error::other(format!(
            "it lies in part {}, which is missing",
            part.number
        ))),
        None => Ok(0),
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
        let file_store = |content: &[u8]| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(content).unwrap();
            Store::of_file(file, content.len() as u64)
        };
        let stores = [
            Store::of_bytes(Bytes::from_static(b"onefiletwo")),
            file_store(b"onefiletwo"),
            Store::of_parts(vec![
                (1, file_store(b"one")),
                (2, Store::of_bytes(Bytes::new())),
                (3, file_store(b"file")),
                (4, Store::of_bytes(Bytes::from_static(b"two"))),
            ]),
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
