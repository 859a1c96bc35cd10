//! What a zip archive says of an entry beside its bytes (APPNOTE.TXT, sections 4.4 and 4.5; Info-ZIP's `extrafld.txt`).

use std::io::{self, SeekFrom};

use mabillon_case::{ContainerKind, EntryAct, EntryClock, EntryFacts, Stamp};

use super::ReadSeek;
use super::directory::{Entry, Fields, RECORD_BYTES};
use super::local::Local;
use super::locked::IS_ENCRYPTED;
use super::methods::{METHOD_AES, method_name};
use crate::archive::entry_time::{dos_time, push};
use crate::printable::printable;

/// Extra fields that are told of one entry; each takes four bytes at least.
const EXTRA_FIELDS_MAX: usize = 64;

/// Systems by the upper byte of "version made by" (section 4.4.2).
const HOSTS: &[&str] = &[
    "fat",
    "amiga",
    "openvms",
    "unix",
    "vm/cms",
    "atari",
    "os/2",
    "macintosh",
    "z-system",
    "cp/m",
    "ntfs",
    "mvs",
    "vse",
    "acorn",
    "vfat",
    "mvs",
    "beos",
    "tandem",
    "os/400",
    "darwin",
];

/// Reads what directory and local header say of an entry.
pub(super) fn read(
    reader: &mut dyn ReadSeek,
    entry: &Entry,
    local: &Local,
    number: u64,
) -> EntryFacts {
    let mut facts = EntryFacts {
        listed: entry.record.map(|listed| listed.number),
        method: method_name(entry.method),
        encrypted: entry.flags & IS_ENCRYPTED != 0 || entry.method == METHOD_AES,
        flags: u64::from(entry.flags),
        ..EntryFacts::new(ContainerKind::Zip, number)
    };
    let header = Fields(&local.header);
    let record = entry
        .record
        .and_then(|listed| record_at(reader, listed.offset).ok());
    if let Some(record) = &record {
        of_record(&mut facts, record);
    }
    let dos = dos_time(header.u16(12), header.u16(10));
    if dos != facts.time(EntryAct::Modified, EntryClock::Dos) {
        push(&mut facts, EntryAct::Modified, EntryClock::Dos, dos);
    }
    extra_fields(&mut facts, &local.extra, EntryClock::ZipUnixLocal);
    facts
        .records
        .push(("version-needed".to_owned(), header.u16(4).to_string()));
    facts
}

/// A record of the directory: its fixed part, and all that follows the name.
struct Record {
    fixed: [u8; RECORD_BYTES],
    extra: Vec<u8>,
    comment: Vec<u8>,
}

fn record_at(reader: &mut dyn ReadSeek, offset: u64) -> io::Result<Record> {
    let mut fixed = [0; RECORD_BYTES];
    reader.seek(SeekFrom::Start(offset))?;
    reader.read_exact(&mut fixed)?;
    let fields = Fields(&fixed);
    let lengths = [28, 30, 32].map(|at| usize::from(fields.u16(at)));
    let mut rest = vec![0; lengths.iter().sum()];
    reader.read_exact(&mut rest)?;
    let comment = rest.split_off(lengths[0] + lengths[1]);
    let extra = rest.split_off(lengths[0]);
    Ok(Record {
        fixed,
        extra,
        comment,
    })
}

fn of_record(facts: &mut EntryFacts, record: &Record) {
    let fields = Fields(&record.fixed);
    let made_by = fields.u16(4);
    facts.made_by = Some(made_by & 0xff);
    let host = usize::from(made_by >> 8);
    facts.host = match HOSTS.get(host) {
        Some(name) => (*name).to_owned(),
        None => format!("system {host}"),
    };
    facts.attributes = Some(u64::from(fields.u32(38)));
    let dos = dos_time(fields.u16(14), fields.u16(12));
    push(facts, EntryAct::Modified, EntryClock::Dos, dos);
    extra_fields(facts, &record.extra, EntryClock::ZipUnix);
    if !record.comment.is_empty() {
        let comment = printable(&record.comment);
        facts.records.push(("comment".to_owned(), comment));
    }
}

/// Takes what is known from extra fields; all ids are kept.
fn extra_fields(facts: &mut EntryFacts, mut extra: &[u8], unix: EntryClock) {
    while extra.len() >= 4 && facts.extra_fields.len() < EXTRA_FIELDS_MAX {
        let fields = Fields(extra);
        let (id, length) = (fields.u16(0), usize::from(fields.u16(2)));
        let Some(value) = extra.get(4..4 + length) else {
            return;
        };
        facts.extra_fields.push(id);
        match id {
            0x5455 => unix_times(facts, value, unix),
            0x000a => ntfs_times(facts, value),
            0x5855 => info_zip_times(facts, value),
            0x7855 if value.len() >= 4 => {
                owners(
                    facts,
                    u64::from(Fields(value).u16(0)),
                    u64::from(Fields(value).u16(2)),
                );
            }
            0x7875 => wide_owners(facts, value),
            _ => {}
        }
        extra = extra.get(4 + length..).unwrap_or_default();
    }
}

/// Extended timestamp: a byte of flags, then the times whose flags are set; the directory holds the first one only.
fn unix_times(facts: &mut EntryFacts, value: &[u8], clock: EntryClock) {
    let Some((flags, mut times)) = value.split_first() else {
        return;
    };
    let acts = [EntryAct::Modified, EntryAct::Accessed, EntryAct::Created];
    for (bit, act) in acts.into_iter().enumerate() {
        if flags & 1 << bit != 0 && times.len() >= 4 {
            push(facts, act, clock, seconds(times, 0));
            times = times.get(4..).unwrap_or_default();
        }
    }
}

/// The NTFS field: attribute 1 holds the FILETIMEs of modification, access and creation.
fn ntfs_times(facts: &mut EntryFacts, value: &[u8]) {
    let mut rest = value.get(4..).unwrap_or_default();
    while rest.len() >= 4 {
        let fields = Fields(rest);
        let length = usize::from(fields.u16(2));
        if fields.u16(0) == 1 && length >= 24 && rest.len() >= 28 {
            let acts = [EntryAct::Modified, EntryAct::Accessed, EntryAct::Created];
            for (at, act) in [4, 12, 20].into_iter().zip(acts) {
                let time = Stamp::from_filetime(fields.u64(at));
                push(facts, act, EntryClock::ZipNtfs, time);
            }
            return;
        }
        rest = rest.get(4 + length..).unwrap_or_default();
    }
}

/// The first Unix field of Info-ZIP: access, modification, and in local headers owner and group.
fn info_zip_times(facts: &mut EntryFacts, value: &[u8]) {
    if value.len() >= 8 {
        push(
            facts,
            EntryAct::Accessed,
            EntryClock::ZipInfo,
            seconds(value, 0),
        );
        push(
            facts,
            EntryAct::Modified,
            EntryClock::ZipInfo,
            seconds(value, 4),
        );
    }
    if value.len() >= 12 {
        let fields = Fields(value);
        owners(facts, u64::from(fields.u16(8)), u64::from(fields.u16(10)));
    }
}

/// The third Unix field: version 1, then owner and group, each preceded by the number of its bytes.
fn wide_owners(facts: &mut EntryFacts, value: &[u8]) {
    let take = |value: &[u8]| -> Option<(u64, usize)> {
        let length = usize::from(*value.first()?);
        let bytes = value.get(1..1 + length).filter(|bytes| bytes.len() <= 8)?;
        let number = bytes
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Some((number, 1 + length))
    };
    let Some((1, rest)) = value.split_first() else {
        return;
    };
    let Some((uid, n)) = take(rest) else { return };
    if let Some((gid, _)) = take(rest.get(n..).unwrap_or_default()) {
        owners(facts, uid, gid);
    }
}

fn owners(facts: &mut EntryFacts, uid: u64, gid: u64) {
    (facts.uid, facts.gid) = (Some(uid), Some(gid));
}

fn seconds(bytes: &[u8], at: usize) -> Option<Stamp> {
    Stamp::from_seconds(i64::from(Fields(bytes).u32(at).cast_signed()))
}
