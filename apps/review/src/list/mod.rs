//! The list: filters, counts, orders, pages.

mod facets;
mod filter;
mod order;
mod row;
mod timeline;

use serde_json::{Value, json};

use self::filter::Sieve;
use self::order::Ordered;
use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};

pub(crate) use self::filter::{Touched, touched};
pub(crate) use self::row::row;
pub(crate) use self::timeline::{buckets, unit};

/// Rows of a page.
const PAGE_ROWS_MAX: u64 = 200;
const PAGE_ROWS: u64 = 50;

/// `GET /api/items`
pub(crate) fn items(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let start = std::time::Instant::now();
    let query = &call.query;
    let limit = query
        .number("limit")?
        .unwrap_or(PAGE_ROWS)
        .clamp(1, PAGE_ROWS_MAX);
    let limit = usize::try_from(limit).unwrap_or(1);
    let sieve = Sieve::of(desk, query)?;
    let ordered = Ordered::of(&sieve, query)?;
    let total = ordered.items.len();
    let at = ordered.first_row(desk, query, limit)?;
    let end = at.saturating_add(limit).min(total);
    let page = ordered.items.get(at..end).unwrap_or_default();
    let rows = desk.with_case(|case| {
        page.iter()
            .map(|index| row(desk, case, *index, &sieve.touched, &sieve.wanted))
            .collect::<Result<Vec<_>, _>>()
    })?;
    let facets = if query.one("facets") == Some("1") {
        facets::facets(&sieve)
    } else {
        Value::Null
    };
    let n_holders = ordered
        .items
        .iter()
        .filter(|index| desk.table.is_container(**index as usize))
        .count();
    let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Reply::json(json!({
        "total": total, "holders": n_holders, "all": desk.table.n_listed, "at": at, "next": ordered.next(end), "previous": ordered.previous(at), "items": rows,
        "facets": facets, "took_ms": took,
    })))
}

/// Adds a field to an object.
pub(crate) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
