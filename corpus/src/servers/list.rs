//! The team's mailing list, which tags the subject and adds a footer: signatures do not survive it.

use bytes::Bytes;

use super::{Hop, Sent, domain_of, relays};
use crate::MakeError;
use crate::mime::{Field, Mail};
use crate::moment::SECOND;
use crate::people::Campaign;
use crate::random::Random;

const TAG: &str = "[equipe]";

/// Passes a message through the list. The recipients are the list's.
pub(crate) fn through_list(
    sent: &Sent,
    campaign: &Campaign,
    random: &mut Random,
) -> Result<Sent, MakeError> {
    let (address, domain) = &campaign.list;
    let host = domain_of(campaign, *domain)?;
    let mut mail = sent.mail.clone();
    let at = sent.at.plus(random.between(1, 4) * SECOND);
    let mut hop = Hop {
        domain: host,
        peer: domain_of(campaign, sent.domain)?,
        sender: &sent.sender,
        recipient: address,
        at,
        random,
    };
    relays::receive(&mut mail, sent, &mut hop);
    // Mailman takes the message out of its envelope: these two are of the envelope.
    mail.head
        .retain(|field| !field.is("Return-Path") && !field.is("Delivered-To"));
    tag_subject(&mut mail);
    add_footer(&mut mail, address, hop.random);
    mail.head.extend(list_fields(address));
    let out = at.plus(hop.random.between(2, 30) * SECOND);
    let bounces = address.replacen('@', "-bounces@", 1);
    Ok(Sent {
        mail,
        at: out,
        domain: *domain,
        sender: bounces,
        signatures: sent.signatures.clone(),
        intact: false,
    })
}

fn tag_subject(mail: &mut Mail) {
    let subject = mail.value("Subject").unwrap_or_default().to_owned();
    if !subject.contains(TAG) {
        mail.set("Subject", format!("{TAG} {subject}"));
    }
}

fn list_fields(address: &str) -> Vec<Field> {
    let host = address.split('@').nth(1).unwrap_or_default();
    vec![
        Field::new("X-BeenThere", address),
        Field::new("X-Mailman-Version", "2.1.18"),
        Field::new("Precedence", "list"),
        Field::new("List-Id", format!("L'equipe de campagne <equipe.{host}>")),
        Field::new("List-Post", format!("<mailto:{address}>")),
        Field::new("Errors-To", address.replacen('@', "-bounces@", 1)),
        Field::new(
            "Sender",
            format!("\"Equipe\" <{}>", address.replacen('@', "-bounces@", 1)),
        ),
    ]
}

/// A footer below a text; a multipart goes, with a footer part, into a multipart of the list's own.
fn add_footer(mail: &mut Mail, address: &str, random: &mut Random) {
    let footer = format!(
        "_______________________________________________\r\nEquipe mailing list\r\n{address}\r\n"
    );
    let content = mail.value("Content-Type").unwrap_or_default().to_owned();
    let mut body = Vec::with_capacity(mail.body.len() + 600);
    if !content.starts_with("multipart/") {
        body.extend_from_slice(&mail.body);
        body.extend_from_slice(footer.as_bytes());
        mail.body = Bytes::from(body);
        return;
    }
    let boundary = format!(
        "==============={}==",
        random.between(10_i64.pow(18), 9 * 10_i64.pow(18))
    );
    body.extend_from_slice(format!("--{boundary}\r\nContent-Type: {content}\r\n\r\n").as_bytes());
    body.extend_from_slice(&mail.body);
    body.extend_from_slice(
        format!(
            "\r\n--{boundary}\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\nMIME-Version: 1.0\r\n\
             Content-Transfer-Encoding: 7bit\r\nContent-Disposition: inline\r\n\r\n{footer}\r\n--{boundary}--\r\n"
        )
        .as_bytes(),
    );
    mail.set(
        "Content-Type",
        format!("multipart/mixed; boundary=\"{boundary}\""),
    );
    mail.body = Bytes::from(body);
}
