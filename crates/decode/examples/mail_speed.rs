//! How fast messages are decoded on one core: `cargo run --release -p mabillon-decode --example mail_speed`.
//!
//! The mail is synthetic and always the same. Each row is the best of several rounds, in megabytes of message a second.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use base64_simd::STANDARD;
use bytes::Bytes;
use mabillon_decode::message;

/// Bytes decoded in one round.
const ROUND_BYTES: usize = 256 << 20;

/// Rounds of each row.
const ROUNDS: usize = 3;

const HEADER: &str = "Received: from mail.onwards.example (mx1.onwards.example [192.0.2.1])\r\n\
\tby mx.press.example (Postfix) with ESMTPS id 47PQKf11zLzDr58\r\n\
\tfor <bo@press.example>; Tue, 20 Feb 2018 20:55:17 +0100 (CET)\r\n\
Received: by 10.157.43.80 with SMTP id u28mr655795oti.152.1519156518366;\r\n\
        Tue, 20 Feb 2018 11:55:18 -0800 (PST)\r\n\
From: =?utf-8?q?Ad=C3=A9la=C3=AFde?= Lang <ada@onwards.example>\r\n\
To: \"Stern, Bo\" <bo@press.example>, Cy <cy@press.example>\r\n\
Subject: Re: budget\r\nMessage-ID: <b2@onwards.example>\r\n\
References: <a0@press.example> <a1@press.example>\r\n\
Date: Tue, 20 Feb 2018 14:55:17 -0500\r\nMIME-Version: 1.0\r\n";

fn main() -> std::io::Result<()> {
    let rows = [
        ("attachment, base64, 8 MB", attachment_mail(6 << 20)),
        ("attachment, base64, 200 kB", attachment_mail(150_000)),
        ("text, plain, 20 kB", plain_mail(20_000, "7bit")),
        ("text, plain, 2 kB", plain_mail(2_000, "7bit")),
        (
            "text, quoted-printable, 20 kB",
            plain_mail(20_000, "quoted-printable"),
        ),
        ("text and HTML, 20 kB each", alternative_mail(20_000)),
    ];
    let mut out = std::io::stdout().lock();
    for (name, mail) in rows {
        let mut best = f64::INFINITY;
        let n_messages = (ROUND_BYTES / mail.len()).max(1);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            for _ in 0..n_messages {
                black_box(message(mail.clone(), None));
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
        let megabytes = (mail.len() * n_messages) as f64 / 1e6;
        writeln!(out, "{name:32} {:8.0} MB/s", megabytes / best)?;
    }
    Ok(())
}

fn attachment_mail(n_bytes: usize) -> Bytes {
    let data: Vec<u8> = (0..n_bytes)
        .map(|index| ((index * 2_654_435_761) >> 7).to_le_bytes()[0])
        .collect();
    let mut text = format!(
        "{HEADER}Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\n\r\nHello.\r\n--=_b\r\n\
         Content-Type: application/pdf; name=\"x.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    let encoded = STANDARD.encode_to_string(&data);
    for line in encoded.as_bytes().chunks(76) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push_str("\r\n");
    }
    text.push_str("--=_b--\r\n");
    Bytes::from(text)
}

/// Prose with a quotation in it, lines of up to 72 characters.
fn prose(n_bytes: usize) -> String {
    let mut text = String::new();
    for n in 0.. {
        if text.len() >= n_bytes {
            break;
        }
        let mark = if n % 10 > 7 { "> " } else { "" };
        let _ = write!(
            text,
            "{mark}The annex of chapter {n} says who paid for the halls and when.\r\n"
        );
    }
    text
}

fn plain_mail(n_bytes: usize, encoding: &str) -> Bytes {
    let text = prose(n_bytes);
    let text = if encoding == "7bit" {
        text
    } else {
        text.replace("annex", "ann=C3=A9x=\r\n")
    };
    Bytes::from(format!(
        "{HEADER}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{text}"
    ))
}

fn alternative_mail(n_bytes: usize) -> Bytes {
    let text = prose(n_bytes);
    let mut page = String::new();
    for line in text.lines() {
        let words = line.trim_start_matches("> ");
        let _ = write!(
            page,
            "<p class=\"MsoNormal\" style=\"margin:0\"><b>{words}</b>&nbsp;<br></p>\r\n"
        );
    }
    Bytes::from(format!(
        "{HEADER}Content-Type: multipart/alternative; boundary=\"=_b\"\r\n\r\n--=_b\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--=_b\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n<html><body>{page}</body></html>\r\n--=_b--\r\n"
    ))
}
