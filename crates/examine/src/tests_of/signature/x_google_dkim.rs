//! Did it go through Google?

use mabillon_case::{
    Finding, Message, Outcome, RSA_BITS_PROOF_MIN, Signature, SignatureKind, SignatureResult,
};

use super::{SIGNATURES_SHOWN_MAX, a_key, dkim, key_words, printable};
use crate::rewriter::rewriter;
use crate::signature::{Terms, terms_of};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The signature that Google adds for its own use verifies, and agrees with the one beside it.
    ///
    /// ## What it examines
    /// The field `X-Google-DKIM-Signature`, made like a DKIM signature for the domain 1e100.net on mail sent through
    /// Google: whether it verifies; and whether its hash of the body is that of the DKIM signature beside it, where
    /// both hash the body in the same way.
    /// ## Why it matters
    /// It is a second signature under a key of its own, the same for all senders, and may verify where the key of the
    /// sender's domain is lost. It proves passage through Google, not who wrote. Both hashes are computed by one
    /// server over one body: who changes the text and mends the hash of one signature forgets the other.
    /// ## Innocent explanations
    /// A list or gateway that changes the body and signs anew leaves the old field of Google in place, so that the
    /// hashes differ. Google gives no promise about this field and publishes no key for most of its selectors any more.
    /// ## References
    /// - RFC 6376
    pub(crate) static X_GOOGLE_DKIM = {
        id: "signature/x-google-dkim",
        findings: &[
            "passes",
            "passes-by-unanchored-key",
            "fails-by-known-key",
            "no-key",
            "malformed",
            "hash-agrees",
            "hash-differs",
            "hash-differs-after-another-signer",
        ],
        run: Run::Signatures(x_google_dkim),
    }
}

/// Domains that the servers of Google sign for, beside the tenants below `gappssmtp.com`.
const GOOGLE_DOMAINS: [&str; 3] = ["gmail.com", "googlemail.com", "google.com"];

fn x_google_dkim(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let mut findings = Vec::new();
    let google = signatures
        .iter()
        .filter(|signature| signature.kind == SignatureKind::XGoogleDkim)
        .take(SIGNATURES_SHOWN_MAX);
    for signature in google {
        findings.push(result(signature));
        findings.extend(agreement(message, signature, signatures));
    }
    if findings.is_empty() {
        return Outcome::NotApplicable("it carries no X-Google-DKIM-Signature");
    }
    Outcome::Observed(findings)
}

fn result(signature: &Signature) -> Finding {
    let name = format!(
        "Google's own signature ({}, selector {})",
        printable(&signature.by),
        printable(&signature.selector)
    );
    let is_short = signature
        .key_bits
        .is_none_or(|bits| bits < RSA_BITS_PROOF_MIN);
    let (code, says) = match signature.result {
        SignatureResult::Pass if signature.anchored && !is_short => (
            "passes",
            format!(
                "{name} verifies under {}: the message went through Google as it stands. Who wrote it is not signed \
                 by that.",
                a_key(signature)
            ),
        ),
        SignatureResult::Pass => (
            "passes-by-unanchored-key",
            format!(
                "{name} verifies, but under a {} that anybody could have brought along or broken.",
                key_words(signature)
            ),
        ),
        SignatureResult::Fail => (
            "fails-by-known-key",
            format!("{name} does not verify: {}.", signature.reason),
        ),
        SignatureResult::NoKey => (
            "no-key",
            format!("{name} cannot be checked: {}.", signature.reason),
        ),
        SignatureResult::Malformed => (
            "malformed",
            format!("{name} cannot be read: {}.", printable(&signature.reason)),
        ),
    };
    Finding::new(code, says).at(signature.span)
}

/// Compares the hash of the body with those of the DKIM signatures that hash it in the same way.
fn agreement(message: &Message, google: &Signature, signatures: &[Signature]) -> Option<Finding> {
    let terms = terms_of(message, google)?;
    let way = |terms: &Terms| (terms.body, terms.algorithm.hash(), terms.length);
    let comparable: Vec<(&Signature, bool)> = dkim(signatures)
        .filter_map(|signature| Some((signature, terms_of(message, signature)?)))
        .filter(|(_, other)| way(other) == way(&terms))
        .map(|(signature, other)| (signature, other.body_hash == terms.body_hash))
        .collect();
    let seen = "states a hash of the body, and so does Google's own signature";
    if let Some((other, _)) = comparable.iter().find(|(_, agrees)| *agrees) {
        let says = format!(
            "The signature of {} {seen}: the same.",
            printable(&other.by)
        );
        return Some(Finding::new("hash-agrees", says).at(google.span));
    }
    let (other, _) = comparable.first()?;
    let by_google = comparable
        .iter()
        .find(|(signature, _)| is_google(&signature.by));
    let (code, why) = match (by_google, rewriter(message)) {
        (Some(_), None) => (
            "hash-differs",
            "One server makes both over one body: one of them was made or changed later.",
        ),
        _ => (
            "hash-differs-after-another-signer",
            "A list or gateway that changes the body and signs anew leaves the two so.",
        ),
    };
    let by = by_google.map_or(&other.by, |(signature, _)| &signature.by);
    let says = format!("The signature of {} {seen}: another. {why}", printable(by));
    Some(Finding::new(code, says).at(google.span))
}

fn is_google(domain: &str) -> bool {
    GOOGLE_DOMAINS.contains(&domain) || domain.ends_with(".gappssmtp.com")
}
