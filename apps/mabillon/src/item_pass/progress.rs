//! How far the item pass has come, on a terminal.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::ProgressBar;

use crate::progress_bar::bytes_bar;

/// Items between two updates of their number.
const ITEMS_PER_UPDATE: u64 = 64;

/// A bar on standard error where that is a terminal, else nothing.
pub(crate) struct Progress {
    bar: ProgressBar,
    n_items: AtomicU64,
}

impl Progress {
    pub(crate) fn start(total_bytes: u64) -> Self {
        let bar = bytes_bar(total_bytes);
        Self {
            bar,
            n_items: AtomicU64::new(0),
        }
    }

    /// Bytes of exhibits were read.
    pub(crate) fn bytes(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// One more item is done.
    pub(crate) fn item(&self) {
        let n_items = self.n_items.fetch_add(1, Ordering::Relaxed) + 1;
        if n_items.is_multiple_of(ITEMS_PER_UPDATE) {
            self.bar.set_message(format!("{n_items} items"));
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
