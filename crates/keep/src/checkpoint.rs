//! Moves what was committed from the write-ahead log into the database, beside the run.
//!
//! SQLite would do that in the middle of a commit, and everything behind it would wait for the disk. What has not been
//! moved when the run ends, [`crate::schema::settle`] moves.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags};

use crate::{KeepError, folder};

/// A thread with a connection of its own that moves what was committed; it ends when this is dropped.
pub(crate) struct Checkpoints {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(crate) fn start(dir: &Path) -> Result<Self, KeepError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(dir.join(folder::DATABASE), flags)?;
        conn.execute_batch("PRAGMA synchronous = NORMAL;")?;
        let (wake, awake) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("checkpoint".into())
            .spawn(move || {
                for () in awake {
                    // `PASSIVE` waits for nobody. What fails here fails again, and is told, when the case is settled.
                    let _ = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                }
            })
            .map_err(KeepError::io(dir))?;
        Ok(Self {
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// Something was committed.
    pub(crate) fn committed(&self) {
        // Where it is full the thread will look again anyway.
        let _ = self.wake.as_ref().map(|wake| wake.try_send(()));
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wake = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
