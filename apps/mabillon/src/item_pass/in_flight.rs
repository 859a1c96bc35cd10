//! A bound on the bytes that wait between two threads, whatever they are split into.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Counts the bytes on their way.
pub(crate) struct InFlight {
    bytes_max: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: usize,
    is_closed: bool,
}

impl InFlight {
    /// So many bytes at most, beyond one thing that is larger than that by itself.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room, then takes it.
    pub(crate) fn enter(&self, bytes: usize) {
        let mut state = self.state();
        while !state.is_closed && state.bytes > 0 && state.bytes + bytes > self.bytes_max {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.bytes += bytes;
    }

    /// Waits until nothing is on its way.
    pub(crate) fn drain(&self) {
        let mut state = self.state();
        while !state.is_closed && state.bytes > 0 {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives room back.
    pub(crate) fn leave(&self, bytes: usize) {
        let mut state = self.state();
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.changed.notify_all();
    }

    /// Lets everybody go on where nobody takes anything any more.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_all();
    }
}
