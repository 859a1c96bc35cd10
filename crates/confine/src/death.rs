//! Why a worker gave no answer.

use std::process::ExitStatus;

use crate::Terms;
use crate::frame::Unread;

/// Why a worker gave no answer, in words for the reader of a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Death {
    /// It panicked.
    #[error("the decoder stopped with an internal error")]
    Panicked,
    /// It asked for more memory than it may have.
    #[error("the decoder needed more than {0} MiB of memory")]
    Memory(u64),
    /// It nested calls too deep.
    #[error("the decoder ran out of stack")]
    Stack,
    /// It computed too long.
    #[error("the decoder took more than {0} seconds of processor time")]
    Processor(u64),
    /// It gave no sign of life.
    #[error("the decoder gave no answer within {0} seconds")]
    Silence(u64),
    /// It tried something that a decoder has no need of.
    #[error("the decoder tried a system call that it has no need of (SIGSYS)")]
    Forbidden,
    /// A signal ended it.
    #[error("the decoder was ended by signal {0}")]
    Signal(i32),
    /// It ended by itself.
    #[error("the decoder ended by itself with exit code {0}")]
    Exit(i32),
    /// What it said cannot be understood.
    #[error("the decoder gave an answer that cannot be understood")]
    Garbage,
    /// What it said does not end.
    #[error("the decoder gave an answer of more than {0} MiB")]
    Flood(u64),
}

impl Death {
    /// Whether something outside of the item may have been the cause.
    pub(crate) const fn may_be_foreign(&self) -> bool {
        matches!(self, Self::Silence(_) | Self::Signal(_))
    }

    pub(crate) fn of_frame(unread: &Unread, answer_bytes_max: u64) -> Option<Self> {
        match unread {
            Unread::Gone => None,
            Unread::Garbage => Some(Self::Garbage),
            Unread::TooLarge => Some(Self::Flood(answer_bytes_max >> 20)),
        }
    }

    /// From how it ended and what it said last on standard error.
    pub(crate) fn of(
        status: ExitStatus,
        last_words: &str,
        was_silent: bool,
        terms: &Terms,
    ) -> Self {
        if was_silent {
            return Self::Silence(terms.silence_seconds);
        }
        // The words of the standard library's runtime.
        if last_words.contains("memory allocation of") {
            return Self::Memory(terms.memory_bytes >> 20);
        }
        if last_words.contains("overflowed its stack") {
            return Self::Stack;
        }
        Self::of_status(status, terms)
    }

    #[cfg(unix)]
    fn of_status(status: ExitStatus, terms: &Terms) -> Self {
        use std::os::unix::process::ExitStatusExt as _;

        use rustix::process::Signal;

        match status.signal() {
            Some(signal) if signal == Signal::XCPU.as_raw() => {
                Self::Processor(terms.processor_seconds)
            }
            Some(signal) if signal == Signal::SYS.as_raw() => Self::Forbidden,
            Some(signal) => Self::Signal(signal),
            None => Self::Exit(status.code().unwrap_or_default()),
        }
    }

    #[cfg(not(unix))]
    fn of_status(status: ExitStatus, _: &Terms) -> Self {
        Self::Exit(status.code().unwrap_or_default())
    }
}
