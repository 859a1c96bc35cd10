//! Do the ids of Gmail's servers carry the time that stands beside them?

use mabillon_case::{Finding, Message, Outcome, Span, Stamp};

use crate::clock::gap;
use crate::clock::gmail_relay_id::{self, RelayTime};
use crate::clock::server_date;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The ids of Gmail's servers carry the time written beside them.
    ///
    /// ## What it examines
    /// `Received` and `X-Received` fields with an id of Gmail: its end is either the time in milliseconds since 1970
    /// (`u28mr655795oti.152.1519156518366`) or date and time in California (`q81sm10535131wmg.8.2018.03.23.09.06.30`).
    /// Both are compared with the date at the end of the same field.
    /// ## Why it matters
    /// Google writes both by one clock in one go, and in all samples seen they agree to the second.
    /// Who changes a date changes the one that people read.
    /// ## Innocent explanations
    /// Up to three seconds are let go. A program that rewrites the dates of `Received` fields into its own time zone
    /// keeps the instant, so the test still agrees. A careful forger can change both.
    /// ## References
    /// - Google Workspace help, "Trace an email with its full header" (shows both forms)
    /// - RFC 5321, section 4.4
    pub(crate) static GMAIL_RECEIVED_MS = {
        id: "transmission/gmail-received-ms",
        findings: &["id-agrees", "id-in-other-zone", "id-disagrees"],
        run: Run::Message(gmail_received_ms),
    }
}

/// Seconds between the two; agreement to the second was measured.
const APART_SECONDS_MAX: u64 = 3;
/// Fields examined at most.
const FIELDS_MAX: usize = 200;

struct Line {
    id: String,
    time: RelayTime,
    readable: Stamp,
    at: Span,
}

fn gmail_received_ms(message: &Message, _world: &World) -> Outcome {
    let lines: Vec<Line> = received(message).chain(x_received(message)).collect();
    if lines.is_empty() {
        return Outcome::NotApplicable("no server of Gmail left an id with a time");
    }
    let mut findings: Vec<Finding> = lines.iter().filter_map(disagreement).collect();
    if findings.is_empty() {
        let n = lines.len();
        let says = format!(
            "The times hidden in {n} of Gmail's ids are those written beside them, to the second."
        );
        let at = lines.first().map(|line| line.at).unwrap_or_default();
        findings.push(Finding::new("id-agrees", says).at(at));
    }
    Outcome::Observed(findings)
}

fn received(message: &Message) -> impl Iterator<Item = Line> {
    message.hops.iter().take(FIELDS_MAX).filter_map(|hop| {
        let id = hop.id.clone()?;
        Some(Line {
            time: gmail_relay_id::decode(&id)?,
            id,
            readable: hop.date?,
            at: hop.id_span,
        })
    })
}

fn x_received(message: &Message) -> impl Iterator<Item = Line> {
    message
        .fields_named("X-Received")
        .take(FIELDS_MAX)
        .filter_map(|field| {
            let text = message.unfold(field.value);
            let (trace, date) = text.rsplit_once(';')?;
            let id = trace
                .split_ascii_whitespace()
                .skip_while(|word| *word != "id")
                .nth(1)?
                .to_owned();
            Some(Line {
                time: gmail_relay_id::decode(&id)?,
                id,
                readable: server_date::decode(date)?,
                at: field.value,
            })
        })
}

fn disagreement(line: &Line) -> Option<Finding> {
    let seconds = line.time.seconds_until(line.readable)?;
    if seconds.unsigned_abs() <= APART_SECONDS_MAX {
        return None;
    }
    let (hidden, clock) = match line.time {
        RelayTime::Instant(stamp) => (stamp, ""),
        RelayTime::Pacific(wall) => (wall, " on the clock of California"),
    };
    let gap = line.readable.seconds_since(Stamp {
        unix_micros: line.readable.unix_micros - seconds * 1_000_000,
        ..line.readable
    });
    let seen = format!(
        "Gmail's id {} carries {}{clock}, but the same line is dated {}: {} apart.",
        line.id,
        hidden.civil(),
        line.readable,
        gap::in_words(gap)
    );
    if gap::is_whole_zones(gap) {
        let says =
            format!("{seen} That is a whole number of half hours, as a wrong time zone makes it.");
        return Some(Finding::new("id-in-other-zone", says).at(line.at));
    }
    let says = format!(
        "{seen} Google writes both by one clock in one go; who edits the date leaves the id."
    );
    Some(Finding::new("id-disagrees", says).at(line.at))
}
