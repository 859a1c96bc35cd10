//! Checking a bundle: names the file, or the part of the zip, that is not as it was written.
//!
//! In this order: each entry against the zip's own checksum, the bag against its manifests, the items against the
//! names of their folders, and, where all that fits, the zip byte for byte against the one that these files make.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{Cursor, Read as _};

use ::zip::ZipArchive;
use mabillon_case::ItemId;

use super::bag::{PAYLOAD, PAYLOAD_MANIFEST, TAG_MANIFEST};
use super::{FOLDER, File, ITEM_DIGITS, zip};
use crate::limits::{BUNDLE_BYTES_MAX, BUNDLE_FILES_MAX};
use crate::printable::printable;

/// Something in a bundle that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BundleProblem {
    /// The file in the bag, or the part of the zip.
    pub object: String,
    /// What is wrong with it, in plain words.
    pub says: String,
}

impl fmt::Display for BundleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", printable(&self.object), printable(&self.says))
    }
}

impl BundleProblem {
    pub(crate) fn new(object: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            object: object.into(),
            says: says.into(),
        }
    }
}

/// Checks the bytes of a bundle. Empty where nothing was changed.
pub fn check_bundle(bytes: &[u8]) -> Vec<BundleProblem> {
    let mut problems = Vec::new();
    let Some(files) = entries(FOLDER, bytes, &mut problems) else {
        return problems;
    };
    let damaged: BTreeSet<String> = problems
        .iter()
        .map(|problem| problem.object.clone())
        .collect();
    let bag = Bag { files, damaged };
    bag.check(&mut problems);
    if problems.is_empty() {
        problems.extend(around_the_files(bytes, bag));
    }
    problems.sort();
    problems.dedup();
    problems
}

/// The files in this folder of a zip by name; what cannot be read is a problem, and its file is there without content.
pub(crate) fn entries(
    folder: &str,
    bytes: &[u8],
    problems: &mut Vec<BundleProblem>,
) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) if archive.len() <= BUNDLE_FILES_MAX => archive,
        Ok(archive) => {
            let says = format!("holds {} files; no bundle has so many", archive.len());
            problems.push(BundleProblem::new("the zip", says));
            return None;
        }
        Err(error) => {
            let says = format!("its directory cannot be read: {error}");
            problems.push(BundleProblem::new("the zip", says));
            return None;
        }
    };
    let mut files = BTreeMap::new();
    let mut bytes_left = BUNDLE_BYTES_MAX;
    for index in 0..archive.len() {
        let Some(Ok(name)) = archive.name_for_index(index) else {
            let says = format!("the name of file {} in it cannot be read", index + 1);
            problems.push(BundleProblem::new("the zip", says));
            continue;
        };
        let name = name.into_owned();
        let name = match name.strip_prefix(folder) {
            // A folder of its own, as other zip programs store it, is no file.
            Some("") => continue,
            Some(name) if name.ends_with('/') => continue,
            Some(name) => name.to_owned(),
            None => {
                problems.push(BundleProblem::new(name, "was added outside of the bag"));
                continue;
            }
        };
        let content = match content(&mut archive, index, bytes_left) {
            Ok(content) => content,
            Err(says) => {
                problems.push(BundleProblem::new(name.clone(), says));
                Vec::new()
            }
        };
        bytes_left = bytes_left.saturating_sub(content.len() as u64);
        files.insert(name, content);
    }
    Some(files)
}

fn content(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    bytes_left: u64,
) -> Result<Vec<u8>, String> {
    let entry = archive
        .by_index(index)
        .map_err(|error| format!("was changed: its record in the zip cannot be read ({error})"))?;
    let mut content = Vec::new();
    let read = entry
        .take(bytes_left.saturating_add(1))
        .read_to_end(&mut content);
    match read {
        Ok(n_bytes) if n_bytes as u64 > bytes_left => {
            Err("was changed: it expands too far".to_owned())
        }
        Ok(_) => Ok(content),
        Err(_) => Err("was changed: its bytes do not fit the zip's own checksum".to_owned()),
    }
}

struct Bag {
    files: BTreeMap<String, Vec<u8>>,
    /// Names of files that were found damaged already.
    damaged: BTreeSet<String>,
}

impl Bag {
    fn check(&self, problems: &mut Vec<BundleProblem>) {
        let has_payload_problem = {
            let before = problems.len();
            self.check_manifest(PAYLOAD_MANIFEST, problems);
            problems.len() > before
        };
        self.check_manifest(TAG_MANIFEST, problems);
        let is_manifest_changed = self.is_other_than_listed(PAYLOAD_MANIFEST);
        if is_manifest_changed && !has_payload_problem && !self.damaged.contains(PAYLOAD_MANIFEST) {
            // All that it lists is there and fits.
            problems.retain(|problem| problem.object != PAYLOAD_MANIFEST);
            problems.push(BundleProblem::new(
                TAG_MANIFEST,
                format!("its line for {PAYLOAD_MANIFEST} was changed, or that file and all that it lists"),
            ));
        }
        self.check_items(problems);
    }

    /// Whether the tag manifest states another hash of a file than it has.
    fn is_other_than_listed(&self, name: &str) -> bool {
        let lines = lines(self.text(TAG_MANIFEST));
        let stated = lines.iter().find(|line| line.name == name);
        stated.is_some_and(|line| {
            self.digest(name)
                .is_some_and(|digest| digest != line.digest)
        })
    }

    fn text(&self, name: &str) -> &[u8] {
        self.files.get(name).map_or(&[], Vec::as_slice)
    }

    fn digest(&self, name: &str) -> Option<String> {
        self.files
            .get(name)
            .map(|content| ItemId::of(content).to_string())
    }

    fn check_manifest(&self, manifest: &str, problems: &mut Vec<BundleProblem>) {
        if !self.files.contains_key(manifest) {
            problems.push(BundleProblem::new(manifest, "was removed"));
            return;
        }
        if self.damaged.contains(manifest) {
            return;
        }
        let is_of_this = |name: &str| {
            name != TAG_MANIFEST && name.starts_with(PAYLOAD) == (manifest == PAYLOAD_MANIFEST)
        };
        let lines = lines(self.text(manifest));
        let mut listed: BTreeMap<&str, &Line> = BTreeMap::new();
        for line in &lines {
            let is_well_formed = line.digest.len() == 64
                && line
                    .digest
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
                && is_of_this(&line.name);
            if !is_well_formed || listed.insert(&line.name, line).is_some() {
                let says = format!("line {} was changed: it names no file of it", line.number);
                problems.push(BundleProblem::new(manifest, says));
            }
        }
        for name in self.files.keys().filter(|name| is_of_this(name)) {
            if !listed.contains_key(name.as_str()) {
                let says = format!("was added, or its line in {manifest} was removed");
                problems.push(BundleProblem::new(name, says));
            }
        }
        for line in listed.values() {
            if is_of_this(&line.name) && !self.damaged.contains(&line.name) {
                problems.extend(self.wrong_with(line, manifest, &lines));
            }
        }
    }

    fn wrong_with(&self, line: &Line, manifest: &str, lines: &[Line]) -> Option<BundleProblem> {
        let Some(digest) = self.digest(&line.name) else {
            let says = format!("was removed; line {} of {manifest} names it", line.number);
            return Some(BundleProblem::new(&line.name, says));
        };
        if digest == line.digest {
            return None;
        }
        let other = lines.iter().find(|other| other.digest == digest);
        let is_manifest_whole =
            manifest == PAYLOAD_MANIFEST && !self.is_other_than_listed(PAYLOAD_MANIFEST);
        let says = match other {
            Some(other) => format!("was swapped: it holds the bytes of {}", other.name),
            None if is_manifest_whole => {
                format!("was changed: its SHA-256 is {digest}, not {}", line.digest)
            }
            None => format!(
                "it or line {} of {manifest} was changed: its SHA-256 is {digest}, the line says {}",
                line.number, line.digest
            ),
        };
        Some(BundleProblem::new(&line.name, says))
    }

    /// An item lies in the folder of its own hash, whatever the manifests say.
    fn check_items(&self, problems: &mut Vec<BundleProblem>) {
        for (name, content) in &self.files {
            let Some((folder, file)) = name
                .strip_prefix(PAYLOAD)
                .and_then(|name| name.split_once('/'))
            else {
                continue;
            };
            let is_known = problems.iter().any(|problem| problem.object == *name);
            if !file.starts_with("item.") || is_known {
                continue;
            }
            let digest = ItemId::of(content).to_string();
            if digest.get(..ITEM_DIGITS) != Some(folder) {
                let says = format!("is another item: its SHA-256 is {digest}");
                problems.push(BundleProblem::new(name, says));
            }
        }
    }
}

/// One line of a manifest.
struct Line {
    number: usize,
    digest: String,
    name: String,
}

fn lines(manifest: &[u8]) -> Vec<Line> {
    let text = String::from_utf8_lossy(manifest);
    text.lines()
        .zip(1..)
        .map(|(line, number)| {
            let (digest, name) = line.split_once("  ").unwrap_or((line, ""));
            Line {
                number,
                digest: digest.to_owned(),
                name: name.to_owned(),
            }
        })
        .collect()
}

/// What differs from the zip that these files make, where the files themselves are whole.
fn around_the_files(bytes: &[u8], bag: Bag) -> Option<BundleProblem> {
    let files: Vec<File> = bag.files.into_iter().collect();
    let written = zip::stored(FOLDER, &files)?;
    if written == bytes {
        return None;
    }
    let at = written
        .iter()
        .zip(bytes)
        .position(|(written, read)| written != read)
        .unwrap_or_else(|| written.len().min(bytes.len()));
    let says = format!(
        "every file in it is as it was written, but the zip around them was changed or packed again: first at byte {at}, in {}",
        zip::part_at(&files, at)
    );
    Some(BundleProblem::new("the zip", says))
}
