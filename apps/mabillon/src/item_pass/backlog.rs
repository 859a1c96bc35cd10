//! Leaves that wait for their worker: some in memory, the rest in a temporary file.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use bytes::Bytes;
use mabillon_acquire::Leaf;

use crate::isolation::{pack_leaf, unpack_leaf};

/// Bytes of the leaves that wait in memory, their places included. What comes beyond waits on disk.
const MEMORY_BYTES_MAX: usize = 16 << 20;

/// Bytes that a leaf takes beside its content and its path.
const LEAF_BYTES: usize = 512;

/// A stack of leaves: what was added last comes first.
pub(super) struct Backlog<'a> {
    waiting: Vec<Waiting>,
    /// Bytes in memory.
    bytes: usize,
    spool_dir: &'a Path,
    spool: Option<Spool>,
}

enum Waiting {
    Here(Box<Leaf>),
    Spooled(Spooled),
}

/// Where a leaf lies in the temporary file: all but its content first, then its content.
struct Spooled {
    offset: u64,
    told_bytes: usize,
    bytes: usize,
}

/// A file that has no name. It is emptied when nothing in it is waited for any more.
struct Spool {
    file: File,
    end: u64,
    n_waiting: usize,
}

impl<'a> Backlog<'a> {
    pub(super) fn new(spool_dir: &'a Path) -> Self {
        Self {
            waiting: Vec::new(),
            bytes: 0,
            spool_dir,
            spool: None,
        }
    }

    /// Number of leaves that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Adds a leaf.
    ///
    /// # Errors
    ///
    /// Where the temporary file cannot be written.
    pub(super) fn push(&mut self, leaf: Leaf) -> io::Result<()> {
        let cost = cost(&leaf);
        if self.bytes + cost <= MEMORY_BYTES_MAX {
            self.bytes += cost;
            self.waiting.push(Waiting::Here(Box::new(leaf)));
            return Ok(());
        }
        let spool = match &mut self.spool {
            Some(spool) => spool,
            none => none.insert(Spool {
                file: tempfile::tempfile_in(self.spool_dir)?,
                end: 0,
                n_waiting: 0,
            }),
        };
        let spooled = spool.put(leaf)?;
        self.waiting.push(Waiting::Spooled(spooled));
        Ok(())
    }

    /// Bytes of the content of the leaf that comes next; `None` where nothing waits.
    pub(super) fn next_bytes(&self) -> Option<u64> {
        Some(match self.waiting.last()? {
            Waiting::Here(leaf) => leaf.bytes.len() as u64,
            Waiting::Spooled(spooled) => spooled.bytes as u64,
        })
    }

    /// Takes the leaf that comes next.
    ///
    /// # Errors
    ///
    /// Where the temporary file cannot be read.
    pub(super) fn pop(&mut self) -> io::Result<Option<Leaf>> {
        match self.waiting.pop() {
            None => Ok(None),
            Some(Waiting::Here(leaf)) => {
                self.bytes = self.bytes.saturating_sub(cost(&leaf));
                Ok(Some(*leaf))
            }
            Some(Waiting::Spooled(spooled)) => match &mut self.spool {
                Some(spool) => spool.get(&spooled).map(Some),
                None => Ok(None),
            },
        }
    }

    /// Turns round what was added since there were `n` leaves, so that what was added first comes first.
    pub(super) fn turn_round_from(&mut self, n: usize) {
        if let Some(added) = self.waiting.get_mut(n..) {
            added.reverse();
        }
    }
}

impl Spool {
    fn put(&mut self, leaf: Leaf) -> io::Result<Spooled> {
        let (told, bytes) = pack_leaf(leaf);
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&told)?;
        self.file.write_all(&bytes)?;
        let spooled = Spooled {
            offset: self.end,
            told_bytes: told.len(),
            bytes: bytes.len(),
        };
        self.end += (told.len() + bytes.len()) as u64;
        self.n_waiting += 1;
        Ok(spooled)
    }

    fn get(&mut self, spooled: &Spooled) -> io::Result<Leaf> {
        self.file.seek(SeekFrom::Start(spooled.offset))?;
        let mut told = vec![0; spooled.told_bytes];
        self.file.read_exact(&mut told)?;
        let mut bytes = vec![0; spooled.bytes];
        self.file.read_exact(&mut bytes)?;
        self.n_waiting = self.n_waiting.saturating_sub(1);
        if self.n_waiting == 0 {
            self.file.set_len(0)?;
            self.end = 0;
        }
        unpack_leaf(&told, Bytes::from(bytes)).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

fn cost(leaf: &Leaf) -> usize {
    leaf.bytes.len() + leaf.place.path.len() + LEAF_BYTES
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mabillon_case::{Form, Origin, Place};

    use super::*;

    fn leaf(n: usize, n_bytes: usize) -> Leaf {
        Leaf {
            place: Place {
                origin: Origin::Collection,
                exhibit: Arc::from("leak"),
                path: format!("a.zip!{n}"),
                offset: n as u64,
                length: n_bytes as u64,
                parent: None,
                mailbox: None,
                entry: None,
                stored: None,
            },
            bytes: Bytes::from(vec![u8::try_from(n % 251).unwrap(); n_bytes]),
            form: Form::Image("image/png"),
            separator: None,
            depth: 2,
            item: None,
        }
    }

    #[test]
    fn leaves_come_back_as_they_were_from_memory_and_from_disk() {
        let dir = tempfile::tempdir().unwrap();
        let mut backlog = Backlog::new(dir.path());
        for round in 0..2 {
            for n in 0..40 {
                backlog.push(leaf(n, 1 << 20)).unwrap();
            }
            backlog.turn_round_from(0);
            assert!(backlog.bytes <= MEMORY_BYTES_MAX);
            assert_eq!(backlog.spool.as_ref().unwrap().n_waiting, 25, "{round}");
            for n in 0..40 {
                assert_eq!(backlog.next_bytes(), Some(1 << 20));
                let (given, expected) = (backlog.pop().unwrap().unwrap(), leaf(n, 1 << 20));
                assert_eq!(given.bytes, expected.bytes);
                assert_eq!(given.place, expected.place);
                assert_eq!(given.form, expected.form);
            }
            assert!(backlog.pop().unwrap().is_none());
            assert_eq!(backlog.bytes, 0);
            assert_eq!(backlog.spool.as_ref().unwrap().end, 0);
        }
        let names = std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(names, 0, "the file has no name");
    }

    #[test]
    fn many_small_leaves_do_not_stay_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let mut backlog = Backlog::new(dir.path());
        for n in 0..50_000 {
            backlog.push(leaf(n, 1)).unwrap();
        }
        assert!(backlog.bytes <= MEMORY_BYTES_MAX);
        assert!(backlog.spool.as_ref().unwrap().n_waiting > 10_000);
        assert_eq!(backlog.len(), 50_000);
    }
}
