//! The repairs of the header under which a signature fits.

use std::borrow::Cow;

use mabillon_case::{Message, SignatureKind};

use super::canonical_header::{Field, Header, signed_input};
use super::keys::KeyRow;
use super::limits::REPAIR_HEADER_OCTETS_MAX;
use super::parse::Terms;
use super::repairs::{HeaderRepair, header_choices, repairs_of};

/// A header as it was signed.
pub(super) struct RepairedHeader<'k> {
    /// The key that verifies it.
    pub(super) row: &'k KeyRow,
    /// What had to be undone, in order.
    pub(super) repairs: Vec<HeaderRepair>,
    /// The canonical bytes that are signed.
    pub(super) input: Vec<u8>,
}

/// Looks for the repairs under which one of the keys verifies the header; not in long headers.
pub(super) fn repaired_header<'k>(
    message: &Message,
    header: &Header<'_>,
    (kind, index, terms): (SignatureKind, usize, &Terms),
    usable: &[&'k KeyRow],
) -> Option<RepairedHeader<'k>> {
    let fields = header.signed_fields(&terms.signed_names, index);
    if fields.iter().map(|field| field.bytes.len()).sum::<usize>() > REPAIR_HEADER_OCTETS_MAX {
        return None;
    }
    let possible = repairs_of(message, kind, terms.header, &fields);
    let signature = fields.len().checked_sub(1)?;
    let in_order: Vec<usize> = (0..signature).collect();
    header_choices(&possible).find_map(|repairs| {
        let repaired = apply(&fields, &repairs);
        let input = signed_input(&repaired, &in_order, signature, terms.header);
        let row = verifying_row(usable, terms, &input)?;
        Some(RepairedHeader {
            row,
            repairs: repairs.into_iter().cloned().collect(),
            input,
        })
    })
}

fn apply<'a>(fields: &[Field<'a>], repairs: &[&HeaderRepair]) -> Vec<Field<'a>> {
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

/// The first key under which the signature over these bytes verifies.
pub(super) fn verifying_row<'k>(
    rows: &[&'k KeyRow],
    terms: &Terms,
    input: &[u8],
) -> Option<&'k KeyRow> {
    rows.iter().copied().find(|row| {
        row.key()
            .is_some_and(|key| key.verifies(terms.algorithm, input, &terms.value))
    })
}
