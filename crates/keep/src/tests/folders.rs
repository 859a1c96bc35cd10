use mabillon_case::{ExaminationRecord, ItemId};

use super::made::examination;
use crate::limits::CASE_FORMAT;
use crate::{Case, KeepError, Progress, verify};

#[test]
fn a_folder_of_others_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("thesis.txt"), "words").unwrap();
    let error = Case::create_or_resume(dir.path(), &examination())
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("not a Mabillon case; choose another folder"),
        "{error}"
    );
    std::fs::write(
        dir.path().join("case.toml"),
        "[case]\nname = \"of another program\"\n",
    )
    .unwrap();
    assert!(matches!(
        Case::create_or_resume(dir.path(), &examination()),
        Err(KeepError::NotACase(_))
    ));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    let file = dir.path().join("thesis.txt");
    assert!(Case::create_or_resume(&file, &examination()).is_err());
    assert!(matches!(
        Case::open(&dir.path().join("nowhere")),
        Err(KeepError::NoCase(_))
    ));
}

#[test]
fn another_run_is_refused_with_what_differs() {
    let dir = tempfile::tempdir().unwrap();
    Case::create_or_resume(dir.path(), &examination()).unwrap();
    let version = ExaminationRecord {
        version: "0.2.0".to_owned(),
        ..examination()
    };
    let options = ExaminationRecord {
        options: Vec::new(),
        ..examination()
    };
    let mut exhibits = examination();
    exhibits.exhibits[0].size_bytes = 1;
    let cases = [
        (version, "version"),
        (options, "options"),
        (exhibits, "exhibits"),
    ];
    for (record, what) in cases {
        let error = Case::create_or_resume(dir.path(), &record)
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.contains(what) && error.contains("Choose another folder"),
            "{error}"
        );
    }
    let mut not_read_yet = examination();
    not_read_yet.exhibits[0].digest = ItemId([0; 32]);
    assert!(Case::create_or_resume(dir.path(), &not_read_yet).is_ok());
}

#[test]
fn a_case_is_written_by_one_at_a_time_and_sealed_when_complete() {
    let dir = tempfile::tempdir().unwrap();
    let (case, _) = Case::create_or_resume(dir.path(), &examination()).unwrap();
    assert!(matches!(
        Case::create_or_resume(dir.path(), &examination()),
        Err(KeepError::Busy(_))
    ));
    drop(case);
    assert!(matches!(verify(dir.path()), Err(KeepError::NotComplete(_))));
    assert!(matches!(
        Case::open_to_add(dir.path()),
        Err(KeepError::NotComplete(_))
    ));
    let case = Case::open(dir.path()).unwrap();
    assert!(case.load_facts().is_ok_and(|facts| facts.is_empty()));
    let seen = case.for_each_item(|_| Ok::<(), KeepError>(()));
    assert!(matches!(seen, Err(KeepError::NotComplete(_))));
}

#[test]
fn a_first_try_killed_at_once_can_be_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("case.toml.new"), "mabillon").unwrap();
    let (_, resume) = Case::create_or_resume(dir.path(), &examination()).unwrap();
    assert_eq!(resume.progress(), Progress::New);
    std::fs::remove_file(dir.path().join("case.sqlite")).unwrap();
    let (_, resume) = Case::create_or_resume(dir.path(), &examination()).unwrap();
    assert_eq!(resume.progress(), Progress::Continued);
}

#[test]
fn a_case_of_another_layout_names_the_version_that_made_it() {
    let dir = tempfile::tempdir().unwrap();
    Case::create_or_resume(dir.path(), &examination()).unwrap();
    let path = dir.path().join("case.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace(
            &format!("mabillon_case = {CASE_FORMAT}"),
            "mabillon_case = 7",
        ),
    )
    .unwrap();
    let error = Case::open(dir.path()).err().unwrap().to_string();
    assert!(
        error.contains("format 7") && error.contains("0.1.0"),
        "{error}"
    );
}
