//! RAR archives of all versions since 1.5, through `rars`.
//!
//! The decoder gives each content to a writer; it is kept in memory up to a limit, else in a temporary file without a
//! name, and taken when it is whole.

mod blocks;
mod collected;
mod facts;
mod keys;
mod set;
mod volumes;

use std::cell::RefCell;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use mabillon_case::{Accounting, ContainerKind, Form, ItemId};
use rars::{
    Archive, ArchiveMember, ArchiveReadOptions, ArchiveReader, ErrorKind, ExtractionDecision,
    ExtractionErrorAction,
};

use self::blocks::{Whole, whole_blocks};
use self::collected::Collected;
use self::facts::facts;
use self::keys::Keys;
pub(crate) use self::volumes::{is_volume, open as open_volumes};
use super::TOO_COSTLY;
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
    if let Some(volumes) = volumes::of(store) {
        return volumes::open(intake, spot, &volumes, parent);
    }
    let account = intake.account(spot, ContainerKind::Rar);
    let n_bytes = store.len();
    let Headers {
        archive,
        password,
        lost,
    } = match headers(intake, store, None) {
        Ok(headers) => headers,
        Err(reason) => return intake.unopened(spot, Form::Rar, account, n_bytes, reason),
    };
    let members: Vec<ArchiveMember> = archive.members().collect();
    let is_affordable = Keys::of(&archive).are_affordable(intake);
    let tried = || content_password(intake, &archive, &members);
    let password = password.or_else(|| is_affordable.then(tried)?);
    let refusal = refusal(intake, is_affordable);
    let mut reading = Reading {
        intake,
        spot,
        parent,
        account,
        current: None,
        n_done: 0,
        members: &members,
        stopped: ControlFlow::Continue(()),
        refusal,
        is_solid: members.iter().any(ArchiveMember::is_solid),
    };
    let ended = reading.extract(&archive, password.as_deref());
    reading.stopped?;
    reading.rest(ended.err())?;
    if let Some(lost) = lost {
        reading.lost(lost, n_bytes)?;
    }
    let mut account = reading.account;
    let known = account.bytes_owned();
    ignore(&mut account, "rar headers", n_bytes.saturating_sub(known));
    ControlFlow::Continue(account)
}

/// Why something encrypted is not read.
fn refusal(intake: &Intake<'_>, is_affordable: bool) -> &'static str {
    if is_affordable {
        intake.settings.passwords.refusal()
    } else {
        TOO_COSTLY
    }
}

/// The headers of an archive, or of one volume.
struct Headers {
    archive: Archive,
    /// The password, where it was needed for them.
    password: Option<Vec<u8>>,
    /// Where its whole blocks end, if not all are whole.
    lost: Option<Whole>,
}

/// Reads the headers, up to where the archive is cut off. `password` is tried first where one is needed.
fn headers(intake: &Intake<'_>, store: &Store, password: Option<&[u8]>) -> Result<Headers, String> {
    let (mut read, mut lost) = (read_headers(intake, store, password), None);
    if read.is_err()
        && let Some(whole) = whole_blocks(store).filter(|whole| whole.n_bytes < store.len())
    {
        let rest = read_headers(intake, &store.prefix(whole.n_bytes), password);
        if rest.is_ok() {
            (read, lost) = (rest, Some(whole));
        }
    }
    read.map(|(archive, password)| Headers {
        archive,
        password,
        lost,
    })
}

/// Reads the headers; the password, where it was needed for that.
fn read_headers(
    intake: &Intake<'_>,
    store: &Store,
    first: Option<&[u8]>,
) -> Result<(Archive, Option<Vec<u8>>), String> {
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
            if !Keys::of_headers(store).are_affordable(intake) {
                return Err(format!("the headers of the archive are {TOO_COSTLY}"));
            }
            for password in first.into_iter().chain(intake.settings.passwords.iter()) {
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
    /// Why something encrypted is not read.
    refusal: &'static str,
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
            Some(self.refusal.to_owned())
        } else if meta.is_split_before || meta.is_split_after {
            Some("it goes on in another volume, which is not there".to_owned())
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
        let n_bytes = content.n_bytes();
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
            if let Some(fault) = content.fault()
                && self.intake.no_space(&fault).is_break()
            {
                self.stopped = ControlFlow::Break(());
                return;
            }
            let reason = match content.too_much() {
                Some(too_much) => format!("it cannot be read to its end: {too_much}"),
                None => self.reason(error),
            };
            self.stopped = self.fail(number, reason);
        }
    }

    fn reason(&self, error: &rars::Error) -> String {
        match error.kind() {
            ErrorKind::PasswordRequired | ErrorKind::BadPassword => self.refusal.to_owned(),
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
