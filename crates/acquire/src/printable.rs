//! Names from exhibits as labels: nothing in them may move a cursor or reverse the text.

use std::fmt::Write;

/// Bytes of a label; longer ones are cut.
const LABEL_BYTES_MAX: usize = 4096;

/// The text of some bytes with control characters and marks of text direction replaced by U+FFFD, and bytes that are
/// not UTF-8 written as `\xNN`, so that different names stay different.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let bytes = bytes
        .get(..bytes.len().min(LABEL_BYTES_MAX))
        .unwrap_or_default();
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.extend(
            chunk
                .valid()
                .chars()
                .map(|c| if is_unsafe(c) { '\u{fffd}' } else { c }),
        );
        for byte in chunk.invalid() {
            // Writing to a string does not fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_printable_and_stay_different() {
        assert_eq!(printable(b"a\x1b[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
        assert_eq!(printable("x\u{202e}fdp.exe".as_bytes()), "x\u{fffd}fdp.exe");
        assert_eq!(printable(b"\xe1\xe2"), "\\xe1\\xe2");
        assert_eq!(printable("Пример.eml".as_bytes()), "Пример.eml");
    }
}
