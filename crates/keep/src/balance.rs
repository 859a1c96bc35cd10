//! Whether a case adds up: what its containers say they hold against what is recorded.

use std::collections::HashSet;

use mabillon_case::{Accounting, Balance, ContainerKind, ItemId, Ledger, Mismatch};
use rusqlite::{Connection, OptionalExtension as _};

use crate::names::Words;
use crate::{Case, KeepError};

impl Case {
    /// What became of all items, and whether the accounts of all containers add up to it.
    ///
    /// # Errors
    /// `NotComplete` before [`Case::finish_items`], `Damaged`, and errors of the disk.
    pub fn balance(&self) -> Result<Balance, KeepError> {
        self.must_be_indexed()?;
        let mut balance = items(&self.conn)?;
        for mismatch in of_places(&self.conn, &self.accounts()?)? {
            balance.add(mismatch);
        }
        Ok(balance)
    }
}

/// The counts of items, and what is wrong with them.
fn items(conn: &Connection) -> Result<Balance, KeepError> {
    let count = |condition: &str| -> Result<u64, KeepError> {
        let sql = format!("SELECT count(*) FROM items WHERE {condition}");
        Ok(conn
            .query_row(&sql, [], |row| row.get::<_, i64>(0))?
            .cast_unsigned())
    };
    let mut balance = Balance {
        n_items: count("TRUE")?,
        n_examined: count("not_examined IS NULL AND partial IS NULL")?,
        n_partial: count("not_examined IS NULL AND partial IS NOT NULL")?,
        n_not_examined: count("not_examined IS NOT NULL AND partial IS NULL")?,
        ..Balance::default()
    };
    let n_both = count("not_examined IS NOT NULL AND partial IS NOT NULL")?;
    if n_both > 0 {
        let says = format!("{n_both} items are said to be examined in part and not at all");
        balance.add(of_case(says));
    }
    let sql =
        "SELECT count(*) FROM places WHERE NOT EXISTS (SELECT 1 FROM items WHERE id = places.item)";
    let n_lost: i64 = conn.query_row(sql, [], |row| row.get(0))?;
    if n_lost > 0 {
        balance.add(of_case(format!(
            "at {n_lost} places lies an item that is not recorded"
        )));
    }
    let sql =
        "SELECT count(*) FROM items WHERE NOT EXISTS (SELECT 1 FROM places WHERE item = items.id)";
    let n_nowhere: i64 = conn.query_row(sql, [], |row| row.get(0))?;
    if n_nowhere > 0 {
        balance.add(of_case(format!("{n_nowhere} items lie at no place")));
    }
    Ok(balance)
}

fn of_case(says: String) -> Mismatch {
    Mismatch {
        place: "the case".to_owned(),
        says,
    }
}

/// Holds all places against the accounts.
fn of_places(conn: &Connection, accounts: &[Accounting]) -> Result<Vec<Mismatch>, KeepError> {
    let words = Words::load(conn)?;
    let mut ledger = Ledger::new(accounts);
    let mut sized = HashSet::new();
    let mut statement = conn.prepare("SELECT exhibit, path, entry, item FROM places")?;
    let mut size =
        conn.prepare("SELECT size_bytes FROM items WHERE id = ?1 AND not_examined IS NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let exhibit = words.text(row.get(0)?)?;
        let path = row.get_ref(1)?.as_str().map_err(KeepError::damaged)?;
        let entry = row
            .get_ref(2)?
            .as_blob_or_null()
            .map_err(KeepError::damaged)?;
        ledger.enter(&exhibit, path, entry);
        let account = ledger.account(&exhibit, path);
        if account.is_some() && ItemId(row.get(3)?) == ItemId::of_unread(&exhibit, path) {
            ledger.enter_unread_rest(&exhibit, path);
        }
        if account.is_some_and(|account| has_size(account.kind)) {
            let item: [u8; 32] = row.get(3)?;
            let size: Option<i64> = size.query_row([item], |row| row.get(0)).optional()?;
            if let Some(size) = size.filter(|_| sized.insert((path.to_owned(), item))) {
                ledger.enter_size(&exhibit, path, size.cast_unsigned());
            }
        }
    }
    Ok(ledger.close())
}

/// Whether the bytes of a container are accounted for apart from what its place says: a folder has none, and the
/// account of a message is made from its own bytes.
const fn has_size(kind: ContainerKind) -> bool {
    !matches!(
        kind,
        ContainerKind::Folder | ContainerKind::MailFolder | ContainerKind::Message
    )
}
