//! What can be typed, and the help that teaches it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use mabillon_confine::Isolation;

/// Says, with evidence, what in a leaked collection of mailboxes and documents is genuine, what was altered and what
/// cannot be known. Works offline and changes nothing it examines.
#[derive(Debug, Parser)]
#[command(name = "mabillon", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  complete
  1  failed
  2  wrong usage
  3  complete, but some items could not be examined; each is listed with its reason

Start with:
  mabillon examine dump.zip --case my-case
  mabillon show my-case ITEM         (an item as the report or the export names it)
  mabillon explain collection/altered-copy";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Examine exhibits: the main job. Writes the case folder with its report and prints a summary.
    Examine(Examine),
    /// Write the HTML report of a case again.
    Report(Report),
    /// Export every item with its opinion and evidence.
    Export(Export),
    /// Show one item with its evidence.
    Show(Show),
    /// Search a case: full text and fields.
    #[command(after_help = SEARCH_HELP)]
    Search(Search),
    /// Review a case in the browser: list, evidence, comparison, decisions; several people at once.
    #[command(after_help = SERVE_HELP)]
    Serve(Serve),
    /// List, add or remove the accounts of those who review a case over the network.
    Reviewers(Reviewers),
    /// Pack items with their evidence so that a stranger can check it again without this program.
    #[command(after_help = BUNDLE_HELP)]
    Bundle(Bundle),
    /// Check that a case was not changed since it was completed, or a bundle since it was written.
    Verify(Verify),
    /// List the DKIM keys of a case, recover lost ones from its signatures, look them up in the DNS, add those you trust.
    Keys(Keys),
    /// List the forensic tests.
    Tests,
    /// A process that decodes for another one.
    #[command(hide = true)]
    Worker {
        terms: String,
        #[arg(long)]
        file: bool,
    },
    /// Explain one test: what it examines, why it matters, and the innocent explanations.
    Explain(Explain),
}

const SEARCH_HELP: &str = "\
The query: words and \"phrases\" are searched in the text; all must be found, OR between two words means either,
a leading - means not. Fields: from: to: cc: subject: opinion: test: date: kind: mailbox: has:attachment
phishing:yes (seems to ask for credentials), phishing:campaign (one of several), phishing:after (notices about accounts after it)
  mabillon search my-case 'invoice from:anna date:2017-04'
  mabillon search my-case 'opinion:contradicted'
  mabillon search my-case '\"wire transfer\" -kind:document date:2017-04-01..2017-04-24'";

#[derive(Debug, clap::Args)]
pub(crate) struct Examine {
    /// Files and folders: .eml, Maildir, mbox, zip, tar, gz, bz2, xz, zst, 7z, rar, documents; nested. Told by content.
    #[arg(required = true, value_name = "EXHIBIT")]
    pub(crate) exhibits: Vec<PathBuf>,
    /// Folder of the case; made if it is missing. An interrupted examination in it is continued.
    #[arg(long, value_name = "DIR")]
    pub(crate) case: PathBuf,
    /// The victim's originals, to compare with.
    #[arg(long, value_name = "PATH")]
    pub(crate) reference: Vec<PathBuf>,
    /// More DKIM keys that you trust: tab-separated name, TXT record, and optionally first seen, last seen, source.
    /// Or the folder of another case: the keys added to it, and those recovered from it with their anchors.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,
    /// Certificates of authorities or people (PEM, DER) and OpenPGP public keys that you trust, for signatures by
    /// S/MIME and OpenPGP: a file, or a folder of files. Without them such signatures are verified, and nobody vouches.
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) roots: Vec<PathBuf>,
    /// SHA-256 hashes or marker strings of planted decoys, one a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) decoys: Option<PathBuf>,
    /// Texts and files that were known in public: a folder with a list `sources.tsv`. Passages of items that stand in
    /// them are told, with the source and its day.
    ///
    /// A line of the list has, separated by tabs, the file, the source (a name or address), and the first day on which it
    /// is known to have been public (2017-04-20). A fourth column may say `outside`, where somebody outside of the
    /// collection's circle wrote it and had not shown it before (an article, a judgment, an entry of a register), or
    /// `denial`, where the file lists, one a line, names and numbers that a register or house denies. Text and HTML are
    /// compared by their words, other files by their bytes.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) published: Option<PathBuf>,
    /// Passwords for encrypted archives and documents, one a line. Their number is recorded, never their words.
    #[arg(long, value_name = "FILE")]
    pub(crate) passwords: Option<PathBuf>,
    /// Recover lost DKIM keys for so many seconds of one core of an ordinary processor; 0 leaves it out.
    ///
    /// Two signatures under one lost RSA key give the key back, and with it all others can be verified. A key of 2048
    /// bits takes about 22 of these seconds, one of 1024 bits about 10; the keys that would prove most come first. It is
    /// counted as work, not by the clock, so that the result is the same on every machine. Without this option 120
    /// seconds are allowed, in at most 410 MiB of memory, and only keys are searched for that would prove five messages
    /// or more. The report tells what was found, what not, and why; `mabillon keys recover` goes on with what was left
    /// out.
    #[arg(long, value_name = "N")]
    pub(crate) recover_seconds: Option<u64>,
    /// Number of worker threads; all cores if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// Form of the summary on standard output.
    #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
    pub(crate) format: SummaryFormat,
    /// How decoders of documents and archives are kept apart from this machine.
    #[arg(long, value_enum)]
    pub(crate) isolation: Option<IsolationKind>,
    /// Say on standard error how long each stage took.
    #[arg(long)]
    pub(crate) times: bool,
    /// Leave out the full-text index; `search` then finds fields only.
    #[arg(long)]
    pub(crate) no_index: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum IsolationKind {
    /// In processes without file system, network and most system calls, with limits on memory and time. Linux only, and
    /// the default there.
    Locked,
    /// In processes with limits on memory and time only: where the system has nothing better.
    Process,
}

impl Default for IsolationKind {
    fn default() -> Self {
        match Isolation::strongest() {
            Isolation::Locked => Self::Locked,
            Isolation::Process => Self::Process,
        }
    }
}

impl From<IsolationKind> for Isolation {
    fn from(kind: IsolationKind) -> Self {
        match kind {
            IsolationKind::Locked => Self::Locked,
            IsolationKind::Process => Self::Process,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// List the keys in use, where each came from, whether it is anchored, and how many signatures verify under it.
    List {
        /// Folder of the case.
        case: PathBuf,
    },
    /// Recover lost RSA keys from pairs of signatures in the case. The exhibits are not needed.
    ///
    /// Goes on where `examine --recover-seconds` stopped. Writes keys-recovered.tsv into the case; the case itself stays
    /// as it is. Examine the exhibits again into another case with `--keys CASE` to verify with them. A recovered key
    /// proves nothing by itself, since a forger can sign a whole series with a key of his own. It is anchored where the
    /// same key is known from elsewhere, where it verifies one of the originals, or where a large provider sealed (ARC)
    /// that a signature which it verifies passed on arrival. Selectors recovered before are not tried again.
    Recover(KeysRecover),
    /// Ask the DNS for the keys of selectors in the case. The only command that goes online.
    ///
    /// Asks the resolver of this system, one name after the other, for each selector whose key is not known, and writes
    /// what it answers, with the time and the resolver, to keys-published.tsv in the case. Examine the exhibits again into
    /// another case with `--keys CASE` to verify with what was found. Whoever runs the resolver sees the names that are
    /// asked for. A key that is published today was put there by whoever owns the domain today: where a domain has changed
    /// hands since, its new owner could have published a key of his own.
    Lookup(KeysLookup),
    /// Store keys that you trust in the case, for the next examination that is given `--keys CASE`.
    Add {
        /// Folder of the case.
        case: PathBuf,
        /// Tab-separated: name, TXT record, and optionally first seen, last seen, source.
        file: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct KeysRecover {
    /// Folder of the case.
    pub(crate) case: PathBuf,
    /// Stop after this time and keep what was found; without it, every selector is tried to the end.
    #[arg(long, value_name = "N")]
    pub(crate) seconds: Option<u64>,
    /// Selectors that are worked on at once, up to 4; a key of 2048 bits takes about 400 MiB of memory each.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=4))]
    pub(crate) jobs: u16,
}

#[derive(Debug, clap::Args)]
pub(crate) struct KeysLookup {
    /// Folder of the case.
    pub(crate) case: PathBuf,
    /// Names to ask for, as selector._domainkey.domain; all selectors without a key if none is given.
    pub(crate) names: Vec<String>,
    /// Ask this server instead of the one the system names: an address, with or without a port.
    #[arg(long, value_name = "ADDR", value_parser = crate::dns::server_of)]
    pub(crate) server: Option<SocketAddr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Report {
    /// Folder of the case.
    pub(crate) case: PathBuf,
    /// Where to write it; the case's own report.html if not given.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// Folder of the case.
    pub(crate) case: PathBuf,
    /// The format: one JSON object a line, a table for spreadsheets, or columns for engines.
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// Where to write it; standard output if not given.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One JSON object per item and line.
    Jsonl,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// Apache Parquet.
    Parquet,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// Folder of the case.
    pub(crate) case: PathBuf,
    /// SHA-256 of the item, or the first digits of it.
    pub(crate) item: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Search {
    /// Folder of the case.
    pub(crate) case: PathBuf,
    /// The query; quote it for the shell.
    #[arg(required = true)]
    pub(crate) query: Vec<String>,
    /// Number of hits shown at most.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
}

const SERVE_HELP: &str = "\
On this machine: prints a link that lets one browser in, once. Nothing is opened by itself, nothing is
asked of any other machine. Ctrl-C ends it; every decision that was acknowledged is on the disk.
  mabillon serve my-case

For a desk of several people: accounts, TLS, and an address that the others can reach. The fingerprint of
the certificate that was made is printed; everyone compares it with what the browser shows, once.
  mabillon reviewers add my-case anna --role lead
  mabillon reviewers add my-case ben --role reviewer
  mabillon serve my-case --listen 192.168.1.20:8630 --tls-made

While a case is served it is taken: `examine`, `report` and a second `serve` on the same folder say so and
do nothing; `show`, `search`, `export` and `verify` work. An unfinished examination cannot be served.";

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Folder of the case.
    pub(crate) case: PathBuf,
    /// Address and port; port 0 takes any that is free. Anything but this machine itself needs TLS and accounts.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8630")]
    pub(crate) listen: SocketAddr,
    /// The name under which others reach this machine, where it is not the address.
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Certificate chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Key of the certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Make a certificate for this run and print its fingerprint.
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) tls_made: bool,
    /// Mask addresses, numbers and names, on screen and in exports, for everyone.
    #[arg(long)]
    pub(crate) redact: bool,
    /// Folder that the exhibits lie in now, where they were moved since the examination.
    #[arg(long, value_name = "DIR")]
    pub(crate) exhibits: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Reviewers {
    #[command(subcommand)]
    pub(crate) command: ReviewersCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReviewersCommand {
    /// List the accounts of a case.
    List {
        /// Folder of the case.
        case: PathBuf,
    },
    /// Add an account, or change its role and password. Prints a password made for it, unless one is given.
    Add {
        /// Folder of the case.
        case: PathBuf,
        /// Name, as it will stand in the custody log.
        name: String,
        /// What the person may do: read; decide; decide and invite others.
        #[arg(long, value_enum, default_value_t = RoleArg::Reviewer)]
        role: RoleArg,
        /// Read the password from standard input: one line.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Remove an account. Decisions of that person stay.
    Remove {
        /// Folder of the case.
        case: PathBuf,
        /// Name.
        name: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    /// Reads.
    Reader,
    /// Decides.
    Reviewer,
    /// Decides and invites others.
    Lead,
}

const BUNDLE_HELP: &str = "\
The bundle is a zip: the exact bytes of each item, the bytes that each signature was made over,
the public keys and where they come from, the findings, a README in plain words, and verify.py,
which redoes the checks of DKIM, ARC and DomainKeys with nothing but Python 3. The bytes are read
again from the exhibits, which must still be where they were.
  mabillon bundle my-case 3f9a21c0 --output proof.zip
  mabillon bundle my-case 3f9a21c0 77b0e4d1 --private --output proof.zip
  mabillon verify proof.zip";

#[derive(Debug, clap::Args)]
pub(crate) struct Bundle {
    /// Folder of the case.
    pub(crate) case: PathBuf,
    /// SHA-256 of the items, or the first digits of them.
    #[arg(required = true, value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    /// Where to write it.
    #[arg(long, value_name = "ZIP")]
    pub(crate) output: PathBuf,
    /// Keep the items private: only their signed header fields, and hashes.
    #[arg(long)]
    pub(crate) private: bool,
    /// Folder that the exhibits lie in now, where they were moved since the examination.
    #[arg(long, value_name = "DIR")]
    pub(crate) exhibits: Option<PathBuf>,
    /// The keys files of the examination, where they were moved since.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// Folder of the case, or a bundle.
    #[arg(value_name = "CASE|ZIP")]
    pub(crate) case: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// Id of the test, as `mabillon tests` lists it.
    pub(crate) test: String,
}
