//! The wall clock of Google's mail servers: US Pacific time, the zone `America/Los_Angeles`.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mabillon_case::Stamp;

/// The rules built into the program, so that no machine's own zone files change a finding.
static ZONE: LazyLock<Option<TimeZone>> = LazyLock::new(|| {
    jiff::tz::TimeZoneDatabase::bundled()
        .get("America/Los_Angeles")
        .ok()
});

/// What a clock on the wall showed there at this instant, as microseconds since the epoch as if it were UTC.
pub(crate) fn wall_micros(stamp: Stamp) -> Option<i64> {
    let zone = ZONE.as_ref()?;
    let timestamp = Timestamp::from_microsecond(stamp.unix_micros).ok()?;
    let offset_seconds = i64::from(zone.to_offset(timestamp).seconds());
    stamp
        .unix_micros
        .checked_add(offset_seconds.checked_mul(1_000_000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_and_winter_differ() {
        let of = |year, month| {
            let stamp = Stamp::from_civil((year, month, 15), (12, 0, 0), Some(0)).unwrap();
            (wall_micros(stamp).unwrap() - stamp.unix_micros) / 3_600_000_000
        };
        assert_eq!(of(2017, 7), -7);
        assert_eq!(of(2017, 1), -8);
    }
}
