//! Archives in several files that lie in another archive.

use std::fs;
use std::process::Command;

use mabillon_acquire::Limits;
use tempfile::TempDir;
use zip::CompressionMethod;

use crate::archives::{tar_of, zip_of};
use crate::cabinets::{account, name as cabinet_name, set_of};
use crate::collect::{Told, message, noise, take_file, take_file_within};
use crate::made_discs::{Names, Packing, image};
use crate::packed::solid_sevenz_of;
use crate::parts::{split_zip, zip_of_letters};

/// Names and contents of files.
type Members = Vec<(String, Vec<u8>)>;

/// The name of an archive, and what packs files into it.
type Writer = (&'static str, fn(&[(&str, &[u8])]) -> Vec<u8>);

const WRITERS: [Writer; 4] = [
    ("outer.zip", |members| {
        zip_of(members, CompressionMethod::Deflated)
    }),
    ("outer.stored.zip", |members| {
        zip_of(members, CompressionMethod::Stored)
    }),
    ("outer.tar", tar_of),
    ("outer.7z", solid_sevenz_of),
];

/// Memory that holds no part whole: all are put into temporary files.
fn small() -> Limits {
    Limits {
        memory_bytes_max: 600,
        ..Limits::default()
    }
}

/// Bytes cut into files of so many bytes, in a folder.
fn cut(name: &str, bytes: &[u8], part_bytes: usize) -> Members {
    let parts = (1..).zip(bytes.chunks(part_bytes));
    parts
        .map(|(number, part)| (format!("in/{name}.{number:03}"), part.to_vec()))
        .collect()
}

/// The parts of a split zip as `.z01` and so on, and `.zip`.
fn z_parts(part_bytes: usize) -> Members {
    let parts = split_zip(part_bytes);
    let n_parts = parts.len();
    let named = (1..).zip(parts).map(|(number, part)| match number {
        number if number == n_parts => ("in/mail.zip".to_owned(), part),
        number => (format!("in/mail.z{number:02}"), part),
    });
    named.collect()
}

fn cabinets() -> Members {
    let set = (1..).zip(set_of(Packing::MsZip, 40_000));
    set.map(|(number, cabinet)| (format!("in/{}", cabinet_name(number)), cabinet))
        .collect()
}

/// Takes in these files and a letter within one archive.
fn take_within((outer, writer): Writer, files: &Members, limits: Limits) -> Told {
    let letter = message(99);
    let mut members: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    members.push(("zz.eml", letter.as_bytes()));
    take_file_within(outer, &writer(&members), limits)
}

fn without(files: &Members, left_out: &[&str]) -> Members {
    let mut kept = files.clone();
    kept.retain(|(name, _)| !left_out.contains(&name.as_str()));
    kept
}

#[test]
fn sets_in_an_archive_are_read_as_the_archives_that_they_are() {
    let letter = message(1);
    let disc = image(&[("1.eml", letter.as_bytes())], Names::Joliet);
    let sevenz = solid_sevenz_of(&[("1.eml", letter.as_bytes()), ("2.eml", letter.as_bytes())]);
    let sets: [(Members, &str, usize); 7] = [
        (
            cut("mail.zip", &zip_of_letters(20), 1_000),
            "in/mail.zip.001",
            20,
        ),
        (
            cut("mail.zip", &zip_of_letters(3), 400),
            "in/mail.zip.001",
            3,
        ),
        (cut("mail.7z", &sevenz, 100), "in/mail.7z.001", 2),
        (cut("disc.iso", &disc, 36_000), "in/disc.iso.001", 1),
        (z_parts(1_000), "in/mail.zip", 20),
        (z_parts(3_000), "in/mail.zip", 20),
        (cabinets(), "in/disk1.cab", 20),
    ];
    for (files, container, n) in sets {
        assert!(files.len() > 1);
        let reversed: Members = files.iter().rev().cloned().collect();
        for writer in WRITERS {
            for (files, limits) in [
                (&files, Limits::default()),
                (&reversed, Limits::default()),
                (&reversed, small()),
            ] {
                let told = take_within(writer, files, limits);
                assert!(told.not_read.is_empty(), "{container} {:?}", told.not_read);
                assert_eq!(told.leaves.len(), n + 1, "{container} in {}", writer.0);
                let of_set = account(&told, container);
                let counts = (of_set.n_decoded, of_set.n_failed);
                assert_eq!(counts, (n as u64, 0), "{container} in {}", writer.0);
                // The set is one entry, the letter beside it the other.
                let outer = account(&told, "");
                assert_eq!((outer.n_decoded, outer.n_failed), (2, 0), "{outer:?}");
            }
        }
    }
}

#[test]
fn sets_lie_in_archives_in_archives() {
    let files = cut("mail.zip", &zip_of_letters(20), 1_000);
    let members: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    let inner = zip_of(&members, CompressionMethod::Stored);
    // A set whose parts hold a set, and a set beside one of the same name in another folder.
    let mut files = cut("inner.zip", &inner, 2_000);
    files.extend(cut("other.zip", &zip_of_letters(2), 300));
    files.extend(
        cut("other.zip", &zip_of_letters(3), 300)
            .into_iter()
            .map(|(name, part)| (format!("elsewhere/{name}"), part)),
    );
    let told = take_within(WRITERS[2], &files, Limits::default());
    assert!(told.not_read.is_empty(), "{:?}", told.not_read);
    let paths = told.paths();
    for path in [
        "in/inner.zip.001!in/mail.zip.001!20.eml",
        "in/other.zip.001!2.eml",
        "elsewhere/in/other.zip.001!3.eml",
    ] {
        assert!(paths.contains(&path), "{path} {paths:?}");
    }
    assert_eq!(paths.len(), 20 + 2 + 3 + 1);
    assert_eq!(account(&told, "").n_decoded, 4);
}

#[test]
fn what_is_missing_of_a_set_in_an_archive_is_named() {
    let files = cut("mail.zip", &zip_of_letters(20), 1_000);
    for writer in WRITERS {
        let told = take_within(writer, &without(&files, &["in/mail.zip.002"]), small());
        let reason = told.reason("in/mail.zip.002");
        assert_eq!(
            reason,
            "it is missing: it belongs to the archive mail.zip.001"
        );
        let lost: Vec<&(String, String)> = told
            .not_read
            .iter()
            .filter(|(path, _)| path.contains('!'))
            .collect();
        assert!((3..12).contains(&lost.len()), "{:?}", told.not_read);
        assert!(
            lost.iter()
                .all(|(_, reason)| reason.contains("part 2, which is missing"))
        );
        assert_eq!(told.leaves.len(), 21 - lost.len());
        assert_eq!(account(&told, "").n_failed, 1);

        let files = z_parts(1_000);
        let told = take_within(
            writer,
            &without(&files, &["in/mail.z02"]),
            Limits::default(),
        );
        let reason = told.reason("in/mail.z02");
        assert_eq!(reason, "it is missing: it belongs to the archive mail.zip");
        assert!(told.leaves.len() > 8, "{:?}", told.not_read);
        // Without its end there is no directory: what is there is read by its own headers.
        let told = take_within(
            writer,
            &without(&files, &["in/mail.zip"]),
            Limits::default(),
        );
        assert!(told.reason("in/mail.zip").contains("it is missing"));
        assert!(
            told.paths().contains(&"in/mail.z01!1.eml"),
            "{:?}",
            told.not_read
        );
    }
}

#[test]
fn a_cabinet_missing_from_an_archive_is_named() {
    for writer in WRITERS {
        let told = take_within(writer, &without(&cabinets(), &["in/disk3.cab"]), small());
        let reason = told.reason("in/disk3.cab");
        assert_eq!(reason, "it is missing: it belongs to the archive disk1.cab");
        assert!((2..20).contains(&told.leaves.len()), "{:?}", told.not_read);
        assert!(
            told.not_read
                .iter()
                .any(|(path, _)| path.starts_with("in/disk4.cab!")),
            "{:?}",
            told.not_read
        );
    }
}

/// Files that are named like parts and are none.
fn files_of_no_set() -> Members {
    let whole = zip_of_letters(2);
    // An archive that is whole and says at its end that it is the last of several.
    let mut last = zip_of_letters(3);
    let end = last.len() - 22;
    last[end + 4] = 6;
    [
        ("a/notes.001", b"one".to_vec()),
        ("a/notes.002", b"two".to_vec()),
        ("a/letters.002", message(2).into_bytes()),
        ("a/letters.z01", message(3).into_bytes()),
        ("a/whole.001", whole.clone()),
        ("a/far.001", whole),
        ("a/far.900", b"far away".to_vec()),
        ("a/last.zip", last),
    ]
    .into_iter()
    .map(|(name, content)| (name.to_owned(), content))
    .collect()
}

#[test]
fn what_only_has_such_a_name_is_taken_by_itself() {
    let files = files_of_no_set();
    for writer in WRITERS {
        for limits in [Limits::default(), small()] {
            let told = take_within(writer, &files, limits);
            let mut paths = told.paths();
            paths.sort_unstable();
            assert_eq!(
                paths,
                [
                    "a/far.001!1.eml",
                    "a/far.001!2.eml",
                    "a/far.900",
                    "a/last.zip!1.eml",
                    "a/last.zip!2.eml",
                    "a/last.zip!3.eml",
                    "a/letters.002",
                    "a/letters.z01",
                    "a/notes.001",
                    "a/notes.002",
                    "a/whole.001!1.eml",
                    "a/whole.001!2.eml",
                    "zz.eml",
                ]
            );
            let expected =
                "it is the last of 7 files of a split archive, and the others are missing";
            assert_eq!(told.reason("a/last.zip"), expected);
            assert_eq!(told.not_read.len(), 1);
            let outer = account(&told, "");
            assert_eq!((outer.n_decoded, outer.n_failed), (9, 0));
            let ignored = &outer.bytes_ignored;
            assert!(
                !ignored.iter().any(|(why, _)| why.contains("split")),
                "{ignored:?}"
            );
        }
    }
}

#[test]
fn beyond_a_thousand_files_with_such_names_each_is_taken_by_itself() {
    let mut files: Members = (0..1_200)
        .map(|n| (format!("{n}.002"), format!("note {n}").into_bytes()))
        .collect();
    files.extend(cut("mail.zip", &zip_of_letters(20), 1_000));
    let told = take_within(WRITERS[2], &files, small());
    let is_note = |path: &&&str| !path.starts_with("in/");
    assert_eq!(told.paths().iter().filter(is_note).count(), 1_201);
    // No room is left to set the parts aside: the first is an archive that is cut.
    assert!(
        told.not_read
            .iter()
            .any(|(path, _)| path.starts_with("in/mail.zip.001"))
    );
}

#[test]
fn parts_larger_than_memory_wait_in_temporary_files() {
    let text: String = (0..6_000).map(noise).collect();
    let archive = zip_of(
        &[("a.txt", text.as_bytes()), ("1.eml", message(1).as_bytes())],
        CompressionMethod::Stored,
    );
    assert!(archive.len() > 17 << 20);
    let files = cut("mail.zip", &archive, 9 << 20);
    let (outer, writer) = WRITERS[2];
    let members: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_slice()))
        .collect();
    let tar = writer(&members);
    for memory_bytes_max in [64 << 20, 10 << 20, 1 << 20] {
        let limits = Limits {
            memory_bytes_max,
            ..Limits::default()
        };
        let told = take_file_within(outer, &tar, limits);
        assert!(told.not_read.is_empty(), "{:?}", told.not_read);
        assert_eq!(
            told.paths(),
            ["in/mail.zip.001!a.txt", "in/mail.zip.001!1.eml"]
        );
        assert!(told.leaves[0].bytes == text.as_bytes());
    }
}

#[test]
fn what_the_zip_tool_splits_is_read_within_what_tar_packs() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    for n in 0..40 {
        let text = format!("{}{}", message(n), noise(n));
        fs::write(folder.path().join(format!("{n}.eml")), text).unwrap();
    }
    let run = |program: &str, args: &[&str]| {
        let made = Command::new(program)
            .args(args)
            .current_dir(folder.path())
            .status();
        made.is_ok_and(|made| made.success())
    };
    let zip = ["-q", "-s", "64k", "-r", "out/mail.zip", ".", "-i", "*.eml"];
    if !run("zip", &zip) || !run("tar", &["-czf", "mail.tar.gz", "out"]) {
        println!("skips: there is no `zip` or no `tar` here");
        return;
    }
    let told = take_file(
        "mail.tar.gz",
        &fs::read(folder.path().join("mail.tar.gz")).unwrap(),
    );
    assert!(told.not_read.is_empty(), "{:?}", told.not_read);
    assert_eq!(told.leaves.len(), 40);
}
