//! How much of one message is read. Each limit that is reached gives a warning; the bytes themselves stay reachable.

/// Deepest multipart that is opened; a deeper one is kept whole, as something attached.
pub const DEPTH_MAX: u32 = 100;

/// Most parts of one message, multiparts included.
pub const PARTS_MAX: usize = 10_000;

/// Most header fields of one header; the rest of that header stands as one nameless field.
pub const FIELDS_MAX: usize = 20_000;

/// Most bytes of one header that are split into fields; the rest stands as one nameless field.
pub const HEADER_BYTES_MAX: usize = 16 << 20;

/// Most bytes of one field value that are interpreted (addresses, dates, parameters, encoded words).
pub const FIELD_BYTES_MAX: usize = 1 << 20;

/// Most labels of one message that are read.
pub const LABELS_MAX: usize = 200;

/// Most bytes of the fields of labels that are read.
pub const LABELS_BYTES_MAX: usize = 64 << 10;

/// Longest boundary that is obeyed, in bytes. RFC 2046 allows 70; real mail goes beyond.
pub const BOUNDARY_BYTES_MAX: usize = 1_000;

/// Most parameters of one Content-Type or Content-Disposition.
pub const PARAMETERS_MAX: usize = 1_000;

/// Longest encoded word that is recognised, in bytes. RFC 2047 allows 75; real mail goes far beyond.
pub const ENCODED_WORD_BYTES_MAX: usize = 4_096;

/// Most addresses of one kind (`To`, say) of a message.
pub const ADDRESSES_MAX: usize = 10_000;

/// Most message ids of one kind (`References`, say) of a message.
pub const IDENTIFIERS_MAX: usize = 10_000;

/// Most `Received` fields that are read.
pub const HOPS_MAX: usize = 1_000;

/// Most bytes of one inline text part that are decoded, counted before decoding.
pub const TEXT_ENCODED_BYTES_MAX: usize = 4 << 20;

/// Most bytes of text kept of one message, for its own text with quotations, and again for its HTML alternative.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// Deepest quotation; what is quoted deeper counts as quoted at this depth.
pub const QUOTATION_DEPTH_MAX: u8 = 100;

/// Most quoted passages of one message; the rest is added to the last one.
pub const QUOTATIONS_MAX: usize = 1_000;

/// Most warnings of one code; a last one says how many more there were.
pub const WARNINGS_OF_ONE_CODE_MAX: usize = 10;

/// Deepest nesting of comments in structured fields; deeper brackets are read as text of the comment.
pub const COMMENT_DEPTH_MAX: u32 = 1_000;

/// Most layers of signed CMS objects, one inside the other, whose text is read as that of the message.
pub const SIGNED_LAYERS_MAX: u32 = 4;

/// Most characters of the text around an OpenPGP block that are kept.
pub const AROUND_BLOCK_CHARS_MAX: usize = 300;
