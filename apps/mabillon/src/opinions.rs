//! The passes after the item pass: groups, then opinions.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use mabillon_case::{FactRows, Finding, ItemId, Kind, NotRun};
use mabillon_examine::{GroupPass, TESTS, World, group_pass};
use mabillon_interpret::{Interpreter, Subject};
use mabillon_keep::{Case, Formed, ItemRow, KeepError};
use mabillon_report::ReportBuilder;

use crate::case_report;

/// What the group pass leaves for [`form`].
pub(crate) struct Groups {
    pass: GroupPass,
    /// The files of facts are written beside everything that comes after the group pass.
    facts_files: JoinHandle<Result<Vec<PathBuf>, KeepError>>,
}

/// Runs the collection tests over all facts and stores what they found.
pub(crate) fn examine_groups(
    case: &mut Case,
    facts: FactRows,
    world: &World,
    n_threads: usize,
) -> anyhow::Result<Groups> {
    let facts_files = case.facts_files()?;
    let texts = case.texts();
    // A text that cannot be read back is as good as none; `verify` names the damage.
    let text_of = |item: &ItemId| texts.of(item).ok().flatten();
    let mut pass = group_pass(&facts, &text_of, world, n_threads);
    if let Some(says) = facts.failure() {
        anyhow::bail!("the case is damaged: {says}");
    }
    let facts = Arc::new(facts);
    let written = Arc::clone(&facts);
    let facts_files = std::thread::spawn(move || facts_files.write(&written));
    let findings = std::mem::take(&mut pass.findings);
    case.write_group_findings(facts.ids().iter().zip(&findings))?;
    case.write_collection(&pass.collection)?;
    Ok(Groups { pass, facts_files })
}

/// Forms an opinion on every item from all its findings, and shows each item to the report on the way.
pub(crate) fn form(
    case: &mut Case,
    interpreter: &Interpreter,
    groups: Groups,
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
        let mut findings: Vec<&Arc<Finding>> = row.findings.iter().collect();
        findings.sort_by_key(|finding| order.get(&*finding.test).copied().unwrap_or(usize::MAX));
        Some(Formed {
            opinion: interpreter.opinion(findings, subject(row)),
            not_run: groups.pass.not_run(number).map(Arc::new).collect(),
        })
    };
    let show = |row: &ItemRow, formed: Option<&Formed>| {
        let Some(formed) = formed else { return };
        let mut shown = case_report::shown(row, &formed.opinion);
        let not_run: Vec<Arc<NotRun>> =
            row.not_run.iter().chain(&formed.not_run).cloned().collect();
        shown.not_run = &not_run;
        report.item(&shown);
    };
    case.form_opinions(n_threads, form, show)?;
    let written = groups.facts_files.join();
    written.map_err(|_| anyhow::anyhow!("writing the facts stopped with an internal error"))??;
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
