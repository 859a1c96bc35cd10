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

mod html;
mod parts;
mod text;
mod transfer;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use mabillon_case::{Message, TransferEncoding};

use super::canonical_body::{BodyDigest, hash_body};
use super::limits::SALVAGE_TRIES_MAX;
use super::parse::Terms;
use super::repairs::{BODY_REPAIRS, BodyRepair};
use parts::{Leaf, Place, additions, attachments, leaves, with_encoding};
use transfer::{Coded, encodings, rewrapped};

pub(crate) use transfer::TRANSFER_ENCODINGS;

/// The name of encoding a text or an attachment as it was before it was encoded anew.
pub(crate) const TRANSFER_ENCODING: &str = "transfer-encoding";
/// The name of taking off the multipart that a list put around a message.
pub(crate) const WRAPPED_BY_LIST: &str = "wrapped-by-list";

/// Pairs of texts from which something is taken away, tried together.
const PAIRS_MAX: usize = 40;
/// The same where the texts are encoded anew, each in many ways.
const PAIRS_ANEW_MAX: usize = 12;

/// One way to take added text away from a content.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Removal {
    /// Its name.
    name: &'static str,
    /// What is taken away, in order.
    ranges: Vec<Range<usize>>,
}

impl Removal {
    /// The content without it.
    fn of(&self, content: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(content.len());
        let mut start = 0;
        for range in &self.ranges {
            kept.extend_from_slice(content.get(start..range.start).unwrap_or_default());
            start = range.end;
        }
        kept.extend_from_slice(content.get(start..).unwrap_or_default());
        kept
    }

    /// What is taken away.
    fn text(&self, content: &[u8]) -> Vec<u8> {
        let removed = self
            .ranges
            .iter()
            .filter_map(|range| content.get(range.clone()));
        removed.collect::<Vec<_>>().concat()
    }
}

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

/// Looks for the body that was signed; `octets_left` is what may still be hashed for this message. Text is taken away
/// only where `may_remove`.
pub(super) fn salvage(
    message: &Message,
    terms: &Terms,
    may_remove: bool,
    octets_left: &mut u64,
) -> Option<Salvaged> {
    let body = message.body.of(&message.raw);
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
    if let Some(found) = search.attachments_anew(message) {
        return Some(found);
    }
    ROUNDS.iter().find_map(|round| {
        let is_first = *round == ROUNDS[0];
        whole.iter().chain(&around).find_map(|base| {
            let is_whole = base.names.is_empty();
            let as_it_stands = is_first && !is_whole;
            let as_it_stands = as_it_stands.then(|| search.attempt(base)).flatten();
            as_it_stands
                .or_else(|| search.encoded_anew(base, &leaves, *round))
                .or_else(|| {
                    (may_remove && is_first).then(|| search.without_words(base, &leaves))?
                })
                .or_else(|| may_remove.then(|| search.without_words_anew(base, &leaves, *round))?)
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

/// A body put together in one way.
#[derive(Debug, Clone, Default)]
struct Variant {
    /// What is replaced, by what; apart from each other.
    edits: Vec<(Range<usize>, Vec<u8>)>,
    names: Vec<&'static str>,
    removed: Vec<Removed>,
    encoding: Option<&'static str>,
}

impl Variant {
    /// The body in this way; `None` where edits overlap.
    fn of(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut edits: Vec<&(Range<usize>, Vec<u8>)> = self.edits.iter().collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = Vec::with_capacity(body.len());
        let mut start = 0;
        for (range, with) in edits {
            out.extend_from_slice(body.get(start..range.start)?);
            out.extend_from_slice(with);
            start = range.end;
        }
        out.extend_from_slice(body.get(start..)?);
        Some(out)
    }

    fn name(&mut self, name: &'static str) {
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    /// Whether this range is left as it is.
    fn keeps(&self, range: &Range<usize>) -> bool {
        self.edits
            .iter()
            .all(|(edited, _)| edited.end <= range.start || range.end <= edited.start)
    }

    fn without(mut self, removal: &Removal, body: &[u8]) -> Self {
        self.name(removal.name);
        for range in &removal.ranges {
            self.edits.push((range.clone(), Vec::new()));
            self.removed.push(Removed {
                name: removal.name,
                range: range.clone(),
                text: body.get(range.clone()).unwrap_or_default().to_vec(),
            });
        }
        self
    }

    /// The same, with something taken away from a text as it stands in its transfer encoding.
    fn without_words(mut self, leaf: &Leaf, removal: &Removal, body: &[u8]) -> Self {
        self.name(removal.name);
        for range in &removal.ranges {
            let range = leaf.content.start + range.start..leaf.content.start + range.end;
            let text = leaf.decoded(body.get(range.clone()).unwrap_or_default());
            self.edits.push((range.clone(), Vec::new()));
            self.removed.push(Removed {
                name: removal.name,
                range,
                text,
            });
        }
        self
    }

    /// The same, with a text encoded anew.
    fn with_content(mut self, leaf: &Leaf, coded: &Coded, place: Place) -> Self {
        self.name(TRANSFER_ENCODING);
        self.edits.push((leaf.content.clone(), coded.bytes.clone()));
        match &leaf.header {
            None => self.encoding = Some(coded.word),
            Some((range, fields)) if self.keeps(range) => {
                let header = with_encoding(fields, coded.word, place);
                self.edits.push((range.clone(), header));
            }
            Some(_) => {}
        }
        self
    }

    /// Notes what is taken away from a text that is encoded anew.
    fn noting(mut self, leaf: &Leaf, removal: &Removal) -> Self {
        self.name(removal.name);
        self.removed.push(Removed {
            name: removal.name,
            range: leaf.content.clone(),
            text: removal.text(&leaf.text),
        });
        self
    }
}

/// What is done to the texts: an index into the ways of taking something away from each, where anything is.
type Pair = [Option<usize>; 2];

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

/// How a text was encoded.
enum Coding {
    AsItStands,
    Anew(Coded),
    /// As it is, and nothing said so: `7bit` is what goes without saying (RFC 2045, section 6.1).
    Unsaid(Coded),
}

impl Coding {
    fn coded(&self) -> Option<&Coded> {
        match self {
            Self::AsItStands => None,
            Self::Anew(coded) | Self::Unsaid(coded) => Some(coded),
        }
    }

    /// Whether one program may have encoded both texts: it writes quoted-printable, and base64, in one way, and seldom
    /// both.
    fn agrees_with(&self, other: &Self) -> bool {
        let (Some(one), Some(other)) = (self.coded(), other.coded()) else {
            return true;
        };
        let is_plain = |coded: &Coded| matches!(coded.word, "7bit" | "8bit");
        is_plain(one) || is_plain(other) || one.maker == other.maker
    }

    /// What tells one encoding of a text from the others.
    fn outcome(&self) -> (Option<&[u8]>, bool) {
        let bytes = self.coded().map(|coded| coded.bytes.as_slice());
        (bytes, matches!(self, Self::Unsaid(_)))
    }

    fn applied(&self, variant: Variant, leaf: &Leaf, place: Place) -> Variant {
        match self {
            Self::AsItStands => variant,
            Self::Anew(coded) => variant.with_content(leaf, coded, place),
            Self::Unsaid(coded) => variant.with_content(leaf, coded, Place::Nowhere),
        }
    }
}

fn codings(text: &[u8]) -> Vec<Coding> {
    let all = encodings(text).into_iter().flat_map(|coded| {
        let unsaid = (coded.word == "7bit").then(|| Coding::Unsaid(coded.clone()));
        std::iter::once(Coding::Anew(coded)).chain(unsaid)
    });
    all.collect()
}

/// What a program that encodes a text anew does to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    AsItIs,
    /// It ended the last line, which had no end.
    Ended,
    /// It took the end of the last line off.
    Stripped,
}

impl Ending {
    /// The text as it was before.
    fn of(self, text: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::AsItIs => Cow::Borrowed(text),
            Self::Ended => Cow::Borrowed(text.strip_suffix(b"\r\n").unwrap_or(text)),
            Self::Stripped => Cow::Owned([text, b"\r\n"].concat()),
        }
    }
}

/// Something taken away from one text alone.
fn singles(ways: &[Vec<Removal>]) -> impl Iterator<Item = Pair> {
    let n_of = |index: usize| ways.get(index).map_or(0, Vec::len);
    let first = (0..n_of(0)).map(|index| [Some(index), None]);
    first.chain((0..n_of(1)).map(|index| [None, Some(index)]))
}

/// Something taken away from both texts: those first from which the same words go, at most [`PAIRS_MAX`].
fn pairs<'l>(
    leaves: &[&'l Leaf],
    ways: &[Vec<Removal>],
    content: impl Fn(&'l Leaf) -> &'l [u8],
) -> impl Iterator<Item = Pair> {
    let words: Vec<Vec<Vec<u8>>> = leaves
        .iter()
        .zip(ways)
        .map(|(leaf, ways)| {
            let content = content(leaf);
            let texts = ways.iter().map(|removal| removal.text(content));
            texts.map(|text| leaf.words(&text)).collect()
        })
        .collect();
    let mut found: Vec<(bool, usize, Pair)> = Vec::new();
    if let [first, second] = words.as_slice() {
        for (i, one) in first.iter().enumerate() {
            for (j, other) in second.iter().enumerate() {
                let is_same = !one.is_empty() && one == other;
                found.push((!is_same, i + j, [Some(i), Some(j)]));
            }
        }
    }
    found.sort();
    found.truncate(PAIRS_MAX);
    found.into_iter().map(|(_, _, pair)| pair)
}

#[cfg(test)]
mod tests;
