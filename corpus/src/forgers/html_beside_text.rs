//! Puts an HTML part with another amount beside the text of a plain message: programs show the HTML.
//!
//! Knows: `multipart/alternative`, and which part programs prefer. Overlooks: that the text says something else, that the
//! sender's program writes no HTML, the signature, and the other copies.

use bytes::Bytes;

use super::{Chances, Forger, Scene, Skill, altered};
use crate::MakeError;
use crate::mime::{Charset, escape, quoted_printable};
use crate::words;

pub(super) const FORGER: Forger = Forger {
    name: "html-beside-text",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "other forgers can fail, and all are called alike"
)]
fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let index = scene.any_copy();
    let Some((text, old, new)) = words::change_amount(&scene.letter.text, scene.random) else {
        return Ok(false);
    };
    // Now and then he empties the text, so that nobody can compare.
    let empties = scene.random.percent(30);
    let boundary = format!("----=_alt_{:03}", scene.random.between(1, 999));
    let Some(copy) = scene.copies.get_mut(index) else {
        return Ok(false);
    };
    let kind = copy
        .mail
        .value("Content-Type")
        .unwrap_or_default()
        .to_owned();
    let is_plain = kind.to_ascii_lowercase().starts_with("text/plain");
    if !is_plain || copy.mail.has("X-BeenThere") {
        return Ok(false);
    }
    let encoding = copy
        .mail
        .value("Content-Transfer-Encoding")
        .unwrap_or("7bit")
        .to_owned();
    let original = if empties {
        Bytes::new()
    } else {
        copy.mail.body.clone()
    };
    copy.mail.body = Bytes::from(both_parts(&boundary, &kind, &encoding, &original, &text));
    copy.mail
        .head
        .retain(|field| !field.is("Content-Transfer-Encoding"));
    copy.mail.set(
        "Content-Type",
        format!("multipart/alternative;\r\n boundary=\"{boundary}\""),
    );
    let provable = scene.proved_elsewhere(index);
    let what =
        format!("An HTML part was put beside the text; it shows {new} where {old} was written.");
    scene.judge(index, altered(FORGER.name, what, provable));
    Ok(true)
}

fn both_parts(boundary: &str, kind: &str, encoding: &str, original: &[u8], text: &str) -> Vec<u8> {
    let html = format!(
        "<html><body><p>{}</p></body></html>\n",
        escape(text).replace('\n', "<br>\n")
    );
    let first = format!(
        "--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    let second = format!(
        "\r\n--{boundary}\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    );
    let html = quoted_printable(&Charset::Utf8.encode(&html));
    let end = format!("\r\n--{boundary}--\r\n");
    [
        first.as_bytes(),
        original,
        second.as_bytes(),
        &html,
        end.as_bytes(),
    ]
    .concat()
}
