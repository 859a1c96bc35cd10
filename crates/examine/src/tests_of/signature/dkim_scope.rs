//! Does the signature cover what is shown?

use mabillon_case::{Coverage, Finding, Message, Outcome, Signature, Span};

use super::{TEXT_SHOWN_MAX, is_strong, named, passing};
use crate::rewriter::rewriter;
use crate::signature::parts_are_of_the_body;
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// What a valid signature covers is all that a reader sees.
    ///
    /// ## What it examines
    /// For signatures that verify: whether `l=` ends before the body does; whether `From`, `To`, `Cc`, `Date` and
    /// `Subject` are signed in every instance; whether an unsigned second `From`, `Subject` or `Date` says something
    /// else than the signed one; and, where `Content-Type` is unsigned, whether its boundary is that of the signed body.
    /// ## Why it matters
    /// A signature covers what it names. Without touching it, one can add text behind `l=`, or a second `Subject` that
    /// mail programs show in place of the signed one.
    /// ## Innocent explanations
    /// `To` and `Cc` are often unsigned. `l=` was meant for mailing lists, which add footers behind it, and virus
    /// scanners do the same. `Reply-To` is added by lists.
    /// ## References
    /// - RFC 6376, sections 3.5 (`l=`), 5.4.2, 8.2 and 8.15
    pub(crate) static DKIM_SCOPE = {
        id: "signature/dkim-scope",
        findings: &[
            "covers-all",
            "unsigned-fields",
            "unsigned-tail",
            "unsigned-tail-behind-rewriter",
            "second-unsigned-field",
            "boundary-not-of-signed-body",
        ],
        run: Run::Signatures(dkim_scope),
    }
}

/// Fields of which a message has one, and whose second instance some programs show.
const SINGLE: [&str; 3] = ["From", "Subject", "Date"];

fn dkim_scope(message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let is_aligned = passing(signatures).any(|signature| signature.aligned);
    // Of signatures that vouch for the sender and signatures of others, the former speak for the message.
    let speaking = || passing(signatures).filter(|signature| signature.aligned || !is_aligned);
    let whole = speaking().find(|signature| signature.covers == Coverage::All);
    if let Some(whole) = whole {
        let unsigned = match whole.unsigned_fields.as_slice() {
            [] => String::new(),
            fields => format!(" Unsigned, and of no weight here: {}.", fields.join(", ")),
        };
        let says = format!(
            "{} covers the whole body and all fields that are shown.{unsigned}",
            named(whole)
        );
        return Outcome::one(Finding::new("covers-all", says).at(whole.span));
    }
    // The one with the least outside it speaks for the message.
    let best = speaking().min_by_key(|signature| {
        (
            signature.unsigned_tail_octets.unwrap_or(0) > 0,
            signature.unsigned_fields.len(),
        )
    });
    let Some(best) = best else {
        return Outcome::NotApplicable("no DKIM signature verifies");
    };
    let mut findings: Vec<Finding> = SINGLE
        .into_iter()
        .filter_map(|name| second_field(message, best, name))
        .collect();
    findings.extend(tail(message, best));
    findings.extend(boundary(message, best));
    if findings.is_empty() {
        let says = format!(
            "{} leaves unsigned: {}.",
            named(best),
            best.unsigned_fields.join(", ")
        );
        findings.push(Finding::new("unsigned-fields", says).at(best.span));
    }
    Outcome::Observed(findings)
}

/// An unsigned instance of a field that says something else than the signed one, under a signature that binds.
fn second_field(message: &Message, signature: &Signature, name: &str) -> Option<Finding> {
    let binds = signature.anchored && is_strong(signature);
    if !binds
        || !signature
            .unsigned_fields
            .iter()
            .any(|unsigned| unsigned == name)
    {
        return None;
    }
    let values: Vec<(Span, String)> = message
        .fields_named(name)
        .map(|field| (field.value, message.unfold(field.value)))
        .collect();
    // Fields are signed from the last upwards, so the topmost instance is the one outside.
    let ((outside_span, outside), (_, signed)) = (values.first()?, values.last()?);
    if values.len() < 2 || outside == signed {
        return None;
    }
    let says = format!(
        "The message has {} {name} fields. The signature of {} covers the last, \"{}\"; the first, \"{}\", is not signed \
         and was added later.",
        values.len(),
        super::printable(&signature.by),
        super::printable(signed),
        super::printable(outside)
    );
    Some(Finding::new("second-unsigned-field", says).at(*outside_span))
}

fn tail(message: &Message, signature: &Signature) -> Option<Finding> {
    let n_octets = signature
        .unsigned_tail_octets
        .filter(|octets| *octets > 0)?;
    let quoted = end_of_body(message, n_octets);
    let seen = format!(
        "{} covers the body but for its last {n_octets} octets, which anybody may have added: \"{quoted}\".",
        named(signature)
    );
    let (code, says) = match rewriter(message) {
        Some(what) => (
            "unsigned-tail-behind-rewriter",
            format!("{seen} The message passed {what}, which may have added them."),
        ),
        None => ("unsigned-tail", seen),
    };
    Some(Finding::new(code, says).at(signature.span))
}

/// An unsigned `Content-Type` whose boundary divides the signed body otherwise than its first and last line do.
fn boundary(message: &Message, signature: &Signature) -> Option<Finding> {
    let is_unsigned = signature
        .unsigned_fields
        .iter()
        .any(|name| name == "Content-Type");
    let part = message.parts.first()?;
    if !is_unsigned || parts_are_of_the_body(message) {
        return None;
    }
    let says = format!(
        "{} does not cover Content-Type, and the boundary named there, \"{}\", is not the one that opens and closes the \
         signed body: other parts are shown than were sent.",
        named(signature),
        super::printable(part.boundary.as_deref().unwrap_or_default())
    );
    Some(Finding::new("boundary-not-of-signed-body", says).at(part.boundary_span))
}

/// The end of the body in one line: at most as much as is unsigned.
fn end_of_body(message: &Message, n_octets: u64) -> String {
    let text = String::from_utf8_lossy(message.body.of(&message.raw)).into_owned();
    let n_octets = usize::try_from(n_octets).unwrap_or(usize::MAX);
    let mut start = text.len().saturating_sub(n_octets);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let words: Vec<&str> = text
        .get(start..)
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let line = words.join(" ");
    let shown = super::printable(&line);
    if line.chars().count() > TEXT_SHOWN_MAX {
        format!("{shown} …")
    } else {
        shown
    }
}
