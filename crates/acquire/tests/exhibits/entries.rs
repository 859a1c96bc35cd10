//! What archives say of their entries: times by each clock, systems, owners, order.

use mabillon_case::EntryAct::{Accessed, Created, Modified};
use mabillon_case::{ContainerKind, EntryClock, EntryFacts, Stamp};

use crate::collect::{Told, message, take_file};

/// Friday, 5 May 2017, 18:30:44 UTC.
const PACKED: u32 = 1_494_009_044;
/// What a clock in New York showed then, as MS-DOS date and time.
const DOS: (u16, u16) = (0x4aa5, 0x73d6);

fn entry<'a>(told: &'a Told, path: &str) -> &'a EntryFacts {
    let leaf = told.leaves.iter().find(|leaf| leaf.place.path == path);
    let leaf = leaf.unwrap_or_else(|| panic!("{path} in {:?}", told.paths()));
    leaf.place.entry.as_deref().unwrap()
}

fn filetime(seconds: u32) -> u64 {
    (u64::from(seconds) + 11_644_473_600) * 10_000_000
}

fn field(id: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    [&id.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
}

/// A stored entry: (local header and data, record of the directory).
fn zip_entry(
    name: &str,
    content: &[u8],
    offset: usize,
    local: &[u8],
    central: &[u8],
) -> (Vec<u8>, Vec<u8>) {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let size = u32::try_from(content.len()).unwrap().to_le_bytes();
    let n_name = u16::try_from(name.len()).unwrap().to_le_bytes();
    let n = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_le_bytes();
    let common = [
        &[20, 0, 0, 0, 0, 0][..],
        &DOS.1.to_le_bytes(),
        &DOS.0.to_le_bytes(),
        &crc.sum().to_le_bytes(),
        &size,
        &size,
        &n_name,
    ]
    .concat();
    let header = [
        b"PK\x03\x04",
        &common[..],
        &n(local),
        name.as_bytes(),
        local,
        content,
    ]
    .concat();
    let record = [
        b"PK\x01\x02\x3f\x03",
        &common[..],
        &n(central),
        &[4, 0, 0, 0, 0, 0, 0, 0, 0xa4, 0x81],
        &u32::try_from(offset).unwrap().to_le_bytes(),
        name.as_bytes(),
        central,
        b"note",
    ]
    .concat();
    (header, record)
}

/// An archive of two entries whose directory lists them in reverse.
fn zip_archive() -> Vec<u8> {
    let ut = |flags: u8, times: &[u32]| {
        let times: Vec<u8> = times.iter().flat_map(|time| time.to_le_bytes()).collect();
        field(0x5455, &[&[flags], &times[..]].concat())
    };
    let ntfs: Vec<u8> = [PACKED, PACKED + 60, PACKED - 60]
        .iter()
        .flat_map(|time| filetime(*time).to_le_bytes())
        .collect();
    let ntfs = field(0x000a, &[&[0, 0, 0, 0, 1, 0, 24, 0], &ntfs[..]].concat());
    let owner = field(0x7875, &[1, 4, 0xe8, 3, 0, 0, 4, 0xe9, 3, 0, 0]);
    let one = zip_entry(
        "1.eml",
        message(1).as_bytes(),
        0,
        &[ut(3, &[PACKED, PACKED + 9]), owner].concat(),
        &[ut(3, &[PACKED]), ntfs].concat(),
    );
    let two = zip_entry("2.eml", message(2).as_bytes(), one.0.len(), b"", b"\x99");
    let start = one.0.len() + two.0.len();
    let directory = [two.1, one.1].concat();
    let n_directory = u32::try_from(directory.len()).unwrap().to_le_bytes();
    let start = u32::try_from(start).unwrap().to_le_bytes();
    let counts = [2, 0, 2, 0];
    let end = [
        b"PK\x05\x06\0\0\0\0",
        &counts[..],
        &n_directory,
        &start,
        &[0, 0],
    ]
    .concat();
    [one.0, two.0, directory, end].concat()
}

#[test]
fn a_zip_tells_clocks_system_and_order() {
    let told = take_file("dump.zip", &zip_archive());
    let facts = entry(&told, "1.eml");
    assert_eq!(
        (facts.archive, facts.number, facts.listed),
        (ContainerKind::Zip, 0, Some(1))
    );
    assert_eq!(
        (&*facts.host, facts.made_by, &*facts.method),
        ("unix", Some(63), "stored")
    );
    assert_eq!(facts.attributes, Some(0x81a4_0000));
    assert_eq!((facts.uid, facts.gid), (Some(1000), Some(1001)));
    assert_eq!(facts.extra_fields, [0x5455, 0x000a, 0x5455, 0x7875]);
    let at = |act, clock| facts.time(act, clock).map(Stamp::unix_seconds);
    let packed = i64::from(PACKED);
    assert_eq!(at(Modified, EntryClock::Dos), Some(packed - 4 * 3600));
    assert_eq!(at(Modified, EntryClock::ZipUnix), Some(packed));
    assert_eq!(at(Modified, EntryClock::ZipUnixLocal), Some(packed));
    assert_eq!(at(Accessed, EntryClock::ZipUnixLocal), Some(packed + 9));
    assert_eq!(at(Modified, EntryClock::ZipNtfs), Some(packed));
    assert_eq!(at(Created, EntryClock::ZipNtfs), Some(packed - 60));
    assert_eq!(
        facts.times.len(),
        7,
        "the local clock is told once where both headers agree"
    );
    let offset = facts
        .modified_local()
        .unwrap()
        .seconds_since(facts.modified_utc().unwrap());
    assert!(
        (offset + 4.0 * 3600.0).abs() < 1.0,
        "New York in summer: {offset}"
    );
    let records = [("comment", "note"), ("version-needed", "20")];
    assert_eq!(
        facts.records,
        records.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );

    let facts = entry(&told, "2.eml");
    assert_eq!((facts.number, facts.listed), (1, Some(0)));
    assert_eq!(facts.times.len(), 1);
    assert!(
        facts.extra_fields.is_empty(),
        "a broken extra field is no field"
    );
}

#[test]
fn a_zip_without_its_directory_tells_what_its_local_headers_say() {
    let whole = zip_archive();
    let told = take_file("dump.zip", &whole[..whole.len() - 160]);
    let facts = entry(&told, "1.eml");
    assert_eq!(
        (facts.listed, &*facts.host, facts.made_by),
        (None, "", None)
    );
    assert_eq!(facts.extra_fields, [0x5455, 0x7875]);
    assert!(facts.modified_utc().is_some());
}

/// A tar header; fields are written as they stand.
fn tar_header(name: &str, kind: u8, size: usize) -> Vec<u8> {
    let mut header = [0_u8; 512];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000640\0");
    put(108, "0001750\0");
    put(116, "0000144\0");
    put(124, &format!("{size:011o}"));
    put(136, &format!("{PACKED:011o}"));
    put(148, "        ");
    put(156, std::str::from_utf8(&[kind]).unwrap());
    put(257, "ustar\x0000");
    put(265, "claudine");
    put(297, "users");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header.to_vec()
}

#[test]
fn a_tar_tells_owners_and_pax_times() {
    let text = message(1);
    let pax = "30 mtime=1494009044.123456789\n25 LIBARCHIVE.creationt=\n19 path=mail/1.eml\n";
    let padded = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    };
    let archive = [
        tar_header("folder/", b'5', 0),
        tar_header("pax", b'x', pax.len()),
        padded(pax.as_bytes()),
        tar_header("1.eml", b'0', text.len()),
        padded(text.as_bytes()),
        vec![0; 1024],
    ]
    .concat();
    let told = take_file("dump.tar", &archive);
    let facts = entry(&told, "mail/1.eml");
    assert_eq!((facts.archive, facts.number), (ContainerKind::Tar, 1));
    assert_eq!((&*facts.owner, &*facts.group), ("claudine", "users"));
    assert_eq!(
        (facts.uid, facts.gid, facts.attributes),
        (Some(1000), Some(100), Some(0o640))
    );
    assert_eq!(facts.times[0].clock, EntryClock::Tar);
    let pax = facts.time(Modified, EntryClock::Pax).unwrap();
    assert_eq!(pax.unix_micros, i64::from(PACKED) * 1_000_000 + 123_456);
    assert!(
        facts
            .records
            .contains(&("format".to_owned(), "ustar".to_owned()))
    );
    assert!(
        facts
            .records
            .iter()
            .any(|(key, _)| key == "LIBARCHIVE.creationt")
    );
}

#[test]
fn a_gzip_header_tells_name_and_time() {
    let mut packed = Vec::new();
    let encoder = flate2::GzBuilder::new()
        .filename("lang.eml")
        .mtime(PACKED)
        .operating_system(11);
    let mut encoder = encoder.write(&mut packed, flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, message(1).as_bytes()).unwrap();
    encoder.finish().unwrap();
    let told = take_file("x.gz", &packed);
    let facts = entry(&told, "x");
    assert_eq!(
        (facts.archive, &*facts.host),
        (ContainerKind::Compressed, "ntfs")
    );
    assert_eq!(
        facts.modified_utc().unwrap().unix_seconds(),
        i64::from(PACKED)
    );
    assert_eq!(facts.records, [("name".to_owned(), "lang.eml".to_owned())]);
}
