//! The report as one HTML file that loads nothing: no script, no picture from elsewhere, a content security policy
//! that forbids both. To be read on a screen, light or dark, and to be printed.

mod annex;
mod cards;
mod charts;
mod escape;
mod first;
mod making;
mod missing;
mod opinions;
mod phishing;
mod proof;
mod selection;

use std::io::{self, Write};

use mabillon_case::{Class, Origin, sha256};

use crate::model::Report;
use crate::words::{counted, size};
use escape::Esc;

/// The one style block. The policy names its hash, so that no other style can be slipped in.
const STYLE: &str = include_str!("style.css");

/// Writes the report.
///
/// # Errors
/// Where `out` cannot be written.
pub fn html(report: &Report, out: &mut impl Write) -> io::Result<()> {
    head(report, out)?;
    charts::patterns(out)?;
    mast(report, out)?;
    annex::accounting_first(&report.accounting, out)?;
    opening(report, out)?;
    opinions::opinions(report, out)?;
    opinions::over_time(report, out)?;
    opinions::by_name(report, out)?;
    cards::cards(Class::Contradicted, &report.contradicted, out)?;
    cards::cards(Class::Questioned, &report.questioned, out)?;
    if !report.making.is_empty() {
        making::making(&report.making, out)?;
        missing::missing(&report.making.record.conversations, out)?;
    }
    if !report.making.record.phishing.candidates.is_empty() {
        phishing::phishing(&report.making.record.phishing, out)?;
    }
    proof::keys(&report.keys, out)?;
    proof::lost_keys(&report.lost_keys, out)?;
    proof::limits_of_proof(report, out)?;
    annex::not_examined(report, out)?;
    annex::tests(report, out)?;
    annex::accounting(&report.accounting, out)?;
    annex::verbal_scale(out)?;
    annex::run(report, out)?;
    foot(out)
}

fn head(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let hash = base64_simd::STANDARD.encode_to_string(sha256(STYLE.as_bytes()));
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta name=\"referrer\" content=\"no-referrer\">\n\
        <title>Examination of {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<div class=\"page\">\n",
        Esc(exhibit_names(report, Origin::Collection))
    )
}

fn mast(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let examination = &report.examination;
    let bytes: u64 = examination
        .exhibits
        .iter()
        .filter(|exhibit| exhibit.origin == Origin::Collection)
        .map(|exhibit| exhibit.size_bytes)
        .sum();
    write!(
        out,
        "<div class=\"mast\"><span><b>Mabillon</b> &nbsp;Examination report</span><span>{}, {}",
        Esc(exhibit_names(report, Origin::Collection)),
        size(bytes)
    )?;
    let originals = exhibit_names(report, Origin::Reference);
    if !originals.is_empty() {
        write!(out, ", against the originals in {}", Esc(originals))?;
    }
    writeln!(
        out,
        "</span><span>{}</span></div>\n<main>",
        Esc(examination.started.get(..10).unwrap_or_default())
    )
}

fn opening(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "<h1>{}</h1>\n<p class=\"lede\">{}</p>",
        Esc(&report.headline),
        Esc(&report.summary)
    )?;
    first::look_here_first(report, out)?;
    out.write_all(b"<nav aria-label=\"Contents\"><a href=\"#opinions\">Opinions</a> <a href=\"#time\">Over time</a> <a href=\"#names\">Mailboxes and senders</a>")?;
    for (class, cards) in [
        (Class::Contradicted, &report.contradicted),
        (Class::Questioned, &report.questioned),
    ] {
        if cards.n_items > 0 {
            let word = class.word();
            write!(
                out,
                " <a href=\"#{word}\">{}</a>",
                counted(cards.n_items, word, word)
            )?;
        }
    }
    if !report.making.is_empty() {
        out.write_all(
            b" <a href=\"#making\">How it was made</a> <a href=\"#missing\">Missing messages</a>",
        )?;
    }
    if !report.making.record.phishing.candidates.is_empty() {
        out.write_all(b" <a href=\"#phishing\">Phishing</a>")?;
    }
    out.write_all(b" <a href=\"#keys\">What proved what</a> <a href=\"#limits\">What this does not prove</a> <a href=\"#not-examined\">Not examined</a> <a href=\"#tests\">Tests</a> <a href=\"#accounting\">Accounting</a> <a href=\"#scale\">Verbal scale</a> <a href=\"#run\">What was run</a></nav>\n")
}

fn foot(out: &mut impl Write) -> io::Result<()> {
    out.write_all(
        b"</main>\n<footer><p>This report speaks of origin, integrity and provenance. It does not say that anything is true, gives no probability that an item is false, and names no culprit. \
        One item with all its evidence: <span class=\"mono\">mabillon show CASE ITEM</span>. One test with its innocent explanations: <span class=\"mono\">mabillon explain TEST</span>.</p></footer>\n\
        </div>\n</body>\n</html>\n",
    )
}

fn exhibit_names(report: &Report, origin: Origin) -> String {
    let names: Vec<&str> = report
        .examination
        .exhibits
        .iter()
        .filter(|exhibit| exhibit.origin == origin)
        .map(|exhibit| exhibit.name.as_str())
        .collect();
    names.join(", ")
}

/// Opens a section: its name, and a note that says how to read it.
fn section(out: &mut impl Write, id: &str, name: &str, note: &str) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"{id}\" aria-labelledby=\"h-{id}\"><header><h2 id=\"h-{id}\">{name}</h2><p>{note}</p></header><div class=\"body\">"
    )
}

/// Closes a section.
fn end_section(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"</div></section>\n")
}

/// Opens a table with its caption and column names; a name that starts with `#` is of a column of numbers.
fn table(out: &mut impl Write, class: &str, caption: &str, columns: &[&str]) -> io::Result<()> {
    write!(out, "<div class=\"scroll\"><table class=\"{class}\">")?;
    if !caption.is_empty() {
        write!(out, "<caption>{caption}</caption>")?;
    }
    out.write_all(b"<thead><tr>")?;
    for column in columns {
        match column.strip_prefix('#') {
            Some(name) => write!(out, "<th scope=\"col\" class=\"n\">{name}</th>")?,
            None => write!(out, "<th scope=\"col\">{column}</th>")?,
        }
    }
    out.write_all(b"</tr></thead><tbody>\n")
}

/// Closes a table.
fn end_table(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"</tbody></table></div>\n")
}

/// A cell with a count; nought is shown faintly.
fn count_cell(out: &mut impl Write, n: u64) -> io::Result<()> {
    let class = if n == 0 { "n zero" } else { "n" };
    write!(
        out,
        "<td class=\"{class}\">{}</td>",
        crate::words::number(n)
    )
}
