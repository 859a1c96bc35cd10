//! Whole numbers of any size: a sign and 64-bit words, least significant first.

use std::cmp::Ordering;

use rsa::BigUint;

/// A whole number. The highest word is never 0, and 0 has no word and no sign.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Number {
    pub(super) is_negative: bool,
    words: Vec<u64>,
}

impl Number {
    pub(super) fn new(is_negative: bool, mut words: Vec<u64>) -> Self {
        let n_words = words
            .iter()
            .rposition(|&word| word != 0)
            .map_or(0, |last| last + 1);
        words.truncate(n_words);
        Self {
            is_negative: is_negative && n_words > 0,
            words,
        }
    }

    pub(super) fn one() -> Self {
        Self::new(false, vec![1])
    }

    /// A number written with its most significant octet first.
    pub(super) fn from_octets(octets: &[u8]) -> Self {
        let words = octets
            .rchunks(8)
            .map(|chunk| {
                chunk
                    .iter()
                    .fold(0, |word, &octet| word << 8 | u64::from(octet))
            })
            .collect();
        Self::new(false, words)
    }

    /// The magnitude with its most significant octet first, without leading zeros.
    pub(super) fn octets(&self) -> Vec<u8> {
        self.words
            .iter()
            .rev()
            .flat_map(|word| word.to_be_bytes())
            .skip_while(|&octet| octet == 0)
            .collect()
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn is_zero(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn bits(&self) -> usize {
        self.words.last().map_or(0, |last| {
            self.words.len() * 64 - last.leading_zeros() as usize
        })
    }

    /// The number without its lowest words.
    pub(super) fn high(&self, n_dropped: usize) -> Self {
        let words = self.words.get(n_dropped..).unwrap_or_default();
        Self::new(self.is_negative, words.to_vec())
    }

    pub(super) fn magnitude(&self) -> BigUint {
        BigUint::from_bytes_be(&self.octets())
    }

    pub(super) fn of(magnitude: &BigUint) -> Self {
        Self::from_octets(&magnitude.to_bytes_be())
    }

    pub(super) fn negated(self) -> Self {
        Self {
            is_negative: !self.is_negative && !self.is_zero(),
            ..self
        }
    }

    pub(super) fn cmp_magnitude(&self, other: &Self) -> Ordering {
        self.len()
            .cmp(&other.len())
            .then_with(|| self.words.iter().rev().cmp(other.words.iter().rev()))
    }

    /// Subtracts the magnitude of another number from a magnitude that is not smaller; else gives `None`.
    pub(super) fn less(mut self, other: &Self) -> Option<Self> {
        let mut borrow = false;
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        for (word, other) in self.words.iter_mut().zip(others) {
            let (difference, first) = word.overflowing_sub(other);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            *word = difference;
            borrow = first || second;
        }
        (!borrow && self.words.len() >= other.len()).then(|| Self::new(false, self.words))
    }
}
