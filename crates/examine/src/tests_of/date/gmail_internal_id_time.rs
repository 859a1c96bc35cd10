//! Does Gmail's own number of a message fit its times?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::date_of;
use crate::clock::gap::{self, DAY, MINUTE};
use crate::clock::gmail_internal_id;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Gmail's own number of a message fits the time at which it arrived.
    ///
    /// ## What it examines
    /// `X-GM-MSGID`, and the number in the separator line of a mailbox from Google Takeout (`From 1573...@xxx`): the time
    /// at which Gmail stored the message, in milliseconds. It is compared with the topmost `Received`, or with `Date`
    /// where there is none, and the two numbers with each other.
    /// ## Why it matters
    /// The number does not look like a time, and Gmail makes it when it stores the message. A message that was put into a
    /// mailbox later has the number of that day, whatever its dates say.
    /// ## Innocent explanations
    /// Mail that was moved to Gmail from another account has numbers of the day it was moved; look at other messages of
    /// the mailbox. Drafts have the number of their first saving, before they were sent.
    /// No message is stored before it was delivered, but a relay's clock may be wrong.
    /// ## References
    /// - Google, "IMAP extensions" (X-GM-MSGID, X-GM-THRID); published analyses of the numbers in Takeout exports
    pub(crate) static GMAIL_INTERNAL_ID_TIME = {
        id: "date/gmail-internal-id-time",
        findings: &["number-agrees", "number-later", "number-earlier", "numbers-differ"],
        run: Run::Message(gmail_internal_id_time),
    }
}

/// Gmail stores a message when it arrives; a message may be written in a window that was saved before.
const CLOSE_SECONDS: f64 = 10.0 * MINUTE;
/// Clocks of other relays, and time zones, let a number be this much early without meaning anything.
const EARLY_SECONDS_MAX: f64 = DAY;

fn gmail_internal_id_time(message: &Message, _world: &World) -> Outcome {
    let of_field = message
        .value("X-GM-MSGID")
        .and_then(|value| gmail_internal_id::decode(&value));
    let of_line = message.separator.as_deref().and_then(of_separator);
    let Some(stored) = of_field.or(of_line) else {
        return Outcome::NotApplicable("it has no number of Gmail");
    };
    if let (Some(field), Some(line)) = (of_field, of_line)
        && field != line
    {
        let says = format!(
            "Gmail's number in X-GM-MSGID is of {field}, the one in the separator line of {line}: the two belong to \
             different messages."
        );
        return Outcome::one(Finding::new("numbers-differ", says));
    }
    let delivered = message.hops.first().and_then(|hop| hop.date);
    let Some(arrived) = delivered.or_else(|| date_of(message)) else {
        return Outcome::NotApplicable("it has no readable time");
    };
    Outcome::one(compare(stored, arrived))
}

/// The number in a separator line of Google Takeout.
fn of_separator(line: &str) -> Option<Stamp> {
    let number = line.strip_prefix("From ")?.split('@').next()?;
    line.contains("@xxx")
        .then(|| gmail_internal_id::decode(number))?
}

fn compare(stored: Stamp, arrived: Stamp) -> Finding {
    let seconds = stored.seconds_since(arrived);
    let length = gap::in_words(seconds);
    if seconds.abs() <= CLOSE_SECONDS {
        let says =
            format!("Gmail's own number is of {stored}, {length} from its arrival ({arrived}).");
        Finding::new("number-agrees", says)
    } else if seconds > 0.0 {
        let says = format!(
            "Gmail's own number is of {stored}, {length} after its arrival ({arrived}): it was put into the mailbox then."
        );
        Finding::new("number-later", says)
    } else if seconds >= -EARLY_SECONDS_MAX {
        let says = format!(
            "Gmail's own number is of {stored}, {length} before its arrival ({arrived}): no more than clocks and drafts \
             explain."
        );
        Finding::new("number-agrees", says)
    } else {
        let says = format!(
            "Gmail's own number is of {stored}, {length} before its arrival ({arrived}): Gmail had it before it says it \
             came."
        );
        Finding::new("number-earlier", says)
    }
}
