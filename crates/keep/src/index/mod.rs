//! The full-text index: derived from the store, in a thread of its own, off the critical path.
//!
//! The index follows the store: its thread reads items in the order in which they were stored and remembers, in each
//! commit, how far it has come. So nothing counts as indexed before it is committed, a killed run goes on where the last
//! commit ended, and the index can be made again at any time.
//!
//! What is indexed of an item: subject, people, names of attachments, title and author; its own text; and what it quotes
//! directly (depth 1). Deeper quotations are the direct quotations of the messages before it. Leaving out all quotations
//! would lose forwarded text and everything whose original is not in the collection; taking all would index a long
//! conversation once for each of its messages.
//!
//! A document of the index is the number of the item's row and one field of words. Texts are not stored in it: they come
//! from the store.

mod follow;
mod words;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;

use tantivy::directory::MmapDirectory;
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, IndexSettings};

pub(crate) use follow::Pace;
pub(crate) use words::WordTokenizer;
pub use words::folded;

use crate::{Case, KeepError, folder};

const TOKENIZER: &str = "words";

/// The index of a case, following the store as it grows.
pub struct Indexer {
    pace: Arc<Pace>,
    thread: Option<JoinHandle<Result<IndexSummary, KeepError>>>,
}

/// What came of indexing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexSummary {
    /// Items indexed by this run.
    pub n_items: u64,
    /// Bytes of text indexed by this run.
    pub text_bytes: u64,
    /// Items of which only the first part of the text is searched.
    pub n_cut: u64,
}

impl Indexer {
    /// Waits until everything stored is indexed and committed.
    ///
    /// # Errors
    /// `Index` and errors of the disk.
    pub fn finish(mut self) -> Result<IndexSummary, KeepError> {
        self.pace.finish();
        join(self.thread.take())
    }
}

/// Dropped before it has finished, it stops where it is; a later run goes on from the last commit.
impl Drop for Indexer {
    fn drop(&mut self) {
        self.pace.stop();
        // There is nobody to tell of an error here, and a later run finds what is missing.
        let _ = join(self.thread.take());
    }
}

fn join(
    thread: Option<JoinHandle<Result<IndexSummary, KeepError>>>,
) -> Result<IndexSummary, KeepError> {
    match thread.map(JoinHandle::join) {
        None => Ok(IndexSummary::default()),
        Some(Ok(result)) => result,
        Some(Err(_)) => Err(KeepError::Index("its thread ended unexpectedly".to_owned())),
    }
}

impl Case {
    /// Starts to index what is stored, and what will be, with `threads` threads (1 or 2) beside one that reads.
    /// Everything written after this by [`Case::write_batch`] is indexed too.
    ///
    /// # Errors
    /// `Sealed` and `ReadOnly` where nothing can be added; errors of the disk.
    pub fn start_indexer(&mut self, threads: usize) -> Result<Indexer, KeepError> {
        self.must_run()?;
        let pace = Arc::new(Pace::new(follow::last_row(&self.conn)?));
        self.pace = Some(Arc::clone(&pace));
        Ok(spawn(&self.dir, pace, threads))
    }

    /// Makes the index again from what is stored.
    ///
    /// # Errors
    /// `Index` and errors of the disk.
    pub fn rebuild_index(&self, threads: usize) -> Result<IndexSummary, KeepError> {
        folder::make_anew(&self.dir, folder::INDEX)?;
        let pace = Arc::new(Pace::new(follow::last_row(&self.conn)?));
        spawn(&self.dir, pace, threads).finish()
    }

    /// Whether everything stored is indexed.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn is_indexed(&self) -> Result<bool, KeepError> {
        let last = follow::last_row(&self.conn)?;
        let Ok((index, _)) = open(&self.dir.join(folder::INDEX)) else {
            return Ok(false);
        };
        let mark = follow::mark(&index).unwrap_or_default();
        Ok(mark.row == last && mark.is_of(&self.conn)?)
    }
}

fn spawn(dir: &Path, pace: Arc<Pace>, threads: usize) -> Indexer {
    let (dir, thread_pace) = (dir.to_path_buf(), Arc::clone(&pace));
    let thread =
        std::thread::spawn(move || follow::follow(&dir, &thread_pace, threads.clamp(1, 2)));
    Indexer {
        pace,
        thread: Some(thread),
    }
}

/// The fields of the index.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) row: Field,
    pub(crate) words: Field,
}

fn schema() -> Schema {
    let mut builder = Schema::builder();
    builder.add_u64_field("row", FAST);
    let words = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    builder.add_text_field("words", TextOptions::default().set_indexing_options(words));
    builder.build()
}

fn fields(index: &Index) -> Result<Fields, KeepError> {
    let schema = index.schema();
    Ok(Fields {
        row: schema.get_field("row")?,
        words: schema.get_field("words")?,
    })
}

/// Opens the index for reading.
pub(crate) fn open(path: &Path) -> Result<(Index, Fields), KeepError> {
    let index = Index::open_in_dir(path)?;
    register(&index, WordTokenizer::default());
    let fields = fields(&index)?;
    Ok((index, fields))
}

/// Opens the index for writing, making it where it is missing. `taken_up` counts the text that was taken up.
fn open_or_create(path: &Path, taken_up: &Arc<AtomicU64>) -> Result<(Index, Fields), KeepError> {
    let directory = MmapDirectory::open(path).map_err(tantivy::TantivyError::from)?;
    let index = if Index::exists(&directory).map_err(tantivy::TantivyError::from)? {
        Index::open(directory)?
    } else {
        Index::create(directory, schema(), IndexSettings::default())?
    };
    register(&index, WordTokenizer::counting(Arc::clone(taken_up)));
    let fields = fields(&index)?;
    Ok((index, fields))
}

fn register(index: &Index, tokenizer: WordTokenizer) {
    index.tokenizers().register(TOKENIZER, tokenizer);
}
