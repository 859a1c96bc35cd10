//! What key recovery may cost, and what it asks for.

/// Signatures of one selector that pairs are formed of; the others only verify.
pub(super) const POOL_MAX: usize = 8;
/// Pairs of one selector that are tried with each exponent.
pub(super) const PAIRS_MAX: usize = 10;
/// Pairs that are tried for a further key, once one is found.
pub(super) const FURTHER_PAIRS_MAX: usize = 2;
/// Keys of one selector that are looked for.
pub(super) const KEYS_MAX: usize = 4;
/// Further messages that must verify under a recovered key; all others, where there are fewer.
pub(super) const FURTHER_MESSAGES_MIN: usize = 2;
/// Cofactors up to this are divided out of a common divisor.
pub(super) const COFACTOR_MAX: u32 = 1 << 16;
/// Bits of all cofactors together: chance alone gives a few.
pub(super) const COFACTOR_BITS_MAX: usize = 64;
/// The exponents that cost next to nothing beside 65537: tried first, all at once.
pub(super) const SHORT_EXPONENTS: &[u32] = &[3, 5, 17, 35];
/// The usual exponent, and before it one that costs little beside it.
pub(super) const LONG_EXPONENTS: &[u32] = &[257, 65537];
/// Pairs that are tried with the short exponents.
pub(super) const SHORT_PAIRS_MAX: usize = 3;
/// Keys known from elsewhere that are tried on every lost selector.
pub(super) const KNOWN_KEYS_MAX: usize = 500;
/// Units of work for each digit of 16 bits and each halving of the numbers: about what is transformed.
pub(super) const WORK_PER_DIGIT: u64 = 20;
/// How many times the expected work an attempt may cost before it is given up.
pub(super) const WORK_MARGIN: u64 = 3;
/// Seconds of work that a search may cost that nobody asked for.
pub(super) const UNASKED_SECONDS: u64 = 120;
/// Messages whose origin a key must be able to prove that nobody asked for.
pub(super) const UNASKED_WORTH_MIN: usize = 5;
/// Memory that the recovery of one key may take that nobody asked for, in MiB: enough for 2048 bits, not for 4096.
pub(super) const UNASKED_MEMORY_MIB: u64 = 410;
/// Units of work that one core of an ordinary processor does in a second: measured with keys of 1024 bits (200 million)
/// and 2048 bits (165 million), by processor time.
pub(super) const WORK_PER_SECOND: u64 = 180_000_000;
