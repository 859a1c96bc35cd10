//! Do the messages of one signer verify alike?

use std::collections::BTreeSet;

use mabillon_case::{BodyHash, Facts, Finding, ItemId, Signature, SignatureKind, SignatureResult};

use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

/// Messages of a signer that verify before the one that does not is odd.
const PASSES_MIN: usize = 4;
/// The share of a signer's messages that verify before the one that does not is odd.
const PASS_SHARE_MIN: f64 = 0.8;
/// The passing messages must lie this near to it in time, in seconds: 120 days, since keys are replaced.
const NEAR_SECONDS: f64 = 120.0 * 86_400.0;

declare_test! {
    /// Messages that name the same signing domain and key verify alike.
    ///
    /// ## What it examines
    /// The signatures of one domain and selector over the whole collection: those whose body hash fits and whose
    /// signature verifies under a known key, against those whose body hash fits and whose signature does not.
    /// ## Why it matters
    /// Who signs an invented message with a key of his own under a real name makes a body hash that fits, and a
    /// signature that the real key does not verify, among many that it does.
    /// ## Innocent explanations
    /// A mailing list or gateway changed a signed header field (such messages are left out where they show it); the
    /// domain used a second key under the same name; an export rewrote the header of a few messages.
    /// ## References
    /// - RFC 6376, section 3.6.2.1 (one name, one key at a time)
    pub(crate) static SIGNER_AGREEMENT = {
        id: "collection/signer-agreement",
        findings: &["verifies-like-others", "alone-not-verified"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it has no DKIM signature",
            needs_text: false,
            members_min: PASSES_MIN + 1,
            examine: signer_agreement,
        }),
    }
}

fn keys(facts: &Facts) -> Vec<Key> {
    dkim(facts).map(key_of).collect()
}

fn key_of(signature: &Signature) -> Key {
    Key::of(&[
        b"signer",
        signature.by.as_bytes(),
        signature.selector.as_bytes(),
    ])
}

fn dkim(facts: &Facts) -> impl Iterator<Item = &Signature> {
    facts.signatures.iter().filter(|signature| {
        signature.kind == SignatureKind::Dkim
            && signature.body_hash == BodyHash::Match
            && facts.in_collection()
    })
}

/// One message of the signer: whether it verifies, and when it was written.
struct Signed<'a> {
    facts: &'a Facts,
    passes: bool,
    /// Whether something innocent explains that it does not verify as it stands.
    is_explained: bool,
    seconds: f64,
}

fn signer_agreement(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let mut signed: Vec<Signed<'_>> = group
        .members
        .iter()
        .filter_map(|member| signed(member.facts, group.key))
        .collect();
    signed.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    // Passing messages before each place, so that those of any stretch of time are counted at once.
    let n_passes_before: Vec<usize> = std::iter::once(0)
        .chain(signed.iter().scan(0, |n_passes, one| {
            *n_passes += usize::from(one.passes);
            Some(*n_passes)
        }))
        .collect();
    let undamaged: BTreeSet<(&str, &str)> = signed
        .iter()
        .filter(|one| one.passes)
        .flat_map(|one| one.facts.mailboxes())
        .collect();
    let n_passes_to = |place: usize| n_passes_before.get(place).copied().unwrap_or(0);
    signed
        .iter()
        .filter_map(|one| {
            let start = signed.partition_point(|other| other.seconds < one.seconds - NEAR_SECONDS);
            let end = signed.partition_point(|other| other.seconds <= one.seconds + NEAR_SECONDS);
            let n_passes = n_passes_to(end) - n_passes_to(start);
            // An export that drops fields drops them from all messages of a mailbox.
            let mailboxes = one.facts.mailboxes();
            let is_spared = mailboxes.iter().any(|mailbox| undamaged.contains(mailbox));
            if !one.passes && !mailboxes.is_empty() && !is_spared {
                return None;
            }
            Some((one.facts.item, finding(one, n_passes, end - start)?))
        })
        .collect()
}

/// The finding on one message, of whose `n_near` neighbours in time (itself among them) `n_passes` verify.
fn finding(one: &Signed<'_>, n_passes: usize, n_near: usize) -> Option<Finding> {
    if n_passes < PASSES_MIN || share(n_passes, n_near) < PASS_SHARE_MIN {
        return None;
    }
    match (one.passes, one.is_explained) {
        (true, _) => {
            let says = format!(
                "It verifies under its signer's key, as {n_passes} messages of that signer and time do."
            );
            Some(Finding::new("verifies-like-others", says))
        }
        (false, false) => {
            let says = format!(
                "Its body hash fits and its signature does not verify, while {n_passes} messages of the same signer, key name and time verify: it may be signed with another key than the signer's."
            );
            Some(Finding::new("alone-not-verified", says))
        }
        (false, true) => None,
    }
}

fn signed(facts: &Facts, key: Key) -> Option<Signed<'_>> {
    let message = facts.message.as_ref()?;
    let known: Vec<&Signature> = dkim(facts)
        .filter(|signature| key_of(signature) == key && signature.header_verified.is_some())
        .collect();
    if known.is_empty() {
        return None;
    }
    let passing = || {
        let known = known.iter();
        known.filter(|signature| signature.result == SignatureResult::Pass)
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since the epoch are far below 2^52"
    )]
    let seconds = message.date?.unix_seconds() as f64;
    Some(Signed {
        facts,
        passes: passing().any(|signature| signature.removed.is_empty()),
        // With the tag of a list in its subject it verifies once that is taken away.
        is_explained: message.is_rewritten || passing().next().is_some(),
        seconds,
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of messages are far below 2^52"
)]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
