//! Tar archives: POSIX ustar and pax (IEEE 1003.1), GNU, and the old format without magic.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use mabillon_case::{
    Accounting, ContainerKind, EntryAct, EntryClock, EntryFacts, Form, ItemId, Stamp,
};

use super::entry_time::push;
use crate::fault::Fault;
use crate::intake::Intake;
use crate::limits::{PAX_RECORDS_MAX, TAR_RECORD_BYTES_MAX};
use crate::printable::printable;
use crate::spot::{Spot, Taken, count, ignore};

const BLOCK_BYTES: usize = 512;
const BLOCK: u64 = BLOCK_BYTES as u64;

/// Whether a file begins with a tar header: its checksum fits.
pub(crate) fn looks_like_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK_BYTES>() else {
        return false;
    };
    Header::parse(block).is_some_and(|header| !header.name.is_empty())
}

/// One header block.
struct Header {
    kind: u8,
    name: Vec<u8>,
    size: u64,
    /// `ustar`, `gnu`, or `v7` where it has no magic.
    dialect: &'static str,
    mode: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    /// Seconds since 1970.
    modified: Option<u64>,
    owner: Vec<u8>,
    group: Vec<u8>,
}

impl Header {
    /// `None` if the checksum or a number does not fit.
    fn parse(block: &[u8; BLOCK_BYTES]) -> Option<Self> {
        let stated = number(block.get(148..156)?)?;
        let sum: u64 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| {
                if (148..156).contains(&at) {
                    32
                } else {
                    u64::from(*byte)
                }
            })
            .sum();
        if sum != stated {
            return None;
        }
        let mut name = text(block.get(..100)?).to_vec();
        let prefix = text(block.get(345..500)?);
        let dialect = match block.get(257..263)? {
            b"ustar\0" => "ustar",
            b"ustar " => "gnu",
            _ => "v7",
        };
        if dialect == "ustar" && !prefix.is_empty() {
            name = [prefix, b"/", &name].concat();
        }
        let has_names = dialect != "v7";
        let field = |start: usize, end: usize| block.get(start..end).unwrap_or_default();
        Some(Self {
            kind: *block.get(156)?,
            name,
            size: number(block.get(124..136)?)?,
            dialect,
            mode: number(field(100, 108)),
            uid: number(field(108, 116)),
            gid: number(field(116, 124)),
            modified: number(field(136, 148)),
            owner: text(field(265, if has_names { 297 } else { 265 })).to_vec(),
            group: text(field(297, if has_names { 329 } else { 297 })).to_vec(),
        })
    }
}

/// A number in octal digits, or (GNU) in base 256 where the first bit is set.
fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        let (high, low) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        let is_small = *first == 0x80 && high.iter().all(|byte| *byte == 0);
        return is_small.then(|| u64::from_be_bytes(low.try_into().unwrap_or_default()));
    }
    let digits = text(field).trim_ascii();
    if digits.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

/// A field up to its first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Takes the members of a tar archive, as far as it goes, and reads to the end of the reader.
pub(crate) fn open(
    intake: &mut Intake<'_>,
    spot: &Spot,
    reader: &mut dyn Read,
    parent: Option<ItemId>,
) -> ControlFlow<(), Accounting> {
    let account = intake.account(spot, ContainerKind::Tar);
    let reader = Counted {
        inner: reader,
        n_read: 0,
    };
    let mut archive = Archive {
        intake,
        spot,
        reader,
        parent,
        account,
        name: None,
        size: None,
        records: Vec::new(),
        n_entries: 0,
    };
    let end = archive.members()?;
    let mut account = archive.finish(&end);
    if let End::Damaged(reason) = end {
        count(&mut account, Taken::Failed, 0);
        intake.not_read(spot, Some(Form::Tar), reason)?;
    }
    ControlFlow::Continue(account)
}

/// How the reading of an archive ended.
enum End {
    /// At its end marker, or where the file ends after a member.
    Marker,
    /// In the middle, or at a limit.
    Damaged(String),
}

fn cut(error: &io::Error) -> End {
    End::Damaged(format!("the archive is cut off: {error}"))
}

/// A reader that counts.
struct Counted<'a> {
    inner: &'a mut dyn Read,
    n_read: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_read += n as u64;
        Ok(n)
    }
}

/// The content of one member. The archive ending inside it is an error.
struct Content<'a, 'b> {
    reader: &'a mut Counted<'b>,
    left: u64,
}

impl Read for Content<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.take(self.left).read(buffer)?;
        self.left -= n as u64;
        if n == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the archive is cut off",
            ));
        }
        Ok(n)
    }
}

struct Archive<'a, 'b> {
    intake: &'a mut Intake<'b>,
    spot: &'a Spot,
    reader: Counted<'a>,
    parent: Option<ItemId>,
    account: Accounting,
    /// Name of the next member, from a record before it.
    name: Option<Vec<u8>>,
    /// Size of the next member, from a record before it.
    size: Option<u64>,
    /// Other pax records before the next member.
    records: Vec<(String, String)>,
    /// Headers of entries read so far.
    n_entries: u64,
}

impl Archive<'_, '_> {
    fn members(&mut self) -> ControlFlow<(), End> {
        loop {
            let block = match self.block() {
                Ok(Some(block)) => block,
                Ok(None) => return ControlFlow::Continue(End::Marker),
                Err(error) => return ControlFlow::Continue(cut(&error)),
            };
            if block.iter().all(|byte| *byte == 0) {
                return ControlFlow::Continue(End::Marker);
            }
            let Some(header) = Header::parse(&block) else {
                let reason = format!(
                    "the archive is damaged at byte {}: this is no header",
                    self.reader.n_read - BLOCK
                );
                return ControlFlow::Continue(End::Damaged(reason));
            };
            let max = self.intake.settings.limits.entries_max;
            if self.account.n_expected >= max {
                let reason = format!("it holds more than {max} entries: the rest is not read");
                return ControlFlow::Continue(End::Damaged(reason));
            }
            if let Some(end) = self.entry(&header)? {
                return ControlFlow::Continue(end);
            }
        }
    }

    /// Takes one entry; gives the end of the archive if it is in there.
    fn entry(&mut self, header: &Header) -> ControlFlow<(), Option<End>> {
        if matches!(header.kind, b'L' | b'K' | b'x' | b'g') {
            return ControlFlow::Continue(self.record(header).err().map(|error| cut(&error)));
        }
        let facts = self.facts(header);
        let name = self.name.take().unwrap_or_else(|| header.name.clone());
        let size = self.size.take().unwrap_or(header.size);
        let is_file = matches!(header.kind, 0 | b'0' | b'7');
        if header.kind == b'5' || (is_file && size == 0 && name.ends_with(b"/")) {
            return ControlFlow::Continue(self.pass(padded(size)).err().map(|error| cut(&error)));
        }
        let label = printable(&name);
        let label = if label.is_empty() {
            "(no name)"
        } else {
            label.trim_start_matches("./")
        };
        let mut member = self.spot.member(label, self.parent);
        (member.offset, member.length, member.size_hint) = (self.reader.n_read, size, size);
        member.entry = Some(Arc::new(facts));
        self.content(&member, is_file, header.kind)
    }

    /// Takes the content of a member and what pads it.
    fn content(&mut self, member: &Spot, is_file: bool, kind: u8) -> ControlFlow<(), Option<End>> {
        let size = member.length;
        let start = self.reader.n_read;
        let fault = Fault::default();
        let mut taken = Taken::Failed;
        if is_file {
            let mut content = fault.watch(Content {
                reader: &mut self.reader,
                left: size,
            });
            taken = self.intake.take_stream(member, &mut content)?.taken;
        } else {
            self.intake.not_read(member, None, not_a_file(kind))?;
        }
        let n_taken = self.reader.n_read - start;
        let passed = self.pass(size - n_taken);
        let n_content = self.reader.n_read - start;
        let reason = fault
            .reason()
            .or_else(|| passed.err().map(|error| error.to_string()));
        if let Some(reason) = reason {
            if is_file {
                self.intake
                    .not_read(member, None, format!("it is not there whole: {reason}"))?;
            }
            count(&mut self.account, Taken::Failed, n_content);
            return ControlFlow::Continue(Some(End::Damaged(reason)));
        }
        count(&mut self.account, taken, n_content);
        ControlFlow::Continue(
            self.pass(padded(size) - size)
                .err()
                .map(|error| cut(&error)),
        )
    }

    /// Reads a record that tells name or size of the next member.
    fn record(&mut self, header: &Header) -> io::Result<()> {
        if header.size > TAR_RECORD_BYTES_MAX {
            self.pass(padded(header.size))?;
            return Ok(());
        }
        let mut record = vec![0; usize::try_from(header.size).unwrap_or_default()];
        self.reader.read_exact(&mut record)?;
        match header.kind {
            b'L' => self.name = Some(text(&record).to_vec()),
            b'x' => self.pax(&record),
            _ => {}
        }
        self.pass(padded(header.size) - header.size).map(drop)
    }

    /// Extended header records of pax: `length key=value\n`.
    fn pax(&mut self, record: &[u8]) {
        let mut rest = record;
        while let Some((pair, after)) = pax_record(rest) {
            rest = after;
            if let Some(path) = pair.strip_prefix(b"path=") {
                self.name = Some(path.to_vec());
            } else if let Some(size) = pair.strip_prefix(b"size=") {
                self.size = std::str::from_utf8(size)
                    .ok()
                    .and_then(|size| size.parse().ok());
            } else if self.records.len() < PAX_RECORDS_MAX {
                let mut sides = pair.splitn(2, |byte| *byte == b'=');
                let (key, value) = (sides.next(), sides.next());
                let side = |side: Option<&[u8]>| printable(side.unwrap_or_default());
                self.records.push((side(key), side(value)));
            }
        }
    }

    /// What header and records say of the next entry.
    fn facts(&mut self, header: &Header) -> EntryFacts {
        let mut facts = EntryFacts {
            method: "stored".to_owned(),
            attributes: header.mode,
            uid: header.uid,
            gid: header.gid,
            owner: printable(&header.owner),
            group: printable(&header.group),
            records: vec![("format".to_owned(), header.dialect.to_owned())],
            ..EntryFacts::new(ContainerKind::Tar, self.n_entries)
        };
        self.n_entries += 1;
        let modified = header
            .modified
            .and_then(|seconds| i64::try_from(seconds).ok());
        let modified = modified.and_then(Stamp::from_seconds);
        push(&mut facts, EntryAct::Modified, EntryClock::Tar, modified);
        for (key, value) in std::mem::take(&mut self.records) {
            let act = match key.as_str() {
                "mtime" => Some(EntryAct::Modified),
                "atime" => Some(EntryAct::Accessed),
                "ctime" => Some(EntryAct::Created),
                _ => None,
            };
            if let Some(act) = act {
                push(&mut facts, act, EntryClock::Pax, pax_time(&value));
            }
            facts.records.push((key, value));
        }
        facts
    }

    /// The next block; `None` at the end of the file.
    fn block(&mut self) -> io::Result<Option<[u8; BLOCK_BYTES]>> {
        let mut block = [0; BLOCK_BYTES];
        let mut n = 0;
        while let Some(free) = block.get_mut(n..).filter(|free| !free.is_empty()) {
            match self.reader.read(free) {
                Ok(0) if n == 0 => return Ok(None),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(more) => n += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(block))
    }

    /// Reads over some bytes.
    fn pass(&mut self, n: u64) -> io::Result<()> {
        let passed = io::copy(&mut (&mut self.reader).take(n), &mut io::sink())?;
        if passed < n {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the archive is cut off",
            ));
        }
        Ok(())
    }

    /// The account: what is no content is headers and padding up to the end, and not read where it is damaged.
    fn finish(mut self, end: &End) -> Accounting {
        let n_headers = self.reader.n_read - self.account.bytes_owned();
        ignore(&mut self.account, "tar headers and padding", n_headers);
        let n_read = self.reader.n_read;
        // Where this fails, too, the owner of the reader says so.
        let _ = io::copy(&mut self.reader, &mut io::sink());
        let n_rest = self.reader.n_read - n_read;
        match end {
            End::Marker => ignore(
                &mut self.account,
                "bytes after the end of the archive",
                n_rest,
            ),
            End::Damaged(_) => self.account.bytes_failed += n_rest,
        }
        self.account
    }
}

/// One pax record without its length, and what follows it; `None` where there is none. Where the length does not fit,
/// the record ends with its line.
fn pax_record(record: &[u8]) -> Option<(&[u8], &[u8])> {
    let n_digits = record.iter().position(|byte| *byte == b' ')?;
    let by_length = || {
        let digits = std::str::from_utf8(record.get(..n_digits)?).ok()?;
        let (whole, rest) = record.split_at_checked(digits.parse().ok()?)?;
        Some((whole.get(n_digits + 1..)?.strip_suffix(b"\n")?, rest))
    };
    let by_line = || {
        let end = memchr::memchr(b'\n', record).unwrap_or(record.len());
        let rest = record.get(end + 1..).unwrap_or_default();
        Some((record.get(n_digits + 1..end)?, rest))
    };
    by_length().or_else(by_line)
}

/// Decimal seconds with a fraction.
fn pax_time(value: &str) -> Option<Stamp> {
    let (seconds, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let micros: i64 = digits.parse().ok()?;
    let seconds: i64 = seconds.parse().ok()?;
    let micros = if value.starts_with('-') {
        -micros
    } else {
        micros
    };
    Stamp::from_micros(seconds.checked_mul(1_000_000)?.checked_add(micros)?)
}

/// Bytes of a content with its padding.
fn padded(size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK).unwrap_or(size)
}

fn not_a_file(kind: u8) -> String {
    match kind {
        b'1' => "hard link, not followed".to_owned(),
        b'2' => "symbolic link, not followed".to_owned(),
        b'3' | b'4' => "device".to_owned(),
        b'6' => "named pipe".to_owned(),
        b'S' => "sparse files in tar archives are not read by this version".to_owned(),
        other => format!(
            "tar entries of type {} are not read by this version",
            other.escape_ascii()
        ),
    }
}
