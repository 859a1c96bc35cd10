//! The entries of a zip archive, taken one after the other in the order of their bytes.

use std::io;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use mabillon_case::{Accounting, ContainerKind, EntryFacts, Form, ItemId};

use super::content::Stored;
use super::directory::{self, Directory, Disks, Entry};
use super::local::{self, Local};
use super::locked::Lock;
use super::olm::Package;
use super::{ReadSeek, facts, methods};
use crate::archive::store::Store;
use crate::fault::Fault;
use crate::intake::Intake;
use crate::limits::ZIP_PASSWORD_ATTEMPTS_MAX;
use crate::spot::{Spot, Taken, count, ignore};

/// What a zip archive shows of its entries.
struct Listing {
    entries: Vec<Entry>,
    /// Why this is not all.
    incomplete: Option<String>,
    /// Where the bytes of entries end.
    data_end: u64,
}

fn list(reader: &mut dyn ReadSeek, store: &Store, entries_max: u64) -> Listing {
    let n_bytes = store.len();
    if let Ok(Directory {
        mut entries,
        start,
        incomplete,
    }) = directory::read(reader, n_bytes, Disks(&store.starts()), entries_max)
    {
        entries.sort_by_key(|entry| entry.header_offset);
        let n_files = directory::n_disks(reader, n_bytes).filter(|_| store.starts().len() == 1);
        let last_alone = n_files.map(|n_files| {
            format!(
                "it is the last of {n_files} files of a split archive, and the others are missing"
            )
        });
        return Listing {
            entries,
            incomplete: incomplete.or(last_alone),
            data_end: start.min(n_bytes),
        };
    }
    let start = local::start(reader);
    let (entries, data_end) = local::entries(reader, start, n_bytes, entries_max);
    let incomplete = if entries.len() as u64 >= entries_max {
        format!("it holds more than {entries_max} entries: the rest is not read")
    } else {
        "the archive is cut off or damaged: its directory is missing".to_owned()
    };
    Listing {
        entries,
        incomplete: Some(incomplete),
        data_end,
    }
}

/// Takes the entries of a zip archive.
pub(crate) fn open(
    intake: &mut Intake<'_>,
    spot: &Spot,
    store: &Store,
    form: Form,
    parent: Option<ItemId>,
) -> ControlFlow<(), Accounting> {
    let (mut reader, n_bytes) = (store.reader(), store.len());
    let reader = &mut reader;
    let listing = list(reader, store, intake.settings.limits.entries_max);
    let (kind, package) = match form {
        Form::Olm => (ContainerKind::Olm, Some(Package::of(&listing.entries))),
        _ => (ContainerKind::Zip, None),
    };
    let account = intake.account(spot, kind);
    let mut archive = Archive {
        intake,
        spot,
        reader,
        parent,
        account,
        end: 0,
        data_end: listing.data_end,
        n_headers: 0,
        n_folders: 0,
        n_folder_entries: 0,
        password: None,
        attempts_left: ZIP_PASSWORD_ATTEMPTS_MAX,
        package,
    };
    for entry in &listing.entries {
        archive.gap(entry.header_offset)?;
        archive.entry(entry)?;
    }
    archive.gap(archive.data_end)?;
    archive.rest_of_package()?;
    let Archive {
        mut account,
        n_headers,
        n_folders,
        ..
    } = archive;
    ignore(&mut account, "zip local headers", n_headers);
    ignore(&mut account, "data of folder entries", n_folders);
    let known = account.bytes_owned();
    let rest = n_bytes.saturating_sub(known);
    if let Some(reason) = listing.incomplete {
        count(&mut account, Taken::Failed, rest);
        intake.not_read(spot, Some(form), reason)?;
    } else {
        let n_directory = (n_bytes - listing.data_end).min(rest);
        ignore(&mut account, "zip directory", n_directory);
        let n_gaps = rest - n_directory;
        ignore(&mut account, "zip data descriptors and gaps", n_gaps);
    }
    ControlFlow::Continue(account)
}

pub(super) struct Archive<'a, 'b> {
    pub(super) intake: &'a mut Intake<'b>,
    pub(super) spot: &'a Spot,
    pub(super) reader: &'a mut dyn ReadSeek,
    parent: Option<ItemId>,
    pub(super) account: Accounting,
    /// Where the entries taken so far end.
    end: u64,
    pub(super) data_end: u64,
    n_headers: u64,
    n_folders: u64,
    n_folder_entries: u64,
    /// The password that opened an entry last.
    password: Option<usize>,
    /// Passwords that may still be tried.
    attempts_left: u64,
    /// What is known of the package, where it is an archive of Outlook for Mac.
    pub(super) package: Option<Package>,
}

impl Archive<'_, '_> {
    /// Takes entries that the directory does not list, from the last one taken to a place.
    fn gap(&mut self, end: u64) -> ControlFlow<()> {
        let end = end.min(self.data_end);
        if end <= self.end {
            return ControlFlow::Continue(());
        }
        let left = self.intake.settings.limits.entries_max;
        let left = left.saturating_sub(self.account.n_expected);
        let Some(start) = local::start_in_gap(self.reader, self.end, end) else {
            return ControlFlow::Continue(());
        };
        let (unlisted, _) = local::entries(self.reader, start, end, left);
        for entry in &unlisted {
            self.entry(entry)?;
        }
        ControlFlow::Continue(())
    }

    fn entry(&mut self, entry: &Entry) -> ControlFlow<()> {
        let mut member = self.spot.member(&entry.name, self.parent);
        (member.offset, member.length) = (entry.header_offset, entry.stored_bytes);
        member.size_hint = entry.size_bytes.unwrap_or_default();
        let number = self.account.n_expected + self.n_folder_entries;
        member.entry = Some(Arc::new(EntryFacts::new(ContainerKind::Zip, number)));
        if entry.header_offset < self.end {
            return self.fail(
                &member,
                "it overlaps another entry of the archive".to_owned(),
            );
        }
        let local = match local::header_at(self.reader, entry.header_offset) {
            Ok(Some(local)) => local,
            Ok(None) => return self.fail(&member, "its local header is missing".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return self.fail(&member, "it lies beyond the end of the archive".to_owned());
            }
            Err(error) => {
                return self.fail(&member, format!("its local header cannot be read: {error}"));
            }
        };
        let n_stored = entry
            .stored_bytes
            .min(self.data_end.saturating_sub(local.data_offset));
        member.offset = local.data_offset;
        member.entry = Some(Arc::new(facts::read(self.reader, entry, &local, number)));
        self.n_headers += local.data_offset - entry.header_offset;
        self.end = local.data_offset + n_stored;
        if entry.name.ends_with('/') && entry.size_bytes.unwrap_or(0) == 0 {
            self.n_folders += n_stored;
            self.n_folder_entries += 1;
            return ControlFlow::Continue(());
        }
        if self.package.is_some() {
            self.of_package(&member, entry, &local, n_stored)?;
        } else {
            let taken = self.content(&member, entry, &local, n_stored)?;
            count(&mut self.account, taken, n_stored);
        }
        if self.spot.depth == 0 {
            self.intake.done_to(self.end);
        }
        ControlFlow::Continue(())
    }

    /// An entry that has no bytes of its own.
    fn fail(&mut self, member: &Spot, reason: String) -> ControlFlow<()> {
        count(&mut self.account, Taken::Failed, 0);
        self.intake.not_read(member, None, reason)
    }

    pub(super) fn content(
        &mut self,
        member: &Spot,
        entry: &Entry,
        local: &Local,
        n_stored: u64,
    ) -> ControlFlow<(), Taken> {
        let stored = match self.unlock(entry, local, n_stored) {
            Ok(stored) => stored,
            Err(reason) => {
                self.intake.not_read(member, None, reason)?;
                return ControlFlow::Continue(Taken::Failed);
            }
        };
        if let Some(reason) = methods::refusal(stored.method) {
            self.intake.not_read(member, None, reason)?;
            return ControlFlow::Continue(Taken::Failed);
        }
        let fault = Fault::default();
        let is_authentic = stored.is_authentic();
        let expandable = Rc::clone(&self.intake.expandable);
        let limits = self.intake.settings.limits.clone();
        let taken = match stored.open(self.reader, expandable, limits) {
            Ok(content) => {
                let mut content = fault.watch(content);
                self.intake.take_stream(member, &mut content)?.taken
            }
            Err(error) => {
                self.intake
                    .not_read(member, None, format!("it cannot be read: {error}"))?;
                Taken::Failed
            }
        };
        let fault = fault.reason().or_else(|| {
            let reason = "its authentication code does not match";
            (!is_authentic).then(|| reason.to_owned())
        });
        let Some(reason) = fault else {
            return ControlFlow::Continue(taken);
        };
        self.intake.not_read(
            member,
            None,
            format!("it cannot be read to its end: {reason}"),
        )?;
        ControlFlow::Continue(Taken::Failed)
    }

    /// How the content of an entry is stored, with the first password that opens it.
    pub(super) fn unlock(
        &mut self,
        entry: &Entry,
        local: &Local,
        n_stored: u64,
    ) -> Result<Stored, String> {
        let stored = Stored::of(entry, local, n_stored);
        let Some(lock) = Lock::of(entry, local)? else {
            return Ok(stored);
        };
        let stored = stored.locked_by(lock);
        let passwords = self.intake.settings.passwords.clone();
        let mut fallback = None;
        // The password of the entry before is the likeliest.
        let order = self.password.into_iter().chain(0..passwords.len());
        for number in order {
            let Some(password) = passwords.get(number) else {
                continue;
            };
            let Some(left) = self.attempts_left.checked_sub(1) else {
                return Err(format!(
                    "encrypted: more than {ZIP_PASSWORD_ATTEMPTS_MAX} attempts to open the entries of one archive"
                ));
            };
            self.attempts_left = left;
            let place = (local.data_offset, n_stored);
            let opened = lock.open(password, self.reader, place);
            let Ok(Some(key)) = opened else { continue };
            let is_sure = matches!(lock, Lock::Aes { .. }) && key.is_authentic;
            let stored = stored.clone().with_key(key);
            if is_sure
                || stored
                    .clone()
                    .reads_whole(self.reader, &self.intake.settings.limits)
            {
                self.password = Some(number);
                return Ok(stored);
            }
            // It fits by chance, or the entry is damaged.
            fallback.get_or_insert(stored);
        }
        let is_damaged = passwords.len() == 1 || matches!(lock, Lock::Aes { .. });
        fallback
            .filter(|_| is_damaged)
            .ok_or_else(|| self.intake.settings.passwords.refusal().to_owned())
    }
}
