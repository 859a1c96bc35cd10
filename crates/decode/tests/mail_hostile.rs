//! Messages made to exhaust a reader. What is asserted is what was kept and what was said of it, never seconds.

use std::fmt::Write as _;

use bytes::Bytes;
use mabillon_decode::mail::limits::{
    ADDRESSES_MAX, DEPTH_MAX, FIELDS_MAX, HOPS_MAX, IDENTIFIERS_MAX, PARTS_MAX, QUOTATIONS_MAX,
    TEXT_BYTES_MAX,
};
use mabillon_decode::{DecodedMessage, message};

fn decode(text: impl Into<Vec<u8>>) -> DecodedMessage {
    message(Bytes::from(text.into()), None)
}

#[track_caller]
fn assert_warns(decoded: &DecodedMessage, code: &str) {
    let codes: Vec<_> = decoded
        .warnings
        .iter()
        .map(|warning| &*warning.code)
        .collect();
    assert!(codes.contains(&code), "{code} is not among {codes:?}");
}

#[test]
fn each_of_30_000_nested_messages_costs_its_own_header_only() {
    let level = "Content-Type: message/rfc822\n\n";
    let mut bytes = Bytes::from(level.repeat(30_000) + "Subject: innermost\n\n");
    let (mut n_levels, mut n_header_bytes) = (0, 0);
    while let Some(attached) = {
        let decoded = message(bytes.clone(), None);
        n_header_bytes += decoded.message.body.start;
        assert!(decoded.warnings.is_empty() && decoded.message.parts.len() == 1);
        decoded.attached.into_iter().next()
    } {
        // The inner message shares the bytes of the outer one: nothing is copied and nothing behind its header was read.
        assert_eq!(attached.bytes.len() + level.len(), bytes.len());
        bytes = attached.bytes;
        n_levels += 1;
    }
    assert_eq!(
        (n_levels, n_header_bytes),
        (30_000, 30_000 * level.len() + 20)
    );
}

#[test]
fn nested_messages_inside_multiparts_are_one_attachment() {
    let mut text = String::new();
    for level in 0..30_000 {
        let _ = write!(
            text,
            "Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\nContent-Type: message/rfc822\n\n"
        );
    }
    let decoded = decode(text);
    assert_eq!(
        (decoded.message.parts.len(), decoded.attached.len()),
        (2, 1)
    );
    assert_warns(&decoded, "multipart-not-closed");
}

#[test]
fn multiparts_are_opened_down_to_the_depth_limit() {
    let mut text = String::new();
    for level in 0..30_000 {
        let _ = write!(
            text,
            "Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"
        );
    }
    let decoded = decode(text);
    let deepest = decoded.message.parts.iter().map(|part| part.depth).max();
    assert_eq!(deepest, Some(DEPTH_MAX));
    assert_warns(&decoded, "depth-limit");
    // What lies deeper is kept, as a whole.
    assert_eq!(decoded.attached.len(), 1);
    assert!(decoded.attached[0].bytes.len() > 1_000_000);
}

#[test]
fn a_million_parts_are_read_up_to_the_limit() {
    let mut text = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned();
    text.push_str(&"--b\n\nx\n".repeat(1_000_000));
    let decoded = decode(text);
    assert_eq!(decoded.message.parts.len(), PARTS_MAX);
    assert_warns(&decoded, "part-limit");
}

#[test]
fn many_long_boundaries_of_one_beginning() {
    let mut text = String::new();
    let long = "b".repeat(900);
    for level in 0..99 {
        let _ = write!(
            text,
            "Content-Type: multipart/mixed; boundary={long}{level}\n\n--{long}{level}\n"
        );
    }
    text.push_str(&format!("--{long}\n").repeat(2_000));
    let decoded = decode(text);
    assert_eq!(decoded.message.parts.len(), 100);
}

#[test]
fn a_header_of_50_megabytes_in_many_fields() {
    let mut text = "X: y\n".repeat(10_000_000);
    text.push_str("Subject: too late\n\nbody\n");
    let decoded = decode(text);
    let message = &decoded.message;
    assert_eq!(message.fields().len(), FIELDS_MAX + 1);
    assert_eq!(message.header.len(), 50_000_018);
    assert_eq!(message.body.of(&message.raw), b"body\n");
    assert_warns(&decoded, "header-limit");
}

#[test]
fn a_header_of_50_megabytes_in_one_field() {
    let mut text = "Subject: x\nTo: ".to_owned();
    text.push_str(&"ada@x.example,\n ".repeat(50_000_000 / 16));
    text.push_str("\nDate: 1 Jan 2020 10:00 GMT\n\nbody\n");
    let decoded = decode(text);
    let message = &decoded.message;
    assert_eq!(message.to.len(), ADDRESSES_MAX);
    assert_eq!(message.body.of(&message.raw), b"body\n");
    assert_warns(&decoded, "address-limit");
}

#[test]
fn a_header_of_lines_that_are_no_fields() {
    let decoded = decode("a\n".repeat(1_000_000));
    assert!(decoded.message.header.is_empty());
    assert_warns(&decoded, "missing-empty-line");
    let decoded = decode("junk\nX-A: b\n".repeat(1_000_000));
    assert_eq!(decoded.message.fields().len(), FIELDS_MAX + 1);
    assert_warns(&decoded, "header-line-without-name");
}

#[test]
fn ten_megabytes_of_quotation_marks() {
    for text in [
        ">".repeat(10 << 20),
        ">\n".repeat(5 << 20),
        "> a\n>> b\n".repeat(1 << 20),
    ] {
        let decoded = decode(format!("Subject: x\n\n{text}"));
        let quotations = &decoded.message.text.quotations;
        let n_bytes: usize = quotations
            .iter()
            .map(|quotation| quotation.text.len())
            .sum();
        assert!(quotations.len() <= QUOTATIONS_MAX && n_bytes <= TEXT_BYTES_MAX);
        assert_warns(&decoded, "text-limit");
    }
}

#[test]
fn floods_of_special_characters_in_addresses() {
    for piece in [
        "<",
        ">",
        "\"",
        "(",
        ")",
        "\\\"",
        ",",
        ":;",
        "=?",
        "=?a?q?",
        "[",
        "@",
        "<\"",
        "\"<",
        "a@x.example,",
        "=?utf-8?q?a?= ",
    ] {
        let flood = piece.repeat((2 << 20) / piece.len());
        let decoded = decode(format!("To: {flood}\nFrom: {flood}\n\nbody"));
        assert!(decoded.message.to.len() <= ADDRESSES_MAX);
        assert_eq!(decoded.message.text.own, "body");
        assert_warns(&decoded, "address-limit");
    }
}

#[test]
fn floods_in_other_fields() {
    for piece in [
        "=?utf-8?q?a?= ",
        "=?",
        "=?a?b?",
        "(",
        ";",
        "\"",
        "a=b;",
        "a*0=b;",
        "<",
        "<a>",
        "<a@b> ",
        " by",
        "id ",
        "1 ",
        "\\",
    ] {
        let flood = piece.repeat((2 << 20) / piece.len());
        let names = [
            "Subject",
            "Date",
            "Received",
            "References",
            "Message-ID",
            "Content-Type",
            "Content-Disposition",
        ];
        let mut header = String::new();
        for name in names {
            let _ = writeln!(header, "{name}: {flood}");
        }
        let decoded = decode(format!("{header}\nbody"));
        let message = &decoded.message;
        assert_eq!(message.body.of(&message.raw), b"body");
        assert!(message.references.len() <= IDENTIFIERS_MAX);
        assert!(
            message
                .subject
                .as_ref()
                .is_some_and(|subject| subject.len() <= 1 << 20)
        );
        assert_warns(&decoded, "field-limit");
    }
}

#[test]
fn a_flood_of_received_fields() {
    let decoded = decode("Received: from a by b; 1 Jan 2020 10:00 GMT\n".repeat(15_000) + "\n");
    assert_eq!(decoded.message.hops.len(), HOPS_MAX);
    assert_warns(&decoded, "hop-limit");
}

#[test]
fn floods_in_the_body() {
    for (content_type, piece) in [
        ("text/html", "<blockquote>"),
        ("text/html", "<p>"),
        ("text/html", "<"),
        ("text/html", "&"),
        ("text/html", "<a b=\""),
        ("text/html", "<script>"),
        ("text/html", "<!--"),
        ("text/plain; format=flowed", "> \n"),
        ("text/plain; format=flowed", "a \n"),
        ("text/plain", "-----Original Message-----\n"),
        ("text/plain", "From: a\n"),
        ("text/plain", "On 1 a wrote:\n"),
        ("text/plain", "a:\n> b\n"),
        ("text/plain", ":\n\n> b\n\n"),
        ("text/plain; charset=utf-7", "+"),
    ] {
        let flood = piece.repeat((3 << 20) / piece.len());
        let decoded = decode(format!("Content-Type: {content_type}\n\n{flood}"));
        let text = &decoded.message.text;
        let quoted: usize = text
            .quotations
            .iter()
            .map(|q| q.text.len() + q.attribution.len())
            .sum();
        assert!(
            text.own.len() + quoted <= 2 * TEXT_BYTES_MAX,
            "{content_type} {piece:?}"
        );
    }
}

#[test]
fn warnings_are_bounded() {
    let mut text = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned();
    text.push_str(
        &"--b\nContent-Type: x\nContent-Type: y\nContent-Transfer-Encoding: z\n\nx\n".repeat(9_000),
    );
    let decoded = decode(text);
    assert!(decoded.warnings.len() < 100);
    assert!(
        decoded
            .warnings
            .iter()
            .any(|warning| warning.says.contains("8990 more"))
    );
}
