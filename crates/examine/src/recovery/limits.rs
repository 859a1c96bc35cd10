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
/// Exponents, in the order they are tried: the short ones cost next to nothing beside 65537.
pub(super) const EXPONENTS: [u32; 6] = [3, 5, 17, 35, 257, 65537];
/// Messages that a key must verify to be anchored by them alone.
pub(super) const ANCHOR_MESSAGES_MIN: usize = 20;
/// Mailboxes these messages must lie in.
pub(super) const ANCHOR_MAILBOXES_MIN: usize = 2;
/// Days these messages must span: three months.
pub(super) const ANCHOR_DAYS_MIN: i64 = 90;
