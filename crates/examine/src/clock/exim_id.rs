//! Message ids of the mail server Exim: `1d8L81-00083F-8v`, and since version 4.97 `1d8L81-00000000083-8vAb`.
//!
//! The first six characters are the seconds since the Unix epoch when reception began, in base 62
//! (base 36 where file names do not tell upper from lower case). Exim specification, chapter 3, "Message identification".

use mabillon_case::Stamp;

use super::{in_alphabet, of_mail};

const BASE_62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE_36: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A decoded id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EximId {
    /// When reception began, read in base 62.
    pub(crate) time: Option<Stamp>,
    /// The same, read in base 36; `None` where a lower-case letter rules that out.
    pub(crate) time_base_36: Option<Stamp>,
    /// Whether it has the long form of version 4.97.
    pub(crate) is_long: bool,
}

/// Reads an id of one of the two forms.
pub(crate) fn decode(id: &str) -> Option<EximId> {
    let mut groups = id.split('-');
    let (seconds, process, fraction) = (groups.next()?, groups.next()?, groups.next()?);
    let is_long = match (seconds.len(), process.len(), fraction.len()) {
        (6, 6, 2) => false,
        (6, 11, 4) => true,
        _ => return None,
    };
    let is_form = [seconds, process, fraction]
        .iter()
        .all(|text| in_alphabet(text, BASE_62).is_some());
    let time = |alphabet| {
        let seconds = i64::try_from(in_alphabet(seconds, alphabet)?).ok()?;
        Stamp::from_seconds(seconds).and_then(of_mail)
    };
    (is_form && groups.next().is_none()).then(|| EximId {
        time: time(BASE_62),
        time_base_36: time(BASE_36),
        is_long,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_in_base_62() {
        let told = |id| decode(id).unwrap().time.unwrap().to_string();
        assert_eq!(told("1d8L81-00083F-8v"), "2017-05-10T06:29:41Z");
        assert_eq!(told("1pgPvo-0004lc-34"), "2023-03-26T12:57:08Z");
        assert!(decode("1pgPvo-00000004lcA-34Ab").unwrap().is_long);
        assert_eq!(decode("1pgPvo-0004lc"), None);
        assert_eq!(decode("1pgPvo-0004_c-34"), None);
    }
}
