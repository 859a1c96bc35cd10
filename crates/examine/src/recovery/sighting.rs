//! One signature as key recovery sees it, and the signatures of one selector.

use std::collections::BTreeMap;

use mabillon_case::{
    BodyHash, Facts, ItemId, KeySource, Signature, SignatureKind, SignatureResult, Stamp,
};

use crate::signature::RECOVERY_OCTETS;

/// One signature without a known key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something else of the signature"
)]
pub struct Sighting {
    /// `selector._domainkey.domain`, lower case.
    pub name: String,
    /// The signature (`b=`), most significant octet first.
    pub value: Vec<u8>,
    /// The hash of what was signed: 20 octets of SHA-1 or 32 of SHA-256.
    pub digest: Vec<u8>,
    /// Whether the body is the one that was signed: then the header is likely to be so too.
    pub body_fits: bool,
    /// Whether it would speak for the origin of the message: a DKIM or `DomainKeys` signature of the sender's domain.
    pub of_origin: bool,
    /// The signer of a seal (ARC) under a key of the archive, which says that this very signature passed.
    pub sealed_by: Option<String>,
    /// Whether it lies among the originals, and a receiving server recorded there that it did not pass. Of copies in the
    /// collection that says nothing: whoever had them in his hands could have written it.
    pub recorded_failed: bool,
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
                    of_origin: signature.kind.proves_origin() && signature.aligned,
                    sealed_by: sealer(facts, signature),
                    recorded_failed: signature.recorded_failed && facts.in_reference(),
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

/// Who sealed that this signature passed on arrival, under a sound key of the archive.
///
/// A key of the archive, because anybody can seal with a key of a domain of his own, which is his own beyond doubt. And
/// the same server must have signed the message as it stands, because a seal covers the ARC fields alone: it can be taken
/// over into another message, and what it says of a signature names no more than the first characters of that.
fn sealer(facts: &Facts, signature: &Signature) -> Option<String> {
    let sound = |by: Option<&str>, identity: &str| {
        facts.signatures.iter().find(|one| {
            one.kind == SignatureKind::Arc
                && one.identity == identity
                && one.result == SignatureResult::Pass
                && one.has_sound_key()
                && one.key_source == Some(KeySource::Archive)
                && by.is_none_or(|by| one.by == by)
        })
    };
    signature.recorded_passes.iter().find_map(|instance| {
        let seal = sound(None, &format!("i={instance}; seal"))?;
        sound(Some(&seal.by), &format!("i={instance}; message"))?;
        Some(seal.by.clone())
    })
}

/// Value and digest: what makes two copies the same signature.
type SignatureKey = (Vec<u8>, Vec<u8>);

/// Groups signatures by selector and domain. First come those whose key would prove most: with most intact messages
/// whose origin it speaks for, then with most signatures.
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
    candidates.sort_by_key(|candidate| {
        std::cmp::Reverse((candidate.n_worth(), candidate.sightings.len()))
    });
    candidates
}

impl Candidate {
    /// The signatures that gain most by its key: those that speak for the origin of a message whose body is intact.
    pub fn n_worth(&self) -> usize {
        let is_worth = |one: &&Sighting| one.of_origin && one.body_fits;
        self.sightings.iter().filter(is_worth).count()
    }

    /// Whether its key may prove the origin of so many messages: there is a pair of intact ones to recover it from, and
    /// what a list or a gateway did to the others can often be undone once the key is known.
    pub(super) fn is_worth(&self, n_messages: usize) -> bool {
        let n_of_origin = self.sightings.iter().filter(|one| one.of_origin).count();
        n_of_origin >= n_messages && self.n_worth() >= n_messages.min(2)
    }
}

impl Sighting {
    /// Takes in another copy of the same signature.
    fn join(&mut self, other: Self) {
        self.body_fits |= other.body_fits;
        self.in_reference |= other.in_reference;
        self.of_origin |= other.of_origin;
        self.recorded_failed |= other.recorded_failed;
        self.sealed_by = self.sealed_by.take().or(other.sealed_by);
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
