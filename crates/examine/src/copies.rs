//! Whether two messages are copies of one another: what may differ between copies and what may not.

use mabillon_case::{AttachmentFact, Difference, Facts, Stamp};

use crate::Member;
use crate::difference::{difference, words_alike};
use crate::facts::own_text;

/// Texts that share fewer words are not copies of one text.
const COPY_LIKENESS_MIN: f64 = 0.5;

/// What comparing two copies shows.
pub(crate) enum Comparison {
    /// The same words, date, sender, subject and attachments.
    Same,
    /// The same but for text added at the end behind a list or gateway.
    Footer,
    /// They differ in the thing named first.
    Differs(&'static str, Difference),
    /// The texts have too little in common to be copies.
    Unrelated,
}

/// Compares two copies: header fields first, then attachments, then the words.
pub(crate) fn compare(here: &Member<'_>, there: &Member<'_>) -> Comparison {
    if let Some((what, difference)) = header_difference(here.facts, there.facts) {
        return Comparison::Differs(what, difference);
    }
    if let Some(difference) = attachment_difference(here.facts, there.facts) {
        return Comparison::Differs("attachment", difference);
    }
    compare_text(here, there)
}

fn compare_text(here: &Member<'_>, there: &Member<'_>) -> Comparison {
    if here.facts.text.digest == there.facts.text.digest {
        return Comparison::Same;
    }
    let (text, other) = (own_text(here.text), own_text(there.text));
    let rewritten = [here, there].iter().any(|copy| is_rewritten(copy.facts));
    if rewritten && begins_alike(text, other) {
        return Comparison::Footer;
    }
    if words_alike(text, other) < COPY_LIKENESS_MIN && !text.is_empty() && !other.is_empty() {
        return Comparison::Unrelated;
    }
    difference("text", text, other).map_or(Comparison::Same, |difference| {
        Comparison::Differs("text", difference)
    })
}

fn is_rewritten(facts: &Facts) -> bool {
    facts
        .message
        .as_ref()
        .is_some_and(|message| message.is_rewritten)
}

/// Whether one text is the other with words added at the end.
fn begins_alike(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.split_whitespace(), b.split_whitespace());
    loop {
        match (a.next(), b.next()) {
            (Some(x), Some(y)) if x == y => {}
            (Some(_), Some(_)) => return false,
            _ => return true,
        }
    }
}

/// The first header field whose content differs, of those that copies share.
fn header_difference(here: &Facts, there: &Facts) -> Option<(&'static str, Difference)> {
    let (a, b) = (here.message.as_ref()?, there.message.as_ref()?);
    if a.date.map(|date| date.unix_seconds()) != b.date.map(|date| date.unix_seconds()) {
        let (x, y) = (shown(a.date), shown(b.date));
        return Some(("date", difference("Date", &x, &y)?));
    }
    if !a.from.eq_ignore_ascii_case(&b.from) {
        return Some(("sender", difference("From", &a.from, &b.from)?));
    }
    if bare_subject(&a.subject) != bare_subject(&b.subject) {
        return Some(("subject", difference("Subject", &a.subject, &b.subject)?));
    }
    None
}

fn shown(date: Option<Stamp>) -> String {
    date.map_or_else(|| "(none)".to_owned(), |date| date.to_string())
}

/// A subject without the tag of a mailing list (`[press] `), for comparison.
fn bare_subject(subject: &str) -> String {
    let rest = subject
        .trim()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map_or(subject, |(_, rest)| rest);
    rest.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// The difference by an attachment that both copies carry under one name, with other bytes.
fn attachment_difference(here: &Facts, there: &Facts) -> Option<Difference> {
    let mine = altered_attachment(here, there)?;
    let theirs = there
        .message
        .as_ref()?
        .attachments
        .iter()
        .find(|theirs| theirs.file_name == mine.file_name)?;
    difference(
        &format!("attachment {}", mine.file_name),
        &format!("SHA-256 {}", mine.item),
        &format!("SHA-256 {}", theirs.item),
    )
}

/// An attachment of the first message that the second carries under the same name, with other bytes.
pub(crate) fn altered_attachment<'a>(here: &'a Facts, there: &Facts) -> Option<&'a AttachmentFact> {
    let (a, b) = (here.message.as_ref()?, there.message.as_ref()?);
    a.attachments
        .iter()
        .filter(|mine| !mine.file_name.is_empty())
        .filter(|mine| !b.attachments.iter().any(|theirs| theirs.item == mine.item))
        .find(|mine| {
            b.attachments
                .iter()
                .any(|theirs| theirs.file_name == mine.file_name)
        })
}
