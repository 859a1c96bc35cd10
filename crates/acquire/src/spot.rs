//! Where a thing lies, what came of it, and how it counts in the account of its container.

use std::sync::Arc;

use mabillon_case::{Accounting, EntryFacts, ItemId, StoreFacts};

/// Where a thing lies, before it is known what it is.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// The nested path; empty for the exhibit itself.
    pub(crate) path: String,
    /// Offset of its first stored byte in the nearest enclosing file or member.
    pub(crate) offset: u64,
    /// Number of its stored bytes.
    pub(crate) length: u64,
    /// Number of its own bytes as far as known.
    pub(crate) size_hint: u64,
    /// The container, if its identity is known.
    pub(crate) parent: Option<ItemId>,
    /// Number of containers around it.
    pub(crate) depth: u32,
    /// What the archive says of it.
    pub(crate) entry: Option<Arc<EntryFacts>>,
    /// What the mail store says of it, where it lies in one.
    pub(crate) stored: Option<Arc<StoreFacts>>,
}

impl Spot {
    /// The place of a member of this container.
    pub(crate) fn member(&self, name: &str, parent: Option<ItemId>) -> Self {
        let path = match (self.path.is_empty(), name) {
            (true, name) => name.to_owned(),
            (false, name) => format!("{}!{name}", self.path),
        };
        Self {
            path,
            offset: 0,
            length: 0,
            size_hint: 0,
            parent,
            depth: self.depth + 1,
            entry: None,
            stored: None,
        }
    }
}

/// What came of one thing, for the account of its container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It was given, or opened.
    Read,
    /// It was not; an event says why, unless its own reader failed: then whoever made the reader says so.
    Failed,
    /// It is no item, for this reason; its bytes are accounted for.
    Ignored(&'static str),
}

/// What came of something that was read from its first to its last byte.
pub(crate) struct Passed {
    pub(crate) taken: Taken,
    /// SHA-256 of its bytes, where somebody needs it.
    pub(crate) item: Option<ItemId>,
    /// Number of its bytes.
    pub(crate) n_bytes: u64,
}

impl Passed {
    pub(crate) const UNREAD: Self = Self {
        taken: Taken::Failed,
        item: None,
        n_bytes: 0,
    };
}

/// Adds bytes that are no entry to an account.
pub(crate) fn ignore(account: &mut Accounting, reason: &str, n_bytes: u64) {
    if n_bytes == 0 {
        return;
    }
    let known = account.bytes_ignored.iter_mut();
    match known.last().filter(|(known, _)| known == reason) {
        Some((_, sum)) => *sum += n_bytes,
        None => account.bytes_ignored.push((reason.to_owned(), n_bytes)),
    }
}

/// Adds one entry to an account.
pub(crate) fn count(account: &mut Accounting, taken: Taken, n_bytes: u64) {
    match taken {
        Taken::Ignored(reason) => ignore(account, reason, n_bytes),
        Taken::Read => {
            account.n_expected += 1;
            account.n_decoded += 1;
            account.bytes_decoded += n_bytes;
        }
        Taken::Failed => {
            account.n_expected += 1;
            account.n_failed += 1;
            account.bytes_failed += n_bytes;
        }
    }
}
