//! Who is asking: one-time tokens, sessions, roles, and how often a wrong one may be tried.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mabillon_case::sha256;
use serde::{Deserialize, Serialize};

use crate::http::Refusal;
use crate::limits::{
    IDLE_SECONDS, SESSION_SECONDS, SESSIONS_MAX, TOKEN_SECONDS, TOKENS_MAX, TRIES_MAX,
    TRIES_OF_ALL_MAX, TRIES_SECONDS,
};

/// What a person may do; each may do what those before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Reader,
    /// Decides.
    Reviewer,
    /// Invites others.
    Lead,
}

impl Role {
    /// All roles, lowest first.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Reviewer, Self::Lead];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Reviewer => "reviewer",
            Self::Lead => "lead",
        }
    }
}

/// Who stands behind a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visitor {
    /// Address of the other end.
    pub(crate) address: Option<IpAddr>,
    /// The session, where there is one.
    pub(crate) session: Option<SessionView>,
}

impl Visitor {
    /// Name of the person; empty without a session.
    pub(crate) fn name(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.name)
    }
}

/// A session as a handler sees it.
#[derive(Debug, Clone)]
pub(crate) struct SessionView {
    pub(crate) key: Key,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) csrf: String,
    pub(crate) redacted: bool,
    /// Seconds since the epoch.
    pub(crate) expires: i64,
}

/// SHA-256 of a secret: what was handed out is not kept.
pub(crate) type Key = [u8; 32];

struct Session {
    name: String,
    role: Role,
    csrf: String,
    redacted: bool,
    started: i64,
    last: i64,
}

struct Invitation {
    name: String,
    role: Role,
    expires: i64,
}

#[derive(Default)]
struct State {
    sessions: BTreeMap<Key, Session>,
    invitations: BTreeMap<Key, Invitation>,
    /// Wrong tries: when, from where, for which name.
    tries: VecDeque<(i64, Option<IpAddr>, String)>,
}

/// All sessions, tokens and wrong tries of a running server. They end with it.
#[derive(Default)]
pub(crate) struct Sessions {
    state: Mutex<State>,
}

impl Sessions {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new token for one entry of this person. Returns the token and when it expires.
    pub(crate) fn invite(
        &self,
        name: &str,
        role: Role,
        now: i64,
    ) -> Result<(String, i64), Refusal> {
        let mut state = self.state();
        state
            .invitations
            .retain(|_, invitation| invitation.expires > now);
        if state.invitations.len() >= TOKENS_MAX {
            return Err(Refusal::new(
                422,
                "too-much",
                format!("{TOKENS_MAX} invitations wait to be used already"),
            ));
        }
        let token = secret()?;
        let expires = now + TOKEN_SECONDS;
        let invitation = Invitation {
            name: name.to_owned(),
            role,
            expires,
        };
        state
            .invitations
            .insert(sha256(token.as_bytes()), invitation);
        Ok((token, expires))
    }

    /// Takes a token, which is then worth nothing any more. Gives name and role.
    pub(crate) fn redeem(&self, token: &str, now: i64) -> Option<(String, Role)> {
        let invitation = self.state().invitations.remove(&sha256(token.as_bytes()))?;
        (invitation.expires > now).then_some((invitation.name, invitation.role))
    }

    /// Begins a session. Returns the cookie's value and the session.
    pub(crate) fn begin(
        &self,
        name: &str,
        role: Role,
        redacted: bool,
        now: i64,
    ) -> Result<(String, SessionView), Refusal> {
        let cookie = secret()?;
        let key = sha256(cookie.as_bytes());
        let mut state = self.state();
        state.sessions.retain(|_, session| session.ends() > now);
        if state.sessions.len() >= SESSIONS_MAX
            && let Some(idle) = state
                .sessions
                .iter()
                .min_by_key(|(_, session)| session.last)
                .map(|(key, _)| *key)
        {
            state.sessions.remove(&idle);
        }
        let session = Session {
            name: name.to_owned(),
            role,
            csrf: secret()?,
            redacted,
            started: now,
            last: now,
        };
        let view = session.view(key);
        state.sessions.insert(key, session);
        Ok((cookie, view))
    }

    /// The session of this cookie, if it has not ended.
    pub(crate) fn of(&self, cookie: &str, now: i64) -> Option<SessionView> {
        let key = sha256(cookie.as_bytes());
        let mut state = self.state();
        let session = state.sessions.get_mut(&key)?;
        if session.ends() <= now {
            state.sessions.remove(&key);
            return None;
        }
        session.last = now;
        Some(session.view(key))
    }

    /// Turns redaction on or off.
    pub(crate) fn redact(&self, key: &Key, redacted: bool) -> Option<SessionView> {
        let mut state = self.state();
        let session = state.sessions.get_mut(key)?;
        session.redacted = redacted;
        Some(session.view(*key))
    }

    /// Whether the session is still there.
    pub(crate) fn is_open(&self, key: &Key, now: i64) -> bool {
        self.state()
            .sessions
            .get(key)
            .is_some_and(|session| session.ends() > now)
    }

    /// Ends a session.
    pub(crate) fn end(&self, key: &Key) {
        self.state().sessions.remove(key);
    }

    /// Refuses where too many wrong tries were made from this address, for this name, or altogether.
    pub(crate) fn may_try(
        &self,
        address: Option<IpAddr>,
        name: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        let mut state = self.state();
        while state
            .tries
            .front()
            .is_some_and(|(when, ..)| *when + TRIES_SECONDS <= now)
        {
            state.tries.pop_front();
        }
        let from_here = state
            .tries
            .iter()
            .filter(|(_, from, _)| *from == address)
            .count();
        let for_name = state
            .tries
            .iter()
            .filter(|(_, _, tried)| !name.is_empty() && tried == name)
            .count();
        if from_here < TRIES_MAX && for_name < TRIES_MAX && state.tries.len() < TRIES_OF_ALL_MAX {
            return Ok(());
        }
        let oldest = state.tries.front().map_or(now, |(when, ..)| *when);
        let wait = (oldest + TRIES_SECONDS - now).max(1);
        let mut refusal = Refusal::new(
            429,
            "too-many-tries",
            format!("too many wrong tries; wait {} minutes", wait / 60 + 1),
        );
        refusal.retry_after = Some(wait);
        Err(refusal)
    }

    /// Notes a wrong try.
    pub(crate) fn tried(&self, address: Option<IpAddr>, name: &str, now: i64) {
        self.state()
            .tries
            .push_back((now, address, name.to_owned()));
    }
}

impl Session {
    fn ends(&self) -> i64 {
        (self.started + SESSION_SECONDS).min(self.last + IDLE_SECONDS)
    }

    fn view(&self, key: Key) -> SessionView {
        SessionView {
            key,
            name: self.name.clone(),
            role: self.role,
            csrf: self.csrf.clone(),
            redacted: self.redacted,
            expires: self.ends(),
        }
    }
}

/// 256 random bits as hex digits.
pub(crate) fn secret() -> Result<String, Refusal> {
    use std::fmt::Write as _;
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| Refusal::internal(&"the system gives no random numbers"))?;
    Ok(bytes
        .iter()
        .fold(String::with_capacity(64), |mut out, byte| {
            // Writing to a String cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_serves_once_and_not_for_ever() {
        let sessions = Sessions::default();
        let (token, expires) = sessions.invite("anna", Role::Lead, 100).unwrap();
        assert_eq!(sessions.redeem("other", 101), None);
        assert_eq!(
            sessions.redeem(&token, 101),
            Some(("anna".to_owned(), Role::Lead))
        );
        assert_eq!(sessions.redeem(&token, 101), None);
        let (token, _) = sessions.invite("anna", Role::Lead, 100).unwrap();
        assert_eq!(sessions.redeem(&token, expires), None);
    }

    #[test]
    fn a_session_ends_when_idle_and_in_any_case() {
        let sessions = Sessions::default();
        let (cookie, _) = sessions.begin("anna", Role::Reader, false, 0).unwrap();
        assert!(sessions.of(&cookie, IDLE_SECONDS - 1).is_some());
        assert!(sessions.of(&cookie, 2 * IDLE_SECONDS - 1).is_none());
        let (cookie, _) = sessions.begin("anna", Role::Reader, false, 0).unwrap();
        let mut now = 0;
        while now + IDLE_SECONDS / 2 < SESSION_SECONDS {
            now += IDLE_SECONDS / 2;
            assert!(sessions.of(&cookie, now).is_some());
        }
        assert!(sessions.of(&cookie, SESSION_SECONDS).is_none());
    }

    #[test]
    fn wrong_tries_are_counted_by_address_by_name_and_altogether() {
        let sessions = Sessions::default();
        let address = |n: u8| Some(IpAddr::from([10, 0, 0, n]));
        for _ in 0..TRIES_MAX {
            sessions.may_try(address(1), "", 0).unwrap();
            sessions.tried(address(1), "", 0);
        }
        assert_eq!(sessions.may_try(address(1), "", 1).unwrap_err().status, 429);
        sessions.may_try(address(2), "anna", 1).unwrap();
        for n in 0..TRIES_MAX {
            sessions.tried(address(100 + u8::try_from(n).unwrap()), "anna", 1);
        }
        assert_eq!(
            sessions.may_try(address(3), "anna", 1).unwrap_err().status,
            429
        );
        sessions.may_try(address(1), "", TRIES_SECONDS).unwrap();
    }
}
