//! The answers: what each item of a collection really is. They lie beside the collection, never inside it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::MakeError;

/// What an item really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// As its author left it, but for what servers and exporters do.
    Genuine,
    /// Made from something genuine by changing it.
    Altered,
    /// Never written by its purported author.
    Invented,
    /// Genuine content that was saved again after the theft.
    Handled,
}

/// Message or document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// A message.
    Message,
    /// An attachment or a loose document.
    Document,
}

/// One line of the answers file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// SHA-256 of the exact bytes, hexadecimal.
    pub item: String,
    /// The first place where the item lies.
    pub path: String,
    /// What it is.
    pub class: Class,
    /// Who made or changed it.
    pub forger: Option<String>,
    /// Message or document.
    pub kind: ItemKind,
    /// What was done, in one sentence; empty for genuine items.
    pub what: String,
    /// What happened to a genuine item that leaves traces like a forger's; empty where nothing did.
    #[serde(default)]
    pub circumstance: String,
    /// Whether the collection and the true keys suffice to demonstrate it.
    pub provable: bool,
    /// Whether it is a genuine message that carried a signature and reached the mailbox as it was signed: neither a list
    /// nor a gateway changed it. Not known of messages enclosed in others, and false there.
    #[serde(default)]
    pub intact: bool,
}

/// The truth about an item before it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) class: Class,
    pub(crate) forger: Option<&'static str>,
    pub(crate) what: String,
    pub(crate) provable: bool,
    pub(crate) circumstance: &'static str,
    pub(crate) intact: bool,
}

impl Verdict {
    pub(crate) const fn genuine() -> Self {
        Self {
            class: Class::Genuine,
            forger: None,
            what: String::new(),
            provable: false,
            circumstance: "",
            intact: false,
        }
    }

    /// The same, and what happened to it; what happened first stands.
    pub(crate) fn with_circumstance(mut self, circumstance: &'static str) -> Self {
        if self.class == Class::Genuine && self.circumstance.is_empty() {
            self.circumstance = circumstance;
        }
        self
    }
}

/// Writes the answers, one line for each item, however often it lies in the collection.
pub(crate) struct AnswerSheet {
    writer: BufWriter<File>,
    seen: BTreeSet<String>,
}

impl AnswerSheet {
    pub(crate) fn create(path: &Path) -> Result<Self, MakeError> {
        Ok(Self {
            writer: BufWriter::new(File::create(path)?),
            seen: BTreeSet::new(),
        })
    }

    /// Notes an item unless it is known. Says whether it is new.
    pub(crate) fn note(
        &mut self,
        item: &str,
        path: &str,
        kind: ItemKind,
        verdict: &Verdict,
    ) -> Result<bool, MakeError> {
        if !self.seen.insert(item.to_owned()) {
            return Ok(false);
        }
        let answer = Answer {
            item: item.to_owned(),
            path: path.to_owned(),
            class: verdict.class,
            forger: verdict.forger.map(str::to_owned),
            kind,
            what: verdict.what.clone(),
            circumstance: verdict.circumstance.to_owned(),
            provable: verdict.provable,
            intact: verdict.intact,
        };
        serde_json::to_writer(&mut self.writer, &answer)
            .map_err(|error| MakeError::Io(error.into()))?;
        self.writer.write_all(b"\n")?;
        Ok(true)
    }

    pub(crate) fn finish(mut self) -> Result<(), MakeError> {
        Ok(self.writer.flush()?)
    }
}
