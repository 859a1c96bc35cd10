//! OpenPGP: detached (RFC 3156, section 5), in the clear and packed (RFC 9580, sections 7 and 10.3).

use mabillon_case::{ArmorKind, Armored, KeySource, Part, SignatureKind};
use mabillon_signed::{
    KeyCheck, OpenPgpKey, OpenPgpMessage, OpenPgpSignature, read_keys, read_message,
    read_signatures,
};

use super::shown::Entity;
use super::{Check, Judged, Reading, too_long};

/// Keys carried by one message that are read.
const KEYS_MAX: usize = 20;

/// The keys that a message carries: attached, in its text, and in the field `Autocrypt`.
pub(super) fn keys_in(reading: &Reading<'_>) -> Vec<OpenPgpKey> {
    let message = reading.message;
    let mut keys = Vec::new();
    for (index, bytes) in &reading.contents {
        let part = message.parts.get(*index);
        if part.is_some_and(|part| part.media_type == "application/pgp-keys") {
            keys.extend(read_keys(bytes));
        }
    }
    for block in message
        .armored
        .iter()
        .filter(|block| block.kind == ArmorKind::PublicKey)
    {
        keys.extend(read_keys(&block.packets));
    }
    for field in message.fields_named("Autocrypt").take(KEYS_MAX) {
        let value = message.unfold(field.value);
        let encoded: Option<String> = value
            .split(';')
            .find_map(|attribute| attribute.trim().strip_prefix("keydata="))
            .map(|encoded| encoded.split_whitespace().collect());
        if let Some(Ok(bytes)) =
            encoded.map(|encoded| base64_simd::forgiving_decode_to_vec(encoded.as_bytes()))
        {
            keys.extend(read_keys(&bytes));
        }
    }
    keys.truncate(KEYS_MAX);
    keys
}

impl<'a> Reading<'a> {
    /// The signature stands beside what it is over.
    pub(super) fn openpgp_detached(&mut self, content: usize, signature: usize) {
        let (Some(part), Some(bytes)) = (
            self.message.parts.get(signature),
            self.contents.get(&signature).copied(),
        ) else {
            return;
        };
        let shown = self.entity_bytes(content);
        let number = self.number(content);
        let entity = |bytes| Entity {
            part: content,
            signature: Some(signature),
            number,
            bytes,
            around: "",
        };
        let signatures = read_signatures(bytes);
        if signatures.is_empty() {
            let entity = entity(shown.into());
            return self.unread(
                SignatureKind::OpenPgp,
                part,
                &entity,
                "its signature part holds no OpenPGP signature",
            );
        }
        for signature in &signatures {
            if !self.has_room() {
                continue;
            }
            let key = self.key_of(signature);
            let repaired = self.repaired(shown, |bytes| {
                let check = check(key.as_ref(), signature, bytes);
                (check.signature_fits == Some(true), check)
            });
            let (check, entity) = match repaired {
                Some((check, repairs, bytes)) => (Check { repairs, ..check }, entity(bytes)),
                None => (too_long(), entity(shown.into())),
            };
            self.add_openpgp(part, check, &entity, signature);
        }
    }

    /// A block in the text.
    pub(super) fn inline(&mut self, block: &'a Armored) {
        let Some(part) = self.message.parts.get(block.part) else {
            return;
        };
        let (content, signatures) = match block.kind {
            ArmorKind::SignedText => (block.signed_text.clone(), read_signatures(&block.packets)),
            ArmorKind::Message => match read_message(&block.packets) {
                Ok(OpenPgpMessage::Signed {
                    content,
                    signatures,
                }) => (content, signatures),
                Ok(OpenPgpMessage::Encrypted) | Err(_) => return,
            },
            ArmorKind::Signature | ArmorKind::PublicKey | ArmorKind::PrivateKey => return,
        };
        let packed = "the text is packed, and what is shown is not the text that was signed";
        let entity = Entity {
            part: block.part,
            signature: None,
            number: &part.number,
            // A text without header says nothing of the fields of the message.
            bytes: (&[][..]).into(),
            around: if block.kind == ArmorKind::Message {
                packed
            } else {
                &block.around
            },
        };
        if signatures.is_empty() {
            return self.unread(
                SignatureKind::OpenPgp,
                part,
                &entity,
                "it holds no signature that can be read",
            );
        }
        for signature in &signatures {
            if !self.has_room() {
                continue;
            }
            let found = if self.pay(&content) {
                check(self.key_of(signature).as_ref(), signature, &content)
            } else {
                too_long()
            };
            self.add_openpgp(part, found, &entity, signature);
        }
    }

    /// The key a signature says it is by: one the user vouches for, else one that the message carries.
    fn key_of(&self, signature: &OpenPgpSignature) -> Option<(OpenPgpKey, KeySource)> {
        let is_it = |key: &&OpenPgpKey| key.is_named_by(signature);
        let trusted = self
            .roots
            .keys
            .iter()
            .find(is_it)
            .map(|key| (key.clone(), KeySource::Supplied));
        trusted.or_else(|| {
            self.keys
                .iter()
                .find(is_it)
                .map(|key| (key.clone(), KeySource::Embedded))
        })
    }

    fn add_openpgp(
        &mut self,
        part: &Part,
        check: Check,
        entity: &Entity<'_>,
        signature: &OpenPgpSignature,
    ) {
        self.add(Judged {
            kind: SignatureKind::OpenPgp,
            span: part.body,
            check,
            entity,
            value: signature.value(),
        });
    }
}

fn check(
    key: Option<&(OpenPgpKey, KeySource)>,
    signature: &OpenPgpSignature,
    content: &[u8],
) -> Check {
    let unknown = || Check {
        key: signature.named_key().to_owned(),
        signed_at: signature.signed_at,
        weakness: signature.hash.and_then(mabillon_signed::Hash::weakness),
        problem: format!("the key {} is not known", signature.named_key()),
        has_no_key: true,
        ..Check::default()
    };
    let Some((key, source)) = key else {
        return unknown();
    };
    match key.check(signature, content) {
        Some(found) => known(found, *source, signature),
        None => unknown(),
    }
}

fn known(found: KeyCheck, source: KeySource, signature: &OpenPgpSignature) -> Check {
    let is_trusted = source == KeySource::Supplied;
    let doubt = match (&found.problem, is_trusted) {
        (problem, _) if !problem.is_empty() && found.fits.is_some() => problem.clone(),
        (_, false) => "the key came with the message itself".to_owned(),
        _ => String::new(),
    };
    let signer = found.user_ids.first().cloned().unwrap_or_default();
    Check {
        content_fits: found.fits,
        signature_fits: found.fits,
        algorithm: found.algorithm,
        key_bits: Some(found.key_bits),
        key_source: Some(source),
        vouched_by: if doubt.is_empty() {
            "the user".to_owned()
        } else {
            String::new()
        },
        signer,
        addresses: found.addresses,
        key: found.fingerprint,
        doubt,
        weakness: found.weakness,
        signed_at: signature.signed_at,
        valid_until: found.valid_until,
        problem: if found.fits.is_none() {
            found.problem
        } else {
            String::new()
        },
        ..Check::default()
    }
}
