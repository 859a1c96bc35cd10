//! Changes an amount in one of several copies of a message, in text and HTML alike.
//!
//! Knows: MIME. Overlooks: that the same message lies unaltered in another mailbox.

use super::{Chances, Forger, Scene, altered};
use crate::MakeError;
use crate::clients::compose;
use crate::words;

pub(super) const FORGER: Forger = Forger {
    name: "altered-copy",
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    if scene.copies.len() < 2 || scene.letter.to_list {
        return Ok(false);
    }
    let mut letter = scene.letter.clone();
    let Some((text, old, new)) = words::change_amount(&letter.text, scene.random) else {
        return Ok(false);
    };
    letter.text = text;
    let composed = compose(&letter, scene.campaign)?;
    let index = scene.any_copy();
    if let Some(copy) = scene.copies.get_mut(index) {
        copy.mail.body = composed.mail.body;
    }
    let provable = scene.proved_elsewhere(index);
    let what = format!("The amount {old} became {new} in this copy and not in the others.");
    scene.judge(index, altered(FORGER.name, what, provable));
    Ok(true)
}
