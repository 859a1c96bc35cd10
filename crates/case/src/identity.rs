//! Who an item is: the SHA-256 of its exact bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The identity of an item: the SHA-256 of its exact bytes, written as 64 lower-case hex digits.
///
/// Something whose bytes could not be read (an encrypted archive member, say) is known by
/// [`ItemId::of_unread`], the hash of its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemId(pub [u8; 32]);

impl ItemId {
    /// The identity of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }

    /// The identity of each of some inputs; quicker than one after the other.
    pub fn of_all(inputs: &[impl AsRef<[u8]>]) -> Vec<Self> {
        let hashes = mabillon_hash::sha256_all(inputs);
        hashes.into_iter().map(Self).collect()
    }

    /// The identity of something whose bytes could not be read, from where it lies.
    pub fn of_unread(exhibit: &str, path: &str) -> Self {
        Self(sha256(format!("not read: {exhibit}!{path}").as_bytes()))
    }
}

/// SHA-256 (FIPS 180-4) of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    mabillon_hash::sha256(bytes)
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0xf)]);
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ItemId({self})")
    }
}

/// The text is not 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseItemIdError;

impl fmt::Display for ParseItemIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item is named by 64 hexadecimal digits")
    }
}

impl std::error::Error for ParseItemIdError {}

impl FromStr for ItemId {
    type Err = ParseItemIdError;

    fn from_str(text: &str) -> Result<Self, ParseItemIdError> {
        if text.len() != 64 || !text.is_ascii() {
            return Err(ParseItemIdError);
        }
        let mut out = [0; 32];
        for (index, byte) in out.iter_mut().enumerate() {
            let digits = text.get(index * 2..index * 2 + 2).ok_or(ParseItemIdError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| ParseItemIdError)?;
        }
        Ok(Self(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_is_sha256_and_round_trips() {
        let id = ItemId::of(b"abc");
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(id.to_string(), hex);
        assert_eq!(hex.parse(), Ok(id));
        assert_eq!("ba78".parse::<ItemId>(), Err(ParseItemIdError));
    }
}
