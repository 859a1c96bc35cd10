//! Appends a text to a message whose signature covers only the first bytes of the body (`l=`).
//!
//! Knows: RFC 6376, section 8.2. Overlooks: that the end of what was signed is written in the signature.

use bytes::Bytes;

use super::{Chances, Forger, Scene, Skill, altered};
use crate::MakeError;
use crate::words;

pub(super) const FORGER: Forger = Forger {
    name: "appended-after-length",
    skill: Skill::Skilled,
    chances: Chances::Rare,
    forge,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "other forgers can fail, and all are called alike"
)]
fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let Some(index) = scene.received() else {
        return Ok(false);
    };
    let amount = words::amount(scene.random);
    let Some(copy) = scene.copies.get_mut(index) else {
        return Ok(false);
    };
    let has_length = copy
        .mail
        .value("DKIM-Signature")
        .is_some_and(|value| value.contains(" l="));
    if !copy.proved
        || !has_length
        || copy
            .mail
            .value("Content-Type")
            .is_some_and(|kind| kind.starts_with("multipart"))
    {
        return Ok(false);
    }
    let mut body = copy.mail.body.to_vec();
    body.extend_from_slice(
        format!("\r\nRectificatif : le virement de {amount} euros vers le compte de M. Lang a ete execute.\r\n").as_bytes(),
    );
    copy.mail.body = Bytes::from(body);
    scene.judge(
        index,
        altered(
            FORGER.name,
            "A line was appended behind the end of what was signed.".to_owned(),
            true,
        ),
    );
    Ok(true)
}
