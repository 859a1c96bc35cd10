//! Does the wall clock in Outlook's MIME boundary fit the date and its time zone?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::{NO_DATE, boundaries, date_of};
use crate::clock::gap::{self, DAY, HOUR, MINUTE};
use crate::clock::mimeole_boundary::{self, MimeOleBoundary};
use crate::clock::outlook_id::{self, OutlookId};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The wall clock in Outlook's MIME boundary fits the date and its time zone.
    ///
    /// ## What it examines
    /// Boundaries of Outlook and Outlook Express (`----=_NextPart_000_0001_01D3C2C9.498F75F0`): sixteen digits are the
    /// time on the sender's wall. The time in the Message-ID of the same program is universal time, so their difference
    /// is the sender's time zone, which must be the one that `Date` states. Without such an id the wall clock is compared
    /// with the local time of `Date`.
    /// ## Why it matters
    /// Three places have to be changed together: the date, the id, and the boundary in the header and throughout the body.
    /// A boundary pasted from another message, or written on a machine in another zone, shows itself.
    /// ## Innocent explanations
    /// In samples of real mail, id and boundary are less than 0.05 seconds apart once the zone is taken off.
    /// Programs and junk mail tools that imitate the form write random digits (reported apart) or a zone of their own.
    /// Servers and exports that write all dates in universal time change the zone of `Date`. A message that waited in the
    /// outbox gets its id when it leaves, minutes or days after the boundary; then only boundary and date are compared.
    /// Outlook makes a new boundary when it exports or converts a stored message, so one made later than the message is
    /// reported apart and weighs little: look whether other messages of the collection have boundaries of the same day.
    /// Mailing lists put a boundary of their own around the sender's, so all multiparts are searched.
    /// ## References
    /// - MS-DTYP, section 2.3.3 (FILETIME)
    pub(crate) static OUTLOOK_BOUNDARY_LOCAL_TIME = {
        id: "date/outlook-boundary-local-time",
        findings: &[
            "offset-agrees",
            "offset-disagrees",
            "local-time-agrees",
            "local-time-in-other-zone",
            "local-time-apart",
            "local-time-disagrees",
            "boundary-later",
            "boundary-imitated",
        ],
        run: Run::Message(outlook_boundary_local_time),
    }
}

/// What id and boundary may be apart once the zone is taken off; 0.05 s was measured.
const MADE_TOGETHER_SECONDS_MAX: f64 = 60.0;
/// Boundary and date are made in one go, within these.
const EARLIER_SECONDS_MAX: f64 = 10.0 * MINUTE;
const LATER_SECONDS_MAX: f64 = HOUR / 2.0;
/// Zones in use lie a whole number of quarters of an hour from UTC, up to fourteen hours.
const ZONE_STEP_SECONDS: f64 = 15.0 * MINUTE;
const ZONE_SECONDS_MAX: f64 = 14.0 * HOUR;
/// How much earlier a boundary may be where the clock or its zone was set meanwhile.
const CLOCK_SET_SECONDS_MAX: f64 = 12.0 * HOUR;
/// How long a message may have waited to be sent.
const WAITED_SECONDS_MAX: f64 = 7.0 * DAY;

/// What explains a boundary made after the message.
const EXPORTED: &str = "Outlook makes a new boundary when it exports or converts a message; who moves the date back leaves it, too.";

fn outlook_boundary_local_time(message: &Message, world: &World) -> Outcome {
    let found = boundaries(message)
        .find_map(|(part, boundary)| Some((part, mimeole_boundary::decode(boundary)?)));
    let Some((part, found)) = found else {
        return Outcome::NotApplicable("it has no MIME boundary of Outlook's form");
    };
    let Some(date) = date_of(message) else {
        return Outcome::NotApplicable(NO_DATE);
    };
    let finding = match found {
        MimeOleBoundary::WallClock(wall) if wall.seconds_since(world.now) < 2.0 * DAY => {
            match made_at(message) {
                Some(made) => {
                    against_id(wall, made, date).unwrap_or_else(|| against_date(wall, date))
                }
                None => against_date(wall, date),
            }
        }
        _ => Finding::new(
            "boundary-imitated",
            "The MIME boundary has the form of Outlook's, but its digits give no possible time: another program imitates Outlook.",
        ),
    };
    Outcome::one(finding.at(part.boundary_span))
}

/// When the Message-ID was made, if it is Outlook's.
fn made_at(message: &Message) -> Option<Stamp> {
    match outlook_id::decode(message.message_id.as_deref()?)? {
        OutlookId::Time(time) => Some(time),
        OutlookId::Imitation => None,
    }
}

/// The zone between the boundary (local) and the id (universal) against the zone of `Date`.
///
/// `None` where it cannot be told: the id may be made later than the boundary, when a waiting message is sent.
fn against_id(wall: Stamp, made: Stamp, date: Stamp) -> Option<Finding> {
    let stated = f64::from(date.offset_minutes?) * MINUTE;
    let offset = wall.seconds_since(made);
    let seen = format!(
        "The boundary says {} on the wall, the Message-ID {made}:",
        wall.civil()
    );
    if (offset - stated).abs() <= MADE_TOGETHER_SECONDS_MAX {
        let says = format!(
            "{seen} the sender's zone is UTC{}, as Date says.",
            zone(stated)
        );
        return Some(Finding::new("offset-agrees", says));
    }
    let steps = (offset / ZONE_STEP_SECONDS).round() * ZONE_STEP_SECONDS;
    if (offset - steps).abs() <= MADE_TOGETHER_SECONDS_MAX && offset.abs() <= ZONE_SECONDS_MAX {
        let says = format!(
            "{seen} the sender's zone was UTC{}, but Date says UTC{}.",
            zone(steps),
            zone(stated)
        );
        return Some(if date.offset_minutes == Some(0) {
            Finding::new(
                "local-time-in-other-zone",
                format!("{says} Servers and exports often write all dates in universal time."),
            )
        } else {
            Finding::new(
                "offset-disagrees",
                format!("{says} One of the three was changed, or comes from another message."),
            )
        });
    }
    let waited = stated - offset;
    let length = gap::in_words(waited);
    if waited < 0.0 {
        return Some(Finding::new(
            "boundary-later",
            format!("{seen} with the zone of Date the boundary is {length} later. {EXPORTED}"),
        ));
    }
    (waited > WAITED_SECONDS_MAX).then(|| {
        Finding::new("offset-disagrees", format!("{seen} with the zone of Date the boundary is {length} older. It comes from another message."))
    })
}

/// The wall clock against the local time of `Date`.
fn against_date(wall: Stamp, date: Stamp) -> Finding {
    let Some(date_wall) = Stamp::from_micros(date.local_micros()) else {
        return Finding::new(
            "local-time-apart",
            "The date lies outside the years that can be compared.",
        );
    };
    let seconds = wall.seconds_since(date_wall);
    let length = gap::in_words(seconds);
    let direction = if seconds < 0.0 { "before" } else { "after" };
    let seen = format!(
        "Outlook's boundary says {} on the sender's wall, {length} {direction} the local time of Date, {date}.",
        wall.civil()
    );
    if (-EARLIER_SECONDS_MAX..=LATER_SECONDS_MAX).contains(&seconds) {
        Finding::new(
            "local-time-agrees",
            format!("{seen} Outlook makes both in one go."),
        )
    } else if gap::is_whole_zones(seconds) {
        Finding::new(
            "local-time-in-other-zone",
            format!(
                "{seen} That is a whole number of half hours: the zone of Date is not that of the sender's machine."
            ),
        )
    } else if seconds > WAITED_SECONDS_MAX {
        Finding::new("boundary-later", format!("{seen} {EXPORTED}"))
    } else if seconds >= -CLOCK_SET_SECONDS_MAX {
        Finding::new(
            "local-time-apart",
            format!("{seen} It may have waited in the outbox, or one of the two was changed."),
        )
    } else {
        Finding::new(
            "local-time-disagrees",
            format!("{seen} Who edits the date or re-uses an old message leaves the boundary."),
        )
    }
}

/// `+1:00` for 3600 seconds.
fn zone(seconds: f64) -> String {
    let minutes = (seconds.abs() / MINUTE).round();
    let sign = if seconds < 0.0 { '-' } else { '+' };
    format!("{sign}{}:{:02}", (minutes / 60.0).floor(), minutes % 60.0)
}
