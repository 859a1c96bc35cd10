//! `X-GM-MSGID` and `X-GM-THRID`: Gmail's own numbers of a message and of its conversation.
//!
//! A number of 64 bits whose upper part is the time at which Gmail stored the message, in milliseconds since 1970 above
//! 20 bits. A conversation has the number of its first message, and keeps it when that message is deleted.
//! In a mailbox from Google Takeout the number of the message stands in the separator line too: `From 1573...@xxx`.

use mabillon_case::Stamp;

use super::{decimal, hex, of_mail};

/// The bits below the milliseconds.
const LOWER_BITS: u32 = 20;

/// The time in a number as it is written: decimal in header fields, hexadecimal in addresses of the web.
pub(crate) fn decode(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let number = if text.len() == 16 {
        hex(text)?
    } else {
        decimal(text)?
    };
    let millis = i64::try_from(number >> LOWER_BITS).ok()?;
    Stamp::from_micros(millis.checked_mul(1000)?).and_then(of_mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_writings() {
        let millis: u64 = 1_490_624_530_250;
        let number = millis << LOWER_BITS | 0x1_2345;
        for text in [format!("{number}"), format!("{number:016x}")] {
            assert_eq!(
                decode(&text).unwrap().to_string(),
                "2017-03-27T14:22:10.250Z"
            );
        }
        assert_eq!(decode("17"), None);
        assert_eq!(decode("not a number"), None);
    }
}
