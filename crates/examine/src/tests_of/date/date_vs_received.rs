//! Does the sender's date fit the time of the first relay?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::{NO_DATE, date_of};
use crate::clock::gap::{self, DAY, HOUR, MINUTE, NEXT_DAY};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The sender's date fits the time at which the first relay took the message.
    ///
    /// ## What it examines
    /// `Date`, written by the sender's clock, against the dates of the `Received` fields: the lowest one is the first relay.
    /// A date later than every relay is a date in the future: the relays had the message before it was written.
    /// ## Why it matters
    /// Who changes `Date` and overlooks the relays, or the reverse, pulls the two apart.
    /// ## Innocent explanations
    /// Clocks of people's machines are wrong by minutes, and some by hours, days or years: look at other mail of the same sender.
    /// A wrong time zone gives a whole number of half hours, reported apart. Mail written offline, queued or sent at a
    /// set time arrives late; re-sent mail keeps its old date and is left out.
    /// Of three thousand real messages of 2002, one in six of the junk mail and three of the ordinary messages have a
    /// date more than fifteen minutes in the future.
    /// ## References
    /// - RFC 5322, section 3.6.1; RFC 5321, section 4.4
    pub(crate) static DATE_VS_RECEIVED = {
        id: "date/date-vs-received",
        findings: &[
            "date-agrees",
            "clocks-differ",
            "zone-differs",
            "arrived-late",
            "arrived-weeks-late",
            "arrived-before-date",
            "arrived-days-before-date",
        ],
        run: Run::Message(date_vs_received),
    }
}

/// From here on a clock that runs ahead is worth a word.
const AHEAD_SECONDS_MAX: f64 = 15.0 * MINUTE;
/// A message on its way for longer was queued, written offline, or carries another date.
const LATE_SECONDS_MIN: f64 = NEXT_DAY;
/// Servers give a message up and send it back after five days.
const WEEK_SECONDS: f64 = 7.0 * DAY;
/// Fields examined at most.
const HOPS_MAX: usize = 200;

fn date_vs_received(message: &Message, _world: &World) -> Outcome {
    let Some(date) = date_of(message) else {
        return Outcome::NotApplicable(NO_DATE);
    };
    if message.field("Resent-Date").is_some() {
        return Outcome::NotApplicable("it was re-sent and keeps the date of its first sending");
    }
    let relays = || {
        message
            .hops
            .iter()
            .take(HOPS_MAX)
            .filter_map(|hop| hop.date)
    };
    let (Some(first), Some(latest)) = (relays().next_back(), relays().max()) else {
        return Outcome::NotApplicable("no Received field has a readable time");
    };
    Outcome::one(compare(date, first, latest).at(message.date_span))
}

fn compare(date: Stamp, first: Stamp, latest: Stamp) -> Finding {
    let way = first.seconds_since(date);
    let ahead = date.seconds_since(latest);
    if ahead > AHEAD_SECONDS_MAX {
        return ahead_of_all(date, latest, ahead);
    }
    let length = gap::in_words(way);
    if (-5.0 * MINUTE..=HOUR / 2.0).contains(&way) {
        return Finding::new(
            "date-agrees",
            format!("The first relay took the message {length} from its date {date}."),
        );
    }
    if way > LATE_SECONDS_MIN {
        return Finding::new(
            if way > WEEK_SECONDS {
                "arrived-weeks-late"
            } else {
                "arrived-late"
            },
            format!(
                "The first relay took the message at {first}, {length} after its date {date}: it waited, or one of the two was changed."
            ),
        );
    }
    let direction = if way > 0.0 { "after" } else { "before" };
    let code = if gap::is_whole_zones(way) {
        "zone-differs"
    } else {
        "clocks-differ"
    };
    Finding::new(
        code,
        format!(
            "The first relay took the message at {first}, {length} {direction} its date {date}, as wrong clocks and slow lines make it."
        ),
    )
}

/// A date after every relay.
fn ahead_of_all(date: Stamp, latest: Stamp, ahead: f64) -> Finding {
    let length = gap::in_words(ahead);
    let seen =
        format!("Its date {date} lies {length} after the last relay, which had it at {latest}.");
    if gap::is_whole_zones(ahead) {
        return Finding::new(
            "zone-differs",
            format!("{seen} That is a whole number of half hours, as a wrong time zone makes it."),
        );
    }
    let code = if ahead > NEXT_DAY {
        "arrived-days-before-date"
    } else {
        "arrived-before-date"
    };
    Finding::new(
        code,
        format!(
            "{seen} The sender's clock was wrong, or the date or the relays' times were changed."
        ),
    )
}
