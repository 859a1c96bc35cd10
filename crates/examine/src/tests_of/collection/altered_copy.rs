//! Do copies of one message say the same?

use mabillon_case::{BodyHash, Facts, Finding, ItemId, Kind};

use crate::copies::{Comparison, altered_attachment, compare};
use crate::difference::heaviest_in_words;
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Member, Run, World};

/// Copies of one message that are compared, each with each, at most; a message has few, a forger's flood is bounded.
const COPIES_MAX: usize = 32;

/// A date this near to the first relay's time is borne out by it, in seconds: six hours, for queues and wrong zones.
const RELAY_NEAR_SECONDS: f64 = 6.0 * 3_600.0;

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
    /// Layout, line ends, header fields that servers add, the footers of mailing lists and the notices of gateways (a
    /// known phrase, no figure) are left out of the comparison; messages that lie among drafts alone are not compared.
    /// ## Why it matters
    /// A message usually lies in the mailbox of its sender and in those of its recipients.
    /// Who alters one copy rarely reaches all of them, and the copy that was not altered shows the difference.
    /// Where one copy carries a valid signature and another differs from it, the other is shown to be altered.
    /// ## Innocent explanations
    /// Mailing lists add footers and subject tags; gateways add warnings and disclaimers; a mail program may reuse
    /// a Message-ID when a draft is edited and sent again; `Bcc` stands in the sent copy only.
    /// Where no copy is proved, a further copy or a fitting body hash tells which of two differing copies is the odd one;
    /// without either, both are named.
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
            "other-copy-is-odd",
            "differs-by-list-footer",
            "attachment-of-differing-proved-copy",
            "attachment-of-differing-copy",
        ],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it has no Message-ID",
            needs_text: true,
            members_min: 2,
            examine: altered_copy,
        }),
    }
}

fn keys(facts: &Facts) -> Vec<Key> {
    match &facts.message {
        Some(message) if facts.kind == Kind::Message && !message.message_id.is_empty() => {
            vec![Key::of(&[b"message-id", message.message_id.as_bytes()])]
        }
        _ => Vec::new(),
    }
}

fn altered_copy(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let copies: Vec<&Member<'_>> = group
        .members
        .iter()
        .filter(|copy| copy.facts.in_collection() && !is_draft(copy.facts))
        .take(COPIES_MAX)
        .collect();
    let proved = copies.iter().find(|copy| copy.facts.is_proved());
    copies
        .iter()
        .flat_map(|copy| match proved {
            Some(_) if copy.facts.is_proved() => Vec::new(),
            Some(proved) => with_attachment(copy, proved, against_proved(copy, proved)),
            None => against_others(copy, &copies),
        })
        .collect()
}

/// Whether a message lies among drafts and nowhere else: what is half written is no copy of what was sent.
fn is_draft(facts: &Facts) -> bool {
    let mailboxes = facts.mailboxes();
    let is_drafts = |path: &str| {
        let folder = path
            .rsplit(['/', '!'])
            .find(|step| *step != "cur" && *step != "new");
        let name = folder
            .unwrap_or_default()
            .trim_start_matches('.')
            .to_lowercase();
        let name = name.strip_suffix(".mbox").unwrap_or(&name);
        DRAFT_FOLDERS.contains(&name)
    };
    !mailboxes.is_empty() && mailboxes.iter().all(|(_, path)| is_drafts(path))
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
        Comparison::Differs(what, difference) => Finding::new(
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
fn against_others(copy: &Member<'_>, copies: &[&Member<'_>]) -> Vec<(ItemId, Finding)> {
    let mut same = Vec::new();
    let mut footer = None;
    let mut differs = None;
    for other in copies
        .iter()
        .filter(|other| other.facts.item != copy.facts.item)
    {
        match compare(copy, other) {
            Comparison::Differs(what, difference) => {
                differs.get_or_insert((*other, what, difference));
            }
            Comparison::Same if in_other_mailbox(copy.facts, other.facts) => same.push(*other),
            Comparison::Footer => footer = footer.or(Some(*other)),
            Comparison::Same | Comparison::Unrelated => {}
        }
    }
    if let Some((other, what, difference)) = differs {
        let mut finding = against_differing(copy, other, what, copies);
        finding.says.push_str(&heaviest_in_words(&difference));
        let finding = finding
            .compared_with(other.facts.item)
            .differing(difference);
        let is_doubted = finding.code != "other-copy-is-odd";
        return if is_doubted {
            with_attachment(copy, other, Some(finding))
        } else {
            vec![(copy.facts.item, finding)]
        };
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

/// Which of two differing copies is the odd one, as far as other copies, body hashes and relays tell.
fn against_differing(
    copy: &Member<'_>,
    other: &Member<'_>,
    what: &str,
    copies: &[&Member<'_>],
) -> Finding {
    match (
        is_borne_out(copy, other, what, copies),
        is_borne_out(other, copy, what, copies),
    ) {
        (Some(by), None) => Finding::new(
            "other-copy-is-odd",
            format!(
                "Another copy of this message has another {what}. This one is borne out by {by}, the other by nothing."
            ),
        ),
        (None, Some(by)) => Finding::new(
            "differs-from-supported-copy",
            format!(
                "Another copy of this message has another {what}. That one is borne out by {by}, this one by nothing."
            ),
        ),
        _ => Finding::new(
            "differs-from-other-copy",
            format!(
                "Another copy of this message has another {what}. One of the two was changed; nothing tells which."
            ),
        ),
    }
}

/// What bears out one of two differing copies: a further copy in another mailbox, the body hash of its signature;
/// where the dates differ, the time at which the first relay took the message; where the senders differ, the domain
/// that signed a copy.
fn is_borne_out(
    copy: &Member<'_>,
    other: &Member<'_>,
    what: &str,
    copies: &[&Member<'_>],
) -> Option<&'static str> {
    let further = copies.iter().any(|third| {
        third.facts.item != copy.facts.item
            && third.facts.item != other.facts.item
            && in_other_mailbox(third.facts, copy.facts)
            && matches!(compare(copy, third), Comparison::Same)
    });
    let in_body = matches!(what, "text" | "quoted text" | "HTML text" | "attachment");
    if further {
        Some("a further copy in another mailbox")
    } else if in_body && body_hash_fits(copy.facts) {
        Some("the body hash of its signature")
    } else if what == "date" && is_nearer_to_first_relay(copy, other, copies) {
        Some("the time at which the first relay took it")
    } else if what == "sender"
        && is_named_by_signer(copy, copies)
        && !is_named_by_signer(other, copies)
    {
        Some("the domain that signed one of the copies")
    } else {
        None
    }
}

/// Whether a signature's body hash fits the body, even where no key is known.
fn body_hash_fits(facts: &Facts) -> bool {
    facts
        .signatures
        .iter()
        .filter(|signature| signature.kind.proves_origin())
        .any(|signature| signature.body_hash == BodyHash::Match)
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
