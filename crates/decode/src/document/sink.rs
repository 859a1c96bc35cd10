//! Where the text of a document is gathered: bounded, with plain line ends.

use super::limits;

/// Gathers text up to the limit.
#[derive(Debug, Default)]
pub(crate) struct TextSink {
    out: String,
    full: bool,
}

impl TextSink {
    /// Adds text as it stands, except that control characters other than tab and line feed are left out.
    pub(crate) fn push(&mut self, text: &str) {
        if self.full {
            return;
        }
        let room = limits::TEXT_BYTES_MAX - self.out.len();
        if text.len() > room {
            self.full = true;
            let fitting = text.get(..text.floor_char_boundary(room));
            self.append(fitting.unwrap_or_default());
        } else {
            self.append(text);
        }
    }

    fn append(&mut self, text: &str) {
        if text.bytes().all(|byte| byte >= b' ' && byte != 0x7f) {
            self.out.push_str(text);
        } else {
            let kept = text
                .chars()
                .filter(|&c| c == '\n' || c == '\t' || !c.is_control());
            self.out.extend(kept);
        }
    }

    /// Adds one character.
    pub(crate) fn push_char(&mut self, c: char) {
        self.push(c.encode_utf8(&mut [0; 4]));
    }

    /// Ends the line, unless it is empty or the text has not begun.
    pub(crate) fn end_line(&mut self) {
        if !self.is_at_line_start() {
            self.push("\n");
        }
    }

    /// Sets words apart, unless they are already.
    pub(crate) fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with([' ', '\n', '\t']) {
            self.push(" ");
        }
    }

    /// Whether the next text begins a line.
    pub(crate) fn is_at_line_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    /// Takes nothing more: the text was cut off before it came here.
    pub(crate) const fn fill(&mut self) {
        self.full = true;
    }

    /// Whether the limit was reached.
    pub(crate) const fn is_full(&self) -> bool {
        self.full
    }

    /// The text, without white space at its end.
    pub(crate) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}
