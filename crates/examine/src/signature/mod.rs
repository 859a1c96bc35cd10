//! The signatures in the header of a message, in forensic mode, each on its own: DKIM (RFC 6376, 8301, 8463, 8616),
//! ARC (RFC 8617), `DomainKeys` (RFC 4870), and Google's own DKIM by another name.
//!
//! A receiving server asks "shall I let it in today?". Here the question is what was signed, by which key, and what of
//! it still fits, perhaps ten years later. So: `x=` is reported, not obeyed; `rsa-sha1` and short keys are computed and
//! left to be graded; every key known for a selector is tried; the header and the body are reported apart; a signature
//! that cannot be read is kept with the reason; and damage that exports are known to do is undone by name.

mod alignment;
mod arc;
#[cfg(test)]
mod arc_suite;
mod body;
mod canonical_body;
mod canonical_header;
#[cfg(test)]
mod damaged;
mod domain;
mod domain_keys;
mod factoring;
mod header_search;
mod keys;
mod limits;
#[cfg(test)]
mod other_kinds;
mod parse;
mod personal;
mod private_key;
mod public_key;
mod recorded;
mod removed;
mod repairs;
mod salvage;
mod scope;
mod signed_bytes;
mod stretches;
mod tags;
#[cfg(test)]
mod vectors;
mod verify;

pub(crate) use alignment::{is_aligned, organisation};
pub(crate) use arc::{Chain, is_seal};
pub use arc::{ChainValidation, chain_validation};
pub use keys::{KeyArchive, KeyFileError, KeyRow};
pub(crate) use limits::RECOVERY_OCTETS;
pub(crate) use parse::{Terms, terms_of};
pub(crate) use personal::personal;
pub(crate) use private_key::private_key_ids;
pub(crate) use public_key::rsa_der;
pub use public_key::{KeyState, PublicKey};
pub(crate) use recorded::{MethodResult, Recorded, first_address, recorded, recorded_at};
pub(crate) use scope::{absent_fields, parts_are_of_the_body};
pub use signed_bytes::{SignedBytes, signed_bytes};
pub use verify::{Repairs, Verified, verify, verify_beside};
