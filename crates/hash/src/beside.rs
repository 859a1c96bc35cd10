//! Inputs that wait to be hashed, and are hashed beside others.

use crate::{Sha256, update_both};

/// Inputs that are hashed beside whatever else is hashed, and together at the end.
#[derive(Default)]
pub struct Beside<'a> {
    /// Those that were not begun, last first.
    waiting: Vec<Running<'a>>,
    /// The one that is being hashed.
    running: Option<Running<'a>>,
    hashes: Vec<[u8; 32]>,
}

/// An input, as far as it is not hashed yet.
struct Running<'a> {
    place: usize,
    rest: &'a [u8],
    hash: Sha256,
}

impl<'a> Beside<'a> {
    /// Inputs that wait.
    pub fn new(inputs: &'a [impl AsRef<[u8]>]) -> Self {
        let all = inputs.iter().enumerate().rev();
        Self {
            waiting: all
                .map(|(place, input)| Running {
                    place,
                    rest: input.as_ref(),
                    hash: Sha256::new(),
                })
                .collect(),
            running: None,
            hashes: vec![[0; 32]; inputs.len()],
        }
    }

    /// Adds bytes to another hash, as [`Sha256::update`] does, and as many bytes of what waits to theirs.
    pub fn update(&mut self, other: &mut Sha256, mut bytes: &[u8]) {
        while let Some(mut running) = self.running.take().or_else(|| self.waiting.pop()) {
            let n_both = bytes.len().min(running.rest.len());
            let (now, later) = bytes.split_at_checked(n_both).unwrap_or_default();
            let beside = running.take(n_both);
            update_both(other, now, &mut running.hash, beside);
            bytes = later;
            self.go_on_with(running);
            if bytes.is_empty() {
                return;
            }
        }
        other.update(bytes);
    }

    /// The hashes of all inputs, in their order. Those that wait still are hashed two at a time.
    pub fn finish(mut self) -> Vec<[u8; 32]> {
        let next = |beside: &mut Self| beside.running.take().or_else(|| beside.waiting.pop());
        while let Some(mut one) = next(&mut self) {
            let Some(mut other) = self.waiting.pop() else {
                let rest = one.take(one.rest.len());
                one.hash.update(rest);
                self.go_on_with(one);
                continue;
            };
            let n_both = one.rest.len().min(other.rest.len());
            let (of_one, of_other) = (one.take(n_both), other.take(n_both));
            update_both(&mut one.hash, of_one, &mut other.hash, of_other);
            self.go_on_with(one);
            self.go_on_with(other);
        }
        self.hashes
    }

    /// Ends an input that has no bytes left, or keeps it running.
    fn go_on_with(&mut self, running: Running<'a>) {
        if !running.rest.is_empty() {
            self.running = Some(running);
        } else if let Some(hash) = self.hashes.get_mut(running.place) {
            *hash = running.hash.finish();
        }
    }
}

impl<'a> Running<'a> {
    /// The next bytes.
    fn take(&mut self, n_bytes: usize) -> &'a [u8] {
        let (next, rest) = self.rest.split_at_checked(n_bytes).unwrap_or_default();
        self.rest = rest;
        next
    }
}
