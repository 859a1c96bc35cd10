//! The words the faces share: names of kinds and classes, and numbers as people read them.

use mabillon_case::{
    Basis, BodyHash, Class, ContainerKind, Coverage, KeySource, Kind, Signature, SignatureKind,
    SignatureResult,
};

use crate::limits::{MAX_NAME_CHARS, MAX_TEXT_CHARS};
use crate::model::{AccountingSummary, ClassCounts, ItemsRow};
use crate::printable::clip;

/// What a class of opinion means, in one line.
pub const fn class_meaning(class: Class) -> &'static str {
    match class {
        Class::Authenticated => {
            "A valid signature of the purported origin, by a key of known provenance, covers what is shown."
        }
        Class::Corroborated => {
            "No proof by signature, but independent copies, quotations in proved mail or the originals agree."
        }
        Class::Consistent => "At least three groups of tests apply and nothing speaks against it.",
        Class::Unresolved => {
            "Too little to say. Normal for much of a genuine leak, and no accusation."
        }
        Class::Questioned => "Findings support that it was altered or made later. Look before use.",
        Class::Contradicted => {
            "It differs from a proved copy or an original, or what is shown is not what was signed."
        }
    }
}

/// The same in a few words, for a narrow column.
pub const fn class_in_short(class: Class) -> &'static str {
    match class {
        Class::Authenticated => "a valid signature covers what is shown",
        Class::Corroborated => "independent copies or originals agree",
        Class::Consistent => "several tests agree, none speaks against",
        Class::Unresolved => "too little to say: normal, no accusation",
        Class::Questioned => "findings against it: look before use",
        Class::Contradicted => "differs from what was proved or signed",
    }
}

/// What an opinion rests on, to follow "Basis:".
pub const fn basis_meaning(basis: Basis) -> &'static str {
    match basis {
        Basis::Demonstrated => {
            "demonstrated by a proved copy, an original, or the item's own signed parts"
        }
        Basis::Inferred => "inferred from weighed findings",
        Basis::Signature => "a verified signature",
        Basis::Corroboration => "agreement with independent sources",
        Basis::None => "nothing to rest on",
    }
}

/// The word of the export for a kind.
pub const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "message",
        Kind::Document => "document",
        Kind::Image => "image",
        Kind::Mailbox => "mailbox",
        Kind::Archive => "archive",
        Kind::Other => "other",
    }
}

/// A kind counted: `1 message`, `1,204 messages`.
pub fn kind_count(kind: Kind, n: u64) -> String {
    let (one, many) = match kind {
        Kind::Message => ("message", "messages"),
        Kind::Document => ("document", "documents"),
        Kind::Image => ("image", "images"),
        Kind::Mailbox => ("mailbox file", "mailbox files"),
        Kind::Archive => ("archive", "archives"),
        Kind::Other => ("other file", "other files"),
    };
    counted(n, one, many)
}

/// The word of the export for a kind of signature.
pub const fn signature_kind_word(kind: SignatureKind) -> &'static str {
    match kind {
        SignatureKind::Dkim => "dkim",
        SignatureKind::Arc => "arc",
        SignatureKind::XGoogleDkim => "x-google-dkim",
        SignatureKind::DomainKeys => "domainkey",
        SignatureKind::Smime => "smime",
        SignatureKind::OpenPgp => "openpgp",
        SignatureKind::Pdf => "pdf",
        SignatureKind::Ooxml => "ooxml",
        SignatureKind::Odf => "odf",
        SignatureKind::C2pa => "c2pa",
    }
}

/// The word of the export for a result.
pub const fn result_word(result: SignatureResult) -> &'static str {
    match result {
        SignatureResult::Pass => "pass",
        SignatureResult::Fail => "fail",
        SignatureResult::NoKey => "no-key",
        SignatureResult::Malformed => "malformed",
    }
}

/// The word of the export for the body hash.
pub const fn body_hash_word(body_hash: BodyHash) -> &'static str {
    match body_hash {
        BodyHash::Match => "match",
        BodyHash::Mismatch => "mismatch",
        BodyHash::NotComputed => "not-computed",
    }
}

/// The word of the export for the source of a key.
pub const fn key_source_word(source: KeySource) -> &'static str {
    match source {
        KeySource::Archive => "archive",
        KeySource::Supplied => "supplied",
        KeySource::Recovered => "recovered",
        KeySource::Embedded => "embedded",
    }
}

/// Where a key came from, in plain words.
pub const fn key_source_meaning(source: Option<KeySource>) -> &'static str {
    match source {
        Some(KeySource::Archive) => "built-in archive",
        Some(KeySource::Supplied) => "supplied by the user",
        Some(KeySource::Recovered) => "recovered from the collection",
        Some(KeySource::Embedded) => "carried in the signature",
        None => "no key known",
    }
}

/// The word of the export for coverage.
pub const fn covers_word(covers: Coverage) -> &'static str {
    match covers {
        Coverage::All => "all",
        Coverage::Part => "part",
    }
}

/// What came of one signature, in one plain sentence.
pub fn signed_by(signature: &Signature) -> String {
    let name = signature_name(signature);
    let key = match (signature.key_bits, signature.key_source) {
        (Some(bits), source) => format!("{bits}-bit key, {}", key_source_meaning(source)),
        (None, source) => key_source_meaning(source).to_owned(),
    };
    let anchored = if signature.anchored {
        ", anchored outside the collection"
    } else {
        ", not anchored outside the collection"
    };
    let what = match signature.result {
        SignatureResult::Pass => format!("verifies ({key}{anchored})"),
        SignatureResult::Fail => format!("does not verify ({key})"),
        SignatureResult::NoKey => "cannot be checked: no key known".to_owned(),
        SignatureResult::Malformed => "cannot be read".to_owned(),
    };
    let mut sentence = format!("{name} {what}");
    if !signature.reason.is_empty() {
        sentence.push_str(": ");
        sentence.push_str(&clip(&signature.reason, MAX_TEXT_CHARS));
    }
    if !signature.repairs.is_empty() {
        sentence.push_str("; after undoing ");
        sentence.push_str(&signature.repairs.join(", "));
    }
    if signature.covers == Coverage::Part && signature.result == SignatureResult::Pass {
        sentence.push_str("; it covers only a part of what is shown");
    }
    if signature.body_hash == BodyHash::Match && signature.result != SignatureResult::Pass {
        sentence.push_str("; the body is the one that was hashed");
    }
    sentence
}

fn signature_name(signature: &Signature) -> String {
    let kind = match signature.kind {
        SignatureKind::Arc if signature.identity.ends_with("seal") => "ARC seal",
        SignatureKind::Arc if signature.identity.ends_with("message") => "ARC message signature",
        SignatureKind::Dkim => "DKIM signature",
        SignatureKind::Arc => "ARC signature",
        SignatureKind::XGoogleDkim => "X-Google-DKIM signature",
        SignatureKind::DomainKeys => "DomainKeys signature",
        SignatureKind::Smime => "S/MIME signature",
        SignatureKind::OpenPgp => "OpenPGP signature",
        SignatureKind::Pdf => "PDF signature",
        SignatureKind::Ooxml => "OOXML signature",
        SignatureKind::Odf => "ODF signature",
        SignatureKind::C2pa => "C2PA manifest",
    };
    let by = clip(&signature.by, MAX_NAME_CHARS);
    if signature.selector.is_empty() {
        format!("{kind} by {by}")
    } else {
        let selector = clip(&signature.selector, MAX_NAME_CHARS);
        format!("{kind} by {by} (selector {selector})")
    }
}

/// The plain name of a kind of container.
pub const fn container_name(kind: ContainerKind) -> &'static str {
    match kind {
        ContainerKind::Folder => "folders",
        ContainerKind::Mbox => "mbox files",
        ContainerKind::Zip => "zip archives",
        ContainerKind::Tar => "tar archives",
        ContainerKind::Compressed => "compressed files",
        ContainerKind::SevenZip => "7z archives",
        ContainerKind::Rar => "rar archives",
        ContainerKind::Cabinet => "cabinets",
        ContainerKind::Iso => "ISO images",
        ContainerKind::MailStore => "Outlook stores",
        ContainerKind::MailFolder => "folders of Outlook stores",
        ContainerKind::MapiMessage => "Outlook message files",
        ContainerKind::Olm => "Outlook for Mac archives",
        ContainerKind::Message => "messages with attachments",
    }
}

/// The first sentence of the report: how many items have an opinion, and which.
pub fn headline(opinions: &ClassCounts) -> String {
    let total = opinions.total();
    if total == 0 {
        return "Nothing in these exhibits could be examined.".to_owned();
    }
    format!(
        "Of {}, {} {} authenticated and {} corroborated; {} {} contradicted and {} questioned.",
        counted(total, "item", "items"),
        number(opinions.of(Class::Authenticated)),
        is_or_are(opinions.of(Class::Authenticated)),
        number(opinions.of(Class::Corroborated)),
        number(opinions.of(Class::Contradicted)),
        is_or_are(opinions.of(Class::Contradicted)),
        number(opinions.of(Class::Questioned)),
    )
}

pub(crate) const fn is_or_are(n: u64) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// What became of all items: `12 items: 9 examined, 1 in part, 2 not examined.`
pub fn items_words(items: &ItemsRow) -> String {
    format!(
        "{}: {} examined, {} in part, {} not examined.",
        counted(items.n_items(), "item", "items"),
        number(items.n_examined),
        number(items.n_partial),
        number(items.n_not_examined)
    )
}

/// How many items are mailboxes and archives: why fewer items have an opinion than were examined. Empty where there are
/// none.
pub fn holders_words(items: &ItemsRow) -> String {
    match items.n_holders {
        0 => String::new(),
        1 => "1 only holds others".to_owned(),
        n => format!("{} only hold others", number(n)),
    }
}

/// What became of what containers hold: `3 containers hold 40 entries: 39 taken out, 1 failed, in 1 of them.`
pub fn containers_words(accounting: &AccountingSummary) -> String {
    let n_containers = accounting.n_containers();
    let hold = if n_containers == 1 { "holds" } else { "hold" };
    let mut words = format!(
        "{} {hold} {}: {} taken out, {} failed",
        counted(n_containers, "container", "containers"),
        counted(accounting.n_expected(), "entry", "entries"),
        number(accounting.n_decoded()),
        number(accounting.n_failed())
    );
    if accounting.n_with_failures > 0 && n_containers > 1 {
        let n = number(accounting.n_with_failures);
        words.extend([", in ", &n, " of them"]);
    }
    words + "."
}

/// What is said first where something does not add up.
pub fn mismatch_words(accounting: &AccountingSummary) -> String {
    format!(
        "{} not add up. This is a fault of this program: do not rely on this examination as complete.",
        if accounting.n_mismatches == 1 {
            "1 sum does".to_owned()
        } else {
            format!("{} sums do", number(accounting.n_mismatches))
        }
    )
}

/// A number with commas: `1,204`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with its noun: `1 item`, `1,204 items`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// A share in percent with one decimal: `29.3 %`; a dash where the whole is nothing.
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let permille = (u128::from(part) * 1000 + u128::from(whole) / 2) / u128::from(whole);
    match (permille, part) {
        (0, 1..) => "< 0.1 %".to_owned(),
        (1000, _) if part < whole => "> 99.9 %".to_owned(),
        _ => format!("{}.{} %", permille / 10, permille % 10),
    }
}

/// A size as people read it: `1,234 bytes`, `56.7 MB` (units of 1,000).
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (10_000, "kB"),
    ];
    for (from, unit) in UNITS {
        if bytes >= from {
            let one = if unit == "kB" { 1000 } else { from };
            let tenths = u128::from(bytes) * 10 / u128::from(one);
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
    }
    counted(bytes, "byte", "bytes")
}

/// A weight as printed everywhere: sign and two decimals, `+1.20`, `−2.50`, `0.00`.
pub fn weight(log10_lr: f64) -> String {
    let rounded = round2(log10_lr);
    if rounded > 0.0 {
        format!("+{rounded:.2}")
    } else if rounded < 0.0 {
        format!("\u{2212}{:.2}", -rounded)
    } else {
        "0.00".to_owned()
    }
}

/// The value rounded to two decimals: the one stable form of every weight. No negative zero, nothing infinite.
pub fn round2(value: f64) -> f64 {
    if value.is_nan() {
        return 0.0;
    }
    (value.clamp(-99.0, 99.0) * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!(share(1, 100_000), "< 0.1 %");
        assert_eq!(share(0, 0), "–");
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(9_400_000_000), "9.4 GB");
        assert_eq!(size(12_345), "12.3 kB");
        assert_eq!(weight(-2.5), "−2.50");
        assert_eq!(round2(-0.001).to_string(), "0");
        assert!(round2(f64::NEG_INFINITY) < -98.0);
    }
}
