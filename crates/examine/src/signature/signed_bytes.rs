//! The bytes that a signature is made over, for whoever wants to check it again without this program.

use std::borrow::Cow;

use mabillon_case::{Message, SignatureKind, Span};

use super::canonical_body::{canonical_body, hash_body};
use super::canonical_header::{Header, signed_input};
use super::header_search::{repaired_header, verifying_row};
use super::keys::{KeyArchive, KeyRow};
use super::limits::{REPAIR_OCTETS_MAX, SIGNATURES_MAX, SIGNED_HEADER_OCTETS_MAX};
use super::parse::{SignatureField, Terms, signature_field};
use super::repairs::{BODY_REPAIRS, BodyRepair, boundaries_beside, choices};
use super::salvage::{Ways, salvage};

const NAME: &str = "dkim-signature";

/// What one `DKIM-Signature` is made over (RFC 6376, section 3.7), after the repairs under which it verifies; as it
/// stands where it verifies under none.
#[derive(Debug, Clone)]
pub struct SignedBytes<'k> {
    /// Where the signature's field stands: names the signature.
    pub span: Span,
    /// The canonical header that is hashed and signed: the signed fields and the signature without its value.
    pub header: Vec<u8>,
    /// The canonical body that is hashed into `bh=`, as far as `l=` reaches.
    pub body: Vec<u8>,
    /// `b=`, decoded.
    pub value: Vec<u8>,
    /// Places of the signed fields and of the signature itself, in the order of the header.
    pub fields: Vec<Span>,
    /// The key that verifies it, else the first that could.
    pub key: Option<&'k KeyRow>,
}

/// What every `DKIM-Signature` of a message is made over, in the order of the header. Those that cannot be read, and
/// those beyond the limits of verification, are left out.
pub fn signed_bytes<'k>(message: &Message, keys: &'k KeyArchive) -> Vec<SignedBytes<'k>> {
    let header = Header::of(message);
    let signatures = header.named(NAME).iter().zip(message.fields_named(NAME));
    signatures
        .take(SIGNATURES_MAX)
        .filter_map(|(&index, field)| {
            let read = signature_field(field.value.of(&message.raw));
            let signed = of_signature(message, &header, index, &read, keys)?;
            Some(SignedBytes {
                span: field.whole,
                ..signed
            })
        })
        .collect()
}

fn of_signature<'k>(
    message: &Message,
    header: &Header<'_>,
    index: usize,
    read: &SignatureField,
    keys: &'k KeyArchive,
) -> Option<SignedBytes<'k>> {
    let terms = read.terms.as_ref().ok()?;
    let selected = header.selected(&terms.signed_names, index);
    if header.n_octets(&selected) > SIGNED_HEADER_OCTETS_MAX {
        return None;
    }
    let usable: Vec<&KeyRow> = keys
        .rows_of(&read.selector, &read.domain)
        .into_iter()
        .filter(|row| row.key().is_some_and(|key| key.fits(terms.algorithm)))
        .collect();
    let as_it_stands = signed_input(&header.fields, &selected, index, terms.header);
    let mut repairs = Vec::new();
    let (input, verifying) = if let Some(row) = verifying_row(&usable, terms, &as_it_stands) {
        (as_it_stands, Some(row))
    } else {
        let signed = (SignatureKind::Dkim, index, terms);
        match repaired_header(message, header, signed, &usable) {
            Some(found) => {
                repairs = found.repairs;
                (found.input, Some(found.row))
            }
            None => (as_it_stands, None),
        }
    };
    let ways = verifying.map(|_| Ways {
        may_remove: terms.length.is_none(),
        boundaries: boundaries_beside(message, SignatureKind::Dkim, terms, &repairs),
    });
    let mut in_order: Vec<usize> = selected.into_iter().chain([index]).collect();
    in_order.sort_unstable();
    let fields = in_order
        .into_iter()
        .filter_map(|index| message.fields().get(index))
        .map(|field| field.whole)
        .collect();
    Some(SignedBytes {
        span: Span::default(),
        header: input,
        body: signed_body(message, terms, ways),
        value: terms.value.clone(),
        fields,
        key: verifying.or_else(|| usable.first().copied()),
    })
}

/// The canonical body; put together anew only where the signature over the header, which holds its hash, verifies.
fn signed_body(message: &Message, terms: &Terms, ways: Option<Ways>) -> Vec<u8> {
    let body = message.body.of(&message.raw);
    let fits = |body: &[u8]| {
        hash_body(body, terms.body, terms.algorithm.hash(), terms.length).hash == terms.body_hash
    };
    if fits(body) {
        return canonical(body, terms);
    }
    let possible: Vec<&BodyRepair> = BODY_REPAIRS
        .iter()
        .filter(|(_, undo)| undo(body).is_some())
        .collect();
    let tries_max =
        usize::try_from(REPAIR_OCTETS_MAX / (body.len() as u64 + 1)).unwrap_or(usize::MAX);
    let repaired = choices(possible.len()).take(tries_max).find_map(|choice| {
        let repairs = choice.iter().filter_map(|&index| possible.get(index));
        let mut repaired = Cow::Borrowed(body);
        for (_, undo) in repairs {
            repaired = Cow::Owned(undo(&repaired)?);
        }
        fits(&repaired).then(|| canonical(&repaired, terms))
    });
    let anew = || {
        let found = salvage(message, terms, &ways?, &mut REPAIR_OCTETS_MAX.clone())?;
        Some(canonical(&found.body, terms))
    };
    repaired
        .or_else(anew)
        .unwrap_or_else(|| canonical(body, terms))
}

/// The canonical body as far as `l=` reaches.
fn canonical(body: &[u8], terms: &Terms) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    canonical_body(body, terms.body, &mut |bytes| out.extend_from_slice(bytes));
    let length = terms.length.unwrap_or(u64::MAX);
    out.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    out
}

#[cfg(test)]
mod tests {
    use mabillon_case::KeySource;

    use super::*;
    use crate::signature::canonical_body::HashAlgorithm;
    use crate::signature::damaged::{LETTER, keys, signed};
    use crate::signature::vectors::message;

    #[test]
    fn the_bytes_are_those_that_were_hashed_also_after_damage() {
        for canonicalization in ["simple/simple", "relaxed/relaxed"] {
            let tags = format!("a=rsa-sha256; c={canonicalization}");
            let whole = signed("s2048", &tags, LETTER);
            let damages = [
                whole.clone(),
                whole.replace("\r\n", "\n"),
                whole.replace("\nFrom M", "\n>From M"),
                whole.replace("\"Jon Vale\"", "Jon Vale"),
            ];
            for damaged in damages {
                let keys = keys();
                let message = message(damaged.as_bytes());
                let found = signed_bytes(&message, &keys);
                let [found] = found.as_slice() else {
                    panic!("{damaged}");
                };
                let row = found.key.unwrap();
                let terms = signature_field(
                    message
                        .fields_named(NAME)
                        .next()
                        .unwrap()
                        .value
                        .of(&message.raw),
                )
                .terms
                .unwrap();
                assert!(verifying_row(&[row], &terms, &found.header).is_some());
                assert_eq!(HashAlgorithm::Sha256.of(&found.body), terms.body_hash);
                assert_eq!((found.fields.len(), row.origin), (7, KeySource::Archive));
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_no_key_is_needed() {
        let text = signed("s2048", "a=rsa-sha256; l=4", LETTER);
        let none = KeyArchive::default();
        let of = |text: &str| {
            let message = message(text.as_bytes());
            let found = signed_bytes(&message, &none);
            found.first().map(|found| found.body.clone())
        };
        assert_eq!(of(&text), Some(b"Jon,".to_vec()));
        assert_eq!(of(&text.replace("v=1;", "v=9;")), None);
    }
}
