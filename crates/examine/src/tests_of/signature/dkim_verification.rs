//! Do the signatures verify?

use std::borrow::Cow;

use mabillon_case::{BodyHash, Finding, KeySource, Message, Outcome, Signature, SignatureResult};

use super::{a_key, dkim, is_strong, named, source_words};
use crate::signature::absent_fields;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Each DKIM signature verifies under a key that is known for its domain and selector.
    ///
    /// ## What it examines
    /// Every `DKIM-Signature` field on its own: the hash of the body, the signature over the header fields it names,
    /// and the public keys known for its domain and selector from the archive that comes with the program, from keys
    /// files of the user, or from the collection.
    /// `x=` (expiry) is not obeyed, since the question is not whether to let the message in today;
    /// `rsa-sha1` and short keys are computed and graded.
    /// ## Why it matters
    /// Whoever changes a signed field or the body breaks the signature, and nobody can make a new one without the
    /// private key of the domain. A signature that verifies proves that these bytes left that domain as they stand.
    /// It does not prove who sat at the keyboard, nor that what is said is true.
    /// ## Innocent explanations
    /// Most genuine old mail does not verify: the key is gone from the DNS and from every archive; the selector was
    /// given a new key; a mailing list, a gateway or an export changed the message. A signature that fails, or none,
    /// is therefore no evidence of forgery.
    /// ## References
    /// - RFC 6376 (DKIM), sections 3 and 6
    /// - RFC 8301 (keys and hashes no longer accepted), RFC 8463 (Ed25519)
    pub(crate) static DKIM_VERIFICATION = {
        id: "signature/dkim-verification",
        findings: &[
            "passes-by-archived-key",
            "passes-by-supplied-key",
            "passes-by-recovered-key",
            "passes-in-part",
            "passes-once-text-is-removed",
            "passes-for-other-domain",
            "passes-by-unanchored-key",
            "passes-by-short-key",
            "passes-by-weak-key",
            "passes-by-broken-key",
            "fails-by-known-key",
            "header-fails-by-known-key",
            "no-key",
            "malformed",
        ],
        run: Run::Signatures(dkim_verification),
    }
}

/// RSA keys below this many bits can be broken by anybody with patience (512 bits for the price of a meal).
const WEAK_BITS_BELOW: u32 = 768;

fn dkim_verification(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let findings: Vec<Finding> = dkim(signatures)
        .map(|signature| {
            let finding = match signature.result {
                SignatureResult::Pass => passes(signature),
                SignatureResult::Fail => fails(message, signature),
                SignatureResult::NoKey => no_key(signature),
                SignatureResult::Malformed => malformed(signature),
            };
            finding.at(signature.span)
        })
        .collect();
    if findings.is_empty() {
        return Outcome::NotApplicable("it carries no DKIM signature");
    }
    Outcome::Observed(findings)
}

pub(super) fn passes(signature: &Signature) -> Finding {
    let (code, meaning) = meaning(signature);
    let source = signature
        .key_source
        .map_or("an unknown place", source_words);
    let when = signature
        .signed_at
        .map(|stamp| format!(", made at {stamp},"))
        .unwrap_or_default();
    let salvaged = match signature.repairs.as_slice() {
        [] => String::new(),
        repairs if signature.removed.is_empty() => {
            format!(" once harmless damage ({}) is undone", repairs.join(", "))
        }
        repairs => format!(" once added text is taken away ({})", repairs.join(", ")),
    };
    Finding::new(
        code,
        format!(
            "{}{when} verifies{salvaged} under {} from {source}. {meaning}",
            named(signature),
            a_key(signature)
        ),
    )
}

fn meaning(signature: &Signature) -> (&'static str, Cow<'static, str>) {
    if !signature.key_broken.is_empty() {
        let says = format!(
            "Anybody could have made it, at any time: {}.",
            signature.key_broken
        );
        return ("passes-by-broken-key", Cow::Owned(says));
    }
    if signature.proves_all() {
        let code = match signature.key_source {
            Some(KeySource::Supplied) => "passes-by-supplied-key",
            Some(KeySource::Recovered) => "passes-by-recovered-key",
            _ => "passes-by-archived-key",
        };
        let says =
            "It covers all that is shown: the message left the domain of its sender as it stands.";
        return (code, says.into());
    }
    let (code, says) = shortcoming(signature);
    (code, says.into())
}

/// Why a signature that verifies proves less than all.
fn shortcoming(signature: &Signature) -> (&'static str, &'static str) {
    if !is_strong(signature) {
        let is_weak = signature.key_bits.is_none_or(|bits| bits < WEAK_BITS_BELOW);
        return if is_weak {
            (
                "passes-by-weak-key",
                "A key this short can be broken by anybody, so the signature proves next to nothing.",
            )
        } else {
            (
                "passes-by-short-key",
                "A key this short can be broken with effort, so the signature supports and does not prove.",
            )
        };
    }
    if !signature.anchored {
        return (
            "passes-by-unanchored-key",
            "The key is known from nowhere but the collection, and a forger could have brought it along.",
        );
    }
    if !signature.aligned {
        return (
            "passes-for-other-domain",
            "That domain is not the one of the sender: it vouches for having passed the message on, not for who wrote it.",
        );
    }
    if !signature.removed.is_empty() {
        return (
            "passes-once-text-is-removed",
            "What is shown besides was added on the way and is not covered; the rest left the domain of its sender as it \
             stands.",
        );
    }
    (
        "passes-in-part",
        "It does not cover all that is shown; the signed part left the domain of its sender as it stands.",
    )
}

fn fails(message: &Message, signature: &Signature) -> Finding {
    let absent = absent_fields(message, signature);
    let (code, what) = match (signature.header_verified, signature.body_hash) {
        (Some(true), _) => (
            "fails-by-known-key",
            "its header fields fit, the body is not the one that was signed. Mailing lists, gateways and exports do that \
             too."
                .to_owned(),
        ),
        (_, BodyHash::Match) if !absent.is_empty() => (
            "fails-by-known-key",
            format!(
                "the body fits, the signature over the header fields does not. It also names fields that the message does \
                 not have ({}); if an export dropped them, that alone explains it.",
                super::printable(&absent.join(", "))
            ),
        ),
        (_, BodyHash::Match) => (
            "header-fails-by-known-key",
            "the body fits, the signature over the header fields does not. Either a signed field was changed, or the \
             selector had another key at that time, or somebody signed who does not have the key."
                .to_owned(),
        ),
        _ => (
            "fails-by-known-key",
            "neither the signature over the header fields nor the hash of the body fits. Mailing lists, gateways and \
             exports do that too."
                .to_owned(),
        ),
    };
    Finding::new(
        code,
        format!(
            "{} does not verify under any known key: {what}",
            named(signature)
        ),
    )
}

fn no_key(signature: &Signature) -> Finding {
    let body = match signature.body_hash {
        BodyHash::Match => " Its hash of the body fits.",
        _ => "",
    };
    Finding::new(
        "no-key",
        format!(
            "{} cannot be checked: {}.{body}",
            named(signature),
            signature.reason
        ),
    )
}

fn malformed(signature: &Signature) -> Finding {
    Finding::new(
        "malformed",
        format!("{} cannot be read: {}.", named(signature), signature.reason),
    )
}
