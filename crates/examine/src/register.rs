//! Account and register numbers with check digits: where they stand in a text, and whether the digits fit.

use crate::words::words;

/// Numbers of one text that are looked at.
const NUMBERS_MAX: usize = 500;
/// Characters of a text that are looked at, in bytes.
const TEXT_BYTES_MAX: usize = 4 << 20;
/// Words behind a name among which its number stands.
const WORDS_BEHIND_NAME: usize = 14;

/// A number found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    /// What it is: `IBAN`, `SIRET`.
    pub(crate) kind: &'static str,
    /// Its letters and digits.
    pub(crate) digits: String,
    /// Whether its check digits fit.
    pub(crate) is_right: bool,
}

impl Number {
    /// The first four and the last three characters: enough to find it, without printing a person's account.
    pub(crate) fn masked(&self) -> String {
        let n = self.digits.len();
        let (start, end) = (self.digits.get(..4), self.digits.get(n.saturating_sub(3)..));
        format!("{}…{}", start.unwrap_or_default(), end.unwrap_or_default())
    }
}

/// Length of the IBANs of a country (ISO 13616 register, release 97).
const IBAN_LENGTHS: [(&str, usize); 42] = [
    ("AD", 24),
    ("AE", 23),
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GI", 23),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IS", 26),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MT", 31),
    ("MU", 30),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("RS", 22),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("TN", 24),
    ("TR", 26),
];

/// All numbers of known forms in a text, in order, each once.
pub(crate) fn numbers(text: &str) -> Vec<Number> {
    let text = text
        .get(..text.floor_char_boundary(TEXT_BYTES_MAX))
        .unwrap_or(text);
    let words: Vec<&str> = if may_hold_numbers(text) {
        words(text).collect()
    } else {
        Vec::new()
    };
    let mut found: Vec<Number> = Vec::new();
    for index in 0..words.len() {
        if found.len() >= NUMBERS_MAX {
            break;
        }
        let rest = words.get(index..).unwrap_or_default();
        if let Some(number) = iban(rest).or_else(|| vat(rest)).or_else(|| named(rest))
            && !found.contains(&number)
        {
            found.push(number);
        }
    }
    found
}

/// Whether any run of digits is there at all: most texts end here.
fn may_hold_numbers(text: &str) -> bool {
    let mut run = 0;
    text.bytes().any(|byte| {
        match byte {
            b'0'..=b'9' => run += 1,
            b' ' | 0xa0 | 0xc2 | b'.' => {}
            _ => run = 0,
        }
        run >= 9
    })
}

/// Letters and digits from the start of these words on, as long as they are `length` in all; the last word must end there.
fn collected(words: &[&str], length: usize) -> Option<String> {
    let mut all = String::with_capacity(length);
    for (index, word) in words.iter().enumerate().take(length) {
        let mut word = *word;
        if index == 0 {
            word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        }
        let end = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let bytes = end.bytes().filter(|byte| !matches!(byte, b'.' | b'-'));
        for byte in bytes {
            if !byte.is_ascii_uppercase() && !byte.is_ascii_digit() {
                return None;
            }
            all.push(char::from(byte));
        }
        match all.len().cmp(&length) {
            std::cmp::Ordering::Equal => return Some(all),
            std::cmp::Ordering::Greater => return None,
            // Punctuation ends a number.
            std::cmp::Ordering::Less if end.len() < word.len() => return None,
            std::cmp::Ordering::Less => {}
        }
    }
    None
}

fn iban(words: &[&str]) -> Option<Number> {
    let word = words
        .first()?
        .trim_start_matches(|c: char| !c.is_alphanumeric());
    let country = word.get(..2)?;
    let has_check = word
        .get(2..4)
        .is_some_and(|check| check.bytes().all(|byte| byte.is_ascii_digit()));
    let length = IBAN_LENGTHS
        .iter()
        .find(|(known, _)| *known == country)
        .map(|(_, length)| *length)
        .filter(|_| has_check)?;
    let digits = collected(words, length)?;
    // Groups of four, or all in one: anything else is a number of another kind that begins alike.
    let is_grouped = word.len() == 4 || word.len() >= length;
    is_grouped.then(|| Number {
        kind: "IBAN",
        is_right: mod_97(&format!(
            "{}{}",
            digits.get(4..).unwrap_or_default(),
            digits.get(..4).unwrap_or_default()
        )) == Some(1),
        digits,
    })
}

/// The remainder by 97 of a number written in digits, letters counting from A = 10 (ISO 7064 MOD 97-10).
fn mod_97(text: &str) -> Option<u32> {
    text.bytes().try_fold(0, |rest: u32, byte| match byte {
        b'0'..=b'9' => Some((rest * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((rest * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    })
}

/// `FR 44 732829320`, `FR44732829320`: French VAT numbers with a key of digits.
fn vat(words: &[&str]) -> Option<Number> {
    let word = words
        .first()?
        .trim_start_matches(|c: char| !c.is_alphanumeric());
    if !word.starts_with("FR") {
        return None;
    }
    let digits = collected(words, 13)?;
    let key: u32 = digits.get(2..4)?.parse().ok()?;
    let siren: u32 = digits.get(4..)?.parse().ok()?;
    // Monaco's numbers begin with 000 and follow another rule.
    (siren >= 1_000_000).then(|| Number {
        kind: "VAT number",
        is_right: key == (12 + 3 * (siren % 97)) % 97 && luhn(digits.get(4..).unwrap_or_default()),
        digits,
    })
}

/// A number behind its name.
fn named(words: &[&str]) -> Option<Number> {
    let name = words.first()?.trim_matches(|c: char| !c.is_alphanumeric());
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    let rest = words.get(1..).unwrap_or_default();
    let behind = |length: usize, can_have_letters: bool| {
        rest.iter()
            .enumerate()
            .take(WORDS_BEHIND_NAME)
            .filter(|(_, word)| word.bytes().any(|byte| byte.is_ascii_digit()))
            .find_map(|(index, _)| collected(rest.get(index..)?, length))
            .filter(|digits| can_have_letters || digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if is("SIRET") {
        behind(14, false).map(|digits| Number {
            kind: "SIRET",
            is_right: is_siret(&digits),
            digits,
        })
    } else if is("SIREN") || is("RCS") {
        behind(9, false).map(|digits| Number {
            kind: "SIREN",
            is_right: luhn(&digits),
            digits,
        })
    } else if is("RIB") {
        behind(23, true).and_then(|digits| rib(&digits))
    } else if is("NIR") {
        behind(15, true).and_then(|digits| nir(&digits))
    } else {
        None
    }
}

/// Luhn's check: from the right every second digit doubled, the sum of digits a multiple of ten.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            let doubled = digit * if place % 2 == 1 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    sum.is_multiple_of(10) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Luhn's check, or for the branches of La Poste (SIREN 356 000 000) a sum of digits that is a multiple of five.
fn is_siret(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .map(|byte| u32::from(byte.wrapping_sub(b'0')))
        .sum();
    luhn(digits) || (digits.starts_with("356000000") && sum.is_multiple_of(5))
}

/// Bank, branch, account and key: `97 - (89 bank + 15 branch + 3 account) mod 97`.
fn rib(digits: &str) -> Option<Number> {
    let value = |range: std::ops::Range<usize>| -> Option<u64> {
        digits.get(range)?.bytes().try_fold(0, |value: u64, byte| {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'I' => byte - b'A' + 1,
                b'J'..=b'R' => byte - b'J' + 1,
                b'S'..=b'Z' => byte - b'S' + 2,
                _ => return None,
            };
            Some(value * 10 + u64::from(digit))
        })
    };
    let (bank, branch, account, key) =
        (value(0..5)?, value(5..10)?, value(10..21)?, value(21..23)?);
    let is_key = digits
        .get(21..23)?
        .bytes()
        .all(|byte| byte.is_ascii_digit());
    is_key.then(|| Number {
        kind: "RIB",
        is_right: key == 97 - (89 * bank + 15 * branch + 3 * account) % 97,
        digits: digits.to_owned(),
    })
}

/// The social security number: `97 - first thirteen digits mod 97`; Corsica writes `2A` and `2B`.
fn nir(digits: &str) -> Option<Number> {
    let first = digits.get(..13)?.replace("2A", "19").replace("2B", "18");
    let key: u64 = digits.get(13..)?.parse().ok()?;
    let value: u64 = first.parse().ok()?;
    let is_person = first.starts_with(['1', '2']);
    is_person.then(|| Number {
        kind: "social security number",
        is_right: key == 97 - value % 97,
        digits: digits.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&'static str, bool)> {
        numbers(text)
            .into_iter()
            .map(|number| (number.kind, number.is_right))
            .collect()
    }

    #[test]
    fn numbers_of_all_kinds() {
        for (text, expected) in [
            (
                "IBAN : FR14 2004 1010 0505 0001 3M02 606, BIC",
                vec![("IBAN", true)],
            ),
            ("to FR1420041010050500013M02606.", vec![("IBAN", true)]),
            (
                "to FR14 2004 1010 0505 0001 3M02 607",
                vec![("IBAN", false)],
            ),
            ("SIREN 732 829 320", vec![("SIREN", true)]),
            ("RCS Paris B 732 829 321", vec![("SIREN", false)]),
            ("SIRET : 35600000009075", vec![("SIRET", true)]),
            ("SIRET 356 000 000 00048", vec![("SIRET", true)]),
            ("SIRET 732 829 320 00074", vec![("SIRET", true)]),
            ("SIRET 732 829 320 00075", vec![("SIRET", false)]),
            (
                "TVA intracommunautaire FR44732829320",
                vec![("VAT number", true)],
            ),
            ("TVA FR45 732 829 320", vec![("VAT number", false)]),
            ("RIB 20041 01005 0500013M026 06", vec![("RIB", true)]),
            ("RIB: 12345 12345 1234567891A 16", vec![("RIB", true)]),
            (
                "NIR 2 55 08 14 168 025 38",
                vec![("social security number", true)],
            ),
            ("call 01 23 45 67 89 or order DE12 345", vec![]),
            ("invoice FR12345", vec![]),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_not_printed_whole() {
        let number = numbers("FR1420041010050500013M02606").remove(0);
        assert_eq!(number.masked(), "FR14…606");
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,120}", digits in "(RIB|NIR|SIRET|FR|DE)?[ 0-9A-Z.]{0,60}") {
            let _ = (numbers(&text), numbers(&digits));
        }

        #[test]
        fn a_changed_digit_never_fits(place in 4_usize..27, step in 1_u8..10) {
            let mut digits = b"FR1420041010050500013M02606".to_vec();
            if digits[place].is_ascii_digit() {
                digits[place] = b'0' + (digits[place] - b'0' + step) % 10;
                let text = String::from_utf8(digits).unwrap();
                proptest::prop_assert_eq!(told(&text), vec![("IBAN", false)]);
            }
        }
    }
}
