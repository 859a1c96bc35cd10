//! Killed at any moment and started again, an examination ends with the same case.

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::case_read::jsonl;
use crate::command::{command, examine_into, run};
use crate::dir::Dir;
use crate::letters::{letter, mbox};

/// Letters in the collection: several batches of the keeper.
const LETTERS: u32 = 5_000;

/// How long a run may take to store something before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

fn collection(dir: &Dir) {
    for n in 0..500 {
        dir.write(&format!("leak/brandt/{n}.eml"), letter(n));
    }
    let letters: Vec<String> = (500..LETTERS).map(letter).collect();
    dir.write("leak/vale.mbox", mbox(&letters));
}

/// Rows of a table that are stored in a case; 0 where there is no such table yet.
fn n_stored(case: &Path, table: &str) -> u64 {
    let count = || -> rusqlite::Result<i64> {
        let database = case.join("case.sqlite");
        let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
            row.get(0)
        })
    };
    count().map_or(0, i64::unsigned_abs)
}

/// Starts an examination and kills it as soon as more than `n` leaves are stored. Gives whether it was still at work.
fn kill_after(dir: &Dir, n: u64) -> bool {
    let mut child = command(dir, &["examine", "leak", "--case", "case"])
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while n_stored(&dir.path("case"), "leaves") <= n {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing is stored");
        std::thread::sleep(Duration::from_millis(2));
    }
    kill(&mut child)
}

/// Kills with SIGKILL, so that the program cannot put anything in order.
fn kill(child: &mut Child) -> bool {
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

#[test]
fn a_killed_examination_goes_on_and_ends_the_same() {
    let dir = Dir::new();
    collection(&dir);
    let whole = examine_into(&dir, "whole", &["leak"]).ended(0);

    assert!(kill_after(&dir, 0), "it ended before it could be killed");
    let stored = n_stored(&dir.path("case"), "leaves");
    assert!(0 < stored && stored < u64::from(LETTERS), "{stored}");
    let unfinished = run(&dir, &["verify", "case"]).ended(1);
    assert!(
        unfinished.err.contains("is not complete; run the same"),
        "{}",
        unfinished.err
    );
    // It may be killed more than once.
    kill_after(&dir, stored);
    let resumed = examine_into(&dir, "case", &["leak"]).ended(0);
    assert!(
        resumed
            .err
            .contains("Going on where an earlier run stopped"),
        "{}",
        resumed.err
    );
    assert!(
        jsonl(&dir, "case") == jsonl(&dir, "whole"),
        "the exports differ"
    );
    assert_eq!(
        resumed.out.replace("case/report.html", ""),
        whole.out.replace("whole/report.html", "")
    );
    run(&dir, &["verify", "case"]).ended(0);

    let again = examine_into(&dir, "case", &["leak"]).ended(0);
    assert!(again.err.contains("complete already"), "{}", again.err);
    assert_eq!(again.out, resumed.out);
    run(&dir, &["verify", "case"]).ended(0);
}

#[test]
fn a_run_that_asks_for_something_else_is_refused() {
    let dir = Dir::new();
    dir.write("leak/1.eml", letter(1));
    dir.write("other/2.eml", letter(2));
    examine_into(&dir, "case", &["leak"]).ended(0);
    let before = jsonl(&dir, "case");
    let refused = examine_into(&dir, "case", &["other"]).ended(1);
    assert!(
        refused.err.contains("Choose another folder for --case"),
        "{}",
        refused.err
    );
    assert_eq!(jsonl(&dir, "case"), before);
    run(&dir, &["verify", "case"]).ended(0);
}
