//! Does the minute in an old Gmail Message-ID fit the date?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::{NO_DATE, date_of};
use crate::clock::gap::{self, HOUR, MINUTE};
use crate::clock::{legacy_gmail_id, pacific};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The minute in a Message-ID of the early Gmail fits the date.
    ///
    /// ## What it examines
    /// Message-IDs that Gmail made from 2004 to about 2011: after eight digits stand year, month, day, hour and minute in
    /// California time (`81b0412b0808280704h…@mail.gmail.com`: 28 August 2008, 07:04). They are compared with `Date`.
    /// ## Why it matters
    /// The digits look like noise. Who edits the date leaves them, and copies of the id in answers keep the old minute.
    /// ## Innocent explanations
    /// Mail sent by another program through Gmail has that program's id and is not examined.
    /// A wrong clock cannot explain a difference, since Gmail wrote both; a saved draft may keep its first id for a while.
    /// A careful forger can write digits that fit.
    /// ## References
    /// - Forensics Wiki, "Gmail Header Format"
    pub(crate) static LEGACY_GMAIL_ID_TIME = {
        id: "date/legacy-gmail-id-time",
        findings: &["id-agrees", "id-apart", "id-disagrees"],
        run: Run::Message(legacy_gmail_id_time),
    }
}

/// The id has minutes, and is made within a few of them.
const APART_SECONDS_MAX: f64 = 10.0 * MINUTE;
/// Noted, but not held against the message: a draft sent the same day, a rewritten zone.
const NOTE_SECONDS_MAX: f64 = 12.0 * HOUR;

fn legacy_gmail_id_time(message: &Message, _world: &World) -> Outcome {
    let Some(wall) = message
        .message_id
        .as_deref()
        .and_then(legacy_gmail_id::decode)
    else {
        return Outcome::NotApplicable("it has no Message-ID of the early Gmail");
    };
    let Some(date) = date_of(message) else {
        return Outcome::NotApplicable(NO_DATE);
    };
    let Some(date_wall) = pacific::wall_micros(date).and_then(Stamp::from_micros) else {
        return Outcome::NotApplicable(NO_DATE);
    };
    let seconds = wall.seconds_since(date_wall);
    let length = gap::in_words(seconds);
    let seen = format!(
        "The Message-ID carries {} on the clock of California, when Date, {date}, was {} there: {length} apart.",
        wall.civil(),
        date_wall.civil()
    );
    let finding = if seconds.abs() <= APART_SECONDS_MAX {
        Finding::new(
            "id-agrees",
            format!("{seen} Gmail made both at the same time."),
        )
    } else if seconds.abs() <= NOTE_SECONDS_MAX {
        Finding::new(
            "id-apart",
            format!("{seen} A draft or a changed zone may explain it."),
        )
    } else {
        Finding::new(
            "id-disagrees",
            format!(
                "{seen} Gmail makes both when the message is sent; who edits the date leaves the id."
            ),
        )
    };
    Outcome::one(finding.at(message.message_id_span))
}
