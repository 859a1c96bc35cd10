//! ISO 9660 images (ECMA-119) with Joliet or Rock Ridge names. UDF is not read.

mod volume;

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use mabillon_case::{Accounting, ContainerKind, EntryAct, EntryClock, EntryFacts, Form, ItemId};

use self::volume::File;
use super::entry_time::push;
use super::meter::MeteredOutput;
use super::store::{Store, StoreReader};
use crate::fault::Fault;
use crate::intake::Intake;
use crate::spot::{Spot, Taken, count, ignore};

/// Takes the files of an image, in the order of their bytes.
pub(crate) fn open(
    intake: &mut Intake<'_>,
    spot: &Spot,
    store: &Store,
    parent: Option<ItemId>,
) -> ControlFlow<(), Accounting> {
    let account = intake.account(spot, ContainerKind::Iso);
    let n_bytes = store.len();
    let mut listing = match volume::list(store, intake.settings.limits.entries_max) {
        Ok(listing) => listing,
        Err(reason) => return intake.unopened(spot, Form::Iso, account, n_bytes, reason),
    };
    listing.files.sort_by_key(File::start);
    let mut image = Image {
        intake,
        spot,
        store,
        parent,
        account,
        covered_to: 0,
    };
    for file in &listing.files {
        image.file(file)?;
    }
    let mut account = image.account;
    for (number, reason) in (1..).zip(listing.lost) {
        let lost = spot.member(&format!("[not read {number}]"), parent);
        count(&mut account, Taken::Failed, 0);
        intake.not_read(&lost, None, reason)?;
    }
    let known = account.bytes_owned();
    let n_directories = listing.n_bytes.min(n_bytes.saturating_sub(known));
    ignore(&mut account, "descriptors and directories", n_directories);
    ignore(
        &mut account,
        "unused sectors and padding",
        n_bytes.saturating_sub(known + n_directories),
    );
    ControlFlow::Continue(account)
}

struct Image<'a, 'b> {
    intake: &'a mut Intake<'b>,
    spot: &'a Spot,
    store: &'a Store,
    parent: Option<ItemId>,
    account: Accounting,
    /// Where the bytes end that belong to a file taken so far: several files may share theirs.
    covered_to: u64,
}

impl Image<'_, '_> {
    fn file(&mut self, file: &File) -> ControlFlow<()> {
        let n_own = self.cover(file);
        let member = self.member(file);
        let is_cut = file
            .sections
            .iter()
            .any(|(at, length)| *length > 0 && at.saturating_add(*length) > self.store.len());
        let refusal = file
            .refusal
            .or(is_cut.then_some("it lies beyond the end of the image, which is cut off"));
        if let Some(reason) = refusal {
            count(&mut self.account, Taken::Failed, n_own);
            return self.intake.not_read(&member, None, reason.to_owned());
        }
        let fault = Fault::default();
        let mut content = fault.watch(MeteredOutput {
            inner: Sections {
                reader: self.store.reader(),
                waiting: file.sections.clone(),
                n_left: 0,
            },
            n_out: 0,
            n_consumed: Rc::new(Cell::new(member.length)),
            expandable: Rc::clone(&self.intake.expandable),
            limits: self.intake.settings.limits.clone(),
        });
        let taken = self.intake.take_stream(&member, &mut content)?.taken;
        let Some(reason) = fault.reason() else {
            count(&mut self.account, taken, n_own);
            return ControlFlow::Continue(());
        };
        count(&mut self.account, Taken::Failed, n_own);
        let reason = format!("it cannot be read to its end: {reason}");
        self.intake.not_read(&member, None, reason)
    }

    /// Bytes of the image that belong to this file and to none before.
    fn cover(&mut self, file: &File) -> u64 {
        let mut n_own = 0;
        for (at, length) in &file.sections {
            let end = at.saturating_add(*length).min(self.store.len());
            n_own += end.saturating_sub((*at).max(self.covered_to));
            self.covered_to = self.covered_to.max(end);
        }
        n_own
    }

    fn member(&self, file: &File) -> Spot {
        let mut member = self.spot.member(&file.path, self.parent);
        member.offset = file.start();
        member.length = file.sections.iter().map(|(_, length)| *length).sum();
        member.size_hint = member.length;
        let mut facts = EntryFacts {
            listed: Some(file.number),
            method: "stored".to_owned(),
            flags: u64::from(file.flags),
            ..EntryFacts::new(ContainerKind::Iso, file.number)
        };
        push(
            &mut facts,
            EntryAct::Modified,
            EntryClock::Iso,
            file.modified,
        );
        member.entry = Some(Arc::new(facts));
        member
    }
}

impl File {
    /// Where its first byte lies.
    fn start(&self) -> u64 {
        self.sections.first().map_or(0, |(at, _)| *at)
    }
}

/// The sections of a file, one behind another.
struct Sections {
    reader: StoreReader,
    waiting: Vec<(u64, u64)>,
    /// Bytes left of the section that is being read.
    n_left: u64,
}

impl Read for Sections {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.n_left == 0 {
            if self.waiting.is_empty() {
                return Ok(0);
            }
            let (at, length) = self.waiting.remove(0);
            self.reader.seek(SeekFrom::Start(at))?;
            self.n_left = length;
        }
        let n = (&mut self.reader).take(self.n_left).read(buffer)?;
        if n == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.n_left -= n as u64;
        Ok(n)
    }
}
