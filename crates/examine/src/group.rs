//! The group pass: collection tests over items that share a key.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mabillon_case::{Facts, Finding, ItemId, NotRun, Text};

use crate::item::not_run_row;
use crate::{Group, GroupTest, Key, Member, Run, TESTS, Test, World};

/// Items of one group that a test is shown; a larger group is examined in its first members, in order of item id,
/// and the rest is recorded as not examined by that test.
const GROUP_MEMBERS_MAX: usize = 20_000;
/// Members of one group whose texts are held in memory at once.
const GROUP_TEXTS_MAX: usize = 512;

/// What the group pass found.
#[derive(Debug, Default)]
pub struct GroupPass {
    /// Findings by item, in the order of [`TESTS`] and then of keys.
    pub findings: BTreeMap<ItemId, Vec<Finding>>,
    /// Collection tests that gave no finding on an item, with the reason.
    pub not_run: BTreeMap<ItemId, Vec<NotRun>>,
}

/// Runs every collection test over the facts of all items.
///
/// `facts` must be in order of item ids. `text_of` gives the stored text of an item.
pub fn group_pass(
    facts: &[Facts],
    text_of: &dyn Fn(&ItemId) -> Option<Text>,
    world: &World,
) -> GroupPass {
    let mut pass = GroupPass::default();
    for test in TESTS {
        if let Run::Group(group_test) = test.run {
            run_group_test(test, group_test, facts, text_of, world, &mut pass);
        }
    }
    pass
}

/// Runs one collection test over all groups.
fn run_group_test(
    test: &Test,
    group_test: GroupTest,
    facts: &[Facts],
    text_of: &dyn Fn(&ItemId) -> Option<Text>,
    world: &World,
    pass: &mut GroupPass,
) {
    let keyed = keyed_items(group_test, facts);
    let mut state: Vec<State> = vec![State::NoKey; facts.len()];
    for (_, index) in &keyed {
        set(&mut state, *index, State::Alone);
    }
    for group in keyed.chunk_by(|a, b| a.0 == b.0) {
        if group.len() < group_test.members_min {
            continue;
        }
        let shown = group
            .get(..group.len().min(GROUP_MEMBERS_MAX))
            .unwrap_or(group);
        for (_, index) in shown {
            set(&mut state, *index, State::Compared);
        }
        let found = examine_group(group_test, facts, shown, text_of, world);
        match found {
            Some(found) => keep_findings(test, found, pass),
            None => shown
                .iter()
                .for_each(|(_, index)| set(&mut state, *index, State::Failed)),
        }
    }
    keep_not_run(test, group_test, facts, &state, pass);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    NoKey,
    Alone,
    Compared,
    Failed,
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
    text_of: &dyn Fn(&ItemId) -> Option<Text>,
    world: &World,
) -> Option<Vec<(ItemId, Finding)>> {
    let rows: Vec<&Facts> = group
        .iter()
        .filter_map(|(_, index)| facts.get(*index))
        .collect();
    let texts: Vec<Option<Text>> = rows
        .iter()
        .take(if group_test.needs_text {
            GROUP_TEXTS_MAX
        } else {
            0
        })
        .map(|row| text_of(&row.item))
        .collect();
    let members: Vec<Member<'_>> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| Member {
            facts: row,
            text: texts.get(index).and_then(Option::as_ref),
        })
        .collect();
    let key = group.first().map_or(Key(0), |(key, _)| *key);
    let group = Group {
        key,
        members: &members,
    };
    catch_unwind(AssertUnwindSafe(|| (group_test.examine)(&group, world))).ok()
}

fn keep_findings(test: &Test, found: Vec<(ItemId, Finding)>, pass: &mut GroupPass) {
    for (item, finding) in found {
        let finding = Finding {
            test: Cow::Borrowed(test.id),
            ..finding
        };
        let kept = pass.findings.entry(item).or_default();
        if !kept.contains(&finding) {
            kept.push(finding);
        }
    }
}

fn keep_not_run(
    test: &Test,
    group_test: GroupTest,
    facts: &[Facts],
    state: &[State],
    pass: &mut GroupPass,
) {
    for (row, state) in facts.iter().zip(state) {
        let found = pass
            .findings
            .get(&row.item)
            .is_some_and(|findings| findings.iter().any(|finding| finding.test == test.id));
        let reason = match state {
            _ if found => continue,
            State::NoKey => group_test.not_applicable,
            State::Alone => "no other item of the collection to compare it with",
            State::Compared => "nothing to report on the items it was compared with",
            State::Failed => "the test stopped with an internal error",
        };
        let failed = *state == State::Failed;
        pass.not_run.entry(row.item).or_default().push(not_run_row(
            test,
            Cow::Borrowed(reason),
            failed,
        ));
    }
}
