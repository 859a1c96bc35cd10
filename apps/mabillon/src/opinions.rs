//! The passes after the item pass: groups, then opinions.

use std::collections::HashMap;

use mabillon_case::{Facts, Finding, ItemId, Kind, NotRun};
use mabillon_examine::{GroupPass, TESTS, World, group_pass};
use mabillon_interpret::{Interpreter, Subject};
use mabillon_keep::{Case, Formed, ItemRow, KeepError};
use mabillon_report::ReportBuilder;

use crate::case_report;

/// Runs the collection tests over all facts and stores what they found; the files of facts are written beside the last.
/// Gives what they did not find, for [`form`].
pub(crate) fn examine_groups(
    case: &mut Case,
    facts: Vec<Facts>,
    world: &World,
    n_threads: usize,
) -> anyhow::Result<GroupPass> {
    let facts_files = case.facts_files()?;
    let texts = case.texts();
    // A text that cannot be read back is as good as none; `verify` names the damage.
    let text_of = |item: &ItemId| texts.of(item).ok().flatten();
    let mut pass = group_pass(&facts, &text_of, world, n_threads);
    let findings = std::mem::take(&mut pass.findings);
    let written = std::thread::scope(|scope| {
        let writing = scope.spawn(move || facts_files.write(&facts));
        case.write_group_findings(&findings)?;
        case.write_collection(&pass.collection)?;
        Ok::<_, KeepError>(writing.join())
    })?;
    written.map_err(|_| anyhow::anyhow!("writing the facts stopped with an internal error"))??;
    Ok(pass)
}

/// Forms an opinion on every item from all its findings, and shows each item to the report on the way.
pub(crate) fn form(
    case: &mut Case,
    interpreter: &Interpreter,
    groups: &GroupPass,
    report: &mut ReportBuilder,
    n_threads: usize,
) -> anyhow::Result<()> {
    let order: HashMap<&str, usize> = TESTS
        .iter()
        .enumerate()
        .map(|(index, test)| (test.id, index))
        .collect();
    // Facts and rows come in the same order, that of the item ids.
    let form = |number: usize, row: &ItemRow| {
        let mut findings: Vec<&Finding> = row.findings.iter().collect();
        findings.sort_by_key(|finding| order.get(&*finding.test).copied().unwrap_or(usize::MAX));
        Some(Formed {
            opinion: interpreter.opinion(findings, subject(row)),
            not_run: groups.not_run(number).collect(),
        })
    };
    let show = |row: &ItemRow, formed: Option<&Formed>| {
        let Some(formed) = formed else { return };
        let mut shown = case_report::shown(row, &formed.opinion);
        let not_run: Vec<NotRun> = row.not_run.iter().chain(&formed.not_run).cloned().collect();
        shown.not_run = &not_run;
        report.item(&shown);
    };
    case.form_opinions(n_threads, form, show)?;
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
