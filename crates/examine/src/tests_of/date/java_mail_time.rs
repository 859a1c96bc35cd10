//! Do the times in JavaMail's Message-ID and boundary fit each other and the date?

use mabillon_case::{Finding, Message, Outcome, Span, Stamp};

use super::{NO_DATE, boundaries, date_of};
use crate::clock::gap::{self, HOUR, MINUTE};
use crate::clock::java_mail;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The times in the Message-ID and the boundary that `JavaMail` made fit each other and the date.
    ///
    /// ## What it examines
    /// Yahoo, many web applications and the early Gmail use the library JavaMail, which writes the milliseconds since
    /// 1970 into the Message-ID (`60090134.11615235.1553758890791@host`) and into MIME boundaries
    /// (`----=_Part_11615234_2052929298.1553758890789`). They are compared with each other and with `Date`.
    /// ## Why it matters
    /// All three come from one server's clock, within a second or two. Who edits the date, or makes a new message from an
    /// old one, leaves the other two.
    /// ## Innocent explanations
    /// Applications that prepare a message and send it later show hours between them, which is noted without weight.
    /// Programs that export or convert stored messages may make new boundaries by JavaMail, later than the message, which
    /// is reported apart and weighs little. A mailing list may put its own parts around the sender's, and other programs imitate the form.
    /// A careful forger can compute times that fit.
    /// ## References
    /// - JavaMail source, `UniqueValue.java` (`getUniqueMessageIDValue`, `getUniqueBoundaryValue`)
    pub(crate) static JAVA_MAIL_TIME = {
        id: "date/java-mail-time",
        findings: &["times-agree", "times-apart", "boundary-later", "id-and-boundary-disagree", "date-disagrees"],
        run: Run::Message(java_mail_time),
    }
}

/// Id and boundary are made in one go.
const TOGETHER_SECONDS_MAX: f64 = 2.0 * MINUTE;
/// Prepared now and sent later: noted, without weight.
const PREPARED_SECONDS_MAX: f64 = 12.0 * HOUR;
/// What the date may be apart from them.
const DATE_SECONDS_MAX: f64 = HOUR / 2.0;

fn java_mail_time(message: &Message, _world: &World) -> Outcome {
    let id = message.message_id.as_deref().and_then(java_mail::decode_id);
    let boundary = boundaries(message).find_map(|(part, boundary)| {
        Some((java_mail::decode_boundary(boundary)?, part.boundary_span))
    });
    let Some(date) = date_of(message) else {
        return Outcome::NotApplicable(NO_DATE);
    };
    Outcome::one(match (id, boundary) {
        (Some(id), Some((boundary, at))) => match between(id, boundary, at) {
            Some(finding) => finding,
            None => against_date(id, date).at(message.message_id_span),
        },
        (Some(id), None) => against_date(id, date).at(message.message_id_span),
        (None, Some((boundary, at))) if boundary.seconds_since(date) > PREPARED_SECONDS_MAX => {
            later(boundary, date, at)
        }
        (None, Some((boundary, at))) => against_date(boundary, date).at(at),
        (None, None) => {
            return Outcome::NotApplicable("neither Message-ID nor boundary has JavaMail's form");
        }
    })
}

/// A difference between id and boundary that one program in one go does not make.
fn between(id: Stamp, boundary: Stamp, at: Span) -> Option<Finding> {
    let seconds = id.seconds_since(boundary);
    if seconds.abs() <= PREPARED_SECONDS_MAX {
        return None;
    }
    if seconds < 0.0 {
        return Some(later(boundary, id, at));
    }
    let length = gap::in_words(seconds);
    let says = format!(
        "JavaMail's boundary was made at {boundary}, {length} before its Message-ID, {id}. Both are made in one go; the boundary comes from an older message."
    );
    Some(Finding::new("id-and-boundary-disagree", says).at(at))
}

/// A boundary made after the message.
fn later(boundary: Stamp, message: Stamp, at: Span) -> Finding {
    let length = gap::in_words(boundary.seconds_since(message));
    let says = format!(
        "JavaMail's boundary was made at {boundary}, {length} after the message, {message}. Programs that export or convert messages make new boundaries; who moves the date back leaves it, too."
    );
    Finding::new("boundary-later", says).at(at)
}

fn against_date(made: Stamp, date: Stamp) -> Finding {
    let seconds = made.seconds_since(date);
    let length = gap::in_words(seconds);
    let direction = if seconds < 0.0 { "before" } else { "after" };
    let seen =
        format!("JavaMail made the message at {made}, {length} {direction} the date {date}.");
    if (-TOGETHER_SECONDS_MAX..=DATE_SECONDS_MAX).contains(&seconds) {
        Finding::new("times-agree", format!("{seen} One clock wrote both."))
    } else if seconds.abs() <= PREPARED_SECONDS_MAX || gap::is_whole_zones(seconds) {
        Finding::new(
            "times-apart",
            format!(
                "{seen} It may have been prepared and sent later, or one of the two was changed."
            ),
        )
    } else {
        Finding::new(
            "date-disagrees",
            format!("{seen} Who edits the date or re-uses an old message leaves the hidden time."),
        )
    }
}
