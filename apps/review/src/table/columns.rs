//! Columns of texts that repeat, of lists, and of texts to be searched in parts.

use std::collections::HashMap;

use mabillon_keep::folded;

/// A text that repeats, by number.
#[derive(Default)]
pub(crate) struct Interned {
    numbers: HashMap<Box<str>, u32>,
    pub(crate) texts: Vec<Box<str>>,
}

impl Interned {
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// Which of them contain a folded part.
    pub(super) fn containing(&self, part: &str) -> Vec<bool> {
        self.texts
            .iter()
            .map(|text| folded(text).contains(part))
            .collect()
    }
}

/// For each item a list of numbers.
#[derive(Default)]
pub(crate) struct Lists {
    ends: Vec<u32>,
    values: Vec<u32>,
}

impl Lists {
    pub(super) fn push(&mut self, values: impl IntoIterator<Item = u32>) {
        self.values.extend(values);
        self.ends
            .push(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn of_pairs(n_items: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut pairs = pairs.into_iter().peekable();
        let mut lists = Self::default();
        for index in 0..u32::try_from(n_items).unwrap_or(u32::MAX) {
            let of_item = std::iter::from_fn(|| {
                pairs
                    .next_if(|(item, _)| *item == index)
                    .map(|(_, value)| value)
            });
            lists.push(of_item);
        }
        lists
    }

    pub(crate) fn of(&self, index: usize) -> &[u32] {
        let end = self.ends.get(index).map_or(0, |end| *end as usize);
        let start = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |end| *end as usize);
        self.values.get(start..end).unwrap_or_default()
    }
}

/// Texts laid end to end, for searching parts of them.
#[derive(Default)]
pub(super) struct Arena {
    ends: Vec<u32>,
    text: String,
}

impl Arena {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(&folded(text));
        self.ends
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn of(&self, index: usize) -> &str {
        let end = self.ends.get(index).map_or(0, |end| *end as usize);
        let start = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |end| *end as usize);
        self.text.get(start..end).unwrap_or_default()
    }
}

pub(crate) fn is(flags: &[bool], index: usize) -> bool {
    flags.get(index).copied().unwrap_or(false)
}

pub(super) fn any(numbers: &[u32], flags: &[bool]) -> bool {
    numbers.iter().any(|number| is(flags, *number as usize))
}

pub(super) fn set<T>(values: &mut [T], index: usize, value: T) {
    if let Some(slot) = values.get_mut(index) {
        *slot = value;
    }
}
