//! What the program makes of the collections of other projects: nothing crashes, nothing is lost, all of it ends.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::program;

const BEGIN: &str = "<!-- written by `cargo xtask files-of-others` -->";
const END: &str = "<!-- end of what `cargo xtask files-of-others` writes -->";

/// Folders below `../shared/data`.
const FOLDERS: &[&str] = &[
    "mail-parser",
    "mime4j",
    "poi",
    "pyhanko",
    "fuzz",
    "pst",
    "msg",
];

/// Reasons of one folder that are listed.
const REASONS_MAX: usize = 6;

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// The program to run; without it a release is built.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Print only, leave docs/measurements.md as it is.
    #[arg(long)]
    dry: bool,
}

/// Examines each folder once; prints and writes.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let data = program::root().join("../shared/data");
    if !data.is_dir() {
        bail!("there is no {}", data.display());
    }
    let program = match &settings.program {
        Some(path) => path.clone(),
        None => program::build()?,
    };
    let mut text = format!(
        "{BEGIN}\n## Files of other projects\n\n\
         `cargo xtask files-of-others`: a release, each folder examined once, seconds by the clock. Every file is read, the \
         accounts of all containers add up, and what is not examined has its reason. Exit code 3 says that something was \
         not, or only in part.\n\n\
         | folder | files | items | examined | in part | not examined | entries of containers: expected, taken out, failed | seconds | exit code |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
    );
    let mut reasons = String::new();
    for folder in FOLDERS {
        let path = data.join(folder);
        if !path.is_dir() {
            println!("skipped: there is no {}", path.display());
            continue;
        }
        let row = examine(&program, &path)?;
        writeln!(text, "| {folder} | {} |", row.counts)?;
        for reason in row.reasons {
            writeln!(reasons, "- {folder}: {reason}")?;
        }
    }
    if !reasons.is_empty() {
        write!(text, "\nWhy something was not examined:\n\n{reasons}")?;
    }
    println!("{text}");
    if !settings.dry {
        program::write_down((BEGIN, END), &text)?;
    }
    Ok(())
}

/// What came of one folder.
struct Row {
    counts: String,
    reasons: Vec<String>,
}

fn examine(program: &Path, folder: &Path) -> anyhow::Result<Row> {
    let n_files = program::files(folder)?.len();
    let name = folder.file_name().unwrap_or_default();
    let case = program::scratch("files-of-others")?.join(name);
    if case.exists() {
        std::fs::remove_dir_all(&case)?;
    }
    let begun = Instant::now();
    let ran = Command::new(program)
        .arg("examine")
        .arg(folder)
        .arg("--case")
        .arg(&case)
        .args(["--format", "json"])
        .output()?;
    let seconds = begun.elapsed().as_secs_f64();
    let code = ran.status.code();
    if !matches!(code, Some(0 | 3)) {
        let said = String::from_utf8_lossy(&ran.stderr);
        bail!("{} ended with {}: {said}", folder.display(), ran.status);
    }
    let summary: Value = serde_json::from_slice(&ran.stdout).context("the summary is no JSON")?;
    let n = |of: &str| {
        summary
            .pointer(of)
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    let counts = format!(
        "{n_files} | {} | {} | {} | {} | {}, {}, {} | {seconds:.1} | {}",
        n("/items/all"),
        n("/items/examined"),
        n("/items/partial"),
        n("/items/not_examined"),
        n("/accounting/entries_expected"),
        n("/accounting/entries_decoded"),
        n("/accounting/entries_failed"),
        code.unwrap_or_default(),
    );
    std::fs::remove_dir_all(&case)?;
    Ok(Row {
        counts,
        reasons: reasons(summary.get("not_examined")),
    })
}

/// The most frequent reasons with the number of their items.
fn reasons(list: Option<&Value>) -> Vec<String> {
    let entries = list
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let shown = entries.iter().take(REASONS_MAX);
    let mut reasons: Vec<String> = shown
        .map(|entry| {
            let n = entry.get("items").and_then(Value::as_u64);
            let reason = entry.get("reason").and_then(Value::as_str);
            format!("{} × {}", n.unwrap_or_default(), reason.unwrap_or_default())
        })
        .collect();
    if let Some(more @ 1..) = entries.len().checked_sub(REASONS_MAX) {
        reasons.push(format!("{more} more reasons"));
    }
    reasons
}
