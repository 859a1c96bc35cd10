//! Transfer encodings (RFC 2045, section 6), undone and made again as other programs would have made them.

use base64_simd::{STANDARD, forgiving_decode_to_vec};

/// The transfer encodings that a text may have had before it was encoded anew.
pub(crate) const TRANSFER_ENCODINGS: [&str; 4] = ["7bit", "8bit", "quoted-printable", "base64"];

/// A text, encoded for transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Coded {
    /// What `Content-Transfer-Encoding` says.
    pub(super) word: &'static str,
    /// Which of the encoders that write this encoding made it: a program uses one for all its texts.
    pub(super) maker: usize,
    /// The content.
    pub(super) bytes: Vec<u8>,
}

/// How a program breaks lines of quoted-printable and what it encodes beyond need.
#[derive(Debug, Clone, Copy)]
struct Printable {
    /// Characters of a line before the soft line break, which comes where the next does not fit.
    columns_max: usize,
    /// Whether the last character of a line may stand where the soft line break would.
    fills_last: bool,
    /// Whether a line breaks as soon as it is this long, whatever follows.
    breaks_at: Option<usize>,
    /// Whether the bytes of one UTF-8 character stay on one line, as PHP estimates it.
    keeps_characters: bool,
    /// Whether `From ` and `.` at the start of a line are encoded.
    encodes_from: bool,
}

const PLAIN: Printable = Printable {
    columns_max: 75,
    fills_last: false,
    breaks_at: None,
    keeps_characters: false,
    encodes_from: false,
};

/// The encoders of common programs, the most common first: Java and most clients; Python's `email` and Perl's
/// `MIME::QuotedPrint`; PHP's `quoted_printable_encode`; those that guard `From ` and `.` against mailboxes and
/// transport (Apple Mail); Mozilla.
const PRINTABLES: [Printable; 5] = [
    PLAIN,
    Printable {
        fills_last: true,
        ..PLAIN
    },
    Printable {
        keeps_characters: true,
        ..PLAIN
    },
    Printable {
        encodes_from: true,
        ..PLAIN
    },
    Printable {
        breaks_at: Some(73),
        encodes_from: true,
        ..PLAIN
    },
];

/// Characters of a line of base64; 76 is the most (RFC 2045, section 6.8), and nearly all programs fill it.
const BASE64_WIDTHS: [usize; 4] = [76, 72, 64, 60];

/// Characters of a line of text that needs no encoding (RFC 5322, section 2.1.1).
const LINE_OCTETS_MAX: usize = 998;

/// The same text in each encoding that a program may have given it. `text` has CR LF.
pub(super) fn encodings(text: &[u8]) -> Vec<Coded> {
    let mut found = Vec::new();
    if is_sendable(text) {
        found.push(Coded {
            word: if text.is_ascii() { "7bit" } else { "8bit" },
            maker: 0,
            bytes: text.to_vec(),
        });
    }
    let printables = PRINTABLES.iter().enumerate();
    found.extend(printables.map(|(maker, printable)| Coded {
        word: "quoted-printable",
        maker,
        bytes: printable.encoded(text),
    }));
    let widths = BASE64_WIDTHS.iter().map(|&width| base64(text, width));
    let with_line_feeds: Vec<u8> = text.iter().copied().filter(|&byte| byte != b'\r').collect();
    let all = widths.chain(std::iter::once(base64(&with_line_feeds, BASE64_WIDTHS[0])));
    found.extend(all.enumerate().map(|(maker, bytes)| Coded {
        word: "base64",
        maker,
        bytes,
    }));
    found
}

fn is_sendable(text: &[u8]) -> bool {
    !text.contains(&0)
        && text
            .split(|&byte| byte == b'\n')
            .all(|line| line.len() <= LINE_OCTETS_MAX)
}

/// Base64 in lines of other widths than it has now; the content as it stands has to be whole base64.
pub(super) fn rewrapped(content: &[u8]) -> Option<Vec<Vec<u8>>> {
    let decoded = forgiving_decode_to_vec(content).ok()?;
    let ends = content.ends_with(b"\n");
    let wrapped = BASE64_WIDTHS.map(|width| {
        let mut bytes = base64(&decoded, width);
        if ends {
            bytes.extend_from_slice(b"\r\n");
        }
        bytes
    });
    Some(wrapped.to_vec())
}

fn base64(bytes: &[u8], width: usize) -> Vec<u8> {
    let encoded = STANDARD.encode_to_string(bytes);
    let lines: Vec<&[u8]> = encoded.as_bytes().chunks(width).collect();
    lines.join(&b"\r\n"[..])
}

/// The text of a content in base64, with CR LF.
pub(super) fn from_base64(content: &[u8]) -> Option<Vec<u8>> {
    forgiving_decode_to_vec(content)
        .ok()
        .map(|text| with_crlf(&text))
}

/// The text of a content in quoted-printable, with CR LF.
pub(super) fn from_quoted_printable(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    for line in content.split_inclusive(|&byte| byte == b'\n') {
        let words = line.trim_ascii_end();
        if let Some(soft) = words.strip_suffix(b"=") {
            decode_line(soft, &mut out);
        } else {
            decode_line(words, &mut out);
            if line.ends_with(b"\n") {
                out.extend_from_slice(b"\r\n");
            }
        }
    }
    out
}

fn decode_line(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| byte == b'=');
        let code = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(code.unwrap_or(byte));
        rest = if code.is_some() {
            after.get(2..).unwrap_or_default()
        } else {
            after
        };
    }
}

/// Text with CR LF for bare line feeds.
pub(super) fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 32);
    for &byte in text {
        if byte == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

impl Printable {
    fn encoded(self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + text.len() / 8);
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let words = line.strip_suffix(b"\n").unwrap_or(line);
            let words = words.strip_suffix(b"\r").unwrap_or(words);
            self.line(words, &mut out);
            if words.len() < line.len() {
                out.extend_from_slice(b"\r\n");
            }
        }
        out
    }

    fn line(self, line: &[u8], out: &mut Vec<u8>) {
        let mut column = 0;
        for (at, &byte) in line.iter().enumerate() {
            let is_last = at + 1 == line.len();
            let is_guarded =
                self.encodes_from && at == 0 && (line.starts_with(b"From ") || line == b".");
            let is_plain = !is_guarded
                && (matches!(byte, b'!'..=b'<' | b'>'..=b'~')
                    || matches!(byte, b' ' | b'\t') && !is_last);
            let size = if is_plain { 1 } else { 3 };
            let room = self.columns_max + usize::from(self.fills_last && is_last);
            if column + self.room_for(byte, size) > room {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if is_plain {
                out.push(byte);
            } else {
                out.extend_from_slice(&hexadecimal(byte));
            }
            column += size;
            if self.breaks_at.is_some_and(|most| column >= most) {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
        }
    }

    const fn room_for(self, byte: u8, size: usize) -> usize {
        match byte {
            _ if !self.keeps_characters => size,
            0x80..=0xdf => size + 3,
            0xe0..=0xef => size + 6,
            0xf0..=0xf4 => size + 9,
            _ => size,
        }
    }
}

fn hexadecimal(byte: u8) -> [u8; 3] {
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'A' - 10 };
    [b'=', digit(byte >> 4), digit(byte & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Perl's `MIME::QuotedPrint` makes of lines of 76 and 77 characters and of a space at an end.
    #[test]
    fn quoted_printable_is_that_of_the_programs() {
        let text = format!("{}\r\n{}\r\ntrail \r\n", "a".repeat(76), "b".repeat(77));
        let perl = format!(
            "{}\r\n{}=\r\nbb\r\ntrail=20\r\n",
            "a".repeat(76),
            "b".repeat(75)
        );
        let filling = PRINTABLES[1].encoded(text.as_bytes());
        assert_eq!(String::from_utf8(filling).unwrap(), perl);
        let plain = String::from_utf8(PLAIN.encoded(text.as_bytes())).unwrap();
        assert!(plain.starts_with(&format!("{}=\r\na\r\n", "a".repeat(75))));
        let mozilla = PRINTABLES[4].encoded("From é\r\n.\r\n".as_bytes());
        assert_eq!(mozilla, b"=46rom =C3=A9\r\n=2E\r\n");
        // PHP keeps the two bytes of a character together.
        let php = PRINTABLES[2].encoded(format!("{}é", "x".repeat(70)).as_bytes());
        assert!(php.ends_with(b"=\r\n=C3=A9"));
    }

    #[test]
    fn what_needs_no_encoding_says_so() {
        assert_eq!(encodings(b"Jon,\r\n")[0].word, "7bit");
        assert_eq!(encodings("é".as_bytes())[0].word, "8bit");
        assert_eq!(encodings(&[b'a'; 1000])[0].word, "quoted-printable");
    }

    proptest::proptest! {
        #[test]
        fn every_encoding_reads_the_same(text in "([ -~é\t]{0,90}\r\n){0,5}[ -~é]{0,90}") {
            for coded in encodings(text.as_bytes()) {
                let read = match coded.word {
                    "base64" => from_base64(&coded.bytes).unwrap(),
                    "quoted-printable" => from_quoted_printable(&coded.bytes),
                    _ => coded.bytes.clone(),
                };
                proptest::prop_assert_eq!(String::from_utf8(read).unwrap(), text.clone());
            }
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>) {
            let _ = (from_base64(&bytes), from_quoted_printable(&bytes), rewrapped(&bytes), encodings(&bytes));
        }
    }
}
