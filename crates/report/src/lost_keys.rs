//! What came of the search for lost keys, in plain words, by the name of the key.

use std::collections::BTreeMap;

use mabillon_case::{KeySearch, SearchEnd, Signature, SignatureResult};

use crate::words::{counted, number};

/// The searches for the lost keys of a case, by name.
#[derive(Debug, Default)]
pub struct LostKeys {
    by_name: BTreeMap<String, KeySearch>,
}

impl LostKeys {
    /// All searches of a case.
    pub fn of(searches: Vec<KeySearch>) -> Self {
        Self {
            by_name: searches
                .into_iter()
                .map(|search| (search.name.clone(), search))
                .collect(),
        }
    }

    /// What the search for the key of this signature came to, or why there was none; `None` for a signature whose key is
    /// known, that cannot be read, or whose key was never in the DNS.
    pub fn told(&self, signature: &Signature) -> Option<String> {
        if signature.result != SignatureResult::NoKey || signature.selector.is_empty() {
            return None;
        }
        if signature.recovery.is_none() {
            let says = "not searched: only RSA keys of 512 to 4096 bits can be recovered";
            return Some(says.to_owned());
        }
        let name = format!("{}._domainkey.{}", signature.selector, signature.by).to_lowercase();
        Some(self.by_name.get(&name).map_or_else(
            || "not searched: no second signature under this name to compare with".to_owned(),
            outcome_of,
        ))
    }
}

/// What one search came to.
pub fn outcome_of(search: &KeySearch) -> String {
    let found: Vec<String> = search
        .keys
        .iter()
        .map(|key| {
            let anchor = if key.anchor.is_empty() {
                "not anchored".to_owned()
            } else {
                format!("anchored: {}", key.anchor)
            };
            let verified = counted(key.n_verified, "signature", "signatures");
            format!("{} bits, verifies {verified}, {anchor}", key.bits)
        })
        .collect();
    if !found.is_empty() {
        return format!("recovered: {}", found.join("; and "));
    }
    let pairs = counted(search.n_pairs, "pair", "pairs");
    match search.end {
        SearchEnd::Complete => format!(
            "not found: {pairs} of signatures tried; they were altered, or made with different keys"
        ),
        SearchEnd::OutOfBudget => {
            format!("given up after {pairs} of signatures: the work allowed was used up")
        }
        SearchEnd::NotTried => {
            "not searched: keys that prove more had used up the work allowed".to_owned()
        }
        SearchEnd::TooFew => format!(
            "not searched: it would prove too few of its {} messages to be worth the time unasked",
            number(search.n_signatures)
        ),
        SearchEnd::TooLarge => format!(
            "not tried: it would need {} MiB of memory, more than is taken unasked",
            search.memory_mib()
        ),
        SearchEnd::LeftOut => "not searched: recovery was left out".to_owned(),
        SearchEnd::Cancelled => format!("stopped after {pairs} of signatures"),
    }
}
