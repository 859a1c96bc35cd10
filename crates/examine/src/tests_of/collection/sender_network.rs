//! Was a message sent from a machine and a network that its sender uses?

use mabillon_case::{Facts, Finding, ItemId, MessageFacts};

use super::{sender_key, written};
use crate::baseline::{Habit, Observation, TAUGHT_MIN, habits};
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// The message was handed to its first relay by a machine, from a network, that its sender uses at other times.
    ///
    /// ## What it examines
    /// The lowest `Received` field: the name by which the sending machine called itself, and the network (`/24`, with
    /// IPv6 `/48`) of its address, against other messages of the same address. Addresses of private networks and
    /// messages that a mailing list has handled are left out.
    /// Proved messages teach first; no day of one mailbox teaches more than three times.
    /// ## Why it matters
    /// A message that somebody else sent under the name, or whose `Received` fields are invented, comes from a machine
    /// that the sender never used before or after.
    /// ## Innocent explanations
    /// Travel, a hotel, a telephone on another network, a new laptop used once. People who change networks often have
    /// no usual one and are left alone.
    /// ## References
    /// - RFC 5321, sections 4.1.1.1 and 4.4
    pub(crate) static SENDER_NETWORK = {
        id: "collection/sender-network",
        findings: &["network-usual", "network-alone", "machine-alone"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it names no sending machine, or passed a mailing list",
            needs_text: false,
            members_min: TAUGHT_MIN,
            examine: sender_network,
        }),
    }
}

fn keys(facts: &Facts) -> Vec<Key> {
    let names_machine = facts.message.as_ref().is_some_and(|message| {
        !message.is_rewritten
            && (!message.client_network.is_empty() || !machine(message).is_empty())
    });
    sender_key(facts, "network")
        .filter(|_| names_machine)
        .into_iter()
        .collect()
}

/// The name by which the machine called itself; empty where it is an address.
fn machine(message: &MessageFacts) -> &str {
    let name = message.client_name.as_str();
    let is_address = name.starts_with('[') || name.parse::<std::net::IpAddr>().is_ok();
    if is_address { "" } else { name }
}

fn sender_network(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let observed = |value_of: fn(&MessageFacts) -> &str| -> Vec<Observation<'_>> {
        written(group)
            .filter(|(_, message, _)| !value_of(message).is_empty())
            .map(|(facts, message, seconds)| Observation {
                facts,
                seconds,
                value: value_of(message).to_owned(),
            })
            .collect()
    };
    let networks = habits(observed(|message| &message.client_network));
    let machines = habits(observed(machine));
    let by_network = networks
        .into_iter()
        .map(|(item, habit)| (item, finding(&habit, "network-alone", "network")));
    let by_machine = machines
        .into_iter()
        .filter(|(_, habit)| matches!(habit, Habit::Alone { .. }))
        .map(|(item, habit)| (item, finding(&habit, "machine-alone", "machine")));
    by_network.chain(by_machine).collect()
}

fn finding(habit: &Habit, alone: &'static str, what: &str) -> Finding {
    match habit {
        Habit::Usual { n_same, taught } => Finding::new(
            "network-usual",
            format!(
                "Of {} of its sender, {n_same} came from the same network.",
                taught.in_words()
            ),
        ),
        Habit::Alone { usual, taught, .. } => Finding::new(
            alone,
            format!(
                "It came from a {what} that {} of its sender do not name, most of which name {usual}.",
                taught.in_words()
            ),
        ),
    }
}
