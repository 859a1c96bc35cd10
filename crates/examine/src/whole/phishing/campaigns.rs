//! Candidates put together into campaigns: by the hosts of their links, by sender and subject, by the sequence of elements
//! and subject.

use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::{
    Facts, ItemId, LureKind, MailboxRecord, MessageFacts, PhishingCampaign, PhishingCandidate,
    Stamp,
};

use super::{domain_of, time_of};
use crate::World;
use crate::copies::bare_subject;
use crate::lure::{house_named, house_of, is_account_notice};
use crate::signature::organisation;

/// Names of each kind that a campaign keeps.
const NAMES_MAX: usize = 20;
/// Addresses that it keeps of those it was sent to.
const TARGETS_MAX: usize = 2_000;
/// Notices named that came after it.
const FOLLOWED_BY_MAX: usize = 50;
/// How long after its first message such a notice came at most, in seconds: two weeks.
const FOLLOWS_SECONDS_MAX: i64 = 14 * 86_400;

/// A candidate with its facts.
struct Lure<'f> {
    facts: &'f Facts,
    message: &'f MessageFacts,
    time: Option<Stamp>,
}

/// Numbers the candidates by campaign and describes each.
pub(super) fn of(
    candidates: &mut [PhishingCandidate],
    facts: &[Facts],
    mailboxes: &[MailboxRecord],
    world: &World,
) -> Vec<PhishingCampaign> {
    let lures: Vec<Lure<'_>> = candidates
        .iter()
        .filter_map(|candidate| {
            let index = facts.binary_search_by_key(&candidate.item, |row| row.item);
            let facts = facts.get(index.ok()?)?;
            Some(Lure {
                facts,
                message: facts.message.as_ref()?,
                time: time_of(facts, world),
            })
        })
        .collect();
    let mut groups = together(&lures);
    groups.sort_by_key(|members| {
        let first = members.iter().filter_map(|&at| lures.get(at)?.time).min();
        (first.is_none(), first, members.first().copied())
    });
    let notices = notices(candidates, facts, world);
    let mut campaigns = Vec::new();
    for (members, number) in groups.iter().zip(1..) {
        for &at in members {
            if let Some(candidate) = candidates.get_mut(at) {
                candidate.campaign = number;
            }
        }
        let members: Vec<(&Lure<'_>, &PhishingCandidate)> = members
            .iter()
            .filter_map(|&at| Some((lures.get(at)?, candidates.get(at)?)))
            .collect();
        let mut campaign = describe(&members, mailboxes, number);
        campaign.followed_by = followed_by(&members, &notices);
        campaigns.push(campaign);
    }
    campaigns
}

/// The candidates that share a key, directly or by others, as sorted lists of their places.
fn together(lures: &[Lure<'_>]) -> Vec<Vec<usize>> {
    let mut by_key: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let mut root: Vec<usize> = (0..lures.len()).collect();
    for (at, lure) in lures.iter().enumerate() {
        for key in keys(lure.message) {
            let first = *by_key.entry(key).or_insert(at);
            let (a, b) = (root_of(&mut root, first), root_of(&mut root, at));
            if let Some(slot) = root.get_mut(a.max(b)) {
                *slot = a.min(b);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..lures.len() {
        groups.entry(root_of(&mut root, at)).or_default().push(at);
    }
    groups.into_values().collect()
}

/// The least member of a set, with the path to it made short.
fn root_of(root: &mut [usize], at: usize) -> usize {
    let (mut top, mut steps) = (at, at);
    while let Some(&up) = root.get(top).filter(|up| **up != top) {
        top = up;
    }
    while let Some(slot) = root.get_mut(steps).filter(|up| **up != top) {
        steps = std::mem::replace(slot, top);
    }
    top
}

/// What messages of one campaign share. Hosts of large houses and shorteners are shared by all.
fn keys(message: &MessageFacts) -> Vec<Vec<u8>> {
    let subject = bare_subject(&message.subject);
    let is_short = message
        .lure
        .signs
        .iter()
        .any(|sign| sign.kind == LureKind::Shortener);
    let hosts = message.lure.hosts.iter().map(|host| organisation(host));
    let own = domain_of(&message.from);
    let mut keys: Vec<Vec<u8>> = hosts
        .filter(|host| !is_short && *host != own && house_of(host).is_none())
        .map(|host| key(b"host", host, ""))
        .collect();
    keys.push(key(b"sender", &message.from.to_lowercase(), &subject));
    if message.lure.elements != 0 {
        keys.push(key(b"page", &message.lure.elements.to_string(), &subject));
    }
    keys
}

fn key(kind: &[u8], a: &str, b: &str) -> Vec<u8> {
    [kind, a.as_bytes(), b.as_bytes()].join(&0)
}

fn describe(
    members: &[(&Lure<'_>, &PhishingCandidate)],
    mailboxes: &[MailboxRecord],
    number: u64,
) -> PhishingCampaign {
    let owner = |(exhibit, mailbox): (&str, &str)| {
        let at = mailboxes
            .binary_search_by(|row| (&*row.exhibit, &*row.mailbox).cmp(&(exhibit, mailbox)));
        let row = at.ok().and_then(|at| mailboxes.get(at))?;
        (!row.owner.is_empty()).then(|| row.owner.clone())
    };
    let targets = members.iter().flat_map(|(lure, _)| {
        let owners = lure.facts.mailboxes().into_iter().filter_map(owner);
        owners.chain(lure.message.to.iter().map(|to| to.to_lowercase()))
    });
    let named = |of: &dyn Fn(&MessageFacts) -> Vec<String>| {
        let all: BTreeSet<String> = members
            .iter()
            .flat_map(|(lure, _)| of(lure.message))
            .collect();
        all.into_iter().take(NAMES_MAX).collect()
    };
    let targets: BTreeSet<String> = targets.collect();
    let times = || members.iter().filter_map(|(lure, _)| lure.time);
    let messages: BTreeSet<&str> = members
        .iter()
        .map(|(lure, _)| &*lure.message.message_id)
        .collect();
    PhishingCampaign {
        number,
        imitates: imitated(members),
        hosts: named(&|message| message.lure.hosts.clone()),
        senders: named(&|message| vec![message.from.clone()]),
        subjects: named(&|message| vec![message.subject.clone()]),
        // Copies of one message count once; those without an id each.
        n_messages: messages.iter().filter(|id| !id.is_empty()).count() as u64
            + members
                .iter()
                .filter(|(lure, _)| lure.message.message_id.is_empty())
                .count() as u64,
        targets: targets.into_iter().take(TARGETS_MAX).collect(),
        first: times().min(),
        last: times().max(),
        followed_by: Vec::new(),
    }
}

/// The house in whose name most of them speak.
fn imitated(members: &[(&Lure<'_>, &PhishingCandidate)]) -> String {
    let mut named: BTreeMap<String, u64> = BTreeMap::new();
    for (lure, candidate) in members {
        let by_host = candidate
            .signs
            .iter()
            .filter(|sign| {
                matches!(
                    sign.kind,
                    LureKind::LookalikeHost | LureKind::ConfusableHost
                )
            })
            .find_map(|sign| sign.seen.rsplit_once(", like "))
            .map(|(_, name)| name.to_owned());
        let by_name = || {
            let text = format!("{} {}", lure.message.from_name, lure.message.subject);
            house_named(&text.to_lowercase()).map(|house| house.name.to_owned())
        };
        if let Some(name) = by_host.or_else(by_name) {
            *named.entry(name).or_default() += 1;
        }
    }
    let most = named
        .into_iter()
        .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)));
    most.map(|(name, _)| name).unwrap_or_default()
}

/// Notices of houses about an account, with their mailboxes, in order of time.
fn notices<'f>(
    candidates: &[PhishingCandidate],
    facts: &'f [Facts],
    world: &World,
) -> Vec<(Stamp, &'f Facts)> {
    let is_candidate = |item: &ItemId| {
        candidates
            .binary_search_by_key(item, |row| row.item)
            .is_ok()
    };
    let mut notices: Vec<(Stamp, &Facts)> = facts
        .iter()
        .filter(|row| row.in_collection() && !is_candidate(&row.item))
        .filter(|row| {
            row.message.as_ref().is_some_and(|message| {
                is_account_notice(&message.subject) && house_of(domain_of(&message.from)).is_some()
            })
        })
        .filter_map(|row| Some((time_of(row, world)?, row)))
        .collect();
    notices.sort_by_key(|(time, row)| (*time, row.item));
    notices
}

/// The notices that came to a mailbox of the campaign within two weeks after it came there.
fn followed_by(
    members: &[(&Lure<'_>, &PhishingCandidate)],
    notices: &[(Stamp, &Facts)],
) -> Vec<ItemId> {
    let mut first_in: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for (lure, _) in members {
        let Some(time) = lure.time else {
            continue;
        };
        for mailbox in lure.facts.mailboxes() {
            let first = first_in.entry(mailbox).or_insert(i64::MAX);
            *first = (*first).min(time.unix_seconds());
        }
    }
    let followed = notices.iter().filter(|(time, row)| {
        row.mailboxes().into_iter().any(|mailbox| {
            let after = first_in
                .get(&mailbox)
                .map(|first| time.unix_seconds() - first);
            after.is_some_and(|after| (0..=FOLLOWS_SECONDS_MAX).contains(&after))
        })
    });
    let mut items: Vec<ItemId> = followed
        .map(|(_, row)| row.item)
        .take(FOLLOWED_BY_MAX)
        .collect();
    items.sort_unstable();
    items
}
