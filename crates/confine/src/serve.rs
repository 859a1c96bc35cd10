//! The side of the worker.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::frame::{self, FRAME_BYTES_MAX, Kind};
use crate::{Terms, lock};

/// The stack that decoders work on, in bytes; the same on every system.
const STACK_BYTES: usize = 8 << 20;

/// Bytes of an answer that are written at once.
const BUFFER_BYTES: usize = 256 << 10;

/// Where an answer goes.
pub struct Answer {
    out: BufWriter<Box<dyn Write + Send>>,
}

impl Answer {
    /// Gives a piece of the answer. Where nobody listens any more the process ends.
    pub fn give(&mut self, piece: &[u8]) {
        self.write(Kind::Given, piece);
    }

    fn write(&mut self, kind: Kind, payload: &[u8]) {
        if frame::write(&mut self.out, kind, payload).is_err() {
            std::process::exit(1);
        }
    }

    /// Sends what was given so far.
    pub fn flush(&mut self) {
        if self.out.flush().is_err() {
            std::process::exit(1);
        }
    }
}

/// Answers a question: what is to be done, and with which bytes.
pub type OnQuestion = dyn FnMut(&[u8], Vec<u8>, &mut Answer) + Send;

/// What a worker does with the file it was started for.
pub type OnFile = dyn FnOnce(&mut Answer) + Send;

/// Makes ready for a file before the worker is locked: the folder it may spool to, and the work.
pub type Prepare<'a> = dyn FnOnce(&[u8]) -> Option<(PathBuf, Box<OnFile>)> + 'a;

/// What a worker is for.
pub enum Work<'a> {
    /// To answer questions.
    Questions(&'a mut OnQuestion),
    /// To work on one file, and perhaps to write files without a name into a folder. What is to be done is told by whoever
    /// started it, before it is locked and before a byte of the file is read.
    File(Box<Prepare<'a>>),
}

/// Works as a worker under these terms, until nobody asks any more.
///
/// To be called before anything was read and while the process has one thread. Gives the exit code of the process.
pub fn serve(terms: &Terms, work: Work<'_>) -> ExitCode {
    // Whoever asks tells the user; standard error is for the last words of the runtime alone.
    std::panic::set_hook(Box::new(|_| {}));
    let Ok((mut input, output)) = streams() else {
        return ExitCode::FAILURE;
    };
    let (work, spool_dir) = match work {
        Work::Questions(work) => (Ready::Questions(work), None),
        Work::File(prepare) => {
            let task = question(&mut input).and_then(|(task, _)| prepare(&task));
            let Some((spool_dir, work)) = task else {
                return ExitCode::FAILURE;
            };
            (Ready::File(work), Some(spool_dir))
        }
    };
    let locked = lock::before_threads(terms, spool_dir.as_deref());
    let may_spool = spool_dir.is_some();
    // The stack of the first thread is as large as the user's shell says, that of another as large as we say.
    let served = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("decoder".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, move || {
                let locked = locked.and_then(|()| lock::all_threads(terms, may_spool));
                let mut answer = Answer {
                    out: BufWriter::with_capacity(BUFFER_BYTES, output),
                };
                if let Err(reason) = locked {
                    answer.write(Kind::Refused, reason.as_bytes());
                    answer.flush();
                    return;
                }
                answer.write(Kind::Ready, &[]);
                answer.flush();
                match work {
                    Ready::Questions(work) => questions(work, input, &mut answer),
                    Ready::File(work) => close(catching(|| work(&mut answer)), &mut answer),
                }
            })
            .map(|thread| thread.join().is_ok())
    });
    match served {
        Ok(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Work that can begin.
enum Ready<'a> {
    Questions(&'a mut OnQuestion),
    File(Box<OnFile>),
}

fn questions(work: &mut OnQuestion, input: Box<dyn Read + Send>, answer: &mut Answer) {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    while let Some((task, bytes)) = question(&mut input) {
        let worked = catching(|| work(&task, bytes, answer));
        close(worked, answer);
    }
}

fn question(input: &mut impl Read) -> Option<(Vec<u8>, Vec<u8>)> {
    let (Kind::Task, task) = frame::read(input, FRAME_BYTES_MAX).ok()? else {
        return None;
    };
    let (Kind::Bytes, bytes) = frame::read(input, FRAME_BYTES_MAX).ok()? else {
        return None;
    };
    Some((task, bytes))
}

type Streams = (Box<dyn Read + Send>, Box<dyn Write + Send>);

/// Standard input and output, without the buffers and locks for text that the standard library puts around them.
fn streams() -> io::Result<Streams> {
    #[cfg(unix)]
    {
        use std::fs::File;
        use std::os::fd::AsFd as _;
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        Ok((Box::new(File::from(input)), Box::new(File::from(output))))
    }
    #[cfg(not(unix))]
    Ok((Box::new(io::stdin()), Box::new(io::stdout())))
}

/// Whether the work came to its end without a panic.
fn catching(work: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(work)).is_ok()
}

/// Ends an answer.
fn close(is_whole: bool, answer: &mut Answer) {
    if is_whole {
        answer.write(Kind::Done, &lock::processor_micros().to_le_bytes());
    } else {
        answer.write(Kind::Panicked, &[]);
    }
    answer.flush();
}
