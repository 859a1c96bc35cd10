//! The central directory of a zip archive (APPNOTE.TXT, sections 4.3.12 to 4.3.16).

use std::io::{self, BufReader, Read, SeekFrom};

use memchr::memmem;

use super::ReadSeek;
use crate::limits::ZIP_DIRECTORY_BYTES_MAX;
use crate::printable::printable;

/// Bytes of the end record, and of the comment after it.
const END_BYTES: u64 = 22;
const COMMENT_BYTES_MAX: u64 = 65_535;
/// Bytes of a record of the directory before its name.
pub(super) const RECORD_BYTES: usize = 46;
/// Bytes of the Zip64 locator before the end record.
const LOCATOR_BYTES: usize = 20;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its name as a label.
    pub(super) name: String,
    pub(super) flags: u16,
    pub(super) method: u16,
    /// CRC-32 of its content, where known.
    pub(super) checksum: Option<u32>,
    /// Bytes as stored.
    pub(super) stored_bytes: u64,
    /// Bytes of its content, where known.
    pub(super) size_bytes: Option<u64>,
    /// Where its local header begins in the file.
    pub(super) header_offset: u64,
    /// Where its record lies in the directory, and as which one; `None` where it is known by its local header only.
    pub(super) record: Option<Listed>,
}

/// A record of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// Number of the record, from 0.
    pub(super) number: u64,
}

/// A central directory.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    /// Where it begins in the file.
    pub(super) start: u64,
    /// Why not all of it was read.
    pub(super) incomplete: Option<String>,
}

/// Little-endian numbers of a record.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn u16(&self, at: usize) -> u16 {
        self.number::<2>(at).map_or(0, u16::from_le_bytes)
    }

    pub(super) fn u32(&self, at: usize) -> u32 {
        self.number::<4>(at).map_or(0, u32::from_le_bytes)
    }

    pub(super) fn u64(&self, at: usize) -> u64 {
        self.number::<8>(at).map_or(0, u64::from_le_bytes)
    }

    fn number<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..at + N)?.try_into().ok()
    }
}

/// Where the files of a split archive begin. Places are told as that of a file and one in it (section 8.5.3).
#[derive(Clone, Copy)]
pub(crate) struct Disks<'a>(pub(crate) &'a [u64]);

impl Disks<'_> {
    /// An archive that lies in one file.
    pub(crate) const ONE: Self = Self(&[0]);

    /// A place in the whole. A number that no file has is that of the first: nothing else is written there by programs
    /// that know of one file only.
    fn place(self, disk: u32, offset: u64) -> u64 {
        let start = usize::try_from(disk).ok().and_then(|disk| self.0.get(disk));
        start.map_or(offset, |start| start.saturating_add(offset))
    }
}

/// In how many files an archive lies whose last one this is; `None` where it lies in one.
pub(super) fn n_disks(reader: &mut dyn ReadSeek, n_bytes: u64) -> Option<u32> {
    let (tail, _) = tail(reader, n_bytes, 0).ok()?;
    let at = memmem::rfind(&tail, b"PK\x05\x06")?;
    let last = Fields(tail.get(at..)?).u16(4);
    let locator = at
        .checked_sub(LOCATOR_BYTES)
        .and_then(|from| tail.get(from..at));
    let wide = locator.filter(|locator| last == u16::MAX && locator.starts_with(b"PK\x06\x07"));
    let n_disks = wide.map_or(u32::from(last) + 1, |locator| Fields(locator).u32(16));
    (n_disks > 1).then_some(n_disks)
}

/// Reads the directory.
///
/// # Errors
///
/// Where there is none: the archive is cut, or is none.
pub(super) fn read(
    reader: &mut dyn ReadSeek,
    n_bytes: u64,
    disks: Disks<'_>,
    entries_max: u64,
) -> io::Result<Directory> {
    let End {
        start,
        length,
        shift,
        n_entries,
    } = find_end(reader, n_bytes, disks)?;
    reader.seek(SeekFrom::Start(start))?;
    let mut input = BufReader::new(reader.take(length.min(ZIP_DIRECTORY_BYTES_MAX)));
    let mut entries: Vec<Entry> = Vec::new();
    let mut offset = start;
    let incomplete = loop {
        if entries.len() as u64 >= entries_max {
            break Some(format!(
                "it holds more than {entries_max} entries: the rest is not read"
            ));
        }
        match entry(&mut input, disks) {
            Ok(Some((mut entry, n_record))) => {
                entry.header_offset = entry.header_offset.saturating_add(shift);
                let number = entries.len() as u64;
                entry.record = Some(Listed { offset, number });
                offset += n_record;
                entries.push(entry);
            }
            // Writers without Zip64 count modulo 65,536.
            Ok(None) if n_entries % 65_536 == entries.len() as u64 % 65_536 => break None,
            _ => {
                let (has, n) = (entries.len(), n_entries);
                break Some(format!(
                    "the directory of the archive is damaged after {has} of {n} entries"
                ));
            }
        }
    };
    Ok(Directory {
        entries,
        start,
        incomplete,
    })
}

/// What the end records say.
struct End {
    start: u64,
    length: u64,
    /// Bytes before the archive that its offsets do not count.
    shift: u64,
    n_entries: u64,
}

/// The bytes in which the end records stand, and where they begin: not before `start_min`.
fn tail(reader: &mut dyn ReadSeek, n_bytes: u64, start_min: u64) -> io::Result<(Vec<u8>, u64)> {
    let n_tail = END_BYTES + COMMENT_BYTES_MAX + LOCATOR_BYTES as u64;
    let start = n_bytes.saturating_sub(n_tail).max(start_min);
    let n_tail = n_bytes - start;
    reader.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    reader.take(n_tail).read_to_end(&mut tail)?;
    Ok((tail, start))
}

fn find_end(reader: &mut dyn ReadSeek, n_bytes: u64, disks: Disks<'_>) -> io::Result<End> {
    let (tail, tail_start) = tail(reader, n_bytes, 0).or_else(|error| {
        // Where a file is missing within these bytes, the last one has the end.
        let last = disks.0.last().filter(|start| **start < n_bytes);
        last.map_or(Err(error), |start| tail(reader, n_bytes, *start))
    })?;
    for at in memmem::rfind_iter(&tail, b"PK\x05\x06") {
        let record = tail.get(at..).unwrap_or_default();
        let comment_bytes = usize::from(Fields(record).u16(20));
        if (record.len() as u64) < END_BYTES + comment_bytes as u64 {
            continue;
        }
        let place = tail_start + at as u64;
        let locator = at
            .checked_sub(LOCATOR_BYTES)
            .and_then(|start| tail.get(start..at));
        if let Some(end) = end_at(reader, record, place, (locator.unwrap_or_default(), disks))? {
            return Ok(end);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "it has no directory",
    ))
}

/// The end records at a place, if a directory lies where they say.
fn end_at(
    reader: &mut dyn ReadSeek,
    record: &[u8],
    place: u64,
    (locator, disks): (&[u8], Disks<'_>),
) -> io::Result<Option<End>> {
    let fields = Fields(record);
    let mut n_entries = u64::from(fields.u16(10));
    let mut length = u64::from(fields.u32(12));
    let mut offset = disks.place(u32::from(fields.u16(6)), u64::from(fields.u32(16)));
    let mut end = place;
    if locator.starts_with(b"PK\x06\x07") {
        let at = disks.place(Fields(locator).u32(4), Fields(locator).u64(8));
        let mut wide = [0; 56];
        reader.seek(SeekFrom::Start(at))?;
        if reader.read_exact(&mut wide).is_ok() && wide.starts_with(b"PK\x06\x06") {
            let wide = Fields(&wide);
            (n_entries, length) = (wide.u64(32), wide.u64(40));
            offset = disks.place(wide.u32(20), wide.u64(48));
            end = at;
        }
    }
    // The directory ends where its end record begins, also where something stands before the archive.
    for start in [end.checked_sub(length), Some(offset)]
        .into_iter()
        .flatten()
    {
        let mut signature = [0; 4];
        reader.seek(SeekFrom::Start(start))?;
        let is_there = reader.read_exact(&mut signature).is_ok() && signature == *b"PK\x01\x02";
        if is_there || (length == 0 && n_entries == 0) {
            let shift = start.saturating_sub(offset);
            return Ok(Some(End {
                start,
                length,
                shift,
                n_entries,
            }));
        }
    }
    Ok(None)
}

/// One record of the directory, and its bytes; `None` at its end.
fn entry(input: &mut impl Read, disks: Disks<'_>) -> io::Result<Option<(Entry, u64)>> {
    let mut record = [0; RECORD_BYTES];
    let mut n = 0;
    while let Some(free) = record.get_mut(n..).filter(|free| !free.is_empty()) {
        match input.read(free)? {
            0 if n == 0 => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => n += more,
        }
    }
    let fields = Fields(&record);
    if !record.starts_with(b"PK\x01\x02") {
        return Ok(None);
    }
    let mut rest =
        vec![
            0;
            usize::from(fields.u16(28)) + usize::from(fields.u16(30)) + usize::from(fields.u16(32))
        ];
    input.read_exact(&mut rest)?;
    let (name, extra) = rest
        .split_at_checked(usize::from(fields.u16(28)))
        .unwrap_or_default();
    let extra = extra.get(..usize::from(fields.u16(30))).unwrap_or_default();
    let wide = Wide::read(extra, (fields.u32(24), fields.u32(20), fields.u32(42)));
    let disk = wide.disk(extra, fields.u16(34));
    let n_record = (RECORD_BYTES + rest.len()) as u64;
    let entry = Entry {
        name: label(name),
        flags: fields.u16(8),
        method: fields.u16(10),
        checksum: Some(fields.u32(16)),
        stored_bytes: wide.stored_bytes,
        size_bytes: Some(wide.size_bytes),
        header_offset: disks.place(disk, wide.header_offset),
        record: None,
    };
    Ok(Some((entry, n_record)))
}

/// Numbers that may be wider than 32 bits (section 4.5.3): the extra field holds those that are all ones in the record.
pub(super) struct Wide {
    pub(super) size_bytes: u64,
    pub(super) stored_bytes: u64,
    pub(super) header_offset: u64,
    /// Bytes of the extra field that they take.
    n_field: usize,
}

impl Wide {
    pub(super) fn read(extra: &[u8], (size, stored, offset): (u32, u32, u32)) -> Self {
        let field = extra_field(extra, 1).unwrap_or_default();
        let mut at = 0;
        let mut widen = |number: u32| {
            if number == u32::MAX && field.len() >= at + 8 {
                at += 8;
                Fields(field).u64(at - 8)
            } else {
                u64::from(number)
            }
        };
        let (size_bytes, stored_bytes) = (widen(size), widen(stored));
        let header_offset = widen(offset);
        Self {
            size_bytes,
            stored_bytes,
            header_offset,
            n_field: at,
        }
    }

    /// The number of the file in which an entry begins; where it is all ones, it stands behind the other numbers.
    fn disk(&self, extra: &[u8], disk: u16) -> u32 {
        let field = extra_field(extra, 1).unwrap_or_default();
        match field.get(self.n_field..self.n_field + 4) {
            Some(number) if disk == u16::MAX => Fields(number).u32(0),
            _ => u32::from(disk),
        }
    }
}

/// An extra field by its id.
pub(super) fn extra_field(mut extra: &[u8], id: u16) -> Option<&[u8]> {
    while extra.len() >= 4 {
        let fields = Fields(extra);
        let length = usize::from(fields.u16(2));
        let value = extra.get(4..4 + length)?;
        if fields.u16(0) == id {
            return Some(value);
        }
        extra = extra.get(4 + length..)?;
    }
    None
}

/// A name as a label. Some Windows programs write `\` between folders.
pub(super) fn label(name: &[u8]) -> String {
    let label = printable(name);
    if label.is_empty() {
        "(no name)".to_owned()
    } else if std::str::from_utf8(name).is_ok() {
        label.replace('\\', "/")
    } else {
        label
    }
}
