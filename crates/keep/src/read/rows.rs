//! The facts of all items: most of them in memory, others read when they are asked for.

use std::collections::HashMap;
use std::path::Path;

use mabillon_case::{FactRows, Facts, ItemId};
use rusqlite::Connection;

use super::raw::{Companion, PLACES, named, place};
use super::readers::Readers;
use crate::KeepError;
use crate::names::Words;
use crate::record::decode;

/// The facts of all items, with all their places. Of plain ones the first `n_plain_max`, in the order in which they were
/// written, are held in memory.
///
/// Rows are read in that order, and sorted then: reading them in order of id would jump to and fro in the tables.
pub(crate) fn fact_rows(
    dir: &Path,
    conn: &Connection,
    n_plain_max: usize,
) -> Result<FactRows, KeepError> {
    let sql =
        "SELECT id, facts FROM records JOIN items ON items.row = records.row ORDER BY records.row";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let n_items: i64 = conn.query_row("SELECT COUNT(*) FROM items", [], |row| row.get(0))?;
    let mut ids = Vec::with_capacity(usize::try_from(n_items).unwrap_or(0));
    let (mut held, mut n_plain) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let id = ItemId(row.get(0)?);
        ids.push(id);
        let stored = row.get_ref(1)?.as_blob().map_err(KeepError::damaged)?;
        let facts: Facts = decode(stored, format_args!("item {id}"))?;
        n_plain += usize::from(facts.is_plain());
        if !facts.is_plain() || n_plain <= n_plain_max {
            held.push(facts);
        }
    }
    let words = Words::load(conn)?;
    add_places(conn, &words, &mut held)?;
    let (readers, n_items) = (Readers::new(dir.to_owned()), ids.len());
    let read = move |items: &[ItemId]| {
        let read = readers.with(|conn| facts_of(conn, &words, items, n_items));
        read.map_err(|error| error.to_string())
    };
    Ok(FactRows::new(ids, held, Box::new(read)))
}

/// Adds the places of all items to the facts that are held.
fn add_places(conn: &Connection, words: &Words, held: &mut [Facts]) -> Result<(), KeepError> {
    let mut owners: HashMap<ItemId, &mut Facts> =
        held.iter_mut().map(|facts| (facts.item, facts)).collect();
    let mut statement = conn.prepare(PLACES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = ItemId(row.get(0)?);
        // Places of items that do not exist are found by `verify`.
        if let Some(facts) = owners.get_mut(&id) {
            let place = place(row, words).map_err(|error| named(&id, error))?;
            facts.places.push(place);
        }
    }
    for facts in held {
        sort_places(facts);
    }
    Ok(())
}

fn sort_places(facts: &mut Facts) {
    facts.places.sort_unstable();
    facts.places.dedup();
    facts.places.shrink_to_fit();
}

/// The facts of some of the `n_items` items there are, sorted by id.
fn facts_of(
    conn: &Connection,
    words: &Words,
    items: &[ItemId],
    n_items: usize,
) -> Result<Vec<Facts>, KeepError> {
    // Items that lie close together are read on the way from the first to the last of them.
    let n_at_once = if is_dense(items, n_items) {
        items.len()
    } else {
        1
    };
    let mut all = Vec::with_capacity(items.len());
    for some in items.chunks(n_at_once.max(1)) {
        read_between(conn, words, some, &mut all)?;
    }
    Ok(all)
}

/// Whether at least every fourth item from the first to the last is one of `items`, judged by the distance of their ids:
/// hashes lie evenly.
fn is_dense(items: &[ItemId], n_items: usize) -> bool {
    let start = |item: Option<&ItemId>| {
        let octets = item.and_then(|item| item.0.first_chunk());
        octets.map_or(0, |octets| u64::from_be_bytes(*octets))
    };
    let distance = start(items.last()).saturating_sub(start(items.first()));
    let n_between = (u128::from(distance) * (n_items as u128)) >> 64_u32;
    n_between <= 4 * items.len() as u128
}

fn read_between(
    conn: &Connection,
    words: &Words,
    items: &[ItemId],
    all: &mut Vec<Facts>,
) -> Result<(), KeepError> {
    let [Some(first), Some(last)] = [items.first(), items.last()] else {
        return Ok(());
    };
    let ends = [first.0, last.0];
    let places = format!("{PLACES} WHERE item BETWEEN ?1 AND ?2 ORDER BY item");
    let mut places = conn.prepare_cached(&places)?;
    let mut places = Companion::new(&mut places, ends, |row| place(row, words))?;
    let rows = "SELECT id, row FROM items WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
    let mut rows = conn.prepare_cached(rows)?;
    let mut rows = rows.query(ends)?;
    let mut record = conn.prepare_cached("SELECT facts FROM records WHERE row = ?1")?;
    let mut wanted = items.iter().peekable();
    while let Some(row) = rows.next()? {
        let id = ItemId(row.get(0)?);
        if wanted.next_if(|item| **item == id).is_none() {
            continue;
        }
        let number: i64 = row.get(1)?;
        let stored: Vec<u8> = record.query_row([number], |row| row.get(0))?;
        let mut facts: Facts = decode(&stored, format_args!("item {id}"))?;
        facts.places = places.of(&id)?;
        sort_places(&mut facts);
        all.push(facts);
    }
    Ok(())
}
