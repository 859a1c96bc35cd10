//! Warnings of one decoding, bounded per code.

use mabillon_case::Warning;

use super::limits::WARNINGS_OF_ONE_CODE_MAX;

/// How the codes of warnings end that tell of a limit of the reader.
const LIMIT_CODE_END: &str = "-limit";

/// The code of warnings that tell what a mail store lost of a message.
pub(super) const STORE_IN_PART: &str = "store-read-in-part";

/// The code of warnings that tell of attachments that lie in files beside the message.
pub(super) const TAKEN_OUT: &str = "attachment-taken-out";

/// The code of warnings that tell of content that is encrypted.
pub(super) const ENCRYPTED: &str = "encrypted";

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

    /// Why only a part was read: what the first warning of a limit, of something encrypted, of what a store lost or keeps elsewhere
    /// says.
    pub(super) fn partial(&self) -> Option<String> {
        let mut of_unread = self.list.iter().filter(|warning| {
            let code = &*warning.code;
            code.ends_with(LIMIT_CODE_END) || [ENCRYPTED, STORE_IN_PART, TAKEN_OUT].contains(&code)
        });
        of_unread.next().map(|warning| warning.says.clone())
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
