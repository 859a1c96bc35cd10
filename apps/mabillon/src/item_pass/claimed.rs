//! Which items a worker has already taken on: the same bytes, read in the same way, are examined once. Read in two ways
//! they leave two records, of which the case keeps the same one in whatever order they come.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use mabillon_case::{Form, ItemId};

/// Shards of the set, so that workers seldom wait for one another.
const SHARDS: usize = 64;

/// The set of claimed items.
pub(crate) struct Claimed {
    shards: Vec<Mutex<HashSet<(ItemId, Form, bool)>>>,
}

impl Default for Claimed {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }
}

impl Claimed {
    /// Claims an item that is read as `form`, out of a store or not; `false` where someone has it already.
    pub(crate) fn claim(&self, item: ItemId, form: Form, is_stored: bool) -> bool {
        let [first, ..] = item.0;
        let Some(shard) = self.shards.get(usize::from(first) % SHARDS) else {
            return true;
        };
        shard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((item, form, is_stored))
    }
}
