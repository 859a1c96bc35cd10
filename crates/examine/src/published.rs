//! What was known in public, and since when: texts and files that the user hands over with `--published`.

use std::collections::{BTreeMap, HashMap};

use mabillon_case::{ItemId, Stamp};

use crate::sketch::{mix, word_hashes};

/// The list in the folder that is handed over.
pub const PUBLISHED_LIST: &str = "sources.tsv";
/// Words that a passage must share in a row before it is looked at; people and programs write shorter ones alike.
const SHINGLE_WORDS: usize = 8;
/// Words of a passage that is told.
const PASSAGE_WORDS_MIN: usize = 15;
/// Words of all sources together.
const WORDS_MAX: usize = 20_000_000;
/// Names or numbers that a register denies shorter than this are refused: they would be found by chance.
const DENIED_CHARACTERS_MIN: usize = 6;

/// How a source came to be, as the user knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PublishedAs {
    /// It was public on that day; who had it before is not known.
    Text,
    /// It was written outside of the collection's circle, and not shown before that day: an article, a judgment, an entry
    /// of a register.
    Outside,
    /// A register or house denies what these names and numbers, one a line, stand for.
    Denial,
}

impl PublishedAs {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "" | "text" => Some(Self::Text),
            "outside" => Some(Self::Outside),
            "denial" => Some(Self::Denial),
            _ => None,
        }
    }
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRow {
    /// The file in the folder.
    pub file: String,
    /// Where it was published: a name, an address.
    pub source: String,
    /// The first day on which it is known to have been public, at its beginning in UTC.
    pub since: Stamp,
    /// How it came to be.
    pub published_as: PublishedAs,
}

/// A line of the list, or a source, that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishedError {
    /// The columns are not there.
    #[error(
        "line {0}: a file, a source and a day (2017-04-20) are needed, separated by tabs, and optionally text, outside or denial"
    )]
    Line(usize),
    /// The name leads elsewhere.
    #[error("line {0}: the file must lie in the folder itself")]
    Elsewhere(usize),
    /// There is too much.
    #[error("the sources have more than {WORDS_MAX} words")]
    TooMuch,
    /// What is denied is too short.
    #[error("{0}: what is denied needs at least {DENIED_CHARACTERS_MIN} characters a line")]
    ShortDenial(String),
}

/// Reads the list: tab-separated `file`, `source`, `since` (`YYYY-MM-DD`), and optionally `text` (as if it were not there),
/// `outside` or `denial`; lines that start with `#` are comments.
///
/// # Errors
/// The number of the first line that cannot be used.
pub fn published_list(text: &str) -> Result<Vec<PublishedRow>, PublishedError> {
    let lines = (1..).zip(text.lines());
    lines
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(number, line)| row(line, number))
        .collect()
}

fn row(line: &str, number: usize) -> Result<PublishedRow, PublishedError> {
    let mut columns = line.split('\t').map(str::trim);
    let mut next = || columns.next().unwrap_or_default().to_owned();
    let (file, source, since, kind) = (next(), next(), next(), next());
    if file.contains(['/', '\\']) || file == ".." {
        return Err(PublishedError::Elsewhere(number));
    }
    let date: Option<jiff::civil::Date> = since.parse().ok();
    let since = date.and_then(|date| {
        let day = (date.year(), date.month(), date.day());
        Stamp::from_civil(day, (0, 0, 0), Some(0))
    });
    match (since, PublishedAs::parse(&kind)) {
        (Some(since), Some(published_as)) if !file.is_empty() && !source.is_empty() => {
            Ok(PublishedRow {
                file,
                source,
                since,
                published_as,
            })
        }
        _ => Err(PublishedError::Line(number)),
    }
}

/// What was known in public.
#[derive(Debug, Default)]
pub struct Published {
    rows: Vec<PublishedRow>,
    by_bytes: BTreeMap<ItemId, usize>,
    /// The words of all texts, one after another, and where that of each row ends.
    words: Vec<u64>,
    ends: Vec<(usize, usize)>,
    /// Where each row of [`SHINGLE_WORDS`] words first stands: in the earliest source.
    shingles: HashMap<u64, usize>,
    denied: Vec<(String, usize)>,
}

/// A passage of an item that stands in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passage<'p> {
    pub(crate) source: &'p PublishedRow,
    /// Number of its first word in the item's text.
    pub(crate) first_word: usize,
    pub(crate) n_words: usize,
}

impl Published {
    /// Takes the sources: each row with its bytes, and with its text where it could be read.
    ///
    /// # Errors
    /// There is too much, or what is denied is too short.
    pub fn of(
        mut sources: Vec<(PublishedRow, ItemId, Option<String>)>,
    ) -> Result<Self, PublishedError> {
        sources.sort_by(|a, b| (a.0.since, &a.0.file).cmp(&(b.0.since, &b.0.file)));
        let mut published = Self::default();
        for (number, (row, item, text)) in sources.into_iter().enumerate() {
            let text = text.unwrap_or_default();
            if row.published_as == PublishedAs::Denial {
                published.add_denial(&text, number, &row.file)?;
            } else {
                published.by_bytes.entry(item).or_insert(number);
                published.add_text(&text, number)?;
            }
            published.rows.push(row);
        }
        Ok(published)
    }

    fn add_denial(&mut self, text: &str, number: usize, file: &str) -> Result<(), PublishedError> {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line.chars().count() < DENIED_CHARACTERS_MIN {
                return Err(PublishedError::ShortDenial(file.to_owned()));
            }
            self.denied.push((line.to_owned(), number));
        }
        Ok(())
    }

    fn add_text(&mut self, text: &str, number: usize) -> Result<(), PublishedError> {
        let words = word_hashes(text);
        let start = self.words.len();
        if start + words.len() > WORDS_MAX {
            return Err(PublishedError::TooMuch);
        }
        for (at, shingle) in words.windows(SHINGLE_WORDS).enumerate() {
            self.shingles.entry(hash(shingle)).or_insert(start + at);
        }
        self.words.extend(words);
        self.ends.push((self.words.len(), number));
        Ok(())
    }

    /// Whether nothing was handed over.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The earliest source of exactly these bytes.
    pub(crate) fn same_bytes(&self, item: &ItemId) -> Option<&PublishedRow> {
        self.rows.get(*self.by_bytes.get(item)?)
    }

    /// The first denied name or number that stands in `text`, and who denies it.
    pub(crate) fn denied_in(&self, text: &str) -> Option<(&str, &PublishedRow)> {
        let (name, number) = self.denied.iter().find(|(name, _)| text.contains(name))?;
        Some((name, self.rows.get(*number)?))
    }

    /// The passages of a text that stand in a source, in order, each in the earliest one.
    pub(crate) fn passages(&self, text: &str) -> Vec<Passage<'_>> {
        let words = word_hashes(text);
        let mut passages = Vec::new();
        let mut at = 0;
        while let Some(shingle) = words.get(at..at + SHINGLE_WORDS) {
            let Some(place) = self.shingles.get(&hash(shingle)) else {
                at += 1;
                continue;
            };
            let (n_words, number) = self.common(words.get(at..).unwrap_or_default(), *place);
            if let Some(source) = self
                .rows
                .get(number)
                .filter(|_| n_words >= PASSAGE_WORDS_MIN)
            {
                passages.push(Passage {
                    source,
                    first_word: at,
                    n_words,
                });
            }
            at += n_words.max(1);
        }
        passages
    }

    /// How many words stand alike from here on, in the source that `place` lies in, and its number.
    fn common(&self, words: &[u64], place: usize) -> (usize, usize) {
        let of_place = self.ends.partition_point(|(end, _)| *end <= place);
        let Some((end, number)) = self.ends.get(of_place) else {
            return (0, 0);
        };
        let source = self.words.get(place..*end).unwrap_or_default();
        let pairs = words.iter().zip(source);
        (pairs.take_while(|(a, b)| a == b).count(), *number)
    }
}

fn hash(shingle: &[u64]) -> u64 {
    shingle
        .iter()
        .fold(0, |seed: u64, word| mix(seed.rotate_left(7) ^ word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: &str = "The port authority said on Tuesday that the new crane would cost eleven \
        million and be paid by the region in three parts until the summer of next year.";

    fn published(rows: &[(&str, &str, &str)]) -> Published {
        let sources = rows.iter().map(|(day, kind, text)| {
            let list = format!("a.txt\tthe Gazette\t{day}\t{kind}");
            let row = published_list(&list).unwrap().remove(0);
            (row, ItemId::of(text.as_bytes()), Some((*text).to_owned()))
        });
        Published::of(sources.collect()).unwrap()
    }

    #[test]
    fn a_passage_is_found_whatever_its_layout_and_dated_by_the_earliest_source() {
        let known = published(&[
            ("2017-04-20", "", ARTICLE),
            ("2017-04-18", "outside", ARTICLE),
        ]);
        let text = format!(
            "Dear Paul,\n\n{} That is all.",
            ARTICLE.replace(' ', "\n  ")
        );
        let passages = known.passages(&text);
        let [passage] = passages.as_slice() else {
            panic!("{passages:?}");
        };
        assert_eq!(passage.first_word, 2);
        assert_eq!(passage.n_words, ARTICLE.split_whitespace().count());
        assert_eq!(
            passage.source.since.to_string(),
            "2017-04-18T00:00:00+00:00"
        );
        assert!(known.passages(&ARTICLE[..60]).is_empty());
    }

    #[test]
    fn lines_that_cannot_be_used_are_named() {
        for (list, error) in [
            ("a.txt\tthe Gazette", PublishedError::Line(1)),
            (
                "# x\n\na.txt\tthe Gazette\tTuesday",
                PublishedError::Line(3),
            ),
            (
                "a.txt\tthe Gazette\t2017-04-20\tsurely",
                PublishedError::Line(1),
            ),
            (
                "../a.txt\tthe Gazette\t2017-04-20",
                PublishedError::Elsewhere(1),
            ),
        ] {
            assert_eq!(published_list(list).unwrap_err(), error, "{list}");
        }
    }

    #[test]
    fn what_is_denied_is_found_by_name() {
        let known = published(&[("2017-05-04", "denial", "La Providence LLC\nNE-1234567\n")]);
        assert_eq!(known.denied_in("see NE-1234567.").unwrap().0, "NE-1234567");
        assert!(known.passages(ARTICLE).is_empty() && !known.is_empty());
    }
}
