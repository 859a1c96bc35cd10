//! What salvage verifies: collections that differ only in what their exporter did to them, examined with the true keys.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use mabillon_corpus::{
    Answer, Class, Damage, EXPORTERS, Extent, Forgers, ItemKind, Plan, Scale, make,
};

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
    /// Print only, leave docs/measurements.md as it is.
    #[arg(long)]
    dry: bool,
}

/// Makes a collection for each exporter, examines and counts, prints and writes.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let mabillon = program::build()?;
    let out = program::scratch("salvage")?;
    let mut text = heading(settings);
    let mut reasons = Reasons::default();
    for (exporter, name) in EXPORTERS.into_iter().enumerate() {
        let collection = made(settings, exporter, &out)?;
        let answers = answers(&collection.with_extension("answers.jsonl"))?;
        let keys = collection.with_extension("keys.tsv");
        let arguments = [OsStr::new("--keys"), keys.as_os_str()];
        let (_, rows) = examine(&mabillon, &collection, &arguments, "0", &out.join("case"))?;
        let counts = Counts::of(&rows, &answers, &mut reasons);
        let _ = writeln!(text, "| {name} | {} |", counts.cells().join(" | "));
    }
    reasons.tell(&mut text);
    println!("{text}");
    if !settings.dry {
        program::write_down((BEGIN, END), &text)?;
    }
    Ok(())
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
    altered: BTreeMap<String, u64>,
}

impl Reasons {
    fn tell(&self, text: &mut String) {
        for (title, reasons) in [
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
            let _ = writeln!(text, "\n{title}: {}.", reasons.join("; "));
        }
    }
}

/// Numbers of genuine messages with a signature under a known key, and of altered ones.
#[derive(Default)]
struct Counts {
    signed: u64,
    as_they_stand: u64,
    repaired: u64,
    without_added: u64,
    altered: u64,
    altered_whole: u64,
    altered_without_added: u64,
}

impl Counts {
    fn of(rows: &[Row], answers: &BTreeMap<String, Answer>, reasons: &mut Reasons) -> Self {
        let mut counts = Self::default();
        for row in rows {
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
            } else {
                counts.altered(&signed, answer, reasons);
            }
        }
        counts
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
        let tenths = (1000 * n_verified)
            .checked_div(self.signed)
            .unwrap_or_default();
        [
            self.signed.to_string(),
            self.as_they_stand.to_string(),
            self.repaired.to_string(),
            self.without_added.to_string(),
            format!("{}.{} %", tenths / 10, tenths % 10),
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

fn heading(settings: &Settings) -> String {
    format!(
        "{BEGIN}\n## Salvage, by exporter\n\n\
         Command: `cargo xtask salvage --messages {} --seed {}`: the same collection, with lists, gateways and all forgers, \
         through each exporter of `corpus/`; the true keys are given. Counted are messages with a DKIM signature under one of \
         them. A message that verifies once added text is taken away is proved but for that text, which is shown.\n\n\
         | exporter | genuine and signed | verify as they stand | once damage is undone | once added text is taken away | \
         share | altered or invented, signed | verify as a whole | once text is taken away |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        settings.messages, settings.seed
    )
}
