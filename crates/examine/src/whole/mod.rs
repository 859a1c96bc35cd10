//! What the collection as a whole tells of how it was made: mailboxes and where they end, conversations and what is
//! missing from them, archives and their clocks, documents saved all at once, attempts to obtain credentials, and
//! which mail is proved.
//!
//! Each part is a key and a fold over the items that share it: a mailbox, a Message-ID, an archive, a stretch of time.
//! What comes of it is shown to tests of single items ([`Run::InCollection`](crate::Run)) and to the report.

mod archives;
mod conversations;
mod counts;
mod end;
mod mailboxes;
mod marks;
mod order;
mod phishing;
mod saves;
mod selection;
mod stored_time;

use mabillon_case::{CollectionRecord, FactRows, Facts, Stamp};

use crate::{TextOf, World};

pub(crate) use marks::marks_at;
pub(crate) use stored_time::{StoredTime, agree};

/// Mail before this is a clock that was never set: 1990-01-01, seconds since the epoch.
const MAIL_SECONDS_MIN: i64 = 631_152_000;

/// The record of the collection; `text_of` gives the stored text of an item.
pub(crate) fn record(rows: &FactRows, text_of: &TextOf<'_>, world: &World) -> CollectionRecord {
    // Mail and documents that tell of themselves: what else there is counts for archives alone.
    let facts = rows.held();
    let (mut mailboxes, n_mailboxes_left_out) = mailboxes::describe(facts, world);
    let conversations = conversations::describe(facts, &mut mailboxes, text_of);
    let last_end = mailboxes
        .iter()
        .filter_map(|mailbox| mailbox.end)
        .map(|end| end.at)
        .max();
    let (archives, n_archives_left_out) = archives::describe(rows);
    CollectionRecord {
        bursts: saves::bursts(facts),
        saved_after_end: last_end
            .map(|end| saves::saved_after(end, facts, world))
            .unwrap_or_default(),
        phishing: phishing::describe(facts, &mailboxes, world),
        selection: selection::describe(facts, world),
        mailboxes,
        n_mailboxes_left_out,
        last_end,
        conversations,
        archives,
        n_archives_left_out,
    }
}

/// When a message was on its way: its delivery, else its own date; nothing outside the times that a message can have.
pub(crate) fn time_of(facts: &Facts, world: &World) -> Option<Stamp> {
    let message = facts.message.as_ref()?;
    let is_possible = |stamp: &Stamp| {
        (MAIL_SECONDS_MIN..=world.now.unix_seconds()).contains(&stamp.unix_seconds())
    };
    message
        .delivered
        .filter(is_possible)
        .or(message.date.filter(is_possible))
}

pub(crate) use saves::is_after;
