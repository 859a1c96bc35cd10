//! Volumes of a RAR archive, put together: what goes on in the next one is read as the one thing that it is.
//!
//! Each volume has headers of its own. Its blocks are taken apart, and members that depend on each other (the parts of
//! one, or all that are packed together) are given to the decoder by themselves: damage costs no more than what needs it.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mabillon_case::{Accounting, ContainerKind, Form, ItemId};
use rars::Archive;

use super::super::little_endian::u16_at;
use super::blocks::{Fields, MARKER_FIVE, MARKER_FOUR};
use super::set::{Damage, Set};
use super::{Reading, options, refusal};
use crate::archive::store::Store;
use crate::intake::Intake;
use crate::parts::joined;
use crate::printable::printable;
use crate::spot::{Spot, Taken, count, ignore};

/// Bytes of a volume within which its first headers stand.
const START_BYTES: u64 = 256;

/// Kinds of blocks, and flags of an archive.
const MAIN_FOUR: u8 = 0x73;
const MAIN_FIVE: u64 = 1;
const ENCRYPTION_FIVE: u64 = 4;
const IS_VOLUME: u16 = 1;

/// Why a member is not read that is packed together with others before it.
const BEHIND: &str = "it is packed behind something that could not be unpacked";

/// What the first bytes of a file say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// One volume of several.
    Volume,
    /// Its headers are encrypted: it may be one.
    Hidden,
    Other,
}

/// Whether this may be a volume of a RAR archive, by its first bytes.
pub(crate) fn is_volume(store: &Store) -> bool {
    start(&mut store.reader()) != Start::Other
}

fn start(reader: &mut dyn Read) -> Start {
    let mut bytes = Vec::new();
    if reader.take(START_BYTES).read_to_end(&mut bytes).is_err() {
        return Start::Other;
    }
    if let Some(header) = bytes.strip_prefix(MARKER_FOUR) {
        let is_volume = header.get(2) == Some(&MAIN_FOUR)
            && u16_at(header, 3).is_some_and(|flags| flags & IS_VOLUME != 0);
        return if is_volume {
            Start::Volume
        } else {
            Start::Other
        };
    }
    let five = bytes
        .strip_prefix(MARKER_FIVE)
        .and_then(|header| header.get(4..));
    five.and_then(start_of_five).unwrap_or(Start::Other)
}

/// What the first header of RAR 5 says, behind its checksum.
fn start_of_five(header: &[u8]) -> Option<Start> {
    let mut fields = Fields(header);
    fields.number()?;
    let (kind, flags) = (fields.number()?, fields.number()?);
    for bit in [1, 2] {
        if flags & bit != 0 {
            fields.number()?;
        }
    }
    Some(match kind {
        ENCRYPTION_FIVE => Start::Hidden,
        MAIN_FIVE if fields.number()? & u64::from(IS_VOLUME) != 0 => Start::Volume,
        _ => Start::Other,
    })
}

/// The volumes that a store consists of, with their numbers; `None` where it is one archive whole or cut into pieces.
pub(super) fn of(store: &Store) -> Option<Vec<(u32, Store)>> {
    let parts = store.parts();
    let is_one = parts.len() == 1;
    let is_volume = |(_, part): &(u32, Store)| match start(&mut part.reader()) {
        Start::Volume => true,
        Start::Hidden => !is_one,
        Start::Other => false,
    };
    (!parts.is_empty() && parts.iter().all(is_volume)).then_some(parts)
}

/// Takes the members of all volumes.
pub(crate) fn open(
    intake: &mut Intake<'_>,
    spot: &Spot,
    parts: &[(u32, Store)],
    parent: Option<ItemId>,
) -> ControlFlow<(), Accounting> {
    let mut damage = Damage::default();
    let (set, known) = Set::read(intake, parts, &mut damage);
    let is_affordable = set.keys().are_affordable(intake);
    let password = known.or_else(|| is_affordable.then(|| set.password(intake))?);
    let refusal = refusal(intake, is_affordable);
    let mut reading = Reading {
        account: intake.account(spot, ContainerKind::Rar),
        intake,
        spot,
        parent,
        current: None,
        n_done: 0,
        members: &set.members,
        stopped: ControlFlow::Continue(()),
        refusal,
        is_solid: false,
    };
    for run in set.runs() {
        reading.run(&set, run, password.as_deref())?;
    }
    let n_volumes = parts.iter().map(|(_, part)| part.len()).sum();
    reading.end(damage, n_volumes)
}

impl Reading<'_, '_> {
    /// Takes members that can only be read together.
    fn run(&mut self, set: &Set, run: Range<usize>, password: Option<&[u8]>) -> ControlFlow<()> {
        let lost = run.clone().find(|number| set.is_lost(*number));
        let readable: Vec<usize> = (run.start..lost.unwrap_or(run.end))
            .filter(|number| set.has_data(*number))
            .collect();
        let ended = if readable.is_empty() {
            Ok(())
        } else {
            self.extract_volumes(&set.only(&readable), &readable, password)
        };
        self.stopped?;
        // What was not begun: the first of it is what could not be read, the rest needs it.
        let mut reason = ended.err().map(|error| self.reason(&error));
        while self.n_done < run.end {
            let number = self.n_done;
            let lost = set
                .pieces
                .get(number)
                .and_then(|pieces| pieces.lost.clone());
            let own = self
                .is_no_file(number)
                .or_else(|| lost.or_else(|| reason.take()));
            self.n_done += 1;
            self.fail(number, own.unwrap_or_else(|| BEHIND.to_owned()))?;
        }
        ControlFlow::Continue(())
    }

    fn extract_volumes(
        &mut self,
        archives: &[Archive],
        numbers: &[usize],
        password: Option<&[u8]>,
    ) -> rars::Result<()> {
        let options = options(self.intake, password);
        let mut numbers = numbers.iter();
        let reading = RefCell::new(self);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            rars::extract_volumes_to_with_options(archives, options, |_| {
                let number = numbers.next().copied();
                let writer = number.and_then(|number| reading.borrow_mut().begin_at(number));
                Ok(writer.unwrap_or_else(|| Box::new(io::sink())))
            })
        }));
        let ended = ended.unwrap_or(Err(rars::Error::InvalidHeader(
            "the decoder stopped with an internal error",
        )));
        let reading = reading.into_inner();
        match ended {
            Ok(()) => reading.finish(),
            // Told of the member that was begun, if one was.
            Err(error) if reading.current.is_none() => return Err(error),
            Err(error) => reading.failed(&error),
        }
        Ok(())
    }

    /// Begins a member, once those before it are done with; `None` where it is not to be read.
    fn begin_at(&mut self, number: usize) -> Option<Box<dyn Write>> {
        self.finish();
        while self.n_done < number && self.stopped.is_continue() {
            let reason = self.is_no_file(self.n_done);
            self.n_done += 1;
            self.stopped = self.fail(self.n_done - 1, reason.unwrap_or_default());
        }
        if self.stopped.is_break() {
            return None;
        }
        let spot = self.member(self.members.get(number)?, number);
        if let Some(reason) = self.intake.enter(&spot) {
            self.n_done += 1;
            self.stopped = self.fail(number, reason);
            return None;
        }
        Some(self.begin())
    }

    /// Why a member without data is not read; of a directory nothing is told.
    fn is_no_file(&self, number: usize) -> Option<String> {
        let meta = &self.members.get(number)?.meta;
        (meta.is_redirection || meta.is_directory).then(|| "link, not followed".to_owned())
    }

    /// Tells what is not whole, and gives the account.
    fn end(mut self, damage: Damage, n_bytes: u64) -> ControlFlow<(), Accounting> {
        for (name, offset, length) in damage.cut {
            if self
                .members
                .iter()
                .any(|member| printable(&member.meta.name) == name)
            {
                continue;
            }
            let mut spot = self.spot.member(&name, self.parent);
            (spot.offset, spot.length) = (offset, length);
            count(&mut self.account, Taken::Failed, 0);
            let reason = "it is cut off: its volume ends within it".to_owned();
            self.intake.not_read(&spot, None, reason)?;
        }
        if !damage.reasons.is_empty() {
            count(&mut self.account, Taken::Failed, damage.n_bytes);
            let reason = joined(&damage.reasons);
            self.intake.not_read(self.spot, Some(Form::Rar), reason)?;
        }
        let mut account = self.account;
        let known = account.bytes_owned();
        ignore(&mut account, "rar headers", n_bytes.saturating_sub(known));
        ControlFlow::Continue(account)
    }
}
