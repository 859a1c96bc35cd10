//! How often names were seen, in bounded memory.

use std::collections::BTreeMap;

use mabillon_case::Count;

/// Different names that are counted each on its own; further ones are not counted.
const NAMES_MAX: usize = 10_000;
/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 200;

/// Counts by name.
#[derive(Debug, Default)]
pub(super) struct Counts(BTreeMap<String, u64>);

impl Counts {
    /// Counts a name; an empty one is none.
    pub(super) fn add(&mut self, name: &str) {
        let name = name
            .get(..name.floor_char_boundary(NAME_BYTES_MAX))
            .unwrap_or(name);
        if let Some(n) = self.0.get_mut(name) {
            *n += 1;
        } else if !name.is_empty() && self.0.len() < NAMES_MAX {
            self.0.insert(name.to_owned(), 1);
        }
    }

    /// The name seen most often; of several the first in order.
    pub(super) fn top(&self) -> Option<(&str, u64)> {
        let most = self
            .0
            .iter()
            .max_by_key(|(name, n)| (**n, std::cmp::Reverse(*name)))?;
        Some((most.0, *most.1))
    }

    /// At most `most` names, those seen most often first.
    pub(super) fn into_list(self, most: usize) -> Vec<Count> {
        let mut list: Vec<Count> = self
            .0
            .into_iter()
            .map(|(name, n)| Count { name, n })
            .collect();
        list.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.name.cmp(&b.name)));
        list.truncate(most);
        list
    }
}
