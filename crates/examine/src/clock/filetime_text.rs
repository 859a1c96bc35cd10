//! `X-OriginalArrivalTime` of Microsoft servers: `10 Sep 2021 11:26:52.0731 (UTC) FILETIME=[C10230B0:01D7A636]`.
//!
//! One time written twice: in words, with the milliseconds filled up to four digits, and as a FILETIME, low half first.

use mabillon_case::Stamp;

use super::{decimal, hex, of_mail, server_date};

/// The same moment, twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FiletimeText {
    /// As the words say.
    pub(crate) words: Stamp,
    /// As the FILETIME says.
    pub(crate) filetime: Stamp,
}

/// Reads the value of the field.
pub(crate) fn decode(text: &str) -> Option<FiletimeText> {
    let (words, rest) = text.split_once("(UTC)")?;
    let (low, high) = rest
        .trim()
        .strip_prefix("FILETIME=[")?
        .strip_suffix(']')?
        .split_once(':')?;
    if (low.len(), high.len()) != (8, 8) {
        return None;
    }
    let filetime = Stamp::from_filetime(hex(high)? << 32 | hex(low)?).and_then(of_mail)?;
    let (seconds, fraction) = words.trim().rsplit_once('.')?;
    let whole = server_date::decode(&format!("{seconds} +0000"))?;
    let millis = i64::try_from(decimal(fraction)?).ok()?;
    let words = Stamp::from_micros(whole.unix_micros.checked_add(millis.checked_mul(1000)?)?)?;
    Some(FiletimeText { words, filetime })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_filetime_are_one_moment() {
        let told = decode("10 Sep 2021 11:26:52.0731 (UTC) FILETIME=[C10230B0:01D7A636]").unwrap();
        assert_eq!(told.words.to_string(), "2021-09-10T11:26:52.731Z");
        assert!(
            told.filetime
                .to_string()
                .starts_with("2021-09-10T11:26:52.731")
        );
        assert_eq!(decode("10 Sep 2021 11:26:52.0731 (UTC)"), None);
    }
}
