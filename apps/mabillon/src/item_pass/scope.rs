//! Which items an item pass is about: all of them, or some that are examined again.

use std::collections::{HashMap, HashSet};

use mabillon_acquire::Leaf;
use mabillon_case::{Facts, Form, ItemId, Place};
use mabillon_keep::Resume;

/// What an item pass is about.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// Everything, but for what an earlier run has done.
    All(&'a Resume),
    /// Some items, known already, with what has been learnt since.
    Again(&'a Again),
}

/// Items that are examined again, and the way to them.
#[derive(Default)]
pub(crate) struct Again {
    items: HashSet<ItemId>,
    /// By exhibit: the paths that lead to them, and their own.
    on_the_way: HashMap<String, HashSet<String>>,
}

impl Again {
    /// These items, which are messages with signatures, at all places they lie in: not everywhere are the same bytes read
    /// as a message.
    pub(crate) fn of<'f>(items: impl IntoIterator<Item = &'f Facts>) -> Self {
        let mut again = Self::default();
        for facts in items {
            again.items.insert(facts.item);
            for place in &facts.places {
                again.lead_to(place);
            }
        }
        again
    }

    pub(crate) fn n_items(&self) -> usize {
        self.items.len()
    }

    /// Whether it is one of them.
    pub(crate) fn holds(&self, item: &ItemId) -> bool {
        self.items.contains(item)
    }

    fn lead_to(&mut self, place: &Place) {
        let paths = self
            .on_the_way
            .entry(place.exhibit.to_string())
            .or_default();
        let ends = place.path.match_indices('!').map(|(at, _)| at);
        for end in [0, place.path.len()].into_iter().chain(ends) {
            if let Some(path) = place.path.get(..end) {
                paths.insert(path.to_owned());
            }
        }
    }

    fn leads_to(&self, place: &Place) -> bool {
        self.on_the_way
            .get(&*place.exhibit)
            .is_some_and(|paths| paths.contains(&place.path))
    }
}

impl Scope<'_> {
    /// Whether a leaf may hold something this pass is about.
    pub(crate) fn concerns(self, leaf: &Leaf) -> bool {
        match self {
            Self::All(_) => true,
            Self::Again(again) => again.leads_to(&leaf.place),
        }
    }

    /// Whether anything of an exhibit is asked for.
    pub(crate) fn reaches(self, exhibit: &str) -> bool {
        match self {
            Self::All(_) => true,
            Self::Again(again) => again.on_the_way.contains_key(exhibit),
        }
    }

    /// Whether a leaf as it comes from the exhibit was dealt with before.
    pub(crate) fn is_done(self, leaf: &Leaf) -> bool {
        let place = &leaf.place;
        match self {
            Self::All(resume) => {
                resume.is_done(&place.exhibit, &place.path, place.offset, place.length)
            }
            Self::Again(_) => !self.concerns(leaf),
        }
    }

    /// Whether an item is to be examined that is read in this way, out of a store or not. Signatures are examined on
    /// messages alone, and not on those out of a store.
    pub(crate) fn wants(self, item: &ItemId, form: Form, is_stored: bool) -> bool {
        match self {
            Self::All(_) => true,
            Self::Again(again) => form == Form::Message && !is_stored && again.items.contains(item),
        }
    }
}
