//! The opinions: in all, over time, by mailbox and by sender.

use std::io::{self, Write};

use mabillon_case::{Class, Kind};

use super::escape::Esc;
use super::{charts, count_cell, end_section, end_table, section, table};
use crate::model::{ClassCounts, Ranking, Report, TimeBin};
use crate::words::{class_meaning, counted, kind_count, number, share, size};

/// The bar, and the table with the meaning of each class.
pub(super) fn opinions(report: &Report, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "opinions",
        "Opinions",
        "One class for each message, document and picture. Most of a genuine leak cannot be proved; \
        only the last two classes call for suspicion.",
    )?;
    charts::opinions_bar(out, &report.opinions, report.n_not_examined)?;
    let judged: Vec<(Kind, ClassCounts)> = report.opinions_by_kind.clone();
    let names: Vec<&str> = judged.iter().map(|(kind, _)| column_name(*kind)).collect();
    let mut columns = vec!["Class", "#Items", "#Share"];
    columns.extend(names);
    columns.push("What it means");
    table(out, "opinions", "", &columns)?;
    for (class, n) in report.opinions.iter() {
        out.write_all(b"<tr><th scope=\"row\">")?;
        charts::swatch(out, class.word())?;
        write!(
            out,
            "{}</th><td class=\"n count\">{}</td><td class=\"n\">{}</td>",
            class.word(),
            number(n),
            share(n, report.opinions.total())
        )?;
        for (_, counts) in &judged {
            count_cell(out, counts.of(class))?;
        }
        writeln!(
            out,
            "<td class=\"lines\">{}</td></tr>",
            class_meaning(class)
        )?;
    }
    total_row(report, &judged, out)?;
    end_table(out)?;
    kinds(report, out)?;
    end_section(out)
}

fn column_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "#Messages",
        Kind::Document => "#Documents",
        Kind::Image => "#Images",
        Kind::Mailbox | Kind::Archive | Kind::Other => "#Other files",
    }
}

fn total_row(
    report: &Report,
    judged: &[(Kind, ClassCounts)],
    out: &mut impl Write,
) -> io::Result<()> {
    write!(
        out,
        "<tr class=\"strong\"><th scope=\"row\">all examined</th><td class=\"n count\">{}</td><td></td>",
        number(report.opinions.total())
    )?;
    for (_, counts) in judged {
        count_cell(out, counts.total())?;
    }
    out.write_all(b"<td></td></tr>\n<tr><th scope=\"row\">")?;
    charts::swatch(out, "unread")?;
    write!(
        out,
        "not examined</th><td class=\"n count\">{}</td><td></td>",
        number(report.n_not_examined)
    )?;
    for _ in judged {
        out.write_all(b"<td></td>")?;
    }
    out.write_all(b"<td class=\"lines\">Could not be read. Counted apart; <a href=\"#not-examined\">each with its reason</a>.</td></tr>\n")
}

fn kinds(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let kinds: Vec<String> = report
        .kinds
        .iter()
        .map(|row| {
            format!(
                "{} in {} ({})",
                kind_count(row.kind, row.n_items),
                counted(row.n_places, "place", "places"),
                size(row.size_bytes)
            )
        })
        .collect();
    writeln!(
        out,
        "<p class=\"small\">Taken out of the exhibits: {}. Items are told apart by the SHA-256 of their bytes, so the same bytes in two places count once. \
        Mailbox files and archives hold other items and carry no opinion.</p>",
        kinds.join(", ")
    )
}

/// The stacked timeline.
pub(super) fn over_time(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let timeline = &report.timeline;
    section(
        out,
        "time",
        "Over time",
        "By the date the items state for themselves, which is a claim like any other. \
        A change in the mix from one month to the next is worth a look.",
    )?;
    if timeline.bins.is_empty() {
        out.write_all(b"<p>No item states a date.</p>")?;
        return end_section(out);
    }
    charts::timeline(out, timeline)?;
    legend(out)?;
    writeln!(
        out,
        "<p class=\"small\">One bar stands for {}. {} without a date; {} with a date far outside, not drawn.</p>",
        bar_words(timeline.months_per_bin),
        counted(timeline.undated.total(), "item", "items"),
        counted(timeline.outside.total(), "item", "items")
    )?;
    out.write_all(b"<details><summary>The numbers behind the picture</summary>")?;
    let mut columns = vec!["From"];
    let names: Vec<String> = Class::ALL
        .iter()
        .map(|class| format!("#{}", class.word()))
        .collect();
    columns.extend(names.iter().map(String::as_str));
    table(out, "", "", &columns)?;
    for bin in &timeline.bins {
        bin_row(bin, timeline.months_per_bin, out)?;
    }
    end_table(out)?;
    out.write_all(b"</details>")?;
    end_section(out)
}

fn bin_row(bin: &TimeBin, months_per_bin: u32, out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "<tr><th scope=\"row\">{}</th>",
        bin.label(months_per_bin)
    )?;
    for (_, n) in bin.counts.iter() {
        count_cell(out, n)?;
    }
    out.write_all(b"</tr>\n")
}

fn bar_words(months: u32) -> String {
    match months {
        1 => "one month".to_owned(),
        12 => "one year".to_owned(),
        n if n % 12 == 0 => format!("{} years", n / 12),
        n => format!("{n} months"),
    }
}

fn legend(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"<p class=\"legend\">")?;
    for class in Class::ALL {
        out.write_all(b"<span>")?;
        charts::swatch(out, class.word())?;
        write!(out, "{}</span> ", class.word())?;
    }
    out.write_all(b"</p>\n")
}

/// Messages by mailbox and by domain of the sender.
pub(super) fn by_name(report: &Report, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "names",
        "Mailboxes and senders",
        "Messages only. The length of a bar is the number of messages. A message that lies in two mailboxes counts in both. \
        A sender is the address in From, which anyone can write.",
    )?;
    ranking(&report.mailboxes, "Mailbox", out)?;
    ranking(&report.sender_domains, "Sender domain", out)?;
    legend(out)?;
    end_section(out)
}

fn ranking(ranking: &Ranking, name: &str, out: &mut impl Write) -> io::Result<()> {
    table(
        out,
        "ranking",
        "",
        &[
            name,
            "Opinions",
            "#Messages",
            "#Authenticated",
            "#Questioned",
            "#Contradicted",
        ],
    )?;
    let longest = ranking.rows.first().map_or(0, |row| row.counts.total());
    for row in &ranking.rows {
        write!(out, "<tr><th scope=\"row\">{}</th>", Esc(&row.name))?;
        ranking_cells(&row.counts, longest, out)?;
    }
    if ranking.left_out.total() > 0 {
        write!(
            out,
            "<tr><th scope=\"row\" class=\"faint\">{} not listed</th>",
            number(ranking.n_left_out)
        )?;
        ranking_cells(
            &ranking.left_out,
            longest.max(ranking.left_out.total()),
            out,
        )?;
    }
    if ranking.rows.is_empty() {
        out.write_all(b"<tr><td colspan=\"6\" class=\"faint\">none</td></tr>")?;
    }
    end_table(out)
}

fn ranking_cells(counts: &ClassCounts, longest: u64, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"<td class=\"bar\">")?;
    charts::small_bar(out, counts, longest)?;
    out.write_all(b"</td>")?;
    count_cell(out, counts.total())?;
    write!(
        out,
        "<td class=\"n\">{}</td>",
        share(counts.of(Class::Authenticated), counts.total())
    )?;
    count_cell(out, counts.of(Class::Questioned))?;
    count_cell(out, counts.of(Class::Contradicted))?;
    out.write_all(b"</tr>\n")
}
