//! The search query: reading it, and asking an empty case.
#![no_main]

use std::cell::LazyCell;

use mabillon_case::ExaminationRecord;
use mabillon_keep::{Case, KeepError, SearchError};

thread_local! {
    static CASE: LazyCell<(tempfile::TempDir, Case)> = LazyCell::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let record = ExaminationRecord {
            version: "mabillon fuzz".to_owned(),
            exhibits: Vec::new(),
            options: Vec::new(),
            tests: Vec::new(),
            sources: Vec::new(),
            started: "2024-01-01T00:00:00Z".to_owned(),
            ended: String::new(),
        };
        let (mut case, _) = Case::create_or_resume(&folder.path().join("case"), &record).unwrap();
        let indexer = case.start_indexer(1).unwrap();
        case.finish_items().unwrap();
        indexer.finish().unwrap();
        (folder, case)
    });
}

libfuzzer_sys::fuzz_target!(|query: &str| {
    CASE.with(|made| match made.1.search(query, 5) {
        Ok(_) | Err(SearchError::Query(_)) => {}
        Err(error) => panic!("{}: {}", query.escape_debug(), says(error)),
    });
});

fn says(error: SearchError) -> String {
    match error {
        SearchError::Keep(KeepError::Damaged(says)) => says,
        other => other.to_string(),
    }
}
