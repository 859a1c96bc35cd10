//! Text to words: runs of letters and digits, in lower case, without accents.
//!
//! A character of a script that puts no spaces between words (Han, kana, Thai) is a word of its own, so that a run of them
//! is found as a phrase.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tantivy::tokenizer::{AsciiFoldingFilter, TextAnalyzer, Token, TokenStream, Tokenizer};

use crate::limits::WORD_BYTES_MAX;

/// Cuts text into words, and counts the bytes it was given.
#[derive(Clone, Default)]
pub(crate) struct WordTokenizer {
    token: Token,
    taken_up: Option<Arc<AtomicU64>>,
}

impl WordTokenizer {
    pub(crate) fn counting(taken_up: Arc<AtomicU64>) -> Self {
        Self {
            token: Token::default(),
            taken_up: Some(taken_up),
        }
    }
}

/// The words of one text.
pub(crate) struct WordStream<'a> {
    text: &'a str,
    /// Where the next word is looked for.
    next: usize,
    token: &'a mut Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.token.reset();
        if let Some(taken_up) = &self.taken_up {
            taken_up.fetch_add(text.len() as u64, Ordering::Release);
        }
        WordStream {
            text,
            next: 0,
            token: &mut self.token,
        }
    }
}

impl WordStream<'_> {
    /// Start and end of the next word.
    fn next_span(&self) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let mut start = self.next;
        loop {
            let byte = *bytes.get(start)?;
            if byte.is_ascii_alphanumeric() {
                break;
            }
            if byte.is_ascii() {
                start += 1;
                continue;
            }
            let character = self.text.get(start..)?.chars().next()?;
            if stands_alone(character) {
                return Some((start, start + character.len_utf8()));
            }
            if character.is_alphanumeric() {
                break;
            }
            start += character.len_utf8();
        }
        Some((start, self.end_of_word(start)))
    }

    fn end_of_word(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = start;
        while let Some(byte) = bytes.get(end) {
            if byte.is_ascii_alphanumeric() {
                end += 1;
            } else if byte.is_ascii() {
                break;
            } else {
                match self.text.get(end..).and_then(|rest| rest.chars().next()) {
                    Some(character) if is_of_word(character) => end += character.len_utf8(),
                    _ => break,
                }
            }
        }
        end
    }
}

fn is_of_word(character: char) -> bool {
    (character.is_alphanumeric() || is_combining(character)) && !stands_alone(character)
}

/// Combining accents belong to the letter before them.
fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

/// Han, kana and Thai: scripts without spaces between words.
fn stands_alone(character: char) -> bool {
    matches!(character,
        '\u{e01}'..='\u{e4e}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        while let Some((start, end)) = self.next_span() {
            self.next = end;
            self.token.position = self.token.position.wrapping_add(1);
            if end - start > WORD_BYTES_MAX {
                continue;
            }
            let Some(word) = self.text.get(start..end) else {
                return false;
            };
            self.token.offset_from = start;
            self.token.offset_to = end;
            self.token.text.clear();
            push_folded(word, &mut self.token.text);
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// Appends `word` in lower case and without accents.
fn push_folded(word: &str, out: &mut String) {
    if word.is_ascii() {
        out.push_str(word);
        out.make_ascii_lowercase();
        return;
    }
    let lower: String = word
        .chars()
        .filter(|c| !is_combining(*c))
        .flat_map(char::to_lowercase)
        .collect();
    if lower.is_ascii() {
        out.push_str(&lower);
    } else {
        out.push_str(&without_accents(&lower));
    }
}

/// Latin letters without their accents; other letters as they are.
fn without_accents(word: &str) -> String {
    #[derive(Clone, Default)]
    struct Whole(Token);
    struct WholeStream<'a>(&'a mut Token, bool);
    impl Tokenizer for Whole {
        type TokenStream<'a> = WholeStream<'a>;
        fn token_stream<'a>(&'a mut self, text: &'a str) -> WholeStream<'a> {
            text.clone_into(&mut self.0.text);
            WholeStream(&mut self.0, false)
        }
    }
    impl TokenStream for WholeStream<'_> {
        fn advance(&mut self) -> bool {
            !std::mem::replace(&mut self.1, true)
        }
        fn token(&self) -> &Token {
            self.0
        }
        fn token_mut(&mut self) -> &mut Token {
            self.0
        }
    }
    let mut analyzer = TextAnalyzer::builder(Whole::default())
        .filter(AsciiFoldingFilter)
        .build();
    let mut stream = analyzer.token_stream(word);
    stream.advance();
    stream.token().text.clone()
}

/// `text` in lower case and without accents, for comparing fields.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_folded(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut tokenizer = WordTokenizer::default();
        let mut stream = tokenizer.token_stream(text);
        let mut out = Vec::new();
        while stream.advance() {
            let token = stream.token();
            assert!(
                text.is_char_boundary(token.offset_from) && text.is_char_boundary(token.offset_to)
            );
            out.push(token.text.clone());
        }
        out
    }

    #[test]
    fn words_are_folded() {
        assert_eq!(
            words("L'Élection de 2017, e-mail!"),
            ["l", "election", "de", "2017", "e", "mail"]
        );
        assert_eq!(words("ПРИВЕТ мир"), ["привет", "мир"]);
        assert_eq!(words("選挙2017年"), ["選", "挙", "2017", "年"]);
        assert_eq!(words("e\u{301}te\u{301}"), ["ete"]);
        assert_eq!(words(&format!("a {} b", "x".repeat(65))), ["a", "b"]);
        assert_eq!(words("ﬁn"), ["fin"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_words_in_order(text in "\\PC{0,200}") {
            words(&text);
        }
    }
}
