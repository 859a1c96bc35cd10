//! Do two messages share an identifier that is made anew for each message?

use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::{Facts, Finding, ItemId, MessageFacts, SignatureKind};

use crate::clock::id_time;
use crate::copies::{Comparison, body_hash_fits, compare};
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Member, Run, World};

/// Boundaries shorter than this are words that a program always writes.
const BOUNDARY_CHARACTERS_MIN: usize = 16;
/// Digits a boundary needs before it looks made anew each time.
const BOUNDARY_DIGITS_MIN: usize = 4;
/// An identifier of a program that more messages share is one of a batch.
const OF_PROGRAM_MESSAGES_MAX: usize = 2;
/// An id of a relay with its second that more messages share is made up, as in the header of unsolicited mail.
const OF_RELAY_MESSAGES_MAX: usize = 6;
/// Messages with one identifier that are compared, copies included.
const MEMBERS_MAX: usize = 24;
/// The time in a Message-ID is that of its date if they are no farther apart, in seconds: a day, for zones and queues.
const ID_TIME_NEAR_SECONDS: f64 = 86_400.0;

declare_test! {
    /// Identifiers that programs and servers make anew for each message occur in one message only.
    ///
    /// ## What it examines
    /// Messages with different `Message-ID`s and other words, subject, date, sender or recipients, that share an identifier:
    /// the id under which a relay took the message, with the relay's name and the second; the value of a signature; a MIME
    /// boundary that looks made anew; the whole of `Thread-Index`.
    /// ## Why it matters
    /// Who makes a new message out of a stored one changes its id, subject, text and recipient, and leaves what he does not
    /// read: the boundary, the signature, the traces of the relays. No relay takes two messages under one id in one second.
    /// Where a valid signature proves one of the two, the other was made from it. Else other things tell which came first:
    /// copies in a further mailbox, a body hash that fits, the time in the `Message-ID`. Where nothing tells, both are named:
    /// one was made from the other, and either may be the one that was sent.
    /// ## Innocent explanations
    /// A gateway or a list that gives messages new ids leaves the words as they are; such pairs are not named.
    /// Some mailing programs write one boundary into all messages of a batch, or always the same one; an identifier of a
    /// program that more than two messages share is therefore left alone. A message sent again by its author may keep
    /// parts of the first. What relays write as an id may be a version (Exchange) or a session (Dovecot); both are left out.
    /// ## References
    /// - RFC 2046, section 5.1.1 (boundaries); RFC 6376, section 3.5 (signature values)
    /// - RFC 5321, section 4.4 (the id of a relay); MS-OXOMSG, section 2.2.1.3 (`Thread-Index`)
    pub(crate) static SHARED_IDENTIFIER = {
        id: "collection/shared-identifier",
        findings: &[
            "shares-with-proved-message",
            "shares-with-borne-out-message",
            "shares-transmission",
            "shares-with-other-message",
            "other-message-is-odd",
        ],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it has no date, and no identifier that is made anew",
            needs_text: true,
            members_min: 2,
            examine: shared_identifier,
        }),
    }
}

/// What two messages can share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// An id of a relay and the second.
    Relay,
    /// The value of a signature.
    Signature,
    /// The outermost boundary.
    Boundary,
    /// The whole `Thread-Index`.
    ThreadIndex,
}

impl Kind {
    const fn messages_max(self) -> usize {
        match self {
            Self::Relay => OF_RELAY_MESSAGES_MAX,
            _ => OF_PROGRAM_MESSAGES_MAX,
        }
    }

    /// Whether no two messages that were sent can share it.
    const fn is_of_one_transmission(self) -> bool {
        matches!(self, Self::Relay | Self::Signature)
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Relay => "the id that one relay gave in one second",
            Self::Signature => "the value of a signature",
            Self::Boundary => "a boundary that programs make anew for each message",
            Self::ThreadIndex => "the whole Thread-Index",
        }
    }
}

/// The second in which the message was sent, by whom, brings the copies of both messages together, also those that no
/// relay has seen; then each identifier by itself.
fn keys(facts: &Facts) -> Vec<Key> {
    let of_ids = identifiers(facts).into_iter().map(|(_, key)| key);
    sent(facts).into_iter().chain(of_ids).collect()
}

fn sent(facts: &Facts) -> Option<Key> {
    let message = facts.message.as_ref().filter(|message| !message.is_bulk)?;
    let seconds = message.date?.unix_seconds().to_be_bytes();
    let from = message.from.to_ascii_lowercase();
    Some(Key::of(&[b"sent", from.as_bytes(), &seconds]))
}

fn identifiers(facts: &Facts) -> Vec<(Kind, Key)> {
    let Some(message) = &facts.message else {
        return Vec::new();
    };
    let relays = message
        .relay_ids
        .iter()
        .map(|id| (Kind::Relay, Key::of(&[b"relay", &id.to_be_bytes()])));
    let signatures = facts
        .signatures
        .iter()
        .filter(|signature| {
            signature.kind == SignatureKind::Dkim && !signature.value_start.is_empty()
        })
        .map(|signature| {
            let (by, value) = (signature.by.as_bytes(), signature.value_start.as_bytes());
            (Kind::Signature, Key::of(&[b"signature", by, value]))
        });
    let boundary = looks_made_anew(&message.boundary).then(|| {
        let boundary = message.boundary.as_bytes();
        (Kind::Boundary, Key::of(&[b"boundary", boundary]))
    });
    let thread_index = (message.thread_index != 0).then(|| {
        let index = message.thread_index.to_be_bytes();
        (Kind::ThreadIndex, Key::of(&[b"thread index", &index]))
    });
    let of_program = boundary.into_iter().chain(thread_index);
    relays.chain(signatures).chain(of_program).collect()
}

fn looks_made_anew(boundary: &str) -> bool {
    boundary.len() >= BOUNDARY_CHARACTERS_MIN
        && boundary.bytes().filter(u8::is_ascii_digit).count() >= BOUNDARY_DIGITS_MIN
}

/// A message of the group.
#[derive(Clone, Copy)]
struct Seen<'a> {
    member: &'a Member<'a>,
    message: &'a MessageFacts,
}

fn shared_identifier(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let all: Vec<Seen<'_>> = group
        .members
        .iter()
        .filter(|member| member.facts.in_collection())
        .filter_map(|member| {
            let message = member.facts.message.as_ref()?;
            (!message.message_id.is_empty()).then_some(Seen { member, message })
        })
        .collect();
    let mut with: BTreeMap<(Kind, Key), Vec<Seen<'_>>> = BTreeMap::new();
    for seen in &all {
        for id in identifiers(seen.member.facts) {
            with.entry(id).or_default().push(*seen);
        }
    }
    // The most telling identifier first; each pair is looked at once.
    let mut paired: BTreeSet<(ItemId, ItemId)> = BTreeSet::new();
    let mut findings: Vec<(ItemId, Finding)> = Vec::new();
    for ((kind, _), seen) in with {
        let n_ids = message_ids(&seen).len();
        if seen.len() > MEMBERS_MAX || n_ids < 2 || n_ids > kind.messages_max() {
            continue;
        }
        for mine in &seen {
            let others = seen.iter().filter(|other| {
                other.message.message_id != mine.message.message_id
                    && is_pair_of(group.key, mine, other)
            });
            for other in others {
                let item = mine.member.facts.item;
                if !paired.insert((item, other.member.facts.item)) {
                    continue;
                }
                let finding = against(mine, other, kind, &all);
                findings.extend(finding.map(|finding| (item, finding)));
            }
        }
    }
    // One pair says it.
    let mut said: BTreeSet<(ItemId, String)> = BTreeSet::new();
    findings.retain(|(item, finding)| said.insert((*item, finding.code.to_string())));
    findings
}

fn message_ids<'a>(seen: &[Seen<'a>]) -> BTreeSet<&'a str> {
    seen.iter()
        .map(|seen| seen.message.message_id.as_str())
        .collect()
}

/// Whether this group is the one in which the two are compared: that of the first key that they share.
fn is_pair_of(key: Key, mine: &Seen<'_>, other: &Seen<'_>) -> bool {
    let theirs = keys(other.member.facts);
    let first = keys(mine.member.facts)
        .into_iter()
        .find(|mine| theirs.contains(mine));
    first == Some(key)
}

/// What sharing an identifier with another message says of this one.
fn against(mine: &Seen<'_>, other: &Seen<'_>, kind: Kind, all: &[Seen<'_>]) -> Option<Finding> {
    // A copy that a signature proves needs no such test; a gateway that gives new ids leaves the words.
    if mine.member.facts.is_proved()
        || matches!(
            compare(mine.member, other.member),
            Comparison::Same | Comparison::Footer
        )
    {
        return None;
    }
    let copies = |of: &Seen<'_>| {
        all.iter()
            .filter(|copy| copy.message.message_id == of.message.message_id)
            .copied()
            .collect::<Vec<_>>()
    };
    let (mine_all, other_all) = (copies(mine), copies(other));
    let proved = other_all.iter().find(|copy| copy.member.facts.is_proved());
    let shared = kind.in_words();
    let (code, says, other) = if let Some(proved) = proved {
        (
            "shares-with-proved-message",
            format!(
                "It shares {shared} with a message that a valid signature proves, and has another Message-ID: it was made from that message."
            ),
            proved,
        )
    } else if mine_all.iter().any(|copy| copy.member.facts.is_proved()) {
        return None;
    } else {
        let borne_out = (
            borne_out_by(&mine_all, &other_all),
            borne_out_by(&other_all, &mine_all),
        );
        let (code, says) = unproved(borne_out, kind);
        (code, says, other)
    };
    Some(Finding::new(code, says).compared_with(other.member.facts.item))
}

/// What is said where neither of the two messages is proved; what bears out the one, and what the other.
fn unproved(borne_out: (Option<&str>, Option<&str>), kind: Kind) -> (&'static str, String) {
    let shared = kind.in_words();
    match borne_out {
        (Some(by), None) => (
            "other-message-is-odd",
            format!(
                "Another message with another Message-ID shares {shared} with it. This one is borne out by {by}, the other by nothing: the other was made from this one."
            ),
        ),
        (None, Some(by)) => (
            "shares-with-borne-out-message",
            format!(
                "It shares {shared} with a message that has another Message-ID. That one is borne out by {by}, this one by nothing: this one was made from it."
            ),
        ),
        _ if kind.is_of_one_transmission() => (
            "shares-transmission",
            format!(
                "It shares {shared} with a message that has another Message-ID and says something else. One of the two was made from the other; nothing tells which."
            ),
        ),
        _ => (
            "shares-with-other-message",
            format!(
                "It shares {shared} with one other message that has another Message-ID: one of the two was made from the other, or the program repeats itself."
            ),
        ),
    }
}

/// What bears out one of two messages, by all of its copies here, and not the other.
fn borne_out_by(mine: &[Seen<'_>], others: &[Seen<'_>]) -> Option<&'static str> {
    let n_mailboxes = |copies: &[Seen<'_>]| {
        let all = copies.iter().flat_map(|copy| copy.member.facts.mailboxes());
        all.collect::<BTreeSet<_>>().len()
    };
    let fits = |copies: &[Seen<'_>]| copies.iter().any(|copy| body_hash_fits(copy.member.facts));
    let id_fits = |copies: &[Seen<'_>]| {
        let message = copies.first()?.message;
        let apart = id_time(&message.message_id)?.seconds_since(message.date?);
        Some(apart.abs() <= ID_TIME_NEAR_SECONDS)
    };
    if n_mailboxes(mine) > 1 && n_mailboxes(others) == 1 {
        Some("copies in more than one mailbox")
    } else if fits(mine) && !fits(others) {
        Some("the body hash of its signature")
    } else if id_fits(mine) == Some(true) && id_fits(others) == Some(false) {
        Some("the time in its Message-ID")
    } else {
        None
    }
}
