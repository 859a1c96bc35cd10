//! Search: fields by the store, words by the full-text index, combined by AND, OR and NOT.
//!
//! | written | found |
//! |---|---|
//! | `budget` | items with this word; upper and lower case and accents do not matter |
//! | `"state of the art"` | these words in this order |
//! | `from:lang` `to:` `cc:` | messages whose sender or recipients contain this (name or address) |
//! | `subject:` `file:` `mailbox:` | subject; name of an attachment or path; path of the mailbox contains this |
//! | `opinion:questioned` | items of this class of opinion |
//! | `test:date/` | items with a finding of a test whose id starts so; `test:ID#CODE` for one finding |
//! | `kind:document` | items of this kind |
//! | `date:2017-04` `date:2017-04-01..2017-04-24` `date:2017..` | written (or last saved) then, by its own clock |
//! | `has:attachment` | messages that carry something |
//! | `a b` or `a AND b` | both |
//! | `a OR b` | either; binds less than AND; brackets group |
//! | `-a` or `NOT a` | not |
//!
//! Originals are compared with and never found.

mod evaluate;
mod parse;
mod rows;
mod snippet;

use std::collections::BTreeSet;

use mabillon_case::{Class, ItemId, Kind};
use rusqlite::OptionalExtension as _;

pub use evaluate::{Searched, WordIndex, evaluate};
pub use parse::{Condition, Query, QueryError, TextField};
pub use rows::Rows;
pub use snippet::{Snippet, of_text as snippet};

pub use crate::index::folded;

use crate::record::KINDS;
use crate::record::kind_word;
use crate::{Case, KeepError};

/// A query cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The query cannot be read.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// There are words in the query and no complete index.
    #[error(
        "the full-text index of this case is missing or not complete; make it again, or search by fields only (from:, subject:, date: ...)"
    )]
    NoIndex,
    /// The case cannot be read.
    #[error(transparent)]
    Keep(#[from] KeepError),
}

/// What a query found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// Number of all items found.
    pub total: usize,
    /// The best of them: by score, then by id.
    pub hits: Vec<Hit>,
}

/// One item found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The item.
    pub item: ItemId,
    /// How well the words fit (BM25); 0 where only fields were asked for.
    pub score: f32,
    /// What it is.
    pub kind: Kind,
    /// Sender of a message, author of a document; empty where unknown.
    pub by: String,
    /// Subject of a message, title of a document; empty where there is none.
    pub about: String,
    /// Date of a message or last save of a document by its own clock, `2017-04-24 11:05:00`; empty where unknown.
    pub date: String,
    /// The class of opinion.
    pub opinion: Option<Class>,
    /// The words in their context, where they stand in the text.
    pub snippet: Option<Snippet>,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// Where it cannot be read; the text says what is allowed.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parse::parse(text)
    }

    /// The words it asks for: those a passage is shown around.
    pub fn wanted(&self) -> BTreeSet<String> {
        parse::words_of(self)
    }
}

impl Case {
    /// Answers `query` with its `limit` best items. See the [module](self) for what can be asked.
    ///
    /// # Errors
    /// `Query` where it cannot be read; the text says what is allowed. `NoIndex` where it asks for words and the index is
    /// not complete. `Keep` where the case cannot be read.
    pub fn search(&self, query: &str, limit: usize) -> Result<Found, SearchError> {
        let query = parse::parse(query)?;
        let mut matches = evaluate::matches(self, &query)?;
        matches.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
        let total = matches.len();
        let wanted = parse::words_of(&query);
        let hits = matches
            .iter()
            .take(limit)
            .map(|found| self.hit(found, &wanted))
            .collect::<Result<_, KeepError>>()?;
        Ok(Found { total, hits })
    }

    fn hit(&self, found: &evaluate::Match, wanted: &BTreeSet<String>) -> Result<Hit, KeepError> {
        let sql = "SELECT kind, sender, author, subject, title, date,
            (SELECT class FROM opinions WHERE opinions.item = items.id) FROM items WHERE row = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let hit = statement
            .query_row([found.row], |row| {
                let (kind, class): (String, Option<String>) = (row.get(0)?, row.get(6)?);
                let (sender, author): (String, String) = (row.get(1)?, row.get(2)?);
                let (subject, title): (String, String) = (row.get(3)?, row.get(4)?);
                let date: Option<i64> = row.get(5)?;
                Ok(Hit {
                    item: found.item,
                    score: found.score,
                    kind: KINDS
                        .into_iter()
                        .find(|known| kind_word(*known) == kind)
                        .unwrap_or(Kind::Other),
                    by: if sender.is_empty() { author } else { sender },
                    about: if subject.is_empty() { title } else { subject },
                    date: date.and_then(parse::shown).unwrap_or_default(),
                    opinion: Class::ALL
                        .into_iter()
                        .find(|known| Some(known.word()) == class.as_deref()),
                    snippet: None,
                })
            })
            .optional()?;
        let mut hit =
            hit.ok_or_else(|| KeepError::damaged(format!("item {} is missing", found.item)))?;
        if !wanted.is_empty()
            && let Some(text) = self.text_of(&found.item)?
        {
            hit.snippet = snippet::of_text(&text, wanted);
        }
        Ok(hit)
    }
}
