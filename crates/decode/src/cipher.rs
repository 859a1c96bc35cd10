//! The ciphers of encrypted documents: AES in blocks and chains, RC4; and the digests their keys are made with.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256, Block};
use aws_lc_rs::digest;

/// Bytes of a block.
pub(crate) const BLOCK_BYTES: usize = 16;

/// AES with a key of 128, 192 or 256 bits.
pub(crate) enum Aes {
    Aes128(Box<Aes128>),
    Aes192(Box<Aes192>),
    Aes256(Box<Aes256>),
}

impl Aes {
    /// The cipher of a key; `None` where it has no length of AES.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        Some(match key.len() {
            16 => Self::Aes128(Box::new(Aes128::new_from_slice(key).ok()?)),
            24 => Self::Aes192(Box::new(Aes192::new_from_slice(key).ok()?)),
            32 => Self::Aes256(Box::new(Aes256::new_from_slice(key).ok()?)),
            _ => return None,
        })
    }

    /// Each whole block on its own; what is left at the end is dropped.
    pub(crate) fn decrypt_blocks(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for block in blocks(bytes) {
            out.extend_from_slice(&self.decrypt(block));
        }
        out
    }

    /// Whole blocks chained to the one before (CBC); what is left at the end is dropped.
    pub(crate) fn decrypt_chain(&self, start: [u8; BLOCK_BYTES], bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut before = start;
        for block in blocks(bytes) {
            out.extend(self.decrypt(block).iter().zip(before).map(|(a, b)| a ^ b));
            before = block;
        }
        out
    }

    /// The same in the other direction.
    pub(crate) fn encrypt_chain(&self, start: [u8; BLOCK_BYTES], bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut before = start;
        for mut block in blocks(bytes) {
            for (byte, other) in block.iter_mut().zip(before) {
                *byte ^= other;
            }
            before = self.encrypt(block);
            out.extend_from_slice(&before);
        }
        out
    }

    fn decrypt(&self, block: [u8; BLOCK_BYTES]) -> [u8; BLOCK_BYTES] {
        let mut block = Block::from(block);
        match self {
            Self::Aes128(cipher) => cipher.decrypt_block(&mut block),
            Self::Aes192(cipher) => cipher.decrypt_block(&mut block),
            Self::Aes256(cipher) => cipher.decrypt_block(&mut block),
        }
        block.into()
    }

    fn encrypt(&self, block: [u8; BLOCK_BYTES]) -> [u8; BLOCK_BYTES] {
        let mut block = Block::from(block);
        match self {
            Self::Aes128(cipher) => cipher.encrypt_block(&mut block),
            Self::Aes192(cipher) => cipher.encrypt_block(&mut block),
            Self::Aes256(cipher) => cipher.encrypt_block(&mut block),
        }
        block.into()
    }
}

fn blocks(bytes: &[u8]) -> impl Iterator<Item = [u8; BLOCK_BYTES]> {
    let (blocks, _) = bytes.as_chunks::<BLOCK_BYTES>();
    blocks.iter().copied()
}

/// The first bytes as the start of a chain, filled up with `fill` where there are fewer.
pub(crate) fn chain_start(bytes: &[u8], fill: u8) -> [u8; BLOCK_BYTES] {
    let mut start = [fill; BLOCK_BYTES];
    for (to, from) in start.iter_mut().zip(bytes) {
        *to = *from;
    }
    start
}

/// RC4: the same both ways. An empty key leaves the bytes as they are.
pub(crate) fn rc4(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    if key.is_empty() {
        return bytes.to_vec();
    }
    let mut state: [u8; 256] = std::array::from_fn(|n| u8::try_from(n).unwrap_or_default());
    let at = |state: &[u8; 256], index: u8| state.get(usize::from(index)).copied().unwrap_or(0);
    let mut j = 0_u8;
    for (i, key_byte) in (0..=u8::MAX).zip(key.iter().cycle()) {
        j = j.wrapping_add(at(&state, i)).wrapping_add(*key_byte);
        state.swap(usize::from(i), usize::from(j));
    }
    let (mut i, mut j) = (0_u8, 0_u8);
    let mut next = || {
        i = i.wrapping_add(1);
        j = j.wrapping_add(at(&state, i));
        state.swap(usize::from(i), usize::from(j));
        at(&state, at(&state, i).wrapping_add(at(&state, j)))
    };
    bytes.iter().map(|byte| byte ^ next()).collect()
}

/// A digest that keys are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    /// The digest of these pieces, one after the other.
    pub(crate) fn of(self, pieces: &[&[u8]]) -> Vec<u8> {
        let mut context = digest::Context::new(match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        });
        for piece in pieces {
            context.update(piece);
        }
        context.finish().as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rc4_is_that_of_rfc_6229() {
        let stream = rc4(&[1, 2, 3, 4, 5], &[0; 8]);
        assert_eq!(stream, [0xb2, 0x39, 0x63, 0x05, 0xf0, 0x3d, 0xc0, 0x27]);
        assert_eq!(rc4(b"", b"as it is"), b"as it is");
    }

    #[test]
    fn chains_are_undone() {
        for n_bytes in [16, 24, 32] {
            let cipher = Aes::new(&vec![7; n_bytes]).unwrap();
            let sealed = cipher.encrypt_chain([1; 16], &[9; 64]);
            assert_eq!(cipher.decrypt_chain([1; 16], &sealed), [9; 64]);
            assert_ne!(sealed[..16], sealed[16..32]);
        }
        assert!(Aes::new(b"short").is_none());
    }
}
