//! Redaction: addresses, numbers and names are masked in every answer of a session that asks for it.
//!
//! Masking works on the JSON that goes out: every text, but for fields whose values are ours (ids, codes, words of the
//! vocabulary, times). What cannot be masked is not sent.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::http::{Content, Refusal, Reply};
use crate::routes::Route;
use crate::session::Visitor;

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
            mask(&mut value, &desk.names);
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
pub(crate) fn mask(value: &mut Value, names: &BTreeSet<String>) {
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

/// A text without addresses, names that stand in addresses or beside them, and numbers of four digits and more.
pub(crate) fn masked_text(text: &str, names: &BTreeSet<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let is_word =
        |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '_' | '-' | '+' | '%' | '\'');
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            rest.find(is_word).unwrap_or(rest.len())
        };
        let (run, after) = rest
            .split_at_checked(end.max(first.len_utf8()))
            .unwrap_or((rest, ""));
        if is_word(first) {
            push_masked(run, names, &mut out);
        } else {
            out.push_str(run);
        }
        rest = after;
    }
    out
}

fn push_masked(run: &str, names: &BTreeSet<String>, out: &mut String) {
    if run.contains('@') {
        out.push_str("[address]");
        return;
    }
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let is_part = char::is_alphanumeric;
        let end = if is_part(first) {
            rest.find(|c| !is_part(c))
        } else {
            rest.find(is_part)
        };
        let (part, after) = rest
            .split_at_checked(end.unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        let n_digits = part.chars().filter(char::is_ascii_digit).count();
        if names.contains(&part.to_lowercase()) {
            out.push_str("[name]");
        } else if n_digits >= 4 {
            out.push_str("[number]");
        } else {
            out.push_str(part);
        }
        rest = after;
    }
}

/// The words of names and of the local parts of addresses, in lower case.
pub(crate) fn names<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for text in texts {
        let (name, address) = text
            .split_once('<')
            .unwrap_or((if text.contains('@') { "" } else { text }, text));
        let local = address.split('@').next().unwrap_or_default();
        for part in name
            .split(|c: char| !c.is_alphanumeric())
            .chain(local.split(|c: char| !c.is_alphanumeric()))
        {
            if part.chars().count() >= 3 && !part.chars().all(|c| c.is_ascii_digit()) {
                names.insert(part.to_lowercase());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_names_and_numbers_are_masked_and_what_is_ours_stays() {
        let names =
            names(["Anna Berg <a.berg@example.org>", "carlos.diaz@example.net"].into_iter());
        let text = "Anna wrote to carlos.diaz@example.net about Diaz: call 555-1234567, room 12.";
        assert_eq!(
            masked_text(text, &names),
            "[name] wrote to [address] about [name]: call 555-[number], room 12."
        );
        let mut value = json!({"item": "0123456789abcdef", "by": "Anna Berg <a.berg@example.org>", "text": {"marks": [[0, 4]], "text": "Berg"}});
        mask(&mut value, &names);
        assert_eq!(value["item"], "0123456789abcdef");
        assert_eq!(value["by"], "[name] [name] <[address]>");
        assert_eq!(value["text"], json!({"marks": [], "text": "[name]"}));
    }
}
