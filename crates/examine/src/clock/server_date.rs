//! The time at the end of a trace field that is not `Received` (`X-Received`): RFC 5322, section 3.3, as servers write it.

use mabillon_case::Stamp;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads `Tue, 20 Feb 2018 11:55:18 -0800 (PST)`: the weekday and the comment are not looked at.
pub(crate) fn decode(text: &str) -> Option<Stamp> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut words = text.split_ascii_whitespace();
    let day = words.next()?.parse().ok()?;
    let month = month(words.next()?)?;
    let year = words.next()?.parse().ok()?;
    let mut clock = words
        .next()?
        .splitn(3, ':')
        .map(|part| part.parse::<i8>().ok());
    let time = (clock.next()??, clock.next()??, clock.next()??);
    Stamp::from_civil(
        (year, month, day),
        time,
        Some(offset_minutes(words.next()?)?),
    )
}

fn month(name: &str) -> Option<i8> {
    let index = MONTHS
        .iter()
        .position(|month| month.eq_ignore_ascii_case(name))?;
    i8::try_from(index + 1).ok()
}

fn offset_minutes(text: &str) -> Option<i16> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number: i16 = (digits.len() == 4).then(|| digits.parse().ok())??;
    Some(sign * (number / 100 * 60 + number % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_date() {
        let stamp = decode(" Tue, 20 Feb 2018 11:55:18 -0800 (PST)").unwrap();
        assert_eq!(stamp.to_string(), "2018-02-20T11:55:18-08:00");
        assert_eq!(decode("Tue, 20 Foo 2018 11:55:18 -0800"), None);
        assert_eq!(decode("yesterday"), None);
    }
}
