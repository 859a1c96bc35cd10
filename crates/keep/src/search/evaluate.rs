//! A query against the store and the index: every part gives a set of rows, and sets are combined.

use mabillon_case::ItemId;
use rusqlite::{Params, Row};
use tantivy::query::{EnableScoring, PhraseQuery, Query as IndexQuery, TermQuery, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, SegmentReader, TantivyError, Term};

use crate::index::{self, folded};
use crate::record::kind_word;
use crate::search::parse::{Condition, Query, TextField};
use crate::search::{Rows, SearchError};
use crate::{Case, KeepError, folder};

/// Threads that one search takes.
const SEARCH_THREADS: usize = 2;

/// An item that fits.
pub(crate) struct Match {
    pub(crate) row: i64,
    pub(crate) item: ItemId,
    pub(crate) score: f32,
}

/// What a query can be put to: the store, or columns that somebody keeps in memory.
pub trait Searched {
    /// All rows that can be found.
    fn all(&self) -> Rows;

    /// The rows that fit a condition on a field; also such that cannot be found.
    ///
    /// # Errors
    /// Where the case cannot be read.
    fn condition(&self, condition: &Condition) -> Result<Rows, KeepError>;

    /// The rows that hold these words in this order.
    ///
    /// # Errors
    /// `NoIndex` where there is no complete index; where the case cannot be read.
    fn words(&self, words: &[String]) -> Result<Rows, SearchError>;
}

/// The rows that fit `query`. Recursion is bounded by the depth the parser allows.
///
/// # Errors
/// As the methods of [`Searched`].
pub fn evaluate(query: &Query, searched: &impl Searched) -> Result<Rows, SearchError> {
    let found = part(query, searched)?;
    Ok(searched.all().and(&found))
}

fn part(query: &Query, searched: &impl Searched) -> Result<Rows, SearchError> {
    match query {
        Query::Words(words) => searched.words(words),
        Query::Field(condition) => Ok(searched.condition(condition)?),
        Query::Not(inner) => Ok(searched.all().and_not(&part(inner, searched)?)),
        Query::Any(parts) => {
            let mut found = Rows::default();
            for each in parts {
                found = found.or(&part(each, searched)?);
            }
            Ok(found)
        }
        Query::All(parts) => {
            let mut found: Option<Rows> = None;
            for each in parts {
                let rows = part(each, searched)?;
                found = Some(match found {
                    None => rows,
                    Some(found) => found.and(&rows),
                });
            }
            Ok(found.unwrap_or_default())
        }
    }
}

/// All items that fit, by the store.
pub(crate) fn matches(case: &Case, query: &Query) -> Result<Vec<Match>, SearchError> {
    let items = searched_items(case)?;
    let words = if asks_for_words(query) {
        Some(WordIndex::open(case)?)
    } else {
        None
    };
    let store = Store {
        case,
        words,
        all: items.iter().map(|(row, _)| *row).collect(),
    };
    let rows = evaluate(query, &store)?;
    let matches = items
        .into_iter()
        .filter(|(row, _)| rows.contains(*row))
        .map(|(row, item)| Match {
            row,
            item,
            score: rows.score(row),
        });
    Ok(matches.collect())
}

fn asks_for_words(query: &Query) -> bool {
    match query {
        Query::Words(_) => true,
        Query::All(parts) | Query::Any(parts) => parts.iter().any(asks_for_words),
        Query::Not(part) => asks_for_words(part),
        Query::Field(_) => false,
    }
}

/// All items but those that lie among the originals only, in order of row.
fn searched_items(case: &Case) -> Result<Vec<(i64, ItemId)>, KeepError> {
    let sql = "SELECT row, id FROM items WHERE id NOT IN (
            SELECT item FROM places AS reference WHERE origin = 1 AND NOT EXISTS (
                SELECT 1 FROM places AS other WHERE other.item = reference.item AND other.origin = 0))
        ORDER BY row";
    let mut statement = case.conn.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, ItemId(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The store as it lies on the disk.
struct Store<'c> {
    case: &'c Case,
    words: Option<WordIndex>,
    all: Rows,
}

impl Searched for Store<'_> {
    fn all(&self) -> Rows {
        self.all.clone()
    }

    fn words(&self, words: &[String]) -> Result<Rows, SearchError> {
        match &self.words {
            Some(index) => index.rows(words),
            None => Err(SearchError::NoIndex),
        }
    }

    fn condition(&self, condition: &Condition) -> Result<Rows, KeepError> {
        match condition {
            Condition::Contains(field, part) => self.containing(*field, part),
            Condition::Opinion(class) => {
                let sql = "SELECT row FROM items JOIN opinions ON opinions.item = items.id WHERE class = ?1";
                self.select(sql, [class.word()])
            }
            Condition::Test(start) => self.tested(start),
            Condition::Kind(kind) => {
                self.select("SELECT row FROM items WHERE kind = ?1", [kind_word(*kind)])
            }
            Condition::Date(first, after) => self.select(
                "SELECT row FROM items WHERE date >= ?1 AND date < ?2",
                [first, after],
            ),
            Condition::HasAttachment => self.has_attachment(),
        }
    }
}

impl Store<'_> {
    fn select(&self, sql: &str, params: impl Params) -> Result<Rows, KeepError> {
        self.filter(sql, params, |_| Ok(true))
    }

    /// The rows that `sql` gives in its first column and `fits` accepts.
    fn filter(
        &self,
        sql: &str,
        params: impl Params,
        fits: impl Fn(&Row<'_>) -> Result<bool, rusqlite::Error>,
    ) -> Result<Rows, KeepError> {
        let mut statement = self.case.conn.prepare(sql)?;
        let mut rows = statement.query(params)?;
        let mut found = Rows::default();
        while let Some(row) = rows.next()? {
            if fits(row)? {
                found.insert(row.get(0)?);
            }
        }
        Ok(found)
    }

    fn containing(&self, field: TextField, part: &str) -> Result<Rows, KeepError> {
        let contains =
            |row: &Row<'_>| Ok(folded(row.get_ref(1)?.as_str().unwrap_or_default()).contains(part));
        let column =
            |column: &str| self.filter(&format!("SELECT row, {column} FROM items"), [], contains);
        match field {
            TextField::From => column("sender"),
            TextField::To => column("recipients"),
            TextField::Cc => column("copied"),
            TextField::Subject => column("subject"),
            TextField::Mailbox => {
                let sql =
                    "SELECT items.row, words.text FROM places JOIN items ON items.id = places.item
                    JOIN words ON words.id = places.mailbox WHERE places.origin = 0";
                self.filter(sql, [], contains)
            }
            TextField::File => {
                let sql =
                    "SELECT items.row, places.path FROM places JOIN items ON items.id = places.item
                    WHERE places.origin = 0";
                Ok(column("attachments")?.or(&self.filter(sql, [], contains)?))
            }
        }
    }

    fn tested(&self, start: &str) -> Result<Rows, KeepError> {
        let begins = |row: &Row<'_>| {
            let findings = row.get_ref(1)?.as_str().unwrap_or_default();
            Ok(findings.lines().any(|finding| finding.starts_with(start)))
        };
        let of_items = self.filter("SELECT row, findings FROM items", [], begins)?;
        let sql = "SELECT items.row, test || '#' || code FROM group_findings
            JOIN items ON items.id = group_findings.item";
        Ok(of_items.or(&self.filter(sql, [], begins)?))
    }

    /// Carries something: known by the names, or by items that name it as the message they were taken from.
    fn has_attachment(&self) -> Result<Rows, KeepError> {
        let named = self.select("SELECT row FROM items WHERE attachments <> ''", [])?;
        let sql = "SELECT items.row FROM items WHERE kind = 'message' AND id IN (SELECT parent FROM places)";
        Ok(named.or(&self.select(sql, [])?))
    }
}

/// The full-text index, open for reading; any number of threads may ask it.
pub struct WordIndex {
    searcher: Searcher,
    field: Field,
}

impl WordIndex {
    /// Opens the index of a case.
    ///
    /// # Errors
    /// `NoIndex` where it is missing or not complete; errors of the disk.
    pub fn open(case: &Case) -> Result<Self, SearchError> {
        if !case.is_indexed()? {
            return Err(SearchError::NoIndex);
        }
        let (index, fields) = index::open(&case.dir.join(folder::INDEX))?;
        let reader = index.reader().map_err(KeepError::from)?;
        Ok(Self {
            searcher: reader.searcher(),
            field: fields.words,
        })
    }

    /// The rows that hold these words in this order, with their scores (BM25).
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn rows(&self, words: &[String]) -> Result<Rows, SearchError> {
        let mut terms: Vec<Term> = words
            .iter()
            .map(|word| Term::from_field_text(self.field, word))
            .collect();
        let query: Box<dyn IndexQuery> = match (terms.len(), terms.pop()) {
            (1, Some(term)) => Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)),
            (_, last) => {
                terms.extend(last);
                Box::new(PhraseQuery::new(terms))
            }
        };
        Ok(self.collect(&*query).map_err(KeepError::from)?)
    }

    /// Every document that fits, as its row in the store. Segments are shared out to [`SEARCH_THREADS`]; what each finds is
    /// a set, so their order does not matter. Nothing is ever deleted from the index.
    fn collect(&self, query: &dyn IndexQuery) -> tantivy::Result<Rows> {
        let weight = query.weight(EnableScoring::enabled_from_searcher(&self.searcher))?;
        let segments = self.searcher.segment_readers();
        let share = segments.len().div_ceil(SEARCH_THREADS).max(1);
        std::thread::scope(|scope| {
            let threads: Vec<_> = segments
                .chunks(share)
                .map(|segments| scope.spawn(|| rows_of(&*weight, segments)))
                .collect();
            let mut found = Rows::default();
            for thread in threads {
                let stopped = |_| TantivyError::InternalError("a search stopped".to_owned());
                found = found.or(&thread.join().map_err(stopped)??);
            }
            Ok(found)
        })
    }
}

fn rows_of(weight: &dyn Weight, segments: &[SegmentReader]) -> tantivy::Result<Rows> {
    let mut rows = Rows::default();
    for segment in segments {
        let row = segment.fast_fields().u64("row")?;
        weight.for_each(segment, &mut |document, score| {
            if let Some(row) = row.first(document) {
                rows.insert_scored(row.cast_signed(), score);
            }
        })?;
    }
    Ok(rows)
}
