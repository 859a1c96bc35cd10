//! How the collection was made, in sentences.

use mabillon_case::{
    ArchiveRecord, CollectionRecord, Count, MailboxEnd, MailboxGap, MailboxRecord, SaveBurst, Stamp,
};

use crate::printable::clip;
use crate::words::{counted, number};

/// Characters of a name in a sentence.
const NAME_CHARS_MAX: usize = 60;
/// Names listed in one sentence.
const NAMES_MAX: usize = 3;
/// Archives and bursts that get a sentence each.
const SENTENCES_MAX: usize = 3;

/// What the collection tells of how it was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Making {
    /// The record.
    pub record: CollectionRecord,
    /// What is most worth knowing of it, in plain sentences.
    pub sentences: Vec<String>,
}

impl Making {
    pub(super) fn of(record: CollectionRecord) -> Self {
        let mut sentences: Vec<String> = [
            ends(&record.mailboxes),
            behind_ends(&record.mailboxes),
            saved_after(&record),
        ]
        .into_iter()
        .flatten()
        .collect();
        sentences.extend(record.bursts.iter().take(SENTENCES_MAX).map(burst));
        sentences.extend(missing(&record));
        sentences.extend(phishing(&record));
        sentences.extend(longest_gap(&record.mailboxes));
        sentences.extend(record.archives.iter().filter_map(clock).take(SENTENCES_MAX));
        Self { record, sentences }
    }

    /// Whether there is nothing to show of how it was made. Which mail is proved is shown in any case.
    pub fn is_empty(&self) -> bool {
        let bare = CollectionRecord {
            selection: self.record.selection.clone(),
            ..CollectionRecord::default()
        };
        self.record == bare
    }
}

fn day(stamp: Stamp) -> String {
    stamp.to_string().chars().take(10).collect()
}

fn ends(mailboxes: &[MailboxRecord]) -> Option<String> {
    let ends: Vec<MailboxEnd> = mailboxes.iter().filter_map(|mailbox| mailbox.end).collect();
    let first = ends.iter().map(|end| end.at).min()?;
    let last = ends.iter().map(|end| end.at).max()?;
    let when = if day(first) == day(last) {
        format!("on {}", day(last))
    } else {
        format!("between {} and {}", day(first), day(last))
    };
    let n_abrupt = ends.iter().filter(|end| end.is_abrupt()).count() as u64;
    Some(format!(
        "{} {when}, {} of them at full activity, as a mailbox does that was copied.",
        match ends.len() {
            1 => "One mailbox ends".to_owned(),
            n => format!("{} mailboxes end", number(n as u64)),
        },
        number(n_abrupt),
    ))
}

fn behind_ends(mailboxes: &[MailboxRecord]) -> Option<String> {
    let ends = mailboxes.iter().filter_map(|mailbox| mailbox.end);
    let n: u64 = ends.map(|end| end.n_after).sum();
    (n > 0).then(|| {
        format!(
            "{} after the end of the mailbox, behind a pause longer than any before.",
            counted(n, "message is dated", "messages are dated")
        )
    })
}

fn saved_after(record: &CollectionRecord) -> Option<String> {
    let saved = &record.saved_after_end;
    let end = record.last_end.filter(|_| saved.n_documents > 0)?;
    Some(format!(
        "{} after the last mailbox ends ({}){}.",
        counted(
            saved.n_documents,
            "document states that it was saved",
            "documents state that they were saved"
        ),
        day(end),
        in_languages(&saved.languages),
    ))
}

fn burst(burst: &SaveBurst) -> String {
    let seconds = burst.last.unix_seconds() - burst.first.unix_seconds();
    let minutes = u64::try_from(seconds / 60 + 1).unwrap_or_default();
    let by = if burst.by_another_hand {
        format!(", by {}, author of none", names(&burst.savers))
    } else {
        String::new()
    };
    format!(
        "{} documents made between {} and {} were saved within {} on {}{by}{}.",
        number(burst.documents.len() as u64),
        day(burst.oldest),
        day(burst.youngest),
        counted(minutes, "minute", "minutes"),
        day(burst.first),
        in_languages(&burst.languages),
    )
}

fn missing(record: &CollectionRecord) -> Option<String> {
    let told = &record.conversations;
    (told.n_missing > 0).then(|| {
        let had = match told.n_missing_expected {
            0 => String::new(),
            n => format!(", {} of them by people whose mailbox is here", number(n)),
        };
        format!(
            "{} that others answered or named {} missing{had}.",
            counted(told.n_missing, "message", "messages"),
            if told.n_missing == 1 { "is" } else { "are" },
        )
    })
}

fn phishing(record: &CollectionRecord) -> Option<String> {
    let told = &record.phishing;
    let n = told.candidates.len() as u64 + told.n_left_out;
    let first = told
        .campaigns
        .iter()
        .filter_map(|campaign| campaign.first)
        .min();
    (n > 0).then(|| {
        format!(
            "{} to ask for credentials in somebody else's name, in {}{}.",
            counted(n, "message seems", "messages seem"),
            counted(told.campaigns.len() as u64, "campaign", "campaigns"),
            first.map_or_else(String::new, |first| format!(
                ", the first on {}",
                day(first)
            )),
        )
    })
}

fn longest_gap(mailboxes: &[MailboxRecord]) -> Option<String> {
    let gaps = mailboxes
        .iter()
        .flat_map(|mailbox| mailbox.gaps.iter().map(move |gap| (gap, mailbox)));
    let n = gaps.clone().count() as u64;
    let (gap, mailbox) = gaps.max_by_key(|(gap, _)| gap.n_expected)?;
    Some(format!(
        "{} without mail that the usual traffic does not explain, the most striking in {}: {}.",
        counted(n, "stretch", "stretches"),
        clip(&mailbox.mailbox, NAME_CHARS_MAX),
        gap_words(gap),
    ))
}

/// A gap in words: "2017-02-01 to 2017-02-20, where about 140 messages were to be expected".
pub(crate) fn gap_words(gap: &MailboxGap) -> String {
    format!(
        "{} to {}, where about {} were to be expected",
        day(gap.from),
        day(gap.to),
        counted(gap.n_expected, "message", "messages"),
    )
}

fn clock(archive: &ArchiveRecord) -> Option<String> {
    let (minutes, n) = archive.offsets.first()?;
    let n_all: u64 = archive.offsets.iter().map(|(_, n)| n).sum();
    let name = if archive.path.is_empty() {
        &archive.exhibit
    } else {
        &archive.path
    };
    Some(format!(
        "The computer that packed {} had its clock at {} ({} of {} that tell).",
        clip(name, NAME_CHARS_MAX),
        offset_words(*minutes),
        number(*n),
        counted(n_all, "entry", "entries"),
    ))
}

/// An offset as people write it: `UTC+02:00`.
pub(crate) fn offset_words(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn names(counts: &[Count]) -> String {
    let names: Vec<String> = counts
        .iter()
        .take(NAMES_MAX)
        .map(|count| format!("\"{}\"", clip(&count.name, NAME_CHARS_MAX)))
        .collect();
    names.join(", ")
}

fn in_languages(languages: &[Count]) -> String {
    if languages.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = languages
        .iter()
        .take(NAMES_MAX)
        .map(|count| &*count.name)
        .collect();
    format!(", by programs whose language is {}", names.join(", "))
}
