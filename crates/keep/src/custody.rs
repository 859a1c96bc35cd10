//! The custody log: who did what to the case, and when; append-only, each line chained to the one before it.

use rusqlite::{Connection, params};

use crate::canon::{Canon, hex};
use crate::manifest::{self, LogHead};
use crate::{Case, KeepError};

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

impl Case {
    /// Adds a line to the custody log.
    ///
    /// # Errors
    /// `ReadOnly` where the case was opened for reading only; errors of the disk.
    pub fn custody_append(
        &mut self,
        time: &str,
        who: &str,
        act: &str,
        detail: &str,
    ) -> Result<(), KeepError> {
        if self.is_read_only() {
            return Err(KeepError::ReadOnly(self.dir.clone()));
        }
        let last = lines(&self.conn)?.pop();
        let mut entry = CustodyEntry {
            seq: last.as_ref().map_or(0, |last| last.seq) + 1,
            time: time.to_owned(),
            who: who.to_owned(),
            act: act.to_owned(),
            detail: detail.to_owned(),
            previous: last.map_or([0; 32], |last| last.hash),
            hash: [0; 32],
        };
        entry.hash = entry.expected_hash();
        self.conn.execute(
            "INSERT INTO custody VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                entry.seq.cast_signed(),
                entry.time,
                entry.who,
                entry.act,
                entry.detail,
                entry.previous,
                entry.hash
            ],
        )?;
        self.manifest.custody = LogHead {
            lines: entry.seq,
            sha256: hex(&entry.hash),
        };
        manifest::write(&self.dir, &self.manifest)
    }

    /// The custody log, first line first.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn custody(&self) -> Result<Vec<CustodyEntry>, KeepError> {
        lines(&self.conn)
    }
}

pub(crate) fn lines(conn: &Connection) -> Result<Vec<CustodyEntry>, KeepError> {
    let sql = "SELECT seq, time, who, act, detail, previous, hash FROM custody ORDER BY seq";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(CustodyEntry {
            seq: row.get::<_, i64>(0)?.cast_unsigned(),
            time: row.get(1)?,
            who: row.get(2)?,
            act: row.get(3)?,
            detail: row.get(4)?,
            previous: row.get(5)?,
            hash: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
