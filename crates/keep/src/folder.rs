//! The case folder: names, lock, spool.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::KeepError;

pub(crate) const MANIFEST: &str = "case.toml";
pub(crate) const MANIFEST_NEW: &str = "case.toml.new";
pub(crate) const DATABASE: &str = "case.sqlite";
pub(crate) const FACTS: &str = "facts";
pub(crate) const INDEX: &str = "index";
pub(crate) const REPORT: &str = "report.html";
pub(crate) const COLLECTION: &str = "collection.json";
const SPOOL: &str = "tmp";
const LOCK: &str = "lock";

/// Whether a case may be made in `dir`: it does not exist, is empty, or holds no more than a first try to make one.
pub(crate) fn is_free(dir: &Path) -> Result<bool, KeepError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(false),
        Err(error) => return Err(KeepError::io(dir)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(KeepError::io(dir))?;
        if entry.file_name() != MANIFEST_NEW {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes the folders of a case that are missing.
pub(crate) fn make(dir: &Path) -> Result<(), KeepError> {
    for path in [dir.join(FACTS), dir.join(INDEX), spool(dir)] {
        fs::create_dir_all(&path).map_err(KeepError::io(&path))?;
    }
    sync(dir)
}

/// Where large things are spooled during the run.
pub(crate) fn spool(dir: &Path) -> PathBuf {
    dir.join(SPOOL)
}

/// Takes the case for writing; it is free again when the file is dropped.
pub(crate) fn lock(dir: &Path) -> Result<File, KeepError> {
    let path = spool(dir).join(LOCK);
    let file = File::create(&path).map_err(KeepError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(KeepError::Busy(dir.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(KeepError::io(&path)(error)),
    }
}

/// Removes what an earlier run left in the spool.
pub(crate) fn empty_spool(dir: &Path) -> Result<(), KeepError> {
    let spool = spool(dir);
    for entry in fs::read_dir(&spool).map_err(KeepError::io(&spool))? {
        let entry = entry.map_err(KeepError::io(&spool))?;
        if entry.file_name() == LOCK {
            continue;
        }
        let path = entry.path();
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let removed = if is_dir {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(KeepError::io(&path))?;
    }
    Ok(())
}

/// Empties and makes again the folder `name` of the case.
pub(crate) fn make_anew(dir: &Path, name: &str) -> Result<PathBuf, KeepError> {
    let path = dir.join(name);
    match fs::remove_dir_all(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(KeepError::io(&path)(error));
        }
        _ => {}
    }
    fs::create_dir_all(&path).map_err(KeepError::io(&path))?;
    Ok(path)
}

/// Forces the names in `dir` to disk.
#[cfg(unix)]
pub(crate) fn sync(dir: &Path) -> Result<(), KeepError> {
    File::open(dir)
        .and_then(|folder| folder.sync_all())
        .map_err(KeepError::io(dir))
}

/// Elsewhere than on Unix a rename is durable by itself, or cannot be made so.
#[cfg(not(unix))]
pub(crate) fn sync(_dir: &Path) -> Result<(), KeepError> {
    Ok(())
}
