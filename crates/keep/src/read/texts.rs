//! The words of items, for several threads at once.

use mabillon_case::{ItemId, Text};
use rusqlite::{Connection, OptionalExtension as _};

use crate::read::raw::raw_text;
use crate::read::readers::Readers;
use crate::record::decode;
use crate::{Case, KeepError};

/// Gives the words of items to any number of threads, as they were when each first asked.
pub struct Texts(Readers);

impl Texts {
    /// The words of one item; `None` where it has none, or where there is no such item.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn of(&self, item: &ItemId) -> Result<Option<Text>, KeepError> {
        self.0.with(|conn| text_of(conn, item))
    }
}

impl Case {
    /// The words of items, for several threads at once.
    pub fn texts(&self) -> Texts {
        Texts(Readers::new(self.dir.clone()))
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
