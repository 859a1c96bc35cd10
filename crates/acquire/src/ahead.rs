//! Reads and hashes the small files of a folder ahead, so that the next one waits for neither disk nor hash.
//!
//! A folder of many small files costs an open, a read and a hash for each. Some threads do that for the files to come,
//! a few of them at a time, and the files are still taken in the order of the walk.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Scope};

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, bounded};
use mabillon_case::ItemId;

use crate::limits::{READ_AHEAD_BYTES_MAX, READ_AHEAD_TOTAL_BYTES_MAX};
use crate::walk::{Found, Walk};

/// Files handed to a thread at once.
const FILES_PER_JOB: usize = 16;

/// Threads at least: on a cold disk more reads in flight end sooner, whatever the number of cores.
const THREADS_MIN: usize = 4;
const THREADS_MAX: usize = 8;

/// Something found on the walk, with its content where it is small.
pub(crate) enum Ahead {
    /// A file read whole.
    Small {
        path: PathBuf,
        name: String,
        bytes: Bytes,
        item: ItemId,
    },
    /// A file that is read by whoever takes it.
    Large { path: PathBuf, name: String },
    /// Something that cannot be read.
    NotRead { name: String, reason: String },
}

/// Files to be read, and where they go.
struct Job {
    files: Vec<Found>,
    done: Sender<Vec<Ahead>>,
}

/// What a folder holds, read ahead.
pub(crate) struct ReadAhead {
    walk: Walk,
    jobs: Sender<Job>,
    in_flight_max: usize,
    in_flight: VecDeque<Receiver<Vec<Ahead>>>,
    ready: VecDeque<Ahead>,
    n_bytes: Arc<AtomicU64>,
}

impl ReadAhead {
    pub(crate) fn new<'scope>(walk: Walk, scope: &'scope Scope<'scope, '_>) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let n_threads = cores.clamp(THREADS_MIN, THREADS_MAX);
        let (jobs, waiting) = bounded::<Job>(2 * n_threads);
        let n_bytes = Arc::<AtomicU64>::default();
        for _ in 0..n_threads {
            let waiting = waiting.clone();
            let n_bytes = Arc::clone(&n_bytes);
            scope.spawn(move || {
                for Job { files, done } in waiting {
                    // Nobody waits any longer where the acquisition was stopped.
                    let _ = done.send(read_all(files, &n_bytes));
                }
            });
        }
        Self {
            walk,
            jobs,
            in_flight_max: 2 * n_threads,
            in_flight: VecDeque::new(),
            ready: VecDeque::new(),
            n_bytes,
        }
    }

    /// Hands out jobs as long as there is room.
    fn hand_out(&mut self) {
        while self.in_flight.len() < self.in_flight_max {
            let files: Vec<Found> = self.walk.by_ref().take(FILES_PER_JOB).collect();
            if files.is_empty() {
                return;
            }
            let (done, result) = bounded(1);
            if self.jobs.send(Job { files, done }).is_err() {
                return;
            }
            self.in_flight.push_back(result);
        }
    }
}

impl Iterator for ReadAhead {
    type Item = Ahead;

    fn next(&mut self) -> Option<Ahead> {
        if self.ready.is_empty() {
            self.hand_out();
            self.ready.extend(self.in_flight.pop_front()?.recv().ok()?);
        }
        let ahead = self.ready.pop_front();
        if let Some(Ahead::Small { bytes, .. }) = &ahead {
            self.n_bytes
                .fetch_sub(bytes.len() as u64, Ordering::Relaxed);
        }
        ahead
    }
}

/// What was found at a place of the walk.
enum Content {
    Small(PathBuf, Bytes),
    Large(PathBuf),
    NotRead(String),
}

/// Reads files, then hashes the small ones together.
fn read_all(files: Vec<Found>, n_ahead: &AtomicU64) -> Vec<Ahead> {
    let found = files.into_iter();
    let read: Vec<(String, Content)> = found.map(|found| read(found, n_ahead)).collect();
    let small = read.iter().filter_map(|(_, content)| match content {
        Content::Small(_, bytes) => Some(bytes.clone()),
        _ => None,
    });
    let mut items = ItemId::of_all(&small.collect::<Vec<Bytes>>()).into_iter();
    read.into_iter()
        .map(|(name, content)| match content {
            Content::Small(path, bytes) => Ahead::Small {
                path,
                name,
                item: items.next().unwrap_or_else(|| ItemId::of(&bytes)),
                bytes,
            },
            Content::Large(path) => Ahead::Large { path, name },
            Content::NotRead(reason) => Ahead::NotRead { name, reason },
        })
        .collect()
}

fn read(found: Found, n_ahead: &AtomicU64) -> (String, Content) {
    let (path, name) = match found {
        Found::NotRead(name, reason) => return (name, Content::NotRead(reason)),
        Found::File(path, name) => (path, name),
    };
    // Whoever takes a large file finds out what is wrong with it, and survives that.
    let Ok(read) = catch_unwind(|| read_small(&path)) else {
        return (name, Content::Large(path));
    };
    let content = match read {
        Ok(Some(bytes)) => {
            let n_bytes = bytes.len() as u64;
            if n_ahead.fetch_add(n_bytes, Ordering::Relaxed) + n_bytes > READ_AHEAD_TOTAL_BYTES_MAX
            {
                n_ahead.fetch_sub(n_bytes, Ordering::Relaxed);
                Content::Large(path)
            } else {
                Content::Small(path, bytes)
            }
        }
        Ok(None) => Content::Large(path),
        Err(error) => Content::NotRead(error.to_string()),
    };
    (name, content)
}

/// The bytes of a small file.
fn read_small(path: &PathBuf) -> io::Result<Option<Bytes>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > READ_AHEAD_BYTES_MAX {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    file.take(READ_AHEAD_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= READ_AHEAD_BYTES_MAX).then(|| Bytes::from(bytes)))
}
