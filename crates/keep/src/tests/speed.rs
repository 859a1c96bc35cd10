//! Measurements, not tests: run with `cargo test --release -p mabillon-keep -- --ignored --nocapture`.

use std::time::Instant;

use super::made::{complete, examination, leaf_records, words};
use crate::{Case, Record};

const ITEMS: usize = 35_000;

#[test]
#[ignore = "a measurement"]
fn writing_thirty_five_thousand_items() {
    let dir = tempfile::tempdir().unwrap();
    let (mut case, _) = Case::create_or_resume(dir.path(), &examination()).unwrap();
    let batches: Vec<Vec<Record>> = (0..ITEMS)
        .collect::<Vec<_>>()
        .chunks(300)
        .map(|numbers| {
            numbers
                .iter()
                .flat_map(|number| leaf_records(*number))
                .collect()
        })
        .collect();
    let start = Instant::now();
    for batch in &batches {
        case.write_batch(batch).unwrap();
    }
    println!(
        "{ITEMS} items with 5 places, 5 findings, 40 tests not run and a text: {:?}",
        start.elapsed()
    );
    let last = super::made::records(ITEMS).pop().unwrap();
    case.write_batch(&last).unwrap();
    let start = Instant::now();
    complete(case, ITEMS).unwrap();
    println!(
        "indexes, facts, group findings, opinions, Parquet, seal: {:?}",
        start.elapsed()
    );
    let start = Instant::now();
    assert_eq!(crate::verify(dir.path()).unwrap(), []);
    println!("verify: {:?}", start.elapsed());
}

#[test]
#[ignore = "a measurement"]
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn indexing_a_hundred_megabytes() {
    for threads in [1, 2] {
        let dir = tempfile::tempdir().unwrap();
        let (mut case, _) = Case::create_or_resume(dir.path(), &examination()).unwrap();
        for chunk in (0..ITEMS).collect::<Vec<_>>().chunks(2000) {
            let batch: Vec<Record> = chunk.iter().map(|number| words(*number, 3000)).collect();
            case.write_batch(&batch).unwrap();
        }
        let start = Instant::now();
        let summary = case.start_indexer(threads).unwrap().finish().unwrap();
        let seconds = start.elapsed().as_secs_f64();
        let megabytes = summary.text_bytes as f64 / 1e6;
        println!(
            "{threads} threads: {megabytes:.0} MB in {seconds:.2} s: {:.1} MB/s",
            megabytes / seconds
        );
    }
}
