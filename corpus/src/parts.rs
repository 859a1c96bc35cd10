//! How a stored message divides into its leaves, for those who edit or export it: forgers and exporters.

use std::ops::Range;

use base64_simd::forgiving_decode_to_vec;
use bytes::Bytes;

use crate::mime::{Mail, base64};

/// A leaf of the MIME tree of a stored message.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    /// Its header fields as they stand there; those of the message itself where it has no parts.
    pub(crate) head: String,
    /// Where its header fields lie in the body; `None` where it is the whole message.
    head_at: Option<Range<usize>>,
    /// Where its content lies in the body.
    content_at: Range<usize>,
}

impl Leaf {
    pub(crate) fn is(&self, media_type: &str) -> bool {
        self.head
            .to_ascii_lowercase()
            .contains(&format!("content-type: {media_type}"))
    }

    /// The content without its transfer encoding.
    pub(crate) fn decoded(&self, mail: &Mail) -> Vec<u8> {
        let content = mail.body.get(self.content_at.clone()).unwrap_or_default();
        let head = self.head.to_ascii_lowercase();
        if head.contains("content-transfer-encoding: quoted-printable") {
            quoted_printable_decoded(content)
        } else if head.contains("content-transfer-encoding: base64") {
            forgiving_decode_to_vec(content).unwrap_or_default()
        } else {
            content.to_vec()
        }
    }
}

/// The leaves of a message, in their order.
pub(crate) fn leaves(mail: &Mail) -> Vec<Leaf> {
    let top: String = mail
        .head
        .iter()
        .map(|field| field.line() + "\r\n")
        .collect();
    let Some(outer) = boundary_of(&top) else {
        return vec![Leaf {
            head: top,
            head_at: None,
            content_at: 0..mail.body.len(),
        }];
    };
    let mut reader = Reader {
        boundaries: vec![outer],
        state: State::Between,
        leaves: Vec::new(),
    };
    let mut at = 0;
    for line in mail.body.split_inclusive(|byte| *byte == b'\n') {
        reader.line(&mail.body, line, at);
        at += line.len();
    }
    reader.leaves
}

enum State {
    /// Before the first part or behind the last.
    Between,
    Head(usize),
    Content(Leaf),
}

struct Reader {
    boundaries: Vec<String>,
    state: State,
    leaves: Vec<Leaf>,
}

impl Reader {
    fn line(&mut self, body: &[u8], line: &[u8], at: usize) {
        let text = line.trim_ascii_end();
        let delimiter = text.strip_prefix(b"--").filter(|rest| {
            self.boundaries
                .iter()
                .any(|known| rest.starts_with(known.as_bytes()))
        });
        if let Some(rest) = delimiter {
            if let State::Content(mut leaf) = std::mem::replace(&mut self.state, State::Between) {
                leaf.content_at.end = at.saturating_sub(2).max(leaf.content_at.start);
                self.leaves.push(leaf);
            }
            if !rest.ends_with(b"--")
                || self.boundaries.iter().any(|known| known.as_bytes() == rest)
            {
                self.state = State::Head(at + line.len());
            }
        } else if let State::Head(start) = self.state
            && text.is_empty()
        {
            let head =
                String::from_utf8_lossy(body.get(start..at).unwrap_or_default()).into_owned();
            self.state = if let Some(boundary) = boundary_of(&head) {
                self.boundaries.push(boundary);
                State::Between
            } else {
                let content = at + line.len();
                State::Content(Leaf {
                    head,
                    head_at: Some(start..at),
                    content_at: content..content,
                })
            };
        }
    }
}

/// The boundary of a multipart by its header fields.
pub(crate) fn boundary_of(head: &str) -> Option<String> {
    let at = head.to_ascii_lowercase().find("content-type: multipart/")?;
    let (_, rest) = head.get(at..)?.split_once("boundary=")?;
    let rest = rest.strip_prefix('"').unwrap_or(rest);
    let end = rest.find(['"', '\r', ';'])?;
    rest.get(..end).map(str::to_owned)
}

/// The message with other content in some leaves, each encoded as base64. The leaves are in their order.
pub(crate) fn with_base64_contents(mail: &Mail, changed: &[(Leaf, Vec<u8>)]) -> Mail {
    let mut mail = mail.clone();
    let mut body = mail.body.to_vec();
    for (leaf, content) in changed.iter().rev() {
        body.splice(leaf.content_at.clone(), base64(content));
        if let Some(place) = &leaf.head_at {
            body.splice(place.clone(), in_base64(&leaf.head).into_bytes());
        } else {
            mail.head
                .retain(|field| !field.is("Content-Transfer-Encoding"));
            mail.head.push(crate::mime::Field::new(
                "Content-Transfer-Encoding",
                "base64",
            ));
            body.extend_from_slice(b"\r\n");
        }
    }
    mail.body = Bytes::from(body);
    mail
}

fn in_base64(head: &str) -> String {
    let mut lines: Vec<&str> = head
        .lines()
        .filter(|line| {
            !line
                .to_ascii_lowercase()
                .starts_with("content-transfer-encoding:")
        })
        .collect();
    lines.push("Content-Transfer-Encoding: base64");
    lines.join("\r\n") + "\r\n"
}

/// Quoted-printable undone (RFC 2045, section 6.7).
pub(crate) fn quoted_printable_decoded(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'=' {
            decoded.push(*first);
        } else if let Some(after) = tail.strip_prefix(b"\r\n") {
            rest = after;
        } else if let Some(after) = tail.strip_prefix(b"\n") {
            rest = after;
        } else if let Some((byte, after)) = hexadecimal(tail) {
            decoded.push(byte);
            rest = after;
        }
    }
    decoded
}

fn hexadecimal(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(2)?;
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, 16).ok().map(|byte| (byte, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mime::Field;

    fn mail() -> Mail {
        let body = "--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\
                    Content-Transfer-Encoding: quoted-printable\r\n\r\n50 000=\r\n euros, =C3=A9\r\n--b--\r\n--a\r\n\
                    Content-Type: text/html\r\n\r\n<p>\r\n--a--\r\n";
        Mail {
            head: vec![Field::new(
                "Content-Type",
                "multipart/mixed; boundary=\"a\"",
            )],
            body: Bytes::from(body),
        }
    }

    #[test]
    fn leaves_are_found_at_every_depth() {
        let mail = mail();
        let leaves = leaves(&mail);
        assert_eq!(leaves.len(), 2);
        assert_eq!(leaves[0].decoded(&mail), "50 000 euros, \u{e9}".as_bytes());
        assert!(leaves[1].is("text/html"));
    }

    #[test]
    fn what_is_encoded_again_reads_the_same() {
        let mail = mail();
        let changed: Vec<_> = leaves(&mail)
            .into_iter()
            .map(|leaf| (leaf.clone(), leaf.decoded(&mail)))
            .collect();
        let again = with_base64_contents(&mail, &changed);
        let contents: Vec<_> = leaves(&again)
            .iter()
            .map(|leaf| leaf.decoded(&again))
            .collect();
        assert_eq!(
            contents,
            changed
                .into_iter()
                .map(|(_, content)| content)
                .collect::<Vec<_>>()
        );
    }
}
