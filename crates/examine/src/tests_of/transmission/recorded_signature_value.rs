//! Do the servers speak of the signatures that are there?

use mabillon_case::{Finding, Message, Outcome, Signature, SignatureKind};

use crate::rewriter::rewriter;
use crate::signature::{Chain, MethodResult, Recorded, recorded, recorded_at};
use crate::test::declare_test;
use crate::tests_of::signature::printable;
use crate::{Run, World};

declare_test! {
    /// Where a server recorded how a signature starts, the signature starts so.
    ///
    /// ## What it examines
    /// In `Authentication-Results` and `ARC-Authentication-Results`: the first characters of the signature that was
    /// checked (`header.b`), against the signature of the same domain and selector in the message.
    /// ## Why it matters
    /// A signature starts with characters that nobody can choose and that differ in every message. A forger who copies
    /// the lines of a receiving server from another message copies these too.
    /// ## Innocent explanations
    /// A mailing list or gateway of the same domain may take the first signature out and sign anew; the line of the
    /// server that saw the first one stays. Fields named `X-Original-Authentication-Results` speak of such a first
    /// signature and are not examined, nor are signatures that are no longer there.
    /// ## References
    /// - RFC 6008, RFC 8601, section 2.7.1
    pub(crate) static RECORDED_SIGNATURE_VALUE = {
        id: "transmission/recorded-signature-value",
        findings: &["agrees", "differs", "differs-behind-rewriter"],
        run: Run::Signatures(recorded_signature_value),
    }
}

/// Fewer characters are no name of a signature.
const CHARACTERS_MIN: usize = 6;

/// One recorded start of a signature, and what it was compared with.
struct Compared<'a> {
    of: &'a Recorded,
    start: String,
    /// The signature it names.
    found: Option<&'a Signature>,
    /// A signature of the same domain and selector that starts otherwise.
    other: Option<&'a Signature>,
}

fn recorded_signature_value(
    message: &Message,
    signatures: &[Signature],
    _world: &World,
) -> Outcome {
    let fields = fields(message);
    let compared: Vec<Compared<'_>> = fields
        .iter()
        .flat_map(|field| field.results.iter().map(move |result| (field, result)))
        .filter_map(|(field, result)| compare(field, result, signatures))
        .collect();
    let differs = compared
        .iter()
        .find_map(|one| Some((one, one.other?)).filter(|_| one.found.is_none()));
    if let Some((one, other)) = differs {
        return Outcome::one(differing(message, one, other));
    }
    let agreeing = compared.iter().filter(|one| one.found.is_some()).count();
    match compared.iter().find_map(|one| Some((one, one.found?))) {
        None => Outcome::NotApplicable(
            "no server recorded how one of the signatures that are there starts",
        ),
        Some((one, signature)) => Outcome::one(
            Finding::new(
                "agrees",
                format!(
                    "{} recorded that it checked a signature that starts with {}; that of {} does. Such records: {agreeing}.",
                    server(one.of),
                    printable(&one.start),
                    printable(&signature.by)
                ),
            )
            .at(one.of.span),
        ),
    }
}

/// The recorded results, those of ARC sets included.
fn fields(message: &Message) -> Vec<Recorded> {
    let mut fields = recorded(message, "authentication-results");
    let chain = Chain::of(message);
    let sealed = chain.sets.values().flat_map(|set| &set.results);
    fields.extend(sealed.filter_map(|&index| recorded_at(message, index)));
    fields
}

fn compare<'a>(
    of: &'a Recorded,
    result: &MethodResult,
    signatures: &'a [Signature],
) -> Option<Compared<'a>> {
    let start = result
        .property("header.b")
        .filter(|_| result.method == "dkim")?;
    let start: String = start.chars().take(16).collect();
    if start.len() < CHARACTERS_MIN {
        return None;
    }
    let starts_so = |signature: &&Signature| {
        let begin = signature.value_start.get(..start.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(&start))
    };
    let signer = result.signer()?;
    let selector = result.property("header.s");
    let is_meant = |signature: &&Signature| {
        signature.kind == SignatureKind::Dkim
            && signature.value_start.len() >= start.len()
            && (signature.by == signer || signer.ends_with(&format!(".{}", signature.by)))
            && selector.is_none_or(|selector| signature.selector.eq_ignore_ascii_case(selector))
    };
    Some(Compared {
        of,
        found: signatures.iter().find(starts_so),
        other: signatures.iter().find(is_meant),
        start,
    })
}

fn differing(message: &Message, one: &Compared<'_>, other: &Signature) -> Finding {
    let seen = format!(
        "{} recorded that it checked a signature of {} that starts with {}; the one that is there starts with {}.",
        server(one.of),
        printable(&other.by),
        printable(&one.start),
        printable(other.value_start.get(..one.start.len()).unwrap_or_default())
    );
    let finding = match rewriter(message) {
        Some(what) => Finding::new(
            "differs-behind-rewriter",
            format!("{seen} The message passed {what}, which may have signed it anew."),
        ),
        None => Finding::new(
            "differs",
            format!("{seen} The record is that of another message, or the signature was replaced."),
        ),
    };
    finding.at(one.of.span)
}

fn server(recorded: &Recorded) -> String {
    if recorded.server.is_empty() {
        return "A server".to_owned();
    }
    printable(&recorded.server)
}
