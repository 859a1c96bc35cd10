//! What the headers of a RAR archive say of its entries.

use mabillon_case::{ContainerKind, EntryAct, EntryClock, EntryFacts, Stamp};
use rars::{ArchiveFamily, ArchiveMember, ArchiveMemberDetail, FileTimestamp};

use super::super::entry_time::{dos_time, push};

/// What the headers say of a member.
pub(super) fn facts(member: &ArchiveMember, number: u64) -> EntryFacts {
    let meta = &member.meta;
    let is_five = meta.family == ArchiveFamily::Rar50Plus;
    let mut facts = EntryFacts {
        host: meta
            .host_os
            .map_or_else(String::new, |host| host_name(host, is_five)),
        encrypted: meta.is_encrypted,
        attributes: Some(meta.file_attr),
        ..EntryFacts::new(ContainerKind::Rar, number)
    };
    match &member.detail {
        ArchiveMemberDetail::Rar50Plus {
            compression_info, ..
        } => {
            facts.made_by = Some(50);
            facts.method = format!("rar 5 {}", method_name(compression_info >> 7 & 7));
            utc_times(&mut facts, member);
        }
        ArchiveMemberDetail::Rar15To40 {
            method,
            unpack_version,
            ..
        } => {
            facts.made_by = Some(u16::from(*unpack_version));
            let level = u64::from(method.saturating_sub(0x30));
            facts.method = format!("rar {}", method_name(level));
            local_time(&mut facts, member);
        }
        ArchiveMemberDetail::Rar13 {
            method,
            unpack_version,
            ..
        } => {
            facts.made_by = Some(u16::from(*unpack_version));
            facts.method = format!("rar 1.3 {}", method_name(u64::from(*method)));
            local_time(&mut facts, member);
        }
        _ => {}
    }
    facts
}

/// The times of RAR 5: the extended record, else the one of the header.
fn utc_times(facts: &mut EntryFacts, member: &ArchiveMember) {
    if let ArchiveMemberDetail::Rar50Plus {
        file_times: Some(times),
        ..
    } = &member.detail
    {
        let all = [
            (EntryAct::Modified, times.modified),
            (EntryAct::Created, times.created),
            (EntryAct::Accessed, times.accessed),
        ];
        for (act, time) in all {
            push(facts, act, EntryClock::RarUtc, time.and_then(stamp));
        }
    }
    if facts.times.is_empty() {
        let seconds = member.meta.file_time.map(i64::from);
        let time = seconds.and_then(Stamp::from_seconds);
        push(facts, EntryAct::Modified, EntryClock::RarUtc, time);
    }
}

/// The MS-DOS time of older versions, and what refines it.
fn local_time(facts: &mut EntryFacts, member: &ArchiveMember) {
    let [low, high] = [0, 16].map(|shift| {
        let bits = member.meta.file_time.unwrap_or_default() >> shift;
        u16::try_from(bits & 0xffff).unwrap_or_default()
    });
    let dos = dos_time(high, low);
    push(facts, EntryAct::Modified, EntryClock::Dos, dos);
    if let (Some(dos), Some(fine)) = (dos, member.meta.mtime_refinement) {
        let micros = i64::from(fine.add_second) * 1_000_000 + i64::from(fine.nanoseconds / 1000);
        let time = Stamp::from_micros(dos.unix_micros.saturating_add(micros));
        push(facts, EntryAct::Modified, EntryClock::RarLocal, time);
    }
}

fn stamp(time: FileTimestamp) -> Option<Stamp> {
    let micros = time.unix_nanoseconds().div_euclid(1000);
    Stamp::from_micros(i64::try_from(micros).ok()?)
}

/// The level of compression by its number.
fn method_name(level: u64) -> String {
    let names = ["stored", "fastest", "fast", "normal", "good", "best"];
    let name = usize::try_from(level).ok().and_then(|at| names.get(at));
    name.map_or_else(|| format!("method {level}"), |name| (*name).to_owned())
}

fn host_name(host: u64, is_five: bool) -> String {
    let names: &[&str] = if is_five {
        &["windows", "unix"]
    } else {
        &["dos", "os/2", "windows", "unix", "macos", "beos"]
    };
    let name = usize::try_from(host).ok().and_then(|at| names.get(at));
    name.map_or_else(|| format!("system {host}"), |name| (*name).to_owned())
}
