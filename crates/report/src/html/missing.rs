//! Messages that others answered or named and that are not in the collection.

use std::io::{self, Write};

use mabillon_case::{Conversations, MissingMessage, NamedBy};

use super::escape::Esc;
use super::{end_section, section};
use crate::limits::MAX_MISSING_SHOWN;
use crate::words::{counted, number};

pub(super) fn missing(told: &Conversations, out: &mut impl Write) -> io::Result<()> {
    section(
        out,
        "missing",
        "Missing messages",
        "Messages that others answered or named and that are not in the collection: deleted, kept back, or never taken. \
        A hole says nothing against the messages around it. It tells what to ask for.",
    )?;
    writeln!(
        out,
        "<p>{} with {}. Of {}, {} have the answered message in the collection. {} missing; {} stood at the beginning of a \
        conversation, {} answered by somebody whose mailbox is here and who so had them.</p>",
        counted(told.n_conversations, "conversation", "conversations"),
        counted(told.n_messages, "message", "messages"),
        counted(told.n_answers, "answer", "answers"),
        number(told.n_answers_present),
        counted(told.n_missing, "message is", "messages are"),
        number(told.n_missing_first),
        number(told.n_missing_expected),
    )?;
    for one in told.missing.iter().take(MAX_MISSING_SHOWN) {
        message(one, out)?;
    }
    let n_more = told.n_missing.saturating_sub(MAX_MISSING_SHOWN as u64);
    if n_more > 0 {
        writeln!(
            out,
            "<p class=\"small\">{} not shown; <span class=\"mono\">collection.json</span> names {} of them.</p>",
            counted(n_more, "more missing message", "more missing messages"),
            number(told.missing.len().saturating_sub(MAX_MISSING_SHOWN) as u64),
        )?;
    }
    end_section(out)
}

fn message(one: &MissingMessage, out: &mut impl Write) -> io::Result<()> {
    let subject = one.named_by.first().map_or("", |named| &*named.subject);
    write!(
        out,
        "<details class=\"folded\"><summary><b>{}</b> {}, named by {}{}</summary>",
        Esc(if subject.is_empty() {
            "(no subject)"
        } else {
            subject
        }),
        Esc(written(one)),
        counted(one.n_named, "message", "messages"),
        if one.n_quoted_words > 0 {
            format!(", {} survive", counted(one.n_quoted_words, "word", "words"))
        } else {
            String::new()
        },
    )?;
    write!(
        out,
        "<p class=\"mono\">&lt;{}&gt;</p>",
        Esc(&one.message_id)
    )?;
    if !one.expected_in.is_empty() {
        write!(
            out,
            "<p class=\"small\">Answered by the owner of <span class=\"mono\">{}</span>, where it should lie.</p>",
            Esc(one.expected_in.join(", "))
        )?;
    }
    out.write_all(b"<ul class=\"places\">")?;
    for named in &one.named_by {
        named_by(named, out)?;
    }
    out.write_all(b"</ul>")?;
    if !one.quoted.is_empty() {
        write!(
            out,
            "<div class=\"diff\"><span class=\"of\">What an answer quotes of it. {}</span>{}</div>",
            Esc(&one.attribution),
            Esc(&one.quoted)
        )?;
    }
    out.write_all(b"</details>\n")
}

fn named_by(named: &NamedBy, out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "<li>{} by {}{}{} <span class=\"mono\">{}</span></li>",
        if named.is_answer { "Answered" } else { "Named" },
        Esc(&named.from),
        named
            .date
            .map(|date| format!(", {date}"))
            .unwrap_or_default(),
        if named.is_proved { ", proved" } else { "" },
        named.item
    )
}

/// When it was written, as far as anything tells.
fn written(one: &MissingMessage) -> String {
    match (one.time, one.after, one.before) {
        (Some(time), _, _) => format!("written {time} by {}", one.clock),
        (None, Some(after), Some(before)) => {
            format!("written between {after} and {before}, by the messages around it")
        }
        (None, None, Some(before)) => format!("written before {before}"),
        (None, Some(after), None) => format!("written after {after}"),
        (None, None, None) => "of unknown time".to_owned(),
    }
}
