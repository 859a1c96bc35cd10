//! Tests of the shelf `transmission`: the way the record took.

pub(crate) mod cipher_release_date;
pub(crate) mod exchange_arrival_time;
pub(crate) mod exim_id_time;
pub(crate) mod gmail_received_ms;
pub(crate) mod gmail_structure_era;
pub(crate) mod postfix_id_time;
pub(crate) mod received_chain;
pub(crate) mod received_clock_order;
pub(crate) mod recorded_results;
pub(crate) mod recorded_signature_value;
pub(crate) mod sendmail_id_time;

use mabillon_case::{Finding, Hop, Message, Outcome, Stamp};

use crate::clock::gap::{self, HOUR, MINUTE};

/// An id is made when reception begins and the field is written when it ends: a slow line may take this long.
const RECEPTION_SECONDS_MAX: f64 = 2.0 * HOUR;
/// The field may be a little older than the id where the clock was set back meanwhile.
const CLOCK_SET_BACK_SECONDS_MAX: f64 = 5.0 * MINUTE;
/// Hops examined at most; honest mail has a dozen.
const HOPS_MAX: usize = 200;

/// What the id of one relay says of its own clock.
enum IdClock {
    /// The times that the id may mean, UTC, the likeliest first.
    Times(Vec<Stamp>),
    /// The id has a form or value that this server never gives.
    Impossible(String),
}

/// Compares the time in each relay's id with the time that the same relay wrote in words.
///
/// `server` is the name of the program; `read` gives the clock in the id of a hop, where it has one.
fn compare_ids(
    message: &Message,
    server: &str,
    read: fn(&Message, &Hop) -> Option<IdClock>,
) -> Outcome {
    let mut findings = Vec::new();
    let mut agreeing: Vec<(&Hop, f64)> = Vec::new();
    let mut n_ids = 0;
    for hop in message.hops.iter().take(HOPS_MAX) {
        let Some(clock) = read(message, hop) else {
            continue;
        };
        n_ids += 1;
        match (clock, hop.date) {
            (IdClock::Impossible(says), _) => {
                findings.push(Finding::new("id-impossible", says).at(hop.id_span));
            }
            (IdClock::Times(times), Some(date)) => match closest(&times, date) {
                Some(gap) if is_reception(gap) => agreeing.push((hop, gap)),
                Some(gap) => findings.push(apart(server, hop, &times, date, gap)),
                None => {}
            },
            (IdClock::Times(_), None) => {}
        }
    }
    if let (true, Some((hop, gap))) = (findings.is_empty(), agreeing.first()) {
        findings.push(agrees(server, hop, agreeing.len(), *gap));
    }
    match (findings.is_empty(), n_ids) {
        (true, 0) => Outcome::NotApplicable("no relay left an id of this form that carries a time"),
        (true, _) => {
            Outcome::NotApplicable("the relays' ids of this form stand without a readable time")
        }
        _ => Outcome::Observed(findings),
    }
}

/// Seconds from the id to the time in words, for the reading of the id under which they are closest.
fn closest(times: &[Stamp], date: Stamp) -> Option<f64> {
    let gaps = times.iter().map(|time| date.seconds_since(*time));
    let rank = |gap: f64| if is_reception(gap) { 0.0 } else { gap.abs() };
    gaps.min_by(|a, b| rank(*a).total_cmp(&rank(*b)))
}

fn is_reception(gap: f64) -> bool {
    (-CLOCK_SET_BACK_SECONDS_MAX..=RECEPTION_SECONDS_MAX).contains(&gap)
}

fn apart(server: &str, hop: &Hop, times: &[Stamp], date: Stamp, gap: f64) -> Finding {
    let id = hop.id.as_deref().unwrap_or_default();
    let by = hop.by.as_deref().unwrap_or("a relay");
    let when = times.first().map(ToString::to_string).unwrap_or_default();
    let length = gap::in_words(gap);
    let seen = format!(
        "The {server} id {id} of {by} was given at {when}, but the same line is dated {date}: {length} apart."
    );
    if gap::is_whole_zones(gap) {
        let says =
            format!("{seen} That is a whole number of half hours, as a wrong time zone makes it.");
        return Finding::new("id-in-other-zone", says).at(hop.id_span);
    }
    let says = format!(
        "{seen} A server writes both by one clock in one go; who edits the date leaves the id."
    );
    Finding::new("id-disagrees", says).at(hop.id_span)
}

fn agrees(server: &str, hop: &Hop, n_agreeing: usize, gap: f64) -> Finding {
    let id = hop.id.as_deref().unwrap_or_default();
    let length = gap::in_words(gap);
    let others = match n_agreeing {
        1 => String::new(),
        n => format!(" So do {} more such ids.", n - 1),
    };
    Finding::new(
        "id-agrees",
        format!("The time hidden in the {server} id {id} fits the time written beside it, {length} apart.{others}"),
    )
    .at(hop.id_span)
}

/// The text of a hop in one line.
fn text_of(message: &Message, hop: &Hop) -> String {
    message.unfold(hop.span)
}
