//! X.509 certificates (RFC 5280): what is needed to say who signed and who vouches for it.

use mabillon_case::Stamp;
use memchr::memmem;

use crate::ber::{self, Reader, Value, context, context_primitive};
use crate::key::{Hash, PublicKey, Scheme, Weakness};
use crate::limits::{ADDRESSES_MAX, CERTIFICATES_MAX};
use crate::name;

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its exact bytes.
    pub der: Vec<u8>,
    pub(crate) signed: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    /// Valid from.
    pub not_before: Stamp,
    /// Valid until.
    pub not_after: Stamp,
    pub(crate) key: PublicKey,
    pub(crate) signature: AlgorithmUsed,
    signature_value: Vec<u8>,
    pub(crate) extensions: Extensions,
}

/// How something was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlgorithmUsed {
    pub(crate) scheme: Scheme,
    /// `None` where the algorithm does not fix it, or it is not known.
    pub(crate) hash: Option<Hash>,
    pub(crate) is_known: bool,
}

/// The extensions that are obeyed (RFC 5280, section 4.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Extensions {
    /// `rfc822Name` and `SmtpUTF8Mailbox` of the subject's alternative names.
    pub(crate) addresses: Vec<String>,
    /// `None` without `basicConstraints`.
    pub(crate) is_authority: Option<bool>,
    pub(crate) path_max: Option<usize>,
    /// The bits of `keyUsage`, the first octet high; `None` where absent.
    pub(crate) key_usage: Option<u16>,
    /// Whether `extKeyUsage` is absent or allows mail.
    pub(crate) is_for_mail: bool,
    pub(crate) key_id: Option<Vec<u8>>,
    /// Addresses, hosts and domains that `nameConstraints` permits and excludes.
    pub(crate) permitted: Vec<String>,
    pub(crate) excluded: Vec<String>,
    /// Whether a critical extension is not understood.
    pub(crate) has_unknown_critical: bool,
}

impl Certificate {
    /// Reads one certificate from DER.
    pub fn read(der: &[u8]) -> Option<Self> {
        let mut outer = Reader::new(der).expect(ber::SEQUENCE)?.inside();
        let tbs = outer.expect(ber::SEQUENCE)?;
        let signature = algorithm(&outer.expect(ber::SEQUENCE)?)?;
        let signature_value = outer.expect(ber::BIT_STRING)?.bits()?.to_vec();
        let mut fields = tbs.inside();
        fields.optional(context(0))?;
        let serial = fields.expect(ber::INTEGER)?.content.to_vec();
        fields.expect(ber::SEQUENCE)?;
        let issuer = fields.expect(ber::SEQUENCE)?.whole.to_vec();
        let mut validity = fields.expect(ber::SEQUENCE)?.inside();
        let (not_before, not_after) = (time(&validity.next()??)?, time(&validity.next()??)?);
        let subject = fields.expect(ber::SEQUENCE)?.whole.to_vec();
        let key = PublicKey::of_spki(fields.expect(ber::SEQUENCE)?.whole)?;
        fields.optional(context_primitive(1))?;
        fields.optional(context_primitive(2))?;
        let extensions = match fields.optional(context(3))? {
            Some(list) => extensions(&list.inside().expect(ber::SEQUENCE)?)?,
            None => Extensions {
                is_for_mail: true,
                ..Extensions::default()
            },
        };
        let whole = Reader::new(der).expect(ber::SEQUENCE)?.whole;
        Some(Self {
            der: whole.to_vec(),
            signed: tbs.whole.to_vec(),
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            key,
            signature,
            signature_value,
            extensions,
        })
    }

    /// The mail addresses it names: of the alternative names and of `emailAddress` in the subject, lower case.
    pub fn addresses(&self) -> Vec<String> {
        let mut found = self.extensions.addresses.clone();
        for (kind, value) in name::attributes(&self.subject) {
            if kind == name::EMAIL_ADDRESS && value.contains('@') {
                found.push(value.to_lowercase());
            }
        }
        found.sort();
        found.dedup();
        found.truncate(ADDRESSES_MAX);
        found
    }

    /// The subject in one line.
    pub fn subject(&self) -> String {
        name::shown(&self.subject)
    }

    /// The issuer in one line.
    pub fn issuer(&self) -> String {
        name::shown(&self.issuer)
    }

    /// The subject's common name.
    pub fn common_name(&self) -> String {
        name::common_name(&self.subject)
    }

    /// Serial number in hexadecimal.
    pub fn serial(&self) -> String {
        crate::hex(&self.serial)
    }

    /// Size of its key in bits.
    pub fn key_bits(&self) -> u32 {
        self.key.bits()
    }

    /// Whether `issuer` signed it; `false` also where that cannot be computed.
    pub(crate) fn is_signed_by(&self, issuer: &PublicKey) -> bool {
        let Some(hash) = self.signature.hash.or_else(|| own_hash(issuer)) else {
            return false;
        };
        self.signature.is_known
            && issuer
                .verifies(
                    self.signature.scheme,
                    hash,
                    &self.signed,
                    &self.signature_value,
                )
                .unwrap_or(false)
    }

    /// Whether it is issued by its own subject.
    pub(crate) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Why the signature on it no longer binds, if it does not.
    pub(crate) fn weakness(&self) -> Option<Weakness> {
        self.signature.hash.and_then(Hash::weakness)
    }
}

/// Ed25519 fixes its hash; any hash that is computed will do for the call.
pub(crate) fn own_hash(key: &PublicKey) -> Option<Hash> {
    matches!(key, PublicKey::Ed25519 { .. }).then_some(Hash::Sha512)
}

/// The certificates and other blocks of a PEM text (RFC 7468): label and bytes.
pub fn pem_blocks(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = memmem::find(rest, BEGIN) {
        rest = rest.get(at + BEGIN.len()..).unwrap_or_default();
        let Some(end) = memmem::find(rest, b"-----") else {
            break;
        };
        let label = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).into_owned();
        let body = rest.get(end + 5..).unwrap_or_default();
        let Some(length) = memmem::find(body, b"-----END ") else {
            break;
        };
        let encoded: Vec<u8> = body
            .get(..length)
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        if let Ok(bytes) = base64_simd::forgiving_decode_to_vec(&encoded) {
            found.push((label, bytes));
        }
        rest = body.get(length..).unwrap_or_default();
        if found.len() >= CERTIFICATES_MAX {
            break;
        }
    }
    found
}

const SHA1_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const ECDSA_SHA2: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
const ECDSA_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const DSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3];
const DSA_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
const DSA_SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Reads a signature algorithm (RFC 3279, RFC 4055, RFC 5758, RFC 8410).
pub(crate) fn algorithm(value: &Value<'_>) -> Option<AlgorithmUsed> {
    let mut inside = value.inside();
    let oid = inside.expect(ber::OID)?.content;
    let known = |hash| AlgorithmUsed {
        scheme: Scheme::Plain,
        hash,
        is_known: true,
    };
    let (arc, last) = oid.split_at_checked(oid.len().saturating_sub(1))?;
    let last = last.first().copied()?;
    let found = match (arc, last) {
        _ if oid == SHA1_RSA || oid == ECDSA_SHA1 || oid == DSA_SHA1 => known(Some(Hash::Sha1)),
        (PKCS1, 4) => known(Some(Hash::Md5)),
        (PKCS1, 11) | (ECDSA_SHA2 | DSA_SHA2, 2) => known(Some(Hash::Sha256)),
        (PKCS1, 12) | (ECDSA_SHA2, 3) => known(Some(Hash::Sha384)),
        (PKCS1, 13) | (ECDSA_SHA2, 4) => known(Some(Hash::Sha512)),
        (PKCS1, 14) | (ECDSA_SHA2 | DSA_SHA2, 1) => known(Some(Hash::Sha224)),
        // The algorithm of the key alone: the hash is stated elsewhere.
        (PKCS1, 1) => known(None),
        _ if oid == ECDSA_KEY || oid == DSA_KEY || oid == ED25519 => known(None),
        (PKCS1, 10) => AlgorithmUsed {
            scheme: Scheme::Pss,
            hash: Some(pss_hash(&mut inside)?),
            is_known: true,
        },
        _ => AlgorithmUsed {
            scheme: Scheme::Plain,
            hash: None,
            is_known: false,
        },
    };
    Some(found)
}

/// The hash of RSASSA-PSS-params (RFC 4055, section 3.1); SHA-1 where none is stated.
fn pss_hash(parameters: &mut Reader<'_>) -> Option<Hash> {
    let Some(parameters) = parameters.optional(ber::SEQUENCE)? else {
        return Some(Hash::Sha1);
    };
    match parameters.inside().optional(context(0))? {
        Some(hash) => hash_algorithm(&hash.inside().expect(ber::SEQUENCE)?),
        None => Some(Hash::Sha1),
    }
}

/// Reads a hash algorithm (RFC 5754).
pub(crate) fn hash_algorithm(value: &Value<'_>) -> Option<Hash> {
    let oid = value.inside().expect(ber::OID)?.content;
    Some(match oid {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5] => Hash::Md5,
        [0x2b, 0x0e, 3, 2, 0x1a] => Hash::Sha1,
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4] => Hash::Sha224,
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => Hash::Sha256,
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => Hash::Sha384,
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => Hash::Sha512,
        _ => return None,
    })
}

/// `UTCTime` and `GeneralizedTime` in UTC (RFC 5280, section 4.1.2.5).
pub(crate) fn time(value: &Value<'_>) -> Option<Stamp> {
    let text = std::str::from_utf8(value.content).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match value.tag {
        ber::UTC_TIME => {
            let year: i16 = text.get(..2)?.parse().ok()?;
            (
                if year < 50 { 2000 + year } else { 1900 + year },
                text.get(2..)?,
            )
        }
        ber::GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let two = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let second = if rest.len() > 8 { two(8)? } else { 0 };
    Stamp::from_civil((year, two(0)?, two(2)?), (two(4)?, two(6)?, second), None)
}

fn extensions(list: &Value<'_>) -> Option<Extensions> {
    let mut found = Extensions {
        is_for_mail: true,
        ..Extensions::default()
    };
    for extension in list.inside().all(200)? {
        let mut fields = extension.inside();
        let oid = fields.expect(ber::OID)?.content;
        let is_critical = fields
            .optional(ber::BOOLEAN)?
            .is_some_and(|flag| flag.content != [0]);
        let value = fields.expect(ber::OCTET_STRING)?.content;
        let is_read = match oid {
            [0x55, 0x1d, number] => found.read(*number, value),
            _ => None,
        };
        found.has_unknown_critical |= is_critical && is_read.is_none();
    }
    Some(found)
}

const EMAIL_PROTECTION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 4];
const ANY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0];
const SMTP_UTF8_MAILBOX: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 8, 9];

impl Extensions {
    /// Reads the extension `id-ce-<number>`; `None` where it is not understood.
    fn read(&mut self, number: u8, value: &[u8]) -> Option<()> {
        let mut reader = Reader::new(value);
        match number {
            14 => self.key_id = Some(reader.expect(ber::OCTET_STRING)?.content.to_vec()),
            15 => {
                let bits = reader.expect(ber::BIT_STRING)?.content;
                let high = u16::from(bits.get(1).copied().unwrap_or(0));
                self.key_usage = Some(high << 8 | u16::from(bits.get(2).copied().unwrap_or(0)));
            }
            17 => self.addresses = addresses(&reader.expect(ber::SEQUENCE)?)?,
            19 => {
                let mut fields = reader.expect(ber::SEQUENCE)?.inside();
                let flag = fields.optional(ber::BOOLEAN)?;
                self.is_authority = Some(flag.is_some_and(|flag| flag.content != [0]));
                if let Some(bound) = fields.optional(ber::INTEGER)? {
                    let octets = bound.unsigned()?;
                    self.path_max = Some(octets.iter().fold(0, |sum, octet| {
                        usize::saturating_add(usize::saturating_mul(sum, 256), usize::from(*octet))
                    }));
                }
            }
            30 => {
                let mut fields = reader.expect(ber::SEQUENCE)?.inside();
                if let Some(list) = fields.optional(context(0))? {
                    self.permitted = subtrees(&list)?;
                }
                if let Some(list) = fields.optional(context(1))? {
                    self.excluded = subtrees(&list)?;
                }
            }
            37 => {
                let usages = reader.expect(ber::SEQUENCE)?.inside().all(200)?;
                self.is_for_mail = usages
                    .iter()
                    .any(|usage| usage.content == EMAIL_PROTECTION || usage.content == ANY_USAGE);
            }
            // Policies say how carefully an issuer works: nothing that is judged here.
            32 => {}
            _ => return None,
        }
        Some(())
    }
}

fn addresses(names: &Value<'_>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for value in names.inside().all(10 * ADDRESSES_MAX)? {
        if value.tag == context_primitive(1) {
            found.push(String::from_utf8_lossy(value.content).to_lowercase());
        } else if value.tag == context(0) {
            let mut other = value.inside();
            let kind = other.expect(ber::OID)?.content;
            let text = other.expect(context(0))?.inside().next()??;
            if kind == SMTP_UTF8_MAILBOX {
                found.push(String::from_utf8_lossy(text.content).to_lowercase());
            }
        }
    }
    // A NUL makes two programs read two addresses.
    found.retain(|address| address.contains('@') && !address.chars().any(char::is_control));
    found.truncate(ADDRESSES_MAX);
    Some(found)
}

/// The `rfc822Name` subtrees of name constraints (RFC 5280, section 4.2.1.10); others name nothing that is used here,
/// but for names of directories, which are refused as not understood.
fn subtrees(list: &Value<'_>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for subtree in list.inside().all(10 * ADDRESSES_MAX)? {
        let base = subtree.inside().next()??;
        if base.tag == context_primitive(1) {
            found.push(String::from_utf8_lossy(base.content).to_lowercase());
        } else if base.tag == context(4) {
            return None;
        }
    }
    Some(found)
}
