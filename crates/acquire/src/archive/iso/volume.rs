//! The volume descriptors and directory records of ISO 9660 (ECMA-119), with the names of Joliet and Rock Ridge.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};

use mabillon_case::Stamp;

use super::super::little_endian::{u16_at, u32_at};
use super::super::store::Store;
use crate::limits::{
    ISO_DESCRIPTORS_MAX, ISO_DIRECTORY_BYTES_MAX, ISO_DIRECTORY_DEPTH_MAX, ISO_PATH_BYTES_MAX,
};

/// Bytes of a sector of descriptors, and where the first of them stands.
const SECTOR_BYTES: u64 = 2048;
const FIRST_DESCRIPTOR: u64 = 16;

/// Bytes of a directory record before its name (ECMA-119 9.1).
const RECORD_BYTES: usize = 33;

/// Flags of a record.
const IS_DIRECTORY: u8 = 2;
const IS_ASSOCIATED: u8 = 4;
const GOES_ON: u8 = 0x80;

/// How names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Capital letters and a version number; Rock Ridge may write others beside.
    Primary,
    /// UCS-2, big-endian.
    Joliet,
}

/// The tree of files that is read.
struct Volume {
    names: Names,
    block_bytes: u64,
    root: Record,
}

/// What an image holds.
pub(super) struct Listing {
    pub(super) files: Vec<File>,
    /// Bytes of descriptors and directories that were read.
    pub(super) n_bytes: u64,
    /// What could not be read, in plain words, and was to be.
    pub(super) lost: Vec<String>,
}

/// A file of an image.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) path: String,
    /// Where its bytes lie: offset and length of each section.
    pub(super) sections: Vec<(u64, u64)>,
    pub(super) modified: Option<Stamp>,
    pub(super) flags: u8,
    /// Why its bytes are not to be read.
    pub(super) refusal: Option<&'static str>,
    /// Number of its record in the order of reading, from 0.
    pub(super) number: u64,
}

/// A directory record.
#[derive(Debug, Clone)]
struct Record {
    name: Vec<u8>,
    block: u64,
    n_bytes: u64,
    flags: u8,
    is_interleaved: bool,
    modified: Option<Stamp>,
    /// The name of Rock Ridge, and whether it is a link there.
    alternate: Option<Vec<u8>>,
    is_link: bool,
}

/// Reads the descriptors and all directories.
///
/// # Errors
///
/// Why no tree of files can be read.
pub(super) fn list(store: &Store, entries_max: u64) -> Result<Listing, String> {
    let mut lost = Vec::new();
    let volume = volume(store, &mut lost)?;
    let mut walk = Walk {
        store,
        names: volume.names,
        block_bytes: volume.block_bytes,
        entries_max,
        seen: BTreeSet::new(),
        files: Vec::new(),
        n_bytes: FIRST_DESCRIPTOR * SECTOR_BYTES,
        bytes_left: ISO_DIRECTORY_BYTES_MAX,
        lost,
    };
    let mut waiting = vec![(String::new(), 0, volume.root)];
    while let Some((path, depth, record)) = waiting.pop() {
        let mut below = walk.directory(&path, depth, &record);
        below.reverse();
        waiting.extend(below);
    }
    Ok(Listing {
        files: walk.files,
        n_bytes: walk.n_bytes.min(store.len()),
        lost: walk.lost,
    })
}

fn read_at(store: &Store, at: u64, n: u64) -> io::Result<Vec<u8>> {
    let mut reader = store.reader();
    reader.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    reader.take(n).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The volume whose names say most: that of Joliet, else the primary one.
fn volume(store: &Store, lost: &mut Vec<String>) -> Result<Volume, String> {
    let mut best: Option<Volume> = None;
    let mut has_udf = false;
    for number in FIRST_DESCRIPTOR..FIRST_DESCRIPTOR + ISO_DESCRIPTORS_MAX {
        let sector = read_at(store, number * SECTOR_BYTES, SECTOR_BYTES).unwrap_or_default();
        let id = sector.get(1..6).unwrap_or_default();
        has_udf |= id.starts_with(b"NSR0");
        let kind = sector.first().copied().filter(|_| id == b"CD001");
        let escape = sector.get(88..91).unwrap_or_default();
        let is_joliet = matches!(escape, b"%/@" | b"%/C" | b"%/E");
        let names = match kind {
            Some(1) => Names::Primary,
            Some(2) if is_joliet => Names::Joliet,
            _ => continue,
        };
        let root = sector
            .get(156..190)
            .and_then(|bytes| Record::read(bytes, names));
        let block_bytes = u16_at(&sector, 128).map_or(SECTOR_BYTES, u64::from);
        if let Some(root) = root.filter(|_| matches!(block_bytes, 512 | 1024 | 2048))
            && (best.is_none() || names == Names::Joliet)
        {
            best = Some(Volume {
                names,
                block_bytes,
                root,
            });
        }
    }
    if has_udf {
        lost.push("it holds a second file system, UDF, which is not read".to_owned());
    }
    best.ok_or_else(|| "the image holds no volume descriptor that can be read".to_owned())
}

struct Walk<'a> {
    store: &'a Store,
    names: Names,
    block_bytes: u64,
    entries_max: u64,
    /// Blocks at which directories began that were read.
    seen: BTreeSet<u64>,
    files: Vec<File>,
    n_bytes: u64,
    /// Bytes of directories that may still be read.
    bytes_left: u64,
    lost: Vec<String>,
}

impl Walk<'_> {
    fn lose(&mut self, path: &str, what: &str) {
        let what = if path.is_empty() {
            format!("the root directory {what}")
        } else {
            format!("the directory {path} {what}")
        };
        self.lost.push(what);
    }

    /// Reads one directory; gives those in it.
    fn directory(
        &mut self,
        path: &str,
        depth: usize,
        directory: &Record,
    ) -> Vec<(String, usize, Record)> {
        if !self.seen.insert(directory.block) {
            self.lose(path, "leads back to one that was read already");
            return Vec::new();
        }
        if depth > ISO_DIRECTORY_DEPTH_MAX {
            self.lose(
                path,
                &format!("lies in more than {ISO_DIRECTORY_DEPTH_MAX} others"),
            );
            return Vec::new();
        }
        if directory.n_bytes > self.bytes_left {
            self.lose(
                path,
                &format!(
                    "is not read: directories may have {ISO_DIRECTORY_BYTES_MAX} bytes together"
                ),
            );
            return Vec::new();
        }
        self.bytes_left -= directory.n_bytes;
        let at = directory.block.saturating_mul(self.block_bytes);
        let bytes = read_at(self.store, at, directory.n_bytes).unwrap_or_default();
        self.n_bytes += bytes.len() as u64;
        if (bytes.len() as u64) < directory.n_bytes {
            self.lose(path, "is cut off");
        }
        self.records(path, depth, &bytes)
    }

    fn records(&mut self, path: &str, depth: usize, bytes: &[u8]) -> Vec<(String, usize, Record)> {
        let mut below = Vec::new();
        let mut goes_on = false;
        for record in records(bytes, self.names) {
            if matches!(*record.name, [] | [0 | 1]) || record.flags & IS_ASSOCIATED != 0 {
                continue;
            }
            let name = record.label(self.names);
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            if self.files.len() as u64 >= self.entries_max || path.len() > ISO_PATH_BYTES_MAX {
                self.lose(
                    &path,
                    "is beyond the limits: it holds too many files, or too long names",
                );
                return below;
            }
            if record.flags & IS_DIRECTORY != 0 {
                below.push((path, depth + 1, record));
            } else {
                self.file(path, &record, goes_on);
                goes_on = record.flags & GOES_ON != 0;
            }
        }
        below
    }

    /// Adds a file, or one more section of the file before.
    fn file(&mut self, path: String, record: &Record, goes_on: bool) {
        let section = (
            record.block.saturating_mul(self.block_bytes),
            record.n_bytes,
        );
        if goes_on
            && let Some(file) = self.files.last_mut()
            && file.path == path
        {
            file.sections.push(section);
            return;
        }
        let refusal = if record.is_link {
            Some("link, not followed")
        } else if record.is_interleaved {
            Some("its bytes are interleaved with others, which is not read")
        } else {
            None
        };
        self.files.push(File {
            path,
            sections: vec![section],
            modified: record.modified,
            flags: record.flags,
            refusal,
            number: self.files.len() as u64,
        });
    }
}

/// The records of a directory: none crosses a sector, and a zero stands for the rest of one.
fn records(bytes: &[u8], names: Names) -> Vec<Record> {
    let sector_bytes = usize::try_from(SECTOR_BYTES).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for sector in bytes.chunks(sector_bytes) {
        let mut rest = sector;
        while let Some(n) = rest.first().map(|n| usize::from(*n)).filter(|n| *n > 0) {
            let Some((record, after)) = rest.split_at_checked(n) else {
                break;
            };
            found.extend(Record::read(record, names));
            rest = after;
        }
    }
    found
}

impl Record {
    fn read(bytes: &[u8], names: Names) -> Option<Self> {
        let n_name = usize::from(*bytes.get(RECORD_BYTES - 1)?);
        let name = bytes.get(RECORD_BYTES..RECORD_BYTES + n_name)?.to_vec();
        let attributes = u64::from(*bytes.get(1)?);
        // A byte fills up names of even length.
        let beside = bytes.get((RECORD_BYTES + n_name).next_multiple_of(2)..);
        let beside = beside
            .filter(|_| names == Names::Primary)
            .unwrap_or_default();
        let (alternate, is_link) = rock_ridge(beside);
        Some(Self {
            name,
            block: u64::from(u32_at(bytes, 2)?).saturating_add(attributes),
            n_bytes: u64::from(u32_at(bytes, 10)?),
            flags: *bytes.get(25)?,
            is_interleaved: *bytes.get(26)? != 0,
            modified: time(bytes.get(18..25)?),
            alternate,
            is_link,
        })
    }

    /// The name as people know it.
    fn label(&self, names: Names) -> String {
        let name = match (names, &self.alternate) {
            (Names::Joliet, _) => {
                let units = self.name.as_chunks::<2>().0.iter();
                let units = units.map(|unit| u16::from_be_bytes(*unit));
                let name: String = char::decode_utf16(units)
                    .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect();
                name.into_bytes()
            }
            (Names::Primary, Some(name)) => name.clone(),
            (Names::Primary, None) => self.name.clone(),
        };
        let name = crate::printable::printable(&name).replace('/', "\u{fffd}");
        // The version of a file, which nobody uses.
        let name = name.strip_suffix(";1").map_or(&*name, |name| name);
        let name = if names == Names::Primary && self.alternate.is_none() {
            name.strip_suffix('.').unwrap_or(name)
        } else {
            name
        };
        if name.is_empty() {
            "(no name)".to_owned()
        } else {
            name.to_owned()
        }
    }
}

/// The name in the fields of Rock Ridge (IEEE P1282: `NM`), and whether there is a link (`SL`).
fn rock_ridge(mut fields: &[u8]) -> (Option<Vec<u8>>, bool) {
    let mut name: Option<Vec<u8>> = None;
    let mut is_link = false;
    while let Some((field, after)) = fields
        .get(2)
        .map(|n| usize::from(*n))
        .filter(|n| *n >= 4)
        .and_then(|n| fields.split_at_checked(n))
    {
        if field.starts_with(b"NM") {
            let piece = field.get(5..).unwrap_or_default();
            name.get_or_insert_default().extend_from_slice(piece);
        }
        is_link |= field.starts_with(b"SL");
        fields = after;
    }
    (name.filter(|name| !name.is_empty()), is_link)
}

/// Seven bytes: years since 1900, month, day, hour, minute, second, and the offset in quarters of an hour.
fn time(bytes: &[u8]) -> Option<Stamp> {
    let [year, month, day, hour, minute, second, quarters] = *bytes.first_chunk()?;
    let part = |byte: u8| i8::try_from(byte).ok();
    Stamp::from_civil(
        (1900 + i16::from(year), part(month)?, part(day)?),
        (part(hour)?, part(minute)?, part(second)?),
        Some(i16::from(quarters.cast_signed()) * 15),
    )
}
