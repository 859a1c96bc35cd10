//! Was the attachment saved before it was sent?

use mabillon_case::{Facts, Finding, ItemId, Stamp};

use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

/// Clocks of two computers differ by this much without meaning anything, in seconds.
const CLOCKS_DIFFER_SECONDS: f64 = 300.0;
/// A time without a zone may be off by the widest offset in use, in seconds.
const UNKNOWN_ZONE_SECONDS: f64 = 14.0 * 3_600.0;
/// A time before 1990 was never set, in seconds since the epoch.
const UNSET_SECONDS: i64 = 631_152_000;

declare_test! {
    /// An attached document was saved before the message that carries it was sent.
    ///
    /// ## What it examines
    /// The time of the last save that a document states, against the date and the delivery time of each message that
    /// carries exactly its bytes.
    /// ## Why it matters
    /// A document cannot be younger than the message that carries it.
    /// Who puts another document into a stored message, or edits the one that is there, leaves the new time of saving.
    /// ## Innocent explanations
    /// A wrong clock on either computer; times without a time zone (allowed for); mail gateways that clean or convert
    /// documents on the way; a message kept as a draft whose date was set when it was begun.
    /// ## References
    /// - ISO/IEC 29500-2, `dcterms:modified`; MS-OLEPS, `PIDSI_LASTSAVE_DTM`; ISO 32000, `ModDate`
    pub(crate) static ATTACHMENT_SAVE_TIME = {
        id: "collection/attachment-save-time",
        findings: &["saved-in-time", "saved-after-sending", "carries-document-saved-later"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it is no dated document and carries none",
            needs_text: false,
            members_min: 2,
            examine: attachment_save_time,
        }),
    }
}

fn keys(facts: &Facts) -> Vec<Key> {
    let of = |item: &ItemId| Key::of(&[b"saved", &item.0]);
    match &facts.message {
        Some(message) => message
            .attachments
            .iter()
            .map(|attachment| of(&attachment.item))
            .collect(),
        None if saved(facts).is_some() => vec![of(&facts.item)],
        None => Vec::new(),
    }
}

fn saved(facts: &Facts) -> Option<Stamp> {
    facts
        .document
        .as_ref()?
        .modified
        .filter(|saved| saved.unix_seconds() >= UNSET_SECONDS)
}

/// When a message was on its way at the latest: its date, or its delivery where that is later.
fn sent(facts: &Facts) -> Option<Stamp> {
    let message = facts.message.as_ref()?;
    message.date.max(message.delivered)
}

fn attachment_save_time(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let Some((file, saved)) = group
        .members
        .iter()
        .find_map(|member| Some((member.facts, saved(member.facts)?)))
    else {
        return Vec::new();
    };
    let carriers: Vec<(&Facts, Stamp)> = group
        .members
        .iter()
        .filter(|member| member.facts.in_collection())
        .filter_map(|member| Some((member.facts, sent(member.facts)?)))
        .collect();
    let later = |sent: Stamp| saved.seconds_since(sent) > tolerance(saved, file);
    let mut found: Vec<(ItemId, Finding)> = carriers
        .iter()
        .filter(|(_, sent)| later(*sent))
        .map(|(carrier, sent)| (carrier.item, carrier_finding(file, saved, *sent)))
        .collect();
    if let Some((carrier, last)) = carriers
        .iter()
        .max_by_key(|(carrier, sent)| (*sent, carrier.item))
    {
        let finding = if later(*last) {
            let says = format!(
                "It states that it was last saved at {saved}, after every message that carries it was sent (the last at {last})."
            );
            Finding::new("saved-after-sending", says)
        } else {
            let says = format!(
                "It states that it was last saved at {saved}; the last message that carries it was sent at {last}."
            );
            Finding::new("saved-in-time", says)
        };
        found.push((file.item, finding.compared_with(carrier.item)));
    }
    found
}

fn carrier_finding(file: &Facts, saved: Stamp, sent: Stamp) -> Finding {
    let says = format!(
        "It was sent at {sent} at the latest and carries a document that states it was last saved later, at {saved}."
    );
    Finding::new("carries-document-saved-later", says).compared_with(file.item)
}

/// Old binary Office files keep UTC without saying so; every other time without a zone may be local.
fn tolerance(saved: Stamp, file: &Facts) -> f64 {
    let is_utc = saved.offset_minutes.is_some() || is_ole2(&file.media_type);
    if is_utc {
        CLOCKS_DIFFER_SECONDS
    } else {
        CLOCKS_DIFFER_SECONDS + UNKNOWN_ZONE_SECONDS
    }
}

fn is_ole2(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/msword"
            | "application/vnd.ms-excel"
            | "application/vnd.ms-powerpoint"
            | "application/x-ole-storage"
    )
}
