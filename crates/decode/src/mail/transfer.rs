//! Content-Transfer-Encoding (RFC 2045, section 6): base64, quoted-printable, and uuencode (POSIX).

use base64_simd::STANDARD;
use memchr::{memchr, memchr2, memmem};

use super::warnings::Warnings;

/// How many characters of base64 are laid end to end before they are decoded; small enough for the first-level cache.
const CHUNK_CHARS: usize = 16 << 10;

/// The six bits of a base64 character (RFC 4648, section 4).
pub(super) fn base64_value(symbol: u8) -> Option<u8> {
    match symbol {
        b'A'..=b'Z' => Some(symbol - b'A'),
        b'a'..=b'z' => Some(symbol - b'a' + 26),
        b'0'..=b'9' => Some(symbol - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Decodes base64 with line ends; junk is left out, with a warning.
pub(super) fn base64(encoded: &[u8], warnings: &mut Warnings) -> Vec<u8> {
    base64_clean(encoded).unwrap_or_else(|| base64_tolerant(encoded, warnings))
}

/// The fast way: lines are laid end to end in a buffer that is decoded whenever full. `None` at the first irregularity.
///
/// Lines of one mail have one length: where the line end is expected at that length it is not searched.
fn base64_clean(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    let mut chunk = Vec::with_capacity(CHUNK_CHARS + 1024);
    let mut rest = encoded.trim_ascii();
    let mut line_length = 0;
    while !rest.is_empty() {
        let length = match rest.get(line_length) {
            Some(b'\r' | b'\n') if line_length > 0 => line_length,
            _ => memchr2(b'\r', b'\n', rest).unwrap_or(rest.len()),
        };
        line_length = length;
        let (line, after) = rest.split_at_checked(length)?;
        chunk.extend_from_slice(line);
        rest = match after {
            [b'\r', b'\n', after @ ..] | [b'\n' | b'\r', after @ ..] => after,
            _ => after,
        };
        if chunk.len() >= CHUNK_CHARS {
            let whole = chunk.len() / 4 * 4;
            STANDARD.decode_append(chunk.get(..whole)?, &mut out).ok()?;
            chunk.drain(..whole);
            // Padding in the middle is an irregularity; the decoder would take it at the end of a chunk.
            if out.len() % 3 != 0 {
                return None;
            }
        }
    }
    STANDARD.decode_append(&chunk, &mut out).ok()?;
    Some(out)
}

/// The slow way: every byte is looked at. Padding ends a run; what follows is decoded only where all of it is base64,
/// else it is a footer that somebody appended.
fn base64_tolerant(encoded: &[u8], warnings: &mut Warnings) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    let (mut bits, mut n_symbols, mut n_junk, mut padded) = (0_u32, 0_u8, 0_usize, false);
    let last_padding = tail_after_foreign_padding(encoded);
    let (body, tail) = encoded.split_at_checked(last_padding).unwrap_or_default();
    for &byte in body {
        let Some(value) = base64_value(byte) else {
            if byte == b'=' {
                flush(&mut out, &mut bits, &mut n_symbols);
                padded = true;
            } else if !byte.is_ascii_whitespace() {
                n_junk += 1;
            }
            continue;
        };
        bits = (bits << 6) | u32::from(value);
        n_symbols += 1;
        if n_symbols == 4 {
            let [_, first, second, third] = bits.to_be_bytes();
            out.extend_from_slice(&[first, second, third]);
            (bits, n_symbols) = (0, 0);
        }
    }
    if !padded && n_symbols != 0 {
        warnings.add(
            "base64-cut",
            || "the base64 data end in the middle of a group of four",
        );
    }
    flush(&mut out, &mut bits, &mut n_symbols);
    if n_junk > 0 {
        warnings.add("base64-junk", || {
            format!("{n_junk} bytes that are not base64 are left out")
        });
    }
    if !tail.trim_ascii().is_empty() {
        warnings.add("base64-tail", || {
            format!(
                "{} bytes after the end of the base64 data are left out",
                tail.len()
            )
        });
    }
    out
}

/// Where base64 ends: after the first padding if anything but base64 and white space follows it, else at the end.
fn tail_after_foreign_padding(encoded: &[u8]) -> usize {
    let Some(padding) = memchr(b'=', encoded) else {
        return encoded.len();
    };
    let after = encoded.get(padding..).unwrap_or_default();
    let n_padding = after.iter().take_while(|&&b| b == b'=').count();
    let tail = after.get(n_padding..).unwrap_or_default();
    let is_base64 = |&b: &u8| b == b'=' || b.is_ascii_whitespace() || base64_value(b).is_some();
    if tail.iter().all(is_base64) {
        encoded.len()
    } else {
        padding + n_padding
    }
}

/// Writes the bytes of an incomplete group of symbols.
fn flush(out: &mut Vec<u8>, bits: &mut u32, n_symbols: &mut u8) {
    match *n_symbols {
        2 => out.extend((*bits << 12).to_be_bytes().get(1..2).unwrap_or_default()),
        3 => out.extend((*bits << 6).to_be_bytes().get(1..3).unwrap_or_default()),
        _ => {}
    }
    (*bits, *n_symbols) = (0, 0);
}

/// Decodes quoted-printable (RFC 2045, section 6.7); a `=` that starts no escape stands for itself, with a warning.
///
/// White space at the end of a line was added on the way and is taken away, as rule 3 demands.
pub(super) fn quoted_printable(encoded: &[u8], warnings: &mut Warnings) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    let mut n_junk = 0_usize;
    // Everything before this was escaped and is not white space added on the way.
    let mut floor = 0;
    while let Some(at) = memchr2(b'=', b'\n', rest) {
        let (text, after) = rest.split_at_checked(at).unwrap_or_default();
        out.extend_from_slice(text);
        if after.first() == Some(&b'\n') {
            trim_line(&mut out, floor);
            out.push(b'\n');
            rest = after.get(1..).unwrap_or_default();
            continue;
        }
        rest = after.get(1..).unwrap_or_default();
        if let Some(byte) = hex_pair(rest) {
            out.push(byte);
            floor = out.len();
            rest = rest.get(2..).unwrap_or_default();
        } else if let Some(length) = soft_break(rest) {
            floor = out.len();
            rest = rest.get(length..).unwrap_or_default();
        } else {
            n_junk += 1;
            out.push(b'=');
        }
    }
    out.extend_from_slice(rest);
    if n_junk > 0 {
        warnings.add("quoted-printable-junk", || {
            format!("{n_junk} equals signs start no escape and stand for themselves")
        });
    }
    out
}

/// Takes spaces and tabs off the end of the line in `out`, before its CR if it has one.
fn trim_line(out: &mut Vec<u8>, floor: usize) {
    let with_return = out.len() > floor && out.last() == Some(&b'\r');
    let is_blank = |out: &Vec<u8>| matches!(out.last(), Some(b' ' | b'\t'));
    if with_return {
        out.pop();
    }
    while out.len() > floor && is_blank(out) {
        out.pop();
    }
    if with_return {
        out.push(b'\r');
    }
}

/// The byte that two hex digits at the start stand for.
fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let [high, low, ..] = *bytes else {
        return None;
    };
    Some(hex_digit(high)? << 4 | hex_digit(low)?)
}

/// The value of a hex digit, in either case.
pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Length of the white space and line end that make a `=` a soft line break; the end of the data counts as one.
fn soft_break(bytes: &[u8]) -> Option<usize> {
    let n_blank = bytes
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    match bytes.get(n_blank..)? {
        [b'\r', b'\n', ..] => Some(n_blank + 2),
        [b'\n' | b'\r', ..] => Some(n_blank + 1),
        [] => Some(n_blank),
        _ => None,
    }
}

/// What uuencode holds.
pub(super) struct Uuencoded {
    /// The name of its `begin` line.
    pub(super) name: Option<String>,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
}

/// Decodes uuencode; a line that is too short for the count it starts with is read as far as it goes.
pub(super) fn uuencode(encoded: &[u8], warnings: &mut Warnings) -> Uuencoded {
    let mut lines = encoded.split(|&b| b == b'\n').map(trim_return);
    let begin = lines.find(|line| line.starts_with(b"begin "));
    let name = begin.and_then(|line| {
        let name = line.splitn(3, |&b| b == b' ').nth(2)?;
        Some(String::from_utf8_lossy(name).into_owned())
    });
    if name.is_none() {
        warnings.add("uuencode-malformed", || "no begin line in uuencoded data");
        return Uuencoded {
            name,
            bytes: Vec::new(),
        };
    }
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    let mut ended = false;
    for line in lines {
        if line == b"end" {
            ended = true;
            break;
        }
        uuencoded_line(line, &mut bytes);
    }
    if !ended {
        warnings.add("uuencode-malformed", || "no end line after uuencoded data");
    }
    Uuencoded { name, bytes }
}

fn uuencoded_line(line: &[u8], out: &mut Vec<u8>) {
    let Some((&count, symbols)) = line.split_first() else {
        return;
    };
    let value = |symbol: u8| symbol.wrapping_sub(b' ') & 0x3f;
    let n_bytes = usize::from(value(count));
    let full = out.len() + n_bytes;
    for group in symbols.chunks(4).take(n_bytes.div_ceil(3)) {
        let mut bits = 0_u32;
        for index in 0..4 {
            let symbol = group.get(index).copied().unwrap_or(b' ');
            bits = (bits << 6) | u32::from(value(symbol));
        }
        let [_, first, second, third] = bits.to_be_bytes();
        out.extend_from_slice(&[first, second, third]);
    }
    out.truncate(full);
}

fn trim_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether text holds data of an encoding that this version does not decode inside text: its name.
pub(super) fn undecoded_inside_text(text: &[u8]) -> Option<&'static str> {
    if memmem::find(text, b"=ybegin line=").is_some() {
        return Some("yEnc");
    }
    let begin = memmem::find(text, b"\nbegin ")? + b"\nbegin ".len();
    let mode = text.get(begin..)?.iter().take(5);
    let digits = mode.take_while(|b| matches!(b, b'0'..=b'7')).count();
    matches!((digits, text.get(begin + digits)), (3 | 4, Some(b' '))).then_some("uuencode")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_base64(encoded: &[u8]) -> (Vec<u8>, Vec<String>) {
        let mut warnings = Warnings::default();
        let out = base64(encoded, &mut warnings);
        let codes = warnings.finish();
        (
            out,
            codes.into_iter().map(|w| w.code.into_owned()).collect(),
        )
    }

    #[test]
    fn base64_of_odd_shapes() {
        for (encoded, expected, codes) in [
            (&b"aGVsbG8="[..], &b"hello"[..], &[][..]),
            (b"aGVs\r\nbG8=\r\n", b"hello", &[]),
            (b"aG\nVsb\nG8=", b"hello", &[]),
            (b"aGVsbG8", b"hello", &["base64-cut"]),
            (b"aGVs!bG8=", b"hello", &["base64-junk"]),
            (b"aGk=\naGk=\n", b"hihi", &[]),
            (
                b"aGVsbG8=\n\n_____\nlist footer.",
                b"hello",
                &["base64-tail"],
            ),
            (b"", b"", &[]),
            (b"=", b"", &[]),
        ] {
            let (out, warned) = decode_base64(encoded);
            assert_eq!(
                (&*out, &*warned),
                (
                    expected,
                    &*codes.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>()
                )
            );
        }
    }

    #[test]
    fn quoted_printable_of_odd_shapes() {
        for (encoded, expected) in [
            (&b"a=3Db =\r\nc  \r\nd=20\r\n"[..], &b"a=b c\r\nd \r\n"[..]),
            (b"=zz=", b"=zz"),
            (b"caf=C3=a9", b"caf\xc3\xa9"),
            (b"x=  \ny", b"xy"),
        ] {
            assert_eq!(
                quoted_printable(encoded, &mut Warnings::default()),
                expected
            );
        }
    }

    #[test]
    fn uuencode_of_a_short_file() {
        let decoded = uuencode(
            b"begin 644 cat.txt\n#0V%T\n`\nend\n",
            &mut Warnings::default(),
        );
        assert_eq!(
            (decoded.name.as_deref(), &*decoded.bytes),
            (Some("cat.txt"), &b"Cat"[..])
        );
    }

    proptest::proptest! {
        #[test]
        fn base64_comes_back_whatever_the_line_length(data: Vec<u8>, width in 1_usize..100) {
            let flat = STANDARD.encode_to_string(&data);
            let lines: Vec<&[u8]> = flat.as_bytes().chunks(width).collect();
            let (out, codes) = decode_base64(&lines.join(&b"\r\n"[..]));
            proptest::prop_assert_eq!(out, data);
            proptest::prop_assert!(codes.is_empty());
        }

        #[test]
        fn nothing_panics(data: Vec<u8>) {
            let warnings = &mut Warnings::default();
            base64(&data, warnings);
            quoted_printable(&data, warnings);
            uuencode(&data, warnings);
            undecoded_inside_text(&data);
        }
    }
}
