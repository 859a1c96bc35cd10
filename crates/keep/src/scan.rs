//! The columns of all items, one table after another, each in the order in which it lies on the disk: for whoever keeps
//! them in memory. And what a list shows of some items.

use mabillon_case::{Class, Facts, ItemId, Kind, Origin, Place, Text};
use rusqlite::{OptionalExtension as _, Row};

use crate::compress::decompress;
use crate::names::Words;
use crate::read::{PLACES, place};
use crate::record::{KINDS, decode, kind_word};
use crate::{Case, KeepError};

/// Places of one item whose surroundings are told.
const PLACES_FOLLOWED_MAX: usize = 16;

/// The columns of one item.
#[derive(Debug)]
pub struct ScanRow<'r> {
    /// Its number in the store, from 1.
    pub row: i64,
    /// The item.
    pub item: ItemId,
    /// What it is.
    pub kind: Kind,
    /// Size of its exact bytes.
    pub size_bytes: u64,
    /// The clock on the wall, in microseconds as if it were UTC.
    pub date: Option<i64>,
    /// Sender, as `from:` searches it: name and address.
    pub sender: &'r str,
    /// Recipients, one on each line.
    pub recipients: &'r str,
    /// Recipients of copies, one on each line.
    pub copied: &'r str,
    /// Subject of a message.
    pub subject: &'r str,
    /// Title of a document.
    pub title: &'r str,
    /// Author of a document.
    pub author: &'r str,
    /// Names of what it carries, one on each line.
    pub attachments: &'r str,
    /// `test#code` of each finding of the item pass, each on a line.
    pub findings: &'r str,
    /// Why it was not examined.
    pub not_examined: Option<&'r str>,
    /// Why only part of it was examined.
    pub partial: Option<&'r str>,
    /// Its facts, without places.
    pub facts: Facts,
}

/// What a list shows of one item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brief {
    /// Media type, told by content.
    pub media_type: String,
    /// Sender of a message: name and address.
    pub sender: String,
    /// Recipients.
    pub recipients: Vec<String>,
    /// Subject of a message, title of a document.
    pub about: String,
    /// Author of a document.
    pub author: String,
    /// Why it was not examined.
    pub not_examined: Option<String>,
    /// Why only part of it was examined.
    pub partial: Option<String>,
    /// Why it is of its class of opinion, in one sentence; empty without opinion.
    pub because: String,
    /// Its first place: in the collection if it has one there.
    pub place: Option<Place>,
}

impl Case {
    /// Gives the columns of every item, in order of row.
    ///
    /// # Errors
    /// `Damaged`, errors of the disk, and whatever `take` gives.
    pub fn scan_items(
        &self,
        mut take: impl FnMut(&ScanRow<'_>) -> Result<(), KeepError>,
    ) -> Result<(), KeepError> {
        let sql = "SELECT items.row, id, kind, size_bytes, date, sender, recipients, copied, subject, title, author,
            attachments, items.findings, not_examined, partial, facts
            FROM items JOIN records ON records.row = items.row ORDER BY items.row";
        let mut statement = self.conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(&scan_row(row)?)?;
        }
        Ok(())
    }

    /// Gives every place with its item and its number in the store, which rises in the order of reading.
    ///
    /// # Errors
    /// As [`Case::scan_items`].
    pub fn scan_places(
        &self,
        mut take: impl FnMut(i64, &ItemId, &Place) -> Result<(), KeepError>,
    ) -> Result<(), KeepError> {
        let words = Words::load(&self.conn)?;
        let mut statement = self.conn.prepare(&format!("{PLACES} ORDER BY rowid"))?;
        let mut rows = statement.query([])?;
        let mut number = 0;
        while let Some(row) = rows.next()? {
            number += 1;
            take(number, &ItemId(row.get(0)?), &place(row, &words)?)?;
        }
        Ok(())
    }

    /// Gives test and code of every finding of the group pass, with its item.
    ///
    /// # Errors
    /// As [`Case::scan_items`].
    pub fn scan_group_findings(
        &self,
        mut take: impl FnMut(&ItemId, &str, &str) -> Result<(), KeepError>,
    ) -> Result<(), KeepError> {
        let mut statement = self
            .conn
            .prepare("SELECT item, test, code FROM group_findings ORDER BY row")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            take(&ItemId(row.get(0)?), text(row, 1)?, text(row, 2)?)?;
        }
        Ok(())
    }

    /// Gives class and combined weight of every opinion, with its item, in order of item.
    ///
    /// # Errors
    /// As [`Case::scan_items`].
    pub fn scan_opinions(
        &self,
        mut take: impl FnMut(&ItemId, Class, f64) -> Result<(), KeepError>,
    ) -> Result<(), KeepError> {
        let mut statement = self
            .conn
            .prepare("SELECT item, class, log10_lr FROM opinions")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let word = text(row, 1)?;
            let class = Class::ALL.into_iter().find(|class| class.word() == word);
            let class =
                class.ok_or_else(|| KeepError::damaged("an opinion is of no known class"))?;
            take(&ItemId(row.get(0)?), class, row.get(2)?)?;
        }
        Ok(())
    }

    /// Gives the words of every item that has some, in order of row.
    ///
    /// # Errors
    /// As [`Case::scan_items`].
    pub fn scan_texts(&self, mut take: impl FnMut(&Text)) -> Result<(), KeepError> {
        let mut statement = self
            .conn
            .prepare("SELECT row, text FROM texts ORDER BY row")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let of = format!("the text of row {}", row.get::<_, i64>(0)?);
            let stored = row.get_ref(1)?.as_blob().map_err(KeepError::damaged)?;
            take(&decode(&decompress(stored, &of)?, &of)?);
        }
        Ok(())
    }

    /// What a list shows of the item in this row.
    ///
    /// # Errors
    /// `Damaged` where there is no such row; errors of the disk.
    pub fn brief(&self, row: i64) -> Result<Brief, KeepError> {
        let sql = "SELECT media_type, sender, recipients, copied, subject, title, author, not_examined, partial, id,
            (SELECT because FROM opinions WHERE opinions.item = items.id) FROM items WHERE row = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let found = statement
            .query_row([row], |row| {
                let (to, cc): (String, String) = (row.get(2)?, row.get(3)?);
                let (subject, title): (String, String) = (row.get(4)?, row.get(5)?);
                let brief = Brief {
                    media_type: row.get(0)?,
                    sender: row.get(1)?,
                    recipients: to.lines().chain(cc.lines()).map(str::to_owned).collect(),
                    about: if subject.is_empty() { title } else { subject },
                    author: row.get(6)?,
                    not_examined: row.get(7)?,
                    partial: row.get(8)?,
                    because: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
                    place: None,
                };
                Ok((brief, ItemId(row.get(9)?)))
            })
            .optional()?;
        let (mut brief, item) = found.ok_or_else(|| KeepError::damaged("an item is missing"))?;
        brief.place = self
            .places_of(&item)?
            .into_iter()
            .min_by_key(|place| place.origin == Origin::Reference);
        Ok(brief)
    }

    /// What these places lie in, as far as it is of items: each item with the place that leads there.
    ///
    /// # Errors
    /// As [`Case::places_of`].
    pub fn around(&self, places: &[Place]) -> Result<Vec<(ItemId, Place)>, KeepError> {
        let mut found = Vec::new();
        for place in places.iter().take(PLACES_FOLLOWED_MAX) {
            let mut inner = place.clone();
            // Each step makes the path shorter, so it ends.
            while let Some(parent) = inner.parent {
                let leads = |outer: &Place| {
                    let rest = inner.path.strip_prefix(&outer.path);
                    outer.origin == inner.origin
                        && outer.exhibit == inner.exhibit
                        && rest.is_some_and(|rest| !rest.is_empty())
                };
                let Some(outer) = self.places_of(&parent)?.into_iter().find(leads) else {
                    break;
                };
                found.push((parent, outer.clone()));
                inner = outer;
            }
        }
        Ok(found)
    }

    /// All places of an item, sorted.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn places_of(&self, item: &ItemId) -> Result<Vec<Place>, KeepError> {
        let words = Words::load(&self.conn)?;
        let mut statement = self
            .conn
            .prepare_cached(&format!("{PLACES} WHERE item = ?1"))?;
        let mut rows = statement.query([item.0])?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            places.push(place(row, &words)?);
        }
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }
}

fn scan_row<'r>(row: &'r Row<'_>) -> Result<ScanRow<'r>, KeepError> {
    let kind = text(row, 2)?;
    let item = ItemId(row.get(1)?);
    let facts = row.get_ref(15)?.as_blob().map_err(KeepError::damaged)?;
    Ok(ScanRow {
        row: row.get(0)?,
        item,
        kind: KINDS
            .into_iter()
            .find(|known| kind_word(*known) == kind)
            .unwrap_or(Kind::Other),
        size_bytes: row.get::<_, i64>(3)?.cast_unsigned(),
        date: row.get(4)?,
        sender: text(row, 5)?,
        recipients: text(row, 6)?,
        copied: text(row, 7)?,
        subject: text(row, 8)?,
        title: text(row, 9)?,
        author: text(row, 10)?,
        attachments: text(row, 11)?,
        findings: text(row, 12)?,
        not_examined: maybe(row, 13)?,
        partial: maybe(row, 14)?,
        facts: decode(facts, format_args!("item {item}"))?,
    })
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, KeepError> {
    row.get_ref(column)?.as_str().map_err(KeepError::damaged)
}

fn maybe<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, KeepError> {
    row.get_ref(column)?
        .as_str_or_null()
        .map_err(KeepError::damaged)
}
