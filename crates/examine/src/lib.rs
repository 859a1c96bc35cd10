//! The forensic tests: decoded items in, findings out.
//!
//! One test is one file below `tests_of/`, registered in one visible list, [`TESTS`].
//! Tests do no IO, read no clock and ask no network: all they know beyond the item comes in [`World`].
//! A test observes and never weighs; weights live in `interpret`.
//!
//! There are two passes.
//! The item pass ([`examine_message`], [`examine_document`], [`examine_other`]) sees one item at a time and leaves
//! its [`Facts`](mabillon_case::Facts).
//! The group pass ([`group_pass`]) sees facts only: every collection test is a key and a function over the group, or one
//! item against the record of the collection as a whole.

#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "unit tests read published vectors; what is tested does not"
    )
)]

mod assembled;
mod baseline;
mod clock;
mod copies;
mod decoys;
mod difference;
mod facts;
mod figures;
mod function_words;
mod group;
mod header_shape;
mod hidden_clocks;
mod in_collection;
mod item;
mod lure;
mod made_anew;
mod notice;
mod published;
pub mod recovery;
mod register;
mod rewriter;
pub mod signature;
mod sketch;
mod test;
mod tests_of;
mod whole;
mod words;
mod world;

pub use decoys::Decoys;
pub use difference::whole_difference;
pub use facts::bare as bare_facts;
pub use group::{GroupPass, group_pass};
pub use hidden_clocks::{HiddenClock, hidden_clocks};
pub use item::{Examined, examine_document, examine_message, examine_other};
pub use mabillon_signed::{Roots, RootsError};
pub use published::{
    PUBLISHED_LIST, Published, PublishedAs, PublishedError, PublishedRow, published_list,
};
pub use test::{Group, GroupTest, Key, Member, Run, Test, TextOf};
pub use tests_of::TESTS;
pub use world::World;
