//! From the rows of a case to the report and its faces.

use std::io::Write as _;

use anyhow::Context as _;
use mabillon_case::{Basis, Class, ExaminationRecord, Opinion};
use mabillon_keep::{Case, ItemRow};
use mabillon_report::{Report, ReportBuilder};

/// The report of a case as it stands.
pub(crate) fn build(case: &Case, examination: ExaminationRecord) -> anyhow::Result<Report> {
    let mut builder = begin(case);
    each_item(case, |row| {
        builder.item(row);
        Ok(())
    })?;
    finish(builder, case, examination)
}

/// An empty report, to be shown every item in order of id.
pub(crate) fn begin(case: &Case) -> ReportBuilder {
    ReportBuilder::new(case.examination()).written_to(case.report_path().display().to_string())
}

/// The report once it was shown every item.
pub(crate) fn finish(
    mut builder: ReportBuilder,
    case: &Case,
    examination: ExaminationRecord,
) -> anyhow::Result<Report> {
    for account in case.accounts()? {
        builder.accounting(&account);
    }
    Ok(builder.of(examination).finish())
}

/// Writes the HTML face of a report to a file, whole or not at all.
pub(crate) fn write_html(report: &Report, path: &std::path::Path) -> anyhow::Result<()> {
    let said = || format!("failed to write the report {}", path.display());
    let unfinished = path.with_extension("html.part");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&unfinished).with_context(said)?);
    mabillon_report::html(report, &mut out).with_context(said)?;
    out.flush().with_context(said)?;
    std::fs::rename(&unfinished, path).with_context(said)
}

/// Shows every reported item of a case, in order of id.
pub(crate) fn each_item(
    case: &Case,
    mut take: impl FnMut(&mabillon_report::ItemRow<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    case.for_each_item(|row| {
        let opinion = row.opinion.clone().unwrap_or_else(no_opinion);
        let shown = shown(&row, &opinion);
        if shown.is_reported() {
            take(&shown)
        } else {
            Ok(())
        }
    })
}

/// One row of the case as the report sees it.
pub(crate) fn shown<'a>(row: &'a ItemRow, opinion: &'a Opinion) -> mabillon_report::ItemRow<'a> {
    mabillon_report::ItemRow {
        facts: &row.facts,
        opinion,
        findings: &row.findings,
        not_run: &row.not_run,
        warnings: &row.warnings,
        not_examined: row.not_examined.as_deref(),
        partial: row.partial.as_deref(),
    }
}

/// What stands for an opinion where none was formed yet.
pub(crate) fn no_opinion() -> Opinion {
    Opinion {
        class: Class::Unresolved,
        basis: Basis::None,
        log10_lr: 0.0,
        words: String::new(),
        because: "No opinion was formed.".to_owned(),
        evidence: Vec::new(),
        groups: Vec::new(),
    }
}
