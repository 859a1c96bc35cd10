//! MIME boundaries of `MimeOLE` (Outlook, Outlook Express): `----=_NextPart_000_0001_01D3C2C9.498F75F0`.
//!
//! Nesting level, counter, and a FILETIME (MS-DTYP 2.3.3) of the sender's *local* wall clock.

use mabillon_case::Stamp;

use super::{hex, of_mail};

/// What a boundary of this form carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MimeOleBoundary {
    /// The wall clock of the sender, as if it were UTC.
    WallClock(Stamp),
    /// The form without a possible time: some program imitates Outlook.
    Imitation,
}

/// Reads a boundary of this form.
pub(crate) fn decode(boundary: &str) -> Option<MimeOleBoundary> {
    let rest = boundary.strip_prefix("----=_NextPart_")?;
    let mut groups = rest.splitn(3, '_');
    let (level, counter, time) = (groups.next()?, groups.next()?, groups.next()?);
    let (high, low) = time.split_once('.')?;
    if (level.len(), counter.len(), high.len(), low.len()) != (3, 4, 8, 8) {
        return None;
    }
    let time = hex(counter)
        .and(hex(high).zip(hex(low)))
        .and_then(|(high, low)| Stamp::from_filetime(high << 32 | low))
        .and_then(of_mail);
    Some(time.map_or(MimeOleBoundary::Imitation, MimeOleBoundary::WallClock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_clock_and_imitation() {
        let found = decode("----=_NextPart_000_0001_01D3C2C9.498F75F0").unwrap();
        let MimeOleBoundary::WallClock(time) = found else {
            panic!("{found:?}")
        };
        assert_eq!(time.to_string(), "2018-03-23T17:06:30.223Z");
        let fake = decode("----=_NextPart_000_00X9_A9S5O59Q.A9S5O59Q");
        assert_eq!(fake, Some(MimeOleBoundary::Imitation));
        assert_eq!(decode("----=_NextPart_12345"), None);
    }
}
