//! Archives that lie in several files, one behind another: `mail.7z.001`, `mail.7z.002` and so on.
//!
//! Only the names tell that files belong together; what they are together is told by the content of the first.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use mabillon_case::{Form, ItemId};

use crate::digest::HashingReader;

/// How the name of the first part ends.
const FIRST: &str = ".001";

/// Parts of one archive.
const PARTS_MAX: usize = 999;

/// The name of part `number`, from that of the first.
pub(crate) fn name_of(first: &str, number: usize) -> Option<String> {
    let stem = first.strip_suffix(FIRST)?;
    Some(format!("{stem}.{number:03}"))
}

/// The files of a split archive, from the path of its first one; `None` where this is none, or where no second is there.
pub(crate) fn parts(first: &Path) -> Option<Vec<PathBuf>> {
    let name = first.file_name()?.to_str()?;
    let numbered = (1..=PARTS_MAX).map_while(|number| {
        let path = first.with_file_name(name_of(name, number)?);
        let is_file = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
        is_file.then_some(path)
    });
    let parts: Vec<PathBuf> = numbered.collect();
    (parts.len() > 1).then_some(parts)
}

/// Bytes of all parts together.
pub(crate) fn n_bytes(parts: &[PathBuf]) -> u64 {
    let sizes = parts.iter().map(fs::metadata);
    sizes.map(|size| size.map_or(0, |size| size.len())).sum()
}

/// The SHA-256 of all parts together.
pub(crate) fn hash(parts: &[PathBuf]) -> Option<ItemId> {
    let files: io::Result<Vec<File>> = parts.iter().map(File::open).collect();
    let mut together: Box<dyn Read> = Box::new(io::empty());
    for file in files.ok()? {
        together = Box::new(together.chain(file));
    }
    let (item, _, end) = HashingReader::new(together).finish();
    end.ok().map(|()| item)
}

/// A split archive.
pub(crate) struct Split {
    pub(crate) parts: Vec<PathBuf>,
    pub(crate) form: Form,
}
