//! Points in time, to the microsecond, and the ways mail writes them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// The Unix epoch as FILETIME: 100 ns since 1601-01-01 (MS-DTYP, section 2.3.3).
const FILETIME_OF_EPOCH: i64 = 116_444_736_000_000_000;

/// Microseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    /// A day at midnight UTC; the epoch where there is no such day.
    pub(crate) fn day(year: i16, month: i8, day: i8) -> Self {
        jiff::civil::Date::new(year, month, day)
            .and_then(|date| date.to_zoned(TimeZone::UTC))
            .map_or(Self(0), |zoned| Self(zoned.timestamp().as_microsecond()))
    }

    pub(crate) const fn plus(self, microseconds: i64) -> Self {
        Self(self.0 + microseconds)
    }

    pub(crate) const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    pub(crate) const fn milliseconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Microseconds within the second.
    pub(crate) const fn fraction(self) -> i64 {
        self.0.rem_euclid(SECOND)
    }

    /// Without the fraction of a second, as a header states it.
    pub(crate) const fn whole_second(self) -> Self {
        Self(self.seconds() * SECOND)
    }

    /// 100 ns since 1601-01-01 UTC.
    pub(crate) const fn filetime(self) -> u64 {
        (self.0 * 10 + FILETIME_OF_EPOCH) as u64
    }

    /// The wall clock of a zone, as FILETIME.
    pub(crate) fn local_filetime(self, zone: &TimeZone) -> u64 {
        self.plus(i64::from(self.local(zone).offset().seconds()) * SECOND)
            .filetime()
    }

    pub(crate) fn local(self, zone: &TimeZone) -> Zoned {
        Timestamp::from_microsecond(self.0)
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_zoned(zone.clone())
    }

    /// In the notation of `strftime`.
    pub(crate) fn format(self, zone: &TimeZone, format: &str) -> String {
        self.local(zone).strftime(format).to_string()
    }

    /// As RFC 5322, section 3.3 has it: `Fri, 7 Apr 2017 11:11:24 +0200`.
    pub(crate) fn rfc5322(self, zone: &TimeZone) -> String {
        self.format(zone, "%a, %-d %b %Y %H:%M:%S %z")
    }

    /// The same with two digits for the day, as Exchange and Google's relays write it.
    pub(crate) fn rfc5322_padded(self, zone: &TimeZone) -> String {
        self.format(zone, "%a, %d %b %Y %H:%M:%S %z")
    }

    /// With the name of the zone behind it, as Postfix, Sendmail and Google's relays write it.
    pub(crate) fn rfc5322_named(self, zone: &TimeZone) -> String {
        self.format(zone, "%a, %-d %b %Y %H:%M:%S %z (%Z)")
    }

    /// RFC 3339 in UTC, to the second: `2017-04-07T09:11:24Z`.
    pub(crate) fn rfc3339(self) -> String {
        self.format(&TimeZone::UTC, "%Y-%m-%dT%H:%M:%SZ")
    }
}

/// A zone of the IANA database by its name; UTC where there is none.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}
