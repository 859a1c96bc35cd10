//! The families, one entry each.

mod archives;
mod discs;
mod documents;
mod mail;
mod outlook;
mod pdf;
mod stores;

/// One way to hurt.
pub(crate) struct Family {
    /// Its name, which is also that of its file.
    pub(crate) name: &'static str,
    /// Makes the file.
    pub(crate) bytes: fn() -> Vec<u8>,
    /// Words that must stand in a reason, a warning, a finding or the summary; or [`READ`].
    pub(crate) says: &'static str,
}

/// Nothing is left out: the file is read to its end, and what is bounded in it is bounded by its own size.
pub(crate) const READ: &str = "";

/// All families, in parts that are run beside one another.
pub(crate) const PARTS: &[&[Family]] = &[
    mail::FAMILIES,
    archives::FAMILIES,
    discs::FAMILIES,
    documents::FAMILIES,
    pdf::FAMILIES,
    stores::FAMILIES,
    outlook::FAMILIES,
];

/// So many pieces of text, one after another.
pub(super) fn numbered(n: usize, write: impl Fn(usize) -> String) -> String {
    (0..n).map(write).collect()
}

/// Numbers that look random and are always the same.
pub(crate) fn noise(n_bytes: usize) -> Vec<u8> {
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(seed >> 56).unwrap()
    };
    (0..n_bytes).map(|_| next()).collect()
}
