//! A zip of stored entries without times: the plainest that any tool opens, and the same for the same files.

use flate2::Crc;

use super::{FOLDER, File};

/// Octets of a local header and of an entry of the directory, without the name.
const LOCAL_OCTETS: usize = 30;
const DIRECTORY_OCTETS: usize = 46;

/// 1980-01-01 00:00, the zero of DOS times, as date and time.
const DATE: u16 = 1 << 5 | 1;
const TIME: u16 = 0;
/// Version 2.0 on both sides: folders in names, nothing else.
const VERSION: u16 = 20;
/// Names are UTF-8 (APPNOTE 4.4.4, bit 11).
const FLAGS: u16 = 1 << 11;
/// `-rw-r--r--` of a regular file, for readers that know Unix.
const ATTRIBUTES: u32 = 0o100_644 << 16;
/// Made on Unix (APPNOTE 4.4.2).
const MADE_BY: u16 = 3 << 8 | VERSION;

/// The zip of these files in one folder, in this order; `None` where it would need the extensions for large archives.
pub(crate) fn stored(folder: &str, files: &[File]) -> Option<Vec<u8>> {
    let n_files = u16::try_from(files.len()).ok().filter(|&n| n < u16::MAX)?;
    let n_bytes: usize = files.iter().map(|(_, content)| content.len()).sum();
    u32::try_from(n_bytes).ok()?;
    let mut out = Vec::with_capacity(n_bytes + files.len() * 256);
    let mut directory = Vec::new();
    for (name, content) in files {
        let start = u32::try_from(out.len()).ok()?;
        let name = format!("{folder}{name}");
        let shared = shared(&name, content)?;
        out.extend(b"PK\x03\x04");
        out.extend(VERSION.to_le_bytes());
        out.extend(&shared);
        out.extend(name.as_bytes());
        out.extend(content);
        directory.extend(b"PK\x01\x02");
        directory.extend(MADE_BY.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&shared);
        // No comment, first disk, no internal attributes.
        directory.extend([0; 6]);
        directory.extend(ATTRIBUTES.to_le_bytes());
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = u32::try_from(out.len()).ok()?;
    let size = u32::try_from(directory.len()).ok()?;
    start.checked_add(size).filter(|&end| end < u32::MAX)?;
    out.extend(directory);
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    out.extend(n_files.to_le_bytes());
    out.extend(n_files.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    Some(out)
}

/// What of the zip of these files stands at this offset, in plain words.
pub(super) fn part_at(files: &[File], offset: usize) -> String {
    let mut end = 0;
    for (name, content) in files {
        end += LOCAL_OCTETS + FOLDER.len() + name.len() + content.len();
        if offset < end {
            return format!("the record before {name}");
        }
    }
    for (name, _) in files {
        end += DIRECTORY_OCTETS + FOLDER.len() + name.len();
        if offset < end {
            return format!("the line of its directory for {name}");
        }
    }
    "the end of its directory".to_owned()
}

/// What a local header and the directory both say, from the flags to the length of the extra field.
fn shared(name: &str, content: &[u8]) -> Option<Vec<u8>> {
    let mut crc = Crc::new();
    crc.update(content);
    let size = u32::try_from(content.len()).ok()?;
    let mut out = Vec::with_capacity(26);
    out.extend(FLAGS.to_le_bytes());
    // Stored.
    out.extend([0; 2]);
    out.extend(TIME.to_le_bytes());
    out.extend(DATE.to_le_bytes());
    out.extend(crc.sum().to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(u16::try_from(name.len()).ok()?.to_le_bytes());
    out.extend([0; 2]);
    Some(out)
}
