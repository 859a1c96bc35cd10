//! Coming in and going out: tokens, passwords, the session, invitations.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::http::{Call, Refusal, Reply};
use crate::limits::{NAME_CHARS_MAX, PASSWORD_BYTES_MAX};
use crate::session::{Role, SessionView};
use crate::time;

/// `GET /api/session`
pub(crate) fn session(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    match &call.visitor.session {
        Some(session) => Ok(Reply::json(shown(desk, session))),
        None => Err(no_session(desk)),
    }
}

/// The refusal of whoever has no session: the page shows the login.
pub(crate) fn no_session(desk: &Desk) -> Refusal {
    let login = if desk.accounts.is_empty() {
        json!(["token"])
    } else {
        json!(["token", "password"])
    };
    let says =
        "there is no session, or it has ended: open the link that the program printed, or log in";
    Refusal {
        more: Some(("login", login)),
        ..Refusal::new(401, "no-session", says)
    }
}

fn shown(desk: &Desk, session: &SessionView) -> Value {
    json!({
        "name": session.name,
        "role": session.role.word(),
        "csrf": session.csrf,
        "redacted": session.redacted,
        "may_show": !desk.settings.redact,
        "expires": time::from_seconds(session.expires),
        "program": desk.settings.program,
        "case": desk.described(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enter {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    password: Option<String>,
}

/// `POST /api/session`
pub(crate) fn enter(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let now = time::now_seconds();
    let entry: Enter = call.json()?;
    let address = call.visitor.address;
    let tried = entry.name.clone().unwrap_or_default();
    let tried: String = tried.chars().take(NAME_CHARS_MAX).collect();
    desk.sessions.may_try(address, &tried, now)?;
    let who = match (entry.token, entry.name, entry.password) {
        (Some(token), None, None) => desk.sessions.redeem(&token, now).ok_or_else(|| {
            Refusal::new(401, "bad-token", "this link was used already or is too old: ask for a new one, or start the program again")
        }),
        (None, Some(name), Some(password)) if password.len() <= PASSWORD_BYTES_MAX => {
            let role = desk.accounts.check(&name, &password);
            role.map(|role| (name, role)).ok_or_else(|| Refusal::new(401, "bad-password", "name or password is wrong"))
        }
        _ => return Err(Refusal::new(400, "bad-json", "give either a token, or a name and a password")),
    };
    let (name, role) = who.inspect_err(|_| desk.sessions.tried(address, &tried, now))?;
    // A session that was there before must not live on beside the new one.
    if let Some(old) = &call.visitor.session {
        desk.sessions.end(&old.key);
    }
    let (cookie, session) = desk
        .sessions
        .begin(&name, role, desk.settings.redact, now)?;
    Ok(Reply::json(shown(desk, &session)).with(
        "set-cookie",
        desk.cookie(&cookie, crate::limits::SESSION_SECONDS),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redact {
    redacted: bool,
}

/// `PATCH /api/session`
pub(crate) fn redact(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let wanted: Redact = call.json()?;
    if desk.settings.redact && !wanted.redacted {
        return Err(Refusal::new(
            403,
            "redacted",
            "the server was started with --redact: everything stays masked",
        ));
    }
    if wanted.redacted {
        // Gathered before the session is told that it is masked; they are kept.
        desk.names()?;
    }
    let session = call
        .visitor
        .session
        .as_ref()
        .and_then(|session| desk.sessions.redact(&session.key, wanted.redacted));
    session
        .map(|session| Reply::json(shown(desk, &session)))
        .ok_or_else(|| no_session(desk))
}

/// `DELETE /api/session`
#[expect(clippy::unnecessary_wraps, reason = "the type of every route")]
pub(crate) fn leave(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    if let Some(session) = &call.visitor.session {
        desk.sessions.end(&session.key);
    }
    Ok(Reply::nothing().with("set-cookie", desk.cookie("", 0)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invite {
    name: String,
    role: Role,
}

/// `POST /api/invitations`
pub(crate) fn invite(desk: &Desk, call: &Call<'_>) -> Result<Reply, Refusal> {
    let invite: Invite = call.json()?;
    let name = name(&invite.name).map_err(|says| Refusal::new(400, "bad-json", says))?;
    let (token, expires) = desk
        .sessions
        .invite(&name, invite.role, time::now_seconds())?;
    let body = json!({"url": desk.entry_url(&token), "expires": time::from_seconds(expires)});
    Ok(Reply::of(201, crate::http::Content::Json(body)))
}

/// A name as it may stand in the custody log.
pub(crate) fn name(given: &str) -> Result<String, String> {
    let name = given.trim();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '@' | '\'');
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !name.chars().all(is_plain) {
        return Err(format!(
            "a name has 1 to {NAME_CHARS_MAX} letters, digits, spaces and . - _ @ '"
        ));
    }
    if name == "nobody" {
        return Err("\"nobody\" stands for no reviewer and cannot be a name".to_owned());
    }
    Ok(name.to_owned())
}
