//! Archives that are cut, lie, hide or reach outside: what is good in and beside them is examined.

use crate::case_read::{items, kinds, paths, reason, with_subject};
use crate::command::{examine, run};
use crate::dir::Dir;
use crate::letters::{letter, letter_carrying};
use crate::packed::{gzip_of, tar_of, zip_directory_entry, zip_local_header, zip_of};

/// Two letters in a zip.
fn two() -> Vec<u8> {
    let (one, two) = (letter(1), letter(2));
    zip_of(&[("1.eml", one.as_bytes()), ("2.eml", two.as_bytes())])
}

/// Examines an archive with a good letter beside it; something in it was not examined.
fn examine_beside(dir: &Dir, archive: &str, bytes: &[u8]) -> Vec<serde_json::Value> {
    dir.write(&format!("leak/{archive}"), bytes);
    dir.write("leak/good.eml", letter(99));
    let ran = examine(dir, &["leak"]).ended(3);
    assert!(ran.out.contains("NOT EXAMINED"), "{}", ran.out);
    let items = items(dir);
    with_subject(&items, "Letter 99");
    items
}

#[test]
fn a_truncated_zip_gives_what_is_whole() {
    let letters: Vec<String> = (0..20).map(letter).collect();
    let names: Vec<String> = (0..20).map(|n| format!("{n:02}.eml")).collect();
    let members: Vec<(&str, &[u8])> = names
        .iter()
        .zip(&letters)
        .map(|(name, letter)| (name.as_str(), letter.as_bytes()))
        .collect();
    let archive = zip_of(&members);
    let dir = Dir::new();
    let items = examine_beside(&dir, "cut.zip", &archive[..archive.len() / 2]);
    assert!(kinds(&items)["message"] > 5, "{:?}", kinds(&items));
    let cut_off = "the archive is cut off or damaged: its directory is missing";
    assert!(items.iter().any(|item| item["not_examined"] == cut_off));
}

#[test]
fn a_zip_that_lies_about_its_sizes_is_not_believed() {
    for claimed in [10_u32, 1 << 30, u32::MAX - 1] {
        let mut archive = two();
        let entry = zip_directory_entry(&archive, "1.eml");
        archive[entry + 24..entry + 28].copy_from_slice(&claimed.to_le_bytes());
        let dir = Dir::new();
        let items = examine_beside(&dir, "lying.zip", &archive);
        assert!(reason(&items, "lying.zip!1.eml").contains("than the archive says"));
        with_subject(&items, "Letter 2");
    }
}

#[test]
fn an_encrypted_member_is_not_examined() {
    let mut archive = two();
    let entry = zip_directory_entry(&archive, "1.eml");
    let header = zip_local_header(&archive, "1.eml");
    archive[entry + 8] |= 1;
    archive[header + 6] |= 1;
    let dir = Dir::new();
    let items = examine_beside(&dir, "secret.zip", &archive);
    assert_eq!(reason(&items, "secret.zip!1.eml"), "encrypted");
    with_subject(&items, "Letter 2");
}

#[test]
fn a_truncated_tar_gz_gives_what_is_whole() {
    let (one, two) = (letter(1), letter(2).repeat(200));
    let archive = gzip_of(&tar_of(&[
        (b"1.eml", one.as_bytes()),
        (b"2.mbox", two.as_bytes()),
    ]));
    let dir = Dir::new();
    let items = examine_beside(&dir, "cut.tar.gz", &archive[..archive.len() - 40]);
    with_subject(&items, "Letter 1");
}

#[test]
fn names_that_reach_outside_write_nothing() {
    let (one, two, three) = (letter(1), letter(2), letter(3));
    let zip = zip_of(&[
        ("../../outside.eml", one.as_bytes()),
        ("/tmp/mabillon-outside.eml", two.as_bytes()),
        ("..\\..\\outside.eml", three.as_bytes()),
    ]);
    let (four, five) = (letter(4), letter(5));
    let tar = tar_of(&[
        (b"../../outside.eml", four.as_bytes()),
        (b"/tmp/mabillon-outside.eml", five.as_bytes()),
    ]);
    let dir = Dir::new();
    dir.write("a/b/leak/out.zip", zip);
    dir.write("a/b/leak/out.tar", tar);
    let attached = zip_of(&[("../../../outside.eml", letter(6).as_bytes())]);
    let carrying = letter_carrying(7, "application/zip", "../../outside.zip", &attached);
    dir.write("a/b/leak/7.eml", carrying);
    let before = dir.files_beside("case");
    examine(&dir, &["a/b/leak"]).ended(0);
    assert_eq!(
        dir.files_beside("case"),
        before,
        "nothing is written beside the case"
    );
    assert!(!std::path::Path::new("/tmp/mabillon-outside.eml").exists());
    let items = items(&dir);
    assert_eq!(kinds(&items)["message"], 7);
    let outside = |path: &&str| path.ends_with("outside.eml");
    assert_eq!(paths(&items).into_iter().filter(outside).count(), 6);
    let mut stored = Vec::new();
    let mut folders = vec![dir.path("case")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
            stored.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    assert!(
        stored.iter().all(|name| !name.contains("outside")),
        "{stored:?}"
    );
}

#[test]
fn names_in_archives_that_are_not_utf8_stay_different() {
    let (one, two) = (letter(1), letter(2));
    let tar = tar_of(&[
        (b"\xff.eml", one.as_bytes()),
        (b"\xfe\x1b[2J.eml", two.as_bytes()),
    ]);
    let mut zip = zip_of(&[("aa.eml", letter(3).as_bytes())]);
    for at in [
        zip_directory_entry(&zip, "aa.eml") + 46,
        zip_local_header(&zip, "aa.eml") + 30,
    ] {
        zip[at..at + 2].copy_from_slice(b"\xff\xfe");
    }
    let dir = Dir::new();
    dir.write("leak/names.tar", tar);
    dir.write("leak/names.zip", zip);
    let ran = examine(&dir, &["leak"]).ended(0);
    let items = items(&dir);
    assert_eq!(kinds(&items)["message"], 3);
    let path = |n: u32| with_subject(&items, &format!("Letter {n}"))["places"][0]["path"].clone();
    assert_ne!(path(1), path(2));
    for n in 1..=3 {
        assert!(!path(n).as_str().unwrap().contains('\u{1b}'));
    }
    assert!(!ran.out.contains('\u{1b}'));
}

#[test]
fn a_bomb_costs_itself_alone() {
    let zeros = vec![0_u8; 80 << 20];
    let (one, bomb) = (letter(1), gzip_of(&zeros));
    let archive = zip_of(&[
        ("1.eml", one.as_bytes()),
        ("zeros", &zeros),
        ("zeros.gz", &bomb),
    ]);
    let dir = Dir::new();
    let items = examine_beside(&dir, "bomb.zip", &archive);
    assert!(reason(&items, "bomb.zip!zeros").contains("times its size"));
    with_subject(&items, "Letter 1");
}

#[test]
fn a_container_that_is_not_read_yet_says_so() {
    let dir = Dir::new();
    let items = examine_beside(&dir, "mail.lz", b"LZIP\x01rest of it");
    assert!(reason(&items, "mail.lz").contains("lzip"), "{items:?}");
    run(&dir, &["verify", "case"]).ended(0);
}

#[test]
fn an_attached_container_that_is_damaged_says_so() {
    let dir = Dir::new();
    let carrying = letter_carrying(
        2,
        "application/x-7z-compressed",
        "mail.7z",
        b"7z\xbc\xaf\x27\x1c\x00\x04rest",
    );
    let items = examine_beside(&dir, "2.eml", &carrying);
    let at_part = items
        .iter()
        .filter(|item| paths(std::slice::from_ref(item)).contains(&"2.eml!part 2"));
    let mut reasons = at_part.filter_map(|item| item["not_examined"].as_str());
    assert!(
        reasons.any(|reason| reason.contains("cannot be read")),
        "{items:?}"
    );
    run(&dir, &["verify", "case"]).ended(0);
}
