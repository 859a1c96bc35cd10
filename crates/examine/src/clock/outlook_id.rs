//! Message-IDs of Outlook and Outlook Express: `000001d3c2c0$e7ca4aa0$b75edfe0$@host`.
//!
//! Twelve hexadecimal digits, eight, and eight, between dollar signs. After a counter of four digits the next eight
//! and the second group are a FILETIME (MS-DTYP 2.3.3): when the message was built, UTC, by the sender's clock.

use mabillon_case::Stamp;

use super::{halves, hex, of_mail};

/// What an id of this form carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutlookId {
    /// When the message was built.
    Time(Stamp),
    /// The form without a possible time: some program imitates Outlook.
    Imitation,
}

/// Reads an id of this form.
pub(crate) fn decode(message_id: &str) -> Option<OutlookId> {
    let (local, _) = halves(message_id)?;
    let mut groups = local.split('$');
    let (first, second, third) = (groups.next()?, groups.next()?, groups.next()?);
    if (first.len(), second.len(), third.len()) != (12, 8, 8) {
        return None;
    }
    let (_, high) = (hex(first)?, hex(first.get(4..)?)?);
    let (low, _) = (hex(second)?, hex(third)?);
    let time = Stamp::from_filetime(high << 32 | low).and_then(of_mail);
    Some(time.map_or(OutlookId::Imitation, OutlookId::Time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_imitation() {
        let Some(OutlookId::Time(time)) = decode("000001d3c2c0$e7ca4aa0$b75edfe0$@desk.example")
        else {
            panic!()
        };
        assert_eq!(time.to_string(), "2018-03-23T16:06:30.218Z");
        assert_eq!(
            decode("036c30b32e2e$3876c4c4$7ba85ee1@rhjxet"),
            Some(OutlookId::Imitation)
        );
        assert_eq!(decode("25fae01c24d54$70df9e10$6b01a8c0@x"), None);
        assert_eq!(decode("0000+1d3c2c0$e7ca4aa0$b75edfe0@x"), None);
    }
}
