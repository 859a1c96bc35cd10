//! Detection and false alarms on labelled collections, and on real mail where it lies beside the project.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use mabillon_corpus::{Answer, Class, Extent, ItemKind, Plan, make};
use serde::Deserialize;

use crate::program::{self, root};

/// The six classes of opinion, in the order of the report.
const OPINIONS: [&str; 6] = [
    "authenticated",
    "corroborated",
    "consistent",
    "unresolved",
    "questioned",
    "contradicted",
];

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Messages of each collection.
    #[arg(long, default_value_t = 4000)]
    messages: u64,
    /// Number of collections, each of a seed of its own.
    #[arg(long, default_value_t = 3)]
    collections: u64,
    /// First seed.
    #[arg(long, default_value_t = 101)]
    seed: u64,
    /// Print only, leave docs/measurements.md as it is.
    #[arg(long)]
    dry: bool,
}

/// One line of the export, as far as it is counted.
#[derive(Deserialize)]
struct Row {
    item: String,
    opinion: String,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    test: String,
    code: String,
    log10_lr: f64,
}

/// How many items of one name got which opinion.
type Table = BTreeMap<String, [u64; 6]>;

#[derive(Default)]
struct Counts {
    /// Works of each forger: what he altered or invented.
    forged: Table,
    /// Genuine items by kind.
    genuine: Table,
    /// Findings that doubt, by code: on genuine and on forged items.
    doubts: BTreeMap<String, (u64, u64)>,
    /// Answers whose item the export does not hold.
    n_missing: u64,
}

/// Makes collections, examines them, counts, prints and writes.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let mabillon = program::build()?;
    let mut counts = Counts::default();
    for seed in settings.seed..settings.seed + settings.collections {
        let out = program::scratch("measure")?.join(format!("seed-{seed}-{}", settings.messages));
        if !out.with_extension("keys.tsv").exists() {
            let extent = Extent::Messages(settings.messages);
            make(&Plan {
                seed,
                extent,
                out: out.clone(),
                ..Plan::default()
            })?;
        }
        let keys = out.with_extension("keys.tsv");
        let rows = examine(&mabillon, &out, Some(&keys))?;
        count(&mut counts, &out.with_extension("answers.jsonl"), &rows)?;
    }
    let mut text = heading(settings);
    labelled(&mut text, &counts);
    real_mail(&mut text, &mabillon)?;
    println!("{text}");
    if !settings.dry {
        program::write_down((BEGIN, END), &text)?;
    }
    Ok(())
}

/// Examines a collection and gives its export by item.
fn examine(
    mabillon: &Path,
    collection: &Path,
    keys: Option<&Path>,
) -> anyhow::Result<BTreeMap<String, Row>> {
    let case = program::scratch("measure")?.join("case");
    if case.exists() {
        std::fs::remove_dir_all(&case)?;
    }
    let mut command = Command::new(mabillon);
    command
        .arg("examine")
        .arg(collection)
        .arg("--case")
        .arg(&case)
        .arg("--no-index");
    if let Some(keys) = keys {
        command.arg("--keys").arg(keys);
    }
    program::run(&mut [command])?;
    let export = case.join("export.jsonl");
    let mut command = Command::new(mabillon);
    command
        .arg("export")
        .arg(&case)
        .args(["--format", "jsonl", "--output"])
        .arg(&export);
    program::run(&mut [command])?;
    let mut rows = BTreeMap::new();
    for line in BufReader::new(std::fs::File::open(&export)?).lines() {
        let row: Row = serde_json::from_str(&line?)?;
        rows.insert(row.item.clone(), row);
    }
    Ok(rows)
}

fn count(
    counts: &mut Counts,
    answers: &PathBuf,
    rows: &BTreeMap<String, Row>,
) -> anyhow::Result<()> {
    let file = std::fs::File::open(answers)
        .with_context(|| format!("no answers {}", answers.display()))?;
    let mut seen = std::collections::BTreeSet::new();
    for line in BufReader::new(file).lines() {
        let answer: Answer = serde_json::from_str(&line?)?;
        let Some(row) = rows.get(&answer.item) else {
            counts.n_missing += 1;
            continue;
        };
        // The same bytes may lie in several places; an item has one opinion.
        if !seen.insert(answer.item.clone()) {
            continue;
        }
        let is_genuine = answer.class == Class::Genuine;
        let (table, name) = if is_genuine {
            (&mut counts.genuine, genuine_name(&answer))
        } else {
            (&mut counts.forged, forged_name(&answer))
        };
        add(table, name, &row.opinion)?;
        for finding in row.findings.iter().filter(|finding| finding.log10_lr < 0.0) {
            let doubt = counts
                .doubts
                .entry(format!("{} {}", finding.test, finding.code))
                .or_default();
            if is_genuine {
                doubt.0 += 1;
            } else {
                doubt.1 += 1;
            }
        }
    }
    Ok(())
}

fn genuine_name(answer: &Answer) -> String {
    match answer.kind {
        ItemKind::Message if answer.provable => "message, signed and undamaged".to_owned(),
        ItemKind::Message => "message, other".to_owned(),
        ItemKind::Document => "document".to_owned(),
    }
}

fn forged_name(answer: &Answer) -> String {
    let kind = if answer.kind == ItemKind::Message {
        "message"
    } else {
        "document"
    };
    format!("{} ({kind})", answer.forger.as_deref().unwrap_or("unnamed"))
}

fn add(table: &mut Table, name: String, opinion: &str) -> anyhow::Result<()> {
    let Some(index) = OPINIONS.iter().position(|known| *known == opinion) else {
        bail!("the export holds an unknown opinion {opinion}")
    };
    if let Some(count) = table.entry(name).or_default().get_mut(index) {
        *count += 1;
    }
    Ok(())
}

fn heading(settings: &Settings) -> String {
    format!(
        "{BEGIN}\n## Opinions on labelled collections\n\n\
         Command: `cargo xtask measure --messages {} --collections {} --seed {}`.\n\
         Each collection is made by `corpus/` with all forgers; the program is given the keys of the invented domains, \
         never the answers.\n",
        settings.messages, settings.collections, settings.seed
    )
}

fn labelled(text: &mut String, counts: &Counts) {
    let _ = writeln!(
        text,
        "\n### Forged: altered, invented or handled, by forger\n"
    );
    table(text, &counts.forged);
    let _ = writeln!(text, "\n### Genuine, by kind\n");
    table(text, &counts.genuine);
    let _ = writeln!(
        text,
        "\n### Findings that doubt, on genuine and on forged items\n"
    );
    let _ = writeln!(text, "| finding | genuine | forged |\n|---|---:|---:|");
    for (code, (genuine, forged)) in &counts.doubts {
        let _ = writeln!(text, "| {code} | {genuine} | {forged} |");
    }
    if counts.n_missing > 0 {
        let _ = writeln!(
            text,
            "\n{} answers name items that the export does not hold.",
            counts.n_missing
        );
    }
}

fn table(text: &mut String, rows: &Table) {
    let _ = writeln!(
        text,
        "| | items | {} |\n|---|---:|---:|---:|---:|---:|---:|---:|",
        OPINIONS.join(" | ")
    );
    let mut all = [0; 6];
    for (name, counts) in rows {
        let _ = writeln!(
            text,
            "| {name} | {} | {} |",
            counts.iter().sum::<u64>(),
            joined(counts)
        );
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let _ = writeln!(
        text,
        "| **all** | {} | {} |",
        all.iter().sum::<u64>(),
        joined(&all)
    );
}

fn joined(counts: &[u64; 6]) -> String {
    counts
        .iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(" | ")
}

/// Real mail, none of it altered: every doubt is a false alarm or the work of a spam tool.
fn real_mail(text: &mut String, mabillon: &Path) -> anyhow::Result<()> {
    let folder = root().join("../shared/data/spamassassin");
    let _ = writeln!(text, "\n## Opinions on real mail\n");
    if !folder.is_dir() {
        let _ = writeln!(
            text,
            "Not measured: the SpamAssassin corpus is not on this machine."
        );
        return Ok(());
    }
    let mut opinions = Table::new();
    let mut doubts: BTreeMap<String, u64> = BTreeMap::new();
    for part in ["easy-ham-1", "spam-1"] {
        for row in examine(mabillon, &folder.join(part), None)?.values() {
            add(&mut opinions, part.to_owned(), &row.opinion)?;
            if matches!(row.opinion.as_str(), "questioned" | "contradicted") {
                for finding in row
                    .findings
                    .iter()
                    .filter(|finding| finding.log10_lr < -0.5)
                {
                    *doubts
                        .entry(format!("{part}: {} {}", finding.test, finding.code))
                        .or_default() += 1;
                }
            }
        }
    }
    let _ = writeln!(
        text,
        "SpamAssassin public corpus, messages of 2002 with what they carry, none altered.\n"
    );
    table(text, &opinions);
    let _ = writeln!(text, "\nWhat the questioned ones were questioned for:\n");
    for (doubt, n) in doubts {
        let _ = writeln!(text, "- {n} × {doubt}");
    }
    Ok(())
}

const BEGIN: &str = "<!-- written by `cargo xtask measure` -->";
const END: &str = "<!-- end of what `cargo xtask measure` writes -->";
