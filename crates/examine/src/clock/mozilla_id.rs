//! Message-IDs of Mozilla Mail and Thunderbird before version 38: `3D78B3E5.3050706@host`.
//!
//! Seconds since the Unix epoch in hexadecimal, a dot, and four random bytes that are each 0 to 9
//! (Mozilla source, `msg_generate_message_id` and `GenerateGlobalRandomBytes`).

use mabillon_case::Stamp;

use super::{halves, hex, of_mail};

/// A decoded id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MozillaId {
    /// When the message was built, by the sender's clock.
    pub(crate) time: Stamp,
    /// Whether the random bytes are each 0 to 9.
    pub(crate) is_random_like_mozilla: bool,
}

/// Reads an id of this form.
pub(crate) fn decode(message_id: &str) -> Option<MozillaId> {
    let (local, _) = halves(message_id)?;
    let (seconds, random) = local.split_once('.')?;
    let upper = local.bytes().all(|byte| !byte.is_ascii_lowercase());
    if seconds.len() != 8 || !(1..=8).contains(&random.len()) || !upper {
        return None;
    }
    let time = Stamp::from_seconds(i64::try_from(hex(seconds)?).ok()?).and_then(of_mail)?;
    let random = hex(random)?;
    Some(MozillaId {
        time,
        is_random_like_mozilla: random.to_be_bytes().iter().all(|byte| *byte <= 9),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_digits() {
        let id = decode("3D78B3E5.3050706@host.example").unwrap();
        assert_eq!(id.time.to_string(), "2002-09-06T13:55:49Z");
        assert!(id.is_random_like_mozilla);
        assert!(
            !decode("3D78B3E5.A3B50706@host.example")
                .unwrap()
                .is_random_like_mozilla
        );
        assert_eq!(decode("hello.world@host.example"), None);
    }
}
