//! Was the program that a message names published by then?

use std::sync::LazyLock;

use mabillon_case::{Finding, Message, Outcome, Stamp};

use super::mailer;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The program that a message names was published by its date.
    ///
    /// ## What it examines
    /// Product and version in `X-Mailer` or `User-Agent`, against a table of the days on which versions first reached the
    /// public, test versions included. The builds of iOS (`iPhone Mail (14E304)`: iOS 10.3) are read letter by letter.
    /// Some programs write the day of their own making (`Gecko/20020823`, `Microsoft-MacOutlook/f.20.0.170309`).
    /// The latest time in the message is taken: its date, or that of a relay.
    /// ## Why it matters
    /// Who backdates a message made on today's machine leaves the version of today's program.
    /// ## Innocent explanations
    /// A machine with a wrong clock, where no relay corrects it. The makers' own people use versions before the public.
    /// The table holds only days that are certain, set early where in doubt; an old version at a late date is normal.
    /// A careful forger writes a version of the time.
    /// ## References
    /// - The column `source` of the table `mailer_release_date.tsv`
    pub(crate) static MAILER_RELEASE_DATE = {
        id: "form/mailer-release-date",
        findings: &["published-by-then", "published-later"],
        run: Run::Message(mailer_release_date),
    }
}

/// Product, version, day of first publication, source: a version not below this one cannot be older than the day.
const TABLE: &str = include_str!("mailer_release_date.tsv");
/// Two days, for time zones and clocks.
const SLACK_SECONDS: f64 = 2.0 * 86_400.0;
/// Numbers of a version that are looked at.
const NUMBERS_MAX: usize = 6;

/// When the program came out, and how that is known.
struct Release {
    day: Stamp,
    known_from: String,
}

fn mailer_release_date(message: &Message, _world: &World) -> Outcome {
    let Some((field, mailer)) = mailer(message) else {
        return Outcome::NotApplicable("it does not name its program");
    };
    let Some(release) = released(&mailer)
        .into_iter()
        .chain(build_day(&mailer))
        .max_by_key(|release| release.day)
    else {
        return Outcome::NotApplicable("the table of releases does not hold the program it names");
    };
    let relays = message.hops.iter().filter_map(|hop| hop.date);
    let Some(latest) = relays.chain(message.date).max() else {
        return Outcome::NotApplicable("it has no readable time");
    };
    let (day, known_from) = (release.day.civil().date(), &release.known_from);
    let finding = if release.day.seconds_since(latest) > SLACK_SECONDS {
        Finding::new(
            "published-later",
            format!(
                "It names {mailer} as its program, which was not published before {day} ({known_from}). The latest time in the message is {latest}."
            ),
        )
    } else {
        Finding::new(
            "published-by-then",
            format!("{mailer} was published by then: not before {day} ({known_from})."),
        )
    };
    Outcome::one(finding.at(field.value))
}

/// The row of the table with the highest version that is not above the one named.
fn released(mailer: &str) -> Option<Release> {
    let (_, day, source) = PRODUCTS
        .iter()
        .filter_map(|product| {
            let (_, rest) = mailer.split_once(product.name)?;
            let named = version(rest);
            let reached = product
                .releases
                .iter()
                .filter(|(since, ..)| named >= *since);
            reached
                .max_by(|a, b| a.0.cmp(&b.0))
                .filter(|_| !named.is_empty())
        })
        .max_by(|a, b| a.0.cmp(&b.0))?;
    Some(Release {
        day: (*day)?,
        known_from: (*source).to_owned(),
    })
}

/// The rows of one product, read once: version, day, source.
struct Product {
    name: &'static str,
    releases: Vec<(Vec<u32>, Option<Stamp>, &'static str)>,
}

static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(|| {
    let mut products: Vec<Product> = Vec::new();
    for (name, since, day, source) in rows() {
        let release = (version(since), day_of(day), source);
        match products.iter_mut().find(|product| product.name == name) {
            Some(product) => product.releases.push(release),
            None => products.push(Product {
                name,
                releases: vec![release],
            }),
        }
    }
    products
});

fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut cells = line.split('\t');
            Some((cells.next()?, cells.next()?, cells.next()?, cells.next()?))
        })
}

/// The numbers of a version, letters counted from A: `2.3124` is 2, 3124 and `14E304` is 14, 5, 304.
fn version(text: &str) -> Vec<u32> {
    let mut numbers = Vec::new();
    let mut rest = text;
    while numbers.len() < NUMBERS_MAX {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).take(9).count();
        if let Some(number) = rest.get(..digits).and_then(|digits| digits.parse().ok()) {
            numbers.push(number);
            rest = rest.get(digits..).unwrap_or_default();
        } else if numbers.is_empty() {
            break;
        }
        match rest.as_bytes() {
            [b'.', b'0'..=b'9', ..] => rest = rest.get(1..).unwrap_or_default(),
            [letter @ b'A'..=b'Z', b'0'..=b'9', ..] => {
                numbers.push(u32::from(letter - b'A') + 1);
                rest = rest.get(1..).unwrap_or_default();
            }
            [letter @ b'A'..=b'Z'] => {
                numbers.push(u32::from(letter - b'A') + 1);
                break;
            }
            _ => break,
        }
    }
    numbers
}

/// The day of making that some programs write into their names.
fn build_day(mailer: &str) -> Option<Release> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    if let Some((_, rest)) = mailer.split_once("Gecko/") {
        let day = rest
            .get(..8)
            .filter(|_| digits(rest) == 8 || digits(rest) == 10)?;
        return Some(Release {
            day: day_of(day)?,
            known_from: "the day of making in its own name".into(),
        });
    }
    let (_, rest) = mailer
        .split_once("Microsoft-MacOutlook/")
        .or_else(|| mailer.split_once("Microsoft-Entourage/"))?;
    let last = rest.split_ascii_whitespace().next()?.rsplit('.').next()?;
    let day = (last.len() == 6 && digits(last) == 6).then(|| day_of(&format!("20{last}")))??;
    Some(Release {
        day,
        known_from: "the day of making in its own name".into(),
    })
}

/// `2017-03-27` or `20170327`, the start of that day.
fn day_of(text: &str) -> Option<Stamp> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let number: i32 = (digits.len() == 8).then(|| digits.parse().ok())??;
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let date = (
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    );
    Stamp::from_civil(date, (0, 0, 0), Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_letter_by_letter() {
        assert_eq!(version("14E304)"), [14, 5, 304]);
        assert_eq!(version("2.3124)"), [2, 3124]);
        assert_eq!(version("14E"), [14, 5]);
        assert_eq!(version("Express 6.0"), Vec::<u32>::new());
        assert_eq!(version("16.0"), [16, 0]);
    }

    #[test]
    fn every_row_of_the_table_can_be_read() {
        let n_lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows().count(), n_lines);
        for (product, since, day, source) in rows() {
            assert!(
                day_of(day).is_some() && !version(since).is_empty() && !source.is_empty(),
                "{product} {since}"
            );
        }
    }

    #[test]
    fn later_versions_are_not_published_earlier() {
        let mut rows: Vec<_> = rows()
            .map(|(product, since, day, _)| (product, version(since), day))
            .collect();
        rows.sort();
        for pair in rows.windows(2) {
            assert!(
                pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].2,
                "{:?} and {:?}",
                pair[0],
                pair[1]
            );
        }
    }
}
