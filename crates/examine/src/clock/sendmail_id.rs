//! Queue ids of sendmail since version 8.10: `f7DHV1l01943`.
//!
//! Year since 1900 modulo 60, month from 0, day, hour, minute, second, a counter of one or two characters, each in
//! base 60, then the process number. Version 8.10 to 8.11 use the local or the universal clock, later ones the universal.

use mabillon_case::Stamp;

const BASE_60: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx";
/// Years after which the first character comes round again.
const CYCLE_YEARS: i16 = 60;

/// The clock that an id of this form carries, as if it were UTC. Of the possible years it takes the one nearest to `year`.
pub(crate) fn decode(id: &str, year: i16) -> Option<Stamp> {
    if !(12..=14).contains(&id.len()) || !has_process_number(id) {
        return None;
    }
    let mut digits = id.bytes().take(6).map(|byte| {
        let digit = BASE_60.iter().position(|symbol| *symbol == byte)?;
        i8::try_from(digit).ok()
    });
    let mut next = || digits.next().flatten();
    let (cycle, month, day) = (next()?, next()?, next()?);
    let time = (next()?, next()?, next()?);
    Stamp::from_civil(
        (nearest_year(i16::from(cycle), year), month + 1, day),
        time,
        None,
    )
}

/// After six characters of time and one or two of a counter, five or six digits of a process number.
fn has_process_number(id: &str) -> bool {
    let tail = id.get(7..).unwrap_or_default();
    let (counter, process) = match tail.len() {
        5 => ("", tail),
        6 if tail.bytes().all(|byte| byte.is_ascii_digit()) => ("", tail),
        _ => tail.split_at_checked(1).unwrap_or_default(),
    };
    counter.bytes().all(|byte| BASE_60.contains(&byte))
        && (5..=6).contains(&process.len())
        && process.bytes().all(|byte| byte.is_ascii_digit())
}

fn nearest_year(cycle: i16, year: i16) -> i16 {
    let ahead = (cycle - (year - 1900)).rem_euclid(CYCLE_YEARS);
    if ahead > CYCLE_YEARS / 2 {
        year + ahead - CYCLE_YEARS
    } else {
        year + ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_are_a_clock() {
        let told = |id, year| decode(id, year).unwrap().to_string();
        assert_eq!(told("f7DHV1l01943", 2001), "2001-08-13T17:31:01Z");
        assert_eq!(told("g82ExkZ05649", 2002), "2002-09-02T14:59:46Z");
        assert_eq!(told("v4NG6UZk012345", 2018), "2017-05-23T16:06:30Z");
        assert_eq!(decode("PAA11015", 2002), None);
        assert_eq!(decode("0CE2E4415F12", 2002), None);
    }
}
