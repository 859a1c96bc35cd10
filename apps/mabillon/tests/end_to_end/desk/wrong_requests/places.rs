//! Requests from another page, another site, through another name.

use super::{People, Wrong, decision};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn places(people: &People<'_>, path: &str) -> Vec<Wrong> {
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
