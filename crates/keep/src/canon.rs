//! Canonical digests: the same content gives the same SHA-256, whatever the order in which it was found.

use mabillon_hash::Sha256;

/// SHA-256 over fields, each preceded by its length, so that no two lists of fields give the same bytes.
pub(crate) struct Canon(Sha256);

impl Canon {
    /// A digest of the thing named `of`.
    pub(crate) fn new(of: &str) -> Self {
        let mut canon = Self(Sha256::new());
        canon.bytes(of.as_bytes());
        canon
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    /// An optional field; absent differs from empty.
    pub(crate) fn maybe(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            None => self.number(0),
            Some(bytes) => self.number(1).bytes(bytes),
        }
    }

    pub(crate) fn end(self) -> [u8; 32] {
        self.0.finish()
    }
}

/// Lower-case hex digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
