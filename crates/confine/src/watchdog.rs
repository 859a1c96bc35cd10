//! Ends a worker that says nothing for too long.

use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a worker may take to end once it has closed its output.
const ENDING_MAX: Duration = Duration::from_secs(5);

/// Watches one worker.
pub(crate) struct Watchdog {
    watched: Arc<Watched>,
    thread: Option<JoinHandle<()>>,
}

struct Watched {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    child: Child,
    /// When it was asked, as long as it owes an answer.
    asked: Option<Instant>,
    was_silent: bool,
    is_over: bool,
}

impl Watched {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watchdog {
    pub(crate) fn start(child: Child, silence: Duration) -> std::io::Result<Self> {
        let watched = Arc::new(Watched {
            state: Mutex::new(State {
                child,
                asked: None,
                was_silent: false,
                is_over: false,
            }),
            changed: Condvar::new(),
        });
        let mut watchdog = Self {
            watched: Arc::clone(&watched),
            thread: None,
        };
        let thread = std::thread::Builder::new().name("watchdog".to_owned());
        watchdog.thread = Some(thread.spawn(move || watch(&watched, silence))?);
        Ok(watchdog)
    }

    /// The worker owes an answer from now on.
    pub(crate) fn owes(&self) {
        self.watched.state().asked = Some(Instant::now());
    }

    /// The worker has answered.
    pub(crate) fn is_quits(&self) {
        self.watched.state().asked = None;
    }

    /// How a worker ended that has closed its output, and whether it was for its silence. One that lives on is killed.
    pub(crate) fn end(&self) -> std::io::Result<(ExitStatus, bool)> {
        let closed = Instant::now();
        loop {
            let mut state = self.watched.state();
            if let Some(status) = state.child.try_wait()? {
                return Ok((status, state.was_silent));
            }
            if closed.elapsed() > ENDING_MAX {
                state.was_silent = true;
                state.child.kill()?;
            }
            drop(state);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Kills the worker, if it has not ended.
    pub(crate) fn kill(&self) {
        let _ = self.watched.state().child.kill();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let mut state = self.watched.state();
        state.is_over = true;
        let _ = state.child.kill();
        let _ = state.child.wait();
        drop(state);
        self.watched.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Looks four times within the longest silence; nobody wakes it for a question, which keeps questions cheap.
fn watch(watched: &Watched, silence: Duration) {
    let mut state = watched.state();
    while !state.is_over {
        if state.asked.is_some_and(|asked| asked.elapsed() >= silence) {
            state.was_silent = true;
            let _ = state.child.kill();
        }
        state = watched
            .changed
            .wait_timeout(state, silence / 4)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
}
