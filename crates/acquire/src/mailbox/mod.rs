//! Mailboxes that are files or folders: mbox in its dialects, Apple Mail's emlx, Maildir.

pub(crate) mod emlx;
mod hashed;
pub(crate) mod kept_beside;
pub(crate) mod maildir;
pub(crate) mod mbox;
mod open;
pub(crate) mod outlook;
pub(crate) mod split;
pub(crate) mod stored;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use mabillon_case::StoreFacts;

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
    /// What the wrapping says of it.
    pub stored: Option<StoreFacts>,
}

/// The message in the bytes of a file that [`crate::form_of`] calls a message: without the mbox separator line before
/// it and the empty line after it, and without the frame of an emlx file. Mostly it is the file itself.
pub fn message_in(file: &Bytes) -> WrappedMessage {
    let is_mbox = mbox::starts_like_mbox(file);
    let scanner = mbox::Scanner::new(WHOLE_BYTES_MAX);
    if let Some(found) = is_mbox.then(|| scanner.first_message(file)).flatten() {
        let separator = mbox::separator_text(file, &found.separator);
        return WrappedMessage {
            bytes: file.slice(found.message.clone()),
            offset: found.message.start as u64,
            stored: Some(stored::of_mbox(&separator, 1)),
            separator: Some(separator),
        };
    }
    let framed = emlx::message_range(file);
    let stored = framed
        .as_ref()
        .and_then(|range| stored::of_emlx(file, range));
    let range = framed.unwrap_or(0..file.len());
    WrappedMessage {
        offset: range.start as u64,
        bytes: file.slice(range),
        separator: None,
        stored,
    }
}
