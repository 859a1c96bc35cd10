//! What the user trusts: certificates of authorities or of people, and OpenPGP keys.

use crate::certificate::{Certificate, pem_blocks};
use crate::limits::CERTIFICATES_MAX;
use crate::openpgp::{OpenPgpKey, read_keys};

/// Certificates and OpenPGP keys that the user vouches for.
#[derive(Debug, Default)]
pub struct Roots {
    /// Certificates of authorities, or of signers themselves.
    pub certificates: Vec<Certificate>,
    /// OpenPGP keys.
    pub keys: Vec<OpenPgpKey>,
}

/// A file of which nothing can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootsError(String);

impl std::fmt::Display for RootsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RootsError {}

impl Roots {
    /// Adds what a file holds: certificates in PEM or DER, OpenPGP public keys, armored or not. Gives their number.
    ///
    /// # Errors
    /// It holds neither; then nothing is added.
    pub fn add_file(&mut self, bytes: &[u8]) -> Result<usize, RootsError> {
        let mut certificates: Vec<Certificate> = Certificate::read(bytes).into_iter().collect();
        for (label, der) in pem_blocks(bytes) {
            if label.ends_with("CERTIFICATE") {
                certificates.extend(Certificate::read(&der));
            }
        }
        let keys = if certificates.is_empty() {
            read_keys(bytes)
        } else {
            Vec::new()
        };
        let n_found = certificates.len() + keys.len();
        if n_found == 0 {
            return Err(RootsError(
                "it holds neither an X.509 certificate (PEM or DER) nor an OpenPGP public key"
                    .to_owned(),
            ));
        }
        if self.certificates.len() + self.keys.len() + n_found > CERTIFICATES_MAX {
            return Err(RootsError(format!(
                "more than {CERTIFICATES_MAX} certificates and keys are given"
            )));
        }
        self.certificates.extend(certificates);
        self.keys.extend(keys);
        Ok(n_found)
    }

    /// Whether nothing is trusted.
    pub const fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.keys.is_empty()
    }
}
