//! Signatures of people in the body of a message: S/MIME (RFC 8551) and OpenPGP (RFC 3156, RFC 9580).
//!
//! A mail program says "signed by Anna" of a message; the signature says it of one part of it. Here every signature is
//! held against what a reader is shown: which parts and which fields of the header it is over, whether the signer is
//! the sender, and whether anybody whom the user trusts vouches for the key. What is carried in the message itself,
//! certificates and keys, helps to verify and vouches for nothing.

mod openpgp;
mod shown;
mod smime;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use mabillon_case::{
    Attached, BodyHash, Coverage, KeySource, Layer, Message, Part, PersonalSignature, Signature,
    SignatureKind, SignatureResult, Span, Stamp,
};
use mabillon_signed::{OpenPgpKey, Roots, Weakness, with_crlf};

use super::domain::dns_name;
use super::limits::{PERSONAL_OCTETS_MAX, PERSONAL_SIGNATURES_MAX, left_out};
use super::repairs::{BODY_REPAIRS, LINE_ENDS};
use shown::{Entity, Shown};

/// Verifies the signatures of people in a message, in the order of its parts; says which were left out.
pub(crate) fn personal(
    message: &Message,
    attached: &[Attached],
    roots: &Roots,
) -> (Vec<Signature>, Option<String>) {
    let is_signed = |part: &Part| part.media_type == "multipart/signed" || part.is_cms_object();
    if message.armored.is_empty() && !message.parts.iter().any(is_signed) {
        return (Vec::new(), None);
    }
    let contents = attached.iter().filter(|part| part.layer == Layer::Content);
    let mut reading = Reading {
        message,
        contents: contents.map(|part| (part.part, &part.bytes)).collect(),
        roots,
        keys: Vec::new(),
        octets_left: PERSONAL_OCTETS_MAX,
        found: Vec::new(),
        n_left_out: 0,
    };
    reading.keys = openpgp::keys_in(&reading);
    for (index, part) in message.parts.iter().enumerate() {
        if part.media_type == "multipart/signed" {
            reading.detached(index, part);
        } else if part.is_cms_object() && !reading.is_signature_of_another(part) {
            reading.smime_object(index, part);
        }
    }
    for block in &message.armored {
        reading.inline(block);
    }
    let more = left_out(
        reading.n_left_out,
        "signatures of people",
        PERSONAL_SIGNATURES_MAX,
    );
    (reading.found, more)
}

/// The signatures of one message on their way.
struct Reading<'a> {
    message: &'a Message,
    /// Decoded contents by part.
    contents: BTreeMap<usize, &'a Bytes>,
    roots: &'a Roots,
    /// OpenPGP keys that the message carries.
    keys: Vec<OpenPgpKey>,
    octets_left: usize,
    found: Vec<Signature>,
    /// Number of signatures that were left out because there are too many.
    n_left_out: usize,
}

/// What is known of a signature once it is verified.
struct Judged<'j> {
    kind: SignatureKind,
    span: Span,
    check: Check,
    entity: &'j Entity<'j>,
    value: &'j [u8],
}

/// What came of verifying, whatever the kind.
#[derive(Default)]
struct Check {
    content_fits: Option<bool>,
    signature_fits: Option<bool>,
    algorithm: String,
    key_bits: Option<u32>,
    key_source: Option<KeySource>,
    signer: String,
    addresses: Vec<String>,
    key: String,
    vouched_by: String,
    doubt: String,
    weakness: Option<Weakness>,
    signed_at: Option<Stamp>,
    valid_until: Option<Stamp>,
    repairs: Vec<String>,
    /// Why it was not verified; empty where it was.
    problem: String,
    /// Whether no key is known.
    has_no_key: bool,
}

impl<'a> Reading<'a> {
    /// A `multipart/signed` (RFC 1847): its first part is signed, its second is the signature.
    fn detached(&mut self, index: usize, part: &Part) {
        let children: Vec<usize> = self.children(index).collect();
        let (Some(&content), Some(&signature)) = (children.first(), children.get(1)) else {
            return;
        };
        let Some(kind) = self
            .message
            .parts
            .get(signature)
            .map(|part| part.media_type.clone())
        else {
            return;
        };
        let protocol = part.parameters.iter().find(|(name, _)| name == "protocol");
        let is_of = |word: &str| {
            kind.contains(word)
                || kind == "application/octet-stream"
                    && protocol.is_some_and(|(_, protocol)| protocol.to_lowercase().contains(word))
        };
        if is_of("pkcs7-signature") {
            self.smime_detached(content, signature);
        } else if is_of("pgp-signature") {
            self.openpgp_detached(content, signature);
        }
    }

    fn children(&self, index: usize) -> impl Iterator<Item = usize> {
        let parts = self.message.parts.iter().enumerate();
        parts
            .filter(move |(_, part)| part.parent == Some(index))
            .map(|(child, _)| child)
    }

    /// Whether a part is the second one of a `multipart/signed`.
    fn is_signature_of_another(&self, part: &Part) -> bool {
        let parent = part
            .parent
            .and_then(|parent| self.message.parts.get(parent));
        parent.is_some_and(|parent| parent.media_type == "multipart/signed")
            && part.number.ends_with('2')
    }

    /// The number of a part.
    fn number(&self, index: usize) -> &'a str {
        let part = self.message.parts.get(index);
        part.map_or("", |part| part.number.as_str())
    }

    /// A part with its header, as its bytes stand.
    fn entity_bytes(&self, index: usize) -> &'a [u8] {
        let Some(part) = self.message.parts.get(index) else {
            return &[];
        };
        let raw: &'a [u8] = &self.message.raw;
        let start = part.header.first().map_or_else(
            || {
                // Without header, the empty line stands before the body.
                let before = raw.get(..part.body.start).unwrap_or_default();
                let without = before.strip_suffix(b"\n").unwrap_or(before);
                without.strip_suffix(b"\r").unwrap_or(without).len()
            },
            |field| field.whole.start,
        );
        raw.get(start..part.body.end).unwrap_or_default()
    }

    /// Takes the cost of hashing from what is left; `false` where too little is.
    fn pay(&mut self, content: &[u8]) -> bool {
        let is_paid = self.octets_left >= content.len();
        self.octets_left = self.octets_left.saturating_sub(content.len());
        is_paid
    }

    /// The first way to read `content` that `fits` accepts, with the repairs that led there; else what came of it as it
    /// stands.
    fn repaired<T>(
        &mut self,
        content: &'a [u8],
        mut fits: impl FnMut(&[u8]) -> (bool, T),
    ) -> Option<(T, Vec<String>, Cow<'a, [u8]>)> {
        let mut first = None;
        for (repairs, bytes) in readings(content) {
            if !self.pay(&bytes) {
                return first;
            }
            let (is_fit, came_of_it) = fits(&bytes);
            if is_fit {
                return Some((
                    came_of_it,
                    repairs.into_iter().map(str::to_owned).collect(),
                    bytes,
                ));
            }
            if first.is_none() {
                first = Some((came_of_it, Vec::new(), bytes));
            }
        }
        first
    }

    fn add(&mut self, judged: Judged<'_>) {
        if self.has_room() {
            let signature = signature(self.message, judged);
            self.found.push(signature);
        }
    }

    /// A signature that cannot be read.
    fn unread(&mut self, kind: SignatureKind, part: &Part, entity: &Entity<'_>, problem: &str) {
        self.add(Judged {
            kind,
            span: part.body,
            check: Check {
                problem: problem.to_owned(),
                ..Check::default()
            },
            entity,
            value: &[],
        });
    }

    /// Whether one more signature may be verified; one that may not is counted.
    fn has_room(&mut self) -> bool {
        let has_room = self.found.len() < PERSONAL_SIGNATURES_MAX;
        self.n_left_out += usize::from(!has_room);
        has_room
    }
}

/// The ways to read signed content, from how it stands to what exports made of it; each is a name, the more harmless
/// first.
fn readings(content: &[u8]) -> impl Iterator<Item = (Vec<&'static str>, Cow<'_, [u8]>)> {
    let has_bare_line_feed = super::canonical_header::has_bare_line_feed(content);
    let lines = has_bare_line_feed.then(|| (vec![LINE_ENDS], Cow::Owned(with_crlf(content))));
    let repaired = BODY_REPAIRS.iter().filter_map(move |(name, undo)| {
        let bytes = undo(content)?;
        Some(if has_bare_line_feed {
            (vec![LINE_ENDS, *name], Cow::Owned(with_crlf(&bytes)))
        } else {
            (vec![*name], Cow::Owned(bytes))
        })
    });
    std::iter::once((Vec::new(), Cow::Borrowed(content)))
        .chain(lines)
        .chain(repaired)
}

fn too_long() -> Check {
    Check {
        problem: "not verified: the signatures of this message are over too many octets".to_owned(),
        ..Check::default()
    }
}

/// Characters of the value that name a signature.
const VALUE_CHARS: usize = 16;

fn signature(message: &Message, judged: Judged<'_>) -> Signature {
    let Judged {
        kind,
        span,
        check,
        entity,
        value,
    } = judged;
    let shown = Shown::of(message, entity);
    let identity = Identity::of(message, &check);
    let unsigned_fields = shown.unsigned_fields(identity.aligned);
    let is_whole =
        shown.outside.is_empty() && unsigned_fields.is_empty() && shown.other_sender.is_empty();
    let encoded = base64_simd::STANDARD.encode_to_string(value);
    Signature {
        kind,
        by: identity.by,
        selector: String::new(),
        identity: check.key.clone(),
        algorithm: check.algorithm.clone(),
        result: result(&check),
        body_hash: body_hash(&check),
        header_verified: check.signature_fits,
        key_source: check.key_source,
        key_bits: check.key_bits,
        // What the key of a person is worth is told by who vouches for it.
        key_id: String::new(),
        key_grade: None,
        key_broken: String::new(),
        repairs: check.repairs.clone(),
        removed: Vec::new(),
        covers: if is_whole {
            Coverage::All
        } else {
            Coverage::Part
        },
        unsigned_fields,
        unsigned_tail_octets: None,
        anchored: !check.vouched_by.is_empty(),
        aligned: identity.aligned,
        signed_at: check.signed_at,
        expires_at: check.valid_until,
        reason: check.problem.clone(),
        value_start: encoded.chars().take(VALUE_CHARS).collect(),
        span,
        recorded_passes: Vec::new(),
        recorded_failed: false,
        personal: Some(Box::new(person(check, identity.addresses, shown, entity))),
        recovery: None,
    }
}

fn body_hash(check: &Check) -> BodyHash {
    match check.content_fits {
        Some(true) => BodyHash::Match,
        Some(false) => BodyHash::Mismatch,
        None => BodyHash::NotComputed,
    }
}

/// Who signed, beside who is shown as the sender.
struct Identity {
    by: String,
    addresses: Vec<String>,
    aligned: bool,
}

impl Identity {
    fn of(message: &Message, check: &Check) -> Self {
        let senders: Vec<String> = message
            .from
            .iter()
            .map(|from| normal(&from.address))
            .collect();
        let addresses: Vec<String> = check
            .addresses
            .iter()
            .map(|address| normal(address))
            .collect();
        let by = addresses
            .iter()
            .find(|address| senders.contains(address))
            .or(addresses.first());
        Self {
            by: by.unwrap_or(&check.signer).clone(),
            aligned: !senders.is_empty() && senders.iter().all(|sender| addresses.contains(sender)),
            addresses,
        }
    }
}

fn person(
    check: Check,
    addresses: Vec<String>,
    shown: Shown,
    entity: &Entity<'_>,
) -> PersonalSignature {
    PersonalSignature {
        signer: check.signer,
        addresses,
        key: check.key,
        vouched_by: check.vouched_by,
        doubt: check.doubt,
        weakness: check.weakness.map_or("", weakness_words).to_owned(),
        part: entity.number.to_owned(),
        outside: shown.outside,
        fields_differing: shown.fields_differing,
        other_sender: shown.other_sender,
    }
}

fn result(check: &Check) -> SignatureResult {
    match (check.signature_fits, check.content_fits) {
        (Some(false), _) | (_, Some(false)) => SignatureResult::Fail,
        (Some(true), Some(true)) => SignatureResult::Pass,
        _ if check.has_no_key => SignatureResult::NoKey,
        _ => SignatureResult::Malformed,
    }
}

const fn weakness_words(weakness: Weakness) -> &'static str {
    match weakness {
        Weakness::Sha1 => {
            "it was made with SHA-1, with which two contents with one hash have been made"
        }
        Weakness::Md5 => {
            "it was made with MD5, with which anybody can make two contents with one hash"
        }
        Weakness::ShortKey => "a key below 1024 bits was used, which can be broken",
    }
}

/// An address as it is compared: lower case, its domain as in the DNS.
fn normal(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{}", local.to_lowercase(), dns_name(domain)),
        None => address.to_lowercase(),
    }
}
