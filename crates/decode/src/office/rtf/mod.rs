//! Rich Text Format (Microsoft, version 1.9.1): the information group, code page and language, and the text.

use bytes::Bytes;
use mabillon_case::DocumentFormat;

use super::limits;
use crate::document::DecodedDocument;

mod reader;
mod tokens;

use reader::Reader;
use tokens::{Token, Tokens};

/// Reads a file.
pub(crate) fn decode(bytes: &Bytes) -> DecodedDocument {
    let mut reader = Reader::default();
    reader.decoded = DecodedDocument::new(DocumentFormat::Rtf, "application/rtf");
    let mut tokens = Tokens::new(bytes);
    while let Some(token) = tokens.next() {
        match token {
            Token::Open if !reader.open_group() => {
                reader.decoded.cut(format!(
                    "groups are nested deeper than {}; the rest is not read",
                    limits::RTF_DEPTH_MAX
                ));
                break;
            }
            Token::Open => {}
            Token::Close => reader.close_group(),
            Token::Star => reader.star(),
            Token::Word("bin", length) => tokens.skip(length.unwrap_or(0)),
            Token::Word(word, number) => reader.word(word, number),
            Token::Byte(byte) => reader.byte(byte),
        }
    }
    reader.finish()
}
