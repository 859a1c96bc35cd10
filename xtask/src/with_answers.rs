//! Collections with known answers, examined by the program and read from its export.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use mabillon_corpus::Answer;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::program::{self, Run};

/// One line of the export, as far as it is counted.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) item: String,
    pub(crate) opinion: String,
    pub(crate) places: Vec<Place>,
    pub(crate) message: Option<Header>,
    pub(crate) signatures: Vec<Signature>,
}

/// Where an item lies in the collection.
#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) offset: Option<u64>,
    pub(crate) length: Option<u64>,
}

#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) message_id: Option<String>,
}

impl Row {
    /// The bytes of a message that lies in a file of the collection; `None` where it lies inside another item.
    pub(crate) fn bytes(&self, collection: &Path) -> Option<Vec<u8>> {
        self.places.iter().find_map(|place| {
            let (file, _) = place.path.split_once('!')?;
            let stored = std::fs::read(collection.join(file)).ok()?;
            let start = usize::try_from(place.offset?).ok()?;
            let end = start + usize::try_from(place.length?).ok()?;
            Some(stored.get(start..end)?.to_vec())
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct Signature {
    pub(crate) kind: String,
    pub(crate) by: String,
    pub(crate) selector: String,
    pub(crate) result: String,
    pub(crate) key_source: Option<String>,
    pub(crate) covers: String,
    pub(crate) repairs: Vec<String>,
    pub(crate) removed: Vec<IgnoredAny>,
    pub(crate) anchored: bool,
}

impl Signature {
    pub(crate) fn name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.by)
    }

    pub(crate) fn passes(&self) -> bool {
        self.kind == "dkim" && self.result == "pass"
    }

    pub(crate) fn is_by_recovered(&self) -> bool {
        self.passes() && self.key_source.as_deref() == Some("recovered")
    }
}

/// What each item of a collection really is, by its hash.
pub(crate) fn answers(path: &Path) -> anyhow::Result<BTreeMap<String, Answer>> {
    let file = std::fs::File::open(path).with_context(|| format!("no {}", path.display()))?;
    let mut answers = BTreeMap::new();
    for line in BufReader::new(file).lines() {
        let answer: Answer = serde_json::from_str(&line?)?;
        // The same bytes may lie in several places.
        answers.entry(answer.item.clone()).or_insert(answer);
    }
    Ok(answers)
}

/// Examines the collection anew; `arguments` say with what, `seconds` how long lost keys are searched.
pub(crate) fn examine(
    mabillon: &Path,
    collection: &Path,
    arguments: &[&OsStr],
    seconds: &str,
    case: &Path,
) -> anyhow::Result<(Run, Vec<Row>)> {
    if case.exists() {
        std::fs::remove_dir_all(case)?;
    }
    let mut command = Command::new(mabillon);
    command
        .arg("examine")
        .arg(collection)
        .arg("--case")
        .arg(case);
    command.args(["--no-index", "--recover-seconds", seconds]);
    command.args(arguments);
    let run = program::run(&mut [command])?;
    let export = case.join("export.jsonl");
    let mut command = Command::new(mabillon);
    command.arg("export").arg(case);
    command.args(["--format", "jsonl", "--output"]).arg(&export);
    program::run(&mut [command])?;
    let lines = BufReader::new(std::fs::File::open(&export)?).lines();
    let rows = lines.map(|line| Ok(serde_json::from_str(&line?)?));
    Ok((run, rows.collect::<anyhow::Result<_>>()?))
}
