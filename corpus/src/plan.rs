//! What to make.

use std::path::PathBuf;

/// The plan of a collection. The same plan gives the same bytes.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where all chance comes from.
    pub seed: u64,
    /// How much to make.
    pub extent: Extent,
    /// The folder of the collection, which must not exist or be empty. Answers and keys are written beside it:
    /// `OUT.answers.jsonl` and `OUT.keys.tsv`.
    pub out: PathBuf,
    /// How mailboxes are stored.
    pub layout: Layout,
    /// What they are packed into.
    pub wrap: Wrap,
    /// Who forges.
    pub forgers: Forgers,
    /// Share of forgeries among the stored messages, in thousandths.
    pub forged_per_thousand: u64,
    /// What the exporter broke.
    pub damage: Damage,
    /// The names and domains.
    pub theme: Theme,
    /// How large pictures and scans are.
    pub scale: Scale,
    /// How large the keys are.
    pub key_sizes: KeySizes,
    /// Which domains sign.
    pub signers: Signers,
    /// Whether the mailboxes hold mail from outside that asks for credentials, and innocent mail that looks like it.
    pub phishing: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 1,
            extent: Extent::Messages(1000),
            out: PathBuf::from("collection"),
            layout: Layout::Mbox,
            wrap: Wrap::None,
            forgers: Forgers::All,
            forged_per_thousand: 20,
            damage: Damage::None,
            theme: Theme::EnAvant,
            scale: Scale::Real,
            key_sizes: KeySizes::Real,
            signers: Signers::All,
            phishing: false,
        }
    }
}

/// How much to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// About this many stored messages; one that lies in two mailboxes counts twice.
    Messages(u64),
    /// About this many bytes of stored messages and documents, before they are packed.
    Bytes(u64),
}

/// How mailboxes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One mbox for each folder.
    Mbox,
    /// Maildir.
    Maildir,
    /// One file for each message.
    Eml,
    /// Some of each, and one mailbox packed.
    Mixed,
}

/// What each mailbox, and the loose documents, are packed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrap {
    /// Nothing.
    None,
    /// A zip archive.
    Zip,
    /// A compressed tar archive.
    TarGz,
}

/// Who forges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forgers {
    /// All forgers.
    All,
    /// None: everything is genuine.
    None,
    /// Those of these names.
    Named(Vec<String>),
}

/// What the exporter broke, without changing a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Nothing: line ends are CRLF and every header is there.
    None,
    /// Line ends are LF.
    Lf,
    /// `>` before lines that begin with `From `, in every layout.
    From,
    /// Something else in each mailbox: nothing, LF, `>From `, dropped headers, two of these.
    All,
    /// The same in every mailbox: one of [`EXPORTERS`], by its index.
    Exporter(usize),
}

/// What exporters do to the messages of a mailbox, in the order in which [`Damage::All`] gives them to mailboxes.
pub const EXPORTERS: [&str; 9] = [
    "nothing",
    "LF line ends, mboxo",
    "`>` before `From `",
    "header fields dropped",
    "LF line ends and `>` before `From `",
    "Content-Length mailbox",
    "moved to another server",
    "made anew from its parts",
    "nothing, but for the mailbox format",
];

/// The names and domains of the campaign. Collections of different themes share no domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// For collections made at need.
    EnAvant,
    /// For the sample of the repository.
    Onwards,
}

/// How large pictures and scans are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// As in a real leak.
    Real,
    /// As small as can be, for samples and tests.
    Small,
}

/// How large the keys are, and their exponent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySizes {
    /// 1024 and 2048 bits, as the domains have them.
    Real,
    /// 1024 bits, quickly made, for tests.
    Short,
    /// 1024 and 2048 bits with the public exponent 257 instead of 65537: recovered 250 times as fast.
    ShortExponent,
}

/// Which of the domains that can sign do so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signers {
    /// All of them.
    All,
    /// Two, each with a key of 1024 bits and a later one of 2048: so few that every lost key can be recovered.
    Few,
}
