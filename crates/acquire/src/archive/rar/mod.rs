//! RAR archives of all versions since 1.5, through `rars`; one volume at a time: what goes on in another one is told.
//!
//! The decoder gives each content to a writer; it is kept in memory up to a limit, else in a temporary file without a
//! name, and taken when it is whole.

mod blocks;
mod facts;

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use mabillon_case::{Accounting, ContainerKind, Form, ItemId};
use rars::{
    Archive, ArchiveMember, ArchiveReadOptions, ArchiveReader, ErrorKind, ExtractionDecision,
    ExtractionErrorAction,
};

use self::blocks::{Whole, whole_blocks};
use self::facts::facts;
use super::meter::{expands_beyond_file, expands_by_ratio};
use super::store::Store;
use crate::intake::Intake;
use crate::limits::{RAR_DICTIONARY_BYTES_MAX, RAR_HEADER_BYTES_MAX, RAR_WORKSPACE_BYTES_MAX};
use crate::printable::printable;
use crate::spot::{Spot, Taken, count, ignore};

/// What the decoder may use.
fn options<'a>(intake: &Intake<'_>, password: Option<&'a [u8]>) -> ArchiveReadOptions<'a> {
    let limits = &intake.settings.limits;
    ArchiveReadOptions::with_optional_password(password)
        .with_max_header_count(limits.entries_max)
        .with_max_header_bytes(RAR_HEADER_BYTES_MAX)
        .with_rar50_dictionary_size_limit(RAR_DICTIONARY_BYTES_MAX)
        .with_rar50_buffered_decode_limit(limits.memory_bytes_max)
        .with_max_reader_workspace_bytes(RAR_WORKSPACE_BYTES_MAX)
        .with_max_total_output_bytes(intake.expandable.get())
}

/// Takes the entries of a RAR archive.
pub(crate) fn open(
    intake: &mut Intake<'_>,
    spot: &Spot,
    store: &Store,
    parent: Option<ItemId>,
) -> ControlFlow<(), Accounting> {
    let account = intake.account(spot, ContainerKind::Rar);
    let n_bytes = store.len();
    let (mut read, mut lost) = (read_headers(intake, store), None);
    if read.is_err()
        && let Some(whole) = whole_blocks(store).filter(|whole| whole.n_bytes < n_bytes)
    {
        let rest = read_headers(intake, &store.prefix(whole.n_bytes));
        if rest.is_ok() {
            (read, lost) = (rest, Some(whole));
        }
    }
    let (archive, password) = match read {
        Ok(read) => read,
        Err(reason) => return intake.unopened(spot, Form::Rar, account, n_bytes, reason),
    };
    let members: Vec<ArchiveMember> = archive.members().collect();
    let password = password.or_else(|| content_password(intake, &archive, &members));
    let mut reading = Reading {
        intake,
        spot,
        parent,
        account,
        current: None,
        n_done: 0,
        members: &members,
        stopped: ControlFlow::Continue(()),
        is_solid: members.iter().any(ArchiveMember::is_solid),
    };
    let ended = reading.extract(&archive, password.as_deref());
    reading.stopped?;
    reading.rest(ended.err())?;
    if let Some(lost) = lost {
        reading.lost(lost, n_bytes)?;
    }
    let mut account = reading.account;
    let known = account.bytes_decoded + account.bytes_failed;
    ignore(&mut account, "rar headers", n_bytes.saturating_sub(known));
    ControlFlow::Continue(account)
}

/// Reads the headers; the password, where it was needed for that.
fn read_headers(intake: &Intake<'_>, store: &Store) -> Result<(Archive, Option<Vec<u8>>), String> {
    let attempt = |password: Option<&[u8]>| {
        catch_unwind(AssertUnwindSafe(|| {
            ArchiveReader::read_reader_with_options(store.reader(), options(intake, password))
        }))
        .unwrap_or(Err(rars::Error::InvalidHeader(
            "the reader stopped with an internal error",
        )))
    };
    match attempt(None) {
        Ok(archive) => Ok((archive, None)),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PasswordRequired | ErrorKind::BadPassword
            ) =>
        {
            for password in intake.settings.passwords.iter() {
                if let Ok(archive) = attempt(Some(password)) {
                    return Ok((archive, Some(password.to_vec())));
                }
            }
            let reason = intake.settings.passwords.refusal();
            Err(format!("the headers of the archive are {reason}"))
        }
        Err(error) => Err(format!(
            "the headers of the archive cannot be read: {}",
            printable(error.to_string().as_bytes())
        )),
    }
}

/// The first password that opens the smallest encrypted entry.
fn content_password(
    intake: &Intake<'_>,
    archive: &Archive,
    members: &[ArchiveMember],
) -> Option<Vec<u8>> {
    let encrypted = members.iter().enumerate();
    let encrypted =
        encrypted.filter(|(_, member)| member.meta.is_encrypted && !member.meta.is_directory);
    let (index, _) = encrypted.min_by_key(|(_, member)| member.meta.packed_size)?;
    let fits = |password: &&[u8]| {
        let options = options(intake, Some(password));
        let read = catch_unwind(AssertUnwindSafe(|| {
            archive.read_member_at_with_options(index, options)
        }));
        matches!(read, Ok(Ok(Some(_))))
    };
    intake
        .settings
        .passwords
        .iter()
        .find(fits)
        .map(<[u8]>::to_vec)
}

/// A content as the decoder gives it.
#[derive(Clone)]
struct Collected(Rc<RefCell<Content>>);

struct Content {
    memory: Vec<u8>,
    memory_max: usize,
    spool_dir: std::path::PathBuf,
    file: Option<File>,
    /// Why the temporary file could not be written.
    fault: Option<io::Error>,
    n_bytes: u64,
    /// Bytes that it may expand to, and what is said where it does not end there.
    bytes_max: u64,
    too_much: String,
    is_too_much: bool,
}

impl Content {
    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.n_bytes += bytes.len() as u64;
        if self.n_bytes > self.bytes_max {
            self.is_too_much = true;
            return Err(io::Error::other(self.too_much.clone()));
        }
        if self.file.is_none() && self.memory.len() + bytes.len() > self.memory_max {
            let mut file = tempfile::tempfile_in(&self.spool_dir)?;
            file.write_all(&std::mem::take(&mut self.memory))?;
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes)?,
            None => self.memory.extend_from_slice(bytes),
        }
        Ok(())
    }
}

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut content = self.0.borrow_mut();
        if let Err(fault) = content.add(bytes) {
            let told = io::Error::new(fault.kind(), fault.to_string());
            if !content.is_too_much {
                content.fault = Some(fault);
            }
            return Err(told);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Collected {
    /// For a content of so many packed bytes.
    fn new(intake: &Intake<'_>, packed_bytes: u64) -> Self {
        let limits = &intake.settings.limits;
        let memory_max = usize::try_from(limits.memory_bytes_max);
        let by_ratio = packed_bytes.saturating_mul(limits.stream_ratio_max);
        let by_ratio = limits.stream_free_bytes.saturating_add(by_ratio);
        let (bytes_max, too_much) = if by_ratio <= intake.expandable.get() {
            (by_ratio, expands_by_ratio(limits))
        } else {
            (intake.expandable.get(), expands_beyond_file(limits))
        };
        Self(Rc::new(RefCell::new(Content {
            memory: Vec::new(),
            memory_max: memory_max.unwrap_or(usize::MAX),
            spool_dir: intake.settings.spool_dir.clone(),
            file: None,
            fault: None,
            n_bytes: 0,
            bytes_max,
            too_much,
            is_too_much: false,
        })))
    }

    /// What was collected, as a reader at its start.
    fn reader(&self) -> io::Result<Box<dyn Read>> {
        let mut content = self.0.borrow_mut();
        match content.file.take() {
            Some(mut file) => {
                file.seek(SeekFrom::Start(0))?;
                Ok(Box::new(file))
            }
            None => Ok(Box::new(Cursor::new(std::mem::take(&mut content.memory)))),
        }
    }
}

struct Reading<'a, 'b> {
    intake: &'a mut Intake<'b>,
    spot: &'a Spot,
    parent: Option<ItemId>,
    account: Accounting,
    members: &'a [ArchiveMember],
    /// Number of members that were begun.
    n_done: usize,
    /// The content that is being written, and the number of its member.
    current: Option<(usize, Collected)>,
    stopped: ControlFlow<()>,
    is_solid: bool,
}

impl Reading<'_, '_> {
    /// Lets the decoder run over all members.
    fn extract(&mut self, archive: &Archive, password: Option<&[u8]>) -> rars::Result<()> {
        let options = options(self.intake, password);
        let reading = RefCell::new(self);
        let ended = catch_unwind(AssertUnwindSafe(|| {
            archive.extract_with_control_and_errors(
                options,
                |member| Ok(reading.borrow_mut().decide(member, password.is_some())),
                |_, error| {
                    reading.borrow_mut().failed(error);
                    Ok(ExtractionErrorAction::Continue)
                },
            )
        }));
        let ended = ended.map(|ended| ended.map(drop));
        let ended = ended.unwrap_or(Err(rars::Error::InvalidHeader(
            "the decoder stopped with an internal error",
        )));
        let reading = reading.into_inner();
        match &ended {
            Ok(()) => reading.finish(),
            Err(error) => reading.failed(error),
        }
        ended
    }

    /// What is done with the next member of a single volume.
    fn decide(&mut self, member: &ArchiveMember, has_password: bool) -> ExtractionDecision {
        self.finish();
        if self.stopped.is_break() {
            return ExtractionDecision::Stop;
        }
        let number = self.n_done;
        let meta = &member.meta;
        let reason = if meta.is_directory {
            self.n_done += 1;
            return ExtractionDecision::Skip;
        } else if meta.is_redirection {
            Some("link, not followed".to_owned())
        } else if meta.is_encrypted && !has_password && !self.is_solid {
            Some(self.intake.settings.passwords.refusal().to_owned())
        } else if meta.is_split_before || meta.is_split_after {
            Some("it goes on in another volume: volumes of rar are not put together".to_owned())
        } else {
            None
        };
        let reason = reason.or_else(|| {
            let spot = self.member(member, number);
            self.intake.enter(&spot)
        });
        match reason {
            Some(reason) => {
                self.n_done += 1;
                self.stopped = self.fail(number, reason);
                ExtractionDecision::Skip
            }
            None => ExtractionDecision::Extract(self.begin()),
        }
    }

    /// Begins the next member.
    fn begin(&mut self) -> Box<dyn Write> {
        self.finish();
        let member = self.members.get(self.n_done);
        let packed_bytes = member.map_or(0, |member| member.meta.packed_size);
        let content = Collected::new(self.intake, packed_bytes);
        self.current = Some((self.n_done, content.clone()));
        self.n_done += 1;
        Box::new(content)
    }

    /// Takes the member whose content is whole.
    fn finish(&mut self) {
        let Some((number, content)) = self.current.take() else {
            return;
        };
        self.intake.leave();
        if self.stopped.is_break() || self.is_directory(number) {
            return;
        }
        let n_bytes = content.0.borrow().n_bytes;
        let left = self.intake.expandable.get();
        self.intake.expandable.set(left.saturating_sub(n_bytes));
        self.stopped = match content.reader() {
            Ok(mut reader) => self.take(number, &mut *reader),
            Err(error) => self.fail(number, format!("no temporary file can be written: {error}")),
        };
    }

    fn is_directory(&self, number: usize) -> bool {
        let member = self.members.get(number);
        member.is_some_and(|member| member.meta.is_directory)
    }

    /// The content of the current member cannot be had.
    fn failed(&mut self, error: &rars::Error) {
        if let Some((number, content)) = self.current.take() {
            self.intake.leave();
            if let Some(fault) = content.0.borrow_mut().fault.take()
                && self.intake.no_space(&fault).is_break()
            {
                self.stopped = ControlFlow::Break(());
                return;
            }
            let content = content.0.borrow();
            let reason = if content.is_too_much {
                format!("it cannot be read to its end: {}", content.too_much)
            } else {
                self.reason(error)
            };
            self.stopped = self.fail(number, reason);
        }
    }

    fn reason(&self, error: &rars::Error) -> String {
        match error.kind() {
            ErrorKind::PasswordRequired | ErrorKind::BadPassword => {
                self.intake.settings.passwords.refusal().to_owned()
            }
            _ => printable(error.to_string().as_bytes()),
        }
    }

    fn take(&mut self, number: usize, reader: &mut dyn Read) -> ControlFlow<()> {
        let Some(member) = self.members.get(number) else {
            return ControlFlow::Continue(());
        };
        let spot = self.member(member, number);
        let taken = self.intake.take_stream(&spot, reader)?.taken;
        count(&mut self.account, taken, member.meta.packed_size);
        ControlFlow::Continue(())
    }

    fn fail(&mut self, number: usize, reason: String) -> ControlFlow<()> {
        let Some(member) = self.members.get(number) else {
            return ControlFlow::Continue(());
        };
        if member.meta.is_directory {
            return ControlFlow::Continue(());
        }
        let spot = self.member(member, number);
        count(&mut self.account, Taken::Failed, member.meta.packed_size);
        self.intake.not_read(&spot, None, reason)
    }

    /// Tells of the members that the decoder did not come to.
    fn rest(&mut self, error: Option<rars::Error>) -> ControlFlow<()> {
        let reason = error.map_or_else(
            || "the decoder did not come to it".to_owned(),
            |error| format!("the archive cannot be read on: {}", self.reason(&error)),
        );
        for number in self.n_done..self.members.len() {
            self.fail(number, reason.clone())?;
        }
        ControlFlow::Continue(())
    }

    /// Tells of what lies behind the last whole block.
    fn lost(&mut self, whole: Whole, n_bytes: u64) -> ControlFlow<()> {
        let n_lost = n_bytes - whole.n_bytes;
        let at = whole.n_bytes;
        let reason =
            format!("the archive is cut off or damaged at byte {at}: the rest is not read");
        count(&mut self.account, Taken::Failed, n_lost);
        let Some((name, offset)) = whole.cut else {
            return self.intake.not_read(self.spot, Some(Form::Rar), reason);
        };
        let mut spot = self.spot.member(&name, self.parent);
        (spot.offset, spot.length) = (offset, n_bytes.saturating_sub(offset));
        self.intake.not_read(
            &spot,
            None,
            "it is cut off: the archive ends within it".to_owned(),
        )?;
        self.intake.not_read(self.spot, Some(Form::Rar), reason)
    }

    fn member(&self, member: &ArchiveMember, number: usize) -> Spot {
        let name = printable(&member.meta.name).replace('\\', "/");
        let name = if name.is_empty() {
            "(no name)".to_owned()
        } else {
            name
        };
        let mut spot = self.spot.member(&name, self.parent);
        spot.length = member.meta.packed_size;
        spot.size_hint = member.meta.unpacked_size;
        spot.entry = Some(Arc::new(facts(member, number as u64)));
        spot
    }
}
