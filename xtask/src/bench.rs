//! Time and memory of an examination, beside `openssl dgst -sha256` over the same files in the same run.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use mabillon_corpus::{Extent, Forgers, Layout, Plan, make};

use crate::program::{self, Run};

/// Files given to one process of the yardstick at once.
const FILES_PER_CALL: usize = 400;

const BEGIN: &str = "<!-- written by `cargo xtask bench` -->";
const END: &str = "<!-- end of what `cargo xtask bench` writes -->";

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Size of the largest collection in megabytes; one of half that size is measured beside it.
    #[arg(long, default_value_t = 1000)]
    megabytes: u64,
    /// Runs of each, beside one that warms the caches; the median is printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// One file per message instead of mailbox files.
    #[arg(long)]
    eml: bool,
    /// Print only, leave docs/measurements.md as it is.
    #[arg(long)]
    dry: bool,
}

/// Makes the collections (once), measures, prints and writes down.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let mabillon = program::build()?;
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut text = format!(
        "{BEGIN}\n## Time and memory\n\n\
         `cargo xtask bench`, {n_cores} cores, files in the page cache, median of {} runs that take turns. The yardstick is \
         `openssl dgst -sha256` over the same files with {n_cores} processes. CPU time is that of all threads and \
         processes; it is the steadier measure where the machine has other work.\n",
        settings.runs
    );
    let half = measured(
        settings,
        settings.megabytes / 2,
        &mabillon,
        n_cores,
        &mut text,
    )?;
    let whole = measured(settings, settings.megabytes, &mabillon, n_cores, &mut text)?;
    stages(settings, &mabillon, &mut text)?;
    let growth = |of: fn(&Measured) -> &Figures| {
        let (half, whole) = (of(&half), of(&whole));
        let bytes = (
            whole.megabytes / half.megabytes,
            whole.wall / half.wall,
            whole.cpu / half.cpu,
        );
        format!(
            "{:.2} times the bytes take {:.2} times the wall time and {:.2} times the CPU time",
            bytes.0, bytes.1, bytes.2
        )
    };
    writeln!(
        text,
        "\nWithout the index, {}. With it, {}.",
        growth(|run| &run.plain),
        growth(|run| &run.indexed)
    )?;
    println!("{text}");
    if !settings.dry {
        program::write_down((BEGIN, END), &text)?;
    }
    Ok(())
}

/// What was measured on one collection.
struct Measured {
    plain: Figures,
    indexed: Figures,
}

/// Medians over the runs of one program, in seconds; the highest peak of memory.
struct Figures {
    megabytes: f64,
    wall: f64,
    cpu: f64,
    peak_mib: u64,
}

fn measured(
    settings: &Settings,
    megabytes: u64,
    mabillon: &Path,
    n_cores: usize,
    text: &mut String,
) -> anyhow::Result<Measured> {
    let collection = collection(megabytes, settings.eml)?;
    let files = program::files(&collection)?;
    let bytes: u64 = files.iter().map(|(_, size)| size).sum();
    let case = program::scratch("bench")?.join("case");
    let keys = collection.with_extension("keys.tsv");
    let (mut yardstick, mut plain, mut indexed) = (Vec::new(), Vec::new(), Vec::new());
    // The three in turn, so that a machine that grows slower does so for all.
    for _ in 0..=settings.runs {
        yardstick.push(hash(&files, n_cores)?);
        plain.push(examine(
            mabillon,
            &collection,
            &keys,
            &case,
            &["--no-index"],
        )?);
        indexed.push(examine(mabillon, &collection, &keys, &case, &[])?);
    }
    let megabytes = mega(bytes);
    let yard = Figures::of(&yardstick, megabytes);
    let run = Measured {
        plain: Figures::of(&plain, megabytes),
        indexed: Figures::of(&indexed, megabytes),
    };
    writeln!(text, "\n{megabytes:.0} MB in {} files:\n", files.len())?;
    text.push_str("| | wall | of the yardstick | CPU | of the yardstick | peak memory |\n|---|---|---|---|---|---|\n");
    for (name, figures) in [
        ("`openssl dgst -sha256`", &yard),
        ("`examine --no-index`", &run.plain),
        ("`examine`", &run.indexed),
    ] {
        let (wall, cpu) = (figures.wall / yard.wall, figures.cpu / yard.cpu);
        writeln!(
            text,
            "| {name} | {:.2} s | {wall:.1} | {:.2} s | {cpu:.1} | {} MiB |",
            figures.wall, figures.cpu, figures.peak_mib
        )?;
    }
    Ok(run)
}

/// How the time of one further run of the largest collection is shared among the stages.
fn stages(settings: &Settings, mabillon: &Path, text: &mut String) -> anyhow::Result<()> {
    let collection = collection(settings.megabytes, settings.eml)?;
    let case = program::scratch("bench")?.join("case");
    let keys = collection.with_extension("keys.tsv");
    let more = ["--no-index", "--times"];
    let ran = examination(mabillon, &collection, &keys, &case, &more)?.output()?;
    let told = String::from_utf8_lossy(&ran.stderr);
    let rows: Vec<(&str, &str)> = told.lines().filter_map(stage).collect();
    anyhow::ensure!(!rows.is_empty(), "the program told no times: {told}");
    text.push_str("\nStages of one run without the index (wall time; each but the report takes all cores):\n\n| stage | share |\n|---|---|\n");
    for (name, share) in rows {
        writeln!(text, "| {name} | {share} |")?;
    }
    Ok(())
}

/// Name and share of a stage in a line of `--times`: `    1.204 s   9.1 %  group pass`.
fn stage(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once(" s ")?;
    let (share, name) = rest.split_once("%  ")?;
    let length = share.len() + 1;
    Some((name, rest.get(..length)?.trim()))
}

impl Figures {
    /// Of all but the first run, which warms the caches.
    fn of(runs: &[Run], megabytes: f64) -> Self {
        let counted = runs.get(1..).unwrap_or_default();
        Self {
            megabytes,
            wall: median(counted.iter().map(|run| run.wall.as_secs_f64())),
            cpu: median(counted.iter().map(|run| run.cpu.as_secs_f64())),
            peak_mib: runs
                .iter()
                .filter_map(|run| run.peak_kib)
                .max()
                .unwrap_or(0)
                / 1024,
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn collection(megabytes: u64, one_file_each: bool) -> anyhow::Result<PathBuf> {
    let (layout, suffix) = if one_file_each {
        (Layout::Eml, "-eml")
    } else {
        (Layout::Mbox, "")
    };
    let out = program::scratch("bench")?.join(format!("{megabytes}-megabytes{suffix}"));
    if !out.with_extension("keys.tsv").exists() {
        if out.exists() {
            // Left by a run that was stopped.
            std::fs::remove_dir_all(&out)?;
        }
        let extent = Extent::Bytes(megabytes * 1_000_000);
        make(&Plan {
            seed: 7,
            extent,
            out: out.clone(),
            layout,
            forgers: Forgers::All,
            ..Plan::default()
        })?;
    }
    Ok(out)
}

/// The yardstick: every file through `openssl`, one process per core, shares of about the same size.
fn hash(files: &[(PathBuf, u64)], n_cores: usize) -> anyhow::Result<Run> {
    let mut shares: Vec<(u64, Vec<&Path>)> = vec![(0, Vec::new()); n_cores];
    let mut by_size: Vec<&(PathBuf, u64)> = files.iter().collect();
    by_size.sort_by_key(|(path, size)| (std::cmp::Reverse(*size), path));
    for (path, size) in by_size {
        if let Some(share) = shares.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            share.0 += size;
            share.1.push(path);
        }
    }
    let mut commands = Vec::new();
    for (number, (_, paths)) in shares.iter().enumerate() {
        commands.push(hash_share(number, paths)?);
    }
    program::run(&mut commands).context("are openssl and xargs installed?")
}

/// `xargs` calls openssl as often as the length of a command line demands.
fn hash_share(number: usize, paths: &[&Path]) -> anyhow::Result<Command> {
    let list = program::scratch("bench")?.join(format!("files-{number}"));
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    std::fs::write(&list, names.join("\0"))?;
    let mut command = Command::new("xargs");
    command.args([
        "-0",
        "-r",
        "-n",
        &FILES_PER_CALL.to_string(),
        "openssl",
        "dgst",
        "-sha256",
    ]);
    command.stdin(File::open(&list)?);
    Ok(command)
}

fn examine(
    mabillon: &Path,
    collection: &Path,
    keys: &Path,
    case: &Path,
    more: &[&str],
) -> anyhow::Result<Run> {
    program::run(&mut [examination(mabillon, collection, keys, case, more)?])
}

/// The command, before which the case of the run before is taken away.
fn examination(
    mabillon: &Path,
    collection: &Path,
    keys: &Path,
    case: &Path,
    more: &[&str],
) -> anyhow::Result<Command> {
    if case.exists() {
        std::fs::remove_dir_all(case)?;
    }
    let mut command = Command::new(mabillon);
    command
        .arg("examine")
        .arg(collection)
        .arg("--case")
        .arg(case)
        .arg("--keys")
        .arg(keys)
        .args(more);
    Ok(command)
}
