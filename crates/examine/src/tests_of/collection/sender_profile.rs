//! Is a message, in all regards together, one of its sender's?

use std::collections::BTreeMap;

use mabillon_case::{Facts, Finding, ItemId, MessageFacts};

use super::{program_of, sender_key, written};
use crate::baseline::{Observation, teaching};
use crate::made_anew::boundary_shape;
use crate::sketch::hash_bytes;
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// A message is, in nine regards together, as the other messages of its sender, program and way are.
    ///
    /// ## What it examines
    /// Messages of one address that name the same program and were all delivered, or all not: the forms of Message-ID,
    /// boundary and subject, the hour, the number of recipients, the length, the language, what is carried, and how it
    /// names what it answers. Each regard counts the more, the fewer of the others agree in it; the sum is
    /// compared with that of each of the others among theirs (a conformal p-value, each left out in turn). A finding
    /// needs a hundred others, of which at most one in a hundred is as unusual, two regards in which hardly any other
    /// agrees, and messages before and after it.
    /// Proved messages teach first, and no day of one mailbox more than three times: neither a pile of messages put in at
    /// once nor one archive can become the rule. Signatures, zone, network, program and the order of header fields are left
    /// to the tests of each.
    /// ## Why it matters
    /// Somebody else's message may pass each single test and still be unlike its sender in several ways at once.
    /// ## Innocent explanations
    /// By its making the test finds something in a hundred, or a thousand, genuine messages: a message to many, in
    /// another language, at night, through a form. It says that a message is unusual, and not why.
    /// Greetings and style are not compared.
    /// ## References
    /// - Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World (2005), chapter 2 (conformal prediction)
    pub(crate) static SENDER_PROFILE = {
        id: "collection/sender-profile",
        findings: &["profile-rare", "profile-alone"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it has no sender, is bulk mail, or passed a mailing list",
            needs_text: false,
            members_min: OTHERS_MIN + 1,
            examine: sender_profile,
        }),
    }
}

/// Other messages that must have taught.
const OTHERS_MIN: usize = 100;
/// As unusual as the message may be one in this many, itself counted.
const RARE_ONE_IN: usize = 100;
/// The same for one that is alone.
const ALONE_ONE_IN: usize = 1_000;
/// In a regard a message is alone where at most one of this many others agrees.
const AGREES_ONE_IN: usize = 400;
/// Regards in which it must be alone.
const LONE_REGARDS_MIN: usize = 2;
/// Messages that must lie before it, and after it.
const AROUND_MIN: usize = 5;
/// Regards that are named.
const NAMED_MAX: usize = 4;

/// The regards, as a sentence names them: "its ... ".
const REGARDS: [&str; 9] = [
    "the form of its Message-ID",
    "the form of its boundary",
    "the form of its subject",
    "the hour",
    "the number of recipients",
    "the length",
    "the language",
    "what it carries",
    "how it names what it answers",
];

/// What a message does in each regard.
type Profile = [u64; REGARDS.len()];

fn keys(facts: &Facts) -> Vec<Key> {
    let message = facts.message.as_ref();
    let usable = message.filter(|message| !message.is_bulk && !message.is_rewritten);
    usable
        .and_then(|message| {
            let sender = sender_key(facts, "profile")?;
            let program = program_of(message);
            Some(Key::of(&[
                &sender.0.to_le_bytes(),
                program.as_bytes(),
                &[u8::from(message.n_hops > 0)],
            ]))
        })
        .into_iter()
        .collect()
}

fn sender_profile(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let mut observed: Vec<Observation<'_, Profile>> = written(group)
        .map(|(facts, message, seconds)| Observation {
            facts,
            seconds,
            value: profile(facts, message),
        })
        .collect();
    observed.sort_by_key(|one| (one.seconds, one.facts.item));
    let Some((taught, by_proved)) = teaching(&observed) else {
        return Vec::new();
    };
    let learnt = Learnt::of(&taught, by_proved);
    let n_inside = observed.len().saturating_sub(2 * AROUND_MIN);
    observed
        .iter()
        .skip(AROUND_MIN)
        .take(n_inside)
        .filter(|one| !one.facts.is_proved())
        .filter_map(|one| Some((one.facts.item, learnt.judge(one)?)))
        .collect()
}

/// What was learnt of one sender, program and way.
struct Learnt {
    n: usize,
    by_proved: bool,
    /// For each regard, how many of those that teach do what.
    counts: [BTreeMap<u64, usize>; REGARDS.len()],
    /// The ids of those that teach, in order.
    items: Vec<ItemId>,
    /// How unusual each of them is among the others, in order.
    scores: Vec<u64>,
}

impl Learnt {
    fn of(taught: &[&Observation<'_, Profile>], by_proved: bool) -> Self {
        let mut counts: [BTreeMap<u64, usize>; REGARDS.len()] =
            std::array::from_fn(|_| BTreeMap::new());
        for one in taught {
            for (counts, value) in counts.iter_mut().zip(one.value) {
                *counts.entry(value).or_insert(0) += 1;
            }
        }
        let mut items: Vec<ItemId> = taught.iter().map(|one| one.facts.item).collect();
        items.sort_unstable();
        let mut learnt = Self {
            n: taught.len(),
            by_proved,
            counts,
            items,
            scores: Vec::new(),
        };
        learnt.scores = taught
            .iter()
            .map(|one| score(&learnt.agreeing(&one.value, 1), learnt.n - 1))
            .collect();
        learnt.scores.sort_unstable();
        learnt
    }

    /// How many others agree in each regard; `n_own` is 1 where the message is one of those that teach.
    fn agreeing(&self, profile: &Profile, n_own: usize) -> [usize; REGARDS.len()] {
        let mut agreeing = [0; REGARDS.len()];
        for ((slot, counts), value) in agreeing.iter_mut().zip(&self.counts).zip(profile) {
            *slot = counts.get(value).map_or(0, |n| n - n_own);
        }
        agreeing
    }

    fn judge(&self, one: &Observation<'_, Profile>) -> Option<Finding> {
        let n_own = usize::from(self.items.binary_search(&one.facts.item).is_ok());
        let n = self.n - n_own;
        let agreeing = self.agreeing(&one.value, n_own);
        let own = score(&agreeing, n);
        let n_below = self.scores.partition_point(|other| *other < own);
        let n_as_unusual = self.scores.len() - n_below - n_own;
        let lone: Vec<(&str, usize)> = REGARDS
            .into_iter()
            .zip(agreeing)
            .filter(|(_, n_agree)| n_agree * AGREES_ONE_IN <= n)
            .collect();
        let is_rare = |one_in: usize| (n_as_unusual + 1) * one_in <= n + 1;
        if n < OTHERS_MIN || lone.len() < LONE_REGARDS_MIN || !is_rare(RARE_ONE_IN) {
            return None;
        }
        let code = if is_rare(ALONE_ONE_IN) {
            "profile-alone"
        } else {
            "profile-rare"
        };
        Some(Finding::new(code, self.says(n, n_as_unusual, &lone)))
    }

    fn says(&self, n: usize, n_as_unusual: usize, lone: &[(&str, usize)]) -> String {
        let kind = if self.by_proved { "proved" } else { "other" };
        let regards: Vec<String> = lone
            .iter()
            .take(NAMED_MAX)
            .map(|(regard, n_agree)| match n_agree {
                0 => format!("{regard} (as none)"),
                n_agree => format!("{regard} (as {n_agree})"),
            })
            .collect();
        format!(
            "It is unlike {n} {kind} messages of the same address, program and way, of which {n_as_unusual} are as unusual: by {}.",
            regards.join(", ")
        )
    }
}

/// How unusual it is to agree with so many of `n` others in each regard: the sum of the logarithms, in half bits.
fn score(agreeing: &[usize; REGARDS.len()], n: usize) -> u64 {
    agreeing
        .iter()
        .map(|n_agree| {
            let ratio = ((n as u64 + 1) << 8) / (*n_agree as u64 + 1);
            u64::from(ratio.saturating_mul(ratio).max(1).ilog2())
        })
        .sum()
}

fn profile(facts: &Facts, message: &MessageFacts) -> Profile {
    let hash = |text: &str| hash_bytes(0, text.as_bytes());
    [
        hash(&form_of_id(&message.message_id)),
        hash(&boundary_shape(&message.boundary)),
        hash(form_of_subject(&message.subject)),
        hour(message),
        magnitude(message.to.len() + message.cc.len()),
        magnitude(facts.text.n_words as usize),
        hash(&facts.text.language),
        magnitude(message.attachments.len()),
        way_of_answering(message),
    ]
}

/// The domain of a Message-ID, and which kinds of characters stand before it, run by run: `a1a.1@mail.example`.
fn form_of_id(id: &str) -> String {
    let (left, domain) = id.rsplit_once('@').unwrap_or((id, ""));
    let mut form = String::new();
    for c in left.chars().take(80) {
        let kind = match c {
            '0'..='9' => '1',
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            c => c,
        };
        // Letters and figures of a random id take turns: one sign for all of them.
        let kind = if kind.is_ascii_alphanumeric() {
            'x'
        } else {
            kind
        };
        if !form.ends_with(kind) {
            form.push(kind);
        }
    }
    form.push('@');
    form.push_str(domain);
    form
}

/// What stands before the first colon, where it is as short as `Re` or `TR `.
fn form_of_subject(subject: &str) -> &str {
    const PREFIX_BYTES_MAX: usize = 5;
    let end = subject.find(':').filter(|end| *end <= PREFIX_BYTES_MAX);
    end.and_then(|end| subject.get(..=end)).unwrap_or_default()
}

/// The third of the day by the sender's own clock, and whether it was a weekend.
fn hour(message: &MessageFacts) -> u64 {
    const HOURS: i64 = 4;
    let Some(date) = message.date else { return 0 };
    let offset = i64::from(date.offset_minutes.unwrap_or(0)) * 60;
    let local = date.unix_seconds() + offset;
    let hours = local.rem_euclid(86_400) / 3_600 / HOURS;
    // The first of January 1970 was a Thursday.
    let is_weekend = matches!(local.div_euclid(86_400).rem_euclid(7), 2 | 3);
    u64::try_from(hours + if is_weekend { 10 } else { 1 }).unwrap_or(0)
}

/// Steps by three: 0, 1, 2 to 3, 4 to 9, 10 to 30, and so on.
fn magnitude(n: usize) -> u64 {
    let mut step = 0;
    let mut rest = n;
    while rest > 0 {
        step += 1;
        rest /= 3;
    }
    step
}

/// Which of the fields that name an answered message it has.
fn way_of_answering(message: &MessageFacts) -> u64 {
    u64::from(!message.in_reply_to.is_empty())
        + 2 * u64::from(!message.references.is_empty())
        + 4 * u64::from(message.thread_index != 0)
}
