//! Did what a message links to exist at its date?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use crate::clock::gap::{self, DAY};
use crate::clock::linked_id::{self, Linked};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// What a message links to existed at its date.
    ///
    /// ## What it examines
    /// Web addresses in the text, its quotations and its HTML side: ids of Twitter, Discord, Instagram and `TikTok`, which hold the
    /// time to the millisecond or second, and days in the paths of newspapers (`/2017/05/06/`). They are compared with the latest time in
    /// the message: its date, or that of a relay.
    /// ## Why it matters
    /// A message cannot link to what was not there yet. Who writes a message later, with an earlier date, thinks of the
    /// dates in the header and not of those in a link.
    /// ## Innocent explanations
    /// A message with a wrong clock, and no relay to tell it; a path that holds a day to come, such as that of an event
    /// or an embargo, and for that reason weighs less; an address shortened or made up as an example.
    /// ## References
    /// - Announcement of "Snowflake" by Twitter, 2010; documentation of Discord ("Snowflakes")
    /// - Instagram Engineering, "Sharding & IDs at Instagram", 2012; arXiv 2504.13279 (ids of `TikTok`)
    pub(crate) static LINKED_ID_TIME = {
        id: "date/linked-id-time",
        findings: &["linked-by-then", "linked-later", "linked-day-later"],
        run: Run::Message(linked_id_time),
    }
}

/// Two days, for time zones and clocks.
const SLACK_SECONDS: f64 = 2.0 * DAY;
/// Fields examined at most.
const HOPS_MAX: usize = 200;

fn linked_id_time(message: &Message, _world: &World) -> Outcome {
    let relays = message
        .hops
        .iter()
        .take(HOPS_MAX)
        .filter_map(|hop| hop.date);
    let Some(latest) = relays.chain(message.date).max() else {
        return Outcome::NotApplicable("it has no readable time");
    };
    let quoted = message
        .text
        .quotations
        .iter()
        .map(|quotation| quotation.text.as_str());
    let texts: Vec<&str> = std::iter::once(message.text.own.as_str())
        .chain(message.text.html_alternative.as_deref())
        .chain(quoted)
        .collect();
    let last = |read: fn(&str) -> Option<Linked>| {
        texts
            .iter()
            .filter_map(|text| read(text))
            .max_by_key(|linked| linked.made)
    };
    let by_id = last(|text| linked_id::latest(text).filter(|linked| linked.is_id));
    let by_day = last(linked_id::latest_day);
    let later = |linked: &Linked| linked.made.seconds_since(latest) > SLACK_SECONDS;
    let finding = match (&by_id, &by_day) {
        (Some(linked), _) if later(linked) => told("linked-later", linked, latest),
        (_, Some(linked)) if later(linked) => told("linked-day-later", linked, latest),
        (Some(linked), _) | (None, Some(linked)) => Finding::new(
            "linked-by-then",
            format!(
                "What it links to existed by then: {} is of {}.",
                linked.address, linked.made
            ),
        ),
        (None, None) => {
            return Outcome::NotApplicable("it links to nothing whose address holds a time");
        }
    };
    Outcome::one(finding)
}

fn told(code: &'static str, linked: &Linked, latest: Stamp) -> Finding {
    let length = gap::in_words(linked.made.seconds_since(latest));
    let says = format!(
        "It links to {}, whose address holds the time {} by {}, {length} after the latest time in the message, {latest}: it was written later than it says.",
        linked.address, linked.made, linked.maker
    );
    Finding::new(code, says)
}
