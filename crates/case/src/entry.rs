//! What an archive records of one entry beside its bytes: clocks, systems and habits of whoever packed it.

use serde::{Deserialize, Serialize};

use crate::{ContainerKind, Stamp};

/// What an archive says of one entry, as it says it. Nothing here is proved: a packer writes what it likes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryFacts {
    /// The kind of archive.
    pub archive: ContainerKind,
    /// Number of the entry in the order of the archive's bytes, from 0.
    pub number: u64,
    /// Number of the entry in the archive's directory, from 0; `None` where it has none, or does not list the entry.
    pub listed: Option<u64>,
    /// Every time it carries, in the order in which the fields stand in the archive.
    pub times: Vec<EntryTime>,
    /// The system its header names: `unix`, `fat`, `ntfs`, `os/2`, `macos`, `windows`; empty where it names none.
    pub host: String,
    /// Version of the format that its writer claims, as the format writes it: zip the lower byte of "version made by"
    /// (63 is 6.3), rar the version needed to unpack (29, 50); `None` where the format states none.
    pub made_by: Option<u16>,
    /// How it is packed, as the format names it: `deflate`, `lzma2`, `rar 5 normal`; `stored`.
    pub method: String,
    /// Whether its content is encrypted.
    pub encrypted: bool,
    /// Bits of its flags: zip general purpose flags, rar file flags; 0 elsewhere.
    pub flags: u64,
    /// Attributes: zip external attributes, rar and 7z attributes, tar mode.
    pub attributes: Option<u64>,
    /// Ids of the extra fields of a zip entry, those of the directory, then those of the local header.
    pub extra_fields: Vec<u16>,
    /// Number of the owner (tar, zip Info-ZIP fields, ISO Rock Ridge).
    pub uid: Option<u64>,
    /// Number of the group.
    pub gid: Option<u64>,
    /// Name of the owner (tar); empty where absent.
    pub owner: String,
    /// Name of the group (tar); empty where absent.
    pub group: String,
    /// Other records of the format, in order, keys as written: pax keywords but path and size, comments as `comment`.
    pub records: Vec<(String, String)>,
}

impl EntryFacts {
    /// An entry of which only its number is known.
    pub fn new(archive: ContainerKind, number: u64) -> Self {
        Self {
            archive,
            number,
            listed: None,
            times: Vec::new(),
            host: String::new(),
            made_by: None,
            method: String::new(),
            encrypted: false,
            flags: 0,
            attributes: None,
            extra_fields: Vec::new(),
            uid: None,
            gid: None,
            owner: String::new(),
            group: String::new(),
            records: Vec::new(),
        }
    }

    /// The first time of this act by this clock.
    pub fn time(&self, act: EntryAct, clock: EntryClock) -> Option<Stamp> {
        self.times
            .iter()
            .find(|time| time.act == act && time.clock == clock)
            .map(|time| time.stamp)
    }

    /// The first time of last modification in UTC.
    pub fn modified_utc(&self) -> Option<Stamp> {
        self.times
            .iter()
            .find(|time| time.act == EntryAct::Modified && time.clock.is_utc())
            .map(|time| time.stamp)
    }

    /// The first time of last modification by the packer's clock on the wall: no offset is written with it.
    pub fn modified_local(&self) -> Option<Stamp> {
        self.times
            .iter()
            .find(|time| time.act == EntryAct::Modified && !time.clock.is_utc())
            .map(|time| time.stamp)
    }
}

/// One time of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntryTime {
    /// Of what.
    pub act: EntryAct,
    /// In which field, and so by which clock.
    pub clock: EntryClock,
    /// The time. Where the clock is a local one this is what it showed, as if it were UTC.
    pub stamp: Stamp,
}

/// What happened at a time of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EntryAct {
    /// Last change of the content.
    Modified,
    /// Last access.
    Accessed,
    /// Creation of the file; for tar and Unix the last change of its metadata.
    Created,
}

/// The field that a time of an entry stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EntryClock {
    /// MS-DOS date and time: local time of the packer, whole or every second second (zip, rar 4, cab).
    Dos,
    /// Zip extra field 0x5455 in the directory: Unix seconds, UTC.
    ZipUnix,
    /// Zip extra field 0x5455 in the local header: Unix seconds, UTC.
    ZipUnixLocal,
    /// Zip extra field 0x000a: FILETIME, UTC.
    ZipNtfs,
    /// Zip extra field 0x5855 (Info-ZIP type 1): Unix seconds, UTC.
    ZipInfo,
    /// Header of a tar entry: Unix seconds, UTC.
    Tar,
    /// Pax record: Unix time with fractions, UTC.
    Pax,
    /// Rar 4 extended time: local time of the packer, to 100 ns.
    RarLocal,
    /// Rar 5: Unix seconds or FILETIME, UTC.
    RarUtc,
    /// 7z: FILETIME, UTC.
    SevenZip,
    /// Header of a gzip file (RFC 1952): Unix seconds, UTC.
    Gzip,
    /// ISO 9660 directory record: local time with its offset.
    Iso,
}

impl EntryClock {
    /// Whether its times are instants, not what a local clock showed.
    pub const fn is_utc(self) -> bool {
        !matches!(self, Self::Dos | Self::RarLocal)
    }
}
