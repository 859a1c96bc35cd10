//! The blocks of a RAR archive, as far as they are whole: what is left of one that is cut off or damaged.
//!
//! RAR 1.5 to 4: `technote.txt` of RAR 4.20. RAR 5: the "RAR 5.0 archive format" of RARLAB.

use std::io::{Read, Seek, SeekFrom};

use super::super::store::Store;
use crate::limits::ENTRIES_MAX;
use crate::printable::printable;

pub(super) const MARKER_FOUR: &[u8] = b"Rar!\x1a\x07\x00";
pub(super) const MARKER_FIVE: &[u8] = b"Rar!\x1a\x07\x01\x00";

/// Bytes of one header of RAR 5 (the format allows 2 MiB).
const HEADER_BYTES_MAX: u64 = 2 << 20;

/// Where the whole blocks of an archive end.
pub(super) struct Whole {
    /// Bytes up to there.
    pub(super) n_bytes: u64,
    /// The entry whose header is there and whose data is not whole: its name, and where its data begins.
    pub(super) cut: Option<(String, u64)>,
}

/// Walks over the blocks of an archive; `None` where it is none, or its headers are encrypted.
pub(super) fn whole_blocks(store: &Store) -> Option<Whole> {
    let mut marker = [0; 8];
    store.reader().read_exact(&mut marker).ok()?;
    let (start, read): (usize, ReadBlock) = if marker.starts_with(MARKER_FIVE) {
        (MARKER_FIVE.len(), block_five)
    } else if marker.starts_with(MARKER_FOUR) {
        (MARKER_FOUR.len(), block_four)
    } else {
        return None;
    };
    let mut at = start as u64;
    for _ in 0..ENTRIES_MAX {
        let Some(block) = read(store, at) else {
            break;
        };
        if block.is_encrypted {
            return None;
        }
        let data = at.saturating_add(block.n_header);
        let end = data.saturating_add(block.n_data);
        if end > store.len() {
            let cut = block.name.map(|name| (name, data));
            return Some(Whole { n_bytes: at, cut });
        }
        at = end;
    }
    Some(Whole {
        n_bytes: at,
        cut: None,
    })
}

type ReadBlock = fn(&Store, u64) -> Option<Block>;

/// One block.
struct Block {
    n_header: u64,
    n_data: u64,
    /// The name, where it is the header of an entry.
    name: Option<String>,
    /// Whether what follows is encrypted.
    is_encrypted: bool,
}

fn bytes_at(store: &Store, at: u64, n: u64) -> Option<Vec<u8>> {
    let mut reader = store.reader();
    reader.seek(SeekFrom::Start(at)).ok()?;
    let mut bytes = vec![0; usize::try_from(n).ok()?];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A block of RAR 1.5 to 4; `None` where there is none or its checksum does not fit.
fn block_four(store: &Store, at: u64) -> Option<Block> {
    let start = bytes_at(store, at, 7)?;
    let (kind, flags) = (*start.get(2)?, u16_at(&start, 3)?);
    let n_header = u64::from(u16_at(&start, 5)?);
    let header = bytes_at(store, at, n_header.max(7))?;
    if crc(header.get(2..)?) & 0xffff != u32::from(u16_at(&header, 0)?) {
        return None;
    }
    let is_entry = kind == 0x74;
    let mut n_data = 0;
    if flags & 0x8000 != 0 || is_entry {
        n_data = u64::from(u32_at(&header, 7)?);
    }
    let is_wide = is_entry && flags & 0x100 != 0;
    if is_wide {
        n_data |= u64::from(u32_at(&header, 32)?) << 32;
    }
    let name = if is_entry {
        let from = if is_wide { 40 } else { 32 };
        let name = header.get(from..from + usize::from(u16_at(&header, 26)?))?;
        Some(label(
            name.split(|byte| *byte == 0).next().unwrap_or_default(),
        ))
    } else {
        None
    };
    Some(Block {
        n_header,
        n_data,
        name,
        is_encrypted: kind == 0x73 && flags & 0x80 != 0,
    })
}

/// A block of RAR 5; `None` where there is none or its checksum does not fit.
fn block_five(store: &Store, at: u64) -> Option<Block> {
    let n_start = store.len().checked_sub(at)?.min(14);
    let start = bytes_at(store, at, n_start)?;
    let mut fields = Fields(start.get(4..)?);
    let n_fields = fields.number()?;
    let n_size = (start.len() - 4 - fields.0.len()) as u64;
    if n_fields > HEADER_BYTES_MAX {
        return None;
    }
    let header = bytes_at(store, at + 4, n_size + n_fields)?;
    if crc(&header) != u32_at(&start, 0)? {
        return None;
    }
    let mut fields = Fields(header.get(usize::try_from(n_size).ok()?..)?);
    let (kind, flags) = (fields.number()?, fields.number()?);
    if flags & 1 != 0 {
        fields.number()?;
    }
    let n_data = if flags & 2 != 0 { fields.number()? } else { 0 };
    let name = if kind == 2 {
        Some(fields.entry_name()?)
    } else {
        None
    };
    Some(Block {
        n_header: 4 + n_size + n_fields,
        n_data,
        name,
        is_encrypted: kind == 4,
    })
}

/// Fields of a header of RAR 5.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    /// A number of seven bits a byte, lowest first.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self, n: u64) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(n).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Passes over the fields of an entry up to its name.
    fn entry_name(&mut self) -> Option<String> {
        let flags = self.number()?;
        self.number()?;
        self.number()?;
        for bit in [2, 4] {
            if flags & bit != 0 {
                self.bytes(4)?;
            }
        }
        self.number()?;
        self.number()?;
        let n = self.number()?;
        self.bytes(n).map(label)
    }
}

fn label(name: &[u8]) -> String {
    let name = printable(name).replace('\\', "/");
    if name.is_empty() {
        "(no name)".to_owned()
    } else {
        name
    }
}
