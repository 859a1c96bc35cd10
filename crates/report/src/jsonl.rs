//! The JSONL export: one object per item. The published format, on types of its own.
//!
//! Fields and their order are fixed; later versions add fields and never change these. Times are RFC 3339 with their
//! own offset; weights are rounded to two decimals; fields that do not apply are `null` or empty. Only places in the
//! collection are exported, never those among the originals.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use mabillon_case::{
    Basis, Class, DocumentFacts, MessageFacts, NotRun, Place, Signature, Stamp, Warning,
};
use serde::Serialize;

use crate::item_row::Weighed;
use crate::printable::is_hidden;
use crate::stored::StoredObject;
use crate::words::{
    body_hash_word, covers_word, key_source_word, kind_word, result_word, round2,
    signature_kind_word,
};
use crate::{ItemRow, LostKeys};

/// Version of the export's format. It is stated beside the export, not in each object.
pub const FORMAT_VERSION: u32 = 1;

/// Writes one item as one line.
///
/// # Errors
/// Where `out` cannot be written.
pub fn jsonl(item: &ItemRow<'_>, out: &mut impl Write) -> io::Result<()> {
    let line = serde_json::to_string(&ItemLine::of(item))?;
    out.write_all(escaped(&line).as_bytes())?;
    out.write_all(b"\n")
}

/// The same JSON with hidden characters written as escapes (RFC 8259, section 7), so that a line shown in a
/// terminal or an editor cannot deceive. Such characters occur inside strings only; nothing is lost.
pub(crate) fn escaped(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_hidden) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[derive(Serialize)]
struct ItemLine<'a> {
    item: String,
    kind: &'static str,
    media_type: &'a str,
    size_bytes: u64,
    places: Vec<PlaceObject<'a>>,
    message: Option<MessageObject<'a>>,
    document: Option<DocumentObject<'a>>,
    opinion: &'static str,
    log10_lr: f64,
    basis: &'static str,
    signatures: Vec<SignatureObject<'a>>,
    findings: Vec<FindingObject<'a>>,
    not_run: Vec<NotRunObject<'a>>,
    warnings: Vec<WarningObject<'a>>,
    not_examined: Option<&'a str>,
}

#[derive(Serialize)]
struct PlaceObject<'a> {
    exhibit: &'a str,
    path: &'a str,
    offset: u64,
    length: u64,
    stored: Option<StoredObject<'a>>,
}

#[derive(Serialize)]
struct MessageObject<'a> {
    message_id: &'a str,
    date: Option<String>,
    from: &'a str,
    to: &'a [String],
    cc: &'a [String],
    subject: &'a str,
    labels: &'a [String],
    mozilla_status: Option<u32>,
}

#[derive(Serialize)]
struct DocumentObject<'a> {
    title: &'a str,
    author: &'a str,
    last_modified_by: &'a str,
    created: Option<String>,
    modified: Option<String>,
    application: &'a str,
}

#[derive(Serialize)]
struct SignatureObject<'a> {
    kind: &'static str,
    by: &'a str,
    selector: &'a str,
    result: &'static str,
    body_hash: &'static str,
    key_source: Option<&'static str>,
    key_bits: Option<u32>,
    repairs: &'a [String],
    covers: &'static str,
    anchored: bool,
    /// What the search for its lost key came to, in plain words; `null` where the key is known.
    lost_key: Option<String>,
    /// Text that had to be taken away before it verified, and that it does not cover.
    removed: Vec<RemovedObject<'a>>,
    /// Of the signature of a person, S/MIME or OpenPGP; else `null`.
    personal: Option<PersonalObject<'a>>,
}

#[derive(Serialize)]
pub(crate) struct RemovedObject<'a> {
    repair: &'a str,
    start: usize,
    end: usize,
    text: &'a str,
}

#[derive(Serialize)]
pub(crate) struct PersonalObject<'a> {
    signer: &'a str,
    addresses: &'a [String],
    key: &'a str,
    vouched_by: &'a str,
    doubt: &'a str,
    weakness: &'a str,
    part: &'a str,
    outside: &'a [String],
    fields_differing: &'a [String],
    other_sender: &'a str,
}

#[derive(Serialize)]
struct FindingObject<'a> {
    test: &'a str,
    code: &'a str,
    group: &'a str,
    log10_lr: f64,
    says: &'a str,
    at: Option<SpanObject>,
}

#[derive(Serialize)]
struct SpanObject {
    start: usize,
    end: usize,
}

#[derive(Serialize)]
struct NotRunObject<'a> {
    test: &'a str,
    reason: String,
}

#[derive(Serialize)]
struct WarningObject<'a> {
    code: &'a str,
    says: &'a str,
}

impl<'a> ItemLine<'a> {
    fn of(item: &ItemRow<'a>) -> Self {
        let facts = item.facts;
        let (opinion, log10_lr, basis) = stated_opinion(item);
        let mut warnings: Vec<_> = item.warnings.iter().map(WarningObject::of).collect();
        // The format has no field for it, and nothing left undone may be lost.
        warnings.extend(item.partial.map(|says| WarningObject {
            code: PARTLY_EXAMINED,
            says,
        }));
        Self {
            item: facts.item.to_string(),
            kind: kind_word(facts.kind),
            media_type: &facts.media_type,
            size_bytes: facts.size_bytes,
            places: item.places().map(PlaceObject::of).collect(),
            message: facts.message.as_deref().map(MessageObject::of),
            document: facts.document.as_deref().map(DocumentObject::of),
            opinion: opinion.word(),
            log10_lr,
            basis: basis.word(),
            signatures: facts
                .signatures
                .iter()
                .map(|signature| SignatureObject::of(signature, item.lost_keys))
                .collect(),
            findings: item.weighed().iter().map(FindingObject::of).collect(),
            not_run: item
                .not_run
                .iter()
                .map(|entry| NotRunObject::of(entry))
                .collect(),
            warnings,
            not_examined: item.not_examined,
        }
    }
}

/// The code of the warning that an item was examined in part.
const PARTLY_EXAMINED: &str = "partly-examined";

/// The opinion as exported: containers and items that were not examined have none.
pub(crate) fn stated_opinion(item: &ItemRow<'_>) -> (Class, f64, Basis) {
    if item.is_container() || item.not_examined.is_some() {
        (Class::Unresolved, 0.0, Basis::None)
    } else {
        let opinion = item.opinion;
        (opinion.class, round2(opinion.log10_lr), opinion.basis)
    }
}

impl<'a> PlaceObject<'a> {
    fn of(place: &'a Place) -> Self {
        Self {
            exhibit: &place.exhibit,
            path: &place.path,
            offset: place.offset,
            length: place.length,
            stored: place.stored.as_deref().map(StoredObject::of),
        }
    }
}

impl<'a> MessageObject<'a> {
    fn of(message: &'a MessageFacts) -> Self {
        Self {
            message_id: &message.message_id,
            date: time(message.date),
            from: &message.from,
            to: &message.to,
            cc: &message.cc,
            subject: &message.subject,
            labels: &message.labels,
            mozilla_status: message.mozilla_status,
        }
    }
}

impl<'a> DocumentObject<'a> {
    fn of(document: &'a DocumentFacts) -> Self {
        Self {
            title: &document.title,
            author: &document.author,
            last_modified_by: &document.last_modified_by,
            created: time(document.created),
            modified: time(document.modified),
            application: &document.application,
        }
    }
}

impl<'a> SignatureObject<'a> {
    fn of(signature: &'a Signature, lost_keys: Option<&LostKeys>) -> Self {
        Self {
            kind: signature_kind_word(signature.kind),
            by: &signature.by,
            selector: &signature.selector,
            result: result_word(signature.result),
            body_hash: body_hash_word(signature.body_hash),
            key_source: signature.key_source.map(key_source_word),
            key_bits: signature.key_bits,
            repairs: &signature.repairs,
            covers: covers_word(signature.covers),
            anchored: signature.anchored,
            lost_key: lost_keys.and_then(|lost| lost.told(signature)),
            removed: RemovedObject::all(signature),
            personal: PersonalObject::of(signature),
        }
    }
}

impl<'a> RemovedObject<'a> {
    pub(crate) fn all(signature: &'a Signature) -> Vec<Self> {
        let removed = signature.removed.iter();
        removed
            .map(|removed| Self {
                repair: &removed.repair,
                start: removed.span.start,
                end: removed.span.end,
                text: &removed.text,
            })
            .collect()
    }
}

impl<'a> PersonalObject<'a> {
    pub(crate) fn of(signature: &'a Signature) -> Option<Self> {
        let personal = signature.personal.as_deref()?;
        Some(Self {
            signer: &personal.signer,
            addresses: &personal.addresses,
            key: &personal.key,
            vouched_by: &personal.vouched_by,
            doubt: &personal.doubt,
            weakness: &personal.weakness,
            part: &personal.part,
            outside: &personal.outside,
            fields_differing: &personal.fields_differing,
            other_sender: &personal.other_sender,
        })
    }
}

impl<'a> FindingObject<'a> {
    fn of(weighed: &Weighed<'a>) -> Self {
        let finding = weighed.finding;
        Self {
            test: &finding.test,
            code: &finding.code,
            group: weighed.group,
            log10_lr: round2(weighed.log10_lr),
            says: &finding.says,
            at: finding.at.map(|span| SpanObject {
                start: span.start,
                end: span.end,
            }),
        }
    }
}

impl<'a> NotRunObject<'a> {
    fn of(not_run: &'a NotRun) -> Self {
        let reason = if not_run.failed {
            format!("the test failed: {}", not_run.reason)
        } else {
            not_run.reason.to_string()
        };
        Self {
            test: &not_run.test,
            reason,
        }
    }
}

impl<'a> WarningObject<'a> {
    fn of(warning: &'a Warning) -> Self {
        Self {
            code: &warning.code,
            says: &warning.says,
        }
    }
}

/// RFC 3339 with its own offset.
pub(crate) fn time(stamp: Option<Stamp>) -> Option<String> {
    stamp.map(|stamp| stamp.to_string())
}
