//! `collection.json`: everything that was counted of how the collection was made, for other programs.

mod conversations;
pub(crate) mod selection;

use std::borrow::Cow;

use mabillon_case::{
    ArchiveRecord, CollectionRecord, Count, ItemId, MailboxEnd, MailboxGap, MailboxRecord,
    OutOfOrder, PhishingCampaign, PhishingCandidate, PhishingRecord, SaveBurst, SavedAfterEnd,
    Stamp,
};
use serde::Serialize;

use conversations::ConversationsObject;
use selection::SelectionObject;

use crate::jsonl::{escaped, time};
use crate::words::container_name;

/// The number of this format. Later versions add fields and never change these.
const FORMAT: u32 = 1;

/// The record of a collection as one JSON object, indented, with a line end.
pub fn collection_json(record: &CollectionRecord) -> String {
    // No map with keys that are not strings and no failing writer: this cannot fail.
    let json = serde_json::to_string_pretty(&Object::of(record)).unwrap_or_default();
    let lines: Vec<Cow<'_, str>> = json.lines().map(escaped).collect();
    lines.join("\n") + "\n"
}

#[derive(Serialize)]
struct Object<'a> {
    format: u32,
    mailboxes: Vec<MailboxObject<'a>>,
    mailboxes_left_out: u64,
    last_end: Option<String>,
    conversations: ConversationsObject<'a>,
    archives: Vec<ArchiveObject<'a>>,
    archives_left_out: u64,
    bursts: Vec<BurstObject<'a>>,
    saved_after_end: SavedAfterObject<'a>,
    phishing: PhishingObject<'a>,
    selection: SelectionObject<'a>,
}

impl<'a> Object<'a> {
    fn of(record: &'a CollectionRecord) -> Self {
        Self {
            format: FORMAT,
            mailboxes: record.mailboxes.iter().map(MailboxObject::of).collect(),
            mailboxes_left_out: record.n_mailboxes_left_out,
            last_end: time(record.last_end),
            conversations: ConversationsObject::of(&record.conversations),
            archives: record.archives.iter().map(ArchiveObject::of).collect(),
            archives_left_out: record.n_archives_left_out,
            bursts: record.bursts.iter().map(BurstObject::of).collect(),
            saved_after_end: SavedAfterObject::of(&record.saved_after_end),
            phishing: PhishingObject::of(&record.phishing),
            selection: SelectionObject::of(&record.selection),
        }
    }
}

#[derive(Serialize)]
struct PhishingObject<'a> {
    messages: Vec<CandidateObject<'a>>,
    messages_left_out: u64,
    campaigns: Vec<CampaignObject<'a>>,
}

impl<'a> PhishingObject<'a> {
    fn of(record: &'a PhishingRecord) -> Self {
        Self {
            messages: record.candidates.iter().map(CandidateObject::of).collect(),
            messages_left_out: record.n_left_out,
            campaigns: record.campaigns.iter().map(CampaignObject::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct CandidateObject<'a> {
    item: String,
    campaign: u64,
    /// Sum of the signs, a judgement (log10).
    weight: f64,
    signs: Vec<SignObject<'a>>,
}

#[derive(Serialize)]
struct SignObject<'a> {
    sign: &'static str,
    seen: &'a str,
}

impl<'a> CandidateObject<'a> {
    fn of(row: &'a PhishingCandidate) -> Self {
        let signs = row.signs.iter().map(|sign| SignObject {
            sign: sign.kind.word(),
            seen: &sign.seen,
        });
        Self {
            item: row.item.to_string(),
            campaign: row.campaign,
            weight: f64::from(row.tenths) / 10.0,
            signs: signs.collect(),
        }
    }
}

#[derive(Serialize)]
struct CampaignObject<'a> {
    number: u64,
    in_the_name_of: &'a str,
    messages: u64,
    first: Option<String>,
    last: Option<String>,
    senders: &'a [String],
    subjects: &'a [String],
    hosts: &'a [String],
    targets: &'a [String],
    /// Notices about accounts that came to the same mailboxes in the two weeks after.
    notices_after: Vec<String>,
}

impl<'a> CampaignObject<'a> {
    fn of(row: &'a PhishingCampaign) -> Self {
        Self {
            number: row.number,
            in_the_name_of: &row.imitates,
            messages: row.n_messages,
            first: time(row.first),
            last: time(row.last),
            senders: &row.senders,
            subjects: &row.subjects,
            hosts: &row.hosts,
            targets: &row.targets,
            notices_after: row.followed_by.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Serialize)]
struct CountObject<'a> {
    name: &'a str,
    n: u64,
}

fn counts(counts: &[Count]) -> Vec<CountObject<'_>> {
    counts
        .iter()
        .map(|count| CountObject {
            name: &count.name,
            n: count.n,
        })
        .collect()
}

#[derive(Serialize)]
struct MailboxObject<'a> {
    exhibit: &'a str,
    mailbox: &'a str,
    owner: &'a str,
    messages: u64,
    proved: u64,
    delivered: u64,
    answers: u64,
    answers_to_missing: u64,
    first: Option<String>,
    last: Option<String>,
    last_proved: Option<String>,
    end: Option<EndObject>,
    gaps: Vec<GapObject>,
    marks: Vec<CountObject<'a>>,
    stored_times: u64,
    stored_times_agree: u64,
    out_of_order: Vec<OutOfOrderObject>,
}

impl<'a> MailboxObject<'a> {
    fn of(row: &'a MailboxRecord) -> Self {
        Self {
            exhibit: &row.exhibit,
            mailbox: &row.mailbox,
            owner: &row.owner,
            messages: row.n_messages,
            proved: row.n_proved,
            delivered: row.n_delivered,
            answers: row.n_answers,
            answers_to_missing: row.n_answers_to_missing,
            first: time(row.first),
            last: time(row.last),
            last_proved: time(row.last_proved),
            end: row.end.map(EndObject::of),
            gaps: row.gaps.iter().map(GapObject::of).collect(),
            marks: counts(&row.marks),
            stored_times: row.n_stored_times,
            stored_times_agree: row.n_stored_times_agree,
            out_of_order: row.out_of_order.iter().map(OutOfOrderObject::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct OutOfOrderObject {
    item: String,
    time: String,
    around: String,
}

impl OutOfOrderObject {
    fn of(row: &OutOfOrder) -> Self {
        Self {
            item: row.item.to_string(),
            time: row.time.to_string(),
            around: row.around.to_string(),
        }
    }
}

#[derive(Serialize)]
struct EndObject {
    at: String,
    messages_last_fortnight: u64,
    messages_usual_fortnight: u64,
    at_full_activity: bool,
    messages_after: u64,
}

impl EndObject {
    fn of(end: MailboxEnd) -> Self {
        Self {
            at: end.at.to_string(),
            messages_last_fortnight: end.n_last_fortnight,
            messages_usual_fortnight: end.n_usual_fortnight,
            at_full_activity: end.is_abrupt(),
            messages_after: end.n_after,
        }
    }
}

#[derive(Serialize)]
struct GapObject {
    from: String,
    to: String,
    messages_expected: u64,
}

impl GapObject {
    fn of(gap: &MailboxGap) -> Self {
        Self {
            from: gap.from.to_string(),
            to: gap.to.to_string(),
            messages_expected: gap.n_expected,
        }
    }
}

#[derive(Serialize)]
struct ArchiveObject<'a> {
    exhibit: &'a str,
    path: &'a str,
    kind: &'static str,
    entries: u64,
    encrypted: u64,
    utc: Option<[String; 2]>,
    wall: Option<[String; 2]>,
    offsets: Vec<OffsetObject>,
    hosts: Vec<CountObject<'a>>,
    packers: Vec<CountObject<'a>>,
    owners: Vec<CountObject<'a>>,
    leftovers: Vec<CountObject<'a>>,
    hours_utc: &'a [u64],
    busiest_hour: Option<HourObject>,
}

#[derive(Serialize)]
struct OffsetObject {
    minutes: i16,
    n: u64,
}

#[derive(Serialize)]
struct HourObject {
    from: String,
    entries: u64,
}

impl<'a> ArchiveObject<'a> {
    fn of(row: &'a ArchiveRecord) -> Self {
        let span = |span: Option<(Stamp, Stamp)>| {
            span.map(|(first, last)| [first.to_string(), last.to_string()])
        };
        let offsets = row.offsets.iter();
        Self {
            exhibit: &row.exhibit,
            path: &row.path,
            kind: container_name(row.kind),
            entries: row.n_entries,
            encrypted: row.n_encrypted,
            utc: span(row.utc),
            wall: span(row.wall),
            offsets: offsets
                .map(|(minutes, n)| OffsetObject {
                    minutes: *minutes,
                    n: *n,
                })
                .collect(),
            hosts: counts(&row.hosts),
            packers: counts(&row.packers),
            owners: counts(&row.owners),
            leftovers: counts(&row.leftovers),
            hours_utc: &row.hours_utc,
            busiest_hour: row.busiest_hour.map(|(from, entries)| HourObject {
                from: from.to_string(),
                entries,
            }),
        }
    }
}

#[derive(Serialize)]
struct BurstObject<'a> {
    first: String,
    last: String,
    documents: Vec<String>,
    oldest_made: String,
    youngest_made: String,
    savers: Vec<CountObject<'a>>,
    programs: Vec<CountObject<'a>>,
    languages: Vec<CountObject<'a>>,
    by_another_hand: bool,
}

impl<'a> BurstObject<'a> {
    fn of(burst: &'a SaveBurst) -> Self {
        Self {
            first: burst.first.to_string(),
            last: burst.last.to_string(),
            documents: burst.documents.iter().map(ItemId::to_string).collect(),
            oldest_made: burst.oldest.to_string(),
            youngest_made: burst.youngest.to_string(),
            savers: counts(&burst.savers),
            programs: counts(&burst.programs),
            languages: counts(&burst.languages),
            by_another_hand: burst.by_another_hand,
        }
    }
}

#[derive(Serialize)]
struct SavedAfterObject<'a> {
    documents: u64,
    first_documents: Vec<SavedObject>,
    savers: Vec<CountObject<'a>>,
    languages: Vec<CountObject<'a>>,
}

#[derive(Serialize)]
struct SavedObject {
    saved: String,
    item: String,
}

impl<'a> SavedAfterObject<'a> {
    fn of(told: &'a SavedAfterEnd) -> Self {
        let documents = told.documents.iter();
        Self {
            documents: told.n_documents,
            first_documents: documents
                .map(|(saved, item)| SavedObject {
                    saved: saved.to_string(),
                    item: item.to_string(),
                })
                .collect(),
            savers: counts(&told.savers),
            languages: counts(&told.languages),
        }
    }
}
