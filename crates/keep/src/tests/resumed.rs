use std::collections::BTreeMap;
use std::sync::Arc;

use mabillon_case::ItemId;
use proptest::prelude::*;

use super::made::{case, complete, examination, id, is_done, item, not_grouped, records};
use crate::{Case, ItemRecord, KeepError, Progress, Record, verify};

#[test]
fn a_killed_run_ends_with_the_same_case() {
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = case(whole.path(), 40);

    let leaves = records(40);
    let (mut first, resume) = Case::create_or_resume(killed.path(), &examination()).unwrap();
    assert_eq!((resume.progress(), resume.n_done()), (Progress::New, 0));
    let indexer = first.start_indexer(1).unwrap();
    for leaf in &leaves[..20] {
        first.write_batch(leaf).unwrap();
    }
    // The last leaf before the kill is stored in part.
    first.write_batch(&leaves[20][..3]).unwrap();
    std::fs::write(first.spool_dir().join("spooled"), "x").unwrap();
    drop((first, indexer));

    let (mut second, resume) = Case::create_or_resume(killed.path(), &examination()).unwrap();
    assert_eq!(
        (resume.progress(), resume.n_done()),
        (Progress::Continued, 20)
    );
    assert!(!second.spool_dir().join("spooled").exists());
    let indexer = second.start_indexer(1).unwrap();
    for leaf in leaves.iter().filter(|leaf| !is_done(&resume, leaf)) {
        second.write_batch(leaf).unwrap();
    }
    indexer.finish().unwrap();
    // Killed once more between the passes.
    second.finish_items().unwrap();
    second
        .write_group_findings(&BTreeMap::from([super::made::group_finding(2)]))
        .unwrap();
    drop(second);

    let (third, _) = Case::create_or_resume(killed.path(), &examination()).unwrap();
    assert_eq!(complete(third, 40).unwrap(), expected);
    for dir in [&whole, &killed] {
        assert_eq!(verify(dir.path()).unwrap(), []);
        let case = Case::open(dir.path()).unwrap();
        assert_eq!(case.search("elections", 100).unwrap().total, 36);
    }
    let (mut complete, resume) = Case::create_or_resume(killed.path(), &examination()).unwrap();
    assert_eq!(resume.progress(), Progress::Complete);
    assert!(matches!(
        complete.write_batch(&leaves[0]),
        Err(KeepError::Sealed(_))
    ));
}

#[test]
fn what_was_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 30);
    let case = Case::open(dir.path()).unwrap();
    let mut ids: Vec<ItemId> = Vec::new();
    case.for_each_item(|row| {
        ids.push(row.facts.item);
        Ok::<(), KeepError>(())
    })
    .unwrap();
    assert!(ids.is_sorted() && ids.len() == 31);
    let (written, row) = (item(3), case.item(&id(3)).unwrap().unwrap());
    assert!(
        row.findings[..5]
            .iter()
            .map(|finding| &**finding)
            .eq(&written.findings)
    );
    assert_eq!(row.findings.len(), 6);
    assert_eq!(row.findings, case.findings_of(&id(3)).unwrap());
    assert_eq!(row.opinion, super::made::opinion(&row));
    assert_eq!(
        (
            row.not_run.into_iter().map(Arc::unwrap_or_clone).collect(),
            row.warnings
        ),
        (
            [written.not_run, vec![not_grouped()]].concat(),
            written.warnings
        )
    );
    assert_eq!(row.facts.places.len(), 5);
    assert_eq!(case.text_of(&id(3)).unwrap(), written.text);
    assert_eq!(case.accounts().unwrap().len(), 1);
    let digits = id(3).to_string();
    assert_eq!(case.items_starting_with(&digits[..12], 2).unwrap(), [id(3)]);
    assert_eq!(case.item(&id(99)).unwrap(), None);
    let unread = ids
        .iter()
        .find(|item| **item == ItemId::of_unread("dump.zip", "mail/box0.mbox!message 30"));
    let unread = case.item(unread.unwrap()).unwrap().unwrap();
    assert_eq!(unread.not_examined.as_deref(), Some("it is encrypted"));
}

/// Digest of a case into which these batches were written.
fn digest_of(batches: &[Vec<Record>], n: usize) -> String {
    let dir = tempfile::tempdir().unwrap();
    let (mut case, _) = Case::create_or_resume(dir.path(), &examination()).unwrap();
    for batch in batches {
        case.write_batch(batch).unwrap();
    }
    complete(case, n).unwrap()
}

fn shuffled() -> impl Strategy<Value = (Vec<Vec<Record>>, usize)> {
    let mut records: Vec<Record> = records(6).into_iter().flatten().collect();
    // The same bytes examined twice with another outcome: which one stays must not depend on the order.
    let other = ItemRecord {
        partial: Some("seen elsewhere".to_owned()),
        ..item(2)
    };
    records.push(Record::Item(Box::new(other)));
    records.extend(records.clone().into_iter().take(9));
    (Just(records).prop_shuffle(), 1_usize..20)
        .prop_map(|(records, size)| (records.chunks(size).map(<[Record]>::to_vec).collect(), size))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn the_order_of_records_never_matters((batches, _) in shuffled(), (others, _) in shuffled()) {
        prop_assert_eq!(digest_of(&batches, 6), digest_of(&others, 6));
    }
}
