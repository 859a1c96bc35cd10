//! Gmail on the web and on a telephone, as of 2015 to 2017.

use super::{
    Composed, Desk, UTF_8, assemble, content_here, multipart, printable_leaf, push, push_some,
};
use crate::clocks::{gmail_boundary, gmail_message_id};
use crate::documents::Document;
use crate::letter::{Parent, Turn};
use crate::mime::{Charset, Field, Node, escape, wrap};
use crate::moment::zone;

const MILLISECOND: i64 = 1000;

pub(super) fn compose(desk: &mut Desk<'_>) -> Composed {
    let letter = desk.letter;
    let made = letter
        .at
        .whole_second()
        .plus(desk.random.between(400, 1700) * MILLISECOND + desk.random.between(0, 999));
    let handed = made.plus(desk.random.between(2, 15) * MILLISECOND);
    let message_id = gmail_message_id(&mut desk.random);
    let prefix = format!(
        "{}{}",
        desk.random.pick(&["001a11", "94eb2c", "089e01", "f403043"]),
        desk.random.hex(12)
    );
    let counter = desk.random.below(200) as u8;
    let boundary =
        |offset: u8| gmail_boundary(prefix.get(..12).unwrap_or_default(), made, counter + offset);

    let text = desk.quoting_text(&attribution);
    let alternative = alternative(desk, &text, &boundary(1));
    let root = if letter.attachments.is_empty() {
        alternative
    } else {
        let mut nodes = vec![alternative];
        nodes.extend(desk.document_parts(&document_fields));
        let outer = boundary(3);
        multipart(content_type("multipart/mixed", &outer), &outer, "", nodes)
    };
    let mut head = Vec::new();
    push(&mut head, "MIME-Version", "1.0");
    push(&mut head, "Received", web_hop(desk, handed));
    push_some(&mut head, "In-Reply-To", desk.in_reply_to());
    push_some(&mut head, "References", desk.references(" "));
    push(&mut head, "From", desk.from(UTF_8, false));
    push(&mut head, "Date", desk.date());
    push(&mut head, "Message-ID", format!("<{message_id}>"));
    push(&mut head, "Subject", desk.subject(UTF_8));
    push(&mut head, "To", desk.to(UTF_8, false, " \r\n\t"));
    push(&mut head, "Cc", desk.cc(UTF_8, false, " \r\n\t"));
    head.push(content_here());
    Composed {
        mail: assemble(head, &root),
        message_id,
        thread_index: None,
        handed,
        text,
    }
}

/// Google notes the hand-over by the web in the time of the US Pacific coast.
fn web_hop(desk: &mut Desk<'_>, handed: crate::moment::Moment) -> String {
    let (b, c, d) = (
        desk.random.between(2, 250),
        desk.random.between(0, 255),
        desk.random.between(1, 254),
    );
    format!(
        "by 10.{b}.{c}.{d} with HTTP; {}",
        handed.rfc5322_named(&zone("America/Los_Angeles"))
    )
}

fn content_type(kind: &str, boundary: &str) -> Vec<Field> {
    vec![Field::new(
        "Content-Type",
        format!("{kind}; boundary={boundary}"),
    )]
}

fn alternative(desk: &Desk<'_>, text: &str, boundary: &str) -> Node {
    let plain = vec![Field::new("Content-Type", "text/plain; charset=UTF-8")];
    let html = vec![Field::new("Content-Type", "text/html; charset=UTF-8")];
    let nodes = vec![
        printable_leaf(
            plain,
            &format!("{}\n", wrap(text, 75)),
            Charset::Utf8,
            false,
        ),
        printable_leaf(html, &html_of(desk), Charset::Utf8, true),
    ];
    multipart(
        content_type("multipart/alternative", boundary),
        boundary,
        "",
        nodes,
    )
}

fn html_of(desk: &Desk<'_>) -> String {
    let own = escape(&desk.letter.text)
        .replace("\n\n", "<div><br></div>")
        .replace('\n', "<br>");
    let mut html = format!("<div dir=\"ltr\">{own}</div>");
    if let Some(parent) = &desk.letter.quote {
        let line = escape(&introduction(desk, parent)).replace('\n', "<br>");
        let quoted = escape(&parent.text).replace('\n', "<br>");
        html.push_str("<div class=\"gmail_extra\"><br><div class=\"gmail_quote\">");
        html.push_str(&line);
        html.push_str("<br><blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex\">");
        html.push_str(&quoted);
        html.push_str("</blockquote></div><br></div>");
    }
    html.push('\n');
    html
}

/// What stands above the quoted message in HTML.
fn introduction(desk: &Desk<'_>, parent: &Parent) -> String {
    match desk.letter.turn {
        Turn::Answers => attribution(desk, parent),
        Turn::Forwards => desk.forwarded_head(parent),
    }
}

fn attribution(desk: &Desk<'_>, parent: &Parent) -> String {
    let (name, address) = desk.parent_author(parent);
    let at = parent.date.local(&desk.zone);
    if desk.french() {
        let day = at.strftime("%-d").to_string();
        let month = super::outlook::FRENCH_MONTHS
            .get(at.month() as usize - 1)
            .copied()
            .unwrap_or_default();
        format!(
            "Le {day} {month} {} \u{e0} {}, {name} <{address}> a \u{e9}crit :",
            at.year(),
            at.strftime("%H:%M")
        )
    } else {
        format!(
            "On {}, {name} <{address}> wrote:",
            at.strftime("%a, %b %-d, %Y at %-I:%M %p")
        )
    }
}

fn document_fields(document: &Document) -> Vec<Field> {
    let name = &document.name;
    vec![
        Field::new(
            "Content-Type",
            format!("{}; name=\"{name}\"", document.media_type),
        ),
        Field::new(
            "Content-Disposition",
            format!("attachment; filename=\"{name}\""),
        ),
        Field::new("Content-Transfer-Encoding", "base64"),
        Field::new("X-Attachment-Id", format!("f_{}", document.short_id())),
    ]
}
