//! Is the person who signed the one who is shown as the sender, and at the time that is shown?

use mabillon_case::{Finding, Message, Outcome, PersonalSignature, Signature};

use super::printable;
use crate::test::declare_test;
use crate::tests_of::people::{fitting, named};
use crate::{Run, World};

declare_test! {
    /// Whoever signed is the sender that is shown, and signed at the time that is shown.
    ///
    /// ## What it examines
    /// For S/MIME and OpenPGP signatures that fit: whether every address in `From` is among those that the certificate
    /// or the key states (alternative names and `emailAddress` of a certificate, verified names of a key), and how far
    /// the time that the signer states is from `Date`.
    /// ## Why it matters
    /// A valid signature of somebody else says nothing for the sender. And the time inside the signature is out of
    /// reach for whoever changes `Date` afterwards.
    /// ## Innocent explanations
    /// Assistants, role addresses and gateways sign for others; people change their address and keep their key.
    /// A message is signed when it is sent, and its `Date` may be that of the draft; clocks are wrong. The stated time
    /// is the signer's own word: whoever has the key can state any.
    /// ## References
    /// - RFC 8550, section 3 (addresses in certificates); RFC 5652, section 11.3 (signing time)
    pub(crate) static PERSONAL_SIGNER = {
        id: "signature/personal-signer",
        findings: &[
            "signer-is-sender",
            "signer-is-another",
            "signed-at-date",
            "signed-at-another-time",
        ],
        run: Run::Signatures(personal_signer),
    }
}

/// How far the time of signing may be from `Date`, in seconds: drafts, queues and clocks.
const APART_SECONDS_MAX: f64 = 86_400.0;

fn personal_signer(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let mut findings = Vec::new();
    for (signature, person) in fitting(signatures) {
        findings.push(signer(signature, person).at(signature.span));
        findings.extend(time(message, signature).map(|finding| finding.at(signature.span)));
    }
    if findings.is_empty() {
        return Outcome::NotApplicable("no signature of a person fits");
    }
    Outcome::Observed(findings)
}

fn signer(signature: &Signature, person: &PersonalSignature) -> Finding {
    let who = named(signature);
    let key = format!(
        "its key ({}) states {}",
        printable(&person.key),
        printable(&person.addresses.join(", "))
    );
    if signature.aligned {
        return Finding::new(
            "signer-is-sender",
            format!("{who} is of the sender that is shown: {key}."),
        );
    }
    let says = format!("{who} is not of the sender that is shown: {key}.");
    Finding::new("signer-is-another", says)
}

fn time(message: &Message, signature: &Signature) -> Option<Finding> {
    let (signed_at, date) = (signature.signed_at?, message.date?);
    let apart = signed_at.seconds_since(date);
    let who = named(signature);
    if apart.abs() <= APART_SECONDS_MAX {
        return Some(Finding::new(
            "signed-at-date",
            format!("{who} states {signed_at} as its time, which fits Date ({date})."),
        ));
    }
    let days = apart.abs() / APART_SECONDS_MAX;
    let side = if apart > 0.0 { "after" } else { "before" };
    let says =
        format!("{who} states {signed_at} as its time, {days:.1} days {side} Date ({date}).");
    Some(Finding::new("signed-at-another-time", says))
}
