//! Asks workers, one question at a time, and starts a new one where the last has died.

use crate::{Death, Program, Reply, StartError, Worker};

/// Pieces of one answer at most, for each of which something is kept.
const PIECES_MAX: usize = 5_000_000;

/// What came of a question.
#[derive(Debug)]
pub enum Asked {
    /// The answer, in pieces.
    Answered(Vec<Vec<u8>>),
    /// There is none, also from a fresh worker that was asked nothing else.
    Died(Death),
}

/// One worker at a time, started when it is needed and used again and again.
pub struct Desk {
    program: Program,
    worker: Option<Worker>,
}

impl Desk {
    /// A desk whose workers are started like this.
    pub const fn new(program: Program) -> Self {
        Self {
            program,
            worker: None,
        }
    }

    /// Asks what is to be done with some bytes; the answer has so many bytes at most.
    ///
    /// A worker that has answered before may have died of something earlier, and one that was killed may have been
    /// killed for another's sake: the question is asked once more, alone, before the item is held to be the cause.
    ///
    /// # Errors
    ///
    /// Where no worker can be started.
    pub fn ask(
        &mut self,
        task: &[u8],
        bytes: &[u8],
        answer_bytes_max: u64,
    ) -> Result<Asked, StartError> {
        let was_fresh = self.worker.is_none();
        let death = match self.attempt(task, bytes, answer_bytes_max)? {
            Ok(answer) => return Ok(Asked::Answered(answer)),
            Err(death) => death,
        };
        if was_fresh && !death.may_be_foreign() {
            return Ok(Asked::Died(death));
        }
        Ok(match self.attempt(task, bytes, answer_bytes_max)? {
            Ok(answer) => Asked::Answered(answer),
            Err(death) => Asked::Died(death),
        })
    }

    /// How its workers are started.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// The worker, to be asked by hand, and whether it has answered nothing yet. Give it back if it is well.
    ///
    /// # Errors
    ///
    /// Where no worker can be started.
    pub fn take(&mut self) -> Result<(Worker, bool), StartError> {
        match self.worker.take() {
            Some(worker) => Ok((worker, false)),
            None => Ok((Worker::start(&self.program)?, true)),
        }
    }

    /// Takes a worker back that has answered in full.
    pub fn give_back(&mut self, worker: Worker) {
        if !worker.is_worn() {
            self.worker = Some(worker);
        }
    }

    fn attempt(
        &mut self,
        task: &[u8],
        bytes: &[u8],
        answer_bytes_max: u64,
    ) -> Result<Result<Vec<Vec<u8>>, Death>, StartError> {
        let (mut worker, _) = self.take()?;
        let answer = answer(&mut worker, task, bytes, answer_bytes_max);
        if answer.is_ok() {
            self.give_back(worker);
        }
        Ok(answer)
    }
}

fn answer(
    worker: &mut Worker,
    task: &[u8],
    bytes: &[u8],
    answer_bytes_max: u64,
) -> Result<Vec<Vec<u8>>, Death> {
    let flood = Death::Flood(answer_bytes_max >> 20);
    worker.ask(task, bytes)?;
    let mut pieces = Vec::new();
    let mut left = answer_bytes_max;
    loop {
        match worker.next(left) {
            Ok(Reply::Given(piece)) if pieces.len() < PIECES_MAX => {
                left = left.saturating_sub(piece.len() as u64);
                pieces.push(piece);
            }
            Ok(Reply::Given(_)) | Err(Death::Flood(_)) => return Err(flood),
            Ok(Reply::Done) => return Ok(pieces),
            Err(death) => return Err(death),
        }
    }
}
