//! Zip archives (APPNOTE.TXT 6.3.10), with Zip64; cut ones, and entries that the directory does not list, are read by
//! their local headers.

mod content;
mod directory;
mod entries;
mod facts;
mod local;
mod locked;
mod methods;
mod olm;

use std::io::{Read, Seek};

use mabillon_case::Form;

pub(crate) use directory::Disks;
pub(crate) use entries::open;

use super::store::Store;
use crate::limits::ENTRIES_MAX;

/// A reader that can go back.
pub(crate) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Names that tell an Outlook for Mac archive.
const OLM_NAME: &str = "com.microsoft.__Messages";

/// What a zip package is: an Office document, an Outlook for Mac archive, or any archive.
pub(crate) fn family(reader: &mut dyn ReadSeek, n_bytes: u64, disks: Disks<'_>) -> Form {
    if is_odf(reader) {
        return Form::Odf;
    }
    let names: Vec<String> = match directory::read(reader, n_bytes, disks, ENTRIES_MAX) {
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
        Form::Olm
    } else {
        Form::Zip
    }
}

/// Whether these bytes, which begin with something else, end with an archive: a self-extracting program, say.
pub(crate) fn is_appended(reader: &mut dyn ReadSeek, n_bytes: u64) -> bool {
    let Ok(directory) = directory::read(reader, n_bytes, Disks::ONE, 1) else {
        return false;
    };
    directory
        .entries
        .first()
        .is_some_and(|entry| matches!(local::header_at(reader, entry.header_offset), Ok(Some(_))))
}

/// In how many files an archive lies whose last one this is; `None` where it is no archive, or lies in one.
pub(crate) fn n_files(last: &Store) -> Option<usize> {
    usize::try_from(directory::n_disks(&mut last.reader(), last.len())?).ok()
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
