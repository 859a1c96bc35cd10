//! Signatures of people inside a message, verified offline: CMS as S/MIME uses it (RFC 5652, RFC 8551) with X.509
//! certificates (RFC 5280), and OpenPGP (RFC 9580, RFC 4880).
//!
//! Nothing here decides what a signature is worth: it says which bytes were signed, by which key, whether they fit, who
//! vouches for the key and which algorithms were used. Old and weak algorithms are computed and named, not refused.
//! Readers are iterative or bounded in depth, and every bound is a constant of [`limits`].
//!
//! Does not read: signatures by curves other than NIST P-256, P-384, P-521 and Ed25519; MD5, which is named and not
//! computed; RFC 3161 time stamps; lists of revoked certificates, which nobody can check offline; contents that are
//! encrypted.

mod ber;
mod certificate;
mod chain;
mod cms;
mod key;
pub mod limits;
mod name;
mod openpgp;
mod roots;

pub use certificate::{Certificate, pem_blocks};
pub use chain::{Trust, judge};
pub use cms::{Cms, SignedData, Signer, SignerCheck, read_cms};
pub use key::{Hash, Weakness};
pub use openpgp::{
    Block, KeyCheck, OpenPgpKey, OpenPgpMessage, OpenPgpSignature, armored, blocks, cleartext,
    read_keys, read_message, read_signatures,
};
pub use roots::{Roots, RootsError};

/// Bytes with CR LF wherever a line feed stood alone: the form in which text is signed.
pub fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut previous = 0;
    for &byte in bytes {
        if byte == b'\n' && previous != b'\r' {
            out.push(b'\r');
        }
        out.push(byte);
        previous = byte;
    }
    out
}

/// Octets in hexadecimal, lower case.
fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut out, octet| {
        use std::fmt::Write as _;
        // Writing into a string does not fail.
        let _ = write!(out, "{octet:02x}");
        out
    })
}
