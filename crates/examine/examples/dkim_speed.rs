//! How fast signatures are verified: messages and megabytes a second on one core, beside plain hashing.
//!
//! By the time the process was on a processor, where the system tells it (Linux), so that a busy machine does not count.
//!
//! ```text
//! cargo run --release -p mabillon-examine --example dkim_speed
//! ```

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program beside the stage, not the stage"
)]

#[path = "dkim_sign/signer.rs"]
#[expect(dead_code, reason = "the other kinds of signatures are not measured")]
mod signer;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mabillon_case::{KeySource, Message, SignatureResult, sha256};
use mabillon_examine::signature::{KeyArchive, verify};

/// Distinct messages of each kind.
const N_MESSAGES: usize = 64;
/// How long each kind is measured.
const MEASURED: Duration = Duration::from_secs(2);

/// A kind of mail: octets of text, octets of attachment, canonicalisation, whether it is stored with bare line feeds.
const KINDS: &[(&str, usize, usize, &str, bool)] = &[
    (
        "short letters, relaxed, CR LF",
        1_500,
        0,
        "relaxed/relaxed",
        false,
    ),
    (
        "short letters, relaxed, LF",
        1_500,
        0,
        "relaxed/relaxed",
        true,
    ),
    (
        "newsletters, relaxed, CR LF",
        60_000,
        0,
        "relaxed/relaxed",
        false,
    ),
    (
        "newsletters, relaxed, LF",
        60_000,
        0,
        "relaxed/relaxed",
        true,
    ),
    (
        "attachments, relaxed, CR LF",
        1_500,
        2_000_000,
        "relaxed/relaxed",
        false,
    ),
    (
        "attachments, relaxed, LF",
        1_500,
        2_000_000,
        "relaxed/relaxed",
        true,
    ),
    (
        "attachments, simple, CR LF",
        1_500,
        2_000_000,
        "simple/simple",
        false,
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/dkim_sign/keys");
    let key = signer::PrivateKey::from_pem(&std::fs::read_to_string(folder.join("s2048.pem"))?)?;
    let mut keys = KeyArchive::default();
    keys.add_file(
        &std::fs::read_to_string(folder.join("public.tsv"))?,
        KeySource::Archive,
    )?;
    for (name, n_text, n_attached, canonicalization, bare) in KINDS {
        let messages: Vec<Message> = (0..N_MESSAGES)
            .map(|number| {
                let letter = letter(number, *n_text, *n_attached);
                let tags = format!(
                    "v=1; a=rsa-sha256; c={canonicalization}; d=northquay.example; s=s2048; h=from:to:subject:date"
                );
                let signed = signer::sign(&key, &tags, &letter)?;
                let stored = if *bare { signed.replace("\r\n", "\n") } else { signed };
                Ok(mabillon_decode::message(Bytes::from(stored), None).message)
            })
            .collect::<Result<_, Box<dyn Error>>>()?;
        let verified = measure(&messages, |message| {
            verify(message, &keys)
                .first()
                .is_some_and(|found| found.result == SignatureResult::Pass)
        })?;
        let hashed = measure(&messages, |message| sha256(&message.raw) != [0; 32])?;
        writeln!(
            std::io::stdout(),
            "{name:<32} {verified}; hashing alone: {hashed}"
        )?;
    }
    Ok(())
}

fn measure(
    messages: &[Message],
    work: impl Fn(&Message) -> bool,
) -> Result<String, Box<dyn Error>> {
    let start = Instant::now();
    let start_seconds = processor_seconds();
    let (mut n_messages, mut n_bytes) = (0_u32, 0_usize);
    while start.elapsed() < MEASURED {
        for message in messages {
            if !work(message) {
                return Err("a message does not verify".into());
            }
            n_messages += 1;
            n_bytes += message.raw.len();
        }
    }
    let seconds = match (start_seconds, processor_seconds()) {
        (Some(start), Some(end)) => end - start,
        _ => start.elapsed().as_secs_f64(),
    };
    let megabytes = f64::from(u32::try_from(n_bytes / 1000)?) / 1000.0;
    let messages_a_second = f64::from(n_messages) / seconds;
    Ok(format!(
        "{messages_a_second:8.0} messages/s {:7.1} MB/s",
        megabytes / seconds
    ))
}

/// Time on a processor, from `/proc/self/schedstat` (nanoseconds, first number).
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// An invented letter; what is attached is base64 of a simple sequence.
fn letter(number: usize, n_text: usize, n_attached: usize) -> String {
    let mut text = format!(
        "From: Ida Brandt <ida@northquay.example>\r\nTo: Jon Vale <jon@northquay.example>\r\n\
         Subject: Letter {number}\r\nDate: Tue, 14 Mar 2017 09:12:44 +0100\r\n\
         Content-Type: text/plain\r\n\r\n"
    );
    let start = text.len();
    while text.len() < start + n_text {
        let _ = write!(
            text,
            "The hall in Havnsund is ours from Monday on, as agreed in letter {number}.\r\n"
        );
    }
    let attached: Vec<u8> = (0..n_attached * 3 / 4)
        .map(|at| u8::try_from((at * 7 + number) % 251).unwrap_or(0))
        .collect();
    for line in base64_simd::STANDARD
        .encode_to_string(attached)
        .as_bytes()
        .chunks(76)
    {
        text.push_str(&String::from_utf8_lossy(line));
        text.push_str("\r\n");
    }
    text
}
