//! Microsoft cabinets (MS-CAB), also several that belong together: stored, MSZIP and LZX. Each folder is unpacked once,
//! from its start to its last file.

mod directory;
mod folder;
mod set;

use std::cell::Cell;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use mabillon_case::{Accounting, ContainerKind, EntryAct, EntryClock, EntryFacts, Form, ItemId};

use self::directory::Entry;
use self::folder::{FolderReader, method_name};
use self::set::{Set, Whole as Folder};
use super::entry_time::{dos_time, push};
use super::meter::MeteredOutput;
use super::store::Store;
use crate::fault::Fault;
use crate::intake::Intake;
use crate::parts::{Links, joined};
use crate::printable::printable;
use crate::spot::{Spot, Taken, count, ignore};

/// Why a file is not read that lies behind damage.
const BEHIND: &str = "it is packed behind something that could not be unpacked";

/// Takes the files of a cabinet.
pub(crate) fn open(
    intake: &mut Intake<'_>,
    spot: &Spot,
    store: &Store,
    parent: Option<ItemId>,
) -> ControlFlow<(), Accounting> {
    let account = intake.account(spot, ContainerKind::Cabinet);
    let Some(set) = Set::read(store) else {
        let reason = "the header of the cabinet is cut off or damaged".to_owned();
        return intake.unopened(spot, Form::Cabinet, account, store.len(), reason);
    };
    let mut reading = Reading {
        intake,
        spot,
        parent,
        account,
        n_packed: 0,
    };
    reading.files(&set)?;
    let Reading {
        mut account,
        n_packed,
        ..
    } = reading;
    let n_bytes = store
        .parts()
        .iter()
        .map(|(_, part)| part.len())
        .sum::<u64>();
    let n_headers = set.n_header_bytes;
    account.bytes_decoded = n_packed.min(n_bytes.saturating_sub(n_headers));
    let rest = n_bytes.saturating_sub(n_headers + account.bytes_decoded);
    ignore(&mut account, "cabinet headers", n_headers);
    if !set.damage.is_empty() {
        let reason = joined(&set.damage);
        count(&mut account, Taken::Failed, rest);
        intake.not_read(spot, Some(Form::Cabinet), reason)?;
    } else if account.n_failed > 0 {
        account.bytes_failed = rest;
    } else {
        ignore(&mut account, "signatures and gaps of the cabinet", rest);
    }
    ControlFlow::Continue(account)
}

/// What a file says of the cabinets around it; `None` where it is none.
pub(crate) fn links(store: &Store) -> Option<Links> {
    let is_cabinet = store.starts_with(set::MARK);
    let start = is_cabinet.then(|| directory::start(store).ok())??;
    Some(start.links)
}

struct Reading<'a, 'b> {
    intake: &'a mut Intake<'b>,
    spot: &'a Spot,
    parent: Option<ItemId>,
    account: Accounting,
    /// Packed bytes that were unpacked.
    n_packed: u64,
}

impl Reading<'_, '_> {
    fn files(&mut self, set: &Set) -> ControlFlow<()> {
        for folder in &set.folders {
            self.folder(folder)?;
        }
        for (file, reason) in &set.lost {
            self.fail(file, "", reason)?;
        }
        ControlFlow::Continue(())
    }

    /// Unpacks a folder and takes its files, which come in the order of their places.
    fn folder(&mut self, folder: &Folder) -> ControlFlow<()> {
        let files = &folder.files;
        let method = method_name(folder.method);
        let n_consumed = Rc::new(Cell::new(0));
        let reader = match FolderReader::new(folder, Rc::clone(&n_consumed)) {
            Ok(reader) => reader,
            Err(reason) => {
                for file in files {
                    self.fail(file, &method, &reason)?;
                }
                return ControlFlow::Continue(());
            }
        };
        let mut output = MeteredOutput {
            inner: reader,
            n_out: 0,
            n_consumed: Rc::clone(&n_consumed),
            expandable: Rc::clone(&self.intake.expandable),
            limits: self.intake.settings.limits.clone(),
        };
        let mut is_broken = false;
        for file in files {
            if is_broken {
                self.fail(file, &method, BEHIND)?;
            } else if file.offset < output.n_out {
                self.fail(file, &method, "it overlaps another file of the cabinet")?;
            } else {
                is_broken = !self.file(file, &method, &mut output)?;
            }
        }
        self.n_packed += n_consumed.get();
        ControlFlow::Continue(())
    }

    /// Takes one file; gives whether the folder can be read on behind it.
    fn file(
        &mut self,
        file: &Entry,
        method: &str,
        folder: &mut MeteredOutput<FolderReader>,
    ) -> ControlFlow<(), bool> {
        let fault = Fault::default();
        let gap = file.offset.saturating_sub(folder.n_out);
        let mut before = fault.watch(Whole {
            inner: &mut *folder,
            n_left: gap,
        });
        if io::copy(&mut before, &mut io::sink()).is_err() {
            let reason = fault.reason().unwrap_or_default();
            self.fail(file, method, &reason)?;
            return ControlFlow::Continue(false);
        }
        let member = self.member(file, method);
        let mut content = fault.watch(Whole {
            inner: &mut *folder,
            n_left: file.size_bytes,
        });
        let taken = self.intake.take_stream(&member, &mut content)?.taken;
        let is_read = fault.reason().is_none();
        // What was not asked for has to be unpacked to come to the next file.
        let is_passed = is_read && io::copy(&mut content, &mut io::sink()).is_ok();
        if is_read {
            count(&mut self.account, taken, 0);
        } else {
            let reason = fault.reason().unwrap_or_default();
            let reason = format!("it cannot be read to its end: {reason}");
            count(&mut self.account, Taken::Failed, 0);
            self.intake.not_read(&member, None, reason)?;
        }
        ControlFlow::Continue(is_passed)
    }

    fn fail(&mut self, file: &Entry, method: &str, reason: &str) -> ControlFlow<()> {
        let member = self.member(file, method);
        count(&mut self.account, Taken::Failed, 0);
        self.intake.not_read(&member, None, reason.to_owned())
    }

    fn member(&self, file: &Entry, method: &str) -> Spot {
        let name = printable(&file.name).replace('\\', "/");
        let mut member = self.spot.member(&name, self.parent);
        member.size_hint = file.size_bytes;
        let mut facts = EntryFacts {
            listed: Some(file.number),
            method: method.to_owned(),
            attributes: Some(u64::from(file.attributes)),
            ..EntryFacts::new(ContainerKind::Cabinet, file.number)
        };
        let time = dos_time(file.date, file.time);
        push(&mut facts, EntryAct::Modified, EntryClock::Dos, time);
        member.entry = Some(Arc::new(facts));
        member
    }
}

/// So many bytes of a reader; fewer are an error.
struct Whole<R> {
    inner: R,
    n_left: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = usize::try_from(self.n_left).unwrap_or(usize::MAX);
        let n = n.min(buffer.len());
        let room = buffer.get_mut(..n).unwrap_or_default();
        if room.is_empty() {
            return Ok(0);
        }
        let n = self.inner.read(room)?;
        if n == 0 {
            return Err(io::Error::other("its folder ends before it does"));
        }
        self.n_left -= n as u64;
        Ok(n)
    }
}
