//! Redaction: addresses, numbers and names are masked in every answer of a session that asks for it.
//!
//! Masking works on the JSON that goes out: every text, but for fields whose values are ours (ids, codes, words of the
//! vocabulary, times). What cannot be masked is not sent.

mod names;
mod text;

use serde_json::{Value, json};

use self::text::masked_text;
use crate::desk::Desk;
use crate::http::{Content, Refusal, Reply};
use crate::routes::Route;
use crate::session::Visitor;

pub(crate) use self::names::{Gatherer, Names};

/// Fields whose values are ours, not those of items.
const OURS: &[&str] = &[
    "item",
    "kind",
    "media_type",
    "opinion",
    "class",
    "basis",
    "basis_means",
    "means",
    "words",
    "date",
    "at",
    "test",
    "code",
    "summary",
    "matters",
    "innocent",
    "group",
    "weight",
    "effect",
    "signature",
    "decision",
    "examined",
    "next",
    "previous",
    "label",
    "start",
    "end",
    "unit",
    "key_source",
    "result",
    "body_hash",
    "covers",
    "csrf",
    "expires",
    "program",
    "role",
    "act",
    "hash",
    "compared_with",
    "parent",
    "seal",
    "content_digest",
    "sha256",
    "exhibit_sha256",
    "version",
    "started",
    "ended",
    "decided_at",
    "created",
    "modified",
    "signed_at",
    "expires_at",
    "examined",
    "reason",
    "login",
    "why",
    "attachment",
    "here_item",
];

/// Paths whose answers hold nothing of items.
const NOT_OF_ITEMS: &[&str] = &[
    "/api/session",
    "/api/tests",
    "/",
    "/assets/{name}",
    "/assets/{folder}/{name}",
    "/api/reviewers",
    "/api/events",
    "/api/here",
    "/api/invitations",
    "/api/exports",
];

/// The answer as this visitor may see it.
pub(crate) fn masked(desk: &Desk, visitor: &Visitor, route: &Route, reply: Reply) -> Reply {
    let is_masked = visitor
        .session
        .as_ref()
        .is_some_and(|session| session.redacted);
    if !is_masked || NOT_OF_ITEMS.contains(&route.path) {
        return reply;
    }
    match reply.content {
        Content::Json(mut value) => {
            match desk.names() {
                Ok(names) => mask(&mut value, &names),
                Err(refusal) => return refusal.reply(),
            }
            Reply {
                content: Content::Json(value),
                ..reply
            }
        }
        Content::Nothing => reply,
        Content::Bytes(..) | Content::Events(_) => Refusal::new(
            403,
            "redacted",
            "this cannot be masked and is not shown in redaction mode",
        )
        .reply(),
    }
}

/// Masks all texts of a value.
pub(crate) fn mask(value: &mut Value, names: &Names) {
    match value {
        Value::String(text) => *text = masked_text(text, names),
        Value::Array(values) => values.iter_mut().for_each(|value| mask(value, names)),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                let is_ours =
                    OURS.contains(&name.as_str()) && (value.is_string() || value.is_array());
                if !is_ours {
                    mask(value, names);
                }
            }
            // A passage with marks no longer fits its marks.
            if fields.contains_key("marks") {
                fields.insert("marks".to_owned(), json!([]));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_items_say_is_masked_and_what_is_ours_stays() {
        let mut gatherer = Gatherer::default();
        gatherer.person("Anna Berg <a.berg@example.org>");
        let names = gatherer.finish();
        let mut value = json!({"item": "0123456789abcdef", "by": "Anna Berg <a.berg@example.org>", "text": {"marks": [[0, 4]], "text": "Berg"}});
        mask(&mut value, &names);
        assert_eq!(value["item"], "0123456789abcdef");
        assert_eq!(value["by"], "[name] [name] <[address]>");
        assert_eq!(value["text"], json!({"marks": [], "text": "[name]"}));
    }
}
