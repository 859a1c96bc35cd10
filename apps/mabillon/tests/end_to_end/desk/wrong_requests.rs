//! Requests that must come to nothing: from other pages, other sites, other people, and from nobody's browser at all.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::desk::http::{Answer, Client, connect};
use crate::desk::served::{Served, invited};

/// One wrong request: what is wrong with it, the request, what it is answered with.
type Wrong = (&'static str, Vec<u8>, u16, &'static str);

/// What a request of the page looks like, to be spoilt in one thing.
struct Form<'s> {
    host: &'s str,
    client: &'s Client,
}

impl Form<'_> {
    /// A request of the page with some fields set to another value, added once more (`+`), or taken away (`-`).
    fn with(&self, line: &str, changed: &[(&str, &str)], body: &str) -> Vec<u8> {
        let mut fields = vec![
            ("Host".to_owned(), self.host.to_owned()),
            ("Cookie".to_owned(), self.client.cookie().to_owned()),
        ];
        if !line.starts_with("GET") {
            let origin = format!("http://{}", self.host);
            fields.extend([
                ("Origin".to_owned(), origin),
                ("X-Mabillon-Csrf".to_owned(), self.client.csrf().to_owned()),
                ("Content-Type".to_owned(), "application/json".to_owned()),
                ("Content-Length".to_owned(), body.len().to_string()),
            ]);
        }
        for (name, value) in changed {
            let bare = name.trim_start_matches(['+', '-']);
            if !name.starts_with('+') {
                fields.retain(|(known, _)| known != bare);
            }
            if !name.starts_with('-') {
                fields.push((bare.to_owned(), (*value).to_owned()));
            }
        }
        let fields: String = fields
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!("{line} HTTP/1.1\r\n{fields}\r\n{body}").into_bytes()
    }

    fn get(&self, path: &str, changed: &[(&str, &str)]) -> Vec<u8> {
        self.with(&format!("GET {path}"), changed, "")
    }

    fn post(&self, path: &str, changed: &[(&str, &str)], body: &Value) -> Vec<u8> {
        self.with(&format!("POST {path}"), changed, &body.to_string())
    }
}

#[test]
fn wrong_requests_are_refused_and_change_nothing() {
    let served = Served::of_the_sample();
    let host = served.origin().trim_start_matches("http://").to_owned();
    let mut anna = served.lead();
    let reader = Client::enter(&invited(&mut anna, "rita", "reader")).unwrap();
    let reviewer = Client::enter(&invited(&mut anna, "ben", "reviewer")).unwrap();
    let mut gone = Client::enter(&invited(&mut anna, "gone", "lead")).unwrap();
    assert_eq!(
        gone.send("DELETE", "/api/session", &Value::Null)
            .unwrap()
            .status,
        204
    );
    let mut masked = Client::enter(&invited(&mut anna, "masked", "lead")).unwrap();
    let answer = masked
        .send("PATCH", "/api/session", &json!({"redacted": true}))
        .unwrap();
    assert_eq!(answer.status, 200);
    let list = anna
        .send("GET", "/api/items?limit=1", &Value::Null)
        .unwrap()
        .json();
    let item = list["items"][0]["item"].as_str().unwrap().to_owned();
    let path = format!("/api/items/{item}/review");
    let act = json!({"act": "the-first-act-of-all", "version": 0, "decision": "use"});
    assert_eq!(anna.send("POST", &path, &act).unwrap().status, 200);
    let before = anna
        .send("GET", "/api/custody?limit=1000", &Value::Null)
        .unwrap()
        .json();

    let form = |client| Form {
        host: &host,
        client,
    };
    let people = People {
        anna: form(&anna),
        reader: form(&reader),
        reviewer: form(&reviewer),
        gone: form(&gone),
        masked: form(&masked),
    };
    let mut wrong = of_other_places(&people, &path);
    wrong.extend(of_other_people(&people, &path));
    wrong.extend(of_other_forms(&people, &path, served.entry()));
    wrong.extend(of_other_contents(&people, &path, &item));
    assert!(wrong.len() >= 40, "{} wrong requests", wrong.len());
    for (what, request, status, code) in wrong {
        let mut connection = connect(&host).unwrap();
        // A server that has seen enough may close before all is written.
        let _ = connection.get_mut().write_all(&request);
        let answer =
            Answer::read(&mut connection).unwrap_or_else(|error| panic!("{what}: {error}"));
        let seen = (
            answer.status,
            answer.json()["error"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
        assert_eq!(seen, (status, code.to_owned()), "{what}: {}", answer.json());
        if !code.is_empty() {
            assert!(
                answer
                    .field("content-security-policy")
                    .unwrap()
                    .starts_with("default-src 'none'"),
                "{what}"
            );
            assert_eq!(
                answer.field("x-content-type-options"),
                Some("nosniff"),
                "{what}"
            );
            assert_eq!(answer.field("access-control-allow-origin"), None, "{what}");
        }
    }
    let after = anna
        .send("GET", "/api/custody?limit=1000", &Value::Null)
        .unwrap()
        .json();
    assert_eq!(before, after, "nothing was written");
}

struct People<'s> {
    anna: Form<'s>,
    reader: Form<'s>,
    reviewer: Form<'s>,
    gone: Form<'s>,
    masked: Form<'s>,
}

fn decision() -> Value {
    json!({"act": "an-act-that-must-not-be", "version": 1, "decision": "do-not-use"})
}

/// From another page, another site, through another name.
fn of_other_places(people: &People<'_>, path: &str) -> Vec<Wrong> {
    let (anna, act) = (&people.anna, decision());
    let post = |changed: &[(&str, &str)]| anna.post(path, changed, &act);
    let port = anna.host.rsplit(':').next().unwrap();
    let get = |path: &str, changed: &[(&str, &str)]| anna.get(path, changed);
    let name = |host: &str| get("/api/overview", &[("Host", &format!("{host}:{port}"))]);
    vec![
        (
            "a name that an attacker points here",
            name("rebound.example"),
            403,
            "bad-host",
        ),
        (
            "a name that begins like ours",
            name("localhost.evil.example"),
            403,
            "bad-host",
        ),
        (
            "our address with a user before it",
            name("127.0.0.1@evil.example"),
            403,
            "bad-host",
        ),
        (
            "no port",
            get("/api/overview", &[("Host", "127.0.0.1")]),
            403,
            "bad-host",
        ),
        (
            "another port",
            get("/api/overview", &[("Host", "127.0.0.1:1")]),
            403,
            "bad-host",
        ),
        (
            "no Host",
            get("/api/overview", &[("-Host", "")]),
            403,
            "bad-host",
        ),
        (
            "two Hosts",
            get("/api/overview", &[("+Host", "evil.example")]),
            400,
            "bad-request",
        ),
        (
            "the page itself under another name",
            name("evil.example"),
            403,
            "bad-host",
        ),
        ("no Origin", post(&[("-Origin", "")]), 403, "bad-origin"),
        (
            "the Origin of a sandboxed frame or a file",
            post(&[("Origin", "null")]),
            403,
            "bad-origin",
        ),
        (
            "the Origin of another site",
            post(&[("Origin", "http://evil.example")]),
            403,
            "bad-origin",
        ),
        (
            "our Origin with another scheme",
            post(&[("Origin", &format!("https://{}", anna.host))]),
            403,
            "bad-origin",
        ),
        (
            "another program of this machine",
            post(&[("Origin", "http://127.0.0.1:1")]),
            403,
            "bad-origin",
        ),
        (
            "our Origin as the beginning of another",
            post(&[("Origin", &format!("http://{}.evil.example", anna.host))]),
            403,
            "bad-origin",
        ),
        (
            "two Origins",
            post(&[("+Origin", "http://evil.example")]),
            400,
            "bad-request",
        ),
        (
            "an Origin that is no text",
            post(&[("Origin", "http://\u{e9}.example")]),
            400,
            "bad-request",
        ),
        (
            "a read by another site",
            get("/api/overview", &[("Origin", "http://evil.example")]),
            403,
            "bad-origin",
        ),
        (
            "a form of another site",
            post(&[("Sec-Fetch-Site", "cross-site")]),
            403,
            "cross-site",
        ),
        (
            "a page of a neighbouring name",
            post(&[("Sec-Fetch-Site", "same-site")]),
            403,
            "cross-site",
        ),
        (
            "a word that no browser sends",
            post(&[("Sec-Fetch-Site", "trusted")]),
            403,
            "cross-site",
        ),
        (
            "a script of another site that reads",
            get(
                "/api/items",
                &[
                    ("Sec-Fetch-Site", "cross-site"),
                    ("Sec-Fetch-Mode", "no-cors"),
                    ("Sec-Fetch-Dest", "script"),
                ],
            ),
            403,
            "cross-site",
        ),
        (
            "a frame of another site around the page",
            get(
                "/",
                &[
                    ("Sec-Fetch-Site", "cross-site"),
                    ("Sec-Fetch-Mode", "navigate"),
                    ("Sec-Fetch-Dest", "iframe"),
                ],
            ),
            403,
            "cross-site",
        ),
        (
            "a link of another site to the bytes of an item",
            get(
                &path.replace("review", "raw"),
                &[
                    ("Sec-Fetch-Site", "cross-site"),
                    ("Sec-Fetch-Mode", "navigate"),
                    ("Sec-Fetch-Dest", "document"),
                ],
            ),
            403,
            "cross-site",
        ),
    ]
}

/// From somebody else, or from nobody.
fn of_other_people(people: &People<'_>, path: &str) -> Vec<Wrong> {
    let (anna, act) = (&people.anna, decision());
    let other_csrf = people.reviewer.client.csrf();
    let twice = format!("{0}; {0}x", anna.client.cookie());
    let invented = format!(
        "{}0",
        anna.client.cookie().trim_end_matches(|c: char| c != '=')
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

/// Other methods, paths, sizes and forms than the page uses.
fn of_other_forms(people: &People<'_>, path: &str, entry: &str) -> Vec<Wrong> {
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

/// Requests of the right form that ask for the wrong thing.
fn of_other_contents(people: &People<'_>, path: &str, item: &str) -> Vec<Wrong> {
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
