use std::path::Path;

use rusqlite::Connection;

use super::made::{case, id};
use crate::{Case, CasePart, verify};

/// Changes a complete case by SQL and gives what `verify` names.
fn after(sql: &str) -> Vec<CasePart> {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 20);
    Connection::open(dir.path().join("case.sqlite"))
        .unwrap()
        .execute_batch(sql)
        .unwrap();
    parts(dir.path())
}

fn parts(dir: &Path) -> Vec<CasePart> {
    verify(dir)
        .unwrap()
        .into_iter()
        .map(|problem| problem.part)
        .collect()
}

#[test]
fn a_change_of_one_item_names_it() {
    let item = format!("x'{}'", id(3));
    let row = format!("(SELECT row FROM items WHERE id = {item})");
    let changes = [
        format!("UPDATE items SET subject = 'another' WHERE id = {item}"),
        format!("UPDATE items SET not_examined = 'nothing to see' WHERE id = {item}"),
        format!("UPDATE records SET facts = zeroblob(9) || facts WHERE row = {row}"),
        format!("UPDATE records SET findings = x'00' WHERE row = {row}"),
        format!("UPDATE records SET not_run = x'00' WHERE row = {row}"),
        format!("UPDATE texts SET text = zeroblob(40) WHERE row = {row}"),
        format!("DELETE FROM texts WHERE row = {row}"),
        format!("DELETE FROM records WHERE row = {row}"),
        format!("UPDATE places SET path = 'elsewhere' WHERE item = {item} AND path LIKE '%box2%'"),
        format!("DELETE FROM places WHERE item = {item} AND path LIKE '%box2%'"),
        format!("DELETE FROM group_findings WHERE item = {item}"),
        format!("UPDATE group_findings SET code = 'agrees' WHERE item = {item}"),
        format!("UPDATE opinions SET class = 'authenticated', log10_lr = 9 WHERE item = {item}"),
        format!("DELETE FROM opinions WHERE item = {item}"),
        format!("UPDATE items SET digest = zeroblob(32) WHERE id = {item}"),
    ];
    for sql in changes {
        assert_eq!(after(&sql), [CasePart::Item(id(3))], "{sql}");
    }
    let sql = format!("DELETE FROM items WHERE id = {item}");
    assert_eq!(
        after(&sql),
        [CasePart::Item(id(3)), CasePart::Item(id(3))],
        "removed, and its places are left"
    );
}

#[test]
fn a_value_of_another_type_names_the_item_in_words() {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 20);
    let sql = format!("UPDATE items SET subject = x'ff' WHERE id = x'{}'", id(3));
    Connection::open(dir.path().join("case.sqlite"))
        .unwrap()
        .execute_batch(&sql)
        .unwrap();
    let problems = verify(dir.path()).unwrap();
    assert!(
        problems[0].says.contains(&id(3).to_string()),
        "{problems:?}"
    );
}

#[test]
fn an_item_put_in_is_named() {
    let sql = "INSERT INTO items SELECT 1000, zeroblob(32), kind, media_type, size_bytes, date, sender, recipients,
        copied, subject, message_id, attachments, title, author, findings, not_examined, partial, digest
        FROM items WHERE row = 1";
    assert_eq!(after(sql), [CasePart::Item(mabillon_case::ItemId([0; 32]))]);
}

#[test]
fn covering_tracks_in_the_database_is_found() {
    let database = CasePart::File("case.sqlite".to_owned());
    for sql in [
        "UPDATE seals SET digest = zeroblob(32) WHERE item = (SELECT min(item) FROM seals)",
        "DELETE FROM accounts",
        "DELETE FROM collection",
        "CREATE TRIGGER t AFTER INSERT ON items BEGIN DELETE FROM opinions; END",
        "DELETE FROM words WHERE id = 1",
    ] {
        assert!(after(sql).contains(&database), "{sql}");
    }
}

#[test]
fn files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 20);
    let file = |name: &str| CasePart::File(name.to_owned());
    std::fs::write(dir.path().join("report.html"), "<p>another report</p>").unwrap();
    std::fs::write(dir.path().join("facts/part-00001.parquet"), "x").unwrap();
    std::fs::remove_file(dir.path().join("facts/part-00000.parquet")).unwrap();
    let expected = [
        "facts/part-00000.parquet",
        "facts/part-00001.parquet",
        "report.html",
    ]
    .map(file);
    assert_eq!(parts(dir.path()), expected);
}

#[test]
fn a_change_of_the_manifest_is_found() {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 20);
    let path = dir.path().join("case.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("repairs=on", "repairs=off")).unwrap();
    assert_eq!(parts(dir.path()), [CasePart::File("case.toml".to_owned())]);
}

#[test]
fn a_change_of_the_custody_log_names_the_line() {
    let edited = "UPDATE custody SET detail = 'another.zip' WHERE seq = 1";
    let dropped = "DELETE FROM custody WHERE seq = 1";
    let added = "INSERT INTO custody SELECT 3, time, who, 'exported', detail, hash, previous FROM custody WHERE seq = 2";
    assert_eq!(after(edited), [CasePart::LogLine(1)]);
    assert_eq!(after(dropped), [CasePart::LogLine(1)]);
    assert_eq!(after(added), [CasePart::LogLine(3)]);
    let last = after("DELETE FROM custody WHERE seq = 2");
    assert!(last.contains(&CasePart::LogLine(2)), "{last:?}");
}

#[test]
fn what_is_added_in_the_open_is_no_tampering() {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 20);
    let mut case = Case::open_to_add(dir.path()).unwrap();
    case.custody_append("2026-02-01T00:00:00Z", "ana", "exported", "jsonl")
        .unwrap();
    std::fs::write(case.report_path(), "<p>report of a later version</p>").unwrap();
    case.seal_report_again("2026-02-01T00:00:01Z", "ana")
        .unwrap();
    drop(case);
    assert_eq!(verify(dir.path()).unwrap(), []);
    assert_eq!(Case::open(dir.path()).unwrap().custody().unwrap().len(), 4);
}

#[test]
fn bytes_flipped_in_the_database_are_found_or_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 20);
    let path = dir.path().join("case.sqlite");
    let (whole, expected) = (std::fs::read(&path).unwrap(), rows(dir.path()).unwrap());
    let mut n_found = 0;
    for at in (200..whole.len()).step_by(whole.len() / 60) {
        let mut changed = whole.clone();
        changed[at] ^= 0x20;
        std::fs::write(&path, &changed).unwrap();
        if verify(dir.path()).unwrap().is_empty() {
            // Unused bytes of a page.
            assert_eq!(rows(dir.path()).unwrap(), expected, "byte {at}");
        } else {
            n_found += 1;
        }
    }
    assert!(n_found > 5, "{n_found}");
}

fn rows(dir: &Path) -> Result<Vec<crate::ItemRow>, crate::KeepError> {
    let mut rows = Vec::new();
    Case::open(dir)?.for_each_item(|row| {
        rows.push(row);
        Ok::<(), crate::KeepError>(())
    })?;
    Ok(rows)
}
