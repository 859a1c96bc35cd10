//! Bytes to text: declared charsets, and what to do where none is declared or it cannot be right.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::warnings::Warnings;

/// Decodes `bytes` by the declared charset; without a usable one as UTF-8 where valid, else as windows-1252.
///
/// Names are those of the WHATWG Encoding Standard, which takes ISO-8859-1 and US-ASCII as windows-1252, as mail
/// readers do. What is declared as US-ASCII and is valid UTF-8 is read as UTF-8.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    declared: Option<&str>,
    warnings: &mut Warnings,
) -> Cow<'a, str> {
    let label = declared.unwrap_or_default().trim();
    if label.is_empty() || is_ascii_label(label) {
        return guess(bytes);
    }
    if label.eq_ignore_ascii_case("utf-7") || label.eq_ignore_ascii_case("unicode-1-1-utf-7") {
        return Cow::Owned(utf7(bytes));
    }
    let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) else {
        warnings.add("charset-unknown", || {
            format!(
                "the charset {label:?} is unknown: read as UTF-8 where valid, else as windows-1252"
            )
        });
        return guess(bytes);
    };
    let (text, malformed) = encoding.decode_with_bom_removal(bytes);
    if malformed {
        warnings.add("charset-malformed", || {
            format!("some bytes are not valid in the declared charset {label:?} and are replaced")
        });
    }
    text
}

/// UTF-8 where valid, else windows-1252, in which every byte means something.
pub(super) fn guess(bytes: &[u8]) -> Cow<'_, str> {
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8.decode_with_bom_removal(bytes).0;
    }
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

fn is_ascii_label(label: &str) -> bool {
    ["us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "us"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(label))
}

/// UTF-7 (RFC 2152): runs of modified base64 of UTF-16 between `+` and `-`.
fn utf7(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'+' {
            out.push(char::from(first));
            continue;
        }
        let length = tail
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            .count();
        let (run, after) = tail.split_at_checked(length).unwrap_or_default();
        if run.is_empty() {
            out.push('+');
        } else {
            utf16_of_base64(run, &mut out);
        }
        rest = after.strip_prefix(b"-").unwrap_or(after);
    }
    out
}

fn utf16_of_base64(run: &[u8], out: &mut String) {
    let mut units = Vec::with_capacity(run.len() / 2);
    let (mut bits, mut n_bits) = (0_u32, 0_u32);
    for &symbol in run {
        let Some(value) = super::transfer::base64_value(symbol) else {
            continue;
        };
        bits = (bits << 6) | u32::from(value);
        n_bits += 6;
        if n_bits >= 16 {
            n_bits -= 16;
            units.push(u16::try_from((bits >> n_bits) & 0xffff).unwrap_or_default());
        }
        bits &= (1 << n_bits) - 1;
    }
    out.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
}
