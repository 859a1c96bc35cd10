//! One signature and what came of verifying it.

use serde::{Deserialize, Serialize};

use crate::{Span, Stamp};

/// The kinds of signatures, as the export names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SignatureKind {
    /// `DKIM-Signature` (RFC 6376).
    Dkim,
    /// `ARC-Message-Signature` and `ARC-Seal` (RFC 8617).
    Arc,
    /// `X-Google-DKIM-Signature`.
    XGoogleDkim,
    /// `DomainKey-Signature` (RFC 4870).
    DomainKeys,
    /// S/MIME (RFC 8551).
    Smime,
    /// OpenPGP (RFC 9580, RFC 3156).
    OpenPgp,
    /// A signature inside a PDF.
    Pdf,
    /// A signature inside an OOXML package.
    Ooxml,
    /// A signature inside an ODF package.
    Odf,
    /// A C2PA manifest.
    C2pa,
}

/// What came of the signature itself (for DKIM: of the header hash against `b=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SignatureResult {
    /// The signature verifies and so does the body hash: what it covers is what was signed.
    Pass,
    /// A key is known and the signature or the body hash does not fit.
    Fail,
    /// No key is known.
    NoKey,
    /// The signature cannot be read.
    Malformed,
}

/// What came of the body hash (`bh=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BodyHash {
    /// The body is the one that was hashed.
    Match,
    /// It is not.
    Mismatch,
    /// It could not be computed.
    NotComputed,
}

/// Where a key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeySource {
    /// The built-in archive of historical keys.
    Archive,
    /// Given by the user (`--keys`).
    Supplied,
    /// Recovered from signatures of the collection.
    Recovered,
    /// Carried in the signature itself (certificates).
    Embedded,
}

/// What a key is worth: how far it is out of the reach of a forger. The best comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KeyGrade {
    /// K1: the domain itself published it when it was looked up.
    Published,
    /// K2: it comes from an archive outside the collection, or from a keys file that the user vouches for.
    Archived,
    /// K3: recovered from signatures, and bound to its owner by something a forger does not reach.
    Anchored,
    /// K4: recovered from signatures, with nothing but the collection to speak for it.
    CollectionOnly,
    /// K5: supplied, by somebody who does not vouch for where it comes from.
    WithLeak,
}

impl KeyGrade {
    /// `K1` to `K5`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Published => "K1",
            Self::Archived => "K2",
            Self::Anchored => "K3",
            Self::CollectionOnly => "K4",
            Self::WithLeak => "K5",
        }
    }

    /// Whether the key has an anchor outside the reach of a forger.
    pub const fn is_anchored(self) -> bool {
        matches!(self, Self::Published | Self::Archived | Self::Anchored)
    }
}

/// Text that had to be taken away before a signature verified: it is shown and not covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedText {
    /// The name of the repair.
    pub repair: String,
    /// Where it stands in the message.
    pub span: Span,
    /// The text, as far as it is shown.
    pub text: String,
}

/// How much of what is shown the signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Coverage {
    /// Every visible header and the whole body.
    All,
    /// Only a part: something visible is outside.
    Part,
}

/// One signature with its result. Kept in the facts of the item and exported as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Which kind.
    pub kind: SignatureKind,
    /// Signing domain (`d=`) or signer, lower case.
    pub by: String,
    /// Selector (`s=`), empty where the kind has none.
    pub selector: String,
    /// Identity (`i=`) as written, empty where absent; for ARC the instance and which of the two signatures it is:
    /// `i=1; message`, `i=1; seal`.
    pub identity: String,
    /// Algorithm (`a=`), lower case.
    pub algorithm: String,
    /// The result.
    pub result: SignatureResult,
    /// The body hash on its own.
    pub body_hash: BodyHash,
    /// Whether the header hash alone verified under a known key; `None` without key.
    pub header_verified: Option<bool>,
    /// Where the key that was used came from.
    pub key_source: Option<KeySource>,
    /// Size of the key in bits.
    pub key_bits: Option<u32>,
    /// Names the key itself, whatever its selector: the first 16 hexadecimal digits of the SHA-256 of modulus and
    /// exponent (PKCS #1) or of the Ed25519 point. Empty where no key is known.
    pub key_id: String,
    /// What the key is worth; `None` where no key is known, and for the key of a person.
    pub key_grade: Option<KeyGrade>,
    /// Why anybody could have signed with this key, in plain words; empty where nothing of the kind is known.
    pub key_broken: String,
    /// Named repairs that had to be undone before it verified, in order; empty where it verified as it stands.
    pub repairs: Vec<String>,
    /// Text that had to be taken away before it verified, in order of place. Then it does not cover all.
    pub removed: Vec<RemovedText>,
    /// What it covers of what is shown.
    pub covers: Coverage,
    /// Names of visible header fields that are present and not signed, in canonical case.
    pub unsigned_fields: Vec<String>,
    /// Number of octets after `l=` that the signature does not reach; `None` without `l=`.
    pub unsigned_tail_octets: Option<u64>,
    /// Whether the key has an anchor outside the reach of a forger.
    pub anchored: bool,
    /// Whether `d=` is aligned with the domain of `From` (same organisational domain) or a known proxy of it.
    pub aligned: bool,
    /// `t=`.
    pub signed_at: Option<Stamp>,
    /// `x=`: reported, not obeyed.
    pub expires_at: Option<Stamp>,
    /// Why it is malformed or fails, in plain words; empty for a pass.
    pub reason: String,
    /// The first 16 characters of `b=` without white space: names the signature.
    pub value_start: String,
    /// Where the signature's header field stands.
    pub span: Span,
    /// The instances of the ARC sets whose recorded results say that this very signature passed.
    pub recorded_passes: Vec<u32>,
    /// Whether a receiving server recorded (`Authentication-Results`) that it did not pass.
    pub recorded_failed: bool,
    /// What else there is to say of the signature of a person: S/MIME and OpenPGP.
    pub personal: Option<Box<PersonalSignature>>,
    /// What a lost key could be recovered from; only where no key is known and one could be.
    pub recovery: Option<RecoveryInput>,
}

/// The signature of a person, inside the body of a message: who made it, who vouches for its key, what it is over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonalSignature {
    /// Who signed, as certificate or key name them.
    pub signer: String,
    /// The mail addresses that certificate or key state, lower case, sorted.
    pub addresses: Vec<String>,
    /// Names the certificate (issuer and serial number) or the key (fingerprint).
    pub key: String,
    /// Whom the user trusts that vouches for it; empty where nobody does.
    pub vouched_by: String,
    /// Why nobody does, or why the key could not sign then; empty where nothing is in the way.
    pub doubt: String,
    /// Why hash or key no longer bind; empty where they do.
    pub weakness: String,
    /// Number of the part that is signed: `1`, `2.1`; empty for the whole body.
    pub part: String,
    /// What a reader is shown beside it, in words.
    pub outside: Vec<String>,
    /// Fields of the header that are signed with another value than is shown.
    pub fields_differing: Vec<String>,
    /// The sender of the message that is signed as a whole, where it is not the one shown; else empty.
    pub other_sender: String,
}

/// What recovery of a lost RSA key needs of one signature, so that it need not open the exhibits again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryInput {
    /// The signature (`b=`, decoded), most significant octet first.
    pub value: Vec<u8>,
    /// The hash of what was signed: 20 octets of SHA-1 or 32 of SHA-256.
    pub digest: Vec<u8>,
}

/// The shortest RSA key that still proves something by itself, in bits (RFC 8301, section 3.2).
pub const RSA_BITS_PROOF_MIN: u32 = 1024;

impl SignatureKind {
    /// Whether a signature of this kind speaks for the purported origin of a message. ARC and Google's own field
    /// prove which way a message went, whoever wrote it.
    pub const fn proves_origin(self) -> bool {
        matches!(
            self,
            Self::Dkim | Self::DomainKeys | Self::Smime | Self::OpenPgp
        )
    }
}

impl Signature {
    /// Whether it is of a kind that proves the origin and verifies under an anchored key that is strong enough and not
    /// broken, aligned with `From`.
    pub fn proves(&self) -> bool {
        self.kind.proves_origin()
            && self.result == SignatureResult::Pass
            && self.has_sound_key()
            && self.aligned
    }

    /// Whether its key is anchored, long enough and not broken: what it signed, its owner signed.
    pub fn has_sound_key(&self) -> bool {
        self.anchored && self.is_strong() && self.key_broken.is_empty()
    }

    /// Whether its key is long enough; that of a person is judged together with the hash of the signature.
    fn is_strong(&self) -> bool {
        match self.personal.as_deref() {
            Some(personal) => personal.weakness.is_empty(),
            None => {
                self.algorithm.contains("ed25519")
                    || self.key_bits.is_some_and(|bits| bits >= RSA_BITS_PROOF_MIN)
            }
        }
    }

    /// Whether it proves the whole of what is shown.
    pub fn proves_all(&self) -> bool {
        self.proves() && self.covers == Coverage::All
    }
}
