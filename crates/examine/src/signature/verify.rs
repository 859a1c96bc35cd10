//! Verifying every signature of a message.

use std::borrow::Cow;

use mabillon_case::{
    BodyHash, Coverage, HeaderField, KeySource, Message, Signature, SignatureKind, SignatureResult,
};

use super::alignment::is_aligned;
use super::body::{Body, BodyCheck};
use super::canonical_header::{Field, Header, has_bare_line_feed, signed_input};
use super::keys::{KeyArchive, KeyRow};
use super::limits::{REPAIR_HEADER_OCTETS_MAX, SIGNATURES_MAX, SIGNED_HEADER_OCTETS_MAX};
use super::parse::{SignatureField, Terms, signature_field};
use super::public_key::KeyState;
use super::repairs::{HeaderRepair, LINE_ENDS, choices};
use super::scope::scope;

const NAME: &str = "dkim-signature";

/// Verifies every `DKIM-Signature` of a message, in the order of its header.
///
/// Works on the exact bytes and on the header fields as `decode` divided them.
pub fn verify(message: &Message, keys: &KeyArchive) -> Vec<Signature> {
    if message.field(NAME).is_none() {
        return Vec::new();
    }
    let mut verifier = Verifier {
        message,
        keys,
        header: Header::of(message),
        body: Body::new(message.body.of(&message.raw)),
        has_bare_line_feed: has_bare_line_feed(message.header.of(&message.raw)),
    };
    let indexes = verifier.header.named(NAME).to_vec();
    let fields = message.fields_named(NAME);
    indexes
        .into_iter()
        .zip(fields)
        .enumerate()
        .map(|(number, (index, field))| verifier.signature(number, index, field))
        .collect()
}

struct Verifier<'a> {
    message: &'a Message,
    keys: &'a KeyArchive,
    header: Header<'a>,
    body: Body<'a>,
    has_bare_line_feed: bool,
}

/// What came of the header hash.
struct HeaderCheck<'k> {
    /// Whether it verified; `None` without key.
    verified: Option<bool>,
    /// The key that verified it, else the first that could have.
    row: Option<&'k KeyRow>,
    repairs: Vec<&'static str>,
}

impl<'a> Verifier<'a> {
    fn signature(&mut self, number: usize, index: usize, field: &HeaderField) -> Signature {
        let read = signature_field(field.value.of(&self.message.raw));
        let unverified = unverified(&read, field);
        let refused = |reason| Signature {
            reason,
            ..unverified.clone()
        };
        let terms = match read.terms {
            Err(reason) => return refused(reason),
            Ok(_) if number >= SIGNATURES_MAX => {
                return refused(format!(
                    "not verified: the message has more than {SIGNATURES_MAX} signatures"
                ));
            }
            Ok(terms) => terms,
        };
        let selected = self.header.selected(&terms.signed_names, index);
        if self.header.n_octets(&selected) > SIGNED_HEADER_OCTETS_MAX {
            return refused(format!(
                "not verified: the signed fields are longer than {SIGNED_HEADER_OCTETS_MAX} octets"
            ));
        }
        let rows = self.keys.rows_of(&read.selector, &read.domain);
        let header = self.check_header(&selected, index, &terms, &rows);
        let body = self.body.check(&terms);
        let (covers, unsigned_fields) = scope(
            self.message,
            &self.header,
            &selected,
            body.unsigned_tail_octets,
        );
        Signature {
            result: result(&header, &body),
            body_hash: body.result,
            header_verified: header.verified,
            key_source: header.row.map(|row| row.origin),
            key_bits: header.row.and_then(KeyRow::key).map(super::PublicKey::bits),
            repairs: self.repairs(&header, &body),
            covers,
            unsigned_fields,
            unsigned_tail_octets: body.unsigned_tail_octets,
            anchored: header.row.is_some_and(KeyRow::is_anchored),
            aligned: is_aligned(self.message, &read.domain),
            reason: reason(&header, &body, &rows),
            ..unverified
        }
    }

    fn check_header<'k>(
        &self,
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
            return HeaderCheck {
                verified: None,
                row: None,
                repairs: Vec::new(),
            };
        };
        let input = signed_input(&self.header.fields, selected, index, terms.header);
        if let Some(row) = verifying_row(&usable, terms, &input) {
            return HeaderCheck {
                verified: Some(true),
                row: Some(row),
                repairs: Vec::new(),
            };
        }
        self.repaired_header(selected, index, terms, &usable)
            .unwrap_or(HeaderCheck {
                verified: Some(false),
                row: Some(first),
                repairs: Vec::new(),
            })
    }

    fn repaired_header<'k>(
        &self,
        selected: &[usize],
        index: usize,
        terms: &Terms,
        usable: &[&'k KeyRow],
    ) -> Option<HeaderCheck<'k>> {
        let signed: Vec<usize> = selected.iter().copied().chain([index]).collect();
        let fields: Vec<Field<'a>> = signed
            .iter()
            .filter_map(|&index| self.header.fields.get(index).cloned())
            .collect();
        if fields.iter().map(|field| field.bytes.len()).sum::<usize>() > REPAIR_HEADER_OCTETS_MAX {
            return None;
        }
        let possible: Vec<HeaderRepair> = HeaderRepair::all(terms.header)
            .into_iter()
            .filter(|repair| fields.iter().any(|field| repair.undo(field).is_some()))
            .collect();
        let in_order: Vec<usize> = (0..selected.len()).collect();
        for choice in choices(possible.len()) {
            let repairs: Vec<HeaderRepair> = choice
                .iter()
                .filter_map(|&index| possible.get(index).copied())
                .collect();
            let repaired = apply(&fields, &repairs);
            let input = signed_input(&repaired, &in_order, selected.len(), terms.header);
            if let Some(row) = verifying_row(usable, terms, &input) {
                let repairs = repairs.into_iter().map(HeaderRepair::name).collect();
                return Some(HeaderCheck {
                    verified: Some(true),
                    row: Some(row),
                    repairs,
                });
            }
        }
        None
    }

    /// The names of all repairs that led to what fits, each once.
    fn repairs(&self, header: &HeaderCheck<'_>, body: &BodyCheck) -> Vec<String> {
        let header_fits = header.verified == Some(true);
        let mut names = Vec::new();
        if self.has_bare_line_feed && (header_fits || body.result == BodyHash::Match) {
            names.push(LINE_ENDS);
        }
        for name in header.repairs.iter().chain(&body.repairs) {
            if !names.contains(name) {
                names.push(name);
            }
        }
        names.into_iter().map(str::to_owned).collect()
    }
}

fn apply<'a>(fields: &[Field<'a>], repairs: &[HeaderRepair]) -> Vec<Field<'a>> {
    let mut repaired = fields.to_vec();
    for field in &mut repaired {
        for repair in repairs {
            if let Some(bytes) = repair.undo(field) {
                field.bytes = Cow::Owned(bytes);
            }
        }
    }
    repaired
}

fn verifying_row<'k>(rows: &[&'k KeyRow], terms: &Terms, input: &[u8]) -> Option<&'k KeyRow> {
    rows.iter().copied().find(|row| {
        row.key()
            .is_some_and(|key| key.verifies(terms.algorithm, input, &terms.value))
    })
}

/// The signature as it is before anything is verified: all that the field says of itself.
fn unverified(read: &SignatureField, field: &HeaderField) -> Signature {
    Signature {
        kind: SignatureKind::Dkim,
        by: read.domain.clone(),
        selector: read.selector.clone(),
        identity: read.identity.clone(),
        algorithm: read.algorithm_name.clone(),
        result: SignatureResult::Malformed,
        body_hash: BodyHash::NotComputed,
        header_verified: None,
        key_source: None::<KeySource>,
        key_bits: None,
        repairs: Vec::new(),
        covers: Coverage::Part,
        unsigned_fields: Vec::new(),
        unsigned_tail_octets: None,
        anchored: false,
        aligned: false,
        signed_at: read.signed_at,
        expires_at: read.expires_at,
        reason: String::new(),
        value_start: read.value_start.clone(),
        span: field.whole,
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
fn no_key(rows: &[&KeyRow]) -> String {
    match rows.first().map(|row| &row.state) {
        None => "no key is known for this selector".to_owned(),
        Some(KeyState::Revoked) => "the key was withdrawn".to_owned(),
        Some(KeyState::Unusable(reason)) => format!("the known key record is of no use: {reason}"),
        Some(KeyState::Usable(_)) => {
            "the known key is of another kind than the signature".to_owned()
        }
    }
}
