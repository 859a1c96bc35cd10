//! The order of a list, and where a page of it begins.
//!
//! A page is named by the item it comes after or before, not by a number: what colleagues decide meanwhile can take
//! items out of the list, and none that is still there is skipped for that.

use mabillon_case::ItemId;

use super::filter::{Sieve, bad};
use crate::desk::Desk;
use crate::http::{Query, Refusal};
use crate::table::Table;

/// All items of a list, in order.
pub(super) struct Ordered<'s> {
    sieve: &'s Sieve<'s>,
    by: By<'s>,
    is_turned: bool,
    /// Indices in the table.
    pub(super) items: Vec<u32>,
}

/// What a list is sorted by.
#[derive(Clone, Copy)]
enum By<'t> {
    /// An order that stands in the table.
    Column(&'t [u32]),
    /// How well the search fits, best first.
    Score,
    /// The line of the custody log that decided, latest first.
    Decided,
}

impl By<'_> {
    fn named<'t>(table: &'t Table, name: &str) -> Result<By<'t>, Refusal> {
        Ok(match name {
            "date" => By::Column(&table.by_date),
            "opinion" => By::Column(&table.by_class),
            "weight" => By::Column(&table.by_weight),
            "sender" => By::Column(&table.by_sender),
            "subject" => By::Column(&table.by_subject),
            "size" => By::Column(&table.by_size),
            "place" => By::Column(&table.by_place),
            "score" => By::Score,
            "decided" => By::Decided,
            other => {
                return Err(bad(format!(
                    "sort: {other:?} is not one of date, opinion, weight, sender, subject, size, place, decided, score"
                )));
            }
        })
    }
}

impl<'s> Ordered<'s> {
    /// All that fit, in the order that the query asks for.
    pub(super) fn of(sieve: &'s Sieve<'s>, query: &Query) -> Result<Self, Refusal> {
        let default = if sieve.found.is_none() {
            "date"
        } else {
            "score"
        };
        let asked = query.one("sort").unwrap_or(default);
        let (name, is_turned) = asked
            .strip_prefix('-')
            .map_or((asked, false), |name| (name, true));
        let by = By::named(sieve.table, name)?;
        let mut items = match by {
            By::Column(order) => fitting(sieve, order).map(|(_, index)| index).collect(),
            By::Score => by_score(sieve),
            By::Decided => by_decided(sieve),
        };
        if is_turned {
            items.reverse();
        }
        Ok(Self {
            sieve,
            by,
            is_turned,
            items,
        })
    }

    /// The row that a page of `limit` rows begins with.
    pub(super) fn first_row(
        &self,
        desk: &Desk,
        query: &Query,
        limit: usize,
    ) -> Result<usize, Refusal> {
        if let Some(cursor) = query.one("cursor") {
            let cursor = Cursor::read(desk, cursor)?;
            let place = self.place(&cursor);
            return Ok(match cursor.side {
                Side::After => place,
                Side::Before => place.saturating_sub(limit),
            });
        }
        if let Some(item) = query.one("around") {
            let item = item.parse::<ItemId>().ok();
            let index = item.and_then(|item| desk.table.index(&item));
            let place = index.and_then(|index| self.items.iter().position(|other| *other == index));
            return Ok(place.map_or(0, |place| place - place % limit));
        }
        let at = query.number("at")?.unwrap_or_default();
        Ok(usize::try_from(at)
            .unwrap_or(usize::MAX)
            .min(self.items.len()))
    }

    /// How many items come before what a cursor points at.
    fn place(&self, cursor: &Cursor) -> usize {
        if let Some(place) = self.items.iter().position(|index| *index == cursor.index) {
            return place + usize::from(cursor.side == Side::After);
        }
        // The item is no longer listed: its place is where it would be.
        match self.by {
            By::Column(order) => {
                let fit = |indices: &mut dyn Iterator<Item = &u32>| {
                    indices
                        .take_while(|index| **index != cursor.index)
                        .filter(|index| self.sieve.fits(**index))
                        .count()
                };
                if self.is_turned {
                    fit(&mut order.iter().rev())
                } else {
                    fit(&mut order.iter())
                }
            }
            By::Score => {
                let own = score(self.sieve, cursor.index);
                self.items.partition_point(|index| {
                    let other = score(self.sieve, *index);
                    if self.is_turned {
                        other < own
                    } else {
                        other > own
                    }
                })
            }
            By::Decided => self.items.partition_point(|index| {
                let other = decided(self.sieve, *index);
                if self.is_turned {
                    other < cursor.decided
                } else {
                    other > cursor.decided
                }
            }),
        }
    }

    /// The cursor of the page after the row before `end`; `None` where there is none.
    pub(super) fn next(&self, end: usize) -> Option<String> {
        let last = self.items.get(end.checked_sub(1)?)?;
        (end < self.items.len()).then(|| self.cursor("after", *last))
    }

    /// The cursor of the page before the row at `at`; `None` where there is none.
    pub(super) fn previous(&self, at: usize) -> Option<String> {
        let first = self.items.get(at)?;
        (at > 0).then(|| self.cursor("before", *first))
    }

    fn cursor(&self, side: &str, index: u32) -> String {
        let item = self.sieve.table.ids.get(index as usize);
        let item = item.map_or_else(String::new, ToString::to_string);
        format!("{side}-{item}-{}", decided(self.sieve, index))
    }
}

/// The items of an order that fit, each with its place in the order.
fn fitting<'o>(sieve: &'o Sieve<'_>, order: &'o [u32]) -> impl Iterator<Item = (u32, u32)> + 'o {
    (0..)
        .zip(order.iter().copied())
        .filter(|(_, index)| sieve.fits(*index))
}

/// All that fit by how well the words fit them, best first; what is equal stays in order of date.
fn by_score(sieve: &Sieve<'_>) -> Vec<u32> {
    let order = &sieve.table.by_date;
    // Scores are not negative, and the bits of such numbers rise with them: one number holds both, and sorts fast.
    let mut keys: Vec<u64> = fitting(sieve, order)
        .map(|(place, index)| {
            let score = score(sieve, index).max(0.0).to_bits();
            u64::from(!score) << 32 | u64::from(place)
        })
        .collect();
    keys.sort_unstable();
    keys.into_iter()
        .filter_map(|key| order.get(usize::try_from(key & u64::from(u32::MAX)).ok()?))
        .copied()
        .collect()
}

/// All that fit by the line of the custody log that decided, latest first, then by date.
fn by_decided(sieve: &Sieve<'_>) -> Vec<u32> {
    let (mut decided_items, rest): (Vec<u32>, Vec<u32>) = fitting(sieve, &sieve.table.by_date)
        .map(|(_, index)| index)
        .partition(|index| decided(sieve, *index) > 0);
    decided_items.sort_by_key(|index| std::cmp::Reverse(decided(sieve, *index)));
    decided_items.extend(rest);
    decided_items
}

fn score(sieve: &Sieve<'_>, index: u32) -> f32 {
    let found = sieve.found.as_deref();
    found.map_or(0.0, |found| found.score(sieve.table.row(index)))
}

/// The line of the log in which an item was decided; 0 where it was not.
fn decided(sieve: &Sieve<'_>, index: u32) -> u64 {
    let review = sieve.touched.get(&index);
    review
        .filter(|review| review.decision.is_some())
        .map_or(0, |review| review.seq)
}

/// Which side of its item a cursor points at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    After,
    Before,
}

/// `after-ITEM-LINE` or `before-ITEM-LINE`.
struct Cursor {
    side: Side,
    index: u32,
    /// The line in which it was decided when the page was made.
    decided: u64,
}

impl Cursor {
    fn read(desk: &Desk, text: &str) -> Result<Self, Refusal> {
        let mut parts = text.split('-');
        let side = match parts.next() {
            Some("after") => Some(Side::After),
            Some("before") => Some(Side::Before),
            _ => None,
        };
        let item = parts.next().and_then(|item| item.parse::<ItemId>().ok());
        let index = item.and_then(|item| desk.table.index(&item));
        let decided = parts.next().and_then(|line| line.parse().ok());
        side.zip(index)
            .zip(decided)
            .map(|((side, index), decided)| Self {
                side,
                index,
                decided,
            })
            .ok_or_else(|| Refusal::new(400, "bad-cursor", "the cursor is not one of this list"))
    }
}
