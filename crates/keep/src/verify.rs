//! Has anything in a sealed case been changed behind its back?

use std::fmt;
use std::path::Path;

use mabillon_case::{Facts, Finding, ItemId};
use rusqlite::Connection;

use crate::canon::hex;
use crate::custody::{self, CustodyEntry};
use crate::manifest::{self, LogHead, State};
use crate::names::Reasons;
use crate::read::{EVERY_ITEM, RawItem, With, each_raw, raw_record, raw_text};
use crate::record::{Columns, Encoded, decode};
use crate::review::Reviews;
use crate::seal::{ContentDigest, file_digests, item_digest, sealed_items};
use crate::{Case, KeepError, folder};

/// A part of a case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CasePart {
    /// One item with its places, findings and opinion.
    Item(ItemId),
    /// A file of the case, by its name in the case folder.
    File(String),
    /// A line of the custody log, by its number.
    LogLine(u64),
}

impl fmt::Display for CasePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Item(item) => write!(f, "item {item}"),
            Self::File(name) => write!(f, "file {name}"),
            Self::LogLine(number) => write!(f, "line {number} of the custody log"),
        }
    }
}

/// One change that was made to a case behind its back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// What was changed.
    pub part: CasePart,
    /// How, in plain words.
    pub says: String,
}

impl Problem {
    fn new(part: CasePart, says: impl Into<String>) -> Self {
        Self {
            part,
            says: says.into(),
        }
    }

    fn of_file(name: &str, says: impl Into<String>) -> Self {
        Self::new(CasePart::File(name.to_owned()), says)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.says)
    }
}

/// Compares a sealed case with its seal, and its custody log, with the decisions in it, with its chain of hashes.
/// Empty where nothing was changed.
///
/// The full-text index is not compared: it is derived, and nothing that is shown comes from it.
///
/// # Errors
/// `NoCase`, `NotACase`, `OtherFormat`; `NotComplete` where the case was never sealed; errors of the disk.
/// Damage to the database is a problem, not an error.
pub fn verify(dir: &Path) -> Result<Vec<Problem>, KeepError> {
    let case = match Case::open(dir) {
        Err(KeepError::Damaged(says)) => return Ok(vec![Problem::of_file(folder::DATABASE, says)]),
        other => other?,
    };
    if case.manifest.state != State::Complete {
        return Err(KeepError::NotComplete(dir.to_path_buf()));
    }
    let mut problems = Vec::new();
    files(&case, &mut problems)?;
    let database = layout(&case.conn, &mut problems)
        .and_then(|()| log(&case, &mut problems))
        .and_then(|()| content(&case, &mut problems));
    match database {
        Ok(()) => {}
        Err(KeepError::Store(error)) => {
            problems.push(Problem::of_file(folder::DATABASE, error.to_string()));
        }
        Err(KeepError::Damaged(says)) => problems.push(Problem::of_file(folder::DATABASE, says)),
        Err(other) => return Err(other),
    }
    problems.sort();
    problems.dedup();
    Ok(problems)
}

/// Facts files and report against the seal, and the seal against `case.toml`.
fn files(case: &Case, problems: &mut Vec<Problem>) -> Result<(), KeepError> {
    let Some(seal) = &case.manifest.seal else {
        problems.push(Problem::of_file(folder::MANIFEST, "the seal was removed"));
        return Ok(());
    };
    let now = file_digests(&case.dir)?;
    for file in &seal.files {
        match now.iter().find(|other| other.name == file.name) {
            None => problems.push(Problem::of_file(
                &file.name,
                "was removed after the case was sealed",
            )),
            Some(other) if other.sha256 != file.sha256 => {
                problems.push(Problem::of_file(
                    &file.name,
                    "was changed after the case was sealed",
                ));
            }
            Some(_) => {}
        }
    }
    for file in &now {
        if !seal.files.iter().any(|other| other.name == file.name) {
            problems.push(Problem::of_file(
                &file.name,
                "was added after the case was sealed",
            ));
        }
    }
    if case.manifest.sealed_digest(&seal.content, &seal.files) != seal.sha256 {
        problems.push(Problem::of_file(
            folder::MANIFEST,
            "says something else of the examination than when the case was sealed",
        ));
    }
    Ok(())
}

/// The database as SQLite sees it, and nothing in it that could show other rows than there are.
fn layout(conn: &Connection, problems: &mut Vec<Problem>) -> Result<(), KeepError> {
    let check: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        problems.push(Problem::of_file(
            folder::DATABASE,
            format!("is damaged: {check}"),
        ));
    }
    let sql = "SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view') ORDER BY name";
    let mut statement = conn.prepare(sql)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    for name in names {
        let says = format!("holds a trigger or view that was added: {}", name?);
        problems.push(Problem::of_file(folder::DATABASE, says));
    }
    Ok(())
}

/// The custody log: each line against its hash and the line before it, the last against `case.toml`, and the line of the
/// seal against the seal.
fn log(case: &Case, problems: &mut Vec<Problem>) -> Result<(), KeepError> {
    let (entries, head) = log_at_rest(case)?;
    let mut previous = [0; 32];
    let mut number = 0;
    let mut reviews = Reviews::default();
    for entry in &entries {
        for missing in number + 1..entry.seq.min(number + 1 + head.lines_max()) {
            problems.push(Problem::new(CasePart::LogLine(missing), "was removed"));
        }
        if let Some(says) = wrong_with(entry, number, previous, &head) {
            problems.push(Problem::new(CasePart::LogLine(entry.seq), says));
        } else if let Err(says) = reviews.apply(entry) {
            problems.push(Problem::new(CasePart::LogLine(entry.seq), says));
        }
        previous = entry.hash;
        number = entry.seq;
    }
    if number < head.lines {
        problems.push(Problem::new(CasePart::LogLine(head.lines), "was removed"));
    } else if number <= head.lines_max() && !head.allows(number, &hex(&previous)) {
        let says = "is not the line that case.toml names as the last";
        problems.push(Problem::new(CasePart::LogLine(number), says));
    }
    let seal = case.manifest.seal.as_ref().map(|seal| &*seal.sha256);
    let sealed = entries.iter().rev().find(|entry| entry.act == "sealed");
    let in_log = sealed.and_then(|entry| entry.detail.split(' ').next());
    if in_log != seal {
        let says = "holds another seal than the custody log";
        problems.push(Problem::of_file(folder::MANIFEST, says));
    }
    Ok(())
}

/// How often the log is read again where somebody writes to it meanwhile.
const LOG_READS_MAX: usize = 50;

/// The custody log and what `case.toml` says of its end, both of one moment: a review may be going on.
fn log_at_rest(case: &Case) -> Result<(Vec<CustodyEntry>, LogHead), KeepError> {
    let head = || -> Result<LogHead, KeepError> {
        let manifest = manifest::read(&case.dir)?;
        Ok(manifest
            .map(|manifest| manifest.custody)
            .unwrap_or_default())
    };
    let mut before = head()?;
    for _ in 0..LOG_READS_MAX {
        let entries = custody::lines(&case.conn)?;
        let after = head()?;
        if before == after {
            return Ok((entries, after));
        }
        before = after;
    }
    Err(KeepError::Busy(case.dir.clone()))
}

fn wrong_with(
    entry: &CustodyEntry,
    before: u64,
    previous: [u8; 32],
    head: &LogHead,
) -> Option<&'static str> {
    if entry.hash != entry.expected_hash() {
        Some("was edited")
    } else if entry.seq > head.lines_max() {
        Some("was added behind the back of the case")
    } else if entry.seq == before + 1 && entry.previous != previous {
        Some("does not follow from the line before it: one of the two was replaced")
    } else {
        None
    }
}

/// Every item against its seal, and the seals of all items against the digest of the content.
fn content(case: &Case, problems: &mut Vec<Problem>) -> Result<(), KeepError> {
    let sealed = sealed_items(&case.conn)?;
    let mut of_seals = ContentDigest::new();
    for (item, digest) in &sealed {
        of_seals.item(item, digest);
    }
    let whole = of_seals.whole(case);
    let content = of_seals.end();
    if whole.is_err()
        || case
            .manifest
            .seal
            .as_ref()
            .is_some_and(|seal| seal.content != content)
    {
        let says = "the list of item digests, the accounts of containers, the searches for keys or the record of the collection were changed after the case was sealed";
        problems.push(Problem::of_file(folder::DATABASE, says));
    }
    let reasons = Reasons::load(&case.conn)?;
    let mut sealed = sealed.into_iter().peekable();
    let strays = each_raw(&case.conn, With::Opinion, &EVERY_ITEM, |raw| {
        while let Some((missing, _)) = sealed.next_if(|(item, _)| *item < raw.id) {
            problems.push(Problem::new(CasePart::Item(missing), "was removed"));
        }
        let digest = sealed
            .next_if(|(item, _)| *item == raw.id)
            .map(|(_, digest)| digest);
        if let Some(says) = wrong_with_item(&case.conn, &reasons, &raw, digest)? {
            problems.push(Problem::new(CasePart::Item(raw.id), says));
        }
        Ok::<(), KeepError>(())
    })?;
    problems
        .extend(sealed.map(|(missing, _)| Problem::new(CasePart::Item(missing), "was removed")));
    let says = "has places, findings or an opinion, and does not exist";
    problems.extend(
        strays
            .into_iter()
            .map(|item| Problem::new(CasePart::Item(item), says)),
    );
    Ok(())
}

fn wrong_with_item(
    conn: &Connection,
    reasons: &Reasons,
    raw: &RawItem,
    sealed: Option<[u8; 32]>,
) -> Result<Option<String>, KeepError> {
    let Some(sealed) = sealed else {
        return Ok(Some("was added after the case was sealed".to_owned()));
    };
    let (digest, columns) = match recomputed(conn, reasons, raw) {
        Ok(recomputed) => recomputed,
        Err(KeepError::Damaged(says)) => return Ok(Some(format!("was changed: {says}"))),
        Err(other) => return Err(other),
    };
    if digest != raw.digest {
        return Ok(Some(
            "its facts, findings, text or reasons were changed".to_owned(),
        ));
    }
    if columns != raw.columns {
        return Ok(Some(
            "its columns no longer agree with its facts".to_owned(),
        ));
    }
    let is_whole = item_digest(raw, &digest, reasons).is_ok_and(|digest| digest == sealed);
    let finding_columns = raw.group_findings.iter().all(|stored| {
        let finding: Result<Finding, KeepError> = decode(&stored.finding, "a finding");
        finding.is_ok_and(|finding| finding.test == stored.test && finding.code == stored.code)
    });
    let says = "its places, its collection findings or its opinion were changed";
    Ok((!is_whole || !finding_columns).then(|| says.to_owned()))
}

/// The digest and the columns of a record, made again from what is stored.
fn recomputed(
    conn: &Connection,
    reasons: &Reasons,
    raw: &RawItem,
) -> Result<([u8; 32], Columns), KeepError> {
    let record = raw_record(conn, raw.row, &raw.id)?;
    let of = format!("item {}", raw.id);
    let facts: Facts = decode(&record.facts, &of)?;
    let findings: Vec<Finding> = decode(&record.findings, &of)?;
    if facts.item != raw.id {
        return Err(KeepError::damaged(format!(
            "{of} has the facts of another item"
        )));
    }
    let (not_examined, partial) = (
        raw.columns.not_examined.as_deref(),
        raw.columns.partial.as_deref(),
    );
    let columns = Columns::of(&facts, &findings, not_examined, partial);
    let mut digests = Vec::with_capacity(record.not_run.len());
    for number in &record.not_run {
        digests.push(reasons.entry(*number)?.1);
    }
    let encoded = Encoded {
        facts: record.facts,
        findings: record.findings,
        warnings: record.warnings,
        text: raw_text(conn, raw.row, &raw.id)?,
    };
    Ok((
        encoded.digest(digests.iter(), not_examined, partial),
        columns,
    ))
}
