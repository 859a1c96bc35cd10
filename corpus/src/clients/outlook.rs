//! Outlook 2013 and 2016: over SMTP, where it makes the message itself, and on Exchange, which makes it.

use super::{
    Composed, Desk, LATIN_1, assemble, content_here, multipart, printable_leaf, push, push_some,
};
use crate::clocks::{ThreadIndex, exchange_boundary, outlook_boundary, outlook_message_id};
use crate::documents::Document;
use crate::letter::{Parent, base_subject};
use crate::mime::{Charset, Field, Node, escape, header_words};
use crate::moment::{Moment, SECOND};
use jiff::tz::TimeZone;

pub(super) const FRENCH_MONTHS: [&str; 12] = [
    "janvier",
    "f\u{e9}vrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "ao\u{fb}t",
    "septembre",
    "octobre",
    "novembre",
    "d\u{e9}cembre",
];
const FRENCH_DAYS: [&str; 7] = [
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
];
const FOLD: &str = "\r\n\t";

pub(super) fn compose_for_smtp(desk: &mut Desk<'_>) -> Composed {
    let date = desk.letter.device_time();
    let made = date.plus(desk.random.between(1000, 4500) * 1000 + desk.random.between(0, 999));
    let own = desk.random.next() as u32;
    let counter = desk.random.below(40) as u16;
    let message_id = outlook_message_id(counter, made.filetime(), own, desk.host());
    let wall_clock = made
        .plus(desk.random.between(1, 30) * 1000)
        .local_filetime(&desk.zone);
    let boundary = |level: u8| outlook_boundary(level, counter + 1 + u16::from(level), wall_clock);

    let text = block_text(desk);
    let has_documents = !desk.letter.attachments.is_empty();
    let inner = boundary(u8::from(has_documents));
    let alternative = alternative(desk, &text, &inner, PREAMBLE);
    let root = with_documents(
        desk,
        alternative,
        &boundary(0),
        PREAMBLE,
        &smtp_document_fields,
    );
    let index = thread_index(desk);
    let head = smtp_head(desk, &message_id, &index);
    let handed = made
        .plus(desk.random.between(500, 3000) * 1000 - desk.letter.clock_error + desk.letter.waited);
    Composed {
        mail: assemble(head, &root),
        message_id,
        thread_index: Some(index),
        handed,
        text,
    }
}

fn smtp_head(desk: &Desk<'_>, message_id: &str, index: &ThreadIndex) -> Vec<Field> {
    let mut head = Vec::new();
    push(&mut head, "From", desk.from(LATIN_1, true));
    push(&mut head, "To", desk.to(LATIN_1, true, FOLD));
    push(&mut head, "Cc", desk.cc(LATIN_1, true, FOLD));
    push_some(&mut head, "References", desk.references(" "));
    push_some(&mut head, "In-Reply-To", desk.in_reply_to());
    push(&mut head, "Subject", desk.subject(LATIN_1));
    push(&mut head, "Date", desk.date());
    push(&mut head, "Message-ID", format!("<{message_id}>"));
    push(&mut head, "MIME-Version", "1.0");
    head.push(content_here());
    push(
        &mut head,
        "X-Mailer",
        if desk.letter.device_time() < Moment::day(2016, 2, 1) {
            "Microsoft Outlook 15.0"
        } else {
            "Microsoft Outlook 16.0"
        },
    );
    push(&mut head, "Thread-Index", index.to_base64());
    push(
        &mut head,
        "Content-Language",
        if desk.french() { "fr" } else { "en-gb" },
    );
    head
}

const PREAMBLE: &str = "This is a multipart message in MIME format.\r\n\r\n";

pub(super) fn compose_for_exchange(desk: &mut Desk<'_>) -> Composed {
    let host = desk
        .campaign
        .domains
        .get(desk.author.domain)
        .map_or("", |domain| domain.host.as_str());
    let message_id = format!("{}@{}", desk.random.hex(32), host.to_ascii_uppercase());
    let text = block_text(desk);
    let inner = exchange_boundary(0, &message_id);
    let alternative = alternative(desk, &text, &inner, "");
    let outer = exchange_boundary(4, &message_id);
    let at = desk.letter.at;
    let root = with_documents(desk, alternative, &outer, "", &|document| {
        exchange_document_fields(document, at)
    });
    let index = thread_index(desk);
    let head = exchange_head(desk, &message_id, &index);
    let handed = at.plus(desk.random.between(150, 2500) * 1000);
    Composed {
        mail: assemble(head, &root),
        message_id,
        thread_index: Some(index),
        handed,
        text,
    }
}

fn exchange_head(desk: &Desk<'_>, message_id: &str, index: &ThreadIndex) -> Vec<Field> {
    let mut head = Vec::new();
    push(&mut head, "From", desk.from(LATIN_1, true));
    push(&mut head, "To", desk.to(LATIN_1, true, FOLD));
    push(&mut head, "CC", desk.cc(LATIN_1, true, FOLD));
    push(&mut head, "Subject", desk.subject(LATIN_1));
    push(
        &mut head,
        "Thread-Topic",
        header_words(
            base_subject(&desk.letter.subject),
            LATIN_1.charset,
            LATIN_1.label,
        ),
    );
    push(&mut head, "Thread-Index", index.to_base64());
    push(
        &mut head,
        "Date",
        desk.letter.device_time().rfc5322(&desk.zone),
    );
    push(&mut head, "Message-ID", format!("<{message_id}>"));
    push_some(&mut head, "References", desk.references(FOLD));
    push_some(&mut head, "In-Reply-To", desk.in_reply_to());
    push(
        &mut head,
        "Accept-Language",
        if desk.french() {
            "fr-FR, en-US"
        } else {
            "en-GB, en-US"
        },
    );
    push(
        &mut head,
        "Content-Language",
        if desk.french() { "fr-FR" } else { "en-GB" },
    );
    if !desk.letter.attachments.is_empty() {
        push(&mut head, "X-MS-Has-Attach", "yes");
    }
    push(&mut head, "X-MS-TNEF-Correlator", " ");
    head.push(content_here());
    push(&mut head, "MIME-Version", "1.0");
    head
}

/// A reply continues the parent's index; a new window starts one, some minutes before the message goes.
fn thread_index(desk: &mut Desk<'_>) -> ThreadIndex {
    let date = desk.letter.device_time();
    let parent = desk.letter.quote.as_ref();
    if let Some(index) = parent.and_then(|parent| parent.thread_index.as_ref()) {
        let opened = date.plus(-desk.random.between(5, 200) * SECOND);
        return index.reply(opened, &mut desk.random);
    }
    let opened = date.plus(-desk.random.between(5, 600) * SECOND);
    ThreadIndex::root(opened, &mut desk.random)
}

fn with_documents(
    desk: &Desk<'_>,
    alternative: Node,
    boundary: &str,
    preamble: &'static str,
    style: &dyn Fn(&Document) -> Vec<Field>,
) -> Node {
    if desk.letter.attachments.is_empty() {
        return alternative;
    }
    let inner = Node {
        content: without_preamble(alternative.content),
        ..alternative
    };
    let mut nodes = vec![inner];
    nodes.extend(desk.document_parts(style));
    multipart(
        content_type("multipart/mixed", boundary),
        boundary,
        preamble,
        nodes,
    )
}

/// Only the outermost multipart has a preamble.
fn without_preamble(content: crate::mime::Content) -> crate::mime::Content {
    match content {
        crate::mime::Content::Multipart {
            boundary, nodes, ..
        } => crate::mime::Content::Multipart {
            boundary,
            preamble: "",
            nodes,
        },
        leaf @ crate::mime::Content::Leaf(_) => leaf,
    }
}

fn content_type(kind: &str, boundary: &str) -> Vec<Field> {
    vec![Field::new(
        "Content-Type",
        format!("{kind};{FOLD}boundary=\"{boundary}\""),
    )]
}

fn alternative(desk: &Desk<'_>, text: &str, boundary: &str, preamble: &'static str) -> Node {
    let plain = vec![Field::new(
        "Content-Type",
        format!("text/plain;{FOLD}charset=\"iso-8859-1\""),
    )];
    let html = vec![Field::new(
        "Content-Type",
        format!("text/html;{FOLD}charset=\"iso-8859-1\""),
    )];
    let nodes = vec![
        printable_leaf(plain, &format!("{text}\n"), Charset::Latin1, true),
        printable_leaf(html, &html_of(desk, text), Charset::Latin1, true),
    ];
    multipart(
        content_type("multipart/alternative", boundary),
        boundary,
        preamble,
        nodes,
    )
}

/// The text, and below it the whole parent behind a block of its header.
fn block_text(desk: &Desk<'_>) -> String {
    let Some(parent) = &desk.letter.quote else {
        return desk.letter.text.clone();
    };
    format!(
        "{}\n\n{}\n\n{}",
        desk.letter.text,
        block(desk, parent),
        parent.text
    )
}

fn block(desk: &Desk<'_>, parent: &Parent) -> String {
    let (name, address) = desk.parent_author(parent);
    let to: Vec<_> = parent
        .to
        .iter()
        .filter_map(|index| desk.campaign.people.get(*index))
        .map(|person| person.name)
        .collect();
    let (to, subject) = (to.join("; "), &parent.subject);
    let at = parent.date.local(&desk.zone);
    if desk.french() {
        let weekday = FRENCH_DAYS
            .get(at.weekday().to_monday_zero_offset() as usize)
            .copied()
            .unwrap_or_default();
        let month = FRENCH_MONTHS
            .get(at.month() as usize - 1)
            .copied()
            .unwrap_or_default();
        let sent = format!(
            "{weekday} {} {month} {} {}",
            at.day(),
            at.year(),
            at.strftime("%H:%M")
        );
        format!(
            "De : {name} [mailto:{address}]\nEnvoy\u{e9} : {sent}\n\u{c0} : {to}\nObjet : {subject}"
        )
    } else {
        let sent = at.strftime("%A, %B %-d, %Y %-I:%M %p");
        format!("From: {name} [mailto:{address}]\nSent: {sent}\nTo: {to}\nSubject: {subject}")
    }
}

fn html_of(desk: &Desk<'_>, text: &str) -> String {
    let language = if desk.french() { "FR" } else { "EN-GB" };
    let mut html = format!(
        "<html xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
         xmlns:w=\"urn:schemas-microsoft-com:office:word\" xmlns=\"http://www.w3.org/TR/REC-html40\">\n<head>\n\
         <meta http-equiv=\"Content-Type\" content=\"text/html; charset=iso-8859-1\">\n\
         <meta name=\"Generator\" content=\"Microsoft Word 15 (filtered medium)\">\n</head>\n\
         <body lang=\"{language}\" link=\"#0563C1\" vlink=\"#954F72\">\n<div class=\"WordSection1\">\n"
    );
    for line in text.lines() {
        let line = if line.is_empty() {
            "&nbsp;".to_owned()
        } else {
            escape(line)
        };
        html.push_str("<p class=\"MsoNormal\">");
        html.push_str(&line);
        html.push_str("<o:p></o:p></p>\n");
    }
    html.push_str("</div>\n</body>\n</html>\n");
    html
}

fn smtp_document_fields(document: &Document) -> Vec<Field> {
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

fn exchange_document_fields(document: &Document, sent: Moment) -> Vec<Field> {
    let name = &document.name;
    let saved = document
        .properties
        .modified
        .min(sent)
        .format(&TimeZone::UTC, "%a, %d %b %Y %H:%M:%S GMT");
    let size = document.bytes.len();
    vec![
        Field::new(
            "Content-Type",
            format!("{}; name=\"{name}\"", document.media_type),
        ),
        Field::new("Content-Description", name.clone()),
        Field::new(
            "Content-Disposition",
            format!(
                "attachment; filename=\"{name}\";{FOLD}size={size}; creation-date=\"{saved}\";{FOLD}modification-date=\"{saved}\""
            ),
        ),
        Field::new("Content-Transfer-Encoding", "base64"),
    ]
}
