//! Items of collections whose answers are known, with what the program found in each.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::Context as _;
use mabillon_case::{Class as OpinionClass, Finding};
use mabillon_corpus::{Answer, Class, Damage, Extent, ItemKind, Layout, Plan, Scale, make};
use serde::Deserialize;

use crate::program;

/// A collection to be made and examined.
pub(super) struct Making {
    seed: u64,
    messages: u64,
}

/// One line of the export, as far as it is looked at.
#[derive(Deserialize)]
pub(super) struct Row {
    item: String,
    kind: String,
    opinion: String,
    message: Option<MessageRow>,
    findings: Vec<FindingRow>,
    places: Vec<PlaceRow>,
}

#[derive(Deserialize)]
struct MessageRow {
    message_id: String,
}

#[derive(Deserialize)]
struct PlaceRow {
    path: String,
}

#[derive(Deserialize)]
struct FindingRow {
    test: String,
    code: String,
    says: String,
    log10_lr: f64,
}

impl Row {
    /// The first place, for a reader.
    pub(super) fn place(&self) -> &str {
        self.places.first().map_or("", |place| place.path.as_str())
    }

    /// Whether it has an opinion of its own; mailboxes and archives have none.
    pub(super) fn is_judged(&self) -> bool {
        !matches!(self.kind.as_str(), "mailbox" | "archive")
    }

    pub(super) fn opinion(&self) -> OpinionClass {
        let known = OpinionClass::ALL
            .into_iter()
            .find(|class| class.word() == self.opinion);
        known.unwrap_or(OpinionClass::Unresolved)
    }

    /// Findings with at most this weight, as `test code`, and their weights.
    pub(super) fn doubts(&self, log10_lr_max: f64) -> impl Iterator<Item = (String, f64)> {
        let doubts = self
            .findings
            .iter()
            .filter(move |row| row.log10_lr <= log10_lr_max);
        doubts.map(|row| (format!("{} {}", row.test, row.code), row.log10_lr))
    }

    /// Whether a finding says that it seems to ask for credentials.
    pub(super) fn asks_for_credentials(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|row| super::phishing::is_candidate(&row.test, &row.code))
    }

    fn findings(&self) -> Vec<Arc<Finding>> {
        let finding = |row: &FindingRow| Finding {
            test: Cow::Owned(row.test.clone()),
            code: Cow::Owned(row.code.clone()),
            ..Finding::new("", row.says.clone())
        };
        self.findings.iter().map(finding).map(Arc::new).collect()
    }
}

/// An item, the truth about it, and what was found in it.
pub(super) struct Labelled {
    pub(super) item: String,
    pub(super) place: String,
    pub(super) class: Class,
    /// The forger, or what befell a genuine item.
    pub(super) name: String,
    /// What was done to it, in a sentence.
    pub(super) what: String,
    /// Whether it is genuine and another item of its Message-ID is not: the two differ, and rightly so.
    pub(super) is_twin: bool,
    pub(super) findings: Vec<Arc<Finding>>,
}

impl Labelled {
    pub(super) fn is_genuine(&self) -> bool {
        self.class == Class::Genuine
    }

    /// Whether it was altered or invented: handled ones have the content that they had.
    pub(super) const fn is_false(&self) -> bool {
        matches!(self.class, Class::Altered | Class::Invented)
    }
}

impl Making {
    /// Every second collection is harmed by its exporters, and lies in files of many kinds.
    pub(super) const fn of(seed: u64, messages: u64) -> Self {
        Self { seed, messages }
    }

    fn plan(&self, out: PathBuf) -> Plan {
        let is_harmed = self.seed.is_multiple_of(2);
        Plan {
            seed: self.seed,
            extent: Extent::Messages(self.messages),
            out,
            damage: if is_harmed { Damage::All } else { Damage::None },
            layout: if is_harmed {
                Layout::Mixed
            } else {
                Layout::Mbox
            },
            scale: Scale::Small,
            phishing: true,
            ..Plan::default()
        }
    }
}

/// Makes a collection, unless it was made before, examines it, and joins what was found with the answers.
pub(super) fn load(mabillon: &Path, making: &Making) -> anyhow::Result<Vec<Labelled>> {
    let out =
        program::scratch("measure")?.join(format!("visited-{}-{}", making.seed, making.messages));
    let keys = out.with_extension("keys.tsv");
    if !keys.exists() {
        make(&making.plan(out.clone()))?;
    }
    let rows = examine(mabillon, &out, Some(&keys))?;
    joined(&out.with_extension("answers.jsonl"), rows)
}

fn joined(answers: &Path, mut rows: BTreeMap<String, Row>) -> anyhow::Result<Vec<Labelled>> {
    let file = std::fs::File::open(answers)
        .with_context(|| format!("no answers {}", answers.display()))?;
    let mut items = Vec::new();
    let mut of_forged = BTreeSet::new();
    let mut ids = Vec::new();
    for line in BufReader::new(file).lines() {
        let answer: Answer = serde_json::from_str(&line?)?;
        // The same bytes may lie in several places; an item has one opinion.
        let Some(row) = rows.remove(&answer.item) else {
            continue;
        };
        let message_id = row
            .message
            .as_ref()
            .map(|message| message.message_id.clone());
        if answer.class != Class::Genuine {
            of_forged.extend(message_id.clone());
        }
        ids.push(message_id.unwrap_or_default());
        items.push(Labelled {
            findings: row.findings(),
            place: row.place().to_owned(),
            name: name(&answer),
            item: answer.item,
            class: answer.class,
            what: answer.what,
            is_twin: false,
        });
    }
    for (item, id) in items.iter_mut().zip(&ids) {
        if item.is_genuine() && !id.is_empty() && of_forged.contains(id) {
            item.is_twin = true;
            "another copy was forged".clone_into(&mut item.name);
        }
    }
    Ok(items)
}

fn name(answer: &Answer) -> String {
    let kind = match answer.kind {
        ItemKind::Message => "message",
        ItemKind::Document => "document",
    };
    match (&answer.forger, answer.circumstance.as_str()) {
        (Some(forger), _) => format!("{forger} ({kind})"),
        (None, "") => format!("{kind}, nothing special"),
        (None, circumstance) => circumstance.to_owned(),
    }
}

/// Examines a collection and gives its export by item.
pub(super) fn examine(
    mabillon: &Path,
    collection: &Path,
    keys: Option<&Path>,
) -> anyhow::Result<BTreeMap<String, Row>> {
    let case = program::scratch("measure")?.join("case");
    if case.exists() {
        std::fs::remove_dir_all(&case)?;
    }
    let mut command = Command::new(mabillon);
    command
        .arg("examine")
        .arg(collection)
        .arg("--case")
        .arg(&case)
        .arg("--no-index");
    if let Some(keys) = keys {
        command.arg("--keys").arg(keys);
    }
    program::run(&mut [command])?;
    let export = case.join("export.jsonl");
    let mut command = Command::new(mabillon);
    command
        .arg("export")
        .arg(&case)
        .args(["--format", "jsonl", "--output"])
        .arg(&export);
    program::run(&mut [command])?;
    let mut rows = BTreeMap::new();
    for line in BufReader::new(std::fs::File::open(&export)?).lines() {
        let row: Row = serde_json::from_str(&line?)?;
        rows.insert(row.item.clone(), row);
    }
    Ok(rows)
}
