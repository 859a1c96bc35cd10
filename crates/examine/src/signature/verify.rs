//! Verifying every signature of a message.

use mabillon_case::{
    BodyHash, Coverage, HeaderField, KeySource, Message, RecoveryInput, Signature, SignatureKind,
    SignatureResult,
};
use mabillon_hash::Beside;

use super::alignment::is_aligned;
use super::arc;
use super::body::{Body, BodyCheck, matching};
use super::canonical_header::{Header, has_bare_line_feed, signed_input};
use super::domain_keys;
use super::header_search::{repaired_header, verifying_row};
use super::keys::{KeyArchive, KeyRow};
use super::limits::{RECOVERY_OCTETS, SIGNATURES_MAX, SIGNED_HEADER_OCTETS_MAX, left_out};
use super::parse::{SignatureField, Terms, signature_field};
use super::public_key::{Algorithm, KeyState};
use super::recorded::recorded_of;
use super::removed::removed;
use super::repairs::{BOUNDARY, HeaderRepair, LINE_ENDS, boundaries_beside};
use super::salvage::{Salvaged, Ways};
use super::scope::scope;

const DKIM: &str = "dkim-signature";
/// What Google adds to mail sent through it, for its own use: DKIM by another name, for the domain `1e100.net`.
const X_GOOGLE_DKIM: &str = "x-google-dkim-signature";
const NAMES: [&str; 5] = [
    DKIM,
    X_GOOGLE_DKIM,
    domain_keys::NAME,
    arc::MESSAGE,
    arc::SEAL,
];

/// Verifies every signature of a message that is a field of its header: those of DKIM, then that of Google, of
/// `DomainKeys`, and of ARC by instance; each kind in the order of the header.
///
/// Works on the exact bytes and on the header fields as `decode` divided them.
pub fn verify(message: &Message, keys: &KeyArchive) -> Vec<Signature> {
    verify_beside(message, keys, Repairs::Tried, Beside::default()).signatures
}

/// Whether named damage is undone where a signature does not fit as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repairs {
    /// Every repair within the limits.
    Tried,
    /// None but the line ends, which are read as CR LF however they are stored.
    NotTried,
}

/// What came of the signatures in the header of one message.
#[derive(Debug, Default)]
pub struct Verified {
    /// Each signature.
    pub signatures: Vec<Signature>,
    /// How many of each kind were not examined because there are too many, in plain words.
    pub left_out: Vec<String>,
    /// The hashes of what waited.
    pub hashes: Vec<[u8; 32]>,
}

/// The same, with or without repairs; what waits in `beside` is hashed beside the body.
pub fn verify_beside<'a>(
    message: &'a Message,
    keys: &'a KeyArchive,
    repairs: Repairs,
    beside: Beside<'a>,
) -> Verified {
    let is_signature = |field: &HeaderField| {
        let name = field.name.of(&message.raw);
        NAMES
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    };
    if !message.fields().iter().any(is_signature) {
        return Verified {
            hashes: beside.finish(),
            ..Verified::default()
        };
    }
    let mut verifier = Verifier {
        message,
        keys,
        header: Header::of(message),
        repairs,
        body: Body::new(message.body.of(&message.raw), repairs),
        has_bare_line_feed: has_bare_line_feed(message.header.of(&message.raw)),
        beside,
        left_out: Vec::new(),
    };
    let mut signatures = verifier.dkim(DKIM, SignatureKind::Dkim);
    signatures.extend(verifier.dkim(X_GOOGLE_DKIM, SignatureKind::XGoogleDkim));
    signatures.extend(verifier.domain_keys());
    signatures.extend(verifier.arc());
    recorded_of(message, &mut signatures);
    Verified {
        signatures,
        left_out: verifier.left_out,
        hashes: verifier.beside.finish(),
    }
}

/// Verifies the signatures of one message.
pub(super) struct Verifier<'a> {
    pub(super) message: &'a Message,
    pub(super) keys: &'a KeyArchive,
    pub(super) header: Header<'a>,
    repairs: Repairs,
    body: Body<'a>,
    pub(super) has_bare_line_feed: bool,
    beside: Beside<'a>,
    /// Kinds of signatures of which there are too many, in plain words.
    left_out: Vec<String>,
}

/// What came of the header hash.
#[derive(Debug, Default)]
pub(super) struct HeaderCheck<'k> {
    /// Whether it verified; `None` without key.
    pub(super) verified: Option<bool>,
    /// The key that verified it, else the first that could have.
    pub(super) row: Option<&'k KeyRow>,
    pub(super) repairs: Vec<HeaderRepair>,
}

impl HeaderCheck<'_> {
    /// The same, given the body that was found to have been signed. A header that verified only with another
    /// `Content-Transfer-Encoding` or boundary than that body has does not: what is shown of the signed octets would not be
    /// what was signed.
    fn beside(self, salvaged: Option<&Salvaged>) -> Self {
        let encoding = salvaged.and_then(|found| found.encoding);
        let has_boundary = salvaged.is_some_and(|found| found.names.contains(&BOUNDARY));
        let is_foreign = self.repairs.iter().any(|repair| match repair {
            HeaderRepair::TransferEncoding(word) => encoding != Some(*word),
            HeaderRepair::Boundary(_) => !has_boundary,
            _ => false,
        });
        if is_foreign {
            return Self {
                verified: Some(false),
                row: self.row,
                repairs: Vec::new(),
            };
        }
        self
    }
}

impl<'a> Verifier<'a> {
    fn dkim(&mut self, name: &str, kind: SignatureKind) -> Vec<Signature> {
        let mut indexes = self.header.named(name).to_vec();
        let label = match kind {
            SignatureKind::XGoogleDkim => "X-Google-DKIM",
            _ => "DKIM",
        };
        self.leave_out(&mut indexes, label, SIGNATURES_MAX);
        indexes
            .into_iter()
            .filter_map(|index| {
                let field = self.field(index)?;
                let read = signature_field(field.value.of(&self.message.raw));
                Some(self.of_header_and_body(kind, index, field, read))
            })
            .collect()
    }

    /// Keeps the first signatures of a kind, and counts the others.
    pub(super) fn leave_out<T>(&mut self, signatures: &mut Vec<T>, kind: &str, max: usize) {
        let n = signatures.len().saturating_sub(max);
        signatures.truncate(max);
        let kind = format!("{kind} signatures");
        self.left_out.extend(left_out(n, &kind, max));
    }

    /// The header field at an index of [`Header::fields`].
    pub(super) fn field(&self, index: usize) -> Option<&'a HeaderField> {
        self.message.fields().get(index)
    }

    /// Judges a signature over header fields and the hash of the body.
    pub(super) fn of_header_and_body(
        &mut self,
        kind: SignatureKind,
        index: usize,
        field: &HeaderField,
        read: SignatureField,
    ) -> Signature {
        let unverified = unverified(kind, &read, field);
        let terms = match read.terms {
            Err(reason) => return refused(unverified, reason),
            Ok(terms) => terms,
        };
        let selected = self.header.selected(&terms.signed_names, index);
        if let Err(reason) = self.check_size(&selected) {
            return refused(unverified, reason);
        }
        let rows = self.keys.rows_of(&read.selector, &read.domain);
        let header = self.check_header(kind, &selected, index, &terms, &rows);
        let body = self.body.check(&terms, &mut self.beside);
        let salvaged = self.salvaged(kind, &header, &body, &terms);
        let header = header.beside(salvaged.as_ref());
        let body = salvaged.as_ref().map_or(body, |found| {
            matching(&found.digest, terms.length, found.names.clone())
        });
        let removed = removed(self.message, &header.repairs, salvaged.as_ref());
        let (covers, unsigned_fields) = scope(
            self.message,
            &self.header,
            &selected,
            body.unsigned_tail_octets,
        );
        let judged = Signature {
            result: result(&header, &body),
            body_hash: match salvaged {
                Some(found) if !found.removed.is_empty() => BodyHash::Mismatch,
                _ => body.result,
            },
            repairs: self.names_of_repairs(&header, &body),
            covers: if removed.is_empty() {
                covers
            } else {
                Coverage::Part
            },
            removed,
            unsigned_fields,
            unsigned_tail_octets: body.unsigned_tail_octets,
            // The others say which way a message went, whoever wrote it.
            aligned: kind == SignatureKind::Dkim && is_aligned(self.message, &read.domain),
            reason: reason(&header, &body, &rows),
            recovery: header
                .row
                .is_none()
                .then(|| self.recovery_input(&selected, index, &terms))
                .flatten(),
            ..unverified
        };
        with_key(judged, &header)
    }

    /// The body that was signed, put together anew, where it does not fit and the signature over the header verifies. Text
    /// is taken away for DKIM alone: other kinds say which way a message went, text added on that way included.
    fn salvaged(
        &mut self,
        kind: SignatureKind,
        header: &HeaderCheck<'_>,
        body: &BodyCheck,
        terms: &Terms,
    ) -> Option<Salvaged> {
        let is_changed = self.repairs == Repairs::Tried
            && header.verified == Some(true)
            && body.result == BodyHash::Mismatch;
        let ways = || Ways {
            may_remove: kind == SignatureKind::Dkim && terms.length.is_none(),
            boundaries: boundaries_beside(self.message, kind, terms, &header.repairs),
        };
        is_changed
            .then(|| self.body.salvaged(self.message, terms, ways()))
            .flatten()
    }

    /// What the key could be recovered from, if it is an RSA key of a length that recovery deals with.
    fn recovery_input(
        &self,
        selected: &[usize],
        index: usize,
        terms: &Terms,
    ) -> Option<RecoveryInput> {
        let is_rsa = terms.algorithm != Algorithm::Ed25519Sha256;
        if !is_rsa || !RECOVERY_OCTETS.contains(&terms.value.len()) {
            return None;
        }
        let input = signed_input(&self.header.fields, selected, index, terms.header);
        Some(RecoveryInput {
            value: terms.value.clone(),
            digest: terms.algorithm.hash().of(&input),
        })
    }

    /// Judges an ARC seal over the fields that it covers.
    pub(super) fn of_seal(
        &self,
        index: usize,
        field: &HeaderField,
        read: SignatureField,
        covered: Result<Vec<usize>, String>,
    ) -> Signature {
        let unverified = unverified(SignatureKind::Arc, &read, field);
        let (terms, covered) = match (read.terms, covered) {
            (Err(reason), _) | (_, Err(reason)) => return refused(unverified, reason),
            (Ok(terms), Ok(covered)) => (terms, covered),
        };
        if let Err(reason) = self.check_size(&covered) {
            return refused(unverified, reason);
        }
        let rows = self.keys.rows_of(&read.selector, &read.domain);
        let header = self.check_header(SignatureKind::Arc, &covered, index, &terms, &rows);
        let judged = Signature {
            result: match header.verified {
                None => SignatureResult::NoKey,
                Some(true) => SignatureResult::Pass,
                Some(false) => SignatureResult::Fail,
            },
            repairs: self.names_of_repairs(&header, &BodyCheck::NOT_COMPUTED),
            reason: reason(&header, &BodyCheck::NOT_COMPUTED, &rows),
            ..unverified
        };
        with_key(judged, &header)
    }

    /// Whether the signed fields are few enough to be hashed.
    pub(super) fn check_size(&self, selected: &[usize]) -> Result<(), String> {
        if self.header.n_octets(selected) > SIGNED_HEADER_OCTETS_MAX {
            return Err(format!(
                "not verified: the signed fields are longer than {SIGNED_HEADER_OCTETS_MAX} octets"
            ));
        }
        Ok(())
    }

    fn check_header<'k>(
        &self,
        kind: SignatureKind,
        selected: &[usize],
        index: usize,
        terms: &Terms,
        rows: &[&'k KeyRow],
    ) -> HeaderCheck<'k> {
        let usable: Vec<&'k KeyRow> = rows
            .iter()
            .copied()
            .filter(|row| row.key().is_some_and(|key| key.fits(terms.algorithm)))
            .collect();
        let Some(&first) = usable.first() else {
            return HeaderCheck::default();
        };
        let input = signed_input(&self.header.fields, selected, index, terms.header);
        if let Some(row) = verifying_row(&usable, terms, &input) {
            return HeaderCheck {
                verified: Some(true),
                row: Some(row),
                repairs: Vec::new(),
            };
        }
        let search = || repaired_header(self.message, &self.header, (kind, index, terms), &usable);
        let is_sought = self.repairs == Repairs::Tried;
        is_sought.then(search).flatten().map_or_else(
            || HeaderCheck {
                verified: Some(false),
                row: Some(first),
                repairs: Vec::new(),
            },
            |found| HeaderCheck {
                verified: Some(true),
                row: Some(found.row),
                repairs: found.repairs,
            },
        )
    }

    /// The names of all repairs that led to what fits, each once.
    fn names_of_repairs(&self, header: &HeaderCheck<'_>, body: &BodyCheck) -> Vec<String> {
        let header_fits = header.verified == Some(true);
        let mut names = Vec::new();
        if self.has_bare_line_feed && (header_fits || body.result == BodyHash::Match) {
            names.push(LINE_ENDS);
        }
        let of_header = header.repairs.iter().map(HeaderRepair::name);
        for name in of_header.chain(body.repairs.iter().copied()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.into_iter().map(str::to_owned).collect()
    }
}

/// The signature as it is before anything is verified: all that the field says of itself.
pub(super) fn unverified<T>(
    kind: SignatureKind,
    read: &SignatureField<T>,
    field: &HeaderField,
) -> Signature {
    Signature {
        kind,
        by: read.domain.clone(),
        selector: read.selector.clone(),
        identity: read.identity.clone(),
        algorithm: read.algorithm_name.clone(),
        result: SignatureResult::Malformed,
        body_hash: BodyHash::NotComputed,
        header_verified: None,
        key_source: None::<KeySource>,
        key_bits: None,
        key_id: String::new(),
        key_grade: None,
        key_broken: String::new(),
        repairs: Vec::new(),
        removed: Vec::new(),
        covers: Coverage::Part,
        unsigned_fields: Vec::new(),
        unsigned_tail_octets: None,
        anchored: false,
        aligned: false,
        signed_at: read.signed_at,
        expires_at: read.expires_at,
        reason: String::new(),
        recorded_passes: Vec::new(),
        recorded_failed: false,
        personal: None,
        recovery: None,
        value_start: read.value_start.clone(),
        span: field.whole,
    }
}

pub(super) fn refused(unverified: Signature, reason: String) -> Signature {
    Signature {
        reason,
        ..unverified
    }
}

/// The signature with what came of its header and of the search for its key.
pub(super) fn with_key(signature: Signature, header: &HeaderCheck<'_>) -> Signature {
    let Some(row) = header.row else {
        return Signature {
            header_verified: header.verified,
            ..signature
        };
    };
    Signature {
        header_verified: header.verified,
        key_source: Some(row.origin),
        key_bits: row.key().map(super::PublicKey::bits),
        key_id: row.key().map(super::PublicKey::id).unwrap_or_default(),
        key_grade: Some(row.grade()),
        key_broken: row.broken.clone(),
        anchored: row.is_anchored(),
        ..signature
    }
}

fn result(header: &HeaderCheck<'_>, body: &BodyCheck) -> SignatureResult {
    match header.verified {
        None => SignatureResult::NoKey,
        Some(true) if body.result == BodyHash::Match => SignatureResult::Pass,
        Some(_) => SignatureResult::Fail,
    }
}

fn reason(header: &HeaderCheck<'_>, body: &BodyCheck, rows: &[&KeyRow]) -> String {
    let mut reasons = Vec::new();
    match header.verified {
        None => reasons.push(no_key(rows)),
        Some(false) => reasons.push(
            "the signed header fields do not fit the signature under any known key".to_owned(),
        ),
        Some(true) => {}
    }
    if body.result == BodyHash::Mismatch {
        reasons.push("the body is not the one that was signed".to_owned());
    }
    reasons.extend(body.given_up.map(str::to_owned));
    reasons.join("; ")
}

/// Why no key can be used.
pub(super) fn no_key(rows: &[&KeyRow]) -> String {
    match rows.first().map(|row| &row.state) {
        None => "no key is known for this selector".to_owned(),
        Some(KeyState::Revoked) => "the key was withdrawn".to_owned(),
        Some(KeyState::Unusable(reason)) => format!("the known key record is of no use: {reason}"),
        Some(KeyState::Usable(_)) => {
            "the known key is of another kind than the signature".to_owned()
        }
    }
}
