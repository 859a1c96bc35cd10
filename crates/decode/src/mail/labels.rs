//! What mailboxes write into the header of a message that they keep: labels of Gmail Takeout, tags and flags of
//! Thunderbird.

use mabillon_case::Span;

use super::encoded_word;
use super::limits::{LABELS_BYTES_MAX, LABELS_MAX};
use super::warnings::Warnings;

/// The labels in `X-Gmail-Labels`: separated by commas, in quotes where one holds a comma.
pub(super) fn of_gmail(raw: &[u8], fields: &[Span], warnings: &mut Warnings) -> Vec<String> {
    of_fields(raw, fields, warnings, |text| {
        let mut is_quoted = false;
        text.split(|c| {
            is_quoted ^= c == '"';
            c == ',' && !is_quoted
        })
        .map(|label| label.trim().trim_matches('"').to_owned())
        .collect()
    })
}

/// The tags in `X-Mozilla-Keys`: separated by spaces, and padded with them.
pub(super) fn of_thunderbird(raw: &[u8], fields: &[Span], warnings: &mut Warnings) -> Vec<String> {
    of_fields(raw, fields, warnings, |text| {
        text.split_whitespace().map(str::to_owned).collect()
    })
}

/// What `split` makes of each field, decoded; each once, up to the limits.
fn of_fields(
    raw: &[u8],
    fields: &[Span],
    warnings: &mut Warnings,
    split: impl Fn(&str) -> Vec<String>,
) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    let mut left = LABELS_BYTES_MAX;
    let mut is_whole = true;
    for field in fields {
        let value = field.of(raw);
        let read = value.get(..value.len().min(left)).unwrap_or_default();
        is_whole &= read.len() == value.len();
        left -= read.len();
        for label in split(&encoded_word::decode(read, warnings)) {
            if label.is_empty() || labels.contains(&label) {
                continue;
            }
            if labels.len() >= LABELS_MAX {
                is_whole = false;
                break;
            }
            labels.push(label);
        }
    }
    if !is_whole {
        warnings.add("label-limit", || {
            format!("only the first {LABELS_MAX} labels, of {LABELS_BYTES_MAX} bytes, are read")
        });
    }
    labels
}

/// The flags in `X-Mozilla-Status` (four hexadecimal digits) and `X-Mozilla-Status2` (eight, of which the upper four are
/// used).
pub(super) fn mozilla_status(status: Option<&[u8]>, status2: Option<&[u8]>) -> Option<u32> {
    let hex = |value: &[u8]| u32::from_str_radix(std::str::from_utf8(value).ok()?.trim(), 16).ok();
    let low = status.and_then(hex).map(|status| status & 0xffff);
    let high = status2.and_then(hex).map(|status| status & 0xffff_0000);
    low.map_or(high, |low| Some(low | high.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    fn read(header: &str) -> mabillon_case::Message {
        let text = format!("{header}From: ann@mill.example\n\nHi\n");
        crate::message(Bytes::from(text), None).message
    }

    #[test]
    fn labels_of_gmail_takeout() {
        let message = read(
            "X-GM-THRID: 1573000000000000000\n\
             X-Gmail-Labels: =?UTF-8?Q?Archiv=C3=A9,Important,\"Moulin,_Nord\"?=,Opened,\n Important\n",
        );
        assert_eq!(
            message.labels,
            ["Archiv\u{e9}", "Important", "Moulin, Nord", "Opened"]
        );
        assert_eq!(message.mozilla_status, None);
    }

    #[test]
    fn flags_and_tags_of_thunderbird() {
        let message = read(
            "X-Mozilla-Status: 0009\nX-Mozilla-Status2: 10000000\nX-Mozilla-Keys: $label1 flour       \n",
        );
        assert_eq!(message.mozilla_status, Some(0x1000_0009));
        assert_eq!(message.labels, ["$label1", "flour"]);
        assert_eq!(read("X-Mozilla-Status: zz\n").mozilla_status, None);
        assert_eq!(
            read("X-Mozilla-Status2: 00800000\n").mozilla_status,
            Some(0x0080_0000)
        );
    }

    #[test]
    fn labels_without_end_are_bounded() {
        let many = (0..30_000)
            .map(|n| format!("label {n},"))
            .collect::<Vec<_>>()
            .concat();
        let text = format!("X-Gmail-Labels: {many}\nFrom: ann@mill.example\n\nHi\n");
        let decoded = crate::message(Bytes::from(text), None);
        assert_eq!(decoded.message.labels.len(), super::LABELS_MAX);
        assert!(decoded.partial.unwrap().contains("labels"));
    }
}
