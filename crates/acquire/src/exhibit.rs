//! One exhibit: a file or a folder.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use mabillon_case::{ContainerKind, ExhibitRecord, Form, ItemId, Origin, Place};

use crate::ahead::{Ahead, ReadAhead};
use crate::archive::store::Store;
use crate::archive::{seekable, zip};
use crate::digest::{FolderDigest, HashingReader};
use crate::event::{AcquireError, Content, Event, Leaf, Opener, Receiver, Settings};
use crate::fault::Fault;
use crate::form::{Extent, form_of_head, is_program};
use crate::intake::{Intake, Surroundings};
use crate::limits::{SIGNATURE_BYTES_MAX, WHOLE_BYTES_MAX};
use crate::mailbox::outlook;
use crate::parts::{self, Split};
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

/// Opens a container that is a file of an exhibit, or lies in several, one behind another. Its identity is left to
/// whoever has the files; of a container that is read from several places it is not told.
pub fn open_files(
    mut files: Vec<File>,
    place: &Place,
    settings: &Settings,
    receiver: &mut dyn Receiver,
) {
    let mut intake = intake_in(place, Surroundings::Exhibit, settings, receiver);
    let spot = spot_of(place, 0);
    intake.begin_file(spot.length);
    let taken = match files.pop() {
        Some(file) if files.is_empty() => take_opened(&mut intake, &spot, file, || None),
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
    mut files: Vec<File>,
    hash: impl FnOnce() -> Option<ItemId>,
) -> ControlFlow<(), Passed> {
    let first = files.first_mut();
    let form = first.and_then(|file| form_read_at_places(file, WHOLE_BYTES_MAX + 1));
    let sized = files.into_iter().map(|file| {
        let n_bytes = file.metadata().map_or(0, |metadata| metadata.len());
        (file, n_bytes)
    });
    let store = Store::of_files(sized.collect());
    seekable::take(intake, spot, &store, form.unwrap_or(Form::Zip), hash)
}

fn intake_in<'a>(
    place: &Place,
    surroundings: Surroundings,
    settings: &'a Settings,
    receiver: &'a mut dyn Receiver,
) -> Intake<'a> {
    let exhibit = Arc::clone(&place.exhibit);
    Intake::new(settings, receiver, place.origin, exhibit, surroundings)
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
    let passed = take_file_or_survive(intake, path, String::new(), file)?;
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
    /// Names of the parts of split archives that were read with the first of them.
    joined: HashSet<String>,
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
            joined: HashSet::new(),
        }
    }

    fn take(&mut self, ahead: Ahead) -> ControlFlow<()> {
        if let Ahead::Small { path, name, .. } | Ahead::Large { path, name } = &ahead
            && let Some(split) = split_archive(path)
        {
            let passed = self.take_split(&split, name)?;
            self.count(name, &passed);
            return ControlFlow::Continue(());
        }
        let (name, passed) = match ahead {
            Ahead::Small { path, name, .. } | Ahead::Large { path, name }
                if self.joined.remove(&name) =>
            {
                let n_bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
                let passed = Passed {
                    taken: Taken::Ignored("parts of split archives, read with the first"),
                    item: hash_of(&path),
                    n_bytes,
                };
                (name, passed)
            }
            Ahead::NotRead { name, reason } => {
                self.intake
                    .not_read(&file_spot(name.clone(), 0), None, reason)?;
                (name, Passed::UNREAD)
            }
            Ahead::Small {
                name, bytes, item, ..
            } => {
                let n_bytes = bytes.len() as u64;
                self.intake.begin_file(n_bytes);
                let spot = file_spot(name.clone(), n_bytes);
                let mut passed = surviving(self.intake, &spot, |intake| {
                    intake.take_bytes(&spot, bytes, Some(item))
                })?;
                passed.item = Some(item);
                (name, passed)
            }
            Ahead::Large { path, name } => match File::open(&path) {
                Ok(file) => {
                    let passed = take_file_or_survive(self.intake, &path, name.clone(), file)?;
                    (name, passed)
                }
                Err(error) => {
                    self.intake
                        .not_read(&file_spot(name.clone(), 0), None, error.to_string())?;
                    (name, Passed::UNREAD)
                }
            },
        };
        self.count(&name, &passed);
        ControlFlow::Continue(())
    }

    /// Counts one file.
    fn count(&mut self, name: &str, passed: &Passed) {
        count(&mut self.account, passed.taken, passed.n_bytes);
        self.sum.n_files += 1;
        self.sum.size_bytes += passed.n_bytes;
        if let Some(item) = passed.item {
            self.digest.add(name, passed.n_bytes, item);
        }
        self.intake.n_done.set(self.sum.size_bytes);
    }

    /// Takes a split archive with all its parts; gives what came of its first file.
    fn take_split(&mut self, split: &Split, name: &str) -> ControlFlow<(), Passed> {
        let n_parts = split.parts.len();
        let others = (2..=n_parts).filter_map(|number| parts::name_of(name, number));
        self.joined.extend(others);
        let spot = file_spot(name.to_owned(), parts::n_bytes(&split.parts));
        let first = split.parts.first();
        let passed = surviving(self.intake, &spot, |intake| {
            take_parts(intake, &spot, split)
        })?;
        ControlFlow::Continue(Passed {
            item: first.and_then(|first| hash_of(first)),
            n_bytes: first.map_or(0, |first| parts::n_bytes(std::slice::from_ref(first))),
            ..passed
        })
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

/// The split archive whose first file this is. What is no archive is taken file by file.
fn split_archive(path: &Path) -> Option<Split> {
    let parts = parts::parts(path)?;
    let mut first = File::open(parts.first()?).ok()?;
    let form = form_read_at_places(&mut first, parts::n_bytes(&parts))?;
    seekable::is_seekable(form).then_some(Split { parts, form })
}

/// Takes the files of a split archive as the one that they are.
fn take_parts(intake: &mut Intake<'_>, spot: &Spot, split: &Split) -> ControlFlow<(), Passed> {
    intake.begin_file(spot.length);
    let hash = || parts::hash(&split.parts);
    let Some(opener) = intake.opener else {
        return match split.parts.iter().map(File::open).collect() {
            Ok(files) => take_joined(intake, spot, files, hash),
            Err(error) => {
                intake.not_read(spot, Some(split.form), error.to_string())?;
                ControlFlow::Continue(Passed::UNREAD)
            }
        };
    };
    let content = Content::Files(&split.parts);
    let item = intake.open_elsewhere(opener, spot, content, split.form, hash)?;
    ControlFlow::Continue(Passed {
        taken: Taken::Read,
        item,
        n_bytes: spot.length,
    })
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
    name: String,
    file: File,
) -> ControlFlow<(), Passed> {
    let n_bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let spot = file_spot(name.clone(), n_bytes);
    let mut has_ended = false;
    let mut passed = surviving(intake, &spot, |intake| {
        let passed = take_file(intake, path, name, file);
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
    name: String,
    file: File,
) -> ControlFlow<(), Passed> {
    let n_bytes = file.metadata().map_or(0, |metadata| metadata.len());
    intake.begin_file(n_bytes);
    let spot = file_spot(name, n_bytes);
    let Some(form) = packed_form(path, n_bytes) else {
        return take_opened(intake, &spot, file, || None);
    };
    let paths = [path.to_path_buf()];
    // Another thread hashes it meanwhile: whoever opens it need not read it in order.
    thread::scope(|scope| {
        let hash = scope.spawn(move || hash_of(path));
        let hash = move || hash.join().ok()?;
        match intake.opener {
            Some(opener) => {
                let content = Content::Files(&paths);
                let item = intake.open_elsewhere(opener, &spot, content, form, hash)?;
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
            None => take_opened(intake, &spot, file, hash),
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
        return match form {
            Form::Pst => outlook::take_store_file(intake, spot, &mut file, spot.length, hash),
            _ => seekable::take(intake, spot, &Store::of_file(file, spot.length), form, hash),
        };
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
    form.filter(|form| *form == Form::Pst || seekable::is_seekable(*form))
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
