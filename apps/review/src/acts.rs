//! Decisions: one thread writes them to the custody log, several at once, and answers when they are on the disk.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use anyhow::Context as _;
use mabillon_case::ItemId;
use mabillon_keep::review::{ACT, Act, Changes, Done, NotDone, Review, Reviews};
use mabillon_keep::{Case, CustodyEntry, KeepError, NewLine};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::session::Role;
use crate::time;

/// Requests that wait for the thread that writes.
const QUEUE_MAX: usize = 1024;
/// Lines written at once.
const LINES_MAX: usize = 512;
/// Items of one act on many.
const MANY_MAX: usize = 500;
/// Lines of the custody log in one answer.
const CUSTODY_LINES_MAX: u64 = 1000;

/// What came of one act: how the item stands after it, and whether it was done now.
type Outcome = Result<(Review, bool), NotDone>;

/// Something to be written.
struct Wish {
    who: String,
    what: What,
    answer: SyncSender<Result<Vec<Outcome>, String>>,
}

enum What {
    /// Acts of one reviewer.
    Acts(Vec<Act>),
    /// Another line of the log: act and detail.
    Line(String, String),
}

/// The decisions of a running server.
pub(crate) struct Acts {
    wishes: Mutex<Option<SyncSender<Wish>>>,
    reviews: std::sync::Arc<RwLock<Reviews>>,
    thread: Mutex<Option<JoinHandle<Result<(), KeepError>>>>,
}

impl Acts {
    /// Starts the thread that writes to `case`.
    pub(crate) fn start(case: Case) -> anyhow::Result<Self> {
        let reviews = Reviews::read(&case)?;
        let shared = std::sync::Arc::new(RwLock::new(reviews.clone()));
        let (wishes, queue) = sync_channel(QUEUE_MAX);
        let writer = Writer {
            case,
            ahead: reviews,
            shared: std::sync::Arc::clone(&shared),
        };
        let thread = std::thread::Builder::new()
            .name("acts".to_owned())
            .spawn(move || writer.run(&queue));
        let thread = thread.context("failed to start a thread")?;
        Ok(Self {
            wishes: Mutex::new(Some(wishes)),
            reviews: shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Reads how items stand.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Reviews) -> T) -> T {
        read(&self.reviews.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn ask(&self, who: &str, what: What) -> Result<Vec<Outcome>, Refusal> {
        let ended = || Refusal::new(503, "busy", "the server is ending");
        let wishes = self
            .wishes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(ended)?;
        let (answer, answered) = sync_channel(1);
        wishes
            .send(Wish {
                who: who.to_owned(),
                what,
                answer,
            })
            .map_err(|_| ended())?;
        answered
            .recv()
            .map_err(|_| ended())?
            .map_err(|says| Refusal::internal(&says))
    }

    /// Adds a line to the custody log. When this returns it is on the disk.
    pub(crate) fn note(&self, who: &str, act: &str, detail: String) -> Result<(), Refusal> {
        self.ask(who, What::Line(act.to_owned(), detail))
            .map(|_| ())
    }

    /// Writes what still waits and leaves the case as one plain file.
    pub(crate) fn end(&self) -> Result<(), KeepError> {
        self.wishes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        thread.map_or(Ok(()), |thread| thread.join().unwrap_or(Ok(())))
    }
}

struct Writer {
    case: Case,
    /// With what is about to be written; the shared one holds only what is on the disk.
    ahead: Reviews,
    shared: std::sync::Arc<RwLock<Reviews>>,
}

impl Writer {
    fn run(mut self, queue: &Receiver<Wish>) -> Result<(), KeepError> {
        while let Ok(first) = queue.recv() {
            let mut batch = vec![first];
            let mut n_lines = 1;
            while n_lines < LINES_MAX
                && let Ok(wish) = queue.try_recv()
            {
                n_lines += if let What::Acts(acts) = &wish.what {
                    acts.len()
                } else {
                    1
                };
                batch.push(wish);
            }
            self.write(batch);
        }
        self.case.end_review()
    }

    fn write(&mut self, batch: Vec<Wish>) {
        let mut lines = Vec::new();
        let outcomes: Vec<Vec<Outcome>> = batch
            .iter()
            .map(|wish| self.plan(wish, &mut lines))
            .collect();
        let written = if lines.is_empty() {
            Ok(Vec::new())
        } else {
            self.case.custody_append_all(&lines)
        };
        let written = written
            .map_err(|error| error.to_string())
            .and_then(|entries| {
                let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
                entries
                    .iter()
                    .try_for_each(|entry| shared.apply(entry).map(|_| ()))
            });
        if written.is_err() {
            // Nothing of this batch was done.
            self.ahead = self
                .shared
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
        }
        for (wish, outcome) in batch.into_iter().zip(outcomes) {
            // Who asked may be gone; what was asked for is done all the same.
            let _ = wish.answer.send(written.clone().map(|()| outcome));
        }
    }

    fn plan(&mut self, wish: &Wish, lines: &mut Vec<NewLine>) -> Vec<Outcome> {
        let line = |act: &str, detail: String| NewLine {
            time: time::now(),
            who: wish.who.clone(),
            act: act.to_owned(),
            detail,
        };
        match &wish.what {
            What::Line(act, detail) => {
                let new = line(act, detail.clone());
                let _ = self.ahead.apply(&as_entry(&new, self.ahead.seq() + 1));
                lines.push(new);
                Vec::new()
            }
            What::Acts(acts) => acts
                .iter()
                .map(|act| match self.ahead.plan(act) {
                    Ok(detail) => {
                        let new = line(ACT, detail);
                        let entry = as_entry(&new, self.ahead.seq() + 1);
                        self.ahead.apply(&entry).map_err(NotDone::Wrong)?;
                        lines.push(new);
                        Ok((self.ahead.of(&act.item).cloned().unwrap_or_default(), true))
                    }
                    Err(NotDone::Before(now)) => Ok((*now, false)),
                    Err(not_done) => Err(not_done),
                })
                .collect(),
        }
    }
}

/// The line as it will stand in the log, but for its hashes.
fn as_entry(line: &NewLine, seq: u64) -> CustodyEntry {
    CustodyEntry {
        seq,
        time: line.time.clone(),
        who: line.who.clone(),
        act: line.act.clone(),
        detail: line.detail.clone(),
        previous: [0; 32],
        hash: [0; 32],
    }
}

/// REVIEW of the API.
pub(crate) fn shown(item: &ItemId, review: &Review) -> Value {
    json!({
        "item": item.to_string(),
        "version": review.version,
        "decision": review.decision.map(mabillon_keep::review::Decision::word),
        "decided_by": review.decided_by,
        "decided_at": review.decided_at,
        "tags": review.tags,
        "assigned": review.assigned,
        "notes": review.notes,
        "seq": review.seq,
    })
}

#[derive(Deserialize)]
struct OneBody {
    act: String,
    #[serde(default)]
    version: Option<u64>,
}

/// The changes of a body: what stands beside the fields named.
fn changes(call: &Call<'_>, besides: &[&str]) -> Result<Changes, Refusal> {
    let mut body: Value = call.json()?;
    if let Some(fields) = body.as_object_mut() {
        for field in besides {
            fields.remove(*field);
        }
    }
    serde_json::from_value(body).map_err(|error| Refusal::new(400, "bad-json", error.to_string()))
}

fn act_id(act: &str) -> Result<(), Refusal> {
    let is_plain = act
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_plain && (16..=64).contains(&act.len()) {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "bad-json",
        "act must be 16 to 64 of A-Z a-z 0-9 -",
    ))
}

/// The item named in a path.
pub(crate) fn known(desk: &Desk, text: &str) -> Result<ItemId, Refusal> {
    let item = text.parse::<ItemId>().ok();
    item.filter(|item| desk.table.index(item).is_some())
        .ok_or_else(|| Refusal::not_found("item"))
}

/// `POST /api/items/{item}/review`
pub(crate) fn review(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let item = known(desk, call.first())?;
    let body: OneBody = call.json()?;
    act_id(&body.act)?;
    let act = Act {
        id: body.act,
        item,
        version: body.version,
        changes: changes(call, &["act", "version"])?,
    };
    let id = act.id.clone();
    let outcome = desk
        .acts
        .ask(call.visitor.name(), What::Acts(vec![act]))?
        .pop();
    match outcome.ok_or_else(|| Refusal::internal(&"nothing was done"))? {
        Ok((review, is_new)) => {
            let shown = shown(&item, &review);
            if is_new {
                desk.live
                    .review(review.seq, &shown, call.visitor.name(), &id);
            }
            Ok(Reply::json(shown))
        }
        Err(NotDone::Before(now)) => Ok(Reply::json(shown(&item, &now))),
        Err(NotDone::Conflict(theirs)) => {
            let says = "somebody else was first; look at how it stands now and decide again";
            let refusal = Refusal::new(409, "conflict", says);
            Err(Refusal {
                more: Some(("theirs", shown(&item, &theirs))),
                ..refusal
            })
        }
        Err(NotDone::OtherAct) => Err(Refusal::new(
            409,
            "act-reused",
            "another act was done under this id",
        )),
        Err(NotDone::Wrong(says)) => Err(Refusal::new(400, "bad-json", says)),
    }
}

#[derive(Deserialize)]
struct ManyBody {
    act: String,
    items: Vec<ManyItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManyItem {
    item: String,
    version: u64,
}

/// `POST /api/reviews`
pub(crate) fn reviews(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let body: ManyBody = call.json()?;
    act_id(&body.act)?;
    if body.items.len() > MANY_MAX {
        return Err(Refusal::new(
            422,
            "too-much",
            format!("one act can be on {MANY_MAX} items at most"),
        ));
    }
    let changes = changes(call, &["act", "items"])?;
    let mut acts = Vec::with_capacity(body.items.len());
    for one in &body.items {
        let item = known(desk, &one.item)?;
        acts.push(Act {
            id: body.act.clone(),
            item,
            version: Some(one.version),
            changes: changes.clone(),
        });
    }
    let items: Vec<ItemId> = acts.iter().map(|act| act.item).collect();
    let outcomes = desk.acts.ask(call.visitor.name(), What::Acts(acts))?;
    let (mut done, mut conflicts) = (Vec::new(), Vec::new());
    for (item, outcome) in items.iter().zip(outcomes) {
        match outcome {
            Ok((review, is_new)) => {
                let shown = shown(item, &review);
                if is_new {
                    desk.live
                        .review(review.seq, &shown, call.visitor.name(), &body.act);
                }
                done.push(shown);
            }
            Err(NotDone::Conflict(now) | NotDone::Before(now)) => conflicts.push(shown(item, &now)),
            Err(NotDone::OtherAct) => {
                return Err(Refusal::new(
                    409,
                    "act-reused",
                    "another act was done under this id",
                ));
            }
            Err(NotDone::Wrong(says)) => return Err(Refusal::new(400, "bad-json", says)),
        }
    }
    Ok(Reply::json(json!({"done": done, "conflicts": conflicts})))
}

/// `GET /api/items/{item}/history`
pub(crate) fn history(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let item = known(desk, call.first())?;
    let entries = desk.with_case(|case| Ok(case.custody()?))?;
    let acts: Vec<Value> = entries
        .iter()
        .filter_map(|entry| Some((entry, Done::of(entry).ok()??)))
        .filter(|(_, done)| done.item == item)
        .map(|(entry, done)| {
            json!({"seq": entry.seq, "at": entry.time, "by": entry.who, "act": done.act, "changes": done.changes, "version": done.version})
        })
        .collect();
    Ok(Reply::json(json!({"acts": acts})))
}

/// `GET /api/custody`
pub(crate) fn custody(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let after = call.query.number("after")?.unwrap_or_default();
    let limit = call
        .query
        .number("limit")?
        .unwrap_or(200)
        .min(CUSTODY_LINES_MAX);
    let (entries, total) =
        desk.with_case(|case| Ok(case.custody_after(after, usize::try_from(limit).unwrap_or(1))?))?;
    let lines: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let hash = ItemId(entry.hash).to_string();
            json!({"seq": entry.seq, "at": entry.time, "by": entry.who, "act": entry.act, "detail": entry.detail, "hash": hash})
        })
        .collect();
    Ok(Reply::json(json!({"lines": lines, "total": total})))
}

/// `GET /api/reviewers`
#[expect(clippy::unnecessary_wraps, reason = "the type of every route")]
pub(crate) fn reviewers(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let here = desk.live.names();
    let mut rows: std::collections::BTreeMap<String, (&str, u64)> = desk
        .accounts
        .names()
        .map(|(name, role)| (name.to_owned(), (role.word(), 0)))
        .collect();
    for name in here.iter().map(String::as_str).chain([call.visitor.name()]) {
        rows.entry(name.to_owned())
            .or_insert((Role::Reviewer.word(), 0));
    }
    desk.acts.with(|reviews| {
        for (_, review) in reviews.iter() {
            if let (Some(_), Some(by)) = (review.decision, &review.decided_by) {
                rows.entry(by.clone())
                    .or_insert((Role::Reviewer.word(), 0))
                    .1 += 1;
            }
        }
    });
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|(name, (role, decided))| json!({"is_here": here.contains(&name), "name": name, "role": role, "decided": decided}))
        .collect();
    Ok(Reply::json(json!({"reviewers": rows})))
}
