//! The clock, as the review writes it.

use jiff::Timestamp;

/// Seconds since the epoch.
pub(crate) fn now_seconds() -> i64 {
    Timestamp::now().as_second()
}

/// Now, RFC 3339 in UTC, to the millisecond.
pub(crate) fn now() -> String {
    format!("{:.3}", Timestamp::now())
}

/// A moment, RFC 3339 in UTC.
pub(crate) fn from_seconds(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map(|stamp| stamp.to_string())
        .unwrap_or_default()
}
