//! Apple Mail's emlx: a line with the number of bytes, the message, then a property list.

use std::ops::Range;

use memchr::{memchr, memmem};

use crate::form::header::looks_like_message;

/// Bytes of the first line.
const COUNT_LINE_BYTES_MAX: usize = 24;

/// Where the message lies in an emlx file; `None` if this is no emlx file.
///
/// The count in the first line is believed where the message ends at the property list or at the end of the file;
/// else (a file changed after it was stored) the message ends where the property list begins.
pub(crate) fn message_range(file: &[u8]) -> Option<Range<usize>> {
    let line_end = memchr(b'\n', file.get(..file.len().min(COUNT_LINE_BYTES_MAX))?)?;
    let digits = file.get(..line_end)?.trim_ascii_end();
    let count: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let start = line_end + 1;
    let rest = file.get(start..)?;
    if !digits.first()?.is_ascii_digit() || !looks_like_message(rest) {
        return None;
    }
    if rest
        .get(count..)
        .is_some_and(|tail| tail.is_empty() || is_property_list(tail))
    {
        return Some(start..start + count);
    }
    let length = memmem::rfind(rest, b"<?xml version=").unwrap_or(rest.len());
    Some(start..start + length)
}

fn is_property_list(tail: &[u8]) -> bool {
    let tail = tail.trim_ascii_start();
    tail.starts_with(b"<?xml")
        || tail.starts_with(b"<!DOCTYPE plist")
        || tail.starts_with(b"<plist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_lies_between_count_and_property_list() {
        let message = "From: ann@mill.example\nTo: bob@mill.example\n\nHi\n";
        let plist = "<?xml version=\"1.0\"?>\n<plist/>\n";
        let length = message.len();
        for count in [length, length + 7, length - 3] {
            let file = format!("{count:<10}\n{message}{plist}");
            assert_eq!(
                &file[message_range(file.as_bytes()).unwrap()],
                message,
                "{count}"
            );
        }
        let cut = format!("{length}\n{message}");
        assert_eq!(&cut[message_range(cut.as_bytes()).unwrap()], message);
        assert_eq!(message_range(b"12\nno message here\n"), None);
        assert_eq!(
            message_range(b"99999999999999999999999\nFrom: a@b\nTo: a@b\n\n"),
            None
        );
    }
}
