//! Do the answers quote the message as it stands?

use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::{Difference, Finding, ItemId};

use super::altered_copy::agrees_with_itself;
use super::{Pair, answers, conversation_keys};
use crate::difference::{Quoted, heaviest_in_words, quoted};
use crate::facts::own_text;
use crate::test::declare_test;
use crate::words::words;
use crate::{Group, GroupTest, Member, Run, World};

/// Answers compared with one message at most.
const PAIRS_MAX: usize = 500;
/// A quotation with fewer words pins nothing.
const QUOTED_WORDS_MIN: usize = 8;
/// The share of the message that a quotation must repeat before it speaks for the whole.
const QUOTED_SHARE_MIN: f64 = 0.6;

declare_test! {
    /// The answers to a message quote it as it stands.
    ///
    /// ## What it examines
    /// The quoted passages of an answer, word by word, against the message that it names as its parent.
    /// Words left out are trimming and words put between are remarks; only words replaced by others count,
    /// and of those only numbers and names.
    /// ## Why it matters
    /// Who alters a message in one mailbox leaves its quotations in other people's answers as they were.
    /// Where the answer carries a valid signature, that signature also covers the quotation.
    /// ## Innocent explanations
    /// People correct a quotation, mail programs turn pictures and links into other words, translations replace text.
    /// A quotation that differs does not by itself tell which of the two was changed: both are named, unless a signature
    /// on one of them tells, another copy of the answer quotes alike, or several answers quote the same otherwise.
    /// ## References
    /// - RFC 3676, section 4.5 (quotation marks)
    pub(crate) static QUOTED_PARENT = {
        id: "collection/quoted-parent",
        findings: &[
            "quoted-alike-in-proved-answer",
            "words-quoted-in-proved-answer",
            "quoted-alike",
            "quoted-otherwise-in-proved-answer",
            "quoted-otherwise-by-several",
            "quoted-otherwise",
            "quotes-proved-message-otherwise",
            "quotes-unlike-other-copy",
            "quotes-otherwise",
        ],
        run: Run::Group(GroupTest {
            keys: conversation_keys,
            not_applicable: "it has no Message-ID and answers none",
            needs_text: true,
            members_min: 2,
            examine: quoted_parent,
        }),
    }
}

/// What the answers to one message say of it.
#[derive(Default)]
struct Said<'a> {
    alike: Vec<Pair<'a>>,
    otherwise: Vec<(Pair<'a>, Difference)>,
    message: Option<Pair<'a>>,
}

/// What one answer says of the copies of the message that it answers.
#[derive(Default)]
struct Quotes<'a> {
    answer: Option<Pair<'a>>,
    n_alike: usize,
    otherwise: Vec<(Pair<'a>, Difference)>,
}

fn quoted_parent(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let mut by_parent: BTreeMap<ItemId, Said<'_>> = BTreeMap::new();
    let mut by_answer: BTreeMap<ItemId, Quotes<'_>> = BTreeMap::new();
    for (parent, reply) in answers(group).take(PAIRS_MAX) {
        // Only another hand can vouch for a message.
        if parent
            .message
            .from
            .eq_ignore_ascii_case(&reply.message.from)
        {
            continue;
        }
        let said = by_parent.entry(parent.member.facts.item).or_default();
        said.message = Some(parent);
        let quotes = by_answer.entry(reply.member.facts.item).or_default();
        quotes.answer = Some(reply);
        match compare(parent.member, reply.member) {
            Quoted::Alike { share, .. } => {
                quotes.n_alike += 1;
                if share >= QUOTED_SHARE_MIN {
                    said.alike.push(reply);
                }
            }
            Quoted::Otherwise(difference) => {
                quotes.otherwise.push((parent, difference.clone()));
                said.otherwise.push((reply, difference));
            }
            Quoted::Unrelated => {}
        }
    }
    let of_answers = of_answers(&by_answer);
    let is_odd = |item: &ItemId| {
        let of_item = of_answers.get(item);
        of_item.is_some_and(|finding| finding.code != "quotes-otherwise")
    };
    for said in by_parent.values_mut() {
        said.otherwise
            .retain(|(reply, _)| !is_odd(&reply.member.facts.item));
    }
    let of_parents: Vec<(ItemId, Finding)> = by_parent
        .iter()
        .filter_map(|(item, said)| Some((*item, finding(said)?)))
        .collect();
    of_parents.into_iter().chain(of_answers).collect()
}

/// The findings on answers that quote otherwise.
fn of_answers(by_answer: &BTreeMap<ItemId, Quotes<'_>>) -> BTreeMap<ItemId, Finding> {
    let ids_alike: BTreeSet<&str> = by_answer
        .values()
        .filter(|quotes| quotes.n_alike > 0)
        .filter_map(|quotes| Some(quotes.answer?.message.message_id.as_str()))
        .collect();
    let findings = by_answer
        .iter()
        .filter_map(|(item, quotes)| Some((*item, quotes.finding(&ids_alike)?)));
    findings.collect()
}

impl Quotes<'_> {
    /// The finding on the answer, where it quotes otherwise; `ids_alike` names answers of which a copy quotes alike.
    fn finding(&self, ids_alike: &BTreeSet<&str>) -> Option<Finding> {
        let is_proved = |(parent, _): &&(Pair<'_>, Difference)| parent.member.facts.is_proved();
        let proved = self.otherwise.iter().find(is_proved);
        let (parent, difference) = proved.or_else(|| self.otherwise.first())?;
        let id = self.answer?.message.message_id.as_str();
        let (code, says) = match proved {
            // It agrees with one copy, and so says which of them was changed.
            _ if self.n_alike > 0 => return None,
            Some(_) => (
                "quotes-proved-message-otherwise",
                "It quotes a message that a valid signature proves with other numbers or names than stand there.",
            ),
            None if !id.is_empty() && ids_alike.contains(id) => (
                "quotes-unlike-other-copy",
                "It quotes a message with other numbers or names than stand there, and another copy of it quotes the same message as it stands.",
            ),
            None => (
                "quotes-otherwise",
                "It quotes a message with other numbers or names than stand there; one of the two was changed.",
            ),
        };
        Some(otherwise(code, says, *parent, difference))
    }
}

/// The quotation in an answer against the message.
fn compare(parent: &Member<'_>, reply: &Member<'_>) -> Quoted {
    let quotation = reply
        .text()
        .and_then(|text| {
            text.quotations
                .iter()
                .find(|quotation| quotation.depth == 1)
        })
        .map_or("", |quotation| quotation.text.as_str());
    if words(quotation).count() < QUOTED_WORDS_MIN {
        return Quoted::Unrelated;
    }
    quoted(own_text(parent.text()), quotation)
}

/// Whether a message consists of words alone, with a second text that says the same or none.
fn is_words_alone(message: Pair<'_>) -> bool {
    message.message.attachments.is_empty()
        && agrees_with_itself(message.member.text()) != Some(false)
}

/// What the answers to one message say of it. A quotation vouches for words: for the whole of a message that consists
/// of words alone, with a second text that says the same or none.
fn finding(said: &Said<'_>) -> Option<Finding> {
    let is_proved = |reply: &Pair<'_>| reply.member.facts.is_proved();
    if let Some((reply, difference)) = said.otherwise.iter().find(|(reply, _)| is_proved(reply)) {
        return Some(otherwise(
            "quoted-otherwise-in-proved-answer",
            "An answer that a valid signature proves quotes it with other numbers or names than stand here.",
            *reply,
            difference,
        ));
    }
    if let Some(reply) = said.alike.iter().find(|reply| is_proved(reply)) {
        let (code, says) = if said.message.is_some_and(is_words_alone) {
            (
                "quoted-alike-in-proved-answer",
                "An answer by someone else, proved by a valid signature, quotes it word for word as it stands here.",
            )
        } else {
            (
                "words-quoted-in-proved-answer",
                "An answer by someone else, proved by a valid signature, quotes its words as they stand here; for the files that it carries, or its second text, nobody vouches.",
            )
        };
        return Some(Finding::new(code, says).compared_with(reply.member.facts.item));
    }
    if let Some((reply, difference)) = said.otherwise.first() {
        // Two copies of one answer are one witness.
        let n_answers = said
            .otherwise
            .iter()
            .map(|(reply, _)| &reply.message.message_id)
            .collect::<BTreeSet<_>>()
            .len();
        return Some(if n_answers > 1 && said.alike.is_empty() {
            otherwise(
                "quoted-otherwise-by-several",
                "Several answers quote it with other numbers or names than stand here.",
                *reply,
                difference,
            )
        } else {
            otherwise(
                "quoted-otherwise",
                "An answer quotes it with other numbers or names than stand here; one of the two was changed.",
                *reply,
                difference,
            )
        });
    }
    let reply = said.alike.first()?;
    let says = "An answer by someone else quotes it word for word as it stands here.";
    Some(Finding::new("quoted-alike", says).compared_with(reply.member.facts.item))
}

fn otherwise(code: &'static str, says: &str, other: Pair<'_>, difference: &Difference) -> Finding {
    Finding::new(code, format!("{says}{}", heaviest_in_words(difference)))
        .compared_with(other.member.facts.item)
        .differing(difference.clone())
}
