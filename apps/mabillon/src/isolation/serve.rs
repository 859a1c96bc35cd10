//! The worker: `mabillon worker TERMS`, which nobody types.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use mabillon_acquire::{Event, Leaf, Settings};
use mabillon_confine::{Answer, Terms, Work};

use super::wire::{self, Container, Task};

/// Works until nobody asks any more.
pub(crate) fn run(terms: &str) -> ExitCode {
    let Ok(terms) = Terms::parse(terms) else {
        return ExitCode::from(2);
    };
    mabillon_confine::serve(&terms, Work::Questions(&mut answer))
}

fn answer(task: &[u8], bytes: Vec<u8>, out: &mut Answer) {
    let bytes = Bytes::from(bytes);
    #[cfg(feature = "poison")]
    super::poison::taste(&bytes, out);
    match wire::task(task) {
        Some(Task::Document { form }) => {
            if let Some(form) = wire::form(&form) {
                out.give(&wire::pack_document(&mabillon_decode::document(
                    &bytes, form,
                )));
            }
        }
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
        item: Some(container.item),
    };
    // There are no files here: what does not fit into memory is told as not read.
    let settings = Settings {
        limits: container.limits,
        spool_dir: PathBuf::new(),
    };
    let mut take = |event| tell(event, out);
    mabillon_acquire::expand(&leaf, container.item, &settings, &mut take);
}

fn tell(event: Event, out: &mut Answer) -> ControlFlow<()> {
    if let Some((told, bytes)) = wire::pack_event(event) {
        out.give(&told);
        if let Some(bytes) = bytes {
            out.give(&bytes);
        }
    }
    ControlFlow::Continue(())
}
