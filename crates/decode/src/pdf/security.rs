//! The standard security handler (ISO 32000-1, 7.6; ISO 32000-2, 7.6.4): RC4 and AES, by user or owner password.

use std::borrow::Cow;

use mabillon_case::Passwords;
use md5::Digest as _;

use super::file::File;
use super::object::{Dict, Object};
use crate::cipher::{Aes, BLOCK_BYTES, Digest, chain_start, rc4};

/// What fills up a short password (7.6.3.3).
const PADDING: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08,
    0x2e, 0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];

/// Bytes of a password of revision 5 and 6 that count.
const LONG_PASSWORD_BYTES_MAX: usize = 127;

/// Whether a file is encrypted, and open.
#[derive(Default)]
pub(super) enum Security {
    /// Not encrypted.
    #[default]
    None,
    /// Encrypted; the key is known.
    Open(Key),
    /// Encrypted; why it is not open.
    Closed(String),
}

/// The key of a file, and what it is used with.
pub(super) struct Key {
    secret: Vec<u8>,
    strings: Method,
    streams: Method,
    is_metadata_encrypted: bool,
}

/// How something is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Identity,
    Rc4,
    /// AES with a key for each object.
    AesOfObject,
    /// AES with the key of the file.
    AesOfFile,
}

/// The number and generation of an object.
pub(super) type ObjectId = (u32, u32);

/// What the encryption dictionary and the trailer say.
struct Handler {
    revision: usize,
    owner: Vec<u8>,
    user: Vec<u8>,
    owner_key: Vec<u8>,
    user_key: Vec<u8>,
    permissions: [u8; 4],
    id: Vec<u8>,
    key_bytes: usize,
    is_metadata_encrypted: bool,
}

impl Security {
    /// Opens an encrypted file with the empty password, or one of those given.
    pub(super) fn of(file: &File<'_>, passwords: &Passwords) -> Self {
        if !file.trailer.contains_key("Encrypt") {
            return Self::None;
        }
        let dict = file.dict(&file.trailer, "Encrypt");
        let Some((handler, strings, streams)) = Handler::read(file, &dict) else {
            return Self::Closed("encrypted: its method of encryption is not read".to_owned());
        };
        let mut tried = [&b""[..]].into_iter().chain(passwords.iter());
        match tried.find_map(|password| handler.key(password)) {
            Some(secret) => Self::Open(Key {
                secret,
                strings,
                streams,
                is_metadata_encrypted: handler.is_metadata_encrypted,
            }),
            None => Self::Closed(passwords.refusal().to_owned()),
        }
    }

    /// Decrypts all strings in an object.
    pub(super) fn strings(&self, object: Object, id: ObjectId) -> Object {
        let Self::Open(key) = self else { return object };
        if key.strings == Method::Identity {
            return object;
        }
        decrypted(object, &|bytes| key.decrypt(key.strings, id, bytes))
    }

    /// Decrypts the bytes of a stream.
    pub(super) fn stream<'s>(&self, dict: &Dict, stored: &'s [u8], id: ObjectId) -> Cow<'s, [u8]> {
        let Self::Open(key) = self else {
            return Cow::Borrowed(stored);
        };
        let kind = dict.get("Type").and_then(Object::name).unwrap_or_default();
        let is_clear = kind == "XRef"
            || (kind == "Metadata" && !key.is_metadata_encrypted)
            || key.streams == Method::Identity
            || names_crypt(dict);
        if is_clear {
            return Cow::Borrowed(stored);
        }
        Cow::Owned(key.decrypt(key.streams, id, stored))
    }
}

/// Whether a stream names a filter of its own for decryption (7.4.10); the only one in use leaves it as it is.
fn names_crypt(dict: &Dict) -> bool {
    match dict.get("Filter") {
        Some(Object::Array(filters)) => filters.first().and_then(Object::name) == Some("Crypt"),
        Some(filter) => filter.name() == Some("Crypt"),
        None => false,
    }
}

/// The object with all strings decrypted. It is no deeper than the reader lets it be.
fn decrypted(object: Object, decrypt: &dyn Fn(&[u8]) -> Vec<u8>) -> Object {
    match object {
        Object::Text(bytes) => Object::Text(decrypt(&bytes)),
        Object::Array(values) => {
            let values = values.into_iter();
            Object::Array(values.map(|value| decrypted(value, decrypt)).collect())
        }
        Object::Dict(dict) => {
            let entries = dict.into_iter();
            Object::Dict(
                entries
                    .map(|(key, value)| (key, decrypted(value, decrypt)))
                    .collect(),
            )
        }
        other => other,
    }
}

impl Key {
    fn decrypt(&self, method: Method, (number, generation): ObjectId, bytes: &[u8]) -> Vec<u8> {
        let [n0, n1, n2, _] = number.to_le_bytes();
        let [g0, g1, ..] = generation.to_le_bytes();
        let of_object = |salt: &[u8]| {
            let mut key = md5_of(&[&self.secret, &[n0, n1, n2, g0, g1], salt]);
            key.truncate((self.secret.len() + 5).min(16));
            key
        };
        match method {
            Method::Identity => bytes.to_vec(),
            Method::Rc4 => rc4(&of_object(b""), bytes),
            Method::AesOfObject => padded_chain(&of_object(b"sAlT"), bytes),
            Method::AesOfFile => padded_chain(&self.secret, bytes),
        }
    }
}

/// A chain whose start stands before it, with padding at its end.
fn padded_chain(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let (Some((start, sealed)), Some(aes)) = (bytes.split_at_checked(BLOCK_BYTES), Aes::new(key))
    else {
        return Vec::new();
    };
    let mut plain = aes.decrypt_chain(chain_start(start, 0), sealed);
    let n_padding = plain.last().map_or(0, |last| usize::from(*last));
    if (1..=BLOCK_BYTES).contains(&n_padding) {
        plain.truncate(plain.len().saturating_sub(n_padding));
    }
    plain
}

impl Handler {
    /// The handler, and the methods of strings and streams; `None` where it is not the standard one.
    fn read(file: &File<'_>, dict: &Dict) -> Option<(Self, Method, Method)> {
        if file.get(dict, "Filter").name()? != "Standard" {
            return None;
        }
        let bytes = |key: &str| text(file.get(dict, key));
        let version = file.get(dict, "V").size().unwrap_or(0);
        let revision = file.get(dict, "R").size()?;
        let (strings, streams) = (
            method(file, dict, version, "StrF")?,
            method(file, dict, version, "StmF")?,
        );
        let id = match file.get(&file.trailer, "ID") {
            Object::Array(parts) => parts.first().map(|part| text(file.resolve(part))),
            _ => None,
        };
        let is_clear = matches!(file.get(dict, "EncryptMetadata"), Object::Bool(false));
        let handler = Self {
            revision,
            owner: bytes("O"),
            user: bytes("U"),
            owner_key: bytes("OE"),
            user_key: bytes("UE"),
            permissions: permissions(&file.get(dict, "P"))?,
            id: id.unwrap_or_default(),
            key_bytes: key_bytes(version, file.get(dict, "Length").size()),
            is_metadata_encrypted: !is_clear,
        };
        matches!(revision, 2..=6).then_some((handler, strings, streams))
    }

    /// The key of the file, where this is the password of the user or the owner.
    fn key(&self, password: &[u8]) -> Option<Vec<u8>> {
        if self.revision >= 5 {
            return self.long_key(password);
        }
        self.key_of_user(password)
            .or_else(|| self.key_of_user(&self.user_password(password)?))
    }

    /// Algorithms 2, 4 and 5: the key of the user's password, where it is that.
    fn key_of_user(&self, password: &[u8]) -> Option<Vec<u8>> {
        let clear_metadata: &[u8] = if self.revision >= 4 && !self.is_metadata_encrypted {
            &[0xff; 4]
        } else {
            &[]
        };
        let mut key = md5_of(&[
            &padded(password),
            self.owner.get(..32)?,
            &self.permissions,
            &self.id,
            clear_metadata,
        ]);
        let n_bytes = if self.revision == 2 {
            5
        } else {
            self.key_bytes.min(16)
        };
        if self.revision >= 3 {
            for _ in 0..50 {
                key = md5_of(&[key.get(..n_bytes)?]);
            }
        }
        key.truncate(n_bytes);
        if self.revision == 2 {
            return (rc4(&key, &PADDING) == self.user.get(..32)?).then_some(key);
        }
        let mut check = md5_of(&[&PADDING, &self.id]);
        for round in 0..20 {
            check = rc4(&mixed(&key, round), &check);
        }
        (check.get(..16)? == self.user.get(..16)?).then_some(key)
    }

    /// Algorithm 7: the user's password, that the owner's password opens.
    fn user_password(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut key = md5_of(&[&padded(password)]);
        let n_bytes = if self.revision == 2 {
            5
        } else {
            self.key_bytes.min(16)
        };
        if self.revision >= 3 {
            for _ in 0..50 {
                key = md5_of(&[&key]);
            }
        }
        key.truncate(n_bytes);
        let sealed = self.owner.get(..32)?.to_vec();
        if self.revision == 2 {
            return Some(rc4(&key, &sealed));
        }
        let rounds = (0..20).rev();
        Some(rounds.fold(sealed, |bytes, round| rc4(&mixed(&key, round), &bytes)))
    }

    /// Algorithm 2.A: the key of revisions 5 and 6.
    fn long_key(&self, password: &[u8]) -> Option<Vec<u8>> {
        let password = password.get(..LONG_PASSWORD_BYTES_MAX).unwrap_or(password);
        let user = self.user.get(..48)?;
        let of_user = (user, &[][..], &self.user_key);
        let of_owner = (self.owner.get(..48)?, user, &self.owner_key);
        [of_user, of_owner]
            .into_iter()
            .find_map(|(stored, more, sealed)| {
                let (hash, salts) = stored.split_at_checked(32)?;
                let (check_salt, key_salt) = salts.split_at_checked(8)?;
                if self.long_hash(password, check_salt, more)? != hash {
                    return None;
                }
                let aes = Aes::new(&self.long_hash(password, key_salt, more)?)?;
                Some(aes.decrypt_chain([0; BLOCK_BYTES], sealed.get(..32)?))
            })
    }

    /// Algorithm 2.B; revision 5 stops after its first digest.
    fn long_hash(&self, password: &[u8], salt: &[u8], more: &[u8]) -> Option<Vec<u8>> {
        let mut hash = Digest::Sha256.of(&[password, salt, more]);
        if self.revision == 5 {
            return Some(hash);
        }
        // It ends by chance, once in eight rounds on average; a hundred thousand would be no accident.
        for round in 0..100_000_usize {
            let repeated = [password, &hash, more].concat().repeat(64);
            let aes = Aes::new(hash.get(..16)?)?;
            let sealed = aes.encrypt_chain(chain_start(hash.get(16..32)?, 0), &repeated);
            let sum: u32 = sealed.get(..16)?.iter().map(|byte| u32::from(*byte)).sum();
            let digest = match sum % 3 {
                0 => Digest::Sha256,
                1 => Digest::Sha384,
                _ => Digest::Sha512,
            };
            hash = digest.of(&[&sealed]);
            if round >= 63 && usize::from(*sealed.last()?) + 32 <= round {
                hash.truncate(32);
                return Some(hash);
            }
        }
        None
    }
}

fn text(object: Object) -> Vec<u8> {
    match object {
        Object::Text(bytes) => bytes,
        _ => Vec::new(),
    }
}

/// The permissions: a whole number of 32 bits, written with a sign or without.
fn permissions(object: &Object) -> Option<[u8; 4]> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float to an integer saturates"
    )]
    let whole = object.number()? as i64;
    whole.to_le_bytes().first_chunk().copied()
}

/// Bytes of the key. Filters of version 4 state the length themselves, and it is always this; some writers state bytes.
fn key_bytes(version: usize, length: Option<usize>) -> usize {
    match (version, length) {
        (4, _) => 16,
        (5, _) => 32,
        (1, _) | (_, None) => 5,
        (_, Some(bits)) if bits >= 40 => (bits / 8).min(16),
        (_, Some(bytes)) => bytes.clamp(5, 16),
    }
}

/// How strings or streams are encrypted.
fn method(file: &File<'_>, dict: &Dict, version: usize, key: &str) -> Option<Method> {
    match version {
        1 | 2 => Some(Method::Rc4),
        4 | 5 => {
            let name = file.get(dict, key);
            crypt_filter(file, dict, name.name().unwrap_or("Identity"))
        }
        _ => None,
    }
}

/// The method of a named filter of version 4 and 5 (7.6.5).
fn crypt_filter(file: &File<'_>, dict: &Dict, name: &str) -> Option<Method> {
    if name == "Identity" {
        return Some(Method::Identity);
    }
    let filter = file.dict(&file.dict(dict, "CF"), name);
    match file.get(&filter, "CFM").name()? {
        "None" => Some(Method::Identity),
        "V2" => Some(Method::Rc4),
        "AESV2" => Some(Method::AesOfObject),
        "AESV3" => Some(Method::AesOfFile),
        _ => None,
    }
}

fn padded(password: &[u8]) -> Vec<u8> {
    let bytes = password.iter().chain(&PADDING).copied();
    bytes.take(PADDING.len()).collect()
}

fn mixed(key: &[u8], round: u8) -> Vec<u8> {
    key.iter().map(|byte| byte ^ round).collect()
}

fn md5_of(pieces: &[&[u8]]) -> Vec<u8> {
    let mut context = md5::Md5::new();
    for piece in pieces {
        context.update(piece);
    }
    context.finalize().to_vec()
}
