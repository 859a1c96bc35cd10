//! Public keys and hashes, and whether a signature fits.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self as aws, UnparsedPublicKey};
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};

use crate::ber::{self, Reader, without_zeros};
use crate::limits::MODULUS_BITS_MAX;

/// Hash algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hash {
    /// Broken, and not computed here.
    Md5,
    /// Two contents with one hash have been made.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Why an algorithm or a key no longer binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weakness {
    /// SHA-1: whoever chose the signed content could have prepared a second one with the same hash.
    Sha1,
    /// MD5: two contents with one hash cost minutes.
    Md5,
    /// RSA or DSA numbers below 1024 bits can be broken.
    ShortKey,
}

impl Hash {
    /// As names of algorithms write it: `sha256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Why it no longer binds, if it does not.
    pub const fn weakness(self) -> Option<Weakness> {
        match self {
            Self::Md5 => Some(Weakness::Md5),
            Self::Sha1 => Some(Weakness::Sha1),
            _ => None,
        }
    }

    const fn algorithm(self) -> Option<&'static digest::Algorithm> {
        match self {
            Self::Md5 => None,
            Self::Sha1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha224 => Some(&digest::SHA224),
            Self::Sha256 => Some(&digest::SHA256),
            Self::Sha384 => Some(&digest::SHA384),
            Self::Sha512 => Some(&digest::SHA512),
        }
    }

    /// The hash of bytes; `None` for MD5.
    pub(crate) fn of(self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(digest::digest(self.algorithm()?, bytes).as_ref().to_vec())
    }

    /// The `DigestInfo` that stands before the hash in EMSA-PKCS1-v1_5 (RFC 8017, section 9.2, note 1).
    const fn digest_info(self) -> &'static [u8] {
        match self {
            Self::Md5 => &[
                0x30, 0x20, 0x30, 0x0c, 6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5, 5, 0, 4,
                0x10,
            ],
            Self::Sha1 => &[
                0x30, 0x21, 0x30, 0x09, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14,
            ],
            Self::Sha224 => &[
                0x30, 0x2d, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4, 5, 0, 4, 0x1c,
            ],
            Self::Sha256 => &[
                0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20,
            ],
            Self::Sha384 => &[
                0x30, 0x41, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30,
            ],
            Self::Sha512 => &[
                0x30, 0x51, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40,
            ],
        }
    }
}

/// The curves of ECDSA that are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The content of its object identifier (SEC 2).
    pub(crate) const fn oid(self) -> &'static [u8] {
        match self {
            Self::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
            Self::P384 => &[0x2b, 0x81, 4, 0, 0x22],
            Self::P521 => &[0x2b, 0x81, 4, 0, 0x23],
        }
    }

    pub(crate) fn of_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.oid() == oid)
    }

    const fn bits(self) -> u32 {
        match self {
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }

    const fn algorithm(self, hash: Hash) -> Option<&'static aws::EcdsaVerificationAlgorithm> {
        Some(match (self, hash) {
            (Self::P256, Hash::Sha1) => &aws::ECDSA_P256_SHA1_ASN1,
            (Self::P256, Hash::Sha256) => &aws::ECDSA_P256_SHA256_ASN1,
            (Self::P256, Hash::Sha384) => &aws::ECDSA_P256_SHA384_ASN1,
            (Self::P256, Hash::Sha512) => &aws::ECDSA_P256_SHA512_ASN1,
            (Self::P384, Hash::Sha256) => &aws::ECDSA_P384_SHA256_ASN1,
            (Self::P384, Hash::Sha384) => &aws::ECDSA_P384_SHA384_ASN1,
            (Self::P384, Hash::Sha512) => &aws::ECDSA_P384_SHA512_ASN1,
            (Self::P521, Hash::Sha1) => &aws::ECDSA_P521_SHA1_ASN1,
            (Self::P521, Hash::Sha224) => &aws::ECDSA_P521_SHA224_ASN1,
            (Self::P521, Hash::Sha256) => &aws::ECDSA_P521_SHA256_ASN1,
            (Self::P521, Hash::Sha384) => &aws::ECDSA_P521_SHA384_ASN1,
            (Self::P521, Hash::Sha512) => &aws::ECDSA_P521_SHA512_ASN1,
            _ => return None,
        })
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicKey {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    Dsa {
        p: Vec<u8>,
        q: Vec<u8>,
        g: Vec<u8>,
        y: Vec<u8>,
    },
    Ecdsa {
        curve: Curve,
        /// The point, not compressed (SEC 1, section 2.3.3).
        point: Vec<u8>,
    },
    Ed25519 {
        point: Vec<u8>,
    },
    /// A key of a kind that is not verified here, by its name.
    Other(String),
}

/// How a signature was made over its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// The usual one of the key.
    Plain,
    /// RSASSA-PSS (RFC 8017, section 8.1).
    Pss,
}

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7).
    pub(crate) fn of_spki(spki: &[u8]) -> Option<Self> {
        let mut info = Reader::new(spki).expect(ber::SEQUENCE)?.inside();
        let mut algorithm = info.expect(ber::SEQUENCE)?.inside();
        let bits = info.expect(ber::BIT_STRING)?.bits()?;
        let oid = algorithm.expect(ber::OID)?.content;
        if oid == RSA_ENCRYPTION || oid == RSASSA_PSS {
            let mut numbers = Reader::new(bits).expect(ber::SEQUENCE)?.inside();
            return Some(Self::Rsa {
                modulus: numbers.expect(ber::INTEGER)?.unsigned()?.to_vec(),
                exponent: numbers.expect(ber::INTEGER)?.unsigned()?.to_vec(),
            });
        }
        if oid == EC_PUBLIC_KEY {
            let curve = algorithm.expect(ber::OID)?.content;
            return Some(Curve::of_oid(curve).map_or_else(
                || Self::Other("a curve that is not supported".to_owned()),
                |curve| Self::Ecdsa {
                    curve,
                    point: bits.to_vec(),
                },
            ));
        }
        if oid == DSA {
            let mut domain = algorithm.expect(ber::SEQUENCE)?.inside();
            let mut number = || Some(domain.expect(ber::INTEGER)?.unsigned()?.to_vec());
            let (p, q, g) = (number()?, number()?, number()?);
            let y = Reader::new(bits).expect(ber::INTEGER)?.unsigned()?.to_vec();
            return Some(Self::Dsa { p, q, g, y });
        }
        if oid == ED25519 {
            return Some(Self::Ed25519 {
                point: bits.to_vec(),
            });
        }
        Some(Self::Other("a kind that is not supported".to_owned()))
    }

    /// Size in bits: of the modulus, of the prime, of the curve.
    pub(crate) fn bits(&self) -> u32 {
        match self {
            Self::Rsa { modulus, .. } => bits_of(modulus),
            Self::Dsa { p, .. } => bits_of(p),
            Self::Ecdsa { curve, .. } => curve.bits(),
            Self::Ed25519 { .. } => 256,
            Self::Other(_) => 0,
        }
    }

    /// `rsa`, `dsa`, `ecdsa-p256`, `ed25519`, or what it is where it is not supported.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Rsa { .. } => "rsa",
            Self::Dsa { .. } => "dsa",
            Self::Ecdsa { curve, .. } => match curve {
                Curve::P256 => "ecdsa-p256",
                Curve::P384 => "ecdsa-p384",
                Curve::P521 => "ecdsa-p521",
            },
            Self::Ed25519 { .. } => "ed25519",
            Self::Other(name) => name,
        }
    }

    /// Why it no longer binds, if it does not.
    pub(crate) fn weakness(&self) -> Option<Weakness> {
        let is_short = matches!(self, Self::Rsa { .. } | Self::Dsa { .. }) && self.bits() < 1024;
        is_short.then_some(Weakness::ShortKey)
    }

    /// Whether `value` is a signature of `content` by this key; `Err` where that cannot be computed, with the reason.
    pub(crate) fn verifies(
        &self,
        scheme: Scheme,
        hash: Hash,
        content: &[u8],
        value: &[u8],
    ) -> Result<bool, String> {
        let Some(algorithm) = hash.algorithm() else {
            return Err(
                "MD5 is not computed: two contents with one MD5 can be made in minutes".to_owned(),
            );
        };
        match self {
            Self::Rsa { modulus, exponent } if scheme == Scheme::Pss => {
                pss_verifies(modulus, exponent, hash, content, value)
            }
            Self::Rsa { modulus, exponent } => rsa_verifies(
                modulus,
                exponent,
                hash,
                digest::digest(algorithm, content).as_ref(),
                value,
            ),
            Self::Dsa { p, q, g, y } => dsa_verifies(
                [p, q, g, y],
                digest::digest(algorithm, content).as_ref(),
                value,
            ),
            Self::Ecdsa { curve, point } => {
                let algorithm = curve.algorithm(hash).ok_or_else(|| {
                    format!("ECDSA on this curve with {} is not supported", hash.name())
                })?;
                let key = UnparsedPublicKey::new(algorithm, point);
                Ok(key.verify(content, value).is_ok())
            }
            Self::Ed25519 { point } => {
                let key = UnparsedPublicKey::new(&aws::ED25519, point);
                Ok(key.verify(content, value).is_ok())
            }
            Self::Other(name) => Err(format!("the key is of {name}")),
        }
    }
}

fn bits_of(number: &[u8]) -> u32 {
    let number = without_zeros(number);
    let n_octets = u32::try_from(number.len()).unwrap_or(u32::MAX);
    let unused = number.first().map_or(0, |octet| octet.leading_zeros());
    n_octets.saturating_mul(8).saturating_sub(unused)
}

fn rsa_verifies(
    modulus: &[u8],
    exponent: &[u8],
    hash: Hash,
    digest: &[u8],
    value: &[u8],
) -> Result<bool, String> {
    let (n, e) = (
        BigUint::from_bytes_be(modulus),
        BigUint::from_bytes_be(exponent),
    );
    let key = RsaPublicKey::new_with_max_size(n, e, MODULUS_BITS_MAX)
        .map_err(|error| format!("the RSA key cannot be used: {error}"))?;
    let scheme = Pkcs1v15Sign {
        hash_len: Some(digest.len()),
        prefix: hash.digest_info().into(),
    };
    // OpenPGP writes numbers without leading zeros.
    let size = modulus.len();
    if value.len() > size {
        return Ok(false);
    }
    let mut padded = vec![0; size - value.len()];
    padded.extend_from_slice(value);
    Ok(key.verify(scheme, digest, &padded).is_ok())
}

fn pss_verifies(
    modulus: &[u8],
    exponent: &[u8],
    hash: Hash,
    content: &[u8],
    value: &[u8],
) -> Result<bool, String> {
    let algorithm = match hash {
        Hash::Sha256 => &aws::RSA_PSS_2048_8192_SHA256,
        Hash::Sha384 => &aws::RSA_PSS_2048_8192_SHA384,
        Hash::Sha512 => &aws::RSA_PSS_2048_8192_SHA512,
        _ => return Err(format!("RSASSA-PSS with {} is not supported", hash.name())),
    };
    if bits_of(modulus) < 2048 {
        return Err("RSASSA-PSS with a key below 2048 bits is not supported".to_owned());
    }
    let key = aws_lc_rs::rsa::PublicKeyComponents {
        n: modulus,
        e: exponent,
    };
    Ok(key.verify(algorithm, content, value).is_ok())
}

/// DSA (FIPS 186-4, section 4.7). `value` is the DER sequence of r and s.
#[expect(clippy::many_single_char_names, reason = "the letters of the standard")]
fn dsa_verifies(key: [&Vec<u8>; 4], digest: &[u8], value: &[u8]) -> Result<bool, String> {
    if key.iter().any(|number| number.len() * 8 > MODULUS_BITS_MAX) {
        return Err(format!("the DSA key has more than {MODULUS_BITS_MAX} bits"));
    }
    let [p, q, g, y] = key.map(|number| BigUint::from_bytes_be(number));
    let Some((r, s)) = two_integers(value) else {
        return Ok(false);
    };
    let (r, s) = (BigUint::from_bytes_be(r), BigUint::from_bytes_be(s));
    let zero = BigUint::from(0_u8);
    let two = BigUint::from(2_u8);
    let is_between = |number: &BigUint, bound: &BigUint| *number > zero && number < bound;
    if q <= two
        || p <= q
        || !is_between(&r, &q)
        || !is_between(&s, &q)
        || !is_between(&g, &p)
        || !is_between(&y, &p)
    {
        return Ok(false);
    }
    // The leftmost bits of the hash, as many as q has.
    let hash_bits = digest.len() * 8;
    let mut z = BigUint::from_bytes_be(digest);
    if hash_bits > q.bits() {
        z >>= hash_bits - q.bits();
    }
    // q is prime, so this is the inverse; where it is not, the key is nobody's.
    let w = s.modpow(&(&q - &two), &q);
    let u1 = (&z * &w) % &q;
    let u2 = (&r * &w) % &q;
    let v = (g.modpow(&u1, &p) * y.modpow(&u2, &p)) % &p % &q;
    Ok(v == r)
}

fn two_integers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut numbers = Reader::new(der).expect(ber::SEQUENCE)?.inside();
    let r = numbers.expect(ber::INTEGER)?.unsigned()?;
    let s = numbers.expect(ber::INTEGER)?.unsigned()?;
    Some((r, s))
}
