//! A content as the decoder gives it: kept in memory up to a limit, else in a temporary file without a name.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

use super::super::meter::{expands_beyond_file, expands_by_ratio};
use crate::intake::Intake;

/// A content that is being written.
#[derive(Clone)]
pub(super) struct Collected(Rc<RefCell<Content>>);

struct Content {
    memory: Vec<u8>,
    memory_max: usize,
    spool_dir: std::path::PathBuf,
    file: Option<File>,
    /// Why the temporary file could not be written.
    fault: Option<io::Error>,
    n_bytes: u64,
    /// Bytes that it may expand to, and what is said where it does not end there.
    bytes_max: u64,
    too_much: String,
    is_too_much: bool,
}

impl Content {
    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.n_bytes += bytes.len() as u64;
        if self.n_bytes > self.bytes_max {
            self.is_too_much = true;
            return Err(io::Error::other(self.too_much.clone()));
        }
        if self.file.is_none() && self.memory.len() + bytes.len() > self.memory_max {
            let mut file = tempfile::tempfile_in(&self.spool_dir)?;
            file.write_all(&std::mem::take(&mut self.memory))?;
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes)?,
            None => self.memory.extend_from_slice(bytes),
        }
        Ok(())
    }
}

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut content = self.0.borrow_mut();
        if let Err(fault) = content.add(bytes) {
            let told = io::Error::new(fault.kind(), fault.to_string());
            if !content.is_too_much {
                content.fault = Some(fault);
            }
            return Err(told);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Collected {
    /// For a content of so many packed bytes.
    pub(super) fn new(intake: &Intake<'_>, packed_bytes: u64) -> Self {
        let limits = &intake.settings.limits;
        let memory_max = usize::try_from(limits.memory_bytes_max);
        let by_ratio = packed_bytes.saturating_mul(limits.stream_ratio_max);
        let by_ratio = limits.stream_free_bytes.saturating_add(by_ratio);
        let (bytes_max, too_much) = if by_ratio <= intake.expandable.get() {
            (by_ratio, expands_by_ratio(limits))
        } else {
            (intake.expandable.get(), expands_beyond_file(limits))
        };
        Self(Rc::new(RefCell::new(Content {
            memory: Vec::new(),
            memory_max: memory_max.unwrap_or(usize::MAX),
            spool_dir: intake.settings.spool_dir.clone(),
            file: None,
            fault: None,
            n_bytes: 0,
            bytes_max,
            too_much,
            is_too_much: false,
        })))
    }

    /// Number of bytes so far.
    pub(super) fn n_bytes(&self) -> u64 {
        self.0.borrow().n_bytes
    }

    /// Why the temporary file could not be written, once.
    pub(super) fn fault(&self) -> Option<io::Error> {
        self.0.borrow_mut().fault.take()
    }

    /// What is said of a content that expands too far.
    pub(super) fn too_much(&self) -> Option<String> {
        let content = self.0.borrow();
        content.is_too_much.then(|| content.too_much.clone())
    }

    /// What was collected, as a reader at its start.
    pub(super) fn reader(&self) -> io::Result<Box<dyn Read>> {
        let mut content = self.0.borrow_mut();
        match content.file.take() {
            Some(mut file) => {
                file.seek(SeekFrom::Start(0))?;
                Ok(Box::new(file))
            }
            None => Ok(Box::new(Cursor::new(std::mem::take(&mut content.memory)))),
        }
    }
}
