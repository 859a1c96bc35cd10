//! `case.toml`: what was examined, with what, and the seal.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use mabillon_case::{ExaminationRecord, ExhibitRecord, ItemId, Origin};
use serde::{Deserialize, Serialize};

use crate::canon::{Canon, hex};
use crate::limits::CASE_FORMAT;
use crate::{KeepError, folder};

/// The whole of `case.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) mabillon_case: u32,
    pub(crate) version: String,
    pub(crate) state: State,
    pub(crate) started: String,
    pub(crate) ended: String,
    pub(crate) options: Vec<String>,
    pub(crate) sources: Vec<String>,
    pub(crate) tests: Vec<String>,
    #[serde(default)]
    pub(crate) exhibits: Vec<ExhibitEntry>,
    pub(crate) seal: Option<Seal>,
    pub(crate) custody: LogHead,
}

/// How far the examination has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Running,
    Complete,
}

/// One exhibit. Numbers are text where TOML's signed integers could not hold them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExhibitEntry {
    number: u32,
    name: String,
    given_as: String,
    origin: String,
    sha256: String,
    n_files: u64,
    size_bytes: u64,
}

/// Digests of everything a complete case holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// Over all items, findings, opinions and accounts, in order.
    pub(crate) content: String,
    /// Over this file's account of the examination, `content` and `files`; the custody log repeats it.
    pub(crate) sha256: String,
    pub(crate) files: Vec<FileDigest>,
}

/// One file of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileDigest {
    pub(crate) name: String,
    pub(crate) sha256: String,
}

/// The last line of the custody log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct LogHead {
    pub(crate) lines: u64,
    pub(crate) sha256: String,
    /// What will be the last line once what is being written now is written. It stands here before the lines stand in
    /// the log: killed in between, the log ends at one of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<LogEnd>,
}

/// Where the custody log ends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct LogEnd {
    pub(crate) lines: u64,
    pub(crate) sha256: String,
}

impl LogHead {
    /// The head of a log that ends there and is not being written to.
    pub(crate) fn at(end: LogEnd) -> Self {
        Self {
            lines: end.lines,
            sha256: end.sha256,
            next: None,
        }
    }

    /// Whether the log may end so.
    pub(crate) fn allows(&self, lines: u64, sha256: &str) -> bool {
        let is_next = |next: &LogEnd| (next.lines, next.sha256.as_str()) == (lines, sha256);
        (self.lines == lines && (self.sha256 == sha256 || lines == 0))
            || self.next.as_ref().is_some_and(is_next)
    }

    /// The number of the last line there may be.
    pub(crate) fn lines_max(&self) -> u64 {
        self.next
            .as_ref()
            .map_or(self.lines, |next| next.lines.max(self.lines))
    }
}

impl Manifest {
    pub(crate) fn new(record: &ExaminationRecord) -> Self {
        let mut manifest = Self {
            mabillon_case: CASE_FORMAT,
            version: String::new(),
            state: State::Running,
            started: record.started.clone(),
            ended: String::new(),
            options: Vec::new(),
            sources: Vec::new(),
            tests: Vec::new(),
            exhibits: Vec::new(),
            seal: None,
            custody: LogHead::default(),
        };
        manifest.describe(record);
        manifest
    }

    /// Takes over what `record` says now, except the start: that is the start of the first run.
    pub(crate) fn describe(&mut self, record: &ExaminationRecord) {
        self.version.clone_from(&record.version);
        self.ended.clone_from(&record.ended);
        self.options.clone_from(&record.options);
        self.sources.clone_from(&record.sources);
        self.tests.clone_from(&record.tests);
        self.exhibits = record.exhibits.iter().map(ExhibitEntry::new).collect();
    }

    /// The same as the shared noun.
    pub(crate) fn record(&self) -> ExaminationRecord {
        ExaminationRecord {
            version: self.version.clone(),
            exhibits: self.exhibits.iter().map(ExhibitEntry::record).collect(),
            options: self.options.clone(),
            tests: self.tests.clone(),
            sources: self.sources.clone(),
            started: self.started.clone(),
            ended: self.ended.clone(),
        }
    }

    /// Whether a run described by `record` goes on with this one; the error says what differs.
    pub(crate) fn continues(
        &self,
        dir: &Path,
        record: &ExaminationRecord,
    ) -> Result<(), KeepError> {
        let differs = |what, before: String, now: String| {
            Err(KeepError::OtherRun {
                dir: dir.to_path_buf(),
                what,
                before,
                now,
            })
        };
        if self.version != record.version {
            return differs(
                "another version of the program",
                self.version.clone(),
                record.version.clone(),
            );
        }
        let lists = [
            ("other options", &self.options, &record.options),
            ("other keys or weights", &self.sources, &record.sources),
            ("other tests", &self.tests, &record.tests),
        ];
        for (what, before, now) in lists {
            if before != now {
                return differs(what, listed(before), listed(now));
            }
        }
        let now: Vec<ExhibitEntry> = record.exhibits.iter().map(ExhibitEntry::new).collect();
        let is_same = self.exhibits.len() == now.len()
            && self.exhibits.iter().zip(&now).all(|(a, b)| a.is_same(b));
        if is_same {
            return Ok(());
        }
        differs("other exhibits", named(&self.exhibits), named(&now))
    }

    /// The digest that seals this file, the content and the files.
    pub(crate) fn sealed_digest(&self, content: &str, files: &[FileDigest]) -> String {
        let mut canon = Canon::new("seal");
        canon.number(u64::from(self.mabillon_case));
        canon
            .text(&self.version)
            .text(&self.started)
            .text(&self.ended);
        for list in [&self.options, &self.sources, &self.tests] {
            canon.number(list.len() as u64);
            for entry in list {
                canon.text(entry);
            }
        }
        canon.number(self.exhibits.len() as u64);
        for exhibit in &self.exhibits {
            canon.number(u64::from(exhibit.number));
            canon.text(&exhibit.name).text(&exhibit.given_as);
            canon.text(&exhibit.origin).text(&exhibit.sha256);
            canon.number(exhibit.n_files).number(exhibit.size_bytes);
        }
        canon.text(content);
        for file in files {
            canon.text(&file.name).text(&file.sha256);
        }
        hex(&canon.end())
    }
}

fn listed(entries: &[String]) -> String {
    if entries.is_empty() {
        "none".to_owned()
    } else {
        entries.join(", ")
    }
}

fn named(exhibits: &[ExhibitEntry]) -> String {
    let names: Vec<String> = exhibits
        .iter()
        .map(|exhibit| format!("{} ({} bytes)", exhibit.given_as, exhibit.size_bytes))
        .collect();
    listed(&names)
}

/// The digest an exhibit has as long as it has not been read.
const NOT_YET_KNOWN: ItemId = ItemId([0; 32]);

impl ExhibitEntry {
    fn new(record: &ExhibitRecord) -> Self {
        let sha256 = match record.digest {
            NOT_YET_KNOWN => String::new(),
            digest => digest.to_string(),
        };
        let origin = match record.origin {
            Origin::Collection => "collection",
            Origin::Reference => "reference",
        };
        Self {
            number: record.number,
            name: record.name.clone(),
            given_as: record.given_as.clone(),
            origin: origin.to_owned(),
            sha256,
            n_files: record.n_files,
            size_bytes: record.size_bytes,
        }
    }

    fn record(&self) -> ExhibitRecord {
        ExhibitRecord {
            number: self.number,
            name: self.name.clone(),
            given_as: self.given_as.clone(),
            origin: if self.origin == "reference" {
                Origin::Reference
            } else {
                Origin::Collection
            },
            digest: self.sha256.parse().unwrap_or(NOT_YET_KNOWN),
            n_files: self.n_files,
            size_bytes: self.size_bytes,
        }
    }

    /// Whether both are the same exhibit as far as both are known: what is zero or empty has not been read yet.
    fn is_same(&self, other: &Self) -> bool {
        let agree = |a: u64, b: u64| a == 0 || b == 0 || a == b;
        self.number == other.number
            && self.name == other.name
            && self.origin == other.origin
            && agree(self.size_bytes, other.size_bytes)
            && agree(self.n_files, other.n_files)
            && (self.sha256.is_empty() || other.sha256.is_empty() || self.sha256 == other.sha256)
    }
}

/// Reads `case.toml` in `dir`; `None` where there is none.
///
/// # Errors
/// `NotACase` where the file is not ours, `OtherFormat` where it is of another layout.
pub(crate) fn read(dir: &Path) -> Result<Option<Manifest>, KeepError> {
    #[derive(Deserialize)]
    struct Stamp {
        mabillon_case: u32,
        #[serde(default)]
        version: String,
    }
    let path = dir.join(folder::MANIFEST);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            return Err(KeepError::NotACase(dir.to_path_buf()));
        }
        Err(error) => return Err(KeepError::io(&path)(error)),
    };
    let stamp: Stamp = toml::from_str(&text).map_err(|_| KeepError::NotACase(dir.to_path_buf()))?;
    if stamp.mabillon_case != CASE_FORMAT {
        return Err(KeepError::OtherFormat {
            dir: dir.to_path_buf(),
            found: stamp.mabillon_case,
            known: CASE_FORMAT,
            version: stamp.version,
        });
    }
    let manifest = toml::from_str(&text).map_err(|error| {
        KeepError::damaged(format!("case.toml cannot be read: {}", error.message()))
    })?;
    Ok(Some(manifest))
}

/// Writes `case.toml` so that at any moment either the old or the new one is there.
pub(crate) fn write(dir: &Path, manifest: &Manifest) -> Result<(), KeepError> {
    let text = toml::to_string(manifest).map_err(KeepError::damaged)?;
    let new = dir.join(folder::MANIFEST_NEW);
    let mut file = File::create(&new).map_err(KeepError::io(&new))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(KeepError::io(&new))?;
    let path = dir.join(folder::MANIFEST);
    fs::rename(&new, &path).map_err(KeepError::io(&path))?;
    folder::sync(dir)
}
