//! Do copies of one message say the same?

use mabillon_case::{Facts, Finding, ItemId, Stamp, Text};

use super::{conversation_key, conversation_keys};
use crate::clock;
use crate::copies::{
    Comparison, Differing, altered_attachment, body_hash_fits, compare, is_rewritten,
};
use crate::difference::{Extent, Quoted, heaviest_in_words, quoted};
use crate::facts::own_text;
use crate::figures;
use crate::test::declare_test;
use crate::{Group, GroupTest, Member, Run, World};

/// Copies of one message that are compared, each with each, at most; a message has few, a forger's flood is bounded.
const COPIES_MAX: usize = 32;

/// A date this near to the first relay's time is borne out by it, in seconds: six hours, for queues and wrong zones.
const RELAY_NEAR_SECONDS: f64 = 6.0 * 3_600.0;

/// Answers asked for a quotation that bears out one of two differing copies, at most.
const ANSWERS_MAX: usize = 8;

/// What programs call the folder of sent messages, lower case, as it begins: English, French, German.
const SENT_FOLDERS: &[&str] = &["sent", "envoy", "\u{e9}l\u{e9}ments envoy", "gesendet"];

/// What programs call the folder of drafts, lower case: English, French, German.
const DRAFT_FOLDERS: &[&str] = &[
    "drafts",
    "draft",
    "brouillons",
    "brouillon",
    "entw\u{fc}rfe",
];

declare_test! {
    /// Copies of one message in several mailboxes say the same.
    ///
    /// ## What it examines
    /// All messages with the same `Message-ID`, wherever they lie: the words that the author wrote, the subject, the
    /// date, the sender and the recipients, and the hashes of what is attached.
    /// Layout, line ends, typographic quotes, links that a gateway wrapped, header fields that servers add, the footers of
    /// mailing lists and the notices of gateways (a known phrase, no figure) are left out of the comparison; messages that
    /// lie among drafts alone, or bear a draft's mark outside of a folder of sent messages, are not compared.
    /// What differs is told apart: a figure, a date, a denial, a replaced name, a sender or an attachment; other words;
    /// a text that one copy has more at an end; what is quoted.
    /// ## Why it matters
    /// A message usually lies in the mailbox of its sender and in those of its recipients.
    /// Who alters one copy rarely reaches all of them, and the copy that was not altered shows the difference.
    /// Where one copy carries a valid signature and another differs from it, the other is shown to be altered.
    /// ## Innocent explanations
    /// Mailing lists add footers and subject tags; gateways add warnings and disclaimers; a mail program may reuse
    /// a Message-ID when a draft is edited and sent again; `Bcc` stands in the sent copy only.
    /// Where no copy is proved, other things tell which of two differing copies is the odd one: a further copy in another
    /// mailbox, the quotation in an answer, a body hash that fits, the copy's own second text, the first relay's time or
    /// the time in the Message-ID, the domain that signed. Where nothing tells, both are named: one of the two was
    /// changed, and either may be the one that was not.
    /// ## References
    /// - RFC 5322, section 3.6.4 (a Message-ID names one version of one message)
    pub(crate) static ALTERED_COPY = {
        id: "collection/altered-copy",
        findings: &[
            "same-as-proved-copy",
            "same-in-other-mailbox",
            "differs-from-proved-copy",
            "differs-from-supported-copy",
            "differs-from-other-copy",
            "differs-in-quotation",
            "differs-in-words",
            "differs-at-the-end",
            "adds-to-proved-copy",
            "other-copy-is-odd",
            "differs-by-list-footer",
            "attachment-of-differing-proved-copy",
            "attachment-of-differing-copy",
        ],
        run: Run::Group(GroupTest {
            keys: conversation_keys,
            not_applicable: "it has no Message-ID and answers none",
            needs_text: true,
            members_min: 2,
            examine: altered_copy,
        }),
    }
}

/// The copies of one message and the answers to it.
struct Family<'a> {
    copies: Vec<&'a Member<'a>>,
    answers: Vec<&'a Member<'a>>,
}

fn altered_copy(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let names_it = |id: &str| !id.is_empty() && conversation_key(id) == group.key;
    let message = |member: &Member<'_>, is: &dyn Fn(&mabillon_case::MessageFacts) -> bool| {
        member.facts.in_collection() && member.facts.message.as_deref().is_some_and(is)
    };
    let members = group.members.iter();
    let family = Family {
        copies: members
            .clone()
            .filter(|copy| message(copy, &|facts| names_it(&facts.message_id)))
            .filter(|copy| !is_draft(copy.facts))
            .take(COPIES_MAX)
            .collect(),
        answers: members
            .filter(|answer| message(answer, &|facts| names_it(&facts.in_reply_to)))
            .take(ANSWERS_MAX)
            .collect(),
    };
    let proved = family.copies.iter().find(|copy| copy.facts.is_proved());
    family
        .copies
        .iter()
        .flat_map(|copy| match proved {
            Some(_) if copy.facts.is_proved() => Vec::new(),
            Some(proved) => with_attachment(copy, proved, against_proved(copy, proved)),
            None => against_others(copy, &family),
        })
        .collect()
}

/// Whether a message is half written: it lies among drafts and nowhere else, or bears the mark of a draft outside of a
/// folder of sent messages. It is no copy of what was sent.
fn is_draft(facts: &Facts) -> bool {
    let folder = |path: &str| {
        let name = path
            .rsplit(['/', '!'])
            .find(|step| *step != "cur" && *step != "new");
        let name = name
            .unwrap_or_default()
            .trim_start_matches('.')
            .to_lowercase();
        name.strip_suffix(".mbox")
            .map(str::to_owned)
            .unwrap_or(name)
    };
    let is_sent = |name: &str| SENT_FOLDERS.iter().any(|start| name.starts_with(start));
    let is_marked = facts
        .message
        .as_ref()
        .is_some_and(|message| message.is_draft);
    let mailboxes = facts.mailboxes();
    !mailboxes.is_empty()
        && mailboxes.iter().all(|(_, path)| {
            let name = folder(path);
            DRAFT_FOLDERS.contains(&&*name) || is_marked && !is_sent(&name)
        })
}

/// A finding on a message, and one on the attachment by which it differs, which is an item of its own.
fn with_attachment(
    copy: &Member<'_>,
    other: &Member<'_>,
    finding: Option<Finding>,
) -> Vec<(ItemId, Finding)> {
    let attachment = altered_attachment(copy.facts, other.facts).map(|attachment| {
        let (code, says) = if other.facts.is_proved() {
            (
                "attachment-of-differing-proved-copy",
                "A proved copy of the message that carries this file does not carry these bytes.",
            )
        } else {
            (
                "attachment-of-differing-copy",
                "Another copy of the message that carries this file does not carry these bytes.",
            )
        };
        (
            attachment.item,
            Finding::new(code, says).compared_with(other.facts.item),
        )
    });
    finding
        .map(|finding| (copy.facts.item, finding))
        .into_iter()
        .chain(attachment)
        .collect()
}

/// One copy against the copy that a signature proves.
fn against_proved(copy: &Member<'_>, proved: &Member<'_>) -> Option<Finding> {
    let finding = match compare(copy, proved) {
        Comparison::Same => Finding::new(
            "same-as-proved-copy",
            "A copy of this message that a valid signature proves says the same, word for word.",
        ),
        Comparison::Footer => Finding::new(
            "differs-by-list-footer",
            "It differs from a proved copy only by text added at the end or by a notice above or below, as mailing lists and gateways do.",
        ),
        Comparison::Differs(Differing {
            extent: Extent::Ends,
            difference,
            ..
        }) => Finding::new(
            "adds-to-proved-copy",
            "It differs from a proved copy only where one begins earlier or goes on longer, without a figure or a date in it. Lists and gateways that are not known add such text, and so may anyone; it is not proved.",
        )
        .differing(difference),
        Comparison::Differs(Differing {
            what, difference, ..
        }) => Finding::new(
            "differs-from-proved-copy",
            format!(
                "A copy of this message that a valid signature proves has another {what}. What is shown here is not what was sent.{}",
                heaviest_in_words(&difference)
            ),
        )
        .differing(difference),
        Comparison::Unrelated => return None,
    };
    Some(finding.compared_with(proved.facts.item))
}

/// One copy against the others, none of them proved.
fn against_others(copy: &Member<'_>, family: &Family<'_>) -> Vec<(ItemId, Finding)> {
    let mut same = Vec::new();
    let mut footer = None;
    let mut differs: Option<(&Member<'_>, Differing)> = None;
    let others = family.copies.iter();
    for other in others.filter(|other| other.facts.item != copy.facts.item) {
        match compare(copy, other) {
            Comparison::Differs(differing) => {
                let is_heavier = |(_, known): &(_, Differing)| differing.extent > known.extent;
                if differs.as_ref().is_none_or(is_heavier) {
                    differs = Some((other, differing));
                }
            }
            Comparison::Same if in_other_mailbox(copy.facts, other.facts) => same.push(*other),
            Comparison::Footer => footer = footer.or(Some(*other)),
            Comparison::Same | Comparison::Unrelated => {}
        }
    }
    if let Some((other, differing)) = differs {
        return against_differing(copy, other, differing, family);
    }
    let agrees = |code, says: &str, other: &Member<'_>| {
        (
            copy.facts.item,
            Finding::new(code, says).compared_with(other.facts.item),
        )
    };
    let in_other = same.first().map(|other| {
        agrees(
            "same-in-other-mailbox",
            "A copy in another mailbox says the same, word for word.",
            other,
        )
    });
    let by_footer = footer.map(|other| {
        agrees(
            "differs-by-list-footer",
            "It differs from another copy only by text added at the end or by a notice above or below, as mailing lists and gateways do.",
            other,
        )
    });
    in_other.or(by_footer).into_iter().collect()
}

/// Which of two differing copies is the odd one, as far as other copies, answers, body hashes and relays tell.
fn against_differing(
    copy: &Member<'_>,
    other: &Member<'_>,
    differing: Differing,
    family: &Family<'_>,
) -> Vec<(ItemId, Finding)> {
    let what = differing.what;
    let mine = is_borne_out(copy, other, what, family);
    let theirs = is_borne_out(other, copy, what, family);
    let (code, says) = match (mine, theirs, differing.extent) {
        (_, _, Extent::Ends) => (
            "differs-at-the-end",
            format!(
                "Another copy of this message has another {what}, only where one of them begins earlier or goes on longer, without a figure or a date in it: lists, gateways and programs that cut long messages make that, and so may anyone."
            ),
        ),
        (Some(by), None, _) => (
            "other-copy-is-odd",
            format!(
                "Another copy of this message has another {what}. This one is borne out by {by}, the other by nothing."
            ),
        ),
        (None, Some(by), _) => (
            "differs-from-supported-copy",
            format!(
                "Another copy of this message has another {what}. That one is borne out by {by}, this one by nothing."
            ),
        ),
        _ if what == "quoted text" => (
            "differs-in-quotation",
            "Another copy of this message quotes otherwise. One of the two was changed; what is quoted may tell which.".to_owned(),
        ),
        (_, _, Extent::Words) => (
            "differs-in-words",
            format!(
                "Another copy of this message has another {what}, but no figure, date or denial differs. Nothing tells which of the two stands as it was sent."
            ),
        ),
        (_, _, Extent::Figures) => (
            "differs-from-other-copy",
            format!(
                "Another copy of this message has another {what}. One of the two was changed; nothing tells which."
            ),
        ),
    };
    let says = format!("{says}{}", heaviest_in_words(&differing.difference));
    let finding = Finding::new(code, says)
        .compared_with(other.facts.item)
        .differing(differing.difference);
    if matches!(code, "other-copy-is-odd" | "differs-at-the-end") {
        vec![(copy.facts.item, finding)]
    } else {
        with_attachment(copy, other, Some(finding))
    }
}

/// What bears out one of two differing copies: a further copy in another mailbox, the quotation in somebody's answer,
/// the body hash of its signature, its own HTML text where the other copy disagrees with its own; where the dates
/// differ, the time at which the first relay took the message; where the senders differ, the domain that signed a copy.
fn is_borne_out(
    copy: &Member<'_>,
    other: &Member<'_>,
    what: &str,
    family: &Family<'_>,
) -> Option<&'static str> {
    let copies = &family.copies;
    let further = copies.iter().any(|third| {
        third.facts.item != copy.facts.item
            && third.facts.item != other.facts.item
            && in_other_mailbox(third.facts, copy.facts)
            // What a list sent out to many came to all of them alike.
            && !(is_rewritten(third.facts) && is_rewritten(copy.facts))
            && matches!(compare(copy, third), Comparison::Same | Comparison::Footer)
    });
    let in_words = matches!(what, "text" | "HTML text");
    let in_body = in_words || matches!(what, "quoted text" | "attachment");
    if further {
        Some("a further copy in another mailbox")
    } else if in_body && body_hash_fits(copy.facts) {
        Some("the body hash of its signature")
    } else if in_words
        && agrees_with_itself(copy.text()) == Some(true)
        && agrees_with_itself(other.text()) == Some(false)
    {
        Some("its own second text, plain or HTML, which says the same")
    } else if what == "text" && is_quoted(copy, other, &family.answers) {
        Some("the quotation in an answer")
    } else if what == "date" && is_nearer_to_first_relay(copy, other, copies) {
        Some("the time at which the first relay took it")
    } else if what == "date" && is_nearer_to_message_id(copy, other) {
        Some("the time in its Message-ID")
    } else if what == "sender"
        && is_named_by_signer(copy, copies)
        && !is_named_by_signer(other, copies)
    {
        Some("the domain that signed one of the copies")
    } else {
        None
    }
}

/// Whether the plain text and the HTML of a message have the same figures and names; `None` where it has not both.
pub(super) fn agrees_with_itself(text: Option<&Text>) -> Option<bool> {
    let text = text?;
    let html = text.html_alternative.as_ref()?;
    Some(figures::compare(&text.own, html).swaps.is_empty())
}

/// Whether somebody else's answer quotes the one copy as it stands, and the other otherwise.
fn is_quoted(copy: &Member<'_>, other: &Member<'_>, answers: &[&Member<'_>]) -> bool {
    let from = |member: &Member<'_>| {
        let message = member.facts.message.as_deref();
        message.map(|message| message.from.to_ascii_lowercase())
    };
    answers
        .iter()
        .filter(|answer| from(answer) != from(copy))
        .filter_map(|answer| answer.text())
        .flat_map(|text| {
            text.quotations
                .iter()
                .filter(|quotation| quotation.depth == 1)
        })
        .any(|quotation| {
            let against = |member: &Member<'_>| quoted(own_text(member.text()), &quotation.text);
            matches!(against(copy), Quoted::Alike { .. })
                && matches!(against(other), Quoted::Otherwise(_))
        })
}

/// Whether the domain of the copy's sender is one that signed any of the copies.
fn is_named_by_signer(copy: &Member<'_>, copies: &[&Member<'_>]) -> bool {
    let domain = copy
        .facts
        .message
        .as_ref()
        .and_then(|message| message.from.rsplit_once('@'));
    domain.is_some_and(|(_, domain)| {
        let mut signatures = copies.iter().flat_map(|copy| &copy.facts.signatures);
        signatures.any(|signature| {
            signature.kind.proves_origin() && signature.by.eq_ignore_ascii_case(domain)
        })
    })
}

/// Whether the date of the one copy, and not that of the other, is near to when the first relay took the message.
fn is_nearer_to_first_relay(copy: &Member<'_>, other: &Member<'_>, copies: &[&Member<'_>]) -> bool {
    let relayed = copies
        .iter()
        .find_map(|copy| copy.facts.message.as_ref()?.first_received);
    is_nearer_to(relayed, copy, other)
}

/// Whether the date of the one copy, and not that of the other, is near to the time in the Message-ID that both have.
fn is_nearer_to_message_id(copy: &Member<'_>, other: &Member<'_>) -> bool {
    let message = copy.facts.message.as_ref();
    is_nearer_to(
        message.and_then(|message| clock::id_time(&message.message_id)),
        copy,
        other,
    )
}

fn is_nearer_to(relayed: Option<Stamp>, copy: &Member<'_>, other: &Member<'_>) -> bool {
    let apart = |copy: &Member<'_>| {
        let date = copy.facts.message.as_ref()?.date?;
        Some(date.seconds_since(relayed?).abs())
    };
    match (apart(copy), apart(other)) {
        (Some(mine), Some(theirs)) => mine <= RELAY_NEAR_SECONDS && theirs > RELAY_NEAR_SECONDS,
        _ => false,
    }
}

fn in_other_mailbox(a: &Facts, b: &Facts) -> bool {
    let (a, b) = (a.mailboxes(), b.mailboxes());
    a.iter().any(|mailbox| !b.contains(mailbox))
}
