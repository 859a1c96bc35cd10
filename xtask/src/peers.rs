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

/// How often `openssl` is given each file in one run, so that its start counts for little.
const OPENSSL_REPEATS: usize = 10;
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
    all: Measured,
    intact: Measured,
    results: BTreeMap<String, Answers>,
}

#[derive(Deserialize)]
struct Measured {
    n_messages: usize,
    n_bytes: f64,
    n_signatures: usize,
    seconds: BTreeMap<String, f64>,
}

impl Measured {
    fn seconds(&self, name: &str) -> f64 {
        self.seconds.get(name).copied().unwrap_or(f64::NAN)
    }
}

#[derive(Deserialize)]
struct Answers {
    ours: Vec<Answer>,
    ours_with_repairs: Vec<Answer>,
    mail_auth: Vec<Answer>,
}

/// What `dkimpy_peer.py` prints.
#[derive(Deserialize)]
struct Dkimpy {
    seconds: f64,
    version: String,
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
    let openssl = openssl(&folder, compiled.results.keys(), settings.rounds);
    let text = section(&folder, &compiled, &dkimpy, &openssl)?;
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

/// Ours and `mail-auth`, in one process. The peer asks for a newer compiler than it needs.
fn compiled(folder: &Path, keys: &Path, rounds: usize) -> anyhow::Result<Compiled> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = program::scratch("peers")?.join("target");
    let status = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--ignore-rust-version",
            "--target-dir",
        ])
        .arg(&target)
        .current_dir(program::root().join("peers"))
        .status()?;
    if !status.success() {
        bail!("the programs to compare do not build");
    }
    let mut command = on_one_core(&target.join("release/mabillon-peers"));
    command.args([folder, keys]).arg(rounds.to_string());
    Ok(serde_json::from_slice(&output(&mut command)?)?)
}

/// A program that is kept on the first core.
fn on_one_core(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program);
    command
}

/// `dkimpy`, where Python has it.
fn dkimpy(folder: &Path, keys: &Path) -> anyhow::Result<Dkimpy> {
    let mut command = on_one_core(Path::new("python3"));
    command
        .arg(program::root().join("peers/dkimpy_peer.py"))
        .args([folder, keys]);
    let printed =
        output(&mut command).context("`python3` with `dkimpy` is needed (`pip install dkimpy`)")?;
    Ok(serde_json::from_slice(&printed)?)
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

/// Seconds of processor time of one `openssl` over the files, reading included; the median.
fn openssl<'f>(
    folder: &Path,
    files: impl Iterator<Item = &'f String>,
    rounds: usize,
) -> anyhow::Result<f64> {
    let paths: Vec<PathBuf> = files.map(|file| folder.join(file)).collect();
    let mut seconds = Vec::new();
    for _ in 0..rounds.max(1) {
        let mut command = on_one_core(Path::new("openssl"));
        command.args(["dgst", "-sha256"]);
        for _ in 0..OPENSSL_REPEATS {
            command.args(&paths);
        }
        let run = program::run(&mut [command]).context("`openssl` is needed")?;
        seconds.push(run.cpu.as_secs_f64() / repeats());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn repeats() -> f64 {
    OPENSSL_REPEATS as f64
}

fn section(
    folder: &Path,
    compiled: &Compiled,
    dkimpy: &anyhow::Result<Dkimpy>,
    openssl: &anyhow::Result<f64>,
) -> anyhow::Result<String> {
    let mut text = format!(
        "{BEGIN}\n## Verification of signatures beside others\n\n\
         `cargo xtask peers`, one core, one thread, processor time, median of rounds that take turns (dkimpy: one round). \
         Messages made by `corpus/`; all are given the same bytes, with CR LF at every line end, and the same keys; none \
         asks the DNS. `mail-auth` divides the header itself; this project is given the header divided, as `examine` has \
         it by then, and is shown with all of its decoding too (MIME tree, texts, attachments), which `mail-auth` does \
         not do. This project is measured as the others verify, each message as it stands, and beside that as `examine` \
         does, which looks for the damage under which a signature that does not fit verifies.\n"
    );
    table(
        &mut text,
        "All signed messages",
        &compiled.all,
        dkimpy.as_ref().ok(),
    )?;
    let title = "Messages of which every signature verifies as it stands";
    table(&mut text, title, &compiled.intact, None)?;
    against(&mut text, compiled, dkimpy, openssl)?;
    let ours = compiled
        .results
        .iter()
        .map(|(file, answers)| (file, &answers.ours));
    let of_mail_auth = |file: &String| compiled.results.get(file).map(|answers| &answers.mail_auth);
    text.push_str(&differences(
        folder,
        "mail-auth",
        ours.clone(),
        of_mail_auth,
    )?);
    if let Ok(dkimpy) = dkimpy {
        let of_dkimpy = |file: &String| dkimpy.results.get(file);
        text.push_str(&differences(folder, "dkimpy", ours, of_dkimpy)?);
    }
    text.push_str(&repaired(&compiled.results)?);
    Ok(text)
}

/// The figures that have an aim.
fn against(
    text: &mut String,
    compiled: &Compiled,
    dkimpy: &anyhow::Result<Dkimpy>,
    openssl: &anyhow::Result<f64>,
) -> anyhow::Result<()> {
    let (all, intact) = (&compiled.all, &compiled.intact);
    let times = |of: &Measured, theirs: &str, ours: &str| of.seconds(theirs) / of.seconds(ours);
    text.push_str("\nNo repair tried:\n\n| | all | intact | aim |\n|---|---:|---:|---:|\n");
    for (name, theirs, ours, aim) in [
        (
            "throughput by that of `mail-auth`",
            "mail-auth",
            "ours",
            "1.15",
        ),
        (
            "the same, each with the SHA-256 of the file, which every item needs",
            "mail-auth-with-file-hash",
            "ours-with-file-hash",
            "none set",
        ),
    ] {
        let (of_all, of_intact) = (times(all, theirs, ours), times(intact, theirs, ours));
        writeln!(text, "| {name} | {of_all:.2} | {of_intact:.2} | {aim} |")?;
    }
    match dkimpy {
        Ok(dkimpy) => writeln!(
            text,
            "| throughput by that of `dkimpy` {} | {:.0} | | 40 |",
            dkimpy.version,
            dkimpy.seconds / all.seconds("ours")
        )?,
        Err(error) => writeln!(
            text,
            "| throughput by that of `dkimpy` | not measured: {error:#} | | 40 |"
        )?,
    }
    match openssl {
        Ok(openssl) => writeln!(
            text,
            "| file hash and every signature, by the time of `openssl dgst -sha256` over the same files ({openssl:.3} s, its \
             reading included) | {:.2} | | at most 1.25 |",
            all.seconds("ours-with-file-hash") / openssl
        )?,
        Err(error) => writeln!(
            text,
            "| beside `openssl` | not measured: {error:#} | | at most 1.25 |"
        )?,
    }
    Ok(())
}

/// What a set of messages costs, each way a line.
fn table(
    text: &mut String,
    title: &str,
    of: &Measured,
    dkimpy: Option<&Dkimpy>,
) -> anyhow::Result<()> {
    let megabytes = of.n_bytes / 1e6;
    writeln!(
        text,
        "\n{title}: {} with {} signatures, {megabytes:.0} MB.\n\n\
         | | messages/s | MB/s | seconds |\n|---|---:|---:|---:|",
        of.n_messages, of.n_signatures
    )?;
    let mut row = |name: &str, seconds: f64| {
        writeln!(
            text,
            "| {name} | {:.0} | {:.0} | {seconds:.4} |",
            messages_of(of) / seconds,
            megabytes / seconds
        )
    };
    for (name, way) in [
        ("this project, no repair tried", "ours"),
        (
            "this project, no repair tried, all decoding included",
            "ours-with-decoding",
        ),
        ("`mail-auth`", "mail-auth"),
        (
            "this project, no repair tried, and the SHA-256 of the file beside it",
            "ours-with-file-hash",
        ),
        (
            "`mail-auth`, and the SHA-256 of the file",
            "mail-auth-with-file-hash",
        ),
        ("SHA-256 of the file alone", "hash"),
        ("this project, repairs tried", "ours-with-repairs"),
        (
            "this project, repairs tried, and the SHA-256 of the file beside it",
            "ours-with-repairs-and-file-hash",
        ),
    ] {
        row(name, of.seconds(way))?;
    }
    if let Some(dkimpy) = dkimpy {
        row("`dkimpy`", dkimpy.seconds)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn messages_of(measured: &Measured) -> f64 {
    measured.n_messages as f64
}

/// Signatures of which a peer says otherwise, by what both say.
fn differences<'a>(
    folder: &Path,
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
                    let reason = reason(&folder.join(file), peer, own, other)?;
                    let kind = format!(
                        "this project: {}; `{peer}`: {said}. {reason}",
                        self::said(own)
                    );
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

/// What is proved by undoing damage, by what was undone.
fn repaired(results: &BTreeMap<String, Answers>) -> anyhow::Result<String> {
    let mut kinds = BTreeMap::<&str, (usize, &String)>::new();
    for (file, answers) in results {
        let pairs = answers.ours.iter().zip(&answers.ours_with_repairs);
        for (_, repaired) in
            pairs.filter(|(as_it_stands, repaired)| !as_it_stands.passes && repaired.passes)
        {
            kinds.entry(&repaired.why).or_insert((0, file)).0 += 1;
        }
    }
    let n: usize = kinds.values().map(|(n, _)| n).sum();
    let mut text = format!("\nWith repairs tried, this project verifies {n} signatures more.\n");
    for (why, (n, file)) in kinds {
        writeln!(text, "- {n} × {why} (first: {file})")?;
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

/// Why a peer says otherwise, as far as it is known.
fn reason(
    file: &Path,
    peer: &str,
    own: &Answer,
    other: Option<&Answer>,
) -> anyhow::Result<&'static str> {
    let is_refused_by_dkimpy =
        peer == "dkimpy" && own.passes && other.is_some_and(|one| !one.passes);
    if is_refused_by_dkimpy && n_from(file)? > 1 {
        return Ok(
            "Reason: there are several `From`, and `dkimpy` takes each of them for signed, also those that `h=` does not \
             name (RFC 6376, section 5.4.2, takes the last); this project verifies what was signed, and reports the other.",
        );
    }
    Ok("Not explained.")
}

/// How many `From` a message has.
fn n_from(file: &Path) -> anyhow::Result<usize> {
    let bytes = std::fs::read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let header = text.lines().take_while(|line| !line.is_empty());
    let is_from = |line: &&str| {
        line.get(..5)
            .is_some_and(|start| start.eq_ignore_ascii_case("from:"))
    };
    Ok(header.filter(is_from).count())
}
