//! Where hostile bytes are decoded: plain mail and plain text here, everything else in a worker process.
//!
//! The cut: what stays in this process is read by our own iterative readers, in safe Rust, with memory in proportion to
//! the bytes. Documents, pictures and packed containers are complex, or read by libraries; they go to a worker that can
//! do nothing but compute ([`mabillon_confine`]). What kills the worker costs that item, with the reason.

#[cfg(feature = "poison")]
mod poison;
mod serve;
mod wire;

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use mabillon_acquire::{Leaf, Receiver, Settings};
use mabillon_case::{Form, ItemId};
use mabillon_confine::{Asked, Desk, Program, StartError, Terms, Worker};
use mabillon_decode::DecodedDocument;

pub(crate) use self::serve::run;
use self::wire::{Container, Task};
use crate::args::IsolationKind;

/// Address space of a worker, in bytes. An item has up to 512 MiB, and what it expands to comes beside it.
const MEMORY_BYTES: u64 = if POISONED { 512 << 20 } else { 2 << 30 };
/// Processor time of a worker. The limits of decoders, which count work, end the worst of items in a tenth of it.
const PROCESSOR_SECONDS: u64 = if POISONED { 1 } else { 240 };
/// Time on the clock within which a worker gives a sign of life.
const SILENCE_SECONDS: u64 = if POISONED { 16 } else { 1800 };
/// Whether this is the program of the test that poisons workers and does not want to wait.
const POISONED: bool = cfg!(feature = "poison");

/// Bytes of a decoded document at most: its text and its properties are bounded far below.
const DOCUMENT_ANSWER_BYTES_MAX: u64 = 128 << 20;
/// Bytes that places, names and reasons may have beside what a container holds.
const EVENTS_BYTES_MAX: u64 = 128 << 20;

/// How workers are started, for all threads of a run.
#[derive(Clone)]
pub(crate) struct Isolation {
    program: Program,
    /// Why no worker could be started any more: the run cannot go on.
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

    /// Fails where workers could be started no more.
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
    pub(crate) fn document(&self, bytes: &Bytes, form: Form) -> Result<DecodedDocument, String> {
        if matches!(form, Form::Text | Form::Html) {
            return Ok(mabillon_decode::document(bytes, form));
        }
        let task = wire::pack(&Task::Document {
            form: wire::form_code(form),
        });
        let pieces = self.ask(&task, bytes, DOCUMENT_ANSWER_BYTES_MAX)?;
        wire::document(&pieces).ok_or_else(garbage)
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
        let task = wire::pack(&Task::Expand(Box::new(Container {
            place: leaf.place.clone(),
            form: wire::form_code(leaf.form),
            depth: leaf.depth,
            item,
            limits: settings.limits.clone(),
        })));
        let bytes_max = settings.limits.expanded_free_bytes + EVENTS_BYTES_MAX;
        let pieces = self.ask(&task, &leaf.bytes, bytes_max)?;
        let events = wire::events(pieces).ok_or_else(garbage)?;
        for event in events {
            if receiver.receive(event).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Whether workers can be started.
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
        let _ = self.failure.set(reason.clone());
        reason
    }
}

fn garbage() -> String {
    mabillon_confine::Death::Garbage.to_string()
}
