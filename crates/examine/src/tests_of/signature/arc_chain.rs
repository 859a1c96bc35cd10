//! What did the servers on the way seal?

use mabillon_case::{
    BodyHash, Finding, Message, Outcome, Signature, SignatureKind, SignatureResult, Stamp,
};

use super::{a_key, is_strong, printable};
use crate::rewriter::rewriter;
use crate::signature::{
    Chain, ChainValidation, MethodResult, chain_validation, is_aligned, is_seal, organisation,
    recorded_at,
};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// What the servers on the way recorded is sealed, and the message is as the last of them sealed it.
    ///
    /// ## What it examines
    /// The sets of `ARC-Authentication-Results`, `ARC-Message-Signature` and `ARC-Seal` fields: whether each seal
    /// verifies over the sets so far, whether the newest message signature verifies over the message, and, apart from
    /// that, whether the body is the one whose hash the newest seal covers. Of the newest set also what that server
    /// recorded: a DKIM signature of the sender's domain that passed. The state of the whole chain is computed as a
    /// receiving server would, without undoing any damage. Finally the times: no field of ARC was written before
    /// October 2015, and none of Google before August 2016.
    /// ## Why it matters
    /// Large providers seal what they receive with keys of their own. Where the key of the sender is lost, "Google saw
    /// it pass" can still be verified; and where a seal is authentic and the body is not the sealed one, the body was
    /// changed after it, whatever happened before.
    /// ## Innocent explanations
    /// A mailing list or gateway behind the last sealer changes messages as a rule, and exports write bodies anew.
    /// Servers that strip or repeat fields break a chain. A seal proves what a server says it saw: one is as good as
    /// the sealer is trusted, and none speaks for the sender by itself.
    /// ## References
    /// - RFC 8617, sections 4 and 5
    pub(crate) static ARC_CHAIN = {
        id: "signature/arc-chain",
        findings: &[
            "sealed-origin",
            "chain-passes",
            "chain-passes-by-unanchored-key",
            "body-changed-after-seal",
            "body-changed-after-seal-behind-rewriter",
            "fields-changed-after-seal",
            "chain-fails",
            "no-key",
            "older-than-arc",
        ],
        run: Run::Signatures(arc_chain),
    }
}

/// The first draft of ARC was published in this month; the servers of Google sealed nothing before that one.
const ARC_SINCE: (i16, i8, i8) = (2015, 10, 1);
const GOOGLE_ARC_SINCE: (i16, i8, i8) = (2016, 8, 1);

fn arc_chain(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let validation = chain_validation(message, signatures);
    if validation == ChainValidation::None {
        return Outcome::NotApplicable("it carries no ARC fields");
    }
    let arc: Vec<&Signature> = signatures
        .iter()
        .filter(|signature| signature.kind == SignatureKind::Arc)
        .collect();
    let newest = |seals: bool| {
        arc.iter()
            .rev()
            .find(|signature| is_seal(signature) == seals)
    };
    let mut findings = Vec::new();
    match (newest(true), newest(false)) {
        (Some(seal), Some(signature)) => findings.push(match validation {
            ChainValidation::Fail(reason) => fails(message, seal, signature, &reason),
            _ => passes(message, seal, signature),
        }),
        _ => findings.push(broken("the chain has no seal or no message signature")),
    }
    findings.extend(older_than_arc(message, &arc));
    Outcome::Observed(findings)
}

/// "The seal of google.com (i=1), made at ...,".
fn named(seal: &Signature) -> String {
    let when = seal
        .signed_at
        .map(|stamp| format!(", made at {stamp},"))
        .unwrap_or_default();
    let instance = seal.identity.split(';').next().unwrap_or_default();
    format!(
        "The seal of {} ({}){when}",
        printable(&seal.by),
        printable(instance)
    )
}

fn passes(message: &Message, seal: &Signature, signature: &Signature) -> Finding {
    let seen = format!(
        "{} verifies under {}, and the message is as it was sealed.",
        named(seal),
        a_key(seal)
    );
    if !seal.anchored || !signature.anchored {
        let says = format!(
            "{seen} The key is known from nowhere but the collection, and a forger could have brought it along."
        );
        return Finding::new("chain-passes-by-unanchored-key", says).at(seal.span);
    }
    let covers_all = signature.covers == mabillon_case::Coverage::All;
    match recorded_origin(message).filter(|_| covers_all) {
        Some(domain) => Finding::new(
            "sealed-origin",
            format!(
                "{seen} The server recorded that a signature of {}, the domain of the sender, passed.",
                printable(&domain)
            ),
        ),
        None => Finding::new(
            "chain-passes",
            format!("{seen} That says which way it went, not who wrote it."),
        ),
    }
    .at(seal.span)
}

/// The domain of the sender, where the newest set records that its DKIM signature passed.
fn recorded_origin(message: &Message) -> Option<String> {
    let chain = Chain::of(message);
    let (_, newest) = chain.sets.last_key_value()?;
    let recorded = recorded_at(message, *newest.results.first()?)?;
    recorded
        .results
        .iter()
        .filter(|result| result.is_pass_of_dkim())
        .filter_map(MethodResult::signer)
        .find(|domain| is_aligned(message, domain))
}

fn fails(message: &Message, seal: &Signature, signature: &Signature, reason: &str) -> Finding {
    let is_authentic = seal.result == SignatureResult::Pass && is_strong(seal);
    let is_same_set = seal.identity.split(';').next() == signature.identity.split(';').next();
    if is_authentic && is_same_set && signature.body_hash == BodyHash::Mismatch {
        return body_changed(message, seal);
    }
    if is_authentic && is_same_set && signature.header_verified == Some(false) {
        let says = format!(
            "{} is authentic, and so is the hash of the body that it covers; but the header fields are not those that \
             were signed with it. They were changed after that, by an edit, a list, a gateway or an export.",
            named(seal)
        );
        return Finding::new("fields-changed-after-seal", says).at(seal.span);
    }
    if [seal, signature]
        .iter()
        .any(|signature| signature.result == SignatureResult::NoKey)
    {
        let says = format!(
            "{} cannot be checked with all that belongs to it: {}.",
            named(seal),
            printable(reason)
        );
        return Finding::new("no-key", says).at(seal.span);
    }
    broken(reason).at(seal.span)
}

fn body_changed(message: &Message, seal: &Signature) -> Finding {
    let seen = format!(
        "{} is authentic, and the body is not the one whose hash it covers: the body was changed after it",
        named(seal)
    );
    let finding = match rewriter(message) {
        Some(what) => Finding::new(
            "body-changed-after-seal-behind-rewriter",
            format!("{seen}. The message passed {what}, which may have changed it."),
        ),
        None => Finding::new(
            "body-changed-after-seal",
            format!("{seen}, by an edit, or by a gateway or export that left no mark."),
        ),
    };
    finding.at(seal.span)
}

fn broken(reason: &str) -> Finding {
    let says = format!("The chain of seals does not hold: {}.", printable(reason));
    Finding::new("chain-fails", says)
}

/// ARC in a message none of whose times is late enough for it.
fn older_than_arc(message: &Message, arc: &[&Signature]) -> Option<Finding> {
    let seals = || arc.iter().filter(|signature| is_seal(signature));
    let is_google =
        seals().next().is_some() && seals().all(|seal| organisation(&seal.by) == "google.com");
    let since = if is_google {
        GOOGLE_ARC_SINCE
    } else {
        ARC_SINCE
    };
    let since = Stamp::from_civil(since, (0, 0, 0), Some(0))?;
    let sealed = seals().filter_map(|seal| seal.signed_at);
    let received = message.hops.iter().filter_map(|hop| hop.date);
    let latest = sealed
        .chain(received)
        .max_by_key(|stamp| stamp.unix_micros)?;
    if latest.unix_micros >= since.unix_micros {
        return None;
    }
    let says = format!(
        "It carries ARC fields, and the latest time at which a server had it is {latest}. Such fields did not exist \
         before {since}{}.",
        if is_google { " at Google" } else { "" }
    );
    let finding = Finding::new("older-than-arc", says);
    Some(match seals().next() {
        Some(seal) => finding.at(seal.span),
        None => finding,
    })
}
