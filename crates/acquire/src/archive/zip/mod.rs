//! Zip archives (APPNOTE.TXT 6.3.10), with Zip64; cut ones are read by their local headers.

mod directory;
mod entries;
mod facts;
mod local;

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;

use bytes::Bytes;
use mabillon_case::{Accounting, Form, ItemId};

pub(crate) use entries::open;

use crate::digest::HashingReader;
use crate::intake::Intake;
use crate::limits::ENTRIES_MAX;
use crate::mailbox::outlook;
use crate::spot::{Passed, Spot, Taken};

/// A reader that can go back.
pub(crate) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Names that tell an Outlook for Mac archive.
const OLM_NAME: &str = "com.microsoft.__Messages";

/// What a zip package is: an Office document, an Outlook for Mac archive, or any archive.
pub(crate) fn family(reader: &mut dyn ReadSeek, n_bytes: u64) -> Form {
    if is_odf(reader) {
        return Form::Odf;
    }
    let names: Vec<String> = match directory::read(reader, n_bytes, ENTRIES_MAX) {
        Ok(directory) => directory
            .entries
            .into_iter()
            .map(|entry| entry.name)
            .collect(),
        Err(_) => local::first_name(reader).into_iter().collect(),
    };
    if names.iter().any(|name| name == "[Content_Types].xml") {
        Form::Ooxml
    } else if names.iter().any(|name| name.contains(OLM_NAME)) {
        Form::UnsupportedContainer("OLM")
    } else {
        Form::Zip
    }
}

/// OpenDocument packages begin with their media type, stored (ODF 1.2, part 3, section 3.3).
fn is_odf(reader: &mut dyn ReadSeek) -> bool {
    let mut start = [0; 80];
    let is_read = reader
        .rewind()
        .and_then(|()| reader.read_exact(&mut start))
        .is_ok();
    let content = start.get(30..).unwrap_or_default();
    is_read
        && [
            &b"mimetypeapplication/vnd.oasis.opendocument"[..],
            b"mimetypeapplication/vnd.sun.xml",
        ]
        .iter()
        .any(|odf| content.starts_with(odf))
}

/// Takes a zip package or an Outlook store that comes as a stream: in memory up to a limit, else from a temporary file.
pub(crate) fn take_spooled(
    intake: &mut Intake<'_>,
    spot: &Spot,
    reader: &mut dyn Read,
    form: Form,
) -> ControlFlow<(), Passed> {
    let max = intake.settings.limits.memory_bytes_max;
    let mut start = Vec::new();
    if reader.take(max + 1).read_to_end(&mut start).is_err() {
        return ControlFlow::Continue(Passed::UNREAD);
    }
    if start.len() as u64 <= max {
        return intake.take_bytes(spot, Bytes::from(start), None);
    }
    let mut reader = HashingReader::new(Cursor::new(start).chain(reader));
    let mut file = match spool(intake, &mut reader) {
        Ok(file) => file,
        Err(SpoolError::Reader) => return ControlFlow::Continue(Passed::UNREAD),
        Err(SpoolError::File(error)) => {
            let reason =
                format!("it is too large for memory and no temporary file can be written: {error}");
            intake.not_read(spot, Some(form), reason)?;
            return ControlFlow::Continue(Passed::UNREAD);
        }
    };
    let (item, n_bytes, _) = reader.finish();
    if form == Form::Pst {
        return outlook::take_store_file(intake, spot, &mut file, n_bytes, || Some(item));
    }
    take_file(intake, spot, &mut file, n_bytes, || Some(item))
}

/// Takes a zip package that lies in a file. `hash` gives the SHA-256 of the file when it is asked for.
pub(crate) fn take_file(
    intake: &mut Intake<'_>,
    spot: &Spot,
    file: &mut dyn ReadSeek,
    n_bytes: u64,
    hash: impl FnOnce() -> Option<ItemId>,
) -> ControlFlow<(), Passed> {
    let form = family(file, n_bytes);
    if !form.is_container() {
        if file.rewind().is_err() {
            return ControlFlow::Continue(Passed::UNREAD);
        }
        return intake.large_leaf(spot, file, form);
    }
    if let Some(reason) = intake.refusal(spot, form) {
        intake.not_read(spot, Some(form), reason)?;
        return ControlFlow::Continue(Passed {
            taken: Taken::Failed,
            item: hash(),
            n_bytes,
        });
    }
    let account: Accounting = open(intake, spot, file, n_bytes, None)?;
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

/// Copies a stream to a temporary file that has no name.
fn spool(intake: &Intake<'_>, reader: &mut dyn Read) -> Result<std::fs::File, SpoolError> {
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
