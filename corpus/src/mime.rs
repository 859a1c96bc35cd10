//! Header fields and MIME bodies as bytes: folding, encoded words, transfer encodings, multiparts.

use base64_simd::STANDARD;
use bytes::Bytes;

/// A message in the making: fields from top to bottom, each with its folds and without its last line end; the body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mail {
    pub(crate) head: Vec<Field>,
    pub(crate) body: Bytes,
}

/// One header field. `value` begins right after `Name: ` and holds its folds.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Field {
    pub(crate) fn new(name: &str, value: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            value: value.into(),
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The field as it stands in the message, without its last line end.
    pub(crate) fn line(&self) -> String {
        format!("{}: {}", self.name, self.value)
    }
}

impl Mail {
    /// Puts fields on top, in the order given, as each server does.
    pub(crate) fn prepend(&mut self, fields: Vec<Field>) {
        self.head.splice(0..0, fields);
    }

    /// Replaces the value of the first field of this name.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        if let Some(field) = self.head.iter_mut().find(|field| field.is(name)) {
            field.value = value.into();
        }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.head
            .iter()
            .find(|field| field.is(name))
            .map(|field| field.value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The whole message, lines ended by CRLF.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let head: usize = self
            .head
            .iter()
            .map(|field| field.name.len() + field.value.len() + 4)
            .sum();
        let mut bytes = Vec::with_capacity(head + 2 + self.body.len());
        for field in &self.head {
            bytes.extend_from_slice(field.line().as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A node of the MIME tree: its fields and its content.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) head: Vec<Field>,
    pub(crate) content: Content,
}

/// The content of a node, encoded for transfer.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// A part, lines ended by CRLF.
    Leaf(Vec<u8>),
    /// A multipart.
    Multipart {
        boundary: String,
        /// What stands before the first boundary, its line ends included.
        preamble: &'static str,
        nodes: Vec<Node>,
    },
}

impl Node {
    /// The body of this node as bytes.
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        match &self.content {
            Content::Leaf(leaf) => bytes.extend_from_slice(leaf),
            Content::Multipart {
                boundary,
                preamble,
                nodes,
            } => {
                bytes.extend_from_slice(preamble.as_bytes());
                for node in nodes {
                    bytes.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                    for field in &node.head {
                        bytes.extend_from_slice(field.line().as_bytes());
                        bytes.extend_from_slice(b"\r\n");
                    }
                    bytes.extend_from_slice(b"\r\n");
                    node.write(bytes);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            }
        }
    }
}

/// The character sets that the clients of the corpus write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Latin1,
}

impl Charset {
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Latin1 => text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect(),
        }
    }
}

/// Text with CRLF line ends.
pub(crate) fn with_crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// Base64 in lines of 76 characters (RFC 2045, section 6.8), without a last line end.
pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    let encoded = STANDARD.encode_to_string(bytes);
    let mut lines = Vec::with_capacity(encoded.len() + encoded.len() / 38 + 2);
    for (number, line) in encoded.as_bytes().chunks(76).enumerate() {
        if number > 0 {
            lines.extend_from_slice(b"\r\n");
        }
        lines.extend_from_slice(line);
    }
    lines
}

/// Quoted-printable (RFC 2045, section 6.7) of text with LF line ends; lines of at most 76 characters.
pub(crate) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if number > 0 {
            encoded.extend_from_slice(b"\r\n");
        }
        quoted_printable_line(line, &mut encoded);
    }
    encoded
}

fn quoted_printable_line(line: &[u8], encoded: &mut Vec<u8>) {
    let mut width = 0;
    for (position, byte) in line.iter().enumerate() {
        let last = position + 1 == line.len();
        let plain =
            matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !last);
        let size = if plain { 1 } else { 3 };
        if width + size > 75 {
            encoded.extend_from_slice(b"=\r\n");
            width = 0;
        }
        if plain {
            encoded.push(*byte);
        } else {
            encoded.extend_from_slice(format!("={byte:02X}").as_bytes());
        }
        width += size;
    }
}

/// Words for a header (RFC 2047): as they stand where they are ASCII, else as `Q` encoded words, folded.
pub(crate) fn header_words(text: &str, charset: Charset, label: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for character in text.chars() {
        let piece = encoded_character(character, charset);
        if words
            .last()
            .is_some_and(|word| word.len() + piece.len() > 50)
        {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push_str(&piece);
        }
    }
    let words: Vec<_> = words
        .iter()
        .map(|word| format!("=?{label}?Q?{word}?="))
        .collect();
    words.join("\r\n ")
}

fn encoded_character(character: char, charset: Charset) -> String {
    match character {
        ' ' => "_".to_owned(),
        'a'..='z' | 'A'..='Z' | '0'..='9' => character.to_string(),
        _ => {
            let bytes = charset.encode(&character.to_string());
            bytes
                .iter()
                .fold(String::new(), |piece, byte| format!("{piece}={byte:02X}"))
        }
    }
}

/// Text of at most `width` columns a line, broken at spaces; lines that quote stay as they are.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| wrap_line(line, width))
        .collect();
    lines.join("\n")
}

fn wrap_line(line: &str, width: usize) -> String {
    if line.starts_with('>') || line.chars().count() <= width {
        return line.to_owned();
    }
    let mut wrapped = String::new();
    let mut column = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            wrapped.push('\n');
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped
}

/// Text for HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
