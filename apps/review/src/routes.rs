//! Every route in one visible list: what it is, who may use it, how large its body may be.

use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::limits::{BODY_BYTES_MAX, MANY_BODY_BYTES_MAX};
use crate::session::Role;
use crate::{
    acts, as_sent, assets, entry, exports, item, list, live, overview, preview, related, source,
};

/// One route.
pub(crate) struct Route {
    /// The method; anything but `GET` changes something and is checked accordingly.
    pub(crate) method: &'static str,
    /// The path; `{…}` captures one step.
    pub(crate) path: &'static str,
    /// Who may use it; `None`: anybody who reaches the server.
    pub(crate) role: Option<Role>,
    /// Bytes of its body.
    pub(crate) body_max: u64,
    /// What it does. Runs on a thread of its own and may read the disk.
    pub(crate) run: fn(&Desk, &Call<'_>) -> Result<Reply, Refusal>,
}

/// A route that reads.
const fn get(
    path: &'static str,
    role: Option<Role>,
    run: fn(&Desk, &Call<'_>) -> Result<Reply, Refusal>,
) -> Route {
    Route {
        method: "GET",
        path,
        role,
        body_max: 0,
        run,
    }
}

/// A route that changes something.
const fn change(
    method: &'static str,
    path: &'static str,
    role: Option<Role>,
    run: fn(&Desk, &Call<'_>) -> Result<Reply, Refusal>,
) -> Route {
    Route {
        method,
        path,
        role,
        body_max: BODY_BYTES_MAX,
        run,
    }
}

const READER: Option<Role> = Some(Role::Reader);

/// All routes. `API.md` has a heading for each.
pub(crate) const ROUTES: &[Route] = &[
    get("/", None, assets::page),
    get("/assets/{name}", None, assets::asset),
    get("/assets/{folder}/{name}", None, assets::asset),
    get("/api/session", None, entry::session),
    change("POST", "/api/session", None, entry::enter),
    change("PATCH", "/api/session", READER, entry::redact),
    change("DELETE", "/api/session", READER, entry::leave),
    get("/api/overview", READER, overview::overview),
    get("/api/items", READER, list::items),
    get("/api/tests", READER, overview::tests),
    get("/api/items/{item}", READER, item::item),
    get("/api/items/{item}/headers", READER, source::headers),
    get("/api/items/{item}/source", READER, source::source),
    get("/api/items/{item}/raw", READER, source::raw),
    get("/api/items/{item}/html", READER, as_sent::html),
    get("/api/items/{item}/preview", READER, preview::preview),
    get("/api/items/{item}/related", READER, related::related),
    get("/api/compare", READER, related::compare),
    change(
        "POST",
        "/api/items/{item}/review",
        Some(Role::Reviewer),
        acts::review,
    ),
    Route {
        method: "POST",
        path: "/api/reviews",
        role: Some(Role::Reviewer),
        body_max: MANY_BODY_BYTES_MAX,
        run: acts::reviews,
    },
    get("/api/items/{item}/history", READER, acts::history),
    get("/api/custody", READER, acts::custody),
    get("/api/reviewers", READER, acts::reviewers),
    change("POST", "/api/exports", READER, exports::export),
    get("/api/events", READER, live::events),
    change("POST", "/api/here", READER, live::here),
    change("POST", "/api/invitations", Some(Role::Lead), entry::invite),
];

/// What a path leads to.
pub(crate) enum Led {
    /// A route, with what was captured.
    To(&'static Route, Vec<String>),
    /// Routes for other methods.
    OtherMethods(Vec<&'static str>),
    /// Nothing.
    Nowhere,
}

/// The route for a method and a path.
pub(crate) fn lead(method: &str, path: &str) -> Led {
    let path = if path == "/view" || path.starts_with("/view/") {
        "/"
    } else {
        path
    };
    let mut others = Vec::new();
    for route in ROUTES {
        if let Some(captured) = captured(route.path, path) {
            if route.method == method || (route.method == "GET" && method == "HEAD") {
                return Led::To(route, captured);
            }
            others.push(route.method);
        }
    }
    if others.is_empty() {
        Led::Nowhere
    } else {
        Led::OtherMethods(others)
    }
}

fn captured(template: &str, path: &str) -> Option<Vec<String>> {
    let mut captured = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(captured),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && is_step(given) => {
                captured.push(given.to_owned());
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

/// A step that can be captured: the name of a file of the page, or an item.
fn is_step(step: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !step.is_empty() && !step.starts_with('.') && step.len() <= 100 && step.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_they_should_and_nowhere_else() {
        let leads = |method, path| match lead(method, path) {
            Led::To(route, captured) => format!("{} {}", route.path, captured.join(",")),
            Led::OtherMethods(methods) => methods.join(","),
            Led::Nowhere => "nowhere".to_owned(),
        };
        assert_eq!(leads("GET", "/"), "/ ");
        assert_eq!(leads("GET", "/view/item/x"), "/ ");
        assert_eq!(leads("GET", "/assets/mark.svg"), "/assets/{name} mark.svg");
        assert_eq!(
            leads("GET", "/assets/js/main.js"),
            "/assets/{folder}/{name} js,main.js"
        );
        assert_eq!(leads("DELETE", "/assets/mark.svg"), "GET");
        for path in [
            "/assets/",
            "/assets/../secret",
            "/assets/..",
            "/assets/%2e%2e",
            "//",
            "/assets/a/b/c",
            "",
            "*",
            "/API/session",
        ] {
            assert_eq!(leads("GET", path), "nowhere", "{path}");
        }
    }

    #[test]
    fn every_route_is_documented() {
        let api = include_str!("../API.md");
        for route in ROUTES {
            let heading = format!("### {} {}", route.method, route.path);
            let is_there = api
                .lines()
                .any(|line| line.split('?').next() == Some(&heading));
            assert!(is_there, "API.md has no heading \"{heading}\"");
        }
    }

    #[test]
    fn what_changes_something_is_never_a_get_and_needs_a_role() {
        for route in ROUTES {
            assert!(["GET", "POST", "PATCH", "DELETE"].contains(&route.method));
            assert_eq!(route.method == "GET", route.body_max == 0, "{}", route.path);
            let is_entry = route.path == "/api/session" && route.method == "POST";
            assert!(
                route.method == "GET" || is_entry || route.role.is_some(),
                "{}",
                route.path
            );
            assert!(route.body_max <= MANY_BODY_BYTES_MAX);
        }
    }
}
