//! Invents a message and signs it: the real domain, a real selector, his own key.
//!
//! Knows: every clock and format, and DKIM. Overlooks: that others kept the real key.

use super::{Chances, Forger, Scene, Skill, hand, invented};
use crate::MakeError;
use crate::clients::compose;
use crate::delivery::received_copy;
use crate::servers::{Signing, submit};

pub(super) const FORGER: Forger = Forger {
    name: "own-key",
    skill: Skill::Skilled,
    chances: Chances::Common,
    forge,
};

fn forge(scene: &mut Scene<'_>) -> Result<bool, MakeError> {
    let Some(model) = scene
        .received()
        .and_then(|index| scene.copies.get(index))
        .filter(|copy| copy.proved)
    else {
        return Ok(false);
    };
    let recipient = model.owner;
    let letter = hand::invented_letter(scene.letter, scene.random);
    let composed = compose(&letter, scene.campaign)?;
    let sent = submit(
        &composed,
        &letter,
        scene.campaign,
        Signing::OwnKey(scene.own_key),
    )?;
    let Some(mut copy) = received_copy(&letter, &sent, scene.campaign, recipient, scene.random)?
    else {
        return Ok(false);
    };
    copy.proved = false;
    copy.verdict = invented(
        FORGER.name,
        "Signed with a key that is not the domain's.".to_owned(),
    );
    scene.copies.push(copy);
    Ok(true)
}
