//! The item pass: every test that sees one item, on one item.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mabillon_case::{
    Attached, Document, Facts, Finding, ItemId, Kind, Layer, Message, NotRun, Outcome, Text,
};
use mabillon_hash::Beside;

use crate::assembled::refusal;
use crate::signature::Repairs;
use crate::{Run, TESTS, Test, World, facts, signature};

/// What the item pass leaves of one item.
#[derive(Debug)]
pub struct Examined {
    /// The row for the group pass; its places are filled when it is read back.
    pub facts: Facts,
    /// Findings in the order of [`TESTS`].
    pub findings: Vec<Finding>,
    /// Tests that apply to this kind of item and gave no finding, with the reason.
    pub not_run: Vec<NotRun>,
    /// The identities of what the item carries, in order.
    pub attached: Vec<ItemId>,
    /// What was not examined because there is too much of it, in plain words.
    pub left_out: Vec<String>,
}

/// What one test is shown of one item.
enum Subject<'a> {
    Message(&'a Message),
    Document(&'a Document),
    Other,
}

/// Examines a message. `attached` are the items it carries; they are hashed beside the body that was signed.
pub fn examine_message(
    item: ItemId,
    message: &Message,
    attached: &[Attached],
    world: &World,
) -> Examined {
    let bytes: Vec<&[u8]> = attached.iter().map(|part| &*part.bytes).collect();
    let beside = Beside::new(&bytes);
    // What was put together from properties carries no signature of its own, whatever its stored header says.
    let verified = if message.assembled.is_some() {
        signature::Verified {
            hashes: beside.finish(),
            ..signature::Verified::default()
        }
    } else {
        let mut verified = signature::verify_beside(message, &world.keys, Repairs::Tried, beside);
        let (personal, left_out) = signature::personal(message, attached, &world.roots);
        verified.signatures.extend(personal);
        verified.left_out.extend(left_out);
        verified
    };
    let ids: Vec<ItemId> = verified.hashes.into_iter().map(ItemId).collect();
    let attachments = attached
        .iter()
        .zip(&ids)
        .filter(|(part, _)| part.layer == Layer::Content)
        .map(|(part, id)| facts::attachment_fact(message, part, *id))
        .collect();
    let facts = facts::of_message(item, message, attachments, verified.signatures);
    Examined {
        attached: ids,
        left_out: verified.left_out,
        ..run_tests(&Subject::Message(message), facts, &message.text, world)
    }
}

/// Examines a document or picture. `ui_language` is the language of the program that saved it last, if its
/// localised names tell.
pub fn examine_document(
    item: ItemId,
    kind: Kind,
    size_bytes: usize,
    document: &Document,
    ui_language: &str,
    world: &World,
) -> Examined {
    let facts = facts::of_document(item, kind, size_bytes, document, ui_language);
    run_tests(&Subject::Document(document), facts, &document.text, world)
}

/// Examines anything else: only tests that need no more than its hash apply.
pub fn examine_other(
    item: ItemId,
    kind: Kind,
    media_type: &str,
    size_bytes: usize,
    world: &World,
) -> Examined {
    let facts = facts::bare(item, kind, media_type, size_bytes as u64);
    run_tests(&Subject::Other, facts, &Text::default(), world)
}

fn run_tests(subject: &Subject<'_>, facts: Facts, text: &Text, world: &World) -> Examined {
    let mut findings = Vec::new();
    let mut not_run = Vec::new();
    for test in TESTS {
        match guarded(test, subject, &facts, text, world) {
            None => {}
            Some(Outcome::Observed(found)) => findings.extend(found),
            Some(Outcome::NotApplicable(reason)) => {
                not_run.push(not_run_row(test, Cow::Borrowed(reason), false));
            }
            Some(Outcome::Failed(reason)) => {
                not_run.push(not_run_row(test, Cow::Owned(reason), true));
            }
        }
    }
    Examined {
        facts,
        findings,
        not_run,
        attached: Vec::new(),
        left_out: Vec::new(),
    }
}

pub(crate) fn not_run_row(test: &Test, reason: Cow<'static, str>, failed: bool) -> NotRun {
    NotRun {
        test: Cow::Borrowed(test.id),
        reason,
        failed,
    }
}

/// Runs one test; a panic costs that test on that item and is recorded.
fn guarded(
    test: &Test,
    subject: &Subject<'_>,
    facts: &Facts,
    text: &Text,
    world: &World,
) -> Option<Outcome> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        run_one(test, subject, facts, text, world)
    }))
    .unwrap_or_else(|_| {
        Some(Outcome::Failed(
            "the test stopped with an internal error".into(),
        ))
    })?;
    Some(named(test, outcome))
}

fn run_one(
    test: &Test,
    subject: &Subject<'_>,
    facts: &Facts,
    text: &Text,
    world: &World,
) -> Option<Outcome> {
    if let (Run::Message(_) | Run::Signatures(_), Subject::Message(message)) = (test.run, subject)
        && let Some(reason) = message
            .assembled
            .and_then(|assembled| refusal(test, assembled))
    {
        return Some(Outcome::NotApplicable(reason));
    }
    match (test.run, subject) {
        (Run::Message(run), Subject::Message(message)) => Some(run(message, world)),
        (Run::Signatures(run), Subject::Message(message)) => {
            Some(run(message, &facts.signatures, world))
        }
        (Run::Document(run), Subject::Document(document)) => Some(run(document, world)),
        (Run::Item(run), _) => Some(run(facts, text, world)),
        _ => None,
    }
}

/// Writes the id of the test into its findings.
pub(crate) fn named(test: &Test, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Observed(findings) => Outcome::Observed(
            findings
                .into_iter()
                .map(|finding| Finding {
                    test: Cow::Borrowed(test.id),
                    ..finding
                })
                .collect(),
        ),
        other => other,
    }
}
