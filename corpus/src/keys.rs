//! The DKIM keys of the invented domains: seeded, rotating, and written out as a keys file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64_simd::STANDARD;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey};
use rsa::sha2::Sha256;
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};

use crate::MakeError;
use crate::moment::{DAY, Moment};
use crate::plan::KeySizes;
use crate::random::Random;

/// The exponent of [`KeySizes::ShortExponent`].
const SHORT_EXPONENT: u32 = 257;

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rsa1024,
    Rsa2048,
    /// RFC 8463.
    Ed25519,
}

impl Algorithm {
    /// The `a=` tag (RFC 6376, section 3.5; RFC 8463, section 3).
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Rsa1024 | Self::Rsa2048 => "rsa-sha256",
            Self::Ed25519 => "ed25519-sha256",
        }
    }
}

/// How header or body is brought into one form before it is hashed (RFC 6376, section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Canon {
    Simple,
    Relaxed,
}

impl Canon {
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Relaxed => "relaxed",
        }
    }
}

/// One selector of a domain and the day, counted from the start of the period, on which it came into use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selector {
    pub(crate) name: &'static str,
    pub(crate) first_day: i64,
    pub(crate) algorithm: Algorithm,
}

/// How a domain signs.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) domain: String,
    /// In the order of their first days.
    pub(crate) selectors: Vec<Selector>,
    pub(crate) header: Canon,
    pub(crate) body: Canon,
    /// Whether it states `l=`.
    pub(crate) body_length: bool,
    /// Whether it signs `From` once more than it occurs (RFC 6376, section 8.15).
    pub(crate) oversign: bool,
}

impl Policy {
    /// The selector in use at a moment; `None` before the first.
    pub(crate) fn selector(&self, moment: Moment) -> Option<Selector> {
        let day = (moment.0 - period_start().0).div_euclid(DAY);
        self.selectors
            .iter()
            .rev()
            .find(|selector| selector.first_day <= day)
            .copied()
    }
}

/// The first day of every collection.
pub(crate) fn period_start() -> Moment {
    Moment::day(2015, 4, 1)
}

/// The last day of every collection.
pub(crate) fn period_end() -> Moment {
    Moment::day(2017, 4, 24)
}

/// A key that signs.
enum Signer {
    /// Signs 2048-bit keys fast.
    Fast(Box<RsaKeyPair>),
    /// Signs what the fast library refuses, keys below 2048 bits.
    Short(Box<RsaPrivateKey>),
    Edwards(Box<Ed25519KeyPair>),
}

struct Key {
    signer: Signer,
    /// The `p=` tag.
    public: String,
    algorithm: Algorithm,
    first_seen: Moment,
    last_seen: Moment,
}

/// All keys, made when they are first asked for.
pub(crate) struct KeyRing {
    seed: u64,
    sizes: KeySizes,
    keys: BTreeMap<(String, &'static str), Key>,
}

impl KeyRing {
    pub(crate) const fn new(seed: u64, sizes: KeySizes) -> Self {
        Self {
            seed,
            sizes,
            keys: BTreeMap::new(),
        }
    }

    /// Signs the data with the key of a domain and selector.
    pub(crate) fn sign(
        &mut self,
        policy: &Policy,
        selector: Selector,
        data: &[u8],
    ) -> Result<Vec<u8>, MakeError> {
        let name = (policy.domain.clone(), selector.name);
        if !self.keys.contains_key(&name) {
            let label = format!("{}._domainkey.{}", selector.name, policy.domain);
            let mut key = make_key(self.seed, &label, selector.algorithm, self.sizes)?;
            (key.first_seen, key.last_seen) = window(policy, selector);
            self.keys.insert(name.clone(), key);
        }
        self.keys
            .get(&name)
            .map_or(Err(MakeError::Key), |key| key.signer.sign(data))
    }

    /// The keys file: one row for each key that signed something.
    pub(crate) fn to_tsv(&self, source: &str) -> String {
        let mut rows = "#name\ttxt\tfirst_seen\tlast_seen\tsource\n".to_owned();
        for ((domain, selector), key) in &self.keys {
            let kind = if key.algorithm == Algorithm::Ed25519 {
                "ed25519"
            } else {
                "rsa"
            };
            let (first, last) = (day_of(key.first_seen), day_of(key.last_seen));
            let _ = writeln!(
                rows,
                "{selector}._domainkey.{domain}\tv=DKIM1; k={kind}; p={}\t{first}\t{last}\t{source}",
                key.public
            );
        }
        rows
    }
}

/// A forger's own key, which is in no keys file. Made when it is first asked for.
pub(crate) struct OwnKey {
    seed: u64,
    sizes: KeySizes,
    key: Option<Key>,
}

impl OwnKey {
    pub(crate) const fn new(seed: u64, sizes: KeySizes) -> Self {
        Self {
            seed,
            sizes,
            key: None,
        }
    }

    pub(crate) fn sign(&mut self, data: &[u8]) -> Result<Vec<u8>, MakeError> {
        let key = match self.key.take() {
            Some(key) => key,
            None => make_key(
                self.seed,
                "the forger's own key",
                Algorithm::Rsa2048,
                self.sizes,
            )?,
        };
        self.key.insert(key).signer.sign(data)
    }
}

fn day_of(moment: Moment) -> String {
    moment.rfc3339().get(..10).unwrap_or_default().to_owned()
}

/// The days on which a selector signed.
fn window(policy: &Policy, selector: Selector) -> (Moment, Moment) {
    let next = policy
        .selectors
        .iter()
        .map(|other| other.first_day)
        .find(|day| *day > selector.first_day);
    let start = period_start();
    let last = next.map_or(period_end(), |day| start.plus(day * DAY));
    (start.plus(selector.first_day * DAY), last)
}

fn make_key(
    seed: u64,
    label: &str,
    algorithm: Algorithm,
    sizes: KeySizes,
) -> Result<Key, MakeError> {
    let mut random = Random::labelled(seed, label);
    let bits = match (algorithm, sizes) {
        (Algorithm::Ed25519, _) => return edwards_key(&mut random),
        (Algorithm::Rsa1024, _) | (_, KeySizes::Short) => 1024,
        (Algorithm::Rsa2048, KeySizes::Real | KeySizes::ShortExponent) => 2048,
    };
    let private = match sizes {
        KeySizes::Real | KeySizes::Short => RsaPrivateKey::new(&mut random, bits),
        KeySizes::ShortExponent => {
            RsaPrivateKey::new_with_exp(&mut random, bits, &BigUint::from(SHORT_EXPONENT))
        }
    };
    let private = private.map_err(|_| MakeError::Key)?;
    let public = private
        .to_public_key()
        .to_public_key_der()
        .map_err(|_| MakeError::Key)?;
    let public = STANDARD.encode_to_string(public.as_bytes());
    // The fast library refuses short keys and short exponents.
    let signer = if bits >= 2048 && sizes == KeySizes::Real {
        let document = private.to_pkcs8_der().map_err(|_| MakeError::Key)?;
        let pair = RsaKeyPair::from_pkcs8(document.as_bytes()).map_err(|_| MakeError::Key)?;
        Signer::Fast(Box::new(pair))
    } else {
        Signer::Short(Box::new(private))
    };
    Ok(Key {
        signer,
        public,
        algorithm,
        first_seen: Moment(0),
        last_seen: Moment(0),
    })
}

fn edwards_key(random: &mut Random) -> Result<Key, MakeError> {
    let seed: Vec<u8> = (0..4).flat_map(|_| random.next().to_be_bytes()).collect();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| MakeError::Key)?;
    let public = STANDARD.encode_to_string(pair.public_key().as_ref());
    let signer = Signer::Edwards(Box::new(pair));
    Ok(Key {
        signer,
        public,
        algorithm: Algorithm::Ed25519,
        first_seen: Moment(0),
        last_seen: Moment(0),
    })
}

impl Signer {
    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, MakeError> {
        match self {
            Self::Fast(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    data,
                    &mut signature,
                )
                .map_err(|_| MakeError::Key)?;
                Ok(signature)
            }
            Self::Short(key) => {
                let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data);
                key.sign(Pkcs1v15Sign::new::<Sha256>(), hash.as_ref())
                    .map_err(|_| MakeError::Key)
            }
            // RFC 8463, section 3: the signature is over the SHA-256 of the data.
            Self::Edwards(pair) => {
                let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data);
                Ok(pair.sign(hash.as_ref()).as_ref().to_vec())
            }
        }
    }
}
