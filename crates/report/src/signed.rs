//! The signed report of a review: files, their hashes, and an Ed25519 signature (RFC 8032) over the hashes.
//!
//! ```text
//! mabillon-review/
//! ├─ README.txt ...      the files, as they were given
//! ├─ hashes.txt          SHA-256 of each, in order of name, as `sha256sum` writes them
//! ├─ hashes.txt.sig      the signature over `hashes.txt`, 64 bytes
//! └─ key.pem             the public key (RFC 8410)
//! ```
//!
//! `openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in hashes.txt -sigfile hashes.txt.sig` checks it without this
//! program. The signature shows that the files are those that the holder of the key put together; whose key it is, only
//! its fingerprint tells, compared with the custody log of the case or with what was noted down.

use std::fmt::Write as _;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64_simd::STANDARD;
use mabillon_case::ItemId;

use crate::bundle::{BundleProblem, zip_entries, zip_stored};

const FOLDER: &str = "mabillon-review/";
const HASHES: &str = "hashes.txt";
const SIGNATURE: &str = "hashes.txt.sig";
const KEY: &str = "key.pem";

/// What stands before the 32 bytes of a key in its `SubjectPublicKeyInfo` (RFC 8410, section 4).
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
const PEM_HEAD: &str = "-----BEGIN PUBLIC KEY-----\n";
const PEM_TAIL: &str = "\n-----END PUBLIC KEY-----\n";

/// The key of a case that signs its reports.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// A new key, as PKCS #8 to be kept secret; `None` where the system gives no random numbers.
    pub fn generate() -> Option<Vec<u8>> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).ok()?;
        Some(pkcs8.as_ref().to_vec())
    }

    /// The key in this PKCS #8; `None` where it is none.
    pub fn read(pkcs8: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_pkcs8(pkcs8).ok().map(Self)
    }

    /// SHA-256 of the public key in its DER form, as hex digits.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.0.public_key().as_ref())
    }
}

fn fingerprint(public: &[u8]) -> String {
    ItemId::of(&[&SPKI, public].concat()).to_string()
}

/// The zip of these files with their hashes and the signature; `None` where it is too large for a plain zip.
pub fn signed_report(mut files: Vec<(String, Vec<u8>)>, key: &SigningKey) -> Option<Vec<u8>> {
    files.sort();
    let hashes = hashes(
        files
            .iter()
            .map(|(name, content)| (name.as_str(), &**content)),
    );
    let signature = key.0.sign(hashes.as_bytes());
    let spki = [&SPKI, key.0.public_key().as_ref()].concat();
    let pem = format!("{PEM_HEAD}{}{PEM_TAIL}", STANDARD.encode_to_string(spki));
    files.push((HASHES.to_owned(), hashes.into_bytes()));
    files.push((SIGNATURE.to_owned(), signature.as_ref().to_vec()));
    files.push((KEY.to_owned(), pem.into_bytes()));
    zip_stored(FOLDER, &files)
}

fn hashes<'f>(files: impl Iterator<Item = (&'f str, &'f [u8])>) -> String {
    files.fold(String::new(), |mut out, (name, content)| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}  {name}", ItemId::of(content));
        out
    })
}

/// Checks a signed report: the fingerprint of its key where all is as it was signed, else what was changed. `None` where
/// the bytes are no signed report at all.
pub fn check_signed_report(bytes: &[u8]) -> Option<Result<String, Vec<BundleProblem>>> {
    let needle = format!("{FOLDER}{HASHES}");
    memchr::memmem::find(bytes, needle.as_bytes())?;
    Some(checked(bytes))
}

fn checked(bytes: &[u8]) -> Result<String, Vec<BundleProblem>> {
    let mut problems = Vec::new();
    let mut files = zip_entries(FOLDER, bytes, &mut problems).unwrap_or_default();
    let mut part = |name: &str| {
        files
            .remove(name)
            .ok_or_else(|| vec![BundleProblem::new(name, "was removed")])
    };
    let (stated, signature, pem) = (part(HASHES)?, part(SIGNATURE)?, part(KEY)?);
    let unreadable = || vec![BundleProblem::new(KEY, "was changed: it is no Ed25519 key")];
    let public = public_key(&pem).ok_or_else(unreadable)?;
    if UnparsedPublicKey::new(&ED25519, &public)
        .verify(&stated, &signature)
        .is_err()
    {
        let says = "was changed: the signature over it does not verify with the key in the report";
        problems.push(BundleProblem::new(HASHES, says));
    }
    let stated = String::from_utf8_lossy(&stated);
    let expected: Vec<(&str, &str)> = stated
        .lines()
        .filter_map(|line| line.split_once("  "))
        .collect();
    for (name, content) in &files {
        match expected.iter().find(|(_, stated)| stated == name) {
            None => problems.push(BundleProblem::new(
                name.clone(),
                "was added: it is not among the hashes",
            )),
            Some((digest, _)) if *digest != ItemId::of(content).to_string() => {
                problems.push(BundleProblem::new(
                    name.clone(),
                    "was changed: it has another hash",
                ));
            }
            Some(_) => {}
        }
    }
    for (_, name) in &expected {
        if !files.contains_key(*name) {
            problems.push(BundleProblem::new(*name, "was removed"));
        }
    }
    problems.sort();
    problems.dedup();
    if problems.is_empty() {
        Ok(fingerprint(&public))
    } else {
        Err(problems)
    }
}

fn public_key(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?;
    let inner = text.strip_prefix(PEM_HEAD)?.strip_suffix(PEM_TAIL)?;
    let spki = STANDARD.decode_to_vec(inner).ok()?;
    let public = spki.strip_prefix(&SPKI)?;
    (public.len() == 32).then(|| public.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> (Vec<u8>, SigningKey) {
        let key = SigningKey::read(&SigningKey::generate().unwrap()).unwrap();
        let files = vec![
            ("decisions.csv".to_owned(), b"item,decision\r\n".to_vec()),
            ("README.txt".to_owned(), b"What it is.\n".to_vec()),
        ];
        (signed_report(files, &key).unwrap(), key)
    }

    #[test]
    fn a_report_verifies_and_names_its_key() {
        let (zip, key) = report();
        assert_eq!(check_signed_report(&zip), Some(Ok(key.fingerprint())));
        assert_eq!(check_signed_report(b"PK\x03\x04 another zip"), None);
    }

    #[test]
    fn every_changed_byte_of_a_file_is_found() {
        let (zip, _) = report();
        for needle in [
            &b"item,decision"[..],
            b"What it is",
            b"  decisions.csv",
            b"BEGIN PUBLIC",
        ] {
            let at = memchr::memmem::find(&zip, needle).unwrap();
            let mut changed = zip.clone();
            changed[at + 2] ^= 1;
            let found = check_signed_report(&changed).unwrap();
            assert!(found.is_err(), "{}", String::from_utf8_lossy(needle));
        }
    }

    /// Who changes a file, its hash and the key makes a report of another key: only its fingerprint tells.
    #[test]
    fn a_report_signed_again_has_another_key() {
        let ((one, _), (other, _)) = (report(), report());
        assert_ne!(check_signed_report(&one), check_signed_report(&other));
    }
}
