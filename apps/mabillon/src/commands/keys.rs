//! `mabillon keys list|recover|lookup|add CASE`: the keys of a case, and the lost ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use mabillon_case::{KeySearch, KeySource, SearchEnd, SignatureResult};
use mabillon_examine::recovery::{Allowance, Attempt, Candidate, Found};
use mabillon_examine::signature::{KeyArchive, KeyRow};
use mabillon_keep::{Case, KeyAttempts};
use mabillon_report::words::counted;
use mabillon_report::{outcome_of, printable};

use super::examine::{now_text, who};
use super::keys_lookup;
use crate::args::{Keys, KeysCommand, KeysRecover};
use crate::exit::{Ended, UsageError};
use crate::key_recovery::{Terms, bits, found_rows, lost, search};
use crate::output;

/// Keys that the user trusts, in the folder of a case.
const ADDED: &str = "keys-added.tsv";
/// Keys that the DNS published when it was asked.
pub(super) const PUBLISHED: &str = "keys-published.tsv";
/// Keys that were recovered from the case.
const RECOVERED: &str = "keys-recovered.tsv";

pub(crate) fn run(args: &Keys) -> anyhow::Result<Ended> {
    match &args.command {
        KeysCommand::List { case } => list(case),
        KeysCommand::Recover(args) => recover_keys(args),
        KeysCommand::Lookup(args) => keys_lookup::run(args),
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
        (PUBLISHED, KeySource::Supplied),
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
    let rows = case.load_facts()?;
    let facts = rows.held();
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
            let bits = bits(row);
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
    let rows = case.load_facts()?;
    let facts = rows.held();
    let mut known = KeyArchive::built_in();
    for (file, origin) in key_files(&args.case) {
        let text = read(&file)?;
        known
            .add_file(&text, origin)
            .map_err(|error| unusable(&file, &error))?;
    }
    known.find_broken(&BTreeMap::new());
    let mut todo = lost(facts);
    todo.retain(|candidate| is_unknown(candidate, &known));
    drop(rows);
    output::say(&format!(
        "{} without a key and with two signatures or more.",
        counted(todo.len() as u64, "selector", "selectors")
    ));
    let searches = search_all(args, &todo, &known)?;
    let rows = found_rows(&searches);
    append_rows(&args.case, &rows)?;
    let n_keys = counted(rows.len() as u64, "key", "keys");
    case_note(case, "keys recovered", &n_keys)?;
    let dir = args.case.display();
    output::say(&format!(
        "{n_keys} recovered. The next examination takes them with --keys {dir}; mabillon keys list {dir} shows them."
    ));
    if searches.iter().any(|one| one.end == SearchEnd::Cancelled) {
        output::say("The time was used up before all selectors were tried to the end.");
    }
    Ok(Ended::Complete)
}

fn is_unknown(candidate: &Candidate, known: &KeyArchive) -> bool {
    candidate
        .name
        .split_once("._domainkey.")
        .is_none_or(|(selector, domain)| {
            let mut rows = known.rows_of(selector, domain).into_iter();
            rows.all(|row| row.key().is_none())
        })
}

fn search_all(
    args: &KeysRecover,
    todo: &[Candidate],
    known: &KeyArchive,
) -> anyhow::Result<Vec<KeySearch>> {
    let start = Instant::now();
    let is_cancelled = || {
        args.seconds
            .is_some_and(|seconds| start.elapsed() >= Duration::from_secs(seconds))
    };
    let terms = Terms {
        allowance: Allowance::UNBOUNDED,
        n_threads: usize::from(args.jobs),
        memory_mib: u64::MAX,
        is_cancelled: &is_cancelled,
        recalled: &KeyAttempts::new(),
    };
    let mut tell = |attempt: &Attempt, found: Option<&Found>| {
        if attempt.is_long() || found.is_some() {
            let came = if found.is_some() {
                "a common divisor of the right length"
            } else {
                "nothing in common"
            };
            output::say(&format!("{}: {came}", printable(&attempt.name)));
        }
        Ok(())
    };
    let searches = search(todo, known, &terms, &mut tell)?;
    for one in &searches {
        output::say(&told_of(one));
    }
    Ok(searches)
}

/// What came of one selector.
fn told_of(search: &KeySearch) -> String {
    let n_signatures = counted(search.n_signatures, "signature", "signatures");
    let (name, outcome) = (printable(&search.name), outcome_of(search));
    format!("{name}: {n_signatures}; {}", printable(&outcome))
}

/// Writes the keys that an examination recovered beside the case, for the next one.
pub(crate) fn write_recovered(case: &Case) -> anyhow::Result<()> {
    append_rows(case.dir(), &found_rows(&case.key_searches()?))
}

fn append_rows(dir: &Path, rows: &[KeyRow]) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let path = dir.join(RECOVERED);
    let mut text = read_if_there(&path)?;
    let known: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    for row in rows {
        let line = line(row);
        if !known.contains(line.trim_end()) {
            text.push_str(&line);
        }
    }
    write(&path, &text)
}

pub(super) fn line(row: &KeyRow) -> String {
    let time =
        |time: Option<mabillon_case::Stamp>| time.map_or(String::new(), |time| time.to_string());
    let (first, last) = (time(row.first_seen), time(row.last_seen));
    format!(
        "{}\t{}\t{first}\t{last}\t{}\n",
        row.name, row.txt, row.source
    )
}

pub(super) fn case_note(mut case: Case, act: &str, note: &str) -> anyhow::Result<()> {
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

pub(super) fn read_if_there(path: &Path) -> anyhow::Result<String> {
    if path.exists() {
        read(path)
    } else {
        Ok(String::new())
    }
}

pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
}
