//! The custody log: who did what to the case, and when; append-only, each line chained to the one before it.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::canon::{Canon, hex};
use crate::manifest::{self, LogEnd, LogHead};
use crate::{Case, KeepError, schema};

/// One line of the custody log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodyEntry {
    /// Number of the line, from 1.
    pub seq: u64,
    /// When, RFC 3339.
    pub time: String,
    /// Who: the user's name as far as the system tells it; empty where it does not.
    pub who: String,
    /// What was done: `examination started`, `sealed`.
    pub act: String,
    /// With what, in plain words.
    pub detail: String,
    /// Hash of the line before; zeros for the first.
    pub previous: [u8; 32],
    /// SHA-256 over all of the above.
    pub hash: [u8; 32],
}

impl CustodyEntry {
    /// The hash this line must have.
    pub(crate) fn expected_hash(&self) -> [u8; 32] {
        let mut canon = Canon::new("custody");
        canon.number(self.seq).text(&self.time).text(&self.who);
        canon
            .text(&self.act)
            .text(&self.detail)
            .bytes(&self.previous);
        canon.end()
    }
}

/// A line that is to be added to the custody log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// When, RFC 3339.
    pub time: String,
    /// Who.
    pub who: String,
    /// What was done.
    pub act: String,
    /// With what.
    pub detail: String,
}

impl Case {
    /// Adds a line to the custody log.
    ///
    /// # Errors
    /// `ReadOnly` where the case was opened for reading only; `Damaged` where the log does not end as `case.toml` says;
    /// errors of the disk.
    pub fn custody_append(
        &mut self,
        time: &str,
        who: &str,
        act: &str,
        detail: &str,
    ) -> Result<(), KeepError> {
        let line = NewLine {
            time: time.to_owned(),
            who: who.to_owned(),
            act: act.to_owned(),
            detail: detail.to_owned(),
        };
        self.custody_append_all(&[line])?;
        self.custody_rest()
    }

    /// Adds lines to the custody log, all of them or none. When this returns they are on the disk.
    ///
    /// `case.toml` first says where the log is going to end; [`Case::custody_rest`] says that it did.
    ///
    /// # Errors
    /// As [`Case::custody_append`].
    pub fn custody_append_all(&mut self, new: &[NewLine]) -> Result<Vec<CustodyEntry>, KeepError> {
        if self.is_read_only() {
            return Err(KeepError::ReadOnly(self.dir.clone()));
        }
        let (mut seq, mut previous) = end_of_log(&self.conn)?;
        if !self.manifest.custody.allows(seq, &hex(&previous)) {
            return Err(KeepError::damaged(
                "the custody log does not end as case.toml says",
            ));
        }
        let mut entries = Vec::with_capacity(new.len());
        for line in new {
            seq += 1;
            let mut entry = CustodyEntry {
                seq,
                time: line.time.clone(),
                who: line.who.clone(),
                act: line.act.clone(),
                detail: line.detail.clone(),
                previous,
                hash: [0; 32],
            };
            entry.hash = entry.expected_hash();
            previous = entry.hash;
            entries.push(entry);
        }
        self.announce(&entries)?;
        let transaction = self.conn.unchecked_transaction()?;
        for entry in &entries {
            insert(&self.conn, entry)?;
        }
        transaction.commit()?;
        Ok(entries)
    }

    /// Writes into `case.toml` where the custody log is going to end.
    fn announce(&mut self, entries: &[CustodyEntry]) -> Result<(), KeepError> {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Ok(());
        };
        self.manifest.custody = LogHead {
            lines: first.seq - 1,
            sha256: hex(&first.previous),
            next: Some(LogEnd {
                lines: last.seq,
                sha256: hex(&last.hash),
            }),
        };
        manifest::write(&self.dir, &self.manifest)
    }

    /// Writes into `case.toml` where the custody log ends, after the last of several additions.
    ///
    /// # Errors
    /// As [`Case::custody_append`].
    pub fn custody_rest(&mut self) -> Result<(), KeepError> {
        let (lines, hash) = end_of_log(&self.conn)?;
        let sha256 = hex(&hash);
        if self.is_read_only() || !self.manifest.custody.allows(lines, &sha256) {
            return Err(KeepError::damaged(
                "the custody log does not end as case.toml says",
            ));
        }
        self.manifest.custody = LogHead::at(LogEnd { lines, sha256 });
        manifest::write(&self.dir, &self.manifest)
    }

    /// The custody log, first line first.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn custody(&self) -> Result<Vec<CustodyEntry>, KeepError> {
        lines(&self.conn)
    }

    /// Lines of the custody log after line `after`, at most `limit`, and the number of all lines.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn custody_after(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<(Vec<CustodyEntry>, u64), KeepError> {
        let sql = format!("SELECT {COLUMNS} FROM custody WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        let mut statement = self.conn.prepare(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![after, limit], entry)?;
        Ok((rows.collect::<Result<_, _>>()?, end_of_log(&self.conn)?.0))
    }

    /// Makes each addition to the custody log cheap as long as a review goes on: the database keeps a write-ahead log,
    /// forced to disk at each addition. [`Case::end_review`] makes it one plain file again; so does the next review
    /// after one that was killed.
    ///
    /// # Errors
    /// `ReadOnly`; `NotComplete` where the examination is not complete; errors of the disk.
    pub fn begin_review(&mut self) -> Result<(), KeepError> {
        if self.is_read_only() {
            return Err(KeepError::ReadOnly(self.dir.clone()));
        }
        if !self.is_complete() {
            return Err(KeepError::NotComplete(self.dir.clone()));
        }
        self.conn
            .query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        self.conn.execute_batch("PRAGMA synchronous = FULL;")?;
        self.custody_rest()
    }

    /// Leaves the case as one plain file again.
    ///
    /// # Errors
    /// As [`Case::begin_review`].
    pub fn end_review(&mut self) -> Result<(), KeepError> {
        self.custody_rest()?;
        schema::settle(&self.conn)
    }
}

fn insert(conn: &Connection, entry: &CustodyEntry) -> Result<(), KeepError> {
    conn.prepare_cached("INSERT INTO custody VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            entry.seq.cast_signed(),
            entry.time,
            entry.who,
            entry.act,
            entry.detail,
            entry.previous,
            entry.hash
        ])?;
    Ok(())
}

const COLUMNS: &str = "seq, time, who, act, detail, previous, hash";

fn entry(row: &Row<'_>) -> Result<CustodyEntry, rusqlite::Error> {
    Ok(CustodyEntry {
        seq: row.get::<_, i64>(0)?.cast_unsigned(),
        time: row.get(1)?,
        who: row.get(2)?,
        act: row.get(3)?,
        detail: row.get(4)?,
        previous: row.get(5)?,
        hash: row.get(6)?,
    })
}

/// Number and hash of the last line; zeros for a log without lines.
fn end_of_log(conn: &Connection) -> Result<(u64, [u8; 32]), KeepError> {
    let sql = "SELECT seq, hash FROM custody ORDER BY seq DESC LIMIT 1";
    let last = conn
        .prepare_cached(sql)?
        .query_row([], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        })
        .optional()?;
    Ok(last.unwrap_or((0, [0; 32])))
}

pub(crate) fn lines(conn: &Connection) -> Result<Vec<CustodyEntry>, KeepError> {
    let mut statement = conn.prepare(&format!("SELECT {COLUMNS} FROM custody ORDER BY seq"))?;
    let rows = statement.query_map([], entry)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
