//! Many reviewers decide at once while the server is killed again and again: no acknowledged decision is lost, doubled
//! or overwritten.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mabillon_keep::Case;
use mabillon_keep::review::Done;
use serde_json::{Value, json};

use crate::command::run;
use crate::desk::http::Client;
use crate::desk::served::{Served, invited};

/// Reviewers, decisions, kills: `cargo xtask serve-kill` asks for more than each run of the tests does.
const SMALL: [usize; 3] = [8, 400, 3];
const LOAD: &str = "MABILLON_REVIEW_LOAD";

const WORDS: [&str; 3] = ["use", "do-not-use", "needs-work"];

/// A decision that the server acknowledged: the item and its version after it; the act, who and what.
type Acknowledged = BTreeMap<(String, u64), (String, String, String)>;

/// What all reviewers share.
struct Load {
    items: Vec<String>,
    wanted: usize,
    acknowledged: Mutex<Acknowledged>,
    n_conflicts: AtomicUsize,
    n_repeated: AtomicUsize,
    /// Links of the server that runs now, by reviewer, and its number.
    links: Mutex<(usize, Vec<String>)>,
}

#[test]
fn no_acknowledged_decision_is_lost_doubled_or_overwritten() {
    let [n_reviewers, n_decisions, n_kills] = asked_for();
    let started = Instant::now();
    let mut served = Served::of_the_sample();
    let load = Load::of(&mut served.lead(), n_decisions);
    std::thread::scope(|scope| {
        for n in 0..n_reviewers {
            let load = &load;
            scope.spawn(move || load.decide(n));
        }
        for kill in 1..=n_kills + 1 {
            served.kill();
            served.start(&[]);
            load.let_in(&served, n_reviewers);
            while load.n_done() < n_decisions * kill / (n_kills + 1) {
                std::thread::sleep(Duration::from_millis(3));
            }
        }
    });
    served.kill();
    let acknowledged = load.acknowledged.into_inner().unwrap();
    let told = run(served.dir(), &["verify", "case"]).ended(0);
    assert!(told.out.contains("as it was sealed"), "{}", told.out);
    let in_log = decisions_in_log(&served);
    assert_eq!(
        acknowledged.len(),
        in_log.len(),
        "as many lines as acknowledged decisions"
    );
    assert_eq!(acknowledged, in_log);
    println!(
        "{n_reviewers} reviewers, {} decisions on {} items, the server killed {n_kills} times under way: all in the log, once, in {:.1} s; \
         {} refused because a colleague was first, {} sent again after a kill",
        in_log.len(),
        load.items.len(),
        started.elapsed().as_secs_f32(),
        load.n_conflicts.into_inner(),
        load.n_repeated.into_inner(),
    );
}

/// Reviewers, decisions, kills of this run.
fn asked_for() -> [usize; 3] {
    let load = std::env::var(LOAD).unwrap_or_default();
    let asked: Vec<usize> = load
        .split(',')
        .filter_map(|number| number.parse().ok())
        .collect();
    asked.try_into().unwrap_or(SMALL)
}

impl Load {
    fn of(lead: &mut Client, wanted: usize) -> Self {
        let list = lead
            .send("GET", "/api/items?limit=200", &Value::Null)
            .unwrap()
            .json();
        let items = list["items"].as_array().unwrap().iter();
        Self {
            items: items
                .map(|row| row["item"].as_str().unwrap().to_owned())
                .collect(),
            wanted,
            acknowledged: Mutex::default(),
            n_conflicts: AtomicUsize::new(0),
            n_repeated: AtomicUsize::new(0),
            links: Mutex::default(),
        }
    }

    fn n_done(&self) -> usize {
        self.acknowledged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Invites everyone to the server that has just been started.
    fn let_in(&self, served: &Served, n_reviewers: usize) {
        let mut lead = served.lead();
        let links =
            (0..n_reviewers).map(|n| invited(&mut lead, &format!("reviewer {n}"), "reviewer"));
        let links = links.collect();
        let mut shared = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        *shared = (shared.0 + 1, links);
    }

    /// Comes into the newest server, waiting for one that was not seen yet.
    fn come_in(&self, n: usize, seen: &mut usize) -> Client {
        loop {
            let (newest, link) = {
                let shared = self.links.lock().unwrap_or_else(PoisonError::into_inner);
                (shared.0, shared.1.get(n).cloned().unwrap_or_default())
            };
            if newest > *seen {
                *seen = newest;
                if let Ok(client) = Client::enter(&link) {
                    return client;
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// One reviewer: decides on one item after the other until enough is done.
    fn decide(&self, n: usize) {
        let mut seen = 0;
        let mut client = self.come_in(n, &mut seen);
        let mut versions: BTreeMap<usize, u64> = BTreeMap::new();
        for turn in 0.. {
            if self.n_done() >= self.wanted {
                return;
            }
            // Reviewers meet at the same items often, and do not march in step.
            let at = (turn * 7 + n * 13 + turn * turn * (n + 3)) % self.items.len();
            let act = format!("reviewer-{n}-act-{turn:06}");
            let word = WORDS[(turn + n) % WORDS.len()];
            let body = json!({"act": act, "version": versions.get(&at).copied().unwrap_or(0), "decision": word});
            let path = format!("/api/items/{}/review", self.items[at]);
            // Without an answer nobody knows whether it was done: it is sent again, under the same name.
            let answer = loop {
                match client.send("POST", &path, &body) {
                    Ok(answer) if answer.status < 500 => break answer,
                    _ => {
                        client = self.come_in(n, &mut seen);
                        self.n_repeated.fetch_add(1, Ordering::Relaxed);
                    }
                }
            };
            let json = answer.json();
            let standing = if answer.status == 409 {
                &json["theirs"]
            } else {
                &json
            };
            let version = standing["version"]
                .as_u64()
                .unwrap_or_else(|| panic!("{json}"));
            versions.insert(at, version);
            if answer.status == 409 {
                self.n_conflicts.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            assert_eq!(answer.status, 200, "{json}");
            // An act that is sent again is answered with how the item stands now; its own version is one more than
            // the one it was made on.
            let own = body["version"].as_u64().unwrap() + 1;
            assert!(version >= own, "{json}");
            let what = (act, format!("reviewer {n}"), word.to_owned());
            let mut acknowledged = self
                .acknowledged
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let before = acknowledged.insert((self.items[at].clone(), own), what);
            assert_eq!(
                before, None,
                "two decisions were acknowledged as version {own}"
            );
        }
    }
}

/// The decisions of the custody log; each act must stand there once, and versions without a gap.
fn decisions_in_log(served: &Served) -> Acknowledged {
    let case = Case::open(&served.dir().path("case")).unwrap();
    let (mut decisions, mut acts, mut newest) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    for entry in case.custody().unwrap() {
        let Some(done) = Done::of(&entry).unwrap() else {
            continue;
        };
        assert!(acts.insert(done.act.clone()), "{} was done twice", done.act);
        let version: &mut u64 = newest.entry(done.item).or_default();
        *version += 1;
        assert_eq!(done.version, *version, "item {}", done.item);
        let word = done.changes.decision.flatten().unwrap().word().to_owned();
        decisions.insert(
            (done.item.to_string(), done.version),
            (done.act, entry.who, word),
        );
    }
    decisions
}
