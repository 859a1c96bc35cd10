//! Limits of the PDF decoder.

/// Deepest nesting of arrays and dictionaries in one object.
pub(super) const OBJECT_DEPTH_MAX: usize = 24;

/// Largest number of values in one object, counted through its nesting.
pub(super) const OBJECT_VALUES_MAX: usize = 200_000;

/// Largest number of cross-reference sections followed.
pub(super) const XREF_SECTIONS_MAX: usize = 1024;

/// Largest number of objects known of one file.
pub(super) const OBJECTS_MAX: usize = 4_000_000;

/// Largest number of indirections followed from one reference to a value.
pub(super) const REFERENCE_STEPS_MAX: usize = 16;

/// Largest expanded size of one stream, in bytes.
pub(super) const STREAM_BYTES_MAX: usize = 64 << 20;

/// Largest expanded size of all streams that are read of one file, in bytes.
pub(super) const EXPANDED_BYTES_MAX: usize = 256 << 20;

/// Largest number of filters of one stream.
pub(super) const FILTERS_MAX: usize = 4;

/// Largest number of pages whose text is read.
pub(super) const PAGES_MAX: usize = 20_000;

/// Largest number of nodes of the page tree.
pub(super) const PAGE_NODES_MAX: usize = 100_000;

/// Deepest nesting of form objects in page content.
pub(super) const FORM_DEPTH_MAX: usize = 8;

/// Largest number of operands that one operator is given.
pub(super) const OPERANDS_MAX: usize = 4096;

/// Deepest nesting of saved graphics states.
pub(super) const STATES_MAX: usize = 256;

/// Largest number of operators carried out over all pages.
pub(super) const OPERATORS_MAX: usize = 10_000_000;

/// Largest number of codes of one font whose meaning is kept.
pub(super) const FONT_CODES_MAX: usize = 70_000;

/// Largest number of fonts of one file.
pub(super) const FONTS_MAX: usize = 10_000;

/// Largest number of bytes that are read as objects, those read again included.
pub(super) const PARSED_BYTES_MAX: usize = 256 << 20;

/// A code of a font that a range gives a meaning or a width costs as much as so many bytes that are parsed: a range of a
/// few bytes names 65,536 of them, and the next range names them again.
pub(super) const CODE_COST: usize = 16;

/// So many bytes that are searched or packed cost as much as one that is parsed or expanded.
pub(super) const SEARCHED_SHARE: usize = 16;

/// Deepest nesting of object streams that need one another to be read; sound files have none.
pub(super) const OBJECT_STREAM_NESTING_MAX: usize = 4;

/// Largest number of differences of an encoding; a simple font has 256 codes.
pub(super) const DIFFERENCES_MAX: usize = 1024;
