//! Where the flow of a mailbox ends, and where it is interrupted.

use mabillon_case::{MailboxEnd, MailboxGap, Stamp};

const DAY: i64 = 86_400;
const FORTNIGHT: i64 = 14 * DAY;
/// A mailbox with fewer messages has no flow.
const MESSAGES_MIN: usize = 50;
/// Nor has one that spans a shorter time, in seconds.
const SPAN_SECONDS_MIN: i64 = 60 * DAY;
/// Messages behind a pause that can lie after the end, at most: one in this many, and no more than [`AFTER_MAX`].
const AFTER_ONE_IN: usize = 50;
const AFTER_MAX: usize = 5;
/// The pause before them, at least, in seconds.
const PAUSE_SECONDS_MIN: i64 = FORTNIGHT;
/// And at least this many times the longest pause among the messages before.
const PAUSE_FACTOR: i64 = 2;
/// Messages before the pause that it is compared with.
const BEFORE_MESSAGES: usize = 300;
/// Fortnights whose traffic is usual.
const USUAL_FORTNIGHTS: i64 = 13;
/// A gap is at least this long, in seconds.
const GAP_SECONDS_MIN: i64 = 7 * DAY;
/// Time before and after a gap whose traffic tells what it should have held, in seconds.
const AROUND_SECONDS: i64 = 28 * DAY;
/// Messages in that time, at least.
const AROUND_MESSAGES_MIN: i64 = 5;
/// Messages that a gap should have held, at least. With as many expected, chance alone leaves none once in a hundred
/// million gaps, which leaves room for holidays.
const EXPECTED_MIN: i64 = 20;
/// Gaps told of one mailbox.
const GAPS_MAX: usize = 5;

/// The times of a mailbox, in order, in seconds since the epoch.
pub(super) struct Flow {
    seconds: Vec<i64>,
    /// Place of the last proved message.
    last_proved: Option<usize>,
}

impl Flow {
    /// Of times in order, each with whether its message is proved.
    pub(super) fn of(times: &[(Stamp, bool)]) -> Self {
        Self {
            seconds: times.iter().map(|(time, _)| time.unix_seconds()).collect(),
            last_proved: times.iter().rposition(|(_, is_proved)| *is_proved),
        }
    }

    fn at(&self, place: usize) -> i64 {
        self.seconds.get(place).copied().unwrap_or_default()
    }

    /// Messages in the stretch of time after `from` up to and with `to`.
    fn n_between(&self, from: i64, to: i64) -> u64 {
        let until = |seconds: i64| self.seconds.partition_point(|time| *time <= seconds);
        until(to).saturating_sub(until(from)) as u64
    }

    /// The pause before the message at `place`.
    fn pause(&self, place: usize) -> i64 {
        place
            .checked_sub(1)
            .map_or(0, |before| self.at(place) - self.at(before))
    }
}

/// Where the flow ends; `None` where there is none.
pub(super) fn of(flow: &Flow) -> Option<MailboxEnd> {
    let n = flow.seconds.len();
    let (first, last) = (flow.seconds.first()?, flow.seconds.last()?);
    if n < MESSAGES_MIN || last - first < SPAN_SECONDS_MIN {
        return None;
    }
    let n_after_max = (n / AFTER_ONE_IN).clamp(1, AFTER_MAX);
    let n_after = (1..=n_after_max)
        .rev()
        .find(|n_after| is_behind_the_end(flow, n - n_after))
        .unwrap_or(0);
    let end = flow.at(n - n_after - 1);
    let mut fortnights: Vec<u64> = (1..=USUAL_FORTNIGHTS)
        .map(|back| end - back * FORTNIGHT)
        .filter(|until| *until - FORTNIGHT >= *first)
        .map(|until| flow.n_between(until - FORTNIGHT, until))
        .collect();
    fortnights.sort_unstable();
    Some(MailboxEnd {
        at: Stamp::from_seconds(end)?,
        n_last_fortnight: flow.n_between(end - FORTNIGHT, end),
        n_usual_fortnight: fortnights
            .get(fortnights.len() / 2)
            .copied()
            .unwrap_or_default(),
        n_after: n_after as u64,
    })
}

/// Whether the messages from `place` on lie behind a pause that nothing before is like, and none of them is proved.
fn is_behind_the_end(flow: &Flow, place: usize) -> bool {
    let pause = flow.pause(place);
    if pause < PAUSE_SECONDS_MIN || flow.last_proved.is_some_and(|proved| proved >= place) {
        return false;
    }
    let longest_before = (place.saturating_sub(BEFORE_MESSAGES).max(1)..place)
        .map(|before| flow.pause(before))
        .max();
    longest_before.is_some_and(|longest| pause >= longest.saturating_mul(PAUSE_FACTOR))
}

/// Stretches without a message that the traffic around them does not explain, longest first.
pub(super) fn gaps(flow: &Flow, end: Option<MailboxEnd>) -> Vec<MailboxGap> {
    let Some(end) = end.map(|end| end.at.unix_seconds()) else {
        return Vec::new();
    };
    let mut gaps: Vec<(i64, MailboxGap)> = (1..flow.seconds.len())
        .filter(|&place| flow.pause(place) >= GAP_SECONDS_MIN && flow.at(place) <= end)
        .filter_map(|place| {
            let (from, to) = (flow.at(place - 1), flow.at(place));
            let before = flow.n_between(from - AROUND_SECONDS, from);
            let after = flow.n_between(to - 1, to + AROUND_SECONDS);
            let per_around = i64::try_from(before.min(after)).ok()?;
            // One message alone on a side is a wrong clock, not a traffic.
            if per_around < AROUND_MESSAGES_MIN {
                return None;
            }
            let n_expected = per_around.saturating_mul(to - from) / AROUND_SECONDS;
            let gap = MailboxGap {
                from: Stamp::from_seconds(from)?,
                to: Stamp::from_seconds(to)?,
                n_expected: n_expected.unsigned_abs(),
            };
            (n_expected >= EXPECTED_MIN).then_some((from - to, gap))
        })
        .collect();
    gaps.sort_by_key(|(length, gap)| (*length, gap.from));
    gaps.into_iter()
        .take(GAPS_MAX)
        .map(|(_, gap)| gap)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message every six hours from `from` to `to`, in days.
    fn steady(from: i64, to: i64) -> Vec<(Stamp, bool)> {
        (from * 4..to * 4)
            .map(|quarter| (at(quarter * DAY / 4), false))
            .collect()
    }

    fn at(seconds: i64) -> Stamp {
        Stamp::from_seconds(1_480_000_000 + seconds).unwrap()
    }

    #[test]
    fn what_comes_long_after_a_steady_flow_is_behind_its_end() {
        let mut times = steady(0, 100);
        times.push((at(140 * DAY), false));
        let end = of(&Flow::of(&times)).unwrap();
        assert_eq!(end.at, at(100 * DAY - DAY / 4));
        assert_eq!((end.n_after, end.n_last_fortnight), (1, 56));
        assert!(end.is_abrupt());
    }

    #[test]
    fn a_proved_message_moves_the_end() {
        let mut times = steady(0, 100);
        times.push((at(140 * DAY), true));
        let end = of(&Flow::of(&times)).unwrap();
        assert_eq!((end.at, end.n_after), (at(140 * DAY), 0));
    }

    #[test]
    fn a_mailbox_with_long_pauses_ends_with_its_last_message() {
        let mut times = steady(0, 30);
        times.extend(steady(60, 90));
        times.push((at(120 * DAY), false));
        assert_eq!(of(&Flow::of(&times)).unwrap().n_after, 0);
    }

    #[test]
    fn a_deleted_month_is_a_gap_and_quiet_weeks_are_none() {
        let mut times = steady(0, 60);
        times.extend(steady(90, 150));
        let flow = Flow::of(&times);
        let found = gaps(&flow, of(&flow));
        assert_eq!(found.len(), 1);
        assert!(found[0].n_expected > 100, "{found:?}");
        let quiet: Vec<(Stamp, bool)> = (0..60).map(|n| (at(n * 10 * DAY), false)).collect();
        let flow = Flow::of(&quiet);
        assert_eq!(gaps(&flow, of(&flow)), []);
    }
}
