//! Everything the routes share: the case, its reviewers, its sessions.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use mabillon_case::{ExaminationRecord, ItemId};
use mabillon_keep::{Case, Rows, WordIndex};
use serde_json::{Value, json};

use crate::Settings;
use crate::accounts::Accounts;
use crate::acts::Acts;
use crate::http::Refusal;
use crate::lately::Lately;
use crate::list::{Touched, touched};
use crate::live::Live;
use crate::redact::{Gatherer, Names};
use crate::session::Sessions;
use crate::table::Table;

/// Bytes of memory for what the last searches found.
const FOUND_BYTES_MAX: usize = 32 << 20;
/// Bytes of memory for items that were read last: the header, the source and the body of one are asked for in turn.
const READ_BYTES_MAX: usize = 32 << 20;

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
    pub(crate) table: Table,
    pub(crate) words: Option<WordIndex>,
    /// What the last searches found.
    pub(crate) found: Lately<String, Arc<Rows>>,
    /// The exact bytes that were read last.
    pub(crate) read: Lately<ItemId, Bytes>,
    pub(crate) acts: Acts,
    pub(crate) live: Live,
    /// Held while the key of the case is looked for or made.
    pub(crate) signing: Mutex<()>,
    pub(crate) examination: ExaminationRecord,
    /// Connections for reading that nobody uses now.
    idle: Mutex<Vec<Case>>,
    /// How items stood at a line of the custody log.
    touched: Mutex<(u64, Arc<Touched>)>,
    /// Names that are masked in redaction mode, once they are gathered.
    names: Mutex<Option<Arc<Names>>>,
    described: Value,
}

impl Desk {
    /// The desk of a case that is served at `address`.
    #[expect(clippy::too_many_lines, reason = "one answer, field by field")]
    pub(crate) fn open(
        settings: Settings,
        mut case: Case,
        address: SocketAddr,
    ) -> anyhow::Result<Self> {
        case.begin_review()?;
        let table = Table::load(&case)?;
        let words = WordIndex::open(&case).ok();
        let examination = case.examination();
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
                "examined": examination.ended,
            }),
            names: Mutex::default(),
            table,
            words,
            found: Lately::new(FOUND_BYTES_MAX, |rows| rows.size_bytes()),
            read: Lately::new(READ_BYTES_MAX, Bytes::len),
            examination,
            live: Live::default(),
            signing: Mutex::default(),
            idle: Mutex::default(),
            touched: Mutex::default(),
            acts: Acts::start(case)?,
            settings,
        })
    }

    /// The names that are masked, gathered from the whole case when they are first asked for.
    pub(crate) fn names(&self) -> Result<Arc<Names>, Refusal> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = &*names {
            return Ok(Arc::clone(names));
        }
        let mut gatherer = Gatherer::default();
        let people = [&self.table.sender_texts, &self.table.addresses];
        for person in people.iter().flat_map(|interned| &interned.texts) {
            gatherer.person(person);
        }
        self.with_case(|case| Ok(case.scan_texts(|text| gatherer.text(text))?))?;
        let gathered = Arc::new(gatherer.finish());
        *names = Some(Arc::clone(&gathered));
        Ok(gathered)
    }

    /// Reads the case, through a connection that nobody else uses meanwhile.
    pub(crate) fn with_case<T>(
        &self,
        read: impl FnOnce(&Case) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let case = match taken {
            Some(case) => case,
            None => Case::open(&self.settings.case)?,
        };
        let result = read(&case);
        idle().push(case);
        result
    }

    /// How items stand, by their index: made anew where somebody did something since.
    pub(crate) fn touched(&self) -> Arc<Touched> {
        let mut newest = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        self.acts.with(|reviews| {
            if newest.0 != reviews.seq() {
                *newest = (reviews.seq(), Arc::new(touched(&self.table, reviews)));
            }
        });
        Arc::clone(&newest.1)
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
