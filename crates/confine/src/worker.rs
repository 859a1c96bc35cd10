//! The side of the main process: one worker, its questions and answers.

use std::ffi::OsString;
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::frame::{self, Kind, Unread};
use crate::watchdog::Watchdog;
use crate::{Death, Terms};

/// Bytes of a worker's last words that are read.
const LAST_WORDS_BYTES_MAX: u64 = 4096;

/// Bytes of the reason of a worker that could not be locked.
const REFUSAL_BYTES_MAX: usize = 4096;

/// What the allocators are told, in the environment of a worker that is otherwise empty. That of glibc, which libraries
/// in C use: to have one arena, which grows and shrinks by system calls alone. Before it gives back memory of a second one
/// (of a second thread) it opens a file of the kernel, which a locked worker does not survive. That of the program: to
/// reserve little address space ahead, of which a worker has a bounded amount.
const ALLOCATORS: [(&str, &str); 3] = [
    ("MIMALLOC_ALLOW_THP", "0"),
    ("GLIBC_TUNABLES", "glibc.malloc.arena_max=1"),
    ("MIMALLOC_ARENA_RESERVE", "64MiB"),
];

/// How a worker is started.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program: the one that runs.
    pub path: PathBuf,
    /// Its arguments; they make it call [`crate::serve`] with the same terms.
    pub arguments: Vec<OsString>,
    /// The terms.
    pub terms: Terms,
}

/// Why a worker could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no process.
    #[error("start a worker process ({path}): {source}")]
    NotStarted {
        /// The program.
        path: PathBuf,
        /// The words of the operating system.
        source: std::io::Error,
    },
    /// The process could not be locked.
    #[error("lock a worker process: {0}")]
    NotLocked(String),
}

/// One piece of an answer.
#[derive(Debug)]
pub enum Reply {
    /// Some of it.
    Given(Vec<u8>),
    /// That was all.
    Done,
}

/// A process that is locked and answers questions.
pub struct Worker {
    terms: Terms,
    stdin: Option<BufWriter<ChildStdin>>,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
    watchdog: Watchdog,
    processor_micros: u64,
}

impl Worker {
    /// Starts a worker and waits until it is locked.
    ///
    /// # Errors
    ///
    /// Where there can be no process, or it cannot be locked as its terms demand.
    pub fn start(program: &Program) -> Result<Self, StartError> {
        Self::start_with(program, None)
    }

    /// Starts a worker for one file, which it opens before it is locked; it answers at once.
    ///
    /// # Errors
    ///
    /// As [`Worker::start`].
    pub fn start_for(program: &Program, task: &[u8]) -> Result<Self, StartError> {
        Self::start_with(program, Some(task))
    }

    fn start_with(program: &Program, task: Option<&[u8]>) -> Result<Self, StartError> {
        let not_started = |source| StartError::NotStarted {
            path: program.path.clone(),
            source,
        };
        let mut command = Command::new(&program.path);
        command
            .args(&program.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if cfg!(unix) {
            command.current_dir("/");
        }
        if cfg!(target_os = "linux") {
            command.envs(ALLOCATORS);
        }
        let mut child = command.spawn().map_err(not_started)?;
        let stdin = child.stdin.take().map(BufWriter::new);
        let no_pipe = || not_started(std::io::Error::other("it has no pipes"));
        let stdout = child.stdout.take().ok_or_else(no_pipe)?;
        let stderr = child.stderr.take().ok_or_else(no_pipe)?;
        let silence = Duration::from_secs(program.terms.silence_seconds);
        let watchdog = Watchdog::start(child, silence).map_err(not_started)?;
        let mut worker = Self {
            terms: program.terms,
            stdin,
            stdout: BufReader::new(stdout),
            stderr,
            watchdog,
            processor_micros: 0,
        };
        if let Some(task) = task {
            // Where it is gone already, it does not greet.
            let _ = worker.ask(task, &[]);
        }
        worker.greet()?;
        Ok(worker)
    }

    /// Waits for the first words of a worker.
    fn greet(&mut self) -> Result<(), StartError> {
        self.watchdog.owes();
        let reason = match frame::read(&mut self.stdout, REFUSAL_BYTES_MAX) {
            Ok((Kind::Ready, _)) => {
                self.watchdog.is_quits();
                return Ok(());
            }
            Ok((Kind::Refused, reason)) => String::from_utf8_lossy(&reason).into_owned(),
            Ok(_) => Death::Garbage.to_string(),
            Err(unread) => self.death(&unread, 0).to_string(),
        };
        Err(StartError::NotLocked(reason))
    }

    /// Asks a question: what is to be done, and with which bytes. The answer follows in pieces.
    ///
    /// # Errors
    ///
    /// Where the worker is gone.
    pub fn ask(&mut self, task: &[u8], bytes: &[u8]) -> Result<(), Death> {
        self.watchdog.owes();
        let Some(stdin) = &mut self.stdin else {
            return Err(Death::Garbage);
        };
        let written = frame::write(stdin, Kind::Task, task)
            .and_then(|()| frame::write(stdin, Kind::Bytes, bytes))
            .and_then(|()| stdin.flush());
        written.map_err(|_| self.death(&Unread::Gone, 0))
    }

    /// The next piece of the answer, which may have so many bytes.
    ///
    /// # Errors
    ///
    /// Where the worker ended, or says what it may not.
    pub fn next(&mut self, bytes_max: u64) -> Result<Reply, Death> {
        self.watchdog.owes();
        let max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        let reply = match frame::read(&mut self.stdout, max) {
            Ok((Kind::Given, payload)) => Ok(Reply::Given(payload)),
            Ok((Kind::Done, payload)) => match payload.try_into() {
                Ok(micros) => {
                    self.processor_micros = u64::from_le_bytes(micros);
                    Ok(Reply::Done)
                }
                Err(_) => Err(self.stopped(Death::Garbage)),
            },
            Ok((Kind::Panicked, _)) => Err(self.stopped(Death::Panicked)),
            Ok(_) => Err(self.stopped(Death::Garbage)),
            Err(unread) => Err(self.death(&unread, bytes_max)),
        };
        self.watchdog.is_quits();
        reply
    }

    /// Whether it has used so much of its processor time that the next question had better go to a fresh one.
    pub fn is_worn(&self) -> bool {
        self.processor_micros >= self.terms.processor_seconds.saturating_mul(500_000)
    }

    fn stopped(&self, death: Death) -> Death {
        self.watchdog.kill();
        death
    }

    /// Why there is no frame. The worker has ended when this returns.
    fn death(&mut self, unread: &Unread, answer_bytes_max: u64) -> Death {
        if let Some(death) = Death::of_frame(unread, answer_bytes_max) {
            return self.stopped(death);
        }
        // It closed its output. One that goes on without it is ended for its silence.
        drop(self.stdin.take());
        let mut last_words = Vec::new();
        let _ = (&mut self.stderr)
            .take(LAST_WORDS_BYTES_MAX)
            .read_to_end(&mut last_words);
        match self.watchdog.end() {
            Ok((status, was_silent)) => {
                let last_words = String::from_utf8_lossy(&last_words);
                Death::of(status, &last_words, was_silent, &self.terms)
            }
            Err(_) => Death::Garbage,
        }
    }
}
