//! Requests from somebody else, or from nobody.

use serde_json::json;

use super::{People, Wrong, decision};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn people(people: &People<'_>, path: &str) -> Vec<Wrong> {
    let (anna, act) = (&people.anna, decision());
    let other_csrf = &*people.reviewer.client.csrf;
    let twice = format!("{0}; {0}x", anna.client.cookie);
    let invented = format!(
        "{}0",
        anna.client.cookie.trim_end_matches(|c: char| c != '=')
    );
    let invitation = json!({"name": "mallory", "role": "lead"});
    let raw = path.replace("review", "raw");
    let source = path.replace("review", "source");
    let html = path.replace("review", "html");
    vec![
        (
            "no cookie",
            anna.get("/api/overview", &[("-Cookie", "")]),
            401,
            "no-session",
        ),
        (
            "an invented cookie",
            anna.get("/api/overview", &[("Cookie", &invented)]),
            401,
            "no-session",
        ),
        (
            "two cookies of our name",
            anna.get("/api/overview", &[("Cookie", &twice)]),
            401,
            "no-session",
        ),
        (
            "a session that was ended",
            people.gone.get("/api/overview", &[]),
            401,
            "no-session",
        ),
        (
            "an act of a session that was ended",
            people.gone.post(path, &[], &act),
            401,
            "no-session",
        ),
        (
            "no token against forged requests",
            anna.post(path, &[("-X-Mabillon-Csrf", "")], &act),
            403,
            "bad-csrf",
        ),
        (
            "an empty token",
            anna.post(path, &[("X-Mabillon-Csrf", "")], &act),
            403,
            "bad-csrf",
        ),
        (
            "the token of a colleague",
            anna.post(path, &[("X-Mabillon-Csrf", other_csrf)], &act),
            403,
            "bad-csrf",
        ),
        (
            "a reader who decides",
            people.reader.post(path, &[], &act),
            403,
            "role-too-low",
        ),
        (
            "a reader who decides on many",
            people.reader.post(
                "/api/reviews",
                &[],
                &json!({"act": "an-act-that-must-not-be", "items": []}),
            ),
            403,
            "role-too-low",
        ),
        (
            "a reviewer who invites",
            people.reviewer.post("/api/invitations", &[], &invitation),
            403,
            "role-too-low",
        ),
        (
            "the bytes, while names are masked",
            people.masked.get(&raw, &[]),
            403,
            "redacted",
        ),
        (
            "the source, while names are masked",
            people.masked.get(&source, &[]),
            403,
            "redacted",
        ),
        (
            "the HTML, while names are masked",
            people.masked.get(&html, &[]),
            403,
            "redacted",
        ),
    ]
}
