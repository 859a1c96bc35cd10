//! Bounds on what one message may cost, in units of work.

/// The lengths of signatures whose key may be recovered, in octets: RSA of 512 to 4096 bits.
pub(crate) const RECOVERY_OCTETS: std::ops::RangeInclusive<usize> = 64..=512;

/// `DKIM-Signature` fields of one message that are verified, and as many of Google's own; more are counted.
pub(crate) const SIGNATURES_MAX: usize = 20;

/// ARC sets of one message (RFC 8617, section 4.2.1, allows as many).
pub(crate) const ARC_SETS_MAX: u32 = 50;

/// ARC message signatures of one message that are verified, and seals: two for each set that may be.
pub(crate) const ARC_SIGNATURES_MAX: usize = 100;

/// `DomainKey-Signature` fields of one message that are verified: each takes a copy of the body.
pub(crate) const DOMAIN_KEYS_MAX: usize = 4;

/// Octets of a body up to which `DomainKeys` are verified.
pub(crate) const DOMAIN_KEYS_BODY_OCTETS_MAX: usize = 64 * 1024 * 1024;

/// Fields of recorded results that are read, octets of each, and results in each.
pub(crate) const RECORDED_FIELDS_MAX: usize = 20;
/// See [`RECORDED_FIELDS_MAX`].
pub(crate) const RECORDED_OCTETS_MAX: usize = 16 * 1024;
/// See [`RECORDED_FIELDS_MAX`].
pub(crate) const RECORDED_RESULTS_MAX: usize = 50;

/// Octets of one signature field, folds included.
pub(crate) const SIGNATURE_FIELD_OCTETS_MAX: usize = 64 * 1024;

/// Tags in one tag list.
pub(crate) const TAGS_MAX: usize = 64;

/// Combinations of repairs tried for the body under one signature.
pub(crate) const REPAIR_TRIES_MAX: usize = 100;

/// Combinations of repairs tried for the header of one signature; each takes one check of the signature.
pub(crate) const HEADER_TRIES_MAX: usize = 250;

/// Bodies put together anew (encoded otherwise, without added text) that are hashed for one signature.
pub(crate) const SALVAGE_TRIES_MAX: usize = 2_000;

/// Repairs applied together in one combination.
pub(crate) const REPAIRS_TOGETHER_MAX: usize = 3;

/// Octets of bodies put together anew that are hashed for one message, where its body is not too large for
/// [`SALVAGE_BODIES`] of them.
pub(crate) const SALVAGE_OCTETS: u64 = 8 * 1024 * 1024;

/// Ways in which a larger body is put together, the likeliest, within [`SALVAGE_OCTETS_MAX`].
pub(crate) const SALVAGE_BODIES: u64 = 8;

/// Octets of bodies put together anew that are hashed for one message, however large it is.
pub(crate) const SALVAGE_OCTETS_MAX: u64 = 32 * 1024 * 1024;

/// Octets hashed over all repairs of one message; a large body that does not match is not repaired for ever.
pub(crate) const REPAIR_OCTETS_MAX: u64 = 256 * 1024 * 1024;

/// Octets of the signed header fields up to which repairs of the header are tried.
pub(crate) const REPAIR_HEADER_OCTETS_MAX: usize = 64 * 1024;

/// Octets of the signed header fields of one signature; more are not verified.
pub(crate) const SIGNED_HEADER_OCTETS_MAX: usize = 4 * 1024 * 1024;

/// Ways in which the body of one message is hashed (canonicalisation, hash algorithm, `l=`); signatures that ask for
/// more are kept, with their body hash not computed.
pub(crate) const BODY_READINGS_MAX: usize = 8;

/// The longest RSA modulus that is read, in bits.
pub(crate) const RSA_BITS_MAX: u32 = 8192;

/// Signatures of people in one message that are verified.
pub(crate) const PERSONAL_SIGNATURES_MAX: usize = 32;

/// Octets hashed for the signatures of people in one message, repairs included.
pub(crate) const PERSONAL_OCTETS_MAX: usize = 1024 * 1024 * 1024;

/// Characters of text taken away before a signature fitted that are shown.
pub(crate) const REMOVED_CHARS_SHOWN_MAX: usize = 1_000;

/// Says that so many signatures of a kind stand beyond those that are examined, where there are any.
pub(super) fn left_out(n: usize, kind: &str, max: usize) -> Option<String> {
    (n > 0)
        .then(|| format!("{n} further {kind} are not examined: of one message the first {max} are"))
}
