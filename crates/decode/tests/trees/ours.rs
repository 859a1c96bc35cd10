//! Our own reading of a message, as lines.

use bytes::Bytes;
use mabillon_case::{HeaderField, Message};
use mabillon_decode::{DecodedMessage, message};

use super::Lines;

/// How one part is written.
pub(crate) trait Shape {
    /// The line of a part: its kind, where its body begins, and its header fields.
    fn line(&self, message: &Message, kind: &str, body: usize, fields: &[&HeaderField]) -> String;
}

/// The lines of a message, with those of the messages that it carries, up to this depth.
pub(crate) fn lines(bytes: Vec<u8>, shape: &dyn Shape) -> Lines {
    let mut lines = Vec::new();
    write(&message(Bytes::from(bytes), None), shape, 0, &mut lines);
    lines
}

fn write(decoded: &DecodedMessage, shape: &dyn Shape, depth: usize, lines: &mut Lines) {
    let message = &decoded.message;
    for (index, part) in message.parts.iter().enumerate() {
        let carried = decoded
            .attached
            .iter()
            .find(|attached| attached.part == index)
            .filter(|_| part.media_type == "message/rfc822");
        let kind = if part.media_type.starts_with("multipart/") && part.boundary.is_some() {
            "multipart"
        } else if carried.is_some() {
            "message"
        } else {
            "leaf"
        };
        let named: Vec<&HeaderField> = part
            .header
            .iter()
            .filter(|field| !field.name.is_empty())
            .collect();
        let at = depth + part.depth as usize;
        let line = shape.line(message, kind, part.body.start, &named);
        lines.push(format!("{}{line}", "  ".repeat(at)));
        if let Some(carried) = carried {
            let inner = mabillon_decode::message(carried.bytes.clone(), None);
            write(&inner, shape, at + 1, lines);
        }
    }
}
