//! Is a body that was changed after signing alone among the messages of its mailbox?

use std::collections::{BTreeMap, BTreeSet};

use mabillon_case::{BodyHash, Facts, Finding, ItemId, Signature, SignatureKind};

use super::delivered_seconds;
use crate::made_anew::boundary_shape;
use crate::test::declare_test;
use crate::{Group, GroupTest, Key, Run, World};

declare_test! {
    /// Of the messages of a mailbox whose signed header verifies, a body changed after signing is not the only one.
    ///
    /// ## What it examines
    /// Messages whose DKIM signature verifies over the header, the hash of the body included, by an anchored key, and
    /// whose body does not have that hash; beside all messages of the same mailbox whose signed header verifies. Messages
    /// behind mailing lists and gateways are left out. Changed bodies are compared by the marks that who wrote the
    /// message anew leaves: the last field of the header, and the words of the outermost boundary.
    /// ## Why it matters
    /// A body that was changed, under a header that was not, is what an edit by hand leaves. It is also what some exporters
    /// leave, which encode text anew or give parts their own boundary; but an exporter does so with every message of the
    /// same form, and an edit does not.
    /// ## Innocent explanations
    /// An exporter that changes few messages, because few have the form that it changes; a gateway of one sender that
    /// leaves no mark; a disc that failed. What is changed like others may still be edited besides: the test says that the
    /// change of the body tells nothing there, not that there was no other.
    /// ## References
    /// - RFC 6376, sections 3.7 and 6.1.3
    pub(crate) static CHANGED_BODIES = {
        id: "collection/changed-bodies",
        findings: &["changed-alone", "changed-among-others", "changed-like-others"],
        run: Run::Group(GroupTest {
            keys,
            not_applicable: "it carries no DKIM signature whose header verifies by an anchored key, or passed a mailing list",
            needs_text: false,
            members_min: 1,
            examine: changed_bodies,
        }),
    }
}

/// Others of the same form that must be changed before it counts as the habit of an exporter.
const ALIKE_MIN: usize = 4;
/// Of this many messages of a form that an exporter changes, one may have stayed as it was.
const UNCHANGED_ONE_IN: usize = 10;
/// Where one in this many messages of a mailbox is changed, of any form, a change is no exception.
const CHANGED_ONE_IN: usize = 10;
/// Senders, and days, that the changed messages must be of.
const SENDERS_MIN: usize = 3;
/// Seconds in a day.
const DAY_SECONDS: i64 = 86_400;

fn keys(facts: &Facts) -> Vec<Key> {
    if of(facts).is_none() {
        return Vec::new();
    }
    let mailboxes = facts.mailboxes();
    let keys: Vec<Key> = mailboxes
        .iter()
        .map(|(exhibit, mailbox)| Key::of(&[b"bodies", exhibit.as_bytes(), mailbox.as_bytes()]))
        .collect();
    if keys.is_empty() && facts.in_collection() {
        // It lies in no mailbox: nothing to compare it with.
        return vec![Key::of(&[b"bodies alone", &facts.item.0])];
    }
    keys
}

/// A message whose signed header verifies.
struct Signed<'a> {
    facts: &'a Facts,
    /// Whether no hash of the body fits.
    is_changed: bool,
}

fn of(facts: &Facts) -> Option<Signed<'_>> {
    let message = facts.message.as_ref()?;
    let dkim = || {
        facts
            .signatures
            .iter()
            .filter(|signature| signature.kind == SignatureKind::Dkim)
    };
    let is_whole = |signature: &Signature| {
        signature.header_verified == Some(true)
            && signature.anchored
            && signature.removed.is_empty()
    };
    let has_changed = dkim().any(|one| is_whole(one) && one.body_hash == BodyHash::Mismatch);
    let has_matching = dkim().any(|one| one.body_hash == BodyHash::Match);
    let verifies = dkim().any(|one| is_whole(one) && one.body_hash == BodyHash::Match);
    let is_changed = has_changed && !has_matching;
    (!message.is_rewritten && (is_changed || verifies)).then_some(Signed { facts, is_changed })
}

/// The marks of who wrote a message last: the last field of its header, and the words of its boundary.
fn form(facts: &Facts) -> (&str, String) {
    let Some(message) = &facts.message else {
        return ("", String::new());
    };
    let last = message.sender_fields.rsplit(' ').next().unwrap_or_default();
    (last, boundary_shape(&message.boundary))
}

fn changed_bodies(group: &Group<'_>, _world: &World) -> Vec<(ItemId, Finding)> {
    let all: Vec<Signed<'_>> = group
        .members
        .iter()
        .filter_map(|member| of(member.facts))
        .collect();
    let mut by_form: BTreeMap<(&str, String), Tally<'_>> = BTreeMap::new();
    let mut whole = Tally::default();
    for one in &all {
        by_form.entry(form(one.facts)).or_default().count(one);
        whole.count(one);
    }
    all.iter()
        .filter(|one| one.is_changed)
        .map(|one| {
            let alike = by_form.get(&form(one.facts));
            (one.facts.item, finding(alike.unwrap_or(&whole), &whole))
        })
        .collect()
}

/// Messages counted.
#[derive(Default)]
struct Tally<'a> {
    n: usize,
    n_changed: usize,
    senders: BTreeSet<&'a str>,
    days: BTreeSet<i64>,
}

impl<'a> Tally<'a> {
    fn count(&mut self, one: &Signed<'a>) {
        self.n += 1;
        if !one.is_changed {
            return;
        }
        self.n_changed += 1;
        if let Some(message) = &one.facts.message {
            self.senders.insert(&message.from);
        }
        if let Some(seconds) = delivered_seconds(one.facts) {
            self.days.insert(seconds.div_euclid(DAY_SECONDS));
        }
    }

    /// Whether what is changed comes from several senders and times, as all mail of a mailbox does.
    fn is_spread(&self) -> bool {
        self.n_changed > ALIKE_MIN
            && self.senders.len() >= SENDERS_MIN
            && self.days.len() >= SENDERS_MIN
    }
}

fn finding(alike: &Tally<'_>, whole: &Tally<'_>) -> Finding {
    let n_unchanged = alike.n - alike.n_changed;
    if alike.is_spread() && n_unchanged * UNCHANGED_ONE_IN <= alike.n_changed {
        let says = format!(
            "Its body was changed after it was signed, as were those of {} of {} other messages of its mailbox whose header ends and whose parts are told apart in the same way, while {} of other forms verify: who exported them wrote such messages anew. What else was changed in it cannot be told.",
            alike.n_changed - 1,
            alike.n - 1,
            whole.n - whole.n_changed,
        );
        return Finding::new("changed-like-others", says);
    }
    let others = format!(
        "{} of {} other messages of its mailbox whose signed header verifies",
        whole.n_changed - 1,
        whole.n - 1
    );
    if whole.is_spread() && whole.n_changed * CHANGED_ONE_IN >= whole.n {
        let says = format!(
            "Its body was changed after it was signed, as were those of {others}: more than edits account for, though no mark of an exporter tells which."
        );
        return Finding::new("changed-among-others", says);
    }
    let says = match whole.n {
        1 => "Its body was changed after it was signed, and no other message of its mailbox can be compared: an edit looks so, and so does an export.".to_owned(),
        _ => format!(
            "Its body was changed after it was signed, as were those of {others}: what changed it did not change the mailbox."
        ),
    };
    Finding::new("changed-alone", says)
}
