//! Stage `acquire`: takes in exhibits, changes nothing.
//!
//! [`acquire`] walks a file or folder in the order of its paths, tells the form of everything by its content
//! ([`form_of`]), opens containers in containers, and gives a [`Receiver`] every message, document and other file as a
//! [`Leaf`] with its exact bytes and its [`mabillon_case::Place`]. What cannot be read is told with its reason, and
//! every container has an account in which all entries and all bytes have an owner. [`expand`] does the same for an
//! attachment.
//!
//! Exhibits are opened for reading only. No name in an archive is used as a path. Everything is streamed: memory is
//! bounded by [`Limits`], whatever the size of an exhibit.

mod ahead;
mod apart;
mod archive;
mod digest;
mod event;
mod exhibit;
mod fault;
mod form;
mod intake;
mod limits;
mod mailbox;
mod parts;
mod printable;
mod spot;
mod walk;

pub use digest::FolderDigest;
pub use event::{AcquireError, Content, Event, Leaf, Opener, Packed, Receiver, Settings};
pub use exhibit::{acquire, acquire_with, expand, open, open_files, total_bytes};
pub use form::form_of;
pub use intake::Surroundings;
pub use limits::{
    ENTRIES_MAX, EXPANDED_FREE_BYTES, EXPANDED_RATIO_MAX, ITEM_BYTES_MAX, LARGE_BYTES, Limits,
    MEMORY_BYTES_MAX, MESSAGE_BYTES_MAX, NESTING_MAX, STREAM_FREE_BYTES, STREAM_RATIO_MAX,
};
pub use mabillon_case::{PASSWORDS_MAX, Passwords};
pub use mailbox::{WrappedMessage, message_in};
pub use parts::Files;
