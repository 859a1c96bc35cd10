//! The annex: what was not examined, which tests ran, the accounting, the scale, the run itself.

use std::io::{self, Write};

use mabillon_case::{Accounting, Origin, VERBAL_SCALE};

use super::escape::Esc;
use super::{count_cell, end_section, end_table, section, table};
use crate::model::{AccountingSummary, Reasons, Report, TestRow, WarningRow};
use crate::words::{
    container_name, containers_words, counted, holders_words, items_words, mismatch_words, number,
    size,
};

/// Reasons why a test did not apply that are shown; the rest are counted.
const MAX_REASONS_PER_TEST: usize = 2;

/// What could not be examined, wholly or in part, and warnings about our own reading.
pub(super) fn not_examined(report: &Report, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "not-examined",
        "Not examined",
        "Nothing is skipped in silence. The full list is in the JSONL export, in the field not_examined.",
    )?;
    if report.not_examined.n_items == 0 {
        out.write_all(b"<p>Every item could be examined.</p>\n")?;
    } else {
        reasons(&report.not_examined, "Not examined at all", out)?;
    }
    if report.partial.n_items > 0 {
        reasons(&report.partial, "Examined only in part", out)?;
    }
    if !report.warnings.is_empty() {
        warnings(&report.warnings, out)?;
    }
    end_section(out)
}

fn reasons(reasons: &Reasons, caption: &str, out: &mut impl Write) -> io::Result<()> {
    let caption = format!("{caption}: {}", counted(reasons.n_items, "item", "items"));
    table(
        out,
        "",
        &caption,
        &["Reason", "#Items", "#Size", "For example"],
    )?;
    for row in &reasons.rows {
        write!(out, "<tr><th scope=\"row\">{}</th>", Esc(&row.reason))?;
        count_cell(out, row.n_items)?;
        write!(out, "<td class=\"n\">{}</td><td>", size(row.size_bytes))?;
        for example in &row.examples {
            write!(out, "<div class=\"mono\">{}</div>", Esc(example))?;
        }
        out.write_all(b"</td></tr>\n")?;
    }
    end_table(out)
}

fn warnings(warnings: &[WarningRow], out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"<h3>Warnings about our own reading</h3>")?;
    table(out, "", "", &["Code", "#Times", "The first says", "Where"])?;
    for row in warnings {
        write!(out, "<tr><th scope=\"row\">{}</th>", Esc(&row.code))?;
        count_cell(out, row.n)?;
        writeln!(
            out,
            "<td>{}</td><td><div class=\"mono\">{}</div></td></tr>",
            Esc(&row.says),
            Esc(&row.example)
        )?;
    }
    end_table(out)
}

/// Every test: how often it gave a finding, did not apply, failed.
pub(super) fn tests(report: &Report, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "tests",
        "Tests",
        "A test that does not apply has found nothing either way. What each examines, and its innocent explanations: \
        <span class=\"mono\">mabillon explain TEST</span>.",
    )?;
    table(
        out,
        "",
        "",
        &[
            "Test",
            "#Gave a finding",
            "Findings",
            "#Not applicable",
            "Mostly because",
            "#Failed",
        ],
    )?;
    for row in &report.tests {
        test_row(row, out)?;
    }
    end_table(out)?;
    end_section(out)
}

fn test_row(row: &TestRow, out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "<tr><th scope=\"row\"><span class=\"mono\">{}</span></th>",
        Esc(&row.test)
    )?;
    count_cell(out, row.n_items)?;
    let codes: Vec<String> = row
        .codes
        .iter()
        .map(|code| format!("{} {}", number(code.n), Esc(&code.code)))
        .collect();
    write!(out, "<td>{}</td>", codes.join("<br>"))?;
    count_cell(out, row.n_not_applicable)?;
    let mut reasons: Vec<String> = row
        .reasons
        .iter()
        .take(MAX_REASONS_PER_TEST)
        .map(|(reason, _)| Esc(reason).to_string())
        .collect();
    if let Some(more) = row.reasons.len().checked_sub(MAX_REASONS_PER_TEST + 1) {
        reasons.push(counted(more as u64 + 1, "other reason", "other reasons"));
    }
    write!(out, "<td>{}</td>", reasons.join("; "))?;
    count_cell(out, row.n_failed)?;
    out.write_all(b"</tr>\n")?;
    if row.n_failed > 0 {
        writeln!(
            out,
            "<tr><td></td><td colspan=\"5\">It failed the first time with: {}</td></tr>",
            Esc(&row.failure)
        )?;
    }
    Ok(())
}

/// What became of everything that was handed over: what the reader must know first.
pub(super) fn accounting_first(
    accounting: &AccountingSummary,
    out: &mut impl Write,
) -> io::Result<()> {
    let (class, heading) = if accounting.n_mismatches > 0 {
        ("alarm severe", "The accounting does not add up")
    } else if !accounting.is_complete() || !accounting.items.is_whole() {
        ("alarm", "Not everything could be examined")
    } else {
        ("account", "Everything was examined")
    };
    write!(
        out,
        "<div class=\"{class}\" role=\"note\"><h2>{heading}</h2>"
    )?;
    if accounting.n_mismatches > 0 {
        writeln!(out, "<p>{}</p><ul>", mismatch_words(accounting))?;
        for mismatch in &accounting.mismatches {
            writeln!(
                out,
                "<li><span class=\"mono\">{}</span> {}</li>",
                Esc(&mismatch.place),
                Esc(&mismatch.says)
            )?;
        }
        out.write_all(b"</ul>\n")?;
    }
    write!(out, "<p>{}", items_words(&accounting.items))?;
    if accounting.items.n_holders > 0 {
        let words = holders_words(&accounting.items);
        write!(out, " {words} and have no opinion of their own.")?;
    }
    if accounting.n_containers() > 0 {
        write!(out, " {}", containers_words(accounting))?;
    }
    out.write_all(b"</p>\n")?;
    if accounting.n_with_failures > 0 {
        listed(&accounting.listed, out)?;
    }
    out.write_all(b"</div>\n")
}

fn listed(accounts: &[Accounting], out: &mut impl Write) -> io::Result<()> {
    table(
        out,
        "",
        "",
        &[
            "Container",
            "#Expected",
            "#Taken out",
            "#Failed",
            "#Bytes failed",
        ],
    )?;
    for account in accounts {
        write!(
            out,
            "<tr><th scope=\"row\"><span class=\"mono\">{}</span></th>",
            Esc(account.place_text())
        )?;
        for n in [
            account.n_expected,
            account.n_decoded,
            account.n_failed,
            account.bytes_failed,
        ] {
            count_cell(out, n)?;
        }
        out.write_all(b"</tr>\n")?;
    }
    end_table(out)
}

/// The account of every container, summed.
pub(super) fn accounting(accounting: &AccountingSummary, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "accounting",
        "Accounting",
        "Every entry of every container is taken out or failed, and every byte has an owner.",
    )?;
    if accounting.is_complete() {
        out.write_all(b"<p>Every container gave all that it says it holds.</p>\n")?;
    }
    accounting_table(accounting, out)?;
    if !accounting.ignored.is_empty() {
        let ignored: Vec<String> = accounting
            .ignored
            .iter()
            .map(|(reason, bytes)| format!("{} {}", Esc(reason), size(*bytes)))
            .collect();
        writeln!(
            out,
            "<p class=\"small\">Bytes that are no entry: {}.</p>",
            ignored.join("; ")
        )?;
    }
    end_section(out)
}

fn accounting_table(accounting: &AccountingSummary, out: &mut impl Write) -> io::Result<()> {
    table(
        out,
        "",
        "",
        &[
            "Containers",
            "#Number",
            "#Entries expected",
            "#Taken out",
            "#Failed",
            "#Bytes taken out",
            "#Bytes failed",
            "#Bytes that are no entry",
        ],
    )?;
    for row in &accounting.rows {
        write!(
            out,
            "<tr><th scope=\"row\">{}</th>",
            container_name(row.kind)
        )?;
        for n in [
            row.n_containers,
            row.n_expected,
            row.n_decoded,
            row.n_failed,
            row.bytes_decoded,
            row.bytes_failed,
            row.bytes_ignored,
        ] {
            count_cell(out, n)?;
        }
        out.write_all(b"</tr>\n")?;
    }
    end_table(out)
}

/// The verbal scale with its numbers.
pub(super) fn verbal_scale(out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "scale",
        "Verbal scale",
        "Words for the strength of evidence, always with the numbers. After the ENFSI guideline for evaluative reporting (2015).",
    )?;
    out.write_all(b"<p>A weight compares two propositions: that the item is as its purported author left it, and that it was altered or made later. \
        It says how many times more probable the findings are if the one holds than if the other does. A plus sign supports the first, a minus sign the second. \
        How probable either was beforehand is for the reader to judge; this report does not.</p>\n")?;
    table(
        out,
        "",
        "",
        &[
            "Support",
            "How many times more probable",
            "#log10 LR, either sign",
        ],
    )?;
    let uppers = VERBAL_SCALE
        .iter()
        .skip(1)
        .map(|step| Some(step.from_log10));
    for (step, upper) in VERBAL_SCALE.iter().zip(uppers.chain([None])) {
        let upper = upper.map_or_else(
            || format!("{:.2} and above", step.from_log10),
            |upper| format!("{:.2} to {upper:.2}", step.from_log10),
        );
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{upper}</td></tr>",
            step.strength, step.range
        )?;
    }
    end_table(out)?;
    end_section(out)
}

/// What was run, on what, with what.
pub(super) fn run(report: &Report, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "run",
        "What was run",
        "The same exhibits, version and sources give the same findings to the byte.",
    )?;
    exhibits(report, out)?;
    let examination = &report.examination;
    let ended = if examination.ended.is_empty() {
        "not ended"
    } else {
        &examination.ended
    };
    write!(
        out,
        "<dl><dt>Program</dt><dd>Mabillon {}</dd><dt>Started</dt><dd>{}</dd><dt>Ended</dt><dd>{}</dd><dt>Tests</dt><dd>{}</dd>",
        Esc(&examination.version),
        Esc(&examination.started),
        Esc(ended),
        number(examination.tests.len() as u64)
    )?;
    for (name, values) in [
        ("Options", &examination.options),
        ("Sources", &examination.sources),
    ] {
        write!(out, "<dt>{name}</dt><dd>")?;
        for value in values {
            write!(out, "<div class=\"mono\">{}</div>", Esc(value))?;
        }
        if values.is_empty() {
            out.write_all(b"none")?;
        }
        out.write_all(b"</dd>")?;
    }
    out.write_all(b"</dl>")?;
    end_section(out)
}

fn exhibits(report: &Report, out: &mut impl Write) -> io::Result<()> {
    table(
        out,
        "",
        "Exhibits",
        &[
            "#No.",
            "Name",
            "Handed over as",
            "#Files",
            "#Size",
            "SHA-256",
        ],
    )?;
    for exhibit in &report.examination.exhibits {
        let origin = match exhibit.origin {
            Origin::Collection => "collection",
            Origin::Reference => "originals, compared with",
        };
        writeln!(
            out,
            "<tr><td class=\"n\">{}</td><th scope=\"row\">{}</th><td>{origin}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"mono\">{}</td></tr>",
            exhibit.number,
            Esc(&exhibit.name),
            number(exhibit.n_files),
            size(exhibit.size_bytes),
            exhibit.digest
        )?;
    }
    end_table(out)
}
