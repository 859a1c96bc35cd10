//! Is the message that was answered in the collection?

use mabillon_case::{Finding, ItemId};

use super::{conversation_key, conversation_keys, messages};
use crate::test::declare_test;
use crate::{Group, GroupTest, Run, World};

/// Answers to one missing message that are named at most.
const ANSWERS_MAX: usize = 2_000;

declare_test! {
    /// The message that an answer names is in the collection.
    ///
    /// ## What it examines
    /// The `In-Reply-To` of each message against the `Message-ID` of all others.
    /// ## Why it matters
    /// A conversation with a hole shows what was deleted, kept back or never stolen.
    /// It says nothing about the message that is there, and weighs nothing; it tells what to ask for.
    /// ## Innocent explanations
    /// The missing message lay in a mailbox or folder that was not taken, or was deleted by its owner long before.
    /// ## References
    /// - RFC 5322, section 3.6.4
    pub(crate) static ANSWERED_MESSAGE = {
        id: "collection/answered-message",
        findings: &["answered-message-present", "answered-message-missing"],
        run: Run::Group(GroupTest {
            keys: conversation_keys,
            not_applicable: "it has no Message-ID and answers none",
            needs_text: false,
            members_min: 1,
            examine: answered_message,
        }),
    }
}

fn answered_message(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let parent = messages(group.members)
        .find(|candidate| conversation_key(&candidate.message.message_id) == group.key);
    messages(group.members)
        .filter(|reply| conversation_key(&reply.message.in_reply_to) == group.key)
        .filter(|reply| !reply.message.in_reply_to.is_empty())
        .take(ANSWERS_MAX)
        .map(|reply| {
            let finding = match parent {
                Some(parent) => Finding::new(
                    "answered-message-present",
                    "The message that it answers is in the collection.",
                )
                .compared_with(parent.member.facts.item),
                None => Finding::new(
                    "answered-message-missing",
                    format!(
                        "It answers the message <{}>, which is not in the collection.",
                        reply.message.in_reply_to
                    ),
                ),
            };
            (reply.member.facts.item, finding)
        })
        .collect()
}
