//! Message-IDs in which a date stands in plain or nearly plain form, and which kind of program makes them.
//!
//! Made by the sender's program: Mutt and git `20170327142210.GA1234`, Pine and Alpine `alpine.DEB.2.02.1703271622100.1234`,
//! Evolution `1490624530.4321.7.camel`, Coremail `58c617e6.2b3c.1739e4988e7.Coremail`.
//! Made by the first server for a message that has none: Exim `E1d8L81-00083F-8v`, sendmail `200208231511.QAA01654`,
//! Postfix `20170327142212.0CE2E4415F`; and any other that begins with a date.

use mabillon_case::Stamp;

use super::{decimal, exim_id, halves, hex, of_mail};

/// Who wrote the date into the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Maker {
    /// The sender's program, with the name of its family.
    Client(&'static str),
    /// A server on the way, or a program that is not known.
    Other,
}

/// The date in an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// An instant.
    Instant(Stamp),
    /// A clock on a wall in an unknown zone, as if it were UTC.
    Wall(Stamp),
}

/// Reads an id of one of these forms.
pub(crate) fn decode(message_id: &str) -> Option<(Maker, Reading)> {
    let (local, _) = halves(message_id)?;
    exim(local)
        .or_else(|| evolution(local))
        .or_else(|| coremail(local))
        .or_else(|| pine(local))
        .or_else(|| plain(local))
}

fn exim(local: &str) -> Option<(Maker, Reading)> {
    let id = exim_id::decode(local.strip_prefix('E')?)?;
    Some((Maker::Other, Reading::Instant(id.time?)))
}

fn evolution(local: &str) -> Option<(Maker, Reading)> {
    let numbers = local.strip_suffix(".camel")?;
    let seconds = i64::try_from(decimal(numbers.split('.').next()?)?).ok()?;
    let stamp = Stamp::from_seconds(seconds).and_then(of_mail)?;
    Some((Maker::Client("Evolution"), Reading::Instant(stamp)))
}

fn coremail(local: &str) -> Option<(Maker, Reading)> {
    let mut groups = local.split('.').skip(2);
    let millis = i64::try_from(hex(groups.next()?)?).ok()?;
    let named = groups.next()?.starts_with("Coremail");
    let stamp = Stamp::from_micros(millis.checked_mul(1000)?).and_then(of_mail)?;
    named.then_some((Maker::Client("Coremail"), Reading::Instant(stamp)))
}

/// The date is the first group of eleven digits or more: year without century, month, day, hour, minute, seconds.
fn pine(local: &str) -> Option<(Maker, Reading)> {
    let name = local.split('.').next()?;
    let maker = ["Pine", "alpine"]
        .into_iter()
        .find(|maker| *maker == name)?;
    let digits = local
        .split('.')
        .find(|group| group.len() >= 11 && leading_digits(group) >= 11)?;
    let year = decimal(digits.get(..2)?)?;
    let century = if year < 80 { "20" } else { "19" };
    let wall = wall(&format!("{century}{}", digits.get(..10)?))?;
    Some((
        Maker::Client(if maker == "Pine" { "Pine" } else { "Alpine" }),
        Reading::Wall(wall),
    ))
}

/// Twelve or fourteen digits at the start.
fn plain(local: &str) -> Option<(Maker, Reading)> {
    let length = leading_digits(local);
    let wall = wall(local.get(..length).filter(|_| matches!(length, 12 | 14))?)?;
    let rest = local.get(length..)?;
    let maker = if length == 14 && is_mutt(rest) {
        Maker::Client("Mutt")
    } else {
        Maker::Other
    };
    (!rest.is_empty()).then_some((maker, Reading::Wall(wall)))
}

/// `.GA1234` or, in the first versions, `.A22343`.
fn is_mutt(rest: &str) -> bool {
    let Some(counter) = rest.strip_prefix('.') else {
        return false;
    };
    let letters = counter.bytes().take_while(u8::is_ascii_uppercase).count();
    let number = counter.get(letters..).and_then(decimal);
    (1..=2).contains(&letters) && number.is_some()
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// `YYYYMMDDHHMM` and perhaps `SS`.
fn wall(digits: &str) -> Option<Stamp> {
    let year = i16::try_from(decimal(digits.get(..4)?)?).ok()?;
    let two = |at: usize| i8::try_from(decimal(digits.get(at..at + 2)?)?).ok();
    let second = if digits.len() >= 14 { two(12)? } else { 0 };
    Stamp::from_civil((year, two(4)?, two(6)?), (two(8)?, two(10)?, second), None).and_then(of_mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(id: &str) -> (Maker, String) {
        let (maker, reading) = decode(id).unwrap();
        let (Reading::Instant(stamp) | Reading::Wall(stamp)) = reading;
        (maker, stamp.to_string())
    }

    #[test]
    fn forms_of_programs_and_servers() {
        let client = |name, time: &str| (Maker::Client(name), time.to_owned());
        let other = |time: &str| (Maker::Other, time.to_owned());
        assert_eq!(
            told("20170327142210.GA1234@h.example"),
            client("Mutt", "2017-03-27T14:22:10Z")
        );
        assert_eq!(
            told("20020902155851.A22343@h.example"),
            client("Mutt", "2002-09-02T15:58:51Z")
        );
        assert_eq!(
            told("alpine.DEB.2.02.1703271622100.1234@h.example"),
            client("Alpine", "2017-03-27T16:22:00Z")
        );
        assert_eq!(
            told("Pine.GSO.4.43.0209111512350.3741-100000@h.example"),
            client("Pine", "2002-09-11T15:12:00Z")
        );
        assert_eq!(
            told("1490624530.4321.7.camel@h.example"),
            client("Evolution", "2017-03-27T14:22:10Z")
        );
        assert_eq!(
            told("58c617e6.2b3c.1739e4988e7.Coremail.a@h.example"),
            client("Coremail", "2020-07-30T05:54:46.119Z")
        );
        assert_eq!(
            told("E1d8L81-00083F-8v@h.example"),
            other("2017-05-10T06:29:41Z")
        );
        assert_eq!(
            told("200208231511.QAA01654@h.example"),
            other("2002-08-23T15:11:00Z")
        );
        assert_eq!(
            told("20170327142212.0CE2E4415F@h.example"),
            other("2017-03-27T14:22:12Z")
        );
    }

    #[test]
    fn other_numbers_are_no_dates() {
        assert_eq!(decode("20171327142212.0CE2E4415F@h.example"), None);
        assert_eq!(decode("123456789012345.x@h.example"), None);
        assert_eq!(decode("figures.1@h.example"), None);
        assert_eq!(decode("20170327142212@h.example"), None);
    }
}
