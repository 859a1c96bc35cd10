//! Volumes of rar that lie beside each other: made by the writer of the library that reads them.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use mabillon_acquire::{Limits, Passwords};
use mabillon_case::Accounting;
use rars::{ArchiveVersion, Builder};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::collect::{
    Told, message, noise, settings, take, take_file, take_file_within, take_with,
};

const VERSIONS: [ArchiveVersion; 2] = [ArchiveVersion::Rar29, ArchiveVersion::Rar50];

/// How the members of a set are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packed {
    Stored,
    Apart,
    Together,
}

/// Twelve letters of different sizes; some are larger than a volume.
fn letters() -> Vec<(String, String)> {
    (0..12)
        .map(|n| {
            let lines = if n % 4 == 3 { 3 } else { 1 };
            let text: String = (0..lines).map(|line| noise(100 * line + n)).collect();
            (format!("mail/{n}.eml"), format!("{}{text}", message(n)))
        })
        .collect()
}

fn volumes_of(builder: Builder, volume_bytes: usize) -> Vec<Vec<u8>> {
    // The writer makes volumes of older versions from one file only.
    let is_four = builder.format() == ArchiveVersion::Rar29;
    let mut builder = builder.volume_size((!is_four).then_some(volume_bytes));
    for (name, text) in letters() {
        builder
            .add_bytes(
                name.into_bytes(),
                text.into_bytes(),
                Some(0x4aa5_93d6),
                None,
            )
            .unwrap();
    }
    if is_four {
        cut_into_volumes(&builder.to_bytes().unwrap(), volume_bytes)
    } else {
        builder.build_volumes(None).unwrap()
    }
}

/// Cuts an archive of RAR 2.9 into volumes, as `technote.txt` of RAR 4.20 has them.
fn cut_into_volumes(archive: &[u8], volume_bytes: usize) -> Vec<Vec<u8>> {
    let u16_at = |at: usize| u16::from_le_bytes([archive[at], archive[at + 1]]);
    let mut volumes: Vec<Vec<u8>> = Vec::new();
    let mut room = 0;
    let mut at = 7 + usize::from(u16_at(7 + 5));
    while at < archive.len() {
        let (kind, n_header) = (archive[at + 2], usize::from(u16_at(at + 5)));
        let header = &archive[at..at + n_header];
        let n_data = u32::from_le_bytes(header[7..11].try_into().unwrap()) as usize;
        let mut data = &archive[at + n_header..at + n_header + n_data];
        at += n_header + n_data;
        if kind != 0x74 {
            continue;
        }
        let mut is_begun = false;
        loop {
            if room == 0 {
                volumes.push(start_of_volume(archive, volumes.is_empty()));
                room = volume_bytes;
            }
            let n = data.len().min(room);
            let (piece, rest) = data.split_at(n);
            let is_last = rest.is_empty();
            let volume = volumes.last_mut().unwrap();
            volume.extend(piece_header(header, piece, is_begun, !is_last));
            volume.extend_from_slice(piece);
            (data, is_begun) = (rest, true);
            room -= n;
            if is_last {
                break;
            }
        }
    }
    let n_volumes = volumes.len();
    for (number, volume) in (1..).zip(&mut volumes) {
        let flags = 0x4000 | u16::from(number < n_volumes);
        let mut end = vec![0, 0, 0x7b];
        end.extend(flags.to_le_bytes());
        end.extend(7_u16.to_le_bytes());
        volume.extend(with_checksum(end));
    }
    volumes
}

fn start_of_volume(archive: &[u8], is_first: bool) -> Vec<u8> {
    let n_main = usize::from(u16::from_le_bytes([archive[12], archive[13]]));
    let mut main = archive[7..7 + n_main].to_vec();
    // A volume, with names of the new kind.
    main[3] |= 0x11;
    main[4] |= u8::from(is_first);
    [archive[..7].to_vec(), with_checksum(main)].concat()
}

/// The header of one piece of a file.
fn piece_header(header: &[u8], piece: &[u8], is_begun: bool, goes_on: bool) -> Vec<u8> {
    let mut header = header.to_vec();
    header[3] |= u8::from(is_begun) | u8::from(goes_on) << 1;
    header[7..11].copy_from_slice(&u32::try_from(piece.len()).unwrap().to_le_bytes());
    if goes_on {
        header[16..20].copy_from_slice(&crc(piece).to_le_bytes());
    }
    with_checksum(header)
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn with_checksum(mut header: Vec<u8>) -> Vec<u8> {
    let crc = crc(&header[2..]);
    header[..2].copy_from_slice(&crc.to_le_bytes()[..2]);
    header
}

fn builder(version: ArchiveVersion, packed: Packed) -> Builder {
    Builder::new(version)
        .store(packed == Packed::Stored)
        .solid(packed == Packed::Together)
}

fn new_name(number: usize) -> String {
    format!("mail.part{number:02}.rar")
}

fn old_name(number: usize) -> String {
    match number {
        1 => "mail.rar".to_owned(),
        number => format!("mail.r{:02}", number - 2),
    }
}

/// A folder with these volumes, but for those left out, and a letter behind them.
fn folder(volumes: &[Vec<u8>], name: fn(usize) -> String, left_out: &[usize]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (number, volume) in (1..).zip(volumes) {
        if !left_out.contains(&number) {
            fs::write(folder.path().join(name(number)), volume).unwrap();
        }
    }
    fs::write(folder.path().join("zz.eml"), message(99)).unwrap();
    folder
}

fn take_volumes(volumes: &[Vec<u8>], name: fn(usize) -> String, left_out: &[usize]) -> Told {
    take(folder(volumes, name, left_out).path(), Limits::default())
}

fn account<'a>(told: &'a Told, path: &str) -> &'a Accounting {
    let found = told.accounts.iter().find(|account| account.path == path);
    found.unwrap_or_else(|| panic!("no account of {path}"))
}

/// Holds every letter that was read against what was packed.
fn check_letters(told: &Told, container: &str) {
    for (name, text) in letters() {
        let path = format!("{container}!{name}");
        for leaf in told.leaves.iter().filter(|leaf| leaf.place.path == path) {
            assert!(leaf.bytes == text, "{path} is not what was packed");
        }
    }
}

#[test]
fn volumes_are_read_as_the_one_archive_that_they_are() {
    for version in VERSIONS {
        for packed in [Packed::Stored, Packed::Apart, Packed::Together] {
            let volumes = volumes_of(builder(version, packed), 4_000);
            assert!(volumes.len() > 8, "{version:?} {packed:?}");
            for (name, container) in [
                (new_name as fn(usize) -> String, "mail.part01.rar"),
                (old_name, "mail.rar"),
            ] {
                let told = take_volumes(&volumes, name, &[]);
                assert!(
                    told.not_read.is_empty(),
                    "{version:?} {packed:?} {:?}",
                    told.not_read
                );
                assert_eq!(told.leaves.len(), 13, "{version:?} {packed:?}");
                check_letters(&told, container);
                let account = account(&told, container);
                assert_eq!((account.n_decoded, account.n_failed), (12, 0));
                let sum: usize = volumes.iter().map(Vec::len).sum();
                assert_eq!(told.containers[container], sum as u64);
            }
        }
    }
}

#[test]
fn a_missing_volume_is_named_and_costs_what_lies_in_it() {
    for version in VERSIONS {
        for packed in [Packed::Stored, Packed::Apart] {
            let volumes = volumes_of(builder(version, packed), 4_000);
            let n_volumes = volumes.len();
            for missing in [1, 2, n_volumes / 2, n_volumes] {
                let told = take_volumes(&volumes, new_name, &[missing]);
                let first = if missing == 1 { 2 } else { 1 };
                let container = new_name(first);
                check_letters(&told, &container);
                let account = account(&told, &container);
                let what = format!(
                    "{version:?} {packed:?} without {missing} of {n_volumes}: {:?}",
                    told.not_read
                );
                // At most three letters lie in one volume of this size.
                assert!((1..=4).contains(&account.n_failed), "{what}");
                assert!(account.n_decoded >= 9, "{what}");
                let lost = told
                    .not_read
                    .iter()
                    .filter(|(path, _)| path.contains("!mail/"));
                for (path, reason) in lost.clone() {
                    let is_named = reason.contains(&format!("volume {missing}, which is missing"));
                    assert!(is_named, "{path}: {reason}");
                }
                assert!(lost.count() >= 1, "{what}");
                if missing == n_volumes {
                    // No name tells that there is another one, the archive does.
                    assert!(
                        told.reason(&container)
                            .contains(&format!("volume {missing} ")),
                        "{what}"
                    );
                } else {
                    let reason = told.reason(&new_name(missing));
                    assert!(reason.contains("it is missing: it belongs to"), "{reason}");
                }
            }
        }
    }
}

#[test]
fn letters_packed_together_are_read_up_to_the_missing_volume() {
    for version in VERSIONS {
        let volumes = volumes_of(builder(version, Packed::Together), 4_000);
        let missing = volumes.len() / 2;
        let told = take_volumes(&volumes, new_name, &[missing]);
        let container = new_name(1);
        check_letters(&told, &container);
        let account = account(&told, &container);
        assert!(account.n_decoded >= 3, "{version:?} {:?}", told.not_read);
        // One letter can lie in the missing volume and nowhere else.
        let n_known = account.n_decoded + account.n_failed;
        assert!((11..=12).contains(&n_known), "{version:?}");
        assert!(
            told.reason(&format!("{container}!mail/11.eml"))
                .contains("packed behind")
        );
    }
}

#[test]
fn a_damaged_letter_in_volumes_costs_itself() {
    for version in VERSIONS {
        let mut volumes = volumes_of(builder(version, Packed::Apart), 4_000);
        let at = volumes[4].len() / 2;
        volumes[4][at] ^= 0x55;
        let told = take_volumes(&volumes, new_name, &[]);
        check_letters(&told, "mail.part01.rar");
        let account = account(&told, "mail.part01.rar");
        assert_eq!(
            (account.n_decoded, account.n_failed),
            (11, 1),
            "{:?}",
            told.not_read
        );
    }
}

#[test]
fn a_volume_that_is_cut_off_is_told_and_the_others_are_read() {
    for version in VERSIONS {
        let mut volumes = volumes_of(builder(version, Packed::Stored), 4_000);
        volumes[4].truncate(3_000);
        let told = take_volumes(&volumes, new_name, &[]);
        check_letters(&told, "mail.part01.rar");
        assert!(
            told.reason("mail.part01.rar")
                .starts_with("volume 5 is cut off or damaged at byte ")
        );
        let account = account(&told, "mail.part01.rar");
        assert!(account.n_decoded >= 9, "{version:?} {:?}", told.not_read);
    }
}

#[test]
fn encrypted_volumes_need_their_password() {
    let with = |volumes: &[Vec<u8>], passwords: &[u8]| {
        let mut settings = settings(Limits::default());
        settings.passwords = Passwords::parse(passwords).unwrap();
        take_with(folder(volumes, new_name, &[]).path(), &settings)
    };
    for (version, is_hidden) in [
        (ArchiveVersion::Rar29, false),
        (ArchiveVersion::Rar50, false),
        (ArchiveVersion::Rar50, true),
    ] {
        let builder = builder(version, Packed::Apart)
            .password(Some(b"sesame".to_vec()))
            .header_encryption(is_hidden);
        let volumes = volumes_of(builder, 12_000);
        let told = with(&volumes, b"");
        assert_eq!(told.paths(), ["zz.eml"], "{version:?}");
        assert!(
            told.not_read
                .iter()
                .all(|(_, reason)| reason.contains("encrypted")),
            "{:?}",
            told.not_read
        );
        let told = with(&volumes, b"x\nsesame\n");
        assert!(
            told.not_read.is_empty(),
            "{version:?} {is_hidden} {:?}",
            told.not_read
        );
        assert_eq!(told.leaves.len(), 13);
        check_letters(&told, "mail.part01.rar");
    }
}

#[test]
fn volumes_are_put_together_by_what_is_in_them_and_not_by_their_names() {
    // Two archives that are whole each, with names as volumes have.
    let whole = |n: usize| {
        let mut builder = Builder::new(ArchiveVersion::Rar50);
        builder
            .add_bytes(
                format!("{n}.eml").into_bytes(),
                message(n).into_bytes(),
                None,
                None,
            )
            .unwrap();
        builder.to_bytes().unwrap()
    };
    let told = take_volumes(&[whole(1), whole(2)], new_name, &[]);
    assert_eq!(
        told.paths(),
        ["mail.part01.rar!1.eml", "mail.part02.rar!2.eml", "zz.eml"]
    );
    assert!(told.not_read.is_empty());
    // Volumes that were given the names of each other.
    let mut volumes = volumes_of(builder(ArchiveVersion::Rar50, Packed::Apart), 4_000);
    volumes.swap(2, 5);
    let told = take_volumes(&volumes, new_name, &[]);
    assert_eq!(told.leaves.len(), 13, "{:?}", told.not_read);
    // Other files with such names stay files.
    let folder = TempDir::new().unwrap();
    let write =
        |name: &str, bytes: &[u8]| fs::write(Path::new(folder.path()).join(name), bytes).unwrap();
    write("notes.r00", b"nothing of that kind");
    write("notes.part1.rar", b"nor this");
    write("notes.z01", b"nor that");
    let told = take(folder.path(), Limits::default());
    assert_eq!(told.paths(), ["notes.part1.rar", "notes.r00", "notes.z01"]);
    // Something else under the name of a volume.
    let mut volumes = volumes_of(builder(ArchiveVersion::Rar50, Packed::Apart), 4_000);
    volumes[2] = b"nothing of that kind".to_vec();
    let told = take_volumes(&volumes, new_name, &[]);
    assert!(told.paths().contains(&"mail.part03.rar"));
    let is_named = |reason: &String| reason.contains("volume 3, which is missing");
    let lost = told.not_read.iter().filter(|(_, reason)| is_named(reason));
    assert!(lost.count() >= 1, "{:?}", told.not_read);
}

#[test]
fn one_volume_alone_gives_what_is_whole_in_it() {
    for version in VERSIONS {
        let volumes = volumes_of(builder(version, Packed::Apart), 10_000);
        let told = take_volumes(&volumes[..1], new_name, &[]);
        check_letters(&told, "mail.part01.rar");
        let account = account(&told, "mail.part01.rar");
        assert!(
            account.n_decoded >= 1 && account.n_failed >= 1,
            "{:?}",
            told.not_read
        );
        assert!(
            told.reason("mail.part01.rar")
                .contains("volume 2 and what may come after it are missing")
        );
    }
}

/// A zip archive that holds these volumes, the last one first, but for those left out.
fn zip_of_volumes(volumes: &[Vec<u8>], left_out: &[usize]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    };
    for (number, volume) in (1..).zip(volumes).collect::<Vec<_>>().into_iter().rev() {
        if !left_out.contains(&number) {
            add(&format!("old/{}", new_name(number)), volume);
        }
    }
    add("zz.eml", message(99).as_bytes());
    writer.finish().unwrap().into_inner()
}

#[test]
fn volumes_in_another_container_are_put_together_too() {
    for version in VERSIONS {
        let volumes = volumes_of(builder(version, Packed::Together), 4_000);
        let archive = zip_of_volumes(&volumes, &[]);
        let told = take_file("backup.zip", &archive);
        assert!(told.not_read.is_empty(), "{version:?} {:?}", told.not_read);
        assert_eq!(told.leaves.len(), 13);
        check_letters(&told, "old/mail.part01.rar");
        let account = account(&told, "old/mail.part01.rar");
        assert_eq!((account.n_decoded, account.n_failed), (12, 0));
        // In a container of their own, and where all of them are too much for memory.
        let outer = zip_of_one("inner.zip", &archive);
        let small = Limits {
            memory_bytes_max: 10_000,
            ..Limits::default()
        };
        for limits in [Limits::default(), small] {
            let told = take_file_within("outer.zip", &outer, limits);
            assert!(told.not_read.is_empty(), "{version:?} {:?}", told.not_read);
            check_letters(&told, "inner.zip!old/mail.part01.rar");
            assert_eq!(told.leaves.len(), 13);
        }
    }
}

fn zip_of_one(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file(name, SimpleFileOptions::default())
        .unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_volume_missing_from_a_container_costs_what_lies_in_it() {
    let volumes = volumes_of(builder(ArchiveVersion::Rar50, Packed::Apart), 4_000);
    for missing in [1, 3, volumes.len()] {
        let told = take_file("backup.zip", &zip_of_volumes(&volumes, &[missing]));
        let container = format!("old/{}", new_name(if missing == 1 { 2 } else { 1 }));
        check_letters(&told, &container);
        let account = account(&told, &container);
        assert!(
            account.n_decoded >= 8 && account.n_failed >= 1,
            "{:?}",
            told.not_read
        );
        let lost = told
            .not_read
            .iter()
            .filter(|(path, _)| path.contains("!mail/"));
        let named = format!("volume {missing}, which is missing");
        for (path, reason) in lost {
            assert!(reason.contains(&named), "{path}: {reason}");
        }
    }
}
