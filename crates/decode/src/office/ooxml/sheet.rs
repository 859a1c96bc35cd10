//! Workbooks (ISO/IEC 29500-1, clause 18): names of sheets, and the cells as lines of values with tabs between them.
//!
//! Numbers and dates are given as stored: formats are not applied.

use super::super::limits;
use super::super::xml::{Token, Tokens};
use crate::document::limits::VALUES_MAX;
use crate::document::{DecodedDocument, TextSink};

/// The strings that cells refer to by number: one text, and where each of them ends.
#[derive(Debug, Default)]
pub(super) struct SharedStrings {
    text: String,
    ends: Vec<usize>,
}

impl SharedStrings {
    /// Reads the part.
    pub(super) fn read(part: &str, decoded: &mut DecodedDocument) -> Self {
        let mut strings = Self::default();
        let mut in_text = false;
        let mut in_phonetic = false;
        for token in Tokens::new(part) {
            match token {
                Token::Open(element) => match element.name() {
                    "t" => in_text = !in_phonetic,
                    "rPh" => in_phonetic = true,
                    _ => {}
                },
                Token::Close(closed) => match closed.name() {
                    "t" => in_text = false,
                    "rPh" => in_phonetic = false,
                    "si" => strings.ends.push(strings.text.len()),
                    _ => {}
                },
                Token::Text(words) if in_text => strings.text.push_str(&words),
                Token::Text(_) => {}
            }
            if strings.ends.len() >= limits::SHARED_STRINGS_MAX {
                decoded.cut(format!(
                    "the workbook has more than {} strings; the rest is not read",
                    limits::SHARED_STRINGS_MAX
                ));
                break;
            }
        }
        strings
    }

    fn get(&self, index: &str) -> Option<&str> {
        let index: usize = index.trim().parse().ok()?;
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }
}

/// Names of the sheets of a workbook part, in order.
pub(super) fn names(part: &str) -> Vec<String> {
    let names = Tokens::new(part).filter_map(|token| match token {
        Token::Open(element) if element.name() == "sheet" => element.attribute("name"),
        _ => None,
    });
    names.take(VALUES_MAX).collect()
}

/// Adds the values of a sheet: a line for each row, a tab between cells.
pub(super) fn read(part: &str, strings: &SharedStrings, text: &mut TextSink) {
    let mut cell_is_shared = false;
    let mut row_has_cells = false;
    let mut in_value = false;
    for token in Tokens::new(part) {
        match token {
            Token::Open(element) => match element.name() {
                "row" => row_has_cells = false,
                "c" => cell_is_shared = element.attribute("t").as_deref() == Some("s"),
                "v" | "t" => {
                    in_value = true;
                    if row_has_cells {
                        text.push("\t");
                    }
                    row_has_cells = true;
                }
                _ => {}
            },
            Token::Close(closed) => match closed.name() {
                "v" | "t" => in_value = false,
                "row" => text.end_line(),
                _ => {}
            },
            Token::Text(value) if in_value => {
                let shared = if cell_is_shared {
                    strings.get(&value)
                } else {
                    None
                };
                text.push(shared.unwrap_or(&value));
            }
            Token::Text(_) => {}
        }
        if text.is_full() {
            return;
        }
    }
    text.end_line();
}
