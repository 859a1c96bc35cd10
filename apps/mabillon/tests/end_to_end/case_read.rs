//! A case as the export shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::command::run;
use crate::dir::Dir;

/// The JSONL export of a case, to the byte.
pub(crate) fn jsonl(dir: &Dir, case: &str) -> String {
    run(dir, &["export", case, "--format", "jsonl"])
        .ended(0)
        .out
}

/// The items of the case `case`, in the order of the export.
pub(crate) fn items(dir: &Dir) -> Vec<Value> {
    items_of(dir, "case")
}

/// The items of a case, in the order of the export.
pub(crate) fn items_of(dir: &Dir, case: &str) -> Vec<Value> {
    let text = jsonl(dir, case);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Number of items of each kind, those that were not examined apart.
pub(crate) fn kinds(items: &[Value]) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for item in items {
        let kind = match &item["not_examined"] {
            Value::Null => item["kind"].as_str().unwrap(),
            _ => "not examined",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

/// The one item with this subject.
pub(crate) fn with_subject<'a>(items: &'a [Value], subject: &str) -> &'a Value {
    let mut found = items
        .iter()
        .filter(|item| item["message"]["subject"] == subject);
    let item = found.next();
    assert!(found.next().is_none(), "two messages say {subject}");
    item.unwrap_or_else(|| panic!("no message says {subject}"))
}

/// The one item at this path.
pub(crate) fn at_path<'a>(items: &'a [Value], path: &str) -> &'a Value {
    let lies_there = |item: &&Value| {
        let places = item["places"].as_array().unwrap();
        places.iter().any(|place| place["path"] == path)
    };
    let found = items.iter().find(lies_there);
    found.unwrap_or_else(|| panic!("nothing lies at {path}: {:?}", paths(items)))
}

/// Why the item at this path was not examined.
pub(crate) fn reason<'a>(items: &'a [Value], path: &str) -> &'a str {
    let reason = at_path(items, path)["not_examined"].as_str();
    reason.unwrap_or_else(|| panic!("{path} was examined"))
}

/// Why an item was examined in part.
pub(crate) fn reason_in_part(item: &Value) -> &str {
    let warnings = item["warnings"].as_array().unwrap();
    let partly = warnings
        .iter()
        .find(|warning| warning["code"] == "partly-examined");
    let partly = partly.unwrap_or_else(|| panic!("it was examined whole: {item}"));
    partly["says"].as_str().unwrap()
}

/// The paths of all places.
pub(crate) fn paths(items: &[Value]) -> Vec<&str> {
    let places = items.iter().filter_map(|item| item["places"].as_array());
    let mut paths: Vec<&str> = places
        .flatten()
        .map(|place| place["path"].as_str().unwrap())
        .collect();
    paths.sort_unstable();
    paths
}

/// Whether an item has a finding of this code.
pub(crate) fn has_finding(item: &Value, code: &str) -> bool {
    let findings = item["findings"].as_array().unwrap();
    findings.iter().any(|finding| finding["code"] == code)
}
