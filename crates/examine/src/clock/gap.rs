//! Gaps between two clocks: their words, and which of them a wrong time zone explains.

/// Seconds in a minute.
pub(crate) const MINUTE: f64 = 60.0;
/// Seconds in an hour.
pub(crate) const HOUR: f64 = 3600.0;
/// Seconds in a day.
pub(crate) const DAY: f64 = 86_400.0;
/// From here on two clocks are on different days: less than a day, since a date moved by one day is just that far off.
pub(crate) const NEXT_DAY: f64 = 20.0 * HOUR;

/// The zones of most people lie within twelve hours of each other, and twelve hours are also a wrong half of the day.
/// A whole day is not let go: to move a date by one day is the simplest change of all.
const ZONES_APART_MAX: f64 = 14.0 * HOUR;
/// The step between time zones in use, with two exceptions (Nepal, Chatham) that are let go.
const ZONE_STEP: f64 = 30.0 * MINUTE;
/// How far from a whole step two otherwise sound clocks may be.
const ZONE_RESIDUE_MAX: f64 = 150.0;

/// The length of a gap in words, without its direction.
pub(crate) fn in_words(seconds: f64) -> String {
    let seconds = seconds.abs();
    if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else if seconds < 2.0 * MINUTE {
        format!("{seconds:.0} s")
    } else if seconds < 2.0 * HOUR {
        format!("{:.0} minutes", seconds / MINUTE)
    } else if seconds < 2.0 * DAY {
        format!("{:.1} hours", seconds / HOUR)
    } else {
        format!("{:.0} days", seconds / DAY)
    }
}

/// Whether a machine with a wrong time zone explains the gap: it is a whole number of half hours, and not none.
pub(crate) fn is_whole_zones(seconds: f64) -> bool {
    let length = seconds.abs();
    let steps = (length / ZONE_STEP).round();
    steps >= 1.0
        && length <= ZONES_APART_MAX
        && (length - steps * ZONE_STEP).abs() <= ZONE_RESIDUE_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fit_the_length() {
        assert_eq!(in_words(-2.04), "2.0 s");
        assert_eq!(in_words(61.0), "61 s");
        assert_eq!(in_words(3599.0), "60 minutes");
        assert_eq!(in_words(79_366.0), "22.0 hours");
        assert_eq!(in_words(-259_200.0), "3 days");
    }

    #[test]
    fn only_whole_zones_are_zones() {
        assert!(is_whole_zones(3599.0));
        assert!(is_whole_zones(-19_800.0));
        assert!(!is_whole_zones(20.0));
        assert!(!is_whole_zones(2400.0));
        assert!(!is_whole_zones(DAY));
    }
}
