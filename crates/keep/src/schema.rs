//! The layout of `case.sqlite`.
//!
//! What a reader filters on lies in columns; the rest of a record lies beside it as one compact block (postcard) in
//! `records`, and the text, compressed, in `texts`, so that a search over columns reads neither.
//! Tables that grow during the run are only appended to: a key in random order would rewrite the whole table again and
//! again. Their indexes are made once, when the item pass is complete.
//! Places name their item by its hash, because a place may be known before its item.

use rusqlite::Connection;

use crate::KeepError;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS words (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS reasons (
    id INTEGER PRIMARY KEY, test TEXT NOT NULL, reason TEXT NOT NULL, failed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS items (
    row INTEGER PRIMARY KEY, id BLOB NOT NULL, kind TEXT NOT NULL, media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, date INTEGER, sender TEXT NOT NULL, recipients TEXT NOT NULL, copied TEXT NOT NULL,
    subject TEXT NOT NULL, message_id TEXT NOT NULL, attachments TEXT NOT NULL, title TEXT NOT NULL,
    author TEXT NOT NULL, findings TEXT NOT NULL, not_examined TEXT, partial TEXT, digest BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    row INTEGER PRIMARY KEY, facts BLOB NOT NULL, findings BLOB NOT NULL, not_run BLOB NOT NULL,
    warnings BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS texts (row INTEGER PRIMARY KEY, text BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS places (
    item BLOB NOT NULL, origin INTEGER NOT NULL, exhibit INTEGER NOT NULL, path TEXT NOT NULL,
    offset INTEGER NOT NULL, length INTEGER NOT NULL, parent BLOB, mailbox INTEGER, entry BLOB, stored BLOB);
CREATE TABLE IF NOT EXISTS accounts (account BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS collection (record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS leaves (leaf BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS group_findings (
    row INTEGER PRIMARY KEY, item BLOB NOT NULL, test TEXT NOT NULL, code TEXT NOT NULL, finding BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS opinions (
    item BLOB PRIMARY KEY, class TEXT NOT NULL, basis TEXT NOT NULL, log10_lr REAL NOT NULL, words TEXT NOT NULL,
    because TEXT NOT NULL, evidence BLOB NOT NULL, groups BLOB NOT NULL, not_run BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seals (item BLOB PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key_attempts (
    name TEXT NOT NULL, number INTEGER NOT NULL, found BLOB, PRIMARY KEY (name, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key_searches (name TEXT PRIMARY KEY, search BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS steps (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS custody (
    seq INTEGER PRIMARY KEY, time TEXT NOT NULL, who TEXT NOT NULL, act TEXT NOT NULL, detail TEXT NOT NULL,
    previous BLOB NOT NULL, hash BLOB NOT NULL);
";

const INDEXES: &str = "
CREATE UNIQUE INDEX IF NOT EXISTS items_by_id ON items (id);
CREATE INDEX IF NOT EXISTS places_by_item ON places (item);
CREATE INDEX IF NOT EXISTS references_by_item ON places (item) WHERE origin = 1;
CREATE INDEX IF NOT EXISTS group_findings_by_item ON group_findings (item);
";

/// Opens the tables, making those that are missing.
///
/// During the run the database keeps a write-ahead log that is not forced to disk at each batch: batches become durable
/// in the order in which they were written, so a leaf marked as done is never there without what was found in it. The log is moved into
/// the database by [`crate::checkpoint`]; a commit does that itself only where it falls far behind (256 MiB).
pub(crate) fn prepare(conn: &Connection) -> Result<(), KeepError> {
    conn.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         PRAGMA wal_autocheckpoint = 32768; PRAGMA cache_size = -32768; PRAGMA temp_store = FILE;",
    )?;
    conn.set_prepared_statement_cache_capacity(64);
    conn.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES} COMMIT;"))?;
    Ok(())
}

/// Makes the indexes, once the item pass is complete.
pub(crate) fn index(conn: &Connection) -> Result<(), KeepError> {
    conn.execute_batch(&format!("BEGIN IMMEDIATE; {INDEXES} COMMIT;"))?;
    Ok(())
}

/// Whether the indexes were made.
pub(crate) fn is_indexed(conn: &Connection) -> Result<bool, KeepError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'group_findings_by_item')";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

/// Forces everything to disk and leaves one plain file that can be read where nothing can be written.
pub(crate) fn settle(conn: &Connection) -> Result<(), KeepError> {
    conn.execute_batch("PRAGMA synchronous = FULL;")?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let settled = conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()));
    match settled {
        // Somebody is reading the case at this moment: everything is on disk all the same, in the file and its log.
        Err(error) if is_busy(&error) => Ok(()),
        other => Ok(other?),
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseBusy | DatabaseLocked)
    )
}
