//! Are the header fields of a message in the order that its sender's program writes?

use mabillon_case::{Facts, Finding, ItemId, MessageFacts};

use super::{program_of, sender_key, written};
use crate::baseline::{Habit, Observation, TAUGHT_MIN, habits};
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// The header fields stand in an order, and are spelt in a way, that is usual with this sender and program.
    ///
    /// ## What it examines
    /// The names of the fields below the lowest `Received`, in order and as they are spelt (`Message-Id` is not
    /// `Message-ID`), against those of other messages of the same address, the same program and the same way: sent
    /// copies with sent copies, received with received. Fields that come and go with the message are left out (`Cc`,
    /// `References`, `Content-...`, priorities), and so are messages that a mailing list has handled.
    /// Proved messages teach first; no day of one mailbox teaches more than three times.
    /// ## Why it matters
    /// Every program writes its header in an order of its own, which nobody sees. A message that a script or a text
    /// editor put together, under the name of a program, rarely keeps it.
    /// ## Innocent explanations
    /// A new version of the program changes the order from one day on; a second device under the same program name; a
    /// virus scanner or gateway that adds a field; an export that sorts fields (then it sorts all).
    /// Who copies a real message and changes its words keeps the order.
    /// ## References
    /// - RFC 5322, section 3.6 (the order is free, and so each program has its own)
    pub(crate) static SENDER_HEADER_ORDER = {
        id: "collection/sender-header-order",
        findings: &["order-usual", "order-alone"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it has no sender, or passed a mailing list",
            needs_text: false,
            members_min: TAUGHT_MIN,
            examine: sender_header_order,
        }),
    }
}

/// Fields that are there or not as the message wants it, in lower case.
const COMES_AND_GOES: [&str; 22] = [
    "cc",
    "bcc",
    "in-reply-to",
    "references",
    "reply-to",
    "sender",
    "importance",
    "priority",
    "x-priority",
    "x-msmail-priority",
    "disposition-notification-to",
    "return-receipt-to",
    "organization",
    "thread-topic",
    "thread-index",
    "dkim-signature",
    "x-google-dkim-signature",
    "domainkey-signature",
    "x-gm-message-state",
    "autocrypt",
    "x-forwarded-message-id",
    "comments",
];

fn keys(facts: &Facts) -> Vec<Key> {
    facts
        .message
        .as_ref()
        .filter(|message| !message.is_rewritten && !message.sender_fields.is_empty())
        .and_then(|message| {
            let way = if message.n_hops == 0 {
                "sent"
            } else {
                "received"
            };
            let sender = sender_key(facts, "header order")?;
            Some(Key::of(&[
                &sender.0.to_le_bytes(),
                program_of(message).as_bytes(),
                way.as_bytes(),
            ]))
        })
        .into_iter()
        .collect()
}

/// The names in order, those that come and go left out.
fn order(message: &MessageFacts) -> String {
    let stays = |name: &&str| {
        let lower = name.to_ascii_lowercase();
        !COMES_AND_GOES.contains(&&*lower)
            && !lower.starts_with("content-")
            && !lower.starts_with("list-")
    };
    message
        .sender_fields
        .split(' ')
        .filter(stays)
        .collect::<Vec<_>>()
        .join(" ")
}

fn sender_header_order(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let observed = written(group)
        .map(|(facts, message, seconds)| Observation {
            facts,
            seconds,
            value: order(message),
        })
        .collect();
    habits(observed)
        .into_iter()
        .map(|(item, habit)| (item, of_habit(&habit, group, item)))
        .collect()
}

fn of_habit(habit: &Habit, group: &Group<'_>, item: ItemId) -> Finding {
    match habit {
        Habit::Usual { n_same, taught } => Finding::new(
            "order-usual",
            format!(
                "Of {} of this sender and program, {n_same} have their header fields in the same order.",
                taught.in_words()
            ),
        ),
        Habit::Alone { usual, taught, .. } => {
            let own = group
                .members
                .iter()
                .find(|member| member.facts.item == item)
                .and_then(|member| member.facts.message.as_deref())
                .map(order)
                .unwrap_or_default();
            Finding::new(
                "order-alone",
                format!(
                    "Its header fields stand in the order {own}, unlike those of {} of this sender and program, of which most have {usual}. Another program made it, or a hand put it together.",
                    taught.in_words()
                ),
            )
        }
    }
}
