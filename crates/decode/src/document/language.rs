//! The language of the program that saved a document, from the names it puts in by itself.

use std::collections::BTreeSet;

use mabillon_case::Document;

/// A row for each word: word, the languages that use it (BCP 47, with commas), kind, source.
const WORDS: &str = include_str!("words.tsv");

/// The language of the program that last saved the document, as far as localised names tell (BCP 47: `ru`, `fr`).
///
/// The words of `HeadingPairs` are written anew with every save, so they alone count where there are any that are
/// known. Names of sheets such as `Feuil1` are given when a sheet is made and stay; they count only where the
/// document has no `HeadingPairs`. Words shared by several languages narrow the choice but do not make it; words that
/// contradict each other give no language. It is empty where nothing unambiguous is found.
///
/// It tells the language of a program, never of a person: programs have another language than their users, and a
/// library may write the words of another program.
pub fn ui_language(document: &Document) -> String {
    let languages = if document.heading_pairs.is_empty() {
        let sheets = document.part_names.iter().filter_map(|name| stem(name));
        common(sheets, "sheet")
    } else {
        common(document.heading_pairs.iter().map(String::as_str), "heading")
    };
    let mut languages = languages.into_iter();
    match (languages.next(), languages.next()) {
        (Some(only), None) => only.to_owned(),
        _ => String::new(),
    }
}

/// The languages that all known words have in common.
fn common<'w>(words: impl Iterator<Item = &'w str>, kind: &str) -> BTreeSet<&'static str> {
    let sets = words.filter_map(|word| languages_of(word.trim(), kind));
    sets.reduce(|left, right| left.intersection(&right).copied().collect())
        .unwrap_or_default()
}

fn languages_of(word: &str, kind: &str) -> Option<BTreeSet<&'static str>> {
    WORDS.lines().find_map(|row| {
        let mut cells = row.split('\t');
        let (known, languages, of_kind) = (cells.next()?, cells.next()?, cells.next()?);
        (known == word && of_kind == kind).then(|| languages.split(',').collect())
    })
}

/// `Feuil` of `Feuil12`; `None` for a name that does not end with a number.
fn stem(name: &str) -> Option<&str> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (stem.len() < name.len()).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(heading_pairs: &[&str], part_names: &[&str]) -> String {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        ui_language(&Document {
            heading_pairs: owned(heading_pairs),
            part_names: owned(part_names),
            ..Document::default()
        })
    }

    #[test]
    fn only_what_is_unambiguous() {
        assert_eq!(language(&["Листы"], &["Feuil1"]), "ru");
        assert_eq!(language(&["Worksheets", "Named Ranges"], &[]), "en");
        assert_eq!(language(&["Feuilles de calcul"], &["Лист1"]), "fr");
        assert_eq!(language(&["Titel"], &[]), "");
        assert_eq!(language(&["Titel", "Überschriften"], &[]), "de");
        assert_eq!(language(&["Worksheets", "Листы"], &[]), "");
        assert_eq!(language(&[], &["Feuil1", "Budget", "Feuil2"]), "fr");
        assert_eq!(language(&[], &["Лист1"]), "");
        assert_eq!(language(&[], &["Budget", "2017"]), "");
        assert_eq!(language(&["Invented"], &["Feuil1"]), "");
    }

    #[test]
    fn every_row_is_complete_and_no_word_stands_twice() {
        let mut seen = BTreeSet::new();
        for row in WORDS.lines().filter(|row| !row.starts_with('#')) {
            let cells: Vec<&str> = row.split('\t').collect();
            assert_eq!(cells.len(), 4, "{row}");
            assert!(cells.iter().all(|cell| !cell.is_empty()), "{row}");
            assert!(matches!(cells[2], "heading" | "sheet"), "{row}");
            assert!(seen.insert((cells[0], cells[2])), "{row}");
        }
    }
}
