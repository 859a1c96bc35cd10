//! Do two messages share an identifier that is made anew for each message?

use std::collections::BTreeSet;

use mabillon_case::{Facts, Finding, ItemId, MessageFacts, SignatureKind};

use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Member, Run, World};

/// Boundaries shorter than this are words that a program always writes.
const BOUNDARY_CHARACTERS_MIN: usize = 16;
/// Digits a boundary needs before it looks made anew each time.
const BOUNDARY_DIGITS_MIN: usize = 4;

declare_test! {
    /// Identifiers that programs make anew for each message occur in one message only.
    ///
    /// ## What it examines
    /// MIME boundaries that look made anew, and signature values, of messages with different `Message-ID`s.
    /// ## Why it matters
    /// Who makes a new message out of a stored one changes its id, text and recipient, and leaves the boundary and the
    /// signature of the old one. Where a valid signature proves one of the two, the other was made from it.
    /// ## Innocent explanations
    /// Some mailing programs write one boundary into all messages of a batch, or always the same one; an identifier
    /// that more than two messages share is therefore left alone.
    /// A message sent again by its author may keep parts of the first.
    /// ## References
    /// - RFC 2046, section 5.1.1 (boundaries); RFC 6376, section 3.5 (signature values)
    pub(crate) static SHARED_IDENTIFIER = {
        id: "collection/shared-identifier",
        findings: &["shares-with-proved-message", "shares-with-other-message"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it has neither a boundary made anew nor a signature",
            needs_text: false,
            members_min: 2,
            examine: shared_identifier,
        }),
    }
}

fn keys(facts: &Facts) -> Vec<Key> {
    let Some(message) = &facts.message else {
        return Vec::new();
    };
    let boundary = looks_made_anew(&message.boundary)
        .then(|| Key::of(&[b"boundary", message.boundary.as_bytes()]));
    let signatures = facts
        .signatures
        .iter()
        .filter(|signature| {
            signature.kind == SignatureKind::Dkim && !signature.value_start.is_empty()
        })
        .map(|signature| {
            Key::of(&[
                b"signature",
                signature.by.as_bytes(),
                signature.value_start.as_bytes(),
            ])
        });
    boundary.into_iter().chain(signatures).collect()
}

fn looks_made_anew(boundary: &str) -> bool {
    boundary.len() >= BOUNDARY_CHARACTERS_MIN
        && boundary.bytes().filter(u8::is_ascii_digit).count() >= BOUNDARY_DIGITS_MIN
}

fn shared_identifier(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let messages: Vec<(&Member<'_>, &MessageFacts)> = group
        .members
        .iter()
        .filter(|member| member.facts.in_collection())
        .filter_map(|member| Some((member, member.facts.message.as_ref()?)))
        .collect();
    let ids: BTreeSet<&str> = messages
        .iter()
        .map(|(_, message)| message.message_id.as_str())
        .collect();
    if ids.len() != 2 {
        return Vec::new();
    }
    let proved = messages.iter().find(|(member, _)| member.facts.is_proved());
    messages
        .iter()
        .filter(|(member, _)| !member.facts.is_proved())
        .filter_map(|(member, message)| {
            let differs = |other: &&&(&Member<'_>, &MessageFacts)| other.1.message_id != message.message_id;
            let (code, says, other) = match proved.as_ref().filter(|other| differs(other)) {
                Some(other) => (
                    "shares-with-proved-message",
                    "It shares an identifier that is made anew for each message with a message that a valid signature proves, and has another Message-ID: it was made from that message.",
                    other.0,
                ),
                None if proved.is_some() => return None,
                None => (
                    "shares-with-other-message",
                    "It shares an identifier that is made anew for each message with one other message that has another Message-ID: one of the two was made from the other.",
                    messages.iter().find(|other| differs(&other))?.0,
                ),
            };
            Some((member.facts.item, Finding::new(code, says).compared_with(other.facts.item)))
        })
        .collect()
}
