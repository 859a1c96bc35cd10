//! The words that were searched for, in their context.

use std::collections::BTreeSet;
use std::ops::Range;

use mabillon_case::Text;
use tantivy::tokenizer::{TokenStream as _, Tokenizer as _};

use crate::index::WordTokenizer;
use crate::limits::{INDEXED_QUOTATION_DEPTH_MAX, SNIPPET_BYTES, SNIPPET_SEARCH_BYTES_MAX};

/// A passage of a text with the words that were searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The passage on one line; `…` where it begins or ends inside the text.
    pub text: String,
    /// Where in `text` the words stand, in bytes.
    pub marks: Vec<Range<usize>>,
    /// Whether the passage is quoted from another message.
    pub is_quoted: bool,
}

/// The first passage of `text` that holds one of the words: of its own text, else of what it quotes.
pub fn of_text(text: &Text, wanted: &BTreeSet<String>) -> Option<Snippet> {
    of(&text.own, wanted, false).or_else(|| {
        let quoted = text
            .quotations
            .iter()
            .filter(|quotation| quotation.depth <= INDEXED_QUOTATION_DEPTH_MAX);
        quoted
            .map(|quotation| of(&quotation.text, wanted, true))
            .find_map(|snippet| snippet)
    })
}

fn of(text: &str, wanted: &BTreeSet<String>, is_quoted: bool) -> Option<Snippet> {
    let text = text.get(..text.floor_char_boundary(SNIPPET_SEARCH_BYTES_MAX))?;
    let first = marks(text, wanted, 1).pop()?;
    let start = text.floor_char_boundary(first.start.saturating_sub(SNIPPET_BYTES / 3));
    let start = match start {
        0 => 0,
        // Begin with a whole word, if there is a gap before the first mark.
        _ => text
            .get(start..first.start)
            .and_then(|lead| lead.find(char::is_whitespace))
            .map_or(start, |gap| start + gap),
    };
    let end = text.ceil_char_boundary((start + SNIPPET_BYTES).max(first.end));
    let mut line = String::new();
    if start > 0 {
        line.push('…');
    }
    push_line(&mut line, text.get(start..end)?);
    if end < text.len() {
        line.push('…');
    }
    Some(Snippet {
        marks: marks(&line, wanted, usize::MAX),
        text: line,
        is_quoted,
    })
}

/// Appends `passage` with each run of white space as one space, and without other control characters.
fn push_line(line: &mut String, passage: &str) {
    let mut words = passage
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    if let Some(first) = words.next() {
        line.push_str(first);
    }
    for word in words {
        line.push(' ');
        line.push_str(word);
    }
}

fn marks(text: &str, wanted: &BTreeSet<String>, limit: usize) -> Vec<Range<usize>> {
    let mut tokenizer = WordTokenizer::default();
    let mut stream = tokenizer.token_stream(text);
    let mut marks = Vec::new();
    while marks.len() < limit && stream.advance() {
        let token = stream.token();
        if wanted.contains(&token.text) {
            marks.push(token.offset_from..token.offset_to);
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_passage_is_around_the_first_word() {
        let own = format!(
            "{} the Électricité\nbill {}",
            "before ".repeat(50),
            "after ".repeat(50)
        );
        let text = Text {
            own,
            ..Text::default()
        };
        let snippet = of_text(&text, &BTreeSet::from(["electricite".to_owned()])).unwrap();
        assert!(
            snippet.text.starts_with("…before") && snippet.text.ends_with('…'),
            "{snippet:?}"
        );
        assert_eq!(snippet.marks.len(), 1);
        assert_eq!(&snippet.text[snippet.marks[0].clone()], "Électricité");
        assert!(snippet.text.contains("Électricité bill"));
        assert_eq!(of_text(&text, &BTreeSet::from(["absent".to_owned()])), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_marks_inside_it(own in "\\PC{0,400}", word in "[a-zé選]{1,3}") {
            let text = Text { own: format!("{own} {word} {own}"), ..Text::default() };
            if let Some(snippet) = of_text(&text, &BTreeSet::from([word])) {
                for mark in snippet.marks {
                    proptest::prop_assert!(snippet.text.get(mark).is_some());
                }
            }
        }
    }
}
