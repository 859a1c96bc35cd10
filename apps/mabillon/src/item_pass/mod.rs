//! The item pass: a reader takes leaves out of the exhibits, workers decode and examine them, a keeper stores them.
//!
//! The reader is one thread, since a container is read from its start to its end. Workers share nothing but the set of
//! items already claimed. The keeper is the calling thread: only it touches the case.
//! What is stored does not depend on the number of workers or their order: an item is examined from its bytes alone,
//! and every place is recorded whoever sees it first.

mod backlog;
mod claimed;
mod in_flight;
mod outbox;
mod progress;
mod reader;
mod scope;
mod turns;
mod unpacking;
mod worker;

use std::path::PathBuf;

use anyhow::Context as _;
use crossbeam_channel::{Receiver, Sender, bounded};
use mabillon_acquire::{Leaf, Passwords};
use mabillon_case::ExhibitRecord;
use mabillon_examine::World;
use mabillon_keep::{Case, ItemRecord, Record};

use self::claimed::Claimed;
use self::in_flight::InFlight;
use self::outbox::{Outbox, Parcel};
use self::progress::Progress;
use self::reader::Reader;
pub(crate) use self::scope::{Again, Scope};
use self::turns::Turns;
use self::worker::Worker;
pub(crate) use self::worker::{is_message, step};
use crate::exhibits::Exhibit;
use crate::isolation::Isolation;

/// Records in one transaction of the keeper.
const BATCH_RECORDS: usize = 1_000;
/// Bytes of the records in one transaction of the keeper: few, since everybody waits for the last.
const BATCH_BYTES: usize = 4 << 20;
/// Bytes of leaves that wait for a worker, or that one is at work on: few enough that the windows they lie in are used
/// again and again, which saves the system from clearing fresh memory.
const LEAVES_BYTES_MAX: usize = 12 << 20;
/// Bytes of records that wait for the keeper.
const RECORDS_BYTES_MAX: usize = 16 << 20;
/// Leaves that wait for a worker at most; their bytes are bounded by [`InFlight`].
const WAITING_LEAVES_MAX: usize = 1_024;
/// Results that wait for the keeper at most.
const WAITING_RESULTS_MAX: usize = 256;

/// What the item pass needs.
pub(crate) struct ItemPass<'a> {
    pub(crate) exhibits: &'a [Exhibit],
    pub(crate) world: &'a World,
    pub(crate) scope: Scope<'a>,
    pub(crate) isolation: &'a Isolation,
    pub(crate) n_workers: usize,
    pub(crate) passwords: &'a Passwords,
}

/// What all threads share.
pub(crate) struct Shared {
    claimed: Claimed,
    turns: Turns,
    /// Leaves on their way to the workers.
    leaves: InFlight,
    /// Records on their way to the keeper.
    records: InFlight,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            claimed: Claimed::default(),
            turns: Turns::default(),
            leaves: InFlight::new(LEAVES_BYTES_MAX),
            records: InFlight::new(RECORDS_BYTES_MAX),
        }
    }
}

impl Shared {
    /// Lets all threads come to their end where nothing is stored any more.
    fn close(&self) {
        self.records.close();
        self.leaves.close();
    }
}

impl ItemPass<'_> {
    /// Examines every item of every exhibit and stores what is found. Gives what is known of the exhibits once read.
    pub(crate) fn run(&self, case: &mut Case) -> anyhow::Result<Vec<ExhibitRecord>> {
        let settings = mabillon_acquire::Settings {
            limits: mabillon_acquire::Limits::default(),
            spool_dir: case.spool_dir(),
            passwords: self.passwords.clone(),
        };
        let progress = Progress::start(self.total_bytes());
        let (leaves_in, leaves_out) = bounded(WAITING_LEAVES_MAX);
        let (records_in, records_out) = bounded(WAITING_RESULTS_MAX);
        let shared = Shared::default();
        std::thread::scope(|scope| {
            let reader = Reader {
                settings: &settings,
                opener: self.isolation.opener(&settings),
                scope: self.scope,
                in_flight: &shared.leaves,
                progress: &progress,
                leaves: leaves_in,
                records: records_in.clone(),
                records_in_flight: &shared.records,
            };
            let reading = scope.spawn(move || reader.read(self.exhibits));
            for _ in 0..self.n_workers {
                let worker = Worker {
                    world: self.world,
                    settings: &settings,
                    shared: &shared,
                    decoders: self.isolation.decoders(),
                    scope: self.scope,
                };
                let (leaves, records) = (leaves_out.clone(), records_in.clone());
                let (shared, progress) = (&shared, &progress);
                scope.spawn(move || {
                    work_through(&worker, &leaves, &records, shared, progress);
                });
            }
            drop((leaves_out, records_in));
            let kept = match self.scope {
                Scope::All(_) => keep(case, &records_out, &shared.records),
                Scope::Again(again) => replace(case, &records_out, &shared.records, again),
            };
            drop(records_out);
            shared.close();
            let read = reading
                .join()
                .map_err(|_| anyhow::anyhow!("the reader stopped with an internal error"))?;
            kept?;
            self.isolation.check()?;
            progress.finish();
            read
        })
    }

    fn total_bytes(&self) -> u64 {
        let exhibits = self.exhibits.iter();
        let read = exhibits.filter(|exhibit| self.scope.reaches(&exhibit.name));
        let paths: Vec<PathBuf> = read.map(|exhibit| exhibit.path.clone()).collect();
        mabillon_acquire::total_bytes(&paths)
    }
}

/// Works on leaves as they come.
fn work_through(
    worker: &Worker<'_>,
    leaves: &Receiver<Leaf>,
    records: &Sender<Parcel>,
    shared: &Shared,
    progress: &Progress,
) {
    for leaf in leaves {
        let size = leaf.bytes.len();
        // What was not decoded for want of a process or a temporary file is not stored as done, nor is anything where
        // the keeper has failed.
        if !worker.work(leaf, Outbox::new(records, &shared.records)) {
            shared.leaves.close();
            return;
        }
        shared.leaves.leave(size);
        progress.item();
    }
}

/// Stores records in batches as they come.
fn keep(case: &mut Case, parcels: &Receiver<Parcel>, in_flight: &InFlight) -> anyhow::Result<()> {
    let mut batch = Vec::new();
    let mut batch_bytes = 0;
    for Parcel { records, bytes } in parcels {
        in_flight.leave(bytes);
        batch.extend(records);
        batch_bytes += bytes;
        if batch.len() >= BATCH_RECORDS || batch_bytes >= BATCH_BYTES {
            case.write_batch(&batch)
                .context("failed to store results")?;
            batch.clear();
            batch_bytes = 0;
        }
    }
    case.write_batch(&batch).context("failed to store results")
}

/// Puts what was found now in the place of what was found before.
fn replace(
    case: &mut Case,
    parcels: &Receiver<Parcel>,
    in_flight: &InFlight,
    again: &Again,
) -> anyhow::Result<()> {
    let mut batch: Vec<ItemRecord> = Vec::new();
    let mut batch_bytes = 0;
    let mut n_replaced = 0;
    let mut store = |case: &mut Case, batch: &mut Vec<ItemRecord>| {
        n_replaced += batch.len();
        let stored = case.replace_items(batch).context("failed to store results");
        batch.clear();
        stored
    };
    for Parcel { records, bytes } in parcels {
        in_flight.leave(bytes);
        batch_bytes += bytes;
        for record in records {
            if let Record::Item(item) = record
                && again.holds(&item.facts.item)
            {
                batch.push(*item);
            }
        }
        if batch.len() >= BATCH_RECORDS || batch_bytes >= BATCH_BYTES {
            store(case, &mut batch)?;
            batch_bytes = 0;
        }
    }
    store(case, &mut batch)?;
    let n_missing = again.n_items() - n_replaced.min(again.n_items());
    if n_missing > 0 {
        anyhow::bail!(
            "{n_missing} of {} messages that were to be examined again are no longer there: the exhibits were changed \
             while they were examined. Put them back as they were and run the same command again",
            again.n_items()
        );
    }
    Ok(())
}
