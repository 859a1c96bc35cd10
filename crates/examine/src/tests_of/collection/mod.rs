//! Tests of the bond between records: copies, quotations, attachments, originals.

pub(super) mod altered_copy;
pub(super) mod answered_message;
pub(super) mod attachment_origin;
pub(super) mod attachment_save_time;
pub(super) mod decoy_registry;
pub(super) mod document_versions;
pub(super) mod last_saver;
pub(super) mod quoted_parent;
pub(super) mod reference_comparison;
pub(super) mod reply_order;
pub(super) mod save_burst;
pub(super) mod shared_identifier;
pub(super) mod signer_agreement;

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
    let (key, members) = (group.key, group.members);
    let is_parent = move |parent: &Pair<'_>| conversation_key(&parent.message.message_id) == key;
    messages(members).filter(is_parent).flat_map(move |parent| {
        messages(members)
            .filter(move |reply| {
                reply.message.in_reply_to == parent.message.message_id
                    && reply.member.facts.item != parent.member.facts.item
            })
            .map(move |reply| (parent, reply))
    })
}

fn messages<'a>(members: &'a [Member<'a>]) -> impl Iterator<Item = Pair<'a>> {
    members.iter().filter_map(|member| {
        Some(Pair {
            member,
            message: member.facts.message.as_ref()?,
        })
    })
}

/// A member that is a message.
#[derive(Clone, Copy)]
struct Pair<'a> {
    member: &'a Member<'a>,
    message: &'a MessageFacts,
}
