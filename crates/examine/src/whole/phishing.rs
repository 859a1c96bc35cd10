//! Attempts to obtain credentials: which messages, in which campaigns, of whom, and what came after.
//!
//! Signs that messages show by themselves are put beside what the collection knows: the domains of its mailboxes, who has
//! written before, and when. A dimension of its own; nothing here says anything about authenticity.

mod campaigns;

use std::collections::BTreeMap;

use mabillon_case::{
    Facts, LureKind, LureSign, MailboxRecord, MessageFacts, PhishingCandidate, PhishingRecord,
};

use super::time_of;
use crate::World;
use crate::lure::{Likeness, house_named, house_of, houses, likeness};
use crate::signature::organisation;

/// Candidates that are named.
const CANDIDATES_MAX: usize = 20_000;
/// The sum of the signs from which a message is a candidate, in tenths of log10.
const CANDIDATE_TENTHS_MIN: i32 = 30;
/// A house that wrote over so many days before is known.
const KNOWN_SECONDS_MIN: i64 = 30 * 86_400;
/// Of so many messages at least.
const KNOWN_MESSAGES_MIN: u64 = 4;
/// Domains of mailboxes that are protected against lookalikes.
const OWN_DOMAINS_MAX: usize = 50;

/// Finds the messages and puts them into campaigns.
pub(super) fn describe(
    facts: &[Facts],
    mailboxes: &[MailboxRecord],
    world: &World,
) -> PhishingRecord {
    let mut known = Known::of(facts, mailboxes, world);
    let mut candidates: Vec<PhishingCandidate> = Vec::new();
    for row in facts.iter().filter(|row| row.in_collection()) {
        let Some(message) = &row.message else {
            continue;
        };
        let signs = known.signs(row, message, world);
        let tenths = weigh(&signs, message, known.is_trusted(row, message));
        if tenths >= CANDIDATE_TENTHS_MIN && has_lure(message) {
            candidates.push(PhishingCandidate {
                item: row.item,
                campaign: 0,
                signs,
                tenths,
            });
        }
    }
    let n_left_out = candidates.len().saturating_sub(CANDIDATES_MAX) as u64;
    candidates.truncate(CANDIDATES_MAX);
    let campaigns = campaigns::of(&mut candidates, facts, mailboxes, world);
    PhishingRecord {
        candidates,
        n_left_out,
        campaigns,
    }
}

/// Whether there is anything by which credentials could be handed over: a link, a form, or an address to answer to.
fn has_lure(message: &MessageFacts) -> bool {
    let by_sign = message
        .lure
        .signs
        .iter()
        .any(|sign| matches!(sign.kind, LureKind::AsksInForm | LureKind::AnswersElsewhere));
    by_sign || !message.lure.hosts.is_empty()
}

/// The sum of the signs, each kind once, in tenths of log10: judgements, by which kinds of link and sender occur in the
/// campaigns described in public and how often in newsletters and notices.
fn weigh(signs: &[LureSign], message: &MessageFacts, is_trusted: bool) -> i32 {
    let has = |kind| signs.iter().any(|sign| sign.kind == kind);
    let mut kinds: Vec<LureKind> = signs.iter().map(|sign| sign.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let names_house = has(LureKind::NameOfAnother)
        || has(LureKind::LookalikeHost)
        || house_named(&message.subject.to_lowercase()).is_some();
    let sum: i32 = kinds
        .into_iter()
        .map(|kind| match kind {
            LureKind::ConfusableHost => 30,
            LureKind::AsksInForm => 25,
            LureKind::HasForm => 10,
            LureKind::LookalikeHost => 20,
            LureKind::Shortener | LureKind::NotConfirmed if names_house => 20,
            LureKind::NotConfirmed | LureKind::AnswersElsewhere => 7,
            LureKind::NameOfAnother | LureKind::ShownHostDiffers => 15,
            LureKind::Presses if has(LureKind::FirstContact) => 10,
            LureKind::Presses => 3,
            LureKind::AddressInLink => 5,
            LureKind::Shortener | LureKind::FirstContact | LureKind::Confirmed => 0,
        })
        .sum();
    sum - if is_trusted { 30 } else { 0 }
}

/// What the collection knows of houses.
struct Known {
    /// The labels of the domains of its mailboxes, and of houses, with the name to show and the domains that are theirs.
    protected: Vec<Protected>,
    /// For each domain that messages were sent from, by organisation: how many, the first and the last.
    senders: BTreeMap<String, (u64, i64, i64)>,
    /// Looked up once for each host.
    alike: BTreeMap<String, Option<(LureKind, String)>>,
}

struct Protected {
    label: String,
    name: String,
}

impl Known {
    fn of(facts: &[Facts], mailboxes: &[MailboxRecord], world: &World) -> Self {
        let mut own: BTreeMap<String, u64> = BTreeMap::new();
        for mailbox in mailboxes {
            let domain = domain_of(&mailbox.owner);
            // Who has his mailbox at a large house does not own its name.
            if !domain.is_empty() && house_of(domain).is_none() {
                *own.entry(domain.to_owned()).or_default() += mailbox.n_messages;
            }
        }
        let of_own = own
            .into_keys()
            .take(OWN_DOMAINS_MAX)
            .map(|domain| Protected {
                label: domain.split('.').next().unwrap_or_default().to_owned(),
                name: domain,
            });
        let of_houses = houses().iter().flat_map(|house| {
            house.labels().map(|label| Protected {
                label: label.to_owned(),
                name: house.name.to_owned(),
            })
        });
        // Of two that are as alike, the last is named: the own domain.
        let protected = of_houses.chain(of_own).collect();
        let mut senders: BTreeMap<String, (u64, i64, i64)> = BTreeMap::new();
        let messages = facts.iter().filter(|row| row.in_collection());
        for row in messages {
            let Some((message, time)) = row.message.as_ref().zip(time_of(row, world)) else {
                continue;
            };
            let seconds = time.unix_seconds();
            let seen = senders
                .entry(domain_of(&message.from).to_owned())
                .or_insert((0, seconds, seconds));
            *seen = (seen.0 + 1, seen.1.min(seconds), seen.2.max(seconds));
        }
        Self {
            protected,
            senders,
            alike: BTreeMap::new(),
        }
    }

    /// The signs of a message, with those that only the collection can tell.
    fn signs(&mut self, row: &Facts, message: &MessageFacts, world: &World) -> Vec<LureSign> {
        let mut signs = message.lure.signs.clone();
        let sender = message.from.rsplit_once('@').map(|(_, domain)| domain);
        let hosts = message.lure.hosts.iter().map(String::as_str).chain(sender);
        for host in hosts {
            if let Some((kind, name)) = self.alike(&host.to_lowercase()) {
                let seen = format!("{host}, like {name}");
                signs.push(LureSign { kind, seen });
            }
        }
        if self.is_first_contact(row, message, world) {
            signs.push(LureSign {
                kind: LureKind::FirstContact,
                seen: domain_of(&message.from).to_owned(),
            });
        }
        signs.sort_unstable();
        signs.dedup();
        signs
    }

    /// What a host looks like, if it belongs to nobody who is known.
    fn alike(&mut self, host: &str) -> Option<(LureKind, String)> {
        if let Some(found) = self.alike.get(host) {
            return found.clone();
        }
        let own = organisation(host);
        let is_of_house =
            house_of(own).is_some() || self.protected.iter().any(|known| known.name == own);
        let found = (!is_of_house && !self.has_history(own))
            .then(|| {
                let alike = self
                    .protected
                    .iter()
                    .filter_map(|known| Some((likeness(host, &known.label)?, &known.name)));
                alike.max_by_key(|(likeness, _)| *likeness)
            })
            .flatten()
            .map(|(likeness, name)| {
                let kind = match likeness {
                    Likeness::Confusable => LureKind::ConfusableHost,
                    Likeness::Holds | Likeness::NearlyWritten => LureKind::LookalikeHost,
                };
                (kind, name.clone())
            });
        self.alike.insert(host.to_owned(), found.clone());
        found
    }

    fn has_history(&self, domain: &str) -> bool {
        self.senders.get(domain).is_some_and(|(n, first, last)| {
            *n >= KNOWN_MESSAGES_MIN && last - first >= KNOWN_SECONDS_MIN
        })
    }

    /// Whether nothing came from this house before the message by more than an hour.
    fn is_first_contact(&self, row: &Facts, message: &MessageFacts, world: &World) -> bool {
        let Some(time) = time_of(row, world) else {
            return false;
        };
        let first = self
            .senders
            .get(domain_of(&message.from))
            .map(|(_, first, _)| *first);
        first.is_some_and(|first| time.unix_seconds() - first <= 86_400)
    }

    /// Whether the sender is who he says: a house that wrote for long, or one whose server the receiver confirmed and that
    /// is the house it names, and nothing failed.
    fn is_trusted(&self, row: &Facts, message: &MessageFacts) -> bool {
        let has = |kind| message.lure.signs.iter().any(|sign| sign.kind == kind);
        if has(LureKind::NotConfirmed) || has(LureKind::NameOfAnother) {
            return false;
        }
        let domain = domain_of(&message.from);
        let is_house =
            house_of(domain).is_some() || self.protected.iter().any(|known| known.name == domain);
        (is_house && (row.is_proved() || has(LureKind::Confirmed))) || self.has_history(domain)
    }
}

/// The domain of an address, by organisation, lower case as addresses are kept.
fn domain_of(address: &str) -> &str {
    address
        .rsplit_once('@')
        .map_or("", |(_, domain)| organisation(domain))
}
