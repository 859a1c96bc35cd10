//! The canonical forms of header and body (RFC 6376, section 3.4) against a second implementation, as plain as can be.
#![no_main]

use bytes::Bytes;
use mabillon_case::Message;
use mabillon_examine::signature::{KeyArchive, signed_bytes};

/// Names that the signature signs, some more than once.
const SIGNED: [&str; 6] = ["from", "subject", "subject", "x-a", "to", "from"];

libfuzzer_sys::fuzz_target!(|input: (u8, u16, &[u8])| {
    let (choice, length, rest) = input;
    let is_relaxed = [choice & 1 == 0, choice & 2 == 0];
    let [header, body] = is_relaxed.map(|relaxed| if relaxed { "relaxed" } else { "simple" });
    let l = if choice & 4 == 0 {
        String::new()
    } else {
        format!(" l={length};")
    };
    let h = SIGNED.join(":");
    let signature = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; c={header}/{body};{l} d=x.example; s=s;\r\n h={h}; bh=AAAA; b="
    );
    let text = [signature.as_bytes(), b"AAAA\r\nFrom: a\r\n", rest].concat();
    let message = mabillon_decode::message(Bytes::from(text), None).message;
    let keys = KeyArchive::default();
    let all = signed_bytes(&message, &keys);
    let Some(signed) = all.first().filter(|one| one.span.start == 0) else {
        return;
    };
    let mut expected = header_of(&message, is_relaxed[0]);
    expected.extend(canonical_field(signature.as_bytes(), is_relaxed[0]));
    assert_eq!(show(&signed.header), show(&expected));
    let mut expected = canonical_body(message.body.of(&message.raw), is_relaxed[1]);
    if choice & 4 != 0 {
        expected.truncate(usize::from(length));
    }
    assert_eq!(show(&signed.body), show(&expected));
});

fn show(octets: &[u8]) -> String {
    octets.escape_ascii().to_string()
}

/// The signed fields, each with its line end: of each name the last one that is not taken yet.
fn header_of(message: &Message, is_relaxed: bool) -> Vec<u8> {
    let mut left: Vec<_> = message.fields().iter().skip(1).collect();
    let mut out = Vec::new();
    for name in SIGNED {
        let is_it = |field: &&mabillon_case::HeaderField| {
            field.name.of(&message.raw).eq_ignore_ascii_case(name.as_bytes())
        };
        if let Some(at) = left.iter().rposition(is_it) {
            let whole = left.remove(at).whole.of(&message.raw);
            let whole = whole.strip_suffix(b"\n").unwrap_or(whole);
            let whole = whole.strip_suffix(b"\r").unwrap_or(whole);
            out.extend(canonical_field(whole, is_relaxed));
            out.extend(b"\r\n");
        }
    }
    out
}

fn canonical_field(field: &[u8], is_relaxed: bool) -> Vec<u8> {
    let field = with_line_ends(field);
    if !is_relaxed {
        return field;
    }
    let colon = field.iter().position(|&octet| octet == b':').unwrap();
    let name: Vec<u8> = field[..colon].to_ascii_lowercase();
    let value = replaced(&field[colon + 1..], b"\r\n", b"");
    [trimmed(&name), b":", trimmed(&one_space(&value))].concat()
}

fn canonical_body(body: &[u8], is_relaxed: bool) -> Vec<u8> {
    let body = with_line_ends(body);
    let mut lines: Vec<Vec<u8>> = lines_of(&body);
    if is_relaxed {
        for line in &mut lines {
            *line = one_space(line);
            if line.last() == Some(&b' ') {
                line.pop();
            }
        }
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    if lines.is_empty() {
        return if is_relaxed { Vec::new() } else { b"\r\n".to_vec() };
    }
    lines.iter().flat_map(|line| [line.as_slice(), b"\r\n"].concat()).collect()
}

/// Every line feed that no carriage return stands before gets one: exports drop them.
fn with_line_ends(octets: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    for (at, &octet) in octets.iter().enumerate() {
        if octet == b'\n' && (at == 0 || octets[at - 1] != b'\r') {
            out.push(b'\r');
        }
        out.push(octet);
    }
    out
}

fn lines_of(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = vec![Vec::new()];
    let mut at = 0;
    while at < octets.len() {
        if octets[at..].starts_with(b"\r\n") {
            lines.push(Vec::new());
            at += 2;
        } else {
            lines.last_mut().unwrap().push(octets[at]);
            at += 1;
        }
    }
    lines
}

fn replaced(octets: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < octets.len() {
        if octets[at..].starts_with(what) {
            out.extend(with);
            at += what.len();
        } else {
            out.push(octets[at]);
            at += 1;
        }
    }
    out
}

fn one_space(octets: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::new();
    for &octet in octets {
        let octet = if octet == b'\t' { b' ' } else { octet };
        if octet != b' ' || out.last() != Some(&b' ') {
            out.push(octet);
        }
    }
    out
}

fn trimmed(octets: &[u8]) -> &[u8] {
    let is_white = |octet: &u8| matches!(octet, b' ' | b'\t');
    let start = octets.iter().position(|octet| !is_white(octet)).unwrap_or(octets.len());
    let end = octets.iter().rposition(|octet| !is_white(octet)).map_or(start, |last| last + 1);
    &octets[start..end]
}
