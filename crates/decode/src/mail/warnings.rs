//! Warnings of one decoding, bounded per code.

use mabillon_case::Warning;

use super::limits::WARNINGS_OF_ONE_CODE_MAX;

/// Collects warnings; of each code a bounded number is kept and the rest counted.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    list: Vec<Warning>,
    counts: Vec<(&'static str, usize)>,
}

impl Warnings {
    /// Adds a warning; `says` runs only where the warning is kept.
    pub(super) fn add<S: Into<String>>(&mut self, code: &'static str, says: impl FnOnce() -> S) {
        let known = self.counts.iter_mut().find(|(known, _)| *known == code);
        let count = if let Some((_, count)) = known {
            *count += 1;
            *count
        } else {
            self.counts.push((code, 1));
            1
        };
        if count <= WARNINGS_OF_ONE_CODE_MAX {
            self.list.push(Warning::new(code, says()));
        }
    }

    /// All warnings, in order, and for each code that had more than are kept one that says how many.
    pub(super) fn finish(mut self) -> Vec<Warning> {
        for (code, count) in self.counts {
            if let Some(more @ 1..) = count.checked_sub(WARNINGS_OF_ONE_CODE_MAX) {
                let says = format!("{more} more warnings of this kind");
                self.list.push(Warning::new(code, says));
            }
        }
        self.list
    }
}
