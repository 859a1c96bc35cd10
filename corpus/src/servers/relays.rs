//! Postfix, Exim, Sendmail and Exchange.

use super::{Hop, Sent, field, line_address};
use crate::clocks::{
    exim_id, original_arrival_time, postfix_long_id, postfix_short_id, sendmail_id, within_second,
};
use crate::mime::{Field, Mail};
use crate::moment::{Moment, zone};
use crate::people::Server;

const MILLISECOND: i64 = 1000;

/// Takes a message from a person's program. The result is when the server had it.
pub(super) fn submit(mail: &mut Mail, hop: &mut Hop<'_>) -> Moment {
    let (host, address) = (hop.random.between(2, 60), line_address(hop.random));
    let trace = match hop.domain.server {
        Server::PostfixShort | Server::PostfixLong => {
            let source = format!(
                "from [192.168.1.{host}] (unknown [{address}])\r\n\t(using TLSv1.2 with cipher ECDHE-RSA-AES128-GCM-SHA256 (128/128 bits))\r\n\t\
                 (No client certificate requested)\r\n\t(Authenticated sender: {})",
                hop.sender
            );
            postfix(&source, "ESMTPSA", hop)
        }
        Server::Exim => {
            let source = format!("from [{address}] (helo=[192.168.0.{host}])");
            exim(
                &source,
                "esmtpsa (TLS1.2:ECDHE_RSA_AES_128_GCM_SHA256:128)",
                hop,
            )
        }
        Server::Sendmail => {
            let source = format!(
                "from [192.168.0.{host}] (ligne-{host}.acces.example [{address}])\r\n\t(authenticated bits=0)"
            );
            sendmail(&source, hop)
        }
        Server::Exchange | Server::Google => {
            mail.head.push(field(
                "X-OriginalArrivalTime",
                original_arrival_time(hop.at),
            ));
            exchange(hop, "mapi id 15.00.1210.000", true)
        }
    };
    mail.prepend(vec![trace]);
    hop.at.plus(hop.random.between(100, 900) * MILLISECOND)
}

/// Takes a message from a program on the server itself.
pub(super) fn submit_from_program(mail: &mut Mail, hop: &mut Hop<'_>) -> Moment {
    let id = postfix_short_id(
        within_second(hop.at, hop.random),
        hop.random.between(0x10_000, 0xfff_ffff) as u64,
    );
    let value = format!(
        "by {} (Postfix, from userid 33)\r\n\tid {id}; {}",
        hop.domain.host,
        postfix_date(hop, hop.at)
    );
    mail.prepend(vec![field("Received", value)]);
    hop.at.plus(hop.random.between(100, 900) * MILLISECOND)
}

/// Takes a message from another server into a mailbox.
pub(super) fn receive(mail: &mut Mail, sent: &Sent, hop: &mut Hop<'_>) -> Moment {
    let (name, address) = peer(hop);
    let mut noted = Vec::new();
    let trace = match hop.domain.server {
        Server::PostfixShort | Server::PostfixLong => {
            noted.extend(authentication(sent, hop));
            let source = format!("from {name} ({name} [{address}])");
            postfix(&source, "ESMTPS", hop)
        }
        Server::Exim => exim(
            &format!("from {name} ([{address}])"),
            "esmtps (TLS1.2:ECDHE_RSA_AES_128_GCM_SHA256:128)",
            hop,
        ),
        Server::Sendmail => sendmail(&format!("from {name} ({name} [{address}])"), hop),
        Server::Exchange | Server::Google => {
            if !mail.has("X-OriginalArrivalTime") {
                mail.head.push(field(
                    "X-OriginalArrivalTime",
                    original_arrival_time(hop.at),
                ));
            }
            noted.push(field(
                "X-MS-Exchange-Organization-AuthSource",
                hop.domain.host.clone(),
            ));
            noted.push(field(
                "X-MS-Exchange-Organization-SCL",
                hop.random.between(-1, 1).to_string(),
            ));
            exchange_from(hop, &name, &address)
        }
    };
    let mut fields = vec![field("Return-Path", format!("<{}>", hop.sender))];
    if matches!(
        hop.domain.server,
        Server::PostfixShort | Server::PostfixLong
    ) {
        fields.push(field("Delivered-To", hop.recipient.to_owned()));
    }
    fields.push(trace);
    fields.extend(noted);
    mail.prepend(fields);
    hop.at
}

/// Between two mailboxes of one server.
pub(super) fn receive_inside(mail: &mut Mail, hop: &mut Hop<'_>) -> Moment {
    let mut fields = vec![field("Return-Path", format!("<{}>", hop.sender))];
    if hop.domain.server == Server::Exchange {
        fields.push(exchange(hop, "mapi id 15.00.1210.000", false));
    } else {
        fields.push(field("Delivered-To", hop.recipient.to_owned()));
    }
    mail.prepend(fields);
    hop.at
}

/// Name and address by which the receiver knows the sending server.
fn peer(hop: &mut Hop<'_>) -> (String, String) {
    if hop.peer.server == Server::Google {
        let (number, last) = (hop.random.between(40, 54), hop.random.between(40, 54));
        (
            format!("mail-wm0-f{number}.google.com"),
            format!("192.0.2.{last}"),
        )
    } else {
        (hop.peer.host.clone(), hop.peer.address.clone())
    }
}

fn postfix(source: &str, protocol: &str, hop: &mut Hop<'_>) -> Field {
    let arrived = within_second(hop.at, hop.random);
    let inode = hop.random.between(0x10_000, 0xfff_ffff) as u64;
    let id = if hop.domain.server == Server::PostfixLong {
        postfix_long_id(arrived, inode)
    } else {
        postfix_short_id(arrived, inode)
    };
    let recipient = if hop.recipient.is_empty() {
        String::new()
    } else {
        format!("\r\n\tfor <{}>", hop.recipient)
    };
    let value = format!(
        "{source}\r\n\tby {} (Postfix) with {protocol} id {id}{recipient}; {}",
        hop.domain.host,
        postfix_date(hop, arrived)
    );
    field("Received", value)
}

/// Postfix fills the day with a space.
fn postfix_date(hop: &Hop<'_>, at: Moment) -> String {
    at.format(&zone(hop.domain.zone), "%a, %e %b %Y %H:%M:%S %z (%Z)")
}

fn exim(source: &str, protocol: &str, hop: &mut Hop<'_>) -> Field {
    let process = hop.random.between(900, 32_000) as u64;
    // The id is from the moment the message began to arrive.
    let began = hop.at.plus(-hop.random.between(0, 2_500_000));
    let value = format!(
        "{source}\r\n\tby {} with {protocol}\r\n\t(Exim 4.84)\r\n\t(envelope-from <{}>)\r\n\tid {}; {}",
        hop.domain.host,
        hop.sender,
        exim_id(began, process),
        hop.at.rfc5322_padded(&zone(hop.domain.zone))
    );
    field("Received", value)
}

fn sendmail(source: &str, hop: &mut Hop<'_>) -> Field {
    let zone = zone(hop.domain.zone);
    let id = sendmail_id(
        hop.at,
        &zone,
        hop.random.below(60),
        hop.random.between(900, 32_000) as u64,
    );
    let value = format!(
        "{source}\r\n\tby {} (8.14.4/8.14.4) with ESMTP id {id};\r\n\t{}",
        hop.domain.host,
        hop.at.rfc5322_named(&zone)
    );
    field("Received", value)
}

fn exchange(hop: &mut Hop<'_>, protocol: &str, from_client: bool) -> Field {
    let host = hop.domain.host.to_ascii_uppercase();
    let address = if from_client {
        "10.0.4.21"
    } else {
        "10.0.4.22"
    };
    let value = format!(
        "from {host} ([{address}]) by\r\n {host} ([{address}]) with {protocol}; {}",
        hop.at.rfc5322(&zone(hop.domain.zone))
    );
    field("Received", value)
}

fn exchange_from(hop: &mut Hop<'_>, name: &str, address: &str) -> Field {
    let value = format!(
        "from {name} ({address}) by\r\n {} (10.0.4.21) with Microsoft SMTP Server (TLS) id\r\n 15.0.1210.3; {}",
        hop.domain.host,
        hop.at.rfc5322(&zone(hop.domain.zone))
    );
    field("Received", value)
}

/// What the filter beside Postfix notes; nothing for unsigned mail.
fn authentication(sent: &Sent, hop: &Hop<'_>) -> Vec<Field> {
    let notes = sent.signatures.iter().map(|signature| {
        let (domain, start) = (&signature.domain, &signature.tag_start);
        let result = if sent.intact {
            "pass"
        } else {
            "fail reason=\"signature verification failed\""
        };
        let value = format!(
            "{};\r\n\tdkim={result} header.d={domain} header.i=@{domain} header.b={start}",
            hop.domain.host
        );
        field("Authentication-Results", value)
    });
    notes.collect()
}
