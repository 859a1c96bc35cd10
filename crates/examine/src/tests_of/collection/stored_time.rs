//! Did the store take a message in when it was delivered?

use mabillon_case::{CollectionRecord, Facts, Finding, Origin, Outcome};

use crate::clock::gap;
use crate::test::declare_test;
use crate::whole::{StoredTime, agree};
use crate::{Run, World};

/// Messages of a mailbox that must state both times.
const MESSAGES_MIN: u64 = 50;
/// In a mailbox that follows delivery, the times of no more than one message in this many disagree.
const DISAGREE_ONE_IN: u64 = 50;

declare_test! {
    /// The store took a message in when the last relay delivered it.
    ///
    /// ## What it examines
    /// When the store says it took the message in: the date of the separator line of an mbox, the time in the name of a
    /// Maildir file, `date-received` of Apple Mail, the delivery time among the properties of Outlook; against the
    /// topmost `Received`, and for a sent copy its date. Only in mailboxes of fifty such messages where at least 98 in
    /// 100 agree to ten minutes, time zones apart.
    /// ## Why it matters
    /// Who edits the dates inside a message does not think of the second copy that the store keeps outside it.
    /// Who adds a message to a mailbox leaves the time of that.
    /// ## Innocent explanations
    /// Mail that was imported, restored, or moved from another account gets the time of that day; in a mailbox where this
    /// was done to many, nothing is said. Some exporters write the date of the message or that of the export.
    /// A delivery that waited on the way, a wrong clock of the last relay.
    /// ## References
    /// - RFC 4155 (separator line); the Maildir page of qmail; MS-OXOMSG, `PidTagMessageDeliveryTime`
    pub(crate) static STORED_TIME = {
        id: "collection/stored-time",
        findings: &["stored-at-another-time"],
        run: Run::InCollection(stored_time),
    }
}

fn stored_time(facts: &Facts, record: &CollectionRecord, _world: &World) -> Outcome {
    let places = facts
        .places
        .iter()
        .filter(|place| place.origin == Origin::Collection);
    let mut apart: Option<(StoredTime, &str)> = None;
    let mut n_judged = 0;
    for place in places {
        let mailbox = place
            .mailbox
            .as_deref()
            .and_then(|mailbox| record.mailbox(&place.exhibit, mailbox));
        let (Some(times), Some(mailbox)) = (StoredTime::of(facts, place), mailbox) else {
            continue;
        };
        let n_apart = mailbox.n_stored_times - mailbox.n_stored_times_agree;
        let follows_delivery = mailbox.n_stored_times >= MESSAGES_MIN
            && n_apart * DISAGREE_ONE_IN <= mailbox.n_stored_times;
        if !follows_delivery {
            continue;
        }
        n_judged += 1;
        if agree(&times) {
            return Outcome::NotApplicable("its store took it in when it was delivered");
        }
        if times.seconds().abs() >= gap::NEXT_DAY {
            apart = Some((times, &mailbox.mailbox));
        }
    }
    match apart {
        Some((times, mailbox)) => Outcome::one(finding(&times, mailbox)),
        None if n_judged > 0 => {
            Outcome::NotApplicable("its store took it in within a day of its delivery")
        }
        None => Outcome::NotApplicable("its store states no time that follows delivery"),
    }
}

fn finding(times: &StoredTime, mailbox: &str) -> Finding {
    let seconds = times.seconds();
    let direction = if seconds > 0.0 { "after" } else { "before" };
    let says = format!(
        "\"{mailbox}\" states that it was taken in at {}, {} {direction} its own time of delivery, {}. For nearly all \
         messages of this mailbox the two agree.",
        times.stored,
        gap::in_words(seconds),
        times.delivered,
    );
    Finding::new("stored-at-another-time", says)
}
