//! Edits a message in an export that dropped most of its header: few fields, lines ended by LF, text alone.
//!
//! Knows: that exporters leave little behind, so that little is missed. Overlooks: the copy in another mailbox, and that
//! the other messages of the same mailbox were exported whole.

use bytes::Bytes;

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;
use crate::mime::{Field, quoted_printable};
use crate::parts;

pub(super) const FORGER: Forger = Forger {
    name: "edited-export",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

const KEPT: &[&str] = &[
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
];

#[expect(
    clippy::unnecessary_wraps,
    reason = "other forgers can fail, and all are called alike"
)]
fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    if scene.letter.to_list || !scene.letter.attachments.is_empty() {
        return Ok(false);
    }
    let index = scene.any_copy();
    let Some(copy) = scene.copies.get_mut(index) else {
        return Ok(false);
    };
    let leaves = parts::leaves(&copy.mail);
    let Some(leaf) = leaves.iter().find(|leaf| leaf.is("text/plain")) else {
        return Ok(false);
    };
    let text = leaf.decoded(&copy.mail);
    let Some((text, old, new)) = hand::change_amount(&text, scene.random) else {
        return Ok(false);
    };
    let charset = if leaf.head.to_ascii_lowercase().contains("iso-8859-1") {
        "iso-8859-1"
    } else {
        "utf-8"
    };
    copy.mail
        .head
        .retain(|field| KEPT.iter().any(|kept| field.is(kept)));
    copy.mail.head.extend([
        Field::new("MIME-Version", "1.0"),
        Field::new("Content-Type", format!("text/plain; charset={charset}")),
        Field::new("Content-Transfer-Encoding", "quoted-printable"),
    ]);
    let lines: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\r').collect();
    copy.mail.body = Bytes::from([quoted_printable(&lines).as_slice(), b"\r\n"].concat());
    copy.enclosed = None;
    copy.lf = true;
    let provable = scene.proved_elsewhere(index);
    let what = format!("The amount {old} became {new} in an export without trace and HTML.");
    scene.judge(index, altered(FORGER.name, what, provable));
    Ok(true)
}
