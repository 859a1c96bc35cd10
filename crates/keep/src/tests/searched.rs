use mabillon_case::{Class, ItemId};

use super::made::{case, id};
use crate::{Case, Found, SearchError};

fn ids(found: &Found) -> Vec<ItemId> {
    let mut ids: Vec<ItemId> = found.hits.iter().map(|hit| hit.item).collect();
    ids.sort_unstable();
    ids
}

fn sorted(numbers: impl IntoIterator<Item = usize>) -> Vec<ItemId> {
    let mut ids: Vec<ItemId> = numbers.into_iter().map(id).collect();
    ids.sort_unstable();
    ids
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of queries")]
fn words_and_fields_are_found() {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 30);
    let case = Case::open(dir.path()).unwrap();
    let in_collection = |number: &usize| number % 10 != 9;
    let all = || (0..30).filter(in_collection);
    let message = |number: &usize| number % 7 != 3;
    let cases = [
        ("word7", vec![7]),
        ("WORD7 OR word8", vec![7, 8]),
        ("word7 word8", vec![]),
        ("\"and word7 is\"", vec![7]),
        ("\"word7 and\"", vec![]),
        ("quoted12", vec![12]),
        ("elections -word7", all().filter(|n| *n != 7).collect()),
        ("-elections kind:message", vec![]),
        (
            "from:elan",
            all().filter(message).filter(|n| n % 4 == 1).collect(),
        ),
        (
            "from:person2@campaign",
            all().filter(message).filter(|n| n % 4 == 2).collect(),
        ),
        ("to:paper.example subject:\"week 12\"", vec![12]),
        ("kind:document", all().filter(|n| n % 7 == 3).collect()),
        (
            "has:attachment",
            all().filter(message).filter(|n| n % 5 == 0).collect(),
        ),
        (
            "file:costs",
            all().filter(message).filter(|n| n % 5 == 0).collect(),
        ),
        (
            "date:2017-04-03",
            all().filter(message).filter(|n| n % 28 == 2).collect(),
        ),
        ("date:2017-05", all().filter(|n| n % 7 == 3).collect()),
        (
            "date:..2017-04-02",
            all().filter(message).filter(|n| n % 28 < 2).collect(),
        ),
        (
            "test:collection/same-message-id#differs",
            all().filter(|n| n % 3 == 0).collect(),
        ),
        (
            "test:date/test-12",
            all()
                .filter(|n| (0..5).any(|code| (n + code) % 13 == 12))
                .collect(),
        ),
        ("mailbox:box4 (word3 OR word4)", vec![3, 4]),
        ("plan -kind:message", all().filter(|n| n % 7 == 3).collect()),
    ];
    for (query, expected) in cases {
        let found = case.search(query, 100).unwrap();
        assert_eq!(ids(&found), sorted(expected), "{query}");
        assert_eq!(found.total, found.hits.len(), "{query}");
    }
    let opinions: usize = Class::ALL
        .iter()
        .map(|class| {
            case.search(&format!("opinion:{}", class.word()), 0)
                .unwrap()
                .total
        })
        .sum();
    // The archive that could not be read has an opinion too.
    assert_eq!(opinions, all().count() + 1);
}

#[test]
fn hits_show_what_a_reader_needs() {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 30);
    let case = Case::open(dir.path()).unwrap();
    let hit = case.search("word8 elections", 5).unwrap().hits.remove(0);
    assert_eq!(
        (hit.item, &*hit.about, &*hit.date),
        (id(8), "Budget for week 8", "2017-04-09 10:08:00")
    );
    assert_eq!(hit.by, "Ana Lopes <person0@campaign.example>");
    let snippet = hit.snippet.unwrap();
    assert_eq!(&snippet.text[snippet.marks[0].clone()], "élections");
    let quoted = case.search("quoted8", 5).unwrap().hits.remove(0);
    assert!(quoted.snippet.unwrap().is_quoted);
    let found = case.search("elections", 100).unwrap().hits;
    assert!(found.is_sorted_by_key(|hit| (std::cmp::Reverse(hit.score.to_bits()), hit.item)));
}

#[test]
fn without_an_index_only_fields_are_searched_and_it_can_be_made_again() {
    let dir = tempfile::tempdir().unwrap();
    case(dir.path(), 30);
    std::fs::remove_dir_all(dir.path().join("index")).unwrap();
    let case = Case::open(dir.path()).unwrap();
    assert!(matches!(case.search("word7", 5), Err(SearchError::NoIndex)));
    assert_eq!(case.search("subject:\"week 12\"", 5).unwrap().total, 1);
    assert_eq!(case.rebuild_index(2).unwrap().n_items, 31);
    assert_eq!(case.search("word7", 5).unwrap().total, 1);
    let error = case.search("opinion:fake", 5).unwrap_err();
    assert!(error.to_string().contains("questioned"));
}
