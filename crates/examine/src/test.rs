//! What a forensic test is, and the macro that declares one.

use std::cell::OnceCell;
use std::fmt;

use mabillon_case::{
    CollectionRecord, Document, Facts, Finding, ItemId, Message, Outcome, Signature, Text,
};

use crate::World;
use crate::sketch::hash_bytes;

/// One method of examination. Its documentation is the page that `mabillon explain` prints.
#[derive(Debug)]
pub struct Test {
    /// `shelf/neutral-noun-phrase`. Ids are forever.
    pub id: &'static str,
    /// Codes of the findings it can give; each has a row in the weights.
    pub findings: &'static [&'static str],
    /// What it examines, and how.
    pub run: Run,
    /// The doc comment, in Markdown.
    pub documentation: &'static str,
}

impl Test {
    /// The first line of the documentation: one sentence.
    pub fn summary(&self) -> &'static str {
        self.documentation
            .trim_start()
            .lines()
            .next()
            .unwrap_or_default()
            .trim()
    }

    /// The shelf: the part of the id before the slash.
    pub fn shelf(&self) -> &'static str {
        self.id.split('/').next().unwrap_or_default()
    }
}

/// What a test examines.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    /// One message.
    Message(fn(&Message, &World) -> Outcome),
    /// One message together with its verified signatures.
    Signatures(fn(&Message, &[Signature], &World) -> Outcome),
    /// One document or picture.
    Document(fn(&Document, &World) -> Outcome),
    /// Any item, by its facts and its text.
    Item(fn(&Facts, &Text, &World) -> Outcome),
    /// Items of the collection that share a key.
    Group(GroupTest),
    /// One item of the collection, by its facts and its places, against what the collection as a whole tells. Run in the
    /// group pass.
    InCollection(fn(&Facts, &CollectionRecord, &World) -> Outcome),
}

/// A collection test: a key, and a function over the group of items that share it.
#[derive(Debug, Clone, Copy)]
pub struct GroupTest {
    /// The keys under which an item is grouped; none where the test does not apply to it.
    pub keys: fn(&Facts) -> Vec<Key>,
    /// Why an item without keys is not examined.
    pub not_applicable: &'static str,
    /// Whether the members' texts may be asked for.
    pub needs_text: bool,
    /// Groups with fewer members are not examined.
    pub members_min: usize,
    /// The findings on the members.
    pub examine: fn(&Group<'_>, &World) -> Vec<(ItemId, Finding)>,
}

/// Items that share a key.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// What they share.
    pub key: Key,
    /// The items, in order of their ids, each once.
    pub members: &'a [Member<'a>],
}

/// Gives the stored text of an item.
pub type TextOf<'a> = dyn Fn(&ItemId) -> Option<Text> + Sync + 'a;

/// One item of a group.
pub struct Member<'a> {
    /// Its facts.
    pub facts: &'a Facts,
    text_of: Option<&'a TextOf<'a>>,
    text: OnceCell<Option<Text>>,
}

impl<'a> Member<'a> {
    pub(crate) fn new(facts: &'a Facts, text_of: Option<&'a TextOf<'a>>) -> Self {
        Self {
            facts,
            text_of,
            text: OnceCell::new(),
        }
    }

    /// Its text, where the test asked for it and there is one. Read when it is first asked for: most members of most
    /// groups are told apart, or alike, by their facts alone.
    pub fn text(&self) -> Option<&Text> {
        let read = || self.text_of.and_then(|text_of| text_of(&self.facts.item));
        self.text.get_or_init(read).as_ref()
    }
}

impl fmt::Debug for Member<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Member")
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

/// What members of a group share. Two different things may hash to the same key, so a test
/// still compares what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

impl Key {
    /// The key of these values, in order.
    pub fn of(values: &[&[u8]]) -> Self {
        Self(values.iter().fold(0, |seed, value| hash_bytes(seed, value)))
    }
}

/// Declares a test: its documentation, id, finding codes and function in one place.
///
/// The doc comment holds a first sentence and the headings `What it examines`, `Why it matters`,
/// `Innocent explanations` and `References`.
macro_rules! declare_test {
    (
        $(#[doc = $documentation:literal])+
        pub(crate) static $name:ident = { id: $id:literal, findings: $findings:expr, run: $run:expr $(,)? }
    ) => {
        $(#[doc = $documentation])+
        pub(crate) static $name: $crate::Test = $crate::Test {
            id: $id,
            findings: $findings,
            run: $run,
            documentation: concat!($($documentation, "\n"),+),
        };
    };
}
pub(crate) use declare_test;
