//! Requests that must come to nothing: from other pages, other sites, other people, and from nobody's browser at all.

mod contents;
mod forms;
mod people;
mod places;

use std::fmt::Write as _;
use std::io::Write as _;

use serde_json::{Value, json};

use crate::desk::http::{Answer, Client, connect};
use crate::desk::served::{Served, invited};

/// One wrong request: what is wrong with it, the request, what it is answered with.
type Wrong = (&'static str, Vec<u8>, u16, &'static str);

/// Sends it and compares the answer.
fn assert_refused(host: &str, (what, request, status, code): Wrong) {
    let mut connection = connect(host).unwrap();
    // A server that has seen enough may close before all is written.
    let _ = connection.get_mut().write_all(&request);
    let answer = Answer::read(&mut connection).unwrap_or_else(|error| panic!("{what}: {error}"));
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
            ("Cookie".to_owned(), self.client.cookie.clone()),
        ];
        if !line.starts_with("GET") {
            let origin = format!("http://{}", self.host);
            fields.extend([
                ("Origin".to_owned(), origin),
                ("X-Mabillon-Csrf".to_owned(), self.client.csrf.clone()),
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
        let mut request = format!("{line} HTTP/1.1\r\n");
        for (name, value) in fields {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        request.push_str("\r\n");
        request.push_str(body);
        request.into_bytes()
    }

    fn get(&self, path: &str, changed: &[(&str, &str)]) -> Vec<u8> {
        self.with(&format!("GET {path}"), changed, "")
    }

    fn post(&self, path: &str, changed: &[(&str, &str)], body: &Value) -> Vec<u8> {
        self.with(&format!("POST {path}"), changed, &body.to_string())
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "everyone comes in first")]
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
    let mut wrong = places::places(&people, &path);
    wrong.extend(people::people(&people, &path));
    wrong.extend(forms::forms(&people, &path, served.entry()));
    wrong.extend(contents::contents(&people, &path, &item));
    assert!(wrong.len() >= 40, "{} wrong requests", wrong.len());
    for wrong in wrong {
        assert_refused(&host, wrong);
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
