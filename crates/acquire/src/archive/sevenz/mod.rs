//! 7z archives, through `sevenz-rust2`: LZMA, LZMA2, `PPMd`, bzip2, Deflate, Zstandard, stored, filters, AES-256.
//!
//! A block is one or more entries packed as one stream; where it is damaged, the entries before the damage are taken
//! and each one behind it is told.

mod keys;

use std::cell::Cell;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use mabillon_case::{
    Accounting, ContainerKind, EntryAct, EntryClock, EntryFacts, Form, ItemId, Stamp,
};
use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, EncoderMethod, Error, Password};

use self::keys::Keys;
use super::TOO_COSTLY;
use super::entry_time::push;
use super::meter::MeteredOutput;
use super::store::Store;
use crate::fault::Fault;
use crate::intake::Intake;
use crate::limits::SEVENZ_MEMORY_KIB_MAX;
use crate::printable::printable;
use crate::spot::{Spot, Taken, count, ignore};

/// Bytes of the header at the start of the file.
const START_BYTES: u64 = 32;

/// Why an entry is not read that lies behind one whose content was not decoded to its end.
const BEHIND_UNREAD: &str = "it is packed behind an entry that was not read to its end";

/// Takes the entries of a 7z archive.
pub(crate) fn open(
    intake: &mut Intake<'_>,
    spot: &Spot,
    store: &Store,
    parent: Option<ItemId>,
) -> ControlFlow<(), Accounting> {
    let account = intake.account(spot, ContainerKind::SevenZip);
    let (archive, password) = match read_directory(intake, store) {
        Ok(read) => read,
        Err(reason) => return intake.unopened(spot, Form::SevenZip, account, store.len(), reason),
    };
    let is_affordable = Keys::of(&archive).are_affordable(intake);
    let (password, refusal) = match password {
        _ if !is_affordable => (Password::empty(), TOO_COSTLY),
        known => (
            known.unwrap_or_else(|| content_password(intake, store, &archive)),
            intake.settings.passwords.refusal(),
        ),
    };
    let mut reading = Reading {
        spot,
        store,
        archive: &archive,
        password,
        refusal,
        intake,
        parent,
        account,
    };
    let n_packed: u64 = archive.pack_sizes().iter().sum::<u64>();
    for block in 0..archive.blocks.len() {
        if is_encrypted(&archive, block) && reading.password.is_empty() {
            reading.locked_block(block)?;
        } else {
            reading.block(block)?;
        }
    }
    reading.empty_entries()?;
    let mut account = reading.account;
    let rest = store.len().saturating_sub(n_packed.min(store.len()));
    ignore(&mut account, "7z headers", rest);
    ControlFlow::Continue(account)
}

/// Reads the directory; the password, where it was needed for that.
fn read_directory(
    intake: &Intake<'_>,
    store: &Store,
) -> Result<(Archive, Option<Password>), String> {
    let entries_max = intake.settings.limits.entries_max;
    let attempt = |password: &Password| {
        catch_unwind(AssertUnwindSafe(|| {
            Archive::read_with_memory_limit(&mut store.reader(), password, SEVENZ_MEMORY_KIB_MAX)
        }))
        .unwrap_or_else(|_| {
            Err(Error::Other(
                "the reader stopped with an internal error".into(),
            ))
        })
    };
    let checked = |archive: Archive| {
        let n_packed = archive
            .pack_sizes()
            .iter()
            .try_fold(0_u64, |sum, n| sum.checked_add(*n));
        if n_packed.is_none_or(|n| n > store.len()) {
            return Err(
                "the archive is cut off or damaged: its directory points beyond its end".to_owned(),
            );
        }
        if archive.files.len() as u64 > entries_max {
            return Err(format!("it holds more than {entries_max} entries"));
        }
        Ok(archive)
    };
    match attempt(&Password::empty()) {
        Ok(archive) => Ok((checked(archive)?, None)),
        Err(Error::PasswordRequired | Error::MaybeBadPassword(_)) => {
            if !Keys::of_directory(store).are_affordable(intake) {
                return Err(format!("the directory of the archive is {TOO_COSTLY}"));
            }
            for bytes in intake.settings.passwords.iter() {
                let password = password_of(bytes);
                if let Ok(archive) = attempt(&password) {
                    return Ok((checked(archive)?, Some(password)));
                }
            }
            let reason = intake.settings.passwords.refusal();
            Err(format!("the directory of the archive is {reason}"))
        }
        Err(error) => Err(format!(
            "the directory of the archive cannot be read: {}",
            words(&error)
        )),
    }
}

fn password_of(bytes: &[u8]) -> Password {
    Password::from(&*String::from_utf8_lossy(bytes))
}

/// The first password that the smallest encrypted block opens with; none where there is none.
fn content_password(intake: &Intake<'_>, store: &Store, archive: &Archive) -> Password {
    let encrypted = (0..archive.blocks.len()).filter(|block| is_encrypted(archive, *block));
    let Some(smallest) = encrypted.min_by_key(|block| packed(archive, *block).1) else {
        return Password::empty();
    };
    let fits = |password: &Password| {
        let mut reader = store.reader();
        let decoder = BlockDecoder::new_with_memory_limit(
            1,
            SEVENZ_MEMORY_KIB_MAX,
            smallest,
            archive,
            password,
            &mut reader,
        );
        let mut first = |_: &ArchiveEntry, reader: &mut dyn io::Read| {
            io::copy(reader, &mut io::sink())?;
            Ok(false)
        };
        let read = catch_unwind(AssertUnwindSafe(|| decoder.for_each_entries(&mut first)));
        matches!(read, Ok(Ok(_)))
    };
    let passwords = intake.settings.passwords.iter().map(password_of);
    let mut fitting = passwords.filter(fits);
    fitting.next().unwrap_or_else(Password::empty)
}

fn is_encrypted(archive: &Archive, block: usize) -> bool {
    let first = archive.stream_map.block_first_file_index.get(block);
    first.is_some_and(|file| archive.is_file_encrypted(*file))
}

/// Where the packed bytes of a block begin in the file, and how many they are.
fn packed(archive: &Archive, block: usize) -> (u64, u64) {
    let firsts = archive.stream_map.block_first_pack_stream_index();
    let first = firsts.get(block).copied().unwrap_or_default();
    let sizes = archive.pack_sizes();
    let end = firsts.get(block + 1).copied().unwrap_or(sizes.len());
    let n = sizes.get(first..end).unwrap_or_default().iter().sum();
    let offsets = archive.stream_map.pack_stream_offsets();
    let offset = offsets.get(first).copied().unwrap_or_default();
    (
        START_BYTES
            .saturating_add(archive.pack_pos())
            .saturating_add(offset),
        n,
    )
}

/// Names of the methods of a block, in the order of packing.
fn method(archive: &Archive, block: usize) -> String {
    let coders = archive.blocks.get(block).map(|block| block.coders.iter());
    let names: Vec<String> = coders
        .into_iter()
        .flatten()
        .rev()
        .map(|coder| {
            let id = coder.encoder_method_id();
            let known = EncoderMethod::by_id(id).map(|method| method.name().to_lowercase());
            known.unwrap_or_else(|| format!("{id:02x?}"))
        })
        .collect();
    names.join("+")
}

/// What a reason says of an error.
fn words(error: &Error) -> String {
    let text = match error {
        Error::UnsupportedCompressionMethod(method) => {
            return format!(
                "7z method {} is not supported",
                printable(method.as_bytes())
            );
        }
        Error::MaxMemLimited { max_kb, .. } => {
            return format!("it needs more than {max_kb} KiB of memory");
        }
        Error::ChecksumVerificationFailed => "its checksum does not match".to_owned(),
        Error::NextHeaderCrcMismatch => "the checksum of the directory does not match".to_owned(),
        Error::MaybeBadPassword(error) => error.to_string(),
        Error::Io(error, says) if says.is_empty() => error.to_string(),
        Error::Io(error, says) => format!("{says}: {error}"),
        Error::Other(says) | Error::Unsupported(says) => says.to_string(),
        other => format!("{other:?}"),
    };
    printable(text.as_bytes())
}

/// A reader that counts.
struct Counted<'a> {
    inner: &'a mut dyn io::Read,
    n_out: &'a Cell<u64>,
}

impl io::Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_out.set(self.n_out.get() + n as u64);
        Ok(n)
    }
}

struct Reading<'a, 'b> {
    intake: &'a mut Intake<'b>,
    spot: &'a Spot,
    store: &'a Store,
    archive: &'a Archive,
    password: Password,
    /// Why something encrypted is not read.
    refusal: &'static str,
    parent: Option<ItemId>,
    account: Accounting,
}

impl Reading<'_, '_> {
    /// Takes the entries of one block.
    fn block(&mut self, block: usize) -> ControlFlow<()> {
        let archive = self.archive;
        let n_packed = packed(archive, block).1;
        let first = archive.stream_map.block_first_file_index.get(block);
        let first = first.copied().unwrap_or_default();
        let (store, password) = (self.store, self.password.clone());
        let mut reader = store.reader();
        let decoder = BlockDecoder::new_with_memory_limit(
            1,
            SEVENZ_MEMORY_KIB_MAX,
            block,
            archive,
            &password,
            &mut reader,
        );
        let n_entries = decoder.entry_count();
        let n_decoded = self.account.n_decoded;
        let mut n_done = 0;
        let mut stopped = ControlFlow::Continue(());
        let mut each = |entry: &ArchiveEntry, content: &mut dyn io::Read| {
            let index = first + n_done;
            n_done += 1;
            match self.entry(entry, index, Some(block), content) {
                ControlFlow::Continue(may_go_on) => Ok(may_go_on),
                ControlFlow::Break(()) => {
                    stopped = ControlFlow::Break(());
                    Ok(false)
                }
            }
        };
        let ended = match catch_unwind(AssertUnwindSafe(|| decoder.for_each_entries(&mut each))) {
            Ok(Ok(true)) => None,
            Ok(Ok(false)) => Some(BEHIND_UNREAD.to_owned()),
            Ok(Err(error)) => Some(words(&error)),
            Err(_) => Some("the decoder stopped with an internal error".to_owned()),
        };
        stopped?;
        if let Some(reason) = ended {
            self.rest_of_block(block, first + n_done..first + n_entries, &reason)?;
        }
        if self.account.n_decoded > n_decoded {
            self.account.bytes_decoded += n_packed;
        } else {
            self.account.bytes_failed += n_packed;
        }
        ControlFlow::Continue(())
    }

    /// Tells of the entries of a block that no password opens.
    fn locked_block(&mut self, block: usize) -> ControlFlow<()> {
        let map = &self.archive.stream_map;
        let first = map.block_first_file_index.get(block).copied();
        let first = first.unwrap_or_default();
        // An entry without bytes between two of the block belongs to it, too.
        let mut of_block = map.file_block_index.get(first..).unwrap_or_default().iter();
        let end = of_block.rposition(|of| *of == Some(block));
        self.account.bytes_failed += packed(self.archive, block).1;
        let reason = self.refusal;
        self.rest_of_block(block, first..first + end.map_or(0, |n| n + 1), reason)
    }

    /// Tells of entries that the decoder did not come to.
    fn rest_of_block(
        &mut self,
        block: usize,
        entries: std::ops::Range<usize>,
        reason: &str,
    ) -> ControlFlow<()> {
        for index in entries {
            let Some(entry) = self.archive.files.get(index) else {
                break;
            };
            if !entry.is_directory() {
                let member = self.member(entry, index, Some(block));
                count(&mut self.account, Taken::Failed, 0);
                self.intake.not_read(&member, None, reason.to_owned())?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Takes the entries that have no bytes.
    fn empty_entries(&mut self) -> ControlFlow<()> {
        let archive = self.archive;
        for (index, entry) in archive.files.iter().enumerate() {
            let block = archive.stream_map.file_block_index.get(index);
            if block.is_none_or(Option::is_none) {
                self.entry(entry, index, None, &mut io::empty())?;
            }
        }
        ControlFlow::Continue(())
    }

    fn member(&self, entry: &ArchiveEntry, index: usize, block: Option<usize>) -> Spot {
        let name = printable(entry.name().as_bytes());
        let name = if name.is_empty() {
            "(no name)".to_owned()
        } else {
            name
        };
        let mut member = self.spot.member(&name, self.parent);
        if let Some(block) = block {
            (member.offset, member.length) = packed(self.archive, block);
        }
        member.size_hint = entry.size();
        member.entry = Some(Arc::new(self.facts(entry, index, block)));
        member
    }

    fn facts(&self, entry: &ArchiveEntry, index: usize, block: Option<usize>) -> EntryFacts {
        let number = index as u64;
        let mut facts = EntryFacts {
            listed: Some(number),
            method: block.map_or_else(String::new, |block| method(self.archive, block)),
            encrypted: self.archive.is_file_encrypted(index),
            attributes: entry
                .has_windows_attributes
                .then(|| u64::from(entry.windows_attributes())),
            ..EntryFacts::new(ContainerKind::SevenZip, number)
        };
        let times = [
            (
                entry.has_last_modified_date,
                EntryAct::Modified,
                entry.last_modified_date(),
            ),
            (
                entry.has_access_date,
                EntryAct::Accessed,
                entry.access_date(),
            ),
            (
                entry.has_creation_date,
                EntryAct::Created,
                entry.creation_date(),
            ),
        ];
        for (is_there, act, time) in times {
            let time = is_there
                .then(|| Stamp::from_filetime(u64::from(time)))
                .flatten();
            push(&mut facts, act, EntryClock::SevenZip, time);
        }
        facts
    }

    /// Takes one entry; gives whether the decoder may go on to the next one of the block.
    fn entry(
        &mut self,
        entry: &ArchiveEntry,
        index: usize,
        block: Option<usize>,
        content: &mut dyn io::Read,
    ) -> ControlFlow<(), bool> {
        if entry.is_directory() {
            return ControlFlow::Continue(true);
        }
        let member = self.member(entry, index, block);
        if entry.is_anti_item() {
            count(&mut self.account, Taken::Failed, 0);
            let reason = "a note that a file was deleted, not a file".to_owned();
            self.intake.not_read(&member, None, reason)?;
            return ControlFlow::Continue(true);
        }
        let n_packed = block.map_or(0, |block| packed(self.archive, block).1);
        let fault = Fault::default();
        let n_out = Cell::new(0_u64);
        let counted = Counted {
            inner: content,
            n_out: &n_out,
        };
        let mut output = fault.watch(MeteredOutput {
            inner: counted,
            n_out: 0,
            n_consumed: Rc::new(Cell::new(n_packed)),
            expandable: Rc::clone(&self.intake.expandable),
            limits: self.intake.settings.limits.clone(),
        });
        let taken = self.intake.take_stream(&member, &mut output)?.taken;
        let taken = match fault.reason() {
            Some(reason) => {
                let reason = format!("it cannot be read to its end: {reason}");
                self.intake.not_read(&member, None, reason)?;
                Taken::Failed
            }
            None => taken,
        };
        count(&mut self.account, taken, 0);
        ControlFlow::Continue(fault.reason().is_none() && self.may_pass(entry, taken, n_out.get()))
    }

    /// Whether the decoder may decode what is left of an entry to come to the next one: not where the entry was not
    /// begun, nor beyond what the file may expand to.
    fn may_pass(&self, entry: &ArchiveEntry, taken: Taken, n_out: u64) -> bool {
        let left = entry.size().saturating_sub(n_out);
        let may_expand_to = self.intake.expandable.get();
        let may_pass = left <= may_expand_to && (taken == Taken::Read || n_out > 0);
        if may_pass {
            self.intake.expandable.set(may_expand_to - left);
        }
        may_pass
    }
}
