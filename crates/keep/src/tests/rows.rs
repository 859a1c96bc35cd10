use mabillon_case::{DocumentFacts, FactRows, Facts, Row};

use super::made::{examination, item, place};
use crate::read::fact_rows;
use crate::{Case, Record};

/// A case of 200 items, every second of which is plain, with its facts while so many plain ones are held.
fn rows(n_plain_max: usize) -> (tempfile::TempDir, FactRows) {
    let dir = tempfile::tempdir().unwrap();
    let (mut case, _) = Case::create_or_resume(dir.path(), &examination()).unwrap();
    for number in 0..200 {
        let mut item = item(number);
        if number % 2 == 1 {
            item.facts.message = None;
            item.facts.document = Some(Box::new(DocumentFacts::default()));
        }
        let id = item.facts.item;
        let places = (0..number % 4).map(|copy| Record::Place {
            item: id,
            place: place(number, copy),
        });
        let records: Vec<Record> = [Record::Item(Box::new(item))]
            .into_iter()
            .chain(places)
            .collect();
        case.write_batch(&records).unwrap();
    }
    case.finish_items().unwrap();
    let rows = fact_rows(dir.path(), &case.conn, n_plain_max).unwrap();
    (dir, rows)
}

fn all(rows: &[Row<'_>]) -> Vec<Facts> {
    rows.iter().map(|row| (**row).clone()).collect()
}

#[test]
fn facts_are_the_same_held_or_read() {
    let (_whole, held) = rows(usize::MAX);
    let (_part, mixed) = rows(30);
    let (_none, read) = rows(0);
    assert_eq!(
        [&held, &mixed, &read].map(|rows| rows.held().len()),
        [200, 130, 100]
    );
    let expected = all(&held.between(0..200));
    assert!(expected.iter().any(|facts| facts.places.len() == 3));
    // Close together, far from each other, and one alone.
    let far = [0, 99, 199];
    for rows in [&mixed, &read] {
        assert_eq!(rows.ids(), held.ids());
        assert_eq!(all(&rows.between(0..200)), expected);
        assert_eq!(all(&rows.at(&far)), all(&held.at(&far)));
        assert_eq!(all(&rows.between(7..8)), all(&held.between(7..8)));
        assert_eq!(rows.failure(), None);
    }
}

#[test]
fn facts_that_are_gone_are_told() {
    let (dir, rows) = rows(0);
    let conn = rusqlite::Connection::open(dir.path().join("case.sqlite")).unwrap();
    conn.execute("DELETE FROM records WHERE row > 100", [])
        .unwrap();
    assert_eq!(rows.between(0..200).len(), 200);
    assert!(rows.failure().is_some());
}
