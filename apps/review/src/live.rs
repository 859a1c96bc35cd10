//! Server-sent events: decisions of the others as they are made, and who is here.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{Sender, channel};

use crate::desk::Desk;
use crate::http::{Call, Content, Refusal, Reply};
use crate::limits::{EVENTS_WAITING_MAX, KEEP_ALIVE, SESSIONS_MAX, STREAMS_PER_SESSION_MAX};
use crate::session::Key;
use crate::time;

struct Stream {
    session: Key,
    name: String,
    to: Sender<Bytes>,
}

/// All streams that are open.
#[derive(Default)]
pub(crate) struct Live {
    streams: Mutex<Vec<Stream>>,
    /// What each session looks at; it may have said so before its stream was open.
    viewing: Mutex<BTreeMap<Key, String>>,
}

fn event(name: &str, id: Option<u64>, data: &Value) -> Bytes {
    let id = id.map_or(String::new(), |id| format!("id: {id}\n"));
    Bytes::from(format!("event: {name}\n{id}data: {data}\n\n"))
}

impl Live {
    fn streams(&self) -> MutexGuard<'_, Vec<Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn viewing(&self) -> MutexGuard<'_, BTreeMap<Key, String>> {
        self.viewing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everyone; a stream that takes nothing any more is closed, and its reader comes again.
    fn tell(&self, bytes: &Bytes) {
        self.streams()
            .retain(|stream| stream.to.try_send(bytes.clone()).is_ok());
    }

    /// Tells of a decision.
    pub(crate) fn review(&self, seq: u64, shown: &Value, by: &str, act: &str) {
        let mut data = shown.clone();
        if let Some(data) = data.as_object_mut() {
            data.insert("by".to_owned(), json!(by));
            data.insert("act".to_owned(), json!(act));
        }
        self.tell(&event("review", Some(seq), &data));
    }

    /// Names of those who are here, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .streams()
            .iter()
            .filter(|stream| !stream.to.is_closed())
            .map(|stream| stream.name.clone())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn tell_who_is_here(&self) {
        let reviewers: Vec<Value> = {
            let mut streams = self.streams();
            streams.retain(|stream| !stream.to.is_closed());
            let viewing = self.viewing();
            streams
                .iter()
                .map(|stream| json!({"name": stream.name, "viewing": viewing.get(&stream.session)}))
                .collect()
        };
        self.tell(&event("here", None, &json!({"reviewers": reviewers})));
    }

    /// Closes all streams.
    pub(crate) fn end(&self) {
        self.tell(&event("end", None, &json!({})));
        self.streams().clear();
    }
}

/// `GET /api/events`
pub(crate) fn events(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let Some(session) = &call.visitor.session else {
        return Err(crate::entry::no_session(desk));
    };
    let (to, from) = channel(EVENTS_WAITING_MAX);
    {
        let mut streams = desk.live.streams();
        streams.retain(|stream| !stream.to.is_closed());
        if streams
            .iter()
            .filter(|stream| stream.session == session.key)
            .count()
            >= STREAMS_PER_SESSION_MAX
        {
            return Err(Refusal::new(
                429,
                "busy",
                format!("a session has {STREAMS_PER_SESSION_MAX} streams at most"),
            ));
        }
        let seq = desk.acts.with(mabillon_keep::review::Reviews::seq);
        let _ = to.try_send(event(
            "hello",
            Some(seq),
            &json!({"seq": seq, "program": desk.settings.program}),
        ));
        // What was missed is not told again piece by piece: the page loads its view anew.
        let last = call.resume.as_ref().and_then(|id| id.parse::<u64>().ok());
        if last.is_some_and(|last| last != seq) {
            let _ = to.try_send(event("lost", None, &json!({})));
        }
        let stream = Stream {
            session: session.key,
            name: session.name.clone(),
            to: to.clone(),
        };
        streams.push(stream);
    }
    desk.live.tell_who_is_here();
    keep_alive(to);
    Ok(Reply::of(200, Content::Events(from)))
}

/// A comment now and then, until the reader is gone or the server ends.
fn keep_alive(to: Sender<Bytes>) {
    let weak = to.downgrade();
    drop(to);
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(KEEP_ALIVE).await;
                let Some(to) = weak.upgrade() else { return };
                if to
                    .try_send(Bytes::from_static(b": still here\n\n"))
                    .is_err()
                {
                    return;
                }
            }
        });
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Here {
    viewing: Option<String>,
}

/// `POST /api/here`
pub(crate) fn here(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let body: Here = call.json()?;
    let viewing = body
        .viewing
        .map(|item| crate::acts::known(desk, &item))
        .transpose()?
        .map(|item| item.to_string());
    let Some(session) = &call.visitor.session else {
        return Err(crate::entry::no_session(desk));
    };
    if desk.sessions.is_open(&session.key, time::now_seconds()) {
        let mut shared = desk.live.viewing();
        match viewing {
            Some(item) => {
                // Sessions that ended leave their entry behind.
                if shared.len() >= SESSIONS_MAX {
                    shared.clear();
                }
                shared.insert(session.key, item);
            }
            None => {
                shared.remove(&session.key);
            }
        }
    }
    desk.live.tell_who_is_here();
    Ok(Reply::nothing())
}
