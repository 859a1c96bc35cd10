//! Do the answers quote the message as it stands?

use mabillon_case::{Finding, ItemId};

use super::{answers, conversation_keys};
use crate::difference::{Quoted, heaviest_in_words, quoted};
use crate::facts::own_text;
use crate::test::declare_test;
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
    /// A quotation that differs does not by itself tell which of the two was changed.
    /// ## References
    /// - RFC 3676, section 4.5 (quotation marks)
    pub(crate) static QUOTED_PARENT = {
        id: "collection/quoted-parent",
        findings: &[
            "quoted-alike-in-proved-answer",
            "quoted-alike",
            "quoted-otherwise-in-proved-answer",
            "quoted-otherwise-by-several",
            "quoted-otherwise",
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
    alike: Vec<&'a Member<'a>>,
    otherwise: Vec<(&'a Member<'a>, mabillon_case::Difference)>,
}

fn quoted_parent(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let mut by_parent: std::collections::BTreeMap<ItemId, Said<'_>> =
        std::collections::BTreeMap::new();
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
        match compare(parent.member, reply.member) {
            Quoted::Alike { share, .. } if share >= QUOTED_SHARE_MIN => {
                said.alike.push(reply.member);
            }
            Quoted::Otherwise(difference) => said.otherwise.push((reply.member, difference)),
            _ => {}
        }
    }
    by_parent
        .into_iter()
        .filter_map(|(item, said)| Some((item, finding(&said)?)))
        .collect()
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
    if quotation.split_whitespace().count() < QUOTED_WORDS_MIN {
        return Quoted::Unrelated;
    }
    quoted(own_text(parent.text()), quotation)
}

fn finding(said: &Said<'_>) -> Option<Finding> {
    let proved_otherwise = said
        .otherwise
        .iter()
        .find(|(reply, _)| reply.facts.is_proved());
    if let Some((reply, difference)) = proved_otherwise {
        return Some(otherwise(
            "quoted-otherwise-in-proved-answer",
            "An answer that a valid signature proves quotes it with other numbers or names than stand here.",
            reply,
            difference,
        ));
    }
    if let Some(reply) = said.alike.iter().find(|reply| reply.facts.is_proved()) {
        let says = "An answer by someone else, proved by a valid signature, quotes it word for word as it stands here.";
        return Some(
            Finding::new("quoted-alike-in-proved-answer", says).compared_with(reply.facts.item),
        );
    }
    if let Some((reply, difference)) = said.otherwise.first() {
        return Some(if said.otherwise.len() > 1 && said.alike.is_empty() {
            otherwise(
                "quoted-otherwise-by-several",
                "Several answers quote it with other numbers or names than stand here.",
                reply,
                difference,
            )
        } else {
            otherwise(
                "quoted-otherwise",
                "An answer quotes it with other numbers or names than stand here; one of the two was changed.",
                reply,
                difference,
            )
        });
    }
    let reply = said.alike.first()?;
    let says = "An answer by someone else quotes it word for word as it stands here.";
    Some(Finding::new("quoted-alike", says).compared_with(reply.facts.item))
}

fn otherwise(
    code: &'static str,
    says: &str,
    reply: &Member<'_>,
    difference: &mabillon_case::Difference,
) -> Finding {
    Finding::new(code, format!("{says}{}", heaviest_in_words(difference)))
        .compared_with(reply.facts.item)
        .differing(difference.clone())
}
