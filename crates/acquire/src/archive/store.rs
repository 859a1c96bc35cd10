//! Where the bytes of a container lie that is read from several places: memory or a file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Bytes that can be read from any place, by any number of readers.
#[derive(Clone)]
pub(crate) struct Store {
    /// Where it begins in its content: not at 0 where it is one part of several.
    start: u64,
    n_bytes: u64,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Memory(Bytes),
    /// Files that are one behind another, in the order of their places.
    Files(Arc<Mutex<Vec<Part>>>),
}

/// One file of a container.
struct Part {
    /// Its number among them, from 1.
    number: u32,
    /// Where it begins in the container.
    start: u64,
    n_bytes: u64,
    /// `None` where it is missing.
    file: Option<File>,
    /// Where the file is positioned.
    position: u64,
}

impl Part {
    /// Reads at a place of the container that lies in this file.
    fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let at = position.saturating_sub(self.start);
        let left = usize::try_from(self.n_bytes.saturating_sub(at)).unwrap_or(usize::MAX);
        let n = left.min(buffer.len());
        let buffer = buffer.get_mut(..n).unwrap_or_default();
        let Some(file) = &mut self.file else {
            let number = self.number;
            return Err(io::Error::other(format!(
                "it lies in part {number}, which is missing"
            )));
        };
        if self.position != at {
            // Where it is positioned is not known until seeking has worked.
            self.position = u64::MAX;
            file.seek(SeekFrom::Start(at))?;
            self.position = at;
        }
        let n = file
            .read(buffer)
            .inspect_err(|_| self.position = u64::MAX)?;
        self.position = self.position.wrapping_add(n as u64);
        Ok(n)
    }
}

impl Store {
    pub(crate) fn of_bytes(bytes: Bytes) -> Self {
        Self {
            start: 0,
            n_bytes: bytes.len() as u64,
            content: Content::Memory(bytes),
        }
    }

    /// A file of this size.
    pub(crate) fn of_file(file: File, n_bytes: u64) -> Self {
        Self::of_files(vec![(1, file, n_bytes)])
    }

    /// Files with their numbers and sizes, one behind another. One that is missing between them, or before the first, is
    /// taken to be as large as the first that is there: all but the last are, as a rule.
    pub(crate) fn of_files(files: Vec<(u32, File, u64)>) -> Self {
        let n_missing = files.first().map_or(0, |(_, _, n_bytes)| *n_bytes);
        let mut parts: Vec<Part> = Vec::new();
        let mut start: u64 = 0;
        let mut push = |number, n_bytes, file| {
            let part = Part {
                number,
                start,
                n_bytes,
                file,
                // A place where no file is makes the first reader seek.
                position: u64::MAX,
            };
            start = start.saturating_add(n_bytes);
            parts.push(part);
        };
        let mut next = 1;
        for (number, file, n_bytes) in files {
            for missing in next..number {
                push(missing, n_missing, None);
            }
            push(number, n_bytes, Some(file));
            next = number.saturating_add(1);
        }
        Self {
            start: 0,
            n_bytes: start,
            content: Content::Files(Arc::new(Mutex::new(parts))),
        }
    }

    /// Where its files begin, those that are missing too: one for each number from 1.
    pub(crate) fn starts(&self) -> Vec<u64> {
        match &self.content {
            Content::Memory(_) => vec![0],
            Content::Files(parts) => {
                let parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
                parts.iter().map(|part| part.start).collect()
            }
        }
    }

    /// Each file that is there by itself, with its number.
    pub(crate) fn parts(&self) -> Vec<(u32, Self)> {
        match &self.content {
            Content::Memory(_) => vec![(1, self.clone())],
            Content::Files(parts) => {
                let parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
                let there = parts.iter().filter(|part| part.file.is_some());
                there
                    .map(|part| {
                        let by_itself = Self {
                            start: part.start,
                            n_bytes: part.n_bytes,
                            content: self.content.clone(),
                        };
                        (part.number, by_itself)
                    })
                    .collect()
            }
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
        let position = position.saturating_add(self.start);
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
            Content::Files(parts) => {
                let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
                let after = parts.partition_point(|part| part.start <= position);
                match parts.get_mut(after.saturating_sub(1)) {
                    Some(part) => part.read_at(position, buffer),
                    None => Ok(0),
                }
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
        let file = |content: &[u8]| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(content).unwrap();
            (file, content.len() as u64)
        };
        let (whole, n_bytes) = file(b"onefiletwo");
        let stores = [
            Store::of_bytes(Bytes::from_static(b"onefiletwo")),
            Store::of_file(whole, n_bytes),
            Store::of_files(
                (1..)
                    .zip([file(b"one"), file(b""), file(b"file"), file(b"two")])
                    .map(|(number, (file, n_bytes))| (number, file, n_bytes))
                    .collect(),
            ),
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
