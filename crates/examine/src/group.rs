//! The group pass: collection tests over items that share a key.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use mabillon_case::{Facts, Finding, ItemId, NotRun};

use crate::item::not_run_row;
use crate::{Group, GroupTest, Key, Member, Run, TESTS, Test, TextOf, World};

/// Items of one group that a test is shown; a larger group is examined in its first members, in order of item id,
/// and the rest is recorded as not examined by that test.
const GROUP_MEMBERS_MAX: usize = 20_000;
/// Members of one group whose texts are held in memory at once.
const GROUP_TEXTS_MAX: usize = 512;
/// Findings of one test that are kept on one item: a file that thousands of messages carry may have as many.
const FINDINGS_MAX: usize = 64;

/// What the group pass found.
#[derive(Debug, Default)]
pub struct GroupPass {
    /// Findings by item, in the order of [`TESTS`] and then of keys.
    pub findings: BTreeMap<ItemId, Vec<Finding>>,
    /// For each collection test what came of it on each item, in the order of the facts.
    states: Vec<(&'static Test, Vec<State>)>,
}

impl GroupPass {
    /// The collection tests that gave no finding on the item whose facts stand at `index`, with the reason.
    pub fn not_run(&self, index: usize) -> impl Iterator<Item = NotRun> {
        self.states.iter().filter_map(move |(test, states)| {
            let Run::Group(group_test) = test.run else {
                return None;
            };
            let state = states.get(index)?;
            let reason = Cow::Borrowed(state.reason(group_test)?);
            Some(not_run_row(test, reason, *state == State::Failed))
        })
    }
}

/// Runs every collection test over the facts of all items, on `n_threads` threads; their number changes nothing in
/// what is found.
///
/// `facts` must be in order of item ids. `text_of` gives the stored text of an item.
pub fn group_pass(
    facts: &[Facts],
    text_of: &TextOf<'_>,
    world: &World,
    n_threads: usize,
) -> GroupPass {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..n_threads.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(test) = TESTS.get(number) else {
                        return;
                    };
                    if let Run::Group(group_test) = test.run {
                        let run = GroupRun::of(group_test, facts, text_of, world);
                        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                        done.insert(number, (*test, run));
                    }
                }
            });
        }
    });
    let mut pass = GroupPass::default();
    for (test, run) in done
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_values()
    {
        pass.add(test, run, facts);
    }
    pass
}

impl GroupPass {
    /// Adds what one test found, under its id.
    fn add(&mut self, test: &'static Test, mut run: GroupRun, facts: &[Facts]) {
        let mut last: Option<(ItemId, usize)> = None;
        run.findings.sort_by_key(|(item, _)| *item);
        for (item, finding) in run.findings {
            let kept = self.findings.entry(item).or_default();
            let first = match last {
                Some((same, first)) if same == item => first,
                _ => kept.len(),
            };
            last = Some((item, first));
            let finding = Finding {
                test: Cow::Borrowed(test.id),
                ..finding
            };
            let of_test = kept.get(first..).unwrap_or_default();
            if of_test.len() < FINDINGS_MAX && !of_test.contains(&finding) {
                kept.push(finding);
            }
            if let Ok(index) = facts.binary_search_by_key(&item, |row| row.item) {
                set(&mut run.states, index, State::Found);
            }
        }
        self.states.push((test, run.states));
    }
}

/// What one test made of all groups.
struct GroupRun {
    findings: Vec<(ItemId, Finding)>,
    states: Vec<State>,
}

impl GroupRun {
    /// Runs one collection test over all groups.
    fn of(group_test: GroupTest, facts: &[Facts], text_of: &TextOf<'_>, world: &World) -> Self {
        let keyed = keyed_items(group_test, facts);
        let mut states: Vec<State> = vec![State::NoKey; facts.len()];
        for (_, index) in &keyed {
            set(&mut states, *index, State::Alone);
        }
        let mut findings = Vec::new();
        for group in keyed.chunk_by(|a, b| a.0 == b.0) {
            if group.len() < group_test.members_min {
                continue;
            }
            let shown = group
                .get(..group.len().min(GROUP_MEMBERS_MAX))
                .unwrap_or(group);
            let found = examine_group(group_test, facts, shown, text_of, world);
            let state = if found.is_some() {
                State::Compared
            } else {
                State::Failed
            };
            for (place, (_, index)) in group.iter().enumerate() {
                let state = if place < shown.len() {
                    state
                } else {
                    State::Beyond
                };
                set(&mut states, *index, state);
            }
            findings.extend(found.into_iter().flatten());
        }
        Self { findings, states }
    }
}

/// What came of one test on one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    NoKey,
    Alone,
    Compared,
    Beyond,
    Failed,
    Found,
}

impl State {
    /// Why there is no finding; `None` where there is one.
    const fn reason(self, group_test: GroupTest) -> Option<&'static str> {
        Some(match self {
            Self::NoKey => group_test.not_applicable,
            Self::Alone => "no other item of the collection to compare it with",
            Self::Compared => "nothing to report on the items it was compared with",
            Self::Beyond => "too many items share what it would be compared by",
            Self::Failed => "the test stopped with an internal error",
            Self::Found => return None,
        })
    }
}

fn set(state: &mut [State], index: usize, value: State) {
    if let Some(slot) = state.get_mut(index) {
        *slot = value;
    }
}

fn keyed_items(group_test: GroupTest, facts: &[Facts]) -> Vec<(Key, usize)> {
    let mut keyed: Vec<(Key, usize)> = facts
        .iter()
        .enumerate()
        .flat_map(|(index, row)| {
            (group_test.keys)(row)
                .into_iter()
                .map(move |key| (key, index))
        })
        .collect();
    keyed.sort_unstable();
    keyed.dedup();
    keyed
}

fn examine_group(
    group_test: GroupTest,
    facts: &[Facts],
    group: &[(Key, usize)],
    text_of: &TextOf<'_>,
    world: &World,
) -> Option<Vec<(ItemId, Finding)>> {
    let rows: Vec<&Facts> = group
        .iter()
        .filter_map(|(_, index)| facts.get(*index))
        .collect();
    let n_texts = if group_test.needs_text {
        GROUP_TEXTS_MAX
    } else {
        0
    };
    let members: Vec<Member<'_>> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| Member::new(row, (index < n_texts).then_some(text_of)))
        .collect();
    let key = group.first().map_or(Key(0), |(key, _)| *key);
    let group = Group {
        key,
        members: &members,
    };
    catch_unwind(AssertUnwindSafe(|| (group_test.examine)(&group, world))).ok()
}
