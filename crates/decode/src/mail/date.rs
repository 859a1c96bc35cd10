//! Dates of mail, read leniently (RFC 5322, sections 3.3 and 4.3).

use std::borrow::Cow;

use mabillon_case::Stamp;

use super::parameters::comment_length;

/// Longest date that is read, in bytes; comments after it may go beyond.
const DATE_BYTES_MAX: usize = 1_000;

const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

const WEEKDAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];

/// Zone names and minutes east of UTC: those of RFC 5322 first, then those in use that have one meaning.
const ZONES: [(&[u8], i16); 33] = [
    (b"ut", 0),
    (b"gmt", 0),
    (b"est", -300),
    (b"edt", -240),
    (b"cst", -360),
    (b"cdt", -300),
    (b"mst", -420),
    (b"mdt", -360),
    (b"pst", -480),
    (b"pdt", -420),
    (b"utc", 0),
    (b"z", 0),
    (b"akst", -540),
    (b"akdt", -480),
    (b"hst", -600),
    (b"ast", -240),
    (b"adt", -180),
    (b"wet", 0),
    (b"west", 60),
    (b"bst", 60),
    (b"cet", 60),
    (b"cest", 120),
    (b"met", 60),
    (b"mest", 120),
    (b"eet", 120),
    (b"eest", 180),
    (b"msk", 180),
    (b"msd", 240),
    (b"jst", 540),
    (b"aest", 600),
    (b"aedt", 660),
    (b"nzst", 720),
    (b"nzdt", 780),
];

/// What has been read of a date so far.
#[derive(Debug, Default)]
struct Reading {
    weekday: Option<u8>,
    day: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    time: Option<(i8, i8, i8)>,
    afternoon: Option<bool>,
    offset_minutes: Option<i16>,
}

/// Reads a date: the moment with its offset, and the day of the week it states (0 for Monday).
///
/// Read are RFC 5322 with its obsolete forms (two-digit years, named zones, comments), absent seconds, weekday or time,
/// the order of `asctime`, and ISO 8601. The offset is `None` where none is written, and for `-0000`, military letters
/// and names of no known meaning, which by RFC 5322 say nothing of the local time. `None` where day, month or year is
/// missing or no such day exists.
pub fn parse_date(value: &[u8]) -> Option<(Stamp, Option<u8>)> {
    let mut reading = Reading::default();
    let cleaned = without_comments(value.get(..value.len().min(DATE_BYTES_MAX))?);
    let mut rest = &*cleaned;
    while let Some(&first) = rest.first() {
        let length = match first {
            b'0'..=b'9' => reading.number(rest),
            b'+' | b'-' => reading.offset(rest),
            _ if first.is_ascii_alphabetic() => reading.word(rest),
            _ => 1,
        };
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
    reading.finish()
}

/// The date without comments, and without white space around the colons of its time.
fn without_comments(value: &[u8]) -> Cow<'_, [u8]> {
    let around_colon = |pair: &[u8]| matches!(pair, [b' ' | b'\t', b':'] | [b':', b' ' | b'\t']);
    if memchr::memchr(b'(', value).is_none() && !value.windows(2).any(around_colon) {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'(' => {
                let length = comment_length(
                    value
                        .get(value.len() - tail.len() - 1..)
                        .unwrap_or_default(),
                );
                rest = tail.get(length - 1..).unwrap_or_default();
                out.push(b' ');
            }
            b':' => {
                out.truncate(out.trim_ascii_end().len());
                out.push(b':');
                rest = tail.trim_ascii_start();
            }
            _ => out.push(first),
        }
    }
    Cow::Owned(out)
}

impl Reading {
    fn finish(self) -> Option<(Stamp, Option<u8>)> {
        let (hour, minute, second) = self.time.unwrap_or_default();
        let hour = match self.afternoon {
            Some(true) if hour < 12 => hour + 12,
            Some(false) if hour == 12 => 0,
            _ => hour,
        };
        let stamp = Stamp::from_civil(
            (self.year?, self.month?, self.day?),
            (hour, minute, second),
            self.offset_minutes,
        )?;
        Some((stamp, self.weekday))
    }

    /// Reads what starts with a digit; returns its length.
    fn number(&mut self, rest: &[u8]) -> usize {
        let length = digits(rest);
        let after = rest.get(length).copied();
        let value = value_of(rest, length);
        match after {
            Some(b':' | b'.') if self.time.is_none() && length <= 2 && is_time(rest, length) => {
                return self.time(rest);
            }
            Some(b'-' | b'/') if length == 4 && self.year.is_none() => {
                if let Some(length) = self.iso_day(rest) {
                    return length;
                }
            }
            _ => {}
        }
        match (self.day, value) {
            (None, 1..=31) if length <= 2 => self.day = i8::try_from(value).ok(),
            _ if self.year.is_none() => self.year = year(value, length),
            _ => {}
        }
        // The hyphen of `26-Mar-2017` is no sign.
        length + usize::from(after == Some(b'-'))
    }

    fn time(&mut self, rest: &[u8]) -> usize {
        let mut fields = [0_i8; 3];
        let mut at = 0;
        for field in &mut fields {
            let length = digits(rest.get(at..).unwrap_or_default()).min(2);
            let value = value_of(rest.get(at..).unwrap_or_default(), length);
            *field = i8::try_from(value).unwrap_or(i8::MAX);
            at += length;
            let next_is_digit = rest.get(at + 1).is_some_and(u8::is_ascii_digit);
            match rest.get(at) {
                Some(b':' | b'.') if next_is_digit => at += 1,
                _ => break,
            }
        }
        let [hour, minute, second] = fields;
        self.time = Some((hour, minute, second));
        // A fraction of a second is skipped.
        at + digits(rest.get(at..).unwrap_or_default())
    }

    /// `2017-05-05`, with `T` and the time to follow.
    fn iso_day(&mut self, rest: &[u8]) -> Option<usize> {
        let [_, _, _, _, b'-' | b'/', month @ ..] = rest else {
            return None;
        };
        let [b'0'..=b'9', b'0'..=b'9', b'-' | b'/', day @ ..] = month else {
            return None;
        };
        let n_digits = digits(day);
        if n_digits == 0 || n_digits > 2 {
            return None;
        }
        self.year = i16::try_from(value_of(rest, 4)).ok();
        self.month = i8::try_from(value_of(month, 2)).ok();
        self.day = i8::try_from(value_of(day, n_digits)).ok();
        Some(8 + n_digits)
    }

    /// Reads `+0100`, `-5`, `+01:00`; returns its length.
    fn offset(&mut self, rest: &[u8]) -> usize {
        let after_sign = rest.get(1..).unwrap_or_default();
        let length = digits(after_sign);
        let is_negative = rest.first() == Some(&b'-');
        if length == 0 || self.time.is_none() {
            return 1;
        }
        let value = value_of(after_sign, length);
        let minutes_after = after_sign.get(length + 1..).unwrap_or_default();
        let has_colon = after_sign.get(length) == Some(&b':') && digits(minutes_after) == 2;
        let (hours, minutes, length) = match length {
            1 | 2 if has_colon => (value, value_of(minutes_after, 2), length + 3),
            1 | 2 => (value, 0, length),
            _ => (value / 100, value % 100, length),
        };
        let is_possible = hours < 24 && minutes < 60 && length <= 5;
        let total = i16::try_from(hours * 60 + minutes).unwrap_or_default();
        self.offset_minutes = match (is_possible, is_negative) {
            (true, true) if total == 0 => None,
            (true, true) => Some(-total),
            (true, false) => Some(total),
            (false, _) => None,
        };
        length + 1
    }

    /// Reads a word: day of the week, month, zone, `AM` or `PM`; returns its length.
    fn word(&mut self, rest: &[u8]) -> usize {
        let length = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let word = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
        let start = word.first_chunk::<3>();
        let index_in = |list: &[&[u8; 3]]| {
            let start = start?;
            let found = list.iter().position(|name| *name == start)?;
            i8::try_from(found).ok()
        };
        if let Some(zone) = ZONES.iter().find(|(name, _)| *name == word)
            && self.time.is_some()
        {
            self.offset_minutes = Some(zone.1);
        } else if let Some(weekday) = index_in(&WEEKDAYS)
            && self.weekday.is_none()
        {
            self.weekday = u8::try_from(weekday).ok();
        } else if let Some(month) = index_in(&MONTHS)
            && self.month.is_none()
        {
            self.month = Some(month + 1);
        } else if word == b"am" || word == b"pm" {
            self.afternoon = Some(word == b"pm");
        }
        let is_hyphenated = self.time.is_none() && rest.get(length) == Some(&b'-');
        length + usize::from(is_hyphenated)
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// The number of the first `length` digits; a very large one saturates.
fn value_of(bytes: &[u8], length: usize) -> u32 {
    let digits = bytes.get(..length).unwrap_or_default();
    digits.iter().fold(0_u32, |value, digit| {
        value
            .saturating_mul(10)
            .saturating_add(u32::from(digit.wrapping_sub(b'0')))
    })
}

/// Whether a colon, or dots all along, make these digits a time: `10:22`, `10.22.11`.
fn is_time(rest: &[u8], length: usize) -> bool {
    let after = rest.get(length + 1..).unwrap_or_default();
    let n_digits = digits(after);
    match rest.get(length) {
        Some(b':') => n_digits > 0,
        _ => {
            n_digits == 2
                && after.get(2) == Some(&b'.')
                && digits(after.get(3..).unwrap_or_default()) == 2
        }
    }
}

/// RFC 5322, section 4.3: two digits below 50 are of this century, others and three digits count from 1900.
fn year(value: u32, n_digits: usize) -> Option<i16> {
    let year = match (n_digits, value) {
        (2, 0..=49) => value + 2000,
        (2 | 3, _) => value + 1900,
        _ => value,
    };
    i16::try_from(year).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, moment, day of the week.
    const DATES: [(&str, &str, Option<u8>); 24] = [
        (
            "2002/09/14 Sat 13:06:03 GMT",
            "2002-09-14T13:06:03+00:00",
            Some(5),
        ),
        (
            "Fri, 21 Nov 1997 09:55:06 -0600",
            "1997-11-21T09:55:06-06:00",
            Some(4),
        ),
        (
            "Fri, 23 Mar 2018 17:06:29 +0100 (CET)",
            "2018-03-23T17:06:29+01:00",
            Some(4),
        ),
        ("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06+00:00", None),
        (
            "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
            "1997-11-21T09:55:06-06:00",
            Some(4),
        ),
        (
            "Thu,\r\n      13\r\n        Feb\r\n   1969\r\n  23:32\r\n -0330 (Newfoundland Time)",
            "1969-02-13T23:32:00-03:30",
            Some(3),
        ),
        (
            "Mon, 1 Jan 49 00:00 EST",
            "2049-01-01T00:00:00-05:00",
            Some(0),
        ),
        (
            "Mon, 1 Jan 101 00:00:00 PDT",
            "2001-01-01T00:00:00-07:00",
            Some(0),
        ),
        (
            "Tue Aug 08 12:36:29 +0000 2023",
            "2023-08-08T12:36:29+00:00",
            Some(1),
        ),
        ("Tue Aug  8 12:36:29 2023", "2023-08-08T12:36:29Z", Some(1)),
        ("1 Jan 2020 10:00:00 -0000", "2020-01-01T10:00:00Z", None),
        ("1 Jan 2020 10:00:00 A", "2020-01-01T10:00:00Z", None),
        ("1 Jan 2020 10:00:00 Z", "2020-01-01T10:00:00+00:00", None),
        (
            "26-Mar-2017 10:00:00 +0200",
            "2017-03-26T10:00:00+02:00",
            None,
        ),
        ("2017-05-05T10:00:00Z", "2017-05-05T10:00:00+00:00", None),
        (
            "2017-05-05 10:00:00.123+05:30",
            "2017-05-05T10:00:00+05:30",
            None,
        ),
        (
            "Wednesday, 3 July 2002 2:05:07 PM -0700",
            "2002-07-03T14:05:07-07:00",
            Some(2),
        ),
        (
            "Mon, 31 Dec 1998 23:59:60 +0000",
            "1998-12-31T23:59:59+00:00",
            Some(0),
        ),
        ("Sat, 29 Feb 2017 10:00:00 +0000", "", None),
        (
            "Mon, 3 Apr 2017 10:00:00 GMT+0200",
            "2017-04-03T10:00:00+02:00",
            Some(0),
        ),
        (
            "Mon, 3 Apr 2017 10:00:00 +9999",
            "2017-04-03T10:00:00Z",
            Some(0),
        ),
        (
            "Thu, 05 Sep 2002 11.26.24 +0100",
            "2002-09-05T11:26:24+01:00",
            Some(3),
        ),
        ("", "", None),
        ("no date at all", "", None),
    ];

    #[test]
    fn dates_as_mail_programs_write_them() {
        for (text, expected, weekday) in DATES {
            let read = parse_date(text.as_bytes());
            let shown = read.map(|(stamp, _)| stamp.to_string()).unwrap_or_default();
            assert_eq!(shown, expected, "{text}");
            assert_eq!(read.and_then(|(_, weekday)| weekday), weekday, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "[-+0-9:., A-Za-z()\\PC]{0,60}") {
            parse_date(text.as_bytes());
        }
    }
}
