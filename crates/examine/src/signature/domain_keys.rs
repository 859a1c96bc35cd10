//! `DomainKeys` (RFC 4870), the forerunner of DKIM: mail of 2004 to 2012 bears it, often beside DKIM.
//!
//! One RSA-SHA1 signature over the fields below it (all, or those that `h=` names, in the order of the message) and
//! the whole body. There is no hash of the body on its own, and nothing in the signature field itself is signed.

use mabillon_case::{Message, Signature, SignatureKind, SignatureResult};

use super::alignment::is_aligned;
use super::canonical_header::Field;
use super::limits::{DOMAIN_KEYS_BODY_OCTETS_MAX, DOMAIN_KEYS_MAX};
use super::parse::{SignatureField, base64, field, names, require, signed_names};
use super::public_key::{Algorithm, PublicKey};
use super::repairs::LINE_ENDS;
use super::scope::scope;
use super::tags::{TagList, is_white, shown};
use super::verify::{HeaderCheck, Verifier, no_key, refused, unverified, with_key};

/// The name of the field.
pub(crate) const NAME: &str = "domainkey-signature";

/// What verification needs.
#[derive(Debug, Clone)]
struct Terms {
    canonicalization: Canonicalization,
    /// `h=`, lower case; `None` where absent: then all fields below are signed.
    signed_names: Option<Vec<Vec<u8>>>,
    /// `b=`, decoded.
    value: Vec<u8>,
}

/// The two ways of canonicalising (RFC 4870, section 3.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Canonicalization {
    /// Line by line as it stands.
    Simple,
    /// Without any white space; folds undone.
    NoFws,
}

/// The tags (RFC 4870, section 3.3): `a=` is optional, `c=` is required there and `simple` where absent here.
fn terms(tags: &TagList<'_>) -> Result<Terms, String> {
    require(tags, &["b", "d", "s"])?;
    names(tags)?;
    if !matches!(tags.get("a"), None | Some(b"rsa-sha1")) {
        return Err(format!(
            "a={} is no algorithm of DomainKeys",
            shown(tags.get("a").unwrap_or_default())
        ));
    }
    let canonicalization = match tags.get("c") {
        None | Some(b"simple") => Canonicalization::Simple,
        Some(b"nofws") => Canonicalization::NoFws,
        Some(other) => return Err(format!("c={} is no canonicalization", shown(other))),
    };
    Ok(Terms {
        canonicalization,
        signed_names: tags.get("h").map(|_| signed_names(tags)).transpose()?,
        value: base64(tags, "b")?,
    })
}

impl Verifier<'_> {
    /// Verifies every `DomainKey-Signature`, in the order of the header.
    pub(super) fn domain_keys(&mut self) -> Vec<Signature> {
        let mut indexes = self.header.named(NAME).to_vec();
        self.leave_out(&mut indexes, "DomainKeys", DOMAIN_KEYS_MAX);
        indexes
            .into_iter()
            .filter_map(|index| {
                let value = self.field(index)?.value.of(&self.message.raw);
                let mut read = field(value, terms);
                if read.algorithm_name.is_empty() {
                    "rsa-sha1".clone_into(&mut read.algorithm_name);
                }
                self.domain_key(index, read)
            })
            .collect()
    }

    fn domain_key(&self, index: usize, read: SignatureField<Terms>) -> Option<Signature> {
        let unverified = unverified(SignatureKind::DomainKeys, &read, self.field(index)?);
        let terms = match read.terms {
            Ok(terms) => terms,
            Err(reason) => return Some(refused(unverified, reason)),
        };
        let selected = self.below(index, terms.signed_names.as_deref());
        let body = self.message.body.of(&self.message.raw);
        if body.len() > DOMAIN_KEYS_BODY_OCTETS_MAX {
            let reason = format!(
                "not verified: the body is longer than {DOMAIN_KEYS_BODY_OCTETS_MAX} octets"
            );
            return Some(refused(unverified, reason));
        }
        if let Err(reason) = self.check_size(&selected) {
            return Some(refused(unverified, reason));
        }
        let rows = self.keys.rows_of(&read.selector, &read.domain);
        let (covers, unsigned_fields) = scope(self.message, &self.header, &selected, None);
        let check = self.check_domain_key(&selected, &terms, &read.selector, &read.domain);
        let (result, reason) = match check.verified {
            None => (SignatureResult::NoKey, no_key(&rows)),
            Some(true) => (SignatureResult::Pass, String::new()),
            Some(false) => (
                SignatureResult::Fail,
                "header and body, which it covers as one, do not fit under any known key"
                    .to_owned(),
            ),
        };
        let is_salvaged = result == SignatureResult::Pass && self.has_bare_line_feed;
        let judged = Signature {
            result,
            repairs: is_salvaged
                .then(|| LINE_ENDS.to_owned())
                .into_iter()
                .collect(),
            covers,
            unsigned_fields,
            aligned: is_aligned(self.message, &read.domain),
            reason,
            ..unverified
        };
        Some(with_key(judged, &check))
    }

    /// The fields below the signature that it signs: all, or every instance of those it names.
    fn below(&self, signature: usize, names: Option<&[Vec<u8>]>) -> Vec<usize> {
        let fields = self.header.fields.iter().enumerate().skip(signature + 1);
        fields
            .filter(|(_, field)| names.is_none_or(|names| names.contains(&field.name)))
            .map(|(index, _)| index)
            .collect()
    }

    fn check_domain_key(
        &self,
        selected: &[usize],
        terms: &Terms,
        selector: &str,
        domain: &str,
    ) -> HeaderCheck<'_> {
        let rows = self.keys.rows_of(selector, domain);
        let usable = |key: &PublicKey| key.fits(Algorithm::RsaSha1);
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|row| row.key().is_some_and(usable))
            .collect();
        let Some(&first) = rows.first() else {
            return HeaderCheck::default();
        };
        let fields: Vec<&Field<'_>> = selected
            .iter()
            .filter_map(|&index| self.header.fields.get(index))
            .collect();
        let input = signed_input(self.message, &fields, terms.canonicalization);
        let verifying = rows.into_iter().find(|row| {
            row.key()
                .is_some_and(|key| key.verifies(Algorithm::RsaSha1, &input, &terms.value))
        });
        HeaderCheck {
            verified: Some(verifying.is_some()),
            row: Some(verifying.unwrap_or(first)),
            ..HeaderCheck::default()
        }
    }
}

/// What is signed: the fields, an empty line and the body without the empty lines at its end; where nothing is left of
/// the body, the fields alone (RFC 4870, section 3.4.2).
fn signed_input(
    message: &Message,
    fields: &[&Field<'_>],
    canonicalization: Canonicalization,
) -> Vec<u8> {
    let body = message.body.of(&message.raw);
    let mut input = Vec::with_capacity(body.len() + 4096);
    for field in fields {
        match canonicalization {
            Canonicalization::Simple => push_lines(&field.bytes, canonicalization, &mut input),
            Canonicalization::NoFws => {
                input.extend(field.bytes.iter().filter(|&&byte| !is_white(byte)));
                input.extend_from_slice(b"\r\n");
            }
        }
    }
    let n_header = input.len();
    input.extend_from_slice(b"\r\n");
    push_lines(body, canonicalization, &mut input);
    while input.len() >= n_header + 2 && input.ends_with(b"\r\n\r\n") {
        input.truncate(input.len() - 2);
    }
    // Nothing but the empty line after the header is left where no field is signed either.
    if input == b"\r\n" {
        input.clear();
    }
    input
}

/// Each line, ended by CR LF however it was ended.
fn push_lines(bytes: &[u8], canonicalization: Canonicalization, input: &mut Vec<u8>) {
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        match canonicalization {
            Canonicalization::Simple => input.extend_from_slice(content),
            Canonicalization::NoFws => {
                input.extend(content.iter().filter(|&&byte| !is_white(byte)));
            }
        }
        input.extend_from_slice(b"\r\n");
    }
}
