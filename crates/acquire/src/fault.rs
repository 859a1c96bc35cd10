//! Whose failure it was: a reader's own, or that of a format inside it.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

/// The first error of a reader, kept so that the owner of the reader can tell its own failure from one of a format
/// inside it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fault(Rc<RefCell<Option<String>>>);

impl Fault {
    pub(crate) fn reason(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    pub(crate) fn watch<R: Read>(&self, inner: R) -> Watched<R> {
        Watched {
            inner,
            fault: self.clone(),
        }
    }
}

/// A reader whose first error is kept.
pub(crate) struct Watched<R> {
    inner: R,
    fault: Fault,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                self.fault
                    .0
                    .borrow_mut()
                    .get_or_insert_with(|| error.to_string());
            }
        })
    }
}
