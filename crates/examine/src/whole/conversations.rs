//! Conversations by `References` and `In-Reply-To`, and the messages that others name and that are not there.
//!
//! Ids are compared by a hash of 64 bits, sorted; what is told of a missing message comes only from messages that name
//! exactly its id.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::{
    Conversations, Facts, MailboxRecord, MessageFacts, MissingMessage, NamedBy, Stamp,
};

use crate::TextOf;
use crate::clock::id_time;
use crate::sketch::hash_bytes;
use crate::words::words;

/// Missing messages that are described.
const MISSING_MAX: usize = 2_000;
/// Messages naming one missing message that are looked at.
const NAMERS_MAX: usize = 200;
/// Of these, named in the record.
const NAMED_BY_MAX: usize = 5;
/// Answers whose quotations are read for one missing message.
const ANSWERS_READ_MAX: usize = 3;
/// Characters kept of a quotation.
const QUOTED_CHARS_MAX: usize = 1_200;
/// Characters kept of an id, a subject, or the line that introduces a quotation.
const LINE_CHARS_MAX: usize = 300;

/// How a message comes to an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// It is its own.
    Own,
    /// It answers the message of this id.
    Answer,
    /// It names it in `References`.
    Reference,
}

/// One id that one message has or names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Mention {
    /// The hash of the id.
    key: u64,
    role: Role,
    /// Place of the message in the facts.
    index: usize,
    /// Place of the id in its `References`.
    at: usize,
}

impl Mention {
    /// The id as the message names it.
    fn named<'f>(&self, facts: &'f [Facts]) -> Option<&'f str> {
        let (_, message) = message_at(facts, self.index)?;
        Some(match self.role {
            Role::Own => &message.message_id,
            Role::Answer => &message.in_reply_to,
            Role::Reference => message.references.get(self.at)?,
        })
    }
}

/// Describes the conversations, and counts in each mailbox the answers to what is missing.
pub(super) fn describe(
    facts: &[Facts],
    mailboxes: &mut [MailboxRecord],
    text_of: &TextOf<'_>,
) -> Conversations {
    let mentions = mentions(facts);
    let mut told = Conversations::default();
    let mut missing = Vec::new();
    for group in mentions.chunk_by(|a, b| a.key == b.key) {
        let is_present = group.iter().any(|mention| mention.role == Role::Own);
        let answers = group.iter().filter(|mention| mention.role == Role::Answer);
        let n_answers = answers.clone().count() as u64;
        told.n_answers += n_answers;
        for answer in answers {
            count_in_mailboxes(facts.get(answer.index), is_present, mailboxes);
        }
        if is_present {
            told.n_answers_present += n_answers;
        } else if let Some(found) = Missing::of(facts, group) {
            told.n_missing += 1;
            told.n_missing_first += u64::from(found.is_first);
            missing.push(found);
        }
    }
    (told.n_conversations, told.n_messages) = sizes(facts, &mentions);
    let owners = owners(mailboxes);
    for found in &mut missing {
        found.n_expected = found
            .answerers(facts)
            .filter(|who| owners.contains_key(who))
            .count();
    }
    told.n_missing_expected = missing.iter().filter(|found| found.n_expected > 0).count() as u64;
    missing.sort_by_key(|found| {
        (
            Reverse(found.n_expected.min(1)),
            Reverse(found.n_answers),
            Reverse(found.namers.len()),
            found.id,
        )
    });
    missing.truncate(MISSING_MAX);
    let present = Present::of(facts, &mentions);
    told.missing = missing
        .iter()
        .map(|found| found.describe(facts, &present, &owners, text_of))
        .collect();
    told
}

/// All ids that messages of the collection have or name, in order.
fn mentions(facts: &[Facts]) -> Vec<Mention> {
    let mut mentions: Vec<Mention> = Vec::new();
    for (index, row) in facts
        .iter()
        .enumerate()
        .filter(|(_, row)| row.in_collection())
    {
        let Some(message) = &row.message else {
            continue;
        };
        let own = std::iter::once((&message.message_id, Role::Own, 0));
        let answered = std::iter::once((&message.in_reply_to, Role::Answer, 0));
        let references = message.references.iter().enumerate();
        let named = references.map(|(at, id)| (id, Role::Reference, at));
        let all = own.chain(answered).chain(named);
        mentions.extend(
            all.filter(|(id, _, _)| !id.is_empty())
                .map(|(id, role, at)| Mention {
                    key: key(id),
                    role,
                    index,
                    at,
                }),
        );
    }
    mentions.sort_unstable();
    mentions.dedup();
    mentions
}

fn key(id: &str) -> u64 {
    hash_bytes(0, id.as_bytes())
}

fn message_at(facts: &[Facts], index: usize) -> Option<(&Facts, &MessageFacts)> {
    let row = facts.get(index)?;
    Some((row, row.message.as_ref()?))
}

fn count_in_mailboxes(row: Option<&Facts>, is_present: bool, mailboxes: &mut [MailboxRecord]) {
    for (exhibit, mailbox) in row.map(Facts::mailboxes).unwrap_or_default() {
        let at = mailboxes
            .binary_search_by(|row| (&*row.exhibit, &*row.mailbox).cmp(&(exhibit, mailbox)));
        if let Some(record) = at.ok().and_then(|at| mailboxes.get_mut(at)) {
            record.n_answers += 1;
            record.n_answers_to_missing += u64::from(!is_present);
        }
    }
}

/// The mailboxes of each address that owns some.
fn owners(mailboxes: &[MailboxRecord]) -> BTreeMap<String, Vec<String>> {
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mailbox in mailboxes.iter().filter(|row| !row.owner.is_empty()) {
        owners
            .entry(mailbox.owner.clone())
            .or_default()
            .push(mailbox.mailbox.clone());
    }
    owners
}

/// The dates of messages that are there, by their ids.
struct Present(Vec<(u64, Stamp)>);

impl Present {
    fn of(facts: &[Facts], mentions: &[Mention]) -> Self {
        let own = mentions.iter().filter(|mention| mention.role == Role::Own);
        let dated = own.filter_map(|own| Some((own.key, message_at(facts, own.index)?.1.date?)));
        // They come in order of key.
        Self(dated.collect())
    }

    fn date(&self, id: &str) -> Option<Stamp> {
        let key = key(id);
        let at = self.0.partition_point(|(other, _)| *other < key);
        let (other, date) = self.0.get(at)?;
        (*other == key).then_some(*date)
    }
}

/// A message that is not there, by those that name it.
struct Missing<'f> {
    id: &'f str,
    /// Places of those that name it in the facts, direct answers first, each message once.
    namers: Vec<(Role, usize)>,
    n_answers: usize,
    is_first: bool,
    /// Answers by people whose mailbox is in the collection.
    n_expected: usize,
}

impl<'f> Missing<'f> {
    fn of(facts: &'f [Facts], group: &[Mention]) -> Option<Self> {
        let id = group.first()?.named(facts)?;
        // Copies in several mailboxes, and the two ways in which one message names it, count once.
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut namers: Vec<(Role, usize)> = Vec::new();
        for mention in group.iter().take(NAMERS_MAX) {
            // Another id may have the same hash.
            if mention.named(facts) != Some(id) {
                continue;
            }
            let (role, index) = (mention.role, mention.index);
            let own = message_at(facts, index).map_or("", |(_, message)| &message.message_id);
            let is_new = if own.is_empty() {
                namers.iter().all(|(_, other)| *other != index)
            } else {
                seen.insert(own)
            };
            if is_new {
                namers.push((role, index));
            }
        }
        let is_first = namers.iter().all(|(_, index)| {
            message_at(facts, *index).is_some_and(|(_, message)| {
                message.references.first().is_none_or(|first| first == id)
            })
        });
        Some(Self {
            id,
            n_answers: namers
                .iter()
                .filter(|(role, _)| *role == Role::Answer)
                .count(),
            namers,
            is_first,
            n_expected: 0,
        })
    }

    fn messages(
        &self,
        facts: &'f [Facts],
    ) -> impl Iterator<Item = (Role, &'f Facts, &'f MessageFacts)> {
        self.namers.iter().filter_map(|(role, index)| {
            let (row, message) = message_at(facts, *index)?;
            Some((*role, row, message))
        })
    }

    /// The addresses of those who answered it.
    fn answerers(&self, facts: &'f [Facts]) -> impl Iterator<Item = String> {
        self.messages(facts)
            .filter(|(role, _, _)| *role == Role::Answer)
            .map(|(_, _, message)| message.from.to_lowercase())
    }

    fn describe(
        &self,
        facts: &'f [Facts],
        present: &Present,
        owners: &BTreeMap<String, Vec<String>>,
        text_of: &TextOf<'_>,
    ) -> MissingMessage {
        let (time, clock) = self.time(facts).unzip();
        let expected_in: BTreeSet<&String> = self
            .answerers(facts)
            .filter_map(|who| owners.get(&who))
            .flatten()
            .collect();
        let mut told = MissingMessage {
            message_id: clipped(self.id, LINE_CHARS_MAX),
            time,
            clock: clock.unwrap_or_default().to_owned(),
            after: self.latest_before(facts, present),
            before: self
                .messages(facts)
                .filter_map(|(_, _, message)| message.date)
                .min(),
            is_first: self.is_first,
            n_answers: self.n_answers as u64,
            n_named: self.namers.len() as u64,
            named_by: self.named_by(facts),
            expected_in: expected_in.into_iter().cloned().collect(),
            ..MissingMessage::default()
        };
        self.quote(facts, text_of, &mut told);
        told
    }

    /// When it was written: by its id, else by what its answers keep of the beginning of the conversation.
    fn time(&self, facts: &'f [Facts]) -> Option<(Stamp, &'static str)> {
        if let Some(stamp) = id_time(self.id) {
            return Some((stamp, "its Message-ID"));
        }
        if !self.is_first {
            return None;
        }
        let earliest = |time: fn(&MessageFacts) -> Option<Stamp>| {
            self.messages(facts)
                .filter_map(|(_, _, message)| time(message))
                .min()
        };
        if let Some(stamp) = earliest(|message| message.thread_root) {
            return Some((stamp, "Thread-Index of its answers"));
        }
        earliest(|message| message.gmail_thread)
            .map(|stamp| (stamp, "Gmail's id of the conversation"))
    }

    /// The latest message that is there and stands before it in the conversation.
    fn latest_before(&self, facts: &'f [Facts], present: &Present) -> Option<Stamp> {
        self.messages(facts)
            .flat_map(|(_, _, message)| message.references.iter().take_while(|id| *id != self.id))
            .filter_map(|id| present.date(id))
            .max()
    }

    fn named_by(&self, facts: &'f [Facts]) -> Vec<NamedBy> {
        let mut all: Vec<NamedBy> = self
            .messages(facts)
            .map(|(role, row, message)| NamedBy {
                item: row.item,
                from: clipped(&message.from, LINE_CHARS_MAX),
                date: message.date,
                subject: clipped(&message.subject, LINE_CHARS_MAX),
                is_answer: role == Role::Answer,
                is_proved: row.is_proved(),
            })
            .collect();
        all.sort_by_key(|one| (!one.is_answer, one.date, one.item));
        all.truncate(NAMED_BY_MAX);
        all
    }

    /// Adds the longest quotation of it among its first answers.
    fn quote(&self, facts: &'f [Facts], text_of: &TextOf<'_>, told: &mut MissingMessage) {
        let answers = self
            .messages(facts)
            .filter(|(role, _, message)| *role == Role::Answer && message.n_quotations > 0);
        for (_, row, _) in answers.take(ANSWERS_READ_MAX) {
            let text = text_of(&row.item).unwrap_or_default();
            let Some(quotation) = text
                .quotations
                .iter()
                .find(|quotation| quotation.depth == 1)
            else {
                continue;
            };
            let n_words = words(&quotation.text).count() as u64;
            if n_words > told.n_quoted_words {
                told.n_quoted_words = n_words;
                told.quoted = clipped(quotation.text.trim(), QUOTED_CHARS_MAX);
                told.attribution = clipped(quotation.attribution.trim(), LINE_CHARS_MAX);
                told.quoted_in = Some(row.item);
            }
        }
    }
}

fn clipped(text: &str, n_chars: usize) -> String {
    text.chars().take(n_chars).collect()
}

/// Conversations of two ids or more, and the messages of the collection in them.
fn sizes(facts: &[Facts], mentions: &[Mention]) -> (u64, u64) {
    let mut keys: Vec<u64> = mentions.iter().map(|mention| mention.key).collect();
    keys.dedup();
    let number = |key: u64| keys.partition_point(|other| *other < key);
    let mut sets = Sets::new(keys.len());
    let mut first_of: Vec<Option<usize>> = vec![None; facts.len()];
    for mention in mentions {
        let Some(first) = first_of.get_mut(mention.index) else {
            continue;
        };
        let number = number(mention.key);
        match *first {
            None => *first = Some(number),
            Some(first) => sets.join(first, number),
        }
    }
    let mut n_ids: BTreeMap<usize, u64> = BTreeMap::new();
    for number in 0..keys.len() {
        *n_ids.entry(sets.root(number)).or_default() += 1;
    }
    let is_conversation = |root: usize| n_ids.get(&root).is_some_and(|n| *n > 1);
    let n_messages = first_of
        .iter()
        .flatten()
        .filter(|first| is_conversation(sets.root(**first)));
    let n_messages = n_messages.count() as u64;
    (
        n_ids.values().filter(|n| **n > 1).count() as u64,
        n_messages,
    )
}

/// Disjoint sets (Tarjan 1975), joined by size.
struct Sets(Vec<(usize, usize)>);

impl Sets {
    fn new(n: usize) -> Self {
        Self((0..n).map(|number| (number, 1)).collect())
    }

    fn root(&self, mut number: usize) -> usize {
        while let Some((parent, _)) = self.0.get(number).filter(|(parent, _)| *parent != number) {
            number = *parent;
        }
        number
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let size = |sets: &Self, root: usize| sets.0.get(root).map_or(0, |(_, size)| *size);
        let (small, large) = if size(self, a) < size(self, b) {
            (a, b)
        } else {
            (b, a)
        };
        let sum = size(self, small) + size(self, large);
        if let Some(slot) = self.0.get_mut(small) {
            slot.0 = large;
        }
        if let Some(slot) = self.0.get_mut(large) {
            slot.1 = sum;
        }
    }
}
