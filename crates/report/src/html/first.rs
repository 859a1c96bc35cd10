//! The first screen: the items that a reader should look at before all others, each with its reason.

use std::io::{self, Write};

use mabillon_case::Class;

use super::escape::Esc;
use crate::model::{Card, Report};
use crate::words::number;

/// Items named on the first screen: what fits on it beside the headline.
const N_FIRST: usize = 6;
/// Characters of a title and of a reason there; the card has both in full.
const TITLE_CHARS: usize = 80;
const REASON_CHARS: usize = 220;

/// The worst items, contradicted before questioned, each leading to its card; nothing where there is none.
pub(super) fn look_here_first(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let contradicted = report.contradicted.shown.iter();
    let questioned = report.questioned.shown.iter();
    let first: Vec<(&str, &Card)> = contradicted
        .map(|card| (Class::Contradicted.word(), card))
        .chain(questioned.map(|card| (Class::Questioned.word(), card)))
        .take(N_FIRST)
        .collect();
    if first.is_empty() {
        return Ok(());
    }
    out.write_all(b"<div class=\"first\"><h2>Look here first</h2>\n<ol>\n")?;
    for (word, card) in &first {
        let known_by: Vec<&str> = card
            .labels
            .iter()
            .filter(|(name, _)| matches!(*name, "From" | "Author" | "Date"))
            .map(|(_, value)| value.as_str())
            .collect();
        writeln!(
            out,
            "<li class=\"{word}\"><a href=\"#{}\">{}</a> <span class=\"by\">{}</span><br><b>{word}:</b> {}</li>",
            anchor(card),
            Esc(clipped(&card.title, TITLE_CHARS)),
            Esc(clipped(&known_by.join(", "), TITLE_CHARS)),
            Esc(clipped(&card.because, REASON_CHARS)),
        )?;
    }
    out.write_all(b"</ol>")?;
    let n_more = (report.contradicted.n_items + report.questioned.n_items)
        .saturating_sub(first.len() as u64);
    if n_more > 0 {
        write!(
            out,
            "<p class=\"small\">The worst by weight of evidence; {} more below.</p>",
            number(n_more)
        )?;
    }
    out.write_all(b"</div>\n")
}

/// The name under which other places of the report lead to a card.
pub(super) fn anchor(card: &Card) -> String {
    format!("item-{}", card.item)
}

fn clipped(text: &str, n_chars: usize) -> String {
    if text.chars().count() <= n_chars {
        return text.to_owned();
    }
    let kept: String = text.chars().take(n_chars).collect();
    format!("{}…", kept.trim_end())
}
