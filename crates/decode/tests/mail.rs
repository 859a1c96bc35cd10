//! Messages, one file each, against what is read from them; and laws that hold for any bytes.
//!
//! Each `mail/*.eml` has an `.expected` beside it; `BLESS=1 cargo test -p mabillon-decode --test mail` writes them anew.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use mabillon_case::{HeaderField, Message, Span};
use mabillon_decode::{DecodedMessage, message};
use proptest::prelude::*;

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no fixture found");
    paths
}

fn decode(bytes: &[u8]) -> DecodedMessage {
    message(Bytes::copy_from_slice(bytes), None)
}

/// Everything that is read from a message, as lines.
fn describe(decoded: &DecodedMessage) -> String {
    let message = &decoded.message;
    let mut out = String::new();
    let _ = writeln!(out, "from {:?}", pairs(&message.from));
    let _ = writeln!(out, "to {:?}", pairs(&message.to));
    let _ = writeln!(out, "cc {:?}", pairs(&message.cc));
    let _ = writeln!(out, "subject {:?}", message.subject);
    let date = message.date.map(|date| date.to_string());
    let _ = writeln!(out, "date {date:?} weekday {:?}", message.date_weekday);
    let _ = writeln!(out, "message-id {:?}", message.message_id);
    let _ = writeln!(
        out,
        "in-reply-to {:?} references {:?}",
        message.in_reply_to, message.references
    );
    for hop in &message.hops {
        let date = hop.date.map(|date| date.to_string()).unwrap_or_default();
        let _ = writeln!(
            out,
            "hop from {:?} ip {:?} by {:?} id {:?} at {date}",
            hop.from, hop.from_ip, hop.by, hop.id
        );
    }
    describe_parts(decoded, &mut out);
    out
}

/// The parts, what they carry, and the text.
fn describe_parts(decoded: &DecodedMessage, out: &mut String) {
    let message = &decoded.message;
    for part in &message.parts {
        let names: Vec<_> = part
            .header
            .iter()
            .map(|field| name(message, field))
            .collect();
        let _ = writeln!(
            out,
            "part {:?} {} {:?} {:?} file {:?} body of {} bytes, fields {names:?}",
            part.number,
            part.media_type,
            part.disposition,
            part.encoding,
            part.file_name,
            without_returns(part.body.of(&message.raw)).len(),
        );
    }
    for attached in &decoded.attached {
        let bytes = without_returns(&attached.bytes);
        let _ = writeln!(
            out,
            "attached {} {:?}",
            attached.part,
            String::from_utf8_lossy(&bytes)
        );
    }
    let _ = writeln!(out, "own {:?}", message.text.own);
    for quotation in &message.text.quotations {
        let _ = writeln!(
            out,
            "quoted {} {:?} {:?}",
            quotation.depth, quotation.attribution, quotation.text
        );
    }
    let _ = writeln!(out, "html {:?}", message.text.html_alternative);
    for warning in &decoded.warnings {
        let _ = writeln!(out, "warning {}", warning.code);
    }
}

fn pairs(addresses: &[mabillon_case::Address]) -> Vec<(&str, &str)> {
    addresses.iter().map(|a| (&*a.name, &*a.address)).collect()
}

fn name(message: &Message, field: &HeaderField) -> String {
    String::from_utf8_lossy(field.name.of(&message.raw)).into_owned()
}

fn without_returns(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|&b| b != b'\r').collect()
}

#[test]
fn fixtures_are_read_as_expected() {
    for path in fixtures() {
        let described = describe(&decode(&fs::read(&path).unwrap()));
        let expected_path = path.with_extension("expected");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected_path, &described).unwrap();
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        assert_eq!(described, expected, "{}", path.display());
    }
}

#[test]
fn line_ends_change_nothing_but_places() {
    for path in fixtures() {
        let bytes = fs::read(&path).unwrap();
        if !bytes.contains(&b'\n') || path.ends_with("odd_bytes.eml") {
            continue;
        }
        let lf = without_returns(&bytes);
        let crlf = String::from_utf8_lossy(&lf).replace('\n', "\r\n");
        let lf = String::from_utf8_lossy(&lf).into_owned();
        let (lf, crlf) = (decode(lf.as_bytes()), decode(crlf.as_bytes()));
        assert_eq!(describe(&lf), describe(&crlf), "{}", path.display());
    }
}

#[test]
fn attached_bytes_that_stand_as_they_are_are_shared() {
    let raw = Bytes::from_static(b"Content-Type: message/rfc822\n\nSubject: x\n\ny");
    let decoded = message(raw.clone(), None);
    let attached = &decoded.attached[0].bytes;
    assert_eq!(attached.as_ptr(), raw[30..].as_ptr());
}

/// The laws of places: every span lies inside, fields tile their header, parts lie inside their parents.
fn check_places(decoded: &DecodedMessage) {
    let message = &decoded.message;
    let length = message.raw.len();
    let inside = |span: Span| span.start <= span.end && span.end <= length;
    assert!(inside(message.header) && inside(message.body));
    assert!(message.header.end <= message.body.start);
    assert!(!message.parts.is_empty());
    for part in &message.parts {
        assert!(inside(part.body) && inside(part.boundary_span));
        for pair in part.header.windows(2) {
            assert_eq!(pair[0].whole.end, pair[1].whole.start);
        }
        for field in &part.header {
            let Span { start, end } = field.whole;
            assert!(inside(field.whole) && inside(field.name) && inside(field.value));
            assert!(
                start <= field.name.start
                    && field.name.end <= field.value.start
                    && field.value.end <= end
            );
        }
        if let Some(parent) = part.parent {
            let parent = &message.parts[parent];
            assert!(parent.body.start <= part.body.start && part.body.end <= parent.body.end);
            assert_eq!(part.depth, parent.depth + 1);
        }
    }
    for attached in &decoded.attached {
        assert!(attached.part < message.parts.len());
    }
    check_places_of_values(message);
}

/// The same laws for what is read from the fields of the message.
fn check_places_of_values(message: &Message) {
    let length = message.raw.len();
    let inside = |span: Span| span.start <= span.end && span.end <= length;
    let fields = message.fields();
    let tiles: usize = fields.iter().map(|field| field.whole.len()).sum();
    assert_eq!(tiles, message.header.len());
    for span in [message.message_id_span, message.date_span] {
        assert!(inside(span));
    }
    let lists = [
        &message.from,
        &message.sender,
        &message.reply_to,
        &message.to,
        &message.cc,
    ];
    assert!(
        lists
            .into_iter()
            .flatten()
            .all(|address| inside(address.span))
    );
    for hop in &message.hops {
        assert!(inside(hop.span) && inside(hop.id_span) && inside(hop.date_span));
    }
}

#[test]
fn places_of_fixtures_are_exact() {
    for path in fixtures() {
        check_places(&decode(&fs::read(&path).unwrap()));
    }
}

/// Pieces of mail in any order: more telling than random bytes.
const PIECES: &str = "(From: a@x\\.example|To: |Content-Type: multipart/mixed; boundary=b|Content-Type: text/html|Content-Type: message/rfc822|\
Content-Disposition: attachment; filename=x|Content-Transfer-Encoding: base64|Content-Transfer-Encoding: quoted-printable|Received: from a by b; 1 Jan 2020 10:00|\
--b|--b--|--|\n|\r\n|\r|\t| |>|<p>|=?utf-8?q?=C3|\\?=|;|:|\"|<|>|aGk=|x|\u{e9}|\u{0}|\n\n|\n--b\n|From |-----Original Message-----\n){0,60}";

proptest! {
    #[test]
    fn any_bytes_are_read_with_exact_places(bytes: Vec<u8>) {
        check_places(&decode(&bytes));
    }

    #[test]
    fn any_pieces_of_mail_are_read_with_exact_places(text in PIECES) {
        check_places(&decode(text.as_bytes()));
    }

    #[test]
    fn line_ends_change_nothing(text in "(From: a@x\\.example|Content-Type: multipart/mixed; boundary=b|Content-Type: text/html|Content-Disposition: attachment|--b|--b--|\n| |> |x|\n\n|\n--b\n){0,40}") {
        let crlf = text.replace('\n', "\r\n");
        let (lf, crlf) = (decode(text.as_bytes()), decode(crlf.as_bytes()));
        prop_assert_eq!(describe(&lf), describe(&crlf));
    }

    #[test]
    fn the_same_bytes_give_the_same_reading(text in PIECES) {
        let (one, two) = (decode(text.as_bytes()), decode(text.as_bytes()));
        prop_assert_eq!(describe(&one), describe(&two));
        prop_assert_eq!(one.warnings, two.warnings);
    }
}
