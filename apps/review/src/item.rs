//! One item with everything the case knows of it.

use mabillon_case::{Change, Class, Effect, Facts, Kind, Origin, Place, Signature, Stamp};
use mabillon_examine::TESTS;
use mabillon_keep::{Case, ItemRow};
use mabillon_report::words::{
    basis_meaning, body_hash_word, class_meaning, covers_word, key_source_word, kind_word,
    result_word, round2, signature_kind_word, signed_by, weight,
};
use mabillon_report::{ItemRow as Shown, printable};
use serde_json::{Value, json};

use crate::acts::{known, shown};
use crate::as_sent::may_hold_html;
use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::overview::section;
use crate::preview::{offered, reason_against};

/// Characters of a text that are sent.
const TEXT_BYTES_MAX: usize = 2 << 20;
/// Attachments that are sent.
const ATTACHMENTS_MAX: usize = 200;
/// Quotations that are sent.
const QUOTATIONS_MAX: usize = 500;

/// The item of a path with everything that belongs to it.
pub(crate) fn row(desk: &Desk, text: &str) -> Result<ItemRow, Refusal> {
    let item = known(desk, text)?;
    desk.with_case(|case| case.item(&item)?.ok_or_else(|| Refusal::not_found("item")))
}

/// A text with its line ends, its other control characters shown.
pub(crate) fn lines(text: &str) -> String {
    let (text, _) = cut(text);
    text.split('\n')
        .map(|line| printable(line.trim_end_matches('\r')))
        .collect::<Vec<_>>()
        .join("\n")
}

fn cut(text: &str) -> (&str, bool) {
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    (text.get(..end).unwrap_or_default(), end < text.len())
}

pub(crate) fn change(change: &Change) -> Value {
    match change {
        Change::Same(text) => json!({"same": printable(text)}),
        Change::OnlyHere(text) => json!({"only_here": printable(text)}),
        Change::OnlyThere(text) => json!({"only_there": printable(text)}),
        Change::Skipped(n) => json!({"skipped": n}),
    }
}

pub(crate) fn time(stamp: Option<Stamp>) -> Value {
    stamp.map_or(Value::Null, |stamp| json!(stamp.to_string()))
}

/// `GET /api/items/{item}`
#[expect(clippy::too_many_lines, reason = "one answer, field by field")]
pub(crate) fn item(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let row = row(desk, call.first())?;
    let facts = &row.facts;
    let text = desk.with_case(|case| Ok(case.text_of(&facts.item)?))?;
    let review = desk
        .acts
        .with(|reviews| reviews.of(&facts.item).cloned())
        .unwrap_or_default();
    let opinion = row.opinion.as_ref();
    let message = facts.message.as_ref();
    let document = facts.document.as_ref();
    let can_reread = !facts.places.is_empty() && row.not_examined.is_none();
    let text = text.map(|text| {
        let is_cut = cut(&text.own).1 || text.quotations.len() > QUOTATIONS_MAX;
        json!({
            "own": lines(&text.own),
            "quotations": text.quotations.iter().take(QUOTATIONS_MAX).map(|quotation| json!({
                "attribution": lines(&quotation.attribution), "text": lines(&quotation.text), "depth": quotation.depth})).collect::<Vec<_>>(),
            "html_alternative": text.html_alternative.as_deref().map(lines),
            "cut": is_cut,
        })
    });
    Ok(Reply::json(json!({
        "item": facts.item.to_string(),
        "kind": kind_word(facts.kind),
        "media_type": facts.media_type,
        "size_bytes": facts.size_bytes,
        "title": title(desk, &row),
        "is_reference": !facts.in_collection(),
        "opinion": opinion.map(|opinion| json!({
            "class": opinion.class.word(), "basis": opinion.basis.word(), "basis_means": basis_meaning(opinion.basis),
            "log10_lr": round2(opinion.log10_lr), "words": opinion.words, "because": opinion.because, "means": class_meaning(opinion.class),
            "groups": opinion.groups.iter().map(|(group, lr)| json!({"group": group, "log10_lr": round2(*lr)})).collect::<Vec<_>>(),
        })),
        "findings": findings(desk, &row),
        "not_run": row.not_run.iter().map(|not_run| json!({"test": not_run.test, "reason": not_run.reason, "failed": not_run.failed})).collect::<Vec<_>>(),
        "warnings": row.warnings.iter().map(|warning| json!({"code": warning.code, "says": printable(&warning.says)})).collect::<Vec<_>>(),
        "not_examined": row.not_examined,
        "partial": row.partial,
        "signatures": facts.signatures.iter().enumerate().map(|(n, signature)| signature_json(n, signature)).collect::<Vec<_>>(),
        "message": message.map(|message| json!({
            "message_id": printable(&message.message_id), "date": time(message.date), "from": printable(&message.from),
            "from_name": printable(&message.from_name), "to": all(&message.to), "cc": all(&message.cc), "subject": printable(&message.subject),
            "in_reply_to": printable(&message.in_reply_to), "references": all(&message.references), "mailer": printable(&message.mailer)})),
        "document": document.map(|document| json!({
            "title": printable(&document.title), "author": printable(&document.author), "last_modified_by": printable(&document.last_modified_by),
            "created": time(document.created), "modified": time(document.modified), "application": printable(&document.application),
            "application_version": printable(&document.application_version), "company": printable(&document.company), "ui_language": document.ui_language})),
        "attachments": desk.with_case(|case| attachments(desk, case, facts))?,
        "places": facts.places.iter().map(|place| place_json(desk, place)).collect::<Vec<_>>(),
        "text": text.unwrap_or_else(|| json!({"own": "", "quotations": [], "html_alternative": null, "cut": false})),
        "has_html": can_reread && may_hold_html(facts.kind, &facts.media_type),
        "has_preview": can_reread && reason_against(facts.kind, &facts.media_type, facts.size_bytes).is_none(),
        "can_reread": can_reread,
        "review": shown(&facts.item, &review),
    })))
}

fn all(texts: &[String]) -> Vec<String> {
    texts
        .iter()
        .map(|text| printable(text).into_owned())
        .collect()
}

fn title(_: &Desk, row: &ItemRow) -> String {
    let none = no_opinion();
    let shown = as_shown(row, row.opinion.as_ref().unwrap_or(&none));
    printable(shown.title()).into_owned()
}

fn no_opinion() -> mabillon_case::Opinion {
    mabillon_case::Opinion {
        class: Class::Unresolved,
        basis: mabillon_case::Basis::None,
        log10_lr: 0.0,
        words: String::new(),
        because: String::new(),
        evidence: Vec::new(),
        groups: Vec::new(),
    }
}

fn as_shown<'a>(row: &'a ItemRow, opinion: &'a mabillon_case::Opinion) -> Shown<'a> {
    Shown {
        facts: &row.facts,
        opinion,
        findings: &row.findings,
        not_run: &row.not_run,
        warnings: &row.warnings,
        not_examined: row.not_examined.as_deref(),
        partial: row.partial.as_deref(),
        lost_keys: None,
    }
}

const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Weighs => "weighs",
        Effect::Authenticates => "authenticates",
        Effect::Corroborates => "corroborates",
        Effect::Contradicts => "contradicts",
    }
}

fn findings(_: &Desk, row: &ItemRow) -> Vec<Value> {
    let none = no_opinion();
    let shown = as_shown(row, row.opinion.as_ref().unwrap_or(&none));
    let weighed = shown.weighed();
    let cards = weighed.iter().enumerate().map(|(n, weighed)| {
        let finding = weighed.finding;
        let test = TESTS.iter().find(|test| test.id == finding.test);
        let documentation = test.map_or("", |test| test.documentation);
        json!({
            "n": n, "test": finding.test, "code": finding.code, "says": printable(&finding.says),
            "summary": test.map_or("", |test| test.summary()),
            "matters": section(documentation, "Why it matters"),
            "innocent": section(documentation, "Innocent explanations"),
            "group": weighed.group, "log10_lr": round2(weighed.log10_lr), "weight": weight(weighed.log10_lr), "effect": effect(weighed.effect),
            "at": finding.at.map(|at| json!({"start": at.start, "end": at.end})),
            "in": finding.at.map(|_| if row.facts.kind == Kind::Message { "header" } else { "body" }),
            "compared_with": finding.compared_with.map(|item| item.to_string()),
            "difference": finding.difference.as_ref().map(|difference| json!({
                "of": printable(&difference.of), "changes": difference.changes.iter().map(change).collect::<Vec<_>>()})),
        })
    });
    cards.collect()
}

/// The places of findings, in the order of the cards.
pub(crate) fn finding_spans(row: &ItemRow) -> Vec<Option<mabillon_case::Span>> {
    let none = no_opinion();
    let shown = as_shown(row, row.opinion.as_ref().unwrap_or(&none));
    shown
        .weighed()
        .iter()
        .map(|weighed| weighed.finding.at)
        .collect()
}

fn signature_json(n: usize, signature: &Signature) -> Value {
    json!({
        "n": n, "kind": signature_kind_word(signature.kind), "by": printable(&signature.by), "selector": printable(&signature.selector),
        "identity": printable(&signature.identity), "algorithm": signature.algorithm, "result": result_word(signature.result),
        "body_hash": body_hash_word(signature.body_hash), "key_source": signature.key_source.map(key_source_word), "key_bits": signature.key_bits,
        "repairs": signature.repairs, "covers": covers_word(signature.covers), "unsigned_fields": signature.unsigned_fields,
        "unsigned_tail_octets": signature.unsigned_tail_octets, "anchored": signature.anchored, "aligned": signature.aligned,
        "proves": signature.proves(), "signed_at": time(signature.signed_at), "expires_at": time(signature.expires_at),
        "reason": signature.reason, "at": {"start": signature.span.start, "end": signature.span.end}, "says": printable(&signed_by(signature)),
    })
}

fn attachments(desk: &Desk, case: &Case, facts: &Facts) -> Result<Vec<Value>, Refusal> {
    let carried = facts
        .message
        .iter()
        .flat_map(|message| &message.attachments);
    carried
        .take(ATTACHMENTS_MAX)
        .map(|carried| {
            let index = desk.table.index(&carried.item).map(|index| index as usize);
            let byte = |values: &[u8]| index.and_then(|index| values.get(index)).map(|value| usize::from(*value));
            let kind = byte(&desk.table.kind).and_then(|kind| crate::table::KINDS.get(kind).copied());
            let class = byte(&desk.table.class).and_then(|class| Class::ALL.get(class).map(|class| class.word()));
            let preview = offered(case, &carried.item)?;
            Ok(json!({"item": carried.item.to_string(), "preview": preview, "file_name": printable(&carried.file_name), "media_type": printable(&carried.media_type),
                "size_bytes": carried.size_bytes, "kind": kind.unwrap_or("other"), "opinion": class, "is_known": index.is_some()}))
        })
        .collect()
}

fn place_json(desk: &Desk, place: &Place) -> Value {
    let exhibit = desk
        .examination
        .exhibits
        .iter()
        .find(|exhibit| exhibit.name == *place.exhibit);
    let mut steps = vec![printable(&place.exhibit).into_owned()];
    steps.extend(
        place
            .path
            .split('!')
            .filter(|step| !step.is_empty())
            .map(|step| printable(step).into_owned()),
    );
    json!({"exhibit": printable(&place.exhibit), "exhibit_sha256": exhibit.map(|exhibit| exhibit.digest.to_string()).unwrap_or_default(),
        "path": printable(&place.path), "offset": place.offset, "length": place.length,
        "mailbox": place.mailbox.as_ref().map(|mailbox| printable(mailbox).into_owned()), "parent": place.parent.map(|parent| parent.to_string()),
        "origin": if place.origin == Origin::Reference { "reference" } else { "collection" }, "steps": steps})
}
