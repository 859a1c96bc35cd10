//! Text of the form `format=flowed` (RFC 3676), with its paragraphs put together again.

/// What becomes of the space before a soft line break (RFC 3676, section 4.1: the parameter `DelSp`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SoftBreak {
    /// It stays: `DelSp=no`, or nothing said.
    KeepsSpace,
    /// It goes: `DelSp=yes`.
    DeletesSpace,
}

/// Appends the text with soft line breaks taken away; quoted lines keep their marks, `>` each, and a space.
pub(super) fn append(text: &str, soft_break: SoftBreak, out: &mut String) {
    out.reserve(text.len());
    let mut open_depth: Option<usize> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let depth = line.bytes().take_while(|&b| b == b'>').count();
        let content = line.get(depth..).unwrap_or_default();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        if open_depth != Some(depth) || is_signature {
            if open_depth.is_some() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        let is_soft = content.ends_with(' ') && !is_signature;
        match (is_soft, soft_break) {
            (true, SoftBreak::DeletesSpace) => {
                out.push_str(content.strip_suffix(' ').unwrap_or(content));
            }
            _ => out.push_str(content),
        }
        if is_soft {
            open_depth = Some(depth);
        } else {
            out.push('\n');
            open_depth = None;
        }
    }
    // The split gives one empty line more than there are line ends.
    if out.ends_with('\n') {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_put_together() {
        for (text, soft_break, expected) in [
            ("a \r\nb\r\n\r\nc\r\n", SoftBreak::KeepsSpace, "a b\n\nc\n"),
            ("a \nb", SoftBreak::DeletesSpace, "ab"),
            (
                "> a \n> b\nc \n> d",
                SoftBreak::KeepsSpace,
                "> a b\nc \n> d",
            ),
            ("x\n-- \nAda", SoftBreak::KeepsSpace, "x\n-- \nAda"),
            (" From here", SoftBreak::KeepsSpace, "From here"),
        ] {
            let mut out = String::new();
            append(text, soft_break, &mut out);
            assert_eq!(out, expected, "{text:?}");
        }
    }
}
