//! Each mailbox: how much it holds, whose it is, when it begins and ends, what left its marks on it.

use std::collections::BTreeMap;

use mabillon_case::{Facts, MailboxRecord, Origin, Place, Stamp};

use super::counts::Counts;
use super::end::{self, Flow};
use super::order::{Stored, out_of_order};
use super::stored_time::{self, StoredTime};
use super::{marks_at, time_of};
use crate::World;

/// Mailboxes that are described.
const MAILBOXES_MAX: usize = 20_000;
/// Marks of one mailbox that are kept.
const MARKS_MAX: usize = 40;
/// Messages that must tell whose mailbox it is.
const OWNER_MESSAGES_MIN: u64 = 3;

/// All mailboxes in order of exhibit and name, and how many more there are.
pub(super) fn describe(facts: &[Facts], world: &World) -> (Vec<MailboxRecord>, u64) {
    let mut tallies: BTreeMap<(&str, &str), Tally> = BTreeMap::new();
    for row in facts.iter().filter(|row| row.message.is_some()) {
        let time = time_of(row, world);
        for (mailbox, place) in first_places(row) {
            tallies.entry(mailbox).or_default().count(row, place, time);
        }
    }
    let n_left_out = tallies.len().saturating_sub(MAILBOXES_MAX) as u64;
    let mailboxes = tallies
        .into_iter()
        .take(MAILBOXES_MAX)
        .map(|((exhibit, mailbox), tally)| tally.finish(exhibit, mailbox))
        .collect();
    (mailboxes, n_left_out)
}

/// The mailboxes that a message lies in, each once, with the first place in it.
fn first_places(row: &Facts) -> impl Iterator<Item = ((&str, &str), &Place)> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    row.places
        .iter()
        .filter(|place| place.origin == Origin::Collection)
        .filter_map(move |place| {
            let mailbox = (&*place.exhibit, place.mailbox.as_deref()?);
            let is_new = !seen.contains(&mailbox);
            if is_new {
                seen.push(mailbox);
            }
            is_new.then_some((mailbox, place))
        })
}

/// One mailbox while its messages are counted.
#[derive(Default)]
struct Tally {
    n_messages: u64,
    n_proved: u64,
    n_delivered: u64,
    times: Vec<(Stamp, bool)>,
    /// Senders of what was never delivered: sent copies and drafts.
    wrote: Counts,
    /// Recipients of what was delivered.
    received: Counts,
    marks: Counts,
    order: Vec<Stored>,
    n_stored_times: u64,
    n_stored_times_agree: u64,
}

impl Tally {
    fn count(&mut self, row: &Facts, place: &Place, time: Option<Stamp>) {
        let Some(message) = &row.message else { return };
        let is_proved = row.is_proved();
        self.n_messages += 1;
        self.n_proved += u64::from(is_proved);
        if message.n_hops > 0 {
            self.n_delivered += 1;
            for address in message.to.iter().chain(&message.cc) {
                self.received.add(&address.to_lowercase());
            }
        } else {
            self.wrote.add(&message.from.to_lowercase());
        }
        self.times.extend(time.map(|time| (time, is_proved)));
        for mark in marks_at(row, place) {
            self.marks.add(&mark);
        }
        self.order.extend(Stored::of(row, place, time));
        if let Some(stored) = StoredTime::of(row, place) {
            self.n_stored_times += 1;
            self.n_stored_times_agree += u64::from(stored_time::agree(&stored));
        }
    }

    fn finish(mut self, exhibit: &str, mailbox: &str) -> MailboxRecord {
        self.times.sort_unstable();
        let owner = self.owner();
        let flow = Flow::of(&self.times);
        let end = end::of(&flow);
        MailboxRecord {
            exhibit: exhibit.to_owned(),
            mailbox: mailbox.to_owned(),
            owner,
            n_messages: self.n_messages,
            n_proved: self.n_proved,
            n_delivered: self.n_delivered,
            n_answers: 0,
            n_answers_to_missing: 0,
            first: self.times.first().map(|(time, _)| *time),
            last: self.times.last().map(|(time, _)| *time),
            last_proved: self
                .times
                .iter()
                .rev()
                .find(|(_, is_proved)| *is_proved)
                .map(|(time, _)| *time),
            gaps: end::gaps(&flow, end),
            end,
            marks: self.marks.into_list(MARKS_MAX),
            n_stored_times: self.n_stored_times,
            n_stored_times_agree: self.n_stored_times_agree,
            out_of_order: out_of_order(self.order),
        }
    }

    /// The address that more than half of the sent copies are from, else the one that more than half of what was
    /// delivered went to.
    fn owner(&self) -> String {
        let most = |counts: &Counts, n_all: u64| {
            let (name, n) = counts.top()?;
            (n >= OWNER_MESSAGES_MIN && n * 2 > n_all).then(|| name.to_owned())
        };
        let n_written = self.n_messages - self.n_delivered;
        most(&self.wrote, n_written)
            .or_else(|| most(&self.received, self.n_delivered))
            .unwrap_or_default()
    }
}
