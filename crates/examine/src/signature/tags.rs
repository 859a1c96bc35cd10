//! Tag lists: the grammar that signatures and key records share (RFC 6376, section 3.2).

use std::ops::Range;

use super::limits::TAGS_MAX;

/// One `name=value` of a tag list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// The name, case kept.
    pub(crate) name: &'a [u8],
    /// The value without the white space around it.
    pub(crate) value: &'a [u8],
    /// Where the value stands in the list, with the white space around it.
    pub(crate) range: Range<usize>,
}

/// A tag list as far as it can be read, and the first thing wrong with it.
#[derive(Debug, Default)]
pub(crate) struct TagList<'a> {
    /// The tags in order; of a name that stands twice, the first.
    pub(crate) tags: Vec<Tag<'a>>,
    /// What is wrong, in plain words.
    pub(crate) problem: Option<String>,
}

impl<'a> TagList<'a> {
    /// The value of a tag.
    pub(crate) fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.tags
            .iter()
            .find(|tag| tag.name == name.as_bytes())
            .map(|tag| tag.value)
    }

    /// The value of a tag as text, bytes outside UTF-8 replaced; empty where absent.
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(self.get(name).unwrap_or_default()).into_owned()
    }
}

/// Reads a tag list. Empty entries (`;;`) are passed over: they change nothing that is signed.
pub(crate) fn tag_list(source: &[u8]) -> TagList<'_> {
    let mut list = TagList::default();
    let mut start = 0;
    for entry in source.split(|&byte| byte == b';') {
        let end = start + entry.len();
        if let Err(problem) = add_entry(&mut list, entry, start) {
            list.problem.get_or_insert(problem);
        }
        if list.tags.len() > TAGS_MAX {
            list.problem
                .get_or_insert(format!("it has more than {TAGS_MAX} tags"));
            break;
        }
        start = end + 1;
    }
    list
}

fn add_entry<'a>(list: &mut TagList<'a>, entry: &'a [u8], start: usize) -> Result<(), String> {
    if trim(entry).is_empty() {
        return Ok(());
    }
    let Some(equals) = memchr::memchr(b'=', entry) else {
        return Err(format!("\"{}\" is not a tag", shown(trim(entry))));
    };
    let (name, rest) = entry.split_at(equals);
    let name = trim(name);
    if !is_tag_name(name) {
        return Err(format!("\"{}\" is not the name of a tag", shown(name)));
    }
    if list.tags.iter().any(|tag| tag.name == name) {
        return Err(format!("the tag {}= stands twice", shown(name)));
    }
    let value = trim(rest.get(1..).unwrap_or_default());
    list.tags.push(Tag {
        name,
        value,
        range: start + equals + 1..start + entry.len(),
    });
    Ok(())
}

fn is_tag_name(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Whether this is white space or part of a fold.
pub(crate) const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Removes folding white space at both ends.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes
        .iter()
        .position(|&byte| !is_white(byte))
        .unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|&byte| !is_white(byte))
        .map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}

/// A few bytes of foreign text, safe to print.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let start = bytes.get(..bytes.len().min(40)).unwrap_or_default();
    start.escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_trimmed_and_keep_their_place() {
        let source = b" v = 1 ;\r\n b=ab\r\n cd; ;d=x.example;";
        let list = tag_list(source);
        assert_eq!(list.problem, None);
        assert_eq!(list.get("v"), Some(&b"1"[..]));
        assert_eq!(list.get("b"), Some(&b"ab\r\n cd"[..]));
        let value = list.tags.iter().find(|tag| tag.name == b"b").unwrap();
        assert_eq!(&source[value.range.clone()], b"ab\r\n cd");
        assert_eq!(list.text("d"), "x.example");
    }

    #[test]
    fn what_is_wrong_is_named_and_the_rest_is_kept() {
        let list = tag_list(b"v=1; d=a.example; d=b.example; nonsense");
        assert_eq!(list.problem.as_deref(), Some("the tag d= stands twice"));
        assert_eq!(list.text("d"), "a.example");
        assert_eq!(
            tag_list(b"1=2").problem.as_deref(),
            Some("\"1\" is not the name of a tag")
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let list = tag_list(&bytes);
            for tag in &list.tags {
                proptest::prop_assert_eq!(trim(&bytes[tag.range.clone()]), tag.value);
            }
        }
    }
}
