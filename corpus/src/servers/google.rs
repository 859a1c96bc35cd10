//! Google's servers, as of 2015 to 2017.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};

use super::{Hop, Sent, field, line_address};
use crate::clocks::{google_relay_id, google_server_id, google_store_id};
use crate::mime::{Field, Mail};
use crate::moment::{Moment, zone};
use crate::people::{Client, Server};
use crate::random::Random;

const MILLISECOND: i64 = 1000;
const PACIFIC: &str = "America/Los_Angeles";
/// `X-Gm-Message-State` begins with a token that changes every few weeks; this one was in use at the end of the period.
const LAST_TOKEN: (&str, (i16, i8, i8)) = ("AN3rC/", (2017, 4, 16));
const TOKEN_DAYS: i64 = 24;

/// Takes a message from the web or over SMTP.
pub(super) fn submit(mail: &mut Mail, client: Client, hop: &mut Hop<'_>) -> Moment {
    let mut trace = Vec::new();
    let state = message_state(hop.at, hop.random);
    let mut at = hop.at;
    if !matches!(client, Client::GmailWeb | Client::GmailApp) {
        at = at.plus(hop.random.between(100, 900) * MILLISECOND);
        trace.push(smtp_hop(hop, at));
    }
    let relayed = relay(hop.random, at, "X-Received");
    mail.prepend(trace);
    mail.prepend(vec![field("X-Gm-Message-State", state), relayed]);
    at.plus(hop.random.between(100, 700) * MILLISECOND)
}

fn smtp_hop(hop: &mut Hop<'_>, at: Moment) -> Field {
    let pacific = zone(PACIFIC);
    let id = google_server_id(hop.random, "sm", at, &pacific);
    let (host, address) = (hop.random.between(2, 60), line_address(hop.random));
    let recipient = if hop.recipient.is_empty() {
        String::new()
    } else {
        format!("\r\n        for <{}>", hop.recipient)
    };
    field(
        "Received",
        format!(
            "from [192.168.1.{host}] (ligne-{host}.acces.example. [{address}])\r\n        by smtp.gmail.com with ESMTPSA id {id}{recipient}\r\n        \
             (version=TLS1_2 cipher=ECDHE-RSA-AES128-GCM-SHA256 bits=128/128);\r\n        {}",
            padded(at)
        ),
    )
}

/// A passage between Google's own machines; its id ends in milliseconds.
fn relay(random: &mut Random, at: Moment, name: &str) -> Field {
    let (b, c, d) = (
        random.between(2, 250),
        random.between(0, 255),
        random.between(1, 254),
    );
    let id = google_relay_id(random, at);
    field(
        name,
        format!(
            "by 10.{b}.{c}.{d} with SMTP id {id};\r\n        {}",
            padded(at)
        ),
    )
}

fn padded(at: Moment) -> String {
    at.format(&zone(PACIFIC), "%a, %d %b %Y %H:%M:%S %z (%Z)")
}

/// Takes a message from another server, or from Google itself, into a mailbox.
pub(super) fn receive(mail: &mut Mail, sent: &Sent, hop: &mut Hop<'_>) -> Moment {
    let from_google = hop.peer.server == Server::Google;
    let host = outgoing_host(hop, from_google);
    let address = if from_google {
        "2001:db8:4864:20::22e".to_owned()
    } else {
        hop.peer.address.clone()
    };
    if from_google {
        mail.prepend(vec![outgoing_hop(hop, &host)]);
    }
    let at = hop.at.plus(hop.random.between(50, 900) * MILLISECOND);
    let checked = vec![
        field("Return-Path", format!("<{}>", hop.sender)),
        incoming_hop(hop, &host, &address, at),
        spf(hop, &address),
        authentication(sent, hop, &address),
    ];
    mail.prepend(checked);
    let relayed = at.plus(hop.random.between(20, 400) * MILLISECOND);
    let stored = vec![
        field("Delivered-To", hop.recipient.to_owned()),
        store_hop(hop.random, relayed),
        relay(hop.random, relayed, "X-Received"),
    ];
    mail.prepend(stored);
    relayed
}

/// The host that hands over: one of Google's own, or the peer's.
fn outgoing_host(hop: &mut Hop<'_>, from_google: bool) -> String {
    if from_google {
        format!("mail-wm0-x{}.google.com", hop.random.hex(3))
    } else {
        hop.peer.host.clone()
    }
}

fn outgoing_hop(hop: &mut Hop<'_>, host: &str) -> Field {
    let (letter, number) = (
        hop.random.text(b"abcdefghkmnpqrstuvwz", 1),
        hop.random.between(10, 250),
    );
    let id = format!(
        "{letter}{number}so{}wmg.{}",
        hop.random.between(1_000_000, 99_999_999),
        hop.random.between(0, 1)
    );
    let value = format!(
        "by {host} with SMTP id {id}\r\n        for <{}>; {}",
        hop.recipient,
        padded(hop.at)
    );
    field("Received", value)
}

fn incoming_hop(hop: &mut Hop<'_>, host: &str, address: &str, at: Moment) -> Field {
    let id = google_server_id(hop.random, "si", at, &zone(PACIFIC));
    let value = format!(
        "from {host} ({host}. [{address}])\r\n        by mx.google.com with ESMTPS id {id}\r\n        for <{}>\r\n        \
         (version=TLS1_2 cipher=ECDHE-RSA-AES128-GCM-SHA256 bits=128/128);\r\n        {}",
        hop.recipient,
        padded(at)
    );
    field("Received", value)
}

fn store_hop(random: &mut Random, at: Moment) -> Field {
    let (b, c, d) = (
        random.between(2, 250),
        random.between(0, 255),
        random.between(1, 254),
    );
    let id = google_store_id(random);
    field(
        "Received",
        format!(
            "by 10.{b}.{c}.{d} with SMTP id {id};\r\n        {}",
            padded(at)
        ),
    )
}

fn spf(hop: &Hop<'_>, address: &str) -> Field {
    let sender = hop.sender;
    field(
        "Received-SPF",
        format!(
            "pass (google.com: domain of {sender} designates {address} as permitted sender) client-ip={address};"
        ),
    )
}

fn authentication(sent: &Sent, hop: &Hop<'_>, address: &str) -> Field {
    let mut value = "mx.google.com;".to_owned();
    for signature in &sent.signatures {
        let result = if sent.intact {
            "pass"
        } else {
            "neutral (body hash did not verify)"
        };
        let _ = write!(
            value,
            "\r\n       dkim={result} header.i=@{};",
            signature.domain
        );
    }
    let sender = hop.sender;
    let _ = write!(
        value,
        "\r\n       spf=pass (google.com: domain of {sender} designates {address} as permitted sender) smtp.mailfrom={sender}"
    );
    field("Authentication-Results", value)
}

fn message_state(at: Moment, random: &mut Random) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    format!("{}{}==", state_token(at), random.text(LETTERS, 74))
}

/// The token of the weeks around a moment: the same for everyone, whatever the seed of the collection.
fn state_token(at: Moment) -> String {
    let (last, (year, month, day)) = LAST_TOKEN;
    if at >= Moment::day(year, month, day) {
        return last.to_owned();
    }
    let period = at.seconds().div_euclid(TOKEN_DAYS * 86_400);
    let hash = digest(&SHA256, &period.to_be_bytes());
    let name: String = base64_simd::STANDARD
        .encode_to_string(hash)
        .chars()
        .take(5)
        .collect();
    format!("A{name}")
}
