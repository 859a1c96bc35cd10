//! The case on disk: items, findings, opinions, texts, the full-text index, facts, the custody log and the seal.
//!
//! ```text
//! CASE/
//! ├─ case.toml       what was examined, with what; the seal; the last line of the custody log
//! ├─ case.sqlite     items, places, findings, opinions, accounts, texts, custody log
//! ├─ facts/          facts as Parquet, one row per item
//! ├─ index/          full-text index, derived from case.sqlite
//! ├─ collection.json what the collection as a whole tells, written by another stage, sealed by this one
//! ├─ report.html     written by another stage, sealed by this one
//! └─ tmp/            spool of a run, empty after it
//! ```
//!
//! The way of a run: [`Case::create_or_resume`], [`Case::start_indexer`], [`Case::write_batch`] again and again,
//! [`Case::finish_items`], which gives the facts for the group pass, [`Case::finish_key_search`],
//! [`Case::replace_items`] and [`Case::load_facts`] where keys were found, [`Case::facts_files`],
//! [`Case::write_group_findings`],
//! [`Case::form_opinions`], [`Indexer::finish`], the report through [`Case::for_each_item`],
//! [`Case::seal`].
//! Killed anywhere, the same calls go on and end with the same content: places are a set, items are known by their
//! hash, and what the later passes find replaces what they found before.

mod balance;
mod canon;
mod case;
mod checkpoint;
mod compress;
mod custody;
mod error;
mod facts;
mod folder;
mod form;
mod index;
mod keys;
pub mod limits;
mod manifest;
mod names;
mod opinion;
mod read;
mod record;
mod resume;
pub mod review;
mod scan;
mod schema;
mod seal;
mod search;
mod verify;
mod write;

#[cfg(test)]
mod tests;

pub use case::Case;
pub use custody::{CustodyEntry, NewLine};
pub use error::KeepError;
pub use facts::FactsFiles;
pub use index::{IndexSummary, Indexer};
pub use keys::KeyAttempts;
pub use opinion::Formed;
pub use read::{ItemRow, Texts};
pub use record::{ItemRecord, Record};
pub use resume::{Progress, Resume};
pub use scan::{Brief, ScanRow};
pub use search::{
    Condition, Found, Hit, Query, QueryError, Rows, SearchError, Searched, Snippet, TextField,
    WordIndex, evaluate, folded, snippet,
};
pub use verify::{CasePart, Problem, verify};
