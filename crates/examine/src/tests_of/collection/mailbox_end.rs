//! Does an item belong to the time that its mailbox covers?

use mabillon_case::{CollectionRecord, Facts, Finding, MailboxRecord, Outcome, Stamp};

use crate::clock::gap;
use crate::test::declare_test;
use crate::whole::{is_after, time_of};
use crate::{Run, World};

declare_test! {
    /// A message is dated before the steady flow of its mailbox ends, and a document was saved before the last mailbox ends.
    ///
    /// ## What it examines
    /// For each mailbox of fifty messages or more over two months: where the flow of its messages ends, by the times at
    /// which they were delivered. Up to five messages lie behind the end where the pause before them is of two weeks or
    /// more and twice as long as any pause among the three hundred messages before. Proved messages always belong to the
    /// flow. Documents are compared with the end of the mailbox that ends last.
    /// ## Why it matters
    /// A mailbox that was copied ends on the day of the copy. What is dated later was not taken with it, and a document
    /// that was saved later was handled by whoever had it then.
    /// In the leak of the French campaign in 2017 some mailboxes ended at midday on 24 April, others weeks before.
    /// ## Innocent explanations
    /// The mailbox was copied twice, or its last weeks were copied only in part.
    /// Its owner left or used another address, and single messages still came. A clock of a relay was wrong.
    /// Documents may have been taken from another place, later than the mail.
    /// ## References
    /// - Newspaper reports on the mailboxes of the 2017 leak, which compare their last days
    pub(crate) static MAILBOX_END = {
        id: "collection/mailbox-end",
        findings: &["dated-after-its-mailbox-ends", "saved-after-every-mailbox-ends"],
        run: Run::InCollection(mailbox_end),
    }
}

fn mailbox_end(facts: &Facts, record: &CollectionRecord, world: &World) -> Outcome {
    if let Some(document) = &facts.document {
        return document_of(document.modified, record, world);
    }
    if facts.is_proved() {
        return Outcome::NotApplicable("it is proved");
    }
    let Some(time) = time_of(facts, world) else {
        return Outcome::NotApplicable("it has no readable time");
    };
    let mailboxes: Vec<&MailboxRecord> = facts
        .mailboxes()
        .into_iter()
        .filter_map(|(exhibit, mailbox)| record.mailbox(exhibit, mailbox))
        .collect();
    let ends: Option<Vec<Stamp>> = mailboxes
        .iter()
        .map(|mailbox| Some(mailbox.end?.at))
        .collect();
    // In whichever of its mailboxes it fits, there it may come from.
    match ends.and_then(|ends| ends.into_iter().max()) {
        None => Outcome::NotApplicable("its mailbox has too few messages to tell where it ends"),
        Some(end) if time.unix_seconds() > end.unix_seconds() => {
            Outcome::one(after(&mailboxes, time, end))
        }
        Some(_) => Outcome::NotApplicable("it lies before the end of its mailbox"),
    }
}

fn after(mailboxes: &[&MailboxRecord], time: Stamp, end: Stamp) -> Finding {
    let name = mailboxes.first().map_or("", |mailbox| &*mailbox.mailbox);
    let says = format!(
        "It is of {time}, {} after the flow of messages in \"{name}\" ends ({end}), behind a pause longer than any \
         before: it may not have been taken together with the rest.",
        gap::in_words(time.seconds_since(end)),
    );
    Finding::new("dated-after-its-mailbox-ends", says)
}

fn document_of(saved: Option<Stamp>, record: &CollectionRecord, world: &World) -> Outcome {
    let Some(saved) = saved else {
        return Outcome::NotApplicable("it states no time of its last save");
    };
    let Some(end) = record.last_end else {
        return Outcome::NotApplicable("no mailbox has enough messages to tell where it ends");
    };
    if !is_after(end, saved, world) {
        return Outcome::NotApplicable("it was saved before the last mailbox ends");
    }
    let says = format!(
        "It states that it was last saved at {saved}, after the last mailbox of the collection ends ({end}): it was \
         handled later than the mail was taken, or was taken later."
    );
    Outcome::one(Finding::new("saved-after-every-mailbox-ends", says))
}
