//! Queue ids of the mail server Postfix (`enable_long_queue_ids`, postconf(5); `mail_queue.h`).
//!
//! Short, `0CE2E4415F`: five hexadecimal digits of microseconds, then the number of the queue file.
//! Long, `47PQKf11zLzDr58`: seconds since the Unix epoch and microseconds in base 52, `z`, number of the file in base 51.

use mabillon_case::Stamp;

use super::{hex, in_alphabet, of_mail};

const BASE_52: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
/// Digits that stand for the microseconds of a long id.
const MICROS_DIGITS: usize = 4;
const MICROS_PER_SECOND: u64 = 1_000_000;

/// A decoded id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostfixId {
    /// The long form: when the queue file was made.
    Time(Stamp),
    /// The short form: the microsecond of its second, which is below one million.
    Micros(u64),
    /// One of the forms with more microseconds than a second has.
    Impossible,
}

/// Reads an id of one of the two forms.
pub(crate) fn decode(id: &str) -> Option<PostfixId> {
    long(id).or_else(|| short(id))
}

fn long(id: &str) -> Option<PostfixId> {
    let (time, inode) = id.rsplit_once('z')?;
    let (seconds, micros) = time.split_at_checked(time.len().checked_sub(MICROS_DIGITS)?)?;
    in_alphabet(inode, BASE_52)?;
    if inode.is_empty() || !(6..=7).contains(&seconds.len()) {
        return None;
    }
    let micros = in_alphabet(micros, BASE_52)?;
    let seconds = i64::try_from(in_alphabet(seconds, BASE_52)?).ok()?;
    if micros >= MICROS_PER_SECOND {
        return Some(PostfixId::Impossible);
    }
    let micros = i64::try_from(micros).ok()?;
    let stamp = Stamp::from_micros(seconds.checked_mul(1_000_000)?.checked_add(micros)?);
    stamp.and_then(of_mail).map(PostfixId::Time)
}

fn short(id: &str) -> Option<PostfixId> {
    let is_upper = id.bytes().all(|byte| !byte.is_ascii_lowercase());
    let (micros, inode) = id.split_at_checked(5)?;
    let (micros, _) = (hex(micros)?, hex(inode)?);
    let id = if micros < MICROS_PER_SECOND {
        PostfixId::Micros(micros)
    } else {
        PostfixId::Impossible
    };
    is_upper.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_short() {
        let Some(PostfixId::Time(time)) = decode("47PQKf11zLzDr58") else {
            panic!()
        };
        assert_eq!(time.to_string(), "2019-11-29T06:56:54.145982Z");
        assert_eq!(decode("0CE2E4415F"), Some(PostfixId::Micros(0x0_ce2e)));
        assert_eq!(decode("F42414415F"), Some(PostfixId::Impossible));
        assert_eq!(decode("1d8L81-00083F-8v"), None);
        assert_eq!(decode(""), None);
    }
}
