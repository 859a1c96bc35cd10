//! Encoded words in header text (RFC 2047): `=?utf-8?q?caf=C3=A9?=`.

use memchr::memmem;

use super::charset;
use super::limits::ENCODED_WORD_BYTES_MAX;
use super::transfer::{self, hex_digit};
use super::warnings::Warnings;

/// One encoded word, still in its charset.
struct EncodedWord<'a> {
    charset: &'a [u8],
    bytes: Vec<u8>,
    /// Its length as written.
    length: usize,
}

/// Header text as a reader sees it: unfolded, encoded words decoded, raw bytes read as UTF-8 or else windows-1252.
///
/// White space between two encoded words is not shown. Neighbouring words of one charset are decoded together, because
/// writers cut characters of several bytes in two.
pub(super) fn decode(raw: &[u8], warnings: &mut Warnings) -> String {
    let unfolded = unfold(raw);
    let mut out = String::with_capacity(unfolded.len());
    let mut rest: &[u8] = &unfolded;
    let mut run: Option<(Vec<u8>, Vec<u8>)> = None;
    while let Some(at) = memmem::find(rest, b"=?") {
        let (before, from_word) = rest.split_at_checked(at).unwrap_or_default();
        let Some(word) = read(from_word, warnings) else {
            let (text, after) = rest.split_at_checked(at + 2).unwrap_or_default();
            flush(&mut run, &mut out, warnings);
            out.push_str(&charset::guess(text));
            rest = after;
            continue;
        };
        rest = from_word.get(word.length..).unwrap_or_default();
        let continues = run.is_some() && before.trim_ascii().is_empty();
        match &mut run {
            Some((charset, bytes)) if continues && charset.eq_ignore_ascii_case(word.charset) => {
                bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                flush(&mut run, &mut out, warnings);
                if !continues {
                    out.push_str(&charset::guess(before));
                }
                run = Some((word.charset.to_vec(), word.bytes));
            }
        }
    }
    flush(&mut run, &mut out, warnings);
    out.push_str(&charset::guess(rest));
    out
}

/// Length of the encoded word that starts here, if one does; it may hold characters that otherwise separate.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    parse(bytes).map(|word| word.length)
}

fn flush(run: &mut Option<(Vec<u8>, Vec<u8>)>, out: &mut String, warnings: &mut Warnings) {
    if let Some((charset, bytes)) = run.take() {
        let label = String::from_utf8_lossy(&charset);
        out.push_str(&charset::decode(&bytes, Some(&label), warnings));
    }
}

/// An encoded word as it is written.
struct Written<'a> {
    charset: &'a [u8],
    encoding: u8,
    text: &'a [u8],
    length: usize,
}

fn parse(bytes: &[u8]) -> Option<Written<'_>> {
    let bytes = bytes
        .get(..bytes.len().min(ENCODED_WORD_BYTES_MAX))?
        .strip_prefix(b"=?")?;
    // A charset name is short: looking no further keeps a flood of `=?` cheap.
    let name_end = bytes.iter().take(64).position(|&b| b == b'?')?;
    let name = bytes.get(..name_end)?;
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let [encoding, b'?', text @ ..] = bytes.get(name_end + 1..)? else {
        return None;
    };
    if !matches!(encoding, b'q' | b'Q' | b'b' | b'B') {
        return None;
    }
    let text = text.get(..memmem::find(text, b"?=")?)?;
    Some(Written {
        // RFC 2231, section 5: a language may follow the charset.
        charset: name.split(|&b| b == b'*').next()?,
        encoding: *encoding,
        text,
        length: 2 + name_end + 3 + text.len() + 2,
    })
}

fn read<'a>(bytes: &'a [u8], warnings: &mut Warnings) -> Option<EncodedWord<'a>> {
    let word = parse(bytes)?;
    let decoded = match word.encoding {
        b'b' | b'B' => transfer::base64(word.text, warnings),
        _ => q_decode(word.text),
    };
    Some(EncodedWord {
        charset: word.charset,
        bytes: decoded,
        length: word.length,
    })
}

/// The Q encoding (RFC 2047, section 4.2).
fn q_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'_', _) => out.push(b' '),
            (b'=', &[high, low, ref after @ ..]) => match (hex_digit(high), hex_digit(low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => out.push(b'='),
            },
            _ => out.push(first),
        }
    }
    out
}

/// Takes away the line ends; a tab that continues a folded line becomes a space.
pub(super) fn unfold(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut after_line_end = false;
    for &byte in raw.trim_ascii() {
        match byte {
            b'\r' | b'\n' => after_line_end = true,
            b'\t' if after_line_end => {
                out.push(b' ');
                after_line_end = false;
            }
            _ => {
                out.push(byte);
                after_line_end = false;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_2047_and_what_writers_make_of_them() {
        for (raw, expected) in [
            (&b"=?ISO-8859-1?Q?a?="[..], "a"),
            (b"=?ISO-8859-1?Q?a?= b", "a b"),
            (b"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            (b"=?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=", "ab"),
            (b"=?ISO-8859-1?Q?a_b?=", "a b"),
            (b"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
            (
                b"=?utf-8?B?w6k=?= =?UTF-8?Q?=C3?= =?UTF-8?Q?=A9?=",
                "\u{e9}\u{e9}",
            ),
            (b"=?utf-8*fr?q?=C3=A9t=C3=A9?=", "\u{e9}t\u{e9}"),
            (b"a =?broken b", "a =?broken b"),
            (b"caf\xe9", "caf\u{e9}"),
            (b"folded\r\n\tline", "folded line"),
            (b"=?utf-7?Q?+AOk-?=", "\u{e9}"),
        ] {
            assert_eq!(decode(raw, &mut Warnings::default()), expected);
        }
    }
}
