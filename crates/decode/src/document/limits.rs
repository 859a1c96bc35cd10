//! Limits that hold for every kind of document.

/// Longest text kept of one document, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 16 << 20;

/// Longest value kept of one property, in bytes.
pub(crate) const PROPERTY_BYTES_MAX: usize = 16 << 10;

/// Largest number of values of one property that has many (`TitlesOfParts`).
pub(crate) const VALUES_MAX: usize = 4096;

/// Largest number of distinct language tags kept.
pub(crate) const LANGUAGES_MAX: usize = 64;

/// Longest language tag kept, in bytes (BCP 47 tags in use are far shorter).
pub(crate) const LANGUAGE_TAG_BYTES_MAX: usize = 64;

/// Largest number of warnings kept of one document.
pub(crate) const WARNINGS_MAX: usize = 64;

/// Largest plain text or HTML file whose text is read, in bytes.
pub(crate) const PLAIN_BYTES_MAX: usize = 64 << 20;
