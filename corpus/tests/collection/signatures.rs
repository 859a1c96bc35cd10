//! A straightforward DKIM verifier (RFC 6376, RFC 8463), written apart from the signer.

use std::collections::BTreeMap;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64_simd::STANDARD;
use rsa::pkcs8::DecodePublicKey;
use rsa::sha2::Sha256;
use rsa::{Pkcs1v15Sign, RsaPublicKey};

/// Key name to `p=`.
pub(crate) fn keys(path: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 5, "{line}");
            (
                columns[0].to_owned(),
                columns[1].split("p=").nth(1).unwrap().to_owned(),
            )
        })
        .collect()
}

/// For each signature of a message whether it verifies; nothing is said of lines that end in LF.
pub(crate) fn verify(message: &[u8], keys: &BTreeMap<String, String>) -> Vec<bool> {
    let Some(end) = message.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Vec::new();
    };
    let head = String::from_utf8(message[..end + 2].to_vec()).unwrap();
    let fields = fields(&head);
    fields
        .iter()
        .filter(|field| name(field) == "dkim-signature")
        .map(|signature| is_valid(signature, &fields, &message[end + 4..], keys))
        .collect()
}

/// The fields with their folds, without the last line end.
fn fields(head: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for line in head.split_terminator("\r\n") {
        if line.starts_with([' ', '\t']) {
            let last = fields.last_mut().unwrap();
            last.push_str("\r\n");
            last.push_str(line);
        } else {
            fields.push(line.to_owned());
        }
    }
    fields
}

fn name(field: &str) -> String {
    field.split(':').next().unwrap().to_ascii_lowercase()
}

fn is_valid(
    signature: &str,
    fields: &[String],
    body: &[u8],
    keys: &BTreeMap<String, String>,
) -> bool {
    let tags: BTreeMap<&str, String> = signature
        .split_once(':')
        .unwrap()
        .1
        .split(';')
        .map(|tag| tag.split_once('=').unwrap())
        .map(|(tag, value)| (tag.trim(), value.split_ascii_whitespace().collect()))
        .collect();
    let (header_form, body_form) = tags["c"].split_once('/').unwrap();
    let mut body = canonical_body(body, body_form == "relaxed");
    if let Some(length) = tags.get("l") {
        body.truncate(length.parse().unwrap());
    }
    if STANDARD.encode_to_string(digest(&SHA256, &body)) != tags["bh"] {
        return false;
    }
    let mut data = String::new();
    let mut used = vec![false; fields.len()];
    for wanted in tags["h"].split(':') {
        let found = (0..fields.len())
            .rev()
            .find(|at| !used[*at] && name(&fields[*at]) == wanted);
        if let Some(at) = found {
            used[at] = true;
            data.push_str(&canonical_field(&fields[at], header_form == "relaxed"));
            data.push_str("\r\n");
        }
    }
    let empty = signature[..signature.rfind("b=").unwrap()].to_owned() + "b=";
    data.push_str(&canonical_field(&empty, header_form == "relaxed"));
    let Some(key) = keys.get(&format!("{}._domainkey.{}", tags["s"], tags["d"])) else {
        return false;
    };
    let key = STANDARD.decode_to_vec(key).unwrap();
    let signed = STANDARD.decode_to_vec(&tags["b"]).unwrap();
    let hash = digest(&SHA256, data.as_bytes());
    if tags["a"] == "ed25519-sha256" {
        return UnparsedPublicKey::new(&ED25519, key)
            .verify(hash.as_ref(), &signed)
            .is_ok();
    }
    let key = RsaPublicKey::from_public_key_der(&key).unwrap();
    key.verify(Pkcs1v15Sign::new::<Sha256>(), hash.as_ref(), &signed)
        .is_ok()
}

fn canonical_field(field: &str, relaxed: bool) -> String {
    if !relaxed {
        return field.to_owned();
    }
    let (name, value) = field.split_once(':').unwrap();
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    format!("{}:{}", name.to_ascii_lowercase(), words.join(" "))
}

fn canonical_body(body: &[u8], relaxed: bool) -> Vec<u8> {
    // Latin-1 keeps every byte a character of its own.
    let text: String = body.iter().map(|byte| char::from(*byte)).collect();
    let mut lines: Vec<String> = text
        .split("\r\n")
        .map(|line| {
            if relaxed {
                relax(line)
            } else {
                line.to_owned()
            }
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let mut canonical: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    if canonical.is_empty() && !relaxed {
        canonical.push_str("\r\n");
    }
    canonical
        .chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap())
        .collect()
}

fn relax(line: &str) -> String {
    let mut relaxed = String::new();
    for character in line.trim_end_matches([' ', '\t']).chars() {
        let blank = matches!(character, ' ' | '\t');
        if !(blank && relaxed.ends_with(' ')) {
            relaxed.push(if blank { ' ' } else { character });
        }
    }
    relaxed
}
