//! `mabillon bundle CASE ITEM... --output ZIP`: evidence that a stranger can check again.
//!
//! Takes the exact bytes of the items from the exhibits again, checks them against their hashes, and packs them with
//! the bytes that each signature was made over, the keys and where they come from, and the findings. With `--private`
//! the items stay at home: only the signed header fields and hashes go out. What the bundle holds is described at
//! [`mabillon_report::bundle`]. The same case and items give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, bail};
use mabillon_case::{ItemId, KeySource, Kind, Message, Signature, SignatureKind, Span};
use mabillon_examine::signature::{KeyArchive, KeyRow, SignedBytes, signed_bytes};
use mabillon_keep::{Case, ItemRow, KeepError};
use mabillon_report::{Disclosure, Proof, ProofItem, ProofKey, ProofOther, ProofSignature};
use mabillon_review::Reading;

use crate::args::Bundle;
use crate::case_keys::CaseKeys;
use crate::case_report::{no_opinion, shown};
use crate::commands::examine::{now_text, who};
use crate::commands::show::find;
use crate::exit::{Ended, UsageError};
use crate::output;
use crate::reread::reread;

/// The fields of an ARC set (RFC 8617, section 4.1).
const ARC_FIELDS: [&str; 3] = [
    "arc-authentication-results",
    "arc-message-signature",
    "arc-seal",
];

/// Who writes the bundle.
const PROGRAM: &str = concat!("Mabillon ", env!("CARGO_PKG_VERSION"));

pub(crate) fn run(args: &Bundle) -> anyhow::Result<Ended> {
    let case = Case::open(&args.case)?;
    if !case.is_complete() {
        return Err(KeepError::NotComplete(args.case.clone()).into());
    }
    let rows = rows(&case, &args.items)?;
    let examination = case.examination();
    let keys = CaseKeys::gather(&case, &args.keys)?;
    check_keys(&keys, &rows)?;
    let around = rows
        .iter()
        .map(|row| case.around(&row.facts.places))
        .collect::<Result<Vec<_>, _>>()?;
    let wanted: Vec<Reading<'_>> = rows
        .iter()
        .zip(&around)
        .map(|(row, around)| Reading {
            item: row.facts.item,
            places: &row.facts.places,
            around,
        })
        .collect();
    let bytes = reread(&examination, &wanted, args.exhibits.as_deref())?;
    let opinions: Vec<_> = rows
        .iter()
        .map(|row| row.opinion.clone().unwrap_or_else(no_opinion))
        .collect();
    let items = rows.iter().zip(&opinions).filter_map(|(row, opinion)| {
        let bytes = bytes.get(&row.facts.item)?.clone();
        let is_message = row.facts.kind == Kind::Message;
        let message = is_message.then(|| mabillon_decode::message(bytes.clone(), None).message);
        let message = message.as_ref();
        Some(ProofItem {
            row: shown(row, opinion),
            signed: message.map_or_else(Vec::new, |message| signed(row, message, &keys.archive)),
            others: message.map_or_else(Vec::new, |message| others(row, message, &keys.archive)),
            bytes,
        })
    });
    let proof = Proof {
        items: items.collect(),
        program: PROGRAM,
        examination: &examination,
        content_digest: case.content_digest(),
        disclosure: disclosure(args),
    };
    let zip =
        mabillon_report::bundle(&proof).map_err(|error| anyhow::anyhow!("failed to {error}"))?;
    write(&args.output, &zip)?;
    drop(case);
    tell(args, &rows, &zip)
}

const fn disclosure(args: &Bundle) -> Disclosure {
    if args.private {
        Disclosure::Private
    } else {
        Disclosure::Whole
    }
}

/// The rows of the items asked for, each once, in order of id.
fn rows(case: &Case, items: &[String]) -> anyhow::Result<Vec<ItemRow>> {
    let ids: BTreeSet<ItemId> = items
        .iter()
        .map(|digits| find(case, digits))
        .collect::<Result<_, _>>()?;
    let row = |item: &ItemId| {
        let Some(row) = case.item(item)? else {
            bail!("the case holds no item {item}")
        };
        if matches!(row.facts.kind, Kind::Mailbox | Kind::Archive) {
            let says = format!(
                "item {item} is a mailbox or an archive; bundle the messages and documents that lie in it"
            );
            return Err(UsageError(says).into());
        }
        Ok(row)
    };
    ids.iter().map(row).collect()
}

/// A signature that was verified with a key of the user cannot be shown without that key.
fn check_keys(keys: &CaseKeys, rows: &[ItemRow]) -> anyhow::Result<()> {
    let mut signatures = rows.iter().flat_map(|row| &row.facts.signatures);
    let needs_supplied =
        signatures.any(|signature| signature.key_source == Some(KeySource::Supplied));
    if needs_supplied && !keys.missing.is_empty() {
        bail!(
            "the keys file {} of the examination is gone or was changed; give it with --keys FILE",
            keys.missing.join(", ")
        )
    }
    Ok(())
}

fn signed(row: &ItemRow, message: &Message, keys: &KeyArchive) -> Vec<ProofSignature> {
    signed_bytes(message, keys)
        .into_iter()
        .map(|signed| {
            let signatures = &row.facts.signatures;
            let judged = signatures.iter().find(|judged| judged.span == signed.span);
            proof_signature(signed, judged)
        })
        .collect()
}

/// The signatures that are made over header fields and are no DKIM, where their key is known.
fn others(row: &ItemRow, message: &Message, keys: &KeyArchive) -> Vec<ProofOther> {
    use SignatureKind::{Arc, DomainKeys, XGoogleDkim};
    let signatures = row.facts.signatures.iter();
    let others = signatures.filter(|one| matches!(one.kind, Arc | DomainKeys | XGoogleDkim));
    let with_key = |judged: &Signature| {
        let rows = keys.rows_of(&judged.selector, &judged.by);
        let is_it = |row: &&KeyRow| row.key().is_some_and(|key| key.id() == judged.key_id);
        let key = rows.into_iter().find(is_it)?;
        Some(ProofOther {
            span: judged.span,
            key: proof_key(key, Some(judged)),
            fields: fields_for(judged, message),
        })
    };
    others.filter_map(with_key).collect()
}

/// The header fields that are needed to check a signature again: of a chain all that belongs to it, and what `h=` names.
/// `DomainKeys` cover header and body as one: without the body no field is of use.
fn fields_for(judged: &Signature, message: &Message) -> Vec<Span> {
    if judged.kind == SignatureKind::DomainKeys {
        return Vec::new();
    }
    let mut by_name: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for field in message
        .fields()
        .iter()
        .filter(|field| field.whole != judged.span)
    {
        let name = String::from_utf8_lossy(field.name.of(&message.raw)).to_ascii_lowercase();
        by_name.entry(name).or_default().push(field.whole);
    }
    let mut needed = vec![judged.span];
    // Of each name from the bottom up (RFC 6376, section 5.4.2).
    let named = listed_in_h(judged, message);
    needed.extend(named.iter().filter_map(|name| by_name.get_mut(name)?.pop()));
    if judged.kind == SignatureKind::Arc {
        let of_chain = ARC_FIELDS.iter().filter_map(|name| by_name.remove(*name));
        needed.extend(of_chain.flatten());
    }
    needed
}

/// The names in the tag `h=` of a signature, lower case; none where it has no such tag.
fn listed_in_h(judged: &Signature, message: &Message) -> Vec<String> {
    let mut fields = message.fields().iter();
    let Some(field) = fields.find(|field| field.whole == judged.span) else {
        return Vec::new();
    };
    let value = String::from_utf8_lossy(field.value.of(&message.raw)).to_ascii_lowercase();
    let mut tags = value.split(';').filter_map(|tag| tag.split_once('='));
    let list = tags.find_map(|(name, list)| (name.trim() == "h").then_some(list));
    let names = list.into_iter().flat_map(|list| list.split(':'));
    names.map(|name| name.trim().to_owned()).collect()
}

fn proof_signature(signed: SignedBytes<'_>, judged: Option<&Signature>) -> ProofSignature {
    ProofSignature {
        span: signed.span,
        header: signed.header,
        body: signed.body,
        value: signed.value,
        fields: signed.fields,
        key: signed.key.map(|key| proof_key(key, judged)),
    }
}

/// The key with its provenance: as the examination judged it, where it did.
fn proof_key(row: &KeyRow, judged: Option<&Signature>) -> ProofKey {
    let judged = judged.and_then(|judged| Some((judged.key_source?, judged.anchored)));
    let (origin, anchored) = judged.unwrap_or((row.origin, row.is_anchored()));
    ProofKey {
        name: row.name.clone(),
        txt: row.txt.clone(),
        origin,
        source: row.source.clone(),
        first_seen: row.first_seen,
        last_seen: row.last_seen,
        bits: row.key().map(mabillon_examine::signature::PublicKey::bits),
        anchored,
    }
}

/// Writes the bundle, whole or not at all.
fn write(path: &Path, zip: &[u8]) -> anyhow::Result<()> {
    let said = || format!("failed to write the bundle {}", path.display());
    let unfinished = path.with_extension("zip.part");
    std::fs::write(&unfinished, zip).with_context(said)?;
    std::fs::rename(&unfinished, path).with_context(said)
}

/// Says what was written, to the user and to the custody log.
fn tell(args: &Bundle, rows: &[ItemRow], zip: &[u8]) -> anyhow::Result<Ended> {
    let digest = ItemId::of(zip);
    let items: Vec<String> = rows.iter().map(|row| row.facts.item.to_string()).collect();
    let what = format!("SHA-256 {digest}; items {}", items.join(" "));
    let logged = Case::open_to_add(&args.case)
        .and_then(|mut case| case.custody_append(&now_text(), &who(), "bundle written", &what));
    if let Err(error) = logged {
        output::say(&format!(
            "The custody log does not tell of this bundle: {error}"
        ));
    }
    let (n_items, held) = match (rows.len(), args.private) {
        (1, false) => ("1 item".to_owned(), "with its exact bytes"),
        (n, false) => (format!("{n} items"), "with their exact bytes"),
        (1, true) => (
            "1 item".to_owned(),
            "without its body: signed fields and hashes",
        ),
        (n, true) => (
            format!("{n} items"),
            "without their bodies: signed fields and hashes",
        ),
    };
    output::print(&format!(
        "Wrote {}: {n_items}, {held}.\n\
         SHA-256 {digest}: tell it to whoever gets the bundle, by another way.\n\
         They unpack it and run `python3 verify.py` in it, or `mabillon verify` on the zip.\n",
        args.output.display()
    ))?;
    Ok(Ended::Complete)
}
