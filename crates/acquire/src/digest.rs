//! SHA-256 of exhibits and containers, in the same pass that reads them.

use std::io::{self, Read};

use mabillon_case::ItemId;
use mabillon_hash::Sha256;

/// Hashes and counts bytes.
#[derive(Clone, Default)]
pub(crate) struct Hasher {
    hash: Sha256,
    n_bytes: u64,
}

impl Hasher {
    /// Number of bytes hashed so far.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.n_bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// The SHA-256 of all bytes.
    pub(crate) fn finish(self) -> ItemId {
        ItemId(self.hash.finish())
    }
}

/// A reader that hashes and counts what passes through it.
pub(crate) struct HashingReader<R> {
    inner: R,
    hasher: Hasher,
}

impl<R: Read> HashingReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            hasher: Hasher::default(),
        }
    }

    /// Number of bytes that passed.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.hasher.n_bytes()
    }

    /// Reads on to the end without looking, so that the hash covers everything. Gives the hash, the number of bytes
    /// and the error that ended the reading, if any.
    pub(crate) fn finish(mut self) -> (ItemId, u64, io::Result<()>) {
        let end = io::copy(&mut self, &mut io::sink()).map(drop);
        let n_bytes = self.n_bytes();
        (self.hasher.finish(), n_bytes, end)
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..n).unwrap_or_default());
        Ok(n)
    }
}

/// The digest of a folder: SHA-256 over the lines `path\tsize\tsha256\n` of its files, sorted bytewise by path.
///
/// Files that could not be read have no line. The order of adding does not matter.
#[derive(Debug, Clone, Default)]
pub struct FolderDigest {
    rows: Vec<(String, u64, ItemId)>,
}

impl FolderDigest {
    /// Adds one file: its path relative to the folder, its size in bytes, the SHA-256 of its bytes.
    pub fn add(&mut self, path: &str, size_bytes: u64, file: ItemId) {
        self.rows.push((path.to_owned(), size_bytes, file));
    }

    /// The digest of all files added.
    pub fn finish(mut self) -> ItemId {
        self.rows.sort_unstable();
        let mut hasher = Hasher::default();
        for (path, size_bytes, file) in &self.rows {
            hasher.update(format!("{path}\t{size_bytes}\t{file}\n").as_bytes());
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_folder_is_that_of_its_sorted_list() {
        let (one, two) = (ItemId::of(b"1"), ItemId::of(b"2"));
        let mut digest = FolderDigest::default();
        digest.add("b", 1, two);
        digest.add("a", 1, one);
        assert_eq!(
            digest.finish(),
            ItemId::of(format!("a\t1\t{one}\nb\t1\t{two}\n").as_bytes())
        );
    }
}
