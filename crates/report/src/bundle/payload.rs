//! The files of one item.

use std::collections::BTreeSet;

use mabillon_case::{ItemId, Kind, Signature, Span};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Disclosure, File, ITEM_DIGITS, ProofItem, ProofKey, ProofSignature};
use crate::jsonl::{PersonalObject, RemovedObject, escaped, jsonl, time};
use crate::words::{
    body_hash_word, covers_word, key_source_word, result_word, signature_kind_word, signed_by,
};

/// The name of the item's folder below `data/`.
pub(super) fn folder(item: &ProofItem<'_>) -> String {
    item.row
        .facts
        .item
        .to_string()
        .chars()
        .take(ITEM_DIGITS)
        .collect()
}

/// The name that the exact bytes of an item have in its folder.
pub(super) fn item_name(item: &ProofItem<'_>) -> &'static str {
    let facts = item.row.facts;
    match (facts.kind, facts.media_type.as_str()) {
        (Kind::Message, _) => "item.eml",
        (_, "application/pdf") => "item.pdf",
        (_, "application/rtf") => "item.rtf",
        (_, "text/plain") => "item.txt",
        (_, "text/html") => "item.html.txt",
        (_, "image/jpeg") => "item.jpg",
        (_, "image/png") => "item.png",
        _ => "item.bin",
    }
}

/// Everything in the folder of one item.
pub(super) fn files(item: &ProofItem<'_>, folder: &str, disclosure: Disclosure) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    match disclosure {
        Disclosure::Whole => {
            files.push((item_name(item).to_owned(), item.bytes.to_vec()));
            files.push(("findings.json".to_owned(), findings(item)));
        }
        Disclosure::Private => {
            let fields = signed_fields(item);
            if !fields.is_empty() {
                files.push(("signed-fields.eml".to_owned(), fields));
            }
            files.push(("findings.json".to_owned(), private_findings(item)));
        }
    }
    for (signature, number) in item.row.facts.signatures.iter().zip(1_u32..) {
        let signed = item.signed.iter().find(|made| made.span == signature.span);
        let other = item.others.iter().find(|made| made.span == signature.span);
        let key = signed.map_or(other.map(|other| &other.key), |signed| signed.key.as_ref());
        let of_signature = signature_files(signature, signed, key, disclosure);
        files.extend(
            of_signature
                .into_iter()
                .map(|(name, content)| (format!("signatures/{number}/{name}"), content)),
        );
    }
    files
        .into_iter()
        .map(|(name, content)| (format!("data/{folder}/{name}"), content))
        .collect()
}

/// The header fields that signatures cover, and the signatures, as they stand and in their order.
fn signed_fields(item: &ProofItem<'_>) -> Vec<u8> {
    let of_dkim = item.signed.iter().flat_map(|signature| &signature.fields);
    let of_others = item.others.iter().flat_map(|signature| &signature.fields);
    let spans: BTreeSet<Span> = of_dkim.chain(of_others).copied().collect();
    spans
        .into_iter()
        .flat_map(|span| span.of(&item.bytes))
        .copied()
        .collect()
}

fn findings(item: &ProofItem<'_>) -> Vec<u8> {
    let mut line = Vec::new();
    // Writing to memory does not fail.
    let _ = jsonl(&item.row, &mut line);
    line
}

/// The line of the export without anything that may quote the item: names, subjects, texts and differences.
fn private_findings(item: &ProofItem<'_>) -> Vec<u8> {
    let mut line: Value = serde_json::from_slice(&findings(item)).unwrap_or_default();
    for name in ["message", "document"] {
        if let Some(value) = line.get_mut(name) {
            *value = Value::Null;
        }
    }
    for (list, name) in [
        ("findings", "says"),
        ("warnings", "says"),
        ("not_run", "reason"),
    ] {
        let entries = line.get_mut(list).and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            if let Some(object) = entry.as_object_mut() {
                object.remove(name);
            }
        }
    }
    let signatures = line.get_mut("signatures").and_then(Value::as_array_mut);
    for signature in signatures.into_iter().flatten() {
        without_words(signature);
    }
    written(&line)
}

/// A signature without what it quotes of the item: the text that was taken away, and what is shown beside a signed part.
fn without_words(signature: &mut Value) {
    let removed = signature.get_mut("removed").and_then(Value::as_array_mut);
    for removed in removed.into_iter().flatten() {
        if let Some(object) = removed.as_object_mut() {
            object.remove("text");
        }
    }
    if let Some(personal) = signature.get_mut("personal").and_then(Value::as_object_mut) {
        personal.remove("outside");
    }
}

fn signature_files(
    signature: &Signature,
    signed: Option<&ProofSignature>,
    key: Option<&ProofKey>,
    disclosure: Disclosure,
) -> Vec<File> {
    let mut said = judged(signature);
    if disclosure == Disclosure::Private {
        without_words(&mut said);
    }
    let mut files = vec![("signature.json".to_owned(), written(&said))];
    files.extend(key.map(|key| ("key.json".to_owned(), written(&record(key)))));
    let Some(signed) = signed else {
        return files;
    };
    files.push(("signed-header.bin".to_owned(), signed.header.clone()));
    files.push(("signature.bin".to_owned(), signed.value.clone()));
    files.push(match disclosure {
        Disclosure::Whole => ("signed-body.bin".to_owned(), signed.body.clone()),
        Disclosure::Private => (
            "signed-body.sha256".to_owned(),
            format!("{}\n", ItemId::of(&signed.body)).into_bytes(),
        ),
    });
    files
}

/// What came of a signature, as the export words it and with what the export leaves out.
fn judged(signature: &Signature) -> Value {
    json!({
        "kind": signature_kind_word(signature.kind),
        "by": signature.by,
        "selector": signature.selector,
        "identity": signature.identity,
        "algorithm": signature.algorithm,
        "says": signed_by(signature),
        "result": result_word(signature.result),
        "body_hash": body_hash_word(signature.body_hash),
        "reason": signature.reason,
        "repairs": signature.repairs,
        "removed": RemovedObject::all(signature),
        "personal": PersonalObject::of(signature),
        "covers": covers_word(signature.covers),
        "unsigned_fields": signature.unsigned_fields,
        "unsigned_tail_octets": signature.unsigned_tail_octets,
        "anchored": signature.anchored,
        "aligned_with_from": signature.aligned,
        "signed_at": time(signature.signed_at),
        "expires_at": time(signature.expires_at),
        "at": { "start": signature.span.start, "end": signature.span.end },
    })
}

fn record(key: &ProofKey) -> Value {
    json!({
        "name": key.name,
        "txt": key.txt,
        "bits": key.bits,
        "origin": key_source_word(key.origin),
        "source": key.source,
        "first_seen": time(key.first_seen),
        "last_seen": time(key.last_seen),
        "anchored": key.anchored,
    })
}

/// JSON for people: indented, hidden characters as escapes.
fn written(value: &impl Serialize) -> Vec<u8> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let lines: Vec<_> = text.lines().map(escaped).collect();
    (lines.join("\n") + "\n").into_bytes()
}
