//! Changes an amount in what a genuine reply quotes: the reply then seems to answer something else.
//!
//! Knows: that readers believe quotations, and all parts of the message alike. Overlooks: the quoted message itself, which
//! lies in another folder, and the signature.

use super::{Chances, Forger, Scene, Skill, altered, hand};
use crate::MakeError;
use crate::clients::compose;
use crate::letter::Turn;

pub(super) const FORGER: Forger = Forger {
    name: "edited-quotation",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    forge_quotation(scene, Turn::Answers, FORGER.name)
}

/// Changes an amount in what a letter quotes, in the copy that breaks least.
pub(super) fn forge_quotation(
    scene: &mut Scene<'_>,
    turn: Turn,
    name: &'static str,
) -> Result<bool, MakeError> {
    if scene.letter.turn != turn || scene.letter.to_list {
        return Ok(false);
    }
    let Some((letter, old, new)) = hand::with_other_quotation(scene.letter, scene.random) else {
        return Ok(false);
    };
    let composed = compose(&letter, scene.campaign)?;
    let index = scene.unsigned_copy();
    if let Some(copy) = scene.copies.get_mut(index) {
        hand::put_content(&mut copy.mail, &composed.mail);
    }
    let provable = scene.proved_elsewhere(index);
    let what = format!("In what is quoted, {old} became {new}.");
    scene.judge(index, altered(name, what, provable));
    Ok(true)
}
