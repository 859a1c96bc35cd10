//! Does it hold a private key?

use mabillon_case::{Facts, Finding, Outcome, Text};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// No private key lies open in it.
    ///
    /// ## What it examines
    /// The text of messages and documents: RSA private keys in PEM, as servers keep them for signing mail. Those that
    /// are locked by a password are not read.
    /// ## Why it matters
    /// Who has the private key of a domain signs whatever he likes, for any date. If the leak holds the key, so did the
    /// attackers, and what the key signed proves nothing any more; its signatures are marked so.
    /// ## Innocent explanations
    /// Keys for web servers, for remote login or for tests lie in mailboxes as well. Only those that signed mail matter
    /// here, and signature/dkim-key-strength names the messages.
    /// ## References
    /// - RFC 7468 (PEM), RFC 8017, appendix A.1.2
    pub(crate) static PRIVATE_KEY = {
        id: "signature/private-key",
        findings: &["holds-private-key"],
        run: Run::Item(private_key),
    }
}

fn private_key(facts: &Facts, _text: &Text, _world: &World) -> Outcome {
    let [first, ..] = facts.private_keys.as_slice() else {
        return Outcome::NotApplicable("its text holds no private key");
    };
    let n_keys = facts.private_keys.len();
    let what = if n_keys == 1 {
        format!("an RSA private key (of the public key {first})")
    } else {
        format!("{n_keys} RSA private keys (the first of the public key {first})")
    };
    Outcome::one(Finding::new(
        "holds-private-key",
        format!("Its text holds {what}: whoever read it could sign with it."),
    ))
}
