//! How two texts differ, word by word.

use std::collections::BTreeSet;

use crate::figures::{Weight, heaviest, weight};
use crate::words::words;
use mabillon_case::{Change, Difference};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Words of each text, after what is alike at both ends, that are aligned; beyond this the middle is
/// shown as replaced whole. Bounds the cost of texts that have nothing in common.
const ALIGNED_WORDS_MAX: usize = 4_000;
/// Words of agreement shown before and after each change.
const CONTEXT_WORDS: usize = 6;
/// Runs shown at most.
const CHANGES_MAX: usize = 60;
/// Characters of a change that are named in a sentence.
const QUOTED_CHARACTERS_MAX: usize = 80;
/// Words shown at most in one run.
const RUN_WORDS_MAX: usize = 120;

/// The difference between the text of this item and that of another, shortened to what changed and its
/// surroundings; `None` where the words are the same.
pub(crate) fn difference(of: &str, here: &str, there: &str) -> Option<Difference> {
    let (here, there) = (split(here), split(there));
    let runs = align(&here, &there);
    if runs.iter().all(|run| matches!(run, Aligned::Same { .. })) {
        return None;
    }
    let n_runs = runs.len();
    let mut changes: Vec<Change> = runs
        .iter()
        .enumerate()
        .flat_map(|(index, run)| shown(run, &here, &there, index == 0, index + 1 == n_runs))
        .collect();
    changes.truncate(CHANGES_MAX);
    Some(Difference {
        of: of.to_owned(),
        changes,
    })
}

/// The change that weighs most in a difference, in words: `It changes a number: "4,200" there, "42,000" here.`; empty
/// where nothing but plain words differ.
pub(crate) fn heaviest_in_words(difference: &Difference) -> String {
    // Dates, addresses and hashes speak for themselves.
    let is_of_words = ["text", "quoted text", "HTML text", "quotation", "Subject"];
    if !is_of_words.contains(&&*difference.of) {
        return String::new();
    }
    let runs = difference
        .changes
        .iter()
        .zip(difference.changes.iter().skip(1).map(Some).chain([None]));
    let heaviest = runs
        .filter_map(|(change, next)| match (change, next) {
            (Change::OnlyThere(there), Some(Change::OnlyHere(here))) => Some((&**there, &**here)),
            (Change::OnlyThere(there), _) => Some((&**there, "")),
            (Change::OnlyHere(here), _) => Some(("", &**here)),
            _ => None,
        })
        .filter_map(|(there, here)| {
            let weight = heaviest(there).max(heaviest(here))?;
            Some((weight, there, here))
        })
        // Of equally heavy ones the first.
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    match heaviest {
        Some((weight, there, here)) if weight > Weight::Word => {
            let quoted = |text: &str| {
                if text.is_empty() {
                    "nothing".to_owned()
                } else {
                    let start = around_heaviest(text);
                    let short: String = start.chars().take(QUOTED_CHARACTERS_MAX).collect();
                    format!("\"{short}\"")
                }
            };
            format!(
                " It changes {}: {} there, {} here.",
                weight.in_words(),
                quoted(there),
                quoted(here)
            )
        }
        _ => String::new(),
    }
}

/// A run of words from its start, or, where it is long, from shortly before its heaviest word.
fn around_heaviest(text: &str) -> String {
    if text.chars().count() <= QUOTED_CHARACTERS_MAX {
        return text.to_owned();
    }
    let words = split(text);
    // Of equally heavy ones the first.
    let heaviest = (0..words.len())
        .rev()
        .max_by_key(|index| words.get(*index).map(|word| weight(word)));
    let start = heaviest
        .unwrap_or_default()
        .saturating_sub(CONTEXT_WORDS / 2);
    tail(&words, start).join(" ")
}

/// All words of two texts in one reading order: what is in both, what only here and what only there. Nothing is left out.
pub fn whole_difference(here: &str, there: &str) -> Vec<Change> {
    let (here, there) = (split(here), split(there));
    let text = |words: &[&str], range: std::ops::Range<usize>| {
        words.get(range).unwrap_or_default().join(" ")
    };
    let mut changes = Vec::new();
    for run in align(&here, &there) {
        match run {
            Aligned::Same {
                here: start,
                length,
            } => {
                changes.push(Change::Same(text(&here, start..start + length)));
            }
            Aligned::Changed {
                here: range_here,
                there: range_there,
            } => {
                if !range_there.is_empty() {
                    changes.push(Change::OnlyThere(text(&there, range_there)));
                }
                if !range_here.is_empty() {
                    changes.push(Change::OnlyHere(text(&here, range_here)));
                }
            }
        }
    }
    changes
}

/// What comparing a quotation with the text it was taken from shows.
pub(crate) enum Quoted {
    /// The quotation repeats the text, but for trimming and remarks; `share` of the text's words stand in it.
    Alike {
        /// Share of the words of the text that the quotation repeats, from 0 to 1.
        share: f64,
    },
    /// A number or a name of the text stands otherwise in the quotation.
    Otherwise(Difference),
    /// The two have too little in common to compare.
    Unrelated,
}

/// A quotation that repeats less of itself from the text was not taken from it.
const QUOTED_LIKENESS_MIN: f64 = 0.7;
/// Words replaced in one place at most: more is rewriting, not a changed figure.
const REPLACED_WORDS_MAX: usize = 6;

/// Compares a text with a quotation of it. Words left out and words put between do not count; words replaced by
/// others count where one of them is a number or begins with a capital.
pub(crate) fn quoted(text: &str, quotation: &str) -> Quoted {
    let (here, there) = (split(text), split(quotation));
    if here.is_empty() || there.is_empty() {
        return Quoted::Unrelated;
    }
    let runs = align(&here, &there);
    let n_same: usize = runs
        .iter()
        .map(|run| {
            if let Aligned::Same { length, .. } = run {
                *length
            } else {
                0
            }
        })
        .sum();
    if ratio(n_same, here.len().min(there.len())) < QUOTED_LIKENESS_MIN {
        return Quoted::Unrelated;
    }
    if runs.iter().any(|run| replaces_a_figure(run, &here, &there)) {
        return difference("quotation", text, quotation)
            .map_or(Quoted::Unrelated, Quoted::Otherwise);
    }
    Quoted::Alike {
        share: ratio(n_same, here.len()),
    }
}

fn replaces_a_figure(run: &Aligned, here: &[&str], there: &[&str]) -> bool {
    let Aligned::Changed {
        here: range_here,
        there: range_there,
    } = run
    else {
        return false;
    };
    let (mine, theirs) = (
        here.get(range_here.clone()).unwrap_or_default(),
        there.get(range_there.clone()).unwrap_or_default(),
    );
    let replaced = !mine.is_empty() && !theirs.is_empty();
    let short = mine.len() <= REPLACED_WORDS_MAX && theirs.len() <= REPLACED_WORDS_MAX;
    replaced && short && figures(mine) != figures(theirs)
}

/// The numbers and capitalised words of a run, without punctuation.
fn figures<'w>(words: &[&'w str]) -> Vec<&'w str> {
    words
        .iter()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| {
            word.chars().any(|c| c.is_ascii_digit()) || word.starts_with(char::is_uppercase)
        })
        .collect()
}

/// Whether two texts are the same but for runs that were put in, or replaced at their very beginning and end, each of
/// which, on either side, is something that `is_benign` knows.
pub(crate) fn alike_between_edges(a: &str, b: &str, is_benign: impl Fn(&[&str]) -> bool) -> bool {
    let (here, there) = (split(a), split(b));
    let runs = align(&here, &there);
    let last = runs.len().saturating_sub(1);
    let has_same = runs.iter().any(|run| matches!(run, Aligned::Same { .. }));
    let is_added = |words: &[&str]| words.is_empty() || is_benign(words);
    has_same
        && runs.iter().enumerate().all(|(index, run)| match run {
            Aligned::Same { .. } => true,
            Aligned::Changed {
                here: mine,
                there: theirs,
            } => {
                let mine = here.get(mine.clone()).unwrap_or_default();
                let theirs = there.get(theirs.clone()).unwrap_or_default();
                // A message may end between two passages that are quoted together.
                let is_put_in = mine.is_empty() != theirs.is_empty();
                (index == 0 || index == last || is_put_in) && is_added(mine) && is_added(theirs)
            }
        })
}

/// What a difference between two texts changes for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// One text goes on where the other ends, or begins earlier, without a figure, a date or a denial in it.
    Ends,
    /// Words without a figure, a date, a denial or a replaced name.
    Words,
    /// A figure, a date, a denial, an account number, or a name that was replaced.
    Figures,
}

/// Whether words go on with what could not be decoded: text behind an encoded body, as lists add it, becomes unreadable.
fn is_damaged(words: &[&str], whole: &[&str]) -> bool {
    let (words, whole) = (words.join(" "), whole.join(" "));
    words
        .strip_prefix(&whole)
        .is_some_and(|rest| rest.contains('\u{fffd}'))
}

/// What the difference between two texts changes. Words that were put in and that `is_notice` knows for those of a
/// server count as an end, and so does what cannot be read. Below the text such words may hold figures (telephones,
/// register numbers); above it servers write none.
pub(crate) fn extent(here: &str, there: &str, is_notice: impl Fn(&[&str]) -> bool) -> Extent {
    let (here, there) = (split(here), split(there));
    let runs = align(&here, &there);
    let last = runs.len().saturating_sub(1);
    let of_run = |(index, run): (usize, &Aligned)| match run {
        Aligned::Same { .. } => Extent::Ends,
        Aligned::Changed {
            here: mine,
            there: theirs,
        } => {
            let mine = here.get(mine.clone()).unwrap_or_default();
            let theirs = there.get(theirs.clone()).unwrap_or_default();
            let is_added = mine.is_empty() || theirs.is_empty();
            let added = if mine.is_empty() { theirs } else { mine };
            let at_end = is_added && (index == 0 || index == last);
            match () {
                () if is_added && is_notice(added) && (index > 0 || !has_figure(added)) => {
                    Extent::Ends
                }
                () if index == last && (is_damaged(mine, theirs) || is_damaged(theirs, mine)) => {
                    Extent::Ends
                }
                () if changes_figures(mine, theirs) => Extent::Figures,
                () if at_end => Extent::Ends,
                () => Extent::Words,
            }
        }
    };
    let of_runs = runs.iter().enumerate().map(of_run);
    of_runs.max().unwrap_or(Extent::Ends)
}

fn has_figure(words: &[&str]) -> bool {
    let is_figure = |word: &&str| {
        matches!(
            weight(word),
            Weight::Number | Weight::Date | Weight::Account
        )
    };
    words.iter().any(is_figure)
}

/// Whether two runs of words have other figures, dates or denials, or one short run another name than the other.
fn changes_figures(mine: &[&str], theirs: &[&str]) -> bool {
    let bare = |word: &&str| {
        word.trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase()
    };
    let only = |words: &[&str], others: &[&str]| {
        let others: BTreeSet<String> = others.iter().map(bare).collect();
        let differing = words.iter().filter(|word| !others.contains(&bare(word)));
        differing.map(|word| weight(word)).max()
    };
    let heaviest = only(mine, theirs).max(only(theirs, mine));
    let replaced = !mine.is_empty() && !theirs.is_empty();
    let short = mine.len() <= REPLACED_WORDS_MAX && theirs.len() <= REPLACED_WORDS_MAX;
    match heaviest {
        Some(Weight::Name) => replaced && short,
        Some(heaviest) => heaviest > Weight::Name,
        None => false,
    }
}

/// The share of words that two texts have in common in the same order, from 0 to 1.
pub(crate) fn words_alike(a: &str, b: &str) -> f64 {
    let (a, b) = (split(a), split(b));
    let total = a.len() + b.len();
    if total == 0 {
        return 1.0;
    }
    let same: usize = align(&a, &b)
        .iter()
        .map(|run| match run {
            Aligned::Same { length, .. } => *length,
            Aligned::Changed { .. } => 0,
        })
        .sum();
    ratio(2 * same, total)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of words are far below 2^52"
)]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// A run of the alignment, as ranges of words.
enum Aligned {
    Same {
        here: usize,
        length: usize,
    },
    Changed {
        here: std::ops::Range<usize>,
        there: std::ops::Range<usize>,
    },
}

fn split(text: &str) -> Vec<&str> {
    words(text).collect()
}

fn align(here: &[&str], there: &[&str]) -> Vec<Aligned> {
    let prefix = here.iter().zip(there).take_while(|(a, b)| a == b).count();
    let (rest_here, rest_there) = (tail(here, prefix), tail(there, prefix));
    let suffix = rest_here
        .iter()
        .rev()
        .zip(rest_there.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let middle_here = head(rest_here, rest_here.len() - suffix);
    let middle_there = head(rest_there, rest_there.len() - suffix);

    let mut runs = Vec::new();
    push_same(&mut runs, 0, prefix);
    if middle_here.len() > ALIGNED_WORDS_MAX || middle_there.len() > ALIGNED_WORDS_MAX {
        runs.push(Aligned::Changed {
            here: prefix..prefix + middle_here.len(),
            there: prefix..prefix + middle_there.len(),
        });
    } else {
        for op in capture_diff_slices(Algorithm::Myers, middle_here, middle_there) {
            push_op(&mut runs, op, prefix);
        }
    }
    push_same(&mut runs, here.len() - suffix, suffix);
    runs
}

fn head<'a, 'w>(words: &'a [&'w str], n: usize) -> &'a [&'w str] {
    words.get(..n).unwrap_or_default()
}

fn tail<'a, 'w>(words: &'a [&'w str], n: usize) -> &'a [&'w str] {
    words.get(n..).unwrap_or_default()
}

fn push_op(runs: &mut Vec<Aligned>, op: DiffOp, offset: usize) {
    let (here, there) = (op.old_range(), op.new_range());
    if matches!(op, DiffOp::Equal { .. }) {
        push_same(runs, here.start + offset, here.len());
    } else {
        runs.push(Aligned::Changed {
            here: here.start + offset..here.end + offset,
            there: there.start + offset..there.end + offset,
        });
    }
}

fn push_same(runs: &mut Vec<Aligned>, here: usize, length: usize) {
    if length > 0 {
        runs.push(Aligned::Same { here, length });
    }
}

fn shown(run: &Aligned, here: &[&str], there: &[&str], first: bool, last: bool) -> Vec<Change> {
    match run {
        Aligned::Same {
            here: start,
            length,
        } => shortened(
            here.get(*start..start + length).unwrap_or_default(),
            first,
            last,
        ),
        Aligned::Changed {
            here: range_here,
            there: range_there,
        } => {
            let mut changes = Vec::new();
            let words = there.get(range_there.clone()).unwrap_or_default();
            if !words.is_empty() {
                changes.push(Change::OnlyThere(bounded(words)));
            }
            let words = here.get(range_here.clone()).unwrap_or_default();
            if !words.is_empty() {
                changes.push(Change::OnlyHere(bounded(words)));
            }
            changes
        }
    }
}

fn bounded(words: &[&str]) -> String {
    let text = head(words, words.len().min(RUN_WORDS_MAX)).join(" ");
    if words.len() > RUN_WORDS_MAX {
        format!("{text} [and {} more words]", words.len() - RUN_WORDS_MAX)
    } else {
        text
    }
}

/// Agreement is shown only near a change: the end of the first run, the start of the last, both sides between.
fn shortened(words: &[&str], first: bool, last: bool) -> Vec<Change> {
    let before = if first { 0 } else { CONTEXT_WORDS };
    let after = if last { 0 } else { CONTEXT_WORDS };
    if words.len() <= before + after {
        return vec![Change::Same(words.join(" "))];
    }
    let skipped = words.len() - before - after;
    let mut changes = Vec::new();
    if before > 0 {
        changes.push(Change::Same(head(words, before).join(" ")));
    }
    changes.push(Change::Skipped(u32::try_from(skipped).unwrap_or(u32::MAX)));
    if after > 0 {
        changes.push(Change::Same(tail(words, words.len() - after).join(" ")));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_amount_is_shown_with_its_surroundings() {
        let there = "Dear Paul, please pay the invoice of 4,200 euros to the printers before Friday, as agreed with Anne at the meeting.";
        let here = there.replace("4,200", "42,000");
        let found = difference("text", &here, there).unwrap();
        assert_eq!(
            found.changes,
            vec![
                Change::Skipped(1),
                Change::Same("Paul, please pay the invoice of".into()),
                Change::OnlyThere("4,200".into()),
                Change::OnlyHere("42,000".into()),
                Change::Same("euros to the printers before Friday,".into()),
                Change::Skipped(7),
            ]
        );
        assert_eq!(
            heaviest_in_words(&found),
            " It changes a number: \"4,200\" there, \"42,000\" here."
        );
        assert_eq!(difference("text", there, &there.replace(' ', "\n")), None);
    }

    proptest::proptest! {
        #[test]
        fn likeness_is_symmetric_and_bounded(a in "[ab ]{0,40}", b in "[ab ]{0,40}") {
            let (ab, ba) = (words_alike(&a, &b), words_alike(&b, &a));
            proptest::prop_assert!((0.0..=1.0).contains(&ab));
            proptest::prop_assert!((ab - ba).abs() < 0.35, "{} {}", ab, ba);
            proptest::prop_assert!(words_alike(&a, &a) > 0.999_999);
        }
    }
}
