//! Do the OpenPGP signatures verify, and does the user vouch for their keys?

use mabillon_case::{ArmorKind, Message, Outcome, Signature, SignatureKind};

use crate::test::declare_test;
use crate::tests_of::people::verification;
use crate::{Run, World};

declare_test! {
    /// Each OpenPGP signature fits what is shown, under a key that the user vouches for.
    ///
    /// ## What it examines
    /// Every OpenPGP signature: detached (PGP/MIME), in the clear inside the text, or packed with it. The key is taken
    /// from those given with `--roots`, else from the message itself (attached keys, the field `Autocrypt`); only the
    /// former count as vouched for. A key has to name itself by signatures that verify, must not have expired or been
    /// withdrawn when it signed, and a subkey has to be bound to it in both directions.
    /// Only a signature of the sender that is shown, by such a key, over the whole body and the visible fields of the
    /// header, proves the message. Most signatures are over the body alone.
    /// ## Why it matters
    /// It is the signature of a person, made on that person's machine, and it outlives exports.
    /// ## Innocent explanations
    /// The key of a correspondent is seldom at hand, and a key that only the collection knows may be genuine.
    /// Mailing lists and gateways change signed text; programs wrap lines of text that was signed in the clear.
    /// Not looked at: what others certified of a key (the web of trust), and keys withdrawn elsewhere. What is
    /// encrypted is not examined.
    /// ## References
    /// - RFC 9580 (OpenPGP), RFC 3156 (PGP/MIME), RFC 4880; Autocrypt Level 1
    /// - Müller et al., "Johnny, you are fired!" (USENIX Security 2019): signatures shown for what they are not over
    pub(crate) static OPENPGP_SIGNATURE = {
        id: "signature/openpgp-signature",
        findings: &[
            "passes-by-trusted-key",
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
        run: Run::Signatures(openpgp_signature),
    }
}

fn openpgp_signature(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    if let Some(outcome) = verification(signatures, SignatureKind::OpenPgp, "passes-by-trusted-key")
    {
        return outcome;
    }
    let is_encrypted = message
        .parts
        .iter()
        .any(|part| part.media_type == "multipart/encrypted")
        || message
            .armored
            .iter()
            .any(|block| block.kind == ArmorKind::Message);
    if is_encrypted {
        Outcome::NotApplicable("its OpenPGP content is encrypted: not examined")
    } else {
        Outcome::NotApplicable("it carries no OpenPGP signature")
    }
}
