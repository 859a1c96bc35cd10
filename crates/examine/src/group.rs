//! The group pass: collection tests over items that share a key.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mabillon_case::{CollectionRecord, FactRows, Facts, Finding, ItemId, NotRun, Row};

use crate::in_collection::{self, Tally};
use crate::item::not_run_row;
use crate::{Group, GroupTest, Key, Member, Run, TESTS, Test, TextOf, World};
use crate::{assembled, whole};

/// Items of one group that a test is shown; a larger group is examined in its first members, in order of item id,
/// and the rest is recorded as not examined by that test.
const GROUP_MEMBERS_MAX: usize = 20_000;
/// Members of one group whose texts are held in memory at once.
const GROUP_TEXTS_MAX: usize = 512;
/// Members of the groups that one thread examines before it takes more.
const SPAN_MEMBERS: usize = 1_024;
/// Findings of one test that are kept on one item: a file that thousands of messages carry may have as many.
const FINDINGS_MAX: usize = 64;

/// What the group pass found.
#[derive(Debug, Default)]
pub struct GroupPass {
    /// What was found on each item, in the order of the facts: in groups in the order of [`TESTS`] and then of keys, then
    /// on single items in the collection.
    pub findings: Vec<Vec<Arc<Finding>>>,
    /// What the collection as a whole tells of how it was made.
    pub collection: CollectionRecord,
    /// For each collection test what came of it on each item, in the order of the facts.
    states: Vec<(&'static Test, Vec<State>)>,
    /// What came of the tests of one item in the collection, in the order of the facts.
    in_collection: Tally,
}

impl GroupPass {
    /// The collection tests that gave no finding on the item whose facts stand at `index`, with the reason.
    pub fn not_run(&self, index: usize) -> impl Iterator<Item = NotRun> {
        let of_groups = self.states.iter().filter_map(move |(test, states)| {
            let Run::Group(group_test) = test.run else {
                return None;
            };
            let state = states.get(index)?;
            let reason = Cow::Borrowed(state.reason(group_test)?);
            Some(not_run_row(test, reason, *state == State::Failed))
        });
        let of_items = self.in_collection.not_run(index);
        of_groups.chain(of_items)
    }
}

/// Runs every collection test over the facts of all items, on `n_threads` threads; their number changes nothing in
/// what is found, nor does it which facts lie in memory.
///
/// `text_of` gives the stored text of an item. Where [`FactRows::failure`] tells of facts that could not be read, what was
/// found does not count.
pub fn group_pass(
    facts: &FactRows,
    text_of: &TextOf<'_>,
    world: &World,
    n_threads: usize,
) -> GroupPass {
    let tests: Vec<(&'static Test, GroupTest)> = TESTS
        .iter()
        .filter_map(|test| match test.run {
            Run::Group(group_test) => Some((*test, group_test)),
            _ => None,
        })
        .collect();
    let stretches: Vec<Range<usize>> = facts.stretches(SPAN_MEMBERS).collect();
    let (keyed, mut runs) = keyed_items(&tests, facts, &stretches, n_threads);
    let spans = all_spans(&tests, &keyed);
    let (examined, collection) = std::thread::scope(|scope| {
        let whole = scope.spawn(|| whole::record(facts, text_of, world));
        let examined = in_parallel(n_threads, &spans, |span| {
            span.examine(facts, text_of, world)
        });
        (
            examined,
            whole.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    let mut found = gathered(&spans, examined, &mut runs, facts.len());
    let in_collection =
        examine_in_collection(facts, &stretches, &collection, world, n_threads, &mut found);
    GroupPass {
        findings: found,
        collection,
        states: tests
            .into_iter()
            .zip(runs)
            .map(|((test, _), run)| (test, run.states))
            .collect(),
        in_collection,
    }
}

/// The spans of groups of all tests, one test after another.
fn all_spans<'k>(tests: &[(&'static Test, GroupTest)], keyed: &'k [Vec<Keyed>]) -> Vec<Span<'k>> {
    let of_tests = tests.iter().zip(keyed).enumerate();
    of_tests
        .flat_map(|(number, ((test, group_test), keyed))| {
            spans(keyed).map(move |keyed| Span {
                number,
                test,
                group_test: *group_test,
                keyed,
            })
        })
        .collect()
}

/// What `work` makes of each of `items`, in their order, on `n_threads` threads.
fn in_parallel<T: Sync, R: Send>(
    n_threads: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..n_threads.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else {
                        return;
                    };
                    let result = work(item);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.insert(number, result);
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_values().collect()
}

/// The findings of all spans by item, in the order of the facts; what came of each test on each item is set in `runs`.
fn gathered(
    spans: &[Span<'_>],
    examined: Vec<Examined>,
    runs: &mut [GroupRun],
    n_items: usize,
) -> Vec<Vec<Arc<Finding>>> {
    let mut found = vec![Vec::new(); n_items];
    for (span, examined) in spans.iter().zip(examined) {
        let Some(run) = runs.get_mut(span.number) else {
            continue;
        };
        for (index, state) in examined.states {
            set(&mut run.states, index, state);
        }
        for (index, finding) in examined.findings {
            set(&mut run.states, index, State::Found);
            if let Some(kept) = found.get_mut(place(index)) {
                add(kept, finding);
            }
        }
    }
    found
}

/// Shows each item to the tests of one item in the collection and adds what they find. Gives what came of them.
fn examine_in_collection(
    facts: &FactRows,
    stretches: &[Range<usize>],
    collection: &CollectionRecord,
    world: &World,
    n_threads: usize,
    found: &mut [Vec<Arc<Finding>>],
) -> Tally {
    let examined = in_parallel(n_threads, stretches, |stretch| {
        in_collection::examine(&facts.between(stretch.clone()), collection, world)
    });
    let mut tally = Tally::default();
    for (of_stretch, examined) in found.chunks_mut(SPAN_MEMBERS).zip(examined) {
        for (place, finding) in examined.findings {
            if let Some(kept) = of_stretch.get_mut(place) {
                kept.push(Arc::new(finding));
            }
        }
        tally.append(&examined.tally);
    }
    tally
}

/// Adds a finding to those of an item, if the test did not find the same or enough.
fn add(kept: &mut Vec<Arc<Finding>>, finding: Arc<Finding>) {
    let of_others = kept.iter().rposition(|one| one.test != finding.test);
    let of_test = kept
        .get(of_others.map_or(0, |last| last + 1)..)
        .unwrap_or_default();
    // What differs mostly differs in its words.
    let is_kept = of_test
        .iter()
        .any(|one| one.says == finding.says && *one == finding);
    if of_test.len() < FINDINGS_MAX && !is_kept {
        kept.push(finding);
    }
}

/// What came of one test on every item.
struct GroupRun {
    states: Vec<State>,
}

impl GroupRun {
    /// Before any group was examined: every item with a key is alone.
    fn of_alone(keyed: &[Keyed], n_items: usize) -> Self {
        let mut states = vec![State::NoKey; n_items];
        for (_, index) in keyed {
            set(&mut states, *index, State::Alone);
        }
        Self { states }
    }
}

/// Groups of one test that one thread examines.
struct Span<'k> {
    /// The number of the test among the collection tests.
    number: usize,
    test: &'static Test,
    group_test: GroupTest,
    keyed: &'k [Keyed],
}

/// What was found in a span, and what came of the test on its members; items by their places among the facts.
#[derive(Default)]
struct Examined {
    findings: Vec<(u32, Arc<Finding>)>,
    states: Vec<(u32, State)>,
}

impl Examined {
    /// Adds a finding. Where the same is said of many items one after another, it is kept once.
    fn add(&mut self, index: u32, finding: Finding) {
        let last = self.findings.last().map(|(_, last)| last);
        let finding = match last.filter(|last| ***last == finding) {
            Some(last) => Arc::clone(last),
            None => Arc::new(finding),
        };
        self.findings.push((index, finding));
    }
}

/// Cuts items in order of key into spans of whole groups, of some [`SPAN_MEMBERS`] items each.
fn spans(mut keyed: &[Keyed]) -> impl Iterator<Item = &[Keyed]> {
    std::iter::from_fn(move || {
        let mut n_members = 0;
        for group in keyed.chunk_by(|a, b| a.0 == b.0) {
            n_members += group.len();
            if n_members >= SPAN_MEMBERS {
                break;
            }
        }
        let (span, rest) = keyed.split_at_checked(n_members)?;
        keyed = rest;
        (!span.is_empty()).then_some(span)
    })
}

impl Span<'_> {
    /// What the test found in these groups, and what came of it on their members.
    fn examine(&self, facts: &FactRows, text_of: &TextOf<'_>, world: &World) -> Examined {
        let mut examined = Examined::default();
        let n_read = if self.group_test.needs_text {
            GROUP_TEXTS_MAX
        } else {
            GROUP_MEMBERS_MAX
        };
        for group in self.keyed.chunk_by(|a, b| a.0 == b.0) {
            let shown = group
                .get(..group.len().min(GROUP_MEMBERS_MAX))
                .unwrap_or(group);
            let found = examine_group(self.group_test, facts, shown, text_of, world);
            let state = if found.is_some() {
                State::Compared
            } else {
                State::Failed
            };
            examined
                .states
                .extend(group.iter().enumerate().map(|(place, (_, index))| {
                    let state = match place {
                        _ if place >= shown.len() => State::Beyond,
                        _ if place >= n_read => State::TextBeyond.max(state),
                        _ => state,
                    };
                    (*index, state)
                }));
            for (item, finding) in found.into_iter().flatten() {
                let place = facts.place_of(&item);
                if let Some(index) = place.and_then(|place| u32::try_from(place).ok()) {
                    let test = Cow::Borrowed(self.test.id);
                    examined.add(index, Finding { test, ..finding });
                }
            }
        }
        examined
    }
}

/// What came of one test on one item. An item lies in several groups; what comes last here is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    NoKey,
    NotOriginal,
    Alone,
    Compared,
    /// It was shown to the test without its text.
    TextBeyond,
    Beyond,
    Failed,
    Found,
}

impl State {
    /// Why there is no finding; `None` where there is one.
    const fn reason(self, group_test: GroupTest) -> Option<&'static str> {
        Some(match self {
            Self::NoKey => group_test.not_applicable,
            Self::NotOriginal => assembled::NOT_ORIGINAL,
            Self::Alone => "no other item of the collection to compare it with",
            Self::Compared => "nothing to report on the items it was compared with",
            Self::TextBeyond => {
                "its text was not compared: too many items share what it would be compared by"
            }
            Self::Beyond => "too many items share what it would be compared by",
            Self::Failed => "the test stopped with an internal error",
            Self::Found => return None,
        })
    }
}

fn set(state: &mut [State], index: u32, value: State) {
    if let Some(slot) = state.get_mut(place(index)) {
        *slot = value.max(*slot);
    }
}

/// Whether a test must not see an item, since its bytes are not the original ones.
fn is_left_out(test: &Test, facts: &Facts) -> bool {
    let is_assembled = facts
        .message
        .as_ref()
        .is_some_and(|message| message.is_assembled);
    is_assembled && !assembled::is_grouped(test)
}

/// The items of every test that share a key with others, each list in order of key and item, and what came of each test
/// on each item before any group was examined.
fn keyed_items(
    tests: &[(&'static Test, GroupTest)],
    facts: &FactRows,
    stretches: &[Range<usize>],
    n_threads: usize,
) -> (Vec<Vec<Keyed>>, Vec<GroupRun>) {
    let mut of_tests: Vec<Vec<KeyedStretch>> = tests.iter().map(|_| Vec::new()).collect();
    let of_stretches = in_parallel(n_threads, stretches, |stretch| {
        keyed_in_stretch(tests, &facts.between(stretch.clone()), stretch.start)
    });
    for of_stretch in of_stretches {
        for (of_test, one) in of_tests.iter_mut().zip(of_stretch) {
            of_test.push(one);
        }
    }
    // What one test needs is taken out of the list, and its memory given back, when it is put together.
    let of_tests: Vec<_> = tests
        .iter()
        .zip(of_tests.into_iter().map(Mutex::new))
        .collect();
    in_parallel(n_threads, &of_tests, |((_, group_test), of_test)| {
        let of_test = std::mem::take(&mut *of_test.lock().unwrap_or_else(PoisonError::into_inner));
        put_together(group_test, of_test, facts.len())
    })
    .into_iter()
    .unzip()
}

fn put_together(
    group_test: &GroupTest,
    stretches: Vec<KeyedStretch>,
    n_items: usize,
) -> (Vec<Keyed>, GroupRun) {
    let n_keys = stretches.iter().map(|one| one.keyed.len()).sum();
    let (mut keyed, mut left_out) = (Vec::with_capacity(n_keys), Vec::new());
    for stretch in stretches {
        keyed.extend(stretch.keyed);
        left_out.extend(stretch.left_out);
    }
    keyed.sort_unstable();
    keyed.dedup();
    let mut run = GroupRun::of_alone(&keyed, n_items);
    for index in left_out {
        set(&mut run.states, index, State::NotOriginal);
    }
    let shared: Vec<Keyed> = keyed
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|group| group.len() >= group_test.members_min)
        .flatten()
        .copied()
        .collect();
    (shared, run)
}

/// An item of one test: the key, and the place of the item among the facts.
type Keyed = (Key, u32);

fn place(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// The items of a stretch for one test.
#[derive(Default)]
struct KeyedStretch {
    keyed: Vec<Keyed>,
    /// Those that the test must not see.
    left_out: Vec<u32>,
}

/// The items of a stretch that begins at the place `start`, for each test.
fn keyed_in_stretch(
    tests: &[(&'static Test, GroupTest)],
    rows: &[Row<'_>],
    start: usize,
) -> Vec<KeyedStretch> {
    let keyed = |(test, group_test): &(&'static Test, GroupTest)| {
        let mut of_test = KeyedStretch::default();
        for (row, index) in rows.iter().zip(u32::try_from(start).unwrap_or(u32::MAX)..) {
            if is_left_out(test, row) {
                of_test.left_out.push(index);
            } else {
                let keys = (group_test.keys)(row).into_iter();
                of_test.keyed.extend(keys.map(|key| (key, index)));
            }
        }
        of_test
    };
    tests.iter().map(keyed).collect()
}

fn examine_group(
    group_test: GroupTest,
    facts: &FactRows,
    group: &[Keyed],
    text_of: &TextOf<'_>,
    world: &World,
) -> Option<Vec<(ItemId, Finding)>> {
    let places: Vec<usize> = group.iter().map(|(_, index)| place(*index)).collect();
    let rows = facts.at(&places);
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
