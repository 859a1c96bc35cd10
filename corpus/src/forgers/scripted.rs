//! Makes a message with a script: the mail library of Python, the header fields a reader sees, one line of trace.
//!
//! Knows: RFC 5322 and MIME, and the name of the victim's mail program. Overlooks: that Message-ID, boundary, and the order
//! and form of the fields are those of a library, and that no server wrote his line.

use bytes::Bytes;
use jiff::tz::TimeZone;

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::delivery::Copy;
use crate::letter::Letter;
use crate::mime::{Charset, Field, Mail, base64, escape, header_words};
use crate::moment::{SECOND, zone};
use crate::people::Person;

pub(super) const FORGER: Forger = Forger {
    name: "scripted",
    skill: Skill::Careless,
    chances: Chances::Common,
    forge,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "other forgers can fail, and all are called alike"
)]
fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let Some(mut copy) = scene.model() else {
        return Ok(false);
    };
    let letter = hand::invented_letter(scene.letter, scene.random);
    let boundary = format!(
        "==============={:019}==",
        scene.random.between(10_i64.pow(17), 9 * 10_i64.pow(18))
    );
    copy.at = letter.at.plus(3 * SECOND);
    copy.mail = Mail {
        head: head(scene, &letter, &copy, &boundary),
        body: Bytes::from(body(&letter.text, &boundary)),
    };
    (copy.documents, copy.enclosed, copy.proved) = (Vec::new(), None, false);
    copy.verdict = invented(FORGER.name, "A script made it.".to_owned());
    scene.copies.push(copy);
    Ok(true)
}

fn head(scene: &mut Scene<'_>, letter: &Letter, copy: &Copy, boundary: &str) -> Vec<Field> {
    let people = &scene.campaign.people;
    let (Some(author), Some(owner)) = (people.get(letter.from), people.get(copy.owner)) else {
        return Vec::new();
    };
    let at = letter.device_time();
    let host = author.address.rsplit('@').next().unwrap_or_default();
    let (process, unique) = (scene.random.between(900, 40_000), scene.random.next());
    // email.utils.make_msgid: hundredths of a second, process and a random number.
    let id = format!("{}.{process}.{unique}@{host}", at.0 / 10_000);
    let server = scene.campaign.domains.get(owner.domain);
    let received = format!(
        "from localhost (unknown [203.0.113.77]) by {}; {}",
        server.map_or("", |domain| domain.host.as_str()),
        copy.at.rfc5322_padded(&TimeZone::UTC)
    );
    let kind = format!("multipart/alternative; boundary=\"{boundary}\"");
    let subject = header_words(&letter.subject, Charset::Utf8, "utf-8");
    let mut head = vec![
        Field::new("Received", received),
        Field::new("Content-Type", kind),
        Field::new("MIME-Version", "1.0"),
        Field::new("Subject", subject),
        Field::new("From", named(author)),
        Field::new("To", named(owner)),
        Field::new("Date", at.rfc5322_padded(&zone("Europe/Paris"))),
        Field::new("Message-ID", format!("<{id}>")),
    ];
    // The name of the program he copies from the victim's mail.
    let real = scene.composed.mail.head.iter();
    head.extend(
        real.filter(|field| field.is("X-Mailer") || field.is("User-Agent"))
            .cloned(),
    );
    head
}

fn named(person: &Person) -> String {
    let name = header_words(person.name, Charset::Utf8, "utf-8");
    format!("{name} <{}>", person.address)
}

fn body(text: &str, boundary: &str) -> Vec<u8> {
    let html = format!("<p>{}</p>\n", escape(text).replace('\n', "<br>\n"));
    let mut body = Vec::new();
    for (kind, content) in [("plain", text), ("html", html.as_str())] {
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Type: text/{kind}; charset=\"utf-8\"\r\nMIME-Version: 1.0\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(&base64(content.as_bytes()));
        body.extend_from_slice(b"\r\n\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}
