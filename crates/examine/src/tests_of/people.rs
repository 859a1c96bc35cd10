//! What the tests of people's signatures have in common.

use mabillon_case::{
    BodyHash, Coverage, Finding, Outcome, PersonalSignature, Signature, SignatureKind,
    SignatureResult,
};

use super::signature::printable;

/// Signatures of one message that are spoken of.
const SIGNATURES_SHOWN_MAX: usize = 20;

/// The signatures of people among these, with what is known of the signer.
pub(super) fn people(
    signatures: &[Signature],
) -> impl Iterator<Item = (&Signature, &PersonalSignature)> {
    let people = signatures
        .iter()
        .filter_map(|signature| Some((signature, signature.personal.as_deref()?)));
    people.take(SIGNATURES_SHOWN_MAX)
}

/// Those that fit their content and key.
pub(super) fn fitting(
    signatures: &[Signature],
) -> impl Iterator<Item = (&Signature, &PersonalSignature)> {
    people(signatures).filter(|(signature, _)| signature.result == SignatureResult::Pass)
}

/// What there is to say of every signature of one kind; `proof` is the code of one that proves all that is shown.
pub(super) fn verification(
    signatures: &[Signature],
    kind: SignatureKind,
    proof: &'static str,
) -> Option<Outcome> {
    let findings: Vec<Finding> = people(signatures)
        .filter(|(signature, _)| signature.kind == kind)
        .map(|(signature, person)| one(signature, person, proof).at(signature.span))
        .collect();
    (!findings.is_empty()).then_some(Outcome::Observed(findings))
}

fn one(signature: &Signature, person: &PersonalSignature, proof: &'static str) -> Finding {
    match signature.result {
        SignatureResult::Pass => passes(signature, person, proof),
        SignatureResult::Fail => fails(signature, person),
        SignatureResult::NoKey => {
            let says = format!(
                "{} cannot be checked: {}.",
                named(signature),
                printable(&signature.reason)
            );
            Finding::new("no-key", says)
        }
        SignatureResult::Malformed => {
            let says = format!(
                "{} was not verified: {}.",
                named(signature),
                printable(&signature.reason)
            );
            Finding::new("not-verified", says)
        }
    }
}

fn passes(signature: &Signature, person: &PersonalSignature, proof: &'static str) -> Finding {
    let when = signature
        .signed_at
        .map(|at| format!(", which states {at} as its time,"))
        .unwrap_or_default();
    let repaired = match signature.repairs.as_slice() {
        [] => String::new(),
        repairs => format!(" once harmless damage ({}) is undone", repairs.join(", ")),
    };
    let (code, meaning) = meaning(signature, person, proof);
    let revocation = if code == "passes-without-trust" {
        ""
    } else {
        " Whether the key was withdrawn since cannot be checked offline."
    };
    let says = format!(
        "{}{when} fits {}{repaired}. {meaning}{revocation}",
        named(signature),
        covered(person)
    );
    Finding::new(code, says)
}

/// Which part is covered.
fn covered(person: &PersonalSignature) -> String {
    match person.part.as_str() {
        "" => "the body".to_owned(),
        number => format!("part {number}"),
    }
}

fn meaning(
    signature: &Signature,
    person: &PersonalSignature,
    proof: &'static str,
) -> (&'static str, String) {
    if !signature.anchored {
        let says = format!(
            "Nobody you trust vouches for its key at that time: {}.",
            printable(&person.doubt)
        );
        return ("passes-without-trust", says);
    }
    let vouched = voucher(signature, person);
    if !person.weakness.is_empty() {
        return (
            "passes-by-weak-algorithm",
            format!("{vouched}, but {}.", person.weakness),
        );
    }
    if !signature.aligned {
        return (
            "passes-for-other-identity",
            format!("{vouched}, who is not the sender that is shown."),
        );
    }
    if signature.covers == Coverage::All {
        return (
            proof,
            format!("{vouched}, and it covers all that is shown."),
        );
    }
    let is_body = person.outside.is_empty()
        && person.fields_differing.is_empty()
        && person.other_sender.is_empty();
    if is_body {
        let fields = signature.unsigned_fields.join(", ");
        return (
            "passes-for-body",
            format!(
                "{vouched}: the body is as the sender signed it. Not signed, and free to change: {fields}."
            ),
        );
    }
    (
        "passes-in-part",
        format!(
            "{vouched}, but other things are shown than were signed: see signature/personal-scope."
        ),
    )
}

/// Who vouches for the key, and whose it is.
fn voucher(signature: &Signature, person: &PersonalSignature) -> String {
    let signer = printable(&person.signer);
    match signature.kind {
        SignatureKind::OpenPgp => format!("You vouch for the key of {signer}"),
        _ => format!(
            "\"{}\" vouches for the key of {signer}",
            printable(&person.vouched_by)
        ),
    }
}

fn fails(signature: &Signature, person: &PersonalSignature) -> Finding {
    let is_content =
        signature.header_verified == Some(true) && signature.body_hash == BodyHash::Mismatch;
    let (code, what) = if is_content {
        (
            "content-changed",
            "what the signer signed fits the signature, and is not what is shown: the content was changed after signing, or another was put in its place.",
        )
    } else {
        (
            "does-not-fit",
            "it does not fit the content under the key of its signer.",
        )
    };
    let says = format!(
        "{} over {} does not verify: {what} Gateways, mailing lists and exports do that too.",
        named(signature),
        covered(person)
    );
    Finding::new(code, says)
}

/// "The S/MIME signature of anna@example.org".
pub(super) fn named(signature: &Signature) -> String {
    let kind = match signature.kind {
        SignatureKind::Smime => "S/MIME",
        _ => "OpenPGP",
    };
    if signature.by.is_empty() {
        format!("An {kind} signature")
    } else {
        format!("The {kind} signature of {}", printable(&signature.by))
    }
}
