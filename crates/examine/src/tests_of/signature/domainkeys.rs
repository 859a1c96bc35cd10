//! Is it signed by the forerunner of DKIM?

use mabillon_case::{Finding, Message, Outcome, Signature, SignatureKind, SignatureResult};

use super::dkim_verification::passes;
use super::{SIGNATURES_SHOWN_MAX, named, printable};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The `DomainKeys` signatures verify under keys that are known.
    ///
    /// ## What it examines
    /// Every `DomainKey-Signature` field: one signature by RSA and SHA-1 over the whole body and the header fields
    /// below it, all or those that it names.
    /// ## Why it matters
    /// Mail of 2004 to 2012, of Yahoo and Gmail above all, bears it, often beside DKIM and sometimes alone. A pass
    /// under a key that no forger could have brought along proves as much as DKIM does, by the length of its key. That
    /// SHA-1 no longer withstands an attacker who writes both of two messages does not help one who must match a
    /// message written by another.
    /// ## Innocent explanations
    /// Its keys are gone from the DNS, many of them were short, and it breaks as easily as DKIM. Header and body are
    /// signed as one, so that it cannot be told which of them was changed. A signature that fails, or none, is no
    /// evidence of forgery.
    /// ## References
    /// - RFC 4870, section 3
    pub(crate) static DOMAINKEYS = {
        id: "signature/domainkeys",
        findings: &[
            "passes-by-archived-key",
            "passes-by-supplied-key",
            "passes-by-recovered-key",
            "passes-in-part",
            "passes-for-other-domain",
            "passes-by-unanchored-key",
            "passes-by-short-key",
            "passes-by-weak-key",
            "passes-by-broken-key",
            "fails-by-known-key",
            "no-key",
            "malformed",
        ],
        run: Run::Signatures(domainkeys),
    }
}

fn domainkeys(_message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let findings: Vec<Finding> = signatures
        .iter()
        .filter(|signature| signature.kind == SignatureKind::DomainKeys)
        .take(SIGNATURES_SHOWN_MAX)
        .map(|signature| finding(signature).at(signature.span))
        .collect();
    if findings.is_empty() {
        return Outcome::NotApplicable("it carries no DomainKeys signature");
    }
    Outcome::Observed(findings)
}

fn finding(signature: &Signature) -> Finding {
    let reason = printable(&signature.reason);
    let (code, words) = match signature.result {
        SignatureResult::Pass => return passes(signature),
        SignatureResult::Fail => ("fails-by-known-key", "does not verify"),
        SignatureResult::NoKey => ("no-key", "cannot be checked"),
        SignatureResult::Malformed => ("malformed", "cannot be read"),
    };
    Finding::new(code, format!("{} {words}: {reason}.", named(signature)))
}
