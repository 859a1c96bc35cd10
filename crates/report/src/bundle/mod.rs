//! The proof bundle: evidence that a stranger can check again without this program.
//!
//! A zip that holds one BagIt bag (RFC 8493):
//!
//! ```text
//! mabillon-proof/
//! ├─ bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt
//! ├─ README.md           what it is, what it proves and what it does not
//! ├─ verify.py           redoes the checks of DKIM, ARC and DomainKeys from the items and the keys alone
//! └─ data/0123456789abcdef/            one item, by the first digits of its SHA-256
//!    ├─ item.eml                       its exact bytes; in a private bundle:
//!    ├─ signed-fields.eml              only the header fields that were signed
//!    ├─ findings.json                  its line of the JSONL export; in a private bundle without words of the item
//!    └─ signatures/1/
//!       ├─ signature.json              what came of it, and the repairs by name
//!       ├─ signed-header.bin           the canonical header that was hashed and signed; DKIM alone has these four
//!       ├─ signed-body.bin             the canonical body that was hashed; in a private bundle:
//!       ├─ signed-body.sha256          only its SHA-256
//!       ├─ signature.bin               the value of the signature
//!       └─ key.json                    the public key record and where it comes from
//! ```
//!
//! The same case and items give the same zip to the byte: entries are stored in order, without times.

mod bag;
mod check;
mod payload;
mod readme;
mod zip;

use bytes::Bytes;
use mabillon_case::{ExaminationRecord, KeySource, Span, Stamp};

pub(crate) use check::entries as zip_entries;
pub use check::{BundleProblem, check_bundle};
pub(crate) use zip::stored as zip_stored;

use crate::ItemRow;

/// The folder that everything lies in.
pub(crate) const FOLDER: &str = "mabillon-proof/";
/// Digits of an item's id that name its folder.
pub(crate) const ITEM_DIGITS: usize = 16;

/// What is to be bundled.
#[derive(Debug)]
pub struct Proof<'a> {
    /// The items, each once.
    pub items: Vec<ProofItem<'a>>,
    /// Name and version of the program that writes it.
    pub program: &'a str,
    /// What was examined, with what.
    pub examination: &'a ExaminationRecord,
    /// The digest over the content of the case, where it is sealed.
    pub content_digest: Option<&'a str>,
    /// How much is given away.
    pub disclosure: Disclosure,
}

/// How much of the items a bundle gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// Their exact bytes.
    Whole,
    /// Only the signed header fields, and hashes.
    Private,
}

/// One item with what its signatures were made over.
#[derive(Debug)]
pub struct ProofItem<'a> {
    /// The row of the case.
    pub row: ItemRow<'a>,
    /// The exact bytes.
    pub bytes: Bytes,
    /// What its signatures were made over; found by their span.
    pub signed: Vec<ProofSignature>,
    /// Its signatures of other kinds than DKIM for which a key is known (ARC, `DomainKeys`, Google's own).
    pub others: Vec<ProofOther>,
}

/// A signature of another kind than DKIM: the script puts together by itself what it was made over.
#[derive(Debug)]
pub struct ProofOther {
    /// Where the signature stands in the item.
    pub span: Span,
    /// The key that was used.
    pub key: ProofKey,
    /// Places of the header fields without which it cannot be checked; empty where they alone do not suffice.
    pub fields: Vec<Span>,
}

/// What one signature was made over.
#[derive(Debug, Clone)]
pub struct ProofSignature {
    /// Where the signature stands in the item.
    pub span: Span,
    /// The canonical header that was hashed and signed.
    pub header: Vec<u8>,
    /// The canonical body that was hashed.
    pub body: Vec<u8>,
    /// The value of the signature.
    pub value: Vec<u8>,
    /// Places of the signed header fields and of the signature's own, in order.
    pub fields: Vec<Span>,
    /// The key that was used, where one is known.
    pub key: Option<ProofKey>,
}

/// A public key record with its provenance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofKey {
    /// `selector._domainkey.domain`.
    pub name: String,
    /// The TXT record.
    pub txt: String,
    /// How it came to us.
    pub origin: KeySource,
    /// Where it was found, in plain words; may be empty.
    pub source: String,
    /// First time it was seen published, if known.
    pub first_seen: Option<Stamp>,
    /// Last time it was seen published, if known.
    pub last_seen: Option<Stamp>,
    /// Size in bits, where it can be used.
    pub bits: Option<u32>,
    /// Whether it has an anchor outside the reach of a forger.
    pub anchored: bool,
}

/// Why a bundle cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// A zip without extensions holds no more.
    #[error("bundle so much: a bundle holds less than 4 GiB and 65,535 files; bundle fewer items")]
    TooLarge,
    /// Two items whose ids begin alike, or one item twice.
    #[error("bundle two items whose SHA-256 begins with the same digits {0}")]
    SameName(String),
}

/// One file of the bag: its name below the bag's folder, and its content.
pub(crate) type File = (String, Vec<u8>);

/// Writes the bundle.
///
/// # Errors
/// Where it would be too large for a zip, or two items begin with the same digits.
pub fn bundle(proof: &Proof<'_>) -> Result<Vec<u8>, BundleError> {
    let mut payload = Vec::new();
    let mut folders: Vec<String> = Vec::new();
    for item in &proof.items {
        let folder = payload::folder(item);
        if folders.contains(&folder) {
            return Err(BundleError::SameName(folder));
        }
        payload.extend(payload::files(item, &folder, proof.disclosure));
        folders.push(folder);
    }
    zip::stored(FOLDER, &bag::bag(proof, payload)).ok_or(BundleError::TooLarge)
}

#[cfg(test)]
mod tests;
