//! Distinguished names (X.501, RFC 4514) as people read them.

use crate::ber::{self, Reader, Value};
use crate::limits::NAME_CHARS_MAX;

/// Short names of the attributes that names are mostly made of.
const ATTRIBUTES: &[(&[u8], &str)] = &[
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 4], "SN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 42], "GN"),
    (&[0x55, 4, 65], "pseudonym"),
    (EMAIL_ADDRESS, "emailAddress"),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1],
        "UID",
    ),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25],
        "DC",
    ),
];

/// `emailAddress` (PKCS #9).
pub(crate) const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
const COMMON_NAME: &[u8] = &[0x55, 4, 3];

/// Attribute type and value, in the order of the name.
pub(crate) fn attributes(name: &[u8]) -> Vec<(&[u8], String)> {
    let mut found = Vec::new();
    let mut read = || -> Option<()> {
        let mut sets = Reader::new(name).expect(ber::SEQUENCE)?.inside();
        while let Some(set) = sets.next()? {
            let mut values = set.inside();
            while let Some(pair) = values.next()? {
                let mut pair = pair.inside();
                let kind = pair.expect(ber::OID)?;
                if let Some(value) = pair.next()? {
                    found.push((kind.content, text(&value)));
                }
            }
        }
        Some(())
    };
    // What was read before something malformed is still worth showing.
    let _ = read();
    found
}

/// `CN=Anna Ried, O=Northquay`: control characters and separators in values are replaced.
pub(crate) fn shown(name: &[u8]) -> String {
    let parts: Vec<String> = attributes(name)
        .into_iter()
        .map(|(kind, value)| {
            let known = ATTRIBUTES.iter().find(|(oid, _)| *oid == kind);
            format!("{}={value}", known.map_or("?", |(_, short)| short))
        })
        .collect();
    parts.join(", ").chars().take(NAME_CHARS_MAX).collect()
}

/// The common name, else the whole name.
pub(crate) fn common_name(name: &[u8]) -> String {
    attributes(name)
        .into_iter()
        .find(|(kind, _)| *kind == COMMON_NAME)
        .map_or_else(|| shown(name), |(_, value)| value)
}

/// A string of any of the types that names use.
pub(crate) fn text(value: &Value<'_>) -> String {
    let text: String = match value.tag {
        0x1e => value
            .content
            .chunks_exact(2)
            .map(|pair| {
                u16::from_be_bytes([
                    pair.first().copied().unwrap_or(0),
                    pair.get(1).copied().unwrap_or(0),
                ])
            })
            .map(|unit| char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}'))
            .collect(),
        0x14 => value
            .content
            .iter()
            .map(|&octet| char::from(octet))
            .collect(),
        _ => String::from_utf8_lossy(value.content).into_owned(),
    };
    let shown = text.chars().map(|c| match c {
        ',' | '=' | ';' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    });
    shown.take(NAME_CHARS_MAX).collect()
}
