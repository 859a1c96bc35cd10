//! The mail program of Android telephones, as of 2015 to 2017: base64, one part, a UUID for an id.

use super::{Composed, Desk, UTF_8, assemble, content_here, multipart, push, push_some};
use crate::documents::Document;
use crate::letter::Parent;
use crate::mime::{Content, Field, Node, base64, with_crlf};
use crate::moment::SECOND;

pub(super) fn compose(desk: &mut Desk<'_>) -> Composed {
    let message_id = format!(
        "{}.{}@email.android.com",
        desk.random
            .text(b"abcdefghijklmnopqrstuvwxyz0123456789", 21),
        desk.letter.device_time().milliseconds()
    );
    let text = desk.quoting_text(&attribution);
    let root = root(desk, &text);
    let mut head = Vec::new();
    push(&mut head, "Date", desk.date());
    push(&mut head, "Subject", desk.subject(UTF_8));
    push(&mut head, "Message-ID", format!("<{message_id}>"));
    push_some(&mut head, "In-Reply-To", desk.in_reply_to());
    push_some(&mut head, "References", desk.references(" "));
    push(&mut head, "From", desk.from(UTF_8, false));
    push(&mut head, "To", desk.to(UTF_8, false, ", "));
    push(&mut head, "Cc", desk.cc(UTF_8, false, ", "));
    push(&mut head, "MIME-Version", "1.0");
    head.push(content_here());
    // Telephones send when the network lets them.
    let handed = desk
        .letter
        .at
        .whole_second()
        .plus(desk.random.between(2, 40) * SECOND);
    Composed {
        mail: assemble(head, &root),
        message_id,
        thread_index: None,
        handed,
        text,
    }
}

fn root(desk: &mut Desk<'_>, text: &str) -> Node {
    let encoded = base64(with_crlf(text).as_bytes());
    let plain = Node {
        head: vec![
            Field::new("Content-Type", "text/plain; charset=utf-8"),
            Field::new("Content-Transfer-Encoding", "base64"),
        ],
        content: Content::Leaf([encoded.as_slice(), b"\r\n"].concat()),
    };
    if desk.letter.attachments.is_empty() {
        return plain;
    }
    let number = desk.random.between(10_i64.pow(14), 10_i64.pow(15));
    let boundary = format!("--_com.android.email_{number}");
    let mut nodes = vec![plain];
    nodes.extend(desk.document_parts(&document_fields));
    let head = vec![Field::new(
        "Content-Type",
        format!("multipart/mixed; boundary=\"{boundary}\""),
    )];
    multipart(head, &boundary, "", nodes)
}

fn attribution(desk: &Desk<'_>, parent: &Parent) -> String {
    let (name, address) = desk.parent_author(parent);
    let at = parent.date.local(&desk.zone);
    format!(
        "-------- Message d'origine --------\nDe : {name} <{address}>\nDate : {}\nObjet : {}",
        at.strftime("%d/%m/%Y %H:%M (GMT%:z)"),
        parent.subject
    )
}

fn document_fields(document: &Document) -> Vec<Field> {
    let name = &document.name;
    vec![
        Field::new(
            "Content-Type",
            format!("{}; name=\"{name}\"", document.media_type),
        ),
        Field::new("Content-Transfer-Encoding", "base64"),
        Field::new(
            "Content-Disposition",
            format!(
                "attachment; filename=\"{name}\"; size={}",
                document.bytes.len()
            ),
        ),
    ]
}
