//! Messages without original bytes: put together from the properties of a store. Which tests they can be shown to.
//!
//! Whatever is not listed here is not run on them: a test of signatures, of the layout of a body or of the habits of a
//! program would examine our own work.

use mabillon_case::{Assembled, HeaderSource};

use crate::Test;

/// Tests that compare stated values, wherever they are kept: identifiers and times.
const OF_VALUES: &[&str] = &[
    "date/outlook-message-id-time",
    "date/thread-index-time",
    "date/legacy-gmail-id-time",
    "date/dated-message-id",
    "date/java-mail-time",
];

/// Tests of header fields that stand verbatim in stored transport headers. Such headers are a property that whoever
/// holds the store can write, as they can write those of an unsigned message.
const OF_HEADERS: &[&str] = &[
    "transmission/received-chain",
    "transmission/received-clock-order",
    "transmission/postfix-id-time",
    "transmission/sendmail-id-time",
    "transmission/exim-id-time",
    "transmission/exchange-arrival-time",
    "transmission/gmail-received-ms",
    "date/date-vs-received",
    "date/date-weekday",
    "date/outlook-boundary-local-time",
    "date/gmail-boundary-time",
];

/// Collection tests that compare texts, signatures or identifiers of copies: a text that a program converted differs
/// from the one that was sent, and a signature that cannot be examined is not missing.
const NOT_GROUPED: &[&str] = &[
    "collection/altered-copy",
    "collection/shared-identifier",
    "collection/signer-agreement",
    "collection/quoted-parent",
    "collection/reference-comparison",
];

/// Why a test of one message is not run on one without original bytes; `None` where it is.
pub(crate) fn refusal(test: &Test, assembled: Assembled) -> Option<&'static str> {
    let applies = match assembled.header {
        HeaderSource::Transport => OF_VALUES.contains(&test.id) || OF_HEADERS.contains(&test.id),
        HeaderSource::Properties => OF_VALUES.contains(&test.id),
    };
    (!applies).then_some(if test.shelf() == "signature" {
        "these are not the original bytes: no signature can be examined on them"
    } else {
        NOT_ORIGINAL
    })
}

/// Why a collection test is not run on a message without original bytes.
pub(crate) const NOT_ORIGINAL: &str =
    "these are not the original bytes: the message was put together from the properties of a store";

/// Whether a collection test sees messages without original bytes.
pub(crate) fn is_grouped(test: &Test) -> bool {
    !NOT_GROUPED.contains(&test.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TESTS;

    #[test]
    fn every_listed_test_is_there() {
        for id in [OF_VALUES, OF_HEADERS, NOT_GROUPED].concat() {
            assert!(TESTS.iter().any(|test| test.id == id), "{id}");
        }
    }

    #[test]
    fn no_signature_is_examined_on_bytes_that_were_not_sent() {
        for test in TESTS.iter().filter(|test| test.shelf() == "signature") {
            for header in [HeaderSource::Transport, HeaderSource::Properties] {
                assert!(refusal(test, Assembled { header }).is_some(), "{}", test.id);
            }
        }
    }
}
