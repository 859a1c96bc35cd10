//! Text in paragraphs: `WordprocessingML` (ISO/IEC 29500-1, clause 17) and `DrawingML` (clause 21), which name their
//! paragraphs, texts, tabs and breaks alike.

use super::super::xml::{Element, Token, Tokens};
use crate::document::{DecodedDocument, TextSink};

/// Adds the text of a part and the languages it names.
///
/// Deleted text of tracked changes is not shown by default and not read; neither is the fallback rendering of
/// alternate content, which would give the same words twice.
pub(super) fn read(name: &str, part: &str, text: &mut TextSink, decoded: &mut DecodedDocument) {
    let mut in_text = false;
    let mut fallback_depth: usize = 0;
    text.end_line();
    let mut tokens = Tokens::new(part);
    for token in tokens.by_ref() {
        match token {
            Token::Open(element) => match element.name() {
                "Fallback" => fallback_depth += 1,
                _ if fallback_depth > 0 => {}
                "t" => in_text = true,
                "tab" if !is_tab_stop(&element) => text.push("\t"),
                "br" | "cr" => text.push("\n"),
                "noBreakHyphen" => text.push("-"),
                "lang" | "rPr" => note_language(&element, decoded),
                _ => {}
            },
            Token::Close(closed) => match closed.name() {
                "Fallback" => fallback_depth = fallback_depth.saturating_sub(1),
                "t" => in_text = false,
                "p" | "comment" if fallback_depth == 0 => text.end_line(),
                _ => {}
            },
            Token::Text(words) => {
                if in_text && fallback_depth == 0 {
                    text.push(&words);
                }
            }
        }
        if text.is_full() {
            return;
        }
    }
    if tokens.is_damaged() {
        decoded.cut(format!(
            "the part {name} is not well-formed XML; only its beginning is read"
        ));
    }
}

/// Adds the languages that settings and styles name.
pub(super) fn languages(part: &str, decoded: &mut DecodedDocument) {
    for token in Tokens::new(part) {
        if let Token::Open(element) = token
            && matches!(element.name(), "lang" | "themeFontLang")
        {
            note_language(&element, decoded);
        }
    }
}

/// `w:lang w:val` and `a:rPr lang`. The values for East Asian and right-to-left scripts are defaults that even
/// documents without a word of them carry, so they are not taken.
fn note_language(element: &Element<'_>, decoded: &mut DecodedDocument) {
    let attribute = if element.name() == "rPr" {
        "lang"
    } else {
        "val"
    };
    if let Some(tag) = element.attribute(attribute) {
        decoded.add_language(&tag);
    }
}

/// A tab stop of a paragraph's properties has a position or a kind; a tab in the text has neither.
fn is_tab_stop(element: &Element<'_>) -> bool {
    element.attribute("pos").is_some() || element.attribute("val").is_some()
}
