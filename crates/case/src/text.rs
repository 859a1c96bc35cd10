//! The words of an item, apart from their markup.

use serde::{Deserialize, Serialize};

/// The text of an item as a reader sees it: what its author wrote, and what is quoted from others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text {
    /// The author's own text, lines separated by `\n`. For a document: all of its text.
    pub own: String,
    /// Passages quoted from earlier messages, outermost first.
    pub quotations: Vec<Quotation>,
    /// Text of the HTML alternative where the message carries plain text and HTML side by side.
    pub html_alternative: Option<String>,
}

/// A passage quoted from another message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quotation {
    /// The line that introduces it ("On Mon, 3 Apr 2017 ..., X wrote:", or the block of
    /// `From:`, `Sent:`, `To:`, `Subject:` lines); empty where there is none.
    pub attribution: String,
    /// The quoted text at this level with its quotation marks (`>`) removed; deeper levels are quotations of their own.
    pub text: String,
    /// Depth of quotation, 1 for the message answered directly.
    pub depth: u8,
}
