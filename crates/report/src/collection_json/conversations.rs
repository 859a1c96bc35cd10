//! Conversations and the messages that are missing from them.

use mabillon_case::{Conversations, ItemId, MissingMessage, NamedBy};
use serde::Serialize;

use crate::jsonl::time;

#[derive(Serialize)]
pub(super) struct ConversationsObject<'a> {
    conversations: u64,
    messages: u64,
    answers: u64,
    answers_present: u64,
    missing: u64,
    missing_first: u64,
    missing_expected: u64,
    missing_messages: Vec<MissingObject<'a>>,
}

impl<'a> ConversationsObject<'a> {
    pub(super) fn of(told: &'a Conversations) -> Self {
        Self {
            conversations: told.n_conversations,
            messages: told.n_messages,
            answers: told.n_answers,
            answers_present: told.n_answers_present,
            missing: told.n_missing,
            missing_first: told.n_missing_first,
            missing_expected: told.n_missing_expected,
            missing_messages: told.missing.iter().map(MissingObject::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct MissingObject<'a> {
    message_id: &'a str,
    written: Option<String>,
    clock: &'a str,
    after: Option<String>,
    before: Option<String>,
    first_of_conversation: bool,
    answers: u64,
    named: u64,
    named_by: Vec<NamedByObject<'a>>,
    attribution: &'a str,
    quoted: &'a str,
    quoted_words: u64,
    quoted_in: Option<String>,
    expected_in: &'a [String],
}

impl<'a> MissingObject<'a> {
    fn of(one: &'a MissingMessage) -> Self {
        Self {
            message_id: &one.message_id,
            written: time(one.time),
            clock: &one.clock,
            after: time(one.after),
            before: time(one.before),
            first_of_conversation: one.is_first,
            answers: one.n_answers,
            named: one.n_named,
            named_by: one.named_by.iter().map(NamedByObject::of).collect(),
            attribution: &one.attribution,
            quoted: &one.quoted,
            quoted_words: one.n_quoted_words,
            quoted_in: one.quoted_in.as_ref().map(ItemId::to_string),
            expected_in: &one.expected_in,
        }
    }
}

#[derive(Serialize)]
struct NamedByObject<'a> {
    item: String,
    from: &'a str,
    date: Option<String>,
    subject: &'a str,
    answers: bool,
    proved: bool,
}

impl<'a> NamedByObject<'a> {
    fn of(named: &'a NamedBy) -> Self {
        Self {
            item: named.item.to_string(),
            from: &named.from,
            date: time(named.date),
            subject: &named.subject,
            answers: named.is_answer,
            proved: named.is_proved,
        }
    }
}
