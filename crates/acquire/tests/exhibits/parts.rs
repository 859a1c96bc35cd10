//! Archives that lie in several files.

use std::fs;
use std::io::{Cursor, Write as _};
use std::process::Command;

use mabillon_acquire::Limits;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::collect::{Told, message, noise, take};
use crate::made_discs::{Names, image};

pub(crate) fn zip_of_letters(n: usize) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for n in 1..=n {
        writer
            .start_file(format!("{n}.eml"), SimpleFileOptions::default())
            .unwrap();
        writer.write_all(message(n).as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Takes in a folder with these bytes in files of so many bytes each, all but those left out.
fn take_split(name: &str, bytes: &[u8], part_bytes: usize, left_out: &[usize]) -> Told {
    let folder = TempDir::new().unwrap();
    for (number, part) in (1..).zip(bytes.chunks(part_bytes)) {
        if !left_out.contains(&number) {
            fs::write(folder.path().join(format!("{name}.{number:03}")), part).unwrap();
        }
    }
    fs::write(folder.path().join("zz.eml"), message(99)).unwrap();
    take(folder.path(), Limits::default())
}

#[test]
fn a_split_archive_is_read_as_the_one_that_it_is() {
    let archive = zip_of_letters(20);
    for part_bytes in [700, 1_000, archive.len() - 1] {
        let told = take_split("mail.zip", &archive, part_bytes, &[]);
        assert!(told.not_read.is_empty(), "{:?}", told.not_read);
        assert_eq!(told.leaves.len(), 21);
        assert!(told.paths().contains(&"mail.zip.001!20.eml"));
        let folder = told.accounts.iter().find(|account| account.path.is_empty());
        let [(reason, _)] = &folder.unwrap().bytes_ignored[..] else {
            panic!("{folder:?}");
        };
        assert!(reason.contains("parts of split archives"));
    }
    let letter = message(1);
    let disc = image(&[("1.eml", letter.as_bytes())], Names::Joliet);
    let told = take_split("disc.iso", &disc, 36_000, &[]);
    assert_eq!(told.paths(), ["disc.iso.001!1.eml", "zz.eml"]);
}

#[test]
fn what_is_left_of_a_split_archive_is_read_as_far_as_it_goes() {
    let archive = zip_of_letters(20);
    let told = take_split("mail.zip", &archive, 1_000, &[2]);
    let reason = told.reason("mail.zip.002");
    assert_eq!(
        reason,
        "it is missing: it belongs to the archive mail.zip.001"
    );
    // What lies before and behind the gap is read: the directory at the end tells where it is.
    for n in [1, 20] {
        let path = format!("mail.zip.001!{n}.eml");
        assert!(told.paths().contains(&path.as_str()), "{:?}", told.not_read);
    }
    let lost = told.not_read.iter().filter(|(path, _)| path.contains('!'));
    assert!(lost.clone().count() >= 3);
    for (path, reason) in lost {
        assert!(
            reason.contains("part 2, which is missing"),
            "{path} {reason}"
        );
    }
    assert!(!told.paths().iter().any(|path| path.ends_with(".003")));
    // Without the first part nothing tells what the others are.
    let told = take_split("mail.zip", &archive, 1_000, &[1]);
    assert!(told.paths().contains(&"mail.zip.002"));
}

#[test]
fn numbered_files_that_are_no_archive_stay_files() {
    let told = take_split("notes", b"one two three four", 5, &[]);
    assert_eq!(
        told.paths(),
        ["notes.001", "notes.002", "notes.003", "notes.004", "zz.eml"]
    );
}

/// A zip archive as APPNOTE.TXT 8.5 splits it: a mark at its start, places told as that of a file and one in it.
pub(crate) fn split_zip(part_bytes: usize) -> Vec<Vec<u8>> {
    let mut bytes = b"PK\x07\x08".to_vec();
    bytes.extend(zip_of_letters(20));
    let u32_at =
        |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let u16_at = |bytes: &[u8], at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let split = |place: u32| {
        let place = place as usize + 4;
        let part = u16::try_from(place / part_bytes).unwrap();
        (
            part.to_le_bytes(),
            u32::try_from(place % part_bytes).unwrap().to_le_bytes(),
        )
    };
    let end = bytes.len() - 22;
    let directory = u32_at(&bytes, end + 16);
    let mut at = directory as usize + 4;
    while bytes[at..].starts_with(b"PK\x01\x02") {
        let (part, place) = split(u32_at(&bytes, at + 42));
        bytes[at + 34..at + 36].copy_from_slice(&part);
        bytes[at + 42..at + 46].copy_from_slice(&place);
        let lengths = [28, 30, 32].map(|field| usize::from(u16_at(&bytes, at + field)));
        at += 46 + lengths.iter().sum::<usize>();
    }
    let (part, place) = split(directory);
    bytes[end + 6..end + 8].copy_from_slice(&part);
    bytes[end + 16..end + 20].copy_from_slice(&place);
    let last = u16::try_from((bytes.len() - 1) / part_bytes).unwrap();
    bytes[end + 4..end + 6].copy_from_slice(&last.to_le_bytes());
    bytes.chunks(part_bytes).map(<[u8]>::to_vec).collect()
}

/// Takes in a folder with these parts as `.z01`, `.z02` and `.zip`, but for those left out.
fn take_z(parts: &[Vec<u8>], left_out: &[usize]) -> Told {
    let folder = TempDir::new().unwrap();
    for (number, part) in (1..).zip(parts) {
        let ending = match number {
            number if number == parts.len() => "zip".to_owned(),
            number => format!("z{number:02}"),
        };
        if !left_out.contains(&number) {
            fs::write(folder.path().join(format!("mail.{ending}")), part).unwrap();
        }
    }
    fs::write(folder.path().join("zz.eml"), message(99)).unwrap();
    take(folder.path(), Limits::default())
}

#[test]
fn a_zip_in_z01_and_zip_is_read_as_the_one_that_it_is() {
    for part_bytes in [700, 1_000, 3_000] {
        let told = take_z(&split_zip(part_bytes), &[]);
        assert!(told.not_read.is_empty(), "{part_bytes} {:?}", told.not_read);
        assert_eq!(told.leaves.len(), 21);
        assert!(told.paths().contains(&"mail.zip!20.eml"));
    }
}

#[test]
fn a_missing_part_of_a_zip_costs_what_lies_in_it() {
    let parts = split_zip(1_000);
    let told = take_z(&parts, &[2]);
    assert!(
        told.reason("mail.z02")
            .contains("it belongs to the archive mail.zip")
    );
    let lost: Vec<&(String, String)> = told
        .not_read
        .iter()
        .filter(|(path, _)| path.contains('!'))
        .collect();
    assert!((3..=12).contains(&lost.len()), "{:?}", told.not_read);
    assert!(
        lost.iter()
            .all(|(_, reason)| reason.contains("part 2, which is missing")),
        "{lost:?}"
    );
    assert_eq!(told.leaves.len(), 21 - lost.len());
    // Without its end there is no directory: what is there is read by its own headers.
    let told = take_z(&parts, &[parts.len()]);
    assert!(told.reason("mail.zip").contains("it is missing"));
    assert!(
        told.paths().contains(&"mail.z01!1.eml"),
        "{:?}",
        told.not_read
    );
    // The last part alone.
    let others: Vec<usize> = (1..parts.len()).collect();
    let told = take_z(&parts, &others);
    for n in 1..parts.len() {
        let reason = told.reason(&format!("mail.z{n:02}"));
        assert_eq!(reason, "it is missing: it belongs to the archive mail.zip");
    }
    assert_eq!(told.paths(), ["zz.eml"]);
    // An archive that is whole and says at its end that it is the last of several.
    let mut whole = zip_of_letters(3);
    let end = whole.len() - 22;
    whole[end + 4] = 6;
    let told = take_z(&[whole], &[]);
    assert_eq!(told.leaves.len(), 4);
    let expected = "it is the last of 7 files of a split archive, and the others are missing";
    assert_eq!(told.reason("mail.zip"), expected);
}

#[test]
fn what_the_zip_tool_splits_is_read() {
    let folder = TempDir::new().unwrap();
    for n in 0..40 {
        let text = format!("{}{}", message(n), noise(n));
        fs::write(folder.path().join(format!("{n}.eml")), text).unwrap();
    }
    let made = Command::new("zip")
        .args(["-q", "-s", "64k", "-r", "out/mail.zip", ".", "-i", "*.eml"])
        .current_dir({
            fs::create_dir(folder.path().join("out")).unwrap();
            folder.path()
        })
        .status();
    if !made.is_ok_and(|made| made.success()) {
        println!("skips: there is no `zip` here");
        return;
    }
    let told = take(&folder.path().join("out"), Limits::default());
    assert!(told.not_read.is_empty(), "{:?}", told.not_read);
    assert_eq!(told.leaves.len(), 40);
}
