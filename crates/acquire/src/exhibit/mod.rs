//! One exhibit: a file or a folder.

mod folder;

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use mabillon_case::{ExhibitRecord, Form, ItemId, Origin, Place};

use self::folder::take_folder;
use crate::archive::store::Store;
use crate::archive::{seekable, zip};
use crate::digest::HashingReader;
use crate::event::{AcquireError, Content, Leaf, Opener, Receiver, Settings};
use crate::fault::Fault;
use crate::form::{Extent, form_of_head, is_program};
use crate::intake::{Intake, Surroundings};
use crate::limits::{SIGNATURE_BYTES_MAX, WHOLE_BYTES_MAX};
use crate::parts::Files;
use crate::spot::{Passed, Spot, Taken};
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
    acquire_with(None, path, (origin, name, number), settings, receiver)
}

/// The same, with somebody who opens the containers that are files of the exhibit.
///
/// # Errors
///
/// As [`acquire`].
pub fn acquire_with(
    opener: Option<&dyn Opener>,
    path: &Path,
    (origin, name, number): (Origin, &str, u32),
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
    intake.opener = opener;
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
    if leaf.form.is_container() {
        open(
            leaf,
            Some(item),
            Surroundings::Attachment,
            settings,
            receiver,
        );
    }
}

/// Opens a container that lies in memory, as an attachment or as a file of an exhibit.
pub fn open(
    leaf: &Leaf,
    item: Option<ItemId>,
    surroundings: Surroundings,
    settings: &Settings,
    receiver: &mut dyn Receiver,
) {
    let mut intake = intake_in(&leaf.place, surroundings, settings, receiver);
    intake.begin_file(leaf.bytes.len() as u64);
    let spot = Spot {
        size_hint: leaf.bytes.len() as u64,
        ..spot_of(&leaf.place, leaf.depth)
    };
    // Where the receiver stops there is nothing left to do.
    let _ = intake.take_bytes(&spot, leaf.bytes.clone(), item);
}

/// Opens a container that is a file of an exhibit, or lies in several, each with its number (see [`Files`]). Its identity is left to
/// whoever has the files; of a container that is read from several places it is not told.
pub fn open_files(
    mut files: Vec<(u32, File)>,
    place: &Place,
    settings: &Settings,
    receiver: &mut dyn Receiver,
) {
    let mut intake = intake_in(place, Surroundings::Exhibit, settings, receiver);
    let spot = spot_of(place, 0);
    intake.begin_file(spot.length);
    let taken = match files.pop() {
        Some((1, file)) if files.is_empty() => take_opened(&mut intake, &spot, file, || None),
        last => {
            files.extend(last);
            take_joined(&mut intake, &spot, files, || None)
        }
    };
    // Where the receiver stops there is nothing left to do.
    if taken.is_continue() {
        let _ = intake.tell_progress();
    }
}

/// Takes a container that lies in several files.
fn take_joined(
    intake: &mut Intake<'_>,
    spot: &Spot,
    mut files: Vec<(u32, File)>,
    hash: impl FnOnce() -> Option<ItemId>,
) -> ControlFlow<(), Passed> {
    let first = files.first_mut();
    let form = first.and_then(|(_, file)| form_read_at_places(file, WHOLE_BYTES_MAX + 1));
    let sized = files.into_iter().map(|(number, file)| {
        let n_bytes = file.metadata().map_or(0, |metadata| metadata.len());
        (number, Store::of_file(file, n_bytes))
    });
    let store = Store::of_parts(sized.collect());
    seekable::take(intake, spot, &store, form.unwrap_or(Form::Zip), hash)
}

fn intake_in<'a>(
    place: &Place,
    surroundings: Surroundings,
    settings: &'a Settings,
    receiver: &'a mut dyn Receiver,
) -> Intake<'a> {
    let exhibit = Arc::clone(&place.exhibit);
    let mut intake = Intake::new(settings, receiver, place.origin, exhibit, surroundings);
    intake.given.clone_from(&place.path);
    intake
}

fn spot_of(place: &Place, depth: u32) -> Spot {
    Spot {
        path: place.path.clone(),
        offset: place.offset,
        length: place.length,
        size_hint: place.length,
        parent: place.parent,
        depth,
        entry: place.entry.clone(),
        stored: place.stored.clone(),
    }
}

/// What an exhibit adds up to.
struct Sum {
    digest: Option<ItemId>,
    n_files: u64,
    size_bytes: u64,
}

fn take_file_exhibit(intake: &mut Intake<'_>, path: &Path, file: File) -> ControlFlow<(), Sum> {
    let n_bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let spot = file_spot(String::new(), n_bytes);
    let passed = take_file_or_survive(intake, path, &spot, file)?;
    intake.n_done.set(passed.n_bytes);
    intake.tell_progress()?;
    ControlFlow::Continue(Sum {
        digest: passed.item,
        n_files: 1,
        size_bytes: passed.n_bytes,
    })
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

/// Why a file is not read whose reader panicked.
const READER_STOPPED: &str = "the reader stopped with an internal error";

/// A panic of a reader costs the file, not the run.
fn surviving(
    intake: &mut Intake<'_>,
    spot: &Spot,
    take: impl FnOnce(&mut Intake<'_>) -> ControlFlow<(), Passed>,
) -> ControlFlow<(), Passed> {
    if let Ok(passed) = catch_unwind(AssertUnwindSafe(|| take(intake))) {
        return passed;
    }
    intake.not_read(spot, None, READER_STOPPED.to_owned())?;
    ControlFlow::Continue(Passed {
        n_bytes: spot.length,
        ..Passed::UNREAD
    })
}

/// Takes one file of an exhibit. Where its reader panics it is hashed all the same.
fn take_file_or_survive(
    intake: &mut Intake<'_>,
    path: &Path,
    spot: &Spot,
    file: File,
) -> ControlFlow<(), Passed> {
    let mut has_ended = false;
    let mut passed = surviving(intake, spot, |intake| {
        let passed = take_file(intake, path, spot, file);
        has_ended = true;
        passed
    })?;
    if !has_ended {
        passed.item = hash_of(path);
    }
    ControlFlow::Continue(passed)
}

/// The SHA-256 of a file.
fn hash_of(path: &Path) -> Option<ItemId> {
    let (item, _, end) = HashingReader::new(File::open(path).ok()?).finish();
    end.ok().map(|()| item)
}

/// Takes one file of an exhibit.
fn take_file(
    intake: &mut Intake<'_>,
    path: &Path,
    spot: &Spot,
    file: File,
) -> ControlFlow<(), Passed> {
    let n_bytes = spot.length;
    intake.begin_file(n_bytes);
    let Some(form) = packed_form(path, n_bytes) else {
        return take_opened(intake, spot, file, || None);
    };
    let files = Files::one(path.to_path_buf());
    // Another thread hashes it meanwhile: whoever opens it need not read it in order.
    thread::scope(|scope| {
        let hash = scope.spawn(move || hash_of(path));
        let hash = move || hash.join().ok()?;
        match intake.opener {
            Some(opener) => {
                let content = Content::Files(&files);
                let item = intake.open_elsewhere(opener, spot, content, form, hash)?;
                ControlFlow::Continue(Passed {
                    taken: if item.is_some() {
                        Taken::Read
                    } else {
                        Taken::Failed
                    },
                    item,
                    n_bytes,
                })
            }
            None => take_opened(intake, spot, file, hash),
        }
    })
}

/// Takes a file that is open. `hash` gives its SHA-256 where it is not read in order.
fn take_opened(
    intake: &mut Intake<'_>,
    spot: &Spot,
    mut file: File,
    hash: impl FnOnce() -> Option<ItemId>,
) -> ControlFlow<(), Passed> {
    if spot.length > WHOLE_BYTES_MAX
        && let Some(form) = form_read_at_places(&mut file, spot.length)
    {
        let store = Store::of_file(file, spot.length);
        return seekable::take(intake, spot, &store, form, hash);
    }
    let fault = Fault::default();
    let mut reader = fault.watch(Progress {
        inner: file,
        n_done: Rc::clone(&intake.n_done),
    });
    let mut passed = intake.take_stream(spot, &mut reader)?;
    if let Some(reason) = fault.reason() {
        intake.not_read(spot, None, reason)?;
        passed.taken = Taken::Failed;
        passed.item = None;
    }
    ControlFlow::Continue(passed)
}

/// The form of a large file that holds others and is no mailbox, told by its first bytes; that of an archive behind a
/// program by its end.
fn packed_form(path: &Path, n_bytes: u64) -> Option<Form> {
    if n_bytes <= WHOLE_BYTES_MAX {
        return None;
    }
    let form = form_of_large(&mut File::open(path).ok()?, n_bytes)?;
    let is_packed = form.is_container() && form != Form::Mbox;
    (is_packed && !matches!(form, Form::UnsupportedContainer(_))).then_some(form)
}

/// The form of a file that is not read from its start to its end, if it is of one.
fn form_read_at_places(file: &mut File, n_bytes: u64) -> Option<Form> {
    let form = form_of_large(file, n_bytes);
    file.rewind().ok()?;
    form.filter(|form| seekable::is_read_at_places(*form))
}

fn form_of_large(file: &mut File, n_bytes: u64) -> Option<Form> {
    let mut head = Vec::new();
    let mut start = file.take(SIGNATURE_BYTES_MAX);
    start.read_to_end(&mut head).ok()?;
    if is_program(&head) && zip::is_appended(file, n_bytes) {
        return Some(Form::Zip);
    }
    Some(form_of_head(&head, Extent::Head))
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
