//! The zip container of a package, read for evidence: entries in the order of the central directory, doubles and
//! all, with the times as stored (PKWARE APPNOTE 4.3, 4.4).
//!
//! A general zip reader would merge entries of one name and hide what a forger's tool left; this one keeps all.

use std::collections::BTreeMap;

use mabillon_case::{ZipEntryTrace, ZipTraces};
use memchr::memmem;

use super::limits;
use crate::document::{DecodedDocument, time};
use crate::inflate::{End, inflate};
use crate::little_endian::{u16_at, usize_at};

const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL_ENTRY: &[u8] = b"PK\x03\x04";

/// Length of an end-of-directory record without its comment, and of the longest comment.
const END_BYTES: usize = 22;
const COMMENT_BYTES_MAX: usize = 0xffff;

/// A package opened for reading.
pub(super) struct Package<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
    /// Lower-case name -> index; the first of several entries of one name.
    by_name: BTreeMap<String, usize>,
    expanded_bytes: usize,
}

/// One entry as its directory record states it.
struct Entry {
    name: String,
    date: u16,
    time: u16,
    flags: u16,
    method: u16,
    packed_bytes: usize,
    expanded_bytes: usize,
    local_offset: usize,
}

impl<'a> Package<'a> {
    /// Reads the directory. A package cut off before its directory is read from its local headers.
    pub(super) fn open(bytes: &'a [u8], decoded: &mut DecodedDocument) -> Self {
        let mut entries = directory(bytes).unwrap_or_default();
        if entries.is_empty() {
            entries = local_headers(bytes);
            decoded.cut("the zip container has no directory (it may be cut off); what could be found is read");
        }
        if entries.len() >= limits::ENTRIES_MAX {
            decoded.cut(format!(
                "the package has more than {} entries; the rest is not read",
                limits::ENTRIES_MAX
            ));
        }
        let mut by_name = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            by_name
                .entry(entry.name.to_ascii_lowercase())
                .or_insert(index);
        }
        Self {
            bytes,
            entries,
            by_name,
            expanded_bytes: 0,
        }
    }

    /// What the container shows.
    pub(super) fn traces(&self) -> ZipTraces {
        let entries = self.entries.iter().map(|entry| ZipEntryTrace {
            name: entry.name.clone(),
            modified: time::dos(entry.date, entry.time),
        });
        ZipTraces {
            entries: entries.collect(),
        }
    }

    /// Names of all entries, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Expands a part and gives it as text; `None` where there is none of that name, or it cannot be read.
    ///
    /// Part names are compared without regard to ASCII case (ISO/IEC 29500-2, 6.2.2.3).
    pub(super) fn part(&mut self, name: &str, decoded: &mut DecodedDocument) -> Option<String> {
        let name = name.trim_start_matches('/');
        let index = *self.by_name.get(&name.to_ascii_lowercase())?;
        let entry = self.entries.get(index)?;
        let limit = limits::PART_BYTES_MAX
            .min(limits::EXPANDED_BYTES_MAX.saturating_sub(self.expanded_bytes));
        let packed = packed(self.bytes, entry).unwrap_or_default();
        let Some((bytes, end)) = expand(packed, entry, limit) else {
            let says = format!(
                "the part {name} cannot be expanded (encrypted, damaged or of an unknown method)"
            );
            decoded.cut(says);
            return None;
        };
        // Packed bytes count as well, though reading them is quick: many entries can share bytes that expand to nothing.
        self.expanded_bytes += bytes.len() + packed.len() / limits::PACKED_SHARE;
        match end {
            End::Whole => {}
            End::Limit => decoded.cut(format!(
                "the part {name} expands beyond {} MiB or all parts beyond {} MiB; the rest is not read",
                limits::PART_BYTES_MAX >> 20,
                limits::EXPANDED_BYTES_MAX >> 20
            )),
            End::Damage => decoded.cut(format!("the part {name} is damaged; only its beginning is read")),
        }
        Some(characters(bytes))
    }
}

/// XML parts are UTF-8 unless marked as UTF-16 (ISO/IEC 29500-2, 6.2.5).
fn characters(bytes: Vec<u8>) -> String {
    match encoding_rs::Encoding::for_bom(&bytes) {
        Some((encoding, _)) => encoding.decode(&bytes).0.into_owned(),
        None => String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

/// The entries of the central directory, in order; `None` where there is none.
fn directory(bytes: &[u8]) -> Option<Vec<Entry>> {
    let tail_start = bytes.len().saturating_sub(END_BYTES + COMMENT_BYTES_MAX);
    let at = memmem::rfind(bytes.get(tail_start..)?, END_OF_DIRECTORY)? + tail_start;
    let size = usize_at(bytes, at + 12)?;
    let stated = usize_at(bytes, at + 16)?;
    // Bytes before the archive shift everything: the directory ends where its end record begins.
    let start = at
        .checked_sub(size)
        .filter(|&start| has(bytes, start, DIRECTORY_ENTRY))
        .unwrap_or(stated);
    let shift = start.saturating_sub(stated);
    let mut entries = Vec::new();
    let mut position = start;
    while has(bytes, position, DIRECTORY_ENTRY) && entries.len() < limits::ENTRIES_MAX {
        let Some((mut entry, next)) = directory_entry(bytes, position) else {
            break;
        };
        entry.local_offset = entry.local_offset.saturating_add(shift);
        entries.push(entry);
        position = next;
    }
    Some(entries)
}

/// One directory entry, and where the next begins.
fn directory_entry(bytes: &[u8], at: usize) -> Option<(Entry, usize)> {
    let name_start = at + 46;
    let name_end = name_start + usize::from(u16_at(bytes, at + 28)?);
    let extra_end = name_end + usize::from(u16_at(bytes, at + 30)?);
    let next = extra_end + usize::from(u16_at(bytes, at + 32)?);
    let entry = Entry {
        name: name(bytes.get(name_start..name_end)?),
        flags: u16_at(bytes, at + 8)?,
        method: u16_at(bytes, at + 10)?,
        time: u16_at(bytes, at + 12)?,
        date: u16_at(bytes, at + 14)?,
        packed_bytes: usize_at(bytes, at + 20)?,
        expanded_bytes: usize_at(bytes, at + 24)?,
        local_offset: usize_at(bytes, at + 42)?,
    };
    Some((entry, next))
}

/// Entries found by their local headers, for a package without a directory.
fn local_headers(bytes: &[u8]) -> Vec<Entry> {
    let found = memmem::find_iter(bytes, LOCAL_ENTRY).filter_map(|at| {
        let name_end = at + 30 + usize::from(u16_at(bytes, at + 26)?);
        Some(Entry {
            name: name(bytes.get(at + 30..name_end)?),
            flags: u16_at(bytes, at + 6)?,
            method: u16_at(bytes, at + 8)?,
            time: u16_at(bytes, at + 10)?,
            date: u16_at(bytes, at + 12)?,
            packed_bytes: usize_at(bytes, at + 18)?,
            expanded_bytes: usize_at(bytes, at + 22)?,
            local_offset: at,
        })
    });
    found.take(limits::ENTRIES_MAX).collect()
}

/// A name as stored; some writers use `\` where the standard wants `/`.
fn name(raw: &[u8]) -> String {
    let kept = raw.get(..limits::ENTRY_NAME_BYTES_MAX).unwrap_or(raw);
    String::from_utf8_lossy(kept).replace('\\', "/")
}

/// The packed bytes of an entry; `None` where it is encrypted or there is no such entry.
fn packed<'a>(bytes: &'a [u8], entry: &Entry) -> Option<&'a [u8]> {
    const ENCRYPTED: u16 = 1;
    if entry.flags & ENCRYPTED != 0 || !has(bytes, entry.local_offset, LOCAL_ENTRY) {
        return None;
    }
    let at = entry.local_offset;
    let start = at
        .checked_add(30)?
        .checked_add(usize::from(u16_at(bytes, at + 26)?))?
        .checked_add(usize::from(u16_at(bytes, at + 28)?))?;
    let rest = bytes.get(start..)?;
    Some(match entry.packed_bytes {
        // Unknown (a data descriptor follows) or in a Zip64 field: deflate ends by itself.
        0 | 0xffff_ffff => rest,
        n => rest.get(..n).unwrap_or(rest),
    })
}

/// Expands stored or deflated bytes up to `limit`; `None` for another method.
fn expand(packed: &[u8], entry: &Entry, limit: usize) -> Option<(Vec<u8>, End)> {
    match entry.method {
        0 => {
            let stored = packed.get(..entry.expanded_bytes).unwrap_or(packed);
            match stored.get(..limit) {
                Some(kept) if kept.len() < stored.len() => Some((kept.to_vec(), End::Limit)),
                _ => Some((stored.to_vec(), End::Whole)),
            }
        }
        8 if !packed.is_empty() => Some(inflate(packed, entry.expanded_bytes, limit, false)),
        _ => None,
    }
}

fn has(bytes: &[u8], at: usize, signature: &[u8]) -> bool {
    bytes
        .get(at..)
        .is_some_and(|rest| rest.starts_with(signature))
}
