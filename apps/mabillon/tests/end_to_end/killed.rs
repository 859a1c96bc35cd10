//! Killed at any moment, or stopped for want of space, an examination goes on and ends with the same case.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::case_read::jsonl;
use crate::command::{command, examine_into, run};
use crate::dir::Dir;
use crate::letters::{letter, letter_carrying, mbox};
use crate::packed::{gzip_of, tar_of, zip_of};

/// Times that a run is killed while it works, unless `MABILLON_KILLS` says how many.
const KILLS: u64 = 6;

/// Letters of the collection that is examined; with `MABILLON_KILLS` four times as many.
const LETTERS: u32 = 1_500;

/// Letters, a mailbox, documents, archives, and archives in letters that do not fit into memory.
fn collection(dir: &Dir, n_letters: u32) {
    for n in 0..n_letters / 2 {
        dir.write(&format!("leak/brandt/{n}.eml"), letter(n));
    }
    let letters: Vec<String> = (n_letters / 2..n_letters).map(letter).collect();
    dir.write("leak/vale.mbox", mbox(&letters));
    for n in 0..20 {
        dir.write(
            &format!("leak/{n}.rtf"),
            format!("{{\\rtf1 The hall, {n}.\\par}}"),
        );
    }
    // Each is small enough to be no bomb; together they are too much for the memory of one leaf.
    let zeros = |n: u8| vec![n; 12 << 20];
    let large = [zeros(1), zeros(2), zeros(3)];
    let (one, two) = (letter(90_001), letter(90_002));
    let attached = zip_of(&[
        ("1.eml", one.as_bytes()),
        ("large/1", &large[0]),
        ("large/2", &large[1]),
        ("large/3", &large[2]),
        ("2.eml", two.as_bytes()),
    ]);
    dir.write(
        "leak/archive.eml",
        letter_carrying(1, "application/zip", "a.zip", &attached),
    );
    let letters: Vec<String> = (80_000..80_200).map(letter).collect();
    let names: Vec<String> = (0..200).map(|n| format!("mail/{n}.eml")).collect();
    let members: Vec<(&[u8], &[u8])> = names
        .iter()
        .map(String::as_bytes)
        .zip(letters.iter().map(String::as_bytes))
        .collect();
    dir.write("leak/backup.tar.gz", gzip_of(&tar_of(&members)));
}

fn n_kills() -> u64 {
    let given = std::env::var("MABILLON_KILLS").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(KILLS)
}

/// Runs the examination to its end; the export, and how long it took.
fn uninterrupted(dir: &Dir, case: &str) -> (String, Duration) {
    let begun = Instant::now();
    examine_into(dir, case, &["leak", "--jobs", "2"]).ended(0);
    let took = begun.elapsed();
    (jsonl(dir, case), took)
}

#[test]
fn killed_at_random_moments_it_ends_with_the_same_case() {
    let dir = Dir::new();
    let is_full = std::env::var_os("MABILLON_KILLS").is_some();
    collection(&dir, if is_full { 4 * LETTERS } else { LETTERS });
    let (whole, took) = uninterrupted(&dir, "whole");
    // The moments need not be the same each time, but they need to lie everywhere.
    let mut seed = 20_170_505_u64;
    let (mut n_at_work, mut n_goes_on, mut n) = (0, 0, 0);
    while n_at_work < n_kills() {
        assert!(n < 10 * n_kills(), "it is hardly ever killed at work");
        let case = format!("case{n}");
        let args = ["examine", "leak", "--jobs", "2", "--case", &case];
        // Up to three times in one examination.
        for _ in 0..=n % 3 {
            let mut child = command(&dir, &args).spawn().unwrap();
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let per_mille = u32::try_from(seed >> 32).unwrap() % 1_000;
            std::thread::sleep(took * per_mille / 1_000);
            child.kill().unwrap();
            n_at_work += u64::from(child.wait().unwrap().code().is_none());
        }
        let ended = examine_into(&dir, &case, &["leak", "--jobs", "2"]).ended(0);
        n_goes_on += u32::from(ended.err.contains("Going on where an earlier run stopped"));
        assert!(
            jsonl(&dir, &case) == whole,
            "after kill {n} the exports differ"
        );
        run(&dir, &["verify", &case]).ended(0);
        std::fs::remove_dir_all(dir.path(&case)).unwrap();
        n += 1;
    }
    println!("{n} cases, killed {n_at_work} times at work; {n_goes_on} had stored something");
}

/// Examines onto a disk of a few sizes in turn, each too small, and again once it is large.
const ON_A_SMALL_DISK: &str = r#"
mount -t tmpfs -o size="$2" none disk || exit 77
"$1" examine leak --jobs 2 --case disk/case > first.out 2> first.err; echo $? > first.code
mount -o remount,size=1g disk || exit 77
"$1" examine leak --jobs 2 --case disk/case > second.out 2> second.err; echo $? > second.code
"$1" export disk/case --format jsonl > full.jsonl
"$1" verify disk/case > verify.out 2>&1; echo $? > verify.code
"#;

#[test]
fn a_full_disk_is_told_and_with_space_it_ends_with_the_same_case() {
    let dir = Dir::new();
    collection(&dir, 300);
    let (whole, _) = uninterrupted(&dir, "whole");
    std::fs::create_dir(dir.path("disk")).unwrap();
    let text = |name: &str| String::from_utf8(dir.read(name)).unwrap();
    let mut n_full = 0;
    for size in ["64k", "1m", "3m", "8m", "20m", "30m", "42m"] {
        // A mount of its own, in a name space of its own, which needs no rights where the system allows that.
        let ran = Command::new("unshare")
            .args([
                "--mount",
                "--map-root-user",
                "sh",
                "-c",
                ON_A_SMALL_DISK,
                "sh",
            ])
            .args([env!("CARGO_BIN_EXE_mabillon"), size])
            .current_dir(dir.root())
            .output();
        if !ran.is_ok_and(|ran| ran.status.success()) {
            println!("skips: no small disk can be mounted here");
            return;
        }
        let errors = text("first.err");
        if text("first.code").trim() != "0" {
            n_full += 1;
            assert_eq!(text("first.code").trim(), "1", "{size}: {errors}");
            let is_clear = errors.contains("is full") || errors.contains("No space left on device");
            assert!(is_clear && !errors.contains("panicked"), "{size}: {errors}");
            println!("{size}: {}", errors.trim());
        }
        assert_eq!(
            text("second.code").trim(),
            "0",
            "{size}: {}",
            text("second.err")
        );
        assert!(text("full.jsonl") == whole, "{size}: the exports differ");
        assert_eq!(
            text("verify.code").trim(),
            "0",
            "{size}: {}",
            text("verify.out")
        );
    }
    assert!(n_full >= 4, "the disks were not too small: {n_full}");
}
