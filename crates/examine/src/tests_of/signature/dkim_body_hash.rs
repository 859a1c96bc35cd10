//! Is the body the one that was hashed?

use mabillon_case::{BodyHash, Finding, Message, Outcome, Signature, SignatureResult};

use super::{dkim, named};
use crate::rewriter::rewriter;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The body is the one whose hash stands in the DKIM signatures.
    ///
    /// ## What it examines
    /// The body hash (`bh=`) of every DKIM signature, with or without a key; where `l=` is given, only so many octets.
    /// Harmless damage of exports is undone first. Header fields that mailing lists and gateways add are looked for.
    /// ## Why it matters
    /// The hash needs no key, so it also speaks for mail whose keys are lost. Who edits the text and leaves the header
    /// alone is caught. Who computes a new hash breaks the signature over the header, which shows once the key is known.
    /// ## Innocent explanations
    /// Mailing lists add footers; gateways add warnings, strip attachments and encode anew; Exchange and Outlook stores
    /// write the body anew on export. Where two signatures disagree, somebody on the way changed the body and signed
    /// again, as companies that add disclaimers do.
    /// ## References
    /// - RFC 6376, sections 3.7 and 6.1.3
    pub(crate) static DKIM_BODY_HASH = {
        id: "signature/dkim-body-hash",
        findings: &[
            "matches",
            "matches-under-failed-header",
            "matches-in-part",
            "mismatch",
            "mismatch-under-verified-header",
            "mismatch-behind-rewriter",
            "matches-and-mismatches",
        ],
        run: Run::Signatures(dkim_body_hash),
    }
}

fn dkim_body_hash(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let matching: Vec<&Signature> = dkim(signatures)
        .filter(|signature| signature.body_hash == BodyHash::Match)
        .collect();
    let mismatch = dkim(signatures).find(|signature| {
        signature.body_hash == BodyHash::Mismatch && signature.result != SignatureResult::Pass
    });
    let is_added_to = dkim(signatures).any(|signature| {
        signature.result == SignatureResult::Pass && !signature.removed.is_empty()
    });
    if mismatch.is_none() && matching.is_empty() && is_added_to {
        return Outcome::NotApplicable(
            "the body fits once added text is taken away: see signature/dkim-repair",
        );
    }
    let whole = matching
        .iter()
        .find(|signature| signature.unsigned_tail_octets.unwrap_or(0) == 0);
    match (mismatch, whole, matching.first()) {
        (Some(mismatch), whole, _) => {
            Outcome::one(differs(message, signatures, mismatch, whole.copied()))
        }
        (None, Some(whole), _) => Outcome::one(fits(whole)),
        (None, None, Some(part)) => Outcome::one(
            Finding::new(
                "matches-in-part",
                format!(
                    "{} states the hash that the start of the body has; {} more octets follow.",
                    named(part),
                    part.unsigned_tail_octets.unwrap_or(0)
                ),
            )
            .at(part.span),
        ),
        (None, None, None) => Outcome::NotApplicable(
            "it carries no DKIM signature whose hash of the body can be read",
        ),
    }
}

fn fits(signature: &Signature) -> Finding {
    let seen = format!("{} states the hash that the body has", named(signature));
    let (code, says) = if signature.header_verified == Some(false) {
        let says = format!(
            "{seen}, but the signature over the header, this hash included, does not verify: the hash is not vouched for."
        );
        ("matches-under-failed-header", says)
    } else {
        ("matches", format!("{seen}."))
    };
    Finding::new(code, says).at(signature.span)
}

fn differs(
    message: &Message,
    signatures: &[Signature],
    mismatch: &Signature,
    matching: Option<&Signature>,
) -> Finding {
    let verified = dkim(signatures).find(|signature| {
        signature.body_hash == BodyHash::Mismatch
            && signature.header_verified == Some(true)
            && signature.anchored
    });
    let seen = format!(
        "{} states a hash that the body does not have",
        named(verified.unwrap_or(mismatch))
    );
    let (code, says) = if let Some(what) = rewriter(message) {
        (
            "mismatch-behind-rewriter",
            format!("{seen}. The message passed {what}, which may have changed it."),
        )
    } else if let Some(matching) = matching {
        let says = format!(
            "{seen}, while that of {} fits. Somebody changed the body between the two, as gateways do that add \
             disclaimers and sign again, or one of the two hashes was made to fit.",
            super::printable(&matching.by)
        );
        ("matches-and-mismatches", says)
    } else if verified.is_some() {
        let says = format!(
            "{seen}, and its signature over the header, this hash included, verifies. The body was changed after it was \
             signed: by an edit, or by a gateway or export that left no mark."
        );
        ("mismatch-under-verified-header", says)
    } else {
        (
            "mismatch",
            format!(
                "{seen}. The body was changed after it was signed, by an edit, a gateway or an export."
            ),
        )
    };
    Finding::new(code, says).at(verified.unwrap_or(mismatch).span)
}
