//! Message-IDs that Gmail made until about 2011: `81b0412b0808280704h585b6cb4nf03e509de0159a91@mail.gmail.com`.
//!
//! After eight hexadecimal digits stand year, month, day, hour and minute, two digits each, in US Pacific time.

use mabillon_case::Stamp;

use super::{halves, of_mail};

/// The wall clock in US Pacific time that an id of this form carries, to the minute, as if it were UTC.
pub(crate) fn decode(message_id: &str) -> Option<Stamp> {
    let (local, domain) = halves(message_id)?;
    let (head, rest) = local.split_at_checked(8)?;
    let (digits, tail) = rest.split_at_checked(10)?;
    let is_tail = tail
        .bytes()
        .next()
        .is_some_and(|byte| matches!(byte, b'g'..=b'z'))
        && tail.len() >= 20
        && tail
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    if !domain.eq_ignore_ascii_case("mail.gmail.com") || !super::is_hex(head) || !is_tail {
        return None;
    }
    let two = |at: usize| digits.get(at..at + 2).and_then(super::decimal);
    let year = i16::try_from(two(0)?).ok()? + 2000;
    let part = |at: usize| two(at).and_then(|value| i8::try_from(value).ok());
    Stamp::from_civil((year, part(2)?, part(4)?), (part(6)?, part(8)?, 0), None).and_then(of_mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minute_stands_in_the_id() {
        let id = "81b0412b0808280704h585b6cb4nf03e509de0159a91@mail.gmail.com";
        assert_eq!(decode(id).unwrap().to_string(), "2008-08-28T07:04:00Z");
        assert_eq!(decode("CAHk-=wh1234567890abcdefghij@mail.gmail.com"), None);
        assert_eq!(
            decode("81b0412b0899280704h585b6cb4nf03e509de0159a91@mail.gmail.com"),
            None
        );
    }
}
