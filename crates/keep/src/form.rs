//! Forming opinions: read and judged on several threads, stored by one, in order of id.
//!
//! The ids are cut into stretches. Each thread reads its stretches through a connection of its own, judges the items and
//! encodes what came of it; the calling thread takes the stretches in order, stores the opinions and notes the digests.
//! What is stored does not depend on the number of threads, and no more than a few stretches are in memory.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use mabillon_case::{ItemId, NotRun};
use rusqlite::Connection;

use crate::case::snapshot;
use crate::limits::STRETCH_ITEMS;
use crate::names::Reasons;
use crate::opinion::{Formed, RawOpinion};
use crate::read::{self, ItemRow, With};
use crate::seal::{ItemDigest, Noting};
use crate::{Case, KeepError};

/// Some ids in a row: the number of the first one among all, and the first and the last.
struct Stretch {
    first_number: usize,
    ids: RangeInclusive<ItemId>,
}

/// An item that was judged.
struct Judged {
    row: ItemRow,
    formed: Option<Formed>,
    /// The opinion as it is stored.
    stored: Option<RawOpinion>,
    digest: ItemDigest,
}

/// A stretch that was judged, or why it could not be.
type Done = Result<Vec<Judged>, KeepError>;

impl Case {
    /// Forms an opinion on each item and stores them in place of all earlier ones; where `form` gives `None` the item
    /// gets no opinion.
    ///
    /// `form` is given each item with its number in the order of ids, on `n_threads` threads and in no order; `show` is
    /// given each item with what was formed of it, on this thread and in order of id.
    ///
    /// # Errors
    /// Errors of the disk and the database; `NotComplete` before [`Case::finish_items`].
    pub fn form_opinions(
        &mut self,
        n_threads: usize,
        form: impl Fn(usize, &ItemRow) -> Option<Formed> + Sync,
        mut show: impl FnMut(&ItemRow, Option<&Formed>),
    ) -> Result<(), KeepError> {
        self.must_run()?;
        self.must_be_indexed()?;
        self.noted = None;
        let stretches = stretches(&self.conn)?;
        let transaction = self.conn.unchecked_transaction()?;
        self.conn.execute("DELETE FROM opinions", [])?;
        let mut reasons = Reasons::load(&self.conn)?;
        // The seal needs what is read here: its digests are noted down on the way.
        let mut noting = Noting::start(&self.conn)?;
        let (dir, conn, n_threads) = (&*self.dir, &self.conn, n_threads.max(1));
        thread::scope(|scope| {
            let (stretches, form) = (&stretches, &form);
            let threads: Vec<Receiver<Done>> = (0..n_threads)
                .map(|first| {
                    let (done, judged) = sync_channel(1);
                    let own = stretches.iter().skip(first).step_by(n_threads);
                    scope.spawn(move || judge_all(dir, own, form, &done));
                    judged
                })
                .collect();
            for thread in threads.iter().cycle().take(stretches.len()) {
                let stretch = thread
                    .recv()
                    .map_err(|_| KeepError::damaged("a thread that forms opinions stopped"))??;
                for judged in stretch {
                    show(&judged.row, judged.formed.as_ref());
                    store(conn, &mut reasons, &mut noting, judged)?;
                }
            }
            Ok::<(), KeepError>(())
        })?;
        let content = noting.end();
        transaction.commit()?;
        self.committed();
        self.noted = Some(content);
        Ok(())
    }
}

/// Cuts the ids of all items into stretches.
fn stretches(conn: &Connection) -> Result<Vec<Stretch>, KeepError> {
    let mut statement = conn.prepare("SELECT id FROM items ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut number = 0;
    while let Some(row) = rows.next()? {
        let id = ItemId(row.get(0)?);
        match stretches.last_mut() {
            Some(last) if number % STRETCH_ITEMS != 0 => last.ids = *last.ids.start()..=id,
            _ => stretches.push(Stretch {
                first_number: number,
                ids: id..=id,
            }),
        }
        number += 1;
    }
    Ok(stretches)
}

/// Judges stretches one after another. Ends early where nobody listens any more.
fn judge_all<'s>(
    dir: &Path,
    stretches: impl Iterator<Item = &'s Stretch>,
    form: &impl Fn(usize, &ItemRow) -> Option<Formed>,
    done: &SyncSender<Done>,
) {
    let judge = match Judge::new(dir) {
        Ok(judge) => judge,
        Err(error) => return drop(done.send(Err(error))),
    };
    for stretch in stretches {
        if done.send(judge.stretch(stretch, form)).is_err() {
            return;
        }
    }
}

/// What one thread needs to judge items.
struct Judge {
    conn: Connection,
    reasons: Reasons,
}

impl Judge {
    fn new(dir: &Path) -> Result<Self, KeepError> {
        let conn = snapshot(dir)?;
        Ok(Self {
            reasons: Reasons::load(&conn)?,
            conn,
        })
    }

    fn stretch(
        &self,
        stretch: &Stretch,
        form: &impl Fn(usize, &ItemRow) -> Option<Formed>,
    ) -> Done {
        let mut all = Vec::with_capacity(STRETCH_ITEMS);
        read::each_raw(&self.conn, With::NoOpinion, &stretch.ids, |raw| {
            let digest = ItemDigest::of(&raw, &raw.digest)?;
            let row = read::item_row(&self.conn, &self.reasons, raw)?;
            let formed = form(stretch.first_number + all.len(), &row);
            let stored = formed
                .as_ref()
                .map(|formed| RawOpinion::of(&formed.opinion, &row.findings))
                .transpose()?;
            all.push(Judged {
                row,
                formed,
                stored,
                digest,
            });
            Ok::<(), KeepError>(())
        })?;
        Ok(all)
    }
}

/// Stores what was formed of one item.
fn store(
    conn: &Connection,
    reasons: &mut Reasons,
    noting: &mut Noting<'_>,
    judged: Judged,
) -> Result<(), KeepError> {
    let item = &judged.row.facts.item;
    let not_run = judged.formed.map(|formed| formed.not_run);
    let mut opinion = None;
    if let Some(raw) = judged.stored {
        let raw = RawOpinion {
            not_run: numbers(conn, reasons, &not_run.unwrap_or_default())?,
            ..raw
        };
        raw.insert(conn, item)?;
        opinion = Some(raw);
    }
    noting.item(item, judged.digest.end(opinion.as_ref(), reasons)?)
}

fn numbers(
    conn: &Connection,
    reasons: &mut Reasons,
    not_run: &[Arc<NotRun>],
) -> Result<Vec<u32>, KeepError> {
    not_run
        .iter()
        .map(|entry| reasons.number(conn, entry))
        .collect()
}
