//! Writing: one thread, one transaction for each batch.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use mabillon_case::{CollectionRecord, FactRows, Finding, ItemId, Origin, Place};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::case::snapshot;
use crate::compress::Compressor;
use crate::limits::PLAIN_ROWS_HELD_MAX;
use crate::names::{Reasons, Words};
use crate::read::{self, ItemRow, With, fact_rows};
use crate::record::{Columns, Encoded, ItemRecord, Record, encode};
use crate::resume::leaf_key;
use crate::{Case, KeepError, schema};

/// What the writing thread knows of the store.
pub(crate) struct Writer {
    /// Row of each item, by the first half of its id.
    rows: HashMap<[u8; 16], i64>,
    last_row: i64,
    words: Words,
    reasons: Reasons,
    compressor: Compressor,
}

impl Writer {
    pub(crate) fn load(conn: &Connection) -> Result<Self, KeepError> {
        let mut rows_of = HashMap::new();
        let mut last_row = 0;
        let mut statement = conn.prepare("SELECT row, id FROM items")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            rows_of.insert(half(&ItemId(row.get(1)?)), number);
            last_row = last_row.max(number);
        }
        Ok(Self {
            rows: rows_of,
            last_row,
            words: Words::load(conn)?,
            reasons: Reasons::load(conn)?,
            compressor: Compressor::new()?,
        })
    }

    fn record(&mut self, conn: &Connection, record: &Record) -> Result<(), KeepError> {
        match record {
            Record::Item(item) => self.item(conn, item),
            Record::Place { item, place } => self.place(conn, item, place),
            Record::Accounting(account) => {
                conn.prepare_cached("INSERT INTO accounts (account) VALUES (?1)")?
                    .execute([encode(account)?])?;
                Ok(())
            }
            Record::NotRead {
                place,
                form,
                reason,
            } => {
                let item = ItemRecord::unread(place, *form, reason);
                self.item(conn, &item)?;
                self.place(conn, &item.facts.item, place)
            }
            Record::LeafDone {
                exhibit,
                path,
                offset,
                length,
                item: _,
            } => {
                conn.prepare_cached("INSERT INTO leaves (leaf) VALUES (?1)")?
                    .execute([leaf_key(exhibit, path, *offset, *length)])?;
                Ok(())
            }
        }
    }

    /// Stores an item. Where two records of one item differ, the one with the smaller digest stays, so that the order in
    /// which they come never matters.
    fn item(&mut self, conn: &Connection, item: &ItemRecord) -> Result<(), KeepError> {
        for place in &item.facts.places {
            self.place(conn, &item.facts.item, place)?;
        }
        let prepared = self.prepared(conn, item)?;
        let key = half(&item.facts.item);
        if let Some(row) = self.rows.get(&key) {
            if stored_digest(conn, *row)? <= prepared.digest {
                return Ok(());
            }
            delete_item(conn, *row)?;
        }
        self.last_row += 1;
        self.rows.insert(key, self.last_row);
        self.insert(conn, self.last_row, item, prepared)
    }

    /// Puts a record in the place of the one that is stored of its item, in the same row: its text is the same, and so
    /// the index need not follow.
    fn replace(&mut self, conn: &Connection, item: &ItemRecord) -> Result<(), KeepError> {
        let Some(row) = self.rows.get(&half(&item.facts.item)).copied() else {
            return Err(KeepError::damaged(format!(
                "item {} is examined again and was never stored",
                item.facts.item
            )));
        };
        let prepared = self.prepared(conn, item)?;
        delete_item(conn, row)?;
        self.insert(conn, row, item, prepared)
    }

    fn prepared(&mut self, conn: &Connection, item: &ItemRecord) -> Result<Prepared, KeepError> {
        let encoded = Encoded::of(item)?;
        let mut not_run = Vec::with_capacity(item.not_run.len());
        for entry in &item.not_run {
            not_run.push(self.reasons.number(conn, entry)?);
        }
        let mut digests = Vec::with_capacity(not_run.len());
        for number in &not_run {
            digests.push(self.reasons.entry(*number)?.1);
        }
        let digest = encoded.digest(
            digests.iter(),
            item.not_examined.as_deref(),
            item.partial.as_deref(),
        );
        Ok(Prepared {
            encoded,
            not_run,
            digest,
        })
    }

    fn insert(
        &mut self,
        conn: &Connection,
        row: i64,
        item: &ItemRecord,
        prepared: Prepared,
    ) -> Result<(), KeepError> {
        let Prepared {
            encoded,
            not_run,
            digest,
        } = prepared;
        insert_item(conn, row, item, &digest)?;
        conn.prepare_cached("INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                row,
                encoded.facts,
                encoded.findings,
                encode(&not_run)?,
                encoded.warnings
            ])?;
        if let Some(text) = encoded.text {
            conn.prepare_cached("INSERT INTO texts VALUES (?1, ?2)")?
                .execute(params![row, self.compressor.compress(&text)?])?;
        }
        Ok(())
    }

    fn place(&mut self, conn: &Connection, item: &ItemId, place: &Place) -> Result<(), KeepError> {
        let exhibit = self.words.number(conn, &place.exhibit)?;
        let mailbox = match &place.mailbox {
            Some(mailbox) => Some(self.words.number(conn, mailbox)?),
            None => None,
        };
        conn.prepare_cached("INSERT INTO places VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
            .execute(params![
                item.0,
                origin_number(place.origin),
                exhibit,
                place.path,
                place.offset.cast_signed(),
                place.length.cast_signed(),
                place.parent.map(|parent| parent.0),
                mailbox,
                place.entry.as_deref().map(encode).transpose()?,
                place.stored.as_deref().map(encode).transpose()?
            ])?;
        Ok(())
    }
}

/// A record ready to be stored.
struct Prepared {
    encoded: Encoded,
    not_run: Vec<u32>,
    digest: [u8; 32],
}

pub(crate) const fn origin_number(origin: Origin) -> i64 {
    match origin {
        Origin::Collection => 0,
        Origin::Reference => 1,
    }
}

fn half(item: &ItemId) -> [u8; 16] {
    item.0.first_chunk().copied().unwrap_or_default()
}

fn stored_digest(conn: &Connection, row: i64) -> Result<[u8; 32], KeepError> {
    let mut statement = conn.prepare_cached("SELECT digest FROM items WHERE row = ?1")?;
    let digest: Option<[u8; 32]> = statement.query_row([row], |row| row.get(0)).optional()?;
    Ok(digest.unwrap_or([u8::MAX; 32]))
}

fn delete_item(conn: &Connection, row: i64) -> Result<(), KeepError> {
    for sql in [
        "DELETE FROM items WHERE row = ?1",
        "DELETE FROM records WHERE row = ?1",
        "DELETE FROM texts WHERE row = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([row])?;
    }
    Ok(())
}

fn insert_item(
    conn: &Connection,
    row: i64,
    item: &ItemRecord,
    digest: &[u8; 32],
) -> Result<(), KeepError> {
    let columns = Columns::of(
        &item.facts,
        &item.findings,
        item.not_examined.as_deref(),
        item.partial.as_deref(),
    );
    conn.prepare_cached(
        "INSERT INTO items VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?
    .execute(params![
        row,
        item.facts.item.0,
        columns.kind,
        columns.media_type,
        columns.size_bytes,
        columns.date,
        columns.sender,
        columns.recipients,
        columns.copied,
        columns.subject,
        columns.message_id,
        columns.attachments,
        columns.title,
        columns.author,
        columns.findings,
        columns.not_examined,
        columns.partial,
        digest
    ])?;
    Ok(())
}

impl Case {
    /// Stores a batch in one transaction: all of it, or nothing. Some 2,000 records are a good batch.
    ///
    /// # Errors
    /// Errors of the disk and the database. After an error the case must be opened again.
    pub fn write_batch(&mut self, batch: &[Record]) -> Result<(), KeepError> {
        self.must_run()?;
        self.noted = None;
        let transaction = self.conn.unchecked_transaction()?;
        if let Some(writer) = &mut self.writer {
            for record in batch {
                writer.record(&self.conn, record)?;
            }
        }
        transaction.commit()?;
        self.committed();
        if let (Some(pace), Some(writer)) = (&self.pace, &self.writer) {
            pace.stored(writer.last_row);
        }
        Ok(())
    }

    /// Stores what was found of items that were examined again, in place of what was found before: all of it, or
    /// nothing. Their places and texts are the same.
    ///
    /// # Errors
    /// `Damaged` where an item was never stored; errors of the disk and the database.
    pub fn replace_items(&mut self, items: &[ItemRecord]) -> Result<(), KeepError> {
        self.must_run()?;
        self.noted = None;
        let transaction = self.conn.unchecked_transaction()?;
        if let Some(writer) = &mut self.writer {
            for item in items {
                writer.replace(&self.conn, item)?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Closes the item pass: makes the indexes that all reading by item needs, and loads the facts meanwhile, as
    /// [`Case::load_facts`] does.
    ///
    /// # Errors
    /// `Damaged`, and errors of the disk and the database.
    pub fn finish_items(&mut self) -> Result<FactRows, KeepError> {
        self.must_run()?;
        let reader = snapshot(&self.dir)?;
        let facts = thread::scope(|scope| {
            let dir = &self.dir;
            let facts = scope.spawn(move || fact_rows(dir, &reader, PLAIN_ROWS_HELD_MAX));
            schema::index(&self.conn)?;
            facts
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        self.committed();
        Ok(facts)
    }

    /// Stores what the group pass found, in the order given for each item, in place of what an earlier one found.
    ///
    /// # Errors
    /// Errors of the disk and the database.
    pub fn write_group_findings<'f>(
        &mut self,
        findings: impl IntoIterator<Item = (&'f ItemId, &'f Vec<Arc<Finding>>)>,
    ) -> Result<(), KeepError> {
        self.must_run()?;
        self.noted = None;
        let transaction = self.conn.unchecked_transaction()?;
        self.conn.execute("DELETE FROM group_findings", [])?;
        let mut insert = self.conn.prepare(
            "INSERT INTO group_findings (item, test, code, finding) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let each = findings
            .into_iter()
            .flat_map(|(item, findings)| findings.iter().map(move |finding| (item, finding)));
        for (item, finding) in each {
            insert.execute(params![
                item.0,
                finding.test,
                finding.code,
                encode(&**finding)?
            ])?;
        }
        transaction.commit()?;
        self.committed();
        Ok(())
    }

    /// Stores what the collection tells of how it was made, in place of what is there.
    ///
    /// # Errors
    /// Errors of the disk and the database.
    pub fn write_collection(&mut self, record: &CollectionRecord) -> Result<(), KeepError> {
        self.must_run()?;
        self.noted = None;
        let transaction = self.conn.unchecked_transaction()?;
        self.conn.execute("DELETE FROM collection", [])?;
        self.conn
            .execute("INSERT INTO collection VALUES (?1)", [encode(record)?])?;
        transaction.commit()?;
        Ok(())
    }

    pub(crate) fn must_be_indexed(&self) -> Result<(), KeepError> {
        if schema::is_indexed(&self.conn)? {
            Ok(())
        } else {
            Err(KeepError::NotComplete(self.dir.clone()))
        }
    }

    pub(crate) fn each<E: From<KeepError>>(
        &self,
        with: With,
        take: impl FnMut(ItemRow) -> Result<(), E>,
    ) -> Result<(), E> {
        self.must_be_indexed()?;
        read::each_row(&self.conn, with, take)
    }
}
