//! Signature packets (RFC 9580, section 5.2).

use mabillon_case::Stamp;

use super::armor::armored;
use super::packet::{self, Octets, Packet};
use crate::hex;
use crate::key::{Hash, PublicKey, Scheme};

/// A signature of version 3, 4 or 6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPgpSignature {
    version: u8,
    /// What is signed: 0 bytes, 1 text, others keys and names (section 5.2.1).
    pub(super) kind: u8,
    pub(super) algorithm: u8,
    /// Its hash; `None` where it is not known.
    pub hash: Option<Hash>,
    /// When it was made, as the signer states.
    pub signed_at: Option<Stamp>,
    /// Seconds after which it counts no more, 0 for never.
    pub expires_after_seconds: u32,
    /// The fingerprint of the signing key, where it is stated, in hexadecimal.
    pub issuer_fingerprint: String,
    /// The id of the signing key, in hexadecimal; empty where it is not stated.
    pub issuer: String,
    pub(super) key_expires_after_seconds: u32,
    /// Bits of the key flags; `None` where they are not stated.
    pub(super) key_flags: Option<u8>,
    pub(super) revocation_reason: Option<u8>,
    pub(super) embedded: Option<Vec<u8>>,
    has_unknown_critical: bool,
    salt: Vec<u8>,
    /// What is hashed behind the content.
    trailer: Vec<u8>,
    /// The value, as the algorithm wants it.
    value: Vec<u8>,
}

/// Text whose lines end with CR LF is what a signature of text is over.
const TEXT: u8 = 1;

/// The signatures of a block or of bare packets, in order.
pub fn read_signatures(bytes: &[u8]) -> Vec<OpenPgpSignature> {
    let packets = packet::packets(&armored(bytes));
    let signatures = packets
        .iter()
        .filter(|packet| packet.tag == packet::SIGNATURE);
    signatures
        .filter_map(|packet| signature(&packet.body))
        .collect()
}

pub(super) fn of_packet(packet: &Packet) -> Option<OpenPgpSignature> {
    (packet.tag == packet::SIGNATURE).then(|| signature(&packet.body))?
}

pub(super) fn signature(body: &[u8]) -> Option<OpenPgpSignature> {
    let mut octets = Octets(body);
    match octets.octet()? {
        version @ (2 | 3) => version_3(version, &mut octets),
        version @ (4 | 6) => version_4(version, body, &mut octets),
        _ => None,
    }
}

fn empty(version: u8, kind: u8, algorithm: u8, hash: u8) -> OpenPgpSignature {
    OpenPgpSignature {
        version,
        kind,
        algorithm,
        hash: match hash {
            1 => Some(Hash::Md5),
            2 => Some(Hash::Sha1),
            8 => Some(Hash::Sha256),
            9 => Some(Hash::Sha384),
            10 => Some(Hash::Sha512),
            11 => Some(Hash::Sha224),
            _ => None,
        },
        signed_at: None,
        expires_after_seconds: 0,
        issuer_fingerprint: String::new(),
        issuer: String::new(),
        key_expires_after_seconds: 0,
        key_flags: None,
        revocation_reason: None,
        embedded: None,
        has_unknown_critical: false,
        salt: Vec::new(),
        trailer: Vec::new(),
        value: Vec::new(),
    }
}

fn version_3(version: u8, octets: &mut Octets<'_>) -> Option<OpenPgpSignature> {
    if octets.octet()? != 5 {
        return None;
    }
    let trailer = octets.take(5)?;
    let (&kind, time) = trailer.split_first()?;
    let issuer = hex(octets.take(8)?);
    let (algorithm, hash) = (octets.octet()?, octets.octet()?);
    octets.take(2)?;
    Some(OpenPgpSignature {
        signed_at: stamp(time),
        issuer,
        trailer: trailer.to_vec(),
        value: value(algorithm, octets)?,
        ..empty(version, kind, algorithm, hash)
    })
}

fn version_4(version: u8, body: &[u8], octets: &mut Octets<'_>) -> Option<OpenPgpSignature> {
    let (kind, algorithm, hash) = (octets.octet()?, octets.octet()?, octets.octet()?);
    let mut read = empty(version, kind, algorithm, hash);
    let n_octets = if version == 6 { 4 } else { 2 };
    let n_hashed = octets.number(n_octets)?;
    let hashed = octets.take(n_hashed)?;
    let signed_part = body.get(..4 + n_octets + n_hashed)?;
    read.subpackets(hashed, Place::Hashed);
    let n_unhashed = octets.number(n_octets)?;
    read.subpackets(octets.take(n_unhashed)?, Place::Unhashed);
    octets.take(2)?;
    if version == 6 {
        let n_salt = usize::from(octets.octet()?);
        read.salt = octets.take(n_salt)?.to_vec();
    }
    read.trailer = signed_part.to_vec();
    read.trailer.extend([version, 0xff]);
    let length = u32::try_from(signed_part.len()).ok()?;
    read.trailer.extend(length.to_be_bytes());
    read.value = value(algorithm, octets)?;
    Some(read)
}

/// Which of the two lists of subpackets: only the hashed one is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Hashed,
    Unhashed,
}

impl OpenPgpSignature {
    fn subpackets(&mut self, list: &[u8], place: Place) {
        let mut octets = Octets(list);
        while let Some((kind, body)) = subpacket(&mut octets) {
            self.subpacket(kind, body, place);
        }
    }

    fn subpacket(&mut self, kind: u8, body: &[u8], place: Place) {
        let seconds = || {
            Octets(body)
                .number(4)
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(0)
        };
        let is_hashed = place == Place::Hashed;
        match kind & 0x7f {
            // Whom it is from only helps to find the key.
            16 => self.issuer = hex(body),
            33 => self.issuer_fingerprint = hex(body.get(1..).unwrap_or_default()),
            // A signature inside proves itself.
            32 => self.embedded = Some(body.to_vec()),
            2 if is_hashed => self.signed_at = stamp(body),
            3 if is_hashed => self.expires_after_seconds = seconds(),
            9 if is_hashed => self.key_expires_after_seconds = seconds(),
            27 if is_hashed => self.key_flags = Some(body.first().copied().unwrap_or(0)),
            29 if is_hashed => self.revocation_reason = Some(body.first().copied().unwrap_or(0)),
            4 | 5 | 7 | 11 | 12 | 20..=26 | 28 | 30 | 31 | 34 | 35 | 39 => {}
            _ => self.has_unknown_critical |= is_hashed && kind & 0x80 != 0,
        }
    }

    /// The value, in the form in which the key verifies it.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The fingerprint of the key it says it is by, else the id; in hexadecimal.
    pub fn named_key(&self) -> &str {
        if self.issuer_fingerprint.is_empty() {
            &self.issuer
        } else {
            &self.issuer_fingerprint
        }
    }

    /// Whether it is a signature of a document rather than of a key or a name.
    pub const fn is_of_document(&self) -> bool {
        self.kind <= TEXT
    }

    /// `rsa-sha256` and the like, of the key that is given.
    pub(super) fn algorithm_name(&self, key: &PublicKey) -> String {
        format!("{}-{}", key.name(), self.hash.map_or("?", Hash::name))
    }

    /// The content as it is hashed.
    pub(super) fn canonical(&self, content: &[u8]) -> Vec<u8> {
        if self.kind == TEXT {
            crate::with_crlf(content)
        } else {
            content.to_vec()
        }
    }

    /// Whether it is a signature of `content` by `key`; `Err` where that cannot be computed, with the reason.
    pub(super) fn verifies(&self, key: &PublicKey, content: &[u8]) -> Result<bool, String> {
        let Some(hash) = self.hash else {
            return Err("its hash algorithm is not known".to_owned());
        };
        if self.has_unknown_critical {
            return Err("it has a critical subpacket that is not understood here".to_owned());
        }
        let mut input = self.salt.clone();
        input.extend_from_slice(content);
        input.extend_from_slice(&self.trailer);
        match key {
            // Ed25519 signs the hash (section 5.2.4).
            PublicKey::Ed25519 { .. } => {
                let digest = hash.of(&input).ok_or("MD5 is not computed")?;
                key.verifies(Scheme::Plain, Hash::Sha512, &digest, &self.value)
            }
            _ => key.verifies(Scheme::Plain, hash, &input, &self.value),
        }
    }
}

fn subpacket<'a>(octets: &mut Octets<'a>) -> Option<(u8, &'a [u8])> {
    let length = octets.subpacket_length()?;
    let mut body = Octets(octets.take(length)?);
    Some((body.octet()?, body.0))
}

/// The value in the form in which the key verifies it.
fn value(algorithm: u8, octets: &mut Octets<'_>) -> Option<Vec<u8>> {
    Some(match algorithm {
        1 | 3 => octets.integer()?.to_vec(),
        17 | 19 => der_pair(octets.integer()?, octets.integer()?),
        22 => {
            let mut value = padded(octets.integer()?)?;
            value.extend(padded(octets.integer()?)?);
            value
        }
        27 => octets.take(64)?.to_vec(),
        _ => Vec::new(),
    })
}

/// Half of an Ed25519 signature, with the zeros that the integer dropped.
fn padded(number: &[u8]) -> Option<Vec<u8>> {
    const HALF: usize = 32;
    let mut out = vec![0; HALF.checked_sub(number.len())?];
    out.extend_from_slice(number);
    Some(out)
}

/// The DER sequence of two integers.
fn der_pair(r: &[u8], s: &[u8]) -> Vec<u8> {
    let mut inside = der_integer(r);
    inside.extend(der_integer(s));
    der(0x30, &inside)
}

fn der_integer(number: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(number.len() + 1);
    if number.first().is_none_or(|octet| *octet >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(number);
    der(0x02, &content)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let length = crate::ber::without_zeros(&length);
    match length {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

pub(super) fn stamp(seconds: &[u8]) -> Option<Stamp> {
    let seconds = Octets(seconds).number(4)?;
    Stamp::from_seconds(i64::try_from(seconds).ok()?)
}
