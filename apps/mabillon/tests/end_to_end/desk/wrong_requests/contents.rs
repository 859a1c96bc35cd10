//! Requests of the right form that ask for the wrong thing.

use serde_json::{Value, json};

use super::{People, Wrong, decision};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn contents(people: &People<'_>, path: &str, item: &str) -> Vec<Wrong> {
    let anna = &people.anna;
    let get = |path: &str| anna.get(path, &[]);
    let post = |body: Value| anna.post(path, &[], &body);
    let act = |more: Value| {
        let mut act = decision();
        act.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        post(act)
    };
    let unknown = format!("/api/items/{}", "0".repeat(64));
    let many: Vec<Value> = (0..501)
        .map(|_| json!({"item": item, "version": 1}))
        .collect();
    let many = json!({"act": "an-act-that-must-not-be", "items": many, "decision": "use"});
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    vec![
        (
            "an item that is none",
            get("/api/items/12"),
            404,
            "not-found",
        ),
        ("an item of another case", get(&unknown), 404, "not-found"),
        (
            "a parameter that is not well encoded",
            get("/api/items?q=%zz"),
            400,
            "bad-request",
        ),
        (
            "a parameter that is no UTF-8",
            get("/api/items?q=%ff"),
            400,
            "bad-request",
        ),
        (
            "too many parameters",
            get(&format!("/api/items?{}", "a=1&".repeat(300))),
            400,
            "bad-request",
        ),
        (
            "an opinion that is none",
            get("/api/items?opinion=fake"),
            400,
            "bad-request",
        ),
        (
            "an order that is none",
            get("/api/items?sort=random"),
            400,
            "bad-request",
        ),
        (
            "a date that is none",
            get("/api/items?date_from=yesterday"),
            400,
            "bad-request",
        ),
        (
            "a query that cannot be read",
            get("/api/items?q=%28%28a"),
            400,
            "bad-query",
        ),
        (
            "a place that is none",
            get("/api/items?cursor=-1"),
            400,
            "bad-cursor",
        ),
        (
            "a number that is none",
            get("/api/items?limit=many"),
            400,
            "bad-request",
        ),
        (
            "no JSON",
            anna.with(&format!("POST {path}"), &[], "{"),
            400,
            "bad-json",
        ),
        (
            "JSON without an end",
            anna.with(&format!("POST {path}"), &[], &deep),
            400,
            "bad-json",
        ),
        (
            "a field that is unknown",
            act(json!({"by": "ben"})),
            400,
            "bad-json",
        ),
        (
            "a decision that is none",
            act(json!({"decision": "burn"})),
            400,
            "bad-json",
        ),
        (
            "an act of a short name",
            act(json!({"act": "short"})),
            400,
            "bad-json",
        ),
        (
            "an act with a line break in its name",
            act(json!({"act": "an-act-that-must\nnot-be"})),
            400,
            "bad-json",
        ),
        (
            "a note that is too long",
            act(json!({"note": "x".repeat(10_001)})),
            400,
            "bad-json",
        ),
        (
            "a tag with a line break",
            act(json!({"tags": {"add": ["a\nb"], "remove": []}})),
            400,
            "bad-json",
        ),
        (
            "a decision on what was never seen",
            act(json!({"version": null})),
            400,
            "bad-json",
        ),
        (
            "a decision on what is no longer so",
            act(json!({"version": 0})),
            409,
            "conflict",
        ),
        (
            "another act of a known name",
            act(json!({"act": "the-first-act-of-all"})),
            409,
            "act-reused",
        ),
        (
            "a decision on too many",
            anna.post("/api/reviews", &[], &many),
            422,
            "too-much",
        ),
        (
            "an export that is none",
            anna.post("/api/exports", &[], &json!({"what": "everything"})),
            400,
            "bad-json",
        ),
        (
            "a colleague with a line break in the name",
            anna.post(
                "/api/invitations",
                &[],
                &json!({"name": "a\nb", "role": "lead"}),
            ),
            400,
            "bad-json",
        ),
        (
            "a role that is none",
            anna.post(
                "/api/invitations",
                &[],
                &json!({"name": "mallory", "role": "owner"}),
            ),
            400,
            "bad-json",
        ),
    ]
}
