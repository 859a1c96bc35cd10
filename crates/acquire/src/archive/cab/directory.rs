//! The headers of a cabinet: what it is divided into, and what lies where (MS-CAB 2.1 to 2.3).

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::super::little_endian::{u16_at, u32_at};
use super::super::store::{Store, StoreReader};
use crate::parts::Links;
use crate::printable::printable;

/// Bytes of the fixed part of each header.
const HEADER_BYTES: usize = 36;
const FOLDER_BYTES: usize = 8;
const FILE_BYTES: usize = 16;

/// Bytes of a name with its end (MS-CAB 2.3).
const NAME_BYTES_MAX: usize = 257;

/// Flags of the header.
const HAS_PREVIOUS: u16 = 1;
const HAS_NEXT: u16 = 2;
const HAS_RESERVE: u16 = 4;

/// Numbers of folders that say that a file goes on from the cabinet before, to the next one, or both.
pub(super) const FROM_PREVIOUS: u16 = 0xfffd;
pub(super) const TO_NEXT: u16 = 0xfffe;
pub(super) const IN_BETWEEN: u16 = 0xffff;

/// A cabinet.
pub(super) struct Directory {
    pub(super) folders: Vec<Folder>,
    pub(super) files: Vec<Entry>,
    /// Files that the header tells of.
    pub(super) n_files: u64,
    /// Bytes of the headers up to the last file.
    pub(super) n_bytes: u64,
    /// Why not all files are listed.
    pub(super) incomplete: Option<String>,
    /// The cabinets around it.
    pub(super) links: Links,
}

/// A stream of blocks that holds files one behind another.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    /// Where its first block begins in the cabinet.
    pub(super) offset: u64,
    pub(super) n_blocks: u16,
    pub(super) method: u16,
    /// Bytes before the data of each block that are not for us.
    pub(super) reserve_bytes: usize,
}

/// A file.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) size_bytes: u64,
    /// Where it begins in its folder, unpacked.
    pub(super) offset: u64,
    pub(super) folder: u16,
    pub(super) date: u16,
    pub(super) time: u16,
    pub(super) attributes: u16,
    /// Number in the directory, from 0.
    pub(super) number: u64,
}

/// The start of the headers.
pub(super) struct Start {
    input: Input,
    header: Vec<u8>,
    /// Bytes behind each record of a folder, and before the data of each block.
    reserved: [usize; 2],
    pub(super) links: Links,
}

/// Reads the headers up to the table of folders.
pub(super) fn start(store: &Store) -> io::Result<Start> {
    let mut input = Input(BufReader::new(store.reader()));
    let header = input.take(HEADER_BYTES)?;
    let word = |at| u16_at(&header, at).unwrap_or_default();
    let flags = word(30);
    let mut reserved = [0, 0];
    if flags & HAS_RESERVE != 0 {
        let sizes = input.take(4)?;
        let header_bytes = u16_at(&sizes, 0).unwrap_or_default();
        reserved = [2, 3].map(|at| usize::from(sizes.get(at).copied().unwrap_or_default()));
        input.take(usize::from(header_bytes))?;
    }
    let mut links = Links {
        index: word(34),
        previous: None,
        next: None,
    };
    for (flag, name) in [
        (HAS_PREVIOUS, &mut links.previous),
        (HAS_NEXT, &mut links.next),
    ] {
        if flags & flag != 0 {
            *name = Some(printable(&input.text()?));
            // The name of its disk.
            input.text()?;
        }
    }
    Ok(Start {
        input,
        header,
        reserved,
        links,
    })
}

/// Reads the headers.
///
/// # Errors
///
/// Where the header or the table of folders is cut off.
pub(super) fn read(store: &Store) -> io::Result<Directory> {
    let Start {
        mut input,
        header,
        reserved,
        links,
    } = start(store)?;
    let word = |at| u16_at(&header, at).unwrap_or_default();
    let (n_folders, n_files) = (word(26), word(28));
    let mut folders = Vec::new();
    for _ in 0..n_folders {
        let record = input.take(FOLDER_BYTES + reserved[0])?;
        folders.push(Folder {
            offset: u64::from(u32_at(&record, 0).unwrap_or_default()),
            n_blocks: u16_at(&record, 4).unwrap_or_default(),
            method: u16_at(&record, 6).unwrap_or_default(),
            reserve_bytes: reserved[1],
        });
    }
    let files_at = u32_at(&header, 16).unwrap_or_default();
    input.0.seek(SeekFrom::Start(u64::from(files_at)))?;
    let mut files = Vec::new();
    let mut incomplete = None;
    for number in 0..u64::from(n_files) {
        let Ok(file) = input.file(number) else {
            incomplete = Some(format!(
                "the directory of the cabinet is cut off or damaged after {number} of {n_files} files"
            ));
            break;
        };
        files.push(file);
    }
    let n_bytes = input.0.stream_position()?.min(store.len());
    Ok(Directory {
        folders,
        files,
        n_files: u64::from(n_files),
        n_bytes,
        incomplete,
        links,
    })
}

/// Reads records one behind another.
struct Input(BufReader<StoreReader>);

impl Input {
    fn take(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut record = vec![0; n];
        self.0.read_exact(&mut record)?;
        Ok(record)
    }

    /// A text with a zero behind it.
    fn text(&mut self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        for _ in 0..NAME_BYTES_MAX {
            match self.take(1)?.first() {
                Some(0) | None => return Ok(text),
                Some(&byte) => text.push(byte),
            }
        }
        Err(io::ErrorKind::InvalidData.into())
    }

    fn file(&mut self, number: u64) -> io::Result<Entry> {
        let record = self.take(FILE_BYTES)?;
        let word = |at| u16_at(&record, at).unwrap_or_default();
        let long = |at| u64::from(u32_at(&record, at).unwrap_or_default());
        Ok(Entry {
            size_bytes: long(0),
            offset: long(4),
            folder: word(8),
            date: word(10),
            time: word(12),
            attributes: word(14),
            name: self.text()?,
            number,
        })
    }
}
