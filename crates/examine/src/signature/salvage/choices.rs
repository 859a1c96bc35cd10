//! In which order texts are tried: which encodings go together, and which words are taken away from both.

use std::borrow::Cow;

use super::parts::{Leaf, Place};
use super::transfer::{Coded, encodings};
use super::variant::{Removal, Variant};

/// Pairs of texts from which something is taken away, tried together.
const PAIRS_MAX: usize = 40;
/// What is done to the texts: an index into the ways of taking something away from each, where anything is.
pub(super) type Pair = [Option<usize>; 2];

/// How a text was encoded.
pub(super) enum Coding {
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
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        let (Some(one), Some(other)) = (self.coded(), other.coded()) else {
            return true;
        };
        let is_plain = |coded: &Coded| matches!(coded.word, "7bit" | "8bit");
        is_plain(one) || is_plain(other) || one.maker == other.maker
    }

    /// What tells one encoding of a text from the others.
    pub(super) fn outcome(&self) -> (Option<&[u8]>, bool) {
        let bytes = self.coded().map(|coded| coded.bytes.as_slice());
        (bytes, matches!(self, Self::Unsaid(_)))
    }

    pub(super) fn applied(&self, variant: Variant, leaf: &Leaf, place: Place) -> Variant {
        match self {
            Self::AsItStands => variant,
            Self::Anew(coded) => variant.with_content(leaf, coded, place),
            Self::Unsaid(coded) => variant.with_content(leaf, coded, Place::Nowhere),
        }
    }
}

pub(super) fn codings(text: &[u8]) -> Vec<Coding> {
    let all = encodings(text).into_iter().flat_map(|coded| {
        let unsaid = (coded.word == "7bit").then(|| Coding::Unsaid(coded.clone()));
        std::iter::once(Coding::Anew(coded)).chain(unsaid)
    });
    all.collect()
}

/// What a program that encodes a text anew does to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    AsItIs,
    /// It ended the last line, which had no end.
    Ended,
    /// It took the end of the last line off.
    Stripped,
}

impl Ending {
    /// The text as it was before.
    pub(super) fn of(self, text: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::AsItIs => Cow::Borrowed(text),
            Self::Ended => Cow::Borrowed(text.strip_suffix(b"\r\n").unwrap_or(text)),
            Self::Stripped => Cow::Owned([text, b"\r\n"].concat()),
        }
    }
}

/// Something taken away from one text alone.
pub(super) fn singles(ways: &[Vec<Removal>]) -> impl Iterator<Item = Pair> {
    let n_of = |index: usize| ways.get(index).map_or(0, Vec::len);
    let first = (0..n_of(0)).map(|index| [Some(index), None]);
    first.chain((0..n_of(1)).map(|index| [None, Some(index)]))
}

/// Something taken away from both texts: those first from which the same words go, at most [`PAIRS_MAX`].
pub(super) fn pairs<'l>(
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
