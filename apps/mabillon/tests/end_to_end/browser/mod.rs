//! The review in a real browser: the real program serves a case, Chromium shows it.

mod chromium;
mod hostile;
mod payloads;
mod pictures;
mod quiet;
mod review;
mod ways;
