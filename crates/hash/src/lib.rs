//! SHA-256 (FIPS 180-4) of one input as it comes, or of two side by side.
//!
//! Every byte of mail is hashed up to three times: as part of its file, as an item, as a signed body or an attachment.
//! Two of these at once ([`update_both`], [`Beside`]) take about two thirds of the time of one after the other, where
//! the processor has instructions for SHA-256 ([`lanes`]). Elsewhere the work goes to `aws-lc-rs`, one after the other.

mod beside;
#[cfg(target_arch = "x86_64")]
mod lanes;

use aws_lc_rs::digest::{Context, SHA256};

pub use self::beside::Beside;
#[cfg(target_arch = "x86_64")]
use self::lanes::Instructions;

/// Bytes of a block of the hash.
const BLOCK_BYTES: usize = 64;
/// Bytes of the length at the end of the last block.
const LENGTH_BYTES: usize = 8;

/// The eight words between two blocks.
type State = [u32; 8];
/// A block of the hash.
type Block = [u8; BLOCK_BYTES];

/// The words before the first block (FIPS 180-4, section 5.3.3).
const FIRST_STATE: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The SHA-256 of an input that comes in pieces.
#[derive(Clone)]
pub struct Sha256(Kind);

#[derive(Clone)]
enum Kind {
    /// On the instructions of this processor.
    #[cfg(target_arch = "x86_64")]
    Lane(Lane),
    /// By the library.
    Library(Context),
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl Sha256 {
    /// Of nothing yet.
    pub fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(instructions) = Instructions::find() {
            return Self(Kind::Lane(Lane::new(instructions)));
        }
        Self::by_library()
    }

    fn by_library() -> Self {
        Self(Kind::Library(Context::new(&SHA256)))
    }

    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Lane(lane) => {
                let blocks = lane.take(bytes);
                lane.compress(blocks);
            }
            Kind::Library(context) => context.update(bytes),
        }
    }

    /// The hash of all bytes that were added.
    pub fn finish(self) -> [u8; 32] {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Lane(lane) => lane.finish(),
            Kind::Library(context) => {
                let mut out = [0; 32];
                out.copy_from_slice(context.finish().as_ref());
                out
            }
        }
    }
}

/// Adds bytes to one input and other bytes to another, side by side. Best where there are about as many of both.
pub fn update_both(one: &mut Sha256, of_one: &[u8], other: &mut Sha256, of_other: &[u8]) {
    match (&mut one.0, &mut other.0) {
        #[cfg(target_arch = "x86_64")]
        (Kind::Lane(one), Kind::Lane(other)) => lane_pair(one, of_one, other, of_other),
        _ => {
            one.update(of_one);
            other.update(of_other);
        }
    }
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hash.finish()
}

/// SHA-256 of each of some inputs, two of them side by side at any time.
pub fn sha256_all(inputs: &[impl AsRef<[u8]>]) -> Vec<[u8; 32]> {
    Beside::new(inputs).finish()
}

#[cfg(target_arch = "x86_64")]
fn lane_pair(one: &mut Lane, of_one: &[u8], other: &mut Lane, of_other: &[u8]) {
    let (of_one, of_other) = (one.take(of_one), other.take(of_other));
    let n_both = of_one.len().min(of_other.len());
    let (both_one, rest_one) = of_one.split_at_checked(n_both).unwrap_or_default();
    let (both_other, rest_other) = of_other.split_at_checked(n_both).unwrap_or_default();
    let states = [&mut one.state, &mut other.state];
    one.instructions.compress(states, [both_one, both_other]);
    one.compress(rest_one);
    other.compress(rest_other);
}

/// An input that is hashed on the instructions of this processor.
#[cfg(target_arch = "x86_64")]
#[derive(Clone)]
struct Lane {
    instructions: Instructions,
    state: State,
    /// The block that is not full yet.
    block: Block,
    n_bytes: u64,
}

#[cfg(target_arch = "x86_64")]
impl Lane {
    fn new(instructions: Instructions) -> Self {
        Self {
            instructions,
            state: FIRST_STATE,
            block: [0; BLOCK_BYTES],
            n_bytes: 0,
        }
    }

    /// Bytes in the block that is not full yet.
    fn n_waiting(&self) -> usize {
        usize::try_from(self.n_bytes % BLOCK_BYTES as u64).unwrap_or(0)
    }

    /// Counts bytes, fills up the block that waits, and keeps what fills no block; gives the whole blocks between.
    fn take<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [Block] {
        let n_waiting = self.n_waiting();
        self.n_bytes = self.n_bytes.wrapping_add(bytes.len() as u64);
        if n_waiting > 0 {
            let n_filling = bytes.len().min(BLOCK_BYTES - n_waiting);
            let (filling, rest) = bytes.split_at_checked(n_filling).unwrap_or_default();
            self.put(n_waiting, filling);
            bytes = rest;
            if n_waiting + n_filling < BLOCK_BYTES {
                return &[];
            }
            self.compress(&[self.block]);
        }
        let (blocks, rest) = bytes.as_chunks();
        self.put(0, rest);
        blocks
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        let room = self.block.get_mut(at..at + bytes.len());
        room.unwrap_or_default().copy_from_slice(bytes);
    }

    fn compress(&mut self, blocks: &[Block]) {
        self.instructions.compress([&mut self.state], [blocks]);
    }

    /// Pads (FIPS 180-4, section 5.1.1) and gives the hash.
    fn finish(mut self) -> [u8; 32] {
        let length = self.n_bytes.wrapping_mul(8).to_be_bytes();
        let n_waiting = self.n_waiting();
        let mut padding = [0; 2 * BLOCK_BYTES];
        padding[0] = 0x80;
        let n_blocks = 1 + usize::from(n_waiting + 1 + LENGTH_BYTES > BLOCK_BYTES);
        let n_padding = n_blocks * BLOCK_BYTES - n_waiting;
        if let Some(end) = padding.get_mut(n_padding - LENGTH_BYTES..n_padding) {
            end.copy_from_slice(&length);
        }
        let blocks = self.take(padding.get(..n_padding).unwrap_or_default());
        self.compress(blocks);
        let mut out = [0; 32];
        let (words, _) = out.as_chunks_mut::<4>();
        for (bytes, word) in words.iter_mut().zip(self.state) {
            *bytes = word.to_be_bytes();
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn library(bytes: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::by_library();
        hash.update(bytes);
        hash.finish()
    }

    fn hex(hash: [u8; 32]) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The examples that NIST publishes for FIPS 180-4 ("SHA256.pdf" and "SHA2_Additional.pdf").
    #[test]
    fn the_examples_of_the_standard() {
        let two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        let million = "a".repeat(1_000_000);
        for (text, expected) in [
            (
                "",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                two_blocks,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
            (
                &*million,
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
            ),
        ] {
            assert_eq!(hex(sha256(text.as_bytes())), expected);
            assert_eq!(hex(library(text.as_bytes())), expected);
            let all = sha256_all(&[text, "abc", text]);
            assert_eq!(
                all.iter().map(|hash| hex(*hash)).collect::<Vec<_>>(),
                [expected, &hex(sha256(b"abc")), expected]
            );
        }
        for (byte, length, expected) in [
            (
                0xbd,
                1,
                "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b",
            ),
            (
                0,
                55,
                "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7",
            ),
            (
                0,
                56,
                "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb",
            ),
            (
                0,
                57,
                "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785",
            ),
            (
                0,
                64,
                "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b",
            ),
            (
                0,
                1000,
                "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53",
            ),
            (
                0x41,
                1000,
                "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4",
            ),
            (
                0x55,
                1005,
                "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0",
            ),
        ] {
            assert_eq!(hex(sha256(&vec![byte; length])), expected);
        }
    }

    #[test]
    fn every_length_and_every_pair_of_lengths_about_the_blocks() {
        let text: Vec<u8> = (0..=255_u8).cycle().take(400).collect();
        for length in 0..400 {
            assert_eq!(
                sha256(&text[..length]),
                library(&text[..length]),
                "{length}"
            );
        }
        for one in (0..=200).chain([320, 399]) {
            for other in [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 400] {
                let (one, other) = (&text[..one], &text[text.len() - other..]);
                assert_eq!(sha256_all(&[one, other]), [library(one), library(other)]);
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_alone_and_side_by_side_are_the_whole(
            pieces in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..300), proptest::collection::vec(any::<u8>(), 0..300), 0..4_u8), 0..12),
        ) {
            let (mut one, mut other) = (Sha256::new(), Sha256::new());
            for (of_one, of_other, how) in &pieces {
                match how {
                    0 => {
                        one.update(of_one);
                        other.update(of_other);
                    }
                    1 => update_both(&mut other, of_other, &mut one, of_one),
                    _ => update_both(&mut one, of_one, &mut other, of_other),
                }
            }
            let all = |which: fn(&(Vec<u8>, Vec<u8>, u8)) -> &Vec<u8>| -> Vec<u8> {
                pieces.iter().flat_map(|piece| which(piece).clone()).collect()
            };
            prop_assert_eq!(one.finish(), library(&all(|piece| &piece.0)));
            prop_assert_eq!(other.finish(), library(&all(|piece| &piece.1)));
        }
    }

    proptest! {
        #[test]
        fn all_are_hashed_each_in_its_place(inputs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..700), 0..9)) {
            let expected: Vec<[u8; 32]> = inputs.iter().map(|input| library(input)).collect();
            prop_assert_eq!(sha256_all(&inputs), expected);
        }

        #[test]
        fn beside_another_both_are_the_same(
            inputs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..700), 0..5),
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..9),
        ) {
            let expected: Vec<[u8; 32]> = inputs.iter().map(|input| library(input)).collect();
            let (mut beside, mut other) = (Beside::new(&inputs), Sha256::new());
            for piece in &pieces {
                beside.update(&mut other, piece);
            }
            prop_assert_eq!(other.finish(), library(&pieces.concat()));
            prop_assert_eq!(beside.finish(), expected);
        }
    }

    #[test]
    fn both_ways_give_the_same_where_they_meet() {
        let (mut one, mut other) = (Sha256::new(), Sha256::by_library());
        update_both(&mut one, b"here", &mut other, b"there");
        assert_eq!(
            [one.finish(), other.finish()],
            [sha256(b"here"), sha256(b"there")]
        );
    }
}
