//! Does a message carry the marks of the program that stored its neighbours?

use mabillon_case::{CollectionRecord, Count, Facts, Finding, MailboxRecord, Origin, Outcome};

use crate::test::declare_test;
use crate::whole::marks_at;
use crate::{Run, World};

/// Messages of a mailbox that must have been stored alike.
const MESSAGES_MIN: u64 = 100;
/// A mark that no more than one message in this many lacks is one that the store leaves on all.
const LACKED_BY_ONE_IN: u64 = 100;

declare_test! {
    /// A message carries the marks that the program which stored or exported its mailbox left on all others.
    ///
    /// ## What it examines
    /// What programs add when they store or export mail: the kind of separator line of an mbox, line ends, fields such as
    /// `X-Mozilla-Status` or `X-GM-THRID`. In mailboxes of a hundred messages or more, marks that at least 99 in 100
    /// carry.
    /// ## Why it matters
    /// A mailbox is written by one program in one go. A message that lacks what all its neighbours have came in by
    /// another way, or was written anew with an editor.
    /// ## Innocent explanations
    /// The owner imported old mail, or moved messages from another program, one by one. Drafts and sent copies are stored
    /// by other ways than what is received. Messages that were repaired, or recovered after deletion.
    /// ## References
    /// - RFC 4155 (mbox); documentation of the programs on the fields that they add
    pub(crate) static STORE_MARKS = {
        id: "collection/store-marks",
        findings: &["lacks-mark-of-its-mailbox"],
        run: Run::InCollection(store_marks),
    }
}

fn store_marks(facts: &Facts, record: &CollectionRecord, _world: &World) -> Outcome {
    if facts.message.is_none() {
        return Outcome::NotApplicable("it is no message");
    }
    let mut judged: Vec<Option<(&MailboxRecord, &Count)>> = Vec::new();
    for place in &facts.places {
        let mailbox = place
            .mailbox
            .as_deref()
            .filter(|_| place.origin == Origin::Collection)
            .and_then(|mailbox| record.mailbox(&place.exhibit, mailbox))
            .filter(|mailbox| mailbox.n_messages >= MESSAGES_MIN);
        let Some(mailbox) = mailbox else {
            continue;
        };
        let marks = marks_at(facts, place);
        let mut common = common(mailbox).peekable();
        if common.peek().is_some() {
            let lacking = common.find(|mark| !marks.contains(&mark.name));
            judged.push(lacking.map(|mark| (mailbox, mark)));
        }
    }
    // One place where it fits is enough: there it may come from.
    if judged.is_empty() {
        return Outcome::NotApplicable("its mailbox has no marks that all messages share");
    }
    let Some(lacking) = judged.into_iter().collect::<Option<Vec<_>>>() else {
        return Outcome::NotApplicable("it carries the marks of all messages of its mailbox");
    };
    let Some((mailbox, mark)) = lacking.first() else {
        return Outcome::NotApplicable("its mailbox has no marks that all messages share");
    };
    let says = format!(
        "It lacks a mark that {} of the {} messages in \"{}\" carry: {}. It came into the mailbox by another way, or \
         was written anew.",
        mark.n, mailbox.n_messages, mailbox.mailbox, mark.name
    );
    Outcome::one(Finding::new("lacks-mark-of-its-mailbox", says))
}

/// The marks that hardly any message of a mailbox lacks.
fn common(mailbox: &MailboxRecord) -> impl Iterator<Item = &Count> {
    let n_messages = mailbox.n_messages;
    let is_common = move |mark: &&Count| (n_messages - mark.n) * LACKED_BY_ONE_IN <= n_messages;
    mailbox.marks.iter().filter(is_common)
}
