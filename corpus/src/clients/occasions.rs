//! What is not quite a letter: invitations to a meeting, answers in someone's absence, a message enclosed as a file.

use bytes::Bytes;

use super::{Composed, Desk, UTF_8};
use crate::clocks::exchange_boundary;
use crate::letter::Occasion;
use crate::mime::{Charset, Field, Mail, quoted_printable};
use crate::moment::{HOUR, Moment};
use crate::parts::boundary_of;
use crate::people::Client;
use jiff::tz::TimeZone;

/// The boundary that the author's program puts around a message with a file.
fn outer_boundary(message_id: &str, desk: &mut Desk<'_>) -> String {
    match desk.letter.client {
        Client::OutlookExchange => exchange_boundary(2, message_id),
        Client::AppleMail => format!("Apple-Mail=_{}", desk.random.uuid()),
        _ if desk.letter.device_time() < Moment::day(2016, 4, 20) => (0..12)
            .fold("------------".to_owned(), |boundary, _| {
                format!("{boundary}0{}", desk.random.below(10))
            }),
        _ => format!("------------{}", desk.random.hex(24).to_ascii_uppercase()),
    }
}

/// The message with what its occasion adds.
pub(super) fn dress(mut composed: Composed, desk: &mut Desk<'_>) -> Composed {
    match &desk.letter.occasion {
        Occasion::None => {}
        Occasion::Meeting(begins) => {
            invite(&mut composed.mail, &composed.message_id, *begins, desk);
        }
        Occasion::Absence => absent(&mut composed.mail),
        Occasion::Encloses(original) => {
            let boundary = outer_boundary(&composed.message_id, desk);
            enclose(&mut composed.mail, original, &boundary);
        }
    }
    if desk.letter.copies_stay_hidden() {
        composed.mail.head.push(Field::new(
            "Bcc",
            desk.list(&desk.letter.bcc, UTF_8, false, ", "),
        ));
    }
    composed
}

/// A third alternative that calendars read (RFC 6047, section 2.4).
fn invite(mail: &mut Mail, message_id: &str, begins: Moment, desk: &Desk<'_>) {
    let when = |moment: Moment| moment.format(&TimeZone::UTC, "%Y%m%dT%H%M%SZ");
    let calendar = format!(
        "BEGIN:VCALENDAR\nPRODID:-//Invented//Calendar//FR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\n\
         UID:{message_id}\nDTSTAMP:{}\nDTSTART:{}\nDTEND:{}\nSUMMARY:{}\nORGANIZER:mailto:{}\nEND:VEVENT\nEND:VCALENDAR\n",
        when(desk.letter.at),
        when(begins),
        when(begins.plus(HOUR)),
        desk.letter.subject,
        desk.author.address
    );
    let part = format!(
        "Content-Type: text/calendar; charset=\"UTF-8\"; method=REQUEST\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}",
        String::from_utf8_lossy(&quoted_printable(&Charset::Utf8.encode(&calendar)))
    );
    add_part(mail, part.as_bytes());
}

/// The fields by which programs know not to answer an answer (RFC 3834, section 5).
fn absent(mail: &mut Mail) {
    mail.head.push(Field::new("Auto-Submitted", "auto-replied"));
    mail.head
        .push(Field::new("X-Auto-Response-Suppress", "All"));
}

/// The forwarded message as a part of its own, byte for byte (RFC 2046, section 5.2.1).
fn enclose(mail: &mut Mail, original: &Mail, boundary: &str) {
    let mut part =
        b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n".to_vec();
    part.extend_from_slice(&enclosed_bytes(original));
    if !mail
        .value("Content-Type")
        .is_some_and(|kind| kind.starts_with("multipart/mixed"))
    {
        in_mixed(mail, boundary);
    }
    add_part(mail, &part);
}

/// The bytes of an enclosed message: the line end before the next boundary belongs to the boundary.
pub(crate) fn enclosed_bytes(original: &Mail) -> Vec<u8> {
    let mut bytes = original.to_bytes();
    while bytes.ends_with(b"\r\n") {
        bytes.truncate(bytes.len() - 2);
    }
    bytes
}

/// Makes what the message holds the first part of a `multipart/mixed`.
fn in_mixed(mail: &mut Mail, boundary: &str) {
    let mut body = format!("--{boundary}\r\n").into_bytes();
    for name in ["Content-Type", "Content-Transfer-Encoding"] {
        if let Some(place) = mail.head.iter().position(|field| field.is(name)) {
            let field = mail.head.remove(place);
            body.extend_from_slice(field.line().as_bytes());
            body.extend_from_slice(b"\r\n");
        }
    }
    body.extend_from_slice(b"\r\n");
    body.extend_from_slice(&mail.body);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    mail.body = Bytes::from(body);
    mail.head.push(Field::new(
        "Content-Type",
        format!("multipart/mixed; boundary=\"{boundary}\""),
    ));
}

/// Adds a part behind the last one of the outermost multipart; nothing where the message has no parts.
fn add_part(mail: &mut Mail, part: &[u8]) {
    let content = mail.head.iter().find(|field| field.is("Content-Type"));
    let Some(boundary) = content.and_then(|field| boundary_of(&field.line())) else {
        return;
    };
    let end = format!("--{boundary}--");
    let Some(before) = mail
        .body
        .windows(end.len())
        .rposition(|window| window == end.as_bytes())
    else {
        return;
    };
    let mut body = mail.body.get(..before).unwrap_or_default().to_vec();
    body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
    body.extend_from_slice(part);
    body.extend_from_slice(format!("\r\n{end}\r\n").as_bytes());
    mail.body = Bytes::from(body);
}
