//! This project.

use std::error::Error;

use mabillon_case::{KeySource, Message, Signature, SignatureKind, SignatureResult};
use mabillon_examine::signature::{KeyArchive, Repairs, verify_beside};
use mabillon_hash::{Beside, sha256};

use crate::Answer;
use crate::messages::Input;

pub(crate) struct Verifier {
    keys: KeyArchive,
}

impl Verifier {
    pub(crate) fn new(keys_file: &str) -> Result<Self, Box<dyn Error>> {
        let mut keys = KeyArchive::default();
        keys.add_file(keys_file, KeySource::Archive)?;
        Ok(Self { keys })
    }

    /// The signatures of a message that is decoded already.
    pub(crate) fn verify(&self, input: &Input, repairs: Repairs) -> Vec<Answer> {
        answers(&self.signatures(&input.message, repairs))
    }

    /// The same with the hash of the file beside it; gives the number of signatures and one more.
    pub(crate) fn verify_and_hash(&self, input: &Input, repairs: Repairs) -> usize {
        let file = [&input.bytes];
        let verified = verify_beside(&input.message, &self.keys, repairs, Beside::new(&file));
        verified.signatures.len() + verified.hashes.len()
    }

    /// From the bytes on: header, MIME tree, texts and attachments decoded, as `examine` needs them anyway.
    pub(crate) fn decode_and_verify(&self, input: &Input, repairs: Repairs) -> usize {
        let message: Message = mabillon_decode::message(input.bytes.clone(), None).message;
        self.signatures(&message, repairs).len()
    }

    fn signatures(&self, message: &Message, repairs: Repairs) -> Vec<Signature> {
        verify_beside(message, &self.keys, repairs, Beside::default()).signatures
    }
}

/// The hash of the file alone.
pub(crate) fn hash(input: &Input) -> usize {
    usize::from(sha256(&input.bytes) != [0; 32])
}

fn answers(signatures: &[Signature]) -> Vec<Answer> {
    let dkim = signatures
        .iter()
        .filter(|one| one.kind == SignatureKind::Dkim);
    dkim.map(|signature| Answer {
        domain: signature.by.clone(),
        selector: signature.selector.clone(),
        passes: signature.result == SignatureResult::Pass,
        why: if signature.repairs.is_empty() {
            signature.reason.clone()
        } else {
            format!("after undoing: {}", signature.repairs.join(", "))
        },
    })
    .collect()
}
