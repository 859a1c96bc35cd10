use std::fs::File;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::RowAccessor as _;

use super::made::{case, id};

#[test]
#[expect(clippy::too_many_lines, reason = "one file, column by column")]
fn facts_are_read_back_and_the_same_bytes_each_time() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    case(first.path(), 30);
    case(second.path(), 30);
    let [one, other] = [&first, &second].map(|dir| dir.path().join("facts/part-00000.parquet"));
    assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&other).unwrap());

    let reader = SerializedFileReader::new(File::open(one).unwrap()).unwrap();
    let names: Vec<String> = reader
        .metadata()
        .file_metadata()
        .schema_descr()
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    let at = |name: &str| names.iter().position(|other| other == name).unwrap();
    let rows: Vec<_> = reader
        .get_row_iter(None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(rows.len(), 31);
    let row = |number| {
        let wanted = id(number).to_string();
        rows.iter()
            .find(|row| row.get_string(at("item")).unwrap() == &wanted)
            .unwrap()
    };
    let message = row(5);
    assert_eq!(
        message.get_string(at("subject")).unwrap(),
        "Budget for week 5"
    );
    assert_eq!(
        message.get_string(at("to")).unwrap(),
        "desk@campaign.example\npress@paper.example"
    );
    assert_eq!(
        message.get_string(at("attachment_names")).unwrap(),
        "costs.xlsx"
    );
    assert_eq!(message.get_int(at("date_offset")).unwrap(), 120);
    assert!(
        message
            .get_string(at("places"))
            .unwrap()
            .contains("\"path\":\"mail/box4.mbox!message 5\"")
    );
    assert!(
        message.get_string(at("title")).is_err(),
        "null for a message"
    );
    let document = row(3);
    assert_eq!(document.get_string(at("title")).unwrap(), "Plan 3");
    assert!(document.get_bool(at("in_collection")).unwrap());
    assert!(
        document.get_string(at("subject")).is_err(),
        "null for a document"
    );
}
