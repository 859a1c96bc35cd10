//! Do the S/MIME signatures verify, and who vouches for their certificates?

use mabillon_case::{Message, Outcome, Signature, SignatureKind};

use crate::test::declare_test;
use crate::tests_of::people::verification;
use crate::{Run, World};

declare_test! {
    /// Each S/MIME signature fits what is shown, and its certificate leads to an authority that the user trusts.
    ///
    /// ## What it examines
    /// Every S/MIME signature, detached (`multipart/signed`) or opaque (`application/pkcs7-mime`): the hash of the
    /// signed part as it stands in the message, the signature under the key of the signer's certificate, and the chain
    /// of certificates up to one of those given with `--roots`, judged at the time of signing that the signer states
    /// (without one, at `Date`). Certificates that came with the signature link and vouch for nothing.
    /// Only a signature of the sender that is shown, under such a chain, with hash and key that still bind, over the
    /// whole body and over the visible fields of the header, proves the message. An ordinary S/MIME signature is over
    /// the body alone: it proves the body, and leaves `Subject`, `Date` and the recipients to whoever handled it.
    /// ## Why it matters
    /// It is the signature of a person or an office rather than of a domain, and it travels inside the body, so that
    /// it outlives exports and moves between mailboxes.
    /// ## Innocent explanations
    /// Gateways and mailing lists change signed parts. Without `--roots` nobody vouches for anybody. Certificates that
    /// have expired by now were good when they signed. Authorities disappear and their certificates with them.
    /// Not looked at: lists of revoked certificates, which cannot be had offline, and RFC 3161 time stamps. What is
    /// encrypted is not examined.
    /// ## References
    /// - RFC 8551 (S/MIME 4.0), RFC 5652 (CMS), RFC 5280, section 6 (certification paths)
    /// - Müller et al., "Johnny, you are fired!" (USENIX Security 2019): signatures shown for what they are not over
    pub(crate) static SMIME_SIGNATURE = {
        id: "signature/smime-signature",
        findings: &[
            "passes-by-trusted-root",
            "passes-for-body",
            "passes-in-part",
            "passes-for-other-identity",
            "passes-by-weak-algorithm",
            "passes-without-trust",
            "content-changed",
            "does-not-fit",
            "no-key",
            "not-verified",
        ],
        run: Run::Signatures(smime_signature),
    }
}

fn smime_signature(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    if let Some(outcome) = verification(signatures, SignatureKind::Smime, "passes-by-trusted-root")
    {
        return outcome;
    }
    if message.parts.iter().any(mabillon_case::Part::is_cms_object) {
        Outcome::NotApplicable("its S/MIME content is encrypted: not examined")
    } else {
        Outcome::NotApplicable("it carries no S/MIME signature")
    }
}
