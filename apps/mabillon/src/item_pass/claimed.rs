//! Which items a worker has already taken on: the same bytes are examined once.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use mabillon_case::ItemId;

/// Shards of the set, so that workers seldom wait for one another.
const SHARDS: usize = 64;

/// The set of claimed items.
pub(crate) struct Claimed {
    shards: Vec<Mutex<HashSet<ItemId>>>,
}

impl Default for Claimed {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }
}

impl Claimed {
    /// Claims an item; `false` where someone has it already.
    pub(crate) fn claim(&self, item: ItemId) -> bool {
        let [first, ..] = item.0;
        let Some(shard) = self.shards.get(usize::from(first) % SHARDS) else {
            return true;
        };
        shard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(item)
    }
}
