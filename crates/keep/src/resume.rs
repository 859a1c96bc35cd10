//! What an earlier run has already done.

use std::collections::HashSet;

use rusqlite::Connection;

use crate::KeepError;
use crate::canon::Canon;

/// How far the case had come when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It was made just now.
    New,
    /// An earlier run stopped before its end.
    Continued,
    /// The examination is complete; there is nothing to do.
    Complete,
}

/// What an earlier run has already done: which leaves a run that goes on may skip.
#[derive(Debug)]
pub struct Resume {
    pub(crate) progress: Progress,
    pub(crate) done: HashSet<[u8; 16]>,
}

impl Resume {
    /// How far the case had come.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Number of leaves that are done.
    pub fn n_done(&self) -> usize {
        self.done.len()
    }

    /// Whether this leaf was dealt with, and everything that came of it is stored.
    pub fn is_done(&self, exhibit: &str, path: &str, offset: u64, length: u64) -> bool {
        !self.done.is_empty() && self.done.contains(&leaf_key(exhibit, path, offset, length))
    }

    pub(crate) fn load(conn: &Connection, progress: Progress) -> Result<Self, KeepError> {
        let mut done = HashSet::new();
        let mut statement = conn.prepare("SELECT leaf FROM leaves")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            done.insert(row.get(0)?);
        }
        Ok(Self { progress, done })
    }
}

/// The first half of the digest of where a leaf lies.
pub(crate) fn leaf_key(exhibit: &str, path: &str, offset: u64, length: u64) -> [u8; 16] {
    let mut canon = Canon::new("leaf");
    canon.text(exhibit).text(path).number(offset).number(length);
    canon.end().first_chunk().copied().unwrap_or_default()
}
