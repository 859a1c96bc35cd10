//! How the names of the files of one archive go on: `mail.7z.001`, `mail.part1.rar`, `mail.r00`, `mail.z01`.

/// The name of one file of several, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named<'a> {
    /// What stands before the number, and before the ending where there is no number.
    stem: &'a str,
    /// What its ending looks like, for the case of its letters.
    ending: &'a str,
    naming: Naming,
    /// Number of this file, from 1; the `.zip` that ends its set has none.
    pub(super) number: Option<usize>,
}

/// How files are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// `.001`, `.002`: the bytes of one file, cut anywhere.
    Cut,
    /// `.part01.rar`, with so many digits at least: volumes since RAR 3.
    Part(usize),
    /// `.rar`, `.r00`, `.r01` to `.r99`, `.s00`: volumes of older versions.
    Old,
    /// `.z01`, `.z02`, and `.zip` behind them (APPNOTE.TXT, section 8.3).
    Zip,
}

impl<'a> Named<'a> {
    /// Every way in which this can be the name of one file of several.
    pub(super) fn all(name: &'a str) -> Vec<Self> {
        let Some((stem, ending)) = name.rsplit_once('.') else {
            return Vec::new();
        };
        let named = |stem, naming, number| Self {
            stem,
            ending,
            naming,
            number,
        };
        let lower = ending.to_ascii_lowercase();
        let digits = digits_of(&lower);
        match (lower.as_bytes(), digits) {
            (b"rar", _) => match part(stem) {
                Some((stem, digits)) => (1..=digits.len())
                    .filter(|width| *width == digits.len() || !digits.starts_with('0'))
                    .map(|width| named(stem, Naming::Part(width), digits.parse().ok()))
                    .collect(),
                None => vec![named(stem, Naming::Old, Some(1))],
            },
            (b"zip", _) => vec![named(stem, Naming::Zip, None)],
            ([_, _, _], Some(_)) if lower.len() == 3 && is_number(&lower) => {
                vec![named(stem, Naming::Cut, lower.parse().ok())]
            }
            ([b'z', _, _, ..], Some(digits)) => {
                let zip = named(stem, Naming::Zip, digits.parse().ok());
                [
                    Some(zip),
                    old(&lower).map(|n| named(stem, Naming::Old, Some(n))),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
            ([b'r'..=b'y', _, _], Some(_)) => old(&lower)
                .map(|number| named(stem, Naming::Old, Some(number)))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What all names of its set have in common.
    pub(super) fn set(&self) -> String {
        self.stem.to_lowercase()
    }

    pub(super) fn naming(&self) -> Naming {
        self.naming
    }

    /// The name of the file with this number; `None` where no file can have it.
    pub(super) fn name(&self, number: usize) -> Option<String> {
        let stem = self.stem;
        match self.naming {
            Naming::Cut => (number < 1000).then(|| format!("{stem}.{number:03}")),
            // The stem still holds the word before the number.
            Naming::Part(width) => Some(format!("{stem}{number:0width$}.{}", self.ending)),
            Naming::Old => old_ending(number).map(|ending| self.with_ending(&ending)),
            Naming::Zip => Some(self.with_ending(&format!("z{number:02}"))),
        }
    }

    /// The name of the file that ends a set of `.z01` and so on.
    pub(super) fn last_name(&self) -> Option<String> {
        (self.naming == Naming::Zip).then(|| self.with_ending("zip"))
    }

    /// An ending in capital letters where that of this file is.
    fn with_ending(&self, ending: &str) -> String {
        if self.ending.bytes().any(|byte| byte.is_ascii_uppercase()) {
            format!("{}.{}", self.stem, ending.to_ascii_uppercase())
        } else {
            format!("{}.{ending}", self.stem)
        }
    }
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits of an ending, without a letter before them.
fn digits_of(ending: &str) -> Option<&str> {
    let digits = ending.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
    let n_letters = ending.len() - digits.len();
    (n_letters <= 1 && (2..=4).contains(&digits.len()) && is_number(digits)).then_some(digits)
}

/// What stands before the digits of `mail.part01`, the word with it, and the digits.
fn part(stem: &str) -> Option<(&str, &str)> {
    let before = stem.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let digits = stem.get(before.len()..)?;
    let word = before.get(before.len().checked_sub(".part".len())?..)?;
    (word.eq_ignore_ascii_case(".part") && (1..=5).contains(&digits.len()))
        .then_some((before, digits))
}

/// The number of `.r00` (2) and so on; a hundred to each letter.
fn old(ending: &str) -> Option<usize> {
    let (letter, digits) = (ending.bytes().next()?, ending.get(1..)?);
    let number: usize = (digits.len() == 2).then(|| digits.parse().ok())??;
    let hundreds = usize::from(letter.checked_sub(b'r')?);
    Some(2 + 100 * hundreds + number)
}

fn old_ending(number: usize) -> Option<String> {
    let Some(behind) = number.checked_sub(2) else {
        return (number == 1).then(|| "rar".to_owned());
    };
    let letter = b'r'
        + u8::try_from(behind / 100)
            .ok()
            .filter(|n| *n <= b'z' - b'r')?;
    Some(format!("{}{:02}", char::from(letter), behind % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_itself_and_its_neighbours() {
        let names = [
            ("mail.7z.001", "mail.7z.002"),
            ("a.b.099", "a.b.100"),
            ("mail.part1.rar", "mail.part2.rar"),
            ("mail.part09.rar", "mail.part10.rar"),
            ("MAIL.PART1.RAR", "MAIL.PART2.RAR"),
            ("Mail.Part9.rar", "Mail.Part10.rar"),
            ("mail.rar", "mail.r00"),
            ("mail.r99", "mail.s00"),
            ("MAIL.R00", "MAIL.R01"),
            ("mail.z01", "mail.z02"),
            ("mail.z99", "mail.z100"),
        ];
        for (name, next) in names {
            let all = Named::all(name);
            let neighbours = all.iter().map(|named| {
                let number = named.number.unwrap();
                (named.name(number), named.name(number + 1))
            });
            let expected = (Some(name.to_owned()), Some(next.to_owned()));
            assert!(neighbours.collect::<Vec<_>>().contains(&expected), "{name}");
        }
        let last = Named::all("MAIL.Z01")[0].last_name();
        assert_eq!(last.as_deref(), Some("MAIL.ZIP"));
    }

    #[test]
    fn numbers_without_zeros_may_have_any_width() {
        let widths: Vec<Naming> = Named::all("a.part12.rar")
            .iter()
            .map(Named::naming)
            .collect();
        assert_eq!(widths, [Naming::Part(1), Naming::Part(2)]);
        let widths: Vec<Naming> = Named::all("a.part012.rar")
            .iter()
            .map(Named::naming)
            .collect();
        assert_eq!(widths, [Naming::Part(3)]);
    }

    #[test]
    fn other_names_are_of_no_set() {
        for name in [
            "",
            "mail",
            "mail.",
            ".rar.",
            "a.0001",
            "a.12",
            "a.q01",
            "a.part.7z",
            "a.zip2",
            "a.r0x",
        ] {
            assert!(Named::all(name).is_empty(), "{name}");
        }
        // The hundred-and-first file is the last that a letter allows, and so on to `z`.
        assert_eq!(Named::all("a.rar")[0].name(901).as_deref(), Some("a.z99"));
        assert_eq!(Named::all("a.rar")[0].name(902), None);
        assert_eq!(Named::all("a.001")[0].name(1000), None);
    }
}
