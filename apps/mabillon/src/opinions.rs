//! The passes after the item pass: groups, then opinions.

use std::collections::HashMap;

use mabillon_case::{Finding, ItemId, Kind};
use mabillon_examine::{TESTS, World, group_pass};
use mabillon_interpret::{Interpreter, Subject};
use mabillon_keep::{Case, ItemRow};
use mabillon_report::ReportBuilder;

use crate::case_report;

/// Runs the collection tests over all facts and stores what they found.
pub(crate) fn examine_groups(
    case: &mut Case,
    world: &World,
    n_threads: usize,
) -> anyhow::Result<()> {
    let facts = case.load_facts()?;
    let texts = case.texts();
    // A text that cannot be read back is as good as none; `verify` names the damage.
    let text_of = |item: &ItemId| texts.of(item).ok().flatten();
    let pass = group_pass(&facts, &text_of, world, n_threads);
    drop(facts);
    let findings: Vec<(ItemId, Finding)> = pass
        .findings
        .into_iter()
        .flat_map(|(item, findings)| findings.into_iter().map(move |finding| (item, finding)))
        .collect();
    case.write_group_findings(&findings)?;
    Ok(())
}

/// Forms an opinion on every item from all its findings, and shows each item to the report on the way.
pub(crate) fn form(
    case: &mut Case,
    interpreter: &Interpreter,
    report: &mut ReportBuilder,
) -> anyhow::Result<()> {
    let order: HashMap<&str, usize> = TESTS
        .iter()
        .enumerate()
        .map(|(index, test)| (test.id, index))
        .collect();
    case.form_opinions(|row| {
        let mut findings = row.findings.clone();
        findings.sort_by_key(|finding| order.get(&*finding.test).copied().unwrap_or(usize::MAX));
        let opinion = interpreter.opinion(&findings, subject(row));
        report.item(&case_report::shown(row, &opinion));
        Some(opinion)
    })?;
    Ok(())
}

fn subject(row: &ItemRow) -> Subject {
    if row.not_examined.is_some() {
        Subject::NotExamined
    } else if matches!(row.facts.kind, Kind::Mailbox | Kind::Archive) {
        Subject::Container
    } else {
        Subject::Item
    }
}

/// Ids of all tests, in order: what the record of the examination says ran.
pub(crate) fn test_ids() -> Vec<String> {
    TESTS.iter().map(|test| test.id.to_owned()).collect()
}
