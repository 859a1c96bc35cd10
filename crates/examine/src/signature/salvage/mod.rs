//! Bodies as they were signed, put together anew: what lists, gateways and exporters encode anew or add, undone.
//!
//! Tried after the repairs that need no knowledge of parts, and only where the signature over the header, which holds
//! the hash of the body, verifies under a known key: what then fits is what was signed, whoever did the rest. In order:
//! - texts and attachments encoded anew (`transfer-encoding`): what a reader sees stays the same;
//! - a part, or a multipart around all, that a list added; text added to the plain text and to the HTML; each also where
//!   the texts were encoded anew. What is taken away is shown, and is not covered.
//!
//! Each of these is tried as it is and with one repair of the body on top. The number of bodies and of octets hashed is
//! bounded.

mod choices;
mod html;
mod parts;
mod text;
mod transfer;
mod variant;

use std::collections::BTreeSet;
use std::ops::Range;

use mabillon_case::{Message, TransferEncoding};

use super::canonical_body::{BodyDigest, hash_body};
use super::limits::SALVAGE_TRIES_MAX;
use super::parse::Terms;
use super::repairs::{BODY_REPAIRS, BodyRepair};
use choices::{Coding, Ending, codings, pairs, singles};
use parts::{Leaf, Place, additions, attachments, leaves};
use transfer::rewrapped;
use variant::{Removal, Variant};

pub(crate) use transfer::TRANSFER_ENCODINGS;

/// The name of encoding a text or an attachment as it was before it was encoded anew.
pub(crate) const TRANSFER_ENCODING: &str = "transfer-encoding";
/// The name of taking off the multipart that a list put around a message.
pub(crate) const WRAPPED_BY_LIST: &str = "wrapped-by-list";

/// Ways of taking words away that are tried where the texts are encoded anew, each in many ways.
const PAIRS_ANEW_MAX: usize = 12;

/// Text that was taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Removed {
    /// The name of the repair.
    pub(super) name: &'static str,
    /// Where it stands in the body, or the content in which it stands encoded.
    pub(super) range: Range<usize>,
    /// The text, without its transfer encoding.
    pub(super) text: Vec<u8>,
}

/// A body that fits.
#[derive(Debug, Clone)]
pub(super) struct Salvaged {
    /// The body as it was signed.
    pub(super) body: Vec<u8>,
    /// What came of hashing it.
    pub(super) digest: BodyDigest,
    /// What had to be undone, in order.
    pub(super) names: Vec<&'static str>,
    /// What had to be taken away.
    pub(super) removed: Vec<Removed>,
    /// The transfer encoding of a message of one part, where it was another one.
    pub(super) encoding: Option<&'static str>,
}

/// What may be done to a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ways {
    /// Whether text may be taken away.
    pub(super) may_remove: bool,
    /// The boundaries that the outermost multipart may have had.
    pub(super) boundaries: Vec<String>,
}

/// Looks for the body that was signed; `octets_left` is what may still be hashed for this message.
pub(super) fn salvage(
    message: &Message,
    terms: &Terms,
    ways: &Ways,
    octets_left: &mut u64,
) -> Option<Salvaged> {
    let body = message.body.of(&message.raw);
    let may_remove = ways.may_remove;
    let mut search = Search {
        body,
        terms,
        on_top: BODY_REPAIRS
            .iter()
            .filter(|(_, undo)| undo(body).is_some())
            .collect(),
        tries_left: SALVAGE_TRIES_MAX,
        octets_left,
    };
    let leaves = leaves(message);
    let divided = ways.boundaries.iter();
    let divided = divided.map(|boundary| Variant::default().divided_by(message, boundary));
    let divided: Vec<Variant> = divided.collect();
    let whole = [Variant::default()];
    let around: Vec<Variant> = if may_remove {
        let around = additions(message);
        let around = around
            .iter()
            .map(|added| Variant::default().without(added, body));
        around.collect()
    } else {
        Vec::new()
    };
    // What takes one try each comes first: whatever fits is what was signed.
    let first = divided.iter().find_map(|base| search.attempt(base));
    let first = first.or_else(|| search.attachments_anew(message));
    let first = first.or_else(|| around.iter().find_map(|base| search.attempt(base)));
    if first.is_some() {
        return first;
    }
    ROUNDS.iter().find_map(|round| {
        let is_first = *round == ROUNDS[0];
        whole
            .iter()
            .chain(&divided)
            .chain(&around)
            .find_map(|base| {
                search
                    .encoded_anew(base, &leaves, *round)
                    .or_else(|| {
                        (may_remove && is_first).then(|| search.without_words(base, &leaves))?
                    })
                    .or_else(|| {
                        may_remove.then(|| search.without_words_anew(base, &leaves, *round))?
                    })
            })
    })
}

/// How a program that encodes texts anew treats the header and the end of each, the likeliest first.
const ROUNDS: [(Place, Ending); 6] = [
    (Place::Here, Ending::AsItIs),
    (Place::Last, Ending::AsItIs),
    (Place::BehindType, Ending::AsItIs),
    (Place::First, Ending::AsItIs),
    (Place::Here, Ending::Ended),
    (Place::Here, Ending::Stripped),
];

struct Search<'a> {
    body: &'a [u8],
    terms: &'a Terms,
    /// Repairs of the body that concern it.
    on_top: Vec<&'static BodyRepair>,
    tries_left: usize,
    octets_left: &'a mut u64,
}

impl Search<'_> {
    fn is_spent(&self) -> bool {
        self.tries_left == 0 || *self.octets_left < self.body.len() as u64
    }

    /// The body in this way, if it is the one that was signed, as it is or with one repair.
    fn attempt(&mut self, variant: &Variant) -> Option<Salvaged> {
        let body = variant.of(self.body)?;
        if let Some(digest) = self.digest_that_fits(&body) {
            return Some(salvaged(variant, None, body, digest));
        }
        for (name, undo) in self.on_top.clone() {
            let Some(repaired) = undo(&body) else {
                continue;
            };
            if let Some(digest) = self.digest_that_fits(&repaired) {
                return Some(salvaged(variant, Some(*name), repaired, digest));
            }
        }
        None
    }

    fn digest_that_fits(&mut self, body: &[u8]) -> Option<BodyDigest> {
        self.tries_left = self.tries_left.checked_sub(1)?;
        *self.octets_left = self.octets_left.checked_sub(body.len() as u64 + 1)?;
        let terms = self.terms;
        let digest = hash_body(body, terms.body, terms.algorithm.hash(), terms.length);
        (digest.hash == terms.body_hash).then_some(digest)
    }

    /// Attachments whose base64 was wrapped at another width.
    fn attachments_anew(&mut self, message: &Message) -> Option<Salvaged> {
        if self.is_spent() {
            return None;
        }
        let body = self.body;
        let ways: Vec<(Range<usize>, Vec<Vec<u8>>)> = attachments(message)
            .into_iter()
            .filter_map(|range| Some((range.clone(), rewrapped(body.get(range)?)?)))
            .collect();
        let n_ways = ways.first().map_or(0, |(_, ways)| ways.len());
        (0..n_ways).find_map(|index| {
            let mut variant = Variant::default();
            for (range, ways) in &ways {
                let with = ways.get(index)?;
                variant.edits.push((range.clone(), with.clone()));
            }
            variant.name(TRANSFER_ENCODING);
            self.attempt(&variant)
        })
    }

    /// Texts that were encoded anew, in this variant of the body.
    fn encoded_anew(
        &mut self,
        base: &Variant,
        leaves: &[Leaf],
        (place, ending): (Place, Ending),
    ) -> Option<Salvaged> {
        let leaves: Vec<&Leaf> = leaves
            .iter()
            .filter(|leaf| base.keeps(&leaf.content))
            .collect();
        let codings: Vec<Vec<Coding>> = leaves
            .iter()
            .map(|leaf| {
                let anew = codings(&ending.of(&leaf.text));
                std::iter::once(Coding::AsItStands).chain(anew).collect()
            })
            .collect();
        self.coded(base, &leaves, &codings, place)
    }

    /// The texts in each combination of these encodings that one program may have given them.
    fn coded(
        &mut self,
        base: &Variant,
        leaves: &[&Leaf],
        codings: &[Vec<Coding>],
        place: Place,
    ) -> Option<Salvaged> {
        let as_it_stands = [Coding::AsItStands];
        let of = |index: usize| codings.get(index).map_or(&as_it_stands[..], Vec::as_slice);
        let mut seen = BTreeSet::new();
        for first in of(0) {
            for second in of(1) {
                let is_new =
                    first.agrees_with(second) && seen.insert((first.outcome(), second.outcome()));
                if !is_new {
                    continue;
                }
                if self.is_spent() {
                    return None;
                }
                let mut variant = base.clone();
                for (leaf, coding) in leaves.iter().zip([first, second]) {
                    variant = coding.applied(variant, leaf, place);
                }
                if variant.edits.len() > base.edits.len()
                    && let Some(found) = self.attempt(&variant)
                {
                    return Some(found);
                }
            }
        }
        None
    }

    /// The texts as they are encoded, without words that were added to them.
    fn without_words(&mut self, base: &Variant, leaves: &[Leaf]) -> Option<Salvaged> {
        let body = self.body;
        let leaves: Vec<&Leaf> = leaves
            .iter()
            .filter(|leaf| base.keeps(&leaf.content) && leaf.encoding != TransferEncoding::Base64)
            .collect();
        let ways: Vec<Vec<Removal>> = leaves
            .iter()
            .map(|leaf| leaf.removals(body.get(leaf.content.clone()).unwrap_or_default()))
            .collect();
        let alone = singles(&ways);
        let together = pairs(&leaves, &ways, |leaf| {
            body.get(leaf.content.clone()).unwrap_or_default()
        });
        for pair in alone.chain(together) {
            if self.is_spent() {
                return None;
            }
            let mut variant = base.clone();
            for ((leaf, ways), chosen) in leaves.iter().zip(&ways).zip(pair) {
                if let Some(removal) = chosen.and_then(|index| ways.get(index)) {
                    variant = variant.without_words(leaf, removal, body);
                }
            }
            if let Some(found) = self.attempt(&variant) {
                return Some(found);
            }
        }
        None
    }

    /// The texts encoded anew, without words that were added to them.
    fn without_words_anew(
        &mut self,
        base: &Variant,
        leaves: &[Leaf],
        (place, ending): (Place, Ending),
    ) -> Option<Salvaged> {
        let leaves: Vec<&Leaf> = leaves
            .iter()
            .filter(|leaf| base.keeps(&leaf.content))
            .collect();
        let ways: Vec<Vec<Removal>> = leaves
            .iter()
            .map(|leaf| leaf.removals(&leaf.text))
            .collect();
        let together = pairs(&leaves, &ways, |leaf| &leaf.text);
        for pair in together.chain(singles(&ways)).take(PAIRS_ANEW_MAX) {
            if self.is_spent() {
                return None;
            }
            let mut base = base.clone();
            let mut codings_of = Vec::new();
            for ((leaf, ways), chosen) in leaves.iter().zip(&ways).zip(pair) {
                let removal = chosen.and_then(|index| ways.get(index));
                codings_of.push(match removal {
                    Some(removal) => {
                        base = base.noting(leaf, removal);
                        codings(&ending.of(&removal.of(&leaf.text)))
                    }
                    None => std::iter::once(Coding::AsItStands)
                        .chain(codings(&ending.of(&leaf.text)))
                        .collect(),
                });
            }
            if let Some(found) = self.coded(&base, &leaves, &codings_of, place) {
                return Some(found);
            }
        }
        None
    }
}

fn salvaged(
    variant: &Variant,
    on_top: Option<&'static str>,
    body: Vec<u8>,
    digest: BodyDigest,
) -> Salvaged {
    Salvaged {
        body,
        digest,
        names: on_top
            .into_iter()
            .chain(variant.names.iter().copied())
            .collect(),
        removed: variant.removed.clone(),
        encoding: variant.encoding,
    }
}

#[cfg(test)]
mod tests;
