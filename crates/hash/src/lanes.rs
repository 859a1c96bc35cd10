//! The compression function of SHA-256 (FIPS 180-4, section 6.2) on the SHA instructions of x86-64, for one or two inputs
//! side by side.
//!
//! One input leaves these instructions waiting for one another: each of the 64 rounds needs the result of the one before.
//! A second, independent input fills the gaps, and both are done in little more than the time of one.

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi8, _mm_set_epi32,
    _mm_set_epi64x, _mm_setzero_si128, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32,
    _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
};

use crate::{Block, State};

/// The constants of the 64 rounds (FIPS 180-4, section 4.2.2).
const ROUND_CONSTANTS: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
    [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
    [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
    [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
    [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
    [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
    [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

/// The instructions for SHA-256, found on this processor: there is no such value where they are missing.
#[derive(Clone, Copy)]
pub(crate) struct Instructions(());

impl Instructions {
    /// Looks for them.
    pub(crate) fn find() -> Option<Self> {
        let are_there = std::is_x86_feature_detected!("sha")
            && std::is_x86_feature_detected!("sse4.1")
            && std::is_x86_feature_detected!("ssse3");
        are_there.then_some(Self(()))
    }

    /// Works blocks into each of the states; all have as many blocks.
    #[expect(
        clippy::unused_self,
        reason = "that there is such a value says that the instructions are there"
    )]
    pub(crate) fn compress<const LANES: usize>(
        self,
        states: [&mut State; LANES],
        blocks: [&[Block]; LANES],
    ) {
        #[expect(
            unsafe_code,
            reason = "a function with instructions that not every processor has"
        )]
        // SAFETY: `compress` is safe but for the instructions it is compiled to: SHA, SSE4.1, SSSE3 and SSE2, which is
        // part of x86-64. `self` is made in `find` alone, which has found them on this processor.
        unsafe {
            compress(states, blocks);
        }
    }
}

/// Works the blocks of each lane into its state. All lanes have the same number of blocks.
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn compress<const LANES: usize>(states: [&mut State; LANES], blocks: [&[Block]; LANES]) {
    let mut lanes = [Lane::default(); LANES];
    for (lane, state) in lanes.iter_mut().zip(&states) {
        *lane = Lane::of(state);
    }
    let n_blocks = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or(0);
    for number in 0..n_blocks {
        let before = lanes;
        let mut words = [[_mm_setzero_si128(); 4]; LANES];
        for (words, blocks) in words.iter_mut().zip(&blocks) {
            if let Some(block) = blocks.get(number) {
                *words = message_words(block);
            }
        }
        rounds(&mut lanes, &mut words);
        for (lane, before) in lanes.iter_mut().zip(&before) {
            lane.abef = _mm_add_epi32(lane.abef, before.abef);
            lane.cdgh = _mm_add_epi32(lane.cdgh, before.cdgh);
        }
    }
    for (lane, state) in lanes.iter().zip(states) {
        *state = lane.state();
    }
}

/// The 64 rounds, four at a time, each for all lanes before the next.
#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn rounds<const LANES: usize>(lanes: &mut [Lane; LANES], words: &mut [[__m128i; 4]; LANES]) {
    for (number, constants) in ROUND_CONSTANTS.into_iter().enumerate() {
        let [k0, k1, k2, k3] = constants.map(u32::cast_signed);
        let constants = _mm_set_epi32(k3, k2, k1, k0);
        for (lane, words) in lanes.iter_mut().zip(words.iter_mut()) {
            let [first, second, third, last] = *words;
            let input = _mm_add_epi32(first, constants);
            lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, input);
            let input = _mm_shuffle_epi32::<0x0e>(input);
            lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, input);
            // The words of the rounds after the next twelve.
            let mut next = first;
            if number < 12 {
                let sum = _mm_add_epi32(
                    _mm_sha256msg1_epu32(first, second),
                    _mm_alignr_epi8::<4>(last, third),
                );
                next = _mm_sha256msg2_epu32(sum, last);
            }
            *words = [second, third, last, next];
        }
    }
}

/// The eight words of a state as the instructions want them.
#[derive(Clone, Copy)]
struct Lane {
    abef: __m128i,
    cdgh: __m128i,
}

impl Lane {
    #[inline]
    #[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
    fn default() -> Self {
        Self {
            abef: _mm_setzero_si128(),
            cdgh: _mm_setzero_si128(),
        }
    }

    #[inline]
    #[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
    #[expect(clippy::many_single_char_names, reason = "the names of the standard")]
    fn of(state: &State) -> Self {
        let [a, b, c, d, e, f, g, h] = state.map(u32::cast_signed);
        Self {
            abef: _mm_set_epi32(a, b, e, f),
            cdgh: _mm_set_epi32(c, d, g, h),
        }
    }

    #[inline]
    #[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
    fn state(&self) -> State {
        [
            _mm_extract_epi32::<3>(self.abef),
            _mm_extract_epi32::<2>(self.abef),
            _mm_extract_epi32::<3>(self.cdgh),
            _mm_extract_epi32::<2>(self.cdgh),
            _mm_extract_epi32::<1>(self.abef),
            _mm_extract_epi32::<0>(self.abef),
            _mm_extract_epi32::<1>(self.cdgh),
            _mm_extract_epi32::<0>(self.cdgh),
        ]
        .map(i32::cast_unsigned)
    }
}

/// The sixteen big-endian words of a block.
#[inline]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
fn message_words(block: &Block) -> [__m128i; 4] {
    let swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    let (halves, _) = block.as_chunks::<8>();
    let (pairs, _) = halves.as_chunks::<2>();
    let mut words = [_mm_setzero_si128(); 4];
    for (words, [low, high]) in words.iter_mut().zip(pairs) {
        let quarter = _mm_set_epi64x(i64::from_le_bytes(*high), i64::from_le_bytes(*low));
        *words = _mm_shuffle_epi8(quarter, swap);
    }
    words
}
