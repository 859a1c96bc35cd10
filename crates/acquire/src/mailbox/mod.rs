//! Mailboxes that are files or folders: mbox in its dialects, Apple Mail's emlx, Maildir.

pub(crate) mod emlx;
mod hashed;
pub(crate) mod maildir;
pub(crate) mod mbox;
mod open;
pub(crate) mod outlook;
pub(crate) mod split;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::limits::WHOLE_BYTES_MAX;

/// A message that a file wraps: after an mbox separator line, or between the frame of an emlx file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedMessage {
    /// Exact bytes of the message.
    pub bytes: Bytes,
    /// Where they begin in the file, in bytes.
    pub offset: u64,
    /// The mbox separator line before it, without its line end.
    pub separator: Option<String>,
}

/// The message in the bytes of a file that [`crate::form_of`] calls a message: without the mbox separator line before
/// it and the empty line after it, and without the frame of an emlx file. Mostly it is the file itself.
pub fn message_in(file: &Bytes) -> WrappedMessage {
    let is_mbox = mbox::starts_like_mbox(file);
    let scanner = mbox::Scanner::new(WHOLE_BYTES_MAX);
    if let Some(found) = is_mbox.then(|| scanner.first_message(file)).flatten() {
        return WrappedMessage {
            bytes: file.slice(found.message.clone()),
            offset: found.message.start as u64,
            separator: Some(mbox::separator_text(file, &found.separator)),
        };
    }
    let range = emlx::message_range(file).unwrap_or(0..file.len());
    WrappedMessage {
        offset: range.start as u64,
        bytes: file.slice(range),
        separator: None,
    }
}
