//! How long the stages of an examination took (`--times`).

use std::time::{Duration, Instant};

/// A clock that is read where a stage ends. What it tells goes to standard error and nowhere else: a case must not depend
/// on it.
pub(crate) struct Stages {
    last: Instant,
    took: Vec<(&'static str, Duration)>,
}

impl Stages {
    pub(crate) fn begin() -> Self {
        Self {
            last: Instant::now(),
            took: Vec::new(),
        }
    }

    /// Ends the stage that has been under way since the last one ended.
    pub(crate) fn end(&mut self, name: &'static str) {
        let now = Instant::now();
        self.took.push((name, now - self.last));
        self.last = now;
    }

    /// One line for each stage: its seconds, its share of all, its name.
    pub(crate) fn in_words(&self) -> String {
        let all: Duration = self.took.iter().map(|(_, took)| *took).sum();
        let all = all.as_secs_f64().max(f64::MIN_POSITIVE);
        let lines: Vec<String> = self
            .took
            .iter()
            .map(|(name, took)| {
                let seconds = took.as_secs_f64();
                format!("{seconds:9.3} s {:5.1} %  {name}", seconds / all * 100.0)
            })
            .collect();
        lines.join("\n")
    }
}
