//! Text of binary presentations: the text atoms of the document stream, in file order (MS-PPT 2.9.42, 2.9.43).

use crate::document::limits::TEXT_BYTES_MAX;
use crate::document::{DecodedDocument, TextSink};
use crate::little_endian::{u16_at, usize_at};
use mabillon_compound::Compound;

/// Text in UTF-16.
const TEXT_CHARS: u16 = 0x0fa0;
/// Text of which each byte is the low half of a UTF-16 unit.
const TEXT_BYTES: u16 = 0x0fa8;
/// Names and other strings; only some are shown.
const MAIN_MASTER: u16 = 0x03f8;

/// Version nibble of a record that holds records.
const CONTAINER: u16 = 0xf;
const HEADER_BYTES: usize = 8;

/// Reads the text.
pub(super) fn read(compound: &Compound<'_>, decoded: &mut DecodedDocument) {
    let Some(stream) = compound.stream("PowerPoint Document", 4 * TEXT_BYTES_MAX) else {
        return;
    };
    let mut text = TextSink::default();
    let mut at = 0;
    while let (Some(version), Some(kind), Some(n_bytes)) = (
        u16_at(&stream, at),
        u16_at(&stream, at + 2),
        usize_at(&stream, at + 4),
    ) {
        let start = at + HEADER_BYTES;
        let end = start.saturating_add(n_bytes);
        // The placeholders of masters ("Click to edit") are not shown.
        if version & 0xf == CONTAINER && kind != MAIN_MASTER {
            at = start;
            continue;
        }
        let raw = stream.get(start..end).unwrap_or_default();
        match kind {
            TEXT_CHARS => push(encoding_rs::UTF_16LE, raw, &mut text),
            TEXT_BYTES => push(encoding_rs::WINDOWS_1252, raw, &mut text),
            _ => {}
        }
        at = end;
    }
    decoded.take_text(text);
}

fn push(encoding: &'static encoding_rs::Encoding, raw: &[u8], text: &mut TextSink) {
    let shown = encoding.decode_without_bom_handling(raw).0;
    text.push(&shown.replace(['\r', '\u{b}'], "\n"));
    text.end_line();
}
