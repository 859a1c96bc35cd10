//! What `acquire` tells, in order: things taken out, things that were not, and the accounts of containers.

use std::ops::ControlFlow;
use std::path::PathBuf;

use bytes::Bytes;
use mabillon_case::{Accounting, Form, ItemId, Place};

use crate::parts::Files;
use crate::{Limits, Passwords};

/// One thing taken out of an exhibit: a file, a member of an archive, a message of a mailbox.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Where it lies. `place.parent` is set where the container lay in memory whole (attachments, small files and
    /// members); a container read as a stream is known only when it ends, by [`Event::Container`] with the path
    /// before the last `!`.
    pub place: Place,
    /// Its exact bytes.
    pub bytes: Bytes,
    /// Its form, told by content.
    pub form: Form,
    /// The mbox separator line that stood before it, without its line end.
    pub separator: Option<String>,
    /// Number of containers around it; 0 for a file of an exhibit.
    pub depth: u32,
    /// Its identity where it is known already: a file of an exhibit that is itself one item, a message of a mailbox that is
    /// read as a stream. Others are not hashed here but by whoever works on them.
    pub item: Option<ItemId>,
}

/// One event of an acquisition.
#[derive(Debug, Clone)]
pub enum Event {
    /// Something taken out.
    Leaf(Leaf),
    /// A container that was opened. Comes after everything that was in it.
    Container {
        /// Where it lies.
        place: Place,
        /// Its form.
        form: Form,
        /// SHA-256 of its exact bytes.
        item: ItemId,
        /// Number of its bytes (after decompression where it is a member itself).
        size_bytes: u64,
    },
    /// Something that could not be taken out, or only in part.
    NotRead {
        /// Where it lies.
        place: Place,
        /// Its form, where it could be told.
        form: Option<Form>,
        /// Why, in plain words.
        reason: String,
    },
    /// The account of one container.
    Account(Accounting),
    /// Bytes of the exhibit's files that were worked through since the last such event; they add up to
    /// [`crate::total_bytes`] as far as files do not change meanwhile.
    Progress {
        /// Number of bytes.
        bytes: u64,
    },
}

/// Whoever takes the events. `Break` ends the acquisition.
pub trait Receiver {
    /// Takes one event.
    fn receive(&mut self, event: Event) -> ControlFlow<()>;

    /// Something at this path is opened or read from now on, until [`Receiver::leave`]. Gives the reason why it must not
    /// be, where there is one.
    fn enter(&mut self, path: &str) -> Option<String> {
        let _ = path;
        None
    }

    /// What was entered last is done with.
    fn leave(&mut self) {}

    /// So many bytes, more than [`crate::LARGE_BYTES`], are taken into memory next: the place to wait until there is
    /// room for them.
    fn make_room(&mut self, bytes: u64) {
        let _ = bytes;
    }

    /// A temporary file could not be written for want of space. `Break` ends the acquisition; otherwise what needed the
    /// file is told as not read.
    fn no_space(&mut self, reason: &str) -> ControlFlow<()> {
        let _ = reason;
        ControlFlow::Continue(())
    }
}

/// Opens containers elsewhere, where what they hold can do no harm.
pub trait Opener {
    /// Tells everything that is in a container, as [`crate::open`] does. What cannot be read for want of a reader that
    /// survives it is told as not read.
    fn open(&self, packed: &Packed<'_>, receiver: &mut dyn Receiver) -> ControlFlow<()>;
}

/// A container that is an exhibit, or a file of one.
#[derive(Debug, Clone)]
pub struct Packed<'a> {
    /// Its bytes, or where they are.
    pub content: Content<'a>,
    /// Its place.
    pub place: Place,
    /// Its form, told by its first bytes.
    pub form: Form,
    /// Its identity, where it is known already.
    pub item: Option<ItemId>,
}

/// The bytes of a container.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// In memory.
    Bytes(&'a Bytes),
    /// In files: mostly one.
    Files(&'a Files),
}

impl<F: FnMut(Event) -> ControlFlow<()>> Receiver for F {
    fn receive(&mut self, event: Event) -> ControlFlow<()> {
        self(event)
    }
}

/// How to acquire.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What hostile exhibits may cost.
    pub limits: Limits,
    /// Folder for temporary files. They have no name there, so that nothing is left behind by a crash.
    pub spool_dir: PathBuf,
    /// Passwords for what is encrypted.
    pub passwords: Passwords,
}

/// An exhibit that cannot be taken in at all.
#[derive(Debug, thiserror::Error)]
pub enum AcquireError {
    /// There is nothing at this path.
    #[error("find the exhibit {path}: there is no such file or folder")]
    NotFound {
        /// The path as given.
        path: String,
    },
    /// The file or folder cannot be read.
    #[error("read the exhibit {path}: {reason}")]
    Unreadable {
        /// The path as given.
        path: String,
        /// The words of the operating system.
        reason: String,
    },
    /// Neither a file nor a folder.
    #[error("read the exhibit {path}: it is neither a file nor a folder")]
    NotAFile {
        /// The path as given.
        path: String,
    },
    /// The receiver ended the acquisition.
    #[error("take in the exhibit {path}: stopped before its end")]
    Stopped {
        /// The path as given.
        path: String,
    },
}
