//! Colour, width and wrapping for the faces that go to a terminal.

use mabillon_case::Class;
use unicode_width::UnicodeWidthChar;

use crate::printable::printable;

/// Colours for a terminal, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    pub(crate) colour: bool,
}

impl Paint {
    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Text that was only found in this item.
    pub(crate) fn here(self, text: &str) -> String {
        self.with("32", text)
    }

    /// Text that was only found in the other item.
    pub(crate) fn there(self, text: &str) -> String {
        self.with("31", text)
    }

    /// Text in the colour of a class.
    pub(crate) fn class(self, class: Class, text: &str) -> String {
        let code = match class {
            Class::Authenticated => "1;34",
            Class::Corroborated => "34",
            Class::Consistent => "36",
            Class::Unresolved => "37",
            Class::Questioned => "33",
            Class::Contradicted => "1;31",
        };
        self.with(code, text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Columns a text takes in a terminal.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The text made printable, cut to `width` columns with `…`.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let text = printable(text);
    if columns(&text) <= width {
        return text.into_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// The text made printable and filled up to `width` columns with spaces.
pub(crate) fn pad(text: &str, width: usize) -> String {
    let mut out = fit(text, width);
    let missing = width.saturating_sub(columns(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// The text made printable and broken into lines of at most `width` columns, words kept whole where they fit.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let text = printable(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let room = width.saturating_sub(columns(&line) + usize::from(!line.is_empty()));
            if columns(word) <= room {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if line.is_empty() {
                let (head, tail) = split_at_column(word, width);
                lines.push(head.to_owned());
                word = tail;
            } else {
                lines.push(std::mem::take(&mut line));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// At least one character before the cut, so that breaking goes on.
fn split_at_column(word: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    for (index, c) in word.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width && index > 0 {
            return word.split_at(index);
        }
    }
    (word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("abcdefghijkl", 8), ["abcdefgh", "ijkl"]);
        assert_eq!(fit("élection", 5), "élec…");
        assert_eq!(pad("ab", 4), "ab  ");
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_is_lost(text in "(?s).{0,200}", width in 8usize..60) {
            let lines = wrap(&text, width);
            for line in &lines {
                proptest::prop_assert!(columns(line) <= width);
            }
            let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            proptest::prop_assert_eq!(squeeze(&lines.concat()), squeeze(&printable(&text)));
        }
    }
}
