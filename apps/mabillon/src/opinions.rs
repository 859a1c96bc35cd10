//! The passes after the item pass: groups, then opinions.

use std::collections::HashMap;

use mabillon_case::{Finding, ItemId, Kind};
use mabillon_examine::{TESTS, World, group_pass};
use mabillon_interpret::{Interpreter, Subject};
use mabillon_keep::{Case, ItemRow};

/// Runs the collection tests over all facts and stores what they found.
pub(crate) fn examine_groups(case: &mut Case, world: &World) -> anyhow::Result<()> {
    let facts = case.load_facts()?;
    // A text that cannot be read back is as good as none; `verify` names the damage.
    let pass = group_pass(&facts, &|item| case.text_of(item).ok().flatten(), world);
    let findings: Vec<(ItemId, Finding)> = pass
        .findings
        .into_iter()
        .flat_map(|(item, findings)| findings.into_iter().map(move |finding| (item, finding)))
        .collect();
    case.write_group_findings(&findings)?;
    Ok(())
}

/// Forms an opinion on every item from all its findings.
pub(crate) fn form(case: &mut Case, interpreter: &Interpreter) -> anyhow::Result<()> {
    let order: HashMap<&str, usize> = TESTS
        .iter()
        .enumerate()
        .map(|(index, test)| (test.id, index))
        .collect();
    case.form_opinions(|row| {
        let mut findings = row.findings.clone();
        findings.sort_by_key(|finding| order.get(&*finding.test).copied().unwrap_or(usize::MAX));
        Some(interpreter.opinion(&findings, subject(row)))
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
