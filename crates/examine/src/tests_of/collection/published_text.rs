//! Was it, or a passage of it, known in public, and since when?

use mabillon_case::{Facts, Finding, Outcome, Stamp, Text};

use crate::published::{Passage, PublishedAs, PublishedRow};
use crate::test::declare_test;
use crate::tests_of::signature::printable;
use crate::words::words;
use crate::{Run, World};

declare_test! {
    /// What an item says was not taken from a text that was published after it claims to have been made.
    ///
    /// ## What it examines
    /// Every item against the texts and files that you hand over with `--published FOLDER`, each with its source and the
    /// first day on which it is known to have been public: the exact bytes, and passages of fifteen words or more in the
    /// author's own text, whatever their layout and case, each dated by the earliest source. The day is compared with the
    /// date of the message or the last save of the document, two days let go.
    /// A source may be a denial: names and numbers that a register or house says do not exist; that an item holds one is
    /// recorded and not weighed.
    /// ## Why it matters
    /// Who invents or fills up a document takes words from what can be read. A passage that an outsider wrote and published
    /// later cannot stand in an older message.
    /// ## Innocent explanations
    /// The author of the item wrote both: a speech or statement lies in the mail before it is published. A draft was passed
    /// on before its day. Both took it from a third text that is older. You know a later day than the first one. That a
    /// public text stands in an item that is younger is what quoting is, and tells nothing.
    /// Proofs of time by services (RFC 3161, blockchains) are not read: state the day that they prove.
    /// ## References
    /// - Broder: On the resemblance and containment of documents (1997)
    pub(crate) static PUBLISHED_TEXT = {
        id: "collection/published-text",
        findings: &[
            "bytes-published",
            "passage-published-before",
            "passage-published-after",
            "passage-of-outsider-published-after",
            "passage-published",
            "named-in-denial",
        ],
        run: Run::Item(published_text),
    }
}

/// Days between the date of the item and that of the source that are let go, in seconds.
const LET_GO_SECONDS: i64 = 2 * 86_400;
/// Passages of one item that are told.
const PASSAGES_SHOWN_MAX: usize = 5;
/// Words shown of a passage.
const WORDS_SHOWN_MAX: usize = 25;

fn published_text(facts: &Facts, text: &Text, world: &World) -> Outcome {
    let published = &world.published;
    if published.is_empty() {
        return Outcome::NotApplicable("no published texts were handed over");
    }
    let dated = dated(facts);
    let mut findings = Vec::new();
    if let Some(source) = published.same_bytes(&facts.item) {
        let says = format!(
            "Exactly these bytes were published: {}. They existed then.",
            in_words(source)
        );
        findings.push(Finding::new("bytes-published", says));
    } else {
        let mut passages = published.passages(&text.own);
        // What weighs most is told first, and of that the longest.
        passages.sort_by_key(|one| {
            let weight = std::cmp::Reverse(code(one.source, dated).1);
            (weight, std::cmp::Reverse(one.n_words), one.first_word)
        });
        let shown = passages.iter().take(PASSAGES_SHOWN_MAX);
        findings.extend(shown.map(|passage| finding(passage, &text.own, dated)));
    }
    if let Some((name, source)) = published.denied_in(&text.own) {
        let says = format!(
            "It names \"{}\", which is denied: {}. A message may name it for that very reason.",
            printable(name),
            in_words(source)
        );
        findings.push(Finding::new("named-in-denial", says));
    }
    if findings.is_empty() {
        return Outcome::NotApplicable("nothing of it stands in the published texts");
    }
    Outcome::Observed(findings)
}

/// When the item says it was made: the date of a message, the last save of a document.
fn dated(facts: &Facts) -> Option<Stamp> {
    let of_message = facts.message.as_ref().and_then(|message| message.date);
    let of_document = facts
        .document
        .as_ref()
        .and_then(|document| document.modified.or(document.created));
    of_message.or(of_document)
}

/// The code for a passage of this source, and how much it says.
fn code(source: &PublishedRow, dated: Option<Stamp>) -> (&'static str, u8) {
    let Some(dated) = dated else {
        return ("passage-published", 1);
    };
    let is_after = source.since.unix_seconds() - dated.unix_seconds() > LET_GO_SECONDS;
    match (is_after, source.published_as) {
        (false, _) => ("passage-published-before", 0),
        (true, PublishedAs::Outside) => ("passage-of-outsider-published-after", 3),
        (true, _) => ("passage-published-after", 2),
    }
}

fn finding(passage: &Passage<'_>, own: &str, dated: Option<Stamp>) -> Finding {
    let (code, _) = code(passage.source, dated);
    let seen = format!(
        "{} of its words stand in a text that was published: {}. They begin \"{}\".",
        passage.n_words,
        in_words(passage.source),
        printable(&excerpt(own, passage))
    );
    let meaning = match code {
        "passage-published-before" => "The item is dated later: it may have them from there.",
        "passage-of-outsider-published-after" => {
            "The item is dated earlier, and whoever wrote that text had not shown it: the passage, or the date, is later."
        }
        "passage-published-after" => {
            "The item is dated earlier: one has them from the other, or both from a third."
        }
        _ => "The item bears no date to compare.",
    };
    Finding::new(code, format!("{seen} {meaning}"))
}

/// "the Gazette (article.txt), since 2017-04-20".
fn in_words(source: &PublishedRow) -> String {
    let day: String = source.since.to_string().chars().take(10).collect();
    format!(
        "{} ({}), known since {day}",
        printable(&source.source),
        printable(&source.file)
    )
}

/// The first words of a passage, as they are written.
fn excerpt(own: &str, passage: &Passage<'_>) -> String {
    let is_word = |written: &&str| written.contains(char::is_alphanumeric);
    let mut n_before = 0;
    let from = words(own).filter(is_word).skip_while(|written| {
        let runs = written.split(|c: char| !c.is_alphanumeric());
        let n_words = runs.filter(|run| !run.is_empty()).count();
        let is_before = n_before + n_words <= passage.first_word;
        n_before += n_words;
        is_before
    });
    let shown: Vec<&str> = from.take(WORDS_SHOWN_MAX.min(passage.n_words)).collect();
    shown.join(" ")
}
