//! A review that others can reach: accounts, a certificate made on the spot, its fingerprint, and what is refused
//! without them.

use std::io::{BufReader, Write as _};
use std::net::{IpAddr, UdpSocket};
use std::process::Stdio;
use std::sync::Arc;

use mabillon_case::sha256;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use serde_json::{Value, json};

use crate::command::{command, run, run_as};
use crate::desk::http::{Answer, connect};
use crate::desk::served::{Served, case_of_the_sample};
use crate::dir::Dir;

/// Trusts one certificate: the one whose fingerprint somebody has compared.
#[derive(Debug)]
struct Compared {
    fingerprint: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Compared {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let pairs: Vec<String> = sha256(own)
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        if pairs.join(":") == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General("another certificate".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Asks once over TLS; the cookie and the fields stand before the body.
fn ask(host: &str, fingerprint: &str, request: &str) -> Answer {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let compared = Compared {
        fingerprint: fingerprint.to_owned(),
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(compared))
        .with_no_client_auth();
    let name: IpAddr = host.rsplit_once(':').unwrap().0.parse().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name.into()).unwrap();
    let mut stream = StreamOwned::new(connection, connect(host).unwrap().into_inner());
    stream.write_all(request.as_bytes()).unwrap();
    Answer::read(&mut BufReader::new(stream)).unwrap()
}

fn log_in(host: &str, fingerprint: &str, name: &str, password: &str) -> Answer {
    let body = json!({"name": name, "password": password}).to_string();
    let length = body.len();
    ask(
        host,
        fingerprint,
        &format!(
            "POST /api/session HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ),
    )
}

/// An address of this machine that others could use; no packet is sent to find it.
#[expect(
    clippy::disallowed_methods,
    reason = "the system tells the address only of a socket"
)]
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

fn with_accounts() -> (Dir, String) {
    let dir = case_of_the_sample();
    let told = run(&dir, &["reviewers", "list", "case"]).ended(0);
    assert!(told.err.contains("There are no accounts"), "{}", told.err);
    let made = run(
        &dir,
        &["reviewers", "add", "case", "anna", "--role", "lead"],
    )
    .ended(0);
    let password = made.out.trim().to_owned();
    assert_eq!(password.len(), 24, "{password}");

    let mut add = command(
        &dir,
        &[
            "reviewers",
            "add",
            "case",
            "ben",
            "--role",
            "reader",
            "--password-stdin",
        ],
    );
    let mut child = add.stdin(Stdio::piped()).spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"correct horse battery\n")
        .unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let told = run(&dir, &["reviewers", "list", "case"]).ended(0);
    assert_eq!(told.out, "lead      anna\nreader    ben\n");
    (dir, password)
}

#[test]
fn accounts_are_made_listed_and_removed_and_stand_in_the_log() {
    let (dir, _) = with_accounts();
    run(&dir, &["reviewers", "remove", "case", "ben"]).ended(0);
    let again = run(&dir, &["reviewers", "remove", "case", "ben"]);
    assert!(
        again.code != 0 && again.err.contains("there is no account \"ben\""),
        "{}",
        again.err
    );
    let mut short = command(
        &dir,
        &["reviewers", "add", "case", "carla", "--password-stdin"],
    );
    let mut child = short.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"short\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("12 characters"));
    run(&dir, &["verify", "case"]).ended(0);
    let case = mabillon_keep::Case::open(&dir.path("case")).unwrap();
    let log = case.custody().unwrap();
    let acts: Vec<&str> = log
        .iter()
        .map(|line| &*line.act)
        .filter(|act| act.starts_with("account"))
        .collect();
    assert_eq!(acts, ["account added", "account added", "account removed"]);
}

#[test]
fn what_others_can_reach_needs_tls_accounts_and_a_name() {
    let dir = case_of_the_sample();
    let refused = |args: &[&str]| {
        let ran = run_as(command(
            &dir,
            &[&["serve", "case", "--listen", "0.0.0.0:0"], args].concat(),
        ))
        .unwrap();
        assert_ne!(ran.code, 0);
        ran.err
    };
    assert!(refused(&[]).contains("serve it with TLS"));
    assert!(refused(&["--tls-made"]).contains("add accounts first"));
    run(&dir, &["reviewers", "add", "case", "anna"]).ended(0);
    assert!(refused(&["--tls-made"]).contains("--host"));
}

#[test]
fn colleagues_come_in_with_a_password_over_a_certificate_that_they_compared() {
    let Some(own) = own_address() else {
        eprintln!("skipped: this machine has no address but its own");
        return;
    };
    let (dir, password) = with_accounts();
    let served = Served::told(dir, &["--listen", &format!("{own}:0"), "--tls-made"]);
    let host = served.0.origin().trim_start_matches("https://").to_owned();
    assert!(host.starts_with(&own.to_string()), "{host}");
    let fingerprint = served.1;
    assert_eq!(fingerprint.len(), 32 * 3 - 1, "{fingerprint}");

    let came = log_in(&host, &fingerprint, "anna", &password);
    assert_eq!(
        (came.status, came.json()["role"].as_str()),
        (200, Some("lead")),
        "{}",
        came.json()
    );
    assert_eq!(
        came.field("strict-transport-security"),
        Some("max-age=31536000")
    );
    let cookie = came.field("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-")
            && cookie.contains("; Secure")
            && cookie.contains("HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let list = ask(
        &host,
        &fingerprint,
        &format!(
            "GET /api/items HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        ),
    );
    assert!(list.status == 200 && list.json()["total"].as_u64().unwrap() > 0);

    let ben = log_in(&host, &fingerprint, "ben", "correct horse battery");
    assert_eq!(ben.json()["role"], "reader");
    for n in 0..12 {
        let wrong = log_in(&host, &fingerprint, "anna", "not the password at all");
        let expected = if n < 10 { 401 } else { 429 };
        assert_eq!(wrong.status, expected, "try {n}: {}", wrong.json());
    }
    // The right one does not help any more for a while, and says how long.
    let late = log_in(&host, &fingerprint, "anna", &password);
    assert_eq!(late.status, 429);
    assert!(late.field("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    assert_ne!(late.json()["error"]["says"], Value::Null);
}

#[test]
fn a_certificate_that_was_given_is_used() {
    let (dir, password) = with_accounts();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    dir.write("chain.pem", made.cert.pem());
    dir.write("key.pem", made.signing_key.serialize_pem());
    let (served, fingerprint) = Served::told(
        dir,
        &[
            "--listen",
            "127.0.0.1:0",
            "--tls-cert",
            "chain.pem",
            "--tls-key",
            "key.pem",
        ],
    );
    let host = served.origin().trim_start_matches("https://").to_owned();
    assert_eq!(log_in(&host, &fingerprint, "anna", &password).status, 200);
}
