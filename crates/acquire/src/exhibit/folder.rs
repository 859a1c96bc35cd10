//! A folder given as exhibit: its files, and archives that lie in several of them.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread;

use mabillon_case::ContainerKind;

use super::{
    Sum, file_spot, form_read_at_places, hash_of, surviving, take_file_or_survive, take_joined,
};
use crate::ahead::{Ahead, ReadAhead};
use crate::digest::FolderDigest;
use crate::event::{Content, Event};
use crate::intake::Intake;
use crate::mailbox::kept_beside::KeptBeside;
use crate::parts::{self, Parts};
use crate::spot::{Passed, Spot, Taken, count};
use crate::walk::Walk;

/// Takes everything below a folder.
pub(super) fn take_folder(intake: &mut Intake<'_>, walk: Walk) -> ControlFlow<(), Sum> {
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
    /// Names of files that were read with another one of their archive.
    joined: HashSet<String>,
    /// Names of files that are missing, and told of.
    missing: HashSet<String>,
    kept_beside: KeptBeside,
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
            missing: HashSet::new(),
            kept_beside: KeptBeside::default(),
        }
    }

    /// Takes what was found next.
    fn take(&mut self, ahead: Ahead) -> ControlFlow<()> {
        if let Ahead::Small { path, name, .. } | Ahead::Large { path, name } = &ahead
            && !self.joined.contains(name)
            && let Some(parts) = Parts::around(path, form_read_at_places)
        {
            let passed = self.take_parts(&parts, path, name)?;
            self.count(name, &passed);
            return ControlFlow::Continue(());
        }
        let (name, passed) = match ahead {
            Ahead::Small { path, name, .. } | Ahead::Large { path, name }
                if self.joined.remove(&name) =>
            {
                (name, read_with_others(&path))
            }
            Ahead::NotRead { name, reason } => {
                self.intake
                    .not_read(&file_spot(name.clone(), 0), None, reason)?;
                (name, Passed::UNREAD)
            }
            Ahead::Small {
                path,
                name,
                bytes,
                item,
            } => {
                let n_bytes = bytes.len() as u64;
                self.intake.begin_file(n_bytes);
                let spot = self.spot(&path, &name, n_bytes);
                let mut passed = surviving(self.intake, &spot, |intake| {
                    intake.take_bytes(&spot, bytes, Some(item))
                })?;
                passed.item = Some(item);
                (name, passed)
            }
            Ahead::Large { path, name } => {
                let passed = self.take_large(&path, &name)?;
                (name, passed)
            }
        };
        self.count(&name, &passed);
        ControlFlow::Continue(())
    }

    fn take_large(&mut self, path: &Path, name: &str) -> ControlFlow<(), Passed> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        match opened {
            Ok((n_bytes, file)) => {
                let spot = self.spot(path, name, n_bytes);
                take_file_or_survive(self.intake, path, &spot, file)
            }
            Err(error) => {
                let spot = file_spot(name.to_owned(), 0);
                self.intake.not_read(&spot, None, error.to_string())?;
                ControlFlow::Continue(Passed::UNREAD)
            }
        }
    }

    /// The place of a file, with the message that it belongs to, if any.
    fn spot(&mut self, path: &Path, name: &str, n_bytes: u64) -> Spot {
        let spot = file_spot(name.to_owned(), n_bytes);
        self.kept_beside.tied(path, spot)
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

    /// Takes an archive in several files with all of them; gives what came of the one that was found first.
    fn take_parts(&mut self, parts: &Parts, path: &Path, name: &str) -> ControlFlow<(), Passed> {
        let beside = |file: &str| match name.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{file}"),
            None => file.to_owned(),
        };
        let labels = parts.files.paths.iter().map(|path| parts::label(path));
        let others = labels
            .map(|label| beside(&label))
            .filter(|other| other != name);
        self.joined.extend(others);
        let n_named = parts.missing.len();
        for (n, missing) in (1..).zip(&parts.missing) {
            let n_more = if n == n_named {
                parts.n_more_missing
            } else {
                0
            };
            let reason = parts::missing_reason(&parts.name, n_more);
            let missing = beside(missing);
            if self.missing.insert(missing.clone()) {
                count(&mut self.account, Taken::Failed, 0);
                self.intake.not_read(&file_spot(missing, 0), None, reason)?;
            }
        }
        let spot = file_spot(beside(&parts.name), parts.n_bytes());
        let passed = surviving(self.intake, &spot, |intake| {
            take_parts(intake, &spot, parts)
        })?;
        ControlFlow::Continue(Passed {
            item: hash_of(path),
            n_bytes: fs::metadata(path).map_or(0, |metadata| metadata.len()),
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

/// A file that was read with another one of its archive.
fn read_with_others(path: &Path) -> Passed {
    Passed {
        taken: Taken::Ignored(parts::READ_WITH_OTHERS),
        item: hash_of(path),
        n_bytes: fs::metadata(path).map_or(0, |metadata| metadata.len()),
    }
}

/// Takes the files of an archive as the one that they are.
fn take_parts(intake: &mut Intake<'_>, spot: &Spot, parts: &Parts) -> ControlFlow<(), Passed> {
    intake.begin_file(spot.length);
    let hash = || parts.hash();
    let Some(opener) = intake.opener else {
        let numbered = parts.files.numbers.iter().zip(&parts.files.paths);
        let opened = numbered.map(|(number, path)| Ok((*number, File::open(path)?)));
        return match opened.collect::<io::Result<Vec<(u32, File)>>>() {
            Ok(files) => take_joined(intake, spot, files, hash),
            Err(error) => {
                intake.not_read(spot, Some(parts.form), error.to_string())?;
                ControlFlow::Continue(Passed::UNREAD)
            }
        };
    };
    let content = Content::Files(&parts.files);
    let item = intake.open_elsewhere(opener, spot, content, parts.form, hash)?;
    ControlFlow::Continue(Passed {
        taken: Taken::Read,
        item,
        n_bytes: spot.length,
    })
}
