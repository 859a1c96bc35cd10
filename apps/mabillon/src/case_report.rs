//! From the rows of a case to the report and its faces.

use std::io::Write as _;

use anyhow::Context as _;
use mabillon_case::{Basis, Class, ExaminationRecord, Opinion};
use mabillon_keep::{Case, ItemRow};
use mabillon_report::{Card, LostKeys, Report, ReportBuilder, clip};

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
    builder.collection(case.collection()?);
    builder.balance(case.balance()?);
    builder.lost_keys(&case.key_searches()?);
    let mut report = builder.of(examination).finish();
    let cards = [&mut report.contradicted, &mut report.questioned];
    for card in cards.into_iter().flat_map(|cards| &mut cards.shown) {
        if let Some(name) = name_of_attachment(case, card)? {
            card.title = name;
        }
    }
    Ok(report)
}

/// The name under which a message carries an item that has no other.
fn name_of_attachment(case: &Case, card: &Card) -> anyhow::Result<Option<String>> {
    let Some(carrier) = &card.carried_by else {
        return Ok(None);
    };
    let message = case.item(carrier)?.and_then(|row| row.facts.message);
    let attachments = message.map(|message| message.attachments);
    let named = attachments.into_iter().flatten();
    let mut named = named.filter(|one| one.item == card.item && !one.file_name.is_empty());
    Ok(named
        .next()
        .map(|one| clip(&one.file_name, NAME_CHARS_MAX).into_owned()))
}

/// Characters of the name of an attachment that are shown as a title.
const NAME_CHARS_MAX: usize = 200;

/// Writes the HTML face of a report to a file, whole or not at all.
pub(crate) fn write_html(report: &Report, path: &std::path::Path) -> anyhow::Result<()> {
    let said = || format!("failed to write the report {}", path.display());
    let unfinished = path.with_extension("html.part");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&unfinished).with_context(said)?);
    mabillon_report::html(report, &mut out).with_context(said)?;
    out.flush().with_context(said)?;
    std::fs::rename(&unfinished, path).with_context(said)
}

/// Writes what the collection as a whole tells, for other programs, whole or not at all.
pub(crate) fn write_collection(report: &Report, path: &std::path::Path) -> anyhow::Result<()> {
    let said = || format!("failed to write {}", path.display());
    let unfinished = path.with_extension("json.part");
    let json = mabillon_report::collection_json(&report.making.record);
    std::fs::write(&unfinished, json).with_context(said)?;
    std::fs::rename(&unfinished, path).with_context(said)
}

/// Shows every reported item of a case, in order of id.
pub(crate) fn each_item(
    case: &Case,
    mut take: impl FnMut(&mabillon_report::ItemRow<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let lost_keys = LostKeys::of(case.key_searches()?);
    case.for_each_item(|row| {
        let opinion = row.opinion.clone().unwrap_or_else(no_opinion);
        let mut shown = shown(&row, &opinion);
        shown.lost_keys = Some(&lost_keys);
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
        lost_keys: None,
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
