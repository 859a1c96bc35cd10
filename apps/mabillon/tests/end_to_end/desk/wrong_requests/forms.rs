//! Requests of other methods, paths, sizes and forms than the page uses.

use serde_json::json;

use super::{People, Wrong, decision};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn forms(people: &People<'_>, path: &str, entry: &str) -> Vec<Wrong> {
    let (anna, act) = (&people.anna, decision());
    let used = json!({"token": entry.rsplit('=').next().unwrap()});
    let get = |path: &str| anna.get(path, &[]);
    let plain = |kind: &str| anna.post(path, &[("Content-Type", kind)], &act);
    let large = json!({"act": "an-act-that-must-not-be", "note": "x".repeat(70_000)});
    let chunked = anna.post(
        path,
        &[("-Content-Length", ""), ("Transfer-Encoding", "chunked")],
        &act,
    );
    let many_fields: Vec<(String, String)> = (0..80)
        .map(|n| (format!("+X-{n}"), "x".to_owned()))
        .collect();
    let many_fields: Vec<(&str, &str)> = many_fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    vec![
        ("a decision by GET", get(path), 405, "bad-method"),
        (
            "PUT",
            anna.with(&format!("PUT {path}"), &[], ""),
            405,
            "bad-method",
        ),
        (
            "DELETE of an item",
            anna.with(
                &format!("DELETE {}", path.trim_end_matches("/review")),
                &[],
                "",
            ),
            405,
            "bad-method",
        ),
        (
            "TRACE",
            anna.with("TRACE /api/session", &[], ""),
            405,
            "bad-method",
        ),
        (
            "OPTIONS before a request across origins",
            anna.with(
                "OPTIONS /api/items",
                &[("Origin", "http://evil.example")],
                "",
            ),
            403,
            "bad-origin",
        ),
        (
            "a way out of the folder",
            get("/assets/../../../etc/passwd"),
            404,
            "not-found",
        ),
        (
            "the same, encoded",
            get("/assets/%2e%2e/%2e%2e/etc/passwd"),
            404,
            "not-found",
        ),
        (
            "the same, with encoded slashes",
            get("/assets/js/..%2f..%2faccounts.toml"),
            404,
            "not-found",
        ),
        (
            "the same, with backslashes",
            get("/assets/..\\..\\accounts.toml"),
            404,
            "not-found",
        ),
        (
            "a file of the case",
            get("/assets/case.sqlite"),
            404,
            "not-found",
        ),
        (
            "a file that begins with a dot",
            get("/assets/.git"),
            404,
            "not-found",
        ),
        (
            "a path with a step back",
            get("/api/items/../session"),
            404,
            "not-found",
        ),
        ("two slashes", get("//etc/passwd"), 404, "not-found"),
        (
            "a proxy's request",
            get("http://evil.example/"),
            400,
            "bad-request",
        ),
        (
            "a tunnel",
            anna.with("CONNECT evil.example:443", &[], ""),
            400,
            "bad-request",
        ),
        (
            "a form's text",
            plain("text/plain"),
            415,
            "bad-content-type",
        ),
        (
            "a form",
            plain("application/x-www-form-urlencoded"),
            415,
            "bad-content-type",
        ),
        (
            "a form with files",
            plain("multipart/form-data; boundary=x"),
            415,
            "bad-content-type",
        ),
        (
            "no type",
            anna.post(path, &[("-Content-Type", "")], &act),
            415,
            "bad-content-type",
        ),
        (
            "a body that is too large",
            anna.post(path, &[], &large),
            413,
            "too-large",
        ),
        (
            "a body that says it is enormous",
            anna.post(path, &[("Content-Length", "99999999999")], &act),
            413,
            "too-large",
        ),
        (
            "a body of a read",
            anna.get("/api/overview", &[("Content-Length", "1")]),
            413,
            "too-large",
        ),
        ("a body of no length", chunked, 411, "length-required"),
        (
            "a query that is too long",
            get(&format!("/api/items?q={}", "x".repeat(20_000))),
            414,
            "uri-too-long",
        ),
        (
            "a header that is too long",
            anna.get("/api/overview", &[("X-Long", &"x".repeat(40_000))]),
            431,
            "headers-too-large",
        ),
        (
            "too many fields",
            anna.get("/api/overview", &many_fields),
            431,
            "",
        ),
        ("no HTTP", b"HELO evil.example\r\n\r\n".to_vec(), 400, ""),
        (
            "a link that was used",
            anna.post("/api/session", &[], &used),
            401,
            "bad-token",
        ),
        (
            "a token and a password",
            anna.post(
                "/api/session",
                &[],
                &json!({"token": "x", "name": "anna", "password": "x"}),
            ),
            400,
            "bad-json",
        ),
        (
            "a password where there are no accounts",
            anna.post(
                "/api/session",
                &[],
                &json!({"name": "anna", "password": "x"}),
            ),
            401,
            "bad-password",
        ),
    ]
}
