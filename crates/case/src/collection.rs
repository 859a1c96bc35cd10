//! What a collection as a whole tells of how it was made. Nothing here is about one item, and nothing here weighs.

use serde::{Deserialize, Serialize};

use crate::{ContainerKind, ItemId, PhishingRecord, Stamp};

/// How the collection under examination was made, as far as it tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CollectionRecord {
    /// The mailboxes, in order of exhibit and name.
    pub mailboxes: Vec<MailboxRecord>,
    /// Mailboxes beyond the limit, which are not described.
    pub n_mailboxes_left_out: u64,
    /// When the last mailbox ends: the latest of their ends. `None` where no mailbox has one.
    pub last_end: Option<Stamp>,
    /// Conversations and what is missing from them.
    pub conversations: Conversations,
    /// Archives whose entries carry times or names of a system, in order of exhibit and path.
    pub archives: Vec<ArchiveRecord>,
    /// Archives beyond the limit, which are not described.
    pub n_archives_left_out: u64,
    /// Documents of different origin that were saved all at once, in order of time.
    pub bursts: Vec<SaveBurst>,
    /// Documents that state a last save after the end of the last mailbox.
    pub saved_after_end: SavedAfterEnd,
    /// Attempts to obtain credentials.
    pub phishing: PhishingRecord,
    /// Which mail is proved, and which is not.
    pub selection: Selection,
}

impl CollectionRecord {
    /// The record of a mailbox.
    pub fn mailbox(&self, exhibit: &str, mailbox: &str) -> Option<&MailboxRecord> {
        let found = self
            .mailboxes
            .binary_search_by(|row| (&*row.exhibit, &*row.mailbox).cmp(&(exhibit, mailbox)));
        self.mailboxes.get(found.ok()?)
    }
}

/// Who gets proved: how many messages of each kind carry a signature, and how many are proved whole by one. Nothing
/// can be inferred from it about those that are not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Selection {
    /// By class of mail, in this order: sent copies and drafts, bulk mail, mail through lists and gateways, the rest.
    pub classes: Vec<ProvedShare>,
    /// By size of the message.
    pub sizes: Vec<ProvedShare>,
    /// By language of what the author wrote (BCP 47), most frequent first, "" where it is not known.
    pub languages: Vec<ProvedShare>,
    /// By month (`2017-03`) of the delivery, else of the date that the message states; "" where there is neither.
    pub months: Vec<ProvedShare>,
}

/// Messages of one kind, and how many of them are proved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProvedShare {
    /// The kind, in plain words.
    pub name: String,
    /// Messages.
    pub n_messages: u64,
    /// Of these, with a signature of any kind, whatever came of it.
    pub n_signed: u64,
    /// Of these, proved whole by one.
    pub n_proved: u64,
}

/// How often a name was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Count {
    /// What was seen.
    pub name: String,
    /// How often.
    pub n: u64,
}

/// One mailbox of the collection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MailboxRecord {
    /// The exhibit it lies in.
    pub exhibit: String,
    /// Its path.
    pub mailbox: String,
    /// The address that most of its messages were sent from, or delivered to; empty where none stands out.
    pub owner: String,
    /// Messages in it.
    pub n_messages: u64,
    /// Of these, proved by a signature.
    pub n_proved: u64,
    /// Of these, with a trace of delivery (`Received`); the others are sent copies and drafts.
    pub n_delivered: u64,
    /// Messages that answer another one.
    pub n_answers: u64,
    /// Of these, those whose answered message is nowhere in the collection.
    pub n_answers_to_missing: u64,
    /// The earliest message, by the time of delivery, else by its own date.
    pub first: Option<Stamp>,
    /// The latest message, by the same times.
    pub last: Option<Stamp>,
    /// The latest proved message.
    pub last_proved: Option<Stamp>,
    /// Where the mailbox ends, if it has enough messages to tell.
    pub end: Option<MailboxEnd>,
    /// Stretches of time without a message that its usual traffic does not explain, longest first.
    pub gaps: Vec<MailboxGap>,
    /// Marks that the programs left that stored or exported it, most frequent first.
    pub marks: Vec<Count>,
    /// Messages for which the store states when it took them in, and relays when they delivered them.
    pub n_stored_times: u64,
    /// Of these, those for which the two agree.
    pub n_stored_times_agree: u64,
    /// Messages that lie, in the order in which the store took them in, among messages of another time; in order of id.
    /// Empty where the store keeps no such order.
    pub out_of_order: Vec<OutOfOrder>,
}

/// A message that lies among messages of another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OutOfOrder {
    /// The item.
    pub item: ItemId,
    /// Its own time.
    pub time: Stamp,
    /// The time of the messages around it: the median of those before it where it is too early, of those after it where
    /// it is too late.
    pub around: Stamp,
}

/// The end of a mailbox: the last message of its steady flow, and so the earliest time at which it can have been taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxEnd {
    /// The last message of the flow.
    pub at: Stamp,
    /// Messages of the two weeks before it.
    pub n_last_fortnight: u64,
    /// Messages that two weeks usually hold: the median over the half year before.
    pub n_usual_fortnight: u64,
    /// Messages that are dated after it, behind a pause longer than any before.
    pub n_after: u64,
}

impl MailboxEnd {
    /// Whether it ends at full activity, as a mailbox does that was copied, and not one that was given up.
    pub const fn is_abrupt(&self) -> bool {
        self.n_usual_fortnight > 0 && self.n_last_fortnight * 2 >= self.n_usual_fortnight
    }
}

/// A stretch of time without a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailboxGap {
    /// The message before it.
    pub from: Stamp,
    /// The message after it.
    pub to: Stamp,
    /// Messages that the traffic of the weeks before and after would have brought.
    pub n_expected: u64,
}

/// Conversations of the collection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Conversations {
    /// Conversations of two messages or more, missing ones counted.
    pub n_conversations: u64,
    /// Messages of the collection that lie in them.
    pub n_messages: u64,
    /// Messages that name a message they answer.
    pub n_answers: u64,
    /// Of these, those whose answered message is in the collection.
    pub n_answers_present: u64,
    /// Messages that others name and that are not in the collection.
    pub n_missing: u64,
    /// Of these, those that stood at the beginning of their conversation.
    pub n_missing_first: u64,
    /// Of these, those answered by somebody whose mailbox is in the collection, and who so had them.
    pub n_missing_expected: u64,
    /// The missing messages of which most is known; the first ones are most worth reading.
    pub missing: Vec<MissingMessage>,
}

/// A message that others name and that is not in the collection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MissingMessage {
    /// Its `Message-ID`, without angle brackets.
    pub message_id: String,
    /// When it was written, by a clock that it left behind; `None` where it left none.
    pub time: Option<Stamp>,
    /// Which clock: "its Message-ID", "Thread-Index of its answers", "Gmail's id of the conversation".
    pub clock: String,
    /// The latest message before it in the conversation: it was written after this.
    pub after: Option<Stamp>,
    /// The earliest message that names it: it was written before this.
    pub before: Option<Stamp>,
    /// Whether it stood at the beginning of its conversation.
    pub is_first: bool,
    /// Messages that answer it directly.
    pub n_answers: u64,
    /// Messages that name it at all.
    pub n_named: u64,
    /// Some of those, direct answers first.
    pub named_by: Vec<NamedBy>,
    /// The line with which an answer introduces its quotation; empty where none does.
    pub attribution: String,
    /// The start of the longest quotation that survives of it; empty where none does.
    pub quoted: String,
    /// Number of words of that quotation.
    pub n_quoted_words: u64,
    /// The message that quotes it so.
    pub quoted_in: Option<ItemId>,
    /// Mailboxes of the collection whose owner answered it, and so had it.
    pub expected_in: Vec<String>,
}

/// A message that names a missing one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedBy {
    /// The item.
    pub item: ItemId,
    /// Its sender's address.
    pub from: String,
    /// Its date.
    pub date: Option<Stamp>,
    /// Its subject.
    pub subject: String,
    /// Whether it answers the missing message directly.
    pub is_answer: bool,
    /// Whether a signature proves it.
    pub is_proved: bool,
}

/// What the entries of one archive tell of its packing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveRecord {
    /// The exhibit.
    pub exhibit: String,
    /// The path of the archive; empty where it is the exhibit itself.
    pub path: String,
    /// The kind of archive.
    pub kind: ContainerKind,
    /// Entries that were read.
    pub n_entries: u64,
    /// Of these, encrypted ones.
    pub n_encrypted: u64,
    /// The earliest and the latest time of last change that entries carry in UTC.
    pub utc: Option<(Stamp, Stamp)>,
    /// The same by the clock on the packer's wall, where entries carry one: no offset is written with it.
    pub wall: Option<(Stamp, Stamp)>,
    /// Minutes that the wall clock was ahead of UTC, where entries carry both, most frequent first.
    pub offsets: Vec<(i16, u64)>,
    /// Systems that entries name.
    pub hosts: Vec<Count>,
    /// Versions of the format that their writer claims, and ways of packing.
    pub packers: Vec<Count>,
    /// Owners of the packed files, as name or number.
    pub owners: Vec<Count>,
    /// Files that a system leaves in folders: `__MACOSX`, `.DS_Store`, `Thumbs.db`, `desktop.ini`.
    pub leftovers: Vec<Count>,
    /// Times of last change by hour of the day in UTC, from 0 to 23; empty where no entry carries UTC.
    pub hours_utc: Vec<u64>,
    /// The most entries whose times of last change lie within one hour, and the start of that hour.
    pub busiest_hour: Option<(Stamp, u64)>,
}

/// Documents of different origin that were saved within a few minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveBurst {
    /// The first save.
    pub first: Stamp,
    /// The last save.
    pub last: Stamp,
    /// The documents, in order of id.
    pub documents: Vec<ItemId>,
    /// When the oldest of them was made.
    pub oldest: Stamp,
    /// When the youngest of them was made.
    pub youngest: Stamp,
    /// Names of those who saved them last.
    pub savers: Vec<Count>,
    /// Programs that saved them.
    pub programs: Vec<Count>,
    /// Languages of those programs (BCP 47), where localised names tell.
    pub languages: Vec<Count>,
    /// Whether all name one saver, who is author of none of them.
    pub by_another_hand: bool,
}

/// Documents that were saved after the end of the last mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SavedAfterEnd {
    /// How many.
    pub n_documents: u64,
    /// The first ones, in order of time.
    pub documents: Vec<(Stamp, ItemId)>,
    /// Names of those who saved them last.
    pub savers: Vec<Count>,
    /// Languages of the programs.
    pub languages: Vec<Count>,
}
