//! Text, HTML, or neither.

use mabillon_case::Form;

/// Bytes that are looked at.
const LOOK_BYTES_MAX: usize = 8 << 10;

/// Text has at most one control character in so many bytes.
const BYTES_PER_CONTROL_MIN: usize = 64;

/// How HTML begins, lower case.
const HTML_STARTS: &[&[u8]] = &[
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<body",
    b"<meta ",
    b"<table",
    b"<div",
];

pub(super) fn form_of_text(head: &[u8]) -> Form {
    let head = head
        .get(..head.len().min(LOOK_BYTES_MAX))
        .unwrap_or_default();
    if head.is_empty() {
        return Form::Other;
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Form::Text;
    }
    if is_html(head) {
        return Form::Html;
    }
    let n_control = head.iter().filter(|byte| is_control(**byte)).count();
    if head.contains(&0) || n_control > head.len() / BYTES_PER_CONTROL_MIN {
        Form::Other
    } else {
        Form::Text
    }
}

fn is_html(head: &[u8]) -> bool {
    let head = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    let start = head
        .get(..head.len().min(16))
        .unwrap_or_default()
        .to_ascii_lowercase();
    HTML_STARTS.iter().any(|html| start.starts_with(html))
}

/// Control characters that texts do not have: all but tab, line ends, form feed, backspace, escape and end of file.
const fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=7 | 11 | 14..=25 | 28..=31 | 127)
}
