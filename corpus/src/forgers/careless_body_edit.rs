//! Opens a stored message in a text editor and changes an amount.
//!
//! Knows: where mailboxes keep their text. Overlooks: the HTML alternative, the body hash of the signature, and every
//! other copy and quotation of the same words.

use bytes::Bytes;

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;

pub(super) const FORGER: Forger = Forger {
    name: "careless-body-edit",
    skill: Skill::Careless,
    chances: Chances::Common,
    forge,
};

#[expect(
    clippy::unnecessary_wraps,
    reason = "other forgers can fail, and all are called alike"
)]
fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let index = scene.any_copy();
    let Some(copy) = scene.copies.get_mut(index) else {
        return Ok(false);
    };
    let Some((body, old, new)) = hand::change_amount(&copy.mail.body, scene.random) else {
        return Ok(false);
    };
    copy.mail.body = Bytes::from(body);
    let provable = scene.proved_elsewhere(index);
    scene.judge(
        index,
        altered(
            FORGER.name,
            format!("The amount {old} became {new} in the first text part."),
            provable,
        ),
    );
    Ok(true)
}
