//! The handiwork that several forgers share: other amounts, other ids, other dates.

use std::rc::Rc;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

use crate::answers::Verdict;
use crate::delivery::Held;
use crate::letter::{Letter, Occasion, Parent, Turn};
use crate::mime::{Field, Mail};
use crate::moment::{MINUTE, Moment};
use crate::random::Random;
use crate::{MakeError, words};

/// The body with the amount before the first ` euros` changed; the old and the new amount.
pub(super) fn change_amount(body: &[u8], random: &mut Random) -> Option<(Vec<u8>, String, String)> {
    let needle = b" euros";
    let at = body
        .windows(needle.len())
        .position(|window| window == needle)?;
    let before = body.get(..at)?;
    let start = before
        .iter()
        .rposition(|byte| !byte.is_ascii_digit() && *byte != b' ')
        .map_or(0, |last| last + 1);
    let stored = std::str::from_utf8(before.get(start..)?).ok()?;
    let old = stored.trim_start().to_owned();
    if old.len() < 5 {
        return None;
    }
    let new = loop {
        let new = words::amount(random);
        if new != old {
            break new;
        }
    };
    let mut changed = body.get(..at - old.len())?.to_vec();
    changed.extend_from_slice(new.as_bytes());
    changed.extend_from_slice(body.get(at..)?);
    Some((changed, old, new))
}

/// Another Message-ID of the same shape: some characters before the `@` are others.
pub(super) fn other_message_id(id: &str, random: &mut Random) -> String {
    let (local, host) = id.split_once('@').unwrap_or((id, ""));
    let other: String = local
        .chars()
        .enumerate()
        .map(|(place, character)| match character {
            '0'..='9' if place > 6 => char::from(random.pick(b"0123456789")),
            'a'..='f' if place > 6 => char::from(random.pick(b"abcdef")),
            'A'..='F' if place > 6 => char::from(random.pick(b"ABCDEF")),
            _ => character,
        })
        .collect();
    format!("{other}@{host}")
}

/// A letter nobody wrote: of the same person by the same program, at another time, with another text.
pub(super) fn invented_letter(letter: &Letter, random: &mut Random) -> Letter {
    let mut invented = letter.clone();
    invented.seed = random.next();
    invented.at = letter.at.plus(random.between(8 * MINUTE, 90 * MINUTE));
    invented.waited = 0;
    invented.quote = None;
    invented.turn = Turn::Answers;
    invented.attachments = Vec::new();
    invented.bcc = Vec::new();
    invented.occasion = Occasion::None;
    invented.subject = words::subject(random, letter.language);
    let body = words::paragraphs(random, letter.language, 6);
    let amount = words::amount(random);
    invented.text = match letter.language {
        crate::people::Language::French => {
            format!(
                "{body}\n\nPour le virement de {amount} euros, passe par le compte que tu sais et n'en parle pas."
            )
        }
        crate::people::Language::German => {
            format!(
                "{body}\n\nDie {amount} euros gehen \u{fc}ber das bekannte Konto, bitte mit niemandem besprechen."
            )
        }
        crate::people::Language::English => {
            format!(
                "{body}\n\nSend the {amount} euros through the account you know of, and keep it quiet."
            )
        }
    };
    invented
}

/// Moves all dates that a reader sees by this much; what is hidden in ids and boundaries stays.
pub(super) fn move_readable_dates(mail: &mut Mail, microseconds: i64) {
    for field in &mut mail.head {
        if field.is("Date") {
            field.value = moved(&field.value, microseconds);
        } else if field.is("Received") || field.is("X-Received") {
            move_date_behind_semicolon(field, microseconds);
        }
    }
}

/// Moves the dates of the trace by this much, and leaves `Date`.
pub(super) fn move_trace_dates(mail: &mut Mail, microseconds: i64) {
    for field in &mut mail.head {
        if field.is("Received") || field.is("X-Received") {
            move_date_behind_semicolon(field, microseconds);
        }
    }
}

/// The value of a `Date` field, moved by this much, its weekday too.
pub(super) fn moved_date(date: &str, microseconds: i64) -> String {
    let mut mail = Mail {
        head: vec![Field::new("Date", date)],
        ..Mail::default()
    };
    move_readable_dates(&mut mail, microseconds);
    mail.value("Date").unwrap_or_default().to_owned()
}

/// The letter with another amount in what it quotes; the old and the new amount.
pub(super) fn with_other_quotation(
    letter: &Letter,
    random: &mut Random,
) -> Option<(Letter, String, String)> {
    let parent = letter.quote.as_ref()?;
    let (text, old, new) = words::change_amount(&parent.text, random)?;
    let mut changed = letter.clone();
    changed.quote = Some(Rc::new(Parent {
        text,
        ..(**parent).clone()
    }));
    Some((changed, old, new))
}

/// Puts what another message holds in place of what this one holds, with the fields that say how to read it.
pub(super) fn put_content(mail: &mut Mail, other: &Mail) {
    for name in ["Content-Type", "Content-Transfer-Encoding"] {
        let place = mail.head.iter().position(|field| field.is(name));
        mail.head.retain(|field| !field.is(name));
        let field = other.head.iter().find(|field| field.is(name)).cloned();
        let place = place.unwrap_or(mail.head.len()).min(mail.head.len());
        mail.head.splice(place..place, field);
    }
    mail.body = other.body.clone();
}

/// The bytes with the first occurrence of a text replaced; as they are where there is none.
pub(super) fn replaced_once(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    let mut found = bytes.windows(old.len());
    let Some(at) = found.position(|window| window == old.as_bytes()) else {
        return bytes.to_vec();
    };
    let mut replaced = bytes.to_vec();
    replaced.splice(at..at + old.len(), new.bytes());
    replaced
}

fn move_date_behind_semicolon(field: &mut Field, microseconds: i64) {
    let Some((before, date)) = field.value.rsplit_once(';') else {
        return;
    };
    let indent: String = date.chars().take_while(char::is_ascii_whitespace).collect();
    field.value = format!("{before};{indent}{}", moved(date.trim(), microseconds));
}

/// A date moved, in its own offset, with its comment if it has one.
fn moved(date: &str, microseconds: i64) -> String {
    let (date, comment) = date
        .split_once(" (")
        .map_or((date, None), |(date, comment)| (date, Some(comment)));
    let Ok(zoned) = DateTimeParser::new().parse_zoned(date.replace("  ", " ")) else {
        return date.to_owned();
    };
    let zone = TimeZone::fixed(zoned.offset());
    let moved = Moment(zoned.timestamp().as_microsecond())
        .plus(microseconds)
        .rfc5322(&zone);
    comment.map_or_else(|| moved.clone(), |comment| format!("{moved} ({comment}"))
}

/// The documents of a copy, one of them in place of another.
pub(super) fn replace_document(
    documents: &mut [Held],
    index: usize,
    document: &std::rc::Rc<crate::documents::Document>,
    verdict: &Verdict,
) -> Result<(), MakeError> {
    let held = documents
        .get_mut(index)
        .ok_or(MakeError::Plan("a copy lacks a document of its letter"))?;
    held.document = std::rc::Rc::clone(document);
    held.verdict = verdict.clone();
    Ok(())
}
