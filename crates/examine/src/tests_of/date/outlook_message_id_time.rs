//! Does the time in an Outlook Message-ID fit the date?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::{NO_DATE, date_of};
use crate::clock::gap::{self, DAY, HOUR, MINUTE, NEXT_DAY};
use crate::clock::outlook_id::{self, OutlookId};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The time in a Message-ID that Outlook made fits the date.
    ///
    /// ## What it examines
    /// Message-IDs of Outlook and Outlook Express (`000001d3c2c0$e7ca4aa0$b75edfe0$@host`): sixteen of their digits are a
    /// FILETIME, the moment by the sender's own clock at which the message was built. It is compared with `Date`.
    /// ## Why it matters
    /// Both come from one clock, so a wrong clock cannot pull them apart. Who edits the date, or makes a new message from
    /// an old one, leaves the digits.
    /// ## Innocent explanations
    /// In samples the id is one to five seconds after the date. A message that waited in the outbox, or a draft that was
    /// kept, shows more: hours are common, days are rare and reported apart.
    /// Junk mail tools write random digits in this form, which give no possible time. That is reported apart: it says
    /// that the sender's program only claims to be Outlook, not that this copy was altered.
    /// A careful forger can compute digits that fit.
    /// ## References
    /// - MS-DTYP, section 2.3.3 (FILETIME)
    /// - Metaspike, "Outlook Message-ID forensics"
    pub(crate) static OUTLOOK_MESSAGE_ID_TIME = {
        id: "date/outlook-message-id-time",
        findings: &["id-agrees", "id-later", "id-days-later", "id-earlier", "id-disagrees", "id-imitated"],
        run: Run::Message(outlook_message_id_time),
    }
}

/// An id this much earlier than the date is still made in one go.
const EARLIER_SECONDS_MAX: f64 = 10.0 * MINUTE;
/// So is one this much later.
const LATER_SECONDS_MAX: f64 = 30.0 * MINUTE;
/// How much earlier an id may be where the clock or its zone was set meanwhile.
const CLOCK_SET_SECONDS_MAX: f64 = 12.0 * HOUR;
/// How long a message may have waited to be sent.
const WAITED_SECONDS_MAX: f64 = 7.0 * DAY;

fn outlook_message_id_time(message: &Message, world: &World) -> Outcome {
    let Some(found) = message.message_id.as_deref().and_then(outlook_id::decode) else {
        return Outcome::NotApplicable("it has no Message-ID of Outlook's form");
    };
    let Some(date) = date_of(message) else {
        return Outcome::NotApplicable(NO_DATE);
    };
    let finding = match found {
        OutlookId::Time(time) if time.seconds_since(world.now) < DAY => compare(time, date),
        _ => Finding::new(
            "id-imitated",
            "The Message-ID has the form of Outlook's, but its digits give no possible time: another program imitates Outlook, as junk mail tools do.",
        ),
    };
    Outcome::one(finding.at(message.message_id_span))
}

fn compare(time: Stamp, date: Stamp) -> Finding {
    let seconds = time.seconds_since(date);
    let length = gap::in_words(seconds);
    let direction = if seconds < 0.0 { "before" } else { "after" };
    let seen =
        format!("Outlook's Message-ID was made at {time}, {length} {direction} the date {date}.");
    if (-EARLIER_SECONDS_MAX..=LATER_SECONDS_MAX).contains(&seconds) {
        return Finding::new("id-agrees", format!("{seen} Outlook makes both in one go."));
    }
    if (LATER_SECONDS_MAX..=WAITED_SECONDS_MAX).contains(&seconds) {
        let code = if seconds < NEXT_DAY {
            "id-later"
        } else {
            "id-days-later"
        };
        return Finding::new(
            code,
            format!("{seen} It may have waited in the outbox, or one of the two was changed."),
        );
    }
    let says = format!(
        "{seen} Both come from one clock; who edits the date or re-uses an old message leaves the id."
    );
    if (-CLOCK_SET_SECONDS_MAX..-EARLIER_SECONDS_MAX).contains(&seconds) {
        return Finding::new("id-earlier", says);
    }
    Finding::new("id-disagrees", says)
}
