//! Encrypted entries: the traditional encryption of PKWARE (APPNOTE.TXT, section 6.1), and AES as
//! `WinZip` writes it (AE-1 and AE-2, "AES Encryption Information: Encryption Specification").

use std::io::{self, Read, SeekFrom};
use std::num::NonZeroU32;
use std::sync::LazyLock;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256, Block};
use aws_lc_rs::{constant_time, hmac, pbkdf2};

use super::ReadSeek;
use super::directory::{Entry, Fields, extra_field};
use super::local::{HAS_DESCRIPTOR, Local};
use super::methods::METHOD_AES;

/// Bits of the flags: the data, or the names in the directory, are encrypted.
pub(super) const IS_ENCRYPTED: u16 = 1 | IS_STRONG | 1 << 13;

/// Bit of the flags: the strong encryption of PKWARE.
const IS_STRONG: u16 = 1 << 6;

/// Id of the extra field of AES.
const AES_FIELD: u16 = 0x9901;

/// Bytes before the data of the traditional encryption.
const TRADITIONAL_HEADER_BYTES: usize = 12;

/// Bytes of the value that tells most wrong passwords, and of the authentication code after the data.
const VERIFIER_BYTES: usize = 2;
const CODE_BYTES: usize = 10;

/// Rounds of the key derivation.
const AES_ROUNDS: NonZeroU32 = NonZeroU32::new(1000).unwrap();

/// How an entry is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// Traditional; the last byte of the header once decrypted.
    Traditional { check: u8 },
    /// AES with a key of this many bytes; the method below it, and whether the checksum counts.
    Aes {
        key_bytes: usize,
        method: u16,
        has_checksum: bool,
    },
}

/// What a password opens.
#[derive(Clone)]
pub(super) struct Key {
    cipher: Cipher,
    /// Bytes before the content, and after it.
    pub(super) n_before: u64,
    pub(super) n_after: u64,
    /// Whether the authentication code, where there is one, agrees.
    pub(super) is_authentic: bool,
}

#[derive(Clone)]
enum Cipher {
    Traditional(Keys),
    Aes(AesKey),
}

impl Lock {
    /// How an entry is encrypted; `None` where it is not.
    ///
    /// # Errors
    ///
    /// In words, where it is encrypted in a way that is not read.
    pub(super) fn of(entry: &Entry, local: &Local) -> Result<Option<Self>, String> {
        let flags = entry.flags | local.entry.flags;
        if flags & IS_ENCRYPTED == 0 && entry.method != METHOD_AES {
            return Ok(None);
        }
        if flags & (IS_STRONG | 1 << 13) != 0 {
            return Err("encrypted: the strong encryption of PKWARE is not read".to_owned());
        }
        if entry.method != METHOD_AES {
            let [_, by_time] = Fields(&local.header).u16(10).to_le_bytes();
            let by_sum = entry.checksum.map_or(by_time, last_byte);
            let check = if flags & HAS_DESCRIPTOR != 0 {
                by_time
            } else {
                by_sum
            };
            return Ok(Some(Self::Traditional { check }));
        }
        let field = extra_field(&local.extra, AES_FIELD).unwrap_or_default();
        let (version, strength) = (Fields(field).u16(0), field.get(4));
        let key_bytes = match strength {
            Some(1) => 16,
            Some(2) => 24,
            Some(3) => 32,
            _ => return Err("encrypted: its AES field is damaged".to_owned()),
        };
        Ok(Some(Self::Aes {
            key_bytes,
            method: Fields(field).u16(5),
            has_checksum: version == 1,
        }))
    }

    /// The key that a password gives for the `n_stored` bytes from `offset` on, or `None` where it does not fit.
    /// Passwords that fit by chance remain: one in 256 with the traditional encryption.
    pub(super) fn open(
        self,
        password: &[u8],
        reader: &mut dyn ReadSeek,
        (offset, n_stored): (u64, u64),
    ) -> io::Result<Option<Key>> {
        reader.seek(SeekFrom::Start(offset))?;
        match self {
            Self::Traditional { check } => {
                let mut header = [0; TRADITIONAL_HEADER_BYTES];
                reader.read_exact(&mut header)?;
                let mut keys = Keys::of(password);
                for byte in &mut header {
                    *byte = keys.decrypt(*byte);
                }
                let fits = header.last() == Some(&check);
                Ok(fits.then_some(Key {
                    cipher: Cipher::Traditional(keys),
                    n_before: TRADITIONAL_HEADER_BYTES as u64,
                    n_after: 0,
                    is_authentic: true,
                }))
            }
            Self::Aes { key_bytes, .. } => open_aes(key_bytes, password, reader, n_stored),
        }
    }
}

fn open_aes(
    key_bytes: usize,
    password: &[u8],
    reader: &mut dyn ReadSeek,
    n_stored: u64,
) -> io::Result<Option<Key>> {
    let mut salt = vec![0; key_bytes / 2];
    reader.read_exact(&mut salt)?;
    let mut verifier = [0; VERIFIER_BYTES];
    reader.read_exact(&mut verifier)?;
    let mut derived = vec![0; 2 * key_bytes + VERIFIER_BYTES];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA1,
        AES_ROUNDS,
        &salt,
        password,
        &mut derived,
    );
    let (keys, expected) = derived.split_at(2 * key_bytes);
    if expected != verifier {
        return Ok(None);
    }
    let (key, authentication_key) = keys.split_at(key_bytes);
    let n_before = (salt.len() + VERIFIER_BYTES) as u64;
    let n_after = CODE_BYTES as u64;
    let n_content = n_stored.saturating_sub(n_before + n_after);
    let is_authentic = is_authentic(authentication_key, reader, n_content)?;
    Ok(AesKey::of(key).map(|key| Key {
        cipher: Cipher::Aes(key),
        n_before,
        n_after,
        is_authentic,
    }))
}

/// Whether the next bytes are those that the code after them was computed of.
fn is_authentic(key: &[u8], reader: &mut dyn ReadSeek, n_content: u64) -> io::Result<bool> {
    let mut context =
        hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key));
    let mut content = reader.take(n_content);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            n => context.update(buffer.get(..n).unwrap_or_default()),
        }
    }
    let mut code = [0; CODE_BYTES];
    if reader.read_exact(&mut code).is_err() {
        return Ok(false);
    }
    let computed = context.sign();
    let computed = computed.as_ref().get(..CODE_BYTES).unwrap_or_default();
    Ok(constant_time::verify_slices_are_equal(computed, &code).is_ok())
}

/// A reader that decrypts, or not.
pub(super) enum Decrypting<R> {
    Plain(R),
    Traditional(R, Keys),
    Aes(R, AesKey),
}

impl<R> Decrypting<R> {
    pub(super) fn new(inner: R, key: Option<Key>) -> Self {
        match key.map(|key| key.cipher) {
            None => Self::Plain(inner),
            Some(Cipher::Traditional(keys)) => Self::Traditional(inner, keys),
            Some(Cipher::Aes(key)) => Self::Aes(inner, key),
        }
    }
}

impl<R: Read> Read for Decrypting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(inner) => inner.read(buffer),
            Self::Traditional(inner, keys) => {
                let n = inner.read(buffer)?;
                for byte in buffer.iter_mut().take(n) {
                    *byte = keys.decrypt(*byte);
                }
                Ok(n)
            }
            Self::Aes(inner, key) => {
                let n = inner.read(buffer)?;
                for byte in buffer.iter_mut().take(n) {
                    *byte ^= key.next();
                }
                Ok(n)
            }
        }
    }
}

/// The three keys of the traditional encryption.
#[derive(Debug, Clone)]
pub(super) struct Keys([u32; 3]);

impl Keys {
    fn of(password: &[u8]) -> Self {
        let mut keys = Self([0x1234_5678, 0x2345_6789, 0x3456_7890]);
        for byte in password {
            keys.update(*byte);
        }
        keys
    }

    fn update(&mut self, byte: u8) {
        let [first, second, third] = self.0;
        let first = crc_step(first, byte);
        let second = second
            .wrapping_add(first & 0xff)
            .wrapping_mul(134_775_813)
            .wrapping_add(1);
        let third = crc_step(third, last_byte(second));
        self.0 = [first, second, third];
    }

    fn decrypt(&mut self, byte: u8) -> u8 {
        let [_, _, third] = self.0;
        let mixed = third | 2;
        let plain = byte ^ second_byte(mixed.wrapping_mul(mixed ^ 1));
        self.update(plain);
        plain
    }
}

/// One byte more in a CRC-32 without its first and last inversion.
fn crc_step(sum: u32, byte: u8) -> u32 {
    let [low, ..] = sum.to_le_bytes();
    let index = usize::from(low ^ byte);
    CRC_TABLE.get(index).copied().unwrap_or_default() ^ (sum >> 8)
}

fn second_byte(number: u32) -> u8 {
    let [_, second, ..] = number.to_le_bytes();
    second
}

fn last_byte(number: u32) -> u8 {
    let [.., last] = number.to_le_bytes();
    last
}

/// CRC-32 of each byte.
static CRC_TABLE: LazyLock<[u32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        (0..8).fold(u32::try_from(byte).unwrap_or_default(), |sum, _| {
            let carried = if sum & 1 == 1 { 0xedb8_8320 } else { 0 };
            carried ^ (sum >> 1)
        })
    })
});

/// AES in counter mode; the counter is little-endian and begins at 1.
#[derive(Clone)]
pub(super) struct AesKey {
    cipher: AesCipher,
    counter: u128,
    block: [u8; 16],
    n_used: usize,
}

#[derive(Clone)]
enum AesCipher {
    Aes128(Box<Aes128>),
    Aes192(Box<Aes192>),
    Aes256(Box<Aes256>),
}

impl AesKey {
    fn of(key: &[u8]) -> Option<Self> {
        let cipher = match key.len() {
            16 => AesCipher::Aes128(Box::new(Aes128::new_from_slice(key).ok()?)),
            24 => AesCipher::Aes192(Box::new(Aes192::new_from_slice(key).ok()?)),
            _ => AesCipher::Aes256(Box::new(Aes256::new_from_slice(key).ok()?)),
        };
        Some(Self {
            cipher,
            counter: 0,
            block: [0; 16],
            n_used: 16,
        })
    }

    fn next(&mut self) -> u8 {
        if self.n_used == self.block.len() {
            self.counter = self.counter.wrapping_add(1);
            let mut block = Block::from(self.counter.to_le_bytes());
            match &self.cipher {
                AesCipher::Aes128(cipher) => cipher.encrypt_block(&mut block),
                AesCipher::Aes192(cipher) => cipher.encrypt_block(&mut block),
                AesCipher::Aes256(cipher) => cipher.encrypt_block(&mut block),
            }
            (self.block, self.n_used) = (block.into(), 0);
        }
        let byte = self.block.get(self.n_used).copied().unwrap_or_default();
        self.n_used += 1;
        byte
    }
}
