//! The thread that follows the store.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mabillon_case::{ItemId, Text};
use rusqlite::{Connection, OptionalExtension as _, Row};
use tantivy::indexer::NoMergePolicy;
use tantivy::{Index, IndexWriter, TantivyDocument};

use crate::case::read_only;
use crate::compress::decompress;
use crate::index::{Fields, IndexSummary, open_or_create};
use crate::limits::{
    INDEX_BACKLOG_BYTES_MAX, INDEX_COMMIT_BYTES, INDEX_MEMORY_BYTES, INDEXED_QUOTATION_DEPTH_MAX,
    INDEXED_TEXT_BYTES_MAX,
};
use crate::record::decode;
use crate::{KeepError, folder};

/// How far the store has come, and whether more will come.
pub(crate) struct Pace {
    state: Mutex<PaceState>,
    changed: Condvar,
}

struct PaceState {
    last_row: i64,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    Finish,
    Stop,
}

impl Pace {
    pub(crate) fn new(last_row: i64) -> Self {
        let end = End::NotYet;
        Self {
            state: Mutex::new(PaceState { last_row, end }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, PaceState> {
        // The state is two plain values: whole even if another thread panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything up to `row` is stored.
    pub(crate) fn stored(&self, row: i64) {
        self.lock().last_row = row;
        self.changed.notify_all();
    }

    /// Nothing more will come.
    pub(crate) fn finish(&self) {
        self.lock().end = End::Finish;
        self.changed.notify_all();
    }

    /// Whatever is not committed may be dropped.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.end = End::Stop;
        self.changed.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.lock().end == End::Stop
    }

    /// Waits until there is more than `row`: the last row stored, or `None` where no more will come.
    fn wait_beyond(&self, row: i64) -> Option<i64> {
        let mut state = self.lock();
        loop {
            match state.end {
                End::Stop => return None,
                _ if state.last_row > row => return Some(state.last_row),
                End::Finish => return None,
                End::NotYet => {
                    state = self
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

/// How far the index has come: the last row in it, and the item there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mark {
    pub(crate) row: i64,
    id: String,
}

impl Mark {
    /// Whether the store still holds that item in that row: after a power cut the store may have lost its last rows.
    pub(crate) fn is_of(&self, conn: &Connection) -> Result<bool, KeepError> {
        if self.row == 0 {
            return Ok(true);
        }
        Ok(id_in(conn, self.row)?.is_some_and(|id| id.to_string() == self.id))
    }
}

fn id_in(conn: &Connection, row: i64) -> Result<Option<ItemId>, KeepError> {
    let mut statement = conn.prepare_cached("SELECT id FROM items WHERE row = ?1")?;
    Ok(statement
        .query_row([row], |row| Ok(ItemId(row.get(0)?)))
        .optional()?)
}

/// The mark of the last commit; `None` where the index cannot say.
pub(crate) fn mark(index: &Index) -> Option<Mark> {
    match index.load_metas().ok()?.payload {
        None => Some(Mark::default()),
        Some(payload) => {
            let (row, id) = payload.split_once(' ')?;
            Some(Mark {
                row: row.parse().ok()?,
                id: id.to_owned(),
            })
        }
    }
}

/// The last row stored.
pub(crate) fn last_row(conn: &Connection) -> Result<i64, KeepError> {
    Ok(
        conn.query_row("SELECT coalesce(max(row), 0) FROM items", [], |row| {
            row.get(0)
        })?,
    )
}

/// Indexes what is stored until nothing more comes.
pub(crate) fn follow(dir: &Path, pace: &Pace, threads: usize) -> Result<IndexSummary, KeepError> {
    let conn = read_only(dir)?;
    let taken_up = Arc::new(AtomicU64::new(0));
    let (index, fields, mark) = begin(dir, &conn, &taken_up)?;
    let writer = index.writer_with_num_threads(threads, threads * INDEX_MEMORY_BYTES)?;
    // Segments are large; merging them would cost more than it saves.
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let mut follower = Follower {
        conn,
        writer,
        fields,
        mark,
        taken_up,
        handed_over: 0,
        uncommitted: 0,
        summary: IndexSummary::default(),
    };
    while let Some(last) = pace.wait_beyond(follower.mark.row) {
        follower.take_up_to(last, pace)?;
        if follower.uncommitted >= INDEX_COMMIT_BYTES {
            follower.commit()?;
        }
    }
    if pace.is_stopped() {
        return Ok(follower.summary);
    }
    follower.commit()?;
    let Follower {
        writer, summary, ..
    } = follower;
    writer.wait_merging_threads()?;
    Ok(summary)
}

/// Opens the index where the last commit ended, or makes it anew where it cannot be gone on with.
fn begin(
    dir: &Path,
    conn: &Connection,
    taken_up: &Arc<AtomicU64>,
) -> Result<(Index, Fields, Mark), KeepError> {
    let path = dir.join(folder::INDEX);
    if let Ok((index, fields)) = open_or_create(&path, taken_up)
        && let Some(mark) = mark(&index)
        && mark.is_of(conn)?
    {
        return Ok((index, fields, mark));
    }
    let path = folder::make_anew(dir, folder::INDEX)?;
    let (index, fields) = open_or_create(&path, taken_up)?;
    Ok((index, fields, Mark::default()))
}

struct Follower {
    conn: Connection,
    writer: IndexWriter,
    fields: Fields,
    mark: Mark,
    /// Bytes of text the index has taken up, counted by its tokenizer.
    taken_up: Arc<AtomicU64>,
    handed_over: u64,
    uncommitted: u64,
    summary: IndexSummary,
}

/// Items read in one go.
const CHUNK_ROWS: i64 = 256;

const ITEMS: &str =
    "SELECT items.row, id, sender, recipients, copied, subject, attachments, title, author, text
    FROM items LEFT JOIN texts ON texts.row = items.row
    WHERE items.row > ?1 AND items.row <= ?2 ORDER BY items.row LIMIT ?3";

/// How long to wait for the index to take up what it was given, and how often where it takes up nothing.
const BACKLOG_WAIT: Duration = Duration::from_millis(1);
const BACKLOG_WAITS_MAX: u32 = 10_000;

impl Follower {
    /// Indexes everything up to the row `last`.
    fn take_up_to(&mut self, last: i64, pace: &Pace) -> Result<(), KeepError> {
        while self.mark.row < last && !pace.is_stopped() {
            let chunk = self.read_chunk(last)?;
            let Some((row, id, _)) = chunk.last() else {
                break;
            };
            let mark = Mark {
                row: *row,
                id: id.to_string(),
            };
            for (row, _, words) in chunk {
                self.wait_for_room(pace);
                self.add(row, words)?;
            }
            self.mark = mark;
        }
        Ok(())
    }

    fn read_chunk(&mut self, last: i64) -> Result<Vec<(i64, ItemId, String)>, KeepError> {
        let mut statement = self.conn.prepare_cached(ITEMS)?;
        let mut rows = statement.query([self.mark.row, last, CHUNK_ROWS])?;
        let mut chunk = Vec::new();
        let mut chunk_bytes = 0;
        while let Some(row) = rows.next()? {
            let id = ItemId(row.get(1)?);
            let (words, is_cut) = words_of(row, &id)?;
            self.summary.n_cut += u64::from(is_cut);
            chunk_bytes += words.len() as u64;
            chunk.push((row.get(0)?, id, words));
            if chunk_bytes >= INDEX_BACKLOG_BYTES_MAX {
                break;
            }
        }
        Ok(chunk)
    }

    fn add(&mut self, row: i64, words: String) -> Result<(), KeepError> {
        let bytes = words.len() as u64;
        let mut document = TantivyDocument::default();
        document.add_u64(self.fields.row, row.cast_unsigned());
        document.add_text(self.fields.words, words);
        self.writer.add_document(document)?;
        self.handed_over += bytes;
        self.uncommitted += bytes;
        self.summary.n_items += 1;
        self.summary.text_bytes += bytes;
        Ok(())
    }

    /// The index queues documents by number, not by size: keep the queue small, so that memory stays bounded.
    /// Where the index takes up nothing any more, handing over the next document says why.
    fn wait_for_room(&self, pace: &Pace) {
        let (mut seen, mut waits) = (0, 0);
        loop {
            let taken_up = self.taken_up.load(Ordering::Acquire);
            if self.handed_over.saturating_sub(taken_up) <= INDEX_BACKLOG_BYTES_MAX
                || pace.is_stopped()
            {
                return;
            }
            (seen, waits) = if seen == taken_up {
                (seen, waits + 1)
            } else {
                (taken_up, 0)
            };
            if waits > BACKLOG_WAITS_MAX {
                return;
            }
            std::thread::sleep(BACKLOG_WAIT);
        }
    }

    fn commit(&mut self) -> Result<(), KeepError> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&format!("{} {}", self.mark.row, self.mark.id));
        commit.commit()?;
        self.uncommitted = 0;
        Ok(())
    }
}

/// All words of an item that are indexed, and whether some had to be left out.
fn words_of(row: &Row<'_>, id: &ItemId) -> Result<(String, bool), KeepError> {
    let (mut words, mut is_cut) = (String::new(), false);
    for column in 2..=8 {
        let field = row.get_ref(column)?.as_str().map_err(KeepError::damaged)?;
        if !field.is_empty() {
            is_cut |= push_bounded(&mut words, field);
        }
    }
    let stored = row
        .get_ref(9)?
        .as_blob_or_null()
        .map_err(KeepError::damaged)?;
    let Some(stored) = stored else {
        return Ok((words, is_cut));
    };
    let of = format!("the text of item {id}");
    let text: Text = decode(&decompress(stored, &of)?, &of)?;
    let quoted = text
        .quotations
        .iter()
        .filter(|quotation| quotation.depth <= INDEXED_QUOTATION_DEPTH_MAX);
    is_cut |= push_bounded(&mut words, &text.own);
    for quotation in quoted {
        is_cut |= push_bounded(&mut words, &quotation.attribution);
        is_cut |= push_bounded(&mut words, &quotation.text);
    }
    Ok((words, is_cut))
}

/// Appends `more` as far as the limit allows; true where something was left out.
fn push_bounded(words: &mut String, more: &str) -> bool {
    let room = INDEXED_TEXT_BYTES_MAX.saturating_sub(words.len());
    let kept = more.floor_char_boundary(room);
    words.push_str(more.get(..kept).unwrap_or_default());
    words.push('\n');
    kept < more.len()
}
