//! Takes what a worker tells of a container, and goes on past what kills the worker.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use bytes::Bytes;
use mabillon_acquire::{Event, LARGE_BYTES, Leaf, Receiver};
use mabillon_case::{Form, Place};
use mabillon_confine::{Death, Reply, Worker};

use super::wire::{self, Said};

/// Deaths in one container after which the rest of it is left.
const DEATHS_MAX: usize = 16;

/// One container on its way.
pub(super) struct Unpack<'a> {
    place: &'a Place,
    form: Form,
    receiver: &'a mut dyn Receiver,
    /// Paths that are not to be read, and why.
    pub(super) skip: BTreeMap<String, String>,
    /// Events that were passed on.
    n_passed: u64,
    /// What is being read, and how many events had been told when it began.
    entered: Vec<(String, u64)>,
    bytes_max: u64,
    n_deaths: usize,
}

/// How an attempt ended.
pub(super) enum Ended {
    /// Everything was told, or nobody listens any more.
    Done(ControlFlow<()>),
    /// The worker died.
    Died(Death),
}

impl<'a> Unpack<'a> {
    pub(super) fn new(
        place: &'a Place,
        form: Form,
        bytes_max: u64,
        receiver: &'a mut dyn Receiver,
    ) -> Self {
        Self {
            place,
            form,
            receiver,
            skip: BTreeMap::new(),
            n_passed: 0,
            entered: Vec::new(),
            bytes_max,
            n_deaths: 0,
        }
    }

    /// Listens to a worker until it is done. What an earlier one told already is passed over.
    pub(super) fn listen(&mut self, worker: &mut Worker) -> Ended {
        self.entered.clear();
        let mut n_told = 0;
        let mut left = self.bytes_max;
        loop {
            let piece = match worker.next(left) {
                Ok(Reply::Given(piece)) => piece,
                Ok(Reply::Done) => return Ended::Done(ControlFlow::Continue(())),
                Err(death) => return Ended::Died(death),
            };
            left = left.saturating_sub(piece.len() as u64);
            let event = match wire::said(&piece) {
                None => return Ended::Died(Death::Garbage),
                Some(Said::Entered(path)) => {
                    self.entered.push((path, n_told));
                    continue;
                }
                Some(Said::Left) => {
                    self.entered.pop();
                    continue;
                }
                Some(Said::NoSpace(reason)) => {
                    return Ended::Done(self.receiver.no_space(&reason));
                }
                Some(Said::Event(event)) => event,
                Some(Said::LeafWithoutBytes(leaf, n_bytes)) => {
                    match self.content(worker, n_bytes.min(left)) {
                        Ok(bytes) => {
                            left = left.saturating_sub(bytes.len() as u64);
                            // Who an item is, is our own word, never that of a worker.
                            let item = None;
                            Event::Leaf(Leaf {
                                bytes,
                                item,
                                ..leaf
                            })
                        }
                        Err(death) => return Ended::Died(death),
                    }
                }
            };
            if !self.is_from_here(&event) {
                return Ended::Died(Death::Garbage);
            }
            n_told += 1;
            if n_told > self.n_passed {
                self.n_passed = n_told;
                if self.receiver.receive(event).is_break() {
                    return Ended::Done(ControlFlow::Break(()));
                }
            }
        }
    }

    /// The bytes of a leaf, as many as were announced.
    fn content(&mut self, worker: &mut Worker, bytes_max: u64) -> Result<Bytes, Death> {
        if bytes_max > LARGE_BYTES {
            self.receiver.make_room(bytes_max);
        }
        match worker.next(bytes_max)? {
            Reply::Given(bytes) => Ok(Bytes::from(bytes)),
            Reply::Done => Err(Death::Garbage),
        }
    }

    /// After a death: what was being read last is left out from now on. `Break` where there is no going on: then the
    /// container is told as not read to its end.
    pub(super) fn bury(&mut self, death: &Death) -> ControlFlow<()> {
        self.n_deaths += 1;
        let culprit = self
            .entered
            .pop()
            .filter(|(path, _)| *path != self.place.path && !self.skip.contains_key(path));
        if let Some((path, n_told)) = culprit.filter(|_| self.n_deaths < DEATHS_MAX) {
            self.n_passed = n_told;
            self.skip.insert(path, death.to_string());
            return ControlFlow::Continue(());
        }
        let _ = self.receiver.receive(Event::NotRead {
            place: self.place.clone(),
            form: Some(self.form),
            reason: death.to_string(),
        });
        ControlFlow::Break(())
    }

    /// Whether an event tells of something in this container: a worker has no say about anything else.
    fn is_from_here(&self, event: &Event) -> bool {
        let (exhibit, origin, path) = match event {
            Event::Leaf(leaf) => (
                &leaf.place.exhibit,
                Some(leaf.place.origin),
                &leaf.place.path,
            ),
            Event::Container { place, .. } | Event::NotRead { place, .. } => {
                (&place.exhibit, Some(place.origin), &place.path)
            }
            Event::Account(account) => (&account.exhibit, None, &account.path),
            Event::Progress { .. } => return true,
        };
        let base = &self.place.path;
        let is_below = base.is_empty()
            || path
                .strip_prefix(base.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('!'));
        *exhibit == self.place.exhibit
            && origin.is_none_or(|origin| origin == self.place.origin)
            && is_below
    }
}
