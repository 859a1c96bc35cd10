//! The columns of all items in memory: what the list filters, counts and sorts by.
//!
//! Read once at the start. A row is known by its index here, which rises with its row in the store. Texts that repeat
//! (senders, recipients, mailboxes, findings) are stored once; lists of them are one run of numbers for all items.

mod columns;
mod orders;
mod search;

use std::collections::{BTreeMap, HashMap};

use mabillon_case::{Facts, ItemId, Kind, Origin, Signature, SignatureResult};
use mabillon_keep::{Case, KeepError, Rows, ScanRow};

use self::columns::{Arena, Lists, set};

pub(crate) use self::columns::{Interned, is};
pub(crate) use self::search::Searcher;

/// Opinion of an item that has none: an original, or a container.
pub(crate) const NO_CLASS: u8 = 6;
/// The words for what came of the signatures, by number.
pub(crate) const SIGNATURES: [&str; 6] = [
    "proved",
    "verified",
    "failed",
    "no-key",
    "malformed",
    "none",
];
/// The words for kinds, by number.
pub(crate) const KINDS: [&str; 6] = [
    "message", "document", "image", "mailbox", "archive", "other",
];
/// The words for how far an item was examined, by number.
pub(crate) const EXAMINED: [&str; 3] = ["whole", "partly", "not"];

/// What came of the signatures of one key.
#[derive(Default, Clone)]
pub(crate) struct KeyCount {
    pub(crate) proved: u64,
    pub(crate) verified: u64,
    pub(crate) failed: u64,
    pub(crate) no_key: u64,
    pub(crate) source: Option<&'static str>,
    pub(crate) bits: Option<u32>,
    pub(crate) anchored: bool,
}

/// The columns.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) ids: Vec<ItemId>,
    by_id: Vec<u32>,
    rows: Vec<i64>,
    pub(crate) kind: Vec<u8>,
    pub(crate) class: Vec<u8>,
    pub(crate) weight: Vec<f32>,
    pub(crate) date: Vec<i64>,
    /// The month of the date: twelve times the year, and the month from 0; [`NO_MONTH`] where no mail was written then.
    pub(crate) month: Vec<u16>,
    pub(crate) size: Vec<u64>,
    pub(crate) signature: Vec<u8>,
    pub(crate) examined: Vec<u8>,
    pub(crate) n_places: Vec<u32>,
    pub(crate) n_attachments: Vec<u32>,
    /// A bit for each kind that is carried.
    pub(crate) carries: Vec<u8>,
    /// Lies in the collection, and so is listed.
    pub(crate) is_listed: Vec<bool>,
    /// How many are listed.
    pub(crate) n_listed: usize,
    /// Number of its first place in the order of reading.
    place: Vec<u32>,
    pub(crate) sender_texts: Interned,
    pub(crate) sender_text: Vec<u32>,
    pub(crate) addresses: Interned,
    pub(crate) sender: Vec<u32>,
    pub(crate) domains: Interned,
    pub(crate) domain: Vec<u32>,
    pub(crate) to: Lists,
    pub(crate) cc: Lists,
    pub(crate) mailboxes: Interned,
    pub(crate) mailbox: Lists,
    pub(crate) codes: Interned,
    pub(crate) findings: Lists,
    subject: Arena,
    files: Arena,
    /// Threads: ids of the message itself and of what it answers, hashed.
    pub(crate) message_ids: HashMap<u64, Vec<u32>>,
    pub(crate) answers: HashMap<u64, Vec<u32>>,
    pub(crate) carried_by: HashMap<ItemId, Vec<u32>>,
    pub(crate) keys: BTreeMap<(&'static str, String, String), KeyCount>,
    pub(crate) not_examined: BTreeMap<String, u64>,
    pub(crate) partial: BTreeMap<String, u64>,
    pub(crate) by_date: Vec<u32>,
    pub(crate) by_class: Vec<u32>,
    pub(crate) by_weight: Vec<u32>,
    pub(crate) by_sender: Vec<u32>,
    pub(crate) by_subject: Vec<u32>,
    pub(crate) by_size: Vec<u32>,
    pub(crate) by_place: Vec<u32>,
}

/// Date of an item without one; sorts last.
pub(crate) const NO_DATE: i64 = i64::MAX;
/// Month of an item without a date, or with one at which no mail was written.
pub(crate) const NO_MONTH: u16 = 0;
/// Months of dates are before this.
pub(crate) const MONTHS_END: u16 = 12 * 2100;
/// No number.
pub(crate) const NONE: u32 = u32::MAX;

impl Table {
    /// Reads the columns of a case.
    #[expect(clippy::too_many_lines, reason = "one answer, field by field")]
    pub(crate) fn load(case: &Case) -> Result<Self, KeepError> {
        let mut table = Self::default();
        let mut findings: Vec<(u32, u32)> = Vec::new();
        let mut carried: Vec<(u32, ItemId)> = Vec::new();
        let mut files: Vec<String> = Vec::new();
        case.scan_items(|row| {
            table.add(row, &mut findings, &mut carried);
            files.push(row.attachments.to_owned());
            Ok(())
        })?;
        let n = table.ids.len();
        let mut order: Vec<u32> = (0..u32::try_from(n).unwrap_or(u32::MAX)).collect();
        order.sort_unstable_by_key(|index| table.ids.get(*index as usize));
        table.by_id = order;
        table.add_places(case, &mut files)?;
        for text in &files {
            table.files.push(text);
        }
        drop(files);
        let mut codes = std::mem::take(&mut table.codes);
        case.scan_group_findings(|item, test, code| {
            if let Some(index) = table.index(item) {
                findings.push((index, codes.number(&format!("{test}#{code}"))));
            }
            Ok(())
        })?;
        table.codes = codes;
        table.findings = Lists::of_pairs(n, findings);
        case.scan_opinions(|item, class, weight| {
            let index = table.index(item).map(|index| index as usize);
            // What only holds items is not judged, as in the report.
            let judged = index.filter(|index| !table.is_container(*index));
            if let Some(index) = judged {
                set(&mut table.class, index, class as u8);
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "weights are sorted by, not computed with"
                )]
                set(&mut table.weight, index, weight as f32);
            }
            Ok(())
        })?;
        for (index, item) in carried {
            let kind = table
                .index(&item)
                .and_then(|inner| table.kind.get(inner as usize))
                .copied()
                .unwrap_or(5);
            if let Some(carries) = table.carries.get_mut(index as usize) {
                *carries |= 1 << kind;
            }
            table.carried_by.entry(item).or_default().push(index);
        }
        table.n_listed = table
            .is_listed
            .iter()
            .filter(|is_listed| **is_listed)
            .count();
        table.sort();
        Ok(table)
    }

    #[expect(clippy::too_many_lines, reason = "one answer, field by field")]
    fn add(
        &mut self,
        row: &ScanRow<'_>,
        findings: &mut Vec<(u32, u32)>,
        carried: &mut Vec<(u32, ItemId)>,
    ) {
        let index = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.push(row.item);
        self.rows.push(row.row);
        self.kind.push(row.kind as u8);
        self.class.push(NO_CLASS);
        self.weight.push(0.0);
        self.date.push(row.date.unwrap_or(NO_DATE));
        self.month.push(row.date.map_or(NO_MONTH, month));
        self.size.push(row.size_bytes);
        self.signature.push(signature(&row.facts));
        self.examined.push(if row.not_examined.is_some() {
            2
        } else {
            u8::from(row.partial.is_some())
        });
        if let Some(reason) = row.not_examined {
            *self.not_examined.entry(reason.to_owned()).or_default() += 1;
        }
        if let Some(reason) = row.partial {
            *self.partial.entry(reason.to_owned()).or_default() += 1;
        }
        self.n_places.push(0);
        self.carries.push(0);
        self.is_listed.push(false);
        self.place.push(NONE);
        let by = if row.sender.is_empty() {
            row.author
        } else {
            row.sender
        };
        self.sender_text.push(self.sender_texts.number(by));
        let message = row.facts.message.as_ref();
        let address = message
            .map(|message| message.from.to_lowercase())
            .unwrap_or_default();
        let domain = address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
            .to_owned();
        let number = |interned: &mut Interned, text: &str| {
            if text.is_empty() {
                NONE
            } else {
                interned.number(text)
            }
        };
        self.sender.push(number(&mut self.addresses, &address));
        self.domain.push(number(&mut self.domains, &domain));
        for (lists, text) in [(&mut self.to, row.recipients), (&mut self.cc, row.copied)] {
            let addresses = &mut self.addresses;
            lists.push(
                text.lines()
                    .filter(|line| !line.is_empty())
                    .map(|line| addresses.number(&line.to_lowercase())),
            );
        }
        self.subject.push(row.subject);
        let codes = &mut self.codes;
        findings.extend(row.findings.lines().map(|code| (index, codes.number(code))));
        let n_attachments = message.map_or(0, |message| message.attachments.len());
        self.n_attachments
            .push(u32::try_from(n_attachments).unwrap_or(u32::MAX));
        if let Some(message) = message {
            carried.extend(
                message
                    .attachments
                    .iter()
                    .map(|attachment| (index, attachment.item)),
            );
            if !message.message_id.is_empty() {
                self.message_ids
                    .entry(hash(&message.message_id))
                    .or_default()
                    .push(index);
            }
            if !message.in_reply_to.is_empty() {
                self.answers
                    .entry(hash(&message.in_reply_to))
                    .or_default()
                    .push(index);
            }
        }
        for signature in &row.facts.signatures {
            self.count_key(signature);
        }
    }

    fn count_key(&mut self, signature: &Signature) {
        let kind = mabillon_report::words::signature_kind_word(signature.kind);
        let key = (kind, signature.by.clone(), signature.selector.clone());
        let count = self.keys.entry(key).or_default();
        match signature.result {
            SignatureResult::Pass => count.verified += 1,
            SignatureResult::NoKey => count.no_key += 1,
            SignatureResult::Fail | SignatureResult::Malformed => count.failed += 1,
        }
        count.proved += u64::from(signature.proves_all());
        count.bits = count.bits.or(signature.key_bits);
        count.anchored |= signature.anchored;
        count.source = count.source.or(signature
            .key_source
            .map(mabillon_report::words::key_source_word));
    }

    fn add_places(&mut self, case: &Case, files: &mut [String]) -> Result<(), KeepError> {
        let mut mailboxes = std::mem::take(&mut self.mailboxes);
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        case.scan_places(|number, item, place| {
            let Some(row) = self.index(item) else {
                return Ok(());
            };
            let index = row as usize;
            if let Some(n_places) = self.n_places.get_mut(index) {
                *n_places += 1;
            }
            if place.origin == Origin::Collection {
                set(&mut self.is_listed, index, true);
                if let Some(files) = files.get_mut(index) {
                    files.push('\n');
                    files.push_str(&place.path);
                }
                if let Some(mailbox) = &place.mailbox {
                    let name = if mailbox.is_empty() {
                        place.exhibit.to_string()
                    } else {
                        format!("{}!{mailbox}", place.exhibit)
                    };
                    pairs.push((row, mailboxes.number(&name)));
                }
            }
            if let Some(first) = self.place.get_mut(index) {
                *first = (*first).min(u32::try_from(number).unwrap_or(NONE));
            }
            Ok(())
        })?;
        self.mailboxes = mailboxes;
        self.mailbox = Lists::of_pairs(self.ids.len(), pairs);
        Ok(())
    }

    /// Whether it only holds items: a mailbox file or an archive.
    pub(crate) fn is_container(&self, index: usize) -> bool {
        let kind = self.kind.get(index).copied();
        [Kind::Mailbox, Kind::Archive]
            .map(|kind| Some(kind as u8))
            .contains(&kind)
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The index of an item.
    pub(crate) fn index(&self, item: &ItemId) -> Option<u32> {
        let found = self
            .by_id
            .binary_search_by_key(&Some(item), |index| self.ids.get(*index as usize));
        found.ok().and_then(|at| self.by_id.get(at)).copied()
    }

    /// Its row in the store.
    pub(crate) fn row(&self, index: u32) -> i64 {
        self.rows.get(index as usize).copied().unwrap_or_default()
    }

    fn rows_where(&self, fits: impl Fn(usize) -> bool) -> Rows {
        let rows = self.rows.iter().enumerate();
        rows.filter(|(index, _)| fits(*index))
            .map(|(_, row)| *row)
            .collect()
    }
}

/// The month of a date.
fn month(date: i64) -> u16 {
    let Ok(stamp) = jiff::Timestamp::from_microsecond(date) else {
        return NO_MONTH;
    };
    let civil = jiff::tz::Offset::UTC.to_datetime(stamp);
    if !(1970..2100).contains(&civil.year()) {
        return NO_MONTH;
    }
    u16::try_from(i32::from(civil.year()) * 12 + i32::from(civil.month()) - 1).unwrap_or(NO_MONTH)
}

fn signature(facts: &Facts) -> u8 {
    let of = |result: SignatureResult| {
        facts
            .signatures
            .iter()
            .any(|signature| signature.result == result)
    };
    if facts.is_proved() {
        0
    } else if of(SignatureResult::Pass) {
        1
    } else if of(SignatureResult::Fail) {
        2
    } else if of(SignatureResult::NoKey) {
        3
    } else if of(SignatureResult::Malformed) {
        4
    } else {
        5
    }
}

/// The first half of a digest, for ids that are compared again where it matters.
pub(crate) fn hash(text: &str) -> u64 {
    let digest = mabillon_case::sha256(text.as_bytes());
    digest
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
