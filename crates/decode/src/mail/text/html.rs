//! HTML to lines of text, as far as a reader of words needs it: blocks become lines, block quotations get `>` marks.

use super::markup::{Markup, markup, without_entities};
use crate::mail::limits::QUOTATION_DEPTH_MAX;

/// Elements that start and end on a line of their own.
const BLOCKS: [&[u8]; 24] = [
    b"address",
    b"article",
    b"aside",
    b"body",
    b"center",
    b"dd",
    b"div",
    b"dl",
    b"dt",
    b"fieldset",
    b"footer",
    b"form",
    b"header",
    b"hr",
    b"li",
    b"main",
    b"nav",
    b"ol",
    b"option",
    b"section",
    b"table",
    b"tbody",
    b"tr",
    b"ul",
];

/// Elements with an empty line around them.
const PARAGRAPHS: [&[u8]; 8] = [b"h1", b"h2", b"h3", b"h4", b"h5", b"h6", b"p", b"pre"];

/// Appends the text of a page, at most `room` bytes of it; says whether that is all.
pub(crate) fn append_text(page: &str, room: usize, out: &mut String) -> bool {
    let mut reader = Reader {
        full_at: out.len().saturating_add(room),
        out: std::mem::take(out),
        ..Reader::default()
    };
    let mut rest = page;
    while !rest.is_empty() && !reader.is_full {
        let at = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        let (text, from_markup) = rest.split_at_checked(at).unwrap_or_default();
        reader.words(&without_entities(text));
        let (markup, length) = markup(from_markup);
        match markup {
            Markup::Start(name) => reader.start(name.as_bytes()),
            Markup::End(name) => reader.end(name.as_bytes()),
            Markup::Text(text) => reader.words(text),
            Markup::NotShown => {}
        }
        rest = from_markup.get(length..).unwrap_or_default();
    }
    *out = reader.out;
    !reader.is_full
}

/// What stands before the next word.
#[derive(Default, PartialEq, Eq)]
enum After {
    /// Nothing, or marks alone: the line starts here.
    #[default]
    LineStart,
    /// A word.
    Word,
    /// White space after a word.
    Space,
}

/// Lines under construction.
#[derive(Default)]
struct Reader {
    out: String,
    full_at: usize,
    is_full: bool,
    after: After,
    /// An empty line shows before the next word.
    blank_line: bool,
    n_quotes: u8,
    n_pre: u32,
}

impl Reader {
    fn start(&mut self, name: &[u8]) {
        match name {
            b"br" => self.line_break(),
            b"td" | b"th" => self.space(),
            b"blockquote" => {
                self.block();
                self.n_quotes = self.n_quotes.saturating_add(1).min(QUOTATION_DEPTH_MAX);
            }
            b"pre" => {
                self.paragraph();
                self.n_pre = self.n_pre.saturating_add(1);
            }
            _ if PARAGRAPHS.contains(&name) => self.paragraph(),
            _ if BLOCKS.contains(&name) => self.block(),
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"blockquote" => {
                self.block();
                self.n_quotes = self.n_quotes.saturating_sub(1);
            }
            b"pre" => {
                self.n_pre = self.n_pre.saturating_sub(1);
                self.paragraph();
            }
            _ if PARAGRAPHS.contains(&name) => self.paragraph(),
            _ if BLOCKS.contains(&name) => self.block(),
            _ => {}
        }
    }

    fn words(&mut self, text: &str) {
        if self.n_pre > 0 {
            return self.preformatted(text);
        }
        let mut rest = text;
        loop {
            let word_at = rest.trim_start();
            if word_at.len() < rest.len() {
                self.space();
            }
            if word_at.is_empty() {
                return;
            }
            let end = word_at.find(char::is_whitespace).unwrap_or(word_at.len());
            let (word, after) = word_at.split_at_checked(end).unwrap_or_default();
            self.push(word);
            rest = after;
        }
    }

    fn preformatted(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.line_break();
            }
            let line = line.trim_end_matches('\r');
            if !line.is_empty() {
                self.push(line);
            }
        }
    }

    fn push(&mut self, word: &str) {
        if self.out.len() + word.len() + 2 * usize::from(self.n_quotes) + 2 > self.full_at {
            self.is_full = true;
            return;
        }
        if self.blank_line && !self.out.is_empty() {
            self.marks();
            self.out.push('\n');
        }
        self.blank_line = false;
        if self.after == After::LineStart {
            self.marks();
        }
        let is_marked = self.after == After::LineStart && self.n_quotes > 0;
        if is_marked || self.after == After::Space {
            self.out.push(' ');
        }
        self.after = After::Word;
        self.out.push_str(word);
    }

    fn space(&mut self) {
        if self.after == After::Word {
            self.after = After::Space;
        }
    }

    fn marks(&mut self) {
        self.out
            .extend(std::iter::repeat_n('>', usize::from(self.n_quotes)));
    }

    fn line_break(&mut self) {
        if self.is_full || self.out.len() + 200 > self.full_at {
            self.is_full = true;
            return;
        }
        if self.after == After::LineStart {
            self.marks();
        }
        self.out.push('\n');
        self.after = After::LineStart;
    }

    fn block(&mut self) {
        if self.after != After::LineStart {
            self.line_break();
        }
    }

    fn paragraph(&mut self) {
        self.block();
        self.blank_line = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(page: &str) -> String {
        let mut out = String::new();
        append_text(page, 10_000, &mut out);
        out
    }

    #[test]
    fn pages_become_lines() {
        for (page, expected) in [
            (
                "<p>a <b>b</b>\n c</p><p>d&nbsp;&eacute;&lt;</p>",
                "a b c\n\nd \u{e9}<\n",
            ),
            ("a<br>b<div>c</div>d", "a\nb\nc\nd"),
            (
                "<head><title>t</title><style>p{}</style></head><body>x<script>y<z</script></body>",
                "x\n",
            ),
            (
                "x<blockquote>y<blockquote>z</blockquote></blockquote>w",
                "x\n> y\n>> z\nw",
            ),
            ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b\n"),
            ("<pre>a  b\n c</pre>", "a  b\n c\n"),
            (
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
                "a b\nc\n",
            ),
            ("<!--[if mso]>x<![endif]-->y", "y"),
            ("a < b & c", "a < b & c"),
        ] {
            assert_eq!(read(page), expected, "{page}");
        }
    }

    #[test]
    fn text_beyond_the_room_is_left_out() {
        let mut out = String::new();
        assert!(!append_text(&"word ".repeat(1000), 100, &mut out));
        assert!(out.len() <= 100 && out.starts_with("word word"));
    }
}
