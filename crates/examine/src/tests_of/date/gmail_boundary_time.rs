//! Does the time in Gmail's MIME boundary fit the date?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::{NO_DATE, boundaries, date_of};
use crate::clock::gap::{self, DAY, HOUR, MINUTE};
use crate::clock::gmail_boundary;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The time in the MIME boundary that Gmail made fits the date.
    ///
    /// ## What it examines
    /// The boundary of a multipart message composed in Gmail: 28 hexadecimal digits, of which 14 are the microseconds
    /// since 1970 at which Google put the message together. They are compared with `Date`.
    /// ## Why it matters
    /// The boundary looks like noise and stands inside the body too. Who edits the date, or makes a new message from an
    /// old one, leaves it as it was.
    /// ## Innocent explanations
    /// In samples the boundary is 0.4 to 1.7 seconds after the date, and up to 41 seconds for mobile programs.
    /// Since April 2019 Gmail can send at a set time, and the boundary may then be older than the date; this is reported
    /// apart. Mailing lists put a boundary of their own around the sender's, so all multiparts are searched.
    /// A careful forger can compute a boundary that fits.
    /// ## References
    /// - A. Hopland, "Leveraging Gmail MIME boundary delimiters", Metaspike, 2020
    pub(crate) static GMAIL_BOUNDARY_TIME = {
        id: "date/gmail-boundary-time",
        findings: &["boundary-agrees", "boundary-apart", "boundary-hours-apart", "boundary-disagrees"],
        run: Run::Message(gmail_boundary_time),
    }
}

/// Measured delays, with room for slow mobile lines.
const DELAY_SECONDS_MAX: f64 = 3.0 * MINUTE;
/// The date may come from a machine whose clock is a little ahead.
const EARLY_SECONDS_MAX: f64 = 5.0;
/// Noted, but not held against the message, up to this: slow mobile lines.
const NOTE_SECONDS_MAX: f64 = HOUR;
/// Gmail sends at a set time since 1 April 2019.
const SCHEDULED_SINCE_SECONDS: i64 = 1_554_076_800;
/// How far ahead Gmail lets one set the time: the date may be that much after the boundary.
const SCHEDULED_SECONDS_MAX: f64 = 60.0 * DAY;

fn gmail_boundary_time(message: &Message, _world: &World) -> Outcome {
    let found = boundaries(message)
        .find_map(|(part, boundary)| Some((part, gmail_boundary::decode(boundary)?)));
    let Some((part, made)) = found else {
        return Outcome::NotApplicable("it has no MIME boundary of Gmail's form");
    };
    let Some(date) = date_of(message) else {
        return Outcome::NotApplicable(NO_DATE);
    };
    Outcome::one(compare(made, date).at(part.boundary_span))
}

fn compare(made: Stamp, date: Stamp) -> Finding {
    let delay = made.seconds_since(date);
    let length = gap::in_words(delay);
    let direction = if delay < 0.0 { "before" } else { "after" };
    let seen =
        format!("Gmail's boundary was made at {made}, {length} {direction} the date {date}.");
    if (-EARLY_SECONDS_MAX..=DELAY_SECONDS_MAX).contains(&delay) {
        return Finding::new(
            "boundary-agrees",
            format!("{seen} That is how Gmail works."),
        );
    }
    let scheduled = date.unix_seconds() >= SCHEDULED_SINCE_SECONDS
        && (-SCHEDULED_SECONDS_MAX..0.0).contains(&delay);
    if scheduled || delay.abs() <= NOTE_SECONDS_MAX || gap::is_whole_zones(delay) {
        return Finding::new(
            "boundary-apart",
            format!("{seen} A wrong clock, a wrong zone, or sending at a set time explains it."),
        );
    }
    let code = if delay.abs() < DAY {
        "boundary-hours-apart"
    } else {
        "boundary-disagrees"
    };
    Finding::new(
        code,
        format!(
            "{seen} Google makes the boundary when the message is sent; who edits the date or re-uses an old message leaves it."
        ),
    )
}
