//! Thunderbird 31 and 45.

use super::{Composed, Desk, UTF_8, assemble, content_here, multipart, push, push_some};
use crate::clocks::thunderbird_old_message_id;
use crate::documents::Document;
use crate::letter::Parent;
use crate::mime::{Content, Field, Node, with_crlf, wrap};
use crate::moment::{Moment, SECOND};

const FOLD: &str = "\r\n ";
const PREAMBLE: &str = "This is a multi-part message in MIME format.\r\n";

pub(super) fn compose(desk: &mut Desk<'_>) -> Composed {
    let date = desk.letter.device_time();
    let new = date >= Moment::day(2016, 4, 20);
    let message_id = if new {
        format!(
            "{}@{}",
            desk.random.uuid().to_ascii_lowercase(),
            desk.author.address.rsplit('@').next().unwrap_or("")
        )
    } else {
        let host = desk.host().to_owned();
        thunderbird_old_message_id(date, &mut desk.random, &host)
    };
    let text = desk.quoting_text(&attribution);
    let root = root(desk, &text, new);
    let mut head = if new {
        head_of_45(desk, &message_id)
    } else {
        head_of_31(desk, &message_id)
    };
    push_some(&mut head, "In-Reply-To", desk.in_reply_to());
    head.push(content_here());
    let handed = desk
        .letter
        .at
        .whole_second()
        .plus(desk.letter.waited + desk.random.between(0, 5) * SECOND);
    Composed {
        mail: assemble(head, &root),
        message_id,
        thread_index: None,
        handed,
        text,
    }
}

fn head_of_45(desk: &Desk<'_>, message_id: &str) -> Vec<Field> {
    let mut head = Vec::new();
    push(&mut head, "Subject", desk.subject(UTF_8));
    push(&mut head, "To", desk.to(UTF_8, false, FOLD));
    push_some(&mut head, "References", desk.references(FOLD));
    push(&mut head, "Cc", desk.cc(UTF_8, false, FOLD));
    push(&mut head, "From", desk.from(UTF_8, false));
    push(&mut head, "Message-ID", format!("<{message_id}>"));
    push(&mut head, "Date", desk.date());
    push(&mut head, "User-Agent", USER_AGENT_45);
    push(&mut head, "MIME-Version", "1.0");
    head
}

fn head_of_31(desk: &Desk<'_>, message_id: &str) -> Vec<Field> {
    let mut head = Vec::new();
    push(&mut head, "Message-ID", format!("<{message_id}>"));
    push(&mut head, "Date", desk.date());
    push(&mut head, "From", desk.from(UTF_8, false));
    push(&mut head, "User-Agent", USER_AGENT_31);
    push(&mut head, "MIME-Version", "1.0");
    push(&mut head, "To", desk.to(UTF_8, false, FOLD));
    push(&mut head, "CC", desk.cc(UTF_8, false, FOLD));
    push(&mut head, "Subject", desk.subject(UTF_8));
    push_some(&mut head, "References", desk.references(FOLD));
    head
}

const USER_AGENT_45: &str =
    "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:45.0) Gecko/20100101\r\n Thunderbird/45.0";
const USER_AGENT_31: &str =
    "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:31.0) Gecko/20100101 Thunderbird/31.6.0";

fn root(desk: &mut Desk<'_>, text: &str, new: bool) -> Node {
    let plain = plain(text);
    if desk.letter.attachments.is_empty() {
        return plain;
    }
    let boundary = if new {
        format!("------------{}", desk.random.hex(24).to_ascii_uppercase())
    } else {
        (0..12).fold("------------".to_owned(), |boundary, _| {
            format!("{boundary}0{}", desk.random.below(10))
        })
    };
    let mut nodes = vec![plain];
    nodes.extend(desk.document_parts(&document_fields));
    let head = vec![Field::new(
        "Content-Type",
        format!("multipart/mixed;{FOLD}boundary=\"{boundary}\""),
    )];
    multipart(head, &boundary, PREAMBLE, nodes)
}

/// Flowed text (RFC 3676): lines that go on end in a space; `From ` at the start of a line is stuffed.
fn plain(text: &str) -> Node {
    let mut flowed = String::new();
    for paragraph in text.lines() {
        let lines = wrap(paragraph, 71);
        let stuffed: Vec<_> = lines.split('\n').map(stuff).collect();
        flowed.push_str(&stuffed.join(" \n"));
        flowed.push('\n');
    }
    let (charset, encoding) = if flowed.is_ascii() {
        ("utf-8", "7bit")
    } else {
        ("utf-8", "8bit")
    };
    let head = vec![
        Field::new(
            "Content-Type",
            format!("text/plain; charset={charset}; format=flowed"),
        ),
        Field::new("Content-Transfer-Encoding", encoding),
    ];
    Node {
        head,
        content: Content::Leaf(with_crlf(&flowed).into_bytes()),
    }
}

fn stuff(line: &str) -> String {
    if line.starts_with("From ") {
        format!(" {line}")
    } else {
        line.to_owned()
    }
}

fn attribution(desk: &Desk<'_>, parent: &Parent) -> String {
    let (name, _) = desk.parent_author(parent);
    let at = parent.date.local(&desk.zone);
    if desk.french() {
        format!(
            "Le {}, {name} a \u{e9}crit :",
            at.strftime("%d/%m/%Y \u{e0} %H:%M")
        )
    } else {
        format!("On {}, {name} wrote:", at.strftime("%d/%m/%Y %H:%M"))
    }
}

fn document_fields(document: &Document) -> Vec<Field> {
    let name = &document.name;
    vec![
        Field::new(
            "Content-Type",
            format!("{};{FOLD}name=\"{name}\"", document.media_type),
        ),
        Field::new("Content-Transfer-Encoding", "base64"),
        Field::new(
            "Content-Disposition",
            format!("attachment;{FOLD}filename=\"{name}\""),
        ),
    ]
}
