//! Hidden clocks: identifiers that carry a time nobody thinks to forge.
//!
//! One file per format, each a pure decoder: bytes of an identifier in, the time it carries out.
//! Whose clock it is and how far it may be from others is the business of the tests.

pub(crate) mod dated_id;
pub(crate) mod exim_id;
pub(crate) mod filetime_text;
pub(crate) mod gap;
pub(crate) mod gmail_boundary;
pub(crate) mod gmail_internal_id;
pub(crate) mod gmail_relay_id;
pub(crate) mod java_mail;
pub(crate) mod legacy_gmail_id;
pub(crate) mod linked_id;
pub(crate) mod mimeole_boundary;
pub(crate) mod mozilla_id;
pub(crate) mod outlook_id;
pub(crate) mod pacific;
pub(crate) mod postfix_id;
pub(crate) mod sendmail_id;
pub(crate) mod server_date;
pub(crate) mod thread_index;
pub(crate) mod uuid;

use std::ops::Range;

use mabillon_case::Stamp;

/// Times of mail: 1990-01-01 to 2100-01-01, seconds since the epoch. What decodes to another time is no time.
const MAIL_SECONDS: Range<i64> = 631_152_000..4_102_444_800;

/// The clocks in a `Message-ID` that tell an instant: a new kind of id is one entry.
const ID_CLOCKS: &[fn(&str) -> Option<Stamp>] = &[
    |id| match outlook_id::decode(id)? {
        outlook_id::OutlookId::Time(time) => Some(time),
        outlook_id::OutlookId::Imitation => None,
    },
    |id| Some(mozilla_id::decode(id)?.time),
    java_mail::decode_id,
    legacy_gmail_id::decode,
    |id| match dated_id::decode(id)?.1 {
        dated_id::Reading::Instant(time) => Some(time),
        dated_id::Reading::Wall(_) => None,
    },
    |id| uuid::decode(halves(id)?.0)?.time,
];

/// When the program that made this `Message-ID` made it, if the id tells.
pub(crate) fn id_time(message_id: &str) -> Option<Stamp> {
    ID_CLOCKS.iter().find_map(|decode| decode(message_id))
}

/// The moment, if it lies in the times of mail.
fn of_mail(stamp: Stamp) -> Option<Stamp> {
    MAIL_SECONDS
        .contains(&stamp.unix_seconds())
        .then_some(stamp)
}

/// The value of a text that is nothing but hexadecimal digits.
fn hex(text: &str) -> Option<u64> {
    is_hex(text).then(|| u64::from_str_radix(text, 16).ok())?
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The value of a text that is nothing but decimal digits.
fn decimal(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok())?
}

/// The value of a text written in the digits of `alphabet`.
fn in_alphabet(text: &str, alphabet: &[u8]) -> Option<u64> {
    let base = u64::try_from(alphabet.len()).ok()?;
    text.bytes().try_fold(0_u64, |value, byte| {
        let digit = alphabet.iter().position(|symbol| *symbol == byte)?;
        value
            .checked_mul(base)?
            .checked_add(u64::try_from(digit).ok()?)
    })
}

/// The part of a Message-ID before the last `@`, and the part after it.
fn halves(message_id: &str) -> Option<(&str, &str)> {
    message_id.rsplit_once('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every decoder on one text: only that none panics matters here.
    fn decode_all(text: &str, year: i16) {
        let _ = (
            dated_id::decode(text),
            exim_id::decode(text),
            filetime_text::decode(text),
        );
        let _ = (
            gmail_boundary::decode(text),
            gmail_internal_id::decode(text),
            gmail_relay_id::decode(text),
            java_mail::decode_id(text),
        );
        let _ = (
            java_mail::decode_boundary(text),
            legacy_gmail_id::decode(text),
        );
        let _ = (
            mimeole_boundary::decode(text),
            mozilla_id::decode(text),
            outlook_id::decode(text),
        );
        let _ = (
            postfix_id::decode(text),
            sendmail_id::decode(text, year),
            server_date::decode(text),
        );
        let _ = (uuid::decode(text), linked_id::latest(text));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_decoder_panic(text in "\\PC{0,60}", year in 0_i16..9999) {
            decode_all(&text, year);
        }

        #[test]
        fn nor_do_texts_that_look_right(digits in "[0-9a-fA-Fz]{0,40}", tail in "[0-9A-Za-z.$_-]{0,30}", year in 0_i16..9999) {
            for text in [
                format!("{digits}.{tail}@mail.gmail.com"),
                format!("----=_NextPart_000_0001_{digits}.{tail}"),
                format!("----=_Part_1_2.{digits}"),
                format!("E{digits}-{tail}@host.example"),
                format!("Pine.LNX.4.44.{digits}.{tail}@host.example"),
                format!("{digits}{tail}"),
            ] {
                decode_all(&text, year);
            }
        }
    }
}
