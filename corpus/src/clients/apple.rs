//! Apple Mail on the Mac and on the iPhone.

use super::{
    Composed, Desk, UTF_8_LOWER, assemble, content_here, multipart, printable_leaf, push, push_some,
};
use crate::documents::Document;
use crate::letter::{Parent, Turn};
use crate::mime::{Charset, Field, Node, escape};
use crate::moment::{Moment, SECOND};

const FOLD: &str = "\r\n\t";
const FRENCH_MONTHS: [&str; 12] = [
    "janv.",
    "f\u{e9}vr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "ao\u{fb}t",
    "sept.",
    "oct.",
    "nov.",
    "d\u{e9}c.",
];

pub(super) fn compose_on_mac(desk: &mut Desk<'_>) -> Composed {
    let version = mac_version(desk.letter.device_time());
    let message_id = format!("{}@{}", desk.random.uuid(), desk.host());
    let text = desk.quoting_text(&attribution);
    let outer = format!("Apple-Mail=_{}", desk.random.uuid());
    let inner = format!("Apple-Mail=_{}", desk.random.uuid());
    let body = if desk.letter.quote.is_some() {
        alternative(desk, &text, &inner)
    } else {
        plain(&text)
    };
    let root = with_documents(desk, body, &outer);
    let mut head = Vec::new();
    push(&mut head, "From", desk.from(UTF_8_LOWER, false));
    head.push(content_here());
    push(
        &mut head,
        "Mime-Version",
        format!("1.0 (Mac OS X Mail {version})"),
    );
    push(&mut head, "Subject", desk.subject(UTF_8_LOWER));
    push(&mut head, "Message-Id", format!("<{message_id}>"));
    push(&mut head, "Date", desk.date());
    push_some(&mut head, "References", desk.references("\r\n "));
    push_some(&mut head, "In-Reply-To", desk.in_reply_to());
    push(&mut head, "Cc", desk.cc(UTF_8_LOWER, false, "\r\n "));
    push(&mut head, "To", desk.to(UTF_8_LOWER, false, "\r\n "));
    let number = version.split(['(', '\\']).nth(2).unwrap_or_default();
    push(
        &mut head,
        "X-Mailer",
        format!("Apple Mail (2.{})", number.trim_start_matches('(')),
    );
    Composed {
        mail: assemble(head, &root),
        message_id,
        thread_index: None,
        handed: handed(desk),
        text,
    }
}

pub(super) fn compose_on_iphone(desk: &mut Desk<'_>) -> Composed {
    let message_id = format!("{}@{}", desk.random.uuid(), desk.host());
    let text = desk.quoting_text(&attribution);
    let boundary = format!("Apple-Mail-{}", desk.random.uuid());
    let root = with_documents(desk, plain(&text), &boundary);
    let mut head = Vec::new();
    head.push(content_here());
    push(&mut head, "Mime-Version", "1.0 (1.0)");
    push(&mut head, "Subject", desk.subject(UTF_8_LOWER));
    push(&mut head, "From", desk.from(UTF_8_LOWER, false));
    push(
        &mut head,
        "X-Mailer",
        format!("iPhone Mail ({})", iphone_build(desk.letter.device_time())),
    );
    push_some(&mut head, "In-Reply-To", desk.in_reply_to());
    push(&mut head, "Date", desk.date());
    push(&mut head, "Cc", desk.cc(UTF_8_LOWER, false, "\r\n "));
    push(&mut head, "Message-Id", format!("<{message_id}>"));
    push_some(&mut head, "References", desk.references("\r\n "));
    push(&mut head, "To", desk.to(UTF_8_LOWER, false, "\r\n "));
    Composed {
        mail: assemble(head, &root),
        message_id,
        thread_index: None,
        handed: handed(desk),
        text,
    }
}

/// Version and build, as the field writes them, by the day they came out.
fn mac_version(date: Moment) -> &'static str {
    if date < Moment::day(2015, 10, 5) {
        r"8.2 \(2104\)"
    } else if date < Moment::day(2016, 4, 10) {
        r"9.0 \(3094\)"
    } else if date < Moment::day(2017, 1, 5) {
        r"9.3 \(3124\)"
    } else if date < Moment::day(2017, 4, 5) {
        r"10.2 \(3259\)"
    } else {
        r"10.3 \(3273\)"
    }
}

/// iOS builds, taken up some days after they came out.
fn iphone_build(date: Moment) -> &'static str {
    if date < Moment::day(2015, 9, 25) {
        "12F70"
    } else if date < Moment::day(2016, 4, 10) {
        "13A404"
    } else if date < Moment::day(2016, 9, 30) {
        "13E238"
    } else if date < Moment::day(2017, 2, 1) {
        "14A456"
    } else if date < Moment::day(2017, 4, 10) {
        "14D27"
    } else {
        "14E304"
    }
}

fn handed(desk: &mut Desk<'_>) -> Moment {
    desk.letter
        .at
        .whole_second()
        .plus(desk.letter.waited + desk.random.between(1, 8) * SECOND)
}

fn text_fields(kind: &str, text: &str) -> Vec<Field> {
    let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
    vec![Field::new(
        "Content-Type",
        format!("{kind};{FOLD}charset={charset}"),
    )]
}

fn plain(text: &str) -> Node {
    let text = format!("{text}\n");
    let mut node = printable_leaf(
        text_fields("text/plain", &text),
        &text,
        Charset::Utf8,
        false,
    );
    if text.is_ascii() {
        node.head
            .push(Field::new("Content-Transfer-Encoding", "7bit"));
    }
    node
}

fn alternative(desk: &Desk<'_>, text: &str, boundary: &str) -> Node {
    let html = html_of(desk, text);
    let nodes = vec![
        plain(text),
        printable_leaf(text_fields("text/html", &html), &html, Charset::Utf8, true),
    ];
    let head = vec![Field::new(
        "Content-Type",
        format!("multipart/alternative;{FOLD}boundary=\"{boundary}\""),
    )];
    multipart(head, boundary, "\r\n", nodes)
}

fn with_documents(desk: &Desk<'_>, body: Node, boundary: &str) -> Node {
    if desk.letter.attachments.is_empty() {
        return body;
    }
    let mut nodes = vec![body];
    nodes.extend(desk.document_parts(&document_fields));
    let head = vec![Field::new(
        "Content-Type",
        format!("multipart/mixed;{FOLD}boundary=\"{boundary}\""),
    )];
    multipart(head, boundary, "\r\n", nodes)
}

fn html_of(desk: &Desk<'_>, text: &str) -> String {
    let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
    let mut html = format!(
        "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html charset={charset}\"></head>\
         <body style=\"word-wrap: break-word; -webkit-nbsp-mode: space;\" class=\"\">"
    );
    html.push_str(&escape(&desk.letter.text).replace('\n', "<br class=\"\">"));
    if let Some(parent) = &desk.letter.quote {
        html.push_str("<br class=\"\"><div><blockquote type=\"cite\" class=\"\"><div class=\"\">");
        html.push_str(&escape(&introduction(desk, parent)).replace('\n', "<br class=\"\">"));
        html.push_str("</div><br class=\"\">");
        html.push_str(&escape(&parent.text).replace('\n', "<br class=\"\">"));
        html.push_str("</blockquote></div>");
    }
    html.push_str("</body></html>\n");
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
        let month = FRENCH_MONTHS
            .get(at.month() as usize - 1)
            .copied()
            .unwrap_or_default();
        let time = at.strftime("%H:%M");
        format!(
            "> Le {} {month} {} \u{e0} {time}, {name} <{address}> a \u{e9}crit :",
            at.day(),
            at.year()
        )
    } else {
        format!(
            "> On {}, {name} <{address}> wrote:",
            at.strftime("%-d %b %Y, at %H:%M")
        )
    }
}

fn document_fields(document: &Document) -> Vec<Field> {
    let name = &document.name;
    vec![
        Field::new(
            "Content-Disposition",
            format!("attachment;{FOLD}filename={name}"),
        ),
        Field::new(
            "Content-Type",
            format!("{};{FOLD}name=\"{name}\"", document.media_type),
        ),
        Field::new("Content-Transfer-Encoding", "base64"),
    ]
}
