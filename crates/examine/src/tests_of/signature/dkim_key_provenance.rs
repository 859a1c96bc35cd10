//! Where do the keys come from?

use std::collections::BTreeSet;

use mabillon_case::{Finding, KeyGrade, KeySource, Message, Outcome, Signature};

use super::{dkim, key_words, printable, rows_of, source_words};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Each public key that signatures were checked with comes from a place outside the reach of a forger.
    ///
    /// ## What it examines
    /// For every signature that a key is known for: the rows of the key archive under its domain and selector, and the
    /// sources they name. Each key gets a grade: K1, the domain itself published it when it was looked up; K2, it comes
    /// from an archive outside the collection or from a keys file that the user vouches for; K3, it was recovered from
    /// signatures and is anchored: the same key is known from elsewhere; or it verifies one of the originals, where no
    /// server recorded a failure and no second key verifies originals too; or a server whose key is in the archive sealed
    /// (ARC) that a signature which it verifies passed on arrival, and signed that message; K4, recovered, with nothing
    /// but the collection to speak for it; K5, supplied by somebody who does not vouch for where it comes from.
    /// K1 to K3 are outside the reach of a forger.
    /// ## Why it matters
    /// A forger can sign with a key of his own and hand over that key as "the old one". A verification is worth what
    /// its key is worth: a key that was published somewhere before the leak cannot be his; one that is known only from
    /// the collection can, however many messages it verifies: who holds the collection can sign all of them anew.
    /// ## Innocent explanations
    /// DKIM was not made for later verification. That a key is gone from the DNS, or was withdrawn, is normal.
    /// Two limits the other way: a domain may have changed hands before its key was looked up; and a forger may have
    /// mailed something of his own to an inbox that is handed over as originals, if its server checked no signatures.
    /// ## References
    /// - RFC 6376, section 3.6
    pub(crate) static DKIM_KEY_PROVENANCE = {
        id: "signature/dkim-key-provenance",
        findings: &[
            "published-key",
            "archived-key",
            "supplied-key",
            "anchored-key",
            "unanchored-key",
        ],
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
    let grade = signature.key_grade.unwrap_or(KeyGrade::CollectionOnly);
    let code = match (grade, source) {
        (KeyGrade::Published, _) => "published-key",
        (KeyGrade::Archived, KeySource::Supplied) => "supplied-key",
        (KeyGrade::Archived, _) => "archived-key",
        (KeyGrade::Anchored, _) => "anchored-key",
        (KeyGrade::CollectionOnly | KeyGrade::WithLeak, _) => "unanchored-key",
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
        "The {} {}._domainkey.{} comes from {}{found}. Its grade is {}.",
        key_words(signature),
        printable(&signature.selector),
        printable(&signature.by),
        source_words(source),
        grade.code()
    );
    Finding::new(code, says).at(signature.span)
}
