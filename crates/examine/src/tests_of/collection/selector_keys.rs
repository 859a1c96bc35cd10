//! Did one selector have one key at a time?

use std::collections::BTreeMap;

use mabillon_case::{Facts, Finding, ItemId, Signature};

use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

/// Messages at each end of a key's time that are not counted: a wrong clock must not stretch it.
const STRAYS: usize = 1;
/// Times of two keys that overlap by less are a change of keys, in seconds.
const OVERLAP_SECONDS_MIN: i64 = 86_400;

declare_test! {
    /// Under one selector of one domain, one key signs at a time.
    ///
    /// ## What it examines
    /// All signatures of a domain and selector that verify, by the key they verify under: the times, as the messages
    /// state them, between which each key was in use. The first and the last message of each key are left out, so that a
    /// wrong clock does not count.
    /// ## Why it matters
    /// A selector names one key. Who signs invented messages with a key of his own under a real selector leaves two keys
    /// that were in use at the same time; one of them may be bound to the domain by something outside of the collection.
    /// ## Innocent explanations
    /// A key was changed, and mail signed with the old one still came in: that lasts hours. Some services let several
    /// servers sign under one name with keys of their own, which no verifier could have verified: their mail failed at
    /// every receiver. Which of two keys is the real one, if neither is anchored, is not known.
    /// ## References
    /// - RFC 6376, section 3.6.2.1 (one name, one record)
    pub(crate) static SELECTOR_KEYS = {
        id: "collection/selector-keys",
        findings: &["one-key", "keys-overlap", "other-key-is-anchored", "anchored-beside-other-key"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "no signature of it verifies",
            needs_text: false,
            members_min: 2,
            examine: selector_keys,
        }),
    }
}

fn keys(facts: &Facts) -> Vec<Key> {
    verified(facts).map(key_of).collect()
}

fn key_of(signature: &Signature) -> Key {
    Key::of(&[
        b"selector",
        signature.by.as_bytes(),
        signature.selector.as_bytes(),
    ])
}

/// Signatures whose header verifies: by whose key, is certain then, whatever became of the body.
fn verified(facts: &Facts) -> impl Iterator<Item = &Signature> {
    facts.signatures.iter().filter(|signature| {
        signature.kind.proves_origin() && signature.header_verified == Some(true)
    })
}

/// One key and the messages that it verifies.
#[derive(Default)]
struct InUse<'a> {
    is_anchored: bool,
    items: Vec<ItemId>,
    times: Vec<i64>,
    signature: Option<&'a Signature>,
}

impl InUse<'_> {
    /// When it was in use, without strays.
    fn span(&self) -> Option<(i64, i64)> {
        let last = self.times.len().checked_sub(1 + STRAYS)?;
        let (first, last) = (self.times.get(STRAYS)?, self.times.get(last)?);
        (first <= last).then_some((*first, *last))
    }

    fn overlaps(&self, other: &Self) -> bool {
        let (Some((a, b)), Some((c, d))) = (self.span(), other.span()) else {
            return false;
        };
        b.min(d) - a.max(c) >= OVERLAP_SECONDS_MIN
    }
}

fn selector_keys(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let mut in_use: BTreeMap<&str, InUse<'_>> = BTreeMap::new();
    for member in group.members {
        let date = member.facts.message.as_ref().and_then(|one| one.date);
        for signature in verified(member.facts).filter(|one| key_of(one) == group.key) {
            let key = in_use.entry(&signature.key_id).or_default();
            key.is_anchored |= signature.anchored;
            key.signature = Some(signature);
            if key.items.last() != Some(&member.facts.item) {
                key.items.push(member.facts.item);
                let time = signature.signed_at.or(date);
                key.times
                    .extend(time.map(mabillon_case::Stamp::unix_seconds));
            }
        }
    }
    for key in in_use.values_mut() {
        key.times.sort_unstable();
    }
    let all: Vec<&InUse<'_>> = in_use.values().collect();
    let mut findings = Vec::new();
    for (index, key) in all.iter().enumerate() {
        let others = all.iter().enumerate().filter(|(other, _)| *other != index);
        let beside: Vec<&InUse<'_>> = others
            .map(|(_, other)| *other)
            .filter(|other| key.overlaps(other))
            .collect();
        let finding = finding(key, &beside, all.len());
        findings.extend(finding.into_iter().flat_map(|finding| {
            let items = key.items.iter();
            items.map(move |item| (*item, finding.clone()))
        }));
    }
    findings
}

fn finding(key: &InUse<'_>, beside: &[&InUse<'_>], n_keys: usize) -> Option<Finding> {
    let signature = key.signature?;
    let name = format!(
        "{} (selector {})",
        crate::tests_of::signature::printable(&signature.by),
        crate::tests_of::signature::printable(&signature.selector)
    );
    let n_items = key.items.len();
    if beside.is_empty() {
        return (n_keys == 1 && n_items > 1).then(|| {
            let says = format!("One key verifies all {n_items} messages of {name} that verify.");
            Finding::new("one-key", says)
        });
    }
    let n_others: usize = beside.iter().map(|other| other.items.len()).sum();
    let seen = format!(
        "{name} signed with two keys at the same time: this one verifies {n_items} messages, another one {n_others}"
    );
    let other_is_anchored = beside.iter().any(|other| other.is_anchored);
    Some(match (key.is_anchored, other_is_anchored) {
        (true, _) => Finding::new(
            "anchored-beside-other-key",
            format!("{seen}. This one is bound to the domain from outside of the collection."),
        ),
        (false, true) => Finding::new(
            "other-key-is-anchored",
            format!(
                "{seen}. That other one is bound to the domain from outside of the collection, this one is not: somebody \
                 else may have signed with it."
            ),
        ),
        (false, false) => Finding::new(
            "keys-overlap",
            format!("{seen}. Which of them is the domain's is not known."),
        ),
    })
}
