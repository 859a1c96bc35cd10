//! A bound on the bytes that wait for workers, whatever the number of leaves.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of leaves in memory at most, beyond one leaf that is larger than that by itself: few enough that the windows
/// they lie in are used again and again, which saves the system from clearing fresh memory.
const IN_FLIGHT_BYTES_MAX: usize = 32 << 20;

/// Counts the bytes between the reader and the workers.
#[derive(Default)]
pub(crate) struct InFlight {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: usize,
    is_closed: bool,
}

impl InFlight {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room, then takes it.
    pub(crate) fn enter(&self, bytes: usize) {
        let mut state = self.state();
        while !state.is_closed && state.bytes > 0 && state.bytes + bytes > IN_FLIGHT_BYTES_MAX {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.bytes += bytes;
    }

    /// Gives room back.
    pub(crate) fn leave(&self, bytes: usize) {
        let mut state = self.state();
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.changed.notify_one();
    }

    /// Lets the reader run on where nobody takes leaves any more.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_one();
    }
}
