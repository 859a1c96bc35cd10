//! Do the clocks of the relays run forward?

use mabillon_case::{Finding, Hop, Message, Outcome, Stamp};

use crate::clock::gap::{self, HOUR, MINUTE, NEXT_DAY};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The times in the `Received` fields run forward, from the first relay to the last.
    ///
    /// ## What it examines
    /// The dates of all `Received` fields, each compared with the one below it, which was written earlier.
    /// The largest step backward is reported, with the two servers.
    /// Large providers have kept their clocks to the second for years: between two of them one minute is the limit
    /// (mail since 2012). For other servers only hours count.
    /// ## Why it matters
    /// Each relay adds its own stamp. Who moves a message to another day has to change all of them, in order.
    /// ## Innocent explanations
    /// A relay with a wrong clock; a wrong time zone (a whole number of half hours, reported apart); a workstation that
    /// fetches mail from a provider and adds a field by its own clock.
    /// Of three thousand real messages of 2002 one in three has a step backward of seconds or minutes.
    /// Senders of junk mail put invented fields below the real ones: a step there says that the message hides its origin,
    /// not that the copy at hand was altered.
    /// ## References
    /// - RFC 5321, section 4.4
    pub(crate) static RECEIVED_CLOCK_ORDER = {
        id: "transmission/received-clock-order",
        findings: &[
            "runs-forward",
            "runs-backward-slightly",
            "runs-backward-by-zones",
            "runs-backward-by-hours",
            "runs-backward-by-days",
            "runs-backward-at-provider",
        ],
        run: Run::Message(received_clock_order),
    }
}

/// Organisations whose mail servers keep time to the second.
const PROVIDERS: &[&str] = &[
    "google.com",
    "gmail.com",
    "outlook.com",
    "office365.com",
    "yahoo.com",
    "apple.com",
    "icloud.com",
];
/// Since when they are held to that: 2012-01-01.
const PROVIDERS_SINCE_SECONDS: i64 = 1_325_376_000;
/// What their clocks may differ by.
const PROVIDER_SECONDS_MAX: f64 = MINUTE;
/// What any two good clocks may differ by.
const GOOD_CLOCK_SECONDS_MAX: f64 = 5.0;
/// Fields examined at most.
const HOPS_MAX: usize = 200;

struct Step<'a> {
    above: &'a Hop,
    below: &'a Hop,
    seconds: f64,
}

fn received_clock_order(message: &Message, _world: &World) -> Outcome {
    let dated: Vec<(&Hop, Stamp)> = message
        .hops
        .iter()
        .take(HOPS_MAX)
        .filter_map(|hop| Some((hop, hop.date?)))
        .collect();
    let steps: Vec<Step<'_>> = dated
        .iter()
        .zip(dated.iter().skip(1))
        .map(|((above, later), (below, earlier))| Step {
            above,
            below,
            seconds: later.seconds_since(*earlier),
        })
        .collect();
    let provider = worst(steps.iter().filter(|step| is_at_providers(step)));
    let Some(any) = worst(steps.iter()) else {
        return Outcome::NotApplicable("fewer than two Received fields have a readable time");
    };
    let step = match provider {
        Some(step) if step.seconds < -PROVIDER_SECONDS_MAX => step,
        _ => any,
    };
    Outcome::one(describe(step, steps.len()))
}

/// The largest step backward, else the shortest forward.
fn worst<'a, 'b: 'a>(steps: impl Iterator<Item = &'a Step<'b>>) -> Option<&'a Step<'b>> {
    steps.min_by(|a, b| a.seconds.total_cmp(&b.seconds))
}

fn describe(step: &Step<'_>, n_steps: usize) -> Finding {
    let (above, below) = (host(step.above), host(step.below));
    let length = gap::in_words(step.seconds);
    if step.seconds >= -GOOD_CLOCK_SECONDS_MAX {
        let says = format!(
            "The times of {} Received fields run forward, from the first relay to the last.",
            n_steps + 1
        );
        return Finding::new("runs-forward", says).at(step.above.date_span);
    }
    let seen = format!(
        "{above} states a time {length} before that of {below}, which had the message first."
    );
    let back = -step.seconds;
    let (code, meaning) = if back > PROVIDER_SECONDS_MAX && is_at_providers(step) {
        (
            "runs-backward-at-provider",
            "The clocks of these providers agree to the second, so one of the two times was changed.",
        )
    } else if back <= HOUR / 2.0 {
        (
            "runs-backward-slightly",
            "Clocks of ordinary servers differ by as much.",
        )
    } else if gap::is_whole_zones(back) {
        (
            "runs-backward-by-zones",
            "It is a whole number of half hours, as a wrong time zone makes it.",
        )
    } else if back < NEXT_DAY {
        (
            "runs-backward-by-hours",
            "One of the two clocks was wrong, or one of the two times was invented or changed.",
        )
    } else {
        (
            "runs-backward-by-days",
            "One of the two clocks was very wrong, or one of the two times was invented or changed.",
        )
    };
    Finding::new(code, format!("{seen} {meaning}")).at(step.above.date_span)
}

fn host(hop: &Hop) -> &str {
    hop.by.as_deref().unwrap_or("an unnamed relay")
}

fn is_at_providers(step: &Step<'_>) -> bool {
    let late_enough = step
        .below
        .date
        .is_some_and(|date| date.unix_seconds() >= PROVIDERS_SINCE_SECONDS);
    late_enough && is_provider(step.above) && is_provider(step.below)
}

fn is_provider(hop: &Hop) -> bool {
    let by = host(hop).to_ascii_lowercase();
    PROVIDERS.iter().any(|provider| {
        by.strip_suffix(provider)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}
