//! Times as documents write them.

use mabillon_case::Stamp;

/// Reads an ISO 8601 / W3C-DTF time (`2017-03-27T13:49:11Z`, `2017-03-27T15:49:11.5+02:00`, `2017-03-27`).
///
/// `Z` is an offset of 0; where none is written, the offset is `None`. Used by OOXML, ODF and XMP.
pub(crate) fn iso(text: &str) -> Option<Stamp> {
    let mut digits = Digits(text.trim().as_bytes());
    let year = digits.number(4)?;
    let month = digits.after(b'-', 2).unwrap_or(1);
    let day = digits.after(b'-', 2).unwrap_or(1);
    let mut time = (0, 0, 0);
    let mut micros = 0;
    if digits.eat(b'T') || digits.eat(b' ') {
        time.0 = digits.number(2)?;
        time.1 = digits.after(b':', 2)?;
        time.2 = digits.after(b':', 2).unwrap_or(0);
        micros = digits.fraction();
    }
    let offset = digits.offset();
    stamp((year, month, day), time, micros, offset)
}

/// Reads a PDF date, `D:YYYYMMDDHHmmSSOHH'mm'` (ISO 32000-1, 7.9.4); parts after the year may be missing.
pub(crate) fn pdf(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let mut digits = Digits(text.strip_prefix("D:").unwrap_or(text).as_bytes());
    let year = digits.number(4)?;
    let month = digits.number(2).unwrap_or(1);
    let day = digits.number(2).unwrap_or(1);
    let hour = digits.number(2).unwrap_or(0);
    let minute = digits.number(2).unwrap_or(0);
    let second = digits.number(2).unwrap_or(0);
    let offset = digits.offset();
    stamp((year, month, day), (hour, minute, second), 0, offset)
}

/// Reads an EXIF time, `YYYY:MM:DD HH:MM:SS`, with the offset of its `OffsetTime` (`+02:00`) where there is one.
pub(crate) fn exif(text: &str, offset: &str) -> Option<Stamp> {
    let mut digits = Digits(text.trim().as_bytes());
    let date = (
        digits.number(4)?,
        digits.after(b':', 2)?,
        digits.after(b':', 2)?,
    );
    if !digits.eat(b' ') {
        return None;
    }
    let time = (
        digits.number(2)?,
        digits.after(b':', 2)?,
        digits.after(b':', 2)?,
    );
    stamp(date, time, 0, Digits(offset.trim().as_bytes()).offset())
}

/// A DOS date and time (two-second steps, no zone); `None` for 1980-01-01 00:00, which writers put for "none".
pub(crate) fn dos(date: u16, time: u16) -> Option<Stamp> {
    if (date == 0x0021 && time == 0) || date == 0 {
        return None;
    }
    let (date, time) = (i32::from(date), i32::from(time));
    stamp(
        (1980 + (date >> 9), (date >> 5) & 15, date & 31),
        (time >> 11, (time >> 5) & 63, (time & 31) * 2),
        0,
        None,
    )
}

/// Minutes of an ISO 8601 duration (`PT1H3M20S`, `P1DT2H`), rounded down; years and months are not used by writers.
pub(crate) fn iso_duration_minutes(text: &str) -> Option<u64> {
    let mut seconds: u64 = 0;
    let mut number: u64 = 0;
    let mut in_fraction = false;
    for c in text.trim().strip_prefix('P')?.chars() {
        let unit = match c {
            '0'..='9' if in_fraction => continue,
            '0'..='9' => {
                number = number
                    .checked_mul(10)?
                    .checked_add(u64::from(c.to_digit(10)?))?;
                continue;
            }
            '.' | ',' => {
                in_fraction = true;
                continue;
            }
            'T' => 0,
            'D' => 86_400,
            'H' => 3600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        number = 0;
        in_fraction = false;
    }
    Some(seconds / 60)
}

/// Puts a moment together from numbers that may be out of range.
pub(crate) fn stamp(
    (year, month, day): (i32, i32, i32),
    (hour, minute, second): (i32, i32, i32),
    micros: i64,
    offset_minutes: Option<i16>,
) -> Option<Stamp> {
    let date = (
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    );
    let time = (
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
    );
    let whole = Stamp::from_civil(date, time, offset_minutes)?;
    Some(Stamp {
        unix_micros: whole.unix_micros.checked_add(micros)?,
        ..whole
    })
}

/// Reads fixed-width numbers from the front.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn eat(&mut self, wanted: u8) -> bool {
        match self.0.split_first() {
            Some((&first, rest)) if first == wanted => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn number(&mut self, width: usize) -> Option<i32> {
        let digits = self.0.get(..width)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = self.0.get(width..)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    fn after(&mut self, separator: u8, width: usize) -> Option<i32> {
        let before = self.0;
        let number = if self.eat(separator) {
            self.number(width)
        } else {
            None
        };
        if number.is_none() {
            self.0 = before;
        }
        number
    }

    /// `.` and digits, as microseconds.
    fn fraction(&mut self) -> i64 {
        if !self.eat(b'.') {
            return 0;
        }
        let mut micros = 0;
        let mut scale = 100_000;
        while let Some((&digit, rest)) = self.0.split_first() {
            if !digit.is_ascii_digit() {
                break;
            }
            micros += i64::from(digit - b'0') * scale;
            scale /= 10;
            self.0 = rest;
        }
        micros
    }

    /// `Z`, `+02:00`, `+0200`, `-05'30'`, `+02`; `None` where there is none or it is no real offset.
    fn offset(&mut self) -> Option<i16> {
        let east = match self.0.first()? {
            b'Z' | b'z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.0 = self.0.get(1..)?;
        let hours = self.number(2)?;
        let minutes = self
            .after(b':', 2)
            .or_else(|| self.after(b'\'', 2))
            .or_else(|| self.number(2))
            .unwrap_or(0);
        if hours > 15 || minutes > 59 {
            return None;
        }
        i16::try_from(east * (hours * 60 + minutes)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(stamp: Option<Stamp>) -> String {
        stamp.map_or_else(|| "none".to_owned(), |stamp| stamp.to_string())
    }

    #[test]
    fn iso_times_keep_their_offset() {
        for (written, read) in [
            ("2017-03-27T13:49:11Z", "2017-03-27T13:49:11+00:00"),
            ("2017-03-27T15:49:11+02:00", "2017-03-27T15:49:11+02:00"),
            ("2017-03-27T15:49:11.25", "2017-03-27T15:49:11.250Z"),
            ("2017-03-27T15:49", "2017-03-27T15:49:00Z"),
            ("2017-03-27", "2017-03-27T00:00:00Z"),
            ("2017", "2017-01-01T00:00:00Z"),
            ("2017-13-27T13:49:11Z", "none"),
            ("", "none"),
        ] {
            assert_eq!(shown(iso(written)), read, "{written}");
        }
    }

    #[test]
    fn pdf_dates_in_all_their_forms() {
        for (written, read) in [
            ("D:20170327154911+02'00'", "2017-03-27T15:49:11+02:00"),
            ("D:20170327154911+02'00", "2017-03-27T15:49:11+02:00"),
            ("D:20170327154911-0530", "2017-03-27T15:49:11-05:30"),
            ("D:20170327154911Z00'00'", "2017-03-27T15:49:11+00:00"),
            ("D:20170327154911", "2017-03-27T15:49:11Z"),
            ("D:201703271549", "2017-03-27T15:49:00Z"),
            ("20170327", "2017-03-27T00:00:00Z"),
            ("D:2017", "2017-01-01T00:00:00Z"),
            ("D:20170230", "none"),
            ("D:", "none"),
        ] {
            assert_eq!(shown(pdf(written)), read, "{written}");
        }
    }

    #[test]
    fn dos_and_exif_and_durations() {
        assert_eq!(dos(0x0021, 0), None);
        assert_eq!(shown(dos(0x4a7b, 0x7e25)), "2017-03-27T15:49:10Z");
        assert_eq!(
            shown(exif("2017:03:27 15:49:11", "+02:00")),
            "2017-03-27T15:49:11+02:00"
        );
        assert_eq!(exif("    :  :     :  :  ", ""), None);
        assert_eq!(iso_duration_minutes("PT1H3M20S"), Some(63));
        assert_eq!(iso_duration_minutes("P1DT0.5S"), Some(1440));
        assert_eq!(iso_duration_minutes("nonsense"), None);
    }
}
