//! Text of binary Word documents: the piece table (MS-DOC 2.4.1, 2.8.35, 2.9.177).
//!
//! All parts of the document are read as one: body, footnotes, headers, comments. Field instructions are left out.

use crate::document::limits::TEXT_BYTES_MAX;
use crate::document::{DecodedDocument, TextSink};
use crate::little_endian::{u16_at, usize_at};
use mabillon_compound::Compound;

/// Version of the file format from which there is a piece table in this place (Word 97).
const N_FIB_WORD_97: u16 = 0x00c1;

/// Field marks (MS-DOC 2.4.3, special characters).
const FIELD_BEGIN: char = '\u{13}';
const FIELD_RESULT: char = '\u{14}';
const FIELD_END: char = '\u{15}';

const ENCRYPTED: &str = "the document is encrypted; its text is not read";

/// Reads the text.
pub(super) fn read(compound: &Compound<'_>, decoded: &mut DecodedDocument) {
    // A character takes at most two bytes.
    let Some(stream) = compound.stream("WordDocument", 2 * TEXT_BYTES_MAX) else {
        return;
    };
    let mut text = TextSink::default();
    match pieces(&stream, compound) {
        Ok(pieces) => {
            let mut fields = Fields::default();
            // Pieces that claim more than there is could name the same bytes again and again.
            let mut n_bytes_left = stream.len().saturating_mul(2);
            for piece in pieces {
                let Some(left) = n_bytes_left.checked_sub(piece.n_chars) else {
                    decoded.cut(
                        "the pieces of this Word document overlap; only the first of them are read",
                    );
                    break;
                };
                n_bytes_left = left;
                piece.add_to(&stream, &mut fields, &mut text);
            }
            decoded.take_text(text);
        }
        Err(ENCRYPTED) => decoded.cut(ENCRYPTED),
        Err(reason) => decoded.warn("text-not-read", reason),
    }
}

/// A run of characters in the stream.
struct Piece {
    start: usize,
    n_chars: usize,
    /// One byte a character, in windows-1252; else UTF-16.
    is_compressed: bool,
}

fn pieces(stream: &[u8], compound: &Compound<'_>) -> Result<Vec<Piece>, &'static str> {
    const DAMAGED: &str = "the text of this Word document is not read: its piece table is damaged";
    let flags = u16_at(stream, 10).ok_or(DAMAGED)?;
    if u16_at(stream, 2).ok_or(DAMAGED)? < N_FIB_WORD_97 {
        return Err("text of Word documents before Word 97 is not read");
    }
    if flags & 0x0100 != 0 {
        return Err(ENCRYPTED);
    }
    let table_name = if flags & 0x0200 == 0 {
        "0Table"
    } else {
        "1Table"
    };
    let table = compound.stream(table_name, TEXT_BYTES_MAX).ok_or(DAMAGED)?;
    let start = usize_at(stream, 0x01a2).ok_or(DAMAGED)?;
    let n_bytes = usize_at(stream, 0x01a6).ok_or(DAMAGED)?;
    let end = start.checked_add(n_bytes).ok_or(DAMAGED)?;
    let clx = table.get(start..end).ok_or(DAMAGED)?;
    piece_table(clx).ok_or(DAMAGED)
}

/// The pieces of a `Clx`: property modifiers (kind 1) are passed over, then comes the table (kind 2).
fn piece_table(mut clx: &[u8]) -> Option<Vec<Piece>> {
    loop {
        match clx.split_first()? {
            (1, rest) => clx = rest.get(2 + usize::from(u16_at(rest, 0)?)..)?,
            (2, rest) => return plc(rest.get(4..)?.get(..usize_at(rest, 0)?)?),
            _ => return None,
        }
    }
}

/// `PlcPcd`: n + 1 character positions of four bytes, then n descriptors of eight.
fn plc(table: &[u8]) -> Option<Vec<Piece>> {
    let n_pieces = table.len().checked_sub(4)? / 12;
    let descriptors = 4 * (n_pieces + 1);
    let pieces = (0..n_pieces).map_while(|index| {
        let from = usize_at(table, 4 * index)?;
        let to = usize_at(table, 4 * (index + 1))?;
        let place = usize_at(table, descriptors + 8 * index + 2)?;
        let is_compressed = place & 0x4000_0000 != 0;
        let place = place & 0x3fff_ffff;
        Some(Piece {
            start: if is_compressed { place / 2 } else { place },
            n_chars: to.checked_sub(from)?,
            is_compressed,
        })
    });
    Some(pieces.collect())
}

impl Piece {
    fn add_to(&self, stream: &[u8], fields: &mut Fields, text: &mut TextSink) {
        let width = if self.is_compressed { 1 } else { 2 };
        let Some(rest) = stream.get(self.start..) else {
            return;
        };
        let raw = rest
            .get(..self.n_chars.saturating_mul(width))
            .unwrap_or(rest);
        let encoding = if self.is_compressed {
            encoding_rs::WINDOWS_1252
        } else {
            encoding_rs::UTF_16LE
        };
        for c in encoding.decode_without_bom_handling(raw).0.chars() {
            fields.see(c, text);
            if text.is_full() {
                return;
            }
        }
    }
}

/// How deep in fields we are, and for each whether its result has begun.
#[derive(Default)]
struct Fields {
    open: Vec<bool>,
}

impl Fields {
    const DEPTH_MAX: usize = 64;

    fn see(&mut self, c: char, text: &mut TextSink) {
        match c {
            FIELD_BEGIN if self.open.len() < Self::DEPTH_MAX => self.open.push(false),
            FIELD_RESULT => {
                if let Some(result_begun) = self.open.last_mut() {
                    *result_begun = true;
                }
            }
            FIELD_END => {
                self.open.pop();
            }
            _ if self.open.contains(&false) => {}
            '\r' | '\u{b}' | '\u{c}' => text.push("\n"),
            // 7 is the end of a table cell.
            '\u{7}' | '\t' => text.push("\t"),
            '\u{1e}' => text.push("-"),
            c if c.is_control() => {}
            c => text.push_char(c),
        }
    }
}
