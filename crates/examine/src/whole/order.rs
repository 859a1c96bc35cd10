//! The order in which a store took its messages in, against their times.

use mabillon_case::{Facts, ItemId, OutOfOrder, Place, Stamp, StoreFacts};

/// Messages that must be in order before one can be out of it.
const MESSAGES_MIN: usize = 50;
/// Messages on either side whose median tells the time there.
const AROUND: usize = 10;
/// Of those, at least.
const AROUND_MIN: usize = 5;
/// A message this far from the time around it is out of order, in seconds: thirty days.
const APART_SECONDS: i64 = 30 * 86_400;
/// Of neighbouring messages, at least nine in ten follow each other in time where there is an order at all.
const IN_ORDER_IN_TEN: usize = 9;
/// Where more than one message in this many is out of order, whole folders were moved, and one says nothing.
const OUT_OF_ORDER_ONE_IN: usize = 100;
/// But so many may always be.
const OUT_OF_ORDER_ALWAYS: usize = 3;

/// A message of a store, by the number under which it lies there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    number: u64,
    time: Stamp,
    item: ItemId,
}

impl Stored {
    /// The message at this place, where its store numbers messages as it takes them in.
    pub(super) fn of(row: &Facts, place: &Place, time: Option<Stamp>) -> Option<Self> {
        let number = match place.stored.as_deref()? {
            StoreFacts::Mbox(mbox) => mbox.number,
            StoreFacts::Maildir(maildir) => maildir.uid?,
            StoreFacts::Emlx(emlx) => emlx.remote_id.parse().ok()?,
            StoreFacts::Mapi(mapi) => (mapi.node > 0).then_some(mapi.node.into())?,
            StoreFacts::Olm(_) | StoreFacts::EmlxPart(_) => return None,
        };
        Some(Self {
            number,
            time: time?,
            item: row.item,
        })
    }

    fn seconds(&self) -> i64 {
        self.time.unix_seconds()
    }
}

/// The messages that lie among others of another time, in order of id.
pub(super) fn out_of_order(mut stored: Vec<Stored>) -> Vec<OutOfOrder> {
    stored.sort_by_key(|one| (one.number, one.item));
    let n_pairs = stored.len().saturating_sub(1);
    let n_rising = stored
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.seconds() <= b.seconds()))
        .count();
    if stored.len() < MESSAGES_MIN {
        return Vec::new();
    }
    // Some exports write the newest message first.
    if n_rising * 10 < n_pairs {
        stored.reverse();
    } else if n_rising * 10 < n_pairs * IN_ORDER_IN_TEN {
        return Vec::new();
    }
    let mut found: Vec<OutOfOrder> = (0..stored.len())
        .filter_map(|place| judge(&stored, place))
        .collect();
    if found.len() > OUT_OF_ORDER_ALWAYS.max(stored.len() / OUT_OF_ORDER_ONE_IN) {
        return Vec::new();
    }
    found.sort_unstable();
    found
}

/// The message at `place`, if it is out of order: of before those before it, or of after those after it.
fn judge(stored: &[Stored], place: usize) -> Option<OutOfOrder> {
    let one = stored.get(place)?;
    let before = median(stored.get(place.saturating_sub(AROUND)..place)?);
    let end = stored.len().min(place + 1 + AROUND);
    let after = median(stored.get(place + 1..end)?);
    let apart = |a: Stamp, b: Stamp| a.unix_seconds() - b.unix_seconds() > APART_SECONDS;
    let around = match (before, after) {
        (Some(before), _) if apart(before, one.time) => before,
        (_, Some(after)) if apart(one.time, after) => after,
        _ => return None,
    };
    // Where the two sides are themselves in the wrong order, it is not this message that was moved.
    let sides_agree = before
        .zip(after)
        .is_none_or(|(before, after)| !apart(before, after));
    sides_agree.then_some(OutOfOrder {
        item: one.item,
        time: one.time,
        around,
    })
}

fn median(side: &[Stored]) -> Option<Stamp> {
    let mut times: Vec<Stamp> = side.iter().map(|one| one.time).collect();
    times.sort_unstable();
    (times.len() >= AROUND_MIN)
        .then(|| times.get(times.len() / 2).copied())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn one(number: u64, day: i64) -> Stored {
        Stored {
            number,
            time: Stamp::from_seconds(1_480_000_000 + day * DAY).unwrap(),
            item: ItemId::of(&number.to_le_bytes()),
        }
    }

    #[test]
    fn a_message_among_others_of_another_time() {
        let mut stored: Vec<Stored> = (0..100).map(|n| one(n, n.cast_signed())).collect();
        stored[40] = one(40, 90);
        stored[99] = one(99, 10);
        let found = out_of_order(stored.clone());
        assert_eq!(found.len(), 2);
        let late = found
            .iter()
            .find(|row| row.item == stored[40].item)
            .unwrap();
        assert!(late.time > late.around);
        for one in &mut stored {
            one.number = 1_000 - one.number;
        }
        assert_eq!(
            out_of_order(stored).len(),
            2,
            "newest first is an order too"
        );
    }

    #[test]
    fn moved_folders_and_heaps_are_no_order() {
        let moved: Vec<Stored> = (50..100)
            .chain(0..50)
            .zip(0..)
            .map(|(day, n)| one(n, day))
            .collect();
        assert_eq!(out_of_order(moved), []);
        let heap: Vec<Stored> = (0..100_u64)
            .map(|n| one(n, (n * 37 % 100).cast_signed()))
            .collect();
        assert_eq!(out_of_order(heap), []);
    }
}
