//! TLS: a certificate that was given, or one made on the spot.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum Tls {
    /// PEM files: the chain, the server's own certificate first, and its key.
    Given {
        /// The chain.
        chain: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Made for this run only, and signed by itself. Whoever comes in must compare its fingerprint.
    Made,
}

impl Tls {
    /// What accepts connections, and the SHA-256 fingerprint of the server's certificate.
    pub(crate) fn acceptor(
        &self,
        host: Option<&str>,
        address: SocketAddr,
    ) -> anyhow::Result<(TlsAcceptor, String)> {
        let (chain, key) = match self {
            Self::Given { chain, key } => given(chain, key)?,
            Self::Made => made(host, address)?,
        };
        let fingerprint = chain
            .first()
            .map(|own| fingerprint(own))
            .unwrap_or_default();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context("failed to use the certificate")?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok((TlsAcceptor::from(Arc::new(config)), fingerprint))
    }
}

type Pair = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn given(chain: &PathBuf, key: &PathBuf) -> anyhow::Result<Pair> {
    let said = || format!("failed to read the certificate {}", chain.display());
    let certificates = CertificateDer::pem_file_iter(chain).with_context(said)?;
    let certificates = certificates
        .collect::<Result<Vec<_>, _>>()
        .with_context(said)?;
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("failed to read the key {}", key.display()))?;
    Ok((certificates, key))
}

fn made(host: Option<&str>, address: SocketAddr) -> anyhow::Result<Pair> {
    let mut names = vec![address.ip().to_string()];
    names.extend(host.map(str::to_owned));
    if address.ip().is_loopback() {
        names.push("localhost".to_owned());
    }
    let made = rcgen::generate_simple_self_signed(names).context("failed to make a certificate")?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    Ok((vec![made.cert.der().clone()], key.into()))
}

/// SHA-256 in pairs of digits, as browsers show it.
fn fingerprint(certificate: &[u8]) -> String {
    mabillon_case::sha256(certificate).iter().enumerate().fold(
        String::new(),
        |mut out, (n, byte)| {
            let colon = if n == 0 { "" } else { ":" };
            // Writing to a String cannot fail.
            let _ = write!(out, "{colon}{byte:02X}");
            out
        },
    )
}
