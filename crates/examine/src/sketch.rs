//! Measures of a text that let near-duplicates find each other: words, digest, MinHash sketch.

use mabillon_case::{Text, TextFacts};

use crate::Key;
use crate::function_words::FunctionWords;

/// Texts with fewer words have no sketch: short texts are alike by chance.
const SKETCH_WORDS_MIN: usize = 20;
/// Words in one shingle.
const SHINGLE_WORDS: usize = 5;
/// Values in a sketch.
const SKETCH_LENGTH: usize = 32;
/// Values in one band of locality-sensitive hashing: 16 bands of 2 find pairs with a
/// Jaccard similarity of 0.5 in 99 % of cases.
const BAND_LENGTH: usize = 2;
/// Bytes of a word with the space behind it, about.
const BYTES_OF_A_WORD: usize = 6;
/// Words of a text beyond this number are not sketched.
const SKETCH_WORDS_MAX: usize = 20_000;

/// The bit that tells lower-case letters of ASCII from upper-case ones, in each of eight bytes. Digits have it.
const LOWER_CASE: u64 = 0x2020_2020_2020_2020;

/// 64 bits, eight bytes at a time: that of FNV-1a over longer digits, with a final mixing step. Stable over machines.
pub(crate) fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    hash_of(seed, bytes, 0)
}

/// The same, with `bits` set in each byte.
fn hash_of(seed: u64, bytes: &[u8], bits: u64) -> u64 {
    let start = seed ^ 0xcbf2_9ce4_8422_2325;
    let (whole, rest) = bytes.as_chunks::<8>();
    let hash = whole.iter().fold(start, |hash, digit| {
        step(hash, u64::from_le_bytes(*digit) | bits)
    });
    let last = rest.iter().rev().fold(0, |digit, byte| {
        (digit << 8) | u64::from(*byte) | (bits & 0xff)
    });
    mix(step(hash, last) ^ (bytes.len() as u64))
}

const fn step(hash: u64, digit: u64) -> u64 {
    let product = (hash ^ digit).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
pub(crate) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Digest of everything a reader sees; number, language and MinHash sketch (Broder 1997, with one permutation: Li, Owen,
/// Zhang 2012) of the author's own words.
pub(crate) fn text_facts(text: &Text) -> TextFacts {
    let mut digest = 0;
    let mut function_words = FunctionWords::default();
    let mut sketch = Sketch::default();
    each_word_hash(&text.own, |hash| {
        digest = digested(digest, hash);
        function_words.add(hash);
        sketch.add(hash);
    });
    let quoted = text
        .quotations
        .iter()
        .map(|quotation| quotation.text.as_str());
    for rest in quoted.chain(text.html_alternative.as_deref()) {
        each_word_hash(rest, |hash| digest = digested(digest, hash));
    }
    TextFacts {
        digest,
        n_words: u32::try_from(sketch.n_words).unwrap_or(u32::MAX),
        language: function_words.language().to_owned(),
        sketch: sketch.end(),
    }
}

/// The digest of some words and one more.
const fn digested(digest: u64, word: u64) -> u64 {
    mix(digest.rotate_left(5) ^ word)
}

/// What a byte is to the words of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Byte {
    /// A letter or digit of ASCII.
    OfWord,
    /// Anything else of ASCII.
    Between,
    /// Part of a character beyond ASCII.
    Beyond,
}

/// What each byte is: most text is ASCII between most spaces, and told into words byte by byte.
#[expect(clippy::indexing_slicing, reason = "an index below 128 lies within")]
const BYTES: [Byte; 256] = {
    let mut bytes = [Byte::Beyond; 256];
    let mut value: u8 = 0;
    while value.is_ascii() {
        bytes[value as usize] = if value.is_ascii_alphanumeric() {
            Byte::OfWord
        } else {
            Byte::Between
        };
        value += 1;
    }
    bytes
};

/// The hashes of the words of a text, in order.
pub(crate) fn word_hashes(text: &str) -> Vec<u64> {
    let mut hashes = Vec::with_capacity(text.len() / BYTES_OF_A_WORD);
    each_word_hash(text, |hash| hashes.push(hash));
    hashes
}

/// Gives the hash of each word of a text, in order: runs of letters and digits, lower case.
fn each_word_hash(text: &str, mut take: impl FnMut(u64)) {
    let mut rest = text.as_bytes();
    while let Some(start) = rest.iter().position(|byte| what_is(*byte) != Byte::Between) {
        let run = rest.get(start..).unwrap_or_default();
        let mut is_ascii = true;
        let within = run.iter().take_while(|byte| {
            let what = what_is(**byte);
            is_ascii &= what != Byte::Beyond;
            what != Byte::Between
        });
        let (run, behind) = run.split_at_checked(within.count()).unwrap_or_default();
        if is_ascii {
            take(hash_ascii(run));
        } else if let Ok(run) = std::str::from_utf8(run) {
            let words = run.split(|c: char| !c.is_alphanumeric());
            let words = words.filter(|word| !word.is_empty());
            words.for_each(|word| take(hash_bytes(0, word.to_lowercase().as_bytes())));
        }
        rest = behind;
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "the table has a place for every byte"
)]
const fn what_is(byte: u8) -> Byte {
    BYTES[byte as usize]
}

/// The hash of letters and digits of ASCII, the letters in lower case.
fn hash_ascii(word: &[u8]) -> u64 {
    hash_of(0, word, LOWER_CASE)
}

/// A sketch that grows word by word.
struct Sketch {
    n_words: usize,
    /// The last words, the oldest first.
    last: [u64; SHINGLE_WORDS],
    bins: [u32; SKETCH_LENGTH],
}

impl Default for Sketch {
    fn default() -> Self {
        Self {
            n_words: 0,
            last: [0; SHINGLE_WORDS],
            bins: [u32::MAX; SKETCH_LENGTH],
        }
    }
}

impl Sketch {
    fn add(&mut self, word: u64) {
        self.n_words += 1;
        self.last.rotate_left(1);
        if let Some(newest) = self.last.last_mut() {
            *newest = word;
        }
        if (SHINGLE_WORDS..SHINGLE_WORDS + SKETCH_WORDS_MAX).contains(&self.n_words) {
            let shingle = self.last.iter();
            let hash = shingle.fold(0, |seed: u64, word| mix(seed.rotate_left(7) ^ word));
            let bin = usize::try_from(hash >> 59).unwrap_or(0);
            if let Some(value) = self.bins.get_mut(bin) {
                *value = (*value).min(low_half(hash));
            }
        }
    }

    /// The sketch; empty where the text is too short for one.
    fn end(mut self) -> Vec<u32> {
        if self.n_words < SKETCH_WORDS_MIN {
            return Vec::new();
        }
        fill_empty_bins(&mut self.bins);
        self.bins.to_vec()
    }
}

/// The low 32 bits.
fn low_half(value: u64) -> u32 {
    u32::try_from(value & 0xffff_ffff).unwrap_or(u32::MAX)
}

/// Empty bins take the value of the next filled one, so that short texts can be compared (Shrivastava, Li 2014).
fn fill_empty_bins(bins: &mut [u32]) {
    let filled: Vec<(usize, u32)> = bins
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, value)| *value != u32::MAX)
        .collect();
    for (index, value) in bins.iter_mut().enumerate() {
        if *value == u32::MAX {
            let next = filled
                .iter()
                .find(|(at, _)| *at > index)
                .or_else(|| filled.first());
            if let Some((at, other)) = next {
                *value = low_half(hash_bytes(
                    u64::from(*other),
                    &at.wrapping_sub(index).to_le_bytes(),
                ));
            }
        }
    }
}

/// The keys under which near-duplicates of this text meet.
pub(crate) fn band_keys(text: &TextFacts) -> Vec<Key> {
    text.sketch
        .chunks(BAND_LENGTH)
        .zip(0_u64..)
        .map(|(band, number)| {
            Key(band
                .iter()
                .fold(mix(number), |seed, value| mix(seed ^ u64::from(*value))))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The committee met on Tuesday to agree the budget of the regional offices and \
        decided to pay the printers in two parts, the first of which falls due at the end of March, \
        while the second waits for the delivery of all posters to the eleven depots of the campaign.";

    fn of(own: &str) -> TextFacts {
        text_facts(&Text {
            own: own.to_owned(),
            ..Text::default()
        })
    }

    #[test]
    fn one_changed_word_keeps_a_band() {
        let altered = TEXT.replace("eleven", "forty");
        let (a, b) = (band_keys(&of(TEXT)), band_keys(&of(&altered)));
        assert!(a.iter().any(|key| b.contains(key)));
        assert_ne!(of(TEXT).digest, of(&altered).digest);
    }

    proptest::proptest! {
        #[test]
        fn words_are_runs_of_letters_and_digits(text in "[a-zA-Z0-9éÀß ŉİ'.,—\\n]{0,60}") {
            let words = text.split(|c: char| !c.is_alphanumeric());
            let by_the_book: Vec<u64> = words
                .filter(|word| !word.is_empty())
                .map(|word| hash_bytes(0, word.to_lowercase().as_bytes()))
                .collect();
            proptest::prop_assert_eq!(word_hashes(&text), by_the_book);
        }
    }

    #[test]
    fn layout_does_not_matter_and_short_texts_have_no_sketch() {
        assert_eq!(of(TEXT), of(&TEXT.replace(' ', "\r\n  ")));
        assert!(of("Yes, agreed.").sketch.is_empty());
        assert_eq!(of("").digest, 0);
    }
}
