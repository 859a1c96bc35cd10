//! Signs messages, by the words of RFC 6376, 8617 and 4870 and apart from the engine that verifies: an independent
//! second reading.

use std::error::Error;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::signature::Ed25519KeyPair;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};

/// A private key, from PKCS#8 in PEM.
pub(crate) enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    Ed25519(Ed25519KeyPair),
}

/// The `DigestInfo` before the hash in EMSA-PKCS1-v1_5 (RFC 8017, section 9.2).
const SHA1_PREFIX: &[u8] = &[
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];
const SHA256_PREFIX: &[u8] = &[
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

impl PrivateKey {
    /// Reads a PEM file.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, Box<dyn Error>> {
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64_simd::STANDARD.decode_to_vec(base64)?;
        if let Ok(key) = RsaPrivateKey::from_pkcs8_der(&der) {
            return Ok(Self::Rsa(Box::new(key)));
        }
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)?;
        Ok(Self::Ed25519(key))
    }

    fn sign(&self, sha1: bool, input: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
        let hash = hash(sha1, input);
        match self {
            Self::Rsa(key) => {
                let prefix = if sha1 { SHA1_PREFIX } else { SHA256_PREFIX };
                let scheme = Pkcs1v15Sign {
                    hash_len: Some(hash.len()),
                    prefix: prefix.into(),
                };
                Ok(key.sign(scheme, &hash)?)
            }
            Self::Ed25519(key) => Ok(key.sign(&hash).as_ref().to_vec()),
        }
    }
}

fn hash(sha1: bool, bytes: &[u8]) -> Vec<u8> {
    let algorithm = if sha1 {
        &SHA1_FOR_LEGACY_USE_ONLY
    } else {
        &SHA256
    };
    digest(algorithm, bytes).as_ref().to_vec()
}

/// Puts a `DKIM-Signature` on top of a message. `tags` are all tags but `bh=` and `b=`.
pub(crate) fn sign(key: &PrivateKey, tags: &str, message: &str) -> Result<String, Box<dyn Error>> {
    sign_as("DKIM-Signature", key, tags, message)
}

/// As [`sign`], under another name: `X-Google-DKIM-Signature`, `ARC-Message-Signature`.
pub(crate) fn sign_as(
    name: &str,
    key: &PrivateKey,
    tags: &str,
    message: &str,
) -> Result<String, Box<dyn Error>> {
    let line_end = if message.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let wire = message.replace("\r\n", "\n").replace('\n', "\r\n");
    let (header, body) = wire
        .split_once("\r\n\r\n")
        .ok_or("the message has no empty line")?;
    let canonicalization = tag(tags, "c").unwrap_or("simple");
    let (of_header, of_body) = canonicalization
        .split_once('/')
        .unwrap_or((canonicalization, "simple"));
    let sha1 = tag(tags, "a").is_some_and(|name| name == "rsa-sha1");
    let mut body = canonical_body(body, of_body == "relaxed");
    if let Some(length) = tag(tags, "l") {
        body.truncate(length.parse()?);
    }
    let body_hash = base64_simd::STANDARD.encode_to_string(hash(sha1, body.as_bytes()));
    let empty = format!("{name}: {tags};\r\n\tbh={body_hash};\r\n\tb=");
    let mut input = String::new();
    let mut fields = fields(header);
    for name in tag(tags, "h").ok_or("h= is missing")?.split(':') {
        let found = fields
            .iter()
            .rposition(|field| has_name(field, name.trim()));
        if let Some(index) = found {
            let field = fields.remove(index);
            input.push_str(&canonical_field(&field, of_header == "relaxed"));
            input.push_str("\r\n");
        }
    }
    input.push_str(&canonical_field(&empty, of_header == "relaxed"));
    let field = with_value(&empty, &key.sign(sha1, input.as_bytes())?);
    Ok(format!("{}{message}", field.replace("\r\n", line_end)))
}

fn with_value(empty: &str, value: &[u8]) -> String {
    let value = base64_simd::STANDARD.encode_to_string(value);
    let lines: Vec<String> = value
        .as_bytes()
        .chunks(72)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!("{empty}{}\r\n", lines.join("\r\n\t "))
}

/// Puts an `ARC-Seal` on top of a message, over all its ARC sets (RFC 8617, section 5.1). `tags` are all but `b=`.
pub(crate) fn seal(key: &PrivateKey, tags: &str, message: &str) -> Result<String, Box<dyn Error>> {
    let wire = message.replace("\r\n", "\n").replace('\n', "\r\n");
    let (header, _) = wire
        .split_once("\r\n\r\n")
        .ok_or("the message has no empty line")?;
    let fields = fields(header);
    let last: u32 = tag(tags, "i").ok_or("i= is missing")?.parse()?;
    let mut input = String::new();
    for instance in 1..=last {
        for name in [
            "ARC-Authentication-Results",
            "ARC-Message-Signature",
            "ARC-Seal",
        ] {
            let is_of_set = |field: &&String| {
                let (_, value) = field.split_once(':').unwrap_or_default();
                has_name(field, name) && tag(value, "i") == Some(instance.to_string().as_str())
            };
            for field in fields.iter().filter(is_of_set) {
                input.push_str(&canonical_field(field, true));
                input.push_str("\r\n");
            }
        }
    }
    let empty = format!("ARC-Seal: {tags};\r\n\tb=");
    input.push_str(&canonical_field(&empty, true));
    let field = with_value(&empty, &key.sign(false, input.as_bytes())?);
    let line_end = if message.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    Ok(format!("{}{message}", field.replace("\r\n", line_end)))
}

/// Puts a `DomainKey-Signature` on top of a message (RFC 4870, section 3.4). `tags` are all but `b=`.
pub(crate) fn sign_domain_key(
    key: &PrivateKey,
    tags: &str,
    message: &str,
) -> Result<String, Box<dyn Error>> {
    let wire = message.replace("\r\n", "\n").replace('\n', "\r\n");
    let (header, body) = wire
        .split_once("\r\n\r\n")
        .ok_or("the message has no empty line")?;
    let is_bare = tag(tags, "c") == Some("nofws");
    let bare = |text: &str| text.replace([' ', '\t', '\r', '\n'], "");
    let mut lines: Vec<String> = Vec::new();
    for field in fields(header) {
        let is_signed = tag(tags, "h")
            .is_none_or(|names| names.split(':').any(|name| has_name(&field, name.trim())));
        if is_signed {
            lines.push(if is_bare { bare(&field) } else { field });
        }
    }
    lines.push(String::new());
    lines.extend(
        body.split("\r\n")
            .map(|line| if is_bare { bare(line) } else { line.to_owned() }),
    );
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let input = lines.join("\r\n") + "\r\n";
    let empty = format!("DomainKey-Signature: {tags};\r\n\tb=");
    let field = with_value(&empty, &key.sign(true, input.as_bytes())?);
    let line_end = if message.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    Ok(format!("{}{message}", field.replace("\r\n", line_end)))
}

fn tag<'a>(tags: &'a str, name: &str) -> Option<&'a str> {
    tags.split(';').find_map(|tag| {
        let (found, value) = tag.split_once('=')?;
        (found.trim() == name).then(|| value.trim())
    })
}

fn fields(header: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for line in header.split("\r\n") {
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push_str("\r\n");
                last.push_str(line);
            }
            _ => fields.push(line.to_owned()),
        }
    }
    fields
}

fn has_name(field: &str, name: &str) -> bool {
    field
        .split_once(':')
        .is_some_and(|(found, _)| found.trim().eq_ignore_ascii_case(name))
}

fn canonical_field(field: &str, relaxed: bool) -> String {
    if !relaxed {
        return field.to_owned();
    }
    let (name, value) = field.split_once(':').unwrap_or((field, ""));
    let value = one_space(&value.replace("\r\n", ""));
    format!("{}:{}", name.trim().to_ascii_lowercase(), value.trim())
}

fn canonical_body(body: &str, relaxed: bool) -> String {
    let mut lines: Vec<String> = body
        .split("\r\n")
        .map(|line| {
            if relaxed {
                one_space(line).trim_end().to_owned()
            } else {
                line.to_owned()
            }
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    if lines.is_empty() && relaxed {
        String::new()
    } else {
        lines.join("\r\n") + "\r\n"
    }
}

fn one_space(line: &str) -> String {
    let mut out = String::new();
    for character in line.chars() {
        let white = matches!(character, ' ' | '\t');
        if !(white && out.ends_with(' ')) {
            out.push(if white { ' ' } else { character });
        }
    }
    out
}
