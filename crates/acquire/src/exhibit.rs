//! One exhibit: a file or a folder.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use mabillon_case::{ContainerKind, ExhibitRecord, Form, ItemId, Origin};

use crate::ahead::{Ahead, ReadAhead};
use crate::archive::zip;
use crate::digest::{FolderDigest, HashingReader};
use crate::event::{AcquireError, Event, Leaf, Receiver, Settings};
use crate::fault::Fault;
use crate::form::{Extent, form_of_head};
use crate::intake::{Intake, Surroundings};
use crate::limits::WHOLE_BYTES_MAX;
use crate::mailbox::outlook;
use crate::spot::{Passed, Spot, Taken, count};
use crate::walk::{Found, Walk};

/// Takes in one exhibit and tells the receiver everything in it, in the order of the paths and of the bytes.
///
/// The record's digest is complete when this returns: files of a folder are hashed where they are read (see
/// [`FolderDigest`]), by other threads, and a file that is itself one item carries its identity in [`Leaf::item`].
///
/// # Errors
///
/// Where the exhibit itself cannot be read, or the receiver stops.
pub fn acquire(
    path: &Path,
    origin: Origin,
    name: &str,
    number: u32,
    settings: &Settings,
    receiver: &mut dyn Receiver,
) -> Result<ExhibitRecord, AcquireError> {
    let given_as = path.display().to_string();
    let unreadable = |error: &io::Error| match error.kind() {
        io::ErrorKind::NotFound => AcquireError::NotFound {
            path: given_as.clone(),
        },
        _ => AcquireError::Unreadable {
            path: given_as.clone(),
            reason: error.to_string(),
        },
    };
    let metadata = fs::metadata(path).map_err(|error| unreadable(&error))?;
    let mut intake = Intake::new(
        settings,
        receiver,
        origin,
        Arc::from(name),
        Surroundings::Exhibit,
    );
    let summed = if metadata.is_dir() {
        let walk = Walk::new(path).map_err(|error| unreadable(&error))?;
        take_folder(&mut intake, walk)
    } else if metadata.is_file() {
        let mut file = File::open(path).map_err(|error| unreadable(&error))?;
        // A file that opens but cannot be read is told before anything is done.
        file.read(&mut [0])
            .and_then(|_| file.rewind())
            .map_err(|error| unreadable(&error))?;
        take_file_exhibit(&mut intake, path, file)
    } else {
        return Err(AcquireError::NotAFile { path: given_as });
    };
    let ControlFlow::Continue(sum) = summed else {
        return Err(AcquireError::Stopped { path: given_as });
    };
    let digest = sum.digest.ok_or_else(|| AcquireError::Unreadable {
        path: given_as.clone(),
        reason: "reading failed before its end".to_owned(),
    })?;
    let (n_files, size_bytes) = (sum.n_files, sum.size_bytes);
    Ok(ExhibitRecord {
        number,
        name: name.to_owned(),
        given_as,
        origin,
        digest,
        n_files,
        size_bytes,
    })
}

/// Number of bytes of all files below these paths, for a measure of progress. What cannot be read counts nothing.
pub fn total_bytes(paths: &[PathBuf]) -> u64 {
    let size = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let below = |path: &Path| match Walk::new(path) {
        Ok(walk) => walk
            .map(|found| match found {
                Found::File(path, _) => size(&path),
                Found::NotRead(..) => 0,
            })
            .sum(),
        Err(_) => size(path),
    };
    paths.iter().map(|path| below(path)).sum()
}

/// Opens a container that lies in memory: an attachment, or a leaf that came from one. Anything else is left alone.
///
/// `item` is the identity of the leaf. Paths go on from the leaf's own; messages of archives lie in no mailbox.
pub fn expand(leaf: &Leaf, item: ItemId, settings: &Settings, receiver: &mut dyn Receiver) {
    if !leaf.form.is_container() {
        return;
    }
    let exhibit = Arc::clone(&leaf.place.exhibit);
    let mut intake = Intake::new(
        settings,
        receiver,
        leaf.place.origin,
        exhibit,
        Surroundings::Attachment,
    );
    let n_bytes = leaf.bytes.len() as u64;
    intake.begin_file(n_bytes);
    let spot = Spot {
        path: leaf.place.path.clone(),
        offset: leaf.place.offset,
        length: leaf.place.length,
        size_hint: n_bytes,
        parent: leaf.place.parent,
        depth: leaf.depth,
        entry: leaf.place.entry.clone(),
        stored: leaf.place.stored.clone(),
    };
    // Where the receiver stops there is nothing left to do.
    let _ = intake.take_bytes(&spot, leaf.bytes.clone(), Some(item));
}

/// What an exhibit adds up to.
struct Sum {
    digest: Option<ItemId>,
    n_files: u64,
    size_bytes: u64,
}

fn take_file_exhibit(intake: &mut Intake<'_>, path: &Path, file: File) -> ControlFlow<(), Sum> {
    let passed = take_file(intake, path, String::new(), file)?;
    intake.n_done.set(passed.n_bytes);
    intake.tell_progress()?;
    ControlFlow::Continue(Sum {
        digest: passed.item,
        n_files: 1,
        size_bytes: passed.n_bytes,
    })
}

fn take_folder(intake: &mut Intake<'_>, walk: Walk) -> ControlFlow<(), Sum> {
    thread::scope(|scope| {
        let mut folder = Folder::new(intake);
        for ahead in ReadAhead::new(walk, scope) {
            folder.take(ahead)?;
        }
        folder.finish()
    })
}

/// A folder given as exhibit.
struct Folder<'a, 'b> {
    intake: &'a mut Intake<'b>,
    account: mabillon_case::Accounting,
    digest: FolderDigest,
    sum: Sum,
}

impl<'a, 'b> Folder<'a, 'b> {
    fn new(intake: &'a mut Intake<'b>) -> Self {
        let account = intake.account(&file_spot(String::new(), 0), ContainerKind::Folder);
        let sum = Sum {
            digest: None,
            n_files: 0,
            size_bytes: 0,
        };
        Self {
            intake,
            account,
            digest: FolderDigest::default(),
            sum,
        }
    }

    fn take(&mut self, ahead: Ahead) -> ControlFlow<()> {
        let (name, passed) = match ahead {
            Ahead::NotRead { name, reason } => {
                self.intake
                    .not_read(&file_spot(name.clone(), 0), None, reason)?;
                (name, Passed::UNREAD)
            }
            Ahead::Small { name, bytes, item } => {
                let n_bytes = bytes.len() as u64;
                self.intake.begin_file(n_bytes);
                let spot = file_spot(name.clone(), n_bytes);
                let mut passed = self.intake.take_bytes(&spot, bytes, Some(item))?;
                passed.item = Some(item);
                (name, passed)
            }
            Ahead::Large { path, name } => match File::open(&path) {
                Ok(file) => (name.clone(), take_file(self.intake, &path, name, file)?),
                Err(error) => {
                    self.intake
                        .not_read(&file_spot(name.clone(), 0), None, error.to_string())?;
                    (name, Passed::UNREAD)
                }
            },
        };
        count(&mut self.account, passed.taken, passed.n_bytes);
        self.sum.n_files += 1;
        self.sum.size_bytes += passed.n_bytes;
        if let Some(item) = passed.item {
            self.digest.add(&name, passed.n_bytes, item);
        }
        self.intake.n_done.set(self.sum.size_bytes);
        ControlFlow::Continue(())
    }

    fn finish(mut self) -> ControlFlow<(), Sum> {
        self.intake.tell(Event::Account(self.account))?;
        self.intake.tell_progress()?;
        self.sum.digest = Some(self.digest.finish());
        ControlFlow::Continue(self.sum)
    }
}

fn file_spot(path: String, n_bytes: u64) -> Spot {
    Spot {
        path,
        offset: 0,
        length: n_bytes,
        size_hint: n_bytes,
        parent: None,
        depth: 0,
        entry: None,
        stored: None,
    }
}

/// Takes one file of an exhibit.
fn take_file(
    intake: &mut Intake<'_>,
    path: &Path,
    name: String,
    file: File,
) -> ControlFlow<(), Passed> {
    let n_bytes = file.metadata().map_or(0, |metadata| metadata.len());
    intake.begin_file(n_bytes);
    let spot = file_spot(name, n_bytes);
    let fault = Fault::default();
    let mut reader = fault.watch(Progress {
        inner: file,
        n_done: Rc::clone(&intake.n_done),
    });
    let mut passed = if n_bytes > WHOLE_BYTES_MAX
        && let Some(form) = form_read_at_places(path)
    {
        take_where_it_lies(intake, &spot, path, n_bytes, form)?
    } else {
        intake.take_stream(&spot, &mut reader)?
    };
    if let Some(reason) = fault.reason() {
        intake.not_read(&spot, None, reason)?;
        passed.taken = Taken::Failed;
        passed.item = None;
    }
    ControlFlow::Continue(passed)
}

/// The form of a file that is not read from its start to its end, if it is of one.
fn form_read_at_places(path: &Path) -> Option<Form> {
    let mut head = [0; 16];
    let is_read = File::open(path)
        .and_then(|mut file| file.read_exact(&mut head))
        .is_ok();
    let form = form_of_head(&head, Extent::Head);
    (is_read && matches!(form, Form::Zip | Form::Pst)).then_some(form)
}

/// Takes a zip package or Outlook store where it lies; another thread hashes it meanwhile, since its entries are not
/// read in order.
fn take_where_it_lies(
    intake: &mut Intake<'_>,
    spot: &Spot,
    path: &Path,
    n_bytes: u64,
    form: Form,
) -> ControlFlow<(), Passed> {
    let (mut file, copy) = match (File::open(path), File::open(path)) {
        (Ok(file), Ok(copy)) => (file, copy),
        (Err(error), _) | (_, Err(error)) => {
            intake.not_read(spot, None, error.to_string())?;
            return ControlFlow::Continue(Passed::UNREAD);
        }
    };
    thread::scope(|scope| {
        let hash = scope.spawn(move || HashingReader::new(copy).finish());
        let hash = || {
            let (item, _, end) = hash.join().ok()?;
            end.ok().map(|()| item)
        };
        match form {
            Form::Pst => outlook::take_store_file(intake, spot, &mut file, n_bytes, hash),
            _ => zip::take_file(intake, spot, &mut file, n_bytes, hash),
        }
    })
}

/// A file whose reading is progress.
struct Progress {
    inner: File,
    n_done: Rc<Cell<u64>>,
}

impl Read for Progress {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_done.set(self.n_done.get() + n as u64);
        Ok(n)
    }
}
