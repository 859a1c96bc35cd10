//! Every bound of this stage, in one place.

/// Number of the layout of a case folder; a case of another number is not opened.
pub const CASE_FORMAT: u32 = 4;

/// The largest text kept for one item, in bytes before compression.
pub const TEXT_BYTES_MAX: usize = 256 << 20;

/// The largest text of one item that goes into the full-text index, in bytes; the rest of it is not searched.
pub const INDEXED_TEXT_BYTES_MAX: usize = 8 << 20;

/// Quotations to this depth go into the index beside an item's own text.
pub const INDEXED_QUOTATION_DEPTH_MAX: u8 = 1;

/// Memory of the index for each of its threads, in bytes.
pub const INDEX_MEMORY_BYTES: usize = 64 << 20;

/// The largest amount of text handed to the index and not yet taken up, in bytes.
pub const INDEX_BACKLOG_BYTES_MAX: u64 = 8 << 20;

/// The index is committed after this much text, in bytes: what a killed run has to index again at most.
pub const INDEX_COMMIT_BYTES: u64 = 512 << 20;

/// The longest word the index knows, in bytes; a longer run of letters is no word.
pub const WORD_BYTES_MAX: usize = 64;

/// The longest query, in bytes.
pub const QUERY_BYTES_MAX: usize = 4096;

/// The deepest nesting of brackets and negations in a query.
pub const QUERY_DEPTH_MAX: usize = 32;

/// How much of a text is looked through for a snippet, in bytes.
pub const SNIPPET_SEARCH_BYTES_MAX: usize = 1 << 20;

/// The length of a snippet, in bytes, before it is widened to whole characters.
pub const SNIPPET_BYTES: usize = 200;

/// Items that one thread reads and judges at once when opinions are formed.
pub const STRETCH_ITEMS: usize = 128;

/// Plain items whose facts are held in memory for the group pass; those of more are read each time they are asked for.
pub const PLAIN_ROWS_HELD_MAX: usize = 100_000;

/// Rows of one row group of a facts file.
pub const FACTS_GROUP_ROWS: usize = 8192;

/// Rows of one facts file.
pub const FACTS_FILE_ROWS: usize = 32 * FACTS_GROUP_ROWS;
