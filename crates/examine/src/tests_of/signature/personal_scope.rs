//! What of all that is shown is the signature of a person over?

use mabillon_case::{Coverage, Finding, Message, Outcome, PersonalSignature, Signature};

use super::printable;
use crate::test::declare_test;
use crate::tests_of::people::{fitting, named};
use crate::{Run, World};

declare_test! {
    /// What the signature of a person is over is what a reader is shown.
    ///
    /// ## What it examines
    /// For S/MIME and OpenPGP signatures that fit: whether the signed part is all that the message shows, or text and
    /// attachments stand beside it; whether the visible fields of the header (`From`, `To`, `Cc`, `Date`, `Subject`)
    /// stand in the signed part too, and with the same values; and whether what is signed is a message of its own, with
    /// another sender than is shown.
    /// ## Why it matters
    /// Mail programs say "signed" of a message of which a part is. So one puts a genuine signed part of somebody where
    /// it is not seen, and another text where it is; or changes the subject; or shows a signed letter under the header
    /// of another. The signature stays valid in all these.
    /// ## Innocent explanations
    /// Mailing lists and gateways add a footer beside the signed part, and a tag to the subject. Forwarding programs
    /// attach signed messages. Very few programs sign the fields of the header at all.
    /// ## References
    /// - RFC 1847; RFC 8551, section 3.1, and RFC 9788 (fields of the header inside the signed part)
    /// - Müller et al., "Johnny, you are fired!" (USENIX Security 2019)
    pub(crate) static PERSONAL_SCOPE = {
        id: "signature/personal-scope",
        findings: &[
            "covers-body-and-fields",
            "covers-body",
            "content-outside",
            "shown-field-differs",
            "message-of-another-sender",
        ],
        run: Run::Signatures(personal_scope),
    }
}

fn personal_scope(_message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let mut findings = Vec::new();
    for (signature, person) in fitting(signatures) {
        let found = scope(signature, person);
        findings.extend(found.into_iter().map(|finding| finding.at(signature.span)));
    }
    if findings.is_empty() {
        return Outcome::NotApplicable("no signature of a person fits");
    }
    Outcome::Observed(findings)
}

fn scope(signature: &Signature, person: &PersonalSignature) -> Vec<Finding> {
    let who = named(signature);
    let mut found = Vec::new();
    if !person.other_sender.is_empty() {
        let inside = printable(&person.other_sender);
        let says = format!(
            "{who} is over a message from {inside}, which is shown here under another sender. It says nothing for that sender."
        );
        found.push(Finding::new("message-of-another-sender", says));
    }
    if !person.fields_differing.is_empty() {
        let fields = person.fields_differing.join(", ");
        let says = format!(
            "{who} is over other values of {fields} than are shown: the header was changed after signing."
        );
        found.push(Finding::new("shown-field-differs", says));
    }
    if !person.outside.is_empty() {
        let part = if person.part.is_empty() {
            "1"
        } else {
            &person.part
        };
        let says = format!(
            "{who} is over part {part} and no more. Beside it is shown, signed by nobody: {}.",
            printable(&person.outside.join("; "))
        );
        found.push(Finding::new("content-outside", says));
    }
    if found.is_empty() {
        found.push(whole(signature, &who));
    }
    found
}

fn whole(signature: &Signature, who: &str) -> Finding {
    if signature.covers == Coverage::All {
        let says =
            format!("{who} is over the whole body and the fields of the header that are shown.");
        return Finding::new("covers-body-and-fields", says);
    }
    let fields = signature.unsigned_fields.join(", ");
    Finding::new(
        "covers-body",
        format!("{who} is over the whole body. Unsigned in the header: {fields}."),
    )
}
