//! What no person writes: newsletters through a service, and notices of a bank.

use super::{Composed, Desk, UTF_8, assemble, content_here, multipart, printable_leaf, push};
use crate::mime::{Charset, Content, Field, Node, escape, quoted_printable, wrap};
use crate::moment::{Moment, SECOND};

pub(super) fn compose_newsletter(desk: &mut Desk<'_>) -> Composed {
    let number = desk.random.hex(18);
    let own = desk.random.hex(8);
    let message_id = format!("{number}.{own}@{}", desk.host());
    let boundary = format!(
        "_----------={}",
        desk.random.between(10_i64.pow(15), 10_i64.pow(16))
    );
    let token = desk.random.hex(24);
    let link = format!("http://www.{}/desabonnement/{token}", desk.host());
    let text = format!("{}\n\n--\nSe d\u{e9}sabonner : {link}", desk.letter.text);
    let nodes = vec![
        printable_leaf(
            text_fields("text/plain"),
            &wrap(&text, 78),
            Charset::Utf8,
            true,
        ),
        printable_leaf(
            text_fields("text/html"),
            &html_of(desk, &link),
            Charset::Utf8,
            true,
        ),
    ];
    let head = vec![Field::new(
        "Content-Type",
        format!("multipart/alternative; boundary=\"{boundary}\""),
    )];
    let root = multipart(head, &boundary, "", nodes);
    let head = newsletter_head(desk, &message_id, &number, &link);
    // The service makes the message at once and hands it over when its turn comes.
    let handed = desk
        .letter
        .at
        .whole_second()
        .plus(desk.random.between(1, 600) * SECOND);
    Composed {
        mail: assemble(head, &root),
        message_id,
        thread_index: None,
        handed,
        text,
    }
}

fn newsletter_head(desk: &Desk<'_>, message_id: &str, number: &str, link: &str) -> Vec<Field> {
    let mut head = Vec::new();
    push(&mut head, "From", desk.from(UTF_8, true));
    push(&mut head, "To", desk.to(UTF_8, false, "\r\n "));
    push(&mut head, "Cc", desk.cc(UTF_8, false, "\r\n "));
    push(&mut head, "Subject", desk.subject(UTF_8));
    push(&mut head, "Date", desk.date());
    push(&mut head, "Message-ID", format!("<{message_id}>"));
    push(&mut head, "List-Unsubscribe", format!("<{link}>"));
    push(&mut head, "Precedence", "bulk");
    push(
        &mut head,
        "X-Campaign-Id",
        number.get(..10).unwrap_or_default(),
    );
    push(&mut head, "MIME-Version", "1.0");
    head.push(content_here());
    head
}

pub(super) fn compose_notice(desk: &mut Desk<'_>) -> Composed {
    let at: Moment = desk.letter.at.whole_second();
    let stamp = at.format(&desk.zone, "%Y%m%d%H%M%S");
    let process = desk.random.between(10_000, 99_999);
    let message_id = format!("{stamp}.{process}@{}", desk.host());
    let text = wrap(&desk.letter.text, 76);
    let head = vec![
        Field::new("Content-Type", "text/plain; charset=ISO-8859-1"),
        Field::new("Content-Transfer-Encoding", "quoted-printable"),
    ];
    let body = quoted_printable(&Charset::Latin1.encode(&format!("{text}\n")));
    let root = Node {
        head,
        content: Content::Leaf(body),
    };
    let mut head = Vec::new();
    push(&mut head, "From", desk.from(UTF_8, true));
    push(&mut head, "To", desk.to(UTF_8, false, "\r\n "));
    push(&mut head, "Cc", desk.cc(UTF_8, false, "\r\n "));
    push(&mut head, "Subject", desk.subject(UTF_8));
    push(&mut head, "Date", desk.date());
    push(&mut head, "Message-ID", format!("<{message_id}>"));
    push(&mut head, "MIME-Version", "1.0");
    head.push(content_here());
    let handed = at.plus(desk.random.between(0, 4) * SECOND);
    Composed {
        mail: assemble(head, &root),
        message_id,
        thread_index: None,
        handed,
        text,
    }
}

fn text_fields(kind: &str) -> Vec<Field> {
    vec![Field::new(
        "Content-Type",
        format!("{kind}; charset=\"utf-8\""),
    )]
}

fn html_of(desk: &Desk<'_>, link: &str) -> String {
    let paragraphs: Vec<_> = desk
        .letter
        .text
        .split("\n\n")
        .map(|paragraph| format!("<tr><td><p>{}</p></td></tr>", escape(paragraph)))
        .collect();
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body><table width=\"600\" align=\"center\">\n{}\n\
         <tr><td><a href=\"{link}\">Se d\u{e9}sabonner</a></td></tr>\n</table></body></html>\n",
        paragraphs.join("\n")
    )
}
