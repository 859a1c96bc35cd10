//! Where do the keys come from?

use std::collections::BTreeSet;

use mabillon_case::{Finding, KeySource, Message, Outcome, Signature};

use super::{dkim, key_words, printable, rows_of, source_words};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Each public key that signatures were checked with comes from a place outside the reach of a forger.
    ///
    /// ## What it examines
    /// For every signature that a key is known for: the rows of the key archive under its domain and selector, and the
    /// sources they name.
    /// ## Why it matters
    /// A forger can sign with a key of his own and hand over that key as "the old one". A verification is worth what
    /// its key is worth: a key that was published somewhere before the leak cannot be his; one that is known only from
    /// the collection can.
    /// ## Innocent explanations
    /// DKIM was not made for later verification. That a key is gone from the DNS, or was withdrawn, is normal.
    /// ## References
    /// - RFC 6376, section 3.6
    pub(crate) static DKIM_KEY_PROVENANCE = {
        id: "signature/dkim-key-provenance",
        findings: &["archived-key", "supplied-key", "unanchored-key"],
        run: Run::Signatures(dkim_key_provenance),
    }
}

/// Sources named in one sentence.
const SOURCES_SHOWN_MAX: usize = 3;

fn dkim_key_provenance(_message: &Message, signatures: &[Signature], world: &World) -> Outcome {
    let mut seen = BTreeSet::new();
    let findings: Vec<Finding> = dkim(signatures)
        .filter_map(|signature| Some((signature, signature.key_source?)))
        .filter(|(signature, source)| seen.insert((&signature.selector, &signature.by, *source)))
        .map(|(signature, source)| provenance(signature, source, world))
        .collect();
    if findings.is_empty() {
        return Outcome::NotApplicable("no key is known for its DKIM signatures");
    }
    Outcome::Observed(findings)
}

fn provenance(signature: &Signature, source: KeySource, world: &World) -> Finding {
    let code = match source {
        KeySource::Archive => "archived-key",
        KeySource::Supplied => "supplied-key",
        KeySource::Recovered | KeySource::Embedded => "unanchored-key",
    };
    let sources: BTreeSet<&str> = rows_of(signature, world)
        .into_iter()
        .map(|row| row.source.as_str())
        .filter(|source| !source.is_empty())
        .collect();
    let found = if sources.is_empty() {
        String::new()
    } else {
        let shown: Vec<&str> = sources.into_iter().take(SOURCES_SHOWN_MAX).collect();
        format!(", found in: {}", shown.join("; "))
    };
    let says = format!(
        "The {} {}._domainkey.{} comes from {}{found}.",
        key_words(signature),
        printable(&signature.selector),
        printable(&signature.by),
        source_words(source)
    );
    Finding::new(code, says).at(signature.span)
}
