//! Limits of the office decoders.

/// Largest number of zip entries of a package that are read.
pub(super) const ENTRIES_MAX: usize = 20_000;

/// Longest name of a zip entry kept, in bytes.
pub(super) const ENTRY_NAME_BYTES_MAX: usize = 1024;

/// Largest expanded size of one part that is read, in bytes.
pub(super) const PART_BYTES_MAX: usize = 64 << 20;

/// Largest expanded size of all parts of one document together, in bytes.
pub(super) const EXPANDED_BYTES_MAX: usize = 192 << 20;

/// So many packed bytes count as one expanded byte.
pub(super) const PACKED_SHARE: usize = 16;

/// Largest number of shared strings of a workbook.
pub(super) const SHARED_STRINGS_MAX: usize = 2_000_000;

/// Largest property set stream of a compound file that is read, in bytes.
pub(super) const PROPERTY_SET_BYTES_MAX: usize = 4 << 20;

/// Largest number of properties of one set.
pub(super) const PROPERTIES_MAX: usize = 1024;

/// Largest stream that says how a document is encrypted, in bytes.
pub(super) const ENCRYPTION_INFO_BYTES_MAX: usize = 1 << 20;

/// Largest encrypted content of a document, in bytes.
pub(super) const ENCRYPTED_PACKAGE_BYTES_MAX: usize = 512 << 20;

/// Digests computed to try passwords on one document; Office asks for 100,000 each.
pub(super) const KEY_HASHES_MAX: u64 = 120_000_000;

/// Deepest nesting of groups in RTF.
pub(super) const RTF_DEPTH_MAX: usize = 256;

/// Largest number of fonts of an RTF font table whose charset is remembered.
pub(super) const RTF_FONTS_MAX: usize = 4096;

/// Largest number of records of a binary workbook that are read.
pub(super) const RECORDS_MAX: usize = 4_000_000;
