//! A moment as it is written in an item: the instant and the offset it was written with.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// A moment: microseconds since 1970-01-01T00:00:00Z, and the offset from UTC it was written with, if any.
///
/// `Display` is RFC 3339 with its own offset (`Z` where none was written).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Microseconds since the Unix epoch, UTC.
    pub unix_micros: i64,
    /// Minutes east of UTC, as written; `None` where the source carries no offset.
    pub offset_minutes: Option<i16>,
}

/// The largest distance from the epoch that RFC 3339 can write (years 0000 to 9999), in microseconds.
const MICROS_MIN: i64 = -62_167_219_200_000_000;
const MICROS_MAX: i64 = 253_402_207_200_000_000;

/// Between 1601-01-01 (FILETIME's epoch) and 1970-01-01, in microseconds.
const FILETIME_EPOCH_MICROS: i64 = 11_644_473_600_000_000;

impl Stamp {
    /// A moment in UTC, from microseconds since the epoch; `None` outside the years 0000 to 9999.
    pub fn from_micros(unix_micros: i64) -> Option<Self> {
        (MICROS_MIN..=MICROS_MAX)
            .contains(&unix_micros)
            .then_some(Self {
                unix_micros,
                offset_minutes: None,
            })
    }

    /// A moment in UTC, from whole seconds since the epoch; `None` outside the years 0000 to 9999.
    pub fn from_seconds(unix_seconds: i64) -> Option<Self> {
        Self::from_micros(unix_seconds.checked_mul(1_000_000)?)
    }

    /// A moment from a Windows FILETIME: 100 ns since 1601-01-01 UTC (MS-DTYP 2.3.3).
    pub fn from_filetime(filetime: u64) -> Option<Self> {
        let micros = i64::try_from(filetime / 10).ok()?;
        Self::from_micros(micros.checked_sub(FILETIME_EPOCH_MICROS)?)
    }

    /// A moment from civil date and time at an offset; `None` where no such date exists.
    ///
    /// A second of 60 is read as 59, as RFC 5322 allows leap seconds.
    pub fn from_civil(
        (year, month, day): (i16, i8, i8),
        (hour, minute, second): (i8, i8, i8),
        offset_minutes: Option<i16>,
    ) -> Option<Self> {
        let second = if second == 60 { 59 } else { second };
        let civil = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
        let utc = Offset::UTC.to_timestamp(civil).ok()?;
        let shift = i64::from(offset_minutes.unwrap_or(0)) * 60_000_000;
        let stamp = Self::from_micros(utc.as_microsecond().checked_sub(shift)?)?;
        Some(Self {
            offset_minutes,
            ..stamp
        })
    }

    /// The same instant, written with another offset.
    #[must_use]
    pub const fn at_offset(self, offset_minutes: i16) -> Self {
        Self {
            unix_micros: self.unix_micros,
            offset_minutes: Some(offset_minutes),
        }
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn unix_seconds(self) -> i64 {
        self.unix_micros.div_euclid(1_000_000)
    }

    /// Seconds from `earlier` to `self`, negative where `self` is the earlier one.
    #[expect(
        clippy::cast_precision_loss,
        reason = "differences are far below 2^52 microseconds in use"
    )]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.unix_micros.saturating_sub(earlier.unix_micros) as f64 / 1e6
    }

    /// The clock on the wall: microseconds since the epoch as if the local time were UTC.
    pub fn local_micros(self) -> i64 {
        self.unix_micros
            .saturating_add(i64::from(self.offset_minutes.unwrap_or(0)) * 60_000_000)
    }

    /// The civil date and time on the wall where it was written.
    pub fn civil(self) -> jiff::civil::DateTime {
        let local =
            Timestamp::from_microsecond(self.local_micros()).unwrap_or(Timestamp::UNIX_EPOCH);
        Offset::UTC.to_datetime(local)
    }
}

/// Later instants are greater, whatever their offsets; equal instants are ordered by offset.
impl Ord for Stamp {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.unix_micros, self.offset_minutes).cmp(&(other.unix_micros, other.offset_minutes))
    }
}

impl PartialOrd for Stamp {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        write!(
            f,
            "{:04}-{:02}-{:02}",
            civil.year(),
            civil.month(),
            civil.day()
        )?;
        write!(
            f,
            "T{:02}:{:02}:{:02}",
            civil.hour(),
            civil.minute(),
            civil.second()
        )?;
        let micros = self.unix_micros.rem_euclid(1_000_000);
        if micros != 0 {
            if micros % 1000 == 0 {
                write!(f, ".{:03}", micros / 1000)?;
            } else {
                write!(f, ".{micros:06}")?;
            }
        }
        match self.offset_minutes {
            None => f.write_str("Z"),
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                let minutes = offset.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filetime_of_an_outlook_message_id() {
        let stamp = Stamp::from_filetime(0x01d3_c2c0_e7ca_4aa0).unwrap();
        assert_eq!(
            stamp.to_string(),
            "2018-03-23T16:06:30.218000Z".replace("000Z", "Z")
        );
    }

    #[test]
    fn offset_is_kept_and_the_instant_is_utc() {
        let stamp = Stamp::from_civil((2018, 3, 23), (17, 6, 29), Some(60)).unwrap();
        assert_eq!(stamp.to_string(), "2018-03-23T17:06:29+01:00");
        assert_eq!(stamp.unix_seconds(), 1_521_821_189);
        assert_eq!(Stamp::from_civil((2017, 2, 29), (0, 0, 0), None), None);
    }

    proptest::proptest! {
        #[test]
        fn display_never_panics_and_order_is_by_instant(a in proptest::prelude::any::<i64>(), b in proptest::prelude::any::<i64>()) {
            if let (Some(x), Some(y)) = (Stamp::from_micros(a), Stamp::from_micros(b)) {
                let _ = x.at_offset(840).to_string();
                proptest::prop_assert_eq!(x < y, a < b);
            }
        }
    }
}
