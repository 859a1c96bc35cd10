//! UUIDs (RFC 9562) in Message-IDs and boundaries: their version, and the time in those of version 1.

use mabillon_case::Stamp;

use super::{hex, of_mail};

/// Between 1582-10-15, where version 1 starts to count, and 1601-01-01, where FILETIME does, in 100 ns.
const GREGORIAN_TO_FILETIME: u64 = 5_748_192_000_000_000;

/// A decoded UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uuid {
    /// The version: 1 is time and network card, 4 is random.
    pub(crate) version: u64,
    /// When it was made, for version 1.
    pub(crate) time: Option<Stamp>,
    /// Whether all its letters are capitals.
    pub(crate) is_upper: bool,
}

/// Reads `8-4-4-4-12` hexadecimal digits.
pub(crate) fn decode(text: &str) -> Option<Uuid> {
    let groups: Vec<&str> = text.split('-').take(6).collect();
    let [low, mid, high, clock, node] = groups.as_slice() else {
        return None;
    };
    let lengths = [low.len(), mid.len(), high.len(), clock.len(), node.len()];
    if lengths != [8, 4, 4, 4, 12] {
        return None;
    }
    let (low, mid, high) = (hex(low)?, hex(mid)?, hex(high)?);
    let _ = (hex(clock)?, hex(node)?);
    let version = high >> 12;
    let count = (high & 0x0fff) << 48 | mid << 32 | low;
    let filetime = count.checked_sub(GREGORIAN_TO_FILETIME);
    let time = filetime
        .filter(|_| version == 1)
        .and_then(Stamp::from_filetime)
        .and_then(of_mail);
    let is_upper = text.bytes().all(|byte| !byte.is_ascii_lowercase());
    Some(Uuid {
        version,
        time,
        is_upper,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_time() {
        let random = decode("4F5A2C1B-3D7E-4A6B-9C8D-0E1F2A3B4C5D").unwrap();
        assert_eq!(
            (random.version, random.time, random.is_upper),
            (4, None, true)
        );
        let timed = decode("C232AB00-9414-11EC-B3C8-9F6BDECED846").unwrap();
        assert_eq!(timed.time.unwrap().to_string(), "2022-02-22T19:22:22Z");
        assert_eq!(decode("4F5A2C1B-3D7E-4A6B-9C8D"), None);
    }
}
