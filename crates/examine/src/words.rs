//! The words of a text: what stands between white space.

use std::str::SplitWhitespace;

/// The same words as [`str::split_whitespace`] gives, told byte by byte where the text is ASCII, as most of most is.
pub(crate) fn words(text: &str) -> Words<'_> {
    Words {
        rest: text,
        of_run: "".split_whitespace(),
    }
}

/// Words in order.
#[derive(Clone)]
pub(crate) struct Words<'a> {
    rest: &'a str,
    /// Words of a run in which white space beyond ASCII may stand.
    of_run: SplitWhitespace<'a>,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            if let Some(word) = self.of_run.next() {
                return Some(word);
            }
            let (run, is_ascii) = self.next_run()?;
            if is_ascii {
                return Some(run);
            }
            self.of_run = run.split_whitespace();
        }
    }
}

impl<'a> Words<'a> {
    /// What comes next between white space of ASCII, and whether all of it is ASCII.
    fn next_run(&mut self) -> Option<(&'a str, bool)> {
        let bytes = self.rest.as_bytes();
        let start = bytes.iter().position(|byte| !is_space(*byte))?;
        let behind = bytes.get(start..).unwrap_or_default();
        let mut seen = 0;
        let within = behind.iter().take_while(|byte| {
            let goes_on = !is_space(**byte);
            if goes_on {
                seen |= **byte;
            }
            goes_on
        });
        let end = start + within.count();
        let run = self.rest.get(start..end)?;
        self.rest = self.rest.get(end..).unwrap_or_default();
        Some((run, seen.is_ascii()))
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn they_are_those_of_the_standard_library(text in "[a-c é\u{a0}\u{85}\u{2009}\u{3000}\t\n\u{b}\r\u{1c}]{0,40}|\\PC{0,40}") {
            let by_the_book: Vec<&str> = text.split_whitespace().collect();
            proptest::prop_assert_eq!(words(&text).collect::<Vec<_>>(), by_the_book);
        }
    }
}
