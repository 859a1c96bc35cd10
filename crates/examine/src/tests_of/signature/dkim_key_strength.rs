//! Could the key have been broken?

use std::collections::BTreeSet;

use mabillon_case::{Finding, Message, Outcome, Signature};

use super::{a_key, dkim, printable};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Each key is long enough that nobody could have computed the private key from it.
    ///
    /// ## What it examines
    /// The size of the key of every signature that a key is known for, and the hash algorithm. Whether its private key is
    /// public or lies in the collection itself (RSA keys in PEM, not those locked by a password). Whether its modulus has
    /// a prime factor below 65536, two prime factors close to one another, or one that another known key has as well.
    /// ## Why it matters
    /// Who factors the modulus of an RSA key signs whatever he likes, at any later time. 512 bits took 72 hours and
    /// 75 dollars in 2012 and cost the price of a meal today; 768 bits were factored in public in 2009; 1024 bits are
    /// within reach of a state at most; 2048 bits are sound.
    /// SHA-1 is noted only: to find another text for a given hash is still out of reach.
    /// ## Innocent explanations
    /// Until about 2012 many large senders used 512 to 768 bits, and until about 2017 1024 bits were the rule. A short
    /// key says how little a signature proves, not that anything is wrong.
    /// ## References
    /// - RFC 8301, section 3.2
    /// - RFC 6376, section 8 (keys in the wrong hands)
    /// - Heninger and others, Mining your Ps and Qs: detection of widespread weak keys, 2012
    /// - Kleinjung and others, Factorization of a 768-bit RSA modulus, 2010
    pub(crate) static DKIM_KEY_STRENGTH = {
        id: "signature/dkim-key-strength",
        findings: &["strong-key", "ordinary-key", "short-key", "weak-key", "broken-key"],
        run: Run::Signatures(dkim_key_strength),
    }
}

fn dkim_key_strength(_message: &Message, signatures: &[Signature], _world: &World) -> Outcome {
    let mut seen = BTreeSet::new();
    let findings: Vec<Finding> = dkim(signatures)
        .filter_map(|signature| Some((signature, signature.key_bits?)))
        .filter(|(signature, bits)| {
            seen.insert((
                &signature.selector,
                &signature.by,
                &signature.algorithm,
                *bits,
            ))
        })
        .map(|(signature, bits)| strength(signature, bits))
        .collect();
    if findings.is_empty() {
        return Outcome::NotApplicable("no key is known for its DKIM signatures");
    }
    Outcome::Observed(findings)
}

fn strength(signature: &Signature, bits: u32) -> Finding {
    if !signature.key_broken.is_empty() {
        let says = format!(
            "{} (selector {}) signs with {} that anybody could have used, at any time: {}.",
            printable(&signature.by),
            printable(&signature.selector),
            a_key(signature),
            signature.key_broken
        );
        return Finding::new("broken-key", says).at(signature.span);
    }
    let (code, meaning) = match bits {
        _ if signature.algorithm.contains("ed25519") => ("strong-key", "which nobody can break"),
        2048.. => ("strong-key", "which nobody can break"),
        1024..2048 => ("ordinary-key", "which at most a state could have broken"),
        768..1024 => ("short-key", "which could have been broken with effort"),
        _ => ("weak-key", "which anybody could have broken"),
    };
    let hash = if signature.algorithm.contains("sha1") {
        " It signs hashes by SHA-1, which nobody can yet turn to another given text."
    } else {
        ""
    };
    let says = format!(
        "{} (selector {}) signs with {}, {meaning}.{hash}",
        printable(&signature.by),
        printable(&signature.selector),
        a_key(signature)
    );
    Finding::new(code, says).at(signature.span)
}
