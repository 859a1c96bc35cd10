//! Reading: items in order of id with everything that belongs to them, one after another.

mod raw;
mod readers;
mod rows;
mod texts;

use std::sync::Arc;

use mabillon_case::{
    Accounting, CollectionRecord, FactRows, Facts, Finding, ItemId, NotRun, Opinion, Text, Warning,
};
use rusqlite::{Connection, OptionalExtension as _, params};

pub(crate) use raw::{EVERY_ITEM, PLACES, RawItem, With, each_raw, place, raw_record, raw_text};
pub(crate) use rows::fact_rows;
pub use texts::Texts;

use crate::limits::PLAIN_ROWS_HELD_MAX;
use crate::names::Reasons;
use crate::record::decode;
use crate::{Case, KeepError};

/// One item with everything the case knows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRow {
    /// Its facts, with all its places, sorted.
    pub facts: Facts,
    /// What was found: by the item tests first, then by the collection tests.
    pub findings: Vec<Arc<Finding>>,
    /// Tests that gave no finding.
    pub not_run: Vec<Arc<NotRun>>,
    /// Warnings about our own reading.
    pub warnings: Vec<Warning>,
    /// Why it was not examined.
    pub not_examined: Option<String>,
    /// Why only part of it was examined.
    pub partial: Option<String>,
    /// The opinion; `None` as long as none was formed, and for originals.
    pub opinion: Option<Opinion>,
}

/// Gives every item, in order of id.
pub(crate) fn each_row<E: From<KeepError>>(
    conn: &Connection,
    with: With,
    mut take: impl FnMut(ItemRow) -> Result<(), E>,
) -> Result<(), E> {
    let reasons = Reasons::load(conn)?;
    each_raw(conn, with, &EVERY_ITEM, |raw| {
        take(item_row(conn, &reasons, raw)?)
    })?;
    Ok(())
}

pub(crate) fn item_row(
    conn: &Connection,
    reasons: &Reasons,
    raw: RawItem,
) -> Result<ItemRow, KeepError> {
    let record = raw_record(conn, raw.row, &raw.id)?;
    let of = format!("item {}", raw.id);
    let mut findings: Vec<Arc<Finding>> = decode(&record.findings, &of)?;
    for finding in &raw.group_findings {
        findings.push(decode(&finding.finding, &of)?);
    }
    let mut not_run = Vec::with_capacity(record.not_run.len());
    let by_groups = raw.opinion.iter().flat_map(|opinion| &opinion.not_run);
    for number in record.not_run.iter().chain(by_groups) {
        not_run.push(Arc::clone(&reasons.entry(*number)?.0));
    }
    let opinion = raw
        .opinion
        .map(|opinion| opinion.opinion(&raw.id, &findings))
        .transpose()?;
    Ok(ItemRow {
        facts: Facts {
            places: raw.places,
            ..decode(&record.facts, &of)?
        },
        findings,
        not_run,
        warnings: decode(&record.warnings, &of)?,
        not_examined: raw.columns.not_examined,
        partial: raw.columns.partial,
        opinion,
    })
}

impl Case {
    /// Gives every item with everything that belongs to it, in order of id. Only one is in memory at a time.
    ///
    /// # Errors
    /// `NotComplete` before [`Case::finish_items`], `Damaged`, errors of the disk, and whatever `take` gives.
    pub fn for_each_item<E: From<KeepError>>(
        &self,
        take: impl FnMut(ItemRow) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each(With::Opinion, take)
    }

    /// One item; `None` where there is no such item.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn item(&self, item: &ItemId) -> Result<Option<ItemRow>, KeepError> {
        let reasons = Reasons::load(&self.conn)?;
        let mut found = None;
        each_raw(&self.conn, With::Opinion, &(*item..=*item), |raw| {
            found = Some(item_row(&self.conn, &reasons, raw)?);
            Ok::<(), KeepError>(())
        })?;
        Ok(found)
    }

    /// The items whose ids start with these hex digits, in order, at most `limit`.
    ///
    /// # Errors
    /// Errors of the disk and the database.
    pub fn items_starting_with(
        &self,
        digits: &str,
        limit: usize,
    ) -> Result<Vec<ItemId>, KeepError> {
        if digits.len() > 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let bound =
            |fill: &str| format!("{digits}{}", fill.repeat(64 - digits.len())).to_lowercase();
        let (Ok(first), Ok(last)) = (bound("0").parse::<ItemId>(), bound("f").parse::<ItemId>())
        else {
            return Ok(Vec::new());
        };
        let sql = "SELECT id FROM items WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.conn.prepare(sql)?;
        let rows = statement.query_map(params![first.0, last.0, limit], |row| {
            Ok(ItemId(row.get(0)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The facts of all items, sorted by id, with their places, sorted: what the group pass works on.
    ///
    /// Memory grows with the number of messages and of documents that tell of themselves, by one row of facts each. Of
    /// [plain](Facts::is_plain) items the facts of some are held, and those of all others read when they are asked for.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn load_facts(&self) -> Result<FactRows, KeepError> {
        fact_rows(&self.dir, &self.conn, PLAIN_ROWS_HELD_MAX)
    }

    /// What was found in one item: by the item tests first, then by the collection tests.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn findings_of(&self, item: &ItemId) -> Result<Vec<Arc<Finding>>, KeepError> {
        Ok(self.item(item)?.map(|row| row.findings).unwrap_or_default())
    }

    /// The words of one item; `None` where it has none, or where there is no such item.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn text_of(&self, item: &ItemId) -> Result<Option<Text>, KeepError> {
        texts::text_of(&self.conn, item)
    }

    /// What the collection tells of how it was made; empty before the group pass.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn collection(&self) -> Result<CollectionRecord, KeepError> {
        let stored = self
            .conn
            .query_row("SELECT record FROM collection", [], |row| row.get(0))
            .optional()?;
        let decoded = |stored: Vec<u8>| decode(&stored, "the record of the collection");
        Ok(stored.map(decoded).transpose()?.unwrap_or_default())
    }

    /// The accounts of all containers, in order, one for each container.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn accounts(&self) -> Result<Vec<Accounting>, KeepError> {
        let mut statement = self.conn.prepare("SELECT account FROM accounts")?;
        let mut rows = statement.query([])?;
        let mut accounts: Vec<Accounting> = Vec::new();
        while let Some(row) = rows.next()? {
            let stored: Vec<u8> = row.get(0)?;
            accounts.push(decode(&stored, "the account of a container")?);
        }
        // A resumed run gives the account of a container again: the fullest one stays.
        accounts.sort_unstable_by(|a, b| b.cmp(a));
        accounts.dedup_by(|a, b| a.exhibit == b.exhibit && a.path == b.path && a.kind == b.kind);
        accounts.reverse();
        Ok(accounts)
    }
}
