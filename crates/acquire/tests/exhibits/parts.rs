//! Archives that lie in several files.

use std::fs;
use std::io::{Cursor, Write as _};

use mabillon_acquire::Limits;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::collect::{Told, message, take};
use crate::made_discs::{Names, image};

fn zip_of_letters(n: usize) -> Vec<u8> {
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
    let told = take_split("mail.zip", &archive, 1_000, &[3]);
    // The first two parts are read together; what lies behind the gap is no part of them.
    assert!(told.paths().contains(&"mail.zip.001!1.eml"));
    assert!(told.not_read.iter().any(|(path, _)| path == "mail.zip.001"));
    assert!(told.paths().contains(&"mail.zip.004"));
}

#[test]
fn numbered_files_that_are_no_archive_stay_files() {
    let told = take_split("notes", b"one two three four", 5, &[]);
    assert_eq!(
        told.paths(),
        ["notes.001", "notes.002", "notes.003", "notes.004", "zz.eml"]
    );
}
