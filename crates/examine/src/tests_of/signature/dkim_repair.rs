//! Which harmless damage had to be undone?

use mabillon_case::{BodyHash, Finding, Message, Outcome, Signature, SignatureResult};

use super::{dkim, named};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Signatures verify as the message stands, or once harmless damage of exports and gateways is undone.
    ///
    /// ## What it examines
    /// Signatures that verify, or whose body hash fits, only after one of these was undone: line ends without carriage
    /// return (`line-ends`) or with two (`doubled-carriage-returns`), `>From ` (`mbox-from-quoting`,
    /// `mboxrd-from-quoting`, `repeated-mbox-from-quoting`), doubled dots (`dot-stuffing`), a signature separator without its space
    /// (`signature-separator`), an empty line on top (`empty-first-line`), white space at line ends
    /// (`spaces-at-line-ends`), quotation marks in `Content-Type` (`content-type-quotes`) and around display names
    /// (`display-name-quotes`), white space that starts folded lines (`header-folds`), texts and attachments that were
    /// encoded anew in base64, quoted-printable or plainly (`transfer-encoding`), and signed fields that were dropped and
    /// whose value the rest determines (`dropped-field`): those with few possible values, the link by which to leave a list
    /// where it stands in the text, and copies in the signature itself (`z=`).
    /// None of them touches a word.
    /// Where the signature over the header verifies under a known key, and the hash of the body does not fit, what
    /// lists and gateways add is taken away, from plain text and from HTML, in whatever transfer encoding: a part at the
    /// end or the start (`added-part`), a multipart of the list's own around the body (`wrapped-by-list`), passages at the
    /// end (`list-footer`, `appended-text`), a notice on top (`notice-on-top`), a block between the marks of a gateway
    /// (`gateway-banner`), tags of a subject (`subject-tag`). What is taken away is shown and not covered: anybody may have
    /// written it.
    /// ## Why it matters
    /// Exports break signatures without anybody meaning harm. What verifies after such a repair is proved as well as
    /// what verifies at once: a forger cannot make a signature fit by it.
    /// ## Innocent explanations
    /// All of these are innocent; they tell of the program that stored or exported the message.
    /// Not undone: boundaries that were replaced, links that a gateway rewrote, senders that a list put its own name to.
    /// ## References
    /// - RFC 6376, section 5.3 (normalise before signing)
    /// - RFC 4155 (mbox), RFC 3676, section 4.3 (signature separator)
    pub(crate) static DKIM_REPAIR = {
        id: "signature/dkim-repair",
        findings: &["line-ends-only", "verifies-after-repair", "verifies-without-added-text", "body-matches-after-repair"],
        run: Run::Signatures(dkim_repair),
    }
}

fn dkim_repair(_message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let repaired = dkim(signatures)
        .filter(|signature| !signature.repairs.is_empty())
        .max_by_key(|signature| {
            (
                signature.result == SignatureResult::Pass,
                signature.repairs.len(),
            )
        });
    let Some(signature) = repaired else {
        return Outcome::NotApplicable("no DKIM signature needed a repair, or none helped");
    };
    Outcome::one(repair(signature).at(signature.span))
}

fn repair(signature: &Signature) -> Finding {
    let repairs = signature.repairs.join(", ");
    let name = named(signature);
    if signature.repairs == ["line-ends"] {
        let says = format!(
            "{name} was checked with CR LF for the bare line feeds that the message is stored with, as most exports are."
        );
        return Finding::new("line-ends-only", says);
    }
    let passes = signature.result == SignatureResult::Pass;
    if passes && !signature.removed.is_empty() {
        return without_added_text(signature, &name);
    }
    if passes {
        let says = format!(
            "{name} verifies once harmless damage is undone: {repairs}. No word is changed by that."
        );
        return Finding::new("verifies-after-repair", says);
    }
    let fits = if signature.body_hash == BodyHash::Match {
        "hash of the body"
    } else {
        "signature over the header"
    };
    Finding::new(
        "body-matches-after-repair",
        format!(
            "The {fits} of {} fits once harmless damage is undone: {repairs}.",
            super::printable(&signature.by)
        ),
    )
}

fn without_added_text(signature: &Signature, name: &str) -> Finding {
    let removed: Vec<String> = signature
        .removed
        .iter()
        .map(|removed| {
            let text = super::printable(removed.text.trim());
            format!("{} \"{text}\"", removed.repair)
        })
        .collect();
    let says = format!(
        "{name} verifies once this is taken away, which is not covered and which anybody may have added: {}.",
        removed.join("; ")
    );
    Finding::new("verifies-without-added-text", says)
}
