//! Office documents encrypted with a password (MS-OFFCRYPTO): agile (section 2.3.4.10) and standard (2.3.4.5)
//! encryption of a package in a compound file.

use mabillon_case::Passwords;
use mabillon_compound::Compound;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::limits::{ENCRYPTED_PACKAGE_BYTES_MAX, ENCRYPTION_INFO_BYTES_MAX, KEY_HASHES_MAX};
use crate::cipher::{Aes, BLOCK_BYTES, Digest, chain_start};
use crate::little_endian::{u16_at, usize_at};

/// Excel encrypts with this password where a workbook is protected without one.
const EXCEL_PASSWORD: &[u8] = b"VelvetSweatshop";

/// Rounds of standard encryption.
const STANDARD_ROUNDS: u32 = 50_000;

/// Bytes of a segment of agile encryption.
const SEGMENT_BYTES: usize = 4096;

/// Keys of the blocks of agile encryption (section 2.3.4.11 to 13).
const VERIFIER_INPUT: [u8; 8] = [0xfe, 0xa7, 0xd2, 0x76, 0x3b, 0x4b, 0x9e, 0x79];
const VERIFIER_VALUE: [u8; 8] = [0xd7, 0xaa, 0x0f, 0x6d, 0x30, 0x61, 0x34, 0x4e];
const KEY_VALUE: [u8; 8] = [0x14, 0x6e, 0x0b, 0xe7, 0xab, 0xac, 0xd0, 0xd6];

/// The package in an encrypted document.
///
/// # Errors
///
/// Why it was not opened.
pub(crate) fn open(compound: &Compound<'_>, passwords: &Passwords) -> Result<Vec<u8>, String> {
    let info = compound.stream("EncryptionInfo", ENCRYPTION_INFO_BYTES_MAX);
    let info = info.ok_or("encrypted: it does not say how")?;
    let scheme = Scheme::read(&info)?;
    let package = compound.stream("EncryptedPackage", ENCRYPTED_PACKAGE_BYTES_MAX);
    let package = package.ok_or("encrypted: its content is missing or too large")?;
    let mut hashes_left = KEY_HASHES_MAX;
    for password in passwords.iter().chain([EXCEL_PASSWORD]) {
        hashes_left = hashes_left
            .checked_sub(scheme.rounds())
            .ok_or("encrypted: trying all given passwords would take too long")?;
        if let Some(key) = scheme.key(&utf_16(password)) {
            return scheme
                .decrypt(&key, &package)
                .ok_or_else(|| "encrypted: its content is damaged".to_owned());
        }
    }
    Err(passwords.refusal().to_owned())
}

/// A password as it is hashed.
fn utf_16(password: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(password);
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

enum Scheme {
    Standard(Standard),
    Agile(Box<Agile>),
}

struct Standard {
    salt: Vec<u8>,
    verifier: Vec<u8>,
    verifier_hash: Vec<u8>,
    key_bytes: usize,
}

/// How one thing is encrypted in agile encryption.
#[derive(Default)]
struct Encrypted {
    salt: Vec<u8>,
    key_bytes: usize,
    hash: Option<Digest>,
    is_aes_chain: bool,
}

#[derive(Default)]
struct Agile {
    data: Encrypted,
    key: Encrypted,
    rounds: u32,
    verifier_input: Vec<u8>,
    verifier_value: Vec<u8>,
    key_value: Vec<u8>,
}

impl Scheme {
    fn read(info: &[u8]) -> Result<Self, String> {
        let version = (u16_at(info, 0), u16_at(info, 2));
        match version {
            (Some(4), Some(4)) => Agile::read(info.get(8..).unwrap_or_default())
                .map(|agile| Self::Agile(Box::new(agile))),
            (Some(2..=4), Some(2)) => Standard::read(info).map(Self::Standard),
            (Some(major), Some(minor)) => {
                return Err(format!(
                    "encrypted: version {major}.{minor} of the encryption is not read"
                ));
            }
            _ => None,
        }
        .ok_or_else(|| {
            "encrypted: what it says of its encryption is damaged or not known".to_owned()
        })
    }

    /// Digests that one password costs.
    fn rounds(&self) -> u64 {
        u64::from(match self {
            Self::Standard(_) => STANDARD_ROUNDS,
            Self::Agile(agile) => agile.rounds,
        })
    }

    /// The key of the content, where the password fits.
    fn key(&self, password: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Standard(standard) => standard.key(password),
            Self::Agile(agile) => agile.key(password),
        }
    }

    fn decrypt(&self, key: &[u8], package: &[u8]) -> Option<Vec<u8>> {
        // The upper half of the size is not in use; there are writers that leave something in it.
        let n_bytes = usize_at(package, 0)?;
        let content = package.get(8..)?;
        let aes = Aes::new(key)?;
        let mut plain = match self {
            Self::Standard(_) => aes.decrypt_blocks(content),
            Self::Agile(agile) => agile.decrypt(&aes, content)?,
        };
        (plain.len() >= n_bytes).then(|| {
            plain.truncate(n_bytes);
            plain
        })
    }
}

/// The salted hash of a password, hashed again and again with the number of the round.
fn spun(digest: Digest, salt: &[u8], password: &[u8], rounds: u32) -> Vec<u8> {
    let first = digest.of(&[salt, password]);
    (0..rounds).fold(first, |hash, round| {
        digest.of(&[&round.to_le_bytes(), &hash])
    })
}

impl Standard {
    fn read(info: &[u8]) -> Option<Self> {
        let header_bytes = usize_at(info, 8)?;
        let key_bytes = usize_at(info, 12 + 16)? / 8;
        let verifier = info.get(12_usize.checked_add(header_bytes)?..)?;
        let salt = verifier.get(4..20)?.to_vec();
        let input = verifier.get(20..36)?.to_vec();
        let hash = verifier.get(40..72)?.to_vec();
        matches!(key_bytes, 16 | 24 | 32).then_some(Self {
            salt,
            verifier: input,
            verifier_hash: hash,
            key_bytes,
        })
    }

    fn key(&self, password: &[u8]) -> Option<Vec<u8>> {
        let hash = spun(Digest::Sha1, &self.salt, password, STANDARD_ROUNDS);
        let hash = Digest::Sha1.of(&[&hash, &[0; 4]]);
        let half = |fill: u8| {
            let mut padded = [fill; 64];
            for (to, from) in padded.iter_mut().zip(&hash) {
                *to ^= from;
            }
            Digest::Sha1.of(&[&padded])
        };
        let mut key = [half(0x36), half(0x5c)].concat();
        key.truncate(self.key_bytes);
        let aes = Aes::new(&key)?;
        let expected = aes.decrypt_blocks(&self.verifier_hash);
        let found = Digest::Sha1.of(&[&aes.decrypt_blocks(&self.verifier)]);
        (expected.get(..found.len())? == found).then_some(key)
    }
}

impl Agile {
    fn read(xml: &[u8]) -> Option<Self> {
        let mut agile = Self::default();
        let mut reader = Reader::from_reader(xml);
        let mut has_key = false;
        loop {
            match reader.read_event().ok()? {
                Event::Start(element) | Event::Empty(element) => {
                    match element.local_name().as_ref() {
                        "keyData" => agile.data = Encrypted::read(&element)?,
                        "encryptedKey" if !has_key => {
                            has_key = true;
                            agile.key = Encrypted::read(&element)?;
                            agile.rounds = attribute(&element, "spinCount")?.parse().ok()?;
                            agile.verifier_input = binary(&element, "encryptedVerifierHashInput")?;
                            agile.verifier_value = binary(&element, "encryptedVerifierHashValue")?;
                            agile.key_value = binary(&element, "encryptedKeyValue")?;
                        }
                        _ => {}
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        (has_key && agile.data.is_aes_chain && agile.key.is_aes_chain).then_some(agile)
    }

    fn key(&self, password: &[u8]) -> Option<Vec<u8>> {
        let digest = self.key.hash?;
        let hash = spun(digest, &self.key.salt, password, self.rounds);
        let start = chain_start(&self.key.salt, 0x36);
        let open = |block_key: &[u8], sealed: &[u8]| {
            let mut key = digest.of(&[&hash, block_key]);
            key.resize(self.key.key_bytes, 0x36);
            Some(Aes::new(&key)?.decrypt_chain(start, sealed))
        };
        let found = digest.of(&[&open(&VERIFIER_INPUT, &self.verifier_input)?]);
        let expected = open(&VERIFIER_VALUE, &self.verifier_value)?;
        if expected.get(..found.len())? != found {
            return None;
        }
        let mut key = open(&KEY_VALUE, &self.key_value)?;
        key.truncate(self.data.key_bytes);
        Some(key)
    }

    fn decrypt(&self, aes: &Aes, content: &[u8]) -> Option<Vec<u8>> {
        let digest = self.data.hash?;
        let mut plain = Vec::with_capacity(content.len());
        for (number, segment) in (0_u32..).zip(content.chunks(SEGMENT_BYTES)) {
            let start = digest.of(&[&self.data.salt, &number.to_le_bytes()]);
            plain.extend(aes.decrypt_chain(chain_start(&start, 0x36), segment));
        }
        Some(plain)
    }
}

impl Encrypted {
    fn read(element: &BytesStart<'_>) -> Option<Self> {
        let hash = match attribute(element, "hashAlgorithm")?.as_str() {
            "SHA1" | "SHA-1" => Some(Digest::Sha1),
            "SHA256" => Some(Digest::Sha256),
            "SHA384" => Some(Digest::Sha384),
            "SHA512" => Some(Digest::Sha512),
            _ => None,
        };
        let key_bits: usize = attribute(element, "keyBits")?.parse().ok()?;
        let block_bytes: usize = attribute(element, "blockSize")?.parse().ok()?;
        Some(Self {
            salt: binary(element, "saltValue")?,
            key_bytes: matches!(key_bits, 128 | 192 | 256).then_some(key_bits / 8)?,
            hash,
            is_aes_chain: attribute(element, "cipherAlgorithm")? == "AES"
                && attribute(element, "cipherChaining")? == "ChainingModeCBC"
                && block_bytes == BLOCK_BYTES,
        })
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    Some(attribute.value.into_owned())
}

fn binary(element: &BytesStart<'_>, name: &str) -> Option<Vec<u8>> {
    let text = attribute(element, name)?;
    base64_simd::STANDARD.decode_to_vec(text.trim()).ok()
}
