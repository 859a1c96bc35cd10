//! The compound file (MS-CFB): sectors, chains, directory, streams. Office documents before 2007 and Outlook messages
//! are such files.
//!
//! Read in place over the bytes: nothing is allocated by what the file claims, and a chain that refers to itself ends
//! after as many steps as the file has sectors.

use std::collections::BTreeMap;

/// Largest number of sectors followed in one chain, and of directory entries read.
pub const SECTORS_MAX: usize = 1 << 20;

const SIGNATURE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Sector numbers above this one are markers, not sectors (MS-CFB 2.1).
const SECTOR_MAX: u32 = 0xffff_fffa;

/// No directory entry (MS-CFB 2.6.1).
const NO_ENTRY: u32 = 0xffff_ffff;

const DIRECTORY_ENTRY_BYTES: usize = 128;
const MINI_SECTOR_BYTES: usize = 64;
const HEADER_BYTES: usize = 512;

/// A storage of a compound file: a folder of streams and storages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Storage(usize);

impl Storage {
    /// The root of the file.
    pub const ROOT: Self = Self(0);
}

/// A compound file opened for reading.
#[derive(Debug)]
pub struct Compound<'a> {
    bytes: &'a [u8],
    sector_bytes: usize,
    /// Sectors that hold the allocation table, in order.
    table: Vec<u32>,
    /// Sectors that hold the allocation table of the mini stream.
    mini_table: Vec<u32>,
    /// Sectors that hold the mini stream.
    mini_stream: Vec<u32>,
    mini_cutoff: usize,
    /// Streams and storages, the root first.
    entries: Vec<Entry>,
    /// Where an entry lies: (storage, name in lower case) to its number in `entries`; the first of a name counts.
    names: BTreeMap<(Storage, String), usize>,
}

/// A directory entry.
#[derive(Debug)]
struct Entry {
    name: String,
    is_stream: bool,
    start: u32,
    size: usize,
}

impl<'a> Compound<'a> {
    /// Reads header and directory; `None` where there are none.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(SIGNATURE) {
            return None;
        }
        let sector_shift = u16_at(bytes, 30)?;
        if !(7..=16).contains(&sector_shift) {
            return None;
        }
        let mut compound = Self {
            bytes,
            sector_bytes: 1 << sector_shift,
            table: Vec::new(),
            mini_table: Vec::new(),
            mini_stream: Vec::new(),
            mini_cutoff: to_usize(u32_at(bytes, 56)?),
            entries: Vec::new(),
            names: BTreeMap::new(),
        };
        compound.table = compound.table_sectors()?;
        compound.mini_table = compound.chain(u32_at(bytes, 60)?, SECTORS_MAX);
        let directory = compound.chain(u32_at(bytes, 48)?, SECTORS_MAX);
        compound.read_directory(&directory)?;
        Some(compound)
    }

    /// Whether the root holds an entry of this name; ASCII case does not matter.
    pub fn has(&self, name: &str) -> bool {
        self.entry(Storage::ROOT, name).is_some()
    }

    /// The storage of this name in a storage.
    pub fn storage(&self, parent: Storage, name: &str) -> Option<Storage> {
        let number = self.number(parent, name)?;
        let entry = self.entries.get(number)?;
        (!entry.is_stream).then_some(Storage(number))
    }

    /// The storages in a storage, in the order of their names in lower case.
    pub fn storages(&self, parent: Storage) -> impl Iterator<Item = (&str, Storage)> {
        self.children(parent)
            .filter(|(_, entry)| !entry.is_stream)
            .map(|(number, entry)| (entry.name.as_str(), Storage(number)))
    }

    /// The names and sizes in bytes, as stated, of the streams in a storage, in the order of their names in lower case.
    pub fn streams(&self, parent: Storage) -> impl Iterator<Item = (&str, usize)> {
        self.children(parent)
            .filter(|(_, entry)| entry.is_stream)
            .map(|(_, entry)| (entry.name.as_str(), entry.size))
    }

    /// The content of a stream in the root, up to `limit` bytes and up to where its chain breaks.
    pub fn stream(&self, name: &str, limit: usize) -> Option<Vec<u8>> {
        self.stream_in(Storage::ROOT, name, limit)
    }

    /// The content of a stream in a storage, up to `limit` bytes and up to where its chain breaks.
    pub fn stream_in(&self, parent: Storage, name: &str, limit: usize) -> Option<Vec<u8>> {
        let entry = self.entry(parent, name).filter(|entry| entry.is_stream)?;
        let size = entry.size.min(limit);
        let mut out = Vec::with_capacity(size.min(1 << 16));
        if entry.size < self.mini_cutoff {
            let mut sector = entry.start;
            for _ in 0..self.bytes.len() / MINI_SECTOR_BYTES {
                let Some(piece) = self.mini_sector(sector) else {
                    break;
                };
                out.extend_from_slice(piece);
                if out.len() >= size {
                    break;
                }
                let Some(next) = self.next_mini(sector) else {
                    break;
                };
                sector = next;
            }
        } else {
            for sector in self.chain(entry.start, size.div_ceil(self.sector_bytes)) {
                out.extend_from_slice(self.sector(sector)?);
            }
        }
        out.truncate(size);
        Some(out)
    }

    fn number(&self, parent: Storage, name: &str) -> Option<usize> {
        self.names
            .get(&(parent, name.to_ascii_lowercase()))
            .copied()
    }

    fn entry(&self, parent: Storage, name: &str) -> Option<&Entry> {
        self.entries.get(self.number(parent, name)?)
    }

    fn children(&self, parent: Storage) -> impl Iterator<Item = (usize, &Entry)> {
        self.names
            .range((parent, String::new())..)
            .take_while(move |((storage, _), _)| *storage == parent)
            .filter_map(|(_, &number)| Some((number, self.entries.get(number)?)))
    }

    /// Bytes of a sector; the last one of a file may be cut short.
    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        if number > SECTOR_MAX {
            return None;
        }
        let start = to_usize(number)
            .checked_add(1)?
            .checked_mul(self.sector_bytes)?;
        let end = start.checked_add(self.sector_bytes)?.min(self.bytes.len());
        self.bytes.get(start..end).filter(|piece| !piece.is_empty())
    }

    fn n_sectors(&self) -> usize {
        self.bytes.len() / self.sector_bytes
    }

    /// The sectors of the allocation table: 109 in the header, the rest in a chain of their own (MS-CFB 2.5).
    fn table_sectors(&self) -> Option<Vec<u32>> {
        let per_sector = self.sector_bytes / 4;
        let n_max = self.n_sectors() / per_sector + 1;
        let mut sectors: Vec<u32> = numbers(self.bytes.get(76..HEADER_BYTES)?)
            .filter(|&sector| sector <= SECTOR_MAX)
            .collect();
        let mut extension = u32_at(self.bytes, 68)?;
        while sectors.len() < n_max
            && let Some(piece) = self.sector(extension)
        {
            let before = sectors.len();
            let in_piece = numbers(piece).take(per_sector - 1);
            sectors.extend(in_piece.filter(|&sector| sector <= SECTOR_MAX));
            let Some(next) = numbers(piece).nth(per_sector - 1) else {
                break;
            };
            if sectors.len() == before {
                break;
            }
            extension = next;
        }
        sectors.truncate(n_max);
        Some(sectors)
    }

    /// The sectors of a chain, at most `limit` and never more than the file has.
    fn chain(&self, start: u32, limit: usize) -> Vec<u32> {
        let limit = limit.min(self.n_sectors()).min(SECTORS_MAX);
        let mut sectors = Vec::new();
        let mut sector = start;
        while sectors.len() < limit && self.sector(sector).is_some() {
            sectors.push(sector);
            let Some(next) = self.look_up(&self.table, sector) else {
                break;
            };
            sector = next;
        }
        sectors
    }

    /// Entry `number` of an allocation table that lies in these sectors.
    fn look_up(&self, table: &[u32], number: u32) -> Option<u32> {
        let at = to_usize(number).checked_mul(4)?;
        let piece = self.sector(*table.get(at / self.sector_bytes)?)?;
        u32_at(piece, at % self.sector_bytes)
    }

    fn next_mini(&self, sector: u32) -> Option<u32> {
        self.look_up(&self.mini_table, sector)
    }

    fn mini_sector(&self, number: u32) -> Option<&'a [u8]> {
        if number > SECTOR_MAX {
            return None;
        }
        let at = to_usize(number).checked_mul(MINI_SECTOR_BYTES)?;
        let sector = *self.mini_stream.get(at / self.sector_bytes)?;
        let piece = self.sector(sector)?.get(at % self.sector_bytes..)?;
        Some(piece.get(..MINI_SECTOR_BYTES).unwrap_or(piece))
    }

    /// Reads the root entry and the tree of all storages (MS-CFB 2.6.4). An entry counts where it is met first.
    fn read_directory(&mut self, sectors: &[u32]) -> Option<()> {
        let root = self.directory_entry(sectors, 0)?;
        self.mini_stream = self.chain(u32_at(root, 116)?, SECTORS_MAX);
        self.entries.push(Entry {
            name: String::new(),
            is_stream: false,
            start: 0,
            size: 0,
        });
        let n_entries = sectors.len() * (self.sector_bytes / DIRECTORY_ENTRY_BYTES);
        let mut seen = vec![false; n_entries];
        let mut waiting = vec![(u32_at(root, 76)?, Storage::ROOT)];
        while let Some((number, parent)) = waiting.pop() {
            let Some(seen) = seen.get_mut(to_usize(number)).filter(|seen| !**seen) else {
                continue;
            };
            *seen = true;
            let Some(raw) = self.directory_entry(sectors, number) else {
                continue;
            };
            waiting.extend([(u32_at(raw, 68)?, parent), (u32_at(raw, 72)?, parent)]);
            if let Some(entry) = entry(raw) {
                if !entry.is_stream {
                    waiting.push((u32_at(raw, 76)?, Storage(self.entries.len())));
                }
                self.names
                    .entry((parent, entry.name.to_ascii_lowercase()))
                    .or_insert(self.entries.len());
                self.entries.push(entry);
            }
        }
        Some(())
    }

    fn directory_entry(&self, sectors: &[u32], number: u32) -> Option<&'a [u8]> {
        if number == NO_ENTRY {
            return None;
        }
        let at = to_usize(number).checked_mul(DIRECTORY_ENTRY_BYTES)?;
        let piece = self.sector(*sectors.get(at / self.sector_bytes)?)?;
        let start = at % self.sector_bytes;
        piece.get(start..start + DIRECTORY_ENTRY_BYTES)
    }
}

/// A stream or storage; `None` for an unused entry.
fn entry(raw: &[u8]) -> Option<Entry> {
    const STORAGE: u8 = 1;
    const STREAM: u8 = 2;
    let kind = *raw.get(66)?;
    if kind != STORAGE && kind != STREAM {
        return None;
    }
    let name_bytes = usize::from(u16_at(raw, 64)?).min(64);
    let units: Vec<u16> = raw
        .get(..name_bytes)?
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(*pair.first_chunk()?)))
        .take_while(|&unit| unit != 0)
        .collect();
    Some(Entry {
        name: String::from_utf16_lossy(&units),
        is_stream: kind == STREAM,
        start: u32_at(raw, 116)?,
        size: to_usize(u32_at(raw, 120)?),
    })
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes
        .chunks_exact(4)
        .filter_map(|four| Some(u32::from_le_bytes(*four.first_chunk()?)))
}

/// Two bytes at `at`.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Four bytes at `at`.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A size or place; on a machine where it does not fit, the largest there is.
fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
