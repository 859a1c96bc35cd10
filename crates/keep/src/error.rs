//! What can go wrong with a case on disk, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// A case cannot be made, read or written. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The folder holds something else.
    #[error("{} holds files that are not a Mabillon case; choose another folder", .0.display())]
    NotACase(PathBuf),
    /// There is no case in the folder.
    #[error("{} holds no Mabillon case; make one with `mabillon examine EXHIBIT --case {}`", .0.display(), .0.display())]
    NoCase(PathBuf),
    /// The case is laid out in another way than this program knows.
    #[error("the case in {} has format {found}, this program knows format {known}; open it with the version that made it ({version})", dir.display())]
    OtherFormat {
        /// The case folder.
        dir: PathBuf,
        /// Format of the case.
        found: u32,
        /// Format of this program.
        known: u32,
        /// Version of the program that made it.
        version: String,
    },
    /// The case was begun with something else than is asked for now.
    #[error("the case in {} was begun with {what}: {before}; now it is {now}. Choose another folder for --case, or repeat the first command to go on with this one", dir.display())]
    OtherRun {
        /// The case folder.
        dir: PathBuf,
        /// What differs.
        what: &'static str,
        /// How it was.
        before: String,
        /// How it is.
        now: String,
    },
    /// Another program is writing to the case.
    #[error("another Mabillon is at work on the case in {} (an examination, or a review that is being served); wait until it has ended, or end it", .0.display())]
    Busy(PathBuf),
    /// The examination has not come to its end.
    #[error("the examination in {} is not complete; run the same `mabillon examine` again and it goes on where it stopped", .0.display())]
    NotComplete(PathBuf),
    /// The examination is complete and nothing more may be added to it.
    #[error("the examination in {} is complete and sealed; choose another folder for a new one", .0.display())]
    Sealed(PathBuf),
    /// The case was opened for reading only.
    #[error("the case in {} was opened for reading only", .0.display())]
    ReadOnly(PathBuf),
    /// No space left.
    #[error(
        "the disk that holds the case is full; free some space and run the same command again, it goes on where it stopped"
    )]
    DiskFull,
    /// A file cannot be read or written.
    #[error("{} cannot be read or written ({source}); check that the folder exists and that you may write to it", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Something in the case cannot be understood.
    #[error("the case is damaged: {0}; run `mabillon verify` on it to see what was changed")]
    Damaged(String),
    /// The database refuses.
    #[error(
        "the database of the case refuses: {0}; run `mabillon verify` on the case to see whether it is damaged"
    )]
    Store(rusqlite::Error),
    /// The full-text index refuses.
    #[error("the full-text index refuses: {0}; it can be made again from the case")]
    Index(String),
}

impl KeepError {
    /// An error of the file system at `path`.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| {
            if is_full(&source) {
                Self::DiskFull
            } else {
                Self::Io { path, source }
            }
        }
    }

    /// Something of the case that cannot be understood.
    pub(crate) fn damaged(what: impl std::fmt::Display) -> Self {
        Self::Damaged(what.to_string())
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

impl From<rusqlite::Error> for KeepError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as Sql;
        match error {
            // A value of another type than we ever store there: somebody else wrote it.
            Sql::InvalidColumnType(..)
            | Sql::FromSqlConversionFailure(..)
            | Sql::IntegralValueOutOfRange(..)
            | Sql::Utf8Error(..) => Self::damaged(error),
            _ if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Store(error),
        }
    }
}

impl From<tantivy::TantivyError> for KeepError {
    fn from(error: tantivy::TantivyError) -> Self {
        match &error {
            tantivy::TantivyError::IoError(source) if is_full(source) => Self::DiskFull,
            _ => Self::Index(error.to_string()),
        }
    }
}

impl From<parquet::errors::ParquetError> for KeepError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        if let parquet::errors::ParquetError::External(inner) = &error
            && inner.downcast_ref::<io::Error>().is_some_and(is_full)
        {
            return Self::DiskFull;
        }
        Self::Damaged(format!("the facts cannot be written or read: {error}"))
    }
}
