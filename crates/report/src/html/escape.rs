//! Text from items as text in HTML, never as markup.

use std::fmt::{self, Write as _};

use crate::printable::printable;

/// The text made printable and escaped, for element content and for attributes in double quotes.
pub(super) struct Esc<T>(pub(super) T);

impl<T: AsRef<str>> fmt::Display for Esc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in printable(self.0.as_ref()).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn nothing_escaped_can_open_a_tag_or_close_an_attribute(text in "(?s).*") {
            let shown = Esc(&text).to_string();
            proptest::prop_assert!(!shown.contains(['<', '>', '"', '\'']));
        }
    }
}
