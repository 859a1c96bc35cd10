//! The case as a whole: made, gone on with, opened.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mabillon_case::ExaminationRecord;
use rusqlite::{Connection, OpenFlags};

use crate::checkpoint::Checkpoints;
use crate::index::Pace;
use crate::manifest::{self, Manifest, State};
use crate::resume::{Progress, Resume};
use crate::seal::ContentDigest;
use crate::write::Writer;
use crate::{KeepError, folder, schema};

/// One case on disk.
///
/// Made by [`Case::create_or_resume`] it can be written to by one thread; opened by [`Case::open`] it is only read.
pub struct Case {
    pub(crate) dir: PathBuf,
    pub(crate) conn: Connection,
    pub(crate) manifest: Manifest,
    pub(crate) writer: Option<Writer>,
    /// The digests of items, noted down when opinions were formed; `None` once anything was written after that.
    pub(crate) noted: Option<ContentDigest>,
    /// Moves what was committed into the database; while the case is examined.
    pub(crate) checkpoints: Option<Checkpoints>,
    /// Tells the index how far the store has come.
    pub(crate) pace: Option<Arc<Pace>>,
    /// Held as long as the case is open for writing.
    lock: Option<File>,
}

impl Case {
    /// Makes a case in `dir`, or goes on with the one there if it is of the same version, options and exhibits.
    ///
    /// Exhibits are compared by number, name and origin, and by size, number of files and digest as far as both sides
    /// know them: 0, or a digest of zeros, means not known yet.
    /// A complete case is opened as [`Case::open_to_add`] does, and reported as [`Progress::Complete`].
    ///
    /// # Errors
    /// `NotACase` where the folder holds other files, `OtherRun` and `OtherFormat` where it holds another case, `Busy`
    /// where another program writes to it, and errors of the disk.
    pub fn create_or_resume(
        dir: &Path,
        record: &ExaminationRecord,
    ) -> Result<(Self, Resume), KeepError> {
        let (manifest, progress) = match manifest::read(dir)? {
            Some(manifest) => {
                manifest.continues(dir, record)?;
                let progress = match manifest.state {
                    State::Running => Progress::Continued,
                    State::Complete => Progress::Complete,
                };
                (manifest, progress)
            }
            None if folder::is_free(dir)? => {
                std::fs::create_dir_all(dir).map_err(KeepError::io(dir))?;
                let manifest = Manifest::new(record);
                manifest::write(dir, &manifest)?;
                (manifest, Progress::New)
            }
            None => return Err(KeepError::NotACase(dir.to_path_buf())),
        };
        let case = Self::open_for_writing(dir, manifest)?;
        let resume = Resume::load(&case.conn, progress)?;
        Ok((case, resume))
    }

    fn open_for_writing(dir: &Path, manifest: Manifest) -> Result<Self, KeepError> {
        folder::make(dir)?;
        let lock = folder::lock(dir)?;
        let is_running = manifest.state == State::Running;
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if is_running {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let conn = Connection::open_with_flags(dir.join(folder::DATABASE), flags)?;
        let (mut writer, mut checkpoints) = (None, None);
        if is_running {
            folder::empty_spool(dir)?;
            schema::prepare(&conn)?;
            writer = Some(Writer::load(&conn)?);
            checkpoints = Some(Checkpoints::start(dir)?);
        }
        Ok(Self {
            dir: dir.to_path_buf(),
            conn,
            manifest,
            writer,
            noted: None,
            checkpoints,
            pace: None,
            lock: Some(lock),
        })
    }

    /// Opens a case for reading.
    ///
    /// # Errors
    /// `NoCase` where there is none, `NotACase` and `OtherFormat` where it is not one of this program.
    pub fn open(dir: &Path) -> Result<Self, KeepError> {
        let manifest = manifest::read(dir)?.ok_or_else(|| KeepError::NoCase(dir.to_path_buf()))?;
        let conn = read_only(dir)?;
        Ok(Self {
            dir: dir.to_path_buf(),
            conn,
            manifest,
            writer: None,
            noted: None,
            checkpoints: None,
            pace: None,
            lock: None,
        })
    }

    /// Opens a complete case to add to its custody log or to write its report again.
    ///
    /// # Errors
    /// As [`Case::open`]; `NotComplete` where the examination has not come to its end, `Busy` where another program
    /// writes to it.
    pub fn open_to_add(dir: &Path) -> Result<Self, KeepError> {
        let manifest = manifest::read(dir)?.ok_or_else(|| KeepError::NoCase(dir.to_path_buf()))?;
        if manifest.state != State::Complete {
            return Err(KeepError::NotComplete(dir.to_path_buf()));
        }
        Self::open_for_writing(dir, manifest)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where `report.html` belongs.
    pub fn report_path(&self) -> PathBuf {
        self.dir.join(folder::REPORT)
    }

    /// Where `collection.json` belongs.
    pub fn collection_path(&self) -> PathBuf {
        self.dir.join(folder::COLLECTION)
    }

    /// Where large things may be spooled during the run; emptied at its start and its end.
    pub fn spool_dir(&self) -> PathBuf {
        folder::spool(&self.dir)
    }

    /// Whether the examination is complete and sealed.
    pub fn is_complete(&self) -> bool {
        self.manifest.state == State::Complete
    }

    /// What was examined, with what, as `case.toml` says.
    pub fn examination(&self) -> ExaminationRecord {
        self.manifest.record()
    }

    /// The digest over the whole content, once the case is sealed: the same for the same exhibits, version and options.
    pub fn content_digest(&self) -> Option<&str> {
        self.manifest.seal.as_ref().map(|seal| &*seal.content)
    }

    /// The digest of the seal, once the case is sealed: to be noted down elsewhere.
    pub fn seal_digest(&self) -> Option<&str> {
        self.manifest.seal.as_ref().map(|seal| &*seal.sha256)
    }

    /// To be called after each commit.
    pub(crate) fn committed(&self) {
        if let Some(checkpoints) = &self.checkpoints {
            checkpoints.committed();
        }
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.lock.is_none()
    }

    pub(crate) fn must_run(&self) -> Result<(), KeepError> {
        if self.writer.is_some() {
            Ok(())
        } else if self.is_complete() {
            Err(KeepError::Sealed(self.dir.clone()))
        } else {
            Err(KeepError::ReadOnly(self.dir.clone()))
        }
    }
}

/// A connection that cannot change the database.
pub(crate) fn read_only(dir: &Path) -> Result<Connection, KeepError> {
    let path = dir.join(folder::DATABASE);
    if !path.is_file() {
        return Err(KeepError::damaged("case.sqlite is missing"));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// A connection that sees the case as it is now and cannot change it, for much reading: the database is locked once, and
/// not for each question.
pub(crate) fn snapshot(dir: &Path) -> Result<Connection, KeepError> {
    let conn = read_only(dir)?;
    conn.execute_batch("BEGIN")?;
    Ok(conn)
}
