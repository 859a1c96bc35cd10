//! The canonical form of header fields (RFC 6376, sections 3.4.1 and 3.4.2) and what a signature signs of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::Message;

use super::parse::Canonicalization;
use super::tags::tag_list;

/// A header field: its bytes without the line end that closes it.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    /// The name, lower case.
    pub(crate) name: Vec<u8>,
    /// Name, colon and value, folds as they stand.
    pub(crate) bytes: Cow<'a, [u8]>,
}

impl Field<'_> {
    /// The canonical field without a line end.
    fn canonical(&self, canonicalization: Canonicalization) -> Vec<u8> {
        match canonicalization {
            Canonicalization::Simple => with_crlf(&self.bytes),
            Canonicalization::Relaxed => relaxed(&self.bytes),
        }
    }
}

/// The header of a message as the reader of the message divides it: the verifier takes the same fields, so both see
/// the same message, whatever stands between its lines.
pub(crate) struct Header<'a> {
    pub(crate) fields: Vec<Field<'a>>,
    by_name: BTreeMap<Vec<u8>, Vec<usize>>,
}

impl<'a> Header<'a> {
    pub(crate) fn of(message: &'a Message) -> Self {
        let fields: Vec<Field<'a>> = message
            .fields()
            .iter()
            .map(|field| {
                let whole = field.whole.of(&message.raw);
                let bytes = whole.strip_suffix(b"\n").unwrap_or(whole);
                let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
                Field {
                    name: field.name.of(&message.raw).to_ascii_lowercase(),
                    bytes: Cow::Borrowed(bytes),
                }
            })
            .collect();
        let mut by_name: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        for (index, field) in fields.iter().enumerate() {
            by_name.entry(field.name.clone()).or_default().push(index);
        }
        Self { fields, by_name }
    }

    /// Indexes of the fields of this name (lower case), in order.
    pub(crate) fn named(&self, name: &str) -> &[usize] {
        self.by_name.get(name.as_bytes()).map_or(&[], Vec::as_slice)
    }

    /// Octets of these fields.
    pub(crate) fn n_octets(&self, indexes: &[usize]) -> usize {
        indexes
            .iter()
            .filter_map(|&index| self.fields.get(index))
            .map(|field| field.bytes.len())
            .sum()
    }

    /// The fields that `h=` selects, in its order: of each name the last one not yet taken; a name without a further
    /// field selects nothing (RFC 6376, section 5.4.2). The signature itself is no such field.
    pub(crate) fn selected(&self, signed_names: &[Vec<u8>], signature: usize) -> Vec<usize> {
        let by_name = self.selected_by_name(signed_names, signature);
        by_name.filter_map(|(_, index)| index).collect()
    }

    /// The same fields and, each once and without bytes, those that `h=` names and that the message does not have; the
    /// signature last.
    pub(crate) fn signed_fields(
        &self,
        signed_names: &[Vec<u8>],
        signature: usize,
    ) -> Vec<Field<'a>> {
        let mut absent = BTreeSet::new();
        let mut fields = Vec::new();
        for (name, index) in self.selected_by_name(signed_names, signature) {
            if let Some(field) = index.and_then(|index| self.fields.get(index)) {
                fields.push(field.clone());
            } else if !self.by_name.contains_key(name)
                && absent.len() < ABSENT_FIELDS_MAX
                && absent.insert(name)
            {
                fields.push(Field {
                    name: name.clone(),
                    bytes: Cow::Borrowed(&[]),
                });
            }
        }
        fields.extend(self.fields.get(signature).cloned());
        fields
    }

    /// Each name of `h=` with the field that it selects, if any.
    fn selected_by_name<'n>(
        &'n self,
        signed_names: &'n [Vec<u8>],
        signature: usize,
    ) -> impl Iterator<Item = (&'n Vec<u8>, Option<usize>)> {
        let mut left: BTreeMap<&[u8], _> = BTreeMap::new();
        signed_names.iter().map(move |name| {
            let upwards = left.entry(name).or_insert_with(|| {
                let indexes = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
                indexes
                    .iter()
                    .rev()
                    .filter(move |&&index| index != signature)
            });
            (name, upwards.next().copied())
        })
    }
}

/// Names of absent fields for which a repair may find one.
const ABSENT_FIELDS_MAX: usize = 50;

/// What the signature is made over: the selected fields and, without its own value and line end, the signature. A field
/// without bytes is one that is not there.
pub(crate) fn signed_input(
    fields: &[Field<'_>],
    selected: &[usize],
    signature: usize,
    canonicalization: Canonicalization,
) -> Vec<u8> {
    let mut input = Vec::with_capacity(2048);
    let present = |field: &&Field<'_>| !field.bytes.is_empty();
    let selected = selected.iter().filter_map(|&index| fields.get(index));
    for field in selected.filter(present) {
        input.extend(field.canonical(canonicalization));
        input.extend_from_slice(b"\r\n");
    }
    if let Some(field) = fields.get(signature) {
        let emptied = Field {
            name: field.name.clone(),
            bytes: Cow::Owned(without_value(&field.bytes)),
        };
        input.extend(emptied.canonical(canonicalization));
    }
    input
}

/// The signature field with the value of `b=` and the white space around it removed.
fn without_value(bytes: &[u8]) -> Vec<u8> {
    let start = value_start(bytes);
    let (head, value) = bytes.split_at(start);
    let list = tag_list(value);
    let Some(tag) = list.tags.iter().find(|tag| tag.name == b"b") else {
        return bytes.to_vec();
    };
    let before = value.get(..tag.range.start).unwrap_or_default();
    let after = value.get(tag.range.end..).unwrap_or_default();
    [head, before, after].concat()
}

/// Where the value of a field starts: after its first colon.
pub(crate) fn value_start(bytes: &[u8]) -> usize {
    memchr::memchr(b':', bytes).map_or(bytes.len(), |colon| colon + 1)
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    for &byte in bytes {
        if byte == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

/// The name without the spaces and tabs before the colon: nothing else is white space there (RFC 6376, section 3.4.2).
fn without_white_end(name: &[u8]) -> &[u8] {
    let n_white = name
        .iter()
        .rev()
        .take_while(|octet| matches!(octet, b' ' | b'\t'));
    let end = name.len() - n_white.count();
    name.get(..end).unwrap_or(name)
}

/// Name in lower case, no white space around the colon, folds undone, runs of white space as one space.
fn relaxed(bytes: &[u8]) -> Vec<u8> {
    let (name, value) = bytes.split_at(value_start(bytes));
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(without_white_end(name.strip_suffix(b":").unwrap_or(name)));
    out.make_ascii_lowercase();
    out.push(b':');
    let mut in_white = false;
    let mut rest = value;
    let n_name = out.len();
    while let Some((&byte, after)) = rest.split_first() {
        // A carriage return that ends no line is no white space.
        let is_line_end = byte == b'\n' || (byte == b'\r' && after.first() == Some(&b'\n'));
        let white = byte == b' ' || byte == b'\t';
        if !white && !is_line_end {
            if in_white && out.len() > n_name {
                out.push(b' ');
            }
            out.push(byte);
        }
        in_white = white || (is_line_end && in_white);
        rest = after;
    }
    out
}

/// Whether a line of the header ends in a bare line feed.
pub(crate) fn has_bare_line_feed(header: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', header)
        .any(|at| at == 0 || header.get(at - 1).is_none_or(|&byte| byte != b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 6376, section 3.4.5.
        assert_eq!(relaxed(b"A: X"), b"a:X");
        assert_eq!(relaxed(b"B : Y\t\r\n\tZ  "), b"b:Y Z");
        assert_eq!(relaxed(b"B : Y\t\n\tZ  "), b"b:Y Z");
        assert_eq!(with_crlf(b"B : Y\t\n\tZ  "), b"B : Y\t\r\n\tZ  ");
        assert_eq!(relaxed(b"Subject:"), b"subject:");
        assert_eq!(relaxed(b"A: x\ry"), b"a:x\ry");
        assert_eq!(relaxed(b"To\r \t: x"), b"to\r:x");
    }

    #[test]
    fn only_the_value_of_b_is_emptied() {
        assert_eq!(
            without_value(b"DKIM-Signature: v=1; b = AB\r\n CD ; bh=b=; d=x"),
            b"DKIM-Signature: v=1; b =; bh=b=; d=x"
        );
        assert_eq!(
            without_value(b"DKIM-Signature: bh=x;\r\n b=AB\r\n CD"),
            b"DKIM-Signature: bh=x;\r\n b="
        );
    }

    proptest::proptest! {
        #[test]
        fn canonical_forms_never_panic_and_stand_still(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = without_value(&bytes);
            let bytes = [b"Name:", bytes.as_slice()].concat();
            let simple = with_crlf(&bytes);
            proptest::prop_assert_eq!(with_crlf(&simple), simple.clone());
            proptest::prop_assert_eq!(relaxed(&simple), relaxed(&bytes));
        }
    }
}
