//! Was it signed when it says it was written?

use std::collections::BTreeSet;

use mabillon_case::{Finding, Message, Outcome, Signature, Stamp};

use super::{dkim, named};
use crate::clock::gap::{DAY, HOUR, MINUTE, in_words};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The time of signing fits the date of the message and the relay that signed it.
    ///
    /// ## What it examines
    /// `t=` of every DKIM signature against `Date`, and against the dates of the `Received` fields. `x=` (expiry) is
    /// reported.
    /// ## Why it matters
    /// A server signs a message in the second in which it sends it. Who moves `Date` to another day, or copies a
    /// signature field from another message, seldom thinks of a number of seconds since 1970.
    /// ## Innocent explanations
    /// A wrong clock in the sender's computer; a message that was written offline, scheduled or held in a queue; lists
    /// and forwarders that sign days later. One signature of several may be of a later hop.
    /// ## References
    /// - RFC 6376, section 3.5 (`t=`, `x=`)
    pub(crate) static DKIM_TIMES = {
        id: "signature/dkim-times",
        findings: &[
            "signed-with-date",
            "signed-before-date",
            "signed-long-before-date",
            "signed-after-date",
            "signed-long-after-date",
            "signed-with-relay",
            "signed-apart-from-relays",
        ],
        run: Run::Signatures(dkim_times),
    }
}

/// Clocks of senders run ahead by so much without anybody noticing.
const BEFORE_SECONDS_MAX: f64 = 2.0 * MINUTE;
/// Between writing and sending.
const AFTER_SECONDS_MAX: f64 = HOUR;
/// Queues give up after three to five days.
const LONG_AFTER_SECONDS: f64 = 5.0 * DAY;
/// A relay that signs and one that receives within this belong together.
const RELAY_SECONDS_MAX: f64 = MINUTE;

fn dkim_times(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let mut times = BTreeSet::new();
    let mut findings = Vec::new();
    for signature in dkim(signatures) {
        let Some(signed) = signature.signed_at.filter(|signed| times.insert(*signed)) else {
            continue;
        };
        findings.extend(message.date.map(|date| by_date(signature, signed, date)));
        findings.extend(by_relays(message, signature, signed));
    }
    if findings.is_empty() {
        return Outcome::NotApplicable("no DKIM signature states a time that could be compared");
    }
    Outcome::Observed(findings)
}

fn by_date(signature: &Signature, signed: Stamp, date: Stamp) -> Finding {
    let after = signed.seconds_since(date);
    let distance = in_words(after);
    let expiry = signature
        .expires_at
        .map(|stamp| format!(" It was to expire at {stamp}."))
        .unwrap_or_default();
    let name = named(signature);
    let (code, says) = if after < -DAY {
        (
            "signed-long-before-date",
            format!(
                "{name} was made at {signed}, {distance} before the date of the message, {date}."
            ),
        )
    } else if after < -BEFORE_SECONDS_MAX {
        (
            "signed-before-date",
            format!(
                "{name} was made at {signed}, {distance} before the date of the message, {date}; a clock that ran ahead would explain it."
            ),
        )
    } else if after <= AFTER_SECONDS_MAX {
        (
            "signed-with-date",
            format!("{name} was made at {signed}, within {distance} of the date of the message."),
        )
    } else if after <= LONG_AFTER_SECONDS {
        (
            "signed-after-date",
            format!(
                "{name} was made at {signed}, {distance} after the date of the message, {date}; it may have waited."
            ),
        )
    } else {
        (
            "signed-long-after-date",
            format!(
                "{name} was made at {signed}, {distance} after the date of the message, {date}, longer than queues hold mail."
            ),
        )
    };
    Finding::new(code, format!("{says}{expiry}")).at(signature.span)
}

/// The relay nearest in time to the signature; only very near and very far say something.
fn by_relays(message: &Message, signature: &Signature, signed: Stamp) -> Option<Finding> {
    let (gap, hop) = message
        .hops
        .iter()
        .filter_map(|hop| Some((hop.date?.seconds_since(signed).abs(), hop)))
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    let by = super::printable(hop.by.as_deref().unwrap_or("a relay"));
    let length = in_words(gap);
    let (code, says) = if gap <= RELAY_SECONDS_MAX {
        (
            "signed-with-relay",
            format!(
                "{} was made within {length} of the time that {by} states.",
                named(signature)
            ),
        )
    } else if gap > DAY {
        (
            "signed-apart-from-relays",
            format!(
                "{} was made at {signed}; no relay states a time within a day of that, the nearest is {by}, {length} off.",
                named(signature)
            ),
        )
    } else {
        return None;
    };
    Some(Finding::new(code, says).at(hop.date_span))
}
