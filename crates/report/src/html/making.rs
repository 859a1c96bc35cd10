//! How the collection was made: mailboxes and their ends, archives and their clocks, documents saved all at once.

use std::io::{self, Write};

use mabillon_case::{ArchiveRecord, Count, MailboxRecord, SaveBurst, Stamp};

use super::escape::Esc;
use super::{count_cell, end_section, end_table, section, table};
use crate::limits::MAX_MAKING_ROWS;
use crate::model::{Making, gap_words, offset_words};
use crate::words::{container_name, counted, number};

/// Names shown of one list.
const NAMES_SHOWN: usize = 4;

pub(super) fn making(making: &Making, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "making",
        "How this collection was made",
        "What mailboxes, archives and documents tell of how they were taken, packed and handled. It says nothing of any \
        single item. A clock tells how a computer was set, and a name or language how its programs were; whose it was and \
        where it stood, neither tells.",
    )?;
    out.write_all(b"<ul>")?;
    for sentence in &making.sentences {
        write!(out, "<li>{}</li>", Esc(sentence))?;
    }
    out.write_all(b"</ul>\n")?;
    let record = &making.record;
    mailboxes(&record.mailboxes, record.n_mailboxes_left_out, out)?;
    if !record.bursts.is_empty() {
        bursts(&record.bursts, out)?;
    }
    if !record.archives.is_empty() {
        archives(&record.archives, record.n_archives_left_out, out)?;
    }
    out.write_all(b"<p class=\"small\">A mailbox ends with the last message of its steady flow, by the time of delivery; up to five messages behind a pause \
        longer than any before are left out, unless one of them is proved. It was copied then or later. It ends at full activity where the last two weeks \
        hold at least half of what two weeks usually do. Everything that was counted is in <span class=\"mono\">collection.json</span>.</p>\n")?;
    end_section(out)
}

fn mailboxes(mailboxes: &[MailboxRecord], n_more: u64, out: &mut impl Write) -> io::Result<()> {
    table(
        out,
        "",
        "Mailboxes",
        &[
            "Mailbox",
            "Mostly of",
            "#Messages",
            "#Proved",
            "First",
            "Ends",
            "#Last two weeks / usual",
            "#After the end",
            "#Answers to missing / all",
            "Marks of the store",
        ],
    )?;
    for row in mailboxes.iter().take(MAX_MAKING_ROWS) {
        mailbox(row, out)?;
    }
    end_table(out)?;
    left_out(
        mailboxes.len().saturating_sub(MAX_MAKING_ROWS) as u64 + n_more,
        ("more mailbox", "more mailboxes"),
        out,
    )
}

fn mailbox(row: &MailboxRecord, out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "<tr><th scope=\"row\"><span class=\"mono\">{}</span>",
        Esc(&row.mailbox)
    )?;
    for gap in &row.gaps {
        write!(
            out,
            "<div class=\"small\">No mail {}.</div>",
            Esc(gap_words(gap))
        )?;
    }
    write!(out, "</th><td>{}</td>", Esc(&row.owner))?;
    count_cell(out, row.n_messages)?;
    count_cell(out, row.n_proved)?;
    let ends = row.end.map(|end| end.at);
    write!(out, "<td>{}</td><td>{}</td>", day(row.first), minute(ends))?;
    match row.end {
        Some(end) => write!(
            out,
            "<td class=\"n\">{} / {}{}</td>",
            number(end.n_last_fortnight),
            number(end.n_usual_fortnight),
            if end.is_abrupt() {
                ", at full activity"
            } else {
                ""
            },
        )?,
        None => out.write_all(b"<td class=\"n faint\">too few messages</td>")?,
    }
    count_cell(out, row.end.map_or(0, |end| end.n_after))?;
    write!(
        out,
        "<td class=\"n\">{} / {}</td>",
        number(row.n_answers_to_missing),
        number(row.n_answers)
    )?;
    writeln!(out, "<td>{}</td></tr>", listed(&row.marks))
}

fn bursts(bursts: &[SaveBurst], out: &mut impl Write) -> io::Result<()> {
    table(
        out,
        "",
        "Documents of different age saved within ten minutes",
        &[
            "Saved from",
            "To",
            "#Documents",
            "Made between",
            "Saved by",
            "With",
            "Language",
        ],
    )?;
    for burst in bursts.iter().take(MAX_MAKING_ROWS) {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td>{} and {}</td><td>{}{}</td><td>{}</td><td>{}</td></tr>",
            burst.first,
            burst.last,
            number(burst.documents.len() as u64),
            day(Some(burst.oldest)),
            day(Some(burst.youngest)),
            listed(&burst.savers),
            if burst.by_another_hand {
                "<div class=\"small\">author of none of them</div>"
            } else {
                ""
            },
            listed(&burst.programs),
            listed(&burst.languages),
        )?;
    }
    end_table(out)?;
    left_out(
        bursts.len().saturating_sub(MAX_MAKING_ROWS) as u64,
        ("more such burst", "more such bursts"),
        out,
    )
}

fn archives(archives: &[ArchiveRecord], n_more: u64, out: &mut impl Write) -> io::Result<()> {
    table(
        out,
        "",
        "Archives: what the packer wrote of the files",
        &[
            "Archive",
            "#Entries",
            "Last changes of files, UTC",
            "By the clock on the wall",
            "The wall was at",
            "Busiest hour",
            "System",
            "Format",
            "Owner of the files",
            "Left by a system",
        ],
    )?;
    for row in archives.iter().take(MAX_MAKING_ROWS) {
        archive(row, out)?;
    }
    end_table(out)?;
    left_out(
        archives.len().saturating_sub(MAX_MAKING_ROWS) as u64 + n_more,
        ("more archive", "more archives"),
        out,
    )
}

fn archive(row: &ArchiveRecord, out: &mut impl Write) -> io::Result<()> {
    let name = if row.path.is_empty() {
        row.exhibit.clone()
    } else {
        format!("{}!{}", row.exhibit, row.path)
    };
    write!(
        out,
        "<tr><th scope=\"row\"><span class=\"mono\">{}</span><div class=\"small\">{}</div></th>",
        Esc(name),
        container_name(row.kind)
    )?;
    count_cell(out, row.n_entries)?;
    for span in [row.utc, row.wall] {
        let (first, last) = span.unzip();
        match span {
            Some(_) => write!(out, "<td>{} to {}</td>", minute(first), minute(last))?,
            None => out.write_all(b"<td class=\"faint\">not written</td>")?,
        }
    }
    let offsets: Vec<String> = row
        .offsets
        .iter()
        .take(NAMES_SHOWN)
        .map(|(minutes, n)| format!("{} ({})", offset_words(*minutes), number(*n)))
        .collect();
    write!(out, "<td>{}</td>", offsets.join("<br>"))?;
    match row.busiest_hour {
        Some((from, n)) => write!(
            out,
            "<td>{} from {}</td>",
            counted(n, "file", "files"),
            minute(Some(from))
        )?,
        None => out.write_all(b"<td></td>")?,
    }
    for counts in [&row.hosts, &row.packers, &row.owners, &row.leftovers] {
        write!(out, "<td>{}</td>", listed(counts))?;
    }
    out.write_all(b"</tr>\n")
}

/// Names with their counts, the first ones.
fn listed(counts: &[Count]) -> String {
    let mut names: Vec<String> = counts
        .iter()
        .take(NAMES_SHOWN)
        .map(|count| format!("{} ({})", Esc(&count.name), number(count.n)))
        .collect();
    if let Some(n) = counts.len().checked_sub(NAMES_SHOWN).filter(|n| *n > 0) {
        names.push(format!("and {n} more"));
    }
    names.join("<br>")
}

fn left_out(n: u64, (one, many): (&str, &str), out: &mut impl Write) -> io::Result<()> {
    if n == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "<p class=\"small\">{} not shown.</p>",
        counted(n, one, many)
    )
}

/// The day; nothing where there is none.
fn day(stamp: Option<Stamp>) -> String {
    stamp
        .map(|stamp| stamp.to_string().chars().take(10).collect())
        .unwrap_or_default()
}

/// Day and minute, with the offset it was written with.
fn minute(stamp: Option<Stamp>) -> String {
    let Some(stamp) = stamp else {
        return String::new();
    };
    let text = stamp.to_string();
    let offset = match stamp.offset_minutes {
        None | Some(0) => String::new(),
        Some(_) => format!(
            " {}",
            text.get(text.len().saturating_sub(6)..).unwrap_or_default()
        ),
    };
    let minute = text.get(..16).unwrap_or_default().replace('T', " ");
    format!("{minute}{offset}")
}
