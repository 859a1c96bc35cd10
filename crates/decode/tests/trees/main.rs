//! Header and part trees of malformed mail from elsewhere, held against what other readers made of it.
//!
//! The data lie beside the project and are no part of it: where they are missing the tests print that they skip.
//! Every difference is printed, and fails the test unless it is among those that were looked at and explained; so does
//! an explanation that nothing needs any more.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test may panic and print"
)]

mod mail_parser;
mod mime4j;
mod ours;

use std::fs;
use std::path::{Path, PathBuf};

/// A message as lines: one for each part with its header fields, indented by its depth.
type Lines = Vec<String>;

/// A difference that was looked at: the name of the file, and why we read it otherwise.
type Explained = (&'static str, &'static str);

/// The folder of shared data, or `None` with a printed reason.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is missing", path.display());
    None
}

/// All files below a folder with this extension, sorted.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The name of a file and of its folder.
fn name_of(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let file = path.file_name().unwrap_or_default();
    format!("{}/{}", folder.to_string_lossy(), file.to_string_lossy())
}

/// What came of comparing many messages.
struct Comparison {
    explained: &'static [Explained],
    n: usize,
    /// Names of those that differ.
    differing: Vec<String>,
}

impl Comparison {
    fn new(explained: &'static [Explained]) -> Self {
        Self {
            explained,
            n: 0,
            differing: Vec::new(),
        }
    }

    fn reason(&self, name: &str) -> Option<&'static str> {
        let file = name.split(' ').next();
        let known = self
            .explained
            .iter()
            .find(|(known, _)| Some(*known) == file);
        known.map(|(_, reason)| *reason)
    }

    /// Compares two readings of one message.
    fn compare(&mut self, name: &str, ours: &Lines, theirs: &Lines) {
        self.n += 1;
        if ours == theirs {
            return;
        }
        println!("{name}: {}", self.reason(name).unwrap_or("NOT EXPLAINED"));
        for line in ours.iter().filter(|line| !theirs.contains(line)) {
            println!("  ours   {line}");
        }
        for line in theirs.iter().filter(|line| !ours.contains(line)) {
            println!("  theirs {line}");
        }
        self.differing.push(name.to_owned());
    }

    /// Fails where a difference is not explained, or an explanation not needed.
    fn finish(self, reader: &str) {
        println!(
            "{reader}: {} messages, {} read alike, {} otherwise for a known reason",
            self.n,
            self.n - self.differing.len(),
            self.differing.len()
        );
        assert!(self.n > 0, "{reader}: no message was compared");
        let unexplained: Vec<&String> = self
            .differing
            .iter()
            .filter(|name| self.reason(name).is_none())
            .collect();
        assert!(unexplained.is_empty(), "{reader}: {unexplained:#?}");
        let idle: Vec<&str> = self
            .explained
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| {
                !self
                    .differing
                    .iter()
                    .any(|differing| differing.starts_with(name))
            })
            .collect();
        assert!(idle.is_empty(), "{reader}: explained and alike: {idle:#?}");
    }
}
