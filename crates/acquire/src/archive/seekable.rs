//! Containers that are not read from their start to their end: zip, 7z, rar, cabinets, ISO images, Outlook stores.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;

use bytes::Bytes;
use mabillon_case::{Accounting, Form, ItemId};

use super::store::Store;
use super::zip::Disks;
use super::{cab, iso, rar, sevenz, zip};
use crate::digest::HashingReader;
use crate::intake::Intake;
use crate::mailbox::outlook;
use crate::spot::{Passed, Spot, Taken};

/// Whether a form is read from several places.
pub(crate) const fn is_seekable(form: Form) -> bool {
    matches!(
        form,
        Form::Zip | Form::Olm | Form::SevenZip | Form::Rar | Form::Cabinet | Form::Iso
    )
}

/// Whether a form is read from several places, Outlook stores among them.
pub(crate) const fn is_read_at_places(form: Form) -> bool {
    matches!(form, Form::Pst) || is_seekable(form)
}

/// Takes the entries of a container; gives its account.
pub(crate) fn open(
    intake: &mut Intake<'_>,
    spot: &Spot,
    store: &Store,
    form: Form,
    parent: Option<ItemId>,
) -> ControlFlow<(), Accounting> {
    match form {
        Form::SevenZip => sevenz::open(intake, spot, store, parent),
        Form::Rar => rar::open(intake, spot, store, parent),
        Form::Cabinet => cab::open(intake, spot, store, parent),
        Form::Iso => iso::open(intake, spot, store, parent),
        _ => zip::open(intake, spot, store, form, parent),
    }
}

/// Takes a container, or what may be a part of one, that comes as a stream: in memory up to a limit, else from a temporary
/// file.
pub(crate) fn take_spooled(
    intake: &mut Intake<'_>,
    spot: &Spot,
    reader: &mut dyn Read,
    form: Form,
) -> ControlFlow<(), Passed> {
    let max = intake.settings.limits.memory_bytes_max;
    let mut start = Vec::new();
    if let Err(error) = reader.take(max + 1).read_to_end(&mut start) {
        drop(start);
        return intake.unread(spot, form, &error);
    }
    if start.len() as u64 <= max {
        return intake.take_bytes(spot, Bytes::from(start), None);
    }
    let mut reader = HashingReader::new(Cursor::new(start).chain(reader));
    let file = match spool(intake, &mut reader) {
        Ok(file) => file,
        Err(SpoolError::Reader) => return ControlFlow::Continue(Passed::UNREAD),
        Err(SpoolError::File(error)) => {
            intake.no_space(&error)?;
            let reason = if intake.settings.spool_dir.as_os_str().is_empty() {
                format!("it is too large to be opened in memory ({max} bytes)")
            } else {
                format!("it is too large for memory and no temporary file can be written: {error}")
            };
            intake.not_read(spot, Some(form), reason)?;
            return ControlFlow::Continue(Passed::UNREAD);
        }
    };
    let (item, n_bytes, _) = reader.finish();
    take(intake, spot, &Store::of_file(file, n_bytes), form, || {
        Some(item)
    })
}

/// Takes a container that lies in a store. `hash` gives the SHA-256 of its bytes when it is asked for.
pub(crate) fn take(
    intake: &mut Intake<'_>,
    spot: &Spot,
    store: &Store,
    form: Form,
    hash: impl FnOnce() -> Option<ItemId>,
) -> ControlFlow<(), Passed> {
    let n_bytes = store.len();
    if let Some(passed) = intake.set_aside(spot, store.clone(), form, None, false) {
        return ControlFlow::Continue(passed);
    }
    let form = if form == Form::Zip {
        zip::family(&mut store.reader(), n_bytes, Disks(&store.starts()))
    } else {
        form
    };
    if !form.is_container() {
        return intake.large_leaf(spot, &mut store.reader(), form);
    }
    if form == Form::Pst {
        return outlook::take_store_file(intake, spot, &mut store.reader(), n_bytes, hash);
    }
    if let Some(reason) = intake.refusal(spot, form) {
        intake.not_read(spot, Some(form), reason)?;
        return ControlFlow::Continue(Passed {
            taken: Taken::Failed,
            item: hash(),
            n_bytes,
        });
    }
    let account = open(intake, spot, store, form, None)?;
    let item = hash();
    intake.close(spot, form, item, n_bytes, account)?;
    ControlFlow::Continue(Passed {
        taken: Taken::Read,
        item,
        n_bytes,
    })
}

enum SpoolError {
    /// The owner of the reader knows.
    Reader,
    File(io::Error),
}

/// A stream in a temporary file.
///
/// # Errors
///
/// Where it cannot be written, or the stream not be read.
pub(crate) fn spooled(intake: &Intake<'_>, reader: &mut dyn Read) -> io::Result<File> {
    spool(intake, reader).map_err(|error| match error {
        SpoolError::File(error) => error,
        SpoolError::Reader => io::ErrorKind::InvalidData.into(),
    })
}

/// Copies a stream to a temporary file that has no name.
fn spool(intake: &Intake<'_>, reader: &mut dyn Read) -> Result<File, SpoolError> {
    let mut file = tempfile::tempfile_in(&intake.settings.spool_dir).map_err(SpoolError::File)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(SpoolError::Reader),
        };
        file.write_all(buffer.get(..n).unwrap_or_default())
            .map_err(SpoolError::File)?;
    }
    file.seek(SeekFrom::Start(0)).map_err(SpoolError::File)?;
    Ok(file)
}
