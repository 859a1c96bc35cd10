//! The review of a case in the browser: a desk of people decides, item by item, on evidence.
//!
//! `API.md` beside this folder says what the page and the server say to each other. The way of a request:
//! [`server`] reads it within limits, [`guard`] checks where it comes from and what it may do, [`routes`] is the list
//! of what can be asked, and each file below is one group of routes.

mod accounts;
mod acts;
mod as_sent;
mod assets;
mod desk;
mod entry;
mod exports;
mod guard;
mod http;
mod item;
mod lately;
pub mod limits;
mod list;
mod live;
mod overview;
mod preview;
mod redact;
mod related;
mod routes;
mod server;
mod session;
mod source;
mod table;
mod time;
mod tls;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use mabillon_case::{ExaminationRecord, ItemId, Place};
use mabillon_keep::Case;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use accounts::{PASSWORD_CHARS_MIN, accounts, add_account, new_password, remove_account};
pub use session::Role;
pub use tls::Tls;

use crate::desk::Desk;
use crate::server::Server;

/// How a case is served.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of the case.
    pub case: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// A name under which others reach this machine; the address if not given.
    pub host: Option<String>,
    /// Needed anywhere but on the machine itself.
    pub tls: Option<Tls>,
    /// Addresses, numbers and names are masked for everyone.
    pub redact: bool,
    /// Folder that the exhibits lie in now, where they were moved since the examination.
    pub exhibits: Option<PathBuf>,
    /// Reads the exact bytes of an item again from its exhibit.
    pub reread: Reread,
    /// Makes pictures anew, where hostile bytes can do no harm.
    pub preview: Preview,
    /// Who started the program: the name of the first session.
    pub who: String,
    /// Program and version.
    pub program: String,
}

/// Reads the exact bytes of an item again from the exhibits of this examination, or from the folder that they lie in now.
pub type Reread =
    fn(&ExaminationRecord, &Reading<'_>, Option<&Path>) -> anyhow::Result<bytes::Bytes>;

/// What is read again.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The item.
    pub item: ItemId,
    /// Where it lay.
    pub places: &'a [Place],
    /// What it lay in: items, each with a place that leads to one of its own.
    pub around: &'a [(ItemId, Place)],
}

/// Makes a picture anew as PNG, or says why there is none.
#[derive(Clone)]
pub struct Preview(pub Arc<MakesPreview>);

/// From the exact bytes of a picture to a PNG.
pub type MakesPreview = dyn Fn(&[u8]) -> Result<Vec<u8>, String> + Send + Sync;

impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Preview")
    }
}

/// What is told when the server is ready.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The link that lets its holder in once.
    pub url: String,
    /// SHA-256 of the certificate, where there is one, as browsers show it.
    pub fingerprint: Option<String>,
    /// SHA-256 of the key that signs reports, where the case has one.
    pub signing_key: Option<String>,
    /// Number of items.
    pub n_items: usize,
}

/// Serves a case until the program is asked to end (ctrl-C, or a signal to terminate).
///
/// # Errors
/// Where the case cannot be opened or is not complete, the address is taken, or it is not on this machine and there is
/// no TLS or no account.
pub fn serve(settings: Settings, ready: impl FnOnce(&Ready)) -> anyhow::Result<()> {
    if !settings.listen.ip().is_loopback() {
        if settings.tls.is_none() {
            bail!(
                "{} can be reached by others: serve it with TLS",
                settings.listen
            );
        }
        if accounts(&settings.case)?.is_empty() {
            bail!(
                "{} can be reached by others: add accounts first",
                settings.listen
            );
        }
        if settings.listen.ip().is_unspecified() && settings.host.is_none() {
            bail!(
                "{} stands for all addresses of this machine: listen on the one that others use, or give a name with --host",
                settings.listen
            );
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(limits::WORKING_MAX + 8)
        .enable_all()
        .build()
        .context("failed to start the server")?;
    runtime.block_on(run(settings, ready))
}

async fn run(settings: Settings, ready: impl FnOnce(&Ready)) -> anyhow::Result<()> {
    let said = || format!("failed to listen on {}", settings.listen);
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(said)?;
    let address = listener.local_addr()?;
    let case = Case::open_to_add(&settings.case)?;
    let (tls, fingerprint) = match &settings.tls {
        None => (None, None),
        Some(tls) => {
            let (acceptor, fingerprint) = tls.acceptor(settings.host.as_deref(), address)?;
            (Some(acceptor), Some(fingerprint))
        }
    };
    let who = settings.who.clone();
    let desk = Arc::new(Desk::open(settings, case, address)?);
    if desk.settings.redact {
        desk.names()
            .map_err(|refusal| anyhow::anyhow!(refusal.says))?;
    }
    let first = desk.sessions.invite(&who, Role::Lead, time::now_seconds());
    let (token, _) = first.map_err(|refusal| anyhow::anyhow!(refusal.says))?;
    ready(&Ready {
        url: desk.entry_url(&token),
        fingerprint,
        signing_key: exports::key(&desk.settings.case)?.map(|key| key.fingerprint()),
        n_items: desk.table.len(),
    });
    let (end, ended) = watch::channel(false);
    let served = tokio::spawn(Arc::new(Server::new(Arc::clone(&desk), tls)).run(listener, ended));
    asked_to_end().await?;
    desk.live.end();
    let _ = end.send(true);
    served.await.context("the server failed")?;
    desk.acts.end().context("failed to close the case")
}

/// Waits for ctrl-C, or for the signal that ends services.
async fn asked_to_end() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
