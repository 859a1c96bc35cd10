//! The box that belongs beside every share of proved mail: who gets proved, and who does not.

use std::io::{self, Write};

use mabillon_case::{ProvedShare, Selection};

use super::escape::Esc;
use super::{count_cell, end_table, table};
use crate::words::share;

/// Months that are shown one by one; more are shown by year.
const MONTHS_SHOWN_MAX: usize = 24;
/// Languages shown; the rest stand in `collection.json`.
const LANGUAGES_SHOWN_MAX: usize = 8;

/// It stands in every report, also where no message was examined.
pub(super) fn selection(selection: &Selection, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"<div class=\"box\" id=\"selection\"><h3>Who gets proved: the share differs by class of mail</h3>\
        <p>Bulk mail is signed most often, and sent copies almost never. The share that verifies therefore says nothing about the rest, and a forger puts a forged item where nothing can be verified. \
        Compare like with like: mail between people of one month with mail between people of that month. This is no evidence for or against any item.</p>\n")?;
    if selection.classes.iter().all(|row| row.n_messages == 0) {
        return out.write_all(b"<p>No message was examined.</p></div>\n");
    }
    rows("Class of mail in this collection", &selection.classes, out)?;
    rows("Size of the message", &selection.sizes, out)?;
    languages(&selection.languages, out)?;
    if selection.months.len() > MONTHS_SHOWN_MAX {
        rows("Year", &years(&selection.months), out)?;
    } else {
        rows("Month", &selection.months, out)?;
    }
    out.write_all(b"<p class=\"small\">Proved: whole, by a signature under an anchored key. Signed: with a signature of any kind, whatever came of it. \
        Languages are told by function words, where there are enough of them. Every month is in <span class=\"mono\">collection.json</span>.</p></div>\n")
}

fn rows(what: &str, rows: &[ProvedShare], out: &mut impl Write) -> io::Result<()> {
    table(
        out,
        "",
        "",
        &[what, "#Messages", "#Signed", "#Proved", "#Share proved"],
    )?;
    for row in rows.iter().filter(|row| row.n_messages > 0) {
        let name = match row.name.as_str() {
            "" => "not known",
            name => name,
        };
        write!(out, "<tr><th scope=\"row\">{}</th>", Esc(name))?;
        for n in [row.n_messages, row.n_signed, row.n_proved] {
            count_cell(out, n)?;
        }
        writeln!(
            out,
            "<td class=\"n\">{}</td></tr>",
            share(row.n_proved, row.n_messages)
        )?;
    }
    end_table(out)
}

fn languages(languages: &[ProvedShare], out: &mut impl Write) -> io::Result<()> {
    let shown = languages.get(..LANGUAGES_SHOWN_MAX).unwrap_or(languages);
    rows("Language of what the author wrote", shown, out)
}

/// Months, in order, by year.
fn years(months: &[ProvedShare]) -> Vec<ProvedShare> {
    let year = |row: &ProvedShare| row.name.get(..4).unwrap_or_default().to_owned();
    months
        .chunk_by(|a, b| year(a) == year(b))
        .map(|of_year| ProvedShare {
            name: of_year.first().map(year).unwrap_or_default(),
            n_messages: of_year.iter().map(|row| row.n_messages).sum(),
            n_signed: of_year.iter().map(|row| row.n_signed).sum(),
            n_proved: of_year.iter().map(|row| row.n_proved).sum(),
        })
        .collect()
}
