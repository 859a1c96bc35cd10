//! Cryptographic Message Syntax (RFC 5652) and its forerunner PKCS #7 1.5: who signed which content.

use std::borrow::Cow;

use mabillon_case::Stamp;

use crate::ber::{self, Reader, Value, context, context_primitive};
use crate::certificate::{AlgorithmUsed, Certificate, algorithm, hash_algorithm, own_hash, time};
use crate::key::{Hash, Weakness};
use crate::limits::{CERTIFICATES_MAX, POOL_MAX, SIGNERS_MAX};

/// What a CMS object is.
#[derive(Debug)]
pub enum Cms<'a> {
    /// Signed content.
    Signed(SignedData<'a>),
    /// Encrypted content: nothing can be said of it.
    Encrypted,
    /// Compressed content (RFC 3274).
    Compressed,
}

/// Signed content (RFC 5652, section 5.1).
#[derive(Debug)]
pub struct SignedData<'a> {
    content_type: &'a [u8],
    /// The content, where it is carried inside.
    pub content: Option<Cow<'a, [u8]>>,
    /// The certificates carried, in their order.
    pub certificates: Vec<Certificate>,
    /// The signers, in their order, as many as are judged.
    pub signers: Vec<Signer<'a>>,
    /// Signers beyond the limit, that are not judged.
    pub n_signers_left: usize,
}

/// One signer (RFC 5652, section 5.3).
#[derive(Debug)]
pub struct Signer<'a> {
    id: SignerId<'a>,
    hash: Option<Hash>,
    /// The signed attributes with their tag as they stand.
    attributes: Option<Value<'a>>,
    algorithm: AlgorithmUsed,
    /// The value of the signature.
    pub value: &'a [u8],
}

#[derive(Debug)]
enum SignerId<'a> {
    Issuer { issuer: &'a [u8], serial: &'a [u8] },
    KeyId(&'a [u8]),
}

/// What came of one signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerCheck {
    /// The signer's certificate, by its index in [`SignedData::certificates`].
    pub certificate: Option<usize>,
    /// Whether the content is the one whose hash was signed; `None` where that was not computed.
    pub content_fits: Option<bool>,
    /// Whether the signature fits the certificate's key; `None` where that was not computed.
    pub signature_fits: Option<bool>,
    /// `rsa-sha256`
    pub algorithm: String,
    /// Why hash or key no longer bind.
    pub weakness: Option<Weakness>,
    /// When it was signed, as the signer states.
    pub signed_at: Option<Stamp>,
    /// What stood in the way, in plain words; empty where nothing did.
    pub problem: String,
}

const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7];
const PKCS9: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9];
const SMIME_TYPES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1];

/// Reads a CMS object.
///
/// # Errors
/// It is none, or of a kind that is not known, in plain words.
pub fn read_cms(bytes: &[u8]) -> Result<Cms<'_>, String> {
    let malformed = || "it is not well-formed CMS".to_owned();
    let outer = Reader::new(bytes)
        .expect(ber::SEQUENCE)
        .ok_or_else(malformed)?;
    let mut fields = outer.inside();
    let oid = fields.expect(ber::OID).ok_or_else(malformed)?.content;
    let (arc, kind) = oid
        .split_at_checked(oid.len().saturating_sub(1))
        .unwrap_or_default();
    match (arc, kind) {
        (PKCS7, [2]) => {
            let content = fields.expect(context(0)).ok_or_else(malformed)?;
            signed_data(&content).map(Cms::Signed).ok_or_else(malformed)
        }
        (PKCS7, [3 | 6]) | (SMIME_TYPES, [23]) => Ok(Cms::Encrypted),
        (SMIME_TYPES, [9]) => Ok(Cms::Compressed),
        _ => Err("it is CMS of a kind that is not known".to_owned()),
    }
}

fn signed_data<'a>(outer: &Value<'a>) -> Option<SignedData<'a>> {
    let mut fields = outer.inside().expect(ber::SEQUENCE)?.inside();
    fields.expect(ber::INTEGER)?;
    fields.expect(ber::SET)?;
    let mut encapsulated = fields.expect(ber::SEQUENCE)?.inside();
    let content_type = encapsulated.expect(ber::OID)?.content;
    let content = match encapsulated.optional(context(0))? {
        Some(explicit) => Some(explicit.inside().next()??.octets()?),
        None => None,
    };
    let mut certificates = Vec::new();
    if let Some(list) = fields.optional(context(0))? {
        // Attribute certificates and the like stand among them and are passed over.
        for value in list.inside().all(CERTIFICATES_MAX)?.iter().take(POOL_MAX) {
            certificates.extend(Certificate::read(value.whole));
        }
    }
    fields.optional(context(1))?;
    let all = fields.expect(ber::SET)?.inside().all(CERTIFICATES_MAX)?;
    let signers: Option<Vec<Signer<'a>>> = all.iter().take(SIGNERS_MAX).map(signer).collect();
    Some(SignedData {
        content_type,
        content,
        certificates,
        signers: signers?,
        n_signers_left: all.len().saturating_sub(SIGNERS_MAX),
    })
}

fn signer<'a>(value: &Value<'a>) -> Option<Signer<'a>> {
    let mut fields = value.inside();
    fields.expect(ber::INTEGER)?;
    let id = fields.next()??;
    let id = if id.tag == ber::SEQUENCE {
        let mut inside = id.inside();
        SignerId::Issuer {
            issuer: inside.expect(ber::SEQUENCE)?.whole,
            serial: inside.expect(ber::INTEGER)?.content,
        }
    } else if id.tag == context_primitive(0) {
        SignerId::KeyId(id.content)
    } else {
        return None;
    };
    let hash = hash_algorithm(&fields.expect(ber::SEQUENCE)?);
    let attributes = fields.optional(context(0))?;
    let algorithm = algorithm(&fields.expect(ber::SEQUENCE)?)?;
    let value = fields.expect(ber::OCTET_STRING)?.content;
    Some(Signer {
        id,
        hash,
        attributes,
        algorithm,
        value,
    })
}

/// The signed attributes that are read (RFC 5652, section 11).
#[derive(Default)]
struct Attributes<'a> {
    content_type: Vec<&'a [u8]>,
    digest: Vec<&'a [u8]>,
    signed_at: Option<Stamp>,
}

impl<'a> Attributes<'a> {
    fn read(list: &Value<'a>) -> Option<Self> {
        let mut found = Self::default();
        for attribute in list.inside().all(200)? {
            let mut fields = attribute.inside();
            let oid = fields.expect(ber::OID)?.content;
            let values = fields.expect(ber::SET)?.inside().all(200)?;
            let Some((PKCS9, number)) = oid.split_at_checked(PKCS9.len()) else {
                continue;
            };
            match number {
                [3] => found
                    .content_type
                    .extend(values.iter().map(|value| value.content)),
                [4] => found
                    .digest
                    .extend(values.iter().map(|value| value.content)),
                [5] => found.signed_at = values.first().and_then(time),
                _ => {}
            }
        }
        Some(found)
    }
}

impl SignedData<'_> {
    /// Whether `content` is what this signer signed. For a detached signature `content` is what stands beside it.
    pub fn check(&self, signer: &Signer<'_>, content: &[u8]) -> SignerCheck {
        let index = self
            .certificates
            .iter()
            .position(|certificate| signer.is(certificate));
        let certificate = index.and_then(|index| self.certificates.get(index));
        let mut check = SignerCheck {
            certificate: index,
            content_fits: None,
            signature_fits: None,
            algorithm: String::new(),
            weakness: None,
            signed_at: None,
            problem: String::new(),
        };
        let hash = signer
            .algorithm
            .hash
            .filter(|_| signer.attributes.is_none())
            .or(signer.hash);
        let Some(hash) = hash else {
            "its hash algorithm is not known".clone_into(&mut check.problem);
            return check;
        };
        let key_name = certificate.map_or("?", |certificate| certificate.key.name());
        check.algorithm = format!("{key_name}-{}", hash.name());
        check.weakness = hash
            .weakness()
            .max(certificate.and_then(|certificate| certificate.key.weakness()));
        let signed = match self.signed_bytes(signer, content, hash, &mut check) {
            Ok(signed) => signed,
            Err(problem) => {
                check.problem = problem;
                return check;
            }
        };
        match certificate {
            None => {
                "the signer's certificate is not there".clone_into(&mut check.problem);
            }
            Some(certificate) => check.verify(certificate, signer, hash, &signed),
        }
        if signer.attributes.is_none() {
            check.content_fits = check.signature_fits;
        }
        check
    }

    /// The bytes that the signature is over: the attributes, which hold the hash of the content, or the content.
    fn signed_bytes<'c>(
        &self,
        signer: &Signer<'_>,
        content: &'c [u8],
        hash: Hash,
        check: &mut SignerCheck,
    ) -> Result<Cow<'c, [u8]>, String> {
        let Some(list) = signer.attributes else {
            // Attributes that somebody signed elsewhere must not pass as content.
            return if content.first() == Some(&ber::SET) {
                Err(
                    "its content has the form of signed attributes, which is a known way to forge"
                        .to_owned(),
                )
            } else {
                Ok(Cow::Borrowed(content))
            };
        };
        let attributes = Attributes::read(&list).filter(|_| list.is_definite);
        let Some(attributes) = attributes else {
            return Err("its signed attributes are not well-formed DER".to_owned());
        };
        check.signed_at = attributes.signed_at;
        let ([content_type], [digest]) = (
            attributes.content_type.as_slice(),
            attributes.digest.as_slice(),
        ) else {
            return Err(
                "its signed attributes do not state one content type and one hash".to_owned(),
            );
        };
        if *content_type != self.content_type {
            return Err("its signed attributes are of another type of content".to_owned());
        }
        check.content_fits = hash.of(content).map(|computed| computed == *digest);
        // They are signed with the tag of a SET (RFC 5652, section 5.4).
        let mut signed = list.whole.to_vec();
        if let Some(tag) = signed.first_mut() {
            *tag = ber::SET;
        }
        Ok(Cow::Owned(signed))
    }
}

impl SignerCheck {
    fn verify(
        &mut self,
        certificate: &Certificate,
        signer: &Signer<'_>,
        hash: Hash,
        signed: &[u8],
    ) {
        let used = signer.algorithm;
        // With attributes, RSASSA-PSS and ECDSA name the hash again; where the two differ, theirs is over the signature.
        let hash = own_hash(&certificate.key).or(used.hash).unwrap_or(hash);
        if !used.is_known {
            "its signature algorithm is not known".clone_into(&mut self.problem);
            return;
        }
        match certificate
            .key
            .verifies(used.scheme, hash, signed, signer.value)
        {
            Ok(fits) => self.signature_fits = Some(fits),
            Err(problem) => self.problem = problem,
        }
        self.weakness = self.weakness.max(hash.weakness());
    }
}

impl Signer<'_> {
    fn is(&self, certificate: &Certificate) -> bool {
        match &self.id {
            SignerId::Issuer { issuer, serial } => {
                certificate.issuer == *issuer && certificate.serial == *serial
            }
            SignerId::KeyId(id) => certificate.extensions.key_id.as_deref() == Some(*id),
        }
    }
}
