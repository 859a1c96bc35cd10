//! Public keys: the TXT record that publishes one (RFC 6376, section 3.6.1), its key, and verifying with it.

use std::fmt::Write as _;

use aws_lc_rs::signature::{
    ED25519, ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
};
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};

use super::canonical_body::HashAlgorithm;
use super::limits::RSA_BITS_MAX;
use super::tags::{is_white, shown, tag_list};

/// The signing algorithms (RFC 6376, section 3.3; RFC 8463, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    RsaSha1,
    RsaSha256,
    Ed25519Sha256,
}

impl Algorithm {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "rsa-sha1" => Some(Self::RsaSha1),
            "rsa-sha256" => Some(Self::RsaSha256),
            "ed25519-sha256" => Some(Self::Ed25519Sha256),
            _ => None,
        }
    }

    pub(crate) const fn hash(self) -> HashAlgorithm {
        match self {
            Self::RsaSha1 => HashAlgorithm::Sha1,
            Self::RsaSha256 | Self::Ed25519Sha256 => HashAlgorithm::Sha256,
        }
    }
}

/// What a key record holds.
#[derive(Debug)]
pub enum KeyState {
    /// A key that signatures can be verified with.
    Usable(PublicKey),
    /// An empty `p=`: the key was withdrawn.
    Revoked,
    /// No key, for this reason.
    Unusable(String),
}

/// A public key, parsed once.
#[derive(Debug)]
pub struct PublicKey {
    material: Vec<u8>,
    bits: u32,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// RSA of 1024 bits and more: one parsed key for each hash.
    Rsa {
        sha256: Box<ParsedPublicKey>,
        sha1: Box<ParsedPublicKey>,
    },
    /// RSA that the fast library refuses: short keys, unusual exponents.
    SlowRsa(Box<RsaPublicKey>),
    Ed25519(Box<ParsedPublicKey>),
}

/// The `DigestInfo` that stands before the hash in EMSA-PKCS1-v1_5 (RFC 8017, section 9.2).
const SHA1_PREFIX: &[u8] = &[
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];
const SHA256_PREFIX: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

impl PublicKey {
    /// Size of the key in bits: of the modulus for RSA, 256 for Ed25519.
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether it is an RSA key.
    pub const fn is_rsa(&self) -> bool {
        !matches!(self.form, Form::Ed25519(_))
    }

    /// Names the key: the first 16 hexadecimal digits of the SHA-256 of [`Self::material`].
    pub fn id(&self) -> String {
        key_id(&self.material)
    }

    /// The modulus of an RSA key, most significant octet first.
    pub fn modulus(&self) -> Option<&[u8]> {
        rsa_numbers(&self.material)
            .filter(|_| self.is_rsa())
            .map(|(modulus, _)| modulus)
    }

    /// The public exponent of an RSA key, where it is one that anybody uses.
    pub fn exponent(&self) -> Option<u32> {
        let (_, exponent) = rsa_numbers(&self.material).filter(|_| self.is_rsa())?;
        let octets = exponent.iter().fold(0_u64, |value, &octet| {
            value.saturating_mul(256).saturating_add(u64::from(octet))
        });
        u32::try_from(octets).ok()
    }

    /// The key itself apart from its record: modulus and exponent, or the Ed25519 point.
    pub fn material(&self) -> &[u8] {
        &self.material
    }

    /// Whether signatures of this algorithm can be verified with it.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        self.is_rsa() == (algorithm != Algorithm::Ed25519Sha256)
    }

    /// Whether `value` is a signature of `input` under this key.
    pub(crate) fn verifies(&self, algorithm: Algorithm, input: &[u8], value: &[u8]) -> bool {
        match (&self.form, algorithm) {
            (Form::Rsa { sha256, .. }, Algorithm::RsaSha256) => {
                sha256.verify_sig(input, value).is_ok()
            }
            (Form::Rsa { sha1, .. }, Algorithm::RsaSha1) => sha1.verify_sig(input, value).is_ok(),
            (Form::SlowRsa(key), Algorithm::RsaSha256) => {
                slow_verify(key, SHA256_PREFIX, &HashAlgorithm::Sha256.of(input), value)
            }
            (Form::SlowRsa(key), Algorithm::RsaSha1) => {
                slow_verify(key, SHA1_PREFIX, &HashAlgorithm::Sha1.of(input), value)
            }
            // Ed25519 signs the hash, not the header (RFC 8463, section 3).
            (Form::Ed25519(key), Algorithm::Ed25519Sha256) => key
                .verify_sig(&HashAlgorithm::Sha256.of(input), value)
                .is_ok(),
            _ => false,
        }
    }
}

/// The name of the key that is encoded so.
pub(crate) fn key_id(material: &[u8]) -> String {
    let digest = mabillon_case::sha256(material);
    let start = digest.iter().take(8);
    start.fold(String::new(), |mut id, octet| {
        let _ = write!(id, "{octet:02x}");
        id
    })
}

fn slow_verify(key: &RsaPublicKey, prefix: &[u8], hash: &[u8], value: &[u8]) -> bool {
    let scheme = Pkcs1v15Sign {
        hash_len: Some(hash.len()),
        prefix: prefix.into(),
    };
    key.verify(scheme, hash, value).is_ok()
}

/// Reads a key record.
///
/// `t=` (testing, strict identity) and `h=` (accepted hashes) are policy for live mail and are not obeyed here.
pub(crate) fn key_record(txt: &str) -> KeyState {
    let tags = tag_list(txt.as_bytes());
    if let Some(problem) = tags.problem {
        return KeyState::Unusable(problem);
    }
    if tags.get("v").is_some_and(|version| version != b"DKIM1") {
        return KeyState::Unusable(format!("v={} is no version of DKIM", tags.text("v")));
    }
    let services = tags.text("s");
    if !services.is_empty()
        && !services
            .split(':')
            .any(|name| matches!(name.trim(), "*" | "email"))
    {
        return KeyState::Unusable(format!("s={services}: the key is not for mail"));
    }
    let Some(published) = tags.get("p") else {
        return KeyState::Unusable("the tag p= is missing".to_owned());
    };
    let encoded: Vec<u8> = published
        .iter()
        .copied()
        .filter(|&byte| !is_white(byte))
        .collect();
    if encoded.is_empty() {
        return KeyState::Revoked;
    }
    let Ok(bytes) = base64_simd::forgiving_decode_to_vec(&encoded) else {
        return KeyState::Unusable("p= is not base64".to_owned());
    };
    let key = match tags.get("k").unwrap_or(b"rsa") {
        kind if kind.eq_ignore_ascii_case(b"rsa") => rsa_key(&bytes),
        kind if kind.eq_ignore_ascii_case(b"ed25519") => ed25519_key(&bytes),
        kind => Err(format!("k={} is no kind of key", shown(kind))),
    };
    key.map_or_else(KeyState::Unusable, KeyState::Usable)
}

fn ed25519_key(bytes: &[u8]) -> Result<PublicKey, String> {
    /// `SubjectPublicKeyInfo` of Ed25519 (RFC 8410): some publish it instead of the bare point.
    const SPKI_PREFIX: &[u8] = &[
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    let point = bytes.strip_prefix(SPKI_PREFIX).unwrap_or(bytes);
    let key =
        ParsedPublicKey::new(&ED25519, point).map_err(|_| "p= is not an Ed25519 key".to_owned())?;
    Ok(PublicKey {
        material: point.to_vec(),
        bits: 256,
        form: Form::Ed25519(Box::new(key)),
    })
}

fn rsa_key(bytes: &[u8]) -> Result<PublicKey, String> {
    let (modulus, exponent) = rsa_numbers(bytes).ok_or("p= is not an RSA key")?;
    let n_octets = u32::try_from(modulus.len()).unwrap_or(u32::MAX);
    let bits = n_octets
        .saturating_mul(8)
        .saturating_sub(modulus.first().map_or(0, |byte| byte.leading_zeros()));
    if bits > RSA_BITS_MAX {
        return Err(format!(
            "the RSA key has {bits} bits, more than {RSA_BITS_MAX}"
        ));
    }
    let der = pkcs1_der(modulus, exponent);
    // The fast library parses short keys and refuses them only when it verifies.
    let fast = (bits >= FAST_RSA_BITS_MIN)
        .then(|| fast_rsa(&der))
        .flatten();
    let form = fast.map_or_else(|| slow_rsa(modulus, exponent), Ok)?;
    Ok(PublicKey {
        material: der,
        bits,
        form,
    })
}

/// The shortest RSA key that the fast library verifies with, in bits.
const FAST_RSA_BITS_MIN: u32 = 1024;

fn fast_rsa(der: &[u8]) -> Option<Form> {
    let sha256 = ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, der).ok()?;
    let sha1 = ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, der).ok()?;
    Some(Form::Rsa {
        sha256: Box::new(sha256),
        sha1: Box::new(sha1),
    })
}

fn slow_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Form, String> {
    RsaPublicKey::new(
        BigUint::from_bytes_be(modulus),
        BigUint::from_bytes_be(exponent),
    )
    .map(|key| Form::SlowRsa(Box::new(key)))
    .map_err(|error| format!("the RSA key cannot be used: {error}"))
}

/// Modulus and exponent, without leading zeros, of a `SubjectPublicKeyInfo` (RFC 5280) or a bare `RSAPublicKey`
/// (RFC 8017, appendix A.1.1), which some publish.
fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (0x30, outer, _) = der_value(der)? else {
        return None;
    };
    let (tag, first, rest) = der_value(outer)?;
    if tag == 0x02 {
        let (0x02, exponent, _) = der_value(rest)? else {
            return None;
        };
        return Some((without_zeros(first), without_zeros(exponent)));
    }
    let (0x03, bits, _) = der_value(rest)? else {
        return None;
    };
    let (0, inner) = bits.split_first()? else {
        return None;
    };
    let (0x30, numbers, _) = der_value(inner)? else {
        return None;
    };
    let (0x02, modulus, rest) = der_value(numbers)? else {
        return None;
    };
    let (0x02, exponent, _) = der_value(rest)? else {
        return None;
    };
    Some((without_zeros(modulus), without_zeros(exponent)))
}

/// Tag, content and what follows of one DER value (X.690, section 8.1).
pub(super) fn der_value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if octets.is_empty() || octets.len() > 3 {
            return None;
        }
        (
            octets
                .iter()
                .fold(0, |length, &octet| length << 8 | usize::from(octet)),
            rest,
        )
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

pub(super) fn without_zeros(bytes: &[u8]) -> &[u8] {
    let start = bytes
        .iter()
        .position(|&byte| byte != 0)
        .unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

/// An `RSAPublicKey` (RFC 8017, appendix A.1.1) of a modulus without leading zeros.
pub(crate) fn rsa_der(modulus: &[u8], exponent: u32) -> Vec<u8> {
    pkcs1_der(modulus, without_zeros(&exponent.to_be_bytes()))
}

pub(super) fn pkcs1_der(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let mut numbers = der_integer(modulus);
    numbers.extend(der_integer(exponent));
    der_encode(0x30, &numbers)
}

fn der_integer(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(bytes.len() + 1);
    if bytes.first().is_none_or(|&byte| byte >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(bytes);
    der_encode(0x02, &content)
}

fn der_encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = without_zeros(&length);
    let mut out = vec![tag];
    match (length, u8::try_from(length.len())) {
        ([], _) => out.push(0),
        ([short], _) if *short < 0x80 => out.push(*short),
        (_, Ok(n_octets)) => {
            out.push(0x80 | n_octets);
            out.extend_from_slice(length);
        }
        _ => {}
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Ed25519 key of RFC 8463, appendix A.2, and the RSA key beside it.
    const ED25519_RECORD: &str =
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    const RSA_RECORD: &str = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

    fn bits(record: &str) -> u32 {
        match key_record(record) {
            KeyState::Usable(key) => key.bits(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_of_every_kind_are_read() {
        assert_eq!(bits(ED25519_RECORD), 256);
        assert_eq!(bits(RSA_RECORD), 1024);
        // 512 bits: refused by the fast library.
        assert_eq!(
            bits(
                "k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAP8GA3mvMMWjkJ9CQTE5115ZuwHUwpKaK/34OjPx6sU4+KV7px+9DQf/zf6LByfPkB6TnrjMgYae1CEkfwgGbPMCAwEAAQ=="
            ),
            512
        );
    }

    #[test]
    fn what_is_no_key_says_why() {
        assert!(matches!(key_record("v=DKIM1; p="), KeyState::Revoked));
        for (record, expected) in [
            ("v=DKIM2; p=AA==", "v=DKIM2 is no version of DKIM"),
            ("v=DKIM1; k=rsa", "the tag p= is missing"),
            ("k=dsa; p=AAAA", "k=dsa is no kind of key"),
            ("s=tlsrpt; p=AAAA", "s=tlsrpt: the key is not for mail"),
            ("p=AAAA", "p= is not an RSA key"),
            ("k=ed25519; p=AAAA", "p= is not an Ed25519 key"),
        ] {
            let KeyState::Unusable(reason) = key_record(record) else {
                panic!("{record}")
            };
            assert_eq!(reason, expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn der_never_panics_and_round_trips(modulus in proptest::collection::vec(1_u8.., 1..600), bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = rsa_key(&bytes);
            let der = pkcs1_der(&modulus, &[1, 0, 1]);
            proptest::prop_assert_eq!(rsa_numbers(&der), Some((modulus.as_slice(), &[1, 0, 1][..])));
        }
    }
}
