//! Plain text and HTML: no properties, only text.

use bytes::Bytes;
use mabillon_case::DocumentFormat;

use crate::mail::text::html::append_text;

use super::{DecodedDocument, TextSink, limits};

/// Reads a plain text file.
pub(super) fn text(bytes: &Bytes) -> DecodedDocument {
    let mut decoded = DecodedDocument::new(DocumentFormat::Text, "text/plain");
    let words = characters(bytes, &mut decoded);
    let mut sink = TextSink::default();
    push_lines(&words, &mut sink);
    decoded.take_text(sink);
    decoded
}

/// Reads an HTML file as a reader sees it.
pub(super) fn html(bytes: &Bytes) -> DecodedDocument {
    let mut decoded = DecodedDocument::new(DocumentFormat::Text, "text/html");
    let words = characters(bytes, &mut decoded);
    let mut text = String::new();
    let is_whole = append_text(&words, limits::TEXT_BYTES_MAX, &mut text);
    let mut sink = TextSink::default();
    sink.push(&text);
    if !is_whole {
        sink.fill();
    }
    decoded.take_text(sink);
    decoded
}

/// The source of an HTML file, in the characters that [`html`] reads.
pub(crate) fn html_source(bytes: &[u8]) -> String {
    characters(
        bytes,
        &mut DecodedDocument::new(DocumentFormat::Text, "text/html"),
    )
}

/// Adds text piece by piece, so that a text above the limit gives its beginning, with `\n` as the only line end.
fn push_lines(words: &str, sink: &mut TextSink) {
    for line in words.split_inclusive('\n') {
        sink.push(line.trim_end_matches(['\r', '\n']));
        sink.push("\n");
    }
}

/// The characters of a text of unknown charset: by its byte order mark, else UTF-8 where valid, else windows-1252.
fn characters(bytes: &[u8], decoded: &mut DecodedDocument) -> String {
    let head = if bytes.len() > limits::PLAIN_BYTES_MAX {
        decoded.cut(format!(
            "the file is larger than {} MiB; only its beginning is read",
            limits::PLAIN_BYTES_MAX >> 20
        ));
        bytes.get(..limits::PLAIN_BYTES_MAX).unwrap_or(bytes)
    } else {
        bytes
    };
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(head) {
        return encoding.decode(head).0.into_owned();
    }
    if let Ok(words) = std::str::from_utf8(head) {
        return words.to_owned();
    }
    decoded.warn(
        "charset-guessed",
        "the text is neither marked nor UTF-8; it is read as windows-1252",
    );
    encoding_rs::WINDOWS_1252.decode(head).0.into_owned()
}
