//! Time and memory of an examination, beside `openssl dgst -sha256` over the same files in the same run.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use mabillon_corpus::{Extent, Forgers, Layout, Plan, make};

use crate::program::{self, Run};

/// Files given to one process of the yardstick at once.
const FILES_PER_CALL: usize = 400;

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Size of the collection in megabytes.
    #[arg(long, default_value_t = 1000)]
    megabytes: u64,
    /// Runs of each; the median is printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// One file per message instead of mailbox files.
    #[arg(long)]
    eml: bool,
}

/// Makes the collection (once), measures, prints.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let mabillon = program::build()?;
    let collection = collection(settings)?;
    let files = program::files(&collection)?;
    let bytes: u64 = files.iter().map(|(_, size)| size).sum();
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "{} files, {:.1} MB, {n_cores} cores, medians of {} runs",
        files.len(),
        mega(bytes),
        settings.runs
    );

    let case = program::scratch("bench")?.join("case");
    let keys = collection.with_extension("keys.tsv");
    let mut yardstick = Vec::new();
    let mut plain = Vec::new();
    let mut indexed = Vec::new();
    // The three in turn, so that a machine that grows slower does so for all.
    for _ in 0..=settings.runs {
        yardstick.push(hash(&files, n_cores)?);
        plain.push(examine(
            &mabillon,
            &collection,
            &keys,
            &case,
            &["--no-index"],
        )?);
        indexed.push(examine(&mabillon, &collection, &keys, &case, &[])?);
    }
    let yard = shown("openssl dgst -sha256", &mut yardstick, None);
    shown("examine --no-index", &mut plain, Some(yard));
    shown("examine", &mut indexed, Some(yard));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn collection(settings: &Settings) -> anyhow::Result<PathBuf> {
    let layout = if settings.eml {
        Layout::Eml
    } else {
        Layout::Mbox
    };
    let name = format!(
        "{}-megabytes{}",
        settings.megabytes,
        if settings.eml { "-eml" } else { "" }
    );
    let out = program::scratch("bench")?.join(name);
    if !out.with_extension("keys.tsv").exists() {
        let extent = Extent::Bytes(settings.megabytes * 1_000_000);
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
    let mut commands: Vec<Command> = shares
        .iter()
        .map(|(_, paths)| {
            // One shell per core calls openssl as often as the length of a command line demands.
            let mut command = Command::new("xargs");
            command.args([
                "-0",
                "-n",
                &FILES_PER_CALL.to_string(),
                "openssl",
                "dgst",
                "-sha256",
            ]);
            let list = program::scratch("bench")
                .map(|folder| folder.join(format!("files-{}", share_name(paths))));
            if let Ok(list) = list {
                let text: Vec<String> = paths
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect();
                if std::fs::write(&list, text.join("\0")).is_ok()
                    && let Ok(file) = std::fs::File::open(&list)
                {
                    command.stdin(file);
                }
            }
            command
        })
        .collect();
    program::run(&mut commands).context("is openssl installed?")
}

fn share_name(paths: &[&Path]) -> usize {
    paths
        .first()
        .map_or(0, |path| path.as_os_str().len() + paths.len())
}

fn examine(
    mabillon: &Path,
    collection: &Path,
    keys: &Path,
    case: &Path,
    more: &[&str],
) -> anyhow::Result<Run> {
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
    program::run(&mut [command])
}

/// Prints the median of all but the first run, which warms the caches; gives its seconds.
fn shown(name: &str, runs: &mut Vec<Run>, yardstick: Option<f64>) -> f64 {
    runs.remove(0);
    runs.sort_by_key(|run| run.wall);
    let Some(median) = runs.get(runs.len() / 2) else {
        return 0.0;
    };
    let seconds = median.wall.as_secs_f64();
    let peak = runs.iter().filter_map(|run| run.peak_kib).max();
    let peak = peak.map_or_else(String::new, |kib| {
        format!(", peak memory {} MiB", kib / 1024)
    });
    let ratio = yardstick.map_or_else(String::new, |yard| {
        format!(", {:.2} times the yardstick", seconds / yard)
    });
    println!("{name:24} {seconds:6.2} s{ratio}{peak}");
    seconds
}
