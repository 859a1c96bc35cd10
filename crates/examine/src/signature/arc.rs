//! The Authenticated Received Chain (RFC 8617): what each server on the way saw, signed by it.
//!
//! A set of three fields bears the number of its server (`i=`): what that server recorded
//! (`ARC-Authentication-Results`), a signature over the message as it passed it on (`ARC-Message-Signature`), and a
//! seal over all sets so far (`ARC-Seal`). The two signatures are judged apart, each under the identity `i=1; message`
//! or `i=1; seal`: a seal may be authentic while the message was changed after it. Whether the chain as a whole would
//! pass at a receiving server is told by [`chain_validation`], strictly.

use std::collections::BTreeMap;

use mabillon_case::{
    HeaderField, Message, RSA_BITS_PROOF_MIN, Signature, SignatureKind, SignatureResult,
};

use super::limits::{ARC_SETS_MAX, ARC_SIGNATURES_MAX};
use super::parse::{Canonicalization, SignatureField, Terms, arc_message_field, arc_seal_field};
use super::repairs::LINE_ENDS;
use super::tags::{is_white, tag_list, trim};
use super::verify::Verifier;

/// What a server recorded of the message.
pub(crate) const RESULTS: &str = "arc-authentication-results";
/// Its signature over the message.
pub(crate) const MESSAGE: &str = "arc-message-signature";
/// Its seal over all sets so far.
pub(crate) const SEAL: &str = "arc-seal";

/// What a receiving server says of a whole chain (RFC 8617, section 4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainValidation {
    /// There is no chain.
    None,
    /// The newest message signature and every seal verify.
    Pass,
    /// The chain is broken, for this reason.
    Fail(String),
}

/// Indexes of the fields of one ARC set in the header; each once in an orderly chain.
#[derive(Debug, Default)]
pub(crate) struct ArcSet {
    pub(crate) results: Vec<usize>,
    pub(crate) messages: Vec<usize>,
    pub(crate) seals: Vec<usize>,
}

/// The ARC fields of a message, by instance.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    pub(crate) sets: BTreeMap<u32, ArcSet>,
    /// Fields whose instance cannot be read.
    unnumbered: ArcSet,
}

impl Chain {
    pub(crate) fn of(message: &Message) -> Self {
        let mut chain = Self::default();
        for (index, field) in message.fields().iter().enumerate() {
            let name = field.name.of(&message.raw);
            let value = field.value.of(&message.raw);
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            if is(RESULTS) {
                chain.set(results_instance(value)).results.push(index);
            } else if is(MESSAGE) {
                chain.set(tag_instance(value)).messages.push(index);
            } else if is(SEAL) {
                chain.set(tag_instance(value)).seals.push(index);
            }
        }
        chain
    }

    fn set(&mut self, instance: Option<u32>) -> &mut ArcSet {
        match instance {
            Some(instance) => self.sets.entry(instance).or_default(),
            None => &mut self.unnumbered,
        }
    }

    fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.unnumbered.is_empty()
    }

    /// Its signatures, each with its index in the header and its instance: set by set, then those of no set.
    fn signatures(&self) -> Vec<(usize, Option<u32>, ArcField)> {
        let numbered = self
            .sets
            .iter()
            .map(|(&instance, set)| (Some(instance), set));
        let sets = numbered.chain([(None, &self.unnumbered)]);
        sets.flat_map(|(instance, set)| {
            let messages = set.messages.iter().map(|&index| (index, ArcField::Message));
            let seals = set.seals.iter().map(|&index| (index, ArcField::Seal));
            messages
                .chain(seals)
                .map(move |(index, field)| (index, instance, field))
        })
        .collect()
    }

    /// What the seal of an instance covers besides itself: all sets up to its own, each in this order: results,
    /// message signature, seal (RFC 8617, section 5.1.1); its own set alone where it found the chain broken (section
    /// 5.1.2).
    fn sealed_by(&self, instance: u32, is_broken: bool) -> Result<Vec<usize>, String> {
        let first = if is_broken { instance } else { 1 };
        let mut covered = Vec::new();
        for number in first..=instance {
            let missing = ArcSet::default();
            let set = self.sets.get(&number).unwrap_or(&missing);
            covered.push(only(&set.results, "ARC-Authentication-Results", number)?);
            covered.push(only(&set.messages, "ARC-Message-Signature", number)?);
            if number < instance {
                covered.push(only(&set.seals, "ARC-Seal", number)?);
            }
        }
        Ok(covered)
    }

    /// Whether each instance from 1 on has each of the three fields once.
    fn check_structure(&self) -> Result<u32, String> {
        if !self.unnumbered.is_empty() {
            return Err("an ARC field has no readable instance".to_owned());
        }
        let n_sets = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        for number in 1..=n_sets {
            let Some(set) = self.sets.get(&number) else {
                return Err(format!("the ARC set i={number} is missing"));
            };
            only(&set.results, "ARC-Authentication-Results", number)?;
            only(&set.messages, "ARC-Message-Signature", number)?;
            only(&set.seals, "ARC-Seal", number)?;
        }
        Ok(n_sets)
    }
}

/// Which of the two signatures of an ARC set a field is.
#[derive(Debug, Clone, Copy)]
enum ArcField {
    Message,
    Seal,
}

impl ArcSet {
    fn is_empty(&self) -> bool {
        self.results.is_empty() && self.messages.is_empty() && self.seals.is_empty()
    }
}

fn only(fields: &[usize], name: &str, instance: u32) -> Result<usize, String> {
    match fields {
        [field] => Ok(*field),
        [] => Err(format!("the {name} of i={instance} is missing")),
        _ => Err(format!("the {name} of i={instance} stands more than once")),
    }
}

/// The instance of a message signature or seal: its tag `i=`.
fn tag_instance(value: &[u8]) -> Option<u32> {
    number(tag_list(value).get("i")?)
}

/// The instance of recorded results: `i=1;` before everything else (RFC 8617, section 4.1.1).
fn results_instance(value: &[u8]) -> Option<u32> {
    let end = memchr::memchr(b';', value)?;
    let first = trim(value.get(..end)?);
    let rest = trim(first.strip_prefix(b"i").or(first.strip_prefix(b"I"))?);
    number(trim(rest.strip_prefix(b"=")?))
}

fn number(text: &[u8]) -> Option<u32> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(text).ok().filter(|_| is_number)?;
    let number = text.parse().ok()?;
    (1..=ARC_SETS_MAX).contains(&number).then_some(number)
}

impl Verifier<'_> {
    /// Verifies the two signatures of every ARC set, in order of the instances.
    pub(super) fn arc(&mut self) -> Vec<Signature> {
        let chain = Chain::of(self.message);
        let mut fields = chain.signatures();
        self.leave_out(&mut fields, "ARC", ARC_SIGNATURES_MAX);
        fields
            .into_iter()
            .filter_map(|(index, instance, layer)| match layer {
                ArcField::Message => self.arc_message(index, instance),
                ArcField::Seal => self.arc_seal(index, instance, &chain),
            })
            .collect()
    }

    fn arc_message(&mut self, index: usize, instance: Option<u32>) -> Option<Signature> {
        let field = self.field(index)?;
        let value = field.value.of(&self.message.raw);
        let mut read = arc_message_field(value);
        if instance.is_none() && read.terms.is_ok() {
            read.terms = Err("i= is no instance of a chain".to_owned());
        }
        read.identity = identity(&read.identity, "message");
        // Without c= both are simple (RFC 6376, section 3.5); the drafts of ARC had both relaxed, and so did signers.
        let by_draft = read
            .terms
            .as_ref()
            .ok()
            .filter(|_| tag_list(value).get("c").is_none())
            .map(|terms| Terms {
                header: Canonicalization::Relaxed,
                body: Canonicalization::Relaxed,
                ..terms.clone()
            });
        let relaxed = by_draft
            .map(|terms| SignatureField {
                terms: Ok(terms),
                ..read.clone()
            })
            .map(|read| self.of_header_and_body(SignatureKind::Arc, index, field, read))
            .filter(|judged| judged.result == SignatureResult::Pass);
        let judge = || self.of_header_and_body(SignatureKind::Arc, index, field, read);
        Some(relaxed.unwrap_or_else(judge))
    }

    fn arc_seal(&self, index: usize, instance: Option<u32>, chain: &Chain) -> Option<Signature> {
        let field = self.field(index)?;
        let value = field.value.of(&self.message.raw);
        let mut read = arc_seal_field(value);
        read.identity = identity(&read.identity, "seal");
        let is_broken = tag_list(value).get("cv") == Some(b"fail");
        let covered = match instance {
            None => Err("i= is no instance of a chain".to_owned()),
            Some(instance) => chain.sealed_by(instance, is_broken),
        };
        Some(self.of_seal(index, field, read, covered))
    }
}

fn identity(instance: &str, what: &str) -> String {
    let instance: String = instance.chars().take(8).collect();
    format!("i={instance}; {what}")
}

/// Whether a signature is an ARC seal, rather than an ARC message signature.
pub(crate) fn is_seal(signature: &Signature) -> bool {
    signature.identity.ends_with("; seal")
}

/// The state of a whole chain as a receiving server computes it (RFC 8617, section 5.2), strictly: the hash SHA-256,
/// RSA keys of 1024 bits and more (RFC 8301), no damage undone but that of line ends. `signatures` are those of the
/// message as [`super::verify`] gave them. A missing key fails the chain here; each signature on its own says so.
pub fn chain_validation(message: &Message, signatures: &[Signature]) -> ChainValidation {
    let chain = Chain::of(message);
    if chain.is_empty() {
        return ChainValidation::None;
    }
    match check(message, signatures, &chain) {
        Ok(()) => ChainValidation::Pass,
        Err(reason) => ChainValidation::Fail(reason),
    }
}

fn check(message: &Message, signatures: &[Signature], chain: &Chain) -> Result<(), String> {
    let newest = chain.check_structure()?;
    let field = |indexes: &[usize]| {
        let index = indexes.first()?;
        message.fields().get(*index)
    };
    for (&instance, set) in chain.sets.iter().rev() {
        let seal = field(&set.seals).ok_or("a seal is missing")?;
        check_state(message, seal, instance)?;
        if instance == newest {
            let signature = field(&set.messages).ok_or("a message signature is missing")?;
            check_syntax(message, signature, &["a", "c", "h", "t"])?;
            check_not_over_seals(message, signature)?;
            check_verified(signatures, signature)?;
        }
        check_syntax(message, seal, &["a", "t"])?;
        check_verified(signatures, seal)?;
    }
    Ok(())
}

/// `cv=none` in the first seal, `cv=pass` in all others (RFC 8617, section 5.2, steps 2 and 3).
fn check_state(message: &Message, seal: &HeaderField, instance: u32) -> Result<(), String> {
    let tags = tag_list(seal.value.of(&message.raw));
    let expected: &[u8] = if instance == 1 { b"none" } else { b"pass" };
    match tags.get("cv") {
        Some(state) if state == expected => Ok(()),
        Some(b"fail") => Err(format!(
            "the server that sealed i={instance} found the chain broken"
        )),
        _ => Err(format!(
            "cv= of i={instance} is not {}",
            String::from_utf8_lossy(expected)
        )),
    }
}

/// What forensic reading lets pass and a receiving server does not: empty entries, and tags of these names that are
/// present and empty (only `h=` may be).
fn check_syntax(message: &Message, field: &HeaderField, names: &[&str]) -> Result<(), String> {
    let value = field.value.of(&message.raw);
    let tags = tag_list(value);
    let mut entries: Vec<&[u8]> = value.split(|&byte| byte == b';').collect();
    if entries
        .last()
        .is_some_and(|last| last.iter().all(|&byte| is_white(byte)))
    {
        entries.pop();
    }
    if entries.iter().any(|entry| trim(entry).is_empty()) {
        return Err("a tag list has an empty entry".to_owned());
    }
    if !matches!(tags.get("a"), Some(b"rsa-sha256" | b"ed25519-sha256")) {
        return Err("an algorithm is not one that is still accepted".to_owned());
    }
    let empty = names
        .iter()
        .find(|name| **name != "h" && tags.get(name).is_some_and(<[u8]>::is_empty));
    empty.map_or(Ok(()), |name| Err(format!("{name}= is empty")))
}

/// A message signature must not sign seals (RFC 8617, section 4.1.2).
fn check_not_over_seals(message: &Message, field: &HeaderField) -> Result<(), String> {
    let read = arc_message_field(field.value.of(&message.raw));
    let names = read.terms.map(|terms| terms.signed_names)?;
    if names.iter().any(|name| name == SEAL.as_bytes()) {
        return Err("a message signature signs a seal".to_owned());
    }
    Ok(())
}

fn check_verified(signatures: &[Signature], field: &HeaderField) -> Result<(), String> {
    let signature = signatures
        .iter()
        .find(|signature| signature.span == field.whole)
        .ok_or("a signature was not examined")?;
    if signature.result != SignatureResult::Pass {
        return Err(format!("{}: {}", signature.identity, signature.reason));
    }
    if signature.repairs.iter().any(|repair| repair != LINE_ENDS) {
        return Err(format!(
            "{}: it verifies only once damage is undone",
            signature.identity
        ));
    }
    let is_short = signature
        .key_bits
        .is_none_or(|bits| bits < RSA_BITS_PROOF_MIN);
    if is_short && !signature.algorithm.contains("ed25519") {
        return Err(format!("{}: its key is too short", signature.identity));
    }
    Ok(())
}
