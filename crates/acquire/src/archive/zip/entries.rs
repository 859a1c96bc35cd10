//! The entries of a zip archive, taken one after the other in the order of their bytes.

use std::cell::Cell;
use std::io::{self, Read, SeekFrom};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use mabillon_case::{Accounting, ContainerKind, EntryFacts, Form, ItemId};

use super::ReadSeek;
use super::directory::{self, Directory, Entry};
use super::facts;
use super::local::{self, Local};
use crate::archive::compressed::{xz, zstd};
use crate::archive::meter::{CountedInput, MeteredOutput};
use crate::fault::Fault;
use crate::intake::Intake;
use crate::spot::{Spot, Taken, count, ignore};

/// Bits of the flags: the data, or the names in the directory, are encrypted.
pub(super) const IS_ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;

/// The method of entries encrypted by AES.
pub(super) const METHOD_AES: u16 = 99;

/// What a zip archive shows of its entries.
struct Listing {
    entries: Vec<Entry>,
    /// Why this is not all.
    incomplete: Option<String>,
    /// Where the bytes of entries end.
    data_end: u64,
}

fn list(reader: &mut dyn ReadSeek, n_bytes: u64, entries_max: u64) -> Listing {
    if let Ok(Directory {
        mut entries,
        start,
        incomplete,
    }) = directory::read(reader, n_bytes, entries_max)
    {
        entries.sort_by_key(|entry| entry.header_offset);
        return Listing {
            entries,
            incomplete,
            data_end: start.min(n_bytes),
        };
    }
    let (entries, data_end) = local::entries(reader, n_bytes, entries_max);
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
    reader: &mut dyn ReadSeek,
    n_bytes: u64,
    parent: Option<ItemId>,
) -> ControlFlow<(), Accounting> {
    let listing = list(reader, n_bytes, intake.settings.limits.entries_max);
    let account = intake.account(spot, ContainerKind::Zip);
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
    };
    for entry in &listing.entries {
        archive.entry(entry)?;
    }
    let Archive {
        mut account,
        n_headers,
        n_folders,
        ..
    } = archive;
    ignore(&mut account, "zip local headers", n_headers);
    ignore(&mut account, "data of folder entries", n_folders);
    let known = account.bytes_decoded + account.bytes_failed + n_headers + n_folders;
    let rest = n_bytes.saturating_sub(known);
    let Some(reason) = listing.incomplete else {
        let n_directory = (n_bytes - listing.data_end).min(rest);
        ignore(&mut account, "zip directory", n_directory);
        ignore(
            &mut account,
            "zip data descriptors and gaps",
            rest - n_directory,
        );
        return ControlFlow::Continue(account);
    };
    count(&mut account, Taken::Failed, rest);
    intake.not_read(spot, Some(Form::Zip), reason)?;
    ControlFlow::Continue(account)
}

struct Archive<'a, 'b> {
    intake: &'a mut Intake<'b>,
    spot: &'a Spot,
    reader: &'a mut dyn ReadSeek,
    parent: Option<ItemId>,
    account: Accounting,
    /// Where the entries taken so far end.
    end: u64,
    data_end: u64,
    n_headers: u64,
    n_folders: u64,
    n_folder_entries: u64,
}

impl Archive<'_, '_> {
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
        let taken = self.content(&member, entry, &local, n_stored)?;
        count(&mut self.account, taken, n_stored);
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

    fn content(
        &mut self,
        member: &Spot,
        entry: &Entry,
        local: &Local,
        n_stored: u64,
    ) -> ControlFlow<(), Taken> {
        if let Some(reason) = refusal(entry, &local.entry) {
            self.intake.not_read(member, None, reason)?;
            return ControlFlow::Continue(Taken::Failed);
        }
        let fault = Fault::default();
        let n_consumed = Rc::new(Cell::new(0));
        let opened = self
            .reader
            .seek(SeekFrom::Start(local.data_offset))
            .and_then(|_| {
                decoder(
                    CountedInput::new((&mut *self.reader).take(n_stored), Rc::clone(&n_consumed)),
                    entry.method,
                )
            });
        let taken = match opened {
            Ok(inner) => {
                let output = MeteredOutput {
                    inner,
                    n_out: 0,
                    n_consumed,
                    expandable: Rc::clone(&self.intake.expandable),
                    limits: self.intake.settings.limits.clone(),
                };
                let mut output = fault.watch(Checked::new(output, entry));
                self.intake.take_stream(member, &mut output)?.taken
            }
            Err(error) => {
                self.intake
                    .not_read(member, None, format!("it cannot be read: {error}"))?;
                Taken::Failed
            }
        };
        let Some(reason) = fault.reason() else {
            return ControlFlow::Continue(taken);
        };
        self.intake.not_read(
            member,
            None,
            format!("it cannot be read to its end: {reason}"),
        )?;
        ControlFlow::Continue(Taken::Failed)
    }
}

/// Why an entry is not read.
fn refusal(entry: &Entry, local: &Entry) -> Option<String> {
    if (entry.flags | local.flags) & IS_ENCRYPTED != 0 || entry.method == METHOD_AES {
        return Some("encrypted".to_owned());
    }
    let name = match entry.method {
        0 | 8 | 9 | 12 | 93 | 95 => return None,
        1 => "Shrink",
        2..=5 => "Reduce",
        6 => "Implode",
        14 => "LZMA",
        96 => "JPEG",
        97 => "WavPack",
        98 => "PPMd",
        other => {
            return Some(format!(
                "compression method {other} is not read by this version"
            ));
        }
    };
    Some(format!(
        "compression method {name} is not read by this version"
    ))
}

fn decoder<'a, R: Read + 'a>(
    input: CountedInput<R>,
    method: u16,
) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match method {
        0 => Box::new(input),
        8 => Box::new(flate2::bufread::DeflateDecoder::new(input)),
        9 => Box::new(deflate64::Deflate64Decoder::with_buffer(input)),
        12 => Box::new(bzip2::bufread::BzDecoder::new(input)),
        93 => Box::new(zstd(input)?),
        95 => Box::new(xz(input)),
        _ => return Err(io::Error::other("there is no decoder for its method")),
    })
}

/// A content checked against what the directory says of it.
struct Checked<R> {
    inner: R,
    size_bytes: Option<u64>,
    checksum: Option<u32>,
    sum: flate2::Crc,
    n_read: u64,
}

impl<R: Read> Checked<R> {
    fn new(inner: R, entry: &Entry) -> Self {
        Self {
            inner,
            size_bytes: entry.size_bytes,
            checksum: entry.checksum,
            sum: flate2::Crc::new(),
            n_read: 0,
        }
    }

    fn check_end(&self) -> io::Result<usize> {
        match (self.size_bytes, self.checksum) {
            (Some(size), _) if self.n_read < size => Err(io::Error::other(format!(
                "it holds fewer bytes than the archive says ({size})"
            ))),
            (_, Some(checksum)) if checksum != self.sum.sum() => {
                Err(io::Error::other("its checksum does not match"))
            }
            _ => Ok(0),
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let n = self.inner.read(buffer)?;
        if n == 0 {
            return self.check_end();
        }
        self.n_read += n as u64;
        match self.size_bytes {
            Some(size) if self.n_read > size => {
                return Err(io::Error::other(format!(
                    "it holds more bytes than the archive says ({size})"
                )));
            }
            _ => self.sum.update(buffer.get(..n).unwrap_or_default()),
        }
        Ok(n)
    }
}
