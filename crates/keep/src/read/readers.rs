//! Connections for several threads at once.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::KeepError;
use crate::case::snapshot;

/// Gives a connection to any number of threads, one of its own to each, which sees the case as it was when it was made.
pub(crate) struct Readers {
    dir: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            idle: Mutex::default(),
        }
    }

    /// What `read` makes of a connection that nobody else has meanwhile.
    pub(crate) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, KeepError>,
    ) -> Result<T, KeepError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let conn = match taken {
            Some(conn) => conn,
            None => snapshot(&self.dir)?,
        };
        let value = read(&conn);
        idle().push(conn);
        value
    }
}
