//! Was the token that Google wrote into a message in use at its date?

use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::{Facts, Finding, ItemId};

use super::delivered_seconds;
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// The token in `X-Gm-Message-State` was in use at the date of the message.
    ///
    /// ## What it examines
    /// The first six characters of the field `X-Gm-Message-State`, which Google writes into mail that it sends and which
    /// are the same for all messages of some weeks. Each collection teaches the weeks of its own tokens: from the dates
    /// of all other messages with the same token, proved messages first, no sender counting more than three times.
    /// ## Why it matters
    /// Nobody knows that this field has a date. Who makes a message from one of another year leaves its token.
    /// ## Innocent explanations
    /// Observed over a few months of 2017 and 2018 only; how far the weeks of a token reach is learnt, not known.
    /// Six weeks on either side are let go, and one fitting time among date and relays is enough.
    /// ## References
    /// - Observed in public mailing list archives: `AN3rC/` from 16 April to 8 May 2017, `AKS2vO` from 12 June to 5 July 2017
    pub(crate) static GMAIL_ERA_TOKEN = {
        id: "collection/gmail-era-token",
        findings: &["token-of-the-time", "token-of-other-time", "token-of-other-time-by-proved"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "Google left no token in it",
            needs_text: false,
            members_min: OTHERS_MIN + 1,
            examine: gmail_era_token,
        }),
    }
}

/// Messages that must have taught the weeks of a token.
const OTHERS_MIN: usize = 6;
/// Of as many senders at least.
const SENDERS_MIN: usize = 2;
/// Messages of one sender that teach.
const PER_SENDER_MAX: usize = 3;
/// Let go on either side of what was learnt, in seconds: six weeks, twice as long as a token was seen to be in use, because
/// the messages that teach may all lie at one end.
const SLACK_SECONDS: i64 = 42 * 86_400;
/// A token whose messages are spread over more is none that changes, in seconds: 120 days.
const SPREAD_SECONDS_MAX: i64 = 120 * 86_400;

fn keys(facts: &Facts) -> Vec<Key> {
    facts
        .message
        .as_ref()
        .filter(|message| !message.era_token.is_empty() && facts.in_collection())
        .map(|message| Key::of(&[b"era token", message.era_token.as_bytes()]))
        .into_iter()
        .collect()
}

/// A message with the token: when, of whom, and whether proved.
struct Seen<'a> {
    facts: &'a Facts,
    seconds: i64,
    /// All times it states: its date, its first relay's, its delivery.
    times: Vec<i64>,
    from: &'a str,
    token: &'a str,
}

fn gmail_era_token(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let seen: Vec<Seen<'_>> = group
        .members
        .iter()
        .filter_map(|member| {
            let message = member.facts.message.as_ref()?;
            Some(Seen {
                facts: member.facts,
                seconds: delivered_seconds(member.facts)?,
                times: [message.date, message.first_received, message.delivered]
                    .into_iter()
                    .flatten()
                    .map(mabillon_case::Stamp::unix_seconds)
                    .collect(),
                from: &message.from,
                token: &message.era_token,
            })
        })
        .collect();
    let proved: Vec<&Seen<'_>> = teaching(seen.iter().filter(|one| one.facts.is_proved()));
    let by_proved = is_enough(&proved);
    let teaching = if by_proved {
        proved
    } else {
        teaching(seen.iter())
    };
    seen.iter()
        .filter(|one| !one.facts.is_proved())
        .filter_map(|one| Some((one.facts.item, finding(one, &teaching, by_proved)?)))
        .collect()
}

fn teaching<'s, 'a>(seen: impl Iterator<Item = &'s Seen<'a>>) -> Vec<&'s Seen<'a>> {
    let mut of_sender: BTreeMap<&str, usize> = BTreeMap::new();
    seen.filter(|one| {
        let n = of_sender.entry(one.from).or_insert(0);
        *n += 1;
        *n <= PER_SENDER_MAX
    })
    .collect()
}

fn is_enough(teaching: &[&Seen<'_>]) -> bool {
    let senders: BTreeSet<&str> = teaching.iter().map(|one| one.from).collect();
    teaching.len() >= OTHERS_MIN && senders.len() >= SENDERS_MIN
}

fn finding(one: &Seen<'_>, teaching: &[&Seen<'_>], by_proved: bool) -> Option<Finding> {
    let others: Vec<&Seen<'_>> = teaching
        .iter()
        .copied()
        .filter(|other| other.facts.item != one.facts.item)
        .collect();
    if !is_enough(&others) {
        return None;
    }
    let (first, last) = weeks(&others)?;
    let (kind, n) = (if by_proved { "proved" } else { "other" }, others.len());
    let day = |seconds: i64| {
        mabillon_case::Stamp::from_seconds(seconds)
            .map(|stamp| stamp.civil().date().to_string())
            .unwrap_or_default()
    };
    let seen = format!(
        "Its token of Google, {}, stands in {n} {kind} messages, from {} to {}",
        one.token,
        day(first),
        day(last)
    );
    // Any of its times will do: where they are apart, that is another test's business.
    let is_within = one
        .times
        .iter()
        .any(|seconds| (first - SLACK_SECONDS..=last + SLACK_SECONDS).contains(seconds));
    Some(match (is_within, by_proved) {
        (true, _) => Finding::new("token-of-the-time", format!("{seen}.")),
        (false, true) => Finding::new(
            "token-of-other-time-by-proved",
            format!(
                "{seen}. It is of {}: it was made at another time, or from another message.",
                day(one.seconds)
            ),
        ),
        (false, false) => Finding::new(
            "token-of-other-time",
            format!(
                "{seen}. It is of {}: it was made at another time, or from another message.",
                day(one.seconds)
            ),
        ),
    })
}

/// From when to when the token was seen, its first and last tenth left out; nothing where it is no token of some weeks.
fn weeks(others: &[&Seen<'_>]) -> Option<(i64, i64)> {
    let mut seconds: Vec<i64> = others.iter().map(|one| one.seconds).collect();
    seconds.sort_unstable();
    let n_left_out = seconds.len() / 10;
    let first = *seconds.get(n_left_out)?;
    let last = *seconds.get(seconds.len() - 1 - n_left_out)?;
    (last - first <= SPREAD_SECONDS_MAX).then_some((first, last))
}
