//! S/MIME: detached and opaque signatures (RFC 8551, section 3.5).

use mabillon_case::{KeySource, Part, SignatureKind};
use mabillon_signed::{Cms, SignedData, SignerCheck, Trust, judge, read_cms};

use super::shown::Entity;
use super::{Check, Judged, Reading, too_long};

impl<'a> Reading<'a> {
    /// The signature stands beside what it is over. What it may carry itself is not what is shown and does not count.
    pub(super) fn smime_detached(&mut self, content: usize, signature: usize) {
        let part = self.message.parts.get(signature);
        let (Some(part), Some(object)) = (part, self.contents.get(&signature).copied()) else {
            return;
        };
        let shown = self.entity_bytes(content);
        let mut entity = Entity {
            part: content,
            signature: Some(signature),
            number: self.number(content),
            bytes: shown.into(),
            around: "",
        };
        let signed = match read_signed(object) {
            Ok(Some(signed)) => signed,
            Ok(None) => {
                let problem = "its signature part holds something else than a signature";
                return self.unread(SignatureKind::Smime, part, &entity, problem);
            }
            Err(reason) => return self.unread(SignatureKind::Smime, part, &entity, &reason),
        };
        for signer in &signed.signers {
            if !self.has_room() {
                continue;
            }
            let repaired = self.repaired(shown, |bytes| {
                let check = signed.check(signer, bytes);
                (check.content_fits == Some(true), check)
            });
            let check = match repaired {
                Some((check, repairs, bytes)) => {
                    entity.bytes = bytes;
                    self.judged(&signed, check, repairs)
                }
                None => too_long(),
            };
            self.add_signer(part, check, &entity, signer.value);
        }
    }

    /// The signature holds what it is over.
    pub(super) fn smime_object(&mut self, index: usize, part: &'a Part) {
        let Some(object) = self.contents.get(&index).copied() else {
            return;
        };
        let mut entity = Entity {
            part: index,
            signature: None,
            number: &part.number,
            bytes: (&[][..]).into(),
            around: "",
        };
        let signed = match read_signed(object) {
            Ok(Some(signed)) => signed,
            // What is encrypted is said by the decoder, and is no signature.
            Ok(None) => return,
            Err(reason) => return self.unread(SignatureKind::Smime, part, &entity, &reason),
        };
        let Some(content) = &signed.content else {
            return self.unread(SignatureKind::Smime, part, &entity, "it holds no content");
        };
        entity.bytes = content.as_ref().into();
        for signer in &signed.signers {
            if !self.has_room() {
                continue;
            }
            let check = if self.pay(content) {
                self.judged(&signed, signed.check(signer, content), Vec::new())
            } else {
                too_long()
            };
            self.add_signer(part, check, &entity, signer.value);
        }
    }

    fn add_signer(&mut self, part: &Part, check: Check, entity: &Entity<'_>, value: &[u8]) {
        self.add(Judged {
            kind: SignatureKind::Smime,
            span: part.body,
            check,
            entity,
            value,
        });
    }

    fn judged(&self, signed: &SignedData<'_>, check: SignerCheck, repairs: Vec<String>) -> Check {
        let mut found = Check {
            content_fits: check.content_fits,
            signature_fits: check.signature_fits,
            algorithm: check.algorithm,
            weakness: check.weakness,
            signed_at: check.signed_at,
            problem: check.problem,
            repairs,
            ..Check::default()
        };
        let Some(certificate) = check
            .certificate
            .and_then(|index| signed.certificates.get(index))
        else {
            found.has_no_key = true;
            return found;
        };
        found.key_bits = Some(certificate.key_bits());
        found.key_source = Some(KeySource::Embedded);
        found.signer = certificate.subject();
        found.addresses = certificate.addresses();
        found.key = format!(
            "{}, issued by {}",
            certificate.serial(),
            certificate.issuer()
        );
        found.valid_until = Some(certificate.not_after);
        // Without a signed time, the message's own has to do.
        let at = check.signed_at.or(self.message.date);
        match judge(
            certificate,
            &signed.certificates,
            &self.roots.certificates,
            at,
        ) {
            Trust::Anchored { root, weakness } => {
                found.vouched_by = root;
                found.weakness = found.weakness.max(weakness);
            }
            Trust::Nobody(why) => found.doubt = why,
        }
        found
    }
}

/// Signed content with its signers; nothing where it is encrypted or packed.
fn read_signed(object: &[u8]) -> Result<Option<SignedData<'_>>, String> {
    match read_cms(object)? {
        Cms::Signed(signed) if signed.signers.is_empty() => {
            Err("it holds certificates and nobody signed".to_owned())
        }
        Cms::Signed(signed) => Ok(Some(signed)),
        Cms::Encrypted | Cms::Compressed => Ok(None),
    }
}
