//! What a signature field says: `DKIM-Signature` (RFC 6376, section 3.5), those modelled on it, and the two of ARC
//! (RFC 8617, sections 4.1.2 and 4.1.3).

use mabillon_case::{Message, Signature, SignatureKind, Stamp};

use super::domain::check_name;
use super::limits::SIGNATURE_FIELD_OCTETS_MAX;
use super::public_key::Algorithm;
use super::tags::{TagList, is_white, shown, tag_list, trim};

/// The two ways of canonicalising (RFC 6376, section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Canonicalization {
    Simple,
    Relaxed,
}

/// What could be read of the field, whatever is wrong with it. `T` is what verification needs of this kind of field.
#[derive(Debug, Clone)]
pub(crate) struct SignatureField<T = Terms> {
    /// `d=`, lower case.
    pub(crate) domain: String,
    /// `s=`, as written.
    pub(crate) selector: String,
    /// `i=`, as written.
    pub(crate) identity: String,
    /// `a=`, lower case.
    pub(crate) algorithm_name: String,
    /// `t=`.
    pub(crate) signed_at: Option<Stamp>,
    /// `x=`.
    pub(crate) expires_at: Option<Stamp>,
    /// The first 16 characters of `b=`.
    pub(crate) value_start: String,
    /// What verification needs, or why it cannot be had.
    pub(crate) terms: Result<T, String>,
}

/// What verification needs.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) algorithm: Algorithm,
    pub(crate) header: Canonicalization,
    pub(crate) body: Canonicalization,
    /// `h=`, lower case, in order.
    pub(crate) signed_names: Vec<Vec<u8>>,
    /// `l=`.
    pub(crate) length: Option<u64>,
    /// `bh=`, decoded; empty for an ARC seal, which covers no body.
    pub(crate) body_hash: Vec<u8>,
    /// `b=`, decoded.
    pub(crate) value: Vec<u8>,
}

/// Reads the value of a `DKIM-Signature` field (everything after the colon), or of one that is modelled on it.
pub(crate) fn signature_field(value: &[u8]) -> SignatureField {
    field(value, terms)
}

/// Reads the value of an `ARC-Message-Signature`.
pub(crate) fn arc_message_field(value: &[u8]) -> SignatureField {
    field(value, arc_message_terms)
}

/// Reads the value of an `ARC-Seal`.
pub(crate) fn arc_seal_field(value: &[u8]) -> SignatureField {
    field(value, arc_seal_terms)
}

/// What the signature with this result states, where its field is one of DKIM, of Google, or of ARC.
pub(crate) fn terms_of(message: &Message, signature: &Signature) -> Option<Terms> {
    let field = message
        .fields()
        .iter()
        .find(|field| field.whole == signature.span)?;
    let value = field.value.of(&message.raw);
    let is_seal = field
        .name
        .of(&message.raw)
        .eq_ignore_ascii_case(b"ARC-Seal");
    let read = match signature.kind {
        SignatureKind::Dkim | SignatureKind::XGoogleDkim => signature_field(value),
        SignatureKind::Arc if is_seal => arc_seal_field(value),
        SignatureKind::Arc => arc_message_field(value),
        _ => return None,
    };
    read.terms.ok()
}

/// Reads a field that is a tag list, with the terms as `terms` reads them.
pub(crate) fn field<T>(
    value: &[u8],
    terms: fn(&TagList<'_>) -> Result<T, String>,
) -> SignatureField<T> {
    let within = value.get(..SIGNATURE_FIELD_OCTETS_MAX);
    let mut tags = tag_list(within.unwrap_or(value));
    if within.is_some_and(|within| within.len() < value.len()) {
        tags.problem = Some(format!(
            "the field is longer than {SIGNATURE_FIELD_OCTETS_MAX} octets"
        ));
    }
    let dense = |name: &str| -> Vec<u8> {
        tags.get(name)
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|&byte| !is_white(byte))
            .collect()
    };
    let value_start: Vec<u8> = dense("b").into_iter().take(16).collect();
    SignatureField {
        domain: tags.text("d").to_lowercase(),
        selector: tags.text("s"),
        identity: tags.text("i"),
        algorithm_name: tags.text("a").to_ascii_lowercase(),
        signed_at: seconds(&tags, "t").ok().flatten(),
        expires_at: seconds(&tags, "x").ok().flatten(),
        value_start: String::from_utf8_lossy(&value_start).into_owned(),
        terms: match &tags.problem {
            Some(problem) => Err(problem.clone()),
            None => terms(&tags),
        },
    }
}

fn terms(tags: &TagList<'_>) -> Result<Terms, String> {
    require(tags, &["v", "a", "b", "bh", "d", "h", "s"])?;
    if tags.get("v") != Some(b"1") {
        return Err(format!(
            "v={} is no version of DKIM",
            shown(tags.get("v").unwrap_or_default())
        ));
    }
    names(tags)?;
    identity(tags)?;
    let signed_names = signed_names(tags)?;
    if !signed_names.iter().any(|name| name == b"from") {
        return Err("h= does not name From".to_owned());
    }
    header_and_body_terms(tags, signed_names)
}

/// As DKIM without version; `i=` is the instance, and `h=` may name nothing (RFC 8617, section 4.1.2).
fn arc_message_terms(tags: &TagList<'_>) -> Result<Terms, String> {
    require(tags, &["a", "b", "bh", "d", "s"])?;
    names(tags)?;
    if tags.get("h").is_none() {
        return Err("the tag h= is missing".to_owned());
    }
    let mut signed_names = listed_names(tags);
    signed_names.retain(|name| !name.is_empty());
    header_and_body_terms(tags, signed_names)
}

fn header_and_body_terms(tags: &TagList<'_>, signed_names: Vec<Vec<u8>>) -> Result<Terms, String> {
    seconds(tags, "t")?;
    seconds(tags, "x")?;
    let (header, body) = canonicalizations(tags)?;
    Ok(Terms {
        algorithm: algorithm(tags)?,
        header,
        body,
        signed_names,
        length: number(tags, "l")?,
        body_hash: base64(tags, "bh")?,
        value: base64(tags, "b")?,
    })
}

/// Always relaxed, never over the body, and over the ARC fields only (RFC 8617, sections 4.1.3 and 5.1.1).
fn arc_seal_terms(tags: &TagList<'_>) -> Result<Terms, String> {
    require(tags, &["a", "b", "cv", "d", "s"])?;
    names(tags)?;
    seconds(tags, "t")?;
    if tags.get("h").is_some() || tags.get("bh").is_some() {
        return Err("a seal has neither h= nor bh=".to_owned());
    }
    if !matches!(tags.get("cv"), Some(b"none" | b"pass" | b"fail")) {
        return Err(format!(
            "cv={} is no state of a chain",
            shown(tags.get("cv").unwrap_or_default())
        ));
    }
    Ok(Terms {
        algorithm: algorithm(tags)?,
        header: Canonicalization::Relaxed,
        body: Canonicalization::Relaxed,
        signed_names: Vec::new(),
        length: None,
        body_hash: Vec::new(),
        value: base64(tags, "b")?,
    })
}

/// Names the first of these tags that is missing or empty.
pub(crate) fn require(tags: &TagList<'_>, names: &[&str]) -> Result<(), String> {
    let missing = names
        .iter()
        .find(|name| tags.get(name).is_none_or(<[u8]>::is_empty));
    missing.map_or(Ok(()), |name| Err(format!("the tag {name}= is missing")))
}

fn algorithm(tags: &TagList<'_>) -> Result<Algorithm, String> {
    Algorithm::named(&tags.text("a")).ok_or_else(|| {
        format!(
            "a={} is no algorithm of DKIM",
            shown(tags.get("a").unwrap_or_default())
        )
    })
}

/// `d=` and `s=` are names.
pub(crate) fn names(tags: &TagList<'_>) -> Result<(), String> {
    for name in ["d", "s"] {
        let value = tags.get(name).unwrap_or_default();
        let text = std::str::from_utf8(value).map_err(|_| format!("{name}= is not UTF-8"))?;
        check_name(text).map_err(|problem| format!("{name}={} {problem}", shown(value)))?;
    }
    Ok(())
}

/// `i=` lies within `d=`.
fn identity(tags: &TagList<'_>) -> Result<(), String> {
    let Some(identity) = tags.get("i") else {
        return Ok(());
    };
    let identity = String::from_utf8_lossy(identity).to_lowercase();
    let domain = tags.text("d").to_lowercase();
    let Some((_, identity_domain)) = identity.rsplit_once('@') else {
        return Err("i= has no @".to_owned());
    };
    let within = identity_domain == domain
        || identity_domain
            .strip_suffix(&domain)
            .is_some_and(|rest| rest.ends_with('.'));
    if within {
        Ok(())
    } else {
        Err("i= lies outside of d=".to_owned())
    }
}

fn canonicalizations(tags: &TagList<'_>) -> Result<(Canonicalization, Canonicalization), String> {
    let text = tags.text("c").to_ascii_lowercase();
    let (header, body) = text.split_once('/').unwrap_or((&text, "simple"));
    match (
        canonicalization(header.trim()),
        canonicalization(body.trim()),
    ) {
        _ if text.is_empty() => Ok((Canonicalization::Simple, Canonicalization::Simple)),
        (Some(header), Some(body)) => Ok((header, body)),
        _ => Err(format!(
            "c={} is no canonicalization",
            shown(text.as_bytes())
        )),
    }
}

fn canonicalization(name: &str) -> Option<Canonicalization> {
    match name {
        "simple" => Some(Canonicalization::Simple),
        "relaxed" => Some(Canonicalization::Relaxed),
        _ => None,
    }
}

/// `h=`, lower case, in order.
fn listed_names(tags: &TagList<'_>) -> Vec<Vec<u8>> {
    let list = tags.get("h").unwrap_or_default();
    list.split(|&byte| byte == b':')
        .map(|name| trim(name).to_ascii_lowercase())
        .collect()
}

/// `h=`, each of its names being one.
pub(crate) fn signed_names(tags: &TagList<'_>) -> Result<Vec<Vec<u8>>, String> {
    let names = listed_names(tags);
    if names
        .iter()
        .any(|name| name.is_empty() || !name.iter().all(u8::is_ascii_graphic))
    {
        return Err("h= holds something that is no field name".to_owned());
    }
    Ok(names)
}

/// A decimal number; RFC 6376 allows up to 76 digits in `l=`, more than any body has.
fn number(tags: &TagList<'_>, name: &str) -> Result<Option<u64>, String> {
    let Some(value) = tags.get(name) else {
        return Ok(None);
    };
    let number = std::str::from_utf8(value)
        .ok()
        .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok());
    number
        .map(Some)
        .ok_or_else(|| format!("{name}={} is no number", shown(value)))
}

fn seconds(tags: &TagList<'_>, name: &str) -> Result<Option<Stamp>, String> {
    let Some(seconds) = number(tags, name)? else {
        return Ok(None);
    };
    // RFC 6376 asks for times beyond year 9999 to be read; they only cannot be shown.
    Ok(i64::try_from(seconds).ok().and_then(Stamp::from_seconds))
}

/// A tag that holds base64.
pub(crate) fn base64(tags: &TagList<'_>, name: &str) -> Result<Vec<u8>, String> {
    let value = tags.get(name).unwrap_or_default();
    base64_simd::forgiving_decode_to_vec(value)
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .ok_or_else(|| format!("{name}= is not base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = " v=1; a=rsa-sha256; c=relaxed; d=Example.org; s=s1; h=From : To;\r\n\tbh=AAAA; b=QUJD\r\n REVG; t=1; l=0";

    fn problem(text: &str) -> String {
        signature_field(text.as_bytes()).terms.unwrap_err()
    }

    #[test]
    fn a_good_field_gives_its_terms() {
        let field = signature_field(GOOD.as_bytes());
        let terms = field.terms.unwrap();
        assert_eq!(
            (field.domain.as_str(), field.value_start.as_str()),
            ("example.org", "QUJDREVG")
        );
        assert_eq!(
            (terms.header, terms.body),
            (Canonicalization::Relaxed, Canonicalization::Simple)
        );
        assert_eq!(terms.signed_names, [b"from".to_vec(), b"to".to_vec()]);
        assert_eq!(
            (terms.length, terms.value.as_slice()),
            (Some(0), &b"ABCDEF"[..])
        );
    }

    #[test]
    fn every_fault_is_named() {
        let cases = [
            ("v=1;", "v=2;", "v=2 is no version of DKIM"),
            ("v=1;", "", "the tag v= is missing"),
            ("rsa-sha256", "rsa-md5", "a=rsa-md5 is no algorithm of DKIM"),
            (
                "c=relaxed",
                "c=relaxed/rigid",
                "c=relaxed/rigid is no canonicalization",
            ),
            ("From : To", "To", "h= does not name From"),
            (
                "From : To",
                "From : : To",
                "h= holds something that is no field name",
            ),
            (
                "s=s1",
                "s=s1\0.any",
                "s=s1\\x00.any holds a character that no domain name has",
            ),
            ("d=Example.org", "d=a..b", "d=a..b has an empty label"),
            ("l=0", "l=-1", "l=-1 is no number"),
            ("t=1", "t=now", "t=now is no number"),
            ("bh=AAAA", "bh=A", "bh= is not base64"),
            ("t=1", "i=@evil.example", "i= lies outside of d="),
            ("t=1", "i=@notexample.org", "i= lies outside of d="),
            ("t=1", "d=b.example", "the tag d= stands twice"),
        ];
        for (good, bad, expected) in cases {
            assert_eq!(problem(&GOOD.replace(good, bad)), expected);
        }
        assert!(
            signature_field(GOOD.replace("t=1", "i=x@sub.example.org").as_bytes())
                .terms
                .is_ok()
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), at in 0..GOOD.len()) {
            let _ = signature_field(&bytes);
            let mut spoilt = GOOD.as_bytes().to_vec();
            spoilt.splice(at..at, bytes.into_iter().take(3));
            let _ = signature_field(&spoilt);
        }
    }
}
