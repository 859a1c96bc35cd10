//! Everything the routes share: the case, its reviewers, its sessions.

use std::net::SocketAddr;

use mabillon_keep::Case;
use serde_json::{Value, json};

use crate::Settings;
use crate::accounts::Accounts;
use crate::session::Sessions;

/// The desk around which the reviewers of one case sit.
pub(crate) struct Desk {
    pub(crate) settings: Settings,
    pub(crate) accounts: Accounts,
    pub(crate) sessions: Sessions,
    /// What `Host` may say.
    pub(crate) hosts: Vec<String>,
    /// What `Origin` may say.
    pub(crate) origins: Vec<String>,
    pub(crate) cookie_name: String,
    described: Value,
}

impl Desk {
    /// The desk of a case that is served at `address`.
    pub(crate) fn open(
        settings: Settings,
        case: &Case,
        address: SocketAddr,
    ) -> anyhow::Result<Self> {
        let hosts = hosts(&settings, address);
        let scheme = if settings.tls.is_some() {
            "https"
        } else {
            "http"
        };
        let prefix = if settings.tls.is_some() {
            "__Host-"
        } else {
            ""
        };
        let name = case
            .dir()
            .canonicalize()
            .unwrap_or_else(|_| case.dir().to_path_buf());
        let name = name
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        Ok(Self {
            accounts: Accounts::load(case.dir())?,
            sessions: Sessions::default(),
            origins: hosts
                .iter()
                .map(|host| format!("{scheme}://{host}"))
                .collect(),
            hosts,
            cookie_name: format!("{prefix}mabillon_{}", address.port()),
            described: json!({
                "name": name,
                "content_digest": case.content_digest(),
                "seal": case.seal_digest(),
                "examined": case.examination().ended,
            }),
            settings,
        })
    }

    /// The case as the session shows it.
    pub(crate) fn described(&self) -> Value {
        self.described.clone()
    }

    /// The link that lets its holder in once.
    pub(crate) fn entry_url(&self, token: &str) -> String {
        let origin = self.origins.first().map_or("", String::as_str);
        format!("{origin}/#token={token}")
    }

    /// `Set-Cookie` for the session.
    pub(crate) fn cookie(&self, value: &str, seconds: i64) -> String {
        let secure = if self.settings.tls.is_some() {
            "; Secure"
        } else {
            ""
        };
        format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}",
            self.cookie_name
        )
    }
}

/// The names this server answers to, the one to print first.
fn hosts(settings: &Settings, address: SocketAddr) -> Vec<String> {
    let port = address.port();
    let mut hosts: Vec<String> = settings
        .host
        .iter()
        .map(|host| format!("{host}:{port}"))
        .collect();
    hosts.push(address.to_string());
    if address.ip().is_loopback() {
        hosts.push(format!("localhost:{port}"));
    }
    hosts
}
