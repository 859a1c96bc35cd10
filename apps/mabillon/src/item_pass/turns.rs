//! Large things are worked on one at a time, so that memory does not grow with the number of workers.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, PoisonError};

use mabillon_acquire::LARGE_BYTES;

/// Whose turn it is to have something large in memory.
#[derive(Default)]
pub(crate) struct Turns {
    is_taken: Mutex<bool>,
    is_free: Condvar,
}

/// The turn of one worker; given back when this is dropped. A worker takes it once, whatever it needs it for, and waits
/// for no other worker while it has it.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    is_mine: Cell<bool>,
}

impl Turns {
    /// A worker that has not had its turn yet.
    pub(crate) const fn turn(&self) -> Turn<'_> {
        Turn {
            turns: self,
            is_mine: Cell::new(false),
        }
    }
}

impl Turn<'_> {
    /// Waits for the turn, if something of so many bytes needs it.
    pub(crate) fn take(&self, bytes: u64) {
        if bytes <= LARGE_BYTES || self.is_mine.get() {
            return;
        }
        let lock = &self.turns.is_taken;
        let mut is_taken = lock.lock().unwrap_or_else(PoisonError::into_inner);
        while *is_taken {
            let waited = self.turns.is_free.wait(is_taken);
            is_taken = waited.unwrap_or_else(PoisonError::into_inner);
        }
        *is_taken = true;
        self.is_mine.set(true);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.is_mine.get() {
            let lock = &self.turns.is_taken;
            *lock.lock().unwrap_or_else(PoisonError::into_inner) = false;
            self.turns.is_free.notify_one();
        }
    }
}
