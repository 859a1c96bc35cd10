//! What salvage verifies: collections that differ only in what their exporter did to them, examined with the true keys.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mabillon_corpus::{
    Answer, Class, Damage, EXPORTERS, Extent, Forgers, ItemKind, Plan, Scale, make,
};

use crate::gone::gone;
use crate::program;
use crate::with_answers::{Row, Signature, answers, examine};

const BEGIN: &str = "<!-- written by `cargo xtask salvage` -->";
const END: &str = "<!-- end of what `cargo xtask salvage` writes -->";

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Messages of each collection.
    #[arg(long, default_value_t = 1000)]
    messages: u64,
    /// Seed of all.
    #[arg(long, default_value_t = 811)]
    seed: u64,
    /// Measure this program instead of building one as it is released: a build for development finds the same.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Print only, leave docs/measurements.md as it is.
    #[arg(long)]
    dry: bool,
}

/// Makes a collection for each exporter, examines and counts, prints and writes.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let mabillon = match &settings.program {
        Some(built) => built.clone(),
        None => program::build()?,
    };
    let out = program::scratch("salvage")?;
    let (mut shares, mut text) = (heading_of_shares(settings), heading().to_owned());
    let mut reasons = Reasons::default();
    let mut undamaged: Option<Examined> = None;
    for (exporter, name) in EXPORTERS.into_iter().enumerate() {
        let collection = made(settings, exporter, &out)?;
        let answers = answers(&collection.with_extension("answers.jsonl"))?;
        let keys = collection.with_extension("keys.tsv");
        let arguments = [OsStr::new("--keys"), keys.as_os_str()];
        let (_, rows) = examine(&mabillon, &collection, &arguments, "0", &out.join("case"))?;
        let examined = Examined { collection, rows };
        let whole = undamaged.as_ref().unwrap_or(&examined);
        let counts = Counts::of(&examined, whole, &answers, &mut reasons);
        let _ = writeln!(shares, "| {name} | {} |", counts.share_cells().join(" | "));
        let _ = writeln!(text, "| {name} | {} |", counts.cells().join(" | "));
        undamaged.get_or_insert(examined);
    }
    let mut text = shares + &text;
    reasons.tell(&mut text);
    println!("{text}");
    if !settings.dry {
        program::write_down((BEGIN, END), &text)?;
    }
    Ok(())
}

/// A collection and what was found on it.
struct Examined {
    collection: PathBuf,
    rows: Vec<Row>,
}

impl Examined {
    /// The bytes of the message of this Message-ID whose signature verifies, from the same folder if there.
    fn verified(&self, message_id: &str, folder: &str) -> Option<Vec<u8>> {
        let is_it = |row: &&Row| {
            let header = row.message.as_ref();
            header.and_then(|header| header.message_id.as_deref()) == Some(message_id)
                && row.signatures.iter().any(Signature::passes)
        };
        let in_folder = |row: &&Row| {
            row.places
                .iter()
                .any(|place| folder_of(&place.path) == folder)
        };
        let mut same = self.rows.iter().filter(is_it);
        let near = same.clone().find(in_folder);
        near.or_else(|| same.next())?.bytes(&self.collection)
    }
}

fn folder_of(path: &str) -> &str {
    path.split_once('!').map_or(path, |(file, _)| file)
}

fn made(settings: &Settings, exporter: usize, out: &Path) -> anyhow::Result<PathBuf> {
    let collection = out.join(format!(
        "{}-{}-{exporter}",
        settings.seed, settings.messages
    ));
    if !collection.with_extension("keys.tsv").exists() {
        make(&Plan {
            seed: settings.seed,
            extent: Extent::Messages(settings.messages),
            out: collection.clone(),
            damage: Damage::Exporter(exporter),
            scale: Scale::Small,
            forgers: Forgers::All,
            ..Plan::default()
        })?;
    }
    Ok(collection)
}

/// Why signed messages do not verify, and which altered ones do, over all exporters.
#[derive(Default)]
struct Reasons {
    missed: BTreeMap<String, u64>,
    gone: BTreeMap<String, u64>,
    open: BTreeMap<String, u64>,
    altered: BTreeMap<String, u64>,
}

impl Reasons {
    fn tell(&self, text: &mut String) {
        for (title, reasons) in [
            (
                "Arrived as signed and not verified, of which a signed value stands nowhere in the message any more",
                &self.gone,
            ),
            (
                "Arrived as signed and not verified, no signed value known to be gone",
                &self.open,
            ),
            (
                "Genuine, signed and not verified, by what befell them",
                &self.missed,
            ),
            (
                "Altered or invented, and verified as a whole, by forger",
                &self.altered,
            ),
        ] {
            let reasons: Vec<String> = reasons
                .iter()
                .map(|(what, n)| format!("{what} {n}"))
                .collect();
            let reasons = if reasons.is_empty() {
                "none".to_owned()
            } else {
                reasons.join("; ")
            };
            let _ = writeln!(text, "\n{title}: {reasons}.");
        }
    }
}

/// Numbers of genuine messages with a signature under a known key, and of altered ones.
#[derive(Default)]
struct Counts {
    /// Reached the mailbox as it was signed; of these.
    intact: u64,
    intact_verified: u64,
    intact_gone: u64,
    signed: u64,
    as_they_stand: u64,
    repaired: u64,
    without_added: u64,
    altered: u64,
    altered_whole: u64,
    altered_without_added: u64,
}

impl Counts {
    fn of(
        examined: &Examined,
        whole: &Examined,
        answers: &BTreeMap<String, Answer>,
        reasons: &mut Reasons,
    ) -> Self {
        let mut counts = Self::default();
        for row in &examined.rows {
            let answer = answers.get(&row.item);
            let Some(answer) = answer.filter(|answer| answer.kind == ItemKind::Message) else {
                continue;
            };
            let signed: Vec<&Signature> = row
                .signatures
                .iter()
                .filter(|one| is_checked(one))
                .collect();
            if signed.is_empty() {
                continue;
            }
            if answer.class == Class::Genuine {
                counts.genuine(&signed, answer, reasons);
                if answer.intact {
                    counts.intact(row, examined, whole, reasons);
                }
            } else {
                counts.altered(&signed, answer, reasons);
            }
        }
        counts
    }

    fn intact(&mut self, row: &Row, examined: &Examined, whole: &Examined, reasons: &mut Reasons) {
        self.intact += 1;
        if row
            .signatures
            .iter()
            .any(|one| one.passes() && one.removed.is_empty())
        {
            self.intact_verified += 1;
            return;
        }
        let header = row.message.as_ref();
        let message_id = header.and_then(|header| header.message_id.as_deref());
        let folder = row
            .places
            .first()
            .map_or("", |place| folder_of(&place.path));
        let before = message_id.and_then(|id| whole.verified(id, folder));
        let compared = before.zip(row.bytes(&examined.collection));
        let is_compared = compared.is_some();
        let gone = compared.map_or_else(BTreeSet::new, |(before, after)| gone(&before, &after));
        let names: Vec<&str> = gone.iter().map(String::as_str).collect();
        if names.is_empty() {
            let place = row.places.first().map_or("", |place| place.path.as_str());
            let why = if is_compared {
                place
            } else {
                "not compared, since a forger altered the undamaged one"
            };
            *reasons.open.entry(why.to_owned()).or_default() += 1;
        } else {
            self.intact_gone += 1;
            *reasons.gone.entry(names.join(" and ")).or_default() += 1;
        }
    }

    /// What reached the mailbox as it was signed: how much of it verifies, and how much of what can be restored.
    fn share_cells(&self) -> [String; 5] {
        let recoverable = self.intact - self.intact_gone;
        [
            self.intact.to_string(),
            self.intact_verified.to_string(),
            share(self.intact_verified, self.intact),
            self.intact_gone.to_string(),
            share(self.intact_verified, recoverable),
        ]
    }

    fn genuine(&mut self, signed: &[&Signature], answer: &Answer, reasons: &mut Reasons) {
        self.signed += 1;
        let passes = |is: fn(&Signature) -> bool| signed.iter().any(|one| one.passes() && is(one));
        if passes(|one| one.repairs.is_empty()) {
            self.as_they_stand += 1;
        } else if passes(|one| one.removed.is_empty()) {
            self.repaired += 1;
        } else if passes(|_| true) {
            self.without_added += 1;
        } else {
            let circumstance = match answer.circumstance.as_str() {
                "" => "nothing known",
                circumstance => circumstance,
            };
            *reasons.missed.entry(circumstance.to_owned()).or_default() += 1;
        }
    }

    fn altered(&mut self, signed: &[&Signature], answer: &Answer, reasons: &mut Reasons) {
        self.altered += 1;
        let whole =
            |one: &&&Signature| one.passes() && one.covers == "all" && one.removed.is_empty();
        if signed.iter().any(|one| whole(&one)) {
            self.altered_whole += 1;
            let forger = answer.forger.clone().unwrap_or_default();
            *reasons.altered.entry(forger).or_default() += 1;
        } else if signed
            .iter()
            .any(|one| one.passes() && !one.removed.is_empty())
        {
            self.altered_without_added += 1;
        }
    }

    fn cells(&self) -> [String; 8] {
        let n_verified = self.as_they_stand + self.repaired + self.without_added;
        [
            self.signed.to_string(),
            self.as_they_stand.to_string(),
            self.repaired.to_string(),
            self.without_added.to_string(),
            share(n_verified, self.signed),
            self.altered.to_string(),
            self.altered_whole.to_string(),
            self.altered_without_added.to_string(),
        ]
    }
}

/// Whether it is a DKIM signature for which a key is known.
fn is_checked(signature: &Signature) -> bool {
    signature.kind == "dkim" && matches!(signature.result.as_str(), "pass" | "fail")
}

fn share(part: u64, whole: u64) -> String {
    let tenths = (1000 * part).checked_div(whole).unwrap_or_default();
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn heading_of_shares(settings: &Settings) -> String {
    format!(
        "{BEGIN}\n## Salvage, by exporter\n\n\
         Command: `cargo xtask salvage --messages {} --seed {}`: the same collection, with lists, gateways and all forgers, \
         through each exporter of `corpus/`; the true keys are given. Counted are messages with a DKIM signature under one of \
         them.\n\n\
         First what reached the mailbox as it was signed, so that the exporter alone harmed it. Verified is what verifies \
         without any text being taken away. Not to be restored is a message of which a signed value stands nowhere any more: \
         each word of the signed fields was looked for in the bytes that are left, beside the same message undamaged.\n\n\
         | exporter | arrived as signed | verified | share | not to be restored | share of what can be restored |\n\
         |---|---:|---:|---:|---:|---:|\n",
        settings.messages, settings.seed
    )
}

fn heading() -> &'static str {
    "\nThen all genuine signed ones, those included that lists and gateways changed after they were signed. A message that \
     verifies once added text is taken away is proved but for that text, which is shown.\n\n\
     | exporter | genuine and signed | verify as they stand | once damage is undone | once added text is taken away | \
     share | altered or invented, signed | verify as a whole | once text is taken away |\n\
     |---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
}
