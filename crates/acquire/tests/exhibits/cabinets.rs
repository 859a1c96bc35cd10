//! Cabinets of one set, beside each other.

use std::fs;

use mabillon_acquire::Limits;
use mabillon_case::Accounting;
use tempfile::TempDir;

use crate::collect::{Told, message, noise, take};
use crate::made_discs::{Packing, blocks_of};

/// Letters of which some do not fit into one cabinet.
fn letters() -> Vec<(String, String)> {
    (0..20)
        .map(|n| {
            let text: String = (0..if n % 5 == 4 { 12 } else { 2 })
                .map(|line| noise(100 * line + n))
                .collect();
            (format!("{n}.eml"), format!("{}{text}", message(n)))
        })
        .collect()
}

pub(crate) fn name(number: usize) -> String {
    format!("disk{number}.cab")
}

/// A block, or a piece of one, in a cabinet: its number, its bytes, and what it unpacks to.
type Piece = (usize, Vec<u8>, usize);

/// Cuts one folder into cabinets of about so many bytes (MS-CAB 2.3: folders that go on, and files with them).
pub(crate) fn set_of(packing: Packing, cabinet_bytes: usize) -> Vec<Vec<u8>> {
    let letters = letters();
    let content: String = letters.iter().map(|(_, text)| text.as_str()).collect();
    let mut cabinets: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut room = cabinet_bytes;
    let mut of_blocks = Vec::new();
    for (number, (mut packed, n_bytes)) in blocks_of(content.as_bytes(), packing)
        .into_iter()
        .enumerate()
    {
        let first = cabinets.len() - 1;
        while packed.len() > room {
            let rest = packed.split_off(room);
            cabinets.last_mut().unwrap().push((number, packed, 0));
            cabinets.push(Vec::new());
            (packed, room) = (rest, cabinet_bytes);
        }
        room -= packed.len();
        of_blocks.push((first, cabinets.len() - 1));
        cabinets.last_mut().unwrap().push((number, packed, n_bytes));
    }
    let n_cabinets = cabinets.len();
    let of_files = files_in(&letters, &of_blocks);
    let made = cabinets.into_iter().enumerate();
    made.map(|(number, pieces)| cabinet(number, n_cabinets, &pieces, packing, &of_files))
        .collect()
}

/// A file: name, bytes, place in the folder, and the cabinets in which it begins and ends.
type InFolder = (String, u32, u32, usize, usize);

fn files_in(letters: &[(String, String)], of_blocks: &[(usize, usize)]) -> Vec<InFolder> {
    let mut start = 0;
    let files = letters.iter().map(|(name, text)| {
        let (at, end) = (start, start + text.len());
        start = end;
        let (first, last) = (of_blocks[at >> 15].0, of_blocks[(end - 1) >> 15].1);
        let as_u32 = |n: usize| u32::try_from(n).unwrap();
        (name.clone(), as_u32(text.len()), as_u32(at), first, last)
    });
    files.collect()
}

fn u16s(numbers: &[usize]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|n| u16::try_from(*n).unwrap().to_le_bytes())
        .collect()
}

/// The records of the files in one cabinet, and how many there are.
fn records_in(number: usize, files: &[InFolder]) -> (Vec<u8>, usize) {
    let mut records = Vec::new();
    let mut n_files = 0;
    for (name, size, at, first, last) in files {
        if !(*first..=*last).contains(&number) {
            continue;
        }
        let folder = match (*first == number, *last == number) {
            (true, true) => 0,
            (false, true) => 0xfffd,
            (true, false) => 0xfffe,
            (false, false) => 0xffff,
        };
        n_files += 1;
        records.extend(size.to_le_bytes());
        records.extend(at.to_le_bytes());
        records.extend(u16s(&[folder, 0x4aa5, 0x5a96, 0x20]));
        records.extend(format!("{name}\0").into_bytes());
    }
    (records, n_files)
}

fn cabinet(
    number: usize,
    n_cabinets: usize,
    pieces: &[Piece],
    packing: Packing,
    files: &[InFolder],
) -> Vec<u8> {
    let (mut names, mut flags) = (Vec::new(), 0);
    for (flag, is_there, other) in [
        (1, number > 0, number),
        (2, number + 1 < n_cabinets, number + 2),
    ] {
        if is_there {
            flags |= flag;
            names.extend(format!("{}\0\0", name(other)).into_bytes());
        }
    }
    let (records, n_files) = records_in(number, files);
    let files_at = 36 + names.len() + 8;
    let blocks_at = files_at + records.len();
    let mut cabinet = b"MSCF\0\0\0\0".to_vec();
    let n_blocks: usize = pieces.iter().map(|(_, packed, _)| 8 + packed.len()).sum();
    for n in [blocks_at + n_blocks, 0, files_at, 0] {
        cabinet.extend(u32::try_from(n).unwrap().to_le_bytes());
    }
    cabinet.extend([3, 1]);
    cabinet.extend(u16s(&[1, n_files, flags, 7, number]));
    cabinet.extend(names);
    cabinet.extend(u32::try_from(blocks_at).unwrap().to_le_bytes());
    cabinet.extend(u16s(&[
        pieces.len(),
        usize::from(packing == Packing::MsZip),
    ]));
    cabinet.extend(records);
    for (_, packed, n_bytes) in pieces {
        cabinet.extend([0; 4]);
        cabinet.extend(u16s(&[packed.len(), *n_bytes]));
        cabinet.extend(packed);
    }
    cabinet
}

fn take_set(cabinets: &[Vec<u8>], left_out: &[usize]) -> Told {
    let folder = TempDir::new().unwrap();
    for (number, cabinet) in (1..).zip(cabinets) {
        if !left_out.contains(&number) {
            fs::write(folder.path().join(name(number)), cabinet).unwrap();
        }
    }
    let told = take(folder.path(), Limits::default());
    for (name, text) in letters() {
        for leaf in &told.leaves {
            assert!(
                !leaf.place.path.ends_with(&format!("!{name}")) || leaf.bytes == text,
                "{name}"
            );
        }
    }
    told
}

pub(crate) fn account<'a>(told: &'a Told, path: &str) -> &'a Accounting {
    let found = told.accounts.iter().find(|account| account.path == path);
    found.unwrap_or_else(|| panic!("no account of {path}"))
}

#[test]
fn cabinets_of_one_set_are_read_as_the_one_that_they_are() {
    for packing in [Packing::Stored, Packing::MsZip] {
        for cabinet_bytes in [9_000, 40_000, 100_000] {
            let cabinets = set_of(packing, cabinet_bytes);
            assert!(cabinets.len() > 1);
            let told = take_set(&cabinets, &[]);
            assert!(
                told.not_read.is_empty(),
                "{packing:?} {cabinet_bytes} {:?}",
                told.not_read
            );
            assert_eq!(told.leaves.len(), 20);
            let account = account(&told, "disk1.cab");
            assert_eq!((account.n_decoded, account.n_failed), (20, 0));
        }
    }
}

#[test]
fn a_missing_cabinet_is_named() {
    for packing in [Packing::Stored, Packing::MsZip] {
        let cabinets = set_of(packing, 40_000);
        let n_cabinets = cabinets.len();
        assert!(n_cabinets > 3);
        let told = take_set(&cabinets, &[3]);
        let reason = told.reason("disk3.cab");
        assert_eq!(reason, "it is missing: it belongs to the archive disk1.cab");
        let n_read = told.leaves.len();
        assert!((1..20).contains(&n_read), "{:?}", told.not_read);
        let named = |reason: &String| reason.contains("the cabinet disk3.cab, which is missing");
        assert!(
            told.not_read
                .iter()
                .any(|(path, reason)| path.contains('!') && named(reason)),
            "{:?}",
            told.not_read
        );
        // What lies behind it is a set of its own that begins in the missing one.
        assert!(
            told.not_read
                .iter()
                .any(|(path, reason)| path.starts_with("disk4.cab!") && named(reason))
        );
        let told = take_set(&cabinets, &[n_cabinets]);
        assert!(told.reason("disk1.cab").contains(&format!(
            "{}, in which it goes on, is missing",
            name(n_cabinets)
        )));
        assert!(told.leaves.len() > n_read);
    }
}

#[test]
fn names_in_a_cabinet_lead_nowhere_else() {
    let outside = TempDir::new().unwrap();
    let cabinets = set_of(Packing::Stored, 100_000);
    fs::write(outside.path().join(name(2)), &cabinets[1]).unwrap();
    let inside = outside.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let mut first = cabinets[0].clone();
    // The name of the next cabinet gives way to one in another folder, of the same length.
    let at = first
        .windows(9)
        .position(|window| window == b"disk2.cab")
        .unwrap();
    first[at..at + 9].copy_from_slice(b"../k2.cab");
    fs::write(outside.path().join("k2.cab"), &cabinets[1]).unwrap();
    fs::write(inside.join(name(1)), first).unwrap();
    let told = take(&inside, Limits::default());
    assert!(
        told.reason("disk1.cab")
            .contains("../k2.cab, in which it goes on, is missing"),
        "{:?}",
        told.not_read
    );
    // Cabinets that lead in a circle.
    let mut circle = cabinets[1].clone();
    let at = circle
        .windows(9)
        .position(|window| window == b"disk1.cab")
        .unwrap();
    circle[at..at + 9].copy_from_slice(b"disk2.cab");
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(name(2)), circle).unwrap();
    assert!(!take(folder.path(), Limits::default()).not_read.is_empty());
}
