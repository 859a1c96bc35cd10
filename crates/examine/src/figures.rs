//! What matters in a text: numbers, names, dates, account numbers, denials; and how two versions of one text differ in it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::words::words;

/// Words of one text that are looked at.
const WORDS_MAX: usize = 20_000;
/// Bytes of a word with the space behind it, about.
const BYTES_OF_A_WORD: usize = 6;

/// What a word, or a run of number words, is to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// A word that can be left out or replaced without changing what happened.
    Word,
    /// A word that begins with a capital: a name, or the first of a sentence.
    Name,
    /// A day, a month or a time.
    Date,
    /// A number.
    Number,
    /// A word that denies: `not`, `no`, `never`, `ne`, `pas`, `aucun`.
    Denial,
    /// A word with many digits: the number of an account, a telephone or a register.
    Account,
}

impl Weight {
    /// What a change of it changes, in words.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Word => "words",
            Self::Name => "a name",
            Self::Date => "a date",
            Self::Number => "a number",
            Self::Denial => "a denial",
            Self::Account => "a long number, as accounts, telephones and registers have",
        }
    }
}

const DENIALS: [&str; 20] = [
    "not", "no", "never", "none", "nobody", "nothing", "without", "cannot", "don't", "won't",
    "didn't", "isn't", "ne", "pas", "jamais", "aucun", "aucune", "rien", "sans", "ni",
];
const MONTHS: [&str; 24] = [
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "janvier",
    "février",
    "mars",
    "avril",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
    "monday",
    "lundi",
];
const DAYS: [&str; 12] = [
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
];
/// Digits of an account number at least, in a word.
const ACCOUNT_DIGITS_MIN: usize = 9;

/// What a word is.
pub(crate) fn weight(word: &str) -> Weight {
    let bare = bare(word);
    let n_digits = bare.bytes().filter(u8::is_ascii_digit).count();
    if n_digits >= ACCOUNT_DIGITS_MIN {
        return Weight::Account;
    }
    if n_digits > 0 {
        let is_date = bare.contains(['/', '-', ':'])
            && bare
                .split(['/', '-', ':'])
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        return if is_date {
            Weight::Date
        } else {
            Weight::Number
        };
    }
    let lower = bare.to_lowercase();
    let is = |list: &[&str]| list.contains(&&*lower);
    if is(&DENIALS) || lower.starts_with("n'") || lower.starts_with("n’") {
        Weight::Denial
    } else if is(&MONTHS) || is(&DAYS) {
        Weight::Date
    } else if bare.starts_with(char::is_uppercase) {
        Weight::Name
    } else {
        Weight::Word
    }
}

/// The heaviest of some words.
pub(crate) fn heaviest(text: &str) -> Option<Weight> {
    words(text).map(weight).max()
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Words in order, numbers that are written in groups (`12 000`) as one, addresses of pages and of mail left out.
fn units(text: &str) -> Vec<Cow<'_, str>> {
    let mut units: Vec<Cow<'_, str>> = Vec::with_capacity(text.len() / BYTES_OF_A_WORD);
    each_unit_word(words(text), |word, place| match units.last_mut() {
        Some(last) if place == InUnit::GoesOn => {
            let last = last.to_mut();
            last.push(' ');
            last.push_str(word);
        }
        _ => units.push(Cow::Borrowed(word)),
    });
    units
}

/// The number of the units of a text.
fn n_units<'a>(words: impl Iterator<Item = &'a str>) -> usize {
    let mut n_units = 0;
    each_unit_word(words, |_, place| {
        n_units += usize::from(place == InUnit::Begins);
    });
    n_units
}

/// Where a word stands in its unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InUnit {
    Begins,
    /// It is a further group of a number.
    GoesOn,
}

/// Gives the words of which units are made.
fn each_unit_word<'a>(words: impl Iterator<Item = &'a str>, mut take: impl FnMut(&'a str, InUnit)) {
    let mut in_number = false;
    for word in words.take(WORDS_MAX) {
        let is_address = is_address(word);
        let word = bare(word);
        if is_address || word.is_empty() {
            in_number = false;
            continue;
        }
        let is_number = word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
        take(
            word,
            if is_number && in_number {
                InUnit::GoesOn
            } else {
                InUnit::Begins
            },
        );
        in_number = is_number;
    }
}

/// Whether a word is the address of a page or of mail, or holds one.
fn is_address(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.contains(&b'@')
        || bytes.windows(3).any(|part| part == b"://")
        || bytes.windows(4).any(|part| part == b"www.")
}

/// A place where two texts have other numbers or names between the same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Swap {
    /// What the first has.
    pub(crate) here: String,
    /// What the second has.
    pub(crate) there: String,
    /// The word before, and the word after.
    pub(crate) between: (String, String),
    /// What it is.
    pub(crate) weight: Weight,
}

/// How two texts that should say the same compare.
pub(crate) struct Comparison {
    /// Share of the words of the shorter text that also stand in the longer, from 0 to 1.
    pub(crate) alike: f64,
    /// Words of the shorter text.
    pub(crate) n_words: usize,
    /// Numbers and names that are swapped, in order of the first text.
    pub(crate) swaps: Vec<Swap>,
}

/// Compares two texts by their numbers and names: one counts as swapped where the words on both sides are the same, and
/// neither text has the other's anywhere else. Takes time proportional to the length of the texts.
pub(crate) fn compare(here: &str, there: &str) -> Comparison {
    if words(here).eq(words(there)) {
        let n_words = n_units(words(here));
        return Comparison {
            alike: ratio(n_words, n_words),
            n_words,
            swaps: Vec::new(),
        };
    }
    let (here, there) = Units::pair(units(here), units(there));
    let (short, long) = if here.written.len() <= there.written.len() {
        (&here, &there)
    } else {
        (&there, &here)
    };
    let n_words = short.written.len();
    let n_alone = short.own().filter(|(_, word)| !long.has(word)).count();
    Comparison {
        alike: ratio(n_words - n_alone, n_words),
        n_words,
        swaps: swaps(&here, &there),
    }
}

/// Words with which a text may differ from another and still be searched word by word.
const SEARCHED_WORDS_MAX: usize = 4;

/// The words of one of two texts that are compared. Most begin and end alike: only what lies between is looked up.
struct Units<'a> {
    written: Vec<Cow<'a, str>>,
    /// The words between those with which both texts begin and end.
    own: Range<usize>,
    /// All words in lower case, where many are looked up.
    set: Option<HashSet<Cow<'a, str>>>,
}

impl<'a> Units<'a> {
    /// Two texts, to be compared.
    fn pair(here: Vec<Cow<'a, str>>, there: Vec<Cow<'a, str>>) -> (Self, Self) {
        let n_start = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
        let rest = |all: &[Cow<'a, str>]| all.len() - n_start;
        let n_rest = rest(&here).min(rest(&there));
        let from_end = here.iter().rev().zip(there.iter().rev()).take(n_rest);
        let n_end = from_end.take_while(|(a, b)| a == b).count();
        let own = |all: &[Cow<'a, str>]| n_start..all.len() - n_end;
        let (of_here, of_there) = (own(&here), own(&there));
        let (n_here, n_there) = (of_here.len(), of_there.len());
        (
            Self::new(here, of_here, n_there),
            Self::new(there, of_there, n_here),
        )
    }

    /// A text in which `n_sought` words are looked up.
    fn new(written: Vec<Cow<'a, str>>, own: Range<usize>, n_sought: usize) -> Self {
        let is_searched = n_sought <= SEARCHED_WORDS_MAX;
        let set = (!is_searched).then(|| written.iter().map(lower).collect());
        Self { written, own, set }
    }

    /// The words that the other text has not in the same place, in lower case, each with its place.
    fn own(&self) -> impl Iterator<Item = (usize, Cow<'a, str>)> {
        let own = self.written.get(self.own.clone()).unwrap_or_default();
        self.own.clone().zip(own.iter().map(lower))
    }

    /// Whether a word in lower case stands anywhere in the text.
    fn has(&self, word: &str) -> bool {
        match &self.set {
            Some(set) => set.contains(word),
            None => self.written.iter().any(|other| is_lower_of(word, other)),
        }
    }

    /// The weighty words that the other text has not, each with its place.
    fn alone<'w>(&'w self, other: &'w Self) -> impl Iterator<Item = (usize, Weight)> + 'w {
        self.own()
            .filter(|(_, word)| !other.has(word))
            .filter_map(|(index, _)| Some((index, weight(self.written.get(index)?))))
            .filter(|(_, weight)| *weight != Weight::Word)
    }

    /// The words before and after a place, in lower case; empty at the ends.
    fn around(&self, index: usize) -> (Cow<'a, str>, Cow<'a, str>) {
        let at = |index: Option<usize>| {
            index
                .and_then(|index| self.written.get(index))
                .map_or(Cow::Borrowed(""), lower)
        };
        (at(index.checked_sub(1)), at(index.checked_add(1)))
    }
}

fn lower<'a>(word: &Cow<'a, str>) -> Cow<'a, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if word.bytes().all(is_lower) {
        word.clone()
    } else {
        Cow::Owned(word.to_lowercase())
    }
}

/// Whether a word is another one in lower case.
fn is_lower_of(lower: &str, word: &str) -> bool {
    if lower.is_ascii() && word.is_ascii() {
        lower.eq_ignore_ascii_case(word)
    } else {
        lower == word.to_lowercase()
    }
}

/// The numbers and names that are swapped, in order of the first text. Most texts have none that the other has not.
fn swaps(here: &Units<'_>, there: &Units<'_>) -> Vec<Swap> {
    let missing: Vec<(usize, Weight)> = here.alone(there).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    // Only what the other text has nowhere: sentences of one form give many numbers the same neighbours.
    let mut between: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, _) in there.alone(here) {
        between.entry(there.around(index)).or_default().push(index);
    }
    let swap = |(index, own): (usize, Weight)| {
        let around = here.around(index);
        // Where several stand between the same words, it cannot be told which it is.
        let [other] = between.get(&around)?.as_slice() else {
            return None;
        };
        let (before, after) = around;
        let written = there.written.get(*other)?;
        (is_figure(own) == is_figure(weight(written))).then(|| Swap {
            here: here
                .written
                .get(index)
                .map(ToString::to_string)
                .unwrap_or_default(),
            there: written.to_string(),
            between: (before.into_owned(), after.into_owned()),
            weight: own,
        })
    };
    missing.into_iter().filter_map(swap).collect()
}

fn is_figure(weight: Weight) -> bool {
    matches!(weight, Weight::Number | Weight::Date | Weight::Account)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of words are far below 2^52"
)]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_weigh_what_they_change() {
        for (word, expected) in [
            ("12,000", Weight::Number),
            ("27/03/2017", Weight::Date),
            ("mardi", Weight::Date),
            ("Lenoir,", Weight::Name),
            ("pas", Weight::Denial),
            ("n'a", Weight::Denial),
            ("FR1420041010050500013M02606", Weight::Account),
            ("paper", Weight::Word),
        ] {
            assert_eq!(weight(word), expected, "{word}");
        }
        assert_eq!(heaviest("pay 500 euros"), Some(Weight::Number));
    }

    #[test]
    fn a_swapped_amount_is_found_whatever_its_groups() {
        let found = compare(
            "Dear Paul, please send 12 000 euros to Anne before Friday.",
            "Dear Paul, please send 47 350 euros to Anne before Friday.",
        );
        assert_eq!(found.swaps.len(), 1);
        assert_eq!(found.swaps[0].here, "12 000");
        assert_eq!(found.swaps[0].there, "47 350");
        assert_eq!(found.swaps[0].weight, Weight::Number);
    }

    #[test]
    fn a_swapped_amount_is_found_among_others_of_the_same_form() {
        let found = compare(
            "He paid 400 euros to Anne. She paid 900 euros to Paul.",
            "He paid 400 euros to Anne. She paid 950 euros to Paul.",
        );
        assert_eq!(found.swaps.len(), 1);
        assert_eq!(found.swaps[0].there, "950");
    }

    #[test]
    fn moved_and_added_numbers_are_not_swapped() {
        let found = compare(
            "We paid 10 in May and 20 in June.",
            "We paid 20 in May and 10 in June.",
        );
        assert_eq!(found.swaps, []);
        let found = compare("See page 3 of it.", "See page 3 of it. Call 555 now.");
        assert_eq!(found.swaps, []);
    }

    proptest::proptest! {
        #[test]
        fn any_two_texts_can_be_compared(a in "\\PC{0,80}", b in "\\PC{0,80}") {
            let found = compare(&a, &b);
            proptest::prop_assert!((0.0..=1.0).contains(&found.alike));
            proptest::prop_assert!(compare(&a, &a).swaps.is_empty());
        }
    }
}
