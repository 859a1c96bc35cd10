//! Local headers (APPNOTE.TXT, section 4.3.7): what is left of an archive that is cut before its directory.

use std::io::{self, Read, SeekFrom};

use memchr::memmem;

use super::ReadSeek;
use super::directory::{Entry, Fields, Wide, label};

/// Bytes of a local header before its name.
const HEADER_BYTES: usize = 30;

/// Bytes searched at once for the end of an entry that does not tell its size.
const BLOCK_BYTES: usize = 1 << 20;

/// Bit of the flags: sizes and checksum follow the data.
pub(super) const HAS_DESCRIPTOR: u16 = 1 << 3;

/// A local header.
#[derive(Clone)]
pub(super) struct Local {
    pub(super) entry: Entry,
    /// Where the data begins in the file.
    pub(super) data_offset: u64,
    /// The header before its name, and its extra fields.
    pub(super) header: [u8; HEADER_BYTES],
    pub(super) extra: Vec<u8>,
}

/// Where the first local header begins: behind the mark of a split archive (section 8.5.3), where there is one.
pub(super) fn start(reader: &mut dyn ReadSeek) -> u64 {
    let mut mark = [0; 4];
    let is_there = reader.rewind().and_then(|()| reader.read_exact(&mut mark));
    4 * u64::from(is_there.is_ok() && mark == *b"PK\x07\x08")
}

/// The local header at a place; `None` if there is none.
pub(super) fn header_at(reader: &mut dyn ReadSeek, offset: u64) -> io::Result<Option<Local>> {
    let mut record = [0; HEADER_BYTES];
    reader.seek(SeekFrom::Start(offset))?;
    reader.read_exact(&mut record)?;
    if !record.starts_with(b"PK\x03\x04") {
        return Ok(None);
    }
    let fields = Fields(&record);
    let n_name = fields.u16(26);
    let n_extra = fields.u16(28);
    let mut rest = vec![0; usize::from(n_name) + usize::from(n_extra)];
    reader.read_exact(&mut rest)?;
    let (name, extra) = rest
        .split_at_checked(usize::from(n_name))
        .unwrap_or_default();
    let wide = Wide::read(extra, (fields.u32(22), fields.u32(18), 0));
    let entry = Entry {
        name: label(name),
        flags: fields.u16(6),
        method: fields.u16(8),
        checksum: Some(fields.u32(14)),
        stored_bytes: wide.stored_bytes,
        size_bytes: Some(wide.size_bytes),
        header_offset: offset,
        record: None,
    };
    let data_offset = offset + (HEADER_BYTES + rest.len()) as u64;
    let extra = extra.to_vec();
    Ok(Some(Local {
        entry,
        data_offset,
        header: record,
        extra,
    }))
}

/// The name of the first entry.
pub(super) fn first_name(reader: &mut dyn ReadSeek) -> Option<String> {
    header_at(reader, 0).ok()?.map(|local| local.entry.name)
}

/// Bytes that the record after an entry may have which tells its sizes, with and without signature and Zip64.
const DESCRIPTOR_BYTES: [u64; 5] = [0, 12, 16, 20, 24];

/// Where a local header begins in a gap between entries, the record after the last one passed over.
pub(super) fn start_in_gap(reader: &mut dyn ReadSeek, start: u64, end: u64) -> Option<u64> {
    let mut gap = Vec::new();
    reader.seek(SeekFrom::Start(start)).ok()?;
    reader
        .take(28.min(end.saturating_sub(start)))
        .read_to_end(&mut gap)
        .ok()?;
    DESCRIPTOR_BYTES.into_iter().find_map(|n| {
        let at = gap.get(usize::try_from(n).ok()?..)?;
        at.starts_with(b"PK\x03\x04").then_some(start + n)
    })
}

/// All entries that the local headers show from a place on, one after the other, and where they end.
pub(super) fn entries(
    reader: &mut dyn ReadSeek,
    start: u64,
    n_bytes: u64,
    entries_max: u64,
) -> (Vec<Entry>, u64) {
    let mut entries = Vec::new();
    let mut at = start;
    while (entries.len() as u64) < entries_max {
        let Ok(Some(Local {
            mut entry,
            data_offset,
            ..
        })) = header_at(reader, at)
        else {
            break;
        };
        if entry.flags & HAS_DESCRIPTOR != 0 && entry.stored_bytes == 0 {
            at = measure(reader, &mut entry, data_offset, n_bytes);
        } else {
            at = data_offset.saturating_add(entry.stored_bytes);
        }
        entries.push(entry);
        if at >= n_bytes {
            at = n_bytes;
            break;
        }
    }
    (entries, at)
}

/// Finds the size of an entry that tells it after its data, by the record whose size fits; gives where that ends.
/// Without one the data goes on to the end of the file.
fn measure(reader: &mut dyn ReadSeek, entry: &mut Entry, data_offset: u64, n_bytes: u64) -> u64 {
    let mut block_start = data_offset;
    let mut block = Vec::new();
    while block_start < n_bytes {
        block.clear();
        let is_read = reader
            .seek(SeekFrom::Start(block_start))
            .and_then(|_| reader.take(BLOCK_BYTES as u64 + 24).read_to_end(&mut block));
        if is_read.is_err() {
            break;
        }
        for found in memmem::find_iter(&block, b"PK\x07\x08") {
            let place = block_start + found as u64;
            let record = Fields(block.get(found..).unwrap_or_default());
            let stored_bytes = place - data_offset;
            let is_wide = record.u64(8) == stored_bytes && record.u32(8) != record.u32(12);
            if u64::from(record.u32(8)) == stored_bytes || is_wide {
                entry.checksum = Some(record.u32(4));
                entry.stored_bytes = stored_bytes;
                entry.size_bytes = Some(if is_wide {
                    record.u64(16)
                } else {
                    u64::from(record.u32(12))
                });
                return place + if is_wide { 24 } else { 16 };
            }
        }
        block_start += BLOCK_BYTES as u64;
    }
    entry.checksum = None;
    entry.size_bytes = None;
    entry.stored_bytes = n_bytes.saturating_sub(data_offset);
    n_bytes
}
