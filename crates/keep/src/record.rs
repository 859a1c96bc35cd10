//! What the item pass leaves, and how it is laid down.

use std::fmt::Display;

use mabillon_case::{
    Accounting, Facts, Finding, Form, ItemId, Kind, NotRun, Place, Stamp, Text, Warning,
};

use crate::KeepError;
use crate::canon::Canon;
use crate::limits::TEXT_BYTES_MAX;

/// One thing the item pass leaves.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An item with what was found in it. Recorded twice, it is kept once.
    Item(Box<ItemRecord>),
    /// One more place of an item; may come before or after its item. Recorded twice, it is kept once.
    Place {
        /// The item.
        item: ItemId,
        /// Where it lies.
        place: Place,
    },
    /// The account of one container.
    Accounting(Accounting),
    /// Something that could not be taken out. It becomes an item "not examined", known by its place.
    NotRead {
        /// Where it lies.
        place: Place,
        /// What it looks like, if that could be told.
        form: Option<Form>,
        /// Why it could not be read.
        reason: String,
    },
    /// A leaf has been dealt with: all records that came of it stand before this one. A resumed run skips it.
    LeafDone {
        /// The exhibit.
        exhibit: String,
        /// Nested path of the leaf.
        path: String,
        /// Offset of its first stored byte.
        offset: u64,
        /// Number of stored bytes.
        length: u64,
        /// The item it is.
        item: ItemId,
    },
}

impl Record {
    /// About how many bytes it takes in memory: what an item can make long is counted, the rest is estimated.
    pub fn size_bytes(&self) -> usize {
        match self {
            Self::Item(item) => item.size_bytes(),
            Self::Place { place, .. } | Self::NotRead { place, .. } => {
                RECORD_BYTES + place.path.len()
            }
            Self::Accounting(account) => RECORD_BYTES + account.path.len(),
            Self::LeafDone { path, .. } => RECORD_BYTES + path.len(),
        }
    }
}

/// Bytes of a record beside the texts in it.
const RECORD_BYTES: usize = 512;

/// Bytes of a finding, a warning, an address or an attachment, with the short texts in it.
const ENTRY_BYTES: usize = 256;

/// One item as the item pass leaves it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRecord {
    /// Its facts; places in them are taken as records of their own.
    pub facts: Facts,
    /// What the item tests found, in the order of the list of tests.
    pub findings: Vec<Finding>,
    /// Tests that gave no finding, in the order of the list of tests.
    pub not_run: Vec<NotRun>,
    /// What is to be said about our own reading of it.
    pub warnings: Vec<Warning>,
    /// Why it was not examined at all.
    pub not_examined: Option<String>,
    /// Why only part of it was examined.
    pub partial: Option<String>,
    /// Its words.
    pub text: Option<Text>,
}

impl ItemRecord {
    /// An item of which there is nothing but `facts`.
    pub fn new(facts: Facts) -> Self {
        Self {
            facts,
            findings: Vec::new(),
            not_run: Vec::new(),
            warnings: Vec::new(),
            not_examined: None,
            partial: None,
            text: None,
        }
    }

    fn size_bytes(&self) -> usize {
        let message = self.facts.message.as_ref().map_or(0, |message| {
            let lists = [&message.to, &message.cc, &message.references];
            let words: usize = lists.into_iter().flatten().map(String::len).sum();
            let n_entries: usize = lists.into_iter().map(Vec::len).sum();
            words + (n_entries + message.attachments.len()) * ENTRY_BYTES
        });
        let entries = self.findings.len() + self.not_run.len() + self.warnings.len();
        let differences = self.findings.iter().filter_map(|f| f.difference.as_ref());
        let says: usize = self.findings.iter().map(|finding| finding.says.len()).sum();
        let text = self.text.as_ref().map_or(0, text_bytes);
        let changes: usize = differences.map(|all| all.changes.len()).sum();
        2 * RECORD_BYTES + message + says + text + (entries + changes) * ENTRY_BYTES
    }

    /// The item that stands for something that could not be read.
    pub(crate) fn unread(place: &Place, form: Option<Form>, reason: &str) -> Self {
        let facts = Facts {
            item: ItemId::of_unread(&place.exhibit, &place.path),
            kind: form.map_or(Kind::Other, Form::kind),
            media_type: String::new(),
            size_bytes: place.length,
            places: Vec::new(),
            message: None,
            document: None,
            signatures: Vec::new(),
            private_keys: Vec::new(),
            text: mabillon_case::TextFacts::default(),
        };
        Self {
            not_examined: Some(reason.to_owned()),
            ..Self::new(facts)
        }
    }
}

fn text_bytes(text: &Text) -> usize {
    let quoted = text.quotations.iter();
    let quoted: usize = quoted
        .map(|quotation| quotation.text.len() + ENTRY_BYTES)
        .sum();
    text.own.len() + quoted + text.html_alternative.as_ref().map_or(0, String::len)
}

/// The columns of `items` that a reader filters on, all derived from the rest of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) kind: String,
    pub(crate) media_type: String,
    pub(crate) size_bytes: i64,
    /// The clock on the wall, in microseconds as if it were UTC: of the message, or of the document's last save.
    pub(crate) date: Option<i64>,
    pub(crate) sender: String,
    pub(crate) recipients: String,
    pub(crate) copied: String,
    pub(crate) subject: String,
    pub(crate) message_id: String,
    pub(crate) attachments: String,
    pub(crate) title: String,
    pub(crate) author: String,
    /// `test#code` of each finding of the item pass, each on a line.
    pub(crate) findings: String,
    pub(crate) not_examined: Option<String>,
    pub(crate) partial: Option<String>,
}

impl Columns {
    pub(crate) fn of(
        facts: &Facts,
        findings: &[Finding],
        not_examined: Option<&str>,
        partial: Option<&str>,
    ) -> Self {
        let message = facts.message.as_deref();
        let document = facts.document.as_deref();
        let of_message =
            |get: fn(&mabillon_case::MessageFacts) -> String| message.map(get).unwrap_or_default();
        let date = message
            .and_then(|message| message.date)
            .or_else(|| document.and_then(|document| document.modified.or(document.created)));
        Self {
            kind: kind_word(facts.kind).to_owned(),
            media_type: facts.media_type.clone(),
            size_bytes: facts.size_bytes.cast_signed(),
            date: date.map(Stamp::local_micros),
            sender: of_message(|message| sender(&message.from_name, &message.from)),
            recipients: of_message(|message| message.to.join("\n")),
            copied: of_message(|message| message.cc.join("\n")),
            subject: of_message(|message| message.subject.clone()),
            message_id: of_message(|message| message.message_id.clone()),
            attachments: of_message(|message| {
                let names: Vec<&str> = message
                    .attachments
                    .iter()
                    .map(|carried| &*carried.file_name)
                    .collect();
                names.join("\n")
            }),
            title: document
                .map(|document| document.title.clone())
                .unwrap_or_default(),
            author: document
                .map(|document| document.author.clone())
                .unwrap_or_default(),
            findings: findings.iter().fold(String::new(), |mut lines, finding| {
                lines.extend([&*finding.test, "#", &*finding.code, "\n"]);
                lines
            }),
            not_examined: not_examined.map(str::to_owned),
            partial: partial.map(str::to_owned),
        }
    }
}

fn sender(name: &str, address: &str) -> String {
    if name.is_empty() {
        address.to_owned()
    } else {
        format!("{name} <{address}>")
    }
}

/// The word for a kind, as exported.
pub(crate) const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "message",
        Kind::Document => "document",
        Kind::Image => "image",
        Kind::Mailbox => "mailbox",
        Kind::Archive => "archive",
        Kind::Other => "other",
    }
}

/// All kinds, for those who read their words.
pub(crate) const KINDS: [Kind; 6] = [
    Kind::Message,
    Kind::Document,
    Kind::Image,
    Kind::Mailbox,
    Kind::Archive,
    Kind::Other,
];

/// The parts of a record as they are stored.
pub(crate) struct Encoded {
    pub(crate) facts: Vec<u8>,
    pub(crate) findings: Vec<u8>,
    pub(crate) warnings: Vec<u8>,
    /// Uncompressed.
    pub(crate) text: Option<Vec<u8>>,
}

impl Encoded {
    /// The parts of `record`; a text beyond the limit is left out, which is said in a warning.
    pub(crate) fn of(record: &ItemRecord) -> Result<Self, KeepError> {
        let text = record.text.as_ref().map(encode).transpose()?;
        let is_kept = text
            .as_ref()
            .is_none_or(|text| text.len() <= TEXT_BYTES_MAX);
        let warnings = if is_kept {
            encode(&record.warnings)?
        } else {
            let mut warnings = record.warnings.clone();
            let says = format!(
                "The text is longer than {TEXT_BYTES_MAX} bytes; it is neither kept nor searched."
            );
            warnings.push(Warning::new("text-limit", says));
            encode(&warnings)?
        };
        let facts = if record.facts.places.is_empty() {
            encode(&record.facts)?
        } else {
            encode(&Facts {
                places: Vec::new(),
                ..record.facts.clone()
            })?
        };
        Ok(Self {
            facts,
            findings: encode(&record.findings)?,
            warnings,
            text: text.filter(|_| is_kept),
        })
    }

    /// The canonical digest of the record; `not_run` are the digests of its tests that gave no finding.
    pub(crate) fn digest<'a>(
        &self,
        not_run: impl Iterator<Item = &'a [u8; 16]>,
        not_examined: Option<&str>,
        partial: Option<&str>,
    ) -> [u8; 32] {
        let mut canon = Canon::new("record");
        canon
            .bytes(&self.facts)
            .bytes(&self.findings)
            .bytes(&self.warnings);
        canon.maybe(self.text.as_deref());
        canon
            .maybe(not_examined.map(str::as_bytes))
            .maybe(partial.map(str::as_bytes));
        let not_run: Vec<u8> = not_run.flatten().copied().collect();
        canon.bytes(&not_run);
        canon.end()
    }
}

pub(crate) fn encode<T: serde::Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, KeepError> {
    postcard::to_stdvec(value)
        .map_err(|error| KeepError::damaged(format!("a record cannot be stored: {error}")))
}

/// Reads back what [`encode`] wrote; `of` names it in the error.
pub(crate) fn decode<'a, T: serde::Deserialize<'a>>(
    bytes: &'a [u8],
    of: impl Display,
) -> Result<T, KeepError> {
    postcard::from_bytes(bytes)
        .map_err(|error| KeepError::damaged(format!("{of} cannot be read: {error}")))
}
