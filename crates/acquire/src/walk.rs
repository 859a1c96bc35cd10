//! The files below a folder, in the order of the bytes of their paths.

use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use crate::printable::printable;

/// One thing found below a folder.
#[derive(Debug)]
pub(crate) enum Found {
    /// A file: where it is, and its path relative to the folder, for display.
    File(PathBuf, String),
    /// Something that is not read, with the reason.
    NotRead(String, String),
}

/// Walks a folder. Symbolic links are not followed.
pub(crate) struct Walk {
    /// What is still to be visited, last first.
    stack: Vec<Entry>,
}

struct Entry {
    path: PathBuf,
    name: String,
    kind: io::Result<FileType>,
}

impl Walk {
    /// A walk below a folder.
    ///
    /// # Errors
    ///
    /// Where the folder itself cannot be listed.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let mut walk = Self { stack: Vec::new() };
        walk.list(folder, "")?;
        Ok(walk)
    }

    /// Puts what a folder holds on the stack.
    fn list(&mut self, folder: &Path, name: &str) -> io::Result<()> {
        let mut entries: Vec<(Vec<u8>, OsString, io::Result<FileType>)> = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type();
            let mut key = entry.file_name().as_encoded_bytes().to_vec();
            // So that the order is that of whole paths: `a.txt` comes before what lies in `a`.
            if kind.as_ref().is_ok_and(FileType::is_dir) {
                key.push(b'/');
            }
            entries.push((key, entry.file_name(), kind));
        }
        entries.sort_unstable_by(|left, right| right.0.cmp(&left.0));
        self.stack
            .extend(entries.into_iter().map(|(_, file_name, kind)| {
                let label = printable(file_name.as_encoded_bytes());
                let name = if name.is_empty() {
                    label
                } else {
                    format!("{name}/{label}")
                };
                Entry {
                    path: folder.join(file_name),
                    name,
                    kind,
                }
            }));
        Ok(())
    }
}

impl Iterator for Walk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let Entry { path, name, kind } = self.stack.pop()?;
            match kind {
                Ok(kind) if kind.is_file() => return Some(Found::File(path, name)),
                Ok(kind) if kind.is_dir() => {
                    if let Err(error) = self.list(&path, &name) {
                        return Some(Found::NotRead(
                            name,
                            format!("the folder cannot be listed: {error}"),
                        ));
                    }
                }
                Ok(kind) if kind.is_symlink() => {
                    return Some(Found::NotRead(
                        name,
                        "symbolic link, not followed".to_owned(),
                    ));
                }
                Ok(_) => {
                    return Some(Found::NotRead(
                        name,
                        "a device, pipe or socket is not read".to_owned(),
                    ));
                }
                Err(error) => return Some(Found::NotRead(name, error.to_string())),
            }
        }
    }
}
