//! The worker: `mabillon worker TERMS`, which nobody types.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use mabillon_acquire::{Event, Leaf, Limits, Receiver, Settings};
use mabillon_confine::{Answer, OnFile, Terms, Work};

use super::wire::{self, Container, Task};

/// Bytes of an archive in an archive that is opened in the memory of a worker.
const OPENED_BYTES_MAX: u64 = 512 << 20;

/// Works until nobody asks any more.
pub(crate) fn run(terms: &str, for_file: bool) -> ExitCode {
    let Ok(terms) = Terms::parse(terms) else {
        return ExitCode::from(2);
    };
    let work = if for_file {
        Work::File(Box::new(prepare))
    } else {
        Work::Questions(&mut answer)
    };
    mabillon_confine::serve(&terms, work)
}

/// Opens the file; what is in it is read only once the worker is locked.
fn prepare(task: &[u8]) -> Option<(PathBuf, Box<OnFile>)> {
    let task = wire::packed_file(task)?;
    let numbered = task.files.numbers.iter().zip(&task.files.paths);
    let files: Option<Vec<(u32, File)>> = numbered
        .map(|(number, path)| Some((*number, File::open(path).ok()?)))
        .collect();
    let files = files?;
    let spool_dir = task.spool_dir.clone();
    let work = move |out: &mut Answer| {
        let settings = Settings {
            limits: task.limits,
            spool_dir: task.spool_dir,
            passwords: task.passwords,
        };
        let mut teller = Teller {
            out,
            skip: task.skip,
        };
        mabillon_acquire::open_files(files, &task.place, &settings, &mut teller);
    };
    Some((spool_dir, Box::new(work)))
}

fn answer(task: &[u8], bytes: Vec<u8>, out: &mut Answer) {
    let bytes = Bytes::from(bytes);
    #[cfg(feature = "poison")]
    super::poison::taste(&bytes, out);
    match wire::task(task) {
        Some(Task::Document { form, passwords }) => {
            if let Some(form) = wire::form(&form) {
                out.give(&wire::pack_document(&mabillon_decode::document(
                    &bytes, form, &passwords,
                )));
            }
        }
        Some(Task::Picture) => out.give(&wire::pack(&mabillon_decode::preview(&bytes))),
        Some(Task::Expand(container)) => expand(*container, bytes, out),
        None => {}
    }
}

fn expand(container: Container, bytes: Bytes, out: &mut Answer) {
    let Some(form) = wire::form(&container.form) else {
        return;
    };
    let leaf = Leaf {
        place: container.place,
        bytes,
        form,
        separator: None,
        depth: container.depth,
        item: container.item,
    };
    // There are no files here: what does not fit into memory is told as not read.
    let settings = Settings {
        limits: Limits {
            memory_bytes_max: OPENED_BYTES_MAX,
            ..container.limits
        },
        spool_dir: PathBuf::new(),
        passwords: container.passwords,
    };
    let mut teller = Teller {
        out,
        skip: container.skip,
    };
    let surroundings = container.surroundings;
    mabillon_acquire::open(&leaf, container.item, surroundings, &settings, &mut teller);
}

/// Tells what is found, and what is being read, so that it is known what killed the worker.
struct Teller<'a> {
    out: &'a mut Answer,
    skip: BTreeMap<String, String>,
}

impl Receiver for Teller<'_> {
    fn receive(&mut self, event: Event) -> ControlFlow<()> {
        let (told, bytes) = wire::pack_event(event);
        self.out.give(&told);
        if let Some(bytes) = bytes {
            self.out.give(&bytes);
        }
        ControlFlow::Continue(())
    }

    fn enter(&mut self, path: &str) -> Option<String> {
        if let Some(reason) = self.skip.get(path) {
            return Some(reason.clone());
        }
        self.out.give(&wire::pack_entered(path));
        self.out.flush();
        #[cfg(feature = "poison")]
        super::poison::taste_name(path, self.out);
        None
    }

    fn leave(&mut self) {
        self.out.give(&wire::pack_left());
    }

    fn no_space(&mut self, reason: &str) -> ControlFlow<()> {
        self.out.give(&wire::pack_no_space(reason));
        ControlFlow::Break(())
    }
}
