//! The search for lost keys: what was tried, so that a run that goes on need not try it again, and what came of it.

use std::collections::BTreeMap;

use mabillon_case::KeySearch;
use rusqlite::params;

use crate::record::{decode, encode};
use crate::{Case, KeepError};

/// The step that is done once the search for lost keys has come to its end.
const KEYS_SEARCHED: &str = "keys searched";

/// What came of attempts, by name and number; `None` where one found nothing.
pub type KeyAttempts = BTreeMap<(String, u32), Option<Vec<u8>>>;

impl Case {
    /// What came of all attempts so far.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn key_attempts(&self) -> Result<KeyAttempts, KeepError> {
        let mut statement = self
            .conn
            .prepare("SELECT name, number, found FROM key_attempts")?;
        let rows = statement.query_map([], |row| {
            Ok((
                (row.get(0)?, row.get(1)?),
                row.get::<_, Option<Vec<u8>>>(2)?,
            ))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Stores what came of one attempt.
    ///
    /// # Errors
    /// Errors of the disk and the database.
    pub fn store_key_attempt(
        &mut self,
        name: &str,
        number: u32,
        found: Option<&[u8]>,
    ) -> Result<(), KeepError> {
        self.must_run()?;
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO key_attempts VALUES (?1, ?2, ?3)")?
            .execute(params![name, number, found])?;
        Ok(())
    }

    /// Stores what came of the search for lost keys, which is done by that.
    ///
    /// # Errors
    /// Errors of the disk and the database.
    pub fn finish_key_search(&mut self, searches: &[KeySearch]) -> Result<(), KeepError> {
        self.must_run()?;
        self.noted = None;
        let transaction = self.conn.unchecked_transaction()?;
        self.conn.execute("DELETE FROM key_searches", [])?;
        self.conn.execute("DELETE FROM key_attempts", [])?;
        for search in searches {
            self.conn
                .prepare_cached("INSERT INTO key_searches VALUES (?1, ?2)")?
                .execute(params![search.name, encode(search)?])?;
        }
        self.conn
            .execute("INSERT OR IGNORE INTO steps VALUES (?1)", [KEYS_SEARCHED])?;
        transaction.commit()?;
        Ok(())
    }

    /// Whether the search for lost keys has come to its end.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn has_searched_keys(&self) -> Result<bool, KeepError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM steps WHERE name = ?1)";
        Ok(self
            .conn
            .query_row(sql, [KEYS_SEARCHED], |row| row.get(0))?)
    }

    /// What came of the search for lost keys, in order of the names.
    ///
    /// # Errors
    /// `Damaged` and errors of the database.
    pub fn key_searches(&self) -> Result<Vec<KeySearch>, KeepError> {
        let mut statement = self
            .conn
            .prepare("SELECT search FROM key_searches ORDER BY name")?;
        let mut rows = statement.query([])?;
        let mut searches = Vec::new();
        while let Some(row) = rows.next()? {
            let stored: Vec<u8> = row.get(0)?;
            searches.push(decode(&stored, "the search for a key")?);
        }
        Ok(searches)
    }
}
