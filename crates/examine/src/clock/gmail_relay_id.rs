//! Ids that Gmail's servers write into `Received` and `X-Received`.
//!
//! `u28mr655795oti.152.1519156518366`: milliseconds since the Unix epoch.
//! `q81sm10535131wmg.8.2018.03.23.09.06.30`: date and time on the wall in US Pacific time.

use mabillon_case::Stamp;

use super::{decimal, of_mail, pacific};

/// The time an id carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RelayTime {
    /// An instant, to the millisecond.
    Instant(Stamp),
    /// The wall clock in US Pacific time, as if it were UTC, to the second.
    Pacific(Stamp),
}

impl RelayTime {
    /// Seconds from the time of the id to `readable`, the time that stands beside it in words.
    ///
    /// The readable time has whole seconds, so an instant is cut to them first.
    pub(crate) fn seconds_until(self, readable: Stamp) -> Option<i64> {
        match self {
            Self::Instant(stamp) => Some(readable.unix_seconds() - stamp.unix_seconds()),
            Self::Pacific(wall) => {
                Some(pacific::wall_micros(readable)?.div_euclid(1_000_000) - wall.unix_seconds())
            }
        }
    }
}

/// Reads an id of one of the two forms.
pub(crate) fn decode(id: &str) -> Option<RelayTime> {
    let mut groups = id.split('.');
    let name = groups.next()?;
    let is_name = name.len() >= 6
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let counter = groups.next()?;
    let groups: Vec<&str> = groups.take(7).collect();
    if !is_name || decimal(counter).is_none() {
        return None;
    }
    match groups.as_slice() {
        [millis] if millis.len() == 13 => {
            let micros = i64::try_from(decimal(millis)?).ok()?.checked_mul(1000)?;
            Stamp::from_micros(micros)
                .and_then(of_mail)
                .map(RelayTime::Instant)
        }
        [year, month, day, hour, minute, second] if year.len() == 4 => {
            let two = |text: &str| (text.len() == 2).then(|| text.parse::<i8>().ok())?;
            let date = (year.parse().ok()?, two(month)?, two(day)?);
            Stamp::from_civil(date, (two(hour)?, two(minute)?, two(second)?), None)
                .and_then(of_mail)
                .map(RelayTime::Pacific)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let told = decode("u28mr655795oti.152.1519156518366").unwrap();
        let readable = Stamp::from_civil((2018, 2, 20), (11, 55, 18), Some(-480)).unwrap();
        assert_eq!(told.seconds_until(readable), Some(0));
        let told = decode("q81sm10535131wmg.8.2018.03.23.09.06.30").unwrap();
        let readable = Stamp::from_civil((2018, 3, 23), (9, 6, 30), Some(-420)).unwrap();
        assert_eq!(told.seconds_until(readable), Some(0));
    }

    #[test]
    fn other_ids_carry_no_time() {
        assert_eq!(decode("20csp1234567wmx"), None);
        assert_eq!(decode("g82ExkZ05649"), None);
        assert_eq!(decode("abcmr123456xyz.3.99"), None);
    }
}
