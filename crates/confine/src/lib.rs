//! Worker processes that can do nothing but compute, for decoders of hostile bytes.
//!
//! A [`Worker`] is the same program started again, with no environment of the user, that calls [`serve`] as the first thing it
//! does. Before it reads a byte of an exhibit it gives up everything a decoder has no need of ([`Isolation::Locked`]):
//! Landlock takes the file system and the network, seccomp all system calls but a few, resource limits bound memory and
//! processor time. From then on it can read its standard input, compute, and write its standard output.
//!
//! Questions and answers are frames of bounded size. Whatever ends a worker costs one question, with a reason in plain
//! words ([`Death`]); [`Desk`] asks again in a fresh worker before it believes it, so that the same question always has
//! the same answer, whatever was asked before.

mod death;
mod desk;
mod frame;
mod lock;
mod serve;
mod terms;
mod watchdog;
mod worker;

pub use death::Death;
pub use desk::{Asked, Desk};
pub use serve::{Answer, OnFile, OnQuestion, Prepare, Work, serve};
pub use terms::{Isolation, Terms};
pub use worker::{Program, Reply, StartError, Worker};
