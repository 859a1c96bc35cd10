//! The words of items, for several threads at once.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use mabillon_case::{ItemId, Text};
use rusqlite::{Connection, OptionalExtension as _};

use crate::case::read_only;
use crate::compress::decompress;
use crate::record::decode;
use crate::{Case, KeepError};

/// Gives the words of items to any number of threads; each reads through a connection of its own.
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
            None => read_only(&self.dir)?,
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

const TEXT: &str =
    "SELECT texts.text FROM items JOIN texts ON texts.row = items.row WHERE items.id = ?1";

pub(super) fn text_of(conn: &Connection, item: &ItemId) -> Result<Option<Text>, KeepError> {
    let mut statement = conn.prepare_cached(TEXT)?;
    let stored: Option<Vec<u8>> = statement.query_row([item.0], |row| row.get(0)).optional()?;
    let of = || format!("the text of item {item}");
    stored
        .map(|stored| decode(&decompress(&stored, &of())?, &of()))
        .transpose()
}
