//! How much the report keeps in memory and prints. What lies beyond a limit is counted and stated.

/// Contradicted items, and questioned items, that get a card of their own.
pub const MAX_CARDS: usize = 200;

/// Findings on one card.
pub const MAX_CARD_FINDINGS: usize = 12;

/// Places on one card.
pub const MAX_CARD_PLACES: usize = 5;

/// Runs of one difference on a card.
pub const MAX_DIFFERENCE_RUNS: usize = 60;

/// Characters of one text taken from an item: a subject, a sentence of a finding, a run of a difference.
pub const MAX_TEXT_CHARS: usize = 600;

/// Characters of a name in a table: a mailbox, a domain, a selector.
pub const MAX_NAME_CHARS: usize = 200;

/// Different mailboxes, sender domains or keys that are counted each on its own.
pub const MAX_TALLY_NAMES: usize = 100_000;

/// Rows of the tables of mailboxes and sender domains.
pub const MAX_RANKING_ROWS: usize = 25;

/// Rows of the table of keys.
pub const MAX_KEY_ROWS: usize = 100;

/// Different reasons why something was not examined, or did not apply, that are counted each on its own.
pub const MAX_REASONS: usize = 300;

/// Examples of one reason.
pub const MAX_EXAMPLES: usize = 3;

/// Containers with entries that could not be taken out that are listed each on its own.
pub const MAX_CONTAINERS_LISTED: usize = 100;

/// Mailboxes, archives and bursts of saving that are described, each.
pub const MAX_MAKING_ROWS: usize = 100;

/// Missing messages that are shown.
pub const MAX_MISSING_SHOWN: usize = 60;
/// Phishing campaigns that get a row.
pub const MAX_CAMPAIGNS_SHOWN: usize = 40;
/// Messages of phishing campaigns that get a line with their signs.
pub const MAX_PHISHING_SHOWN: usize = 60;

/// Bars of the timeline.
pub const MAX_TIME_BINS: usize = 96;

/// Rows that a Parquet row group holds.
pub const PARQUET_GROUP_ROWS: usize = 20_000;

/// Bytes of text after which a Parquet row group is closed, however few rows it holds.
pub const PARQUET_GROUP_BYTES: usize = 32 << 20;

/// Files of one bundle that are looked at.
pub const BUNDLE_FILES_MAX: usize = 65_534;

/// Bytes of all files of a bundle together, after decompression where somebody packed it again.
pub const BUNDLE_BYTES_MAX: u64 = 4 << 30;
