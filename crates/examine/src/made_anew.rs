//! Identifiers that programs and servers make anew for each message.

use mabillon_case::{Hop, Message};

use crate::sketch::hash_bytes;

/// Relays of one message whose ids are kept; mail passes four or five.
const RELAYS_MAX: usize = 8;
/// Fields read for them.
const HOPS_MAX: usize = 200;
/// Shorter ids repeat.
const ID_CHARACTERS_MIN: usize = 6;

/// Letters of a word in a boundary; what is longer is drawn by lot.
const BOUNDARY_WORD_LETTERS: std::ops::RangeInclusive<usize> = 4..=12;
/// Words of a boundary that are read.
const BOUNDARY_WORDS_MAX: usize = 6;

/// Hashes of the ids under which relays took a message, each with the relay's name and the second, lowest first.
pub(crate) fn relay_ids(message: &Message) -> Vec<u64> {
    let hops = message.hops.iter().take(HOPS_MAX).rev();
    hops.filter_map(relay_id).take(RELAYS_MAX).collect()
}

/// The id alone repeats (old queue ids are numbers of files), and so does the second.
fn relay_id(hop: &Hop) -> Option<u64> {
    let by = hop.by.as_ref()?.to_ascii_lowercase();
    let id = hop.id.as_ref().filter(|id| is_of_one_message(id))?;
    let protocol = hop.with.as_deref().unwrap_or_default();
    // Dovecot names the session, in which several messages can come within a second.
    if protocol.to_ascii_uppercase().starts_with("LMTP") {
        return None;
    }
    let seconds = hop.date?.unix_seconds().to_be_bytes();
    let values = [by.as_bytes(), id.as_bytes(), &seconds];
    Some(values.iter().fold(0, |seed, value| hash_bytes(seed, value)))
}

/// Whether an id looks like that of one message: letters and figures. Exchange writes its version there (`15.1.1101.9`),
/// others a counter of the session.
fn is_of_one_message(id: &str) -> bool {
    id.len() >= ID_CHARACTERS_MIN
        && id.bytes().any(|byte| byte.is_ascii_digit())
        && id.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Hash of the whole of `Thread-Index`; 0 where there is none.
pub(crate) fn thread_index(message: &Message) -> u64 {
    message.value("Thread-Index").map_or(0, |value| {
        let text: String = value.split_whitespace().collect();
        hash_bytes(0, text.as_bytes()).max(1)
    })
}

/// The words of a boundary, which are those of the program that made it: `NextPart`, `boundary LibPST iamunique`.
pub(crate) fn boundary_shape(boundary: &str) -> String {
    let is_word = |token: &&str| {
        BOUNDARY_WORD_LETTERS.contains(&token.len())
            && token.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let tokens = boundary.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = tokens.filter(is_word).take(BOUNDARY_WORDS_MAX).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_boundary_are_those_of_its_program() {
        for (boundary, shape) in [
            ("----=_NextPart_000_0012_01D2A1B2.C3D4E5F0", "NextPart"),
            (
                "--boundary-LibPST-iamunique-1734_-_-",
                "boundary LibPST iamunique",
            ),
            ("Apple-Mail=_0B1C2D3E-4F50", "Apple Mail"),
            ("001a113d1f2a", ""),
            ("", ""),
        ] {
            assert_eq!(boundary_shape(boundary), shape, "{boundary}");
        }
    }

    #[test]
    fn versions_and_counters_are_no_ids() {
        for id in ["15.1.1101.9", "14.03.0123.003", "1", "20170412", "A1"] {
            assert!(!is_of_one_message(id), "{id}");
        }
        for id in [
            "4C1B2D",
            "g6mr1234567wmg.12",
            "1cxyzA-0004Zk-8q",
            "v3C7F4xk012345",
        ] {
            assert!(is_of_one_message(id), "{id}");
        }
    }
}
