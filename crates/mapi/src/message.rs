//! A message as its properties: its own, its recipients' and its attachments'.

use crate::property::Properties;

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
    /// Says what could not be read, each once.
    pub(crate) fn lose(&mut self, what: impl Into<String>) {
        let what = what.into();
        if self.lost.len() < crate::limits::NOTES_MAX && !self.lost.contains(&what) {
            self.lost.push(what);
        }
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
