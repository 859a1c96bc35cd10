//! What every request must show before a route sees it, and what every answer carries.
//!
//! The page of an attacker, open in the same browser, can send requests here. It cannot set our `Host` (a name it
//! points here is refused), cannot leave out `Origin` or `Sec-Fetch-Site` (what is not ours is refused), cannot read the
//! token that every change must carry, and its requests do not carry the `SameSite=Strict` cookie.

use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};

use crate::desk::Desk;
use crate::entry::no_session;
use crate::http::Refusal;
use crate::routes::Route;
use crate::session::{SessionView, Visitor};
use crate::time;

/// The policy of the page and of every answer that does not set its own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// Fields of every answer; a route may replace them.
pub(crate) const FIELDS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("cache-control", "no-store"),
    ("x-robots-tag", "noindex"),
];

/// The one value of a field; a refusal where it stands twice or is no text.
fn one<'h>(
    headers: &'h HeaderMap,
    name: &hyper::header::HeaderName,
) -> Result<Option<&'h str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Refusal::new(
            400,
            "bad-request",
            format!("the header field {name} stands more than once"),
        ));
    }
    let read = |value: &'h hyper::header::HeaderValue| {
        value.to_str().map_err(|_| {
            Refusal::new(
                400,
                "bad-request",
                format!("the header field {name} is not plain text"),
            )
        })
    };
    first.map(read).transpose()
}

/// Checks that do not depend on the route: was this server meant, and by a page of ours?
pub(crate) fn admit(
    desk: &Desk,
    method: &str,
    path: &str,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    let host = one(headers, &HOST)?.unwrap_or_default();
    if !desk
        .hosts
        .iter()
        .any(|known| known.eq_ignore_ascii_case(host))
    {
        let says = "this server is not known under the name in Host: use the address that the program printed";
        return Err(Refusal::new(403, "bad-host", says));
    }
    let is_page = path == "/" || path == "/view" || path.starts_with("/view/");
    let site = headers
        .get("sec-fetch-site")
        .map_or("", |site| site.to_str().unwrap_or("?"));
    let navigates = headers
        .get("sec-fetch-mode")
        .is_some_and(|mode| mode == "navigate")
        && headers
            .get("sec-fetch-dest")
            .is_some_and(|dest| dest == "document");
    match site {
        "" | "same-origin" | "none" => {}
        // A link in another page may open ours: it is the same for everyone and holds nothing of the case.
        _ if is_page && navigates && method == "GET" => {}
        _ => {
            return Err(Refusal::new(
                403,
                "cross-site",
                "the request comes from another site",
            ));
        }
    }
    let origin = one(headers, &ORIGIN)?;
    let is_ours = |origin: &str| {
        desk.origins
            .iter()
            .any(|known| known.eq_ignore_ascii_case(origin))
    };
    match origin {
        Some(origin) if is_ours(origin) => Ok(()),
        None if matches!(method, "GET" | "HEAD") => Ok(()),
        _ => Err(Refusal::new(
            403,
            "bad-origin",
            "a change must come from a page of this server (Origin)",
        )),
    }
}

/// Who asks, as far as the cookie tells.
pub(crate) fn session(desk: &Desk, headers: &HeaderMap) -> Option<SessionView> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut ours = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == desk.cookie_name)
        .map(|(_, value)| value);
    let cookie = ours.next()?;
    // Two cookies of our name: somebody tries to slip one in.
    if ours.next().is_some() {
        return None;
    }
    desk.sessions.of(cookie, time::now_seconds())
}

/// Checks of this route: a session, a role, the token against forged requests, the form of the body.
pub(crate) fn permit(
    desk: &Desk,
    route: &Route,
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    if let Some(needed) = route.role {
        let session = visitor.session.as_ref().ok_or_else(|| no_session(desk))?;
        if route.method != "GET" {
            let token = headers
                .get("x-mabillon-csrf")
                .map_or(&[][..], |token| token.as_bytes());
            let is_same =
                aws_lc_rs::constant_time::verify_slices_are_equal(token, session.csrf.as_bytes())
                    .is_ok();
            if !is_same {
                let says = "a change must carry the token of the session in X-Mabillon-Csrf";
                return Err(Refusal::new(403, "bad-csrf", says));
            }
        }
        if session.role < needed {
            let says = format!(
                "this needs the role {}; yours is {}",
                needed.word(),
                session.role.word()
            );
            return Err(Refusal::new(403, "role-too-low", says));
        }
    }
    if matches!(route.method, "POST" | "PATCH") {
        let kind = one(headers, &CONTENT_TYPE)?.unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Refusal::new(
                415,
                "bad-content-type",
                "the body must be application/json",
            ));
        }
    }
    Ok(())
}
