//! Has a message that claims to be of Apple Mail the form of one?

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::{boundaries, id_local, mailer};
use crate::clock::gap::{self, MINUTE, NEXT_DAY};
use crate::clock::uuid::{self, Uuid};
use crate::rewriter::rewriter;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// A message of Apple Mail has the Message-ID and the boundary that the program makes.
    ///
    /// ## What it examines
    /// Messages whose `X-Mailer` names Apple Mail, iPhone Mail or iPad Mail. Their Message-ID is a UUID in capitals, and
    /// boundaries begin with `Apple-Mail`. Versions until about 2007 made UUIDs of version 1, which carry the time of
    /// making; it is compared with `Date`. Later ones are of version 4, at random.
    /// ## Why it matters
    /// Who writes a message by hand, or claims another program, rarely keeps the form. The time in the older ids looks
    /// like noise and stays where the date is edited.
    /// ## Innocent explanations
    /// A server or a mailing list may replace the id, and lists put their own boundaries around the sender's: such
    /// messages are not held to the form. Add-ons for encryption make boundaries of their own.
    /// ## References
    /// - RFC 9562 (UUIDs); Forensics Wiki, "Apple Mail Header Format"
    pub(crate) static APPLE_MAIL_SHAPE = {
        id: "form/apple-mail-shape",
        findings: &["shape-agrees", "id-of-other-form", "boundary-of-other-form", "id-time-agrees", "id-time-apart", "id-time-disagrees"],
        run: Run::Message(apple_mail_shape),
    }
}

const NAMES: &[&str] = &[
    "Apple Mail (",
    "iPhone Mail (",
    "iPad Mail (",
    "iPod Mail (",
];
/// Id and date are made in one go: 48 of 49 real messages of 2002 show less than four minutes, one half an hour.
const TOGETHER_SECONDS_MAX: f64 = 10.0 * MINUTE;
/// A kept draft or a clock that was set is noted.
const KEPT_SECONDS_MAX: f64 = NEXT_DAY;

fn apple_mail_shape(message: &Message, _world: &World) -> Outcome {
    let Some((field, mailer)) = mailer(message) else {
        return Outcome::NotApplicable("it does not name its program");
    };
    if !NAMES.iter().any(|name| mailer.starts_with(name)) {
        return Outcome::NotApplicable("it does not name Apple Mail as its program");
    }
    let Some(local) = id_local(message) else {
        return Outcome::NotApplicable("it has no Message-ID");
    };
    let id = uuid::decode(local).filter(|id| id.is_upper && matches!(id.version, 1 | 4));
    let mut findings = Vec::new();
    findings.extend(id_finding(id, message).map(|finding| finding.at(message.message_id_span)));
    if let Some((time, date)) = id.and_then(|id| id.time).zip(message.date) {
        findings.push(time_finding(time, date).at(message.message_id_span));
    }
    findings.extend(boundary_finding(message).map(|finding| finding.at(field.value)));
    if findings.is_empty() {
        return Outcome::NotApplicable(
            "a server on its way may have replaced its Message-ID and boundary",
        );
    }
    Outcome::Observed(findings)
}

fn id_finding(id: Option<Uuid>, message: &Message) -> Option<Finding> {
    match id {
        Some(_) => Some(Finding::new(
            "shape-agrees",
            "Its Message-ID is a UUID in capitals, as Apple Mail makes it.",
        )),
        None if rewriter(message).is_some() => None,
        None => Some(Finding::new(
            "id-of-other-form",
            "It names Apple Mail as its program, but its Message-ID is not a UUID in capitals: a server replaced it, or another program made it.",
        )),
    }
}

fn boundary_finding(message: &Message) -> Option<Finding> {
    let mut boundaries = boundaries(message).peekable();
    boundaries.peek()?;
    if rewriter(message).is_some()
        || boundaries.any(|boundary| boundary.trim_start_matches('-').starts_with("Apple-Mail"))
    {
        return None;
    }
    Some(Finding::new(
        "boundary-of-other-form",
        "It names Apple Mail as its program, but no MIME boundary begins with Apple-Mail: a server rebuilt it, or another program made it.",
    ))
}

fn time_finding(made: Stamp, date: Stamp) -> Finding {
    let seconds = made.seconds_since(date);
    let length = gap::in_words(seconds);
    let direction = if seconds < 0.0 { "before" } else { "after" };
    let seen = format!("The Message-ID was made at {made}, {length} {direction} the date {date}.");
    if seconds.abs() <= TOGETHER_SECONDS_MAX {
        Finding::new("id-time-agrees", seen)
    } else if seconds.abs() <= KEPT_SECONDS_MAX {
        Finding::new(
            "id-time-apart",
            format!("{seen} A kept draft or a wrong clock may explain it."),
        )
    } else {
        Finding::new(
            "id-time-disagrees",
            format!("{seen} Who edits the date or re-uses an old message leaves the id."),
        )
    }
}
