//! The facts of all items of a case, for those who look at the collection as a whole.

use std::ops::{Deref, Range};
use std::sync::OnceLock;

use crate::{Facts, ItemId, Kind, TextFacts};

/// Gives the facts of these items, which are sorted by id, in their order, one for each; or says why it cannot.
pub type ReadFacts = dyn Fn(&[ItemId]) -> Result<Vec<Facts>, String> + Send + Sync;

/// The facts of all items, in order of their ids.
///
/// Facts that say much lie in memory. Those that say little more than that there are some bytes may be left where they
/// are stored, and are read each time they are asked for: an archive of a million entries is not worth a gigabyte.
pub struct FactRows {
    ids: Vec<ItemId>,
    held: Vec<Facts>,
    /// For each item, where its facts stand among those held.
    held_at: Vec<Option<u32>>,
    read: Box<ReadFacts>,
    failure: OnceLock<String>,
}

/// The facts of one item.
#[derive(Debug)]
pub enum Row<'r> {
    /// They lie in memory.
    Held(&'r Facts),
    /// They were read.
    Read(Box<Facts>),
}

impl Deref for Row<'_> {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        match self {
            Self::Held(facts) => facts,
            Self::Read(facts) => facts,
        }
    }
}

impl FactRows {
    /// The items `ids`, in any order, of which `held` lie in memory, in any order too; `read` gives those of the others.
    pub fn new(mut ids: Vec<ItemId>, mut held: Vec<Facts>, read: Box<ReadFacts>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        // The ids are sorted, and each row of facts is moved once.
        held.sort_by_cached_key(|facts| facts.item);
        held.dedup_by_key(|facts| facts.item);
        let mut next = held.iter().zip(0..).peekable();
        let held_at = ids
            .iter()
            .map(|id| {
                let found = next.next_if(|(facts, _)| facts.item == *id);
                found.map(|(_, at)| at)
            })
            .collect();
        Self {
            ids,
            held,
            held_at,
            read,
            failure: OnceLock::new(),
        }
    }

    /// Facts that all lie in memory, in any order.
    pub fn all_held(held: Vec<Facts>) -> Self {
        let ids = held.iter().map(|facts| facts.item).collect();
        Self::new(ids, held, Box::new(|_| Ok(Vec::new())))
    }

    /// The ids of all items, in order.
    pub fn ids(&self) -> &[ItemId] {
        &self.ids
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The facts that lie in memory, in order of ids: those of every item that is not [plain](Facts::is_plain), and of
    /// some that are.
    pub fn held(&self) -> &[Facts] {
        &self.held
    }

    /// The place of an item among all.
    pub fn place_of(&self, item: &ItemId) -> Option<usize> {
        self.ids.binary_search(item).ok()
    }

    /// The facts of the items at these places, in their order. What cannot be read is empty, and
    /// [`FactRows::failure`] tells why.
    pub fn at(&self, places: &[usize]) -> Vec<Row<'_>> {
        let unheld: Vec<ItemId> = places
            .iter()
            .filter(|place| self.held_row(**place).is_none())
            .filter_map(|place| self.ids.get(*place).copied())
            .collect();
        let mut read = self.read(&unheld).into_iter();
        let row = |place: &usize| match self.held_row(*place) {
            Some(facts) => Some(Row::Held(facts)),
            None => read.next().map(|facts| Row::Read(Box::new(facts))),
        };
        places.iter().filter_map(row).collect()
    }

    /// The facts of the items from one place to another, as [`FactRows::at`] gives them.
    pub fn between(&self, places: Range<usize>) -> Vec<Row<'_>> {
        let end = places.end.min(self.len());
        self.at(&(places.start..end).collect::<Vec<usize>>())
    }

    /// The ranges of places of so many items each, the last one of fewer.
    pub fn stretches(&self, n_items: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let len = self.len();
        (0..len)
            .step_by(n_items.max(1))
            .map(move |start| start..(start + n_items).min(len))
    }

    /// Why some facts could not be read, if so: then nothing that was made of them counts.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    fn held_row(&self, place: usize) -> Option<&Facts> {
        let at = self.held_at.get(place).copied().flatten()?;
        self.held.get(usize::try_from(at).ok()?)
    }

    /// One row of facts for each of these items.
    fn read(&self, items: &[ItemId]) -> Vec<Facts> {
        if items.is_empty() {
            return Vec::new();
        }
        let read = (self.read)(items).and_then(|rows| {
            let is_whole = rows.iter().map(|facts| &facts.item).eq(items);
            let missing = || "the facts of an item are missing".to_owned();
            is_whole.then_some(rows).ok_or_else(missing)
        });
        read.unwrap_or_else(|says| {
            // The first reason is kept.
            let _ = self.failure.set(says);
            items.iter().map(|item| unread(*item)).collect()
        })
    }
}

/// What stands for facts that cannot be read.
fn unread(item: ItemId) -> Facts {
    Facts {
        item,
        kind: Kind::Other,
        media_type: String::new(),
        size_bytes: 0,
        places: Vec::new(),
        message: None,
        document: None,
        signatures: Vec::new(),
        private_keys: Vec::new(),
        text: TextFacts::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> ItemId {
        ItemId([number; 32])
    }

    fn rows(read: Box<ReadFacts>) -> FactRows {
        let held = [4, 2].map(|number| unread(id(number))).to_vec();
        FactRows::new([4, 1, 3, 2].map(id).to_vec(), held, read)
    }

    fn ids_of(rows: &[Row<'_>]) -> Vec<(ItemId, bool)> {
        rows.iter()
            .map(|facts| (facts.item, matches!(facts, Row::Held(_))))
            .collect()
    }

    #[test]
    fn rows_come_in_order_from_memory_or_from_where_they_are_stored() {
        let rows = rows(Box::new(|items| {
            Ok(items.iter().map(|item| unread(*item)).collect())
        }));
        assert_eq!(rows.place_of(&id(3)), Some(2));
        let all = [(id(1), false), (id(2), true), (id(3), false), (id(4), true)];
        assert_eq!(ids_of(&rows.between(0..9)), all);
        assert_eq!(ids_of(&rows.at(&[3, 0])), [all[3], all[0]]);
        let stretches: Vec<_> = rows.stretches(3).collect();
        assert_eq!(stretches, [0..3, 3..4]);
        assert_eq!(rows.failure(), None);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for read in [
            Box::new(|_: &[ItemId]| Err("a page is gone".to_owned())) as Box<ReadFacts>,
            Box::new(|_: &[ItemId]| Ok(Vec::new())),
        ] {
            let rows = rows(read);
            assert_eq!(rows.between(1..2).len(), 1);
            assert_eq!(rows.failure(), None);
            assert_eq!(rows.between(0..4).len(), 4);
            assert!(rows.failure().is_some());
        }
    }
}
