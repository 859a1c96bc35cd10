//! Reading: items in order of id with everything that belongs to them, one after another.

use mabillon_case::{
    Accounting, Basis, Class, Effect, Evidence, Facts, Finding, ItemId, NotRun, Opinion, Origin,
    Place, Text, Warning,
};
use rusqlite::{Connection, OptionalExtension as _, Params, Row, Rows, Statement, params};

use crate::compress::decompress;
use crate::names::{Reasons, Words};
use crate::record::{Columns, decode};
use crate::write::origin_number;
use crate::{Case, KeepError};

/// One item with everything the case knows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRow {
    /// Its facts, with all its places, sorted.
    pub facts: Facts,
    /// What was found: by the item tests first, then by the collection tests.
    pub findings: Vec<Finding>,
    /// Tests that gave no finding.
    pub not_run: Vec<NotRun>,
    /// Warnings about our own reading.
    pub warnings: Vec<Warning>,
    /// Why it was not examined.
    pub not_examined: Option<String>,
    /// Why only part of it was examined.
    pub partial: Option<String>,
    /// The opinion; `None` as long as none was formed, and for originals.
    pub opinion: Option<Opinion>,
}

/// How much of an item is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    NoOpinion,
    Opinion,
}

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

/// An opinion as it is stored.
pub(crate) struct RawOpinion {
    pub(crate) class: String,
    pub(crate) basis: String,
    pub(crate) log10_lr: f64,
    pub(crate) words: String,
    pub(crate) because: String,
    pub(crate) evidence: Vec<u8>,
    pub(crate) groups: Vec<u8>,
}

/// The compact parts of an item as they are stored.
pub(crate) struct RawRecord {
    pub(crate) facts: Vec<u8>,
    pub(crate) findings: Vec<u8>,
    pub(crate) not_run: Vec<u32>,
    pub(crate) warnings: Vec<u8>,
}

/// Rows of a table that belong to items, read in step with the items.
struct Companion<'s, T> {
    rows: Rows<'s>,
    read: Box<dyn Fn(&Row<'_>) -> Result<T, KeepError> + 's>,
    ahead: Option<(ItemId, T)>,
    /// Items that rows belong to and that do not exist.
    strays: Vec<ItemId>,
}

impl<'s, T> Companion<'s, T> {
    /// Rows whose first column is the item.
    fn new(
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
    fn of(&mut self, item: &ItemId) -> Result<Vec<T>, KeepError> {
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
const PLACES: &str =
    "SELECT item, origin, exhibit, path, offset, length, parent, mailbox FROM places";
const GROUP_FINDINGS: &str = "SELECT item, test, code, finding FROM group_findings";
const OPINIONS: &str =
    "SELECT item, class, basis, log10_lr, words, because, evidence, groups FROM opinions";

/// Gives every item as it is stored, in order of id, or only the item `only`. Returns the items that have places,
/// findings or opinions and do not exist themselves.
pub(crate) fn each_raw<E: From<KeepError>>(
    conn: &Connection,
    with: With,
    only: Option<&ItemId>,
    mut take: impl FnMut(RawItem) -> Result<(), E>,
) -> Result<Vec<ItemId>, E> {
    let words = Words::load(conn)?;
    let prepare = |table: &str, column: &str, then: &str| {
        let rest = match only {
            Some(_) => format!("WHERE {column} = ?1 {then}"),
            None => format!("WHERE ?1 IS NULL ORDER BY {column} {then}"),
        };
        conn.prepare(&format!("{table} {rest}"))
            .map_err(KeepError::from)
    };
    let key = [only.map(|item| item.0)];
    let mut items = prepare(ITEMS, "id", "")?;
    let then = if only.is_some() {
        "ORDER BY row"
    } else {
        ", row"
    };
    let (mut places, mut group) = (
        prepare(PLACES, "item", "")?,
        prepare(GROUP_FINDINGS, "item", then)?,
    );
    let mut opinions = match with {
        With::Opinion => prepare(OPINIONS, "item", "")?,
        With::NoOpinion => conn
            .prepare(&format!("{OPINIONS} WHERE ?1 IS NULL AND 0"))
            .map_err(KeepError::from)?,
    };
    let mut places = Companion::new(&mut places, key, |row| place(row, &words))?;
    let mut group = Companion::new(&mut group, key, raw_finding)?;
    let mut opinions = Companion::new(&mut opinions, key, raw_opinion)?;
    let mut rows = items.query(key).map_err(KeepError::from)?;
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
fn named(item: &ItemId, error: KeepError) -> KeepError {
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

fn place(row: &Row<'_>, words: &Words) -> Result<Place, KeepError> {
    let origin: i64 = row.get(1)?;
    let origin = [Origin::Collection, Origin::Reference]
        .into_iter()
        .find(|known| origin_number(*known) == origin)
        .ok_or_else(|| {
            KeepError::damaged("a place is neither in the collection nor among the originals")
        })?;
    let parent: Option<[u8; 32]> = row.get(6)?;
    let mailbox: Option<i64> = row.get(7)?;
    Ok(Place {
        origin,
        exhibit: words.text(row.get(2)?)?,
        path: row.get(3)?,
        offset: row.get::<_, i64>(4)?.cast_unsigned(),
        length: row.get::<_, i64>(5)?.cast_unsigned(),
        parent: parent.map(ItemId),
        mailbox: mailbox.map(|number| words.text(number)).transpose()?,
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
    })
}

impl RawOpinion {
    pub(crate) fn opinion(&self, item: &ItemId) -> Result<Opinion, KeepError> {
        let of = format!("the opinion on item {item}");
        let unknown = || KeepError::damaged(format!("{of} is of no known class"));
        let class = Class::ALL
            .into_iter()
            .find(|class| class.word() == self.class);
        let bases = [
            Basis::Demonstrated,
            Basis::Inferred,
            Basis::Signature,
            Basis::Corroboration,
            Basis::None,
        ];
        let basis = bases.into_iter().find(|basis| basis.word() == self.basis);
        let evidence: Vec<(Finding, String, f64, Effect)> =
            decode(&decompress(&self.evidence, &of)?, &of)?;
        Ok(Opinion {
            class: class.ok_or_else(unknown)?,
            basis: basis.ok_or_else(unknown)?,
            log10_lr: self.log10_lr,
            words: self.words.clone(),
            because: self.because.clone(),
            evidence: evidence
                .into_iter()
                .map(|(finding, group, log10_lr, effect)| Evidence {
                    finding,
                    group,
                    log10_lr,
                    effect,
                })
                .collect(),
            groups: decode(&self.groups, &of)?,
        })
    }
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
        not_run: decode(&not_run, &format!("item {id}"))?,
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
        .map(|stored| decompress(&stored, &format!("the text of item {id}")))
        .transpose()
}

/// Gives every item, in order of id.
pub(crate) fn each_row<E: From<KeepError>>(
    conn: &Connection,
    with: With,
    mut take: impl FnMut(ItemRow) -> Result<(), E>,
) -> Result<(), E> {
    let reasons = Reasons::load(conn)?;
    each_raw(conn, with, None, |raw| take(item_row(conn, &reasons, raw)?))?;
    Ok(())
}

fn item_row(conn: &Connection, reasons: &Reasons, raw: RawItem) -> Result<ItemRow, KeepError> {
    let record = raw_record(conn, raw.row, &raw.id)?;
    let of = format!("item {}", raw.id);
    let mut findings: Vec<Finding> = decode(&record.findings, &of)?;
    for finding in &raw.group_findings {
        findings.push(decode(&finding.finding, &of)?);
    }
    let mut not_run = Vec::with_capacity(record.not_run.len());
    for number in &record.not_run {
        not_run.push(reasons.entry(*number)?.0.clone());
    }
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
        opinion: raw
            .opinion
            .map(|opinion| opinion.opinion(&raw.id))
            .transpose()?,
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
        each_raw(&self.conn, With::Opinion, Some(item), |raw| {
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
    /// Memory grows with the number of items, by one row of facts each.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn load_facts(&self) -> Result<Vec<Facts>, KeepError> {
        let mut all = Vec::new();
        self.for_each_facts(|facts| {
            all.push(facts);
            Ok(())
        })?;
        Ok(all)
    }

    pub(crate) fn for_each_facts(
        &self,
        mut take: impl FnMut(Facts) -> Result<(), KeepError>,
    ) -> Result<(), KeepError> {
        let mut facts_of = self
            .conn
            .prepare("SELECT facts FROM records WHERE row = ?1")?;
        each_raw(&self.conn, With::NoOpinion, None, |raw| {
            let of = format!("item {}", raw.id);
            let stored: Vec<u8> = facts_of.query_row([raw.row], |row| row.get(0))?;
            take(Facts {
                places: raw.places,
                ..decode(&stored, &of)?
            })
        })?;
        Ok(())
    }

    /// What was found in one item: by the item tests first, then by the collection tests.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn findings_of(&self, item: &ItemId) -> Result<Vec<Finding>, KeepError> {
        Ok(self.item(item)?.map(|row| row.findings).unwrap_or_default())
    }

    /// The words of one item; `None` where it has none, or where there is no such item.
    ///
    /// # Errors
    /// `Damaged` and errors of the disk.
    pub fn text_of(&self, item: &ItemId) -> Result<Option<Text>, KeepError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT row FROM items WHERE id = ?1")?;
        let Some(row) = statement.query_row([item.0], |row| row.get(0)).optional()? else {
            return Ok(None);
        };
        raw_text(&self.conn, row, item)?
            .map(|text| decode(&text, &format!("the text of item {item}")))
            .transpose()
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
