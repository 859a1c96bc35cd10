//! `README.md` of a bundle: what is in it, what it proves and what it does not, for a reader who trusts nobody.

use std::fmt::Write as _;

use mabillon_case::{KeySource, Signature, SignatureKind, SignatureResult};

use super::{Disclosure, Proof, ProofItem, payload};
use crate::jsonl::stated_opinion;
use crate::printable::clip;
use crate::words::{kind_word, signed_by};

/// Characters of a text from the case that are shown at most.
const TEXT_CHARS_MAX: usize = 300;

const WHOLE: &str = "\
Each folder below `data/` is one item, named by the first 16 digits of the SHA-256 of its exact bytes.

- `item.*`: the item's exact bytes, as they lay in the collection.
- `findings.json`: everything that was found on it, as one line of the JSON export, with the places it lay in.
";

const PRIVATE: &str = "\
Each folder below `data/` is one item, named by the first 16 digits of the SHA-256 of its exact bytes.
**The items themselves are not in here:** only the header fields that were signed (they name sender and subject, and those of ARC what servers on the way recorded), and hashes.
Whoever holds an item can compare it with the hashes.

- `signed-fields.eml`: the signed header fields as they stand in the message, and nothing else of it.
- `findings.json`: what was found on it, by the names of the tests, without words of the item; the names of files and folders it lay in are in there.
";

const SIGNATURES: &str = "\
- `signatures/1/`, `signatures/2/` ...: one folder for each signature.
  - `signed-header.bin`: the canonical header bytes that were hashed and signed. This file and the next two are there for DKIM; for other kinds `verify.py` puts these bytes together from the message.
  - `signed-body.bin` (or, in a private bundle, `signed-body.sha256`): the canonical body that was hashed.
  - `signature.bin`: the value of the signature.
  - `key.json`: the public key record (`txt` is what stood in the DNS), and where it comes from: `origin`, `source`, `first_seen`, `last_seen`. ARC, DomainKeys and Google's own signatures have one too where a key for them is known.
  - `signature.json`: what came of the signature, and the harmless damage that had to be undone for it, by name.
";

const PROVES: &str = "\
## What it proves

A DKIM signature is made by the mail server of the domain in `d=`, when the message leaves it.
If it verifies with a key that truly was that domain's, then **a server that held the domain's private key signed exactly these header fields and this body**. Whoever changes a signed word afterwards breaks it.
The same holds of DomainKeys, the forerunner of DKIM, which covers header and body as one.
ARC and Google's own signature (`X-Google-DKIM-Signature`) are made by servers on the way, whoever wrote the message: an `ARC-Message-Signature` that verifies says that **the server of `d=` passed on these header fields and this body**, an `ARC-Seal` that it recorded these results and found these fields of the servers before it. A seal covers no body: it may verify on a message that was changed afterwards. Later servers may change a message and sign it anew, so of the message signatures the newest is the one that has to verify.

## What it does not prove

- That the person in `From` wrote it. The domain speaks for its users; somebody else may have used the account.
- That what the message says is true.
- Anything of what was not signed: a header field that `h=` does not name, and what lies behind the length in `l=`. `verify.py` names both.
- Who took it from where, and when.
- A signature that does not verify, or none at all, is no sign of forgery: exports and lists break most signatures of genuine mail.

## What the key is worth

All of the proof hangs on the key being the domain's own at that time. That cannot be computed; look at `key.json` and ask whether its source can be believed:

- `archive`: from an archive of keys that were seen published in the DNS; `source` says where.
- `supplied`: given by whoever examined the collection; ask them where they have it from.
- `recovered`: computed from signatures of the collection itself. Then it is proved that one key made them all, not whose key it was, unless something outside the collection ties it to the domain (`anchored`).
- A key shorter than 1024 bits can be broken with little money and proves little by itself.
";

const AGAIN: &str = "\
## How to check it again

```
python3 verify.py
```

needs Python 3.8 and nothing else, and no network. It checks every file against the manifests, and then, from the message and the keys alone, each signature of these kinds:

- DKIM (RFC 6376) and `X-Google-DKIM-Signature`: the hash of the body, and the signature over the header fields;
- ARC (RFC 8617): each `ARC-Message-Signature` in the same way, and each `ARC-Seal` over the sets of fields up to its own;
- DomainKeys (RFC 4870): the signature over the header fields and the body.

Of each it says `verifies`, `does not verify` with the reason, or `not checked` with the reason: no key is in here, or, for DomainKeys in a bundle without the items, the body that they cover is not. It is one file without anything behind it: read it, or have it read by somebody you trust.
Where a list or gateway added text, the script takes away what `signature.json` names under `removed`, and says what it took: that text is not covered, whoever wrote it.
Where a program on the way encoded texts anew or dropped a signed field, the script does not guess how it was: it checks that `signed-header.bin` is what the key signed and that `signed-body.bin` has the hash in it, and says that these are not the bytes of the message. Compare the two: the words are the same but for what the script says was taken away.
That is done for DKIM alone: where a signature of another kind verifies only once a text is encoded anew or a dropped field is written again, the script says that it does not verify, and that `signature.json` says otherwise.
Signatures of other kinds (S/MIME, OpenPGP, those in documents) are reported in `signature.json` and not checked by the script; at each one above stands what checks it.
Any other DKIM verifier will do as well, if you give it the record in `key.json`.
The files are a BagIt bag (RFC 8493): any BagIt tool checks the manifests, and so does `sha256sum -c manifest-sha256.txt`.
`mabillon verify` on the zip names any file, and any byte of the zip around the files, that was changed since it was written. Whoever can change everything at once can also make the manifests anew; compare the SHA-256 of the zip with the one that its maker tells you.
";

/// The whole text.
pub(super) fn readme(proof: &Proof<'_>) -> String {
    let (contents, title) = match proof.disclosure {
        Disclosure::Whole => (WHOLE, "# Evidence that you can check yourself\n"),
        Disclosure::Private => (
            PRIVATE,
            "# Evidence that you can check yourself, without the items\n",
        ),
    };
    let items: String = proof
        .items
        .iter()
        .map(|one| item(one, proof.disclosure))
        .collect();
    format!(
        "{title}\nWritten by {}. It needs to be believed nowhere: everything that matters can be computed again from what lies here.\n\n\
         ## What is in here\n\n{contents}{SIGNATURES}\n## The items\n\n{items}\n{PROVES}\n{AGAIN}",
        proof.program
    )
}

/// What `verify.py` does not compute again of a signature, and who does.
const fn not_redone(signature: &Signature, disclosure: Disclosure) -> &'static str {
    match (signature.kind, disclosure) {
        (SignatureKind::Dkim | SignatureKind::Arc | SignatureKind::XGoogleDkim, _)
        | (SignatureKind::DomainKeys, Disclosure::Whole) => "",
        (
            SignatureKind::Pdf | SignatureKind::Ooxml | SignatureKind::Odf | SignatureKind::C2pa,
            _,
        ) => "    (`verify.py` does not check it again)\n",
        (SignatureKind::DomainKeys, Disclosure::Private) => {
            "    (it is over the body too, which is not in here: it cannot be checked from this bundle)\n"
        }
        (SignatureKind::Smime | SignatureKind::OpenPgp, Disclosure::Private) => {
            "    (it is over the text, which is not in here: it cannot be checked from this bundle)\n"
        }
        (SignatureKind::Smime, Disclosure::Whole) => {
            "    (`verify.py` does not check it again; `openssl cms -verify -in item.eml -CAfile ROOTS.pem` does, with `-no_check_time` where the certificate has expired since; the certificate is in the message, the roots you must trust yourself)\n"
        }
        (SignatureKind::OpenPgp, Disclosure::Whole) => {
            "    (`verify.py` does not check it again; `gpg --verify` does, once the signed part and the signature are saved as two files; the key with the fingerprint in `signature.json` you must have from somewhere you trust)\n"
        }
    }
}

/// One item with its opinion and its signatures. Nothing of its words: the same text stands in a private bundle.
fn item(item: &ProofItem<'_>, disclosure: Disclosure) -> String {
    let facts = item.row.facts;
    let (class, ..) = stated_opinion(&item.row);
    let mut text = format!(
        "- `data/{}/`: a {}, opinion `{}`\n  - SHA-256 {}\n",
        payload::folder(item),
        kind_word(facts.kind),
        class.word(),
        facts.item
    );
    for (signature, number) in facts.signatures.iter().zip(1_u32..) {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  - signature {number}: {}",
            clip(&signed_by(signature), TEXT_CHARS_MAX)
        );
        if signature.key_source == Some(KeySource::Recovered)
            && signature.result == SignatureResult::Pass
            && !signature.anchored
        {
            text.push_str("    (its key was computed from the collection and is not tied to the domain by anything outside it)\n");
        }
        text.push_str(not_redone(signature, disclosure));
    }
    if facts.signatures.is_empty() {
        text.push_str("  - no signature: the bytes and the findings are all there is\n");
    }
    text
}
