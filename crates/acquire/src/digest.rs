//! SHA-256 of exhibits and containers, in the same pass that reads them.

use std::io::{self, Read};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use mabillon_case::ItemId;

/// Bytes after which hashing moves to a thread of its own: below, the thread would cost more than it saves.
const THREAD_AFTER_BYTES: u64 = 8 << 20;

/// Windows that may wait for the hashing thread.
const QUEUE_LENGTH: usize = 4;

/// Hashes a stream; a long one on a thread of its own, so that reading does not wait for it.
pub(crate) struct Hasher {
    state: State,
    n_bytes: u64,
}

enum State {
    Here(Context),
    Thread(SyncSender<Bytes>, JoinHandle<Context>),
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Here(Context::new(&SHA256)),
            n_bytes: 0,
        }
    }

    /// Number of bytes hashed so far.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Adds bytes that are about to change: hashed here, unless a thread has taken over.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.n_bytes += bytes.len() as u64;
        match &mut self.state {
            State::Here(context) => context.update(bytes),
            // The thread ends only when its sender is dropped, so the send cannot fail.
            State::Thread(sender, _) => drop(sender.send(Bytes::copy_from_slice(bytes))),
        }
    }

    /// Adds bytes that stay as they are.
    pub(crate) fn update_shared(&mut self, bytes: Bytes) {
        self.n_bytes += bytes.len() as u64;
        if self.n_bytes > THREAD_AFTER_BYTES {
            self.move_to_thread();
        }
        match &mut self.state {
            State::Here(context) => context.update(&bytes),
            State::Thread(sender, _) => drop(sender.send(bytes)),
        }
    }

    fn move_to_thread(&mut self) {
        let State::Here(context) = &self.state else {
            return;
        };
        let mut context = context.clone();
        let (sender, receiver) = sync_channel::<Bytes>(QUEUE_LENGTH);
        let spawned = std::thread::Builder::new()
            .name("hash".into())
            .spawn(move || {
                for bytes in receiver {
                    context.update(&bytes);
                }
                context
            });
        // Without a thread the work goes on here.
        if let Ok(thread) = spawned {
            self.state = State::Thread(sender, thread);
        }
    }

    /// The SHA-256 of all bytes.
    pub(crate) fn finish(self) -> ItemId {
        let context = match self.state {
            State::Here(context) => context,
            State::Thread(sender, thread) => {
                drop(sender);
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        };
        let mut out = [0; 32];
        out.copy_from_slice(context.finish().as_ref());
        ItemId(out)
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
            hasher: Hasher::new(),
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
        let mut hasher = Hasher::new();
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
    fn a_long_stream_is_hashed_on_its_thread_to_the_same_value() {
        let chunk = Bytes::from(vec![7; 1 << 20]);
        let mut hasher = Hasher::new();
        let mut all = Vec::new();
        for n in 0..20 {
            if n % 3 == 0 {
                hasher.update(&chunk);
            } else {
                hasher.update_shared(chunk.clone());
            }
            all.extend_from_slice(&chunk);
        }
        assert_eq!(hasher.n_bytes(), 20 << 20);
        assert_eq!(hasher.finish(), ItemId::of(&all));
    }

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
