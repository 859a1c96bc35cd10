//! The public keys that a case was examined with, gathered again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use mabillon_case::{ExaminationRecord, ItemId, KeySource};
use mabillon_examine::signature::KeyArchive;
use mabillon_keep::Case;

use crate::exit::UsageError;
use crate::key_recovery;

/// The keys of an examination, as far as they are still there.
pub(crate) struct CaseKeys {
    pub(crate) archive: KeyArchive,
    /// Keys files of the examination that are gone or were changed since.
    pub(crate) missing: Vec<String>,
}

impl CaseKeys {
    /// The built-in keys, those the examination recovered, and its keys files: from where they lay, or from those
    /// `given` now.
    pub(crate) fn gather(case: &Case, given: &[PathBuf]) -> anyhow::Result<Self> {
        let mut archive = KeyArchive::built_in();
        for row in key_recovery::found_rows(&case.key_searches()?) {
            archive.add(row);
        }
        let mut known: Vec<ItemId> = Vec::new();
        for path in given {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("failed to read {}", path.display()))?;
            archive.add_file(&text, origin(path)).map_err(|error| {
                UsageError(format!(
                    "the keys file {} cannot be used: {error}",
                    path.display()
                ))
            })?;
            known.push(ItemId::of(text.as_bytes()));
        }
        let mut missing = Vec::new();
        for (path, digest) in recorded(&case.examination()) {
            if known.iter().any(|known| known.to_string() == digest) {
                continue;
            }
            let from = Path::new(path);
            let text = std::fs::read_to_string(from).unwrap_or_default();
            let is_same = ItemId::of(text.as_bytes()).to_string() == digest;
            if !is_same || archive.add_file(&text, origin(from)).is_err() {
                missing.push(path.to_owned());
            }
        }
        archive.find_broken(&BTreeMap::new());
        Ok(Self { archive, missing })
    }
}

/// How the keys of a file came to us: a case calls the file of those it recovered so.
fn origin(path: &Path) -> KeySource {
    if path.ends_with("keys-recovered.tsv") {
        KeySource::Recovered
    } else {
        KeySource::Supplied
    }
}

/// Paths and digests of the keys files, as the examination recorded them.
fn recorded(examination: &ExaminationRecord) -> impl Iterator<Item = (&str, &str)> {
    let files = examination
        .sources
        .iter()
        .filter_map(|source| source.strip_prefix("keys "));
    files.filter_map(|source| source.rsplit_once('='))
}
