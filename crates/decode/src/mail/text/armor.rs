//! OpenPGP blocks in the text of a body (RFC 9580, sections 6 and 7), as they are hashed: before any charset.

use mabillon_case::{ArmorKind, Armored, Part};
use mabillon_signed::{Block, blocks, cleartext};
use memchr::memmem;

use super::super::limits::AROUND_BLOCK_CHARS_MAX;
use super::super::warnings::Warnings;
use super::decoded;

/// Whether a text may hold a block.
pub(super) fn is_in(text: &str) -> bool {
    memmem::find(text.as_bytes(), b"-----BEGIN PGP ").is_some()
}

/// The blocks in the plain text of these parts.
pub(super) fn armored(raw: &[u8], parts: &[Part], indices: &[usize]) -> Vec<Armored> {
    let plain = indices
        .iter()
        .filter_map(|&index| Some((index, parts.get(index)?)))
        .filter(|(_, part)| part.media_type != "text/html");
    let mut found = Vec::new();
    for (index, part) in plain {
        // What is odd about the encoding was said when the text was read.
        let (decoded, _) = decoded(raw, part, &mut Warnings::default());
        let in_part = blocks(&decoded);
        found.extend(in_part.into_iter().map(|block| Armored {
            part: index,
            kind: block.kind,
            signed_text: match block.kind {
                ArmorKind::SignedText => cleartext(block.text.of(&decoded)),
                _ => Vec::new(),
            },
            around: around(&decoded, &block),
            packets: block.packets,
        }));
    }
    found
}

/// What stands before and behind a block, in one line.
fn around(text: &[u8], block: &Block) -> String {
    let before = text.get(..block.span.start).unwrap_or_default();
    let behind = text.get(block.span.end..).unwrap_or_default();
    let both = [
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(behind),
    ];
    let words: Vec<&str> = both
        .iter()
        .flat_map(|text| text.split_whitespace())
        .collect();
    words
        .join(" ")
        .chars()
        .take(AROUND_BLOCK_CHARS_MAX)
        .collect()
}
