//! Does a message lie in its mailbox among messages of its own time?

use mabillon_case::{CollectionRecord, Facts, Finding, OutOfOrder, Outcome};

use crate::clock::gap;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// A message lies in its mailbox among messages of its own time.
    ///
    /// ## What it examines
    /// The order in which a store took its messages in: the place in an mbox, the number of a message on a mail server
    /// (UID) in the names of Maildir and Apple Mail files, the number of its node in an Outlook store. Where nine in ten
    /// neighbours follow each other in time, each message is compared with the ten before and the ten after it: it is out
    /// of order if it is more than thirty days away from them.
    /// ## Why it matters
    /// Numbers are given out as messages come in, and are not shown. Who changes the dates of a stored message leaves it
    /// at its old place; who puts a message in later, with an earlier date, puts it among later ones.
    /// ## Innocent explanations
    /// Owners move and restore single messages, import old mail, and keep drafts for weeks: a message of an earlier time
    /// among later ones is common. A message of a later time among earlier ones is not, unless those before and after it
    /// were moved. Wrong clocks put messages out of order too.
    /// Where more than one message in a hundred is out of order, none is named.
    /// ## References
    /// - RFC 3501, section 2.3.1.1 (UIDs rise); RFC 4155 (mbox); MS-PST, section 2.2.2.1 (node ids)
    pub(crate) static STORE_ORDER = {
        id: "collection/store-order",
        findings: &["stored-among-earlier", "stored-among-later"],
        run: Run::InCollection(store_order),
    }
}

fn store_order(facts: &Facts, record: &CollectionRecord, _world: &World) -> Outcome {
    if facts.message.is_none() {
        return Outcome::NotApplicable("it is no message");
    }
    let mut has_order = false;
    for (exhibit, mailbox) in facts.mailboxes() {
        let Some(described) = record.mailbox(exhibit, mailbox) else {
            continue;
        };
        has_order |= !described.out_of_order.is_empty();
        let rows = &described.out_of_order;
        let at = rows.binary_search_by_key(&facts.item, |row| row.item);
        if let Some(row) = at.ok().and_then(|at| rows.get(at)) {
            return Outcome::one(finding(row, mailbox));
        }
    }
    Outcome::NotApplicable(if has_order {
        "it lies among messages of its own time"
    } else {
        "its mailbox has no order, or no message out of it"
    })
}

fn finding(row: &OutOfOrder, mailbox: &str) -> Finding {
    let seconds = row.time.seconds_since(row.around);
    let length = gap::in_words(seconds);
    if seconds > 0.0 {
        let says = format!(
            "It is of {}, and lies in \"{mailbox}\" among messages of about {}, {length} earlier: its place is older than \
             its date.",
            row.time, row.around
        );
        Finding::new("stored-among-earlier", says)
    } else {
        let says = format!(
            "It is of {}, and lies in \"{mailbox}\" among messages of about {}, {length} later: it was put there later, or \
             its date was changed.",
            row.time, row.around
        );
        Finding::new("stored-among-later", says)
    }
}
