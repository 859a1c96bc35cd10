//! Whether two messages are copies of one another: what may differ between copies and what may not.

use std::collections::BTreeSet;

use mabillon_case::{AttachmentFact, BodyHash, Difference, Facts, MessageFacts, Stamp, Text};

use crate::Member;
use crate::difference::{Extent, alike_between_edges, difference, extent, words_alike};
use crate::facts::own_text;
use crate::notice::{has_notice_phrase, is_notice};
use crate::words::words;

/// Texts that share fewer words are not copies of one text.
const COPY_LIKENESS_MIN: f64 = 0.5;

/// Programs that keep a copy and servers that take the message may state times this far apart, in seconds.
const DATES_APART_SECONDS_MAX: i64 = 600;
/// Dates that differ by whole hours, up to as many, differ by a zone that some program took for another.
const ZONE_HOURS_MAX: i64 = 14;

/// A mark that a gateway puts before a subject is no longer than this, in bytes.
const SUBJECT_MARK_BYTES_MAX: usize = 24;

/// What comparing two copies shows.
pub(crate) enum Comparison {
    /// The same words, date, sender, subject and attachments.
    Same,
    /// The same but for what a list or a gateway added: text at the end, a notice above or below.
    Footer,
    /// They differ.
    Differs(Differing),
    /// The texts have too little in common to be copies.
    Unrelated,
}

/// How two copies differ.
pub(crate) struct Differing {
    /// In what, in words.
    pub(crate) what: &'static str,
    /// What the difference changes for a reader.
    pub(crate) extent: Extent,
    /// The difference itself.
    pub(crate) difference: Difference,
}

impl Differing {
    const fn of(what: &'static str, extent: Extent, difference: Difference) -> Comparison {
        Comparison::Differs(Self {
            what,
            extent,
            difference,
        })
    }
}

/// Compares two copies: header fields first, then attachments, then the words.
pub(crate) fn compare(here: &Member<'_>, there: &Member<'_>) -> Comparison {
    if let Some(differs) = header_difference(here.facts, there.facts) {
        return differs;
    }
    if let Some(difference) = attachment_difference(here.facts, there.facts) {
        return Differing::of("attachment", Extent::Figures, difference);
    }
    match compare_text(here, there) {
        // What only this copy carries is vouched for by nobody.
        Comparison::Same | Comparison::Footer if carries_more(here.facts, there.facts) => {
            Comparison::Unrelated
        }
        compared => compared,
    }
}

/// Compares what a reader sees, piece by piece: the author's words, what is quoted, the words of the HTML side.
fn compare_text(here: &Member<'_>, there: &Member<'_>) -> Comparison {
    if here.facts.text.digest == there.facts.text.digest {
        return Comparison::Same;
    }
    let (mut mine, mut theirs) = (pieces(here.text()), pieces(there.text()));
    if [&mine, &theirs]
        .into_iter()
        .flatten()
        .any(|(_, text)| has_wrapped_page(text))
    {
        for (_, text) in mine.iter_mut().chain(&mut theirs) {
            *text = without_pages(text);
        }
    }
    let rewritten = [here, there].iter().any(|copy| is_rewritten(copy.facts));
    let mut by_footer = false;
    let mut n_compared = 0;
    let mut heaviest: Option<Differing> = None;
    for ((what, text), (_, other)) in mine.iter().zip(&theirs) {
        // A piece that this copy lacks was left out on the way or by the export. One that only this copy has cannot
        // be compared, and so the other copy does not vouch for it.
        if text.is_empty() {
            continue;
        }
        if other.is_empty() {
            return heaviest.map_or(Comparison::Unrelated, Comparison::Differs);
        }
        n_compared += 1;
        if (rewritten && begins_alike(text, other))
            || (differ(text, other) && alike_between_edges(text, other, is_notice))
        {
            by_footer = true;
        } else if words_alike(text, other) < COPY_LIKENESS_MIN {
            return heaviest.map_or(Comparison::Unrelated, Comparison::Differs);
        } else if let Some(difference) = difference(what, text, other) {
            let extent = extent(text, other, has_notice_phrase);
            if heaviest.as_ref().is_none_or(|known| extent > known.extent) {
                heaviest = Some(Differing {
                    what,
                    extent,
                    difference,
                });
            }
        }
    }
    match (heaviest, n_compared, by_footer) {
        (Some(differing), _, _) => Comparison::Differs(differing),
        (None, 0, _) => Comparison::Unrelated,
        (None, _, true) => Comparison::Footer,
        (None, _, false) => Comparison::Same,
    }
}

/// What a reader sees of a message, named.
fn pieces(text: Option<&Text>) -> [(&'static str, String); 3] {
    let quoted = text
        .iter()
        .flat_map(|text| &text.quotations)
        .map(|quotation| quotation.text.as_str());
    let html = text.and_then(|text| text.html_alternative.clone());
    [
        ("text", plainly_written(own_text(text))),
        (
            "quoted text",
            plainly_written(&quoted.collect::<Vec<_>>().join("\n")),
        ),
        ("HTML text", plainly_written(&html.unwrap_or_default())),
    ]
}

/// Hosts of gateways that put their own address in place of that of each page.
const WRAPPING_HOSTS: &[&str] = &[
    "safelinks.protection.outlook.com",
    "urldefense.proofpoint.com",
    "urldefense.com",
    "protect-eu.mimecast.com",
    "protect-us.mimecast.com",
];

fn has_wrapped_page(text: &str) -> bool {
    WRAPPING_HOSTS.iter().any(|host| text.contains(host))
}

fn without_pages(text: &str) -> String {
    let words = words(text).filter(|word| !word.contains("://"));
    words.collect::<Vec<_>>().join(" ")
}

/// A text without what stores change in it: typographic quotes and dashes written plainly, invisible characters dropped.
fn plainly_written(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !matches!(
                c,
                '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
            )
        })
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
            '\u{201c}' | '\u{201d}' | '\u{ab}' | '\u{bb}' => '"',
            '\u{2010}'..='\u{2015}' => '-',
            // Mailbox files put `>` before lines that begin with `From `; one copy may have it and the other not.
            '>' | '\u{a0}' | '\u{202f}' => ' ',
            other => other,
        })
        .collect()
}

pub(crate) fn is_rewritten(facts: &Facts) -> bool {
    facts
        .message
        .as_ref()
        .is_some_and(|message| message.is_rewritten)
}

fn differ(a: &str, b: &str) -> bool {
    !words(a).eq(words(b))
}

/// Whether one text is the other with words added at the end.
fn begins_alike(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (words(a), words(b));
    loop {
        match (a.next(), b.next()) {
            (Some(x), Some(y)) if x == y => {}
            (Some(_), Some(_)) => return false,
            _ => return true,
        }
    }
}

/// The first header field whose content differs, of those that copies share.
fn header_difference(here: &Facts, there: &Facts) -> Option<Comparison> {
    let (a, b) = (here.message.as_ref()?, there.message.as_ref()?);
    if let Some(extent) = dates_differ(a.date, b.date) {
        let (x, y) = (shown(a.date), shown(b.date));
        return Some(Differing::of("date", extent, difference("Date", &x, &y)?));
    }
    if !a.from.eq_ignore_ascii_case(&b.from) {
        let difference = difference("From", &a.from, &b.from)?;
        return Some(Differing::of("sender", Extent::Figures, difference));
    }
    let (mine, theirs) = (bare_subject(&a.subject), bare_subject(&b.subject));
    if !is_marked(&mine, &theirs) && !is_marked(&theirs, &mine) {
        let difference = difference("Subject", &a.subject, &b.subject)?;
        return Some(Differing::of("subject", Extent::Figures, difference));
    }
    let difference = recipient_difference(a, b)?;
    let to_many = a.is_bulk || b.is_bulk || a.is_rewritten || b.is_rewritten;
    let extent = if to_many {
        Extent::Words
    } else {
        Extent::Figures
    };
    Some(Differing::of("list of recipients", extent, difference))
}

/// Whether a subject is another with a gateway's short mark before it, without a figure.
fn is_marked(marked: &str, plain: &str) -> bool {
    marked.strip_suffix(plain).is_some_and(|mark| {
        mark.len() <= SUBJECT_MARK_BYTES_MAX && !mark.bytes().any(|byte| byte.is_ascii_digit())
    })
}

/// What two dates that differ change; `None` where they are as good as the same.
fn dates_differ(a: Option<Stamp>, b: Option<Stamp>) -> Option<Extent> {
    let (Some(a), Some(b)) = (a, b) else {
        return (a.is_some() != b.is_some()).then_some(Extent::Words);
    };
    let apart = (a.unix_seconds() - b.unix_seconds()).abs();
    let by_hours = apart % 3_600 == 0 && apart <= ZONE_HOURS_MAX * 3_600;
    match apart {
        0..=DATES_APART_SECONDS_MAX => None,
        _ if by_hours => Some(Extent::Words),
        _ => Some(Extent::Figures),
    }
}

fn shown(date: Option<Stamp>) -> String {
    date.map_or_else(|| "(none)".to_owned(), |date| date.to_string())
}

/// A subject without the tag of a mailing list or gateway (`[press] `), for comparison; lower case.
pub(crate) fn bare_subject(subject: &str) -> String {
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

/// The difference by an attachment that this copy carries and the other does not.
fn attachment_difference(here: &Facts, there: &Facts) -> Option<Difference> {
    let mine = altered_attachment(here, there)?;
    let theirs = there
        .message
        .as_ref()?
        .attachments
        .iter()
        .find(|theirs| theirs.file_name == mine.file_name);
    let there = theirs.map_or_else(
        || "(not attached)".to_owned(),
        |theirs| format!("SHA-256 {}", theirs.item),
    );
    difference(
        &format!("attachment {}", mine.file_name),
        &format!("SHA-256 {}", mine.item),
        &there,
    )
}

/// An attachment of the first message that the second does not carry, with other bytes under its name or not at all.
///
/// Attached text is left out: exports change its line ends. So is what the first copy lacks: exports drop attachments.
pub(crate) fn altered_attachment<'a>(here: &'a Facts, there: &Facts) -> Option<&'a AttachmentFact> {
    let (a, b) = (here.message.as_ref()?, there.message.as_ref()?);
    let is_comparable = |mine: &&AttachmentFact| {
        let is_text = ["text/", "message/"]
            .iter()
            .any(|prefix| mine.media_type.starts_with(prefix));
        !mine.file_name.is_empty() && !is_text && !is_taken_out(mine)
    };
    // A copy without attachments may have lost them to an export, unless a signature tells that it is whole.
    let is_whole = !b.attachments.is_empty() || there.is_proved() || body_hash_fits(there);
    a.attachments
        .iter()
        .filter(is_comparable)
        .find(|mine| is_whole && !carries(b, mine))
}

/// Whether a signature's body hash fits the body, even where no key is known.
pub(crate) fn body_hash_fits(facts: &Facts) -> bool {
    facts
        .signatures
        .iter()
        .filter(|signature| signature.kind.proves_origin())
        .any(|signature| signature.body_hash == BodyHash::Match)
}

/// Whether the first message carries anything that the second does not.
fn carries_more(here: &Facts, there: &Facts) -> bool {
    match (&here.message, &there.message) {
        (Some(a), Some(b)) => a.attachments.iter().any(|mine| !carries(b, mine)),
        _ => false,
    }
}

fn carries(message: &MessageFacts, attachment: &AttachmentFact) -> bool {
    message.attachments.iter().any(|carried| {
        carried.item == attachment.item
            || is_taken_out(carried) && carried.file_name == attachment.file_name
    })
}

/// Whether nothing is left of an attachment but its name: mail programs keep attachments in files of their own (the
/// `.partial.emlx` of Apple Mail), and scanners empty them.
fn is_taken_out(attachment: &AttachmentFact) -> bool {
    attachment.size_bytes == 0
}

/// The recipients of two copies, where both name only addresses and not the same ones.
fn recipient_difference(a: &MessageFacts, b: &MessageFacts) -> Option<Difference> {
    let (mine, theirs) = (recipients(a)?, recipients(b)?);
    let shown =
        |addresses: &BTreeSet<String>| addresses.iter().cloned().collect::<Vec<_>>().join(" ");
    difference("recipients", &shown(&mine), &shown(&theirs))
}

fn recipients(message: &MessageFacts) -> Option<BTreeSet<String>> {
    let addresses: BTreeSet<String> = message
        .to
        .iter()
        .chain(&message.cc)
        .map(|address| address.to_lowercase())
        .collect();
    let all_named = addresses.iter().all(|address| address.contains('@'));
    (all_named && !addresses.is_empty()).then_some(addresses)
}
