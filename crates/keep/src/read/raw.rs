//! Items as they are stored, each with the rows of other tables that belong to it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use mabillon_case::{ItemId, Origin, Place};
use rusqlite::{Connection, OptionalExtension as _, Params, Row, Rows, Statement};

use crate::KeepError;
use crate::compress::decompress;
use crate::names::Words;
use crate::opinion::RawOpinion;
use crate::record::{Columns, decode};
use crate::write::origin_number;

/// How much of an item is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    NoOpinion,
    Opinion,
}

/// The range of ids that holds every item.
pub(crate) const EVERY_ITEM: RangeInclusive<ItemId> = ItemId([0; 32])..=ItemId([u8::MAX; 32]);

/// An item as it is stored.
pub(crate) struct RawItem {
    pub(crate) row: i64,
    pub(crate) id: ItemId,
    pub(crate) columns: Columns,
    pub(crate) digest: [u8; 32],
    pub(crate) places: Vec<Place>,
    pub(crate) group_findings: Vec<RawFinding>,
    pub(crate) opinion: Option<RawOpinion>,
}

/// A finding of the group pass as it is stored.
pub(crate) struct RawFinding {
    pub(crate) test: String,
    pub(crate) code: String,
    pub(crate) finding: Vec<u8>,
}

/// The compact parts of an item as they are stored.
pub(crate) struct RawRecord {
    pub(crate) facts: Vec<u8>,
    pub(crate) findings: Vec<u8>,
    pub(crate) not_run: Vec<u32>,
    pub(crate) warnings: Vec<u8>,
}

/// Reads a row of a table that belongs to items.
type Read<'s, T> = Box<dyn Fn(&Row<'_>) -> Result<T, KeepError> + 's>;

/// Rows of a table that belong to items, read in step with the items.
pub(crate) struct Companion<'s, T> {
    rows: Rows<'s>,
    read: Read<'s, T>,
    ahead: Option<(ItemId, T)>,
    /// Items that rows belong to and that do not exist.
    strays: Vec<ItemId>,
}

impl<'s, T> Companion<'s, T> {
    /// Rows whose first column is the item.
    pub(crate) fn new(
        statement: &'s mut Statement<'_>,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, KeepError> + 's,
    ) -> Result<Self, KeepError> {
        Ok(Self {
            rows: statement.query(params)?,
            read: Box::new(read),
            ahead: None,
            strays: Vec::new(),
        })
    }

    fn advance(&mut self) -> Result<(), KeepError> {
        self.ahead = match self.rows.next()? {
            None => None,
            Some(row) => {
                let item = ItemId(row.get(0)?);
                let value = (self.read)(row).map_err(|error| named(&item, error))?;
                Some((item, value))
            }
        };
        Ok(())
    }

    /// The rows of `item`; items are asked for in rising order.
    pub(crate) fn of(&mut self, item: &ItemId) -> Result<Vec<T>, KeepError> {
        let mut found = Vec::new();
        loop {
            match self.ahead.take() {
                None => {
                    self.advance()?;
                    if self.ahead.is_none() {
                        return Ok(found);
                    }
                }
                Some((id, _)) if id < *item => {
                    if self.strays.last() != Some(&id) {
                        self.strays.push(id);
                    }
                }
                Some((id, row)) if id == *item => found.push(row),
                Some(later) => {
                    self.ahead = Some(later);
                    return Ok(found);
                }
            }
        }
    }

    /// The items that rows belonged to and that were never asked for.
    fn end(mut self) -> Result<Vec<ItemId>, KeepError> {
        self.of(&ItemId([u8::MAX; 32]))?;
        Ok(self.strays)
    }
}

const ITEMS: &str = "SELECT row, id, kind, media_type, size_bytes, date, sender, recipients, copied, subject, message_id,
    attachments, title, author, findings, not_examined, partial, digest FROM items";
pub(crate) const PLACES: &str = "SELECT item, origin, exhibit, path, offset, length, parent, mailbox, entry, stored FROM places";
const GROUP_FINDINGS: &str = "SELECT item, test, code, finding FROM group_findings";
const OPINIONS: &str =
    "SELECT item, class, basis, log10_lr, words, because, evidence, groups, not_run FROM opinions";

/// Gives every item of a range of ids as it is stored, in order of id. Returns the items of that range that have places,
/// findings or opinions and do not exist themselves.
pub(crate) fn each_raw<E: From<KeepError>>(
    conn: &Connection,
    with: With,
    range: &RangeInclusive<ItemId>,
    mut take: impl FnMut(RawItem) -> Result<(), E>,
) -> Result<Vec<ItemId>, E> {
    let words = Words::load(conn)?;
    let prepare = |table: &str, column: &str, order: &str| {
        let rest = format!("WHERE {column} BETWEEN ?1 AND ?2 ORDER BY {order}");
        conn.prepare(&format!("{table} {rest}"))
            .map_err(KeepError::from)
    };
    let ends = [range.start().0, range.end().0];
    let mut items = prepare(ITEMS, "id", "id")?;
    let mut places = prepare(PLACES, "item", "item")?;
    let mut group = prepare(GROUP_FINDINGS, "item", "item, row")?;
    let mut opinions = prepare(OPINIONS, "item", "item")?;
    let ends_of_opinions = match with {
        With::Opinion => ends,
        // A range that holds nothing.
        With::NoOpinion => [[u8::MAX; 32], [0; 32]],
    };
    let mut places = Companion::new(&mut places, ends, |row| place(row, &words))?;
    let mut group = Companion::new(&mut group, ends, raw_finding)?;
    let mut opinions = Companion::new(&mut opinions, ends_of_opinions, raw_opinion)?;
    let mut rows = items.query(ends).map_err(KeepError::from)?;
    while let Some(row) = rows.next().map_err(KeepError::from)? {
        let id = ItemId(row.get(1).map_err(KeepError::from)?);
        let mut item = raw_item(row).map_err(|error| named(&id, error))?;
        item.places = places.of(&item.id)?;
        item.places.sort_unstable();
        item.places.dedup();
        item.group_findings = group.of(&item.id)?;
        item.opinion = opinions.of(&item.id)?.pop();
        take(item)?;
    }
    let mut strays = places.end()?;
    strays.extend(group.end()?);
    strays.extend(opinions.end()?);
    strays.sort_unstable();
    strays.dedup();
    Ok(strays)
}

/// The same error, with the item it is about.
pub(crate) fn named(item: &ItemId, error: KeepError) -> KeepError {
    match error {
        KeepError::Damaged(says) => KeepError::Damaged(format!("item {item}: {says}")),
        other => other,
    }
}

fn raw_item(row: &Row<'_>) -> Result<RawItem, KeepError> {
    Ok(RawItem {
        row: row.get(0)?,
        id: ItemId(row.get(1)?),
        columns: Columns {
            kind: row.get(2)?,
            media_type: row.get(3)?,
            size_bytes: row.get(4)?,
            date: row.get(5)?,
            sender: row.get(6)?,
            recipients: row.get(7)?,
            copied: row.get(8)?,
            subject: row.get(9)?,
            message_id: row.get(10)?,
            attachments: row.get(11)?,
            title: row.get(12)?,
            author: row.get(13)?,
            findings: row.get(14)?,
            not_examined: row.get(15)?,
            partial: row.get(16)?,
        },
        digest: row.get(17)?,
        places: Vec::new(),
        group_findings: Vec::new(),
        opinion: None,
    })
}

pub(crate) fn place(row: &Row<'_>, words: &Words) -> Result<Place, KeepError> {
    let origin: i64 = row.get(1)?;
    let origin = [Origin::Collection, Origin::Reference]
        .into_iter()
        .find(|known| origin_number(*known) == origin)
        .ok_or_else(|| {
            KeepError::damaged("a place is neither in the collection nor among the originals")
        })?;
    let parent: Option<[u8; 32]> = row.get(6)?;
    let mailbox: Option<i64> = row.get(7)?;
    let entry: Option<Vec<u8>> = row.get(8)?;
    let stored: Option<Vec<u8>> = row.get(9)?;
    Ok(Place {
        origin,
        exhibit: words.text(row.get(2)?)?,
        path: row.get(3)?,
        offset: row.get::<_, i64>(4)?.cast_unsigned(),
        length: row.get::<_, i64>(5)?.cast_unsigned(),
        parent: parent.map(ItemId),
        mailbox: mailbox.map(|number| words.text(number)).transpose()?,
        entry: entry
            .map(|entry| decode(&entry, "what an archive says of an entry"))
            .transpose()?
            .map(Arc::new),
        stored: stored
            .map(|stored| decode(&stored, "what a mail store says of a message"))
            .transpose()?
            .map(Arc::new),
    })
}

fn raw_finding(row: &Row<'_>) -> Result<RawFinding, KeepError> {
    Ok(RawFinding {
        test: row.get(1)?,
        code: row.get(2)?,
        finding: row.get(3)?,
    })
}

fn raw_opinion(row: &Row<'_>) -> Result<RawOpinion, KeepError> {
    Ok(RawOpinion {
        class: row.get(1)?,
        basis: row.get(2)?,
        log10_lr: row.get(3)?,
        words: row.get(4)?,
        because: row.get(5)?,
        evidence: row.get(6)?,
        groups: row.get(7)?,
        not_run: decode(&row.get::<_, Vec<u8>>(8)?, "an opinion")?,
    })
}

/// The compact parts of the item in `row`.
pub(crate) fn raw_record(conn: &Connection, row: i64, id: &ItemId) -> Result<RawRecord, KeepError> {
    let mut statement = conn
        .prepare_cached("SELECT facts, findings, not_run, warnings FROM records WHERE row = ?1")?;
    let found = statement
        .query_row([row], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get::<_, Vec<u8>>(2)?,
                row.get(3)?,
            ))
        })
        .optional()?;
    let (facts, findings, not_run, warnings) =
        found.ok_or_else(|| KeepError::damaged(format!("the record of item {id} is missing")))?;
    Ok(RawRecord {
        facts,
        findings,
        not_run: decode(&not_run, format_args!("item {id}"))?,
        warnings,
    })
}

/// The text of the item in `row`, as it is encoded.
pub(crate) fn raw_text(
    conn: &Connection,
    row: i64,
    id: &ItemId,
) -> Result<Option<Vec<u8>>, KeepError> {
    let mut statement = conn.prepare_cached("SELECT text FROM texts WHERE row = ?1")?;
    let stored: Option<Vec<u8>> = statement.query_row([row], |row| row.get(0)).optional()?;
    stored
        .map(|stored| decompress(&stored, format_args!("the text of item {id}")))
        .transpose()
}
