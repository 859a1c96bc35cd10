//! What comes out of one leaf, and how much of it may.
//!
//! A message of a few kilobytes can carry ten archives of ten messages that each carry ten archives again. All that one
//! leaf carries, however deep, is therefore paid from one allowance, which grows with the bytes of the leaf.

use std::io;

use mabillon_acquire::{Leaf, Limits, Settings};
use mabillon_keep::Record;

use super::backlog::Backlog;
use super::outbox::Outbox;
use super::turns::Turn;

/// Items that any leaf may carry, all levels together.
const CARRIED_ITEMS_FREE: u64 = 50_000;
/// Bytes of the leaf that pay for one more item. Even the shortest messages, all alike, take about ten in an archive.
const BYTES_FOR_ONE_ITEM: u64 = 16;
/// Bytes that all that any leaf carries may have, all levels together.
const CARRIED_BYTES_FREE: u64 = 256 << 20;
/// Further bytes for each byte of the leaf.
const CARRIED_RATIO_MAX: u64 = 50;

/// The work that one leaf makes: what is still to be done, what came out, and what may still come.
pub(super) struct Unpacking<'a> {
    pub(super) backlog: Backlog<'a>,
    pub(super) out: Outbox<'a>,
    pub(super) turn: Turn<'a>,
    items_left: u64,
    bytes_left: u64,
}

impl<'a> Unpacking<'a> {
    /// The work begins with the leaf itself.
    pub(super) fn of(leaf: &Leaf, settings: &'a Settings, out: Outbox<'a>, turn: Turn<'a>) -> Self {
        let n_bytes = leaf.bytes.len() as u64;
        Self {
            backlog: Backlog::new(&settings.spool_dir),
            out,
            turn,
            items_left: CARRIED_ITEMS_FREE + n_bytes / BYTES_FOR_ONE_ITEM,
            bytes_left: CARRIED_BYTES_FREE
                .saturating_add(n_bytes.saturating_mul(CARRIED_RATIO_MAX)),
        }
    }

    /// Adds something that a leaf carries, as far as the allowance reaches; otherwise it is recorded as not read. Gives
    /// whether it was added.
    ///
    /// # Errors
    ///
    /// Where it does not fit into memory and no temporary file can be written.
    pub(super) fn carry(&mut self, leaf: Leaf) -> io::Result<bool> {
        let left = (
            self.items_left.checked_sub(1),
            self.bytes_left.checked_sub(leaf.bytes.len() as u64),
        );
        if let (Some(items_left), Some(bytes_left)) = left {
            (self.items_left, self.bytes_left) = (items_left, bytes_left);
            return self.backlog.push(leaf).map(|()| true);
        }
        self.out.add(Record::NotRead {
            place: leaf.place,
            form: Some(leaf.form),
            reason: "what is packed into this message expands too far".to_owned(),
        });
        Ok(false)
    }

    /// Settings that let a container expand no further than the allowance.
    pub(super) fn settings(&self, settings: &Settings) -> Settings {
        let limits = &settings.limits;
        Settings {
            limits: Limits {
                expanded_free_bytes: limits.expanded_free_bytes.min(self.bytes_left),
                expanded_ratio_max: 0,
                entries_max: limits.entries_max.min(self.items_left.max(1)),
                ..limits.clone()
            },
            spool_dir: settings.spool_dir.clone(),
            passwords: settings.passwords.clone(),
        }
    }
}
