//! DKIM signatures (RFC 6376) over the messages of the corpus.

use aws_lc_rs::digest::{SHA256, digest};
use base64_simd::STANDARD;

use crate::MakeError;
use crate::keys::{Canon, KeyRing, Policy, Selector};
use crate::mime::{Field, Mail};
use crate::moment::Moment;

/// What the signers of the corpus sign where it is there.
const SIGNED: &[&str] = &[
    "MIME-Version",
    "In-Reply-To",
    "References",
    "From",
    "Date",
    "Message-ID",
    "Subject",
    "To",
    "Cc",
    "Content-Type",
    "List-Unsubscribe",
];

/// A made signature and the names of what it says.
pub(crate) struct Made {
    pub(crate) field: Field,
    /// The first eight characters of `b=`, which a receiver repeats as `header.b` (RFC 6008).
    pub(crate) tag_start: String,
}

/// Signs with the selector of the moment. `None` where the domain has none yet.
pub(crate) fn sign(
    mail: &Mail,
    policy: &Policy,
    moment: Moment,
    ring: &mut KeyRing,
) -> Result<Option<Made>, MakeError> {
    let Some(selector) = policy.selector(moment) else {
        return Ok(None);
    };
    let unsigned = unsigned_field(mail, policy, selector, moment);
    let signature = ring.sign(policy, selector, &signed_data(mail, policy, &unsigned))?;
    Ok(Some(finish(unsigned, &signature)))
}

/// Signs like the domain, but with another key: `make_signature` is the forger's.
pub(crate) fn sign_with(
    mail: &Mail,
    policy: &Policy,
    moment: Moment,
    make_signature: impl FnOnce(&[u8]) -> Result<Vec<u8>, MakeError>,
) -> Result<Option<Made>, MakeError> {
    let Some(selector) = policy.selector(moment) else {
        return Ok(None);
    };
    let unsigned = unsigned_field(mail, policy, selector, moment);
    let signature = make_signature(&signed_data(mail, policy, &unsigned))?;
    Ok(Some(finish(unsigned, &signature)))
}

fn finish(mut field: Field, signature: &[u8]) -> Made {
    let encoded = STANDARD.encode_to_string(signature);
    let lines: Vec<String> = encoded
        .as_bytes()
        .chunks(70)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    field.value.push_str(&lines.join("\r\n\t "));
    Made {
        field,
        tag_start: encoded.chars().take(8).collect(),
    }
}

/// The field with an empty `b=` (RFC 6376, section 3.5).
fn unsigned_field(mail: &Mail, policy: &Policy, selector: Selector, moment: Moment) -> Field {
    let body = canonical_body(&mail.body, policy.body);
    let body_hash = STANDARD.encode_to_string(digest(&SHA256, &body));
    let length = if policy.body_length {
        format!(" l={};", body.len())
    } else {
        String::new()
    };
    let value = format!(
        "v=1; a={}; c={}/{};\r\n\td={}; s={}; t={};{length}\r\n\th={};\r\n\tbh={body_hash};\r\n\tb=",
        selector.algorithm.tag(),
        policy.header.tag(),
        policy.body.tag(),
        policy.domain,
        selector.name,
        moment.seconds(),
        signed_names(mail, policy).join(":").to_ascii_lowercase(),
    );
    Field::new("DKIM-Signature", value)
}

fn signed_names(mail: &Mail, policy: &Policy) -> Vec<&'static str> {
    let mut names: Vec<_> = SIGNED
        .iter()
        .copied()
        .filter(|name| mail.has(name))
        .collect();
    if policy.oversign {
        names.push("From");
    }
    names
}

/// The canonical header fields, then the signature itself (RFC 6376, section 3.7).
fn signed_data(mail: &Mail, policy: &Policy, unsigned: &Field) -> Vec<u8> {
    let mut data = Vec::new();
    for name in SIGNED {
        // Names occur once in what is signed; the lowest instance is the one that counts (section 5.4.2).
        if let Some(field) = mail.head.iter().rev().find(|field| field.is(name)) {
            data.extend_from_slice(canonical_field(field, policy.header).as_bytes());
            data.extend_from_slice(b"\r\n");
        }
    }
    data.extend_from_slice(canonical_field(unsigned, policy.header).as_bytes());
    data
}

fn canonical_field(field: &Field, canon: Canon) -> String {
    match canon {
        Canon::Simple => field.line(),
        Canon::Relaxed => {
            let value: Vec<&str> = field.value.split_ascii_whitespace().collect();
            format!("{}:{}", field.name.to_ascii_lowercase(), value.join(" "))
        }
    }
}

/// RFC 6376, sections 3.4.3 and 3.4.4.
fn canonical_body(body: &[u8], canon: Canon) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(body.len() + 2);
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match canon {
            Canon::Simple => canonical.extend_from_slice(line),
            Canon::Relaxed => relax_line(line, &mut canonical),
        }
        canonical.extend_from_slice(b"\r\n");
    }
    while canonical.ends_with(b"\r\n\r\n") {
        canonical.truncate(canonical.len() - 2);
    }
    if canonical == b"\r\n" && canon == Canon::Relaxed {
        canonical.clear();
    }
    canonical
}

fn relax_line(line: &[u8], canonical: &mut Vec<u8>) {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let end = line
        .iter()
        .rposition(|byte| !blank(byte))
        .map_or(0, |position| position + 1);
    let line = line.get(..end).unwrap_or_default();
    if !line.iter().any(blank) {
        canonical.extend_from_slice(line);
        return;
    }
    let mut within_blanks = false;
    for byte in line {
        if !blank(byte) {
            canonical.push(*byte);
        } else if !within_blanks {
            canonical.push(b' ');
        }
        within_blanks = blank(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_rfc_6376_section_3_4_5() {
        let body = b" C \r\nD \t E\r\n\r\n\r\n";
        assert_eq!(canonical_body(body, Canon::Relaxed), b" C\r\nD E\r\n");
        assert_eq!(canonical_body(body, Canon::Simple), b" C \r\nD \t E\r\n");
        assert_eq!(canonical_body(b"", Canon::Relaxed), b"");
        assert_eq!(canonical_body(b"", Canon::Simple), b"\r\n");
    }

    #[test]
    fn header_of_rfc_6376_section_3_4_5() {
        let field = Field {
            name: "B".to_owned(),
            value: "Y\t\r\n\tZ  ".to_owned(),
        };
        assert_eq!(canonical_field(&field, Canon::Relaxed), "b:Y Z");
    }
}
