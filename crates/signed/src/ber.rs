//! BER and its subset DER (X.690): tag, length, content. Real CMS is often BER with lengths left open.

use std::borrow::Cow;

use crate::limits::NESTING_MAX;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// `[n]`, constructed, context-specific.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// `[n]`, primitive, context-specific.
pub(crate) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// One value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    /// The identifier octet; tags of more than one octet are refused.
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// With tag and length.
    pub(crate) whole: &'a [u8],
    /// Whether its length is stated, as DER demands.
    pub(crate) is_definite: bool,
}

impl<'a> Value<'a> {
    /// The values inside.
    pub(crate) const fn inside(&self) -> Reader<'a> {
        Reader { rest: self.content }
    }

    /// The octets of a string, put together where it comes in pieces (X.690, section 8.7.3).
    pub(crate) fn octets(&self) -> Option<Cow<'a, [u8]>> {
        if self.tag & 0x20 == 0 {
            return Some(Cow::Borrowed(self.content));
        }
        let mut out = Vec::new();
        let mut open = vec![self.inside()];
        while let Some(reader) = open.last_mut() {
            match reader.next()? {
                None => {
                    open.pop();
                }
                Some(piece) if piece.tag == OCTET_STRING => out.extend_from_slice(piece.content),
                Some(piece) if piece.tag == OCTET_STRING | 0x20 && open.len() < NESTING_MAX => {
                    open.push(piece.inside());
                }
                Some(_) => return None,
            }
        }
        Some(Cow::Owned(out))
    }

    /// The octets of a BIT STRING of whole octets.
    pub(crate) fn bits(&self) -> Option<&'a [u8]> {
        match self.content.split_first()? {
            (0, octets) if self.tag == BIT_STRING => Some(octets),
            _ => None,
        }
    }

    /// An INTEGER without leading zeros; negative ones are refused.
    pub(crate) fn unsigned(&self) -> Option<&'a [u8]> {
        let is_negative = self.content.first().is_none_or(|octet| *octet >= 0x80);
        (self.tag == INTEGER && !is_negative).then(|| without_zeros(self.content))
    }
}

pub(crate) fn without_zeros(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}

/// Reads values one after the other. `None` from a method means malformed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The tag of the next value; 0 at the end.
    pub(crate) fn peek(&self) -> u8 {
        self.rest.first().copied().unwrap_or(0)
    }

    /// The next value; `Some(None)` at the end.
    #[expect(clippy::option_option, reason = "malformed, at its end, or a value")]
    pub(crate) fn next(&mut self) -> Option<Option<Value<'a>>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        let (value, rest) = value(self.rest)?;
        self.rest = rest;
        Some(Some(value))
    }

    /// The next value, which has to have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<Value<'a>> {
        self.next()?.filter(|value| value.tag == tag)
    }

    /// The next value if it has this tag.
    #[expect(clippy::option_option, reason = "malformed, absent, or a value")]
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Option<Value<'a>>> {
        if self.peek() == tag && !self.rest.is_empty() {
            self.next()
        } else {
            Some(None)
        }
    }

    /// All that is left, at most `max` values.
    pub(crate) fn all(mut self, max: usize) -> Option<Vec<Value<'a>>> {
        let mut values = Vec::new();
        while let Some(value) = self.next()? {
            if values.len() >= max {
                return None;
            }
            values.push(value);
        }
        Some(values)
    }
}

struct Head {
    tag: u8,
    /// `None` where the length is left open.
    length: Option<usize>,
    n_octets: usize,
}

fn head(bytes: &[u8]) -> Option<Head> {
    let tag = *bytes.first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let first = *bytes.get(1)?;
    if first < 0x80 {
        return Some(Head {
            tag,
            length: Some(usize::from(first)),
            n_octets: 2,
        });
    }
    if first == 0x80 {
        return (tag & 0x20 != 0).then_some(Head {
            tag,
            length: None,
            n_octets: 2,
        });
    }
    let n = usize::from(first & 0x7f);
    let octets = bytes.get(2..2 + n).filter(|octets| octets.len() <= 5)?;
    let length = octets
        .iter()
        .fold(0_usize, |length, octet| length << 8 | usize::from(*octet));
    Some(Head {
        tag,
        length: Some(length),
        n_octets: 2 + n,
    })
}

fn value(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let head = head(bytes)?;
    let (end, next) = if let Some(length) = head.length {
        let end = head.n_octets.checked_add(length)?;
        (end, end)
    } else {
        let end = head.n_octets + end_of_contents(bytes.get(head.n_octets..)?)?;
        (end, end + 2)
    };
    let value = Value {
        tag: head.tag,
        content: bytes.get(head.n_octets..end)?,
        whole: bytes.get(..next)?,
        is_definite: head.length.is_some(),
    };
    Some((value, bytes.get(next..)?))
}

/// Where the two zero octets stand that end a content whose length is left open (X.690, section 8.1.5).
fn end_of_contents(content: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 1);
    loop {
        let rest = content.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
            at += 2;
            continue;
        }
        let head = head(rest)?;
        if let Some(length) = head.length {
            at = at.checked_add(head.n_octets)?.checked_add(length)?;
        } else {
            depth += 1;
            if depth > NESTING_MAX {
                return None;
            }
            at += head.n_octets;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_lengths_and_pieces_are_read() {
        let bytes = [
            0x30, 0x80, 0x24, 0x80, 0x04, 0x02, b'a', b'b', 0x04, 0x01, b'c', 0, 0, 0x02, 0x01, 5,
            0, 0, 0xff,
        ];
        let (outer, rest) = value(&bytes).unwrap();
        assert_eq!(rest, [0xff]);
        assert!(!outer.is_definite);
        let mut inside = outer.inside();
        let text = inside.next().unwrap().unwrap();
        assert_eq!(text.octets().unwrap().as_ref(), b"abc");
        assert_eq!(inside.expect(INTEGER).unwrap().unsigned(), Some(&[5][..]));
        assert_eq!(inside.next(), Some(None));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for bytes in [
            &[0x30][..],
            &[0x30, 5, 0],
            &[0x30, 0x80, 0x02, 1],
            &[0x1f, 1, 1],
            &[0x04, 0x80, 0, 0],
            &[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        ] {
            assert!(value(bytes).is_none(), "{bytes:?}");
        }
        let deep = [0x30, 0x80].repeat(NESTING_MAX + 2);
        assert!(value(&deep).is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            while let Some(Some(value)) = reader.next() {
                let _ = value.octets();
                let _ = value.inside().all(100);
            }
        }
    }
}
