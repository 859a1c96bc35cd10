//! Makes text from items safe and honest to show: what would move the cursor, change the direction of reading
//! or stay invisible is shown by its code point.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The same text with line ends and tabs as spaces, and every control, bidirectional or zero-width character
/// shown as `⟨U+202E⟩`.
///
/// Zero-width joiners stay: Persian, Indic scripts and emoji need them.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_space(c) || is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_space(c) {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if is_hidden(c) {
            // Writing to a string does not fail.
            let _ = write!(out, "⟨U+{:04X}⟩", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The first `max_chars` characters, with `…` where something was cut off.
pub fn clip(text: &str, max_chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max_chars) {
        None => Cow::Borrowed(text),
        Some((cut, _)) => Cow::Owned(format!("{}…", text.get(..cut).unwrap_or_default())),
    }
}

fn is_space(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether it would move the cursor, turn the direction of reading or stay invisible.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061C}'                  // Arabic letter mark
            | '\u{180E}'                // Mongolian vowel separator
            | '\u{200B}'                // zero-width space
            | '\u{200E}' | '\u{200F}'   // left-to-right and right-to-left mark
            | '\u{202A}'..='\u{202E}'   // embeddings and overrides
            | '\u{2060}'..='\u{206F}'   // word joiner, isolates, deprecated format characters
            | '\u{FEFF}'                // byte order mark
            | '\u{FFF9}'..='\u{FFFB}'   // interlinear annotation
            | '\u{E0000}'..='\u{E007F}' // tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown_by_number() {
        assert_eq!(printable("plain"), "plain");
        assert_eq!(
            printable("invoice\u{202E}fdp.exe"),
            "invoice⟨U+202E⟩fdp.exe"
        );
        assert_eq!(printable("a\r\n\tb\u{1b}[31m"), "a b⟨U+001B⟩[31m");
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("élan", 4), "élan");
        assert_eq!(clip("élans", 4), "élan…");
    }

    proptest::proptest! {
        #[test]
        fn nothing_hidden_is_left(text in ".*") {
            let shown = printable(&text);
            proptest::prop_assert!(!shown.chars().any(|c| is_hidden(c) || is_space(c)));
        }
    }
}
