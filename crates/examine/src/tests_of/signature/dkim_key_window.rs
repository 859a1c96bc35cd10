//! Was the key in use at that time?

use mabillon_case::{Finding, Message, Outcome, Signature, Stamp};

use super::{named, passing, rows_of};
use crate::clock::gap::{DAY, in_words};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The message is dated within the time in which its key was in use.
    ///
    /// ## What it examines
    /// For every signature that verifies under a key whose first and last appearance are known: `Date`, the time of
    /// signing (`t=`) and the dates of the `Received` fields, against the span from first to last appearance.
    /// Where several rows of the key archive hold the key, any of them may fit. The time of a key that was recovered from
    /// the collection is known from what its messages say of themselves, so it is not compared with that again.
    /// ## Why it matters
    /// Within a signature, `Date` is only the sender's claim. What bounds the time of signing is the life of the key: a
    /// message of 2013 signed with the key of 2017 was not signed in 2013, and a key that is signed with years after its
    /// end has leaked.
    /// ## Innocent explanations
    /// A key is in use before the first archive takes notice of it and after the last: spans of sightings are too short.
    /// Selectors are given back old keys; messages wait in queues; providers change keys tenant by tenant.
    /// ## References
    /// - RFC 6376, section 3.1 (selectors and the change of keys)
    pub(crate) static DKIM_KEY_WINDOW = {
        id: "signature/dkim-key-window",
        findings: &["within-window", "near-window", "outside-window"],
        run: Run::Signatures(dkim_key_window),
    }
}

/// Sightings are dated by the day, and mail waits in queues.
const WITHIN_DAYS_MAX: f64 = 7.0;
/// Beyond this a key was not "still" or "already" in use.
const NEAR_DAYS_MAX: f64 = 90.0;

fn dkim_key_window(message: &Message, signatures: &[Signature], world: &World) -> Outcome {
    let findings: Vec<Finding> = passing(signatures)
        .filter_map(|signature| window(message, signature, world))
        .collect();
    if findings.is_empty() {
        return Outcome::NotApplicable(
            "no signature verifies under a key whose time of use is known",
        );
    }
    Outcome::Observed(findings)
}

fn window(message: &Message, signature: &Signature, world: &World) -> Option<Finding> {
    let claims = claims(message, signature);
    let windows = rows_of(signature, world)
        .into_iter()
        .filter(|row| !row.is_recovered())
        .filter_map(|row| Some((row.first_seen?, row.last_seen?)));
    // Of several windows the one that fits best; within it, the claim that fits worst.
    let (outside, (name, at), (first, last)) = windows
        .filter_map(|window| {
            let worst = claims
                .iter()
                .map(|claim| (seconds_outside(claim.1, window), *claim))
                .max_by(|a, b| a.0.total_cmp(&b.0))?;
            Some((worst.0, worst.1, window))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    let seen = format!(
        "{} verifies under a key that was seen in use from {} to {}",
        named(signature),
        day(first),
        day(last)
    );
    let days = outside / DAY;
    let (code, says) = if days <= WITHIN_DAYS_MAX {
        (
            "within-window",
            format!("{seen}, and all times of the message lie within."),
        )
    } else {
        let apart = format!(
            "{seen}; {name} states {at}, {} outside of that.",
            in_words(outside)
        );
        if days <= NEAR_DAYS_MAX {
            (
                "near-window",
                format!("{apart} Sightings of a key start late and end early."),
            )
        } else {
            (
                "outside-window",
                format!("{apart} Either the key was in use longer than known, or it was misused."),
            )
        }
    };
    Some(Finding::new(code, says).at(signature.span))
}

fn claims<'a>(message: &Message, signature: &Signature) -> Vec<(&'a str, Stamp)> {
    let mut claims = Vec::new();
    claims.extend(message.date.map(|date| ("Date", date)));
    claims.extend(
        signature
            .signed_at
            .map(|signed| ("the time of signing", signed)),
    );
    claims.extend(
        message
            .hops
            .iter()
            .filter_map(|hop| Some(("a Received field", hop.date?))),
    );
    claims
}

fn seconds_outside(at: Stamp, (first, last): (Stamp, Stamp)) -> f64 {
    first.seconds_since(at).max(at.seconds_since(last)).max(0.0)
}

fn day(stamp: Stamp) -> String {
    stamp.civil().date().to_string()
}
