//! Every face against blessed files, and the laws that hold for all of them.
//!
//! `MABILLON_BLESS=1 cargo test -p mabillon-report` writes the files anew; read the difference before committing it.

pub(crate) mod invented;

use std::path::Path;

use mabillon_case::{Basis, Class, Kind};
use proptest::prelude::*;

use crate::flat::COLUMNS;
use crate::model::ReportBuilder;
use crate::{
    CsvTable, ParquetTable, collection_json, html, item_text, jsonl, summary_json, terminal,
};
use invented::{Row, few, item, many, report};

/// Compares with the blessed file, or writes it.
fn check(name: &str, actual: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    if std::env::var_os("MABILLON_BLESS").is_some() {
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let expected = std::fs::read(&path).unwrap();
    assert!(
        expected == actual,
        "{} differs from what is written now:\n{}",
        path.display(),
        String::from_utf8_lossy(actual)
    );
}

fn page(rows: &[Row]) -> String {
    let mut out = Vec::new();
    html(&report(rows), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn lines(rows: &[Row]) -> String {
    let mut out = Vec::new();
    for row in rows {
        jsonl(&row.row(), &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

fn csv(rows: &[Row]) -> String {
    let mut table = CsvTable::new(Vec::new()).unwrap();
    for row in rows {
        table.item(&row.row()).unwrap();
    }
    String::from_utf8(table.finish().unwrap()).unwrap()
}

fn parquet(rows: &[Row]) -> Vec<u8> {
    let mut table = ParquetTable::new(Vec::new()).unwrap();
    for row in rows {
        table.item(&row.row()).unwrap();
    }
    table.finish().unwrap()
}

#[test]
fn faces_are_as_blessed() {
    let rows = few();
    check("few.jsonl", lines(&rows).as_bytes());
    check("few.csv", csv(&rows).as_bytes());
    check(
        "few.narrow.txt",
        terminal(&report(&rows), 80, true).as_bytes(),
    );
    check("few.html", page(&rows).as_bytes());
    check(
        "few.terminal.txt",
        terminal(&report(&rows), 100, false).as_bytes(),
    );
    check("few.summary.json", summary_json(&report(&rows)).as_bytes());
    check(
        "collection.json",
        collection_json(&invented::collection()).as_bytes(),
    );
    let items: Vec<String> = rows
        .iter()
        .map(|row| item_text(&row.row(), false))
        .collect();
    check("few.items.txt", items.join("\n\n").as_bytes());
    check(
        "many.terminal.txt",
        terminal(&report(&many()), 120, false).as_bytes(),
    );
    check("many.html", page(&many()).as_bytes());
}

#[test]
fn the_summary_fits_one_screen() {
    let summary = terminal(&report(&many()), 120, false);
    assert!(summary.lines().count() <= 48, "{summary}");
}

#[test]
fn jsonl_has_exactly_the_published_keys_in_order() {
    let keys = |text: &str| {
        let mut out = Vec::new();
        collect_keys(text, &mut out);
        out
    };
    // The object of the published format, with every list filled.
    let published = r#"{"item":"","kind":"","media_type":"","size_bytes":0,
        "places":[{"exhibit":"","path":"","offset":0,"length":0,"stored":null}],
        "message":{"message_id":"","date":"","from":"","to":[],"cc":[],"subject":"","labels":[],"mozilla_status":null},
        "document":null,
        "opinion":"","log10_lr":0.0,"basis":"",
        "signatures":[{"kind":"","by":"","selector":"","result":"","body_hash":"","key_source":"","key_bits":0,"repairs":[],"covers":"","anchored":true,"lost_key":"","removed":[],"personal":null}],
        "findings":[{"test":"","code":"","group":"","log10_lr":0.0,"says":"","at":{"start":0,"end":0}}],
        "not_run":[{"test":"","reason":""}],"warnings":[],"not_examined":null}"#;
    let mut row = few().remove(0);
    row.facts.places.truncate(1);
    row.opinion.evidence.truncate(1);
    row.findings.truncate(1);
    row.not_run.truncate(1);
    assert_eq!(keys(&lines(&[row])), keys(published));
    let document = keys(&lines(&few()[2..3]));
    for key in [
        "title",
        "author",
        "last_modified_by",
        "created",
        "modified",
        "application",
    ] {
        assert!(document.contains(&key.to_owned()), "{key}");
    }
}

/// All object keys in the order they stand. Reads the text itself, as a map would sort them.
fn collect_keys(text: &str, out: &mut Vec<String>) {
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let mut end = start + 1;
        let bytes = rest.as_bytes();
        while bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let string = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if rest.trim_start().starts_with(':') {
            out.push(string.to_owned());
        }
    }
}

#[test]
fn every_line_of_jsonl_parses_and_containers_have_no_opinion() {
    let text = lines(&few());
    let mut n_containers = 0;
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        if ["mailbox", "archive"].contains(&value["kind"].as_str().unwrap()) {
            n_containers += 1;
            assert_eq!(value["opinion"], "unresolved");
            assert_eq!(value["basis"], "none");
        }
    }
    assert_eq!((text.lines().count(), n_containers), (6, 2));
    assert!(text.contains("\"code\":\"partly-examined\""));
}

#[test]
fn originals_are_never_reported_on() {
    let mut rows = few();
    for place in &mut rows[0].facts.places {
        place.origin = mabillon_case::Origin::Reference;
    }
    let report = report(&rows);
    assert_eq!(report.opinions.of(Class::Authenticated), 0);
    assert!(lines(&rows[..1]).contains("\"places\":[]"));
}

#[test]
fn parquet_reads_back_and_is_the_same_twice() {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::RowAccessor;
    let rows = many();
    let bytes = parquet(&rows);
    assert_eq!(bytes, parquet(&rows));
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let n_rows = reader.metadata().file_metadata().num_rows();
    assert_eq!(usize::try_from(n_rows).unwrap(), rows.len());
    let first = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    let column = |name| COLUMNS.iter().position(|column| column.0 == name).unwrap();
    assert_eq!(
        first.get_string(column("subject")).unwrap(),
        "Réunion de mardi : salle et horaires"
    );
    assert!((first.get_double(column("log10_lr")).unwrap() - 1.2).abs() < 1e-9);
    assert!(first.get_string(column("not_examined")).is_err(), "null");
}

#[test]
fn sums_agree_and_cards_are_bounded() {
    let mut rows = many();
    for n in 0..500u32 {
        let name = format!("questioned {n}");
        let weight = -f64::from(n) / 100.0;
        rows.push(item(
            &name,
            Kind::Document,
            Class::Questioned,
            Basis::Inferred,
            weight,
        ));
    }
    let report = report(&rows);
    let by_kind: u64 = report
        .opinions_by_kind
        .iter()
        .map(|(_, counts)| counts.total())
        .sum();
    assert_eq!(by_kind, report.opinions.total());
    let all: u64 = report.kinds.iter().map(|row| row.n_items).sum();
    assert_eq!(all, report.opinions.total() + report.n_not_examined + 2); // two containers
    assert_eq!(report.questioned.shown.len(), crate::limits::MAX_CARDS);
    assert!(report.questioned.n_left_out() > 300);
    let first = &report.questioned.shown[0];
    assert!(
        report
            .questioned
            .shown
            .iter()
            .all(|card| card.log10_lr >= first.log10_lr)
    );
}

#[test]
fn an_empty_report_has_every_face() {
    let report = ReportBuilder::new(invented::examination()).finish();
    let mut page = Vec::new();
    html(&report, &mut page).unwrap();
    assert!(terminal(&report, 80, true).contains("Nothing in these exhibits could be examined."));
}

#[test]
fn nothing_in_the_page_runs_or_loads() {
    let page = page(&many());
    assert!(page.contains("default-src 'none'"));
    for forbidden in [
        "<script",
        "<img",
        "<iframe",
        "<link",
        "src=",
        "href=\"http",
        "style=",
        "onerror=",
    ] {
        let found = page.find(forbidden);
        let escaped = forbidden == "onerror=" || forbidden == "src=";
        // These two appear as text, inside an escaped name.
        assert!(found.is_none() || escaped, "{forbidden} at {found:?}");
    }
    assert!(!page.contains("<b><b>"));
}

/// Every tag that the page opens is closed, and only known tags occur.
fn tags_balance(page: &str) {
    const VOID: [&str; 8] = [
        "meta", "rect", "line", "circle", "path", "br", "!DOCTYPE", "img",
    ];
    let body = page.replace(include_str!("../html/style.css"), "");
    let mut open: Vec<String> = Vec::new();
    for piece in body.split('<').skip(1) {
        let tag: &str = piece.split('>').next().unwrap();
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/', '\n'])
            .next()
            .unwrap();
        if VOID.contains(&name) {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
        } else {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, Vec::<String>::new());
}

#[test]
fn tags_are_balanced() {
    tags_balance(&page(&few()));
    tags_balance(&page(&many()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_string_of_an_item_is_markup_or_moves_the_cursor(
        hostile in prop_oneof![
            "(?s).{0,40}",
            "[<>\"'&a-z/=\u{1b}\u{202e}\u{0}]{0,30}",
            Just("</style><script>alert(1)</script>".to_owned()),
        ]
    ) {
        let mut rows = few();
        for row in &mut rows {
            poison(row, &hostile);
        }
        let page = page(&rows);
        prop_assert!(!page.contains("<script"));
        tags_balance(&page);
        let texts = [terminal(&report(&rows), 80, false)]
            .into_iter()
            .chain(rows.iter().map(|row| item_text(&row.row(), false)));
        for text in texts {
            prop_assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
            let turns = text.contains(['\u{202e}', '\u{2066}', '\u{200f}']);
            prop_assert!(!turns);
        }
        for line in lines(&rows).lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            prop_assert!(!line.chars().any(char::is_control));
            for place in value["places"].as_array().unwrap() {
                prop_assert_eq!(place["path"].as_str().unwrap(), &*hostile);
            }
        }
        prop_assert_eq!(csv(&rows).lines().count(), rows.len() + 1);
        let summary = summary_json(&report(&rows));
        serde_json::from_str::<serde_json::Value>(&summary).unwrap();
    }
}

/// Puts the text in every place where text from an item can stand.
fn poison(row: &mut Row, hostile: &str) {
    for place in &mut row.facts.places {
        place.path = hostile.to_owned();
        place.exhibit = hostile.into();
        place.mailbox = Some(hostile.into());
    }
    row.facts.media_type = hostile.to_owned();
    if let Some(message) = &mut row.facts.message {
        message.subject = hostile.to_owned();
        message.from = format!("{hostile}@{hostile}");
        message.from_name = hostile.to_owned();
        message.to = vec![hostile.to_owned()];
        message.message_id = hostile.to_owned();
    }
    if let Some(document) = &mut row.facts.document {
        document.title = hostile.to_owned();
        document.author = hostile.to_owned();
        document.last_modified_by = hostile.to_owned();
        document.application = hostile.to_owned();
    }
    for signature in &mut row.facts.signatures {
        signature.by = hostile.to_owned();
        signature.selector = hostile.to_owned();
        signature.reason = hostile.to_owned();
        signature.repairs = vec![hostile.to_owned()];
    }
    for evidence in &mut row.opinion.evidence {
        let finding = std::sync::Arc::make_mut(&mut evidence.finding);
        finding.says = hostile.to_owned();
        finding.test = hostile.to_owned().into();
        if let Some(difference) = &mut finding.difference {
            difference.of = hostile.to_owned();
            difference
                .changes
                .push(mabillon_case::Change::OnlyHere(hostile.to_owned()));
        }
    }
    row.opinion.because = hostile.to_owned();
    row.opinion.words = hostile.to_owned();
    for warning in &mut row.warnings {
        warning.says = hostile.to_owned();
    }
    row.partial = Some(hostile.to_owned());
    if row.not_examined.is_some() {
        row.not_examined = Some(hostile.to_owned());
    }
}
