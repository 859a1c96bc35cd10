//! The contradicted and the questioned items, each with its evidence in plain words.

use std::io::{self, Write};

use mabillon_case::{Change, Class, Difference, Effect, verbal_scale, verbal_step};

use super::escape::Esc;
use super::first::anchor;
use super::{end_section, section};
use crate::model::{Card, CardFinding, Cards};
use crate::words::{basis_meaning, counted, kind_word, number, weight};

/// All cards of one class, worst first.
pub(super) fn cards(class: Class, cards: &Cards, out: &mut impl Write) -> io::Result<()> {
    let word = class.word();
    let (name, note) = match class {
        Class::Contradicted => (
            "Contradicted",
            "Do not use these as they stand. Demonstrated ones first: each differs from a proved copy or an original, \
            or shows what was not signed.",
        ),
        _ => (
            "Questioned",
            "Look before use. Findings support that each was altered or made later; each finding also has innocent \
            explanations, which <span class=\"mono\">mabillon explain TEST</span> lists.",
        ),
    };
    section(out, word, name, note)?;
    if cards.n_items == 0 {
        writeln!(out, "<p>No item is {word}.</p>")?;
    } else if cards.n_left_out() > 0 {
        writeln!(
            out,
            "<p>The worst {} of {}; the other {} are in the JSONL and CSV exports.</p>",
            number(cards.shown.len() as u64),
            counted(cards.n_items, "item", "items"),
            number(cards.n_left_out())
        )?;
    }
    for (index, shown) in cards.shown.iter().enumerate() {
        if index < N_OPEN_CARDS {
            card(word, shown, out)?;
        } else {
            folded_card(word, shown, out)?;
        }
    }
    end_section(out)
}

/// Cards that stand open; later ones show their reason and unfold. On paper all are open.
const N_OPEN_CARDS: usize = 15;

fn folded_card(word: &str, shown: &Card, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "<details class=\"folded\"><summary><b>{}</b> {}</summary>",
        Esc(&shown.title),
        Esc(&shown.because)
    )?;
    card(word, shown, out)?;
    out.write_all(b"</details>\n")
}

fn card(word: &str, card: &Card, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "<article class=\"card {word}\" id=\"{}\"><header><div class=\"tag\">{word} <span>&nbsp;{}; {}</span></div><h3>{}</h3>",
        anchor(card),
        kind_word(card.kind),
        basis_meaning(card.basis),
        Esc(&card.title)
    )?;
    out.write_all(b"<dl>")?;
    for (name, value) in &card.labels {
        write!(out, "<dt>{name}</dt><dd>{}</dd>", Esc(value))?;
    }
    writeln!(
        out,
        "</dl></header>\n<p class=\"because\">{}</p>",
        Esc(&card.because)
    )?;
    if let Some(partial) = &card.partial {
        writeln!(
            out,
            "<p class=\"small\">Examined only in part: {}</p>",
            Esc(partial)
        )?;
    }
    out.write_all(b"<h4>Evidence</h4>\n<ul class=\"findings\">\n")?;
    for shown in &card.findings {
        finding(shown, out)?;
    }
    out.write_all(b"</ul>\n")?;
    if card.n_findings_left_out > 0 {
        writeln!(
            out,
            "<p class=\"small\">{} of less weight not shown here.</p>",
            counted(card.n_findings_left_out, "finding", "findings")
        )?;
    }
    writeln!(
        out,
        "<p class=\"small\">Weighed findings together: {}; log10&nbsp;LR&nbsp;{}.</p>",
        Esc(&card.words),
        weight(card.log10_lr)
    )?;
    provenance(card, out)?;
    out.write_all(b"</article>\n")
}

fn finding(finding: &CardFinding, out: &mut impl Write) -> io::Result<()> {
    let against = finding.effect == Effect::Contradicts || finding.log10_lr < 0.0;
    let class = if against { " class=\"against\"" } else { "" };
    write!(out, "<li{class}><div class=\"weigh\">")?;
    weigh(finding, out)?;
    write!(
        out,
        "</div><div><p>{}</p><div class=\"meta\"><code>{}</code> {}",
        Esc(&finding.says),
        Esc(&finding.test),
        Esc(&finding.code)
    )?;
    if let Some(span) = finding.at {
        write!(
            out,
            " · bytes {} to {}",
            span.start,
            span.end.saturating_sub(1).max(span.start)
        )?;
    }
    if !finding.group.is_empty() {
        write!(out, " · group {}", Esc(&finding.group))?;
    }
    if let Some(other) = finding.compared_with {
        write!(out, "<br>compared with <code>{other}</code>")?;
    }
    out.write_all(b"</div>")?;
    if let Some(shown) = &finding.difference {
        difference(shown, out)?;
    }
    out.write_all(b"</div></li>\n")
}

/// The weight with words and numbers, or what the finding does by itself.
fn weigh(finding: &CardFinding, out: &mut impl Write) -> io::Result<()> {
    let step = verbal_step(finding.log10_lr);
    match finding.effect {
        Effect::Contradicts => out.write_all(b"<b>demonstrates</b>by itself, without weighing"),
        Effect::Authenticates => out.write_all(b"<b>proves</b>origin and integrity"),
        Effect::Corroborates | Effect::Weighs if finding.group.is_empty() => {
            out.write_all(b"<b>0.00</b>carries no weight")
        }
        Effect::Corroborates | Effect::Weighs => {
            let (words, _) = verbal_scale(finding.log10_lr);
            write!(
                out,
                "<b title=\"{words}\">{}</b>{}, {}",
                weight(finding.log10_lr),
                step.strength,
                step.range
            )
        }
    }
}

/// Signs stand beside the colours, for print and for readers who do not see them.
fn difference(difference: &Difference, out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "<div class=\"diff\"><span class=\"of\">Difference in {}: <ins><b>+</b>only in this item</ins> <del><b>−</b>only in the other</del></span>",
        Esc(&difference.of)
    )?;
    for change in &difference.changes {
        match change {
            Change::Same(words) => write!(out, "{} ", Esc(words))?,
            Change::OnlyHere(words) => write!(out, "<ins><b>+</b>{}</ins> ", Esc(words))?,
            Change::OnlyThere(words) => write!(out, "<del><b>−</b>{}</del> ", Esc(words))?,
            Change::Skipped(n) => write!(
                out,
                "<span class=\"skip\">[… {} alike …]</span> ",
                counted(u64::from(*n), "word", "words")
            )?,
        }
    }
    out.write_all(b"</div>")
}

fn provenance(card: &Card, out: &mut impl Write) -> io::Result<()> {
    if !card.signatures.is_empty() {
        out.write_all(b"<h4>Signatures</h4><ul class=\"places\">")?;
        for signature in &card.signatures {
            write!(out, "<li>{}</li>", Esc(signature))?;
        }
        out.write_all(b"</ul>\n")?;
    }
    out.write_all(b"<h4>Where it lies</h4><ul class=\"places\">")?;
    for place in &card.places {
        write!(
            out,
            "<li><span class=\"mono\">{}</span> from byte {}, {}</li>",
            Esc(&place.place),
            number(place.offset),
            counted(place.length, "byte", "bytes")
        )?;
    }
    if card.n_places_left_out > 0 {
        write!(
            out,
            "<li>and {}</li>",
            counted(card.n_places_left_out, "more place", "more places")
        )?;
    }
    writeln!(
        out,
        "<li class=\"faint\">item <span class=\"mono\">{}</span></li></ul>",
        card.item
    )
}
