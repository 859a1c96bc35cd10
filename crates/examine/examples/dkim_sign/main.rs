//! Signs an invented message with an invented key: how the signed fixtures of the tests were made.
//!
//! ```text
//! cargo run -p mabillon-examine --example dkim_sign -- KEY.pem \
//!     "v=1; a=rsa-sha256; c=relaxed/relaxed; d=northquay.example; s=s2048; h=from:to:subject:date" \
//!     < message.eml > signed.eml
//! ```
//!
//! A third argument names another field: `X-Google-DKIM-Signature`, `ARC-Message-Signature`, `ARC-Seal` or
//! `DomainKey-Signature`.
//!
//! The private keys in `keys/` sign for domains that do not exist; they protect nothing.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program beside the stage, not the stage"
)]

mod signer;

use std::error::Error;
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(key), Some(tags)) = (arguments.next(), arguments.next()) else {
        return Err("wanted: KEY.pem TAGS [FIELD]".into());
    };
    let key = signer::PrivateKey::from_pem(&std::fs::read_to_string(key)?)?;
    let mut message = String::new();
    std::io::stdin().read_to_string(&mut message)?;
    let signed = match arguments.next().as_deref() {
        None => signer::sign(&key, &tags, &message)?,
        Some("ARC-Seal") => signer::seal(&key, &tags, &message)?,
        Some("DomainKey-Signature") => signer::sign_domain_key(&key, &tags, &message)?,
        Some(name) => signer::sign_as(name, &key, &tags, &message)?,
    };
    std::io::stdout().write_all(signed.as_bytes())?;
    Ok(())
}
