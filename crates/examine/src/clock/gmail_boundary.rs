//! MIME boundaries of Gmail: 28 hexadecimal digits.
//!
//! Six bytes of prefix (a network card's number, later zeros), three bytes of the low part of a time, four bytes of its
//! high part, one byte that counts the parts. The time is microseconds since the Unix epoch, UTC, by Google's clock.

use mabillon_case::Stamp;

use super::{hex, is_hex};

/// Gmail opened on 1 April 2004; an earlier time is none. The end is that of all mail.
const GMAIL_SECONDS: std::ops::Range<i64> = 1_080_777_600..4_102_444_800;

/// The time in a boundary of this form.
pub(crate) fn decode(boundary: &str) -> Option<Stamp> {
    let lower = boundary.bytes().all(|byte| !byte.is_ascii_uppercase());
    if boundary.len() != 28 || !lower || !is_hex(boundary) {
        return None;
    }
    let low = hex(boundary.get(12..18)?)?;
    let high = hex(boundary.get(18..26)?)?;
    let stamp = Stamp::from_micros(i64::try_from(high << 24 | low).ok()?)?;
    GMAIL_SECONDS
        .contains(&stamp.unix_seconds())
        .then_some(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_of_all_eras() {
        let told = |boundary| decode(boundary).unwrap().to_string();
        assert_eq!(
            told("000000000000b6809105a0ae7b18"),
            "2020-03-12T20:49:03.864977Z"
        );
        assert_eq!(
            told("001a114f01aaa2e6710565aa301e"),
            "2018-02-20T19:55:18.381169Z"
        );
        assert_eq!(
            told("001a113d0a8ae0f4c305575ba1bf"),
            "2017-08-22T18:19:13.068227Z"
        );
        assert_eq!(
            told("001a1140dbbc0ac0d40552d873b9"),
            "2017-06-26T08:08:00.051412Z"
        );
        assert_eq!(
            told("94eb2c122da417f6750553906b6c"),
            "2017-07-05T11:37:00.681845Z"
        );
        assert!(told("94eb2c115edcf35387055b61f849").starts_with("2017-10-12T23:33:50"));
    }

    #[test]
    fn other_hex_is_no_boundary_of_gmail() {
        assert_eq!(decode("ffffffffffffffffffffffffffff"), None);
        assert_eq!(decode("0000000000000000000000000000"), None);
        assert_eq!(decode("001A114F01AAA2E6710565AA301E"), None);
    }
}
