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
mod tests;
