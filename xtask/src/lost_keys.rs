//! What recovered keys verify, on a labelled collection that comes without any key: the examination gets no keys file,
//! and the archive knows none of the invented domains. Which messages are intact is told by an examination of the same
//! collection with the true keys.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mabillon_corpus::{Answer, Class, Extent, Forgers, ItemKind, KeySizes, Plan, Signers, make};

use crate::program::{self, Run};
use crate::with_answers::{Row, Signature, answers, examine};

/// Forgers whose works could gain by a recovered key.
const FORGERS: [&str; 8] = [
    "own-key",
    "careless-body-edit",
    "altered-copy",
    "clone-and-edit",
    "date-edit",
    "second-from",
    "swapped-attachment",
    "invented-correspondence",
];
/// Forgeries among a thousand messages: so many that his own key makes a series.
const FORGED_PER_THOUSAND: u64 = 60;
/// Messages that a key must have signed to be counted.
const USED_MIN: u64 = 5;
/// Everything is tried to the end.
const SECONDS: &str = "100000000";

/// Around the run with short exponents.
const SHORT_MARKS: (&str, &str) = (
    "<!-- written by `cargo xtask lost-keys` -->",
    "<!-- end of what `cargo xtask lost-keys` writes -->",
);
/// Around the run with the ordinary exponent.
const MARKS: (&str, &str) = (
    "<!-- written by `cargo xtask lost-keys`, ordinary exponent -->",
    "<!-- end of what `cargo xtask lost-keys` writes, ordinary exponent -->",
);

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Messages of the collection.
    #[arg(long, default_value_t = 4000)]
    messages: u64,
    /// Messages of the originals: another mailbox of the same time, with the same senders.
    #[arg(long, default_value_t = 400)]
    originals: u64,
    /// Seed of both.
    #[arg(long, default_value_t = 701)]
    seed: u64,
    /// Keys with the exponent 257 instead of 65537: minutes instead of hours.
    #[arg(long)]
    short_exponent: bool,
    /// Two domains sign, with two keys each: with the exponent 65537, minutes instead of hours.
    #[arg(long)]
    few_keys: bool,
    /// Print only, leave docs/measurements.md as it is.
    #[arg(long)]
    dry: bool,
}

impl Settings {
    fn marks(&self) -> (&'static str, &'static str) {
        if self.short_exponent {
            SHORT_MARKS
        } else {
            MARKS
        }
    }
}

/// Makes the collection and the originals, examines without and with them, counts, prints and writes.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let mabillon = program::build()?;
    let out = program::scratch("lost-keys")?;
    let collection = made(settings, settings.messages, &out.join("leak"), true)?;
    let originals = made(settings, settings.originals, &out.join("originals"), false)?;
    let answers = answers(&collection.with_extension("answers.jsonl"))?;
    let keys = collection.with_extension("keys.tsv");
    let case = out.join("case");
    let true_keys = [OsStr::new("--keys"), keys.as_os_str()];
    let (_, rows) = examine(&mabillon, &collection, &true_keys, "0", &case)?;
    let truth = Truth {
        intact: intact(&rows, &answers),
        answers,
        unrecoverable: edwards_names(&keys)?,
    };
    let with_originals = [OsStr::new("--reference"), originals.as_os_str()];
    let mut text = heading(settings);
    for (title, arguments) in [
        ("The collection alone", &[][..]),
        ("With originals that anchor", &with_originals),
    ] {
        let (run, rows) = examine(&mabillon, &collection, arguments, SECONDS, &case)?;
        Counts::of(&rows, &truth).tell(title, &run, &mut text);
    }
    println!("{text}");
    if !settings.dry {
        program::write_down(settings.marks(), &text)?;
    }
    Ok(())
}

/// A collection, made once for each setting.
fn made(
    settings: &Settings,
    n_messages: u64,
    place: &Path,
    is_forged: bool,
) -> anyhow::Result<PathBuf> {
    let exponent = if settings.short_exponent { 257 } else { 65537 };
    let name = place.file_name().unwrap_or_default().display();
    let few = if settings.few_keys { "-few" } else { "" };
    let seed = settings.seed;
    let out = place.with_file_name(format!("{name}-{seed}-{n_messages}-{exponent}{few}"));
    if !out.with_extension("keys.tsv").exists() {
        let forgers = if is_forged {
            Forgers::Named(FORGERS.map(str::to_owned).to_vec())
        } else {
            Forgers::None
        };
        make(&Plan {
            seed: settings.seed,
            extent: Extent::Messages(n_messages),
            out: out.clone(),
            forgers,
            forged_per_thousand: FORGED_PER_THOUSAND,
            key_sizes: if settings.short_exponent {
                KeySizes::ShortExponent
            } else {
                KeySizes::Real
            },
            signers: if settings.few_keys {
                Signers::Few
            } else {
                Signers::All
            },
            ..Plan::default()
        })?;
    }
    Ok(out)
}

/// Names whose keys no pair of signatures gives back.
fn edwards_names(keys: &Path) -> anyhow::Result<BTreeSet<String>> {
    let text = std::fs::read_to_string(keys)?;
    let rows = text.lines().filter(|line| line.contains("k=ed25519"));
    let names = rows.filter_map(|line| line.split('\t').next());
    Ok(names.map(str::to_owned).collect())
}

/// What is known of the collection from elsewhere than from recovered keys.
struct Truth {
    answers: BTreeMap<String, Answer>,
    /// The genuine messages of which a signature verifies under the true keys, with its names.
    intact: BTreeMap<String, Vec<String>>,
    /// Names whose keys no pair of signatures gives back.
    unrecoverable: BTreeSet<String>,
}

/// The genuine messages of which a signature verifies, and the names of the keys of those signatures.
fn intact(rows: &[Row], answers: &BTreeMap<String, Answer>) -> BTreeMap<String, Vec<String>> {
    let names = |row: &Row| -> Vec<String> {
        let passing = row.signatures.iter().filter(|one| one.passes());
        passing.map(Signature::name).collect()
    };
    rows.iter()
        .filter(|row| {
            answers.get(&row.item).is_some_and(|answer| {
                answer.class == Class::Genuine && answer.kind == ItemKind::Message
            })
        })
        .map(|row| (row.item.clone(), names(row)))
        .filter(|(_, names)| !names.is_empty())
        .collect()
}

#[derive(Default)]
struct Counts {
    /// Genuine, signed and undamaged messages whose key signed enough of them, and can be recovered.
    n_owed: u64,
    n_verified: u64,
    n_authenticated: u64,
    n_ed25519: u64,
    n_too_few: u64,
    /// Messages that are altered or invented.
    n_forged: u64,
    n_forged_verified: u64,
    n_forged_authenticated: u64,
    /// Messages that the forger signed with his own key.
    n_own: u64,
    n_own_verified: u64,
    n_own_anchored: u64,
    n_keys: BTreeMap<bool, BTreeSet<String>>,
    /// Messages that were owed and did not verify, by name.
    missed: BTreeMap<String, u64>,
}

impl Counts {
    fn of(rows: &[Row], truth: &Truth) -> Self {
        let mut counts = Self::default();
        let mut used: BTreeMap<&str, u64> = BTreeMap::new();
        for name in truth.intact.values().flatten() {
            *used.entry(name).or_default() += 1;
        }
        for row in rows {
            let Some(answer) = truth.answers.get(&row.item) else {
                continue;
            };
            if let Some(names) = truth.intact.get(&row.item) {
                counts.intact(row, names, &used, truth);
            } else if answer.kind == ItemKind::Message && answer.class != Class::Genuine {
                counts.forged(row, answer);
            }
            for signature in row.signatures.iter().filter(|one| one.is_by_recovered()) {
                let keys = counts.n_keys.entry(signature.anchored).or_default();
                keys.insert(signature.name());
            }
        }
        counts
    }

    fn intact(&mut self, row: &Row, names: &[String], used: &BTreeMap<&str, u64>, truth: &Truth) {
        let is_used = |name: &String| used.get(name.as_str()).is_some_and(|&n| n >= USED_MIN);
        if names.iter().all(|name| truth.unrecoverable.contains(name)) {
            self.n_ed25519 += 1;
        } else if !names.iter().any(is_used) {
            self.n_too_few += 1;
        } else {
            self.n_owed += 1;
            let is_verified = row.signatures.iter().any(Signature::is_by_recovered);
            self.n_verified += u64::from(is_verified);
            self.n_authenticated += u64::from(row.opinion == "authenticated");
            if !is_verified {
                *self.missed.entry(names.join(", ")).or_default() += 1;
            }
        }
    }

    fn forged(&mut self, row: &Row, answer: &Answer) {
        let is_verified = row.signatures.iter().any(Signature::is_by_recovered);
        let is_anchored = |one: &Signature| one.is_by_recovered() && one.anchored;
        self.n_forged += 1;
        self.n_forged_verified += u64::from(is_verified);
        self.n_forged_authenticated += u64::from(row.opinion == "authenticated");
        if answer.forger.as_deref() == Some("own-key") {
            self.n_own += 1;
            self.n_own_verified += u64::from(is_verified);
            self.n_own_anchored += u64::from(row.signatures.iter().any(is_anchored));
        }
    }

    fn tell(&self, title: &str, run: &Run, text: &mut String) {
        let _ = writeln!(text, "\n### {title}\n\n| | |\n|---|---|");
        for (name, value) in self.rows(run) {
            let _ = writeln!(text, "| {name} | {value} |");
        }
        for (name, n) in &self.missed {
            let _ = writeln!(text, "\nNot verified: {n} signed under {name}.");
        }
    }

    /// What is told, each under its name.
    fn rows(&self, run: &Run) -> [(&'static str, String); 9] {
        let share = |n: u64, of: u64| {
            let tenths = (1000 * n).checked_div(of).unwrap_or_default();
            format!("{n} of {of} ({}.{} %)", tenths / 10, tenths % 10)
        };
        let n_keys = |is_anchored| self.n_keys.get(&is_anchored).map_or(0, BTreeSet::len);
        let cost = format!(
            "{:.0} s, {:.0} s, {} MiB",
            run.wall.as_secs_f64(),
            run.cpu.as_secs_f64(),
            run.peak_kib.unwrap_or_default() / 1024
        );
        [
            (
                "intact messages whose key signed at least five: verified by recovered keys",
                share(self.n_verified, self.n_owed),
            ),
            (
                "of these, `authenticated`",
                self.n_authenticated.to_string(),
            ),
            (
                "altered and invented messages: `authenticated` (must be 0)",
                share(self.n_forged_authenticated, self.n_forged),
            ),
            (
                "of these, a signature verifies by a recovered key",
                self.n_forged_verified.to_string(),
            ),
            (
                "messages of the forger who signs with his own key: verified",
                share(self.n_own_verified, self.n_own),
            ),
            (
                "of these, under an anchored key (must be 0)",
                self.n_own_anchored.to_string(),
            ),
            (
                "names with a recovered key: anchored, not anchored",
                format!("{}, {}", n_keys(true), n_keys(false)),
            ),
            (
                "left out: key used less often; Ed25519, which cannot be recovered",
                format!("{}, {}", self.n_too_few, self.n_ed25519),
            ),
            ("wall time, processor time, most memory", cost),
        ]
    }
}

fn heading(settings: &Settings) -> String {
    let Settings {
        messages,
        originals,
        seed,
        ..
    } = settings;
    let (option, exponent) = if settings.short_exponent {
        (" --short-exponent", "257")
    } else {
        ("", "65537")
    };
    let few = if settings.few_keys { " --few-keys" } else { "" };
    let begin = settings.marks().0;
    format!(
        "{begin}\n## Lost keys on a labelled collection, exponent {exponent}\n\n\
         Command: `cargo xtask lost-keys --messages {messages} --originals {originals} --seed {seed}{option}{few}`: \
         keys of 1024 and 2048 bits with the exponent {exponent}, {} forgers, {FORGED_PER_THOUSAND} forgeries in a thousand \
         messages; no keys file, and no key of these domains in the archive. The originals are another {originals} messages \
         of the same senders.\n",
        FORGERS.len()
    )
}
