//! Exhibits that are not there, cannot be read, or lead elsewhere.

use std::fs;

use crate::case_read::{items, kinds, reason, with_subject};
use crate::command::{command, examine, examine_into, run_as};
use crate::dir::Dir;
use crate::letters::letter;

#[test]
fn a_missing_exhibit_is_told_before_anything_is_written() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    for exhibits in [
        &["nowhere"][..],
        &["leak", "nowhere"],
        &["leak", "--reference", "nowhere"],
    ] {
        let ran = examine(&dir, exhibits).ended(1);
        assert_eq!(
            ran.err,
            "mabillon: there is no file or folder nowhere; check how the path is written\n"
        );
        assert!(!dir.path("case").exists());
    }
}

#[test]
fn an_empty_folder_is_an_examination_of_nothing() {
    let dir = Dir::new();
    fs::create_dir_all(dir.path("leak/inner")).unwrap();
    let ran = examine(&dir, &["leak"]).ended(0);
    assert!(
        ran.out
            .contains("Nothing in these exhibits could be examined"),
        "{}",
        ran.out
    );
    assert!(items(&dir).is_empty());
    assert!(dir.path("case/report.html").exists());
}

#[test]
fn an_empty_file_is_an_item() {
    let dir = Dir::new();
    dir.write("leak/empty.eml", "");
    dir.write("leak/1.eml", letter(1));
    examine(&dir, &["leak"]).ended(0);
    assert_eq!(items(&dir).len(), 2);
}

/// A user who may do less than the one who runs the tests, where that is the superuser.
#[cfg(unix)]
const NOBODY: u32 = 65_534;

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_costs_that_file() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;

    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    let locked = dir.write("leak/2.eml", letter(2));
    dir.write("leak/3.eml", letter(3));
    let may = |path: &std::path::Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    may(&locked, 0o000);
    may(dir.root(), 0o777);
    let mut examine = command(&dir, &["examine", "leak", "--case", "case"]);
    if fs::read(&locked).is_ok() {
        // The superuser reads everything: the program is run as somebody else.
        examine.uid(NOBODY).gid(NOBODY);
    }
    let ran = match run_as(examine) {
        Ok(ran) => ran.ended(3),
        Err(error) => {
            println!("skipped: the program cannot be run as another user here: {error}");
            return;
        }
    };
    assert!(ran.out.contains("NOT EXAMINED  1 item"), "{}", ran.out);
    let items = items(&dir);
    assert_eq!(kinds(&items)["message"], 2);
    assert!(reason(&items, "2.eml").contains("ermission denied"));

    let mut alone = command(&dir, &["examine", "leak/2.eml", "--case", "alone"]);
    if fs::read(&locked).is_ok() {
        alone.uid(NOBODY).gid(NOBODY);
    }
    let ran = run_as(alone).unwrap().ended(1);
    assert!(
        ran.err.contains("leak/2.eml") && ran.err.contains("ermission denied"),
        "{}",
        ran.err
    );
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;

    let dir = Dir::new();
    dir.write("leak/in/1.eml", letter(1));
    dir.write("secret.eml", letter(2));
    symlink("..", dir.path("leak/in/up")).unwrap();
    symlink("loop", dir.path("leak/loop")).unwrap();
    symlink("../secret.eml", dir.path("leak/secret.eml")).unwrap();
    let ran = examine(&dir, &["leak"]).ended(3);
    assert!(ran.out.contains("NOT EXAMINED  3 items"), "{}", ran.out);
    let items = items(&dir);
    assert_eq!(kinds(&items)["message"], 1);
    for path in ["in/up", "loop", "secret.eml"] {
        assert_eq!(reason(&items, path), "symbolic link, not followed");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_are_not_waited_for() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    let made = std::process::Command::new("mkfifo")
        .arg(dir.path("leak/pipe"))
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no mkfifo here");
        return;
    }
    examine(&dir, &["leak"]).ended(3);
    let items = items(&dir);
    assert!(reason(&items, "pipe").contains("pipe"));
    assert_eq!(kinds(&items)["message"], 1);
}

#[test]
fn a_folder_of_another_program_is_left_alone() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    dir.write("case/thesis.txt", "ten years of work");
    let ran = examine(&dir, &["leak"]).ended(1);
    assert_eq!(
        ran.err,
        "mabillon: case holds files that are not a Mabillon case; choose another folder\n"
    );
    let left: Vec<_> = fs::read_dir(dir.path("case")).unwrap().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(dir.read("case/thesis.txt"), b"ten years of work");
}

#[test]
fn a_case_inside_an_exhibit_is_refused() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    for case in ["leak/case", "leak", "leak/new/../deep/case"] {
        let ran = examine_into(&dir, case, &["leak"]).ended(2);
        assert!(
            ran.err.contains("lies inside the exhibit leak"),
            "{}",
            ran.err
        );
    }
    assert_eq!(dir.files_beside("case").len(), 1);
    examine_into(&dir, "leak-case", &["leak"]).ended(0);
}

#[test]
fn a_case_folder_that_cannot_be_made_is_told_once() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    dir.write("case", "a file");
    let ran = examine(&dir, &["leak"]).ended(1);
    assert!(
        ran.err.contains("check that the folder exists"),
        "{}",
        ran.err
    );
    assert_eq!(ran.err.matches("os error").count(), 1, "{}", ran.err);
}

#[test]
fn exhibits_are_not_changed() {
    let dir = Dir::new();
    let path = dir.write("leak/1.eml", letter(1));
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    examine(&dir, &["leak"]).ended(0);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    assert_eq!(dir.read("leak/1.eml"), letter(1).as_bytes());
    assert_eq!(dir.files_beside("case").len(), 1);
}

// Only Linux keeps names that are not UTF-8.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_stay_different_and_printable() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let dir = Dir::new();
    fs::create_dir_all(dir.path("leak")).unwrap();
    let names: [&[u8]; 3] = [b"\xff.eml", b"\xfe.eml", b"red\x1b[31m\xe2\x80\xae.eml"];
    for (name, n) in names.iter().zip(1..) {
        fs::write(dir.path("leak").join(OsStr::from_bytes(name)), letter(n)).unwrap();
    }
    let ran = examine(&dir, &["leak"]).ended(0);
    let items = items(&dir);
    let path = |n: u32| with_subject(&items, &format!("Letter {n}"))["places"][0]["path"].clone();
    assert_eq!(path(1), "\\xff.eml");
    assert_eq!(path(2), "\\xfe.eml");
    assert_eq!(path(3), "red\u{fffd}[31m\u{fffd}.eml");
    assert!(!ran.out.contains('\u{1b}'));
}
