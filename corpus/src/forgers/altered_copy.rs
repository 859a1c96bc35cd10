//! Changes an amount in one of several copies of a message, in text and HTML alike.
//!
//! Knows: MIME, and that copies without a signature have none to break. Overlooks: that the same message lies unaltered in another mailbox.

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;
use crate::clients::compose;
use crate::words;

pub(super) const FORGER: Forger = Forger {
    name: "altered-copy",
    skill: Skill::Careless,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let is_signed = scene.copies.iter().any(|copy| copy.proved);
    // Most of what hurts was signed by someone; he does not care.
    let leaves_it = !is_signed && scene.random.percent(70);
    if scene.copies.len() < 2 || scene.letter.to_list || leaves_it {
        return Ok(false);
    }
    let mut letter = scene.letter.clone();
    let Some((text, old, new)) = words::change_amount(&letter.text, scene.random) else {
        return Ok(false);
    };
    letter.text = text;
    let composed = compose(&letter, scene.campaign)?;
    let index = scene.unsigned_copy();
    if let Some(copy) = scene.copies.get_mut(index) {
        hand::put_content(&mut copy.mail, &composed.mail);
    }
    let provable = scene.proved_elsewhere(index);
    let what = format!("The amount {old} became {new} in this copy and not in the others.");
    scene.judge(index, altered(FORGER.name, what, provable));
    Ok(true)
}
