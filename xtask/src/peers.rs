//! Throughput of DKIM verification on one core, beside `mail-auth` and `dkimpy`, on the same messages with the same keys.

#![expect(clippy::print_stdout, reason = "printing is what this chore is for")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use mabillon_corpus::{Extent, Forgers, Layout, Plan, make};
use serde::Deserialize;

use crate::program;

const BEGIN: &str = "<!-- written by `cargo xtask peers` -->";
const END: &str = "<!-- end of what `cargo xtask peers` writes -->";

/// The release of dkimpy that is installed, so that two runs compare the same.
const DKIMPY: &str = "dkimpy==1.1.8";
/// Differences that are shown with their reasons.
const DIFFERENCES_MAX: usize = 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// Messages that are made; those without a signature are left out.
    #[arg(long, default_value_t = 1500)]
    messages: u64,
    /// Rounds of each but dkimpy, which has one; the median is printed.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Print only, leave docs/measurements.md as it is.
    #[arg(long)]
    dry: bool,
}

/// What `peers` prints.
#[derive(Deserialize)]
struct Compiled {
    n_messages: usize,
    n_bytes: f64,
    n_signatures: usize,
    seconds: BTreeMap<String, f64>,
    results: BTreeMap<String, Answers>,
}

#[derive(Deserialize)]
struct Answers {
    ours: Vec<Answer>,
    mail_auth: Vec<Answer>,
}

/// What `dkimpy_peer.py` prints.
#[derive(Deserialize)]
struct Dkimpy {
    seconds: f64,
    results: BTreeMap<String, Vec<Answer>>,
}

#[derive(Deserialize)]
struct Answer {
    domain: String,
    selector: String,
    passes: bool,
    why: String,
}

/// Makes the messages, builds and runs all three, prints and writes down.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let folder = messages(settings.messages)?;
    let keys = folder.with_extension("keys.tsv");
    let compiled = compiled(&folder, &keys, settings.rounds)?;
    let dkimpy = dkimpy(&folder, &keys);
    let openssl = openssl(&folder, settings.rounds)?;
    let text = section(&compiled, &dkimpy, openssl)?;
    println!("{text}");
    if !settings.dry {
        program::write_down((BEGIN, END), &text)?;
    }
    Ok(())
}

fn messages(n_messages: u64) -> anyhow::Result<PathBuf> {
    let out = program::scratch("peers")?.join(format!("{n_messages}-messages"));
    if !out.with_extension("keys.tsv").exists() {
        if out.exists() {
            // Left by a run that was stopped.
            std::fs::remove_dir_all(&out)?;
        }
        make(&Plan {
            seed: 11,
            extent: Extent::Messages(n_messages),
            out: out.clone(),
            layout: Layout::Eml,
            forgers: Forgers::All,
            ..Plan::default()
        })?;
    }
    Ok(out)
}

/// Ours and `mail-auth`, in one process.
fn compiled(folder: &Path, keys: &Path, rounds: usize) -> anyhow::Result<Compiled> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = program::scratch("peers")?.join("target");
    let status = Command::new(cargo)
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(&target)
        .current_dir(program::root().join("peers"))
        .status()?;
    if !status.success() {
        bail!("the programs to compare do not build");
    }
    let mut command = Command::new(target.join("release/mabillon-peers"));
    command.args([folder, keys]).arg(rounds.to_string());
    Ok(serde_json::from_slice(&output(&mut command)?)?)
}

/// `dkimpy`, in an environment of its own.
fn dkimpy(folder: &Path, keys: &Path) -> anyhow::Result<Dkimpy> {
    let environment = program::scratch("peers")?.join("python");
    let python = environment.join("bin/python3");
    if !python.exists() {
        output(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(&environment),
        )?;
    }
    let mut install = Command::new(&python);
    output(install.args(["-m", "pip", "install", "--quiet", DKIMPY]))?;
    let mut command = Command::new(&python);
    command
        .arg(program::root().join("peers/dkimpy_peer.py"))
        .args([folder, keys]);
    Ok(serde_json::from_slice(&output(&mut command)?)?)
}

fn output(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let name = command.get_program().display().to_string();
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("failed to start {name}"))?;
    if !output.status.success() {
        bail!("{name} ended with {}", output.status);
    }
    Ok(output.stdout)
}

/// Seconds of processor time of one `openssl` over all files; the median.
fn openssl(folder: &Path, rounds: usize) -> anyhow::Result<f64> {
    let files = program::files(folder)?;
    let mut seconds = Vec::new();
    for _ in 0..rounds.max(1) {
        let mut command = Command::new("openssl");
        command.args(["dgst", "-sha256"]);
        command.args(files.iter().map(|(path, _)| path));
        seconds.push(program::run(&mut [command])?.cpu.as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN))
}

fn section(
    compiled: &Compiled,
    dkimpy: &anyhow::Result<Dkimpy>,
    openssl: f64,
) -> anyhow::Result<String> {
    let megabytes = compiled.n_bytes / 1e6;
    let mut text = format!(
        "{BEGIN}\n## Verification of signatures beside others\n\n\
         `cargo xtask peers`, one core, processor time, median of rounds that take turns (dkimpy: one round). {} messages with \
         {} DKIM signatures, {megabytes:.0} MB, made by `corpus/`; all are given the same bytes, with CR LF at every line \
         end, and the same keys; none asks the DNS.\n\n\
         | | messages/s | MB/s | seconds |\n|---|---:|---:|---:|\n",
        compiled.n_messages, compiled.n_signatures
    );
    let seconds = |name: &str| compiled.seconds.get(name).copied().unwrap_or(f64::NAN);
    text.push_str(&times(compiled, dkimpy.as_ref().ok(), openssl)?);
    writeln!(
        text,
        "\n{:.2} times the throughput of `mail-auth` ({:.2} times with decoding included). File hash and every signature together \
         take {:.2} times the time of `openssl dgst -sha256`.",
        seconds("mail-auth") / seconds("ours"),
        seconds("mail-auth") / seconds("ours-with-decoding"),
        seconds("ours-with-file-hash") / openssl
    )?;
    let ours = compiled
        .results
        .iter()
        .map(|(file, answers)| (file, &answers.ours));
    let of_mail_auth = |file: &String| compiled.results.get(file).map(|answers| &answers.mail_auth);
    text.push_str(&differences("mail-auth", ours.clone(), of_mail_auth)?);
    match dkimpy {
        Ok(dkimpy) => {
            writeln!(
                text,
                "\n{:.0} times the throughput of `dkimpy`.",
                dkimpy.seconds / seconds("ours")
            )?;
            let of_dkimpy = |file: &String| dkimpy.results.get(file);
            text.push_str(&differences("dkimpy", ours, of_dkimpy)?);
        }
        Err(error) => writeln!(text, "\n`dkimpy` was not measured: {error:#}.")?,
    }
    Ok(text)
}

/// The lines of the table.
fn times(compiled: &Compiled, dkimpy: Option<&Dkimpy>, openssl: f64) -> anyhow::Result<String> {
    let megabytes = compiled.n_bytes / 1e6;
    let mut text = String::new();
    let mut row = |name: &str, seconds: f64| {
        writeln!(
            text,
            "| {name} | {:.0} | {:.0} | {seconds:.3} |",
            messages_of(compiled) / seconds,
            megabytes / seconds
        )
    };
    let seconds = |name: &str| compiled.seconds.get(name).copied().unwrap_or(f64::NAN);
    row("this project, the message decoded already", seconds("ours"))?;
    row(
        "this project, decoding included (MIME tree, texts, attachments)",
        seconds("ours-with-decoding"),
    )?;
    row("`mail-auth`", seconds("mail-auth"))?;
    if let Some(dkimpy) = dkimpy {
        row("`dkimpy`", dkimpy.seconds)?;
    }
    row(
        "this project, with the SHA-256 of the file beside it",
        seconds("ours-with-file-hash"),
    )?;
    row("SHA-256 of the file alone", seconds("hash"))?;
    row("`openssl dgst -sha256`, reading included", openssl)?;
    Ok(text)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn messages_of(compiled: &Compiled) -> f64 {
    compiled.n_messages as f64
}

/// Signatures of which a peer says otherwise, by what both say.
fn differences<'a>(
    peer: &str,
    ours: impl Iterator<Item = (&'a String, &'a Vec<Answer>)>,
    theirs: impl Fn(&String) -> Option<&'a Vec<Answer>>,
) -> anyhow::Result<String> {
    let (mut n_same, mut kinds) = (0, BTreeMap::<String, (usize, &String)>::new());
    for (file, ours) in ours {
        let mut left: Vec<&Answer> = theirs(file).into_iter().flatten().collect();
        for own in ours {
            let is_of = |other: &&Answer| {
                other.domain.eq_ignore_ascii_case(&own.domain)
                    && other.selector.eq_ignore_ascii_case(&own.selector)
            };
            // What a peer cannot read it does not name.
            let place = left
                .iter()
                .position(is_of)
                .or_else(|| left.iter().position(|other| other.domain.is_empty()));
            let other = place.map(|place| left.remove(place));
            match other {
                Some(other) if other.passes == own.passes => n_same += 1,
                _ => {
                    let said = other.map_or_else(|| "says nothing".to_owned(), said);
                    let kind = format!("this project: {}; `{peer}`: {said}", self::said(own));
                    kinds.entry(kind).or_insert((0, file)).0 += 1;
                }
            }
        }
    }
    let n_other: usize = kinds.values().map(|(n, _)| n).sum();
    let mut text = format!("\n`{peer}` agrees on {n_same} signatures and differs on {n_other}.\n");
    for (kind, (n, file)) in kinds.iter().take(DIFFERENCES_MAX) {
        writeln!(text, "- {n} × {kind} (first: {file})")?;
    }
    Ok(text)
}

fn said(answer: &Answer) -> String {
    let passes = if answer.passes { "passes" } else { "fails" };
    if answer.why.is_empty() {
        passes.to_owned()
    } else {
        format!("{passes} ({})", answer.why)
    }
}
