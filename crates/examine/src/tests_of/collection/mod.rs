//! Tests of the bond between records: copies, quotations, attachments, originals.

pub(super) mod altered_copy;
pub(super) mod answered_message;
pub(super) mod attachment_origin;
pub(super) mod attachment_save_time;
pub(super) mod changed_bodies;
pub(super) mod credential_phishing;
pub(super) mod decoy_registry;
pub(super) mod document_versions;
pub(super) mod expected_signature;
pub(super) mod folder_agreement;
pub(super) mod gmail_era_token;
pub(super) mod last_saver;
pub(super) mod mailbox_end;
pub(super) mod outlook_properties;
pub(super) mod published_text;
pub(super) mod quoted_parent;
pub(super) mod receiver_fields;
pub(super) mod reference_comparison;
pub(super) mod reply_order;
pub(super) mod save_burst;
pub(super) mod selector_keys;
pub(super) mod sender_header_order;
pub(super) mod sender_identity;
pub(super) mod sender_network;
pub(super) mod sender_profile;
pub(super) mod sender_program;
pub(super) mod sender_time_zone;
pub(super) mod shared_identifier;
pub(super) mod signer_agreement;
pub(super) mod store_marks;
pub(super) mod store_order;
pub(super) mod stored_time;

use mabillon_case::{Facts, MessageFacts};

use crate::{Group, Key, Member};

/// Keys under which a message meets its answers: its own id, and the id of the message it answers.
fn conversation_keys(facts: &Facts) -> Vec<Key> {
    let Some(message) = &facts.message else {
        return Vec::new();
    };
    [&message.message_id, &message.in_reply_to]
        .into_iter()
        .filter(|id| !id.is_empty())
        .map(|id| conversation_key(id))
        .collect()
}

/// The key of a message and its answers.
fn conversation_key(message_id: &str) -> Key {
    Key::of(&[b"answers", message_id.as_bytes()])
}

/// All (message, answer) pairs of a group: the answer names the message's id as its direct parent.
fn answers<'a>(group: &Group<'a>) -> impl Iterator<Item = (Pair<'a>, Pair<'a>)> {
    let key = group.key;
    // The answers are picked out once, so that thousands of copies of one message cost no more than themselves.
    let replies: Vec<Pair<'a>> = messages(group.members)
        .filter(|reply| conversation_key(&reply.message.in_reply_to) == key)
        .collect();
    let is_parent = move |parent: &Pair<'_>| conversation_key(&parent.message.message_id) == key;
    messages(group.members)
        .filter(is_parent)
        .flat_map(move |parent| {
            let is_answer = move |reply: &Pair<'_>| {
                reply.message.in_reply_to == parent.message.message_id
                    && reply.member.facts.item != parent.member.facts.item
            };
            let answers: Vec<Pair<'a>> = replies.iter().copied().filter(is_answer).collect();
            answers.into_iter().map(move |reply| (parent, reply))
        })
}

fn messages<'a>(members: &'a [Member<'a>]) -> impl Iterator<Item = Pair<'a>> {
    members.iter().filter_map(|member| {
        Some(Pair {
            member,
            message: member.facts.message.as_deref()?,
        })
    })
}

/// A member that is a message.
#[derive(Clone, Copy)]
struct Pair<'a> {
    member: &'a Member<'a>,
    message: &'a MessageFacts,
}

/// The key of all messages of one address, for what `purpose` compares; nothing without a sender.
fn sender_key(facts: &Facts, purpose: &str) -> Option<Key> {
    let message = facts.message.as_ref()?;
    let from = message.from.to_ascii_lowercase();
    from.contains('@')
        .then(|| Key::of(&[b"sender", purpose.as_bytes(), from.as_bytes()]))
}

/// The messages of a group that lie in the collection and have a date, with it in seconds since the epoch.
fn written<'a>(group: &Group<'a>) -> impl Iterator<Item = (&'a Facts, &'a MessageFacts, i64)> {
    group
        .members
        .iter()
        .filter(|member| member.facts.in_collection())
        .filter_map(|member| {
            let message = member.facts.message.as_deref()?;
            Some((member.facts, message, message.date?.unix_seconds()))
        })
}

/// When a received message was delivered, or, where no relay's time can be read, when it says it was written; seconds
/// since the epoch.
fn delivered_seconds(facts: &Facts) -> Option<i64> {
    let message = facts.message.as_ref()?;
    let time = message.delivered.or(message.date)?;
    Some(time.unix_seconds())
}

/// The name of the program that wrote a message, without its version: letters up to the first figure.
fn program_of(message: &MessageFacts) -> String {
    let end = message
        .mailer
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(message.mailer.len());
    message
        .mailer
        .get(..end)
        .unwrap_or_default()
        .trim_end_matches([' ', '/', '(', '-', '.', 'v'])
        .to_owned()
}
