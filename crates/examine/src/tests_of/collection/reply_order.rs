//! Does an answer come after what it answers?

use mabillon_case::{Finding, ItemId, MessageFacts, Stamp};

use super::{answers, conversation_keys};
use crate::clock::id_time;
use crate::test::declare_test;
use crate::{Group, GroupTest, Run, World};

/// Clocks of two computers differ by this much without meaning anything, in seconds.
const CLOCKS_DIFFER_SECONDS: f64 = 600.0;
/// An answer that is this much earlier was not dated by a clock in a wrong zone, or of a wrong day, in seconds: two days.
const DAYS_EARLIER_SECONDS: f64 = 2.0 * 86_400.0;
/// Answers to one message that are compared with it at most.
const PAIRS_MAX: usize = 2_000;

declare_test! {
    /// An answer is dated after the message that it answers.
    ///
    /// ## What it examines
    /// The `Date` of a message and the `Date` of the message that its `In-Reply-To` names, where both are in the
    /// collection.
    /// ## Why it matters
    /// Who changes the date of one message, or invents an answer, has to keep the whole conversation in order.
    /// ## Innocent explanations
    /// A computer with a wrong clock; differences of up to ten minutes are not counted.
    /// The message that is out of order need not be the one that was changed: it may be the other. Where the first relay, the
    /// clock in the `Message-ID` or another copy tells that the answered message was there before, or where the first relay
    /// took the answer after it, days are not held against the answer.
    /// ## References
    /// - RFC 5322, sections 3.6.1 and 3.6.4
    pub(crate) static REPLY_ORDER = {
        id: "collection/reply-order",
        findings: &["answer-in-order", "answer-is-earlier", "answer-is-days-earlier"],
        run: Run::Group(GroupTest {
            keys: conversation_keys,
            not_applicable: "it has no Message-ID and answers none",
            needs_text: false,
            members_min: 2,
            examine: reply_order,
        }),
    }
}

fn reply_order(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let mut found = Vec::new();
    let copies: Vec<&MessageFacts> = group
        .members
        .iter()
        .filter_map(|member| member.facts.message.as_deref())
        .collect();
    for (parent, reply) in answers(group).take(PAIRS_MAX) {
        let (Some(asked), Some(answered)) = (parent.message.date, reply.message.date) else {
            continue;
        };
        let seconds = answered.seconds_since(asked);
        let is_days_earlier = seconds < -DAYS_EARLIER_SECONDS
            && !was_there_before(answered, parent.message, &copies)
            && !is_relayed_after(reply.message, asked);
        let finding = if is_days_earlier {
            let says = format!(
                "It is dated {answered}, days before the message that it answers ({asked})."
            );
            Finding::new("answer-is-days-earlier", says)
        } else if seconds < -CLOCKS_DIFFER_SECONDS {
            Finding::new(
                "answer-is-earlier",
                format!("It is dated {answered}, before the message that it answers ({asked})."),
            )
        } else if seconds < 0.0 {
            let says = format!(
                "It is dated {answered}, minutes before the message that it answers ({asked}): no more than the \
                 clocks of two computers differ."
            );
            Finding::new("answer-in-order", says)
        } else {
            let says =
                format!("It is dated {answered}, after the message that it answers ({asked}).");
            Finding::new("answer-in-order", says)
        };
        found.push((
            reply.member.facts.item,
            finding.compared_with(parent.member.facts.item),
        ));
    }
    found
}

/// Whether another trace tells that the message was there before its answer: its first relay, the clock in its
/// Message-ID, the date of another copy. Then its date is what is odd, and not the answer.
fn was_there_before(answered: Stamp, message: &MessageFacts, copies: &[&MessageFacts]) -> bool {
    let of_copies = copies
        .iter()
        .filter(|copy| copy.message_id == message.message_id)
        .flat_map(|copy| [copy.date, copy.first_received]);
    of_copies
        .chain([id_time(&message.message_id)])
        .flatten()
        .any(|time| answered.seconds_since(time) >= -CLOCKS_DIFFER_SECONDS)
}

/// Whether the first relay took the answer after the message was written: then the clock that dated the answer was wrong,
/// which other tests tell.
fn is_relayed_after(answer: &MessageFacts, asked: Stamp) -> bool {
    answer
        .first_received
        .is_some_and(|relayed| relayed.seconds_since(asked) >= -CLOCKS_DIFFER_SECONDS)
}
