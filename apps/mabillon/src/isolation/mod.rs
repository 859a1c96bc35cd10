//! Where hostile bytes are decoded: plain mail and plain text here, everything else in a worker process.
//!
//! The cut: what stays in this process is read by our own iterative readers, in safe Rust, with memory in proportion to
//! the bytes. Documents, pictures and packed containers are complex, or read by libraries; they go to a worker that can
//! do nothing but compute ([`mabillon_confine`]). What kills the worker costs that item, with the reason.

#[cfg(feature = "poison")]
mod poison;
mod serve;
mod unpack;
mod wire;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use mabillon_acquire::{
    Content, Files, Leaf, Opener, Packed, Passwords, Receiver, Settings, Surroundings,
};
use mabillon_case::{Form, ItemId};
use mabillon_confine::{Asked, Desk, Program, StartError, Terms, Worker};
use mabillon_decode::DecodedDocument;

pub(crate) use self::serve::run;
use self::unpack::{Ended, Unpack};
use self::wire::{Container, PackedFile, Task};
pub(crate) use self::wire::{pack_leaf, unpack_leaf};
use crate::args::IsolationKind;

/// Address space of a worker, in bytes. An item has up to 512 MiB, and what it expands to comes beside it.
const MEMORY_BYTES: u64 = if POISONED { 512 << 20 } else { 2 << 30 };
/// Processor time of a worker. The limits of decoders, which count work, end the worst of items in a tenth of it.
const PROCESSOR_SECONDS: u64 = if POISONED { 1 } else { 240 };
/// Time on the clock within which a worker gives a sign of life.
const SILENCE_SECONDS: u64 = if POISONED { 40 } else { 1800 };
/// Bytes of a packed file that give its worker one more second: ten times slower than the slowest of decoders.
const FILE_BYTES_PER_SECOND: u64 = if POISONED { 1 << 40 } else { 128 << 10 };
/// Whether this is the program of the test that poisons workers and does not want to wait.
const POISONED: bool = cfg!(feature = "poison");

/// Bytes of a decoded document at most: its text and its properties are bounded far below.
const DOCUMENT_ANSWER_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a picture made anew: 1024 × 1024 pixels that could not be compressed.
const PICTURE_ANSWER_BYTES_MAX: u64 = 8 << 20;
/// Bytes that places, names and reasons may have beside what a container holds.
const EVENTS_BYTES_MAX: u64 = 128 << 20;

/// How workers are started, for all threads of a run.
#[derive(Clone)]
pub(crate) struct Isolation {
    program: Program,
    /// Why the run cannot go on: no worker could be started, or no temporary file written.
    failure: Arc<OnceLock<String>>,
}

impl Isolation {
    /// Workers of this program, kept apart as asked. One is started at once, so that a system that cannot keep them
    /// apart is told before anything is done.
    pub(crate) fn new(kind: Option<IsolationKind>) -> anyhow::Result<Self> {
        let terms = Terms {
            isolation: kind.unwrap_or_default().into(),
            memory_bytes: MEMORY_BYTES,
            processor_seconds: PROCESSOR_SECONDS,
            silence_seconds: SILENCE_SECONDS,
        };
        let path = std::env::current_exe()
            .map_err(|error| anyhow::anyhow!("failed to find this program itself: {error}"))?;
        let program = Program {
            path,
            arguments: vec!["worker".into(), terms.to_argument().into()],
            terms,
        };
        Worker::start(&program).map_err(|error| anyhow::anyhow!("failed to {error}"))?;
        Ok(Self {
            program,
            failure: Arc::default(),
        })
    }

    /// Decoders for one thread.
    pub(crate) fn decoders(&self) -> Decoders {
        Decoders {
            desk: RefCell::new(Desk::new(self.program.clone())),
            failure: Arc::clone(&self.failure),
        }
    }

    /// What opens the containers of exhibits, for one thread.
    pub(crate) fn opener<'a>(&self, settings: &'a Settings) -> ExhibitOpener<'a> {
        ExhibitOpener {
            decoders: self.decoders(),
            settings,
        }
    }

    /// Fails where the run could not go on.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        match self.failure.get() {
            None => Ok(()),
            Some(reason) => anyhow::bail!(
                "failed to {reason}. What is done so far is kept; run the same command again to go on"
            ),
        }
    }
}

/// The decoders of one thread.
pub(crate) struct Decoders {
    desk: RefCell<Desk>,
    failure: Arc<OnceLock<String>>,
}

impl Decoders {
    /// Decodes a document or picture.
    ///
    /// # Errors
    ///
    /// Why it could not be examined.
    pub(crate) fn document(
        &self,
        bytes: &Bytes,
        form: Form,
        passwords: &Passwords,
    ) -> Result<DecodedDocument, String> {
        if matches!(form, Form::Text | Form::Html) {
            return Ok(mabillon_decode::document(bytes, form, passwords));
        }
        let task = wire::pack(&Task::Document {
            form: wire::form_code(form),
            passwords: passwords.clone(),
        });
        let pieces = self.ask(&task, bytes, DOCUMENT_ANSWER_BYTES_MAX)?;
        wire::document(&pieces).ok_or_else(garbage)
    }

    /// Decodes a picture and writes it anew, small, as PNG.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(crate) fn picture(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let pieces = self.ask(&wire::pack(&Task::Picture), bytes, PICTURE_ANSWER_BYTES_MAX)?;
        wire::picture(&pieces).ok_or_else(garbage)?
    }

    /// Opens a container that lies in memory, as [`mabillon_acquire::expand`] does.
    ///
    /// # Errors
    ///
    /// Why it could not be opened; nothing was told then.
    pub(crate) fn expand(
        &self,
        leaf: &Leaf,
        item: ItemId,
        settings: &Settings,
        receiver: &mut dyn Receiver,
    ) -> Result<(), String> {
        if leaf.form == Form::Mbox {
            mabillon_acquire::expand(leaf, item, settings, receiver);
            return Ok(());
        }
        let container = |skip: &BTreeMap<String, String>| Container {
            place: leaf.place.clone(),
            form: wire::form_code(leaf.form),
            depth: leaf.depth,
            item: Some(item),
            limits: settings.limits.clone(),
            passwords: settings.passwords.clone(),
            surroundings: Surroundings::Attachment,
            skip: skip.clone(),
        };
        let bytes_max = settings.limits.expanded_free_bytes + EVENTS_BYTES_MAX;
        let mut unpack = Unpack::new(&leaf.place, leaf.form, bytes_max, receiver);
        // Where the receiver stops there is nothing left to do.
        let _ = self.unpack_bytes(&mut unpack, &leaf.bytes, container)?;
        Ok(())
    }

    /// Asks the worker of this thread to open a container; again without what kills it.
    fn unpack_bytes(
        &self,
        unpack: &mut Unpack<'_>,
        bytes: &Bytes,
        container: impl Fn(&BTreeMap<String, String>) -> Container,
    ) -> Result<ControlFlow<()>, String> {
        loop {
            let task = wire::pack(&Task::Expand(Box::new(container(&unpack.skip))));
            let mut desk = self.desk.borrow_mut();
            let (mut worker, is_fresh) = desk.take().map_err(|error| self.failed(&error))?;
            let ended = match worker.ask(&task, bytes) {
                Ok(()) => unpack.listen(&mut worker),
                Err(death) => Ended::Died(death),
            };
            match ended {
                Ended::Done(flow) => {
                    if flow.is_continue() {
                        desk.give_back(worker);
                    }
                    return Ok(flow);
                }
                // One that was used before may have died of something else: a fresh one is asked the same.
                Ended::Died(_) if !is_fresh => {}
                Ended::Died(death) => {
                    if unpack.bury(&death).is_break() {
                        return Ok(ControlFlow::Continue(()));
                    }
                }
            }
        }
    }

    /// Has a file opened by a worker of its own; again without what kills it.
    fn unpack_file(
        &self,
        unpack: &mut Unpack<'_>,
        n_bytes: u64,
        file: impl Fn(&BTreeMap<String, String>) -> PackedFile,
    ) -> Result<ControlFlow<()>, String> {
        let mut program = self.desk.borrow().program().clone();
        let terms = Terms {
            processor_seconds: PROCESSOR_SECONDS + n_bytes / FILE_BYTES_PER_SECOND,
            ..program.terms
        };
        program.terms = terms;
        program.arguments = vec!["worker".into(), terms.to_argument().into(), "--file".into()];
        loop {
            let task = wire::pack(&file(&unpack.skip));
            let started = Worker::start_for(&program, &task);
            let mut worker = started.map_err(|error| self.failed(&error))?;
            match unpack.listen(&mut worker) {
                Ended::Done(flow) => return Ok(flow),
                Ended::Died(death) => {
                    if unpack.bury(&death).is_break() {
                        return Ok(ControlFlow::Continue(()));
                    }
                }
            }
        }
    }

    /// Whether the run can go on.
    pub(crate) fn work(&self) -> bool {
        self.failure.get().is_none()
    }

    fn ask(&self, task: &[u8], bytes: &[u8], bytes_max: u64) -> Result<Vec<Vec<u8>>, String> {
        match self.desk.borrow_mut().ask(task, bytes, bytes_max) {
            Ok(Asked::Answered(pieces)) => Ok(pieces),
            Ok(Asked::Died(death)) => Err(death.to_string()),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Nothing is said of an item where the machine has no room for a worker: the run stops, and goes on later.
    fn failed(&self, error: &StartError) -> String {
        let reason = error.to_string();
        self.give_up(&reason);
        reason
    }

    /// The run cannot go on, for a reason that fits after "failed to".
    pub(crate) fn give_up(&self, reason: &str) {
        let _ = self.failure.set(reason.to_owned());
    }
}

/// Opens the containers of exhibits, for the thread that reads them.
pub(crate) struct ExhibitOpener<'a> {
    decoders: Decoders,
    settings: &'a Settings,
}

impl ExhibitOpener<'_> {
    /// As [`Decoders::give_up`].
    pub(crate) fn give_up(&self, reason: &str) {
        self.decoders.give_up(reason);
    }
}

impl Opener for ExhibitOpener<'_> {
    fn open(&self, packed: &Packed<'_>, receiver: &mut dyn Receiver) -> ControlFlow<()> {
        let limits = &self.settings.limits;
        let by_ratio = packed
            .place
            .length
            .saturating_mul(limits.expanded_ratio_max);
        let bytes_max = limits.expanded_free_bytes.saturating_add(by_ratio);
        let bytes_max = bytes_max.saturating_add(EVENTS_BYTES_MAX);
        let mut unpack = Unpack::new(&packed.place, packed.form, bytes_max, receiver);
        let place = &packed.place;
        let opened = match packed.content {
            Content::Bytes(bytes) => {
                self.decoders
                    .unpack_bytes(&mut unpack, bytes, |skip| Container {
                        place: place.clone(),
                        form: wire::form_code(packed.form),
                        depth: 0,
                        item: packed.item,
                        limits: limits.clone(),
                        passwords: self.settings.passwords.clone(),
                        surroundings: Surroundings::Exhibit,
                        skip: skip.clone(),
                    })
            }
            Content::Files(files) => self
                .decoders
                .unpack_file(&mut unpack, place.length, |skip| PackedFile {
                    files: Files {
                        paths: files
                            .paths
                            .iter()
                            .map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()))
                            .collect(),
                        numbers: files.numbers.clone(),
                    },
                    spool_dir: std::path::absolute(&self.settings.spool_dir)
                        .unwrap_or_else(|_| self.settings.spool_dir.clone()),
                    place: place.clone(),
                    limits: limits.clone(),
                    passwords: self.settings.passwords.clone(),
                    skip: skip.clone(),
                }),
        };
        // Where no worker can be started the run stops, and goes on later.
        opened.unwrap_or(ControlFlow::Break(()))
    }
}

fn garbage() -> String {
    mabillon_confine::Death::Garbage.to_string()
}
