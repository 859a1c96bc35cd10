//! Measurements, not tests: run with `cargo test --release -p mabillon-keep -- --ignored --nocapture`.

use std::path::Path;
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
fn indexing_real_mail() {
    let mail = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/spamassassin"
    );
    let mut texts = Vec::new();
    read_all(Path::new(mail), &mut texts);
    if texts.is_empty() {
        println!("skipped: there is no real mail in {mail}");
        return;
    }
    for threads in [1, 2] {
        let dir = tempfile::tempdir().unwrap();
        let (mut case, _) = Case::create_or_resume(dir.path(), &examination()).unwrap();
        for round in 0..8 {
            let numbered = texts.iter().enumerate();
            let batch: Vec<Record> = numbered
                .map(|(n, own)| words(round * texts.len() + n, own))
                .collect();
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

/// The bodies of all messages below `folder`.
fn read_all(folder: &Path, texts: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            read_all(&entry.path(), texts);
        } else {
            let bytes = std::fs::read(entry.path()).unwrap();
            let text = String::from_utf8_lossy(&bytes).replace('\r', "");
            texts.push(
                text.split_once("\n\n")
                    .map(|(_, body)| body.to_owned())
                    .unwrap_or_default(),
            );
        }
    }
}
