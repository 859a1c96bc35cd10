//! Is a message signed where all others of its sender, time and way are?

use mabillon_case::{Facts, Finding, ItemId, SignatureKind};

use super::{delivered_seconds, sender_key};
use crate::signature::organisation;
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// A message carries a DKIM signature of its sender's domain where the others of that sender, time and way do.
    ///
    /// ## What it examines
    /// Received messages of one address in one mailbox, within sixty days of each other: whether they carry a DKIM
    /// signature of the sender's organisation, whatever came of verifying it. Sent copies, which are not signed yet,
    /// messages behind mailing lists, and messages within one organisation, which are often not signed, are left out.
    /// At least twenty-five others on eight days must have taught, and no day teaches more than three times.
    /// ## Why it matters
    /// The absence of a signature says nothing by itself: most genuine mail has none. It says something where the
    /// sender's server signed everything else it sent to that mailbox in those weeks. Who invents a message has no key,
    /// and who alters one often takes the broken signature off.
    /// ## Innocent explanations
    /// The sender used another server for once, such as a web form, a telephone provider or a mailing service; the
    /// server's signer was down; an export dropped the field from this message alone.
    /// ## References
    /// - RFC 6376, section 6.3 (a missing signature is treated like none)
    pub(crate) static EXPECTED_SIGNATURE = {
        id: "collection/expected-signature",
        findings: &["signed-like-others", "alone-not-signed"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it is a sent copy, passed a mailing list, or stayed within one organisation",
            needs_text: false,
            members_min: OTHERS_MIN + 1,
            examine: expected_signature,
        }),
    }
}

/// Messages near in time that must have taught.
const OTHERS_MIN: usize = 25;
/// Days on which they came.
const DAYS_MIN: usize = 8;
/// Messages of one day that teach.
const PER_DAY_MAX: usize = 3;
/// How near they are, in seconds: sixty days.
const NEAR_SECONDS: i64 = 60 * DAY_SECONDS;
/// Seconds in a day.
const DAY_SECONDS: i64 = 86_400;
/// Of this many messages near, one may be without a signature before their absence says nothing.
const WITHOUT_ONE_IN: usize = 50;
/// A signed message is like the others where no more than one in this many lacks a signature.
const SIGNED_ONE_IN: usize = 10;

fn keys(facts: &Facts) -> Vec<Key> {
    let Some(message) = &facts.message else {
        return Vec::new();
    };
    let own = domain(&message.from);
    let leaves = message
        .to
        .iter()
        .chain(&message.cc)
        .any(|address| domain(address) != own);
    if message.n_hops == 0 || message.is_rewritten || !leaves {
        return Vec::new();
    }
    let Some(sender) = sender_key(facts, "signature") else {
        return Vec::new();
    };
    facts
        .mailboxes()
        .into_iter()
        .map(|(exhibit, mailbox)| {
            Key::of(&[
                &sender.0.to_le_bytes(),
                exhibit.as_bytes(),
                mailbox.as_bytes(),
            ])
        })
        .collect()
}

fn domain(address: &str) -> &str {
    organisation(address.rsplit_once('@').map_or("", |(_, domain)| domain))
}

/// Whether it carries a signature that names the sender's organisation or its known proxy.
fn is_signed(facts: &Facts) -> bool {
    let from = facts
        .message
        .as_ref()
        .map_or("", |message| domain(&message.from));
    facts.signatures.iter().any(|signature| {
        signature.kind == SignatureKind::Dkim
            && (signature.aligned || organisation(&signature.by) == from)
    })
}

fn expected_signature(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let mut received: Vec<(i64, &Facts)> = group
        .members
        .iter()
        .filter_map(|member| Some((delivered_seconds(member.facts)?, member.facts)))
        .collect();
    received.sort_by_key(|(seconds, facts)| (*seconds, facts.item));
    let taught = teaching(&received);
    received
        .iter()
        .filter_map(|(seconds, facts)| {
            let start = taught.partition_point(|other| other.seconds < seconds - NEAR_SECONDS);
            let end = taught.partition_point(|other| other.seconds <= seconds + NEAR_SECONDS);
            let near: Vec<&Taught> = taught
                .get(start..end)?
                .iter()
                .filter(|other| other.item != facts.item)
                .collect();
            Some((facts.item, finding(is_signed(facts), &near)?))
        })
        .collect()
}

/// One message that teaches.
struct Taught {
    item: ItemId,
    seconds: i64,
    is_signed: bool,
}

/// The messages that teach: of each day the first few.
fn teaching(received: &[(i64, &Facts)]) -> Vec<Taught> {
    received
        .chunk_by(|a, b| a.0.div_euclid(DAY_SECONDS) == b.0.div_euclid(DAY_SECONDS))
        .flat_map(|day| day.iter().take(PER_DAY_MAX))
        .map(|(seconds, facts)| Taught {
            item: facts.item,
            seconds: *seconds,
            is_signed: is_signed(facts),
        })
        .collect()
}

fn finding(is_signed: bool, near: &[&Taught]) -> Option<Finding> {
    let mut days: Vec<i64> = near
        .iter()
        .map(|other| other.seconds.div_euclid(DAY_SECONDS))
        .collect();
    days.dedup();
    let n_without = near.iter().filter(|other| !other.is_signed).count();
    let one_in = if is_signed {
        SIGNED_ONE_IN
    } else {
        WITHOUT_ONE_IN
    };
    if near.len() < OTHERS_MIN || days.len() < DAYS_MIN || n_without * one_in > near.len() {
        return None;
    }
    let n_signed = near.len() - n_without;
    let n_near = near.len();
    Some(if is_signed {
        let says = format!(
            "It carries a signature of its sender's domain, as {n_signed} of {n_near} messages of that sender in this mailbox within sixty days do."
        );
        Finding::new("signed-like-others", says)
    } else {
        let says = format!(
            "It carries no signature of its sender's domain, while {n_signed} of {n_near} messages of that sender in this mailbox within sixty days do: it did not come from the same server, or its signature was taken off."
        );
        Finding::new("alone-not-signed", says)
    })
}
