//! `mabillon keys list|recover|add CASE`: the keys of a case, and the lost ones.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use mabillon_case::{Facts, KeySource, SignatureResult};
use mabillon_examine::recovery::{Candidate, Recovery, candidates, recover, sightings};
use mabillon_examine::signature::{KeyArchive, KeyRow, PublicKey};
use mabillon_keep::Case;
use mabillon_report::printable;
use mabillon_report::words::counted;

use super::examine::{now_text, who};
use crate::args::{Keys, KeysCommand, KeysRecover};
use crate::exit::{Ended, UsageError};
use crate::output;

/// Keys that the user trusts, in the folder of a case.
const ADDED: &str = "keys-added.tsv";
/// Keys that were recovered from the case.
const RECOVERED: &str = "keys-recovered.tsv";

pub(crate) fn run(args: &Keys) -> anyhow::Result<Ended> {
    match &args.command {
        KeysCommand::List { case } => list(case),
        KeysCommand::Recover(args) => recover_keys(args),
        KeysCommand::Add { case, file } => add(case, file),
    }
}

/// The keys files behind a `--keys`: the file itself, or those of a case folder, with how their keys came to us.
pub(crate) fn key_files(path: &Path) -> Vec<(PathBuf, KeySource)> {
    if !path.is_dir() {
        let origin = if path.ends_with(RECOVERED) {
            KeySource::Recovered
        } else {
            KeySource::Supplied
        };
        return vec![(path.to_path_buf(), origin)];
    }
    [
        (ADDED, KeySource::Supplied),
        (RECOVERED, KeySource::Recovered),
    ]
    .into_iter()
    .map(|(name, origin)| (path.join(name), origin))
    .filter(|(file, _)| file.is_file())
    .collect()
}

/// What a case says of one key, or of a selector without one.
type KeyInUse = (String, Option<u32>, Option<KeySource>, bool);

fn list(dir: &Path) -> anyhow::Result<Ended> {
    let case = Case::open(dir)?;
    let facts = case.load_facts()?;
    let mut in_use: BTreeMap<KeyInUse, (u64, u64)> = BTreeMap::new();
    for signature in facts.iter().flat_map(|facts| &facts.signatures) {
        if signature.result == SignatureResult::Malformed || signature.selector.is_empty() {
            continue;
        }
        let name = format!("{}._domainkey.{}", signature.selector, signature.by);
        let key = (
            name,
            signature.key_bits,
            signature.key_source,
            signature.anchored,
        );
        let (n_passed, n_all) = in_use.entry(key).or_default();
        *n_passed += u64::from(signature.result == SignatureResult::Pass);
        *n_all += 1;
    }
    let mut text = String::from("Keys in use, with the signatures that verify under them:\n");
    for ((name, bits, source, is_anchored), (n_passed, n_all)) in &in_use {
        let key = match (bits, source) {
            (Some(bits), Some(source)) => {
                let anchor = if *is_anchored { "" } else { "not " };
                format!("{bits} bits, {}, {anchor}anchored", source_word(*source))
            }
            _ => "no key".to_owned(),
        };
        let _ = writeln!(text, "  {}  {key}, {n_passed} of {n_all}", printable(name));
    }
    for (file, origin) in key_files(dir) {
        let (archive, _) = keys_in(&file, origin)?;
        let _ = writeln!(
            text,
            "{} in {}, used by an examination that is given --keys {}:",
            counted(archive.rows().len() as u64, "key", "keys"),
            file.display(),
            dir.display()
        );
        for row in archive.rows() {
            let bits = row.key().map_or(0, PublicKey::bits);
            let (name, source) = (printable(&row.name), printable(&row.source));
            let _ = writeln!(text, "  {name}  {bits} bits; {source}");
        }
    }
    output::print(&text)?;
    Ok(Ended::Complete)
}

const fn source_word(source: KeySource) -> &'static str {
    match source {
        KeySource::Archive => "from the archive",
        KeySource::Supplied => "supplied",
        KeySource::Recovered => "recovered",
        KeySource::Embedded => "in the signature",
    }
}

fn add(dir: &Path, file: &Path) -> anyhow::Result<Ended> {
    let case = Case::open_to_add(dir)?;
    let (archive, text) = keys_in(file, KeySource::Supplied)?;
    let path = dir.join(ADDED);
    let mut all = read_if_there(&path)?;
    all.push_str(&text);
    if !all.ends_with('\n') {
        all.push('\n');
    }
    write(&path, &all)?;
    let n_keys = counted(archive.rows().len() as u64, "key", "keys");
    case_note(case, "keys added", &n_keys)?;
    output::say(&format!(
        "{n_keys} added. The next examination takes them with --keys {}.",
        dir.display()
    ));
    Ok(Ended::Complete)
}

fn recover_keys(args: &KeysRecover) -> anyhow::Result<Ended> {
    let case = Case::open_to_add(&args.case)?;
    let facts = case.load_facts()?;
    let path = args.case.join(RECOVERED);
    let mut text = read_if_there(&path)?;
    let mut known = KeyArchive::built_in();
    for (file, origin) in key_files(&args.case) {
        let text = read(&file)?;
        known
            .add_file(&text, origin)
            .map_err(|error| unusable(&file, &error))?;
    }
    let todo = lost(&facts, &known);
    drop(facts);
    output::say(&format!(
        "{} without a key and with two signatures or more.",
        counted(todo.len() as u64, "selector", "selectors")
    ));
    let recoveries = recover_all(args, &todo, &known);
    let (mut n_keys, mut is_complete) = (0_u64, true);
    for recovery in &recoveries {
        is_complete &= recovery
            .as_ref()
            .is_some_and(|found| found.stopped.is_none());
        for key in recovery.iter().flat_map(|found| &found.keys) {
            n_keys += 1;
            text.push_str(&line(&key.row(&known)));
        }
    }
    if n_keys > 0 {
        write(&path, &text)?;
    }
    let n_keys = counted(n_keys, "key", "keys");
    case_note(case, "keys recovered", &n_keys)?;
    let dir = args.case.display();
    output::say(&format!(
        "{n_keys} recovered. The next examination takes them with --keys {dir}; mabillon keys list {dir} shows them."
    ));
    if !is_complete {
        output::say("The time was used up before all selectors were tried to the end.");
    }
    Ok(Ended::Complete)
}

/// Selectors that have lost their key, less those with one in the keys files of the case.
fn lost(facts: &[Facts], known: &KeyArchive) -> Vec<Candidate> {
    let mut todo = candidates(facts.iter().flat_map(sightings));
    todo.retain(|candidate| {
        let has_control = candidate.name.chars().any(char::is_control);
        let is_known = candidate
            .name
            .split_once("._domainkey.")
            .is_some_and(|(selector, domain)| !known.rows_of(selector, domain).is_empty());
        !has_control && !is_known
    });
    todo
}

/// Several selectors at once; what came of them, in their order.
fn recover_all(
    args: &KeysRecover,
    todo: &[Candidate],
    known: &KeyArchive,
) -> Vec<Option<Recovery>> {
    let start = Instant::now();
    let is_over = || {
        args.seconds
            .is_some_and(|seconds| start.elapsed() >= Duration::from_secs(seconds))
    };
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Recovery>> = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..usize::from(args.jobs).min(todo.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(candidate) = todo.get(index).filter(|_| !is_over()) else {
                        return;
                    };
                    let before = Instant::now();
                    let recovery = recover(candidate, u64::MAX, &is_over);
                    let seconds = before.elapsed().as_secs_f64();
                    output::say(&progress(candidate, &recovery, known, seconds));
                    if let Ok(mut done) = done.lock() {
                        done.insert(index, recovery);
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    (0..todo.len()).map(|index| done.remove(&index)).collect()
}

fn progress(
    candidate: &Candidate,
    recovery: &Recovery,
    known: &KeyArchive,
    seconds: f64,
) -> String {
    let name = printable(&candidate.name);
    let n_signatures = candidate.sightings.len();
    let mut text = format!("{name}: {n_signatures} signatures, {seconds:.1} s");
    for key in &recovery.keys {
        let (bits, n_verified) = (key.bits, key.verified.len());
        let anchor = key.anchor(known).map_or_else(
            || "not anchored".to_owned(),
            |anchor| format!("anchored: {anchor}"),
        );
        let _ = write!(text, "; {bits} bits, {n_verified} verify, {anchor}");
    }
    if recovery.keys.is_empty() {
        text.push_str("; no key found");
    }
    if let Some(stopped) = &recovery.stopped {
        let _ = write!(text, "; {stopped}");
    }
    text
}

fn line(row: &KeyRow) -> String {
    let time =
        |time: Option<mabillon_case::Stamp>| time.map_or(String::new(), |time| time.to_string());
    let (first, last) = (time(row.first_seen), time(row.last_seen));
    format!(
        "{}\t{}\t{first}\t{last}\t{}\n",
        row.name, row.txt, row.source
    )
}

fn case_note(mut case: Case, act: &str, note: &str) -> anyhow::Result<()> {
    case.custody_append(&now_text(), &who(), act, note)?;
    Ok(())
}

fn keys_in(path: &Path, origin: KeySource) -> anyhow::Result<(KeyArchive, String)> {
    let text = read(path)?;
    let mut archive = KeyArchive::default();
    archive
        .add_file(&text, origin)
        .map_err(|error| unusable(path, &error))?;
    Ok((archive, text))
}

fn unusable(path: &Path, error: &dyn std::error::Error) -> UsageError {
    UsageError(format!(
        "the keys file {} cannot be used: {error}",
        path.display()
    ))
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))
}

fn read_if_there(path: &Path) -> anyhow::Result<String> {
    if path.exists() {
        read(path)
    } else {
        Ok(String::new())
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
}
