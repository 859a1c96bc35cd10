//! Attempts to obtain credentials: how many are found, and what else is taken for one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mabillon_corpus::{LOOKS_LIKE_PHISHING, PHISHING};

use super::labelled::Labelled;

/// The test, and how the codes of its candidates begin.
const TEST: &str = "collection/credential-phishing";
const CANDIDATE: &str = "candidate";

/// Whether a finding says that an item seems to ask for credentials.
pub(super) fn is_candidate(test: &str, code: &str) -> bool {
    test == TEST && code.starts_with(CANDIDATE)
}

pub(super) fn write(text: &mut String, items: &[Labelled]) {
    // By what they are: items, and of these candidates.
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for item in items {
        let name = match item.name.as_str() {
            PHISHING => "asks for credentials",
            LOOKS_LIKE_PHISHING => "innocent, looks like it",
            _ => "everything else",
        };
        let findings = &item.findings;
        let is_found = findings
            .iter()
            .any(|finding| is_candidate(&finding.test, &finding.code));
        let (n, n_found) = counts.entry(name).or_default();
        *n += 1;
        *n_found += u64::from(is_found);
    }
    let _ = writeln!(
        text,
        "\n### Attempts to obtain credentials\n\n\
         Three campaigns of different kits to some or all owners, among notices of providers and of a bank, shared files, a \
         newsletter whose links are counted and a shop's notice of a new password; all made by `corpus/`. They are genuine: \
         the table of opinions counts them so.\n\n\
         | | items | said to ask for credentials |\n|---|---:|---:|"
    );
    for (name, (n, n_found)) in counts {
        let _ = writeln!(text, "| {name} | {n} | {n_found} |");
    }
}
