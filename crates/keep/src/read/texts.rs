//! The words of items, for several threads at once.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use mabillon_case::{ItemId, Text};
use rusqlite::{Connection, OptionalExtension as _};

use crate::case::snapshot;
use crate::read::raw::raw_text;
use crate::record::decode;
use crate::{Case, KeepError};

/// Gives the words of items to any number of threads; each reads through a connection of its own, which sees the case as it
/// was when the thread first asked.
pub struct Texts {
    dir: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Texts {
    /// The words of one item; `None` where it has none, or where there is no such item.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn of(&self, item: &ItemId) -> Result<Option<Text>, KeepError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let conn = match taken {
            Some(conn) => conn,
            None => snapshot(&self.dir)?,
        };
        let text = text_of(&conn, item);
        idle().push(conn);
        text
    }
}

impl Case {
    /// The words of items, for several threads at once.
    pub fn texts(&self) -> Texts {
        Texts {
            dir: self.dir.clone(),
            idle: Mutex::default(),
        }
    }
}

pub(super) fn text_of(conn: &Connection, item: &ItemId) -> Result<Option<Text>, KeepError> {
    // Two plain questions: a join of the two tables is planned anew each time it is asked.
    let mut statement = conn.prepare_cached("SELECT row FROM items WHERE id = ?1")?;
    let row: Option<i64> = statement.query_row([item.0], |row| row.get(0)).optional()?;
    let Some(row) = row else {
        return Ok(None);
    };
    raw_text(conn, row, item)?
        .map(|text| decode(&text, format_args!("the text of item {item}")))
        .transpose()
}
