//! Was a message written with a program that its sender uses?

use mabillon_case::{Facts, Finding, ItemId};

use super::{program_of, sender_key, written};
use crate::baseline::{Habit, Observation, TAUGHT_MIN, habits};
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// The message was written with a program that its sender uses at other times.
    ///
    /// ## What it examines
    /// The name of the program in `X-Mailer` or `User-Agent`, without its version, against other messages of the same
    /// address; a message that names none counts as such, as web mail does.
    /// Proved messages teach first; no day of one mailbox teaches more than three times.
    /// ## Why it matters
    /// A message made by somebody else is seldom made with the same program, and a program used once in years is
    /// worth a question.
    /// ## Innocent explanations
    /// A borrowed machine, a web mailer on a journey, an assistant who writes in the person's name, a form on a web
    /// site. Only a look at the message itself tells.
    /// ## References
    /// - RFC 5322, section 3.6.8 (optional fields)
    pub(crate) static SENDER_PROGRAM = {
        id: "collection/sender-program",
        findings: &["program-usual", "program-alone"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it has no sender",
            needs_text: false,
            members_min: TAUGHT_MIN,
            examine: sender_program,
        }),
    }
}

fn keys(facts: &Facts) -> Vec<Key> {
    sender_key(facts, "program").into_iter().collect()
}

fn sender_program(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let observed = written(group)
        .map(|(facts, message, seconds)| Observation {
            facts,
            seconds,
            value: program_of(message),
        })
        .collect();
    habits(observed)
        .into_iter()
        .map(|(item, habit)| (item, finding(&habit)))
        .collect()
}

fn finding(habit: &Habit) -> Finding {
    match habit {
        Habit::Usual { n_same, taught } => Finding::new(
            "program-usual",
            format!(
                "Of {} of its sender, {n_same} were written with the same program.",
                taught.in_words()
            ),
        ),
        Habit::Alone { usual, taught, .. } => {
            let usual = if usual.is_empty() {
                "no program".to_owned()
            } else {
                usual.clone()
            };
            Finding::new(
                "program-alone",
                format!(
                    "It names another program than {} of its sender do, most of which name {usual}.",
                    taught.in_words()
                ),
            )
        }
    }
}
