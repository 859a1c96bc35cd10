//! The hash of a mailbox and those of its messages, in the pass that reads them.
//!
//! Both go over the same bytes, and two hashes side by side take little longer than one. In a long mailbox that is done on
//! a thread of its own, so that reading does not wait for it; the messages are told once they are hashed, in order.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use bytes::Bytes;
use mabillon_case::ItemId;
use mabillon_hash::{Sha256, update_both};

use super::split::{Piece, Sink};

/// Bytes after which hashing moves to a thread of its own: below, the thread would cost more than it saves.
const THREAD_AFTER_BYTES: u64 = 8 << 20;

/// Windows that may wait for the hashing thread, and be hashed before their messages are told.
const QUEUE_LENGTH: usize = 4;

/// Whose hashes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hashed {
    /// That of the mailbox.
    Mailbox,
    /// That of the mailbox and that of each message.
    MailboxAndMessages,
}

/// What came of one window.
struct Window {
    /// The bytes that were not hashed before, to the end of the last message in it.
    new: Bytes,
    /// What was found in it, in order.
    pieces: Vec<Piece>,
}

/// Hashes a mailbox window by window.
pub(crate) struct WindowHasher {
    hashed: Hashed,
    n_bytes: u64,
    state: State,
}

enum State {
    Here(Sha256),
    Thread(HashThread),
}

struct HashThread {
    windows: SyncSender<Window>,
    done: Receiver<Vec<Piece>>,
    n_waiting: usize,
    thread: JoinHandle<Sha256>,
}

impl WindowHasher {
    pub(crate) fn new(hashed: Hashed) -> Self {
        Self {
            hashed,
            n_bytes: 0,
            state: State::Here(Sha256::new()),
        }
    }

    /// Hashes the next bytes of the mailbox and what was found in them; what is hashed by then is given on. Where they end
    /// with a message, all of them go side by side with messages.
    pub(crate) fn add(
        &mut self,
        new: Bytes,
        pieces: Vec<Piece>,
        sink: &mut Sink<'_>,
    ) -> ControlFlow<()> {
        self.n_bytes += new.len() as u64;
        if self.n_bytes > THREAD_AFTER_BYTES {
            self.move_to_thread();
        }
        let window = Window { new, pieces };
        match &mut self.state {
            State::Here(mailbox) => window
                .hash(self.hashed, mailbox)
                .into_iter()
                .try_for_each(sink),
            State::Thread(thread) => {
                // The thread ends only when its sender is dropped, so the send cannot fail.
                drop(thread.windows.send(window));
                thread.n_waiting += 1;
                thread.give(QUEUE_LENGTH, sink)
            }
        }
    }

    fn move_to_thread(&mut self) {
        let State::Here(mailbox) = &self.state else {
            return;
        };
        // Without a thread the work goes on here.
        if let Ok(thread) = HashThread::start(self.hashed, mailbox.clone()) {
            self.state = State::Thread(thread);
        }
    }

    /// Gives on what waits still.
    pub(crate) fn give_rest(&mut self, sink: &mut Sink<'_>) -> ControlFlow<()> {
        match &mut self.state {
            State::Here(_) => ControlFlow::Continue(()),
            State::Thread(thread) => thread.give(0, sink),
        }
    }

    /// The hash of the mailbox.
    pub(crate) fn finish(self) -> ItemId {
        let mailbox = match self.state {
            State::Here(mailbox) => mailbox,
            State::Thread(HashThread {
                windows, thread, ..
            }) => {
                drop(windows);
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        };
        ItemId(mailbox.finish())
    }
}

impl HashThread {
    fn start(hashed: Hashed, mut mailbox: Sha256) -> std::io::Result<Self> {
        let (windows, waiting) = sync_channel::<Window>(QUEUE_LENGTH);
        let (finished, done) = channel();
        let thread = std::thread::Builder::new()
            .name("hash".into())
            .spawn(move || {
                for window in waiting {
                    // Nobody waits any longer where the acquisition was stopped.
                    let _ = finished.send(window.hash(hashed, &mut mailbox));
                }
                mailbox
            })?;
        Ok(Self {
            windows,
            done,
            n_waiting: 0,
            thread,
        })
    }

    /// Gives on what is hashed, until no more windows wait than these.
    fn give(&mut self, n_waiting_max: usize, sink: &mut Sink<'_>) -> ControlFlow<()> {
        while self.n_waiting > 0 {
            let done = if self.n_waiting > n_waiting_max {
                self.done.recv().ok()
            } else {
                self.done.try_recv().ok()
            };
            // Where nothing comes the thread is at work still, or stopped with an error that `finish` tells.
            let Some(pieces) = done else { break };
            self.n_waiting -= 1;
            pieces.into_iter().try_for_each(&mut *sink)?;
        }
        ControlFlow::Continue(())
    }
}

impl Window {
    /// Works the window into the hash of the mailbox; gives the pieces, their messages hashed where that is wanted.
    fn hash(mut self, hashed: Hashed, mailbox: &mut Sha256) -> Vec<Piece> {
        let mut rest = &*self.new;
        if hashed == Hashed::MailboxAndMessages {
            for piece in &mut self.pieces {
                if let Piece::Message { bytes, item, .. } = piece {
                    let n_beside = bytes.len().min(rest.len());
                    let (beside, behind) = rest.split_at_checked(n_beside).unwrap_or_default();
                    let mut message = Sha256::new();
                    update_both(&mut message, bytes, mailbox, beside);
                    *item = Some(ItemId(message.finish()));
                    rest = behind;
                }
            }
        }
        mailbox.update(rest);
        self.pieces
    }
}
