//! `Thread-Index` (`PR_CONVERSATION_INDEX`): when the conversation began, and when each reply was written.
//!
//! MS-OXOMSG, section 2.2.1.3: 22 bytes of header, then 5 bytes for each reply.
//! Outlook writes the top 48 bits of a FILETIME first (its leading byte happens to be 0x01);
//! Exchange writes a reserved byte 0x01 and then the top 40 bits.

use mabillon_case::{Message, Stamp};

/// Length of the header block.
const HEADER_BYTES: usize = 22;
/// Length of each reply block.
const REPLY_BYTES: usize = 5;
/// Reply blocks read at most.
const REPLIES_MAX: usize = 500;
/// Times before Outlook existed, or far ahead, are no times: 1995-01-01 and 2100-01-01, seconds since the epoch.
const PLAUSIBLE_SECONDS: std::ops::Range<i64> = 788_918_400..4_102_444_800;

/// A decoded conversation index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThreadIndex {
    /// When the window of the first message was opened; `None` where the bytes carry no plausible time.
    pub(crate) root: Option<Stamp>,
    /// The conversation's GUID.
    pub(crate) guid: [u8; 16],
    /// When each reply was begun, as far as the blocks can be read. Differences add up from block to block.
    pub(crate) replies: Vec<Stamp>,
    /// Number of reply blocks.
    pub(crate) n_replies: usize,
}

impl ThreadIndex {
    /// The GUID as 32 hex digits.
    pub(crate) fn guid_hex(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.guid))
    }
}

/// The conversation index of a message, if it has a readable one.
pub(crate) fn of_message(message: &Message) -> Option<ThreadIndex> {
    let field = message.field("Thread-Index")?;
    decode(field.value.of(&message.raw))
}

/// Decodes the base64 text of a `Thread-Index` field.
pub(crate) fn decode(base64: &[u8]) -> Option<ThreadIndex> {
    let text: Vec<u8> = base64
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let bytes = base64_simd::STANDARD.decode_to_vec(&text).ok()?;
    let (header, blocks) = bytes.split_at_checked(HEADER_BYTES)?;
    let guid: [u8; 16] = header.get(6..HEADER_BYTES)?.try_into().ok()?;
    let (root, variant) = root_time(header)?;
    let blocks: Vec<&[u8]> = blocks.chunks_exact(REPLY_BYTES).take(REPLIES_MAX).collect();
    let replies = match (variant, root) {
        (Variant::Outlook, Some(root)) => reply_times(root, &blocks),
        _ => Vec::new(),
    };
    Some(ThreadIndex {
        root: stamp(root),
        guid,
        replies,
        n_replies: blocks.len(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Variant {
    Outlook,
    Exchange,
    Opaque,
}

/// The FILETIME of the header block, if one of the two readings is plausible.
fn root_time(header: &[u8]) -> Option<(Option<u64>, Variant)> {
    let second = *header.get(1)?;
    let outlook = be(header.get(..6)?) << 16;
    let exchange = be(header.get(1..6)?) << 24;
    Some(if second != 0x01 && is_plausible(outlook) {
        (Some(outlook), Variant::Outlook)
    } else if second == 0x01 && is_plausible(exchange) {
        (Some(exchange), Variant::Exchange)
    } else {
        (None, Variant::Opaque)
    })
}

/// Replies add up: each block states the time since the block before it. Reading stops at a block that leads
/// out of plausible times, since some servers write blocks of their own making.
fn reply_times(root: u64, blocks: &[&[u8]]) -> Vec<Stamp> {
    let mut time = root;
    let mut times = Vec::with_capacity(blocks.len());
    for block in blocks {
        let value = be(block);
        let delta = (value >> 8) & 0x7fff_ffff;
        let shift = if value >> 39 == 0 { 18 } else { 23 };
        time = time.saturating_add(delta << shift);
        match stamp(Some(time)) {
            Some(stamp) if is_plausible(time) => times.push(stamp),
            _ => break,
        }
    }
    times
}

fn be(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

fn stamp(filetime: Option<u64>) -> Option<Stamp> {
    Stamp::from_filetime(filetime?)
}

fn is_plausible(filetime: u64) -> bool {
    stamp(Some(filetime)).is_some_and(|stamp| PLAUSIBLE_SECONDS.contains(&stamp.unix_seconds()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> String {
        decode(text.as_bytes())
            .unwrap()
            .root
            .map_or_else(|| "opaque".into(), |stamp| stamp.to_string())
    }

    #[test]
    fn both_variants_and_opaque_ones() {
        assert!(root("AdPCwN90aOYoV24DTGKfv8JaCuci0g==").starts_with("2018-03-23T16:06:16.2"));
        assert!(root("AQHZL35pnc02zerYFUuC5kSnu0clg66sqMt/").starts_with("2023-01-23T22:59:55."));
        assert!(root("AdLFZuUOxC4giHDHSCSny67CCj8VBQ==").starts_with("2017-05-05T06:14:46."));
        assert_eq!(
            root("AQIl7jaf5+ZLFToUYJ/P44Ycp83hwAFkmiVWqGyP/MA="),
            "opaque"
        );
    }

    #[test]
    fn reply_times_add_up() {
        let index = decode(b"AdlFxiFlnzIOBZgURkO2gsQA24A40QCktYOAAH3lA4A=").unwrap();
        assert!(
            index
                .root
                .unwrap()
                .to_string()
                .starts_with("2023-02-21T07:28:45.0")
        );
        assert_eq!(index.n_replies, 2);
        assert!(
            index.replies[1]
                .to_string()
                .starts_with("2023-02-27T02:09:38"),
            "{}",
            index.replies[1]
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120)) {
            let _ = decode(base64_simd::STANDARD.encode_to_string(&bytes).as_bytes());
            let _ = decode(&bytes);
        }
    }
}
