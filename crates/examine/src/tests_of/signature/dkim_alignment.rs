//! Who signed, and for whom?

use mabillon_case::{Finding, Message, Outcome, Signature};

use super::{named, passing, printable};
use crate::signature::organisation;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The domain that signed is the domain of the sender.
    ///
    /// ## What it examines
    /// For signatures that verify: the domain that signed (`d=`) and the domain of every address in `From`, compared by
    /// organisation (public suffix list). Google signs for domains without a key of their own as
    /// `example-org.20150623.gappssmtp.com`, which is read as `example.org`; tenants below `onmicrosoft.com` are told
    /// apart.
    /// ## Why it matters
    /// A signature vouches for a domain, not for a person. For gmail.com it means "an account of Gmail that may write
    /// from this address"; for a mailing service it says nothing about `From`.
    /// ## Innocent explanations
    /// Newsletters and invoices are sent through services that sign for themselves; mailing lists sign what they pass on.
    /// And the other way round: an account that was broken into signs like its owner, and an account with a look-alike
    /// name has a valid signature of its own.
    /// ## References
    /// - RFC 7489, section 3.1.1
    /// - RFC 6376, section 6.3
    pub(crate) static DKIM_ALIGNMENT = {
        id: "signature/dkim-alignment",
        findings: &["aligned", "aligned-by-proxy", "other-domain"],
        run: Run::Signatures(dkim_alignment),
    }
}

fn dkim_alignment(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let findings: Vec<Finding> = passing(signatures)
        .map(|signature| alignment(message, signature))
        .collect();
    if findings.is_empty() {
        return Outcome::NotApplicable("no DKIM signature verifies");
    }
    Outcome::Observed(findings)
}

fn alignment(message: &Message, signature: &Signature) -> Finding {
    let mut senders: Vec<&str> = message
        .from
        .iter()
        .map(mabillon_case::Address::domain)
        .collect();
    senders.dedup();
    let sender = printable(&senders.join(", "));
    let signer = named(signature);
    let (code, says) = if !signature.aligned {
        (
            "other-domain",
            format!(
                "{signer} verifies, but the sender writes from {sender}: it vouches for the way, not for the sender."
            ),
        )
    } else if senders
        .iter()
        .all(|sender| organisation(sender) == organisation(&signature.by))
    {
        (
            "aligned",
            format!(
                "{signer} verifies, and the sender writes from {sender}, the same organisation."
            ),
        )
    } else {
        (
            "aligned-by-proxy",
            format!(
                "{signer} verifies; under that name the provider signs for {sender}, the domain of the sender."
            ),
        )
    };
    Finding::new(code, says).at(signature.span)
}
