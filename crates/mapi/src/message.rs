//! A message as its properties: its own, its recipients' and its attachments'.

use crate::limits::{NOTES_MAX, RECIPIENTS_MAX};
use crate::property::Properties;

/// What stands for everything that is lost and not listed.
const MORE: &str = "and more than is listed";

/// A message with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MapiMessage {
    /// Its own properties.
    pub properties: Properties,
    /// Those of each recipient, in the order of the table.
    pub recipients: Vec<Properties>,
    /// What it carries, in order.
    pub attachments: Vec<Attachment>,
    /// What could not be read of it, in plain words, each once.
    pub lost: Vec<String>,
    /// Bytes that were read for it, as stored.
    pub stored_bytes: u64,
    /// Blocks whose checksum does not fit.
    pub n_bad_checksums: u32,
}

impl MapiMessage {
    /// Says what could not be read, each once; the last note says that there is more.
    pub(crate) fn lose(&mut self, what: impl Into<String>) {
        lose(&mut self.lost, what.into());
    }

    /// Says that not all of so many recipients are read, where that is so.
    pub(crate) fn note_recipients(&mut self, n_recipients: usize) {
        if n_recipients > RECIPIENTS_MAX {
            self.lose(format!(
                "only the first {RECIPIENTS_MAX} recipients are read"
            ));
        }
    }

    /// Says which attachments could not be read.
    pub(crate) fn lose_missing_attachments(&mut self) {
        for attachment in &self.attachments {
            if let Content::Missing(reason) = &attachment.content {
                let what = format!("an attachment cannot be read: {reason}");
                lose(&mut self.lost, what);
            }
        }
    }
}

/// Adds to a list of what was lost.
pub(crate) fn lose(lost: &mut Vec<String>, what: String) {
    if lost.len() < NOTES_MAX && !lost.contains(&what) {
        let is_last = lost.len() + 1 == NOTES_MAX;
        lost.push(if is_last { MORE.to_owned() } else { what });
    }
}

/// One thing that a message carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its properties.
    pub properties: Properties,
    /// What it holds.
    pub content: Content,
}

/// What an attachment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Bytes.
    Bytes(Vec<u8>),
    /// Another message.
    Message(Box<MapiMessage>),
    /// Nothing that could be read, for this reason.
    Missing(String),
}
