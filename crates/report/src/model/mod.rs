//! The report model: everything a face shows, already counted, sorted and shortened. A face computes nothing.

mod accounting;
mod builder;
mod card;
mod keys;
mod lost_keys;
mod making;
mod reasons;
mod tally;
mod tests_run;
mod timeline;

use mabillon_case::{ExaminationRecord, Kind};

pub use accounting::{AccountingRow, AccountingSummary, ItemsRow};
pub use builder::ReportBuilder;
pub use card::{Card, CardFinding, CardPlace, Cards};
pub use keys::{KeyCounts, KeyRow, Keys};
pub use lost_keys::{LostKeyRow, LostKeySummary};
pub use making::Making;
pub(crate) use making::{gap_words, offset_words};
pub use reasons::{ReasonRow, Reasons, WarningRow};
pub use tally::{ClassCounts, Ranking, TallyRow};
pub use tests_run::{CodeRow, TestRow};
pub use timeline::{TimeBin, Timeline};

/// Everything a report says.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What was examined, with what.
    pub examination: ExaminationRecord,
    /// The first sentence: how many items got which opinion.
    pub headline: String,
    /// The second: what the rest means.
    pub summary: String,
    /// Items of each kind, containers and items not examined included.
    pub kinds: Vec<KindRow>,
    /// Opinions on all items that were examined and are no containers.
    pub opinions: ClassCounts,
    /// The same for each kind.
    pub opinions_by_kind: Vec<(Kind, ClassCounts)>,
    /// Items that could not be examined at all; they are in no count of opinions.
    pub n_not_examined: u64,
    /// Opinions by the month the items state for themselves.
    pub timeline: Timeline,
    /// Opinions on messages by mailbox; a message in two mailboxes counts in both.
    pub mailboxes: Ranking,
    /// Opinions on messages by domain of the sender's address.
    pub sender_domains: Ranking,
    /// What was proved by whom: keys with their source, strength and results.
    pub keys: Keys,
    /// Keys that were lost, and what the search for them came to.
    pub lost_keys: LostKeySummary,
    /// Contradicted items, worst first.
    pub contradicted: Cards,
    /// Questioned items, worst first.
    pub questioned: Cards,
    /// What was not examined at all, by reason.
    pub not_examined: Reasons,
    /// What was examined only in part, by reason.
    pub partial: Reasons,
    /// Tests, in the order they ran.
    pub tests: Vec<TestRow>,
    /// Warnings by code.
    pub warnings: Vec<WarningRow>,
    /// The account of every container.
    pub accounting: AccountingSummary,
    /// What the collection as a whole tells of how it was made, and which of its mail is proved.
    pub making: Making,
    /// Where the HTML report was written, to be named in the summary.
    pub report_path: Option<String>,
}

/// Items of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindRow {
    /// The kind.
    pub kind: Kind,
    /// Number of different items.
    pub n_items: u64,
    /// Number of places they lie in.
    pub n_places: u64,
    /// Their size, each item once.
    pub size_bytes: u64,
}
