//! One signature as key recovery sees it, and the signatures of one selector.

use std::collections::BTreeMap;

use mabillon_case::{BodyHash, Facts, ItemId, Stamp};

use crate::signature::RECOVERY_OCTETS;

/// One signature without a known key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// `selector._domainkey.domain`, lower case.
    pub name: String,
    /// The signature (`b=`), most significant octet first.
    pub value: Vec<u8>,
    /// The hash of what was signed: 20 octets of SHA-1 or 32 of SHA-256.
    pub digest: Vec<u8>,
    /// Whether the body is the one that was signed: then the header is likely to be so too.
    pub body_fits: bool,
    /// When it was signed, as it says itself, else the date of the message.
    pub signed_at: Option<Stamp>,
    /// The items that carry it.
    pub items: Vec<ItemId>,
    /// The mailboxes they lie in, (exhibit, mailbox), sorted, each once.
    pub mailboxes: Vec<(String, String)>,
    /// Whether one of them lies among the originals.
    pub in_reference: bool,
}

/// All signatures of one selector of one domain that have no known key, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// `selector._domainkey.domain`, lower case.
    pub name: String,
    /// The signatures; the most promising first.
    pub sightings: Vec<Sighting>,
}

/// The signatures of an item that a key could be recovered from: RSA, readable, and without a known key.
pub fn sightings(facts: &Facts) -> Vec<Sighting> {
    facts
        .signatures
        .iter()
        .filter_map(|signature| {
            let input = signature.recovery.as_ref()?;
            RECOVERY_OCTETS
                .contains(&input.value.len())
                .then(|| Sighting {
                    name: format!("{}._domainkey.{}", signature.selector, signature.by)
                        .to_lowercase(),
                    value: input.value.clone(),
                    digest: input.digest.clone(),
                    body_fits: signature.body_hash == BodyHash::Match,
                    signed_at: signature.signed_at.or_else(|| facts.message.as_ref()?.date),
                    items: vec![facts.item],
                    mailboxes: facts
                        .mailboxes()
                        .into_iter()
                        .map(|(exhibit, mailbox)| (exhibit.to_owned(), mailbox.to_owned()))
                        .collect(),
                    in_reference: facts.in_reference(),
                })
        })
        .collect()
}

/// Value and digest: what makes two copies the same signature.
type SignatureKey = (Vec<u8>, Vec<u8>);

/// Groups signatures by selector and domain. Selectors with most signatures come first: their key proves most.
///
/// Copies of one signature with the same signed header count as one; selectors with a single signature are left out,
/// since nothing can be recovered from one.
pub fn candidates(sightings: impl IntoIterator<Item = Sighting>) -> Vec<Candidate> {
    let mut by_name: BTreeMap<String, BTreeMap<SignatureKey, Sighting>> = BTreeMap::new();
    for sighting in sightings {
        let key = (sighting.value.clone(), sighting.digest.clone());
        let group = by_name.entry(sighting.name.clone()).or_default();
        match group.get_mut(&key) {
            Some(known) => known.join(sighting),
            None => {
                group.insert(key, sighting);
            }
        }
    }
    let mut candidates: Vec<Candidate> = by_name
        .into_iter()
        .filter(|(_, group)| group.len() >= 2)
        .map(|(name, group)| Candidate {
            name,
            sightings: most_promising_first(group.into_values().collect()),
        })
        .collect();
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.sightings.len()));
    candidates
}

impl Sighting {
    /// Takes in another copy of the same signature.
    fn join(&mut self, other: Self) {
        self.body_fits |= other.body_fits;
        self.in_reference |= other.in_reference;
        self.items.extend(other.items);
        self.items.sort_unstable();
        self.items.dedup();
        self.mailboxes.extend(other.mailboxes);
        self.mailboxes.sort_unstable();
        self.mailboxes.dedup();
    }

    /// The day it was signed, counted from 1970.
    pub(super) fn day(&self) -> Option<i64> {
        const DAY_MICROS: i64 = 86_400_000_000;
        Some(self.signed_at?.unix_micros.div_euclid(DAY_MICROS))
    }
}

/// Intact bodies first, then what lies in several mailboxes in the same form; what has a differing copy comes last.
fn most_promising_first(mut sightings: Vec<Sighting>) -> Vec<Sighting> {
    let mut n_forms: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for sighting in &sightings {
        *n_forms.entry(sighting.value.clone()).or_default() += 1;
    }
    sightings.sort_by_cached_key(|sighting| {
        let has_other_form = n_forms.get(&sighting.value).is_some_and(|&n| n > 1);
        (
            !sighting.body_fits,
            !sighting.in_reference,
            has_other_form,
            std::cmp::Reverse(sighting.mailboxes.len().min(2)),
            sighting.digest.clone(),
        )
    });
    sightings
}
